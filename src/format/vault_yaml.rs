//! `vault.yaml`: format and vault id, an unsigned hint. Two fixed lines, read without a YAML parser.

use super::error::FormatError;
use super::trailer::{is_newer, normalise};
use crate::model::format::Format;
use crate::model::id::VaultId;

/// Its path, relative to the vault.
pub const PATH: &str = "vault.yaml";

/// Reads the two lines. They are only a hint: the trust chain's genesis must hash to this id.
pub fn read(raw: Vec<u8>) -> Result<VaultId, FormatError> {
    let raw = normalise(raw)?;
    let text = std::str::from_utf8(&raw).map_err(|_| FormatError::NotUtf8)?;
    let (format, rest) = text.split_once('\n').ok_or(FormatError::NotADocument)?;
    read_format(format)?;
    let id = rest
        .strip_prefix("vault: \"")
        .and_then(|rest| rest.strip_suffix("\"\n"))
        .ok_or(FormatError::Malformed { line: 2 })?;
    id.parse().map_err(|_| FormatError::field("vault"))
}

/// Writes the two lines.
pub fn write(vault: &VaultId) -> String {
    format!("format: \"{}\"\nvault: \"{vault}\"\n", Format::CURRENT.as_str())
}

/// Distinguishes this format from newer ones and from files that are not documents, before anything else is read.
pub(super) fn read_format(first_line: &str) -> Result<Format, FormatError> {
    let word = first_line.strip_prefix("format: \"vault/").and_then(|rest| rest.strip_suffix('"'));
    match word.map(|word| (Format::of_word(word), word)) {
        Some((Some(format), _)) => Ok(format),
        Some((None, word)) if is_newer(word) => Err(FormatError::NewerFormat),
        _ => Err(FormatError::NotADocument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &str = include_str!("../../tests/fixture/vault/vault.yaml");

    #[test]
    fn the_fixture_round_trips() {
        let id = read(FIXTURE.into()).unwrap();
        assert_eq!(id.to_string(), "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp");
        assert_eq!(write(&id), FIXTURE.replace("v1\"", "v2\""));
        assert_eq!(read(write(&id).into()).unwrap(), id);
        assert_eq!(read(FIXTURE.replace('\n', "\r\n").into()).unwrap(), id);
    }

    #[test]
    fn nothing_but_the_two_lines_is_read() {
        for bad in [
            String::new(),
            "vault: \"x\"\n".into(),
            format!("{FIXTURE}\n"),
            format!("{FIXTURE}x: 1\n"),
            FIXTURE.trim_end().into(),
            FIXTURE.replace('"', "'"),
            FIXTURE.replace(": ", ":  "),
            FIXTURE.replace("vlt1w", "vlt1W"),
            FIXTURE.replace("vlt1w8", "vlt1w9"),
        ] {
            assert!(read(bad.clone().into()).is_err(), "{bad:?}");
        }
        assert_eq!(read(FIXTURE.replace("v1\"", "v12\"").into()), Err(FormatError::NewerFormat));
    }
}
