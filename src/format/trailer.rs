//! The signature trailer: the last line of every signed document (FORMAT.md, signature trailer).

use data_encoding::{BASE64, HEXLOWER};
use memchr::memmem;

use super::caps;
use super::error::FormatError;
use crate::crypto::base64;
use crate::model::format::Format;
use crate::model::name::MemberName;

/// A split document, before its signature is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<'a> {
    /// What is signed: everything up to and including the line feed before the trailer.
    pub body: &'a [u8],
    /// Who claims to have signed it.
    pub member: MemberName,
    /// First 8 bytes of the SHA-256 of the signer's public key.
    pub fingerprint: [u8; 8],
    /// The Ed25519 signature.
    pub signature: [u8; 64],
}

const MARK: &str = "#sig";

/// Turns CRLF into LF, as a checkout on Windows writes it; a carriage return anywhere else is refused, and so is anything
/// larger than the largest document, wherever it came from.
pub fn normalise(raw: Vec<u8>) -> Result<Vec<u8>, FormatError> {
    if raw.len() as u64 > caps::DOCUMENT {
        return Err(FormatError::TooLarge { cap: caps::DOCUMENT });
    }
    if !raw.contains(&b'\r') {
        return Ok(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' if bytes.peek() == Some(&b'\n') => {}
            b'\r' => return Err(FormatError::CarriageReturn),
            _ => text.push(byte),
        }
    }
    Ok(text)
}

/// Splits a normalised document into body and trailer.
pub fn split(document: &[u8]) -> Result<Signed<'_>, FormatError> {
    let unended = document.strip_suffix(b"\n").ok_or(FormatError::NoTrailer)?;
    let start = unended.iter().rposition(|&byte| byte == b'\n').ok_or(FormatError::NoTrailer)? + 1;
    let (body, trailer) = (&document[..start], &unended[start..]);
    if !trailer.starts_with(MARK.as_bytes()) {
        let is_conflict = trailer.starts_with(b">>>>>>> ");
        return Err(if is_conflict { FormatError::ConflictMarks } else { FormatError::NoTrailer });
    }
    if has_mark(body) {
        return Err(FormatError::SecondTrailer);
    }
    let trailer = std::str::from_utf8(trailer).map_err(|_| FormatError::MalformedTrailer)?;
    let mut parts = trailer.split(' ');
    let mut part = || parts.next().ok_or(FormatError::MalformedTrailer);
    let (mark, version, member, fingerprint, signature) = (part()?, part()?, part()?, part()?, part()?);
    match Format::of_word(version) {
        _ if mark != MARK || parts.next().is_some() => return Err(FormatError::MalformedTrailer),
        Some(format) if format == Format::of_body(body) => {}
        None if is_newer(version) => return Err(FormatError::NewerFormat),
        _ => return Err(FormatError::MalformedTrailer),
    }
    Ok(Signed {
        body,
        member: member.parse().map_err(|_| FormatError::MalformedTrailer)?,
        fingerprint: exactly(HEXLOWER.decode(fingerprint.as_bytes()))?,
        signature: exactly(base64::decode(signature.as_bytes()))?,
    })
}

/// Joins body and trailer.
pub fn join(body: &str, member: &MemberName, fingerprint: &[u8; 8], signature: &[u8; 64]) -> Vec<u8> {
    let (fingerprint, signature) = (HEXLOWER.encode(fingerprint), BASE64.encode(signature));
    let mut document = String::with_capacity(body.len() + 192);
    for part in [body, &beginning(Format::of_body(body.as_bytes()), member), &fingerprint, " ", &signature, "\n"] {
        document.push_str(part);
    }
    document.into_bytes()
}

/// The beginning of the trailer of a member's documents of one format.
pub(super) fn beginning(format: Format, member: &MemberName) -> String {
    format!("{MARK} {} {member} ", format.word())
}

/// Whether any line begins like a trailer.
fn has_mark(body: &[u8]) -> bool {
    body.starts_with(MARK.as_bytes()) || memmem::find(body, b"\n#sig").is_some()
}

/// Whether more than one line begins like a trailer.
pub(crate) fn has_several(document: &[u8]) -> bool {
    document.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"#sig ")).nth(1).is_some()
}

fn exactly<const N: usize>(bytes: Result<Vec<u8>, data_encoding::DecodeError>) -> Result<[u8; N], FormatError> {
    bytes.ok().and_then(|bytes| bytes.try_into().ok()).ok_or(FormatError::MalformedTrailer)
}

