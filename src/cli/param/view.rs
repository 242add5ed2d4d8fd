//! How parameters look: the AWS field names of one value and of one version.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::error::CliResult;
use crate::cli::escape;
use crate::cli::palette::Meaning;
use crate::cli::report::Page;
use crate::cli::value_json;
use crate::engine::{Error, Vault};
use crate::model::parameter::{Content, Parameter, Selector, Version};
use crate::model::value::SecretValue;

/// A parameter with its value, as `GetParameter` shows it. Wiped when it goes.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "AWS names the field so")]
pub(super) struct Value {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(rename = "Value", serialize_with = "value_json::text")]
    value: SecretValue,
    #[serde(rename = "Version")]
    version: u64,
    #[serde(rename = "Selector", skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    #[serde(rename = "LastModifiedDate")]
    modified: String,
    #[serde(rename = "DataType")]
    data_type: &'static str,
}

/// A version without its value, as `GetParameterHistory` shows it.
#[derive(Serialize)]
pub(super) struct VersionView {
    #[serde(rename = "Name")]
    pub(super) name: String,
    #[serde(rename = "Version")]
    pub(super) version: u64,
    #[serde(rename = "Type")]
    pub(super) kind: &'static str,
    #[serde(rename = "Value", serialize_with = "value_json::optional_text", skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<SecretValue>,
    #[serde(rename = "KeyId", skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(rename = "LastModifiedDate")]
    pub(super) modified: String,
    #[serde(rename = "LastModifiedUser")]
    pub(super) by: String,
    #[serde(rename = "Description", skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(rename = "AllowedPattern", skip_serializing_if = "String::is_empty")]
    pub(super) allowed_pattern: String,
    #[serde(rename = "Labels")]
    pub(super) labels: Vec<String>,
    #[serde(rename = "Tier")]
    pub(super) tier: &'static str,
    #[serde(rename = "Policies")]
    pub(super) policies: Vec<serde_json::Value>,
    #[serde(rename = "DataType")]
    pub(super) data_type: &'static str,
}

impl Value {
    /// Opens the value that a selector names.
    pub(super) fn read(parameter: &Parameter, selector: &Selector, vault: &Vault<'_>) -> CliResult<Self> {
        let version = select(parameter, selector)?;
        Ok(Value {
            name: parameter.name.to_string(),
            kind: version.parameter_type().as_str(),
            value: vault.reveal(parameter, version)?,
            version: version.number,
            selector: match selector {
                Selector::Latest => None,
                Selector::Version(number) => Some(format!(":{number}")),
                Selector::Label(label) => Some(format!(":{label}")),
            },
            modified: version.created.to_string(),
            data_type: version.settings.data_type.as_str(),
        })
    }

    /// `NAME<tab>VALUE`, the value with its control characters spelled out so that it stays one line.
    pub(super) fn line(&self, page: &Page) -> Zeroizing<String> {
        let (name, value) = (page.paint(Meaning::Name, &self.name), escape::value_line(self.value.reveal()));
        let mut line = Zeroizing::new(String::with_capacity(name.len() + 1 + value.len()));
        for part in [name.as_str(), "\t", value.as_str()] {
            line.push_str(part);
        }
        line
    }
}

impl VersionView {
    /// The value, where it was asked for.
    pub(super) fn value_text(&self) -> Option<&str> {
        self.value.as_ref().and_then(SecretValue::reveal_text)
    }

    /// Describes one version, with its value where one is given.
    pub(super) fn new(parameter: &Parameter, version: &Version, value: Option<SecretValue>) -> Self {
        let key = match &version.content {
            Content::Sealed(sealed) => Some(sealed.key.name.to_string()),
            Content::Plain { .. } => None,
        };
        let policy = |policy: &crate::model::parameter::Policy| serde_json::json!({ "PolicyText": policy.as_str(), "PolicyType": policy.type_name(), "PolicyStatus": "Pending" });
        VersionView {
            name: parameter.name.to_string(),
            version: version.number,
            kind: version.parameter_type().as_str(),
            value,
            key,
            modified: version.created.to_string(),
            by: version.by.to_string(),
            description: version.settings.description.clone(),
            allowed_pattern: version.settings.allowed_pattern.clone(),
            labels: version.labels.iter().map(ToString::to_string).collect(),
            tier: version.settings.tier.as_str(),
            policies: version.settings.policies.iter().map(policy).collect(),
            data_type: version.settings.data_type.as_str(),
        }
    }
}

/// The version that a selector names.
pub(in crate::cli) fn select<'p>(parameter: &'p Parameter, selector: &Selector) -> CliResult<&'p Version> {
    let selected = parameter.select(selector);
    Ok(selected.map_err(|error| Error::Parameter { name: parameter.name.to_string(), error })?)
}
