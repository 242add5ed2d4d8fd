//! Merging the key documents of two branches: every version of both sides, wrapped for exactly the readers of both.
//!
//! Signed by an admin. If both sides changed the readers, its versions are wrapped again, which requires an admin who
//! is a reader. Versions that a former reader could open on either side are tainted, as after a removal.

use super::document::Document;
use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::merge::MergeOutcome;
use super::side::{Sides, States};
use super::vault::Vault;
use crate::crypto::key::KeyMaterial;
use crate::crypto::recipient::RecipientPolicy;
use crate::model::key::{Key, KeyState};
use crate::model::merge::{Conflict, Merged, MergedKey, Side, merge_keys};
use crate::model::name::MemberName;
use crate::model::time::Timestamp;

impl Vault<'_> {
    pub(super) fn merge_key(
        &self,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
        policy: Option<&RecipientPolicy>,
    ) -> Result<MergeOutcome> {
        self.require_admin()?;
        let States { base, ours, theirs } = self.states::<Key>(path, sides, prefer)?;
        if base.is_none() {
            // The merged readers are then those of both sides, so neither may be from before a reader was revoked.
            [&ours, &theirs].into_iter().try_for_each(|side| side.check_floor(&self.trust()))?;
        }
        let merged = match merge_keys(base.as_ref(), &ours, &theirs, prefer) {
            Ok(merged) => merged,
            Err(conflicts) => return Ok(MergeOutcome::Conflicts(conflicts)),
        };
        let Merged { document: MergedKey { mut key, left }, mut notes } = merged;
        key.check_floor(&self.trust())?;
        let side = wraps(&key, base.as_ref(), &ours, &theirs);
        let left = self.without_strangers(&mut key, left);
        taint(&mut key, &[&ours, &theirs], &left);
        let is_outdated = key.current < key.untainted_from();
        match (side.filter(|side| side.readers.len() == key.readers.len()), policy) {
            (Some(side), _) if !is_outdated => take_wraps(&mut key, side),
            (_, None) => return Ok(wrapped_later()),
            (_, Some(policy)) => match self.rewrap(&mut key, &[&ours, &theirs], policy) {
                Err(Error::NotAReader { readers, .. }) => return Ok(takes_a_reader(&readers)),
                done => done.map(|()| notes.push(format!("wrapped for {}", listed(&key.readers))))?,
            },
        }
        if let Some(policy) = policy.filter(|_| is_outdated) {
            let modified = key.head.modified;
            notes.push(self.renewed(&mut key, &left, policy, modified)?);
        }
        Ok(MergeOutcome::Merged { bytes: self.signed_merge(path, key)?, notes })
    }

    /// A key whose signer lost permission, as a change to its last trusted state.
    ///
    /// Its wraps are not reused, because their creator may have wrapped for others too; and what its signer could open
    /// is tainted unless they are still a reader.
    pub(super) fn merged_late(
        &self,
        trusted: Option<&Key>,
        late: &Key,
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<(Key, Vec<String>)> {
        let before = trusted.unwrap_or(late);
        // Readers in a document from before the floor may have been revoked since.
        let is_outdated = late.check_floor(&self.trust()).is_err();
        let is_news = |reader: &&MemberName| is_outdated && !before.readers.contains(reader);
        let (news, kept): (Vec<_>, Vec<_>) = late.readers.iter().partition(is_news);
        let vetted = Key { readers: kept.into_iter().cloned().collect(), ..late.clone() };
        let merged = merge_keys(Some(before), before, &vetted, None);
        let merged = merged.map_err(|_| VaultKeyError::OtherVersion(late.name.clone()))?;
        let Merged { document: MergedKey { mut key, left }, .. } = merged;
        let left = left.into_iter().chain(news.into_iter().cloned()).collect();
        let mut left = self.without_strangers(&mut key, left);
        let signer = &late.head.by;
        if !key.readers.contains(signer) && !left.contains(signer) {
            left.push(signer.clone());
        }
        let readers = late.readers.iter().chain([signer]).cloned().collect();
        taint(&mut key, &[before, &Key { readers, ..late.clone() }], &left);
        self.rewrap(&mut key, &[before, late], policy)?;
        let mut notes = vec![format!("wrapped for {}", listed(&key.readers))];
        if key.current < key.untainted_from() {
            notes.push(self.renewed(&mut key, &left, policy, now)?);
        }
        Ok((key, notes))
    }

    /// Removes readers that the trust chain does not know from a key, and adds them to the former readers.
    fn without_strangers(&self, key: &mut Key, left: Vec<MemberName>) -> Vec<MemberName> {
        let names = key.readers.clone();
        let trust = self.trust();
        key.readers.retain(|reader| trust.member(reader).is_some());
        let gone = names.into_iter().filter(|name| !key.readers.contains(name));
        left.into_iter().chain(gone).collect()
    }

    /// Adds a version to a key that no former reader can open. Returns notes for the user.
    fn renewed(&self, key: &mut Key, left: &[MemberName], policy: &RecipientPolicy, at: Timestamp) -> Result<String> {
        self.wrapper(self.trust().trust.clone(), policy).add_version(key, at)?;
        Ok(format!("version {} is new: {} could open the others", key.current, listed(left)))
    }

    fn rewrap(&self, key: &mut Key, sides: &[&Key], policy: &RecipientPolicy) -> Result<()> {
        for at in 0..key.versions.len() {
            if key.versions[at].state != KeyState::Destroyed {
                let material = self.opened_in(sides, key.versions[at].number, &key.versions[at].check)?;
                key.versions[at].wrapped = self.wrapper(self.trust().trust.clone(), policy).wrapped(key, &material)?;
            }
        }
        Ok(())
    }

    /// A version as one of the sides lets this member open it.
    fn opened_in(&self, sides: &[&Key], number: u64, check: &[u8; 16]) -> Result<KeyMaterial> {
        let mut refused = Error::Internal("a version of a merged key is on neither side");
        for side in sides {
            if side.version(number).is_some_and(|version| version.check == *check) {
                match self.open_version(side, number) {
                    Ok(material) => return Ok(material),
                    Err(error) => refused = error,
                }
            }
        }
        Err(refused)
    }
}

