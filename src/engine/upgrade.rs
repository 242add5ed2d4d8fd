//! From format 1 to format 2 (FORMAT.md, from version 1 to 2).
//!
//! Everything is verified first. The vault is valid after each step, and a second run finishes an interrupted one.

use super::checkpoint::Missing;
use super::document::Document;
use super::error::{Error, Result};
use super::vault::Vault;
use super::verify::CheckpointDemand;
use super::wrapping::readers_prints;
use super::writing::Writing;
use crate::format::vault_yaml;
use crate::model::format::Format;
use crate::model::key::{Key, KeyDocument, Wrap};
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::store::Expect;

/// What an upgrade did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Upgraded {
    /// Documents that were signed again.
    pub documents: usize,
    /// Key documents that were written.
    pub keys: usize,
}

impl Vault<'_> {
    /// Whether an upgrade has something to do.
    pub(crate) fn can_upgrade(&self) -> bool {
        let trust = self.trust();
        trust.format < Format::CURRENT || trust.format_floor < Format::CURRENT.number()
    }

    /// Upgrades the vault to the current format, signed by the current member, who must be an admin and may write every
    /// document. `progress` is called with the number of documents verified or signed.
    pub(crate) fn upgrade(&self, now: Timestamp, progress: &mut dyn FnMut(usize)) -> Result<Upgraded> {
        self.require_admin()?;
        let mut writing = self.writing_in_any_format(now)?;
        if !self.can_upgrade() {
            return Ok(Upgraded::default());
        }
        let verification = self.verify(CheckpointDemand::IfPresent, &mut *progress)?;
        if !verification.findings.is_empty() {
            return Err(Error::Unverified(verification.findings));
        }
        let old = self.documents_where(|raw| Format::of_body(raw) < Format::CURRENT)?.whole()?;
        self.require_writer_of(&old)?;
        writing.state_keys()?;
        let keys = writing.write_wraps()?;
        let documents = writing.rewrite(&old, |_, _| Ok(true), &mut *progress)?;
        if self.has_checkpoint()? {
            writing.sign_checkpoint(Missing::Refused, None, &mut *progress)?;
        }
        writing.put_file(vault_yaml::PATH, vault_yaml::write(&self.id).into_bytes(), Expect::Any);
        writing.publish()?;
        // The last step: without it, a second run finishes.
        let trust = self.trust().trust.clone();
        writing.append_snapshot(Trust { format_floor: Format::CURRENT.number(), ..trust })?;
        Ok(Upgraded { documents, keys })
    }
}

impl Writing<'_, '_> {
    /// The first snapshot of the new format: it says of the keys what their documents said. From then on it decides.
    fn state_keys(&mut self) -> Result<()> {
        let trust = self.trust();
        if trust.format == Format::CURRENT {
            return Ok(());
        }
        let mut keys = Vec::new();
        for key in &trust.keys {
            let mut stated = (*self.key(&key.name)?).clone();
            // A reader whom the chain does not know could never be wrapped for again.
            stated.readers.retain(|reader| trust.member(reader).is_some());
            keys.push(Key { floor: 1, ..stated });
        }
        self.append_snapshot(Trust { format: Format::CURRENT, keys, ..trust.trust.clone() })
    }

    /// Writes every key document without what the trust chain says now. The wraps stay byte for byte.
    fn write_wraps(&mut self) -> Result<usize> {
        let trust = self.trust();
        let mut written = 0;
        for key in &trust.keys {
            let before = self.key_document(&key.name)?;
            if before.head().format == Format::CURRENT {
                continue;
            }
            let recipients = readers_prints(&trust, key);
            let wraps = before.wraps.iter().map(|wrap| Wrap { recipients: recipients.clone(), ..wrap.clone() });
            self.put_key(KeyDocument { wraps: wraps.collect(), stated: None, ..(*before).clone() })?;
            written += 1;
        }
        Ok(written)
    }
}
