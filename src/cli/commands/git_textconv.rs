//! `vault git-textconv`: what `git diff` and `git log -p` show of a document: everything but values.
//!
//! Git passes a file without its path in the vault, so its signature cannot be checked here and nothing is parsed:
//! lines are shown or left out by the word they begin with.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::palette::Meaning;
use crate::format::caps;

/// Text of a document, called by git
#[derive(Debug, Args)]
pub(crate) struct TextconvArgs {
    /// A file with one state of a document
    file: PathBuf,
}

/// The fields that are shown. Anything else may be a value: `value`, `wrapped`, and fields that do not exist yet.
const SHOWN: [&str; 32] = [
    "kind",
    "id",
    "name",
    "rev",
    "trust",
    "state",
    "modified",
    "created",
    "by",
    "tier",
    "data_type",
    "tags",
    "labels",
    "stages",
    "number",
    "uid",
    "token",
    "type",
    "key",
    "key_version",
    "exposed",
    "enabled",
    "hook",
    "since",
    "delete_after",
    "label",
    "members",
    "role",
    "readers",
    "current",
    "versions",
    "floor",
];

/// Lists whose items are shown.
const LISTS: [&str; 4] = ["labels", "stages", "readers", "tags"];

pub(crate) fn run(args: &TextconvArgs, context: &mut Context) -> CliResult<()> {
    let mut bytes = Vec::new();
    std::fs::File::open(&args.file)?.take(caps::DOCUMENT).read_to_end(&mut bytes)?;
    let mut page = context.ui.page();
    for line in shown(&String::from_utf8_lossy(&bytes)) {
        let line = page.paint(Meaning::Plain, &line);
        page.line(line);
    }
    context.ui.show(&page)?;
    Ok(())
}

/// The lines that contain no value.
fn shown(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_list = false;
    for line in text.lines() {
        let word = line.trim_start_matches([' ', '-']);
        let key = word.split(':').next().unwrap_or_default();
        let is_item = word.starts_with('"');
        if !is_item {
            in_list = LISTS.contains(&key);
        }
        if is_item && in_list || !is_item && SHOWN.contains(&key) {
            lines.push(line.to_owned());
        } else if key == "value" {
            lines.push(line.replace(word, "value: \u{2026}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_known_fields_is_shown() {
        let text = "name: \"/a\"\ntags:\n  \"team\": \"x\"\ndescription: \"hunter2\"\nversions:\n  - number: 1\n    labels:\n      - \"live\"\n    value: \"hunter2\"\nodd: \"hunter2\"\n- \"hunter2\"\nhunter2\nwrapped: |\n  hunter2\n";
        let lines = shown(text);
        assert!(!lines.iter().any(|line| line.contains("hunter2")), "{lines:?}");
        let expected = [
            "name: \"/a\"",
            "tags:",
            "  \"team\": \"x\"",
            "versions:",
            "  - number: 1",
            "    labels:",
            "      - \"live\"",
            "    value: …",
        ];
        assert_eq!(lines, expected);
    }
}
