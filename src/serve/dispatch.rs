//! Which operation a request asks for: `X-Amz-Target` (wire §1).

use super::call::Operation;
use super::{secretsmanager, ssm};
use crate::aws::error::Service;

/// The operation that a target names.
pub(super) fn find(target: &str) -> Option<Operation> {
    let (service, name) = target.split_once('.')?;
    let (service, operations) = match service {
        "AmazonSSM" => (Service::ParameterStore, ssm::OPERATIONS),
        "secretsmanager" => (Service::SecretsManager, secretsmanager::OPERATIONS),
        _ => return None,
    };
    operations.iter().find(|(found, _)| *found == name).map(|&(name, run)| Operation { service, name, run })
}

#[cfg(test)]
mod tests {
    use crate::model::iam::Right;
    use crate::serve::{secretsmanager, ssm};

    #[test]
    fn policies_can_name_every_operation() {
        let parameters = ssm::OPERATIONS.iter().map(|(name, _)| format!("ssm:{name}"));
        let secrets = secretsmanager::OPERATIONS.iter().map(|(name, _)| format!("secretsmanager:{name}"));
        for action in parameters.chain(secrets) {
            assert!(Right::of(&action).is_some(), "{action}");
        }
    }
}
