//! A new vault: genesis, first member, recovery key, first key.

use std::collections::BTreeMap;
use std::path::Path;

use rand::rngs::OsRng;

use super::credentials::Signer;
use super::error::{Error, Result};
use super::key_write::NewKey;
use super::parameters::random;
use super::restore::absolute;
use super::signing::sign;
use super::staging::Staging;
use super::wrapping::{new_number, prints, version_of};
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
use crate::machine::{Pin, Pins, RecordOf, State, TrustRecord, Verified, WholeSnapshot};
use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::id::{KeyId, VaultId};
use crate::model::key::{Codec, Key, KeyDocument, Suite, Wrap};
use crate::model::name::MemberName;
use crate::model::settings::Settings;
use crate::model::team::RECOVERY;
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Member, Role, Scope, Trust};
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
    /// The last snapshot of its trust chain.
    pin: Pin,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

const FIRST_KEY: &str = "default";

impl NewVault {
    /// Creates a vault in memory.
    pub(crate) fn create(spec: &NewVaultSpec<'_>) -> Result<NewVault> {
        let genesis = genesis(spec)?;
        let body = emit_trust(&genesis, &VaultId([0; 32]));
        let id = VaultId(genesis_id(body.as_bytes()));
        let texts = STATIC_FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let mut files: Vec<(String, Vec<u8>)> = texts.collect();
        let (first, second) = (trust_path(1), trust_path(2));
        let signed_genesis = signed(spec, id, &first, &body);
        let (key, document) = first_key(spec, &genesis.members, id)?;
        let trust = Trust { rev: 2, prev: Some(sha256(&signed_genesis)), keys: vec![key], ..genesis };
        let signed_second = signed(spec, id, &second, &emit_trust(&trust, &id));
        let pin = Pin { rev: 2, hash: sha256(&signed_second) };
        files.extend([(first, signed_genesis), (second, signed_second)]);
        let path = key_path(&document.name);
        files.push((path.clone(), signed(spec, id, &path, &emit_key(&document, &id))));
        files.push(("vault.yaml".into(), vault_yaml::write(&id).into_bytes()));
        Ok(NewVault { id, pin, files })
    }

    /// The id of the new vault.
    pub(crate) fn id(&self) -> VaultId {
        self.id
    }

    /// Registers the vault on this machine before it exists, so that a crash cannot leave a vault that its founder must
    /// accept like an unknown one. `state` is the directory of what this machine remembers.
    pub(crate) fn remember(&self, state: &Path, target: &Path) -> Result<()> {
        let place = State::new(state, self.id, &absolute(target));
        let snapshot = |rev| self.files.iter().find(|(path, _)| *path == trust_path(rev)).map(|(_, bytes)| bytes);
        let (Some(genesis), Some(last)) = (snapshot(1), snapshot(self.pin.rev)) else {
            return Err(Error::Internal("the new vault has no trust chain"));
        };
        let snapshots = vec![Pin { rev: 1, hash: sha256(genesis) }, self.pin];
        let newest = WholeSnapshot { pin: self.pin, bytes: last.clone() };
        let verified = Verified { snapshots, floors: Vec::new(), newest, instead_of: None };
        TrustRecord::add(&place, RecordOf::Vault, verified)?;
        Pins::advance(&place, self.pin)?;
        Ok(place.remember_place()?)
    }

    /// Refuses a directory that has something in it.
    pub(crate) fn require_place(target: &Path) -> Result<()> {
        if target.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::AlreadyThere(target.to_owned()));
        }
        Ok(())
    }

    /// Writes the vault: complete under another name first, so that a crash leaves no half of one.
    ///
    /// `target` must not exist or be empty; its parent is created if needed.
    pub(crate) fn write(&self, target: &Path) -> Result<()> {
        Self::require_place(target)?;
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
    let admin = |name, signing: &SigningKey, recipients| {
        let (sign, write) = (signing.public().bytes(), vec![Scope::All]);
        Member { name, role: Role::Admin, sign, recipients, write }
    };
    let mut members = vec![admin(spec.member.clone(), spec.signing, spec.recipients.clone())];
    if let Some(identity) = spec.recovery {
        let signing = identity.signing_key().ok_or(Error::Internal("the recovery key cannot sign"))?;
        members.push(admin(RECOVERY.parse()?, &signing, identity.recipients()));
    }
    Ok(members)
}

/// The first snapshot, whose hash is the vault's id: random bytes keep two vaults of one person apart. It has no key, because what
/// identifies one depends on that id.
fn genesis(spec: &NewVaultSpec<'_>) -> Result<Trust> {
    Ok(Trust {
        format: Format::CURRENT,
        rev: 1,
        prev: Some(random()),
        created: spec.now,
        by: spec.member.clone(),
        label: spec.label.clone(),
        format_floor: Format::CURRENT.number(),
        members: members(spec)?,
        keys: Vec::new(),
        former: Vec::new(),
        settings: Settings::default(),
        extra: BTreeMap::new(),
    })
}

/// The first key, which every member reads, with its first version.
fn first_key(spec: &NewVaultSpec<'_>, members: &[Member], vault: VaultId) -> Result<(Key, KeyDocument)> {
    let everything = |kind, prefix: &str| Scope::Prefix { kind, prefix: prefix.to_owned() };
    let new = NewKey {
        name: FIRST_KEY.parse()?,
        description: "Everything".into(),
        readers: Vec::new(),
        scopes: vec![everything(Kind::Parameter, "/"), everything(Kind::Secret, ""), everything(Kind::Credential, "")],
        codec: Codec::Xc1,
        suite: Suite::Classic,
    };
    let key = Key { readers: members.iter().map(|it| it.name.clone()).collect(), ..new.key(KeyId(random())) };
    let number = new_number();
    let material = KeyMaterial::generate(&vault.0, &key.id.0, number, &mut OsRng);
    let texts = members.iter().flat_map(|member| &member.recipients);
    let recipients = texts.map(|text| Recipient::parse(text, spec.policy)).collect::<std::result::Result<Vec<_>, _>>();
    let recipients = recipients.map_err(|error| Error::Unlock(error.into()))?;
    let payload = material.payload(&vault.to_string());
    let wrapped = wrap(&recipients, payload.as_bytes());
    let wrap = Wrap {
        number,
        recipients: prints(recipients.iter().map(Recipient::as_str)),
        wrapped: wrapped.map_err(|_| Error::Internal("the first key could not be wrapped"))?,
    };
    let version = version_of(&material, number, spec.now);
    let head = Head::new(1, 2, spec.now, spec.member.clone());
    let document = KeyDocument { id: key.id, name: key.name.clone(), head, wraps: vec![wrap], stated: None };
    Ok((key.with_version(version), document))
}

fn signed(spec: &NewVaultSpec<'_>, vault: VaultId, path: &str, body: &str) -> Vec<u8> {
    sign(&vault, path, body, &Signer { name: spec.member.clone(), key: spec.signing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_vaults_of_one_person_and_one_second_have_one_id() {
        let identity = Identity::generate().0;
        let (signing, policy) = (identity.signing_key().unwrap(), RecipientPolicy::default());
        let spec = NewVaultSpec {
            label: "acme".into(),
            member: "ana".parse().unwrap(),
            recipients: identity.recipients(),
            signing: &signing,
            policy: &policy,
            recovery: None,
            now: Timestamp::from_unix(0),
        };
        let new = || NewVault::create(&spec).unwrap().id();
        assert_ne!(new(), new());
    }
}
