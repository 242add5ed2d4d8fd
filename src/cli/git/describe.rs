//! What happened to a document between two states, in words that contain no value.

use std::collections::{BTreeMap, BTreeSet};

use super::program::{Git, literal};
use crate::engine::{AnyDocument, Difference, Document, Vault};
use crate::model::credential::Credential;
use crate::model::event::Rule;
use crate::model::key::KeyDocument;
use crate::model::parameter::Parameter;
use crate::model::secret::{Secret, Stage};
use crate::model::share::{Share, SharedItem};

/// How a document differs from the newest trusted state of its file in git.
pub(crate) fn since_trusted(vault: &Vault<'_>, path: &str, document: &AnyDocument) -> Vec<String> {
    all_changes(last_trusted(vault, path).as_ref(), Some(document))
}

/// How a document differs from the state that this machine has seen, and whether git has that state. If not, the whole
/// content of the document.
pub(crate) fn since_seen(vault: &Vault<'_>, difference: &Difference) -> (bool, Vec<String>) {
    let document = |raw: &[u8]| vault.document_at(&difference.path, raw).ok().filter(|_| difference.was_seen(raw));
    let seen = past_state(vault, &difference.path, &["--all", "--reflog"], document);
    (seen.is_some(), all_changes(seen.as_ref(), difference.here.as_ref()))
}

/// The newest trusted state of a key in git, if there is one.
pub(crate) fn last_trusted_key(vault: &Vault<'_>, path: &str) -> Option<KeyDocument> {
    match last_trusted(vault, path) {
        Some(AnyDocument::Key(key)) => Some(*key),
        _ => None,
    }
}

fn last_trusted(vault: &Vault<'_>, path: &str) -> Option<AnyDocument> {
    past_state(vault, path, &["HEAD"], |raw| vault.document_at(path, raw).ok())
}

/// The maximum number of commits to search for a state of a file.
const COMMITS: &str = "--max-count=100";

/// The newest state of a file of the vault in some commits that passes a test.
pub(crate) fn past_state<T>(
    vault: &Vault<'_>,
    path: &str,
    commits: &[&str],
    test: impl Fn(&[u8]) -> Option<T>,
) -> Option<T> {
    let git = Git::around(vault.path()).ok()?;
    let file = git.outside(path);
    let only = literal(&file);
    let arguments =
        [&["log", COMMITS, "--full-history", "--topo-order", "--format=%H"], commits, &["--", &only]].concat();
    let found = git.run(&arguments).ok()?;
    String::from_utf8_lossy(&found).lines().find_map(|commit| {
        let id = git.object_at(commit, &file).ok()??;
        git.blobs(&[&id]).ok()?.pop().and_then(|raw| test(&raw))
    })
}

/// The changes between two states, including those of the document as a whole.
fn all_changes(old: Option<&AnyDocument>, new: Option<&AnyDocument>) -> Vec<String> {
    let mut changes = describe(old, new);
    let Some(new) = new.filter(|new| !new.is_deleted()) else { return changes };
    if old.is_some_and(Document::is_deleted) {
        changes.push("deleted no more".into());
    }
    let old = old.filter(|old| !old.is_deleted());
    let (versions, type_name) = whole(new);
    let before = old.map(whole);
    if let Some((before, _)) = before.filter(|(before, _)| *before > versions) {
        changes.push(format!("versions {before} \u{2192} {versions}"));
    }
    match (before.map_or("", |(_, type_name)| type_name), type_name) {
        ("", type_name) if !type_name.is_empty() => changes.push(format!("type {type_name}")),
        (before, type_name) if before != type_name => changes.push(format!("type {before} \u{2192} {type_name}")),
        _ => {}
    }
    changes
}

/// How many versions a document has, and the type of its current value; a key has none.
fn whole(document: &AnyDocument) -> (usize, &'static str) {
    match document {
        AnyDocument::Parameter(it) => {
            (it.versions.len(), it.latest().map_or("", |version| version.content.parameter_type().as_str()))
        }
        AnyDocument::Secret(it) => {
            let content = it.staged(&Stage::current()).and_then(|version| version.content.as_ref());
            (it.versions.len(), content.map_or("", |content| content.value_type.as_str()))
        }
        AnyDocument::Key(it) => (it.wraps.len(), ""),
        AnyDocument::Rule(_) | AnyDocument::Credential(_) | AnyDocument::Share(_) => (0, ""),
    }
}

