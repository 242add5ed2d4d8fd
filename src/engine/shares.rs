//! Shares: what is handed to another vault or to a member who can open nothing else of its key.
//!
//! A share holds the current values of what it covers, sealed for its receiver. Whoever changes such a value seals it anew in the same
//! run, after the value (shares/renewal.rs); what could not be done then, `vault tick` does later.

mod end;
mod renewal;
mod value;

use std::collections::BTreeSet;

use super::error::{Error, Result};
use super::former_signature::FormerlySigned;
use super::loaded::Loaded;
use super::parameters::random_doc_id;
use super::refused::{Checked, Refused};
use super::vault::Vault;
use crate::format::path::{SHARES, decode_share, share_path};
use crate::model::head::Head;
use crate::model::name::MemberName;
use crate::model::share::{AUTHOR, Receiver, SINCE, Share, ShareError, Shared, With};
use crate::model::time::Timestamp;

pub(crate) use self::end::Ended;

/// What is to be shared, and with whom.
#[derive(Debug, Clone)]
pub(crate) struct ShareOrder {
    /// What.
    pub what: Shared,
    /// With whom.
    pub with: With,
    /// The recipients of the reader in another vault; without any, those of an existing share.
    pub recipients: Vec<String>,
    /// When it opens nothing any more.
    pub expires: Option<Timestamp>,
}

/// How a share stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShareState {
    /// It has the current values.
    Current,
    /// A value has changed since, or the receiver's keys have.
    Behind,
    /// It opens nothing any more.
    Expired,
}

