//! Names without values: the tree is walked, documents stay closed.

use super::error::{Error, Result};
use super::refused::{Checked, Refused};
use super::valued::Valued;
use super::vault::Vault;
use crate::format::path::{Decoded, parameter_dir};
use crate::format::{caps, probe};
use crate::model::name::{ParameterName, ParameterPath, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::store::files::{Found, Leaf, Reach};

/// The entries directly below a path.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Parameters, sorted.
    pub names: Vec<ParameterName>,
    /// Deeper paths, sorted, each with a trailing slash.
    pub paths: Vec<String>,
    /// Untrusted documents whose names are only in their content.
    pub refused: Vec<Refused>,
}

impl Vault<'_> {
    /// The names of all documents of one kind, sorted; also of secrets that are marked for deletion.
    pub(crate) fn names<D: Valued>(&self) -> Result<Checked<D::Name>> {
        self.names_in::<D>(&[D::DIRECTORY.to_owned()], Reach::Descendants)
    }

    /// The names of the parameters below a path, sorted: directly below it, or at any depth. The parameter of that name
    /// itself is not among them. Opens no documents except those that a hint marks as tombstones.
    pub(crate) fn names_below(&self, path: &ParameterPath, reach: Reach) -> Result<Checked<ParameterName>> {
        let mut names = self.names_in::<Parameter>(&directories(path, reach), reach)?;
        names.found.retain(|name| name.is_below(path));
        Ok(names)
    }

    /// The names of all secrets that are not marked for deletion, sorted. Documents are scanned for their mark; those
    /// that seem to have one are verified, and a refused one stays in the list.
    pub(crate) fn live_secret_names(&self) -> Result<Checked<SecretName>> {
        let marked = self.marked_secrets()?.map(|secret| secret.name);
        let mut names = self.names::<Secret>()?;
        names.found.retain(|name| marked.found.binary_search(name).is_err());
        names.refused.retain(|hashed| marked.refused.iter().all(|it| it.path != hashed.path));
        names.refused.extend(marked.refused);
        Ok(names)
    }

    /// The names whose documents lie in some directories, sorted, without those of tombstones.
    fn names_in<D: Valued>(&self, directories: &[String], reach: Reach) -> Result<Checked<D::Name>> {
        let (mut names, mut gone) = (Checked::default(), Vec::new());
        for directory in directories {
            let mut expected = self.seen_below(directory, reach)?;
            self.files.walk(directory, reach, |found| {
                match found {
                    Found::Document(leaf) => {
                        expected.found(leaf.path());
                        names.take(leaf.path(), self.listed_name::<D>(&leaf))?;
                    }
                    Found::Gone(document) => gone.push(document),
                    // What is not a file is no name, and `verify` reports it.
                    Found::Foreign(path) => expected.found(path),
                }
                Ok::<(), Error>(())
            })?;
            self.miss(expected, &mut names)?;
        }
        names.found.sort_unstable();
        for document in gone {
            let Decoded::Name(name) = D::decode(&document) else { continue };
            let Ok(at) = names.found.binary_search(&name) else { continue };
            match self.is_tombstone(&document) {
                Ok(true) => drop(names.found.remove(at)),
                Ok(false) => {}
                Err(error) => names.take(&document, Err(error))?,
            }
        }
        Ok(names)
    }

    /// Whether the document that a hint points to is a tombstone: the hint alone does not decide.
    fn is_tombstone(&self, document: &str) -> Result<bool> {
        Ok(self.files.read(document, caps::DOCUMENT)?.is_some_and(|raw| probe::says_deleted(&raw)))
    }

    /// All secrets, each verified, by name; also those that are marked for deletion.
    pub(crate) fn secrets(&self) -> Result<Checked<Secret>> {
        self.sift_as(self.documents_of::<Secret>(|_| Ok(true))?, |secret: &Secret| Ok(!secret.deleted))
    }

    /// The secrets that are due at `now`. Only documents that seem due are verified.
    pub(crate) fn rotations_due(&self, now: Timestamp) -> Result<Checked<SecretName>> {
        let is_due = |it: &Secret| it.live_rotation().is_some_and(|rotation| rotation.due(now));
        Ok(self.sift_where(|raw| probe::may_be_due(raw, now), is_due)?.map(|secret| secret.name))
    }

    /// The secrets that are marked for deletion, by name. Only documents that seem to be are verified.
    fn marked_secrets(&self) -> Result<Checked<Secret>> {
        self.sift_where(probe::may_be_marked_for_deletion, |secret: &Secret| secret.delete_after.is_some())
    }

    /// One level: the parameters and paths directly below a path.
    pub(crate) fn children(&self, path: &ParameterPath) -> Result<Listed> {
        let Checked { found: names, refused } = self.names_below(path, Reach::Children)?;
        let mut paths: Vec<String> = Vec::new();
        for name in self.names_below(path, Reach::Descendants)?.found {
            let Some((level, _)) = name.below(path).and_then(|below| below.split_once('/')) else { continue };
            let parent = path.as_str().trim_end_matches('/');
            let deeper = format!("{parent}/{level}/");
            if paths.last() != Some(&deeper) {
                paths.push(deeper);
            }
        }
        paths.dedup();
        Ok(Listed { names, paths, refused })
    }

    /// The parameters below a path that have not expired, each verified, by name.
    pub(crate) fn parameters_below(
        &self,
        path: &ParameterPath,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Checked<Parameter>> {
        let mut documents = Checked::default();
        for directory in directories(path, reach) {
            documents.append(self.documents_below::<Parameter>(&directory, reach, |_| Ok(true))?);
        }
        self.sift_as(documents, |it: &Parameter| Ok(it.lives(now) && it.name.below(path).is_some()))
    }

    /// The name of a document. If the file name is a digest, only the document states it.
    fn listed_name<D: Valued>(&self, leaf: &Leaf<'_>) -> Result<Option<D::Name>> {
        match D::decode(leaf.path()) {
            Decoded::Name(name) => Ok(Some(name)),
            Decoded::Hashed => {
                let document: Option<D> = self.latest_of(leaf.path(), leaf.read(caps::DOCUMENT)?)?;
                Ok(document.filter(|document| !document.is_deleted()).map(|document| document.full_name().clone()))
            }
            Decoded::Foreign => Ok(None),
        }
    }
}

/// Names without a slash are in a separate directory, and count as children of the root.
fn directories(path: &ParameterPath, reach: Reach) -> Vec<String> {
    let own = parameter_dir(path);
    if path.is_root() && reach == Reach::Children { vec![own.clone(), format!("{own}/%")] } else { vec![own] }
}
