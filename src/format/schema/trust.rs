//! Trust documents: the snapshots of the trust chain.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::extra::{extra, finish};
use super::field::{at_most, each, hex, parsed, positive, signing_key, signing_key_text, unique};
use super::gate::{begin, read};
use super::kind::DocumentKind;
use super::settings::{SettingsFields, emit_settings};
use super::stated_key::{KeyFields, emit_key};
use crate::format::caps;
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::key::Key;
use crate::model::team::MEMBERS_LIMIT;
use crate::model::trust::{Former, Member, Trust};

const KIND: DocumentKind = DocumentKind::Trust;
/// What the genesis has instead of the vault's id, which is its own hash.
const SELF: &str = "self";

/// Reads the body of a trust document of `vault`. A genesis names no vault: the caller checks whether it hashes to
/// `vault`.
///
/// This does not check whether it continues the chain, nor whether an admin signed it.
pub fn parse_trust(body: &[u8], vault: &VaultId) -> Result<Trust, FormatError> {
    let vault = vault.to_string();
    read(body, KIND, &[SELF, &vault], Fields::into_trust, |trust| emit(trust, &vault, body.len()))
}

/// Writes the body of a trust document in canonical form.
pub fn emit_trust(trust: &Trust, vault: &VaultId) -> String {
    emit(trust, &vault.to_string(), 512 + 512 * (trust.members.len() + trust.keys.len()))
}

fn emit(trust: &Trust, vault: &str, capacity: usize) -> String {
    let mut out = begin(trust.format, KIND, if trust.rev == 1 { SELF } else { vault }, capacity);
    out.number("rev", trust.rev);
    out.text("prev", &trust.prev.map_or_else(String::new, |hash| HEXLOWER.encode(&hash)));
    out.shown("created", trust.created);
    out.shown("by", &trust.by);
    out.text("label", &trust.label);
    out.number("threshold", 1);
    out.number("format_floor", trust.format_floor);
    out.items("members", &trust.members, emit_member);
    out.items("keys", &trust.keys, if trust.format == Format::V1 { emit_v1_key } else { emit_key });
    out.items("former", &trust.former, |out, former| {
        out.shown("name", &former.name);
        out.text("fingerprint", &HEXLOWER.encode(&former.fingerprint));
    });
    if trust.format >= Format::V2 {
        out.block("settings", |out| emit_settings(out, &trust.settings));
    }
    finish(out, trust.format, &trust.extra)
}

fn emit_member(out: &mut Emitter, member: &Member) {
    out.shown("name", &member.name);
    out.shown("role", member.role);
    out.text("sign", &signing_key_text(&member.sign));
    out.texts("recipients", &member.recipients);
    out.texts("write", member.write.iter().map(ToString::to_string));
}

/// What a snapshot of format 1 says of a key; its document says the rest.
fn emit_v1_key(out: &mut Emitter, key: &Key) {
    out.shown("name", &key.name);
    out.shown("id", key.id);
    out.number("floor", key.floor);
    out.texts("scopes", key.scopes.iter().map(ToString::to_string));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    rev: u64,
    prev: String,
    created: String,
    by: String,
    label: String,
    threshold: u64,
    format_floor: u64,
    members: Vec<MemberFields>,
    keys: Vec<KeyFields>,
    former: Vec<FormerFields>,
    settings: Option<SettingsFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberFields {
    name: String,
    role: String,
    sign: String,
    recipients: Vec<String>,
    write: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormerFields {
    name: String,
    fingerprint: String,
}

impl Fields {
    fn into_trust(self, format: Format) -> Result<Trust, FormatError> {
        at_most(self.members.len(), MEMBERS_LIMIT, "members")?;
        at_most(usize::try_from(self.rev).unwrap_or(usize::MAX), caps::TRUST_CHAIN, "snapshots")?;
        if self.threshold != 1 {
            return Err(FormatError::field("threshold"));
        }
        let settings = self.settings.map(SettingsFields::into_settings).transpose()?;
        if settings.is_none() && format >= Format::V2 {
            return Err(FormatError::field("settings"));
        }
        let trust = Trust {
            format,
            rev: positive(self.rev, "rev")?,
            prev: prev(format, self.rev, &self.prev)?,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            label: self.label,
            format_floor: positive(self.format_floor, "format_floor")?,
            members: self.members.into_iter().map(MemberFields::into_member).collect::<Result<_, _>>()?,
            keys: self.keys.into_iter().map(|key| key.into_key(format)).collect::<Result<_, _>>()?,
            former: self.former.into_iter().map(FormerFields::into_former).collect::<Result<_, _>>()?,
            settings: settings.unwrap_or_default(),
            extra: extra(self.extra, self.critical)?,
        };
        check_unique(&trust)?;
        Ok(trust)
    }
}

/// Every snapshot but the genesis continues one. A genesis of format 1 states nothing there, a later one random bytes.
fn prev(format: Format, rev: u64, text: &str) -> Result<Option<[u8; 32]>, FormatError> {
    let hash = (!text.is_empty()).then(|| hex(text, "prev")).transpose()?;
    if (rev == 1 && format == Format::V1) == hash.is_none() { Ok(hash) } else { Err(FormatError::field("prev")) }
}

fn check_unique(trust: &Trust) -> Result<(), FormatError> {
    unique(trust.members.iter().map(|member| &member.name), "member")?;
    unique(trust.members.iter().map(|member| member.sign), "signing key")?;
    unique(trust.keys.iter().map(|rule| &rule.name), "key")?;
    unique(trust.keys.iter().map(|rule| rule.id), "key id")?;
    unique(trust.keys.iter().flat_map(|rule| &rule.scopes), "scope")?;
    let is_member = |reader| trust.member(reader).is_some();
    if trust.keys.iter().flat_map(|key| &key.readers).all(is_member) {
        Ok(())
    } else {
        Err(FormatError::field("readers"))
    }
}

impl MemberFields {
    fn into_member(self) -> Result<Member, FormatError> {
        Ok(Member {
            name: parsed(&self.name, "name")?,
            role: parsed(&self.role, "role")?,
            sign: signing_key(&self.sign)?,
            recipients: self.recipients,
            write: each(&self.write, "write")?,
        })
    }
}

impl FormerFields {
    fn into_former(self) -> Result<Former, FormatError> {
        Ok(Former { name: parsed(&self.name, "name")?, fingerprint: hex(&self.fingerprint, "fingerprint")? })
    }
}