impl Vault<'_> {
    /// Every share that has not ended, by what is shared.
    pub(crate) fn shares(&self) -> Result<Checked<Share>> {
        let paths = self.share_paths()?.into_iter().filter(|path| decode_share(path).is_some());
        let mut shares: Checked<Share> = self.load_live(paths)?;
        shares.found.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        Ok(shares)
    }

    /// The files below `shares`, without hints.
    pub(super) fn share_paths(&self) -> Result<Vec<String>> {
        let names = self.files.children(SHARES)?.into_iter().map(|entry| entry.name);
        Ok(names.filter(|name| !name.starts_with('.')).map(|name| format!("{SHARES}/{name}")).collect())
    }

    /// Shares something, or changes for whom or until when it is shared. Unlocks.
    pub(crate) fn share(&self, order: &ShareOrder, now: Timestamp) -> Result<Share> {
        let refuse = |error| Error::Share { name: order.what.name().to_owned(), error };
        if order.expires.is_some_and(|at| at <= now) {
            return Err(refuse(ShareError::Past));
        }
        if let Shared::Secret(name) = &order.what {
            self.live_secret(name)?;
        }
        let mut writing = self.writing(now)?;
        let before = self.share_of(&order.what, &order.with)?;
        let mut share = match &before {
            Some(before) => before.document.clone(),
            None => self.new_share(order, now)?,
        };
        share.expires = order.expires;
        share.to = self.receiver(order, &share.to).map_err(refuse)?;
        share.check_form().map_err(refuse)?;
        self.require_reader_of(&share)?;
        if let Some(reader) = share.to.member.as_ref().filter(|it| self.reads_all(&share, it)) {
            return Err(refuse(ShareError::Reads(reader.clone())));
        }
        if before.as_ref().is_some_and(|before| before.document.to != share.to) {
            share.items.clear();
        }
        writing.fill(&mut share)?;
        if share.items.is_empty() {
            return Err(refuse(ShareError::Nothing));
        }
        if before.as_ref().is_some_and(|before| before.document == share) {
            return Ok(share);
        }
        let share = writing.put(before.as_ref(), share)?;
        writing.publish()?;
        Ok(share)
    }

    /// Ends a share and marks the values that the receiver has as exposed.
    pub(crate) fn unshare(&self, what: &Shared, with: &With, now: Timestamp) -> Result<Ended> {
        let mut writing = self.writing(now)?;
        let not_shared = || ShareError::NotShared(with.to_string());
        let missing = || Error::Share { name: what.name().to_owned(), error: not_shared() };
        let ended = match self.share_of(what, with)? {
            Some(before) => writing.end(&before)?,
            None => writing.end_untrusted(self.untrusted_share(what, with)?.ok_or_else(missing)?)?,
        };
        writing.publish()?;
        Ok(ended)
    }

    /// How a share stands. Opens the documents that it covers, and no value.
    pub(crate) fn share_state(&self, share: &Share, now: Timestamp) -> Result<ShareState> {
        if share.has_expired(now) {
            return Ok(ShareState::Expired);
        }
        let current: BTreeSet<_> = self.covered(share, now)?.into_iter().map(|it| (it.id, it.rev, it.uid)).collect();
        let held: BTreeSet<_> = share.items.iter().map(|item| (item.id, item.rev, item.uid)).collect();
        let trust = self.trust();
        let is_addressed = match &share.to.member {
            Some(member) => trust.member(member).is_some_and(|it| it.recipients == share.to.recipients),
            None => true,
        };
        Ok(if current == held && is_addressed { ShareState::Current } else { ShareState::Behind })
    }

    /// Whether the current member may sign a share. Unlocks.
    pub(crate) fn may_share(&self, share: &Share) -> Result<bool> {
        Ok(self.reads_all(share, &self.whoami()?.name))
    }

    /// A share that was genuine once: its signer has lost permission since.
    fn untrusted_share(&self, what: &Shared, with: &With) -> Result<Option<Share>> {
        for Refused { path, .. } in self.shares()?.refused {
            if let Ok(Some(FormerlySigned { verified, .. })) = self.signed_once::<Share>(&path)
                && is_of(&verified.document, what, with)
                && share_path(verified.document.id) == path
            {
                return Ok(Some(verified.document));
            }
        }
        Ok(None)
    }

    fn new_share(&self, order: &ShareOrder, now: Timestamp) -> Result<Share> {
        let me = self.whoami()?.name;
        let mut head = Head::new(1, self.trust().rev, now, me.clone());
        head.extra = [(SINCE.to_owned(), now.to_string()), (AUTHOR.to_owned(), me.to_string())].into();
        Ok(Share {
            id: random_doc_id(),
            head,
            deleted: false,
            name: order.what.to_string(),
            to: Receiver::default(),
            expires: None,
            items: Vec::new(),
        })
    }

    fn receiver(&self, order: &ShareOrder, before: &Receiver) -> std::result::Result<Receiver, ShareError> {
        Ok(match &order.with {
            With::Member(name) => {
                let trust = self.trust();
                let member = trust.member(name).ok_or_else(|| ShareError::NoMember(name.clone()))?;
                Receiver { vault: None, member: Some(name.clone()), recipients: member.recipients.clone() }
            }
            With::Vault(id) => {
                let recipients = if order.recipients.is_empty() { &before.recipients } else { &order.recipients };
                Receiver { vault: Some(*id), member: None, recipients: recipients.clone() }
            }
        })
    }

    /// Refuses somebody who may not open everything that a share may cover.
    pub(super) fn require_reader_of(&self, share: &Share) -> Result<()> {
        let me = self.whoami()?.name;
        let trust = self.trust();
        match share.keys(&trust).into_iter().find(|key| !key.readers.contains(&me)) {
            None => Ok(()),
            Some(key) => Err(Error::NotAReader {
                key: key.name.clone(),
                readers: key.readers.clone(),
                reader: Some(me.to_string()),
            }),
        }
    }

    fn reads_all(&self, share: &Share, member: &MemberName) -> bool {
        share.keys(&self.trust()).iter().all(|key| key.readers.contains(member))
    }

    /// The share of something with somebody. One that cannot be trusted is an error.
    fn share_of(&self, what: &Shared, with: &With) -> Result<Option<Loaded<Share>>> {
        let shares = self.shares()?.found;
        let found = shares.iter().find(|share| is_of(share, what, with));
        found.map_or(Ok(None), |found| self.load::<Share>(&share_path(found.id)))
    }
}

fn is_of(share: &Share, what: &Shared, with: &With) -> bool {
    share.what().as_ref() == Some(what) && share.to.is(with)
}
