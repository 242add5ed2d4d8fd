//! Names without values: the tree is walked, documents stay closed.

use super::bulk::Look;
use super::document::AnyDocument;
use super::error::{Error, Result};
use super::refused::{Checked, Refused};
use super::vault::Vault;
use crate::format::path::{Decoded, PARAMETERS, SECRETS, decode_parameter, decode_secret, parameter_dir};
use crate::format::{caps, probe};
use crate::model::name::{ParameterName, ParameterPath, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::files::{Found, Leaf, Reach};

/// What lies right below a path.
#[derive(Debug)]
pub struct Listed {
    /// Parameters, sorted.
    pub names: Vec<ParameterName>,
    /// Deeper paths, sorted, each with a trailing slash.
    pub paths: Vec<String>,
    /// Documents whose names only they themselves could tell, and that cannot be trusted.
    pub refused: Vec<Refused>,
}

impl Vault<'_> {
    /// The names of all parameters, sorted.
    pub fn all_names(&self) -> Result<Checked<ParameterName>> {
        self.names_below(&ParameterPath::root(), Reach::Descendants)
    }

    /// The names of the parameters below a path, sorted: right below it, or at any depth. The parameter of that name itself
    /// is not among them. Opens no document but those that a hint calls tombstones.
    pub fn names_below(&self, path: &ParameterPath, reach: Reach) -> Result<Checked<ParameterName>> {
        let directories = directories(path, reach);
        let mut names = self.names_in(&directories, reach, |leaf| self.listed_name(leaf), decode_parameter)?;
        names.found.retain(|name| name.is_below(path));
        Ok(names)
    }

    /// The names of all secrets, sorted; also of those that are marked for deletion.
    pub fn secret_names(&self) -> Result<Checked<SecretName>> {
        let directories = [SECRETS.to_owned()];
        self.names_in(&directories, Reach::Descendants, |leaf| self.listed_secret(leaf), decode_secret)
    }

    /// The names of all secrets that are not marked for deletion, sorted. Documents are looked at for their mark; those that
    /// seem to have one are verified, and one that is refused keeps its name in the list.
    pub fn live_secret_names(&self) -> Result<Checked<SecretName>> {
        let marked = self.marked_secrets()?.map(|secret| secret.name);
        let mut names = self.secret_names()?;
        names.found.retain(|name| marked.found.binary_search(name).is_err());
        names.refused.retain(|hashed| marked.refused.iter().all(|it| it.path != hashed.path));
        names.refused.extend(marked.refused);
        Ok(names)
    }

    /// The names whose documents lie in some directories, sorted, without those of tombstones.
    fn names_in<N: Ord>(
        &self,
        directories: &[String],
        reach: Reach,
        name_of: impl Fn(&Leaf<'_>) -> Result<Option<N>>,
        decode: fn(&str) -> Decoded<N>,
    ) -> Result<Checked<N>> {
        let (mut names, mut gone) = (Checked::default(), Vec::new());
        for directory in directories {
            self.files.walk(directory, reach, |found| {
                match found {
                    Found::Document(leaf) => names.take(leaf.path(), name_of(&leaf))?,
                    Found::Gone(document) => gone.push(document),
                    Found::Foreign(_) => {}
                }
                Ok::<(), Error>(())
            })?;
        }
        names.found.sort_unstable();
        for document in gone {
            let Decoded::Name(name) = decode(&document) else { continue };
            let Ok(at) = names.found.binary_search(&name) else { continue };
            match self.is_tombstone(&document) {
                Ok(true) => drop(names.found.remove(at)),
                Ok(false) => {}
                Err(error) => names.take(&document, Err(error))?,
            }
        }
        Ok(names)
    }

    /// Whether the document that a hint points at says so itself: the hint alone decides nothing.
    fn is_tombstone(&self, document: &str) -> Result<bool> {
        Ok(self.files.bytes(document, caps::DOCUMENT)?.is_some_and(|raw| probe::says_deleted(&raw)))
    }

    /// All secrets, each verified, by name; also those that are marked for deletion.
    pub fn secrets(&self) -> Result<Checked<Secret>> {
        self.secrets_where(|_| Ok(true))
    }

    /// The secrets whose file is wanted, each verified, by name. Bytes that a file is wanted for are not verified: they may only
    /// save work.
    fn secrets_where(&self, wanted: impl Fn(&Leaf<'_>) -> Look) -> Result<Checked<Secret>> {
        let documents = self.documents_below(SECRETS, Kind::Secret, Reach::Descendants, wanted)?;
        let mut secrets = self.sift(documents, |_, document| match document {
            AnyDocument::Secret(secret) if !secret.deleted => Ok(Some(*secret)),
            _ => Ok(None),
        })?;
        secrets.found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(secrets)
    }

    /// The secrets whose schedule has something to do at `now`. Only documents that seem due are verified.
    pub fn rotations_due(&self, now: Timestamp) -> Result<Checked<SecretName>> {
        let mut due = self.secrets_where(|leaf| leaf.passes(|raw| probe::may_be_due(raw, now)))?;
        due.found.retain(|secret| secret.live_rotation().is_some_and(|rotation| rotation.due(now)));
        Ok(due.map(|secret| secret.name))
    }

    /// The secrets whose mark for deletion has come due.
    pub fn purges_due(&self, now: Timestamp) -> Result<Checked<SecretName>> {
        let mut due = self.marked_secrets()?;
        due.found.retain(|secret| secret.purge_due(now));
        Ok(due.map(|secret| secret.name))
    }

    /// The secrets that are marked for deletion, by name. Only documents that seem to be are verified.
    fn marked_secrets(&self) -> Result<Checked<Secret>> {
        let mut marked = self.secrets_where(|leaf| leaf.passes(probe::may_be_marked_for_deletion))?;
        marked.found.retain(|secret| secret.delete_after.is_some());
        Ok(marked)
    }

    /// One level: the parameters right below a path, and the paths that go on from there.
    pub fn children(&self, path: &ParameterPath) -> Result<Listed> {
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
    pub fn parameters_below(&self, path: &ParameterPath, reach: Reach, now: Timestamp) -> Result<Checked<Parameter>> {
        let mut documents = Checked::default();
        for directory in directories(path, reach) {
            documents.append(self.documents_below(&directory, Kind::Parameter, reach, |_| Ok(true))?);
        }
        let mut below = self.sift(documents, |_, document| match document {
            AnyDocument::Parameter(it) if it.lives(now) && it.name.below(path).is_some() => Ok(Some(*it)),
            _ => Ok(None),
        })?;
        below.found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(below)
    }

    /// The parameters whose expiration has come due. Only documents that seem to have policies are verified.
    pub fn expired_parameters(&self, now: Timestamp) -> Result<Checked<ParameterName>> {
        let wanted = |leaf: &Leaf<'_>| leaf.passes(probe::may_expire);
        let documents = self.documents_below(PARAMETERS, Kind::Parameter, Reach::Descendants, wanted)?;
        let mut expired = self.sift(documents, |_, document| match document {
            AnyDocument::Parameter(it) if it.expired(now).is_some() => Ok(Some(it.name)),
            _ => Ok(None),
        })?;
        expired.found.sort_unstable();
        Ok(expired)
    }

    fn listed_name(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        match decode_parameter(leaf.path()) {
            Decoded::Name(name) => Ok(Some(name)),
            Decoded::Hashed => self.name_inside(leaf),
            Decoded::Foreign => Ok(None),
        }
    }

    fn listed_secret(&self, leaf: &Leaf<'_>) -> Result<Option<SecretName>> {
        match decode_secret(leaf.path()) {
            Decoded::Name(name) => Ok(Some(name)),
            Decoded::Hashed => {
                let secret: Option<Secret> = self.latest_of(leaf.path(), leaf.read(caps::DOCUMENT)?)?;
                Ok(secret.filter(|secret| !secret.deleted).map(|secret| secret.name))
            }
            Decoded::Foreign => Ok(None),
        }
    }

    /// A file name that is a digest does not say its name; the document does.
    fn name_inside(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        let parameter: Option<Parameter> = self.latest_of(leaf.path(), leaf.read(caps::DOCUMENT)?)?;
        Ok(parameter.filter(|parameter| !parameter.is_deleted()).map(|parameter| parameter.name))
    }
}

/// Names without a slash lie beside the tree, below a directory of their own, and count as children of the root.
fn directories(path: &ParameterPath, reach: Reach) -> Vec<String> {
    let own = parameter_dir(path);
    if path.is_root() && reach == Reach::Children { vec![own.clone(), format!("{own}/%")] } else { vec![own] }
}
