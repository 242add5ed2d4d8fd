//! Parcels: values in a file of their own.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::extra::{extra, finish};
use super::field::{parsed, signing_key, signing_key_text, unique};
use super::gate::{begin, read, vault_of};
use super::kind::DocumentKind;
use crate::crypto::base64;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::parcel::{Parcel, ParcelItem, ParcelName};
use crate::model::value::SecretValue;

const KIND: DocumentKind = DocumentKind::Parcel;

/// Reads the body of a parcel of any vault.
///
/// This does not check whether it was signed with the key that it names.
pub fn parse_parcel(body: &[u8]) -> Result<Parcel, FormatError> {
    let vault = vault_of(body)?;
    read(body, KIND, &[&vault], |fields: Fields, _| fields.into_parcel(&vault), emit_parcel)
}

/// Writes the body of a parcel in canonical form. It has values, so it is wiped on drop.
pub fn emit_parcel(parcel: &Parcel) -> Zeroizing<String> {
    let room = |item: &ParcelItem| item.name.as_str().len() * 2 + item.value.reveal().len() * 2 + 256;
    let extra: usize = parcel.extra.iter().map(|(name, text)| name.len() + text.len() * 6 + 16).sum();
    let capacity = 4096 + parcel.items.iter().map(room).sum::<usize>() + extra;
    let mut out = begin(Format::CURRENT, KIND, &parcel.vault.to_string(), capacity);
    out.shown("created", parcel.created);
    out.shown("expires", parcel.expires);
    out.shown("by", &parcel.by);
    out.text("sign", &signing_key_text(&parcel.sign));
    out.items("items", &parcel.items, |out, item| {
        out.text("name", item.name.as_str());
        out.text("type", item.name.type_word());
        out.text("value", &Zeroizing::new(BASE64.encode(item.value.reveal())));
    });
    Zeroizing::new(finish(out, Format::CURRENT, &parcel.extra))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    created: String,
    expires: String,
    by: String,
    sign: String,
    items: Vec<ItemFields>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFields {
    name: String,
    #[serde(rename = "type")]
    value_type: String,
    #[serde(deserialize_with = "wiped")]
    value: Zeroizing<String>,
}

/// A text that is wiped on drop, whatever happens to the rest of the parcel.
fn wiped<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

impl Fields {
    fn into_parcel(self, vault: &str) -> Result<Parcel, FormatError> {
        let items = self.items.into_iter().map(ItemFields::into_item).collect::<Result<Vec<_>, _>>()?;
        let is_secret = |item: &ParcelItem| matches!(item.name, ParcelName::Secret(..));
        unique(items.iter().map(|item| (is_secret(item), item.name.as_str())), "name")?;
        Ok(Parcel {
            vault: parsed(vault, "vault")?,
            created: parsed(&self.created, "created")?,
            expires: parsed(&self.expires, "expires")?,
            by: parsed(&self.by, "by")?,
            sign: signing_key(&self.sign)?,
            items,
            extra: extra(self.extra, self.critical)?,
        })
    }
}

impl ItemFields {
    fn into_item(self) -> Result<ParcelItem, FormatError> {
        let name = ParcelName::of(&self.name, &self.value_type).ok_or(FormatError::field("name"))?;
        let bytes = Zeroizing::new(base64::decode(self.value.as_bytes()).map_err(|_| FormatError::field("value"))?);
        Ok(ParcelItem { name, value: SecretValue::new(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;
    use crate::model::parameter::ParameterType;

    const GOLDEN: &str = r#"format: "vault/v2"
kind: "parcel"
vault: "{vault}"
created: "2026-11-29T08:00:00Z"
expires: "2026-12-29T08:00:00Z"
by: "ana"
sign: "ed25519:BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU="
items:
  - name: "/shop/db"
    type: "SecureString"
    value: "aHVudGVyMg=="
  - name: "shop/key"
    type: "SecretBinary"
    value: "AAEC"
"#;

    fn parcel() -> Parcel {
        let item = |name, bytes: &[u8]| ParcelItem { name, value: SecretValue::new(Zeroizing::new(bytes.to_vec())) };
        Parcel {
            vault: VaultId([7; 32]),
            created: "2026-11-29T08:00:00Z".parse().unwrap(),
            expires: "2026-12-29T08:00:00Z".parse().unwrap(),
            by: "ana".parse().unwrap(),
            sign: [5; 32],
            items: vec![
                item(ParcelName::Parameter("/shop/db".parse().unwrap(), ParameterType::SecureString), b"hunter2"),
                item(ParcelName::Secret("shop/key".parse().unwrap(), true), &[0, 1, 2]),
            ],
            extra: BTreeMap::new(),
        }
    }

    #[test]
    fn a_parcel_has_these_bytes_and_reads_back() {
        let golden = GOLDEN.replace("{vault}", &VaultId([7; 32]).to_string());
        assert_eq!(*emit_parcel(&parcel()), golden);
        let read = parse_parcel(golden.as_bytes()).unwrap();
        assert_eq!((read.vault, read.by, read.sign), (parcel().vault, parcel().by, [5; 32]));
        assert_eq!(read.items[1].value.reveal(), [0, 1, 2]);
        assert_eq!(read.items[0].name, parcel().items[0].name);
        assert!(!format!("{:?}", parcel()).contains("hunter2"));
    }

    #[test]
    fn what_no_parcel_may_state_is_refused() {
        let golden = emit_parcel(&parcel()).to_string();
        for (from, to) in [
            ("SecureString", "SecretText"),
            ("SecretBinary", "String"),
            ("\"/shop/db\"", "\"/shop//db\""),
            ("AAEC", "AAE"),
            ("aHVudGVyMg==", "aHVudGVyMg"),
            ("ed25519:", "rsa:"),
            ("kind: \"parcel\"", "kind: \"share\""),
            ("vault: \"vlt1", "vault: \"vlt2"),
            ("items:", "owner: \"x\"\nitems:"),
        ] {
            let text = golden.replacen(from, to, 1);
            assert_ne!(text, golden, "{from}");
            assert!(parse_parcel(text.as_bytes()).is_err(), "{to}");
        }
        let twice =
            golden.replace("shop/key", "shop/db").replace("SecretBinary", "String").replace("\"shop/db", "\"/shop/db");
        assert!(parse_parcel(twice.as_bytes()).is_err(), "{twice}");
    }
}
