//! The syntax of the data types. Each check looks at the text in place: it may be a secret, and a copy would have to be
//! wiped.

use data_encoding::BASE64;
use zeroize::Zeroizing;

/// `ami-` and 8 to 17 lower-case hexadecimal digits.
pub(super) fn is_image(text: &str) -> bool {
    text.strip_prefix("ami-").is_some_and(|id| {
        (8..=17).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// Three or more parts between hyphens: words of lower-case letters, then a number.
pub(super) fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let word = |word: &str| word.len() >= 2 && word.bytes().all(|b| b.is_ascii_lowercase());
    (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && words.contains('-')
        && words.split('-').all(word)
}

/// An optional `-`, then digits without leading zeros.
pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'))
}

/// What a 64-bit float can hold, written in decimal.
pub(super) fn is_float(text: &str) -> bool {
    let decimal = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    decimal && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Standard alphabet, padded, no line breaks.
pub(super) fn is_base64(text: &str) -> bool {
    BASE64.decode(text.as_bytes()).map(Zeroizing::new).is_ok()
}

/// RFC 1123; a dot at the end is allowed.
pub(super) fn is_hostname(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let level = |level: &str| {
        (1..=63).contains(&level.len())
            && level.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !level.starts_with('-')
            && !level.ends_with('-')
    };
    // A last level of digits only is a mistyped address, never a name.
    let last_is_number = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(level) && !last_is_number
}

/// The dot-atom form of RFC 5322 at a host name.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    local.len() <= 64 && local.split('.').all(atom) && is_hostname(host)
}

/// `scheme://authority` with a host, then anything that RFC 3986 allows.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'));
    scheme_fits && is_authority(authority) && is_url_text(tail, b"/?#:@[]")
}

/// `user:password@host:port`, of which only the host is required.
fn is_authority(text: &str) -> bool {
    let (user, place) = text.rsplit_once('@').unwrap_or(("", text));
    let (host, port) = match place.rfind(']') {
        Some(end) => (&place[..=end], place[end + 1..].strip_prefix(':').unwrap_or(&place[end + 1..])),
        None => place.rsplit_once(':').unwrap_or((place, "")),
    };
    let host_fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && is_url_text(host, b""),
    };
    let port_fits = port.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok());
    is_url_text(user, b":") && host_fits && port_fits
}

/// Unreserved characters, sub-delimiters and well-formed escapes, and the characters in `more`.
fn is_url_text(text: &str, more: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(b) || more.contains(b);
    let escaped = |after: &str| after.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    text.as_bytes().iter().all(plain) && text.split('%').skip(1).all(escaped)
}

/// One JSON text. `IgnoredAny` walks over it without building anything that would have to be wiped.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// JSON after its comments have been replaced by spaces.
pub(super) fn is_jsonc(text: &str) -> bool {
    let Some(bare) = without_comments(text.as_bytes()) else { return false };
    serde_json::from_slice::<serde::de::IgnoredAny>(&bare).is_ok()
}

/// The text with a space for each comment, or `None` if a comment is not closed.
fn without_comments(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bare = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(&first) = rest.first() {
        let (kept, length) = match rest {
            [b'/', b'/', ..] => (&b" "[..], rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())),
            [b'/', b'*', inner @ ..] => (&b" "[..], inner.windows(2).position(|two| two == b"*/")? + 4),
            _ if first == b'"' => (&rest[..string_length(rest)], string_length(rest)),
            _ => (&rest[..1], 1),
        };
        bare.extend_from_slice(kept);
        rest = &rest[length..];
    }
    Some(bare)
}

/// The length of the string that begins here, including its quotes; the rest of the text if it is not closed.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    for (place, &byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accepts: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(accepts(text), "{text} is fine");
        }
        for text in bad {
            assert!(!accepts(text), "{text} is wrong");
        }
    }

    #[test]
    fn words_of_the_cloud() {
        check(
            is_image,
            &["ami-12345678", "ami-0123456789abcdef0"],
            &["ami-1234567", "ami-0123456789abcdef01", "ami-1234567G", "12345678"],
        );
        check(
            is_region,
            &["eu-central-1", "us-gov-west-1", "ap-southeast-2"],
            &["eu-1", "eu-central", "EU-central-1", "eu--central-1", "eu-central-123", ""],
        );
    }

    #[test]
    fn numbers() {
        check(is_integer, &["0", "-1", "123456789012345678901234567890"], &["", "-", "+1", "007", "1.0", "1e3", " 1"]);
        check(is_float, &["0", "-1.5", "1e10", ".5", "+2."], &["", "NaN", "inf", "-infinity", "1e999", "0x1p3", "1 "]);
        check(is_base64, &["", "aGk=", "+/+/"], &["aGk", "aGk=\n", "-_-_", "a"]);
    }

    #[test]
    fn hosts_and_mail() {
        let long = format!("{}.com", "a".repeat(64));
        check(
            is_hostname,
            &["localhost", "db1", "a-b.example.COM.", "xn--bcher-kva.example"],
            &["", ".", "-a", "a-", "a..b", "a_b", "1.2.3.400", "é", &long, &"a.".repeat(128)],
        );
        check(
            is_email,
            &["a@b", "first.last+tag@example.com"],
            &["@b", "a@", "a", ".a@b", "a..b@c", "a b@c", "a@b@c", "\"q\"@b", "a@1.2.3.4"],
        );
    }

    #[test]
    fn urls() {
        check(
            is_url,
            &[
                "https://example.com",
                "postgres://user:p%40ss@db.internal:5432/app?sslmode=require",
                "http://[::1]:8080/",
                "redis://my_service/0",
                "https://e.com/a?b=[c]#d",
            ],
            &[
                "example.com",
                "https://",
                "https:///path",
                "1x://e",
                "https://e .com",
                "https://e.com/%zz",
                "https://e.com/%a",
                "https://e:99999",
                "https://[::1",
                "https://[zz]",
                "https://é.com",
                "https://e.com/\n",
            ],
        );
    }

    #[test]
    fn json_with_and_without_comments() {
        check(is_json, &["1", "\"a\"", "{\"a\":[null,true]}"], &["", "{", "{a:1}", "[1,]", "1 2", "// x\n1"]);
        check(
            is_jsonc,
            &["1", "// x\n1 // y", "{/* \"a */\"b\": \"// no comment /* \\\" */\"}", "[1/**/,2]"],
            &["", "/* open", "[1,]", "1/2", "{\"a\": \"open // }", "// nothing else", "/*/ 1"],
        );
        assert!(!is_jsonc("1/**/2"), "a comment separates, it does not join");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_check_panic(text in "([a-z]+://)?[\\[\\]@:%\"/*\\\\é.a0-]{0,24}") {
            for data_type in crate::model::parameter::DataType::ALL {
                let _ = data_type.check(crate::model::parameter::ParameterType::StringList, &text);
                let _ = data_type.check(crate::model::parameter::ParameterType::SecureString, &text);
            }
        }

        #[test]
        fn every_json_text_is_a_jsonc_text(text in r#"(\{"a/":|\[|"/[/*]\\?"|1|,|\]|\}|null| ){0,6}"#) {
            proptest::prop_assert!(!is_json(&text) || is_jsonc(&text));
        }
    }
}
