//! Requests to join.

use serde::Deserialize;

use super::field::{at_most, parsed, signing_key, signing_key_text};
use super::gate::{begin, read};
use super::kind::DocumentKind;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::request::Request;

const KIND: DocumentKind = DocumentKind::Request;
/// More recipients than a person has devices.
const RECIPIENTS: usize = 16;

/// Reads the body of a request to join `vault`.
///
/// This does not check whether it was signed with the key that it names.
pub fn parse_request(body: &[u8], vault: &VaultId) -> Result<Request, FormatError> {
    read(body, KIND, &[&vault.to_string()], Fields::into_request, |request| emit_request(request, vault))
}

/// Writes the body of a request in canonical form.
pub fn emit_request(request: &Request, vault: &VaultId) -> String {
    let mut out = begin(request.format, KIND, &vault.to_string(), 512);
    out.shown("name", &request.name);
    out.shown("created", request.created);
    out.text("sign", &signing_key_text(&request.sign));
    out.texts("recipients", &request.recipients);
    out.finish()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    created: String,
    sign: String,
    recipients: Vec<String>,
}

impl Fields {
    fn into_request(self, format: Format) -> Result<Request, FormatError> {
        at_most(self.recipients.len(), RECIPIENTS, "recipients")?;
        Ok(Request {
            format,
            name: parsed(&self.name, "name")?,
            created: parsed(&self.created, "created")?,
            sign: signing_key(&self.sign)?,
            recipients: self.recipients,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_back_for_its_own_vault_only() {
        let request = Request {
            format: Format::V2,
            name: "bob".parse().unwrap(),
            created: "2026-11-24T04:00:00Z".parse().unwrap(),
            sign: [5; 32],
            recipients: vec!["age1x".into()],
        };
        let vault = VaultId([7; 32]);
        let body = emit_request(&request, &vault);
        assert_eq!(parse_request(body.as_bytes(), &vault).unwrap(), request);
        assert!(parse_request(body.as_bytes(), &VaultId([8; 32])).is_err());
        assert!(parse_request(body.replace("ed25519:", "rsa:").as_bytes(), &vault).is_err());
        assert!(parse_request(body.replace("name: \"bob\"", "name: 'bob'").as_bytes(), &vault).is_err());
    }
}
