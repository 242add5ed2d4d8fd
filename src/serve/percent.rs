//! Percent signs of URLs and forms: two hexadecimal digits that stand for a byte.

/// The text that is encoded; `None` if a percent sign is not followed by two digits, or the bytes are not text.
pub(super) fn decoded(text: &str) -> Option<String> {
    let has_digits =
        |rest: &str| rest.as_bytes().first_chunk().is_some_and(|digits: &[u8; 2]| digit_pair(*digits).is_some());
    let is_whole = text.split('%').skip(1).all(has_digits);
    String::from_utf8(lenient(text)).ok().filter(|_| is_whole)
}

/// The bytes that are encoded. A percent sign that is not followed by two digits stays.
pub(super) fn lenient(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let pair = others.first_chunk().filter(|_| *first == b'%').and_then(|digits| digit_pair(*digits));
        decoded.push(pair.unwrap_or(*first));
        rest = if pair.is_some() { &others[2..] } else { others };
    }
    decoded
}

fn digit_pair(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(16 * high? + low?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_digits_are_a_byte() {
        for (text, expected) in [("a%2Fb%2f", "a/b/"), ("%C3%A9+", "é+"), ("", "")] {
            assert_eq!(decoded(text).as_deref(), Some(expected), "{text}");
        }
        for broken in ["%", "%2", "%zz", "%+f", "%é", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
        assert_eq!(lenient("%+f%2%41%"), b"%+f%2A%");
    }
}
