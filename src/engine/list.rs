//! Names without values: the tree is walked, documents stay closed.

use super::error::Result;
use super::vault::Vault;
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::Parameter;
use crate::store::path::{Decoded, decode_parameter, parameter_dir};
use crate::store::root::{Found, Leaf, Reach};
use crate::store::{Problem, StoreError, Verb, caps};

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
        let (mut names, mut gone) = (Vec::new(), Vec::new());
        for directory in directories(path, reach) {
            self.root.walk(&directory, reach, |found| {
                match found {
                    Found::Document(leaf) => names.extend(self.listed_name(&leaf)?.filter(|name| name.is_below(path))),
                    Found::Gone(document) => gone.push(document),
                    Found::Foreign(_) => {}
                }
                Ok::<(), super::error::Error>(())
            })?;
        }
        names.sort_unstable();
        for document in gone {
            self.strike_tombstone(&document, &mut names)?;
        }
        Ok(names)
    }

    /// Takes a deleted name out, if its document says so: the hint alone decides nothing.
    fn strike_tombstone(&self, document: &str, names: &mut Vec<ParameterName>) -> Result<()> {
        let Decoded::Name(name) = decode_parameter(document) else { return Ok(()) };
        let Ok(at) = names.binary_search(&name) else { return Ok(()) };
        if self.root.read(document, caps::DOCUMENT)?.is_some_and(|raw| says_deleted(&raw)) {
            names.remove(at);
        }
        Ok(())
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

    /// The parameters below a path, each verified. A document that does not hold is an error, not a gap.
    pub fn parameters_below(&self, path: &ParameterPath, reach: Reach) -> Result<Vec<Parameter>> {
        let mut found = Vec::new();
        for directory in directories(path, reach) {
            self.root.walk(&directory, reach, |entry| {
                match entry {
                    Found::Document(leaf) => {
                        let raw = leaf.read(caps::DOCUMENT)?;
                        let parameter = self.parameter_from(leaf.rel(), raw)?;
                        found.extend(parameter.filter(|it| !it.is_deleted() && it.name.below(path).is_some()));
                    }
                    // A link or a pipe in a document's place hides a value; a note somebody left there does not.
                    Found::Foreign(path) if has_documents_ending(path) => {
                        return Err(StoreError::new(Verb::Read, path, Problem::NotRegular).into());
                    }
                    Found::Foreign(_) | Found::Gone(_) => {}
                }
                Ok::<(), super::error::Error>(())
            })?;
        }
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn listed_name(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        match decode_parameter(leaf.rel()) {
            Decoded::Name(name) => Ok(Some(name)),
            Decoded::Hashed => self.name_inside(leaf),
            Decoded::Foreign => Ok(None),
        }
    }

    /// A file name that is a digest does not say its name; the document does.
    fn name_inside(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        let parameter = self.parameter_from(leaf.rel(), leaf.read(caps::DOCUMENT)?)?;
        Ok(parameter.filter(|parameter| !parameter.is_deleted()).map(|parameter| parameter.name))
    }
}

/// Names without a slash lie beside the tree, below a directory of their own, and count as children of the root.
fn directories(path: &ParameterPath, reach: Reach) -> Vec<String> {
    let own = parameter_dir(path);
    if path.is_root() && reach == Reach::Children { vec![own.clone(), format!("{own}/%")] } else { vec![own] }
}

fn has_documents_ending(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "yaml")
}

/// Whether a document says that it is a tombstone. Nothing is decided by this but whether a name is shown.
fn says_deleted(raw: &[u8]) -> bool {
    let marker = b"\nstate: \"deleted\"";
    raw.windows(marker.len()).any(|window| window == marker)
}