/// Each change as a short phrase: `put v4`, `label live v3 → v4`.
pub(crate) fn describe(old: Option<&AnyDocument>, new: Option<&AnyDocument>) -> Vec<String> {
    let live = old.filter(|old| !old.is_deleted());
    let changes = match (live, new) {
        (None, None) => Vec::new(),
        (Some(_), None) => vec!["removed without a tombstone".into()],
        (None, Some(new)) if new.is_deleted() && old.is_some() => Vec::new(),
        (_, Some(new)) if new.is_deleted() => vec!["deleted".into()],
        (Some(AnyDocument::Parameter(old)), Some(AnyDocument::Parameter(new))) => parameter(Some(old), new),
        (Some(AnyDocument::Secret(old)), Some(AnyDocument::Secret(new))) => secret(Some(old), new),
        (_, Some(AnyDocument::Parameter(new))) => parameter(None, new),
        (_, Some(AnyDocument::Secret(new))) => secret(None, new),
        (Some(AnyDocument::Key(old)), Some(AnyDocument::Key(new))) => key(Some(old), new),
        (_, Some(AnyDocument::Key(new))) => key(None, new),
        (Some(AnyDocument::Rule(old)), Some(AnyDocument::Rule(new))) => rule(Some(old), new),
        (_, Some(AnyDocument::Rule(new))) => rule(None, new),
        (Some(AnyDocument::Credential(old)), Some(AnyDocument::Credential(new))) => credential(Some(old), new),
        (_, Some(AnyDocument::Credential(new))) => credential(None, new),
        (Some(AnyDocument::Share(old)), Some(AnyDocument::Share(new))) => share(Some(old), new),
        (_, Some(AnyDocument::Share(new))) => share(None, new),
    };
    if changes.is_empty() && old.is_some() && new.is_some() { vec!["signed again".into()] } else { changes }
}

fn parameter(old: Option<&Parameter>, new: &Parameter) -> Vec<String> {
    let had = |uid| old.into_iter().flat_map(|old| &old.versions).find(|version| version.uid == uid);
    let mut changes = Vec::new();
    for version in &new.versions {
        match had(version.uid) {
            None => changes.push(format!("put v{}", version.number)),
            Some(before) if before.number != version.number => {
                changes.push(format!("v{} is v{} now", before.number, version.number));
            }
            Some(before) if before.content != version.content => {
                changes.push(format!("v{} sealed again", version.number));
            }
            Some(_) => {}
        }
    }
    let places = |parameter: &Parameter| {
        let of = |version: &crate::model::parameter::Version| {
            let at = format!("v{}", version.number);
            version.labels.iter().map(move |label| (label.to_string(), at.clone())).collect::<Vec<_>>()
        };
        parameter.versions.iter().flat_map(of).collect()
    };
    moves("label", &old.map(places).unwrap_or_default(), &places(new), &mut changes);
    moves("tag", &old.map(|old| old.tags.clone()).unwrap_or_default(), &new.tags, &mut changes);
    changes
}

/// Versions are named by the first digits of their numbers: their place is for the trust chain to say.
fn key(old: Option<&KeyDocument>, new: &KeyDocument) -> Vec<String> {
    let mut changes = Vec::new();
    for wrap in &new.wraps {
        let version = &format!("{:016x}", wrap.number)[..8];
        match old.map(|old| old.wrap(wrap.number)) {
            Some(Some(before)) if before != wrap => changes.push(format!("key version {version} wrapped again")),
            Some(None) => changes.push(format!("key version {version}")),
            _ => {}
        }
    }
    changes
}

fn rule(old: Option<&Rule>, new: &Rule) -> Vec<String> {
    let Some(old) = old else { return vec!["created".into()] };
    those_true(&[
        ("description", old.description != new.description),
        ("enabled", !old.enabled && new.enabled),
        ("disabled", old.enabled && !new.enabled),
        ("members", old.on != new.on),
        ("pattern", old.pattern != new.pattern),
        ("targets", old.targets != new.targets),
    ])
}

