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

/// A tombstone has no versions, so it is shorter than this; of longer documents the name alone is enough.
///
/// The fixed fields and the trailer take fewer than 520 bytes, and the longest member name twice 128; the name comes on top.
const TOMBSTONE_LIMIT: u64 = 700;

impl Vault<'_> {
    /// The names of all parameters, sorted.
    pub fn all_names(&self) -> Result<Vec<ParameterName>> {
        self.names_below(&ParameterPath::root(), Reach::Descendants)
    }

    /// The names of the parameters below a path, sorted: right below it, or at any depth. The parameter of that name itself
    /// is not among them. Opens no document but the smallest ones, to leave out tombstones.
    pub fn names_below(&self, path: &ParameterPath, reach: Reach) -> Result<Vec<ParameterName>> {
        let mut names = Vec::new();
        for directory in directories(path, reach) {
            self.root.walk(&directory, reach, |found| {
                if let Found::Document(leaf) = found {
                    names.extend(self.listed_name(&leaf)?.filter(|name| name.below(path).is_some()));
                }
                Ok::<(), super::error::Error>(())
            })?;
        }
        names.sort_unstable();
        Ok(names)
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
                    Found::Foreign(_) => {}
                }
                Ok::<(), super::error::Error>(())
            })?;
        }
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn listed_name(&self, leaf: &Leaf<'_>) -> Result<Option<ParameterName>> {
        let decoded = decode_parameter(leaf.rel());
        let length = match &decoded {
            Decoded::Name(name) => name.as_str().len() as u64,
            Decoded::Hashed => return self.name_inside(leaf),
            Decoded::Foreign => return Ok(None),
        };
        if leaf.size()? < TOMBSTONE_LIMIT + length && is_tombstone(leaf)? {
            return Ok(None);
        }
        Ok(if let Decoded::Name(name) = decoded { Some(name) } else { None })
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

/// Whether a small document says that it is one. Nothing is decided by this but whether a name is shown.
fn is_tombstone(leaf: &Leaf<'_>) -> std::result::Result<bool, StoreError> {
    let raw = leaf.read(caps::DOCUMENT)?;
    let marker = b"\nstate: \"deleted\"";
    Ok(raw.windows(marker.len()).any(|window| window == marker))
}
