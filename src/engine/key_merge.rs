//! Merging the key documents of two branches: the wraps of both sides, signed by an admin.
//!
//! Who reads a key is not decided here but by the trust chain, so no side can bring anybody back. If both sides wrapped a
//! version anew, it is wrapped again, which requires an admin who is a reader.

use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::merge::MergeOutcome;
use super::side::{Sides, States};
use super::vault::Vault;
use super::wrapping::readers_prints;
use crate::crypto::key::KeyMaterial;
use crate::crypto::recipient::RecipientPolicy;
use crate::model::key::{Key, KeyDocument};
use crate::model::merge::{Conflict, Merged, MergedKey, Side, merge_keys};
use crate::model::name::MemberName;

impl Vault<'_> {
    pub(super) fn merge_key(
        &self,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
        policy: Option<&RecipientPolicy>,
    ) -> Result<MergeOutcome> {
        self.require_admin()?;
        let States { base, ours, theirs } = self.states::<KeyDocument>(path, sides, prefer)?;
        let merged = match merge_keys(base.as_ref(), &ours, &theirs, prefer) {
            Ok(merged) => merged,
            Err(conflicts) => return Ok(MergeOutcome::Conflicts(conflicts)),
        };
        let Merged { document: MergedKey { mut document, both }, mut notes } = merged;
        let key = self.stated(&document)?;
        let expected = readers_prints(&self.trust(), &key);
        for number in both {
            let fits = |side: &&KeyDocument| side.wrap(number).is_some_and(|wrap| wrap.recipients == expected);
            match ([&ours, &theirs].into_iter().find(fits).and_then(|side| side.wrap(number)), policy) {
                (Some(wrap), _) => document.put(wrap.clone()),
                (None, None) => return Ok(wrapped_later()),
                (None, Some(policy)) => match self.opened_in(&key, &[&ours, &theirs], number) {
                    Ok(material) => {
                        let wrapper = self.wrapper(self.trust().trust.clone(), policy);
                        document.put(wrapper.wrap(&key, number, &material)?);
                        notes.push(format!("wrapped for {}", listed(&key.readers)));
                    }
                    Err(Error::NotAReader { .. } | Error::Key(VaultKeyError::NotWrapped(_))) => {
                        return Ok(takes_a_reader(&key.readers));
                    }
                    // Not a version that the trust chain lists: nobody uses it.
                    Err(_) if key.version(number).is_none() => {}
                    Err(error) => return Err(error),
                },
            }
        }
        notes.dedup();
        Ok(MergeOutcome::Merged { bytes: self.signed_merge(path, document)?, notes })
    }

    /// The document of a key whose signer lost permission: with every version that the trust chain lists wrapped again,
    /// because the signer may have wrapped for others too. Versions come from it and from the last trusted state.
    pub(super) fn wrapped_anew(
        &self,
        trusted: Option<&KeyDocument>,
        late: &KeyDocument,
        policy: &RecipientPolicy,
    ) -> Result<KeyDocument> {
        let key = self.stated(late)?;
        let sides: Vec<&KeyDocument> = trusted.into_iter().chain([late]).collect();
        let mut document = late.clone();
        for other in trusted.into_iter().flat_map(|it| &it.wraps) {
            if document.wrap(other.number).is_none() {
                document.put(other.clone());
            }
        }
        self.require_every_wrap(&document)?;
        let wrapper = self.wrapper(self.trust().trust.clone(), policy);
        for version in key.openable() {
            let material = self.opened_in(&key, &sides, version.number)?;
            document.put(wrapper.wrap(&key, version.number, &material)?);
        }
        Ok(document)
    }

    /// A version as one of the sides lets this member open it.
    fn opened_in(&self, key: &Key, sides: &[&KeyDocument], number: u64) -> Result<KeyMaterial> {
        let mut refused = Error::Internal("a version of a merged key is on neither side");
        for wrap in sides.iter().filter_map(|side| side.wrap(number)) {
            match self.open_wrap(key, wrap) {
                Ok(material) => return Ok(material),
                Err(error) => refused = error,
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
    let why = "both sides wrapped it anew, which requires an admin who is a reader";
    MergeOutcome::Conflicts(vec![Conflict::new(format!("{why}: {}", listed(readers)))])
}

fn listed(names: &[MemberName]) -> String {
    names.iter().map(MemberName::as_str).collect::<Vec<_>>().join(", ")
}
