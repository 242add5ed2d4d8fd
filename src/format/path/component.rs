//! One component of a name as a file name, and back (FORMAT.md, names and file names).

use std::fmt::Write as _;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::SUFFIX;

/// What a component of a path is the name of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Directory,
    Leaf,
}

const LONGEST: usize = 100;
const KEPT: usize = 60;
/// 26 characters of base32 are 130 bits of the hash.
const HASH: usize = 26;
/// A trailing dot. As a mask of upper-case letters it would be ambiguous, so that one mask is written with a zero before it.
const DOT: &str = "%2e";
const DOT_AS_MASK: u128 = 0x2e;

/// Adds the file name of a component.
pub(super) fn encode_component(path: &mut String, component: &str, place: Place) {
    let start = path.len();
    if component.is_empty() {
        path.push('%');
        return;
    }
    if is_plain(component, place) {
        path.push_str(component);
        return;
    }
    let dot = escaped_dot(component, place);
    for (at, byte) in component.bytes().enumerate() {
        let lower = byte.to_ascii_lowercase();
        if at == 0 && (byte == b'.' || is_device(component)) || Some(at) == dot {
            let _ = write!(path, "%{lower:02x}");
        } else {
            path.push(char::from(lower));
        }
    }
    if component.len() <= LONGEST {
        push_mask(path, component);
    }
    if path.len() - start > LONGEST {
        path.truncate(start + KEPT);
        path.push_str("%~");
        let hash = BASE32_NOPAD.encode(&Sha256::digest(component)).to_ascii_lowercase();
        path.push_str(&hash[..HASH]);
    }
}

/// Whether a component is its own file name, as almost all are: worth a separate check in a listing of thousands.
fn is_plain(component: &str, place: Place) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'+' | b'=' | b'@');
    (1..=LONGEST).contains(&component.len())
        && component.bytes().all(plain)
        && !component.starts_with('.')
        && escaped_dot(component, place).is_none()
        && !is_device(component)
}

/// The dot that must be encoded: at the end, or before the `yaml` of a directory.
fn escaped_dot(component: &str, place: Place) -> Option<usize> {
    if component.ends_with('.') {
        return Some(component.len() - 1);
    }
    let at = component.len().checked_sub(SUFFIX.len())?;
    (place == Place::Directory && component[at..].eq_ignore_ascii_case(SUFFIX)).then_some(at)
}

/// Names that Windows gives to devices, whatever extension follows. Those with a `$` are in no alphabet of ours.
pub(super) fn is_device(component: &str) -> bool {
    // Every such name begins with one of these.
    if !component.starts_with(['c', 'C', 'p', 'P', 'a', 'A', 'n', 'N', 'l', 'L']) {
        return false;
    }
    let stem = component.split('.').next().unwrap_or_default().as_bytes();
    let is = |name: &[u8]| stem.eq_ignore_ascii_case(name);
    let numbered = |name: &[u8]| stem.len() == 4 && stem[3].is_ascii_digit() && stem[..3].eq_ignore_ascii_case(name);
    is(b"con") || is(b"prn") || is(b"aux") || is(b"nul") || numbered(b"com") || numbered(b"lpt")
}

/// The positions of upper-case letters, as hexadecimal bits: the first byte is bit 0. At most [`LONGEST`] bits.
fn push_mask(path: &mut String, component: &str) {
    let mut mask = 0_u128;
    for (at, byte) in component.bytes().enumerate() {
        mask |= u128::from(byte.is_ascii_uppercase()) << at;
    }
    match mask {
        0 => {}
        DOT_AS_MASK => path.push_str("%02e"),
        _ => drop(write!(path, "%{mask:x}")),
    }
}

/// Whether a file name stands for a component that is too long for one.
pub(super) fn is_hashed(component: &str) -> bool {
    let rest = component.get(KEPT..).and_then(|rest| rest.strip_prefix("%~"));
    rest.is_some_and(|hash| hash.len() == HASH && hash.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')))
}

/// Adds the component that a file name stands for. `None` if there is none; it may accept names that the encoder would
/// not produce.
pub(super) fn decode_component(levels: &mut String, component: &str) -> Option<()> {
    if component == "%" {
        return Some(());
    }
    if !component.is_empty() && !component.contains('%') {
        levels.push_str(component);
        return Some(());
    }
    let (escaped, mask) = split_mask(component)?;
    let start = levels.len();
    let mut pieces = escaped.split('%');
    levels.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let byte = u8::from_str_radix(piece.get(..2)?, 16).ok().filter(u8::is_ascii)?;
        levels.push(char::from(byte));
        levels.push_str(&piece[2..]);
    }
    if mask != 0 {
        let upper = |(at, c): (usize, char)| if at < 128 && mask >> at & 1 == 1 { c.to_ascii_uppercase() } else { c };
        let cased: String = levels[start..].chars().enumerate().map(upper).collect();
        levels.truncate(start);
        levels.push_str(&cased);
    }
    (levels.len() > start).then_some(())
}

/// Separates the mask from what precedes it. A `%` at the start, and the last `%2e`, are escapes.
fn split_mask(component: &str) -> Option<(&str, u128)> {
    match component.rsplit_once('%') {
        Some((base, mask)) if !base.is_empty() && mask != &DOT[1..] && mask.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some((base, u128::from_str_radix(mask, 16).ok()?))
        }
        _ => Some((component, 0)),
    }
}
