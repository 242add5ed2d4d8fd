//! Secret documents.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{DocumentKind, begin, check_sealed, fields, gate, parsed, positive, unique, word};
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::secret::{Secret, SecretVersion};
use crate::store::caps;
use crate::store::emit::Emitter;
use crate::store::format_error::FormatError;

const KIND: DocumentKind = DocumentKind::Secret;

/// Reads the body of a secret document of `vault`.
///
/// Whether its path, its signature and its revision are right is not known here.
pub fn parse_secret(body: &[u8], vault: &VaultId) -> Result<Secret, FormatError> {
    let vault = vault.to_string();
    let secret = fields::<Fields>(body, KIND, &[&vault])?.into_secret()?;
    gate(body, &emit(&secret, &vault, body.len()))?;
    Ok(secret)
}

/// Writes the body of a secret document in canonical form.
pub fn emit_secret(secret: &Secret, vault: &VaultId) -> String {
    emit(secret, &vault.to_string(), 512 + 512 * secret.versions.len())
}

fn emit(secret: &Secret, vault: &str, capacity: usize) -> String {
    let mut out = begin(KIND, vault, capacity);
    out.shown("id", secret.id);
    out.shown("name", &secret.name);
    out.number("rev", secret.head.rev);
    out.number("trust", secret.head.trust);
    out.text("state", if secret.versions.is_empty() { "deleted" } else { "active" });
    out.shown("modified", secret.head.modified);
    out.shown("by", &secret.head.by);
    out.text("description", &secret.description);
    out.map("tags", &secret.tags);
    out.map("rotation", &BTreeMap::new());
    match secret.delete_after {
        Some(instant) => out.shown("delete_after", instant),
        None => out.text("delete_after", ""),
    }
    out.items("versions", &secret.versions, emit_version);
    out.finish()
}

fn emit_version(out: &mut Emitter, version: &SecretVersion) {
    out.shown("uid", version.uid);
    out.shown("created", version.created);
    out.shown("by", &version.by);
    out.text("type", if version.binary { BINARY } else { STRING });
    out.shown("key", &version.key);
    out.number("key_version", version.key_version);
    out.flag("exposed", version.exposed);
    out.texts("stages", &version.stages);
    out.text("value", &version.value);
}

const STRING: &str = "SecretString";
const BINARY: &str = "SecretBinary";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "vault")]
    _vault: String,
    id: String,
    name: String,
    rev: u64,
    trust: u64,
    state: String,
    modified: String,
    by: String,
    description: String,
    tags: BTreeMap<String, String>,
    #[serde(rename = "rotation")]
    _rotation: NoRotation,
    delete_after: String,
    versions: Vec<VersionFields>,
}

/// An empty map: no rotation is described yet, and a field inside is an unknown field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoRotation {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    uid: String,
    created: String,
    by: String,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    key_version: u64,
    exposed: bool,
    stages: Vec<String>,
    value: String,
}

impl Fields {
    fn into_secret(self) -> Result<Secret, FormatError> {
        let deleted = word(&self.state, &[(false, "active"), (true, "deleted")], "state")?;
        if deleted != self.versions.is_empty() || deleted && !self.tags.is_empty() {
            return Err(FormatError::field("state"));
        }
        let delete_after = match self.delete_after.as_str() {
            "" => None,
            instant => Some(parsed(instant, "delete_after")?),
        };
        let secret = Secret {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            head: Head {
                rev: positive(self.rev, "rev")?,
                trust: positive(self.trust, "trust")?,
                modified: parsed(&self.modified, "modified")?,
                by: parsed(&self.by, "by")?,
            },
            description: self.description,
            tags: self.tags,
            delete_after,
            versions: self.versions.into_iter().map(VersionFields::into_version).collect::<Result<_, _>>()?,
        };
        unique(secret.versions.iter().map(|version| version.uid), "uid")?;
        unique(secret.versions.iter().flat_map(|version| &version.stages), "stage")?;
        Ok(secret)
    }
}

impl VersionFields {
    fn into_version(self) -> Result<SecretVersion, FormatError> {
        check_sealed(&self.value, caps::SEALED_SECRET)?;
        Ok(SecretVersion {
            uid: parsed(&self.uid, "uid")?,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            binary: word(&self.kind, &[(false, STRING), (true, BINARY)], "type")?,
            key: parsed(&self.key, "key")?,
            key_version: positive(self.key_version, "key_version")?,
            exposed: self.exposed,
            stages: self.stages.into_iter().collect::<BTreeSet<_>>(),
            value: self.value,
        })
    }
}
