//! Reading a sops file.

use std::path::Path;

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use super::document::{DEFAULT_SECTION, Document};
use super::error::{OpenDataKey, SopsError};
use super::metadata::Metadata;
use super::value::DataKey;
use super::walk::Walk;
use crate::crypto::framing::sha256;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::error::ImportError;
use crate::inject::import::item::{Item, item};
use crate::inject::import::names;

/// Whether a text is a sops file, in any of its forms.
pub(in crate::inject::import) fn is_sops(text: &str) -> bool {
    Document::kind(text).is_some()
}

pub(in crate::inject::import) fn read(
    name: &str,
    text: &str,
    open: &mut OpenDataKey<'_>,
) -> Result<Vec<Item>, ImportError> {
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

/// A binary file encrypted by sops has one member; only its name distinguishes it from a JSON file with that member.
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
            Tree::Map(keys) if name == DEFAULT_SECTION => members.extend(keys),
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
