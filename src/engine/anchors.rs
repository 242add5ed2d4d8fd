//! Anchors: what the logs of uses of this vault's members were, kept in the vault itself, where whoever may write a log
//! on its machine cannot reach every copy.

use std::cmp::Ordering;

use super::document::{Authored, Parsed, elsewhere};
use super::error::{Error, Result};
use super::merge::MergeOutcome;
use super::refused::Checked;
use super::side::Sides;
use super::vault::Vault;
use super::writing::Writing;
use crate::format::caps;
use crate::format::path::{ANCHORS, anchor_path, decode_anchor};
use crate::format::schema::{emit_anchor, parse_anchor};
use crate::machine::Head;
use crate::model::id::{DocId, VaultId};
use crate::model::log_anchor::LogAnchor;
use crate::model::merge::{Conflict, Side};
use crate::model::name::MemberName;
use crate::model::time::Timestamp;
use crate::store::Expect;
use crate::store::files::{Found, Reach};

impl Vault<'_> {
    /// Every anchor that its member signed, also a former one or with a former key: what it said stays true.
    pub(crate) fn anchors(&self) -> Result<Checked<LogAnchor>> {
        let mut anchors = Checked::default();
        self.files.walk(ANCHORS, Reach::Children, |found| match found {
            Found::Document(leaf) if decode_anchor(leaf.path()).is_some() => {
                let raw = leaf.read(caps::SMALL_DOCUMENT)?;
                anchors.take(leaf.path(), self.anchor_in(leaf.path(), &raw).map(Some))
            }
            _ => Ok(()),
        })?;
        anchors.found.sort_by_key(|anchor| anchor.log.0);
        Ok(anchors)
    }

    /// The anchor in the bytes of the file at `path`.
    pub(crate) fn anchor_in(&self, path: &str, raw: &[u8]) -> Result<LogAnchor> {
        let anchor: LogAnchor = self.ancestor(path, raw)?;
        if anchor_path(anchor.log) == path { Ok(anchor) } else { Err(elsewhere(path, &anchor.log.to_string())) }
    }

    /// Anchors the log that ends with `end`, in the name of the current member. Refuses one that is shorter than its anchor, or
    /// another one. Returns nothing if it is anchored like this already.
    pub(crate) fn anchor_log(&self, end: &Head, origin: &str, now: Timestamp) -> Result<Option<LogAnchor>> {
        let member = self.whoami()?.name;
        self.writing(now)?.anchor(end, member, origin)
    }

    /// The longer one of two anchors of one log. Two of the same length that differ are a conflict: the log was rewritten.
    pub(super) fn merge_anchors(&self, path: &str, sides: Sides<'_>, prefer: Option<Side>) -> Result<MergeOutcome> {
        let (ours, theirs) = (self.anchor_in(path, sides.ours)?, self.anchor_in(path, sides.theirs)?);
        let side = match (ours.size.cmp(&theirs.size), prefer) {
            _ if ours.member != theirs.member => return Err(Error::NotMergeable(path.to_owned())),
            (Ordering::Greater, _) => Side::Ours,
            (Ordering::Less, _) => Side::Theirs,
            (Ordering::Equal, _) if ours.hash == theirs.hash => Side::Ours,
            (Ordering::Equal, Some(side)) => side,
            (Ordering::Equal, None) => {
                let what = format!("two logs with the id {} have {} records: one was rewritten", ours.log, ours.size);
                return Ok(MergeOutcome::Conflicts(vec![Conflict::new(what)]));
            }
        };
        let bytes = if side == Side::Ours { sides.ours } else { sides.theirs };
        Ok(MergeOutcome::Merged { bytes: bytes.to_vec(), notes: Vec::new() })
    }
}

impl Writing<'_, '_> {
    fn anchor(&mut self, end: &Head, member: MemberName, origin: &str) -> Result<Option<LogAnchor>> {
        let log: DocId = end.log.parse().map_err(|_| Error::Internal("the log has no id"))?;
        let path = anchor_path(log);
        let raw = self.files.read(&path, caps::SMALL_DOCUMENT)?;
        let before = raw.map(|raw| self.anchor_in(&path, &raw)).transpose()?;
        let head = self.next_head(before.as_ref().map(|before| &before.head), &path, self.now())?;
        let (origin, at) = (origin.to_owned(), self.now());
        let next = LogAnchor { log, head, member, origin, size: end.size, hash: end.hash, at };
        match before {
            Some(before) if next.size == before.size && next.may_follow(&before) => return Ok(None),
            Some(before) if !next.may_follow(&before) => {
                return Err(Error::NotTheAnchored { size: next.size, anchored: before.size, member: before.member });
            }
            _ => {}
        }
        self.put_body(&path, &emit_anchor(&next, &self.id()), Expect::Any)?;
        self.publish()?;
        Ok(Some(next))
    }
}

impl Authored for LogAnchor {
    fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        parse_anchor(body, vault)
    }

    fn author(&self) -> &MemberName {
        &self.head.by
    }
}
