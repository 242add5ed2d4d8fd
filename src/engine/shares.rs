//! Shares: what is handed to another vault or to a member who can open nothing else of its key.
//!
//! A share holds the current values of what it covers, sealed for its receiver. Whoever changes such a value seals it anew in the same
//! run, after the value (`Writing::publish`); what could not be done then, `Vault::renew_share` does later.

use std::collections::BTreeSet;

use super::document::Document;
use super::error::{Error, Result};
use super::former_signature::FormerlySigned;
use super::ledger::Notice;
use super::loaded::Loaded;
use super::parameters::random_doc_id;
use super::refused::{Checked, Refused};
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use super::writing::Writing;
use crate::format::path::{SHARES, decode_share, share_path};
use crate::model::head::Head;
use crate::model::id::{DocId, VaultId};
use crate::model::name::{KeyName, MemberName, ParameterName, ParameterPath, SecretName};
use crate::model::parameter::Parameter;
use crate::model::scope::Scope;
use crate::model::secret::Secret;
use crate::model::share::{AUTHOR, Receiver, SINCE, Share, ShareError};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::files::Reach;

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

/// What the end of a share has left to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The names whose value is marked as exposed now.
    pub marked: Vec<String>,
    /// The names that this member may not write: their value is known and not marked.
    pub unmarked: Vec<String>,
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
        let mut writing = self.writing(now)?;
        let before = writing.share_of(order.kind, &order.name, &order.with)?;
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
        let ended = match writing.share_of(kind, name, with)? {
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
        let mut current = BTreeSet::new();
        self.each_covered(share, now, &mut |document, uid| {
            current.insert((document.id(), document.head().rev, uid));
        })?;
        let held: BTreeSet<_> = share.items.iter().map(|item| (item.id.0, item.rev, item.uid)).collect();
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
        let is_other = self.readdress(&mut share);
        writing.fill(&mut share, is_other)?;
        writing.put_renewed(&before, share)
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

    /// Whether the receiver still exists.
    fn has_receiver(&self, share: &Share) -> bool {
        share.to.member.as_ref().is_none_or(|member| self.trust().member(member).is_some())
    }

    /// Takes the present recipients of a member. Returns whether they have changed.
    fn readdress(&self, share: &mut Share) -> bool {
        let trust = self.trust();
        match share.to.member.as_ref().and_then(|member| trust.member(member)) {
            Some(member) if member.recipients != share.to.recipients => {
                share.to.recipients.clone_from(&member.recipients);
                true
            }
            _ => false,
        }
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

    /// Calls `visit` with every live document that a share covers and that has an encrypted current value, and the id of that version.
    fn each_covered(&self, share: &Share, now: Timestamp, visit: &mut Covered<'_>) -> Result<()> {
        match share.scope() {
            Some((Kind::Secret, name)) => {
                let name: SecretName = name.parse()?;
                covered(self.find::<Secret>(&name)?.as_ref(), now, visit);
            }
            Some((Kind::Parameter, prefix)) => {
                if let Ok(name) = prefix.parse::<ParameterName>() {
                    covered(self.find::<Parameter>(&name)?.as_ref(), now, visit);
                }
                let path: ParameterPath = prefix.parse()?;
                for parameter in self.parameters_below(&path, Reach::Descendants, now)?.whole()? {
                    covered(Some(&parameter), now, visit);
                }
            }
            None => {}
        }
        Ok(())
    }
}

/// Is called with a document and the id of its current version.
type Covered<'v> = dyn FnMut(&dyn Covering, crate::model::id::Uid) + 'v;

/// What is asked of a document that is covered.
trait Covering {
    fn id(&self) -> [u8; 16];
    fn head(&self) -> &Head;
    fn name(&self) -> &str;
}

impl<D: Document> Covering for D {
    fn id(&self) -> [u8; 16] {
        Document::id(self)
    }

    fn head(&self) -> &Head {
        Document::head(self)
    }

    fn name(&self) -> &str {
        Document::name(self)
    }
}

fn covered<D: Valued>(document: Option<&D>, now: Timestamp, visit: &mut Covered<'_>) {
    let Some(document) = document.filter(|document| document.lives(now)) else { return };
    if let Some(version) = document.current().filter(|version| version.sealed().is_some()) {
        visit(document, version.uid());
    }
}

impl Writing<'_, '_> {
    /// Seals what has changed anew in every share that covers it. The change itself is done: a share that cannot be renewed is behind,
    /// which is said.
    pub(super) fn renew_shares_of(&mut self, changed: &[(Kind, String)]) {
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
            self.fill(&mut next, true)?;
        } else {
            for (kind, name) in names {
                match kind {
                    Kind::Parameter => self.seal_named::<Parameter>(&mut next, &name.parse()?)?,
                    Kind::Secret => self.seal_named::<Secret>(&mut next, &name.parse()?)?,
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

    /// Takes the current values of everything that a share covers. With `anew` each of them is sealed again.
    fn fill(&mut self, share: &mut Share, anew: bool) -> Result<()> {
        let mut names = Vec::new();
        self.each_covered(share, self.now(), &mut |document, _| names.push(document.name().to_owned()))?;
        if anew {
            share.items.clear();
        }
        share.items.retain(|item| names.contains(&item.name));
        for name in names {
            match share.scope() {
                Some((Kind::Secret, _)) => self.seal_named::<Secret>(share, &name.parse()?)?,
                _ => self.seal_named::<Parameter>(share, &name.parse()?)?,
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

    /// The share of something with somebody. One that cannot be trusted is an error.
    fn share_of(&self, kind: Kind, name: &str, with: &With) -> Result<Option<Loaded<Share>>> {
        let scope = Scope::Prefix { kind, prefix: name.to_owned() }.to_string();
        let shares = self.shares()?.found;
        let Some(found) = shares.iter().find(|share| share.name == scope && with.is(&share.to)) else {
            return Ok(None);
        };
        self.load::<Share>(&share_path(found.id))
    }

    /// Leaves a tombstone of a share, after the values that its receiver has are marked. Nothing is published yet.
    fn end(&mut self, before: &Loaded<Share>) -> Result<Ended> {
        let ended = self.mark_items(&before.document)?;
        let mut gone = before.document.clone();
        gone.delete();
        self.put(Some(before), gone)?;
        Ok(ended)
    }

    /// The same for a share that is refused for its signer.
    fn end_untrusted(&mut self, mut share: Share) -> Result<Ended> {
        let ended = self.mark_items(&share)?;
        share.delete();
        self.put_above(share)?;
        Ok(ended)
    }

    fn mark_items(&mut self, share: &Share) -> Result<Ended> {
        let mut ended = Ended::default();
        for item in &share.items {
            let is_marked = match share.scope() {
                Some((Kind::Secret, _)) => self.mark_exposed::<Secret>(&item.name.parse()?, item.uid)?,
                _ => self.mark_exposed::<Parameter>(&item.name.parse()?, item.uid)?,
            };
            let names = if is_marked { &mut ended.marked } else { &mut ended.unmarked };
            names.push(item.name.clone());
        }
        Ok(ended)
    }

    /// Ends the shares with members, and those that they made; with a key, only those of what it governs.
    pub(super) fn end_shares_of(&mut self, members: &[MemberName], key: Option<&KeyName>) -> Result<()> {
        let trust = self.trust();
        let is_theirs = |name: &str| members.iter().any(|member| member.as_str() == name);
        for share in self.shares()?.found {
            if key.is_some_and(|key| share.keys(&trust).iter().all(|it| it.name != *key)) {
                continue;
            }
            let author = share.head.extra.get(AUTHOR).map_or(share.head.by.as_str(), String::as_str);
            if is_theirs(author) || share.to.member.as_ref().is_some_and(|member| is_theirs(member.as_str())) {
                self.end_here(&share)?;
            } else if key.is_some() && is_theirs(share.head.by.as_str()) {
                self.sign_share(&share)?;
            }
        }
        self.publish()
    }

    /// Re-signs the shares that a member signed last.
    pub(super) fn sign_shares_instead_of(&mut self, name: &MemberName) -> Result<()> {
        for share in self.shares()?.found.iter().filter(|share| share.head.by == *name) {
            self.sign_share(share)?;
        }
        self.publish()
    }

    /// Signs a share in the name of the current member; one who may not ends it.
    fn sign_share(&mut self, share: &Share) -> Result<()> {
        if !self.may_share(share)? {
            return self.end_here(share);
        }
        let before = self.load::<Share>(&share_path(share.id))?;
        self.put(before.as_ref(), share.clone()).map(drop)
    }

    fn end_here(&mut self, share: &Share) -> Result<()> {
        let Some(before) = self.load::<Share>(&share_path(share.id))? else { return Ok(()) };
        self.end(&before)?;
        self.ledger.notice(Notice::ShareEnded { name: share.name.clone(), to: share.to.to_string() });
        Ok(())
    }
}
