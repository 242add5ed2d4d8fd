//! What was verified once need not be verified again: the signatures of a directory's documents, when their values are opened.
//!
//! Only the signature is skipped, never scope, limits, marks or the parser, and only where a command says that it opens values.
//! What judges documents (`verify`, checkpoints, merges, `accept`, `adopt`, backups) never says so, and verifies all of them.

use super::bulk::At;
use super::recall::{FEW, Signatures};
use super::vault::Vault;
use crate::machine::signatures::SignatureFile;

impl Vault<'_> {
    /// Says that the values of what is read from now on are opened.
    pub(crate) fn will_open_values(&self) {
        self.recall.allow();
    }

    /// What is known of the signatures of some documents. If sealed values of theirs were opened before, this unlocks.
    pub(super) fn signatures_of(&self, documents: &[At]) -> Option<Signatures> {
        if !self.recall.is_allowed() || documents.len() <= FEW || self.files.is_rehearsal() {
            return None;
        }
        let file = SignatureFile::of(&self.state, common_directory(documents));
        let credentials = file.exists().then(|| self.credentials().map_err(|error| self.recall.keep_error(error)));
        Some(Signatures::of(file, credentials.and_then(Result::ok), &self.id()))
    }
}

/// The directory that all documents are in.
fn common_directory(documents: &[At]) -> &str {
    let Some((first, rest)) = documents.split_first() else { return "" };
    let parent = |path: &str| path.rfind('/').unwrap_or(0);
    let common = rest.iter().fold(parent(&first.path), |common, at| {
        let pairs = first.path.bytes().zip(at.path.bytes()).take(common);
        let same = pairs.take_while(|(one, other)| one == other).count();
        let is_below = same == common && at.path.as_bytes().get(common) == Some(&b'/');
        if is_below { common } else { parent(&first.path[..same]) }
    });
    &first.path[..common]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trust::Kind;

    #[test]
    fn documents_have_one_directory() {
        let at = |path: &&str| At { path: (*path).to_owned(), kind: Kind::Parameter };
        let of = |paths: &[&str]| common_directory(&paths.iter().map(at).collect::<Vec<_>>()).to_owned();
        assert_eq!(of(&["params/a/x.yaml", "params/a/y.yaml"]), "params/a");
        assert_eq!(of(&["params/a/x.yaml", "params/a/b/y.yaml"]), "params/a");
        assert_eq!(of(&["params/a/x.yaml", "params/ab/y.yaml"]), "params");
        assert_eq!(of(&["params/ab/x.yaml", "params/a/y.yaml"]), "params");
        assert_eq!(of(&["params/x.yaml", "secrets/y.yaml"]), "");
        assert_eq!(of(&[]), "");
    }
}
