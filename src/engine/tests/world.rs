//! The harness: a vault in memory, and members of it, each with a machine of their own.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::rigged::Rigged;
use crate::crypto::identity::{Identity, NoPrompt};
use crate::crypto::recipient::RecipientPolicy;
use crate::engine::credentials::Unlocker;
use crate::engine::{
    ChainSource, CheckpointDemand, Credentials, Masks, NewSecret, NewValue, NewVault, NewVaultSpec, OpenOptions,
    Purpose, Put, Received, Rights, Vault,
};
use crate::format::path::{parameter_path, secret_path};
use crate::model::format::Format;
use crate::model::freshness::Freshness;
use crate::model::id::VaultId;
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::{Overwrite, ParameterType, PutRequest};
use crate::model::request::Request;
use crate::model::team::Return;
use crate::model::time::Timestamp;
use crate::model::trust::{Role, Scope};
use crate::model::value::SecretValue;
use crate::store::{Directory, Files, Memory};

/// When everything happens.
pub(super) fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

pub(super) fn policy() -> RecipientPolicy {
    RecipientPolicy::default()
}

/// A vault in memory that `alice` has founded.
pub(super) struct World {
    pub(super) files: Arc<Memory>,
    pub(super) alice: Person,
    id: VaultId,
    machines: TempDir,
}

/// A member, and what opens their keys.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) name: String,
    identity: Zeroizing<String>,
}

impl World {
    pub(super) fn new() -> World {
        let alice = Person::new("alice");
        let identity = alice.identity();
        let spec = NewVaultSpec {
            label: "test".into(),
            member: "alice".parse().unwrap(),
            recipients: identity.recipients(),
            signing: &identity.signing_key().unwrap(),
            policy: &policy(),
            recovery: None,
            now: now(),
        };
        let new = NewVault::create(&spec).unwrap();
        let (id, files) = (new.id(), Arc::new(Memory::new("test", new.files)));
        World { files, alice, id, machines: tempfile::tempdir().unwrap() }
    }

    /// A copy of the vault, in which others work until what they did comes here.
    pub(super) fn clone_elsewhere(&self) -> World {
        self.with(self.files.paths().into_iter().map(|path| (path.clone(), self.files.get(&path).unwrap())))
    }

    /// The same vault with these files, on machines that have seen nothing.
    pub(super) fn with(&self, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> World {
        let files = Arc::new(Memory::new("test", files));
        World { files, alice: self.alice.clone(), id: self.id, machines: tempfile::tempdir().unwrap() }
    }

    /// Lets somebody in who writes everywhere and reads the first key, or no key.
    pub(super) fn join(&self, name: &str, keys: &[&str]) -> Person {
        let person = Person::new(name);
        let vault = self.open(&self.alice);
        vault.add_member(&person.request(), &reader_of(keys), &policy(), now()).unwrap();
        person
    }

    /// The vault, opened by a member on their machine.
    pub(super) fn open(&self, who: &Person) -> Vault<'static> {
        self.open_at(who, ChainSource::Verified)
    }

    /// The same at some trust chain.
    pub(super) fn open_at(&self, who: &Person, chain: ChainSource) -> Vault<'static> {
        self.open_files(Rigged::sound(&self.files), who, chain, false)
    }

    /// The same for a dry run.
    pub(super) fn rehearse(&self, who: &Person) -> Vault<'static> {
        self.open_files(Rigged::sound(&self.files), who, ChainSource::Verified, true)
    }

    /// The same on files of some kind.
    pub(super) fn open_on(&self, files: Rigged, who: &Person) -> Vault<'static> {
        self.open_files(files, who, ChainSource::Verified, false)
    }

    /// The vault in a directory, into which its files are written.
    pub(super) fn open_in(&self, path: &Path) -> Vault<'static> {
        let directory = Directory::create(path).unwrap();
        for file in self.files.paths() {
            directory.replace(&file, &self.files.get(&file).unwrap()).unwrap();
        }
        self.open_files(directory, &self.alice, ChainSource::Verified, false)
    }

    fn open_files(
        &self,
        files: impl Files + 'static,
        who: &Person,
        chain: ChainSource,
        dry_run: bool,
    ) -> Vault<'static> {
        let options = OpenOptions {
            root: "nowhere".into(),
            state: self.machines.path().join(&who.name),
            expected: Some(self.id.into()),
            accepted: None,
            chain,
            dry_run,
            unlocker: who.unlocker(),
            purpose: Purpose { clock: Some(now), ..Purpose::default() },
            strictness: Box::new(|| Freshness::Warn),
        };
        Vault::open_files(Box::new(files), options).unwrap()
    }

    /// What is shared with somebody, as they see it who opens the vault anew.
    pub(super) fn shares(&self) -> Vec<crate::model::share::Share> {
        self.open(&self.alice).shares().unwrap().whole().unwrap()
    }

    /// Fails unless everything is valid and opens.
    pub(super) fn assert_valid(&self) {
        let report = self.open(&self.alice).verify(CheckpointDemand::IfPresent, |_| {}).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
}

