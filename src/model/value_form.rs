//! Checks that apply to every value: it is not empty, not too large, and if it is text, valid text.

/// The longest value, in bytes. A parameter's tier may allow less.
pub(crate) const VALUE_LIMIT: usize = 65_536;

/// What a value may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueForm {
    /// UTF-8 without NUL.
    Text,
    /// Any bytes.
    Binary,
}

/// Why bytes cannot be a value. It never contains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueFormError {
    /// No bytes at all.
    #[error("the value is empty")]
    Empty,
    /// More than [`VALUE_LIMIT`]; how many.
    #[error("the value is longer than {VALUE_LIMIT} bytes")]
    TooLarge(usize),
    /// A NUL byte in a text.
    #[error("the value has a NUL byte")]
    Nul,
    /// A text that is not UTF-8.
    #[error("the value is not UTF-8 text")]
    NotText,
}

impl ValueForm {
    /// Refuses what cannot be a value of this form.
    pub(crate) fn check(self, value: &[u8]) -> Result<(), ValueFormError> {
        let is_text = self == ValueForm::Text;
        match value.len() {
            0 => Err(ValueFormError::Empty),
            length if length > VALUE_LIMIT => Err(ValueFormError::TooLarge(length)),
            _ if is_text && value.contains(&0) => Err(ValueFormError::Nul),
            _ if is_text && std::str::from_utf8(value).is_err() => Err(ValueFormError::NotText),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_too_much_are_no_value() {
        for form in [ValueForm::Text, ValueForm::Binary] {
            assert_eq!(form.check(b""), Err(ValueFormError::Empty));
            assert_eq!(form.check(&vec![b'x'; VALUE_LIMIT]), Ok(()));
            assert_eq!(form.check(&vec![b'x'; VALUE_LIMIT + 1]), Err(ValueFormError::TooLarge(VALUE_LIMIT + 1)));
        }
    }

    #[test]
    fn only_a_text_is_read() {
        let (nul, not_text) = (ValueFormError::Nul, ValueFormError::NotText);
        for (bytes, text) in [(&b"a\0b"[..], nul), (b"\xff", not_text), (b"\xff\0", nul)] {
            assert_eq!((ValueForm::Binary.check(bytes), ValueForm::Text.check(bytes)), (Ok(()), Err(text)));
        }
    }
}
