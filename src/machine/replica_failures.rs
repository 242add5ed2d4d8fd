//! Why copies of secrets could not be made, the last time that this machine tried: one file for each vault. Nothing depends on it but what
//! is said of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::state::State;
use super::state_file::{self, StateError};
use crate::model::id::VaultId;
use crate::model::name::SecretName;

/// The file, for each vault.
const FILE: &str = "replicas.json";

/// The reasons, by secret and vault.
#[derive(Debug, Default)]
pub(crate) struct ReplicaFailures(BTreeMap<String, BTreeMap<String, String>>);

impl ReplicaFailures {
    /// What this machine remembers; nothing if it cannot be read.
    pub(crate) fn of(state: &State) -> Self {
        let bytes = state_file::read(&path(state)).ok().flatten();
        ReplicaFailures(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    /// Why the last attempt failed.
    pub(crate) fn reason(&self, name: &SecretName, vault: VaultId) -> Option<&str> {
        Some(self.0.get(name.as_str())?.get(&vault.to_string())?)
    }

    /// Remembers how attempts ended: the reason of a failure, or `None` for a success.
    pub(crate) fn remember<'n>(
        state: &State,
        vault: VaultId,
        outcomes: impl IntoIterator<Item = (&'n SecretName, Option<String>)>,
    ) -> Result<(), StateError> {
        let _lock = state_file::lock(&state.dir())?;
        let (before, vault) = (ReplicaFailures::of(state).0, vault.to_string());
        let mut failures = before.clone();
        for (name, reason) in outcomes {
            let of_name = failures.entry(name.to_string()).or_default();
            match reason {
                Some(reason) => drop(of_name.insert(vault.clone(), reason)),
                None => drop(of_name.remove(&vault)),
            }
        }
        failures.retain(|_, vaults| !vaults.is_empty());
        if failures == before {
            return Ok(());
        }
        let path = path(state);
        let bytes = serde_json::to_vec(&failures).map_err(|_| StateError::Damaged { path: path.clone() })?;
        state_file::write(&path, &bytes)
    }
}

fn path(state: &State) -> PathBuf {
    state.dir().join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_forgets_the_failure_before_it() {
        let home = tempfile::tempdir().unwrap();
        let state = State::new(home.path(), VaultId([7; 32]), home.path());
        let (name, other, there) = ("prod/db".parse().unwrap(), "x".parse().unwrap(), VaultId([2; 32]));
        ReplicaFailures::remember(&state, there, [(&name, Some("full".into())), (&other, Some("gone".into()))])
            .unwrap();
        assert_eq!(ReplicaFailures::of(&state).reason(&name, there), Some("full"));
        ReplicaFailures::remember(&state, there, [(&name, None)]).unwrap();
        let known = ReplicaFailures::of(&state);
        assert_eq!((known.reason(&name, there), known.reason(&other, there)), (None, Some("gone")));
    }
}