fn credential(old: Option<&Credential>, new: &Credential) -> Vec<String> {
    let Some(old) = old else { return vec!["issued".into()] };
    those_true(&[
        ("revoked", !old.revoked && new.revoked),
        ("not revoked any more", old.revoked && !new.revoked),
        ("member", old.member != new.member),
        ("description", old.description != new.description),
        ("expiration", old.expires != new.expires),
        ("policy", old.policy != new.policy),
        ("encrypted again", !new.revoked && old.versions != new.versions),
    ])
}

fn those_true(phrases: &[(&str, bool)]) -> Vec<String> {
    phrases.iter().filter(|(_, is_true)| *is_true).map(|(phrase, _)| (*phrase).to_owned()).collect()
}

/// What is shared with whom, and of which values that is news.
fn share(old: Option<&Share>, new: &Share) -> Vec<String> {
    let mut changes = Vec::new();
    if old.is_none_or(|old| old.to != new.to) {
        changes.push(format!("{} shared with {}", new.name, new.to));
    }
    if old.is_some_and(|old| old.expires != new.expires) {
        changes.push("expiration".into());
    }
    let is_news = |item: &&SharedItem| old.and_then(|old| old.item(item.id)).is_none_or(|it| it.uid != item.uid);
    changes.extend(new.items.iter().filter(is_news).map(|item| format!("value of {}", item.name)));
    let old_items = old.map_or(&[][..], |old| &old.items);
    let gone = old_items.iter().filter(|item| new.item(item.id).is_none());
    changes.extend(gone.map(|item| format!("no value of {} any more", item.name)));
    changes
}

fn secret(old: Option<&Secret>, new: &Secret) -> Vec<String> {
    let had = |uid| old.into_iter().flat_map(|old| &old.versions).find(|version| version.uid == uid);
    let mut changes = Vec::new();
    if old.is_none() {
        changes.push("created".into());
    }
    for version in &new.versions {
        let valued = version.content.is_some();
        match had(version.uid) {
            None if valued => changes.push(format!("put {}", version.id())),
            None => changes.push(format!("begun {}", version.id())),
            Some(before) if before.content != version.content => changes.push(format!("value of {}", version.id())),
            Some(_) => {}
        }
    }
    let places = |secret: &Secret| {
        let of = |version: &crate::model::secret::SecretVersion| {
            let at = version.id().to_string();
            version.stages.iter().map(move |stage| (stage.as_str().to_owned(), at.clone())).collect::<Vec<_>>()
        };
        secret.versions.iter().flat_map(of).collect()
    };
    moves("stage", &old.map(places).unwrap_or_default(), &places(new), &mut changes);
    moves("tag", &old.map(|old| old.tags.clone()).unwrap_or_default(), &new.tags, &mut changes);
    if let Some(old) = old {
        if old.rotation != new.rotation {
            changes.push("rotation".into());
        }
        if old.description != new.description || old.resource_policy != new.resource_policy {
            changes.push("description or policy".into());
        }
        if old.delete_after != new.delete_after {
            changes.push(if new.delete_after.is_some() { "marked for deletion" } else { "restored" }.into());
        }
    }
    changes
}

/// What happened to a key.
pub(crate) fn describe_key(old: Option<&KeyDocument>, new: &KeyDocument) -> Vec<String> {
    let changes = key(old, new);
    match old {
        None => vec!["key made".into()],
        Some(_) if changes.is_empty() => vec!["signed again".into()],
        Some(_) => changes,
    }
}

/// Where each key was and is.
fn moves(word: &str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>, changes: &mut Vec<String>) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        match (old.get(key), new.get(key)) {
            (None, Some(to)) => changes.push(format!("{word} {key} {to}")),
            (Some(from), Some(to)) if from != to => changes.push(format!("{word} {key} {from} \u{2192} {to}")),
            (Some(from), None) => changes.push(format!("{word} {key} {from} \u{2192} nothing")),
            _ => {}
        }
    }
}
