//! Signing keys of identities that have none of their own: SSH keys, plugins, hardware (FORMAT.md, derivations).
//!
//! One random Ed25519 key per vault, in `signing/<vault-id>.age` in the configuration directory, encrypted to its
//! owner's own recipients. That works for every kind of recipient. The payload is the 32-byte seed in base64.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use rand::{CryptoRng, RngCore};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::agefile::MAX_FILE;
use crate::crypto::identity::Identity;
use crate::crypto::recipient::Recipient;
use crate::crypto::sign::SigningKey;
use crate::crypto::wrap::{self, WrapError};
use crate::machine::private::{self, Overwrite, PrivateError};
use crate::model::id::VaultId;

const DIRECTORY: &str = "signing";
/// The maximum size of such a file, in bytes: that of a wrap.
const SIZE_LIMIT: usize = MAX_FILE;

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningError {
    /// The file.
    #[error("no signing key: {0}")]
    File(#[from] PrivateError),
    /// It was not opened or not created.
    #[error("the signing key in `{}`: {cause}", .path.display())]
    Wrap { path: PathBuf, cause: WrapError },
    /// It was opened, but contains something else.
    #[error("`{}` does not hold a signing key", .path.display())]
    Content { path: PathBuf },
}

/// Where the signing key for a vault is kept.
pub(crate) fn path(config_directory: &Path, vault: VaultId) -> PathBuf {
    config_directory.join(DIRECTORY).join(format!("{vault}.age"))
}

/// The file of a signing key, unopened, if there is one.
pub(super) fn sealed(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateError> {
    match private::read_private(path, SIZE_LIMIT) {
        Err(PrivateError::Absent { .. }) => Ok(None),
        read => read.map(Some),
    }
}

/// The signing key for that vault, opened with the identity it belongs to.
pub(crate) fn load(config_directory: &Path, vault: VaultId, identity: &Identity) -> Result<SigningKey, SigningError> {
    let path = path(config_directory, vault);
    let file = private::read_private(&path, SIZE_LIMIT)?;
    let armored = std::str::from_utf8(&file).map_err(|_| SigningError::Content { path: path.clone() })?;
    let text = wrap::unwrap(armored, identity).map_err(|cause| SigningError::Wrap { path: path.clone(), cause })?;
    let seed = decode(&text).ok_or(SigningError::Content { path })?;
    Ok(SigningKey::from_seed(&seed))
}

/// A new signing key for that vault, encrypted to its owner's recipients and read back before it is returned.
///
/// An existing key is never replaced: everything signed with it would lose its author.
pub(crate) fn create(
    config_directory: &Path,
    vault: VaultId,
    recipients: &[Recipient],
    identity: &Identity,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<SigningKey, SigningError> {
    let key = SigningKey::generate(rng);
    store(config_directory, vault, &key, recipients, identity)?;
    Ok(key)
}

/// Stores a signing key for that vault, with the same guarantees as [`create`]: for a founder, whose key is in the
/// genesis before the vault has an id.
pub(crate) fn store(
    config_directory: &Path,
    vault: VaultId,
    key: &SigningKey,
    recipients: &[Recipient],
    identity: &Identity,
) -> Result<(), SigningError> {
    let path = path(config_directory, vault);
    let text = encode(key);
    let armored = wrap::wrap(recipients, &text).map_err(|cause| SigningError::Wrap { path: path.clone(), cause })?;
    private::write_private(&path, armored.as_bytes(), Overwrite::Refuse)?;
    match load(config_directory, vault, identity) {
        Ok(read) if bool::from(read.seed().ct_eq(&*key.seed())) => Ok(()),
        read => {
            // Nothing was signed with it yet, and nobody could open it later.
            let _ = std::fs::remove_file(&path);
            Err(read.err().unwrap_or(SigningError::Content { path }))
        }
    }
}

fn encode(key: &SigningKey) -> Zeroizing<Vec<u8>> {
    let seed = key.seed();
    let mut text = Zeroizing::new(vec![0; BASE64.encode_len(seed.len())]);
    BASE64.encode_mut(&*seed, &mut text);
    text
}

fn decode(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let text = text.trim_ascii_end();
    let mut decoded = Zeroizing::new(vec![0; BASE64.decode_len(text.len()).ok()?]);
    let length = BASE64.decode_mut(text, &mut decoded).ok()?;
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(decoded.get(..length).filter(|bytes| bytes.len() == 32)?);
    Some(seed)
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::crypto::recipient::RecipientPolicy;

    const VAULT: VaultId = VaultId([7; 32]);

    fn person() -> (Identity, Vec<Recipient>) {
        let (identity, _) = Identity::generate();
        let parsed = |text: &String| Recipient::parse(text, &RecipientPolicy::default()).unwrap();
        let recipients = identity.recipients().iter().map(parsed).collect();
        (identity, recipients)
    }

    #[test]
    fn a_key_is_the_same_when_it_is_read_again() {
        let home = tempfile::tempdir().unwrap();
        let (identity, recipients) = person();
        let made = create(home.path(), VAULT, &recipients, &identity, &mut OsRng).unwrap();
        let read = load(home.path(), VAULT, &identity).unwrap();
        assert_eq!(made.public().bytes(), read.public().bytes());
    }

    #[test]
    fn an_existing_key_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let (identity, recipients) = person();
        let made = create(home.path(), VAULT, &recipients, &identity, &mut OsRng).unwrap();
        let again = create(home.path(), VAULT, &recipients, &identity, &mut OsRng);
        assert!(matches!(again, Err(SigningError::File(PrivateError::Exists { .. }))));
        assert_eq!(load(home.path(), VAULT, &identity).unwrap().public().bytes(), made.public().bytes());
    }

    #[test]
    fn a_key_that_its_owner_cannot_open_is_not_left_behind() {
        let home = tempfile::tempdir().unwrap();
        let (_, foreign) = person();
        let (identity, _) = person();
        let made = create(home.path(), VAULT, &foreign, &identity, &mut OsRng);
        assert!(matches!(made, Err(SigningError::Wrap { cause: WrapError::NotARecipient, .. })));
        assert!(!path(home.path(), VAULT).exists());
    }

    #[test]
    fn other_content_is_refused_without_showing_it() {
        let home = tempfile::tempdir().unwrap();
        let (identity, recipients) = person();
        for content in ["", "CANARY", "AAAA", &"A".repeat(48)] {
            let armored = wrap::wrap(&recipients, content.as_bytes()).unwrap();
            private::write_private(&path(home.path(), VAULT), armored.as_bytes(), Overwrite::Replace).unwrap();
            let error = load(home.path(), VAULT, &identity).err().unwrap();
            assert!(matches!(error, SigningError::Content { .. }));
            assert!(!format!("{error} {error:?}").contains("CANARY"));
        }
    }
}
