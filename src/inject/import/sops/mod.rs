//! Files of sops whose data key age has wrapped: every value is opened, and the file's own MAC over all of them checked,
//! before any of them is used.

mod document;
mod metadata;
mod rules;
mod tree;
mod value;

use std::path::Path;

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use super::{ImportError, Item, OpenDataKey, item, names};
use crate::crypto::framing::sha256;
use crate::inject::foreign::tree::Tree;
use document::Document;
use metadata::Metadata;
use rules::Rules;
use value::DataKey;

/// What is wrong with a file of sops. Names of values, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// Metadata that is incomplete or of another form.
    #[error("its sops metadata is not complete: `{0}` is missing or is not what sops writes")]
    Metadata(&'static str),
    /// A data key that is split among several groups of keys.
    #[error("its data key is split among groups of keys (`key_groups`), which is not read")]
    KeyGroups,
    /// Rules that look at comments.
    #[error("comments decide in it what is encrypted (`encrypted_comment_regex`), which is not read")]
    CommentRules,
    /// A regular expression that does not compile.
    #[error("the regular expression in its metadata is broken")]
    Regex,
    /// No recipient of age at all.
    #[error("it is encrypted for no age recipient, and other keys are not read")]
    NoAge,
    /// The recipients that it is encrypted for, and the identity is none of them.
    #[error("it is encrypted for {}, and this identity is none of them", .0.join(", "))]
    NotARecipient(Vec<String>),
    /// A value that should be encrypted and is not.
    #[error("`{0}` should be encrypted and is not")]
    NotEncrypted(String),
    /// A value that does not open.
    #[error("`{0}` does not open: the value was changed, moved or damaged")]
    Value(String),
    /// A value that is not text.
    #[error("`{0}` is not UTF-8 text")]
    NotText(String),
    /// The MAC over all values.
    #[error("its MAC does not match: values were changed, added or taken away, and nothing of it was used")]
    Mac,
}

/// Whether a text is a file of sops, in any of its forms.
pub(super) fn is_sops(text: &str) -> bool {
    Document::kind(text).is_some()
}

pub(super) fn read(name: &str, text: &str, open: &mut OpenDataKey<'_>) -> Result<Vec<Item>, ImportError> {
    let Document { data, metadata, numbers_are_floats, is_ini } = Document::read(text)?;
    names::check(&data)?;
    let key = metadata.data_key(open)?;
    let is_binary = is_binary(&data, name);
    let mut walk = Walk {
        rules: &metadata.rules,
        key: &key,
        mac: Sha512::new(),
        only_encrypted: metadata.mac_only_encrypted,
        numbers_are_floats,
    };
    if metadata.mac_only_encrypted {
        walk.mac.update(sha256(b"sops"));
    }
    let opened = walk.tree(data, &mut Vec::new())?;
    check_mac(&metadata, &key, walk.mac)?;
    if is_binary && let Some(Tree::Text(whole)) = opened.member("data") {
        let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(vec![item(stem, whole.clone())]);
    }
    names::of(if is_ini { without_default_section(opened) } else { opened })
}

/// A file that sops took as a whole has one member; only its name tells it from a JSON file with that member.
fn is_binary(data: &Tree, name: &str) -> bool {
    let has_one = data.map().is_some_and(|members| matches!(members, [(key, Tree::Text(_))] if key == "data"));
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let is_structured = ending.is_none_or(|ending| ["json", "yaml", "yml", "env", "ini"].contains(&ending.as_str()));
    has_one && !is_structured
}

/// Keys of an INI file before its first section.
fn without_default_section(tree: Tree) -> Tree {
    let Tree::Map(sections) = tree else { return tree };
    let mut members = Vec::new();
    for (name, section) in sections {
        match section {
            Tree::Map(keys) if name == document::DEFAULT_SECTION => members.extend(keys),
            section => members.push((name, section)),
        }
    }
    Tree::Map(members)
}

/// The MAC is encrypted like a value; the time of the last change is its additional data.
fn check_mac(metadata: &Metadata, key: &DataKey, computed: Sha512) -> Result<(), SopsError> {
    let stated = key.open(&metadata.mac, metadata.last_modified.as_bytes()).map_err(|_| SopsError::Mac)?;
    let computed = data_encoding::HEXUPPER.encode(&computed.finalize());
    if bool::from(stated.bytes.ct_eq(computed.as_bytes())) { Ok(()) } else { Err(SopsError::Mac) }
}

/// A walk through all values, in their order.
struct Walk<'a> {
    rules: &'a Rules,
    key: &'a DataKey,
    mac: Sha512,
    only_encrypted: bool,
    numbers_are_floats: bool,
}
