//! Files as git lists them, and which of them are documents of a vault.

use super::error::GitError;
use super::program::Git;
use crate::format::path::{decode_key, decode_rule, decode_share};

/// One file of `git diff --raw`.
pub(crate) struct Entry {
    /// The mode that it has now.
    pub(crate) mode: String,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) path: String,
}

/// One file of the index, or of a tree.
pub(crate) struct Listed {
    pub(crate) mode: String,
    pub(crate) id: String,
    /// Which of the three states of a conflict it is, from 1; 0 if there is none.
    pub(crate) stage: usize,
    pub(crate) path: String,
}

impl Listed {
    /// A tree has `<mode> <type> <id>` and a tab before the path, the index `<mode> <id> <stage>`.
    fn of(record: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(record);
        let (head, path) = text.split_once('\t')?;
        let [mode, second, third] = head.split(' ').collect::<Vec<_>>()[..] else { return None };
        let (id, stage) = match second {
            "blob" | "commit" | "tree" => (third, 0),
            id => (id, third.parse().ok()?),
        };
        Some(Listed { mode: mode.to_owned(), id: id.to_owned(), stage, path: path.to_owned() })
    }

    /// The same with its path below the vault; `None` outside of it.
    pub(crate) fn inside(self, git: &Git) -> Option<Self> {
        let path = git.inside(&self.path)?.to_owned();
        Some(Listed { path, ..self })
    }
}

/// The files that `ls-tree`, or `ls-files` with an option that shows stages, lists.
pub(crate) fn listed(git: &Git, command: &'static str, arguments: &[&str]) -> Result<Vec<Listed>, GitError> {
    let raw = git.run(&[&[command, "-z"], arguments].concat())?;
    records(&raw).map(|record| Listed::of(record).ok_or(GitError::Answer(command))).collect()
}

/// The records of an output, each of which ends with NUL.
pub(crate) fn records(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|&byte| byte == 0).filter(|record| !record.is_empty())
}

/// Parses the output of `git diff --raw -z --no-abbrev --no-renames`.
pub(crate) fn entries(raw: &[u8]) -> Result<Vec<Entry>, GitError> {
    let mut fields = raw.split(|&byte| byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
    let mut entries = Vec::new();
    while let Some(head) = fields.next().filter(|head| !head.is_empty()) {
        let mut words = head.split(' ').skip(1).map(str::to_owned);
        let (Some(mode), Some(old), Some(new)) = (words.next(), words.next(), words.next()) else {
            return Err(GitError::Answer("diff"));
        };
        let path = fields.next().ok_or(GitError::Answer("diff"))?;
        entries.push(Entry { mode, old, new, path });
    }
    Ok(entries)
}

/// The id for "no object", or for a file of the work tree.
pub(crate) fn is_none(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

/// Whether a path below the vault is a parameter, a secret or a credential, and not one of the hints beside them.
pub(crate) fn is_document(path: &str) -> bool {
    let leaf = path.rsplit('/').next().unwrap_or_default();
    let is_below = ["params/", "secrets/", "credentials/"].iter().any(|directory| path.starts_with(directory));
    is_below && leaf.strip_suffix(".yaml").is_some() && !leaf.starts_with('.')
}

/// The same, or a document without values of its own: a key, a rule or a share.
pub(crate) fn is_any_document(path: &str) -> bool {
    is_document(path) || decode_key(path).is_some() || decode_rule(path).is_some() || decode_share(path).is_some()
}

/// Every staged file.
pub(crate) fn staged(git: &Git) -> Result<Vec<Entry>, GitError> {
    entries(&git.run(&["diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=AMT", "--"])?)
}
