//! The end of shares: on purpose, and because a member leaves or loses a key. What the receiver knows is marked.

use crate::engine::error::Result;
use crate::engine::ledger::Notice;
use crate::engine::loaded::Loaded;
use crate::engine::writing::Writing;
use crate::format::path::{decode_share, share_path};
use crate::model::name::{KeyName, MemberName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::share::{AUTHOR, Share, Shared};

/// What the end of a share has left to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The names whose value is marked as exposed now.
    pub marked: Vec<String>,
    /// The names that this member may not write: their value is known and not marked.
    pub unmarked: Vec<String>,
}

impl Writing<'_, '_> {
    /// Leaves a tombstone of a share, after the values that its receiver has are marked. Nothing is published yet.
    pub(in crate::engine) fn end(&mut self, before: &Loaded<Share>) -> Result<Ended> {
        let ended = self.mark_items(&before.document)?;
        let mut gone = before.document.clone();
        gone.delete();
        self.put(Some(before), gone)?;
        Ok(ended)
    }

    /// The same for a share that is refused for its signer.
    pub(in crate::engine) fn end_untrusted(&mut self, mut share: Share) -> Result<Ended> {
        let ended = self.mark_items(&share)?;
        share.delete();
        self.put_above(share)?;
        Ok(ended)
    }

    fn mark_items(&mut self, share: &Share) -> Result<Ended> {
        let mut ended = Ended::default();
        let Some(what) = share.what() else { return Ok(ended) };
        for item in &share.items {
            let is_marked = match what {
                Shared::Secret(_) => self.mark_exposed::<Secret>(&item.name.parse()?, item.uid)?,
                Shared::Parameters(_) => self.mark_exposed::<Parameter>(&item.name.parse()?, item.uid)?,
            };
            let names = if is_marked { &mut ended.marked } else { &mut ended.unmarked };
            names.push(item.name.clone());
        }
        Ok(ended)
    }

    /// Ends the shares with members, and those that they made; with a key, only those of what it governs.
    pub(in crate::engine) fn end_shares_of(&mut self, members: &[MemberName], key: Option<&KeyName>) -> Result<()> {
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
        Ok(())
    }

    /// Re-signs the shares that a member signed last, and the tombstones of those that this member ended.
    pub(in crate::engine) fn sign_shares_instead_of(&mut self, name: &MemberName) -> Result<()> {
        for path in self.share_paths()?.iter().filter(|path| decode_share(path).is_some()) {
            if let Ok(Some(Loaded { document: share, .. })) = self.load::<Share>(path)
                && share.head.by == *name
            {
                self.sign_share(&share)?;
            }
        }
        Ok(())
    }

    /// Signs a share in the name of the current member; one who may not ends it.
    fn sign_share(&mut self, share: &Share) -> Result<()> {
        if !share.deleted && !self.may_share(share)? {
            return self.end_here(share);
        }
        let Some(before) = self.load::<Share>(&share_path(share.id))? else { return Ok(()) };
        let as_it_is = before.document.clone();
        self.put(Some(&before), as_it_is)?;
        self.publish()
    }

    fn end_here(&mut self, share: &Share) -> Result<()> {
        let Some(before) = self.load::<Share>(&share_path(share.id))? else { return Ok(()) };
        self.end(&before)?;
        // At once: another share may have a value of the same document, which is marked only once.
        self.publish()?;
        self.ledger.notice(Notice::ShareEnded { name: share.name.clone(), to: share.to.to_string() });
        Ok(())
    }
}
