//! Shares: what is handed to another vault or to a member who can open nothing else of its key.
//!
//! A share holds the current values of what it covers, sealed for its receiver. Whoever changes such a value seals it anew in the same
//! run, after the value (share_renewal.rs); what could not be done then, `vault tick` does later.

use std::collections::BTreeSet;

use super::error::{Error, Result};
use super::former_signature::FormerlySigned;
use super::loaded::Loaded;
use super::parameters::random_doc_id;
use super::refused::{Checked, Refused};
use super::share_end::Ended;
use super::vault::Vault;
use crate::format::path::{SHARES, decode_share, share_path};
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::scope::Scope;
use crate::model::share::{AUTHOR, Receiver, SINCE, Share, ShareError};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// What is to be shared, and with whom.
#[derive(Debug, Clone)]
pub(crate) struct ShareOrder {
    /// One secret, or the parameters below one path.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// For whom.
    pub with: With,
    /// When it opens nothing any more.
    pub expires: Option<Timestamp>,
}

/// With whom something is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum With {
    /// A member of this vault.
    Member(MemberName),
    /// Another vault, and the recipients of its reader; without any, those of an existing share.
    Vault(VaultId, Vec<String>),
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

impl With {
    fn is(&self, to: &Receiver) -> bool {
        match self {
            With::Member(name) => to.member.as_ref() == Some(name),
            With::Vault(id, _) => to.vault == Some(*id),
        }
    }

    fn shown(&self) -> String {
        match self {
            With::Member(name) => name.to_string(),
            With::Vault(id, _) => id.to_string(),
        }
    }
}

impl Vault<'_> {
    /// Every share that has not ended, by what is shared.
    pub(crate) fn shares(&self) -> Result<Checked<Share>> {
        let mut shares = Checked::default();
        for path in self.share_paths()?.iter().filter(|path| decode_share(path).is_some()) {
            let loaded = self.load::<Share>(path).map(|loaded| loaded.map(|loaded| loaded.document));
            shares.take(path, loaded.map(|share| share.filter(|share| !share.deleted)))?;
        }
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
        let refuse = |error| Error::Share { name: order.name.clone(), error };
        if order.expires.is_some_and(|at| at <= now) {
            return Err(refuse(ShareError::Past));
        }
        if order.kind == Kind::Secret {
            self.live_secret(&order.name.parse()?)?;
        }
        let mut writing = self.writing(now)?;
        let before = self.share_of(order.kind, &order.name, &order.with)?;
        let mut share = match &before {
            Some(before) => before.document.clone(),
            None => self.new_share(order, now)?,
        };
        share.expires = order.expires;
        share.to = self.receiver(&order.with, &share.to).map_err(refuse)?;
        share.check_form().map_err(refuse)?;
        self.require_reader_of(&share)?;
        if let Some(reader) = share.to.member.as_ref().filter(|it| self.reads_all(&share, it)) {
            return Err(refuse(ShareError::Reads(reader.clone())));
        }
        let is_other = before.as_ref().is_none_or(|before| before.document.to != share.to);
        writing.fill(&mut share, is_other)?;
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
    pub(crate) fn unshare(&self, kind: Kind, name: &str, with: &With, now: Timestamp) -> Result<Ended> {
        let mut writing = self.writing(now)?;
        let missing = || Error::Share { name: name.to_owned(), error: ShareError::NotShared(with.shown()) };
        let ended = match self.share_of(kind, name, with)? {
            Some(before) => writing.end(&before)?,
            None => writing.end_untrusted(self.untrusted_share(kind, name, with)?.ok_or_else(missing)?)?,
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
    fn untrusted_share(&self, kind: Kind, name: &str, with: &With) -> Result<Option<Share>> {
        let scope = Scope::Prefix { kind, prefix: name.to_owned() }.to_string();
        for Refused { path, .. } in self.shares()?.refused {
            if let Ok(Some(FormerlySigned { verified, .. })) = self.signed_once::<Share>(&path)
                && verified.document.name == scope
                && with.is(&verified.document.to)
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
        let (kind, prefix) = (order.kind, order.name.clone());
        Ok(Share {
            id: random_doc_id(),
            head,
            deleted: false,
            name: Scope::Prefix { kind, prefix }.to_string(),
            to: Receiver::default(),
            expires: None,
            items: Vec::new(),
        })
    }

    fn receiver(&self, with: &With, before: &Receiver) -> std::result::Result<Receiver, ShareError> {
        Ok(match with {
            With::Member(name) => {
                let trust = self.trust();
                let member = trust.member(name).ok_or_else(|| ShareError::NoMember(name.clone()))?;
                Receiver { vault: None, member: Some(name.clone()), recipients: member.recipients.clone() }
            }
            With::Vault(id, recipients) => {
                let recipients = if recipients.is_empty() { &before.recipients } else { recipients };
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
    fn share_of(&self, kind: Kind, name: &str, with: &With) -> Result<Option<Loaded<Share>>> {
        let scope = Scope::Prefix { kind, prefix: name.to_owned() }.to_string();
        let shares = self.shares()?.found;
        let Some(found) = shares.iter().find(|share| share.name == scope && with.is(&share.to)) else {
            return Ok(None);
        };
        self.load::<Share>(&share_path(found.id))
    }
}
