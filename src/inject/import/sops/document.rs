//! The four forms of a sops file: JSON (also for binary files), YAML, dotenv and INI.

use zeroize::Zeroizing;

use super::error::SopsError;
use super::metadata::Metadata;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::error::{ImportError, of_json};

/// What an INI file calls the keys before its first section.
pub(super) const DEFAULT_SECTION: &str = "DEFAULT";

/// A file, apart from its metadata.
pub(super) struct Document {
    pub(super) data: Tree,
    pub(super) metadata: Metadata,
    pub(super) numbers_are_floats: bool,
    pub(super) is_ini: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Yaml,
    Dotenv,
    Ini,
}

impl Document {
    /// The form of a text with sops metadata.
    pub(super) fn kind(text: &str) -> Option<Kind> {
        if text.trim_start().starts_with('{') {
            let may_be = text.contains("\"sops\"") && text.contains("\"mac\"");
            let tree = may_be.then(|| Tree::from_json(text).ok()).flatten()?;
            return tree.member("sops")?.member("mac").map(|_| Kind::Json);
        }
        let has = |line: &str| text.lines().any(|l| l.trim_end() == line);
        let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
        match () {
            () if begins("sops_mac=") => Some(Kind::Dotenv),
            () if has("[sops]") => Some(Kind::Ini),
            () if has("sops:") && text.lines().any(|line| line.trim_start().starts_with("mac:")) => Some(Kind::Yaml),
            () => None,
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, ImportError> {
        match Self::kind(text) {
            Some(Kind::Json) => Self::of_tree(Tree::from_json(text).map_err(of_json)?, true),
            Some(Kind::Dotenv) => dotenv(text),
            Some(Kind::Ini) => ini(text),
            Some(Kind::Yaml) | None => Self::of_tree(Tree::from_yaml(text)?, false),
        }
    }

    fn of_tree(tree: Tree, numbers_are_floats: bool) -> Result<Self, ImportError> {
        let Tree::Map(mut members) = tree else { return Err(ImportError::NoMap) };
        let place = members.iter().position(|(key, _)| key == "sops");
        let missing = SopsError::Metadata("sops");
        let metadata = members.remove(place.ok_or(missing)?).1;
        let metadata = Metadata::of_tree(&metadata)?;
        Ok(Document { data: Tree::Map(members), metadata, numbers_are_floats, is_ini: false })
    }
}

/// Sops reads lines as they are: no quotes, no comments after a value, and `\n` for a line feed.
fn dotenv(text: &str) -> Result<Document, ImportError> {
    let (mut data, mut fields) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let fault = "it is neither a comment nor NAME=VALUE";
        let (name, value) = line.split_once('=').ok_or(ImportError::Line { line: index + 1, fault })?;
        match name.strip_prefix("sops_") {
            Some(field) => fields.push((field.to_owned(), value.to_owned())),
            None => data.push((name.to_owned(), Tree::Text(Zeroizing::new(value.replace("\\n", "\n"))))),
        }
    }
    let metadata = Metadata::of_flat(&fields)?;
    Ok(Document { data: unique(data)?, metadata, numbers_are_floats: false, is_ini: false })
}

fn ini(text: &str) -> Result<Document, ImportError> {
    let mut sections = vec![(DEFAULT_SECTION.to_owned(), Vec::new())];
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name.trim().to_owned(), Vec::new()));
            continue;
        }
        let fault = "it is neither a comment nor a [section] nor KEY = VALUE";
        let (key, value) = line.split_once('=').ok_or(ImportError::Line { line: index + 1, fault })?;
        let value = unquoted(value.trim()).to_owned();
        sections.last_mut().into_iter().for_each(|(_, keys)| keys.push((key.trim().to_owned(), value.clone())));
    }
    let (own, data): (Vec<_>, Vec<_>) = sections.into_iter().partition(|(name, _)| name == "sops");
    let fields: Vec<(String, String)> = own.into_iter().flat_map(|(_, keys)| keys).collect();
    let metadata = Metadata::of_flat(&fields)?;
    let text = |(key, value): (String, String)| (key, Tree::Text(Zeroizing::new(value)));
    let section = |(name, keys): (String, Vec<_>)| Ok((name, unique(keys.into_iter().map(text).collect())?));
    let data = data.into_iter().map(section).collect::<Result<Vec<_>, ImportError>>()?;
    Ok(Document { data: unique(data)?, metadata, numbers_are_floats: false, is_ini: true })
}

/// Values in clear may be quoted; encrypted ones never are.
fn unquoted(value: &str) -> &str {
    ["\"\"\"", "`", "\""].iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

fn unique(members: Vec<(String, Tree)>) -> Result<Tree, ImportError> {
    let mut seen = std::collections::HashSet::new();
    let twice = members.iter().find(|(key, _)| !seen.insert(key.clone()));
    if twice.is_some() {
        return Err(SopsError::Metadata("each key once").into());
    }
    Ok(Tree::Map(members))
}
