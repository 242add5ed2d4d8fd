//! A server: which vault answers for which region, who is let in, and what is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use tokio::sync::Semaphore;

use super::log::Log;
use super::metrics::Metrics;
use super::served::{Served, Siblings};
use super::session::Held;
use super::tally::Settled;
use crate::engine::Error;
use crate::model::id::VaultId;

/// How many requests write at once. The others wait, and keep no reader waiting.
const WRITERS: usize = 4;

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Only who has signed.
    Signed,
    /// Also who has not, or with a credential that nobody knows: they have the rights of the server's member.
    Open,
}

/// Who has a token for the API of AWS's extension and agent.
pub(crate) struct TokenHolder {
    pub vault: Arc<Served>,
    pub region: String,
    /// The access key id of the session.
    pub access_key: String,
    pub held: Arc<Held>,
}

pub(crate) struct Server {
    /// The vault for every region without one of its own.
    pub vault: Arc<Served>,
    /// The only region of that vault, if there is one.
    pub region: Option<String>,
    /// The region of that vault for the API of AWS's extension and agent, if it is another one.
    pub cache_region: Option<String>,
    /// Vaults of their own for some regions.
    pub regions: BTreeMap<String, Arc<Served>>,
    /// Who is let in.
    pub admission: Admission,
    /// Names in `Host` that are accepted besides those of loopback.
    pub hosts: Vec<String>,
    /// What is counted.
    pub metrics: Metrics,
    /// Where requests are logged.
    pub log: Log,
    /// Turns of requests that write.
    pub writers: Arc<Semaphore>,
}

impl Server {
    /// A server of one vault, for who has signed, without a log.
    pub(crate) fn new(vault: Arc<Served>) -> Self {
        Server {
            vault,
            region: None,
            cache_region: None,
            regions: BTreeMap::new(),
            admission: Admission::Signed,
            hosts: Vec::new(),
            metrics: Metrics::default(),
            log: Arc::new(|_| {}),
            writers: Arc::new(Semaphore::new(WRITERS)),
        }
    }

    /// The vault of a region; `None` if the region is refused.
    pub(crate) fn vault_of(&self, region: &str) -> Option<&Arc<Served>> {
        let is_own = || self.region.as_ref().is_none_or(|only| only == region);
        self.regions.get(region).or_else(|| is_own().then_some(&self.vault))
    }

    /// The region of the vault that has none of its own.
    pub(crate) fn own_region(&self) -> String {
        self.region.clone().unwrap_or_else(|| self.vault.last().vault.account().region)
    }

    /// Who has a token, in whichever vault.
    pub(crate) fn holder_of(&self, token: &str) -> Option<TokenHolder> {
        let mapped = self.regions.iter().map(|(region, vault)| (vault, Some(region)));
        std::iter::once((&self.vault, None)).chain(mapped).find_map(|(vault, region)| {
            let (access_key, held) = vault.sessions.with_token(token)?;
            let region = region.or(self.cache_region.as_ref()).cloned().unwrap_or_else(|| self.own_region());
            Some(TokenHolder { vault: Arc::clone(vault), region, access_key, held })
        })
    }

    pub(crate) fn vaults(&self) -> impl Iterator<Item = &Arc<Served>> {
        std::iter::once(&self.vault).chain(self.regions.values())
    }

    /// Lets the vaults find each other, once all of them are there.
    pub(crate) fn introduce(self: &Arc<Self>) {
        let server = Arc::downgrade(self);
        let siblings: Weak<dyn Siblings> = server;
        self.vaults().for_each(|served| served.join(Weak::clone(&siblings)));
    }

    /// Opens every vault again. Returns those that stay as they are, and why.
    pub(crate) fn reopen(&self) -> Vec<(&Arc<Served>, Error)> {
        self.vaults().filter_map(|served| Some((served, served.reopen().err()?))).collect()
    }

    /// Ends the rotations that clients have begun.
    pub(crate) fn end_rotations(&self) {
        self.vaults().for_each(|served| served.end_rotations());
    }

    /// Whether every vault can be read.
    pub(crate) fn is_healthy(&self) -> bool {
        self.vaults().all(|served| served.current().is_ok())
    }

    /// Records reads that were counted together.
    pub(crate) fn settle(&self, which: Settled) {
        self.vaults().for_each(|served| served.settle(which));
    }
}

impl Siblings for Server {
    fn of_region(&self, region: &str) -> Option<Arc<Served>> {
        self.vault_of(region).cloned()
    }

    fn of_id(&self, vault: VaultId) -> Option<(String, Arc<Served>)> {
        let mapped = self.regions.iter().find(|(_, served)| served.last().vault.id() == vault);
        mapped.map(|(region, served)| (region.clone(), Arc::clone(served))).or_else(|| {
            let is_own = self.vault.last().vault.id() == vault;
            is_own.then(|| (self.own_region(), Arc::clone(&self.vault)))
        })
    }
}
