//! The reference vault's trust chain on a disk in memory, opened by alice, who is its admin.

use std::fs;

use tempfile::TempDir;
use vault::crypto::identity::Identity;
use vault::crypto::prompt::NoPrompt;
use vault::crypto::recipient::RecipientPolicy;
use vault::crypto::sign::SigningKey;
use vault::engine::{ChainSource, Credentials, OpenOptions, Vault};
use vault::model::id::VaultId;
use vault::store::path::trust_path;
use vault::store::vault_yaml;

const VAULT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";
const GENESIS: &[u8] = include_bytes!("../../tests/fixture/vault/trust/000001.yaml");
const ALICE: &str = include_str!("../../tests/fixture/ids/alice.txt");

/// An open vault without documents, and the key that alice signs with.
pub struct Place {
    pub vault: Vault<'static>,
    pub alice: SigningKey,
    _directory: TempDir,
}

fn alice() -> Identity {
    Identity::parse(ALICE, &RecipientPolicy::default(), NoPrompt).unwrap()
}

pub fn place() -> Place {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let root = directory.path().join("vault");
    let id: VaultId = VAULT.parse().unwrap();
    fs::create_dir_all(root.join("trust")).unwrap();
    fs::write(root.join(vault_yaml::PATH), vault_yaml::write(&id)).unwrap();
    fs::write(root.join(trust_path(1)), GENESIS).unwrap();
    let options = OpenOptions {
        root,
        state: directory.path().join("state"),
        expected: Some(id),
        accepted: None,
        chain: ChainSource::Verified,
        dry_run: false,
        unlocker: Box::new(|_| Ok(Credentials::native(alice()))),
    };
    Place { vault: Vault::open(options).unwrap(), alice: alice().signing_key().unwrap(), _directory: directory }
}