fn wrapped_later() -> MergeOutcome {
    let why = "its readers changed; run `vault resolve` after the merge to wrap it for everybody";
    MergeOutcome::Conflicts(vec![Conflict::new(why)])
}

fn takes_a_reader(readers: &[MemberName]) -> MergeOutcome {
    let why = "both sides changed its readers, which requires an admin who is one";
    MergeOutcome::Conflicts(vec![Conflict::new(format!("{why}: {}", listed(readers)))])
}

/// Taints the versions that a former reader could open on one side.
fn taint(key: &mut Key, sides: &[&Key], left: &[MemberName]) {
    let reason = format!("{} not for {} after a merge", key.head.modified, listed(left));
    for version in key.versions.iter_mut().filter(|version| version.state == KeyState::Enabled) {
        let known = |side: &&&Key| side.version(version.number).is_some_and(|other| other.check == version.check);
        let mut opened = sides.iter().filter(known).flat_map(|side| &side.readers);
        if opened.any(|reader| left.contains(reader)) {
            version.state = KeyState::Tainted;
            version.taint.clone_from(&reason);
        }
    }
}

/// The side whose wraps are correct for the merged key: the only one that changed any, with exactly its readers.
fn wraps<'a>(key: &Key, base: Option<&Key>, ours: &'a Key, theirs: &'a Key) -> Option<&'a Key> {
    let wrapped = |key: &Key| {
        let versions = key.versions.iter().map(|version| (version.number, version.check, version.wrapped.clone()));
        versions.collect::<Vec<_>>()
    };
    let has_all = |side: &Key| {
        let known = |number, check| side.version(number).is_some_and(|version| version.check == check);
        side.readers.len() == key.readers.len()
            && key.readers.iter().all(|reader| side.readers.contains(reader))
            && key.versions.iter().all(|version| known(version.number, version.check))
    };
    let unchanged =
        |side: &Key| base.is_some_and(|base| wrapped(base) == wrapped(side)) || wrapped(ours) == wrapped(theirs);
    [(ours, theirs), (theirs, ours)]
        .into_iter()
        .find(|(side, other)| has_all(side) && unchanged(other))
        .map(|(it, _)| it)
}

fn take_wraps(key: &mut Key, side: &Key) {
    for version in &mut key.versions {
        if let Some(other) = side.version(version.number) {
            version.wrapped.clone_from(&other.wrapped);
        }
    }
}

fn listed(names: &[MemberName]) -> String {
    names.iter().map(MemberName::as_str).collect::<Vec<_>>().join(", ")
}
