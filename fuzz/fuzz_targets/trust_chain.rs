//! F7: the walk along the trust chain. The input is cut into snapshots 2, 3, …; a snapshot is taken as it is, or made to
//! follow the one before and signed by the founder, so that the rules behind the signature are reached. Nothing panics,
//! and a chain that is accepted ends at the snapshot it says, signed and with an admin who can go on. No snapshot of format 1
//! comes after one of format 2, and the current version of each key is one of its list.

#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use vault::crypto::framing::{document_message, sha256};
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::recipient::RecipientPolicy;
use vault::crypto::sign::SigningKey;
use vault::engine::{ChainSource, OpenOptions, Purpose, Vault};
use vault::format::path::trust_path;
use vault::format::{trailer, vault_yaml};
use vault::model::freshness::Freshness;
use vault::model::id::VaultId;

const VAULT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";
const GENESIS: &[u8] = include_bytes!("../../tests/fixture/vault/trust/000001.yaml");
const ALICE: &str = include_str!("../../tests/fixture/ids/alice.txt");
/// Between two snapshots of an input.
const CUT: &str = "\n%%\n";
/// A snapshot that begins so is made to follow and signed.
const HONEST: &str = "+";

struct Place {
    _directory: TempDir,
    root: std::path::PathBuf,
    id: VaultId,
    founder: SigningKey,
}

thread_local! {
    static PLACE: Place = place();
}

fn place() -> Place {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let root = directory.path().join("vault");
    let id: VaultId = VAULT.parse().unwrap();
    fs::create_dir_all(root.join("trust")).unwrap();
    fs::write(root.join(vault_yaml::PATH), vault_yaml::write(&id)).unwrap();
    fs::write(root.join(trust_path(1)), GENESIS).unwrap();
    let identity = Identity::parse(ALICE, &RecipientPolicy::default(), NoPrompt).unwrap();
    Place { root, id, founder: identity.signing_key().unwrap(), _directory: directory }
}

/// The body with the fields that tie it to the chain set right, signed by the founder.
fn honest(place: &Place, body: &str, rev: u64, before: &[u8]) -> Vec<u8> {
    let prev: String = sha256(before).iter().map(|byte| format!("{byte:02x}")).collect();
    let fixed = |line: &str| match line.split(':').next() {
        Some("vault") => format!("vault: \"{VAULT}\"\n"),
        Some("rev") => format!("rev: {rev}\n"),
        Some("prev") => format!("prev: \"{prev}\"\n"),
        _ => format!("{line}\n"),
    };
    let body: String = body.lines().map(fixed).collect();
    let path = trust_path(rev);
    let signature = place.founder.sign(&document_message(&place.id.0, &path, body.as_bytes()));
    trailer::join(&body, &"alice".parse().unwrap(), &place.founder.public().fingerprint(), &signature)
}

fn write_chain(place: &Place, text: &str) -> u64 {
    let (mut before, mut rev) = (GENESIS.to_vec(), 1);
    for snapshot in text.split(CUT).take(4) {
        rev += 1;
        before = match snapshot.strip_prefix(HONEST) {
            Some(body) => honest(place, body, rev, &before),
            None => snapshot.as_bytes().to_vec(),
        };
        fs::write(place.root.join(trust_path(rev)), &before).unwrap();
    }
    rev
}

fn open(root: &Path, id: VaultId, is_old: bool) -> Option<u64> {
    let state = root.with_file_name("state");
    let _ = fs::remove_dir_all(&state);
    let unlocker = Box::new(|_| Err("no identity is needed to follow a chain".into()));
    let options = OpenOptions {
        root: root.to_owned(),
        state,
        expected: Some(id.into()),
        accepted: None,
        chain: ChainSource::Verified,
        dry_run: true,
        purpose: Purpose::default(),
        strictness: Box::new(|| Freshness::Warn),
        unlocker,
    };
    let vault = Vault::open(options).ok()?;
    assert!(vault.trust().members.iter().any(|member| member.role == vault::model::trust::Role::Admin));
    let trust = vault.trust();
    let old = vault::model::format::Format::V1;
    assert!(trust.format != old || is_old, "a snapshot of format 1 after one of format 2");
    assert!(trust.keys.iter().all(|key| trust.format == old || key.version(key.current).is_some()));
    Some(trust.rev)
}

fuzz_target!(|text: &str| {
    PLACE.with(|place| {
        let last = write_chain(place, text);
        let is_old = (2..=last).all(|rev| {
            let snapshot = fs::read(place.root.join(trust_path(rev))).unwrap();
            !snapshot.starts_with(b"format: \"vault/v2\"")
        });
        let end = open(&place.root, place.id, is_old);
        for rev in 2..=last {
            fs::remove_file(place.root.join(trust_path(rev))).unwrap();
        }
        assert!(end.is_none_or(|end| end <= last), "it ends behind its last snapshot");
        let bare = text.split(CUT).take(4).all(|snapshot| !snapshot.starts_with(HONEST));
        assert!(!bare || end.is_none(), "a chain that nobody signed");
    });
});
