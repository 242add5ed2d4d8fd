//! Test helper: what was read, as lines.

use super::error::ImportError;
use super::format::Format;
use super::item::{Content, Item};

fn shown(items: &[Item]) -> Vec<String> {
    let value = |item: &Item| match &item.content {
        Ok(Content::Value(value)) => value.reveal_text().unwrap().to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("! {error:?}"),
    };
    items.iter().map(|item| format!("{}={}", item.name, value(item))).collect()
}

pub(super) fn read(format: Format, text: &str) -> Result<Vec<String>, ImportError> {
    super::read(format, "file", text, &mut |_| None).map(|source| shown(&source.items))
}
