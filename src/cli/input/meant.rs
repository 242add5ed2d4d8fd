//! What a name of a short form means: the parameter or the secret that has it.

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::pick::{self, Picked};
use crate::engine::{Error, Vault};
use crate::model::name::{ParameterName, SecretName};
use crate::model::near::{Aim, NearKind};
use crate::model::parameter::{ParameterRef, Selector};
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
        let existing = Existing::of(text, vault, context)?;
        if existing.is_ambiguous() && pick::is_asked(context) {
            return existing.picked(vault, context);
        }
        match existing.only(self, text)? {
            Some(meant) => Ok(meant),
            None => match (&parameter, reference::secret(text)) {
                (Err(error), Err(_)) => Err(CliError::usage(
                    format!("`{text}`: {error}"),
                    "a name is that of a parameter, such as /app/prod/db/password, or of a secret, such as prod/db",
                )),
                _ => near(
                    vault.neither(Aim::Any, text, parameter.ok().map(|it| it.name).as_ref(), context.now),
                    vault,
                    context,
                ),
            },
        }
    }

    /// The same, or `None` if nothing has the name.
    pub(crate) fn find(self, text: &str, vault: &Vault<'_>, context: &Context) -> CliResult<Option<Meant>> {
        Existing::of(text, vault, context)?.only(self, text)
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
            (Some(parameter), Some(secret)) => Err(CliError::usage(
                format!("`{}` is a parameter and `{secret}` is a secret", parameter.name),
                format!("use `vault {}` and `vault {}`, one after the other", self.parameter, self.secret),
            )),
            (_, None) => Ok(AllMeant::Parameters(parameters)),
            (None, _) => Ok(AllMeant::Secrets(secrets)),
        }
    }
}

/// What exists under one text: a parameter, one below the current path, and a secret.
struct Existing {
    parameter: Option<ParameterRef>,
    below: Option<ParameterRef>,
    secret: Option<SecretName>,
}

impl Existing {
    fn of(text: &str, vault: &Vault<'_>, context: &Context) -> CliResult<Self> {
        let existing = |wanted: Option<ParameterRef>| match wanted {
            Some(wanted) => vault.find_parameter(&wanted.name, context.now).map(|found| found.map(|_| wanted)),
            None => Ok(None),
        };
        let secret = match reference::secret(text) {
            Ok(wanted) => {
                let name = vault.referenced_name(&wanted)?;
                vault.find::<Secret>(name)?.map(|_| name.clone())
            }
            Err(_) => None,
        };
        let parameter = existing(reference::parameter(text).ok())?;
        Ok(Existing { parameter, below: existing(below(text, context)?)?, secret })
    }

    fn is_ambiguous(&self) -> bool {
        [self.parameter.is_some(), self.below.is_some(), self.secret.is_some()].iter().filter(|is| **is).count() > 1
    }

    /// The only one; several are an error that names the long forms.
    fn only(self, long: LongForms, text: &str) -> CliResult<Option<Meant>> {
        let LongForms { parameter: of_parameter, secret: of_secret } = long;
        let Existing { parameter, below, secret } = self;
        if let (Some(below), true) = (&below, parameter.is_some() || secret.is_some()) {
            let other = if parameter.is_some() { of_parameter } else { of_secret };
            return Err(CliError::usage(
                format!("`{text}` has two meanings: there is also `{}`, below the current path", below.name),
                format!("`vault {of_parameter} {below}` or `vault {other} {text}`"),
            ));
        }
        match (parameter.or(below), secret) {
            (Some(_), Some(_)) => Err(CliError::usage(
                format!("`{text}` is both a parameter and a secret"),
                format!("`vault {of_parameter} {text}` or `vault {of_secret} {text}`"),
            )),
            (parameter, secret) => Ok(parameter.map(Meant::Parameter).or(secret.map(Meant::Secret))),
        }
    }

    /// The one that the user picks.
    fn picked(self, vault: &Vault<'_>, context: &Context) -> CliResult<Meant> {
        let parameters: Vec<ParameterRef> = self.parameter.into_iter().chain(self.below).collect();
        let all = parameters.iter().map(|wanted| Picked::Parameter(wanted.name.clone()));
        Ok(match pick::among(all.chain(self.secret.map(Picked::Secret)).collect(), vault, context)? {
            Picked::Secret(name) => Meant::Secret(name),
            Picked::Parameter(name) => {
                // With the version that was typed.
                let wanted = parameters.into_iter().find(|wanted| wanted.name == name);
                Meant::Parameter(wanted.unwrap_or_else(|| name.into()))
            }
        })
    }
}

/// Lets the user pick what they half remembered, if several names are near it.
fn near(error: Error, vault: &Vault<'_>, context: &Context) -> CliResult<Meant> {
    let Error::NotFound { near, .. } = &error else { return Err(error.into()) };
    let all = near.iter().filter_map(|near| match near.what {
        NearKind::Parameter => near.name.parse().ok().map(Picked::Parameter),
        NearKind::Secret => near.name.parse().ok().map(Picked::Secret),
        NearKind::Path => None,
    });
    let all: Vec<Picked> = all.collect();
    if all.len() < 2 || !pick::is_asked(context) {
        return Err(error.into());
    }
    Ok(match pick::among(all, vault, context)? {
        Picked::Parameter(name) => Meant::Parameter(name.into()),
        Picked::Secret(name) => Meant::Secret(name),
    })
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
    pub(crate) fn whole(wanted: ParameterRef) -> CliResult<ParameterName> {
        match wanted.selector {
            Selector::Latest => Ok(wanted.name),
            _ => Err(CliError::usage(
                format!("`{wanted}` names one version, and this command is about all of them"),
                format!("use `{}`", wanted.name),
            )),
        }
    }
}

/// The error for an option that fits only the other kind.
pub(crate) fn unfit(name: &str, is: &str, option: &str) -> CliError {
    CliError::usage(format!("`{name}` is a {is}, and `{option}` is not for those"), format!("omit `{option}`"))
}

/// Refuses the first of these options that was given, because they fit only the other kind.
pub(crate) fn refuse_unfit(name: &str, is: &str, options: &[(&str, bool)]) -> CliResult<()> {
    let given = options.iter().find(|(_, is_given)| *is_given);
    given.map_or(Ok(()), |(option, _)| Err(unfit(name, is, option)))
}

/// What was asked for, as the log of uses records it: one name, or one path.
pub(crate) fn typed(names: &[impl ToString], path: Option<&str>) -> String {
    match (names, path) {
        ([one], _) => one.to_string(),
        (_, path) => path.unwrap_or_default().to_owned(),
    }
}
