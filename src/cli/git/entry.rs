//! Files as git lists them, and which of them are documents of a vault.

use super::error::GitError;
use super::program::Git;
use crate::format::path::{decode_key, decode_rule};

/// One file of `git diff --raw`.
pub(crate) struct Entry {
    /// The mode that it has now.
    pub(crate) mode: String,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) path: String,
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

/// Whether a path below the vault is a document of admins: a key, or a rule.
pub(crate) fn is_of_admins(path: &str) -> bool {
    decode_key(path).is_some() || decode_rule(path).is_some()
}

/// Path and object of every staged file.
pub(crate) fn staged(git: &Git) -> Result<Vec<(String, String)>, GitError> {
    let raw =
        git.run(&["diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=AMT", "--"])?;
    Ok(entries(&raw)?.into_iter().map(|entry| (entry.path, entry.new)).collect())
}
