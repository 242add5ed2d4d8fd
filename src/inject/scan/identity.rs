//! Age identities in plain text.

use std::io::{self, Read};

use memchr::memmem;
use zeroize::Zeroizing;

/// The beginnings of native identities.
const BEGINNINGS: [&[u8]; 2] = [b"AGE-SECRET-KEY-1", b"AGE-SECRET-KEY-PQ-1"];
/// This many characters after one of them make an identity.
const ENOUGH: usize = 40;
/// The longest text that decides.
const LONGEST: usize = BEGINNINGS[1].len() + ENOUGH;
const BUFFER: usize = 256 << 10;
/// Nobody keeps an identity deeper in a file than this.
const SEARCHED: u64 = 64 << 20;

/// Whether an identity is in the data, which is read through one buffer.
pub(crate) fn has_identity(input: &mut dyn Read) -> io::Result<bool> {
    let mut input = input.take(SEARCHED);
    let mut buffer = Zeroizing::new(vec![0; BUFFER]);
    let mut kept = 0;
    loop {
        let read = input.read(&mut buffer[kept..])?;
        let filled = kept + read;
        if is_in(&buffer[..filled]) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        kept = filled.min(LONGEST - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

fn is_in(data: &[u8]) -> bool {
    let is_one = |rest: &[u8]| rest.len() >= ENOUGH && rest[..ENOUGH].iter().copied().all(is_bech32);
    BEGINNINGS
        .iter()
        .any(|beginning| memmem::find_iter(data, beginning).any(|at| is_one(&data[at + beginning.len()..])))
}

fn is_bech32(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_found_wherever_it_is_and_half_of_one_is_not() {
        for beginning in ["AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1"] {
            for before in [0, 1, BUFFER - 60, BUFFER - 20, BUFFER - 1, BUFFER] {
                let text = format!("{}{beginning}{}\n", "x".repeat(before), "Q0".repeat(ENOUGH / 2));
                assert!(has_identity(&mut text.as_bytes()).unwrap(), "{beginning} after {before}");
                assert!(!has_identity(&mut &text.as_bytes()[..text.len() - 2]).unwrap());
            }
        }
        assert!(!has_identity(&mut io::empty()).unwrap());
        assert!(!has_identity(&mut format!("AGE-SECRET-KEY-1{}", "q".repeat(58)).as_bytes()).unwrap());
    }

    #[test]
    fn endless_data_is_not_read_to_its_end() {
        assert!(!has_identity(&mut io::repeat(0)).unwrap());
    }
}