impl Person {
    pub(super) fn new(name: &str) -> Person {
        Person { name: name.to_owned(), identity: Identity::generate().1 }
    }

    pub(super) fn identity(&self) -> Identity {
        Identity::parse(&self.identity, &policy(), NoPrompt).unwrap()
    }

    /// What an admin gets from somebody who wants to join, or has new keys.
    pub(super) fn request(&self) -> Received {
        let identity = self.identity();
        let request = Request {
            format: Format::CURRENT,
            name: self.name.parse().unwrap(),
            created: now(),
            sign: identity.signing_key().unwrap().public().bytes(),
            recipients: identity.recipients(),
        };
        Received { request, fingerprint: [0; 16] }
    }

    fn unlocker(&self) -> Unlocker<'static> {
        let who = self.clone();
        Box::new(move |_| Ok(Credentials::native(who.identity())))
    }
}

/// The rights of somebody who writes everywhere and reads these keys.
pub(super) fn reader_of(keys: &[&str]) -> Rights {
    let read = keys.iter().map(|key| key.parse().unwrap()).collect();
    Rights { role: Role::Member, write: vec![Scope::All], read, back: Return::Refused }
}

pub(super) fn parameter(name: &str) -> ParameterName {
    name.parse().unwrap()
}

pub(super) fn secret(name: &str) -> SecretName {
    name.parse().unwrap()
}

pub(super) fn parameter_at(name: &str) -> String {
    parameter_path(&parameter(name)).unwrap()
}

pub(super) fn secret_at(name: &str) -> String {
    secret_path(&secret(name)).unwrap()
}

/// A `SecureString` that is made, or gets another version.
pub(super) fn secure(name: &str, value: &str) -> Put {
    let request =
        PutRequest { kind: Some(ParameterType::SecureString), overwrite: Overwrite::Replace, ..PutRequest::default() };
    Put { name: parameter(name), value: text(value), request }
}

pub(super) fn put(vault: &Vault<'_>, name: &str, value: &str) {
    vault.put_parameter(&secure(name, value), now()).unwrap();
}

pub(super) fn text(value: &str) -> SecretValue {
    SecretValue::from_text(value.to_owned())
}

pub(super) fn new_value(value: &str) -> NewValue {
    NewValue { value: text(value), binary: false, masks: Masks::Refuse }
}

pub(super) fn new_secret(value: &str) -> NewSecret {
    NewSecret { value: Some(new_value(value)), ..NewSecret::default() }
}

/// The values of all versions of a parameter, the oldest first.
pub(super) fn values(vault: &Vault<'_>, name: &str) -> Vec<String> {
    let parameter = vault.parameter(&parameter(name), now()).unwrap();
    let reveal = |version| vault.reveal(&parameter, version).unwrap().reveal_text().unwrap().to_owned();
    parameter.versions.iter().map(reveal).collect()
}

/// The revision of a parameter's document.
pub(super) fn revision(vault: &Vault<'_>, name: &str) -> u64 {
    vault.parameter(&parameter(name), now()).unwrap().head.rev
}
