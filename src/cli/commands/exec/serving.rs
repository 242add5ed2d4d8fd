//! `vault exec --serve`: an endpoint for the program alone, with credentials that reach what the command line names.

use std::ffi::OsString;
use std::path::Path;

use super::ExecArgs;
use super::args::Reach;
use crate::cli::advice::near::words;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::meant::below;
use crate::cli::served::privately;
use crate::engine::Vault;
use crate::inject::environment::Environment;
use crate::model::name::SecretName;
use crate::model::near::Aim;
use crate::model::secret::Secret;
use crate::model::trust::Kind;
use crate::serve::grant::Grant;
use crate::serve::private::PrivateEndpoint;
use crate::serve::session::Session;

/// How long the credentials last at most: they end with the program.
const SECONDS: i64 = 10 * 365 * 86_400;

/// Variables that would lead an SDK elsewhere, or to other credentials.
const MISLEADING: [&str; 16] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_ACCOUNT_ID",
    "AWS_SIGV4A_SIGNING_REGION_SET",
];

/// The endpoint, until the program has ended.
pub(super) struct Serving {
    endpoint: PrivateEndpoint,
    session: Session,
}

impl Serving {
    /// Starts it, if it is wanted. Unlocks.
    pub(super) fn start(args: &ExecArgs, vault: &Vault<'static>, context: &mut Context) -> CliResult<Option<Self>> {
        let Some(names) = names(args, vault, context)? else { return Ok(None) };
        let grant = grant(&names, args.supervision.serve == Some(Reach::Write))?;
        vault.whoami()?;
        // Who may write begins with nothing.
        if !grant.writes {
            tell_missing(&names, vault, context)?;
        }
        let endpoint = PrivateEndpoint::start(privately(vault, context)?)?;
        let program = Path::new(&args.command[0]);
        let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
        let session = endpoint.served().sessions.issue(&grant.policy(), &name, SECONDS);
        let session = session.map_err(|error| CliError::usage(error.to_string(), "give fewer sources"))?;
        Ok(Some(Serving { endpoint, session }))
    }

    /// The environment of a program that finds the endpoint.
    pub(super) fn add_to(&self, environment: Environment) -> Environment {
        let mut variables = self.endpoint.variables(&self.session);
        variables.extend(around_proxies(&environment));
        environment.with(variables, &MISLEADING)
    }
}

/// The sources that are served; `None` without `--serve`.
pub(super) fn names(args: &ExecArgs, vault: &Vault<'_>, context: &Context) -> CliResult<Option<Vec<String>>> {
    let Some(_) = args.supervision.serve else { return Ok(None) };
    let names = args.sources.served(vault, context)?;
    if names.is_empty() {
        return Err(CliError::usage(
            "`--serve` was given without a path or a secret",
            "name what the program may read, such as `/app/dev` or `secret:prod/db`",
        ));
    }
    Ok(Some(names))
}

/// What a source names. A version, label or JSON key after a colon limits nothing: IAM knows only names.
fn named(source: &str) -> (Aim, &str) {
    let (aim, name) = if let Some(name) = source.strip_prefix("param:") {
        (Aim::One(Kind::Parameter), name)
    } else if let Some(name) = source.strip_prefix("secret:") {
        (Aim::One(Kind::Secret), name)
    } else if source.starts_with('/') {
        (Aim::Below, source)
    } else {
        (Aim::Source, source)
    };
    (aim, name.split(':').next().unwrap_or_default())
}

/// What the sources reach.
fn grant(names: &[String], writes: bool) -> CliResult<Grant> {
    let mut grant = Grant { writes, ..Grant::default() };
    for (aim, name) in names.iter().map(|source| named(source)) {
        match aim {
            Aim::One(Kind::Parameter) => grant.parameters.push(name.to_owned()),
            Aim::Below => grant.paths.push(name.to_owned()),
            _ => {
                let name: SecretName = name.parse().map_err(crate::engine::Error::from)?;
                grant.secrets.push(name.to_string());
            }
        }
    }
    Ok(grant)
}

/// What is not there is no error: the program may cope without it. But what was meant may be near.
fn tell_missing(names: &[String], vault: &Vault<'_>, context: &mut Context) -> CliResult<()> {
    for (aim, name) in names.iter().map(|source| named(source)) {
        let said = match aim {
            Aim::One(Kind::Parameter) => "there is no parameter",
            Aim::One(_) => "there is no secret",
            Aim::Below => "nothing is at or below",
            _ => "there is no parameter, path or secret",
        };
        if is_there(aim, name, vault, context) {
            continue;
        }
        let below = below(name, context)?.filter(|_| aim == Aim::Source);
        let mut near = below.map_or_else(Vec::new, |below| vault.near(Aim::Below, &below.to_string()));
        let others = vault.near(aim, name).into_iter();
        let others: Vec<_> = others.filter(|other| near.iter().all(|known| known.name != other.name)).collect();
        near.extend(others);
        let hint = match near.as_slice() {
            [] => "`vault find TEXT` searches all names".to_owned(),
            near => format!("did you mean {}?", words(near)),
        };
        context.ui.note(format!("{said} `{name}`; {hint}"));
    }
    Ok(())
}

/// Whether there is something to read; also what cannot be read now.
fn is_there(aim: Aim, name: &str, vault: &Vault<'_>, context: &Context) -> bool {
    let is_parameter =
        || name.parse().is_ok_and(|name| !vault.find_parameter(&name, context.now).is_ok_and(|found| found.is_none()));
    match aim {
        Aim::One(Kind::Parameter) => is_parameter(),
        Aim::Below => name.parse().is_ok_and(|path| vault.has_below(&path)) || is_parameter(),
        // What a bare name is besides a secret has been found already.
        _ => {
            name.parse::<SecretName>().is_ok_and(|name| !vault.find::<Secret>(&name).is_ok_and(|found| found.is_none()))
        }
    }
}

/// A proxy must not get calls to the endpoint.
fn around_proxies(environment: &Environment) -> Vec<(OsString, OsString)> {
    let find = |wanted: &str| environment.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    if proxies.iter().all(|proxy| find(proxy).is_none()) {
        return Vec::new();
    }
    let except = |name: &str| {
        let mut hosts = find(name).filter(|hosts| !hosts.is_empty()).map(|mut hosts| {
            hosts.push(",");
            hosts
        });
        let hosts = hosts.get_or_insert_default();
        hosts.push("127.0.0.1,localhost");
        (name.into(), hosts.clone())
    };
    vec![except("NO_PROXY"), except("no_proxy")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_paths_parameters_and_secrets() {
        let sources = ["/shop/dev", "/shop/prod/key:3", "param:/one", "secret:prod/db:password", "prod/api"];
        let grant = grant(&sources.map(str::to_owned), false).unwrap();
        assert_eq!(grant.paths, ["/shop/dev", "/shop/prod/key"]);
        assert_eq!(
            (grant.parameters, grant.secrets),
            (vec!["/one".to_owned()], vec!["prod/db".into(), "prod/api".into()])
        );
    }
}
