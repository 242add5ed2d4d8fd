//! Records of uses in the form of CloudTrail's (integrations §8).

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::{Value, json};

use crate::crypto::framing::sha256;
use crate::machine::audit::{Action, Outcome, Record};
use crate::model::arn::Account;

/// One record as CloudTrail writes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "CloudTrail's names")]
pub(super) struct Event {
    /// `1.08`.
    event_version: &'static str,
    /// Who it was.
    user_identity: Value,
    /// In UTC and whole seconds.
    event_time: String,
    /// `ssm.amazonaws.com`, `secretsmanager.amazonaws.com`; `vault` for members, keys and settings.
    event_source: &'static str,
    /// The operation that does the same on AWS, or the words of the command.
    event_name: String,
    /// The region of the vault's ARNs.
    aws_region: String,
    /// The machine.
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: String,
    /// The program that started `vault`, and the one that got the value.
    user_agent: String,
    /// What was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    /// The name, and the version that was read.
    request_parameters: Value,
    /// Always `null`: no answer is recorded.
    response_elements: Value,
    /// What was ours alone: member, labels, reason, agent, job.
    additional_event_data: Value,
    /// Derived from the record, so that it is the same in each export.
    #[serde(rename = "eventID")]
    event_id: String,
    /// Whether nothing was changed.
    read_only: bool,
    /// The ARN of a parameter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Value>,
    /// `AwsApiCall`.
    event_type: &'static str,
    /// `true`.
    management_event: bool,
    /// The account of the vault's ARNs.
    recipient_account_id: String,
    /// `Management`.
    event_category: &'static str,
}

impl Event {
    /// The form of a record, whose line is given as well.
    pub(super) fn of(record: &Record<'_>, line: &[u8], account: &Account) -> Self {
        let (who, (key, _)) = (record.who(), record.credential());
        let arn = format!("arn:aws:iam::{}:user/{who}", account.id);
        let (source, id, version) = match &*record.kind {
            "parameter" => ("ssm.amazonaws.com", "name", Some("version")),
            "secret" => ("secretsmanager.amazonaws.com", "secretId", Some("versionId")),
            _ => ("vault", "name", None),
        };
        let mut request = json!({ id: &record.name });
        if let Some(version) = version.filter(|_| !record.version.is_empty()) {
            request[version] = json!(record.version);
        }
        if record.action == Action::Open && &*record.kind == "parameter" {
            request["withDecryption"] = json!(true);
        }
        let parameter = record.name.parse().ok().filter(|_| &*record.kind == "parameter");
        let resources = parameter.map(|name| json!({ "ARN": account.parameter(&name), "accountId": account.id }));
        let (code, message) = match record.outcome {
            Outcome::Allowed => (None, None),
            Outcome::Denied => (Some("AccessDenied"), Some(record.error.to_string())),
            Outcome::Failed => (Some("InternalFailure"), Some(record.error.to_string())),
        };
        let mut user_identity = json!({
            "type": "IAMUser", "principalId": who, "arn": arn, "accountId": account.id, "userName": who,
        });
        if !key.is_empty() {
            user_identity["accessKeyId"] = json!(key);
        }
        Event {
            event_version: "1.08",
            user_identity,
            event_time: format!("{}Z", record.time.get(..19).unwrap_or_default()),
            event_source: source,
            event_name: name(record),
            aws_region: account.region.clone(),
            source_ip_address: record.host.to_string(),
            user_agent: format!("vault/{} {} {}", record.command, record.parent, record.program).trim_end().to_owned(),
            error_code: code,
            error_message: message,
            request_parameters: request,
            response_elements: Value::Null,
            additional_event_data: json!({
                "user": record.user, "labels": record.labels, "reason": record.reason, "agent": record.agent, "job": record.job,
            }),
            event_id: id_of(line),
            read_only: record.action == Action::Open,
            resources: resources.into_iter().collect(),
            event_type: "AwsApiCall",
            management_event: true,
            recipient_account_id: account.id.clone(),
            event_category: "Management",
        }
    }
}

/// The operation of AWS that does the same.
fn name(record: &Record<'_>) -> String {
    if let Some(operation) = record.command.strip_prefix("serve ") {
        return operation.to_owned();
    }
    let name = match (record.action, &*record.kind, &*record.command) {
        (Action::Open, "parameter", _) => "GetParameter",
        (Action::Open, "secret", _) => "GetSecretValue",
        (_, "parameter", "param rm" | "rm") => "DeleteParameter",
        (_, "parameter", "label add" | "label move") => "LabelParameterVersion",
        (_, "parameter", "label rm") => "UnlabelParameterVersion",
        (_, "parameter", "param tag") => "AddTagsToResource",
        (_, "parameter", _) => "PutParameter",
        (_, "secret", "secret create") => "CreateSecret",
        (_, "secret", "secret rm" | "rm") => "DeleteSecret",
        (_, "secret", "secret restore") => "RestoreSecret",
        (_, "secret", "secret stage") => "UpdateSecretVersionStage",
        (_, "secret", "secret tag") => "TagResource",
        (_, "secret", "secret update") => "UpdateSecret",
        (_, "secret", "secret policy put") => "PutResourcePolicy",
        (_, "secret", command) if command.starts_with("rotate") || command == "tick" => "RotateSecret",
        (_, "secret", _) => "PutSecretValue",
        (_, _, command) => {
            let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
            return command.split([' ', '-']).filter(|word| word.is_ascii() && !word.is_empty()).map(capital).collect();
        }
    };
    name.to_owned()
}

/// An id in the form of a UUID of version 4, from the record's line.
fn id_of(line: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&sha256(line)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_has_the_members_that_queries_look_for() {
        let account = Account { partition: "aws".into(), region: "eu-west-1".into(), id: "123456789012".into() };
        let record = Record {
            time: "2026-11-29T08:00:00.123Z".into(),
            kind: "secret".into(),
            name: "prod/db".into(),
            version: "abc".into(),
            member: "ana".into(),
            host: "laptop".into(),
            command: "exec".into(),
            outcome: Outcome::Denied,
            error: "no".into(),
            ..Record::default()
        };
        let event = serde_json::to_value(Event::of(&record, b"line", &account)).unwrap();
        for (path, expected) in [
            ("/eventSource", json!("secretsmanager.amazonaws.com")),
            ("/eventName", json!("GetSecretValue")),
            ("/eventTime", json!("2026-11-29T08:00:00Z")),
            ("/requestParameters/secretId", json!("prod/db")),
            ("/userIdentity/arn", json!("arn:aws:iam::123456789012:user/ana")),
            ("/errorCode", json!("AccessDenied")),
            ("/readOnly", json!(true)),
            ("/responseElements", json!(null)),
            ("/sourceIPAddress", json!("laptop")),
        ] {
            assert_eq!(event.pointer(path), Some(&expected), "{path}");
        }
        assert_eq!(event["eventID"].as_str().map(str::len), Some(36));
    }
}
