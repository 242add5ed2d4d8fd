//! Texts with backslashes, as JSON, Java and HCL write them.

use std::str::Chars;

use zeroize::Zeroizing;

/// A text with its escapes resolved: `\n`, `\r`, `\t`, `\f`, `\uXXXX` with surrogate pairs, and what `other` returns
/// for any other character. `None` if a `\u` is not followed by four digits of a valid character, or if a backslash is
/// the last character.
pub(crate) fn read(text: &str, other: impl Fn(char) -> char) -> Option<Zeroizing<String>> {
    // No escape is shorter than what it stands for.
    let mut read = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        read.push(if c == '\\' { escape(&mut chars, &other)? } else { c });
    }
    Some(read)
}

fn escape(chars: &mut Chars<'_>, other: impl Fn(char) -> char) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'f' => '\u{c}',
        'u' => unicode(chars)?,
        named => other(named),
    })
}

fn unicode(chars: &mut Chars<'_>) -> Option<char> {
    let first = unit(chars)?;
    if let Some(c) = char::from_u32(first) {
        return Some(c);
    }
    let rest = chars.as_str().strip_prefix("\\u")?;
    *chars = rest.chars();
    let units = [u16::try_from(first).ok()?, u16::try_from(unit(chars)?).ok()?];
    char::decode_utf16(units).next()?.ok()
}

fn unit(chars: &mut Chars<'_>) -> Option<u32> {
    let digits = chars.as_str().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    *chars = chars.as_str()[4..].chars();
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::convert::identity;

    use super::*;

    #[test]
    fn escapes_are_read_and_broken_ones_are_not() {
        let text = read(r"a\n\t\u00e9\ud83d\ude00\!\\ \x", |c| if c == 'x' { 'y' } else { c });
        assert_eq!(text.unwrap().as_str(), "a\n\té😀!\\ y");
        for broken in [r"\u12", r"\ud83d", r"\ud83dx", r"\ud83d\u0041", r"\uzzzz", r"\u+041", r"\ué", "end\\"] {
            assert!(read(broken, identity).is_none(), "{broken}");
        }
    }
}
