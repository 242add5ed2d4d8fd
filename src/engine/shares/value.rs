//! One value of a share: sealed for its receiver, and opened by somebody who can open nothing else.

use std::sync::{Arc, PoisonError};

use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::value::{self, ValueError};
use crate::engine::error::{Error, Result};
use crate::engine::refused::Checked;
use crate::engine::value::Place;
use crate::engine::valued::{Valuable, Valued};
use crate::engine::vault::Vault;
use crate::model::id::{DocId, Uid};
use crate::model::sealed::Sealed;
use crate::model::share::{Share, ShareError, SharedItem};
use crate::model::value::SecretValue;

impl Vault<'_> {
    /// The current value of a document for a share: as it is there, if it is the same, or sealed for the receiver. `None` if no encrypted
    /// value is current.
    pub(in crate::engine) fn shared_item<D: Valued>(&self, share: &Share, document: &D) -> Result<Option<SharedItem>> {
        let Some((version, sealed)) = document.current().and_then(|version| Some((version, version.sealed()?))) else {
            return Ok(None);
        };
        let (id, rev) = (DocId(document.id()), document.head().rev);
        let is_same = |item: &&SharedItem| item.uid == version.uid() && item.name == document.name();
        if let Some(item) = share.item(id).filter(is_same) {
            return Ok(Some(SharedItem { rev, ..item.clone() }));
        }
        let value = self.reveal(document, version)?;
        let place = Place::of(document, version.uid(), sealed.value_type);
        let key = self.key(&sealed.key.name)?;
        let recipients = recipients(document.name(), share)?;
        let text = value::seal_shared(
            &recipients,
            &self.id.0,
            (&key.id.0, sealed.key.number),
            &place.context(),
            value.reveal(),
        );
        let text = text.map_err(|error| match error {
            ValueError::BadRecipient => Error::Share { name: document.name().to_owned(), error: ShareError::Mixed },
            _ => Error::Internal("a value could not be sealed for a share"),
        })?;
        Ok(Some(SharedItem {
            id,
            name: document.name().to_owned(),
            rev,
            uid: version.uid(),
            value_type: sealed.value_type,
            text,
        }))
    }

    /// The value of a version that is shared with the current identity. `refused` is why it cannot be opened otherwise.
    pub(in crate::engine) fn open_shared<D: Valued>(
        &self,
        document: &D,
        version: &D::Version,
        sealed: &Sealed,
        refused: Error,
    ) -> Result<SecretValue> {
        let (shares, mine) = (self.known_shares()?, self.credentials()?.identity().recipients());
        let is_mine = |share: &&Share| {
            share.covers(D::KIND, document.name()) && share.to.recipients.iter().any(|it| mine.contains(it))
        };
        let mut failure = None;
        for share in shares.found.iter().filter(is_mine) {
            match self.open_item(share, document, version, sealed) {
                Ok(value) => return Ok(value),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        // A share that cannot be trusted may be the one: that is said, and not that there is none.
        let untrusted = || shares.refused.first().and_then(|it| self.load::<Share>(&it.path).err());
        let is_by_policy = document.is_open_to_others() && self.whoami().is_err();
        let policy = || is_by_policy.then(|| broken(document.name(), ShareError::PolicyAlone));
        Err(failure.or_else(untrusted).or_else(policy).unwrap_or(refused))
    }

    fn open_item<D: Valued>(
        &self,
        share: &Share,
        document: &D,
        version: &D::Version,
        sealed: &Sealed,
    ) -> Result<SecretValue> {
        let refuse = |error| Err(broken(document.name(), error));
        let now = self.ledger.purpose().clock.map(|clock| clock());
        if let Some(at) = share.expires.filter(|at| now.is_none_or(|now| *at <= now)) {
            return refuse(ShareError::Expired(at));
        }
        if document.current().map(Valuable::uid) != Some(version.uid()) {
            return refuse(ShareError::NotCurrent);
        }
        let Some(item) = share.item(DocId(document.id())).filter(|item| item.uid == version.uid()) else {
            return refuse(ShareError::Stale);
        };
        let place = Place::of(document, version.uid(), sealed.value_type);
        let trust = self.trust();
        let keys = trust.keys.iter().flat_map(|key| key.versions.iter().map(|version| (&key.id.0, version.number)));
        let identity = self.credentials()?.identity();
        let opened = value::open_shared(identity, &self.id.0, keys, &place.context(), &item.text);
        opened.map(SecretValue::new).map_err(|_| Error::Unopened { name: document.name().to_owned() })
    }

    fn known_shares(&self) -> Result<Arc<Checked<Share>>> {
        let mut known = self.known_shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        Ok(Arc::clone(known.insert(Arc::new(self.shares()?))))
    }
}

impl crate::engine::writing::Writing<'_, '_> {
    /// Marks a version whose value somebody knows who is no reader. Returns whether this member may; a version that is gone needs no mark.
    pub(in crate::engine) fn mark_exposed<D: Valued>(&mut self, name: &D::Name, uid: Uid) -> Result<bool> {
        let Some(before) = self.load_named::<D>(name)? else { return Ok(true) };
        let mut document = before.document.clone();
        let Some(version) = document.versions_mut().iter_mut().find(|version| version.uid() == uid) else {
            return Ok(true);
        };
        if version.is_marked_exposed() {
            return Ok(true);
        }
        if let Some(sealed) = version.sealed().cloned() {
            version.replace(sealed, true);
        }
        if !self.whoami()?.may_write(D::KIND, name.as_ref()) {
            return Ok(false);
        }
        self.put(Some(&before), document)?;
        Ok(true)
    }
}

/// What values are sealed to. What needs this machine's configuration, such as a plugin, is left out of shares: others renew them.
fn recipients(name: &str, share: &Share) -> Result<Vec<Recipient>> {
    let parse = |text: &String| Recipient::parse(text, &RecipientPolicy::default());
    let parsed: std::result::Result<_, _> = share.to.recipients.iter().map(parse).collect();
    parsed.map_err(|error| broken(name, ShareError::Recipient(error.to_string())))
}

fn broken(name: &str, error: ShareError) -> Error {
    Error::Share { name: name.to_owned(), error }
}
