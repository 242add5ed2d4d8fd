//! Names without values: the tree is walked, documents stay closed.

use super::bulk::At;
use super::document::AnyDocument;
use super::error::Result;
use super::vault::Vault;
use crate::format::path::{Decoded, PARAMETERS, SECRETS, decode_parameter, decode_secret, parameter_dir};
use crate::format::{caps, probe};
use crate::model::name::{ParameterName, ParameterPath, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::{Rotation, Secret};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::root::{Found, Leaf, Reach};
use crate::store::{Problem, StoreError, Verb};

/// What lies right below a path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// Parameters, sorted.
    pub names: Vec<ParameterName>,
    /// Deeper paths, sorted, each with a trailing slash.
    pub paths: Vec<String>,
}

impl Vault<'_> {
    /// The names of all parameters, sorted.
    pub fn all_names(&self) -> Result<Vec<ParameterName>> {
        self.names_below(&ParameterPath::root(), Reach::Descendants)
    }

    /// The names of the parameters below a path, sorted: right below it, or at any depth. The parameter of that name itself
    /// is not among them. Opens no document but those that a hint calls tombstones.
    pub fn names_below(&self, path: &ParameterPath, reach: Reach) -> Result<Vec<ParameterName>> {
        let names = self.names_in(&directories(path, reach), reach, |leaf| self.listed_name(leaf), decode_parameter)?;
        Ok(names.into_iter().filter(|name| name.is_below(path)).collect())
    }

    /// The names of all secrets, sorted; also of those that are marked for deletion.
    pub fn secret_names(&self) -> Result<Vec<SecretName>> {
        let directories = [SECRETS.to_owned()];
        self.names_in(&directories, Reach::Descendants, |leaf| self.listed_secret(leaf), decode_secret)
    }

    /// The names of all secrets that are not marked for deletion, sorted. Documents are looked at for their mark; those that
    /// seem to have one are verified.
    pub fn live_secret_names(&self) -> Result<Vec<SecretName>> {
        let marked: Vec<SecretName> = self.marked_secrets()?.into_iter().map(|secret| secret.name).collect();
        let mut names = self.secret_names()?;
        names.retain(|name| marked.binary_search(name).is_err());
        Ok(names)
    }

    /// The names whose documents lie in some directories, sorted, without those of tombstones.
    fn names_in<N: Ord>(
        &self,
        directories: &[String],
        reach: Reach,
        name_of: impl Fn(&Leaf<'_>) -> Result<Option<N>>,
        decode: fn(&str) -> Decoded<N>,
    ) -> Result<Vec<N>> {
        let (mut names, mut gone) = (Vec::new(), Vec::new());
        for directory in directories {
            self.root.walk(directory, reach, |found| {
                match found {
                    Found::Document(leaf) => names.extend(name_of(&leaf)?),
                    Found::Gone(document) => gone.push(document),
                    Found::Foreign(_) => {}
                }
                Ok::<(), super::error::Error>(())
            })?;
        }
        names.sort_unstable();
        for document in gone {
            let Decoded::Name(name) = decode(&document) else { continue };
            let Ok(at) = names.binary_search(&name) else { continue };
            if self.is_tombstone(&document)? {
                names.remove(at);
            }
        }
        Ok(names)
    }

    /// Whether the document that a hint points at says so itself: the hint alone decides nothing.
    fn is_tombstone(&self, document: &str) -> Result<bool> {
        Ok(self.root.read(document, caps::DOCUMENT)?.is_some_and(|raw| probe::says_deleted(&raw)))
    }

    /// All secrets, each verified, by name; also those that are marked for deletion. A document that does not hold is an
    /// error, not a gap.
    pub fn secrets(&self) -> Result<Vec<Secret>> {
        self.secrets_where(|_| true)
    }

    /// The secrets whose raw document a filter lets through, each verified, by name. The filter sees bytes that nobody has
    /// vouched for: it may only save work.
    fn secrets_where(&self, filter: impl Fn(&[u8]) -> bool) -> Result<Vec<Secret>> {
        let mut found = Vec::new();
        self.each_leaf_below(SECRETS, Reach::Descendants, |leaf| {
            let raw = leaf.read(caps::DOCUMENT)?;
            if filter(&raw) {
                found.extend(self.latest_of(leaf.rel(), raw)?.filter(|secret: &Secret| !secret.deleted));
            }
            Ok(())
        })?;
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The secrets whose schedule has something to do at `now`. Only documents that seem due are verified.
    pub fn rotations_due(&self, now: Timestamp) -> Result<Vec<Secret>> {
        self.rotations_where(now, |rotation| rotation.due(now))
    }

    /// The secrets whose schedule counts from the future, because some clock was wrong.
    pub fn rotations_ahead(&self, now: Timestamp) -> Result<Vec<Secret>> {
        self.rotations_where(now, |rotation| rotation.counts_from_future(now))
    }

    fn rotations_where(&self, now: Timestamp, wanted: impl Fn(&Rotation) -> bool) -> Result<Vec<Secret>> {
        let mut found = self.secrets_where(|raw| probe::may_be_due(raw, now))?;
        found.retain(|secret| secret.delete_after.is_none() && secret.rotation.as_ref().is_some_and(&wanted));
        Ok(found)
    }

    /// The secrets with an unfinished rotation.
    pub fn rotations_unfinished(&self) -> Result<Vec<Secret>> {
        let mut unfinished = self.secrets_where(probe::may_be_rotating)?;
        unfinished.retain(|secret| secret.delete_after.is_none() && secret.is_rotating());
        Ok(unfinished)
    }

    /// The secrets that keep values of aborted rotations, which their services may have.
    pub fn rotations_aborted(&self) -> Result<Vec<Secret>> {
        let stage = b"\"ABORTED";
        let mut aborted = self.secrets_where(|raw| raw.windows(stage.len()).any(|window| window == stage))?;
        let keeps = |secret: &Secret| secret.rotation.is_some() && !secret.aborted().is_empty();
        aborted.retain(|secret| secret.delete_after.is_none() && keeps(secret));
        Ok(aborted)
    }

    /// The secrets whose mark for deletion has come due.
    pub fn purges_due(&self, now: Timestamp) -> Result<Vec<Secret>> {
        let mut due = self.marked_secrets()?;
        due.retain(|secret| secret.purge_due(now));
        Ok(due)
    }

    /// The secrets that are marked for deletion, by name. Only documents that seem to be are verified.
    fn marked_secrets(&self) -> Result<Vec<Secret>> {
        let mut marked = self.secrets_where(probe::may_be_marked_for_deletion)?;
        marked.retain(|secret| secret.delete_after.is_some());
        Ok(marked)
    }

    /// One level: the parameters right below a path, and the paths that go on from there.
    pub fn children(&self, path: &ParameterPath) -> Result<Listed> {
        let names = self.names_below(path, Reach::Children)?;
        let mut paths: Vec<String> = Vec::new();
        for name in self.names_below(path, Reach::Descendants)? {
            let Some((level, _)) = name.below(path).and_then(|below| below.split_once('/')) else { continue };
            let parent = path.as_str().trim_end_matches('/');
            let deeper = format!("{parent}/{level}/");
            if paths.last() != Some(&deeper) {
                paths.push(deeper);
            }
        }
        paths.dedup();
        Ok(Listed { names, paths })
    }

    /// The parameters below a path that have not expired, each verified. A document that does not hold is an error, not a
    /// gap.
    pub fn parameters_below(&self, path: &ParameterPath, reach: Reach, now: Timestamp) -> Result<Vec<Parameter>> {
        let mut documents = Vec::new();
        for directory in directories(path, reach) {
            self.each_leaf_below(&directory, reach, |leaf| {
                documents.push(At { path: leaf.rel().to_owned(), kind: Kind::Parameter });
                Ok(())
            })?;
        }
        let mut found = Vec::with_capacity(documents.len());
        self.each_document(&documents, |_, document| {
            if let Some(AnyDocument::Parameter(parameter)) = document?
                && parameter.lives(now)
                && parameter.name.below(path).is_some()
            {
                found.push(*parameter);
            }
            Ok(())
        })?;
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Shows the file of each document below a directory.
    fn each_leaf_below(
        &self,
        directory: &str,
        reach: Reach,
        mut each: impl FnMut(&Leaf<'_>) -> Result<()>,
    ) -> Result<()> {
        self.root.walk(directory, reach, |entry| match entry {
            Found::Document(leaf) => each(&leaf),
            Found::Foreign(path) => Ok(refuse_disguised(path)?),
            Found::Gone(_) => Ok(()),
        })
    }

    /// The parameters whose expiration has come due. Opens only documents that mention one.
    pub fn expired_parameters(&self, now: Timestamp) -> Result<Vec<ParameterName>> {
        let mut expired = Vec::new();
        self.root.walk(PARAMETERS, Reach::Descendants, |entry| {
            if let Found::Document(leaf) = entry {
                let raw = leaf.read(caps::DOCUMENT)?;
                if probe::may_expire(&raw) {
                    let parameter: Option<Parameter> = self.latest_of(leaf.rel(), raw)?;
                    expired.extend(parameter.filter(|it| it.expired(now).is_some()).map(|it| it.name));
                }
            }
            Ok::<(), super::error::Error>(())
        })?;
        expired.sort_unstable();
        Ok(expired)
    }

    fn listed_name(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        match decode_parameter(leaf.rel()) {
            Decoded::Name(name) => Ok(Some(name)),
            Decoded::Hashed => self.name_inside(leaf),
            Decoded::Foreign => Ok(None),
        }
    }

    fn listed_secret(&self, leaf: &Leaf<'_>) -> Result<Option<SecretName>> {
        match decode_secret(leaf.rel()) {
            Decoded::Name(name) => Ok(Some(name)),
            Decoded::Hashed => {
                let secret: Option<Secret> = self.latest_of(leaf.rel(), leaf.read(caps::DOCUMENT)?)?;
                Ok(secret.filter(|secret| !secret.deleted).map(|secret| secret.name))
            }
            Decoded::Foreign => Ok(None),
        }
    }

    /// A file name that is a digest does not say its name; the document does.
    fn name_inside(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        let parameter: Option<Parameter> = self.latest_of(leaf.rel(), leaf.read(caps::DOCUMENT)?)?;
        Ok(parameter.filter(|parameter| !parameter.is_deleted()).map(|parameter| parameter.name))
    }
}

/// Names without a slash lie beside the tree, below a directory of their own, and count as children of the root.
fn directories(path: &ParameterPath, reach: Reach) -> Vec<String> {
    let own = parameter_dir(path);
    if path.is_root() && reach == Reach::Children { vec![own.clone(), format!("{own}/%")] } else { vec![own] }
}

/// A link or a pipe in a document's place hides a value; a note somebody left there does not.
fn refuse_disguised(path: &str) -> std::result::Result<(), StoreError> {
    if std::path::Path::new(path).extension().is_some_and(|extension| extension == "yaml") {
        return Err(StoreError::new(Verb::Read, path, Problem::NotRegular));
    }
    Ok(())
}
