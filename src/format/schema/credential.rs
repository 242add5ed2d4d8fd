//! Documents of credentials: access keys for the server.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::extra::finish;
use super::field::{optional, parsed};
use super::gate::{begin, read};
use super::head::{emit_head, has_ended, read_head};
use super::key_version::KeyVersionNumber;
use super::kind::DocumentKind;
use super::sealed::{emit_seal, read_sealed, value_type};
use crate::format::caps;
use crate::format::error::FormatError;
use crate::model::credential::{Credential, CredentialVersion};
use crate::model::format::Format;
use crate::model::iam::IDENTITY_POLICY_LIMIT;
use crate::model::id::VaultId;
use crate::model::sealed::ValueType;

const KIND: DocumentKind = DocumentKind::Credential;
/// The words for one in force, and for one that was revoked.
const STATES: [&str; 2] = ["active", "revoked"];

/// Reads the body of a credential of `vault`.
pub fn parse_credential(body: &[u8], vault: &VaultId) -> Result<Credential, FormatError> {
    read(body, KIND, &[&vault.to_string()], Fields::into_credential, |credential| emit_credential(credential, vault))
}

/// Writes the body of a credential in canonical form.
pub fn emit_credential(credential: &Credential, vault: &VaultId) -> String {
    let format = credential.head.format;
    let mut out = begin(format, KIND, &vault.to_string(), 1024 + credential.policy.len());
    let state = STATES[usize::from(credential.revoked)];
    emit_head(&mut out, credential.id, Some(credential.name.as_str()), &credential.head, Some(state));
    out.shown("member", &credential.member);
    out.text("description", &credential.description);
    out.optional("expires", credential.expires);
    out.text("policy", &credential.policy);
    out.items("versions", &credential.versions, |out, version| {
        out.shown("uid", version.uid);
        out.shown("created", version.created);
        out.shown("by", &version.by);
        emit_seal(out, format, &version.content);
        out.flag("exposed", version.exposed);
        out.text("value", &version.content.text);
    });
    finish(out, format, &credential.head.extra)
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
    member: String,
    description: String,
    expires: String,
    policy: String,
    versions: Vec<VersionFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFields {
    uid: String,
    created: String,
    by: String,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    key_version: KeyVersionNumber,
    exposed: bool,
    value: String,
}

impl Fields {
    fn into_credential(self, format: Format) -> Result<Credential, FormatError> {
        let credential = Credential {
            id: parsed(&self.id, "id")?,
            name: parsed(&self.name, "name")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, self.extra, self.critical)?,
            revoked: has_ended(&self.state, STATES)?,
            member: parsed(&self.member, "member")?,
            description: self.description,
            expires: optional(&self.expires, "expires")?,
            policy: self.policy,
            versions: self.versions.into_iter().map(VersionFields::into_version).collect::<Result<_, _>>()?,
        };
        if credential.policy.len() > IDENTITY_POLICY_LIMIT {
            return Err(FormatError::field("policy"));
        }
        if credential.versions.len() != usize::from(!credential.revoked) {
            return Err(FormatError::field("versions"));
        }
        Ok(credential)
    }
}

impl VersionFields {
    fn into_version(self) -> Result<CredentialVersion, FormatError> {
        let value_type = value_type(&self.kind, &[ValueType::SecretAccessKey])?;
        Ok(CredentialVersion {
            uid: parsed(&self.uid, "uid")?,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            exposed: self.exposed,
            content: read_sealed(value_type, &self.key, self.key_version, self.value, caps::SEALED_PARAMETER)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Head;
    use crate::model::id::{DocId, Uid};
    use crate::model::sealed::{KeyVersionId, Sealed};
    use crate::model::time::Timestamp;

    /// What FORMAT.md shows.
    const GOLDEN: &str = r#"format: "vault/v2"
kind: "credential"
vault: "{vault}"
id: "01010101010101010101010101010101"
name: "AKIAABCDEFGHIJKLMNOP"
rev: 1
trust: 2
state: "active"
modified: "2026-12-01T07:00:00Z"
by: "alice"
member: "alice"
description: "shop in CI"
expires: "2027-12-01T07:00:00Z"
policy: "{\"Statement\":{}}"
versions:
  - uid: "02020202020202020202020202020202"
    created: "2026-12-01T07:00:00Z"
    by: "alice"
    type: "SecretAccessKey"
    key: "default"
    key_version: "91c2e0a4d5f60718"
    exposed: false
    value: "xc1:AAAA"
"#;

    fn credential() -> Credential {
        let at = "2026-12-01T07:00:00Z".parse::<Timestamp>().unwrap();
        Credential {
            id: DocId([1; 16]),
            name: "AKIAABCDEFGHIJKLMNOP".parse().unwrap(),
            head: Head::new(1, 2, at, "alice".parse().unwrap()),
            revoked: false,
            member: "alice".parse().unwrap(),
            description: "shop in CI".into(),
            expires: Some("2027-12-01T07:00:00Z".parse().unwrap()),
            policy: r#"{"Statement":{}}"#.into(),
            versions: vec![CredentialVersion {
                uid: Uid([2; 16]),
                created: at,
                by: "alice".parse().unwrap(),
                exposed: false,
                content: Sealed {
                    value_type: ValueType::SecretAccessKey,
                    key: KeyVersionId { name: "default".parse().unwrap(), number: 0x91c2_e0a4_d5f6_0718 },
                    text: "xc1:AAAA".into(),
                },
            }],
        }
    }

    #[test]
    fn a_credential_has_these_bytes_and_reads_back() {
        let vault = VaultId([7; 32]);
        let golden = GOLDEN.replace("{vault}", &vault.to_string());
        assert_eq!(emit_credential(&credential(), &vault), golden);
        assert_eq!(parse_credential(golden.as_bytes(), &vault).unwrap(), credential());
        let mut revoked = credential();
        revoked.revoke();
        assert_eq!(parse_credential(emit_credential(&revoked, &vault).as_bytes(), &vault).unwrap(), revoked);
    }

    #[test]
    fn what_no_credential_may_state_is_refused() {
        let vault = VaultId([7; 32]);
        let golden = emit_credential(&credential(), &vault);
        let long = format!("policy: \"{}", "x".repeat(IDENTITY_POLICY_LIMIT));
        for (from, to) in [
            ("state: \"active\"", "state: \"revoked\""),
            ("state: \"active\"", "state: \"deleted\""),
            ("AKIAABC", "AKIA1BC"),
            ("SecretAccessKey", "SecretString"),
            ("xc1:AAAA", "xc9:AAAA"),
            ("member: \"alice\"", "member: \"alice\"\nowner: \"x\""),
            ("vault/v2", "vault/v1"),
            ("policy: \"", &long),
        ] {
            let text = golden.replacen(from, to, 1);
            assert_ne!(text, golden, "{from}");
            assert!(parse_credential(text.as_bytes(), &vault).is_err(), "{to}");
        }
    }
}
