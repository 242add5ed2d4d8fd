//! Copies of secrets in other vaults: opening those vaults, and copying what has changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::report::list::List;
use crate::aws::replication_status::{ReplicationStatus, Status};
use crate::engine::{CopyMode, Error, Vault};
use crate::machine::config::replicas::place;
use crate::machine::replica_failures::ReplicaFailures;
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::secret::{CopyState, Replica, ReplicaError, Secret};

/// How one copy of a secret is.
#[derive(Debug, Clone)]
pub(crate) struct CopyStatus {
    /// The primary.
    pub name: SecretName,
    /// Where the copy is.
    pub replica: Replica,
    /// How it is.
    pub status: Status,
    /// Why.
    pub message: Option<String>,
    /// What that means for the exit code.
    pub exit: Option<Exit>,
    /// Whether it has just been written.
    pub is_written: bool,
}

/// Copies what a command has changed, before it ends. A failure is a warning: the change is done, and `vault tick` tries again.
pub(super) fn propagate(vault: &Vault<'_>, changed: &BTreeSet<SecretName>, context: &mut Context) {
    let secrets = changed.iter().filter_map(|name| vault.find::<Secret>(name).ok().flatten());
    let copied = copy(vault, &secrets.collect::<Vec<_>>(), CopyMode::Update, context);
    warn(&copied, context);
}

/// Copies whatever has changed since it was copied, here or in what came with git. Asks for no identity if nothing has.
pub(crate) fn copy_outdated(vault: &Vault<'_>, context: &mut Context) -> Vec<CopyStatus> {
    // What this command has changed itself is among it.
    drop(vault.take_replicated());
    let secrets = match vault.replicated() {
        Ok(secrets) => secrets.found,
        Err(error) => {
            context.ui.warning(format!("copies in other vaults were not compared: {error}"));
            return Vec::new();
        }
    };
    let is_behind = |it: &CopyStatus| matches!(it.status, Status::InProgress | Status::Failed);
    let behind: BTreeSet<_> =
        statuses(vault, &secrets, context).into_iter().filter(is_behind).map(|it| it.name).collect();
    let secrets: Vec<_> = secrets.into_iter().filter(|secret| behind.contains(&secret.name)).collect();
    let copied = copy(vault, &secrets, CopyMode::Update, context);
    warn(&copied, context);
    copied
}

/// Copies secrets to every vault that has their copies.
pub(crate) fn copy(vault: &Vault<'_>, secrets: &[Secret], mode: CopyMode, context: &mut Context) -> Vec<CopyStatus> {
    let mut copied = Vec::new();
    for (there, replicas) in by_vault(secrets) {
        let names: Vec<SecretName> = replicas.iter().map(|(secret, _)| secret.name.clone()).collect();
        let outcomes = copy_into(vault, there, &names, mode, context);
        let reasons = names.iter().zip(&outcomes).map(|(name, outcome)| (name, reason(outcome)));
        if !context.global.dry_run
            && let Err(error) = ReplicaFailures::remember(vault.state(), there, reasons)
        {
            context.ui.warning(format!("this machine cannot remember which copies failed: {error}"));
        }
        copied
            .extend(replicas.into_iter().zip(outcomes).map(|((secret, replica), outcome)| outcome.of(secret, replica)));
    }
    in_order(secrets, copied)
}

/// How the copies of secrets are. Opens their vaults, and no value.
pub(crate) fn statuses(vault: &Vault<'_>, secrets: &[Secret], context: &Context) -> Vec<CopyStatus> {
    let failures = ReplicaFailures::of(vault.state());
    let mut statuses = Vec::new();
    for (there, replicas) in by_vault(secrets) {
        let other = reach(there).and_then(|place| context.open_known(&place, there));
        for (secret, replica) in replicas {
            let outcome = match &other {
                Ok(other) => match vault.compare_copy(secret, other) {
                    Ok(CopyState::InSync) => Outcome::Same,
                    Ok(CopyState::Behind) => Outcome::behind(failures.reason(&secret.name, there)),
                    Ok(CopyState::Refused(error)) => {
                        Outcome::from(Error::Replica { name: secret.name.to_string(), error })
                    }
                    Err(error) => Outcome::from(error),
                },
                Err(error) => unreached(there, error),
            };
            statuses.push(outcome.of(secret, replica));
        }
        if let Ok(session) = other {
            session.leave();
        }
    }
    in_order(secrets, statuses)
}

/// Where this machine has a vault with copies.
pub(crate) fn reach(vault: VaultId) -> CliResult<PathBuf> {
    let config = Context::config()?;
    place(config.read()?, vault).cloned().ok_or(CliError::NoPlace(vault))
}

/// How one attempt to make a copy ended, or how a copy is.
#[derive(Clone)]
enum Outcome {
    Written,
    Same,
    Behind,
    Detached(String),
    Failed(String, Exit),
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        let is_promoted = matches!(error, Error::Replica { error: ReplicaError::Promoted(_), .. });
        // The name stands before it already.
        let own = if let Error::Replica { error, .. } = &error { Some(error.to_string()) } else { None };
        let error = CliError::from(error);
        let why = own.map_or_else(|| error.with_hints(), |own| [vec![own], error.failure().hints].concat().join("; "));
        if is_promoted { Outcome::Detached(why) } else { Outcome::Failed(why, error.exit()) }
    }
}

