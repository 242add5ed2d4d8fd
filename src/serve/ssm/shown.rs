//! Parameters as the service answers them: with ARNs, principals and keys in AWS's words (parameter-store §1).

use std::sync::Arc;

use data_encoding::BASE64;

use super::keys;
use crate::aws::parameter::Parameter as Valued;
use crate::aws::parameter_history::ParameterHistory;
use crate::aws::parameter_metadata::ParameterMetadata;
use crate::aws::parameter_policy::ParameterPolicy;
use crate::crypto::framing::sha256;
use crate::model::parameter::{Parameter, ParameterType, Selector, Version};
use crate::model::value::SecretValue;
use crate::serve::answer::Seconds;
use crate::serve::call::Call;
use crate::serve::kept::Kept;
use crate::serve::moments::Moment;
use crate::serve::unanswered::Unanswered;

/// A version with its value, under the name that was asked for.
pub(super) fn valued(
    call: &Call<'_>,
    parameter: &Arc<Kept<Parameter>>,
    version: &Version,
    name: String,
    selector: &Selector,
    decrypts: bool,
) -> Result<Valued<Seconds>, Unanswered> {
    let value = value(call, parameter, version, decrypts)?;
    let arn = Some(call.account().parameter(&parameter.name));
    let last_modified_date = modified(parameter, version);
    Ok(Valued { name, last_modified_date, arn, ..Valued::of(parameter, version, selector, value) })
}

/// A version of a history.
pub(super) fn historic(
    call: &Call<'_>,
    parameter: &Arc<Kept<Parameter>>,
    version: &Version,
    name: String,
    decrypts: bool,
) -> Result<ParameterHistory<Seconds>, Unanswered> {
    let value = value(call, parameter, version, decrypts)?;
    let shown = ParameterHistory::of(parameter, version, Some(value));
    Ok(ParameterHistory {
        name,
        policies: exact(shown.policies),
        last_modified_date: modified(parameter, version),
        last_modified_user: call.account().user(&version.by),
        key_id: version.key().map(keys::shown),
        ..shown
    })
}

/// The latest version without its value.
pub(super) fn described(call: &Call<'_>, parameter: &Kept<Parameter>, latest: &Version) -> ParameterMetadata<Seconds> {
    let shown = ParameterMetadata::of(parameter, latest);
    ParameterMetadata {
        policies: exact(shown.policies),
        last_modified_date: modified(parameter, latest),
        arn: Some(call.account().parameter(&parameter.name)),
        last_modified_user: call.account().user(&latest.by),
        key_id: latest.key().map(keys::shown),
        ..shown
    }
}

fn exact(policies: Vec<ParameterPolicy>) -> Vec<ParameterPolicy> {
    policies.into_iter().map(ParameterPolicy::with_millis).collect()
}

/// When a version was written.
fn modified(parameter: &Kept<Parameter>, version: &Version) -> Seconds {
    parameter.seconds(Moment::Version(version.uid), version.created)
}

/// The value of a version. A `SecureString` that is not to be decrypted has a text that says nothing about its value, and is the same
/// each time.
fn value(
    call: &Call<'_>,
    parameter: &Arc<Kept<Parameter>>,
    version: &Version,
    decrypts: bool,
) -> Result<Arc<SecretValue>, Unanswered> {
    if decrypts || version.parameter_type() != ParameterType::SecureString {
        return call.value(parameter, version);
    }
    let token = [&b"not decrypted"[..], &parameter.id.0, &version.uid.0].concat();
    Ok(Arc::new(SecretValue::from_text(BASE64.encode(&sha256(&token)))))
}
