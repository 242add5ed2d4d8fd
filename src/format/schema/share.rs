//! Documents of shares: one secret or the parameters below one path, sealed for somebody else.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::extra::finish;
use super::field::{optional, parsed, positive};
use super::gate::{begin, read};
use super::head::{STATES, emit_head, has_ended, read_head};
use super::kind::DocumentKind;
use super::sealed::{check_coded, value_type};
use crate::crypto::value::AGE1;
use crate::format::caps;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::sealed::ValueType;
use crate::model::share::{Receiver, Share, SharedItem};

const KIND: DocumentKind = DocumentKind::Share;

/// Reads the body of a share in `vault`.
pub fn parse_share(body: &[u8], vault: &VaultId) -> Result<Share, FormatError> {
    read(body, KIND, &[&vault.to_string()], Fields::into_share, |share| emit_share(share, vault))
}

/// Writes the body of a share in canonical form.
pub fn emit_share(share: &Share, vault: &VaultId) -> String {
    let capacity = 1024 + share.items.iter().map(|item| item.text.len() + 256).sum::<usize>();
    let mut out = begin(share.head.format, KIND, &vault.to_string(), capacity);
    emit_head(&mut out, share.id, None, &share.head, Some(STATES[usize::from(share.deleted)]));
    out.text("name", &share.name);
    out.block("to", |out| {
        out.optional("vault", share.to.vault);
        out.optional("member", share.to.member.as_ref());
        out.texts("recipients", &share.to.recipients);
    });
    out.optional("expires", share.expires);
    out.items("items", &share.items, |out, item| {
        out.shown("id", item.id);
        out.text("name", &item.name);
        out.number("rev", item.rev);
        out.shown("uid", item.uid);
        out.shown("type", item.value_type);
        out.text("value", &item.text);
    });
    finish(out, share.head.format, &share.head.extra)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    rev: u64,
    trust: u64,
    state: String,
    modified: String,
    by: String,
    name: String,
    to: ReceiverFields,
    expires: String,
    items: Vec<ItemFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiverFields {
    vault: String,
    member: String,
    recipients: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFields {
    id: String,
    name: String,
    rev: u64,
    uid: String,
    #[serde(rename = "type")]
    value_type: String,
    value: String,
}

impl Fields {
    fn into_share(self, format: Format) -> Result<Share, FormatError> {
        let share = Share {
            id: parsed(&self.id, "id")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, self.extra, self.critical)?,
            deleted: has_ended(&self.state, STATES)?,
            name: self.name,
            to: Receiver {
                vault: optional(&self.to.vault, "vault")?,
                member: optional(&self.to.member, "member")?,
                recipients: self.to.recipients,
            },
            expires: optional(&self.expires, "expires")?,
            items: self.items.into_iter().map(ItemFields::into_item).collect::<Result<_, _>>()?,
        };
        let mut bare = share.clone();
        bare.delete();
        if share.deleted && bare != share {
            return Err(FormatError::field("state"));
        }
        share.check_form().map_err(|_| FormatError::field("items"))?;
        Ok(share)
    }
}

impl ItemFields {
    fn into_item(self) -> Result<SharedItem, FormatError> {
        let types = [ValueType::SecureString, ValueType::SecretString, ValueType::SecretBinary];
        let value_type = value_type(&self.value_type, &types)?;
        let is_parameter = value_type == ValueType::SecureString;
        let limit = if is_parameter { caps::SHARED_PARAMETER } else { caps::SHARED_SECRET };
        check_coded(&self.value, &[AGE1], limit)?;
        Ok(SharedItem {
            id: parsed(&self.id, "id")?,
            name: self.name,
            rev: positive(self.rev, "rev")?,
            uid: parsed(&self.uid, "uid")?,
            value_type,
            text: self.value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Head;
    use crate::model::id::{DocId, Uid};
    use crate::model::time::Timestamp;

    /// What FORMAT.md shows.
    const GOLDEN: &str = r#"format: "vault/v2"
kind: "share"
vault: "{vault}"
id: "01010101010101010101010101010101"
rev: 3
trust: 2
state: "active"
modified: "2026-11-29T08:00:00Z"
by: "ana"
name: "secret:prod/db"
to:
  vault: "{vault}"
  member: ""
  recipients:
    - "age1x"
expires: "2027-11-29T08:00:00Z"
items:
  - id: "02020202020202020202020202020202"
    name: "prod/db"
    rev: 17
    uid: "03030303030303030303030303030303"
    type: "SecretString"
    value: "age1:QUJD"
extra:
  "share.by": "ana"
"#;

    fn share(vault: VaultId) -> Share {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut head = Head::new(3, 2, at("2026-11-29T08:00:00Z"), "ana".parse().unwrap());
        head.extra.insert("share.by".into(), "ana".into());
        Share {
            id: DocId([1; 16]),
            head,
            deleted: false,
            name: "secret:prod/db".into(),
            to: Receiver { vault: Some(vault), member: None, recipients: vec!["age1x".into()] },
            expires: Some(at("2027-11-29T08:00:00Z")),
            items: vec![SharedItem {
                id: DocId([2; 16]),
                name: "prod/db".into(),
                rev: 17,
                uid: Uid([3; 16]),
                value_type: ValueType::SecretString,
                text: "age1:QUJD".into(),
            }],
        }
    }

    #[test]
    fn a_share_has_these_bytes_and_reads_back() {
        let vault = VaultId([7; 32]);
        let golden = GOLDEN.replace("{vault}", &vault.to_string());
        assert_eq!(emit_share(&share(vault), &vault), golden);
        assert_eq!(parse_share(golden.as_bytes(), &vault).unwrap(), share(vault));
        let mut gone = share(vault);
        gone.delete();
        assert_eq!(parse_share(emit_share(&gone, &vault).as_bytes(), &vault).unwrap(), gone);
    }

    #[test]
    fn what_no_share_may_state_is_refused() {
        let vault = VaultId([7; 32]);
        let golden = emit_share(&share(vault), &vault);
        for (from, to) in [
            ("secret:prod/db", "secret:prod"),
            ("secret:prod/db", "*"),
            ("member: \"\"", "member: \"bob\""),
            ("age1:QUJD", "xc1:QUJD"),
            ("SecretString", "SecureString"),
            ("state: \"active\"", "state: \"deleted\""),
            ("    - \"age1x\"", "    - \"age1x\"\n    - \"age1x\""),
            ("expires:", "owner: \"x\"\nexpires:"),
            ("format: \"vault/v2\"", "format: \"vault/v1\""),
        ] {
            let text = golden.replacen(from, to, 1);
            assert_ne!(text, golden, "{from}");
            assert!(parse_share(text.as_bytes(), &vault).is_err(), "{to}");
        }
    }
}
