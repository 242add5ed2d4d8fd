//! The format of a file, by its content, and if that is ambiguous, by its name.

use std::path::Path;

use super::{aws, sops};
use crate::inject::foreign::text::unmarked;
use crate::inject::foreign::tree::Tree;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `NAME=value`.
    Dotenv,
    /// One JSON object.
    Json,
    /// One YAML map.
    Yaml,
    /// Java properties.
    Properties,
    /// Two columns and a comma.
    Csv,
    /// Two columns and a tab.
    Tsv,
    /// Terraform variables.
    Tfvars,
    /// What the AWS CLI prints.
    Aws,
    /// Encrypted by sops.
    Sops,
}

/// A file that is none of them, or could be more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its format is clear neither from its content nor from its name")]
pub struct FormatError;

impl Format {
    /// All of them.
    pub const ALL: [Format; 9] = [
        Format::Dotenv,
        Format::Json,
        Format::Yaml,
        Format::Properties,
        Format::Csv,
        Format::Tsv,
        Format::Tfvars,
        Format::Aws,
        Format::Sops,
    ];
}

/// Detects the format of a file. `name` is the file's own name, without directories. An empty file has any.
pub fn recognise(name: &str, text: &str) -> Result<Format, FormatError> {
    let text = unmarked(text);
    if text.trim().is_empty() {
        return Ok(Format::Dotenv);
    }
    let by_name = by_name(name);
    if sops::is_sops(text) {
        return Ok(Format::Sops);
    }
    if text.trim_start().starts_with(['{', '[']) {
        let documents = Tree::from_json_documents(text).unwrap_or_default();
        if !documents.is_empty() && documents.iter().all(aws::is_answer) {
            return Ok(Format::Aws);
        }
        // A flow map of YAML begins like JSON.
        return Ok(if by_name == Some(Format::Yaml) { Format::Yaml } else { Format::Json });
    }
    if by_name == Some(Format::Yaml) && Tree::from_yaml(text).is_ok_and(|tree| aws::is_answer(&tree)) {
        return Ok(Format::Aws);
    }
    by_name.filter(|format| *format != Format::Json).or_else(|| by_first_line(text)).ok_or(FormatError)
}

fn by_name(name: &str) -> Option<Format> {
    let lower = name.to_ascii_lowercase();
    if lower == ".env" || lower.starts_with(".env.") {
        return Some(Format::Dotenv);
    }
    let ending = Path::new(&lower).extension()?.to_str()?;
    Some(match ending {
        "env" | "dotenv" => Format::Dotenv,
        "json" => Format::Json,
        "yaml" | "yml" => Format::Yaml,
        "properties" => Format::Properties,
        "csv" => Format::Csv,
        "tsv" => Format::Tsv,
        "tfvars" => Format::Tfvars,
        _ => return None,
    })
}

/// A line that can be nothing else decides for the whole file.
fn by_first_line(text: &str) -> Option<Format> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    if line == "---" {
        return Some(Format::Yaml);
    }
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    let assigned = line.strip_prefix("export ").unwrap_or(line);
    if assigned.split_once('=').is_some_and(|(name, _)| is_word(name)) {
        return Some(Format::Dotenv);
    }
    let is_yaml = |(name, rest): (&str, &str)| is_word(name) && (rest.is_empty() || rest.starts_with(' '));
    if line.split_once(':').is_some_and(is_yaml) {
        return Some(Format::Yaml);
    }
    line.split_once('\t').filter(|(name, _)| is_word(name)).map(|_| Format::Tsv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_before_the_name() {
        for (name, text, format) in [
            (".env", "A=1", Format::Dotenv),
            ("-", "# note\n\nexport A=1", Format::Dotenv),
            ("prod", "A=1", Format::Dotenv),
            ("-", "---\na: 1", Format::Yaml),
            ("-", "db:\n  a: 1", Format::Yaml),
            ("x.yaml", "{a: 1}", Format::Yaml),
            ("x.txt", "{\"a\": 1}", Format::Json),
            ("x.env", "{\"Parameter\":{\"Name\":\"/a\",\"Value\":\"x\"}}", Format::Aws),
            ("x.yaml", "Parameters:\n- Name: /a\n  Value: x\n", Format::Aws),
            ("x.json", "{\"a\":1,\"sops\":{\"mac\":\"x\"}}", Format::Sops),
            ("-", "a: ENC[x]\nsops:\n    mac: x\n", Format::Sops),
            (".env", "A=ENC[x]\nsops_mac=x\n", Format::Sops),
            ("x", "[a]\nb = 1\n\n[sops]\nmac = x\n", Format::Sops),
            ("x.properties", "a = 1", Format::Properties),
            ("x.CSV", "a,1", Format::Csv),
            ("x", "a\tb", Format::Tsv),
            ("x.tfvars", "a = \"b\"", Format::Tfvars),
        ] {
            assert_eq!(recognise(name, text), Ok(format), "{name}: {text}");
        }
        assert_eq!(recognise("x.json", "\u{feff} \n"), Ok(Format::Dotenv), "nothing at all");
        for (name, text) in [("x", "hunter2"), ("x.json", "a,b"), ("x", "https://example.org")] {
            assert_eq!(recognise(name, text), Err(FormatError), "{name}: {text}");
        }
    }
}
