//! A parameter with one of its values, as `GetParameter`, `GetParameters` and `GetParametersByPath` answer (parameter-store §1).

use std::sync::Arc;

use serde::Serialize;

use super::value;
use crate::model::parameter::{Parameter as Stored, Selector, Version};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// One value of a parameter. It is wiped on drop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parameter<D> {
    /// The bare name, without a selector.
    pub name: String,
    /// `String`, `StringList` or `SecureString`.
    pub r#type: &'static str,
    /// The plaintext; `None` for bytes of another service.
    #[serde(serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    pub value: Option<Arc<SecretValue>>,
    /// Number of the version that the value is from.
    pub version: u64,
    /// The selector after the name, with its colon: `:3`, `:live`; `None` for the latest version (§9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// What another service says of the value, and the value, as JSON; `None` for a value of a parameter (§13).
    #[serde(serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    pub source_result: Option<SecretValue>,
    /// When the version was written.
    pub last_modified_date: D,
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `text`, `integer`, … (§3); `None` for a value of another service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_type: Option<&'static str>,
}

impl<D> Parameter<D> {
    /// How many bytes of values it has.
    pub(crate) fn size(&self) -> usize {
        let values = [self.value.as_deref(), self.source_result.as_ref()];
        values.into_iter().flatten().map(|value| value.reveal().len()).sum()
    }
}

impl<D: From<Timestamp>> Parameter<D> {
    /// Shows a version, which `selector` has picked, with its opened value.
    pub(crate) fn of(
        parameter: &Stored,
        version: &Version,
        selector: &Selector,
        value: impl Into<Arc<SecretValue>>,
    ) -> Self {
        Parameter {
            name: parameter.name.to_string(),
            r#type: version.parameter_type().as_str(),
            value: Some(value.into()),
            version: version.number,
            selector: match selector {
                Selector::Latest => None,
                selector => Some(format!(":{selector}")),
            },
            source_result: None,
            last_modified_date: version.created.into(),
            arn: None,
            data_type: Some(version.settings.data_type.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, json};
    use super::*;
    use crate::model::parameter::sample;

    fn shown(selector: &Selector) -> serde_json::Value {
        let parameter = sample::parameter(2);
        let version = parameter.select(selector).unwrap();
        let value = SecretValue::from_text("hunter2".into());
        json(&Parameter::<Seconds>::of(&parameter, version, selector, value))
    }

    #[test]
    fn the_selector_keeps_its_colon() {
        let latest = shown(&Selector::Latest);
        assert!(latest.get("Selector").is_none() && latest.get("ARN").is_none(), "{latest}");
        assert_eq!(
            (&latest["Value"], &latest["Version"], &latest["DataType"]),
            (&json!("hunter2"), &json!(2), &json!("text"))
        );
        let first = shown(&Selector::Version(1));
        assert_eq!(
            (&first["Version"], &first["Selector"], &first["Type"]),
            (&json!(1), &json!(":1"), &json!("String"))
        );
    }

    #[test]
    fn dates_take_the_form_of_whoever_answers() {
        assert!(shown(&Selector::Latest)["LastModifiedDate"].is_i64());
    }
}
