//! Signatures by formerly valid keys: what a removed member, or a replaced key, signed before.
//!
//! Such a document is never used directly. It serves as an ancestor to compare with, or is shown to a writer, who may
//! re-sign it in their own name.

use super::authority::Verified;
use super::chain::{check_author, check_signature};
use super::document::Authored;
use super::error::{Error, Result};
use super::tampering::Tampering;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::trailer;
use crate::model::name::MemberName;
use crate::model::trust::{Member, Trust};

/// A formerly valid document.
pub(super) struct FormerlySigned<T> {
    pub(super) verified: Verified<T>,
    /// The key that signed it.
    pub(super) key: [u8; 32],
}

impl Vault<'_> {
    /// A common ancestor of two sides, which may have been signed by somebody who was removed since, or with a key that was
    /// replaced. It is only compared with.
    pub(super) fn ancestor<T: Authored>(&self, path: &str, raw: &[u8]) -> Result<T> {
        match self.authority().verify(path, raw.to_vec()) {
            Err(Error::Tampered { reason: Tampering::Former(_) | Tampering::OtherKey(_), .. }) => {
                Ok(self.verify_as_before(path, raw.to_vec())?.verified.document)
            }
            verified => Ok(verified?.document),
        }
    }

    /// A document with a valid signature under a key that some verified snapshot of the chain gives to its signer.
    pub(super) fn verify_as_before<T: Authored>(&self, path: &str, raw: Vec<u8>) -> Result<FormerlySigned<T>> {
        let format = |error| Error::Format { path: path.to_owned(), error };
        let raw = trailer::normalise(raw).map_err(format)?;
        let signed = trailer::split(&raw).map_err(format)?;
        let stranger = Tampering::Stranger(signed.member.to_string());
        let mut refused = Error::Tampered { path: path.to_owned(), reason: stranger };
        for key in self.keys_of(&signed.member)? {
            match check_signature(&self.id, path, &signed, &key) {
                Ok(()) => {
                    let document = T::parse(path, signed.body, &self.id).map_err(format)?;
                    check_author(path, document.author(), &signed)?;
                    let hash = sha256(&raw);
                    return Ok(FormerlySigned { verified: Verified { document, hash, as_read: hash }, key });
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Every signing key that a member of that name ever had.
    fn keys_of(&self, name: &MemberName) -> Result<Vec<[u8; 32]>> {
        let mut keys = Vec::new();
        for trust in self.snapshots()?.iter() {
            for member in trust.members.iter().filter(|member| member.name == *name) {
                if !keys.contains(&member.sign) {
                    keys.push(member.sign);
                }
            }
        }
        Ok(keys)
    }

    /// The last snapshot in which a member passes a test.
    pub(super) fn last_time(&self, test: impl Fn(&Member) -> bool) -> Result<Option<u64>> {
        let was = |trust: &&Trust| trust.members.iter().any(&test);
        Ok(self.snapshots()?.iter().rev().find(was).map(|trust| trust.rev))
    }
}
