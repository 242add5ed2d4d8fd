//! What a name of a short form means: the parameter or the secret that has it.

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::engine::Vault;
use crate::model::name::SecretName;
use crate::model::near::Aim;
use crate::model::parameter::ParameterRef;
use crate::model::reference;
use crate::model::secret::Secret;

/// A parameter or a secret that exists.
#[derive(Debug)]
pub(crate) enum Meant {
    Parameter(ParameterRef),
    Secret(SecretName),
}

/// Several of one kind.
pub(crate) enum AllMeant {
    Parameters(Vec<ParameterRef>),
    Secrets(Vec<SecretName>),
}

/// The long forms of a short one, such as `param history` and `secret versions`, for errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LongForms {
    pub(crate) parameter: &'static str,
    pub(crate) secret: &'static str,
}

impl LongForms {
    /// What exists under that name. Neither a parameter nor a secret is an error, and so are both.
    pub(crate) fn one(self, text: &str, vault: &Vault<'_>, context: &Context) -> CliResult<Meant> {
        let parameter = reference::parameter(text);
        match self.find(text, vault, context)? {
            Some(meant) => Ok(meant),
            None => match (&parameter, reference::secret(text)) {
                (Err(error), Err(_)) => Err(CliError::Usage {
                    message: format!("`{text}`: {error}"),
                    hint:
                        "a name is that of a parameter, such as /app/prod/db/password, or of a secret, such as prod/db"
                            .into(),
                }),
                _ => Err(vault.neither(Aim::Any, text, parameter.ok().map(|it| it.name).as_ref(), context.now).into()),
            },
        }
    }

    /// The same, or `None` if nothing has the name.
    pub(crate) fn find(self, text: &str, vault: &Vault<'_>, context: &Context) -> CliResult<Option<Meant>> {
        let existing = |wanted: Option<ParameterRef>| match wanted {
            Some(wanted) => vault.find_parameter(&wanted.name, context.now).map(|found| found.map(|_| wanted)),
            None => Ok(None),
        };
        let parameter = existing(reference::parameter(text).ok())?;
        let below = existing(below(text, context)?)?;
        let secret = match reference::secret(text) {
            Ok(wanted) => {
                let name = vault.referenced_name(&wanted)?;
                vault.find::<Secret>(name)?.map(|_| name.clone())
            }
            Err(_) => None,
        };
        if let (Some(below), true) = (&below, parameter.is_some() || secret.is_some()) {
            let other = if parameter.is_some() { self.parameter } else { self.secret };
            return Err(CliError::Usage {
                message: format!("`{text}` has two meanings: there is also `{}`, below the current path", below.name),
                hint: format!("`vault {} {below}` or `vault {other} {text}`", self.parameter),
            });
        }
        match (parameter.or(below), secret) {
            (Some(_), Some(_)) => Err(CliError::Usage {
                message: format!("`{text}` is both a parameter and a secret"),
                hint: format!("`vault {} {text}` or `vault {} {text}`", self.parameter, self.secret),
            }),
            (parameter, secret) => Ok(parameter.map(Meant::Parameter).or(secret.map(Meant::Secret))),
        }
    }

    /// Several names, which must all be of one kind.
    pub(crate) fn all(self, names: &[String], vault: &Vault<'_>, context: &Context) -> CliResult<AllMeant> {
        let (mut parameters, mut secrets) = (Vec::new(), Vec::new());
        for name in names {
            match self.one(name, vault, context)? {
                Meant::Parameter(wanted) => parameters.push(wanted),
                Meant::Secret(name) => secrets.push(name),
            }
        }
        match (parameters.first(), secrets.first()) {
            (Some(parameter), Some(secret)) => Err(CliError::Usage {
                message: format!("`{}` is a parameter and `{secret}` is a secret", parameter.name),
                hint: format!("use `vault {}` and `vault {}`, one after the other", self.parameter, self.secret),
            }),
            (_, None) => Ok(AllMeant::Parameters(parameters)),
            (None, _) => Ok(AllMeant::Secrets(secrets)),
        }
    }
}

/// What a relative name means below the current path of the directory, whether or not it exists.
pub(crate) fn below(text: &str, context: &Context) -> CliResult<Option<ParameterRef>> {
    if text.starts_with('/') {
        return Ok(None);
    }
    let path = context.current_path()?;
    Ok(path.and_then(|(_, path)| format!("{}/{text}", path.as_str().trim_end_matches('/')).parse().ok()))
}

impl Meant {
    /// The parameter without a version, for commands that are about all of them.
    pub(crate) fn whole(wanted: ParameterRef) -> CliResult<crate::model::name::ParameterName> {
        use crate::model::parameter::Selector;
        match wanted.selector {
            Selector::Latest => Ok(wanted.name),
            _ => Err(CliError::Usage {
                message: format!("`{wanted}` names one version, and this command is about all of them"),
                hint: format!("use `{}`", wanted.name),
            }),
        }
    }
}

/// The error for an option that fits only the other kind.
pub(crate) fn unfit(name: &str, is: &str, option: &str) -> CliError {
    CliError::Usage {
        message: format!("`{name}` is a {is}, and `{option}` is not for those"),
        hint: format!("omit `{option}`"),
    }
}
