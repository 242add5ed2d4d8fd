//! Secrets by way of Parameter Store: `/aws/reference/secretsmanager/SECRET_ID[:VERSION_ID|:STAGE]` (parameter-store §13).

use std::sync::Arc;

use super::{faults, source_result};
use crate::aws::error::ErrorCode;
use crate::aws::parameter::Parameter as Shown;
use crate::aws::secret_id::SecretId;
use crate::model::name::SecretName;
use crate::model::secret::{Secret, SecretVersion, VersionId};
use crate::model::trust::Kind;
use crate::serve::answer::Seconds;
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::kept::Kept;
use crate::serve::moments::Moment;
use crate::serve::secretsmanager::conditions::{conditions, told};
use crate::serve::unanswered::Unanswered;

const ROOT: &str = "/aws/reference/secretsmanager/";

/// A secret that may be read.
pub(super) struct PassThrough {
    /// The name as it was requested, without a selector.
    name: String,
    selector: Option<String>,
    kept: Option<Arc<Kept<Secret>>>,
}

impl PassThrough {
    /// The secret that a name means, if it means one and the caller may read it: by the one service and by the other.
    pub(super) fn of(call: &Call<'_>, text: &str, decrypts: bool) -> Result<Option<Self>, Unanswered> {
        let Some(rest) = text.strip_prefix(ROOT) else { return Ok(None) };
        let (id, selector) = match rest.split_once(':') {
            Some((_, selector)) if selector.is_empty() || selector.contains(':') => {
                return Err(faults::selector().into());
            }
            Some((id, selector)) => (id, Some(selector.to_owned())),
            None => (rest, None),
        };
        if !decrypts {
            let text = "WithDecryption flag must be True for retrieving a Secret Manager secret.";
            return Err(faults::validation(text).into());
        }
        let name = format!("{ROOT}{id}");
        let secret: SecretId = id.parse().map_err(|_| missing(&name, selector.as_deref()))?;
        let found = match call.secret(secret.name()) {
            Err(Unanswered::NotInMemory) => return Err(Unanswered::NotInMemory),
            found => found,
        };
        let arn = call.account().arn("ssm", &format!("parameter{name}"));
        call.allow(&Ask::new(&call.action(), arn))?;
        let document = found.as_ref().ok().and_then(Option::as_deref);
        call.allow(&reading(call, secret.name(), document, selector.as_deref()))?;
        Ok(Some(PassThrough { name, selector, kept: found? }))
    }

    /// Its value, in the shape of a parameter.
    pub(super) fn open(self, call: &Call<'_>) -> Result<Shown<Seconds>, Unanswered> {
        let PassThrough { name, selector, kept } = self;
        let none = || missing(&name, selector.as_deref());
        let secret = kept.filter(|secret| !secret.deleted).ok_or_else(none)?;
        if secret.delete_after.is_some() {
            return Err(faults::validation("Invalid Request to Secrets Manager").into());
        }
        let version = select(&secret, selector.as_deref()).ok_or_else(none)?;
        let value = call.secret_value(&secret, version)?;
        let arn = call.account().secret(&secret.name, secret.suffix());
        let source_result = Some(source_result::of(&arn, &secret, version, &value));
        Ok(Shown {
            name,
            r#type: "SecureString",
            value: Some(value).filter(|_| source_result::is_text(version)),
            version: 0,
            selector: selector.map(|selector| format!(":{selector}")),
            source_result,
            last_modified_date: secret.seconds(Moment::Version(version.uid), version.created),
            arn: Some(arn),
            data_type: None,
        })
    }
}

/// `GetSecretValue` as its own service would ask for it.
fn reading<'a>(
    call: &Call<'_>,
    name: &'a SecretName,
    secret: Option<&Kept<Secret>>,
    selector: Option<&str>,
) -> Ask<'a> {
    let account = call.account();
    let written = account.missing_secret(name.as_str());
    let arn = secret.map_or(written.clone(), |secret| account.secret(&secret.name, secret.suffix()));
    let ask = Ask::new("secretsmanager:GetSecretValue", arn.clone()).with("secretsmanager:SecretId", arn);
    let mut ask = ask.shown(written);
    if let Some(selector) = selector {
        let is_stage = secret.is_some_and(|secret| by_stage(secret, selector).is_some());
        let is_id = !is_stage && selector.parse::<VersionId>().is_ok();
        ask = ask.with(if is_id { "secretsmanager:VersionId" } else { "secretsmanager:VersionStage" }, selector);
    }
    if let Some(secret) = secret {
        ask = told(ask, secret, &conditions(call, secret));
    }
    ask.reads(Kind::Secret, name.as_str())
}

fn by_stage<'s>(secret: &'s Secret, text: &str) -> Option<&'s SecretVersion> {
    secret.select(None, Some(&text.parse().ok()?)).ok()
}

fn select<'s>(secret: &'s Secret, selector: Option<&str>) -> Option<&'s SecretVersion> {
    let Some(text) = selector else { return secret.select(None, None).ok() };
    by_stage(secret, text).or_else(|| secret.select(Some(&text.parse().ok()?), None).ok())
}

/// The service says so of the name and its selector, which is `null` if there is none.
fn missing(name: &str, selector: Option<&str>) -> Fault {
    let asked = name.trim_start_matches('/');
    let selector = selector.map_or_else(|| "null".to_owned(), |selector| format!(":{selector}"));
    let text = format!(
        "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {asked}{selector} not found."
    );
    faults::new(ErrorCode::ParameterNotFound.as_str(), text)
}
