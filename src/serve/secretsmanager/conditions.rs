//! What conditions of policies see of a secret, by whatever operation it is reached.

use super::regions::primary_region;
use crate::model::secret::{Rotation, Secret};
use crate::serve::ask::Ask;
use crate::serve::call::Call;

/// Keys of conditions with their values.
pub(in crate::serve) type Conditions = Vec<(String, String)>;

/// The condition keys of a secret.
pub(in crate::serve) fn conditions(call: &Call<'_>, secret: &Secret) -> Conditions {
    let mut conditions = Conditions::new();
    let mut add = |key: String, value: String| conditions.push((key, value));
    for (key, value) in &secret.tags {
        add(format!("aws:ResourceTag/{key}"), value.clone());
        add(format!("secretsmanager:ResourceTag/{key}"), value.clone());
    }
    if let Some(terms) = secret.rotation.as_ref().and_then(Rotation::terms) {
        let function = terms.function_arn().map_or_else(|| terms.hook.to_string(), str::to_owned);
        add("secretsmanager:resource/AllowRotationLambdaArn".into(), function);
    }
    if let Some(region) = primary_region(call, secret).filter(|_| secret.is_copy()) {
        add("secretsmanager:SecretPrimaryRegion".into(), region);
    }
    conditions
}

/// The question with what is known of the secret, and under its policy.
pub(in crate::serve) fn told<'a>(ask: Ask<'a>, secret: &Secret, conditions: &[(String, String)]) -> Ask<'a> {
    ask.with_all(conditions.iter().cloned()).under(secret.resource_policy.clone())
}
