//! Terraform variables: `name = "text"`, as chamber and Terraform write them. Lists, objects and heredocs are not
//! supported.

use std::convert::identity;

use zeroize::Zeroizing;

use super::error::ImportError;
use super::item::{Item, item};
use crate::model::escaped;

pub(super) fn read(text: &str) -> Result<Vec<Item>, ImportError> {
    let mut items = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        let wrong = |fault| ImportError::Line { line: index + 1, fault };
        let (name, value) = line.split_once('=').ok_or_else(|| wrong("it is neither a comment nor NAME = VALUE"))?;
        let value = value.trim_start();
        let value = match value.strip_prefix('"') {
            Some(rest) => quoted(rest).ok_or_else(|| wrong("a string is not closed, or an escape in it is broken"))?,
            None if value.starts_with(['[', '{', '<']) => {
                return Err(wrong("lists, objects and heredocs are not supported"));
            }
            None => bare(value),
        };
        items.push(item(name.trim().trim_matches('"').to_owned(), value));
    }
    Ok(items)
}

/// The text up to the closing quote, after which only a comment may follow.
fn quoted(rest: &str) -> Option<Zeroizing<String>> {
    let mut is_escaped = false;
    let end = rest.find(|c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    let after = rest[end + 1..].trim_start();
    if !after.is_empty() && !after.starts_with('#') && !after.starts_with("//") {
        return None;
    }
    escaped::read(&rest[..end], identity).map(|text| with_single_signs(&text))
}

/// A literal template sign is doubled; a single one would be expanded by Terraform.
fn with_single_signs(text: &str) -> Zeroizing<String> {
    let is_doubled = |at: usize| text[at..].starts_with("$${") || text[at..].starts_with("%%{");
    let mut single = Zeroizing::new(String::with_capacity(text.len()));
    single.extend(text.char_indices().filter(|(at, _)| !is_doubled(*at)).map(|(_, c)| c));
    single
}

fn bare(value: &str) -> Zeroizing<String> {
    let end = ["#", "//"].iter().filter_map(|sign| value.find(sign)).min().unwrap_or(value.len());
    Zeroizing::new(value[..end].trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::sample::read;
    use crate::inject::import::{Format, ImportError};

    #[test]
    fn texts_numbers_and_truth_values_are_read() {
        let text = "# note\na = \"x\\n\\\"q\\\" \\$y \\! $$${z} %%{if} $$x\"\nb=5432 // a # note\n\"c\" = true\nd = \"\\u0024{e}\" // note\n";
        assert_eq!(
            read(Format::Tfvars, text).unwrap(),
            ["a=x\n\"q\" $y ! $${z} %{if} $$x", "b=5432", "c=true", "d=${e}"]
        );
        for text in ["a = [1]", "a = <<EOF", "a", "a = \"x", "a = \"x\" y"] {
            assert!(matches!(read(Format::Tfvars, text).unwrap_err(), ImportError::Line { line: 1, .. }), "{text}");
        }
    }
}
