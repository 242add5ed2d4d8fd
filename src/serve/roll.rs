//! The names of all parameters, until a directory of them changes.

use std::sync::{Arc, Mutex};

use super::locked::locked;
use crate::engine::{Checked, Error, Vault};
use crate::format::path::PARAMETERS;
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::Parameter;
use crate::model::time::Timestamp;
use crate::store::files::Reach;
use crate::store::stamps::Stamps;

/// The names as they were listed last.
#[derive(Default)]
pub(super) struct Roll(Mutex<Option<Arc<Listed>>>);

struct Listed {
    stamps: Stamps,
    names: Arc<[ParameterName]>,
}

impl Roll {
    /// The names of all parameters, sorted. Only what is whole is kept: a document that cannot be trusted is an error each time.
    pub(super) fn all(&self, vault: &Vault<'_>, now: Timestamp) -> Result<Arc<[ParameterName]>, Error> {
        let last = locked(&self.0).clone();
        if let Some(listed) = last.filter(|listed| listed.stamps.are_current()) {
            return Ok(Arc::clone(&listed.names));
        }
        // Before they are listed: what changes in the meantime is noticed next time.
        let stamps = Stamps::below(&vault.path().join(PARAMETERS));
        let names: Arc<[_]> = vault.names::<Parameter>().and_then(Checked::whole)?.into();
        // Another change in the same moment would leave the same time.
        if stamps.are_older_than(now) {
            let listed = Arc::new(Listed { stamps, names: Arc::clone(&names) });
            *locked(&self.0) = Some(listed);
        }
        Ok(names)
    }

    /// The names below a path, sorted. What is wrong elsewhere does not matter.
    pub(super) fn below(
        &self,
        vault: &Vault<'_>,
        path: &ParameterPath,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Vec<ParameterName>, Error> {
        let Ok(all) = self.all(vault, now) else { return vault.names_below(path, reach).and_then(Checked::whole) };
        let is_meant = |rest: &str| reach == Reach::Descendants || !rest.contains('/');
        Ok(all.iter().filter(|name| name.below(path).is_some_and(is_meant)).cloned().collect())
    }
}