impl Outcome {
    fn copied(is_written: bool) -> Self {
        if is_written { Outcome::Written } else { Outcome::Same }
    }

    fn behind(failure: Option<&str>) -> Self {
        failure.map_or(Outcome::Behind, |why| Outcome::Failed(why.to_owned(), Exit::Check))
    }

    fn of(self, secret: &Secret, replica: &Replica) -> CopyStatus {
        let (name, replica) = (secret.name.clone(), replica.clone());
        let is_written = matches!(self, Outcome::Written);
        let (status, message, exit) = match self {
            Outcome::Written | Outcome::Same => (Status::InSync, None, None),
            Outcome::Behind => (Status::InProgress, Some(format!("`vault replica sync {name}` copies it")), None),
            Outcome::Detached(why) => (Status::Detached, Some(why), Some(Exit::Conflict)),
            Outcome::Failed(why, exit) => (Status::Failed, Some(why), Some(exit)),
        };
        CopyStatus { name, replica, status, message, exit, is_written }
    }
}

impl CopyStatus {
    /// How a copy is that a command has just made.
    pub(crate) fn made(secret: &Secret, replica: &Replica, outcome: Result<(), Error>) -> Self {
        outcome.map_or_else(Outcome::from, |()| Outcome::Written).of(secret, replica)
    }

    /// The same in the words of the service.
    pub(crate) fn view(&self) -> ReplicationStatus {
        ReplicationStatus::of(&self.replica, self.status, self.message.clone()).with_own(&self.replica)
    }

    /// Whether it needs somebody.
    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self.status, Status::Failed | Status::Detached)
    }
}

/// The reason of a failure, to be remembered.
fn reason(outcome: &Outcome) -> Option<String> {
    if let Outcome::Failed(why, _) = outcome { Some(why.clone()) } else { None }
}

/// Copies secrets into one vault: one outcome for each. What fails as a whole fails for each of them.
fn copy_into(
    vault: &Vault<'_>,
    there: VaultId,
    names: &[SecretName],
    mode: CopyMode,
    context: &mut Context,
) -> Vec<Outcome> {
    if let Err(error) = vault.whoami().map_err(CliError::from) {
        return vec![Outcome::Failed(error.with_hints(), error.exit()); names.len()];
    }
    match attempt(vault, there, names, mode, context) {
        Ok(copied) => copied.into_iter().map(|outcome| outcome.map_or_else(Outcome::from, Outcome::copied)).collect(),
        Err(error) => vec![unreached(there, &error); names.len()],
    }
}

fn attempt(
    vault: &Vault<'_>,
    there: VaultId,
    names: &[SecretName],
    mode: CopyMode,
    context: &mut Context,
) -> CliResult<Vec<Result<bool, Error>>> {
    context.hold_identity_of(vault)?;
    let other = context.open_known(&reach(there)?, there)?;
    let ui = &mut context.ui;
    let copied = vault.copy_to(&other, names, mode, context.now, &mut |done| ui.progress("copied", done));
    context.ui.progress_done();
    Ok(other.finish_beside(copied, context)?)
}

/// A vault that cannot be opened or written, with its directory: the commands that its error suggests are about another one.
fn unreached(there: VaultId, error: &CliError) -> Outcome {
    let why = match reach(there) {
        Ok(place) if !place.exists() => format!("`{}` is not there", place.display()),
        Ok(place) => format!("the vault in `{}`: {error}", place.display()),
        Err(error) => error.with_hints(),
    };
    Outcome::Failed(why, error.exit())
}

/// Secrets with the copies that they have in each vault.
fn by_vault(secrets: &[Secret]) -> BTreeMap<VaultId, Vec<(&Secret, &Replica)>> {
    let mut vaults: BTreeMap<VaultId, Vec<_>> = BTreeMap::new();
    for secret in secrets {
        for replica in &secret.replicas {
            vaults.entry(replica.vault).or_default().push((secret, replica));
        }
    }
    vaults
}

/// Copies in the order of the secrets, and of each secret's document.
fn in_order(secrets: &[Secret], statuses: Vec<CopyStatus>) -> Vec<CopyStatus> {
    let mut known: HashMap<_, _> = statuses.into_iter().map(|it| ((it.name.clone(), it.replica.vault), it)).collect();
    let all = secrets.iter().flat_map(|secret| secret.replicas.iter().map(|it| (secret.name.clone(), it.vault)));
    all.filter_map(|copy| known.remove(&copy)).collect()
}

/// One warning for each reason.
fn warn(copied: &[CopyStatus], context: &mut Context) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in copied.iter().filter(|it| it.is_wrong()) {
        reasons.entry(it.message.as_deref().unwrap_or_default()).or_default().push(it.name.as_str());
    }
    for (reason, names) in reasons {
        let (shown, more) = names.split_at(names.len().min(NAMED));
        let others = if more.is_empty() { String::new() } else { format!(" and {} others", more.len()) };
        let not = if names.len() == 1 { "was not" } else { "were not" };
        context.ui.warning(format!("{}{others} {not} copied to another vault: {reason}", List::and(shown)));
    }
}

/// More names than this are counted in a warning.
const NAMED: usize = 3;
