//! `get-parameter`, `get-parameters`, `get-parameters-by-path` and `get-parameter-history`.

use super::answer::text_of;
use super::grouped::Grouped;
use crate::inject::foreign::tree::Tree;
use crate::inject::import::item::{Content, Item, ItemError};
use crate::model::parameter::{ParameterType, Policy, PutRequest, TierRequest};
use crate::model::value::SecretValue;

/// What `aws` prints for the value of a `SecureString` without `--with-decryption`: a blob of KMS in base64.
const KMS_BLOBS: [&str; 2] = ["AQICA", "AQECA"];
/// No blob is shorter, in base64.
const KMS_BLOB_LENGTH: usize = 150;

type Version = (SecretValue, PutRequest);

/// Parameters by name, in the order in which they first occur.
#[derive(Default)]
pub(super) struct Parameters(Grouped<Version>);

impl Parameters {
    pub(super) fn add(&mut self, element: &Tree) {
        self.0.add(text_of(element, "Name"), version(element), |known, new| {
            known.1.number.is_some() && known.1.number == new.1.number
        });
    }

    pub(super) fn into_items(self) -> impl Iterator<Item = Item> {
        self.0.into_inner().map(|(name, versions)| {
            let sorted = |mut versions: Vec<Version>| {
                versions.sort_by_key(|(_, request)| request.number);
                Content::Parameter(versions)
            };
            Item { name, content: versions.map(sorted) }
        })
    }
}

fn version(element: &Tree) -> Result<Version, ItemError> {
    let value = element.member("Value").and_then(Tree::text).ok_or(ItemError::Field("Value"))?;
    // A query may have left the type out.
    let kind = element.member("Type").map(|_| text_of(element, "Type").parse());
    let kind: Option<ParameterType> = kind.transpose().map_err(|_| ItemError::Field("Type"))?;
    let is_blob = value.len() >= KMS_BLOB_LENGTH && KMS_BLOBS.iter().any(|start| value.starts_with(start));
    if is_blob && kind.is_none_or(|kind| kind == ParameterType::SecureString) {
        return Err(ItemError::StillEncrypted);
    }
    let number = element.member("Version").and_then(Tree::scalar);
    let number = number.map(|text| text.parse().map_err(|_| ItemError::Field("Version"))).transpose()?;
    let labels = element.member("Labels").and_then(Tree::list).unwrap_or_default();
    let labels = labels.iter().map(|label| label.text().map(str::to_owned).ok_or(ItemError::Field("Labels")));
    let request = PutRequest { kind, number, labels: labels.collect::<Result<_, _>>()?, ..settings(element)? };
    Ok((SecretValue::from_text(value.to_owned()), request))
}

/// The settings beside a value, in a history or in `describe-parameters`.
pub(super) fn settings(element: &Tree) -> Result<PutRequest, ItemError> {
    let stated = |key: &str| element.member(key).and_then(Tree::text).map(str::to_owned);
    let data_type = stated("DataType").map(|text| text.parse().map_err(|_| ItemError::Field("DataType")));
    let is_advanced = text_of(element, "Tier") == "Advanced";
    Ok(PutRequest {
        tier: Some(if is_advanced { TierRequest::Advanced } else { TierRequest::Intelligent }),
        data_type: data_type.transpose()?,
        description: stated("Description"),
        allowed_pattern: stated("AllowedPattern"),
        policies: policies(element)?,
        ..PutRequest::default()
    })
}

/// `Policies` is a list of objects with a JSON text each.
fn policies(element: &Tree) -> Result<Option<Vec<Policy>>, ItemError> {
    let Some(listed) = element.member("Policies").and_then(Tree::list) else { return Ok(None) };
    let texts: Vec<&str> = listed.iter().filter_map(|policy| policy.member("PolicyText")?.text()).collect();
    let all = Policy::parse_array(&format!("[{}]", texts.join(",")));
    all.map(Some).map_err(|_| ItemError::Field("Policies"))
}
