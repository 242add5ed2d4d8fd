//! The vault that is served: open for as long as it is what it was, and opened again when it is not.

mod siblings;

use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use super::accessed::Accessed;
use super::continuation::Continuations;
use super::kept::Shelf;
use super::locked::locked;
use super::principal::Principal;
use super::roll::Roll;
use super::rotations::Rotations;
use super::session::Sessions;
use super::settings::Settings;
use super::tally::{Settled, Tally};
use super::untagged::Untagged;
use crate::engine::{Error, Ground, Purpose, Vault};
use crate::model::arn::Account;
use crate::model::credential::AccessKeyId;
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

pub(crate) use self::siblings::Siblings;

/// How the vault is opened again if another directory has taken its place.
pub(crate) type Opener = Box<dyn Fn() -> Result<Vault<'static>, Error> + Send + Sync>;

/// Takes the vault of a request that has changed something.
pub(crate) type Changed = Arc<dyn Fn(Vault<'static>) + Send + Sync>;

/// Is called with a vault in which a request has made the first copy of a secret.
pub(crate) type Linked = Box<dyn Fn(&Vault<'static>) + Send + Sync>;

/// A vault that is served to many callers.
pub(crate) struct Served {
    open: Opener,
    pub clock: fn() -> Timestamp,
    /// Why values are opened: what every request has in common.
    pub purpose: Purpose,
    /// Reads that are counted together.
    pub(super) tally: Tally,
    /// Makes the tokens of pages.
    pub(super) continuations: Continuations,
    pub sessions: Sessions,
    /// How rotations run that clients begin; without it, they may not.
    pub rotations: OnceLock<Arc<Rotations>>,
    /// Secrets that have lost their last tag.
    pub(super) untagged: Untagged,
    /// When values of secrets were read.
    pub(super) accessed: Accessed,
    /// What clients have set.
    pub(super) settings: Settings,
    /// Who does what a change leads to: events, copies, commits.
    changed: OnceLock<Changed>,
    /// Who remembers where a vault with copies is.
    linked: OnceLock<Linked>,
    siblings: OnceLock<Weak<dyn Siblings>>,
    account: Option<String>,
    current: RwLock<Arc<Current>>,
    /// Only one thread opens the vault again.
    opening: Mutex<()>,
}

/// The vault as it is now, with what was read of it.
pub(crate) struct Current {
    pub vault: Vault<'static>,
    ground: Ground,
    pub(super) parameters: Shelf<ParameterName, Parameter>,
    pub(super) secrets: Shelf<SecretName, Secret>,
    pub(super) principals: Shelf<AccessKeyId, Principal>,
    pub(super) roll: Roll,
}

impl Served {
    /// Serves an open vault. `account` replaces the account of its ARNs.
    pub(crate) fn new(
        vault: Vault<'static>,
        open: Opener,
        clock: fn() -> Timestamp,
        purpose: Purpose,
        account: Option<String>,
    ) -> Result<Self, Error> {
        let current = RwLock::new(Arc::new(Current::of(vault)?));
        Ok(Served {
            open,
            clock,
            purpose,
            account,
            current,
            tally: Tally::default(),
            continuations: Continuations::new(),
            sessions: Sessions::new(clock),
            rotations: OnceLock::new(),
            untagged: Untagged::default(),
            accessed: Accessed::default(),
            settings: Settings::default(),
            changed: OnceLock::new(),
            linked: OnceLock::new(),
            siblings: OnceLock::new(),
            opening: Mutex::default(),
        })
    }

    /// The vault as it is now, if that is how it was when it was last looked at: then it need not be opened again.
    pub(crate) fn unchanged(&self) -> Result<Option<Arc<Current>>, Error> {
        let current = self.last();
        let is_same = current.vault.ground()?.as_ref() == Some(&current.ground);
        Ok(Some(current).filter(|_| is_same))
    }

    /// The vault as it is now. What was read stays as long as neither its trust chain nor its keys have changed.
    pub(crate) fn current(&self) -> Result<Arc<Current>, Error> {
        if let Some(current) = self.unchanged()? {
            return Ok(current);
        }
        let _alone = locked(&self.opening);
        let current = self.last();
        let fresh = match current.vault.ground()? {
            Some(ground) if ground == current.ground => return Ok(current),
            Some(_) => current.vault.refreshed()?,
            None => (self.open)()?.with_identity_of(&current.vault),
        };
        self.replace(fresh)
    }

    /// Opens the vault again, as if it had changed.
    pub(crate) fn reopen(&self) -> Result<(), Error> {
        let _alone = locked(&self.opening);
        self.replace((self.open)()?.with_identity_of(&self.last().vault)).map(drop)
    }

    fn replace(&self, fresh: Vault<'static>) -> Result<Arc<Current>, Error> {
        let fresh = Arc::new(Current::of(fresh)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// Hands the vault of each request that has changed something to whoever does what that leads to.
    pub(crate) fn when_changed(&self, changed: Changed) {
        // The first one stays.
        let _ = self.changed.set(changed);
    }

    /// Hands each vault that gets the first copy of a secret to whoever remembers where it is.
    pub(crate) fn when_linked(&self, linked: Linked) {
        // The first one stays.
        let _ = self.linked.set(linked);
    }

    /// A secret has a copy in a vault now.
    pub(super) fn link(&self, other: &Vault<'static>) {
        if let Some(linked) = self.linked.get() {
            linked(other);
        }
    }

    /// Ends the rotations that clients have begun.
    pub(super) fn end_rotations(&self) {
        self.rotations.get().into_iter().for_each(|rotations| rotations.end());
    }

    /// Ends the work of a request: makes copies of its changes, and remembers what was seen, now or where its changes are followed up.
    pub(super) fn conclude(&self, vault: Vault<'static>) {
        self.copy_changes(&vault);
        follow_up(self.changed.get(), vault);
    }

    /// The same but for the copies, for work that goes on when the request is answered.
    pub(super) fn conclusion(&self) -> impl FnOnce(Vault<'static>) + Send + use<> {
        let changed = self.changed.get().cloned();
        move |vault| follow_up(changed.as_ref(), vault)
    }

    /// The account for ARNs in a region.
    pub(crate) fn account(&self, current: &Current, region: &str) -> Account {
        let account = current.vault.account();
        let id = self.account.clone().unwrap_or(account.id);
        Account { id, region: region.to_owned(), ..account }
    }

    /// Records the reads that were counted. Call it each second, and at the end.
    pub(crate) fn settle(&self, which: Settled) {
        self.tally.settle(which);
    }

    /// The vault as it was when it was last looked at.
    pub(crate) fn last(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn follow_up(changed: Option<&Changed>, vault: Vault<'static>) {
    match changed {
        Some(changed) if vault.has_written() => changed(vault),
        _ => drop(vault.finish()),
    }
}

impl Current {
    fn of(vault: Vault<'static>) -> Result<Self, Error> {
        let ground = vault.ground()?.ok_or(Error::Moved)?;
        Ok(Current {
            vault,
            ground,
            parameters: Shelf::default(),
            secrets: Shelf::default(),
            principals: Shelf::default(),
            roll: Roll::default(),
        })
    }
}
