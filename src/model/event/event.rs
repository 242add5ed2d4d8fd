//! An event in the envelope of EventBridge.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event, as rules match it and targets get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    /// The version of the envelope.
    pub version: String,
    /// Its id: the same change has the same one on every machine.
    pub id: String,
    /// What happened, such as `Parameter Store Change`.
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    /// `aws.ssm`, `aws.secretsmanager` or `vault`.
    pub source: String,
    /// The account that the vault stands for.
    pub account: String,
    /// When the document was written.
    pub time: String,
    /// The region that the vault stands for.
    pub region: String,
    /// The ARN of what changed, or the id of the vault.
    pub resources: Vec<String>,
    /// The rest.
    pub detail: Value,
}

impl Event {
    /// What happened in one word: the operation of a parameter, the name of an event or an action elsewhere.
    pub(crate) fn operation(&self) -> &str {
        let named = ["operation", "eventName", "policy-type"].iter().find_map(|key| self.detail[key].as_str());
        named.unwrap_or(&self.detail_type)
    }

    /// The name of what changed.
    pub(crate) fn name(&self) -> &str {
        ["name", "parameter-name"].iter().find_map(|key| self.detail[key].as_str()).unwrap_or_default()
    }
}
