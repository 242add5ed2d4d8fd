//! Secret documents.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::extra::finish;
use super::field::{each, optional, parsed, unique};
use super::gate::{begin, read};
use super::head::{STATES, emit_head, has_ended, read_head};
use super::key_version::KeyVersionNumber;
use super::kind::DocumentKind;
use super::replication::{OriginFields, ReplicaFields, emit_replication, replicas};
use super::rotation::{RotationFields, emit_rotation};
use super::sealed::{emit_seal, read_sealed, value_type};
use crate::format::caps;
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::sealed::{Sealed, ValueType};
use crate::model::secret::{POLICY_LIMIT, Secret, SecretVersion, VersionId};

const KIND: DocumentKind = DocumentKind::Secret;

/// Reads the body of a secret document of `vault`.
///
/// This does not check its path, its signature or its revision.
pub fn parse_secret(body: &[u8], vault: &VaultId) -> Result<Secret, FormatError> {
    let vault = vault.to_string();
    let of_fields = |fields: Fields, format| fields.into_secret(format, &vault);
    read(body, KIND, &[&vault], of_fields, |secret| emit(secret, &vault, body.len()))
}

/// Writes the body of a secret document in canonical form.
pub fn emit_secret(secret: &Secret, vault: &VaultId) -> String {
    emit(secret, &vault.to_string(), 512 + 512 * secret.versions.len())
}

fn emit(secret: &Secret, vault: &str, capacity: usize) -> String {
    let format = secret.head.format;
    let mut out = begin(format, KIND, vault, capacity);
    emit_head(&mut out, secret.id, Some(secret.name.as_str()), &secret.head, Some(STATES[usize::from(secret.deleted)]));
    if let Some(created) = secret.created {
        out.shown("created", created);
    }
    out.text("description", &secret.description);
    out.map("tags", &secret.tags);
    match &secret.rotation {
        Some(rotation) => out.block("rotation", |out| emit_rotation(out, format, rotation)),
        None => out.map("rotation", &BTreeMap::new()),
    }
    out.optional("delete_after", secret.delete_after);
    if let Some(policy) = &secret.resource_policy {
        out.text("resource_policy", policy);
    }
    if format >= Format::V2 {
        emit_replication(&mut out, &secret.replicas, secret.origin.as_ref());
    }
    out.items("versions", &secret.versions, |out, version| emit_version(out, format, version));
    finish(out, format, &secret.head.extra)
}

fn emit_version(out: &mut Emitter, format: Format, version: &SecretVersion) {
    out.shown("uid", version.uid);
    if let Some(token) = &version.token {
        out.text("token", token.as_str());
    }
    out.shown("created", version.created);
    out.shown("by", &version.by);
    if let Some(sealed) = &version.content {
        emit_seal(out, format, sealed);
        out.flag("exposed", version.exposed);
    }
    out.texts("stages", &version.stages);
    if let Some(sealed) = &version.content {
        out.text("value", &sealed.text);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    name: String,
    rev: u64,
    trust: u64,
    state: String,
    modified: String,
    by: String,
    created: Option<String>,
    description: String,
    tags: BTreeMap<String, String>,
    rotation: RotationFields,
    delete_after: String,
    resource_policy: Option<String>,
    #[serde(default)]
    replicas: Vec<ReplicaFields>,
    #[serde(default)]
    origin: OriginFields,
    versions: Vec<VersionFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    uid: String,
    token: Option<String>,
    created: String,
    by: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    key: Option<String>,
    key_version: Option<KeyVersionNumber>,
    exposed: Option<bool>,
    stages: Vec<String>,
    value: Option<String>,
}

impl Fields {
    fn into_secret(self, format: Format, vault: &str) -> Result<Secret, FormatError> {
        if self.resource_policy.as_ref().is_some_and(|policy| policy.chars().count() > POLICY_LIMIT) {
            return Err(FormatError::field("resource_policy"));
        }
        let secret = Secret {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, self.extra, self.critical)?,
            deleted: has_ended(&self.state, STATES)?,
            created: self.created.map(|instant| parsed(&instant, "created")).transpose()?,
            description: self.description,
            tags: self.tags,
            rotation: self.rotation.into_rotation(format, vault)?,
            delete_after: optional(&self.delete_after, "delete_after")?,
            resource_policy: self.resource_policy,
            replicas: replicas(self.replicas)?,
            origin: self.origin.into_origin()?,
            versions: self.versions.into_iter().map(VersionFields::into_version).collect::<Result<_, _>>()?,
        };
        check_tombstone(&secret)?;
        unique(secret.versions.iter().map(|version| version.uid), "uid")?;
        unique(secret.versions.iter().map(SecretVersion::id), "token")?;
        unique(secret.versions.iter().flat_map(|version| &version.stages), "stage")?;
        Ok(secret)
    }
}

/// A deleted secret has no other fields.
fn check_tombstone(secret: &Secret) -> Result<(), FormatError> {
    let bare = secret.versions.is_empty() && secret.tags.is_empty() && secret.rotation.is_none();
    let bare = bare && secret.replicas.is_empty() && secret.origin.is_none();
    if secret.deleted && !(bare && secret.delete_after.is_none() && secret.resource_policy.is_none()) {
        return Err(FormatError::field("state"));
    }
    Ok(())
}

impl VersionFields {
    fn into_version(self) -> Result<SecretVersion, FormatError> {
        let uid = parsed(&self.uid, "uid")?;
        let token: Option<VersionId> = self.token.map(|token| parsed(&token, "token")).transpose()?;
        if token.as_ref().is_some_and(|token| token.uid().is_some()) {
            return Err(FormatError::field("token"));
        }
        let content = match (self.kind, self.key, self.key_version, self.value) {
            (Some(kind), Some(key), Some(version), Some(text)) => Some(sealed(&kind, &key, version, text)?),
            (None, None, None, None) => None,
            _ => return Err(FormatError::field("value")),
        };
        if self.exposed.is_some() != content.is_some() {
            return Err(FormatError::field("exposed"));
        }
        Ok(SecretVersion {
            uid,
            token,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            exposed: self.exposed.unwrap_or_default(),
            stages: each(&self.stages, "stage")?,
            content,
        })
    }
}

fn sealed(kind: &str, key: &str, key_version: KeyVersionNumber, text: String) -> Result<Sealed, FormatError> {
    let value_type = value_type(kind, &[ValueType::SecretString, ValueType::SecretBinary])?;
    read_sealed(value_type, key, key_version, text, caps::SEALED_SECRET)
}
