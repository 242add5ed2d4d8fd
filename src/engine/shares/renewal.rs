//! Renewing shares: what has changed is sealed anew for those with whom it is shared.

use crate::engine::error::Result;
use crate::engine::loaded::Loaded;
use crate::engine::valued::{Valuable, Valued};
use crate::engine::vault::Vault;
use crate::engine::writing::Writing;
use crate::format::path::share_path;
use crate::model::id::{DocId, Uid};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::share::{Share, Shared};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::files::Reach;

impl Vault<'_> {
    /// Brings a share up to date, or ends one that has expired. Returns whether anything was written.
    pub(crate) fn renew_share(&self, id: DocId, now: Timestamp) -> Result<bool> {
        let mut writing = self.writing(now)?;
        let Some(before) = writing.load::<Share>(&share_path(id))?.filter(|it| !it.document.deleted) else {
            return Ok(false);
        };
        if before.document.has_expired(now) || !self.has_receiver(&before.document) {
            writing.end(&before)?;
            writing.publish()?;
            return Ok(true);
        }
        self.require_reader_of(&before.document)?;
        let mut share = before.document.clone();
        self.readdress(&mut share);
        writing.fill(&mut share)?;
        writing.put_renewed(&before, share)
    }

    /// Whether the receiver still exists.
    fn has_receiver(&self, share: &Share) -> bool {
        share.to.member.as_ref().is_none_or(|member| self.trust().member(member).is_some())
    }

    /// Takes the present recipients of a member, for whom everything is sealed again. Returns whether they have changed.
    fn readdress(&self, share: &mut Share) -> bool {
        let trust = self.trust();
        match share.to.member.as_ref().and_then(|member| trust.member(member)) {
            Some(member) if member.recipients != share.to.recipients => {
                share.to.recipients.clone_from(&member.recipients);
                share.items.clear();
                true
            }
            _ => false,
        }
    }

    /// What a share covers: every live document with an encrypted current value.
    pub(in crate::engine) fn covered(&self, share: &Share, now: Timestamp) -> Result<Vec<CoveredValue>> {
        let mut found = Vec::new();
        match share.what() {
            Some(Shared::Secret(name)) => {
                found.extend(self.find::<Secret>(&name)?.and_then(|secret| CoveredValue::of(&secret, now)));
            }
            Some(Shared::Parameters(path)) => {
                let own = path.as_str().parse().ok().map(|name| self.find::<Parameter>(&name)).transpose()?.flatten();
                let below = self.parameters_below(&path, Reach::Descendants, now)?.whole()?;
                found.extend(own.iter().chain(&below).filter_map(|parameter| CoveredValue::of(parameter, now)));
            }
            None => {}
        }
        Ok(found)
    }
}

/// A current value that is shared.
pub(in crate::engine) struct CoveredValue {
    pub(in crate::engine) id: DocId,
    pub(in crate::engine) rev: u64,
    pub(in crate::engine) uid: Uid,
    name: String,
}

impl CoveredValue {
    fn of<D: Valued>(document: &D, now: Timestamp) -> Option<Self> {
        let version = document.current().filter(|version| document.lives(now) && version.sealed().is_some())?;
        let (id, rev, name) = (DocId(document.id()), document.head().rev, document.name().to_owned());
        Some(CoveredValue { id, rev, uid: version.uid(), name })
    }
}

impl Writing<'_, '_> {
    /// Seals what has changed anew in every share that covers it. The change itself is done: a share that cannot be renewed is behind,
    /// which is said.
    pub(in crate::engine) fn renew_shares_of(&mut self, changed: &[(Kind, String)]) {
        if changed.is_empty() {
            return;
        }
        let shares = match self.shares() {
            Ok(shares) => shares.found,
            Err(error) => {
                return self.ledger.note_share_behind(&changed[0].1, String::new(), error.to_string());
            }
        };
        for share in shares {
            let names: Vec<_> = changed.iter().filter(|(kind, name)| share.covers(*kind, name)).collect();
            if names.is_empty() || share.has_expired(self.now()) {
                continue;
            }
            if let Err(error) = self.renew_names(&share, &names) {
                self.ledger.note_share_behind(&share.name, share.to.to_string(), error.to_string());
            }
        }
    }

    fn renew_names(&mut self, share: &Share, names: &[&(Kind, String)]) -> Result<()> {
        let Some(before) = self.load::<Share>(&share_path(share.id))? else { return Ok(()) };
        if !self.has_receiver(share) {
            self.end(&before)?;
            return self.publish_listed().map(drop);
        }
        self.require_reader_of(share)?;
        let mut next = before.document.clone();
        if self.readdress(&mut next) {
            self.fill(&mut next)?;
        } else {
            for (kind, name) in names {
                match kind {
                    Kind::Parameter => self.seal_named::<Parameter>(&mut next, &name.parse()?)?,
                    Kind::Secret => self.seal_named::<Secret>(&mut next, &name.parse()?)?,
                    // Credentials are not shared.
                    Kind::Credential => {}
                }
            }
        }
        if next.items.is_empty() && names.iter().any(|(kind, _)| *kind == Kind::Secret) {
            // The secret was deleted: another one of its name is not shared.
            next.delete();
        }
        self.put_renewed(&before, next).map(drop)
    }

    fn put_renewed(&mut self, before: &Loaded<Share>, share: Share) -> Result<bool> {
        if before.document == share {
            return Ok(false);
        }
        self.put(Some(before), share)?;
        self.publish_listed()?;
        Ok(true)
    }

    /// Takes the current values of everything that a share covers. What is there already is kept.
    pub(in crate::engine) fn fill(&mut self, share: &mut Share) -> Result<()> {
        let names: Vec<String> = self.covered(share, self.now())?.into_iter().map(|it| it.name).collect();
        share.items.retain(|item| names.contains(&item.name));
        for name in names {
            match share.what() {
                Some(Shared::Secret(name)) => self.seal_named::<Secret>(share, &name)?,
                Some(Shared::Parameters(_)) => self.seal_named::<Parameter>(share, &name.parse()?)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Takes the current value of one document into a share. What is there already is kept.
    fn seal_named<D: Valued>(&mut self, share: &mut Share, name: &D::Name) -> Result<()> {
        let found: Option<D> = self.find(name)?.filter(|document: &D| document.lives(self.now()));
        let item = match &found {
            Some(document) => self.shared_item(share, document)?,
            None => None,
        };
        let is_other = |stated: &str| stated != name.as_ref() && found.as_ref().is_none_or(|it| stated != it.name());
        share.items.retain(|item| is_other(&item.name));
        share.items.extend(item);
        share.items.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(())
    }
}
