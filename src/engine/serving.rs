//! Serving many requests from one open vault: what was read once is used again until its file changes.

use super::access::{Access, Deed, Outcome};
use super::error::Result;
use super::valued::Valued;
use super::vault::Vault;
use crate::format::path::{KEYS, TRUST};
use crate::format::vault_yaml;
use crate::model::trust::Kind;
use crate::store::Stamp;

/// What everything else stands on: the vault's id, its trust chain and its keys, as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ground([Option<Stamp>; 3]);

/// The document of a name, as it was: also that there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Imprint([Option<Stamp>; 2]);

impl Imprint {
    /// When the document was written, in milliseconds since 1970, if its file says so.
    pub(crate) fn written(&self) -> Option<i64> {
        let modified = |stamp: &Stamp| match stamp {
            Stamp::File { modified: (seconds, nanos), .. } => Some(seconds * 1000 + nanos / 1_000_000),
            Stamp::Count(_) => None,
        };
        self.0.iter().flatten().filter_map(modified).max()
    }
}

impl Vault<'_> {
    /// What everything stands on now; `None` if another directory is in the vault's place.
    pub(crate) fn ground(&self) -> Result<Option<Ground>> {
        if !self.files.is_in_place() {
            return Ok(None);
        }
        let stamp = |path| self.files.stamp(path);
        Ok(Some(Ground([stamp(vault_yaml::PATH)?, stamp(TRUST)?, stamp(KEYS)?])))
    }

    /// Records that a caller may not do something, and why.
    pub(crate) fn report_denied(&self, deed: Deed, kind: Option<Kind>, name: &str, why: &str) -> Result<()> {
        self.report(|purpose| Access {
            purpose,
            deed,
            kind,
            name: name.to_owned(),
            version: None,
            labels: Vec::new(),
            outcome: Outcome::Refused(why.to_owned()),
            times: 1,
        })
    }

    /// What there is of a name now. Take it before the document is read: what changes in the meantime is then noticed.
    pub(crate) fn imprint<D: Valued>(&self, name: &D::Name) -> Result<Imprint> {
        let stamp = |name: &D::Name| match D::path_of(name) {
            Ok(path) => self.files.stamp(&path),
            Err(_) => Ok(None),
        };
        let twin = D::twin(name).map_or(Ok(None), |twin| stamp(&twin))?;
        Ok(Imprint([stamp(name)?, twin]))
    }
}
