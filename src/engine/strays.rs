//! What is in a vault's directory and is no part of it: copies that a synchroniser made, files with which git takes the vault for a
//! repository, and documents that are missing.

use super::error::{Finding, Result};
use super::vault::Vault;
use super::verify::Verification;
use crate::format::caps;
use crate::format::conflict_copy::ConflictCopy;
use crate::format::layout::Place;
use crate::format::path::KEYS;
use crate::machine::Mark;

/// A directory that has them is a repository to git, whose `config` names programs.
const OF_A_REPOSITORY: [&str; 4] = ["HEAD", "config", "objects", "refs"];

impl Vault<'_> {
    /// Everything that does not belong into the vault. Opens no document except possible copies.
    pub(crate) fn strays(&self) -> Result<Vec<Finding>> {
        let mut report = Verification::default();
        self.documents(&mut report)?;
        report.findings.extend(self.strays_beside()?);
        Ok(report.findings)
    }

    /// The same beside the documents: in the directory itself, and among the keys. Other files there are the user's.
    pub(super) fn strays_beside(&self) -> Result<Vec<Finding>> {
        let root = self.files.children("")?.into_iter().map(|entry| entry.name);
        let (names, mut copies): (Vec<_>, Vec<_>) = root.partition(|name| OF_A_REPOSITORY.contains(&name.as_str()));
        let of_repository = names.first().cloned().map(|path| Finding::OfRepository { path, names });
        let mut strays = Vec::from_iter(of_repository);
        copies.extend(self.files.children(KEYS)?.into_iter().map(|entry| format!("{KEYS}/{}", entry.name)));
        let is_foreign = |path: &String| Place::of(path) == Place::Foreign;
        strays.extend(copies.into_iter().filter(is_foreign).filter_map(|path| copy(&path)));
        Ok(strays)
    }

    /// What a file with a name that no document has is.
    pub(super) fn stray(&self, path: &str) -> Finding {
        copy(path).or_else(|| self.copy_by_content(path)).unwrap_or_else(|| Finding::Foreign { path: path.to_owned() })
    }

    /// A document that is valid at the path of another one with nearly the same name.
    pub(super) fn copy_by_content(&self, path: &str) -> Option<Finding> {
        let raw = self.files.read(path, caps::DOCUMENT).ok().flatten()?;
        let is_of = |original: &String| {
            self.files.exists(original).unwrap_or(false) && self.document_at(original, &raw).is_ok()
        };
        let original = ConflictCopy::possible_originals(path).find(is_of)?;
        Some(Finding::Copy { path: path.to_owned(), original, maker: "a file synchroniser" })
    }

    /// Paths where this machine has seen a document and there is none now.
    pub(crate) fn vanished(&self) -> Result<Vec<Finding>> {
        let Some(marks) = &self.marks else { return Ok(Vec::new()) };
        let mut vanished = Vec::new();
        for Mark { path, rev, .. } in marks.all()? {
            if matches!(self.files.exists(&path), Ok(false)) {
                vanished.push(Finding::Vanished { path, rev });
            }
        }
        vanished.sort_by(|one, other| one.path().cmp(other.path()));
        Ok(vanished)
    }
}

fn copy(path: &str) -> Option<Finding> {
    let ConflictCopy { original, maker } = ConflictCopy::of(path)?;
    Some(Finding::Copy { path: path.to_owned(), original, maker })
}
