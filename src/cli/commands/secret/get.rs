//! `vault secret get`: print values.

use clap::Args;

use super::broken;
use crate::aws::error::{ErrorCode, Service};
use crate::aws::secret_value::{BatchError, BatchGetSecretValue, GetSecretValue};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::destination::Destination;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::page::Format;
use crate::cli::terminal::{Meaning, Page, Report, escape};
use crate::engine::{Error, Vault};
use crate::model::name::SecretName;
use crate::model::reference::{self, SecretRef};
use crate::model::sealed::Sealed;
use crate::model::secret::{Secret, SecretError, SecretFilter, SecretVersion, Stage, VersionPrefix, json};
use crate::model::value::SecretValue;

/// Print the value of one or more secrets
#[derive(Debug, Args)]
#[command(
    long_about = "Print the value of one or more secrets.\n\n\
        A single value is printed exactly as stored, binary ones as bytes; on a terminal a newline is added and \
        control characters are escaped. Several values are printed as NAME, a tab, VALUE, one per line, binary ones \
        in base64; --json prints the form of BatchGetSecretValue.",
    after_help = "Examples:\n  \
        vault secret get prod/db\n  \
        vault secret get prod/db --json-key password\n  \
        vault secret get prod/db --json-key /replicas/0/host    a JSON pointer\n  \
        vault secret get prod/db -c -k password                 to the clipboard\n  \
        vault secret get prod/db --stage AWSPREVIOUS\n  \
        vault secret get prod/db --version-id 01890a5d          or more of the id\n  \
        vault secret get prod/db prod/api-key --json\n  \
        vault secret get --filter name=prod/ --json"
)]
pub(crate) struct GetArgs {
    /// Names of the secrets, or their ARNs
    #[arg(
        value_name = "NAME",
        required_unless_present = "filter",
        value_parser = reference::secret
    )]
    pub(crate) names: Vec<SecretRef>,
    /// Stage of the version [default: AWSCURRENT]
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<Stage>,
    /// Id of the version, or a prefix of it
    #[arg(long, value_name = "ID", conflicts_with = "filter")]
    pub(crate) version_id: Option<VersionPrefix>,
    /// One field of a JSON value: a top-level key, or a JSON pointer
    #[arg(short = 'k', long, value_name = "KEY")]
    pub(crate) json_key: Option<String>,
    /// All matching secrets, such as name=prod/ or tag-key=team; may be repeated
    #[arg(long, value_name = "FILTER", conflicts_with = "names")]
    pub(crate) filter: Vec<SecretFilter>,
    #[command(flatten)]
    pub(crate) destination: Destination,
}

pub(super) fn run(args: &GetArgs, context: &mut Context) -> CliResult<()> {
    super::ls::check_filters(&args.filter)?;
    args.destination.check(args.names.len() == 1, context)?;
    let vault = context.open_vault()?;
    get(args, vault, context)
}

/// Prints them from an open vault.
pub(crate) fn get(args: &GetArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    match args.names.as_slice() {
        [] => matching(args, vault, context),
        [one] if context.ui.settings().format == Format::Text => single(one, args, vault, context),
        names => several(&distinct(names, &vault)?, args, vault, context),
    }
}

/// The fast path: one document, one value, one write.
fn single(name: &SecretRef, args: &GetArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let secret = vault.referenced_secret(name)?;
    let (value, _) = read(&secret, args, &vault)?;
    vault.finish(context);
    args.destination.deliver(name.name.as_str(), &value, context)
}

/// What was asked for, each once.
fn distinct<'a>(names: &'a [SecretRef], vault: &Vault<'_>) -> CliResult<Vec<&'a SecretName>> {
    let mut all = Vec::new();
    for name in names {
        let name = vault.referenced_name(name)?;
        if !all.contains(&name) {
            all.push(name);
        }
    }
    Ok(all)
}

/// Everything that can be read is printed. Missing or unreadable names determine the exit code.
fn several(names: &[&SecretName], args: &GetArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let mut report = BatchGetSecretValue { secret_values: Vec::new(), errors: Vec::new(), next_token: None };
    let (mut missing, mut refused) = (Vec::new(), None);
    for &name in names {
        match vault.live_secret(name).map_err(CliError::from).and_then(|secret| shown(&secret, args, &vault)) {
            Ok(value) => report.secret_values.push(value),
            Err(CliError::Engine(error)) if code(&error).is_some() => {
                report.errors.extend(failed(name, &error));
                if CliError::is_not_found(&error) && names.len() > 1 {
                    missing.push(name.to_string());
                } else {
                    refused = refused.or(Some(error));
                }
            }
            Err(error) => return Err(error),
        }
    }
    vault.finish(context);
    context.ui.report(&report)?;
    match (missing.is_empty(), refused) {
        (false, _) => Err(CliError::MissingSecrets(missing)),
        (true, Some(error)) => Err(error.into()),
        (true, None) => Ok(()),
    }
}

/// Every secret that matches and has such a version; those marked for deletion are left out.
fn matching(args: &GetArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let mut values = Vec::new();
    for secret in vault.secrets()?.whole()? {
        let wanted = secret.require_live().is_ok() && args.filter.iter().all(|filter| filter.matches(&secret));
        if wanted && secret.select(None, args.stage.as_ref()).is_ok() {
            values.push(shown(&secret, args, &vault)?);
        }
    }
    vault.finish(context);
    Ok(context.ui.report(&BatchGetSecretValue { secret_values: values, errors: Vec::new(), next_token: None })?)
}

/// The requested value, and its version.
fn read<'s>(secret: &'s Secret, args: &GetArgs, vault: &Vault<'_>) -> CliResult<(SecretValue, &'s SecretVersion)> {
    let rule = |error: SecretError| broken(&secret.name, error);
    let version = secret.pick(args.version_id.as_ref(), args.stage.as_ref()).map_err(rule)?;
    let value = vault.reveal(secret, version)?;
    match &args.json_key {
        None => Ok((value, version)),
        Some(key) => Ok((json::member(&value, key).map_err(rule)?, version)),
    }
}

fn shown(secret: &Secret, args: &GetArgs, vault: &Vault<'_>) -> CliResult<GetSecretValue<Date>> {
    let (value, version) = read(secret, args, vault)?;
    let is_binary = version.content.as_ref().is_some_and(Sealed::is_binary) && args.json_key.is_none();
    Ok(GetSecretValue::of(secret, version, value, is_binary))
}

fn failed(name: &SecretName, error: &Error) -> Option<BatchError> {
    Some(BatchError { secret_id: name.to_string(), error_code: code(error)?, message: error.to_string() })
}

/// The word of AWS for what may fail for one secret of several; `None` for what ends the command.
fn code(error: &Error) -> Option<&'static str> {
    let code = ErrorCode::of(error, Service::SecretsManager);
    let is_of_one = code == ErrorCode::InvalidRequestException || CliError::is_not_found(error);
    is_of_one.then_some(code.as_str())
}

impl Report for BatchGetSecretValue<Date> {
    fn text(&self, page: &mut Page) {
        for value in &self.secret_values {
            let name = page.paint(Meaning::Name, &value.name);
            let shown = value.shown().and_then(SecretValue::reveal_text);
            page.line(format!("{name}\t{}", escape::line(shown.unwrap_or_default())));
        }
    }

    fn shows_values(&self) -> bool {
        true
    }
}
