//! `vault git-textconv`: what `git diff` and `git log -p` show of a document: everything but values.
//!
//! The attributes of a repository choose which files come here, so nothing but values may be hidden, and those only in a
//! document: whoever reads a diff would not see what a file without them says. Git passes a file without its path in the
//! vault, so its signature cannot be checked here.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use data_encoding::HEXLOWER;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::escape;
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::format::schema::{parse_parameter, parse_secret};
use crate::format::trailer::{normalise, split};

/// Text of a document, called by git
#[derive(Debug, Args)]
pub(crate) struct TextconvArgs {
    /// A file with one state of a document
    file: PathBuf,
}

/// A text that no writer of a document can make say anything: a sealed value.
const SEALED: &str = "\"xc1:";
/// The first and the last line of an age file in ASCII armor.
const ARMOR: [&str; 2] = ["-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"];

pub(crate) fn run(args: &TextconvArgs, context: &mut Context) -> CliResult<()> {
    let mut file = BufReader::new(std::fs::File::open(&args.file)?);
    let mut bytes = Vec::new();
    file.by_ref().take(caps::DOCUMENT + 1).read_to_end(&mut bytes)?;
    let document = Values::of(&args.file, &bytes).and_then(|values| shown(&bytes, values));
    context.ui.bytes(escape::value(document.as_deref().unwrap_or(&bytes)).as_bytes())?;
    // Larger than any document: what follows is shown, too.
    loop {
        let more = file.fill_buf()?;
        if more.is_empty() {
            return Ok(());
        }
        let length = more.len();
        context.ui.bytes(escape::value(more).as_bytes())?;
        file.consume(length);
    }
}

/// Which values of a document are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    /// All of them: it is a parameter or a secret and nothing else.
    All,
    /// Sealed ones: it is a document of another kind, or of a form that is not known here.
    Sealed,
}

impl Values {
    /// `None` if the file is no document.
    fn of(file: &Path, bytes: &[u8]) -> Option<Values> {
        if file.extension().is_none_or(|end| end != "yaml") {
            return None;
        }
        let bytes = normalise(bytes.to_vec()).ok()?;
        let body = split(&bytes).ok()?.body;
        let mut head = std::str::from_utf8(body).ok()?.lines();
        let mut field = |key: &str| head.next()?.strip_prefix(key)?.strip_prefix(": \"")?.strip_suffix('"');
        let (_, _, vault) = (field("format")?, field("kind")?, field("vault")?);
        let vault = vault.parse().ok()?;
        let is_known = parse_parameter(body, &vault).is_ok() || parse_secret(body, &vault).is_ok();
        Some(if is_known { Values::All } else { Values::Sealed })
    }
}

/// The text with a short hash for each value, so that a change of it is visible. `None` if it is no text.
fn shown(bytes: &[u8], values: Values) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut shown = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let (field, content) = line.split_once(": ").unwrap_or((line, ""));
        let content = content.trim_end();
        let mut block = String::new();
        if content == "|" {
            while let Some(hidden) = lines.next_if(|line| is_armor(line.trim())) {
                block.push_str(hidden);
            }
        }
        match field.trim_start_matches([' ', '-']) {
            "value" if values == Values::All || is_sealed(content) => hide(&mut shown, field, content),
            "wrapped" if !block.is_empty() => hide(&mut shown, field, &block),
            _ => shown.extend([Cow::from(line), block.into()]),
        }
    }
    Some(shown.into_bytes())
}

fn hide(shown: &mut String, field: &str, content: &str) {
    let hash = HEXLOWER.encode(&sha256(content.as_bytes())[..8]);
    shown.extend([field, ": \u{2026} ", &hash, "\n"]);
}

fn is_sealed(content: &str) -> bool {
    content.strip_prefix(SEALED).and_then(|rest| rest.strip_suffix('"')).is_some_and(is_base64)
}

fn is_armor(line: &str) -> bool {
    ARMOR.contains(&line) || (!line.is_empty() && is_base64(line))
}

fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "format: \"vault/v9\"\nkind: \"parameter\"\nvault: \"";

    fn lines(text: &str) -> Vec<String> {
        String::from_utf8(shown(text.as_bytes(), Values::Sealed).unwrap()).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn nothing_but_what_is_sealed_is_hidden() {
        let text = "odd: \"x\"\nwrapped: |\n  -----BEGIN AGE ENCRYPTED FILE-----\n  YWdl\n  evil; code\n  - value: \"xc1:AA==\"\n    value: \"plain\"\n    value: \"xc1:$(evil)\"\nother: |\n  YWdl\n";
        let shown = lines(text);
        assert!(
            shown[1].starts_with("wrapped: \u{2026} ") && shown[3].starts_with("  - value: \u{2026} "),
            "{shown:?}"
        );
        let rest =
            ["odd: \"x\"", "  evil; code", "    value: \"plain\"", "    value: \"xc1:$(evil)\"", "other: |", "  YWdl"];
        assert_eq!([0, 2, 4, 5, 6, 7].map(|line| shown[line].as_str()), rest);
    }

    #[test]
    fn a_change_of_a_value_is_visible() {
        assert_ne!(lines("value: \"xc1:AA==\"\n"), lines("value: \"xc1:AB==\"\n"));
    }

    #[test]
    fn a_file_is_a_document_by_its_name_and_its_form() {
        let trailer = crate::format::trailer::join("", &"ana".parse().unwrap(), &[0; 8], &[0; 64]);
        let vault = crate::model::id::VaultId([7; 32]);
        let document = [format!("{HEAD}{vault}\"\n").as_bytes(), &trailer].concat();
        let of = |name: &str, bytes: &[u8]| Values::of(Path::new(name), bytes);
        assert_eq!(of("a.yaml", &document), Some(Values::Sealed));
        assert_eq!(of("a.sh", &document), None);
        assert_eq!(of("a.yaml", &[b"#!/bin/sh\n", &document[..]].concat()), None);
        assert_eq!(of("a.yaml", &[&document[..], b"evil\n"].concat()), None);
    }
}
