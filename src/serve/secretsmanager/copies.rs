//! Copies of a secret in other regions, each a vault of the same server (secrets-manager §7, Replication).

use super::faults;
use super::given_key;
use super::given_regions::Destination;
use super::regions::{may_write, region_of, require_writer};
use crate::aws::replication_status::{ReplicationStatus, Status};
use crate::engine::{CopyMode, Error, Vault};
use crate::machine::replica_failures::ReplicaFailures;
use crate::model::name::SecretName;
use crate::model::secret::{CopyState, Origin, Replica, ReplicaError, Secret};
use crate::serve::call::Call;
use crate::serve::unanswered::Unanswered;

/// Links a secret with copies, and makes them. Whether that worked out is in the answer.
pub(super) fn add(
    call: &Call<'_>,
    name: &SecretName,
    destinations: &[Destination],
    mode: CopyMode,
) -> Result<Option<Vec<ReplicationStatus>>, Unanswered> {
    if destinations.is_empty() {
        return Ok(None);
    }
    let vault = call.vault()?;
    for destination in destinations {
        vault.attach(name, &destination.replica, call.now)?;
        call.served().link(&destination.vault);
    }
    for Destination { served, .. } in destinations {
        let made = served.take_copy(vault, name, CopyMode::Create);
        if mode == CopyMode::Overwrite && made.is_err() {
            drop(served.take_copy(vault, name, mode));
        }
    }
    current_statuses(call, name)
}

/// Deletes copies, and the links to them.
pub(super) fn remove(
    call: &Call<'_>,
    secret: &Secret,
    replicas: &[Replica],
) -> Result<Option<Vec<ReplicationStatus>>, Unanswered> {
    let vault = call.vault()?;
    for replica in replicas {
        let (_, served) = call.served().sibling(replica.vault).ok_or_else(|| faults::unmapped(&replica.region))?;
        let there = served.open_for(vault.purpose())?;
        require_writer(call, &there, replica)?;
        let removed = there.delete_copy(replica, secret, vault.id(), call.now);
        served.conclude(there);
        removed?;
        vault.detach(&secret.name, replica.vault, call.now)?;
    }
    Ok(current_statuses(call, &secret.name)?.or_else(|| Some(Vec::new())))
}

/// Makes a copy a secret of its own, and removes the link to it where the primary is served, too.
pub(super) fn promote(call: &Call<'_>, name: &SecretName) -> Result<(), Unanswered> {
    let vault = call.vault()?;
    let Origin { vault: primary, name: there, .. } = vault.promote(name, call.now)?;
    // A link that stays says that the copy is detached.
    if let Some((_, served)) = call.served().sibling(primary)
        && let Ok(other) = served.open_for(vault.purpose())
        && may_write(call, &other, &there)?
    {
        drop(other.detach(&there, vault.id(), call.now));
        served.conclude(other);
    }
    Ok(())
}

/// How the copies of a secret are; `None` if it has none.
pub(super) fn statuses(call: &Call<'_>, secret: &Secret) -> Result<Option<Vec<ReplicationStatus>>, Unanswered> {
    if secret.replicas.is_empty() {
        return Ok(None);
    }
    let vault = call.vault()?;
    Ok(Some(secret.replicas.iter().map(|replica| status(call, vault, secret, replica)).collect()))
}

fn current_statuses(call: &Call<'_>, name: &SecretName) -> Result<Option<Vec<ReplicationStatus>>, Unanswered> {
    call.served().copy_changes(call.vault()?);
    let secret = call.secret(name)?.ok_or_else(faults::no_secret)?;
    statuses(call, &secret)
}

fn status(call: &Call<'_>, vault: &Vault<'_>, secret: &Secret, replica: &Replica) -> ReplicationStatus {
    let region = region_of(call, replica);
    let known = || ReplicaFailures::of(vault.state()).reason(&secret.name, replica.vault).map(str::to_owned);
    let failed = |why: &str| (Status::Failed, format!("Replication failed: {why}"));
    let (status, text) = match compare(call, vault, secret, replica) {
        None => (Status::InProgress, faults::unmapped(&region).message.unwrap_or_default().into_owned()),
        Some(Ok(CopyState::InSync)) => (Status::InSync, "Replication succeeded".to_owned()),
        Some(Ok(CopyState::Behind)) => {
            known().map_or((Status::InProgress, "Replication in progress".to_owned()), |why| failed(&why))
        }
        Some(Ok(CopyState::Refused(ReplicaError::Taken))) => {
            failed(&format!("Secret name {} already exists in region {region}.", replica.name))
        }
        Some(Ok(CopyState::Refused(error @ ReplicaError::Promoted(_)))) => (Status::Detached, error.to_string()),
        Some(Ok(CopyState::Refused(error))) => failed(&error.to_string()),
        Some(Err(error)) => failed(&error.to_string()),
    };
    let kms_key_id = given_key::shown(replica.key.as_str());
    let region = Some(region).filter(|region| !region.is_empty());
    ReplicationStatus { region, kms_key_id, ..ReplicationStatus::of(replica, status, Some(text)) }
}

/// How a copy compares with its secret; `None` if its vault is not served.
fn compare(call: &Call<'_>, vault: &Vault<'_>, secret: &Secret, replica: &Replica) -> Option<Result<CopyState, Error>> {
    let (_, served) = call.served().sibling(replica.vault)?;
    Some(served.open_for(vault.purpose()).and_then(|there| {
        let state = vault.compare_copy(secret, &there);
        served.conclude(there);
        state
    }))
}
