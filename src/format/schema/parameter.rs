//! Parameter documents.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::extra::finish;
use super::field::{ascending, at_most, each, parsed, positive, unique};
use super::gate::{begin, read};
use super::head::{STATES, emit_head, has_ended, read_head};
use super::key_version::{KeyVersionNumber, emit_key_version};
use super::kind::DocumentKind;
use super::sealed::{emit_seal, read_sealed};
use crate::format::caps;
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::parameter::{
    Content, FiredPolicy, Parameter, ParameterType, Policy, Settings, VERSIONS_LIMIT, Version,
};
use crate::model::sealed::ValueType;
use crate::model::time::Timestamp;

const KIND: DocumentKind = DocumentKind::Parameter;

/// Reads the body of a parameter document of `vault`.
///
/// This does not check its path, its signature or its revision.
pub fn parse_parameter(body: &[u8], vault: &VaultId) -> Result<Parameter, FormatError> {
    let vault = vault.to_string();
    read(body, KIND, &[&vault], Fields::into_parameter, |parameter| emit(parameter, &vault, body.len()))
}

/// Writes the body of a parameter document in canonical form.
pub fn emit_parameter(parameter: &Parameter, vault: &VaultId) -> String {
    emit(parameter, &vault.to_string(), 512 + 512 * parameter.versions.len())
}

fn emit(parameter: &Parameter, vault: &str, capacity: usize) -> String {
    let format = parameter.head.format;
    let mut out = begin(format, KIND, vault, capacity);
    let unset = Settings::default();
    let settings = parameter.latest().map_or(&unset, |version| &version.settings);
    let state = STATES[usize::from(parameter.is_deleted())];
    emit_head(&mut out, parameter.id, Some(parameter.name.as_str()), &parameter.head, Some(state));
    out.text("tier", settings.tier.as_str());
    out.text("data_type", settings.data_type.as_str());
    out.text("description", &settings.description);
    out.text("allowed_pattern", &settings.allowed_pattern);
    out.map("tags", &parameter.tags);
    out.texts("policies", settings.policies.iter().map(Policy::as_str));
    if format >= Format::V2 {
        out.texts("fired", parameter.fired.iter().map(|(fired, at)| format!("{fired} {at}")));
    }
    out.items("versions", &parameter.versions, |out, version| emit_version(out, format, version, settings));
    finish(out, format, &parameter.head.extra)
}

fn emit_version(out: &mut Emitter, format: Format, version: &Version, head: &Settings) {
    out.number("number", version.number);
    out.shown("uid", version.uid);
    out.shown("created", version.created);
    out.shown("by", &version.by);
    let value = match &version.content {
        Content::Sealed(sealed) => {
            emit_seal(out, format, sealed);
            &sealed.text
        }
        Content::Plain { text, .. } => {
            out.shown("type", version.parameter_type());
            out.text("key", "");
            emit_key_version(out, format, 0);
            text
        }
    };
    out.flag("exposed", version.exposed);
    emit_own_settings(out, &version.settings, head);
    out.texts("labels", &version.labels);
    out.text("value", value);
}

/// The settings of a version that are not those of the newest one.
fn emit_own_settings(out: &mut Emitter, own: &Settings, head: &Settings) {
    if own.tier != head.tier {
        out.text("tier", own.tier.as_str());
    }
    if own.data_type != head.data_type {
        out.text("data_type", own.data_type.as_str());
    }
    if own.description != head.description {
        out.text("description", &own.description);
    }
    if own.allowed_pattern != head.allowed_pattern {
        out.text("allowed_pattern", &own.allowed_pattern);
    }
    if own.policies != head.policies {
        out.texts("policies", own.policies.iter().map(Policy::as_str));
    }
}

/// The fields of the document, in its order. No `Debug`: it holds values.
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
    tier: String,
    data_type: String,
    description: String,
    allowed_pattern: String,
    tags: BTreeMap<String, String>,
    policies: Vec<String>,
    #[serde(default)]
    fired: Vec<String>,
    versions: Vec<VersionFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    number: u64,
    uid: String,
    created: String,
    by: String,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    key_version: KeyVersionNumber,
    exposed: bool,
    tier: Option<String>,
    data_type: Option<String>,
    description: Option<String>,
    allowed_pattern: Option<String>,
    policies: Option<Vec<String>>,
    labels: Vec<String>,
    value: String,
}

impl Fields {
    fn into_parameter(self, format: Format) -> Result<Parameter, FormatError> {
        at_most(self.versions.len(), VERSIONS_LIMIT, "versions")?;
        let deleted = has_ended(&self.state, STATES)?;
        if deleted != self.versions.is_empty() || deleted && !self.tags.is_empty() {
            return Err(FormatError::field("state"));
        }
        let head = Settings {
            tier: parsed(&self.tier, "tier")?,
            data_type: parsed(&self.data_type, "data_type")?,
            description: self.description,
            allowed_pattern: self.allowed_pattern,
            policies: policies(&self.policies)?,
        };
        let parameter = Parameter {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, self.extra, self.critical)?,
            tags: self.tags,
            fired: self.fired.iter().map(|text| fired(text)).collect::<Result<_, _>>()?,
            versions: self.versions.into_iter().map(|fields| fields.into_version(&head)).collect::<Result<_, _>>()?,
        };
        ascending(parameter.versions.iter().map(|version| version.number))?;
        unique(parameter.versions.iter().map(|version| version.uid), "uid")?;
        unique(parameter.versions.iter().flat_map(|version| &version.labels), "label")?;
        Ok(parameter)
    }
}

impl VersionFields {
    fn into_version(self, head: &Settings) -> Result<Version, FormatError> {
        Ok(Version {
            number: positive(self.number, "number")?,
            uid: parsed(&self.uid, "uid")?,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            settings: Settings {
                tier: self.tier.map_or(Ok(head.tier), |text| parsed(&text, "tier"))?,
                data_type: self.data_type.map_or(Ok(head.data_type), |text| parsed(&text, "data_type"))?,
                description: self.description.unwrap_or_else(|| head.description.clone()),
                allowed_pattern: self.allowed_pattern.unwrap_or_else(|| head.allowed_pattern.clone()),
                policies: self.policies.map_or_else(|| Ok(head.policies.clone()), |texts| policies(&texts))?,
            },
            content: content(&self.kind, &self.key, self.key_version, self.value)?,
            exposed: self.exposed,
            labels: each(&self.labels, "labels")?,
        })
    }
}

fn content(kind: &str, key: &str, key_version: KeyVersionNumber, text: String) -> Result<Content, FormatError> {
    let kind: ParameterType = parsed(kind, "type")?;
    if kind == ParameterType::SecureString {
        let sealed = read_sealed(ValueType::SecureString, key, key_version, text, caps::SEALED_PARAMETER)?;
        return Ok(Content::Sealed(sealed));
    }
    if text.len() > caps::PLAIN_VALUE {
        return Err(FormatError::field("value"));
    }
    // A plain value with a key would not be written like this, so the gate refuses it.
    Ok(Content::Plain { list: kind == ParameterType::StringList, text })
}

fn fired(text: &str) -> Result<(FiredPolicy, Timestamp), FormatError> {
    let (fired, at) = text.rsplit_once(' ').ok_or(FormatError::field("fired"))?;
    Ok((parsed(fired, "fired")?, parsed(at, "fired")?))
}

fn policies(texts: &[String]) -> Result<Vec<Policy>, FormatError> {
    texts.iter().map(|text| Policy::parse_stored(text).map_err(|_| FormatError::field("policies"))).collect()
}
