//! One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::error::SopsError;
use crate::crypto::aesgcm::{self, Sealed};

/// The key of one file.
pub(super) struct DataKey(Zeroizing<[u8; 32]>);

/// A decrypted value.
pub(super) struct Value {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) kind: Kind,
}

/// What a value was before it was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Truth,
}

/// Why a text could not be decrypted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotOpened {
    /// It has another form.
    Form,
    /// It cannot be decrypted.
    Damaged,
}

impl NotOpened {
    pub(super) fn at(self, place: String) -> SopsError {
        match self {
            NotOpened::Form => SopsError::NotEncrypted(place),
            NotOpened::Damaged => SopsError::Value(place),
        }
    }
}

impl DataKey {
    /// Thirty-two bytes.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(DataKey(key))
    }

    /// Opens a value. What it is bound to is the path of its keys.
    pub(super) fn open(&self, text: &str, additional: &[u8]) -> Result<Value, NotOpened> {
        let inner = text.strip_prefix("ENC[AES256_GCM,").and_then(|rest| rest.strip_suffix(']'));
        let mut parts = inner.ok_or(NotOpened::Form)?.split(',');
        let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name)?.strip_prefix(':'));
        let fields = (part("data"), part("iv"), part("tag"), part("type"));
        let (Some(data), Some(iv), Some(tag), Some(kind)) = fields else { return Err(NotOpened::Form) };
        let decoded = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| NotOpened::Damaged);
        let sealed = Sealed { ciphertext: decoded(data)?, nonce: decoded(iv)?, tag: decoded(tag)? };
        let kind = match kind {
            "str" | "bytes" => Kind::Text,
            "int" | "int64" | "float" | "time" => Kind::Number,
            "bool" => Kind::Truth,
            _ => return Err(NotOpened::Form),
        };
        let bytes = aesgcm::open(&self.0, additional, sealed).map_err(|_| NotOpened::Damaged)?;
        Ok(Value { bytes, kind })
    }
}

impl Value {
    /// The bytes that go into the MAC. Booleans begin with a capital letter there, whichever program encrypted them.
    pub(super) fn hashed(&self) -> &[u8] {
        match self.kind {
            Kind::Truth if self.bytes.eq_ignore_ascii_case(b"true") => b"True",
            Kind::Truth if self.bytes.eq_ignore_ascii_case(b"false") => b"False",
            _ => &self.bytes,
        }
    }
}

/// A number or truth value that is not encrypted, as it counts for the MAC: in decimal, without an exponent and without
/// insignificant zeros. In JSON every number is a float.
pub(super) fn canonical_number(text: &str, is_float: bool) -> String {
    let whole = text.strip_prefix('+').unwrap_or(text);
    let radix =
        |prefix: &str, radix| whole.strip_prefix(prefix).and_then(|digits| i128::from_str_radix(digits, radix).ok());
    let integer = || whole.parse().ok().or(radix("0x", 16)).or(radix("0o", 8)).or(radix("0b", 2));
    match text {
        "true" | "True" | "TRUE" => "True".into(),
        "false" | "False" | "FALSE" => "False".into(),
        _ => match integer().filter(|_| !is_float) {
            Some(integer) => integer.to_string(),
            None => text.parse::<f64>().map_or_else(|_| text.to_owned(), |float| float.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_sops_writes_them() {
        for (text, canonical) in
            [("5432", "5432"), ("0x1F", "31"), ("1.10", "1.1"), ("1e3", "1000"), ("-0.5", "-0.5"), ("TRUE", "True")]
        {
            assert_eq!(canonical_number(text, false), canonical);
        }
        assert_eq!(canonical_number("5432", true), "5432");
        assert_eq!(canonical_number("1e21", true), "1000000000000000000000");
    }

    #[test]
    fn other_forms_are_no_values() {
        let key = DataKey::new(&[7; 32]).unwrap();
        for text in ["", "hunter2", "ENC[]", "ENC[AES256_GCM,data:x]", "ENC[AES256_GCM,iv:x,data:x,tag:x,type:str]"] {
            assert_eq!(key.open(text, b"").map(|_| ()), Err(NotOpened::Form), "{text}");
        }
        let broken = "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]";
        assert_eq!(key.open(broken, b"").map(|_| ()), Err(NotOpened::Damaged));
        assert!(DataKey::new(&[7; 31]).is_none());
    }
}