/// Whether this is `v3`, `v4`, and so on.
pub(super) fn is_newer(version: &str) -> bool {
    version
        .strip_prefix('v')
        .and_then(|number| number.parse::<u64>().ok())
        .is_some_and(|number| number > Format::CURRENT.number())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOCUMENT: &[u8] = include_bytes!("../../tests/fixture/vault/params/prod/db/password.yaml");

    type Parts = (Vec<u8>, String, [u8; 8], [u8; 64]);

    fn parts(document: &[u8]) -> Result<Parts, FormatError> {
        let normal = normalise(document.to_vec())?;
        let signed = split(&normal)?;
        Ok((signed.body.to_vec(), signed.member.to_string(), signed.fingerprint, signed.signature))
    }

    fn lines(document: &[u8]) -> Vec<&[u8]> {
        document.split_inclusive(|&byte| byte == b'\n').collect()
    }

    #[test]
    fn a_document_comes_apart_and_together_again() {
        let signed = split(DOCUMENT).unwrap();
        assert!(signed.body.ends_with(b"sdJ0=\"\n"));
        assert_eq!(signed.member.as_str(), "alice");
        let body = std::str::from_utf8(signed.body).unwrap();
        assert_eq!(join(body, &signed.member, &signed.fingerprint, &signed.signature), DOCUMENT);
    }

    #[test]
    fn every_bit_flip_changes_what_is_verified_or_is_refused() {
        let original = parts(DOCUMENT).unwrap();
        for bit in 0..DOCUMENT.len() * 8 {
            let mut flipped = DOCUMENT.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(parts(&flipped).as_ref(), Ok(&original), "bit {bit}");
        }
    }

    #[test]
    fn every_line_deleted_doubled_or_moved_changes_what_is_verified_or_is_refused() {
        let original = parts(DOCUMENT).unwrap();
        let all = lines(DOCUMENT);
        for index in 0..all.len() {
            let mut deleted = all.clone();
            deleted.remove(index);
            let mut doubled = all.clone();
            doubled.insert(index, all[index]);
            let mut moved = all.clone();
            moved.swap(index, (index + 1) % all.len());
            for changed in [deleted, doubled, moved] {
                if changed != all {
                    assert_ne!(parts(&changed.concat()).as_ref(), Ok(&original), "line {index}");
                }
            }
        }
    }

    #[test]
    fn the_trailer_is_the_one_last_line_and_exact() {
        let body = "a: \"x\"\n";
        let member: MemberName = "alice".parse().unwrap();
        let good = String::from_utf8(join(body, &member, &[1; 8], &[2; 64])).unwrap();
        let trailer = good.strip_prefix(body).unwrap();
        assert!(split(good.as_bytes()).is_ok());
        // The same 64 bytes as two padded texts in a row: 1 byte and 63.
        let in_a_row = good.replace(&BASE64.encode(&[2; 64]), &format!("Ag=={}", BASE64.encode(&[2; 63])));
        let cases: [(String, FormatError); 20] = [
            (String::new(), FormatError::NoTrailer),
            (body.into(), FormatError::NoTrailer),
            (trailer.into(), FormatError::NoTrailer),
            (good.trim_end().into(), FormatError::NoTrailer),
            (format!("{good}\n"), FormatError::NoTrailer),
            (format!("{good}x: 1\n"), FormatError::NoTrailer),
            (format!("<<<<<<< ours\n{good}=======\n{good}>>>>>>> theirs\n"), FormatError::ConflictMarks),
            (format!("{body} {trailer}"), FormatError::NoTrailer),
            (format!("{good}{trailer}"), FormatError::SecondTrailer),
            (format!("{trailer}{good}"), FormatError::SecondTrailer),
            (format!("{body}#signature\n{trailer}"), FormatError::SecondTrailer),
            (good.replace("#sig v1", "#sig  v1"), FormatError::MalformedTrailer),
            (good.replace("#sig v1", "#sigv1"), FormatError::MalformedTrailer),
            (good.replace("alice", "Alice"), FormatError::MalformedTrailer),
            (good.replace("0101 ", "01 "), FormatError::MalformedTrailer),
            (good.replace("Ag==\n", "Ah==\n"), FormatError::MalformedTrailer),
            (good.replace("Ag==\n", "Ag== \n"), FormatError::MalformedTrailer),
            (in_a_row, FormatError::MalformedTrailer),
            (good.replace("#sig v1", "#sig v2"), FormatError::MalformedTrailer),
            (good.replace("#sig v1", "#sig v3"), FormatError::NewerFormat),
        ];
        for (document, error) in cases {
            assert_eq!(split(document.as_bytes()).unwrap_err(), error, "{document:?}");
        }
        assert!(split(good.replace("01 ", "AB ").as_bytes()).is_err(), "fingerprints are lower case");
    }

    #[test]
    fn windows_line_ends_are_the_same_document_and_other_carriage_returns_none() {
        let windows = String::from_utf8(DOCUMENT.to_vec()).unwrap().replace('\n', "\r\n");
        assert_eq!(parts(windows.as_bytes()), parts(DOCUMENT));
        let large = vec![b'\n'; usize::try_from(caps::DOCUMENT).unwrap() + 1];
        assert_eq!(normalise(large), Err(FormatError::TooLarge { cap: caps::DOCUMENT }));
        for bad in ["a\rb\n", "a\r\r\n", "a\n\r", "\r"] {
            assert_eq!(normalise(bad.into()), Err(FormatError::CarriageReturn), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parts(&bytes);
        }
    }
}
