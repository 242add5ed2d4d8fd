//! A new vault: genesis, first member, recovery key, first key.

use std::path::Path;

use rand::rngs::OsRng;

use super::credentials::Signer;
use super::error::{Error, Result};
use super::parameters::random;
use super::restore::absolute;
use super::signing::sign;
use super::staging::Staging;
use crate::crypto::framing::{genesis_id, sha256};
use crate::crypto::identity::Identity;
use crate::crypto::key::KeyMaterial;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::sign::SigningKey;
use crate::crypto::wrap::wrap;
use crate::format::path::{key_path, trust_path};
use crate::format::schema::{emit_key, emit_trust};
use crate::format::static_files::STATIC_FILES;
use crate::format::vault_yaml;
use crate::machine::{Pin, Pins, State};
use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::id::{KeyId, VaultId};
use crate::model::key::{Codec, Key, KeyState, KeyVersion, Suite};
use crate::model::name::{KeyName, MemberName};
use crate::model::team::RECOVERY;
use crate::model::time::Timestamp;
use crate::model::trust::{KeyRule, Kind, Member, Role, Scope, Trust};
use crate::store::Directory;

/// What a new vault is made from.
pub(crate) struct NewVaultSpec<'a> {
    /// The name of the vault for people.
    pub label: String,
    /// The first member's name.
    pub member: MemberName,
    /// The first member's recipients.
    pub recipients: Vec<String>,
    /// What the first member signs with.
    pub signing: &'a SigningKey,
    /// Which recipients this machine allows.
    pub policy: &'a RecipientPolicy,
    /// The recovery identity: an admin and a reader of every key. Without it, losing the identity loses the vault.
    pub recovery: Option<&'a Identity>,
    /// When it is created.
    pub now: Timestamp,
}

/// A vault created in memory and not yet written.
pub(crate) struct NewVault {
    id: VaultId,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

const FIRST_KEY: &str = "default";

impl NewVault {
    /// Creates a vault in memory.
    pub(crate) fn create(spec: &NewVaultSpec<'_>) -> Result<NewVault> {
        let (key_id, members) = (KeyId(random()), members(spec)?);
        let trust = genesis(spec, members, key_id)?;
        let body = emit_trust(&trust, &VaultId([0; 32]));
        let id = VaultId(genesis_id(body.as_bytes()));
        let key_body = emit_key(&first_key(spec, &trust, id, key_id)?, &id);
        let texts = STATIC_FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let mut files: Vec<(String, Vec<u8>)> = texts.collect();
        files.push((trust_path(1), signed(spec, id, &trust_path(1), &body)));
        let path = key_path(&trust.keys[0].name);
        files.push((path.clone(), signed(spec, id, &path, &key_body)));
        files.push(("vault.yaml".into(), vault_yaml::write(&id).into_bytes()));
        Ok(NewVault { id, files })
    }

    /// The id of the new vault.
    pub(crate) fn id(&self) -> VaultId {
        self.id
    }

    /// Registers the vault on this machine before it exists, so that a crash cannot leave a vault that its founder must
    /// accept like an unknown one. `state` is the directory of what this machine remembers.
    pub(crate) fn remember(&self, state: &Path, target: &Path) -> Result<()> {
        let place = State::new(state, self.id, &absolute(target));
        let genesis = self.files.iter().find(|(path, _)| *path == trust_path(1));
        let genesis = genesis.ok_or(Error::Internal("the new vault has no genesis"))?;
        Pins::advance(&place, Pin { rev: 1, hash: sha256(&genesis.1) })?;
        Ok(place.remember_place()?)
    }

    /// Writes the vault: complete under another name first, so that a crash leaves no half of one.
    ///
    /// `target` must not exist or be empty; its parent is created if needed.
    pub(crate) fn write(&self, target: &Path) -> Result<()> {
        if target.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::AlreadyThere(target.to_owned()));
        }
        let staging = Staging::beside(target);
        self.write_files(staging.directory())?;
        staging.publish()
    }

    fn write_files(&self, directory: &Path) -> Result<()> {
        let root = Directory::create(directory)?;
        for (path, bytes) in &self.files {
            root.replace(path, bytes)?;
        }
        Ok(())
    }
}

fn members(spec: &NewVaultSpec<'_>) -> Result<Vec<Member>> {
    let founder = Member {
        name: spec.member.clone(),
        role: Role::Admin,
        sign: spec.signing.public().bytes(),
        recipients: spec.recipients.clone(),
        write: vec![Scope::All],
    };
    let recovery = spec.recovery.map(recovery_member).transpose()?;
    Ok(std::iter::once(founder).chain(recovery).collect())
}

fn recovery_member(identity: &Identity) -> Result<Member> {
    let signing = identity.signing_key().ok_or(Error::Internal("the recovery key cannot sign"))?;
    Ok(Member {
        name: RECOVERY.parse()?,
        role: Role::Admin,
        sign: signing.public().bytes(),
        recipients: identity.recipients(),
        write: vec![Scope::All],
    })
}

fn genesis(spec: &NewVaultSpec<'_>, members: Vec<Member>, key_id: KeyId) -> Result<Trust> {
    let everything = |kind, prefix: &str| Scope::Prefix { kind, prefix: prefix.to_owned() };
    Ok(Trust {
        rev: 1,
        prev: None,
        created: spec.now,
        by: spec.member.clone(),
        label: spec.label.clone(),
        format_floor: 1,
        members,
        keys: vec![KeyRule {
            name: FIRST_KEY.parse::<KeyName>()?,
            id: key_id,
            floor: 1,
            scopes: vec![everything(Kind::Parameter, "/"), everything(Kind::Secret, "")],
        }],
        former: Vec::new(),
    })
}

fn first_key(spec: &NewVaultSpec<'_>, trust: &Trust, vault: VaultId, id: KeyId) -> Result<Key> {
    let material = KeyMaterial::generate(&vault.0, &id.0, 1, &mut OsRng);
    let text = material.payload(&vault.to_string());
    let recipients = trust.members.iter().flat_map(|member| &member.recipients);
    let recipients = recipients.map(|text| Recipient::parse(text, spec.policy));
    let recipients: Vec<Recipient> =
        recipients.collect::<std::result::Result<_, _>>().map_err(|error| Error::Unlock(error.into()))?;
    let wrapped =
        wrap(&recipients, text.as_bytes()).map_err(|_| Error::Internal("the first key could not be wrapped"))?;
    let version = KeyVersion {
        number: 1,
        created: spec.now,
        state: KeyState::Enabled,
        taint: String::new(),
        check: material.check(),
        seal: material.seal_recipient(),
        wrapped,
    };
    Ok(Key {
        id,
        name: FIRST_KEY.parse()?,
        head: Head { format: Format::V1, ..Head::new(1, 1, spec.now, spec.member.clone()) },
        description: "Everything".into(),
        codec: Codec::Xc1,
        suite: Suite::Classic,
        current: 1,
        readers: trust.members.iter().map(|member| member.name.clone()).collect(),
        versions: vec![version],
    })
}

fn signed(spec: &NewVaultSpec<'_>, vault: VaultId, path: &str, body: &str) -> Vec<u8> {
    sign(&vault, path, body, &Signer { name: spec.member.clone(), key: spec.signing })
}
