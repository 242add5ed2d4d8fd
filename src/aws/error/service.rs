//! The two services.

/// A service of AWS, as clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Systems Manager Parameter Store.
    ParameterStore,
    /// Secrets Manager.
    SecretsManager,
}

impl Service {
    /// Its name in ARNs and signatures.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Service::ParameterStore => "ssm",
            Service::SecretsManager => "secretsmanager",
        }
    }

    /// The choice that is this service's.
    pub(super) fn pick<T>(self, parameter_store: T, secrets_manager: T) -> T {
        match self {
            Service::ParameterStore => parameter_store,
            Service::SecretsManager => secrets_manager,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_name_and_its_choice() {
        for (service, name) in [(Service::ParameterStore, "ssm"), (Service::SecretsManager, "secretsmanager")] {
            assert_eq!((service.as_str(), service.pick("ssm", "secretsmanager")), (name, name));
        }
    }
}
