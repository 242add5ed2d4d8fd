//! Where a vault gets its identity from: this run has one open already, or it is found.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::crypto::identity::Identity;
use crate::engine::{Credentials, Unlocker};
use crate::machine::private::PrivateError;
use crate::model::id::VaultId;
use crate::unlock::ask::Ask;
use crate::unlock::error::UnlockError;
use crate::unlock::find;
use crate::unlock::signing::{self, SigningError};
use crate::unlock::source::{Origin, Sources};

/// An identity for the next vault that is unlocked.
#[derive(Default)]
pub(crate) struct Held(Arc<Mutex<Option<Arc<Identity>>>>);

impl Held {
    pub(crate) fn put(&self, identity: impl Into<Arc<Identity>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity.into());
    }

    /// How a vault that is opened now gets its identity, once it needs one.
    pub(crate) fn unlocker(&self, sources: Sources, ask: Arc<dyn Ask>) -> Unlocker<'static> {
        let held = Arc::clone(&self.0);
        Box::new(move |vault| {
            let open = held.lock().unwrap_or_else(PoisonError::into_inner).take();
            let identity = open.map_or_else(|| found(&sources, &ask).map(Arc::new), Ok)?;
            Ok(credentials(sources.config.directory().to_owned(), identity, vault))
        })
    }
}

fn found(sources: &Sources, ask: &Arc<dyn Ask>) -> Result<Identity, UnlockError> {
    let found = find::find(sources, ask)?;
    if found.origin == Origin::Text {
        ask.message(
            "warning: `VLT_IDENTITY` contains the identity itself, and environments leak; prefer `VLT_IDENTITY_FILE`",
        );
    }
    Ok(found.identity)
}

/// An identity with its signing key: its own, or for SSH and plugins the separate one below the directory of configuration.
/// Without one the identity still reads.
fn credentials(directory: PathBuf, identity: Arc<Identity>, vault: VaultId) -> Credentials {
    Credentials::new(identity, move |identity| match identity.signing_key() {
        Some(native) => Ok(Some(native)),
        None => match signing::load(&directory, vault, identity) {
            Err(SigningError::File(PrivateError::Absent { .. })) => Ok(None),
            loaded => Ok(loaded.map(Some)?),
        },
    })
}
