//! The trust chain of the reference vault of format 2 on a disk in memory, opened by alice, who is its admin.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use vault::crypto::identity::Identity;
use vault::crypto::prompt::NoPrompt;
use vault::crypto::recipient::RecipientPolicy;
use vault::crypto::sign::SigningKey;
use vault::engine::{ChainSource, Credentials, OpenOptions, Purpose, Vault};
use vault::format::path::trust_path;
use vault::format::vault_yaml;
use vault::model::freshness::Freshness;
use vault::model::id::VaultId;

const VAULT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";
/// Its snapshots: one of format 1, the others of format 2.
pub const CHAIN: [&[u8]; 7] = [
    include_bytes!("../../tests/fixture/vault2/trust/000001.yaml"),
    include_bytes!("../../tests/fixture/vault2/trust/000002.yaml"),
    include_bytes!("../../tests/fixture/vault2/trust/000003.yaml"),
    include_bytes!("../../tests/fixture/vault2/trust/000004.yaml"),
    include_bytes!("../../tests/fixture/vault2/trust/000005.yaml"),
    include_bytes!("../../tests/fixture/vault2/trust/000006.yaml"),
    include_bytes!("../../tests/fixture/vault2/trust/000007.yaml"),
];
const ALICE: &str = include_str!("../../tests/fixture/ids/alice.txt");

/// An open vault without documents, and the key that alice signs with.
pub struct Place {
    pub vault: Vault<'static>,
    #[allow(dead_code, reason = "one target signs nothing")]
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
    for (rev, snapshot) in (1..).zip(CHAIN) {
        fs::write(root.join(trust_path(rev)), snapshot).unwrap();
    }
    let vault = open(root, ChainSource::Verified);
    Place { vault, alice: alice().signing_key().unwrap(), _directory: directory }
}

/// The same vault once more, at some chain; what was seen before is forgotten.
#[allow(dead_code, reason = "one target is about chains")]
pub fn opened_at(place: &Place, chain: ChainSource) -> Vault<'static> {
    let root = place.vault.path().to_owned();
    let _ = fs::remove_dir_all(root.with_file_name("state"));
    open(root, chain)
}

fn open(root: PathBuf, chain: ChainSource) -> Vault<'static> {
    let options = OpenOptions {
        state: root.with_file_name("state"),
        root,
        expected: Some(VAULT.parse().unwrap()),
        accepted: None,
        chain,
        dry_run: false,
        unlocker: Box::new(|_| Ok(Credentials::native(alice()))),
        purpose: Purpose::default(),
        strictness: Box::new(|| Freshness::Warn),
    };
    Vault::open(options).unwrap()
}
