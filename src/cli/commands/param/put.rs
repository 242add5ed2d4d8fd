//! `vault param put`: store a value.

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::policies::PolicyArgs;
use super::view::broken;
use crate::aws::put_parameter::PutParameter;
use crate::cli::clash;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::unsealed::require_type_kept;
use crate::cli::input::next_version::{self, Latest};
use crate::cli::input::value_input::{FinalNewline, ValueInputError};
use crate::cli::input::value_source::{Source, Wanted};
use crate::cli::report::write_only;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Put, PutOutcome};
use crate::model::name::{KeyName, ParameterName};
use crate::model::parameter::{
    DataType, Overwrite, Parameter, ParameterType, PutRequest, TierRequest, Unsealing, Version,
};
use crate::model::tag::Tag;
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Store a value, as a new parameter or a new version
#[derive(Debug, Args)]
#[command(
    long_about = "Store a value: a new parameter, or with --overwrite a new version.\n\n\
        Without --type the parameter is a SecureString: it is encrypted, and its value is never taken from the \
        command line, where other users and the shell's history can see it. You are prompted for the value without \
        echo, or it is read with --stdin or --file, or generated with --generate. The value of a String or \
        StringList can be given on the command line.",
    after_help = "Examples:\n  \
        vault param put /app/prod/db/password                     prompts without echo\n  \
        vault param put /app/prod/db/password --generate          random, never shown\n  \
        printf %s \"$TOKEN\" | vault param put /app/prod/token --stdin\n  \
        vault param put /app/prod/tls/key --file key.pem --tier advanced\n  \
        vault param put /app/prod/db/host db.internal --type String\n  \
        vault param put /app/prod/db/password --generate --overwrite --label current\n  \
        vault param put /app/prod/db/password --stdin --if-version 3   if unchanged"
)]
pub(crate) struct PutArgs {
    /// Name, such as /app/prod/db/password
    pub(crate) name: ParameterName,
    /// Value of a String or StringList
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: Option<String>,
    /// String, StringList or SecureString [default: that of the last version, otherwise SecureString]
    #[arg(short = 't', short_alias = 'k', long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<ParameterType>,
    /// With --type: let a SecureString become plain text
    #[arg(long, requires = "kind")]
    pub(crate) plaintext: bool,
    /// Add a new version if the parameter exists
    #[arg(short, long)]
    overwrite: bool,
    /// Add a new version only if the last one is N; 0 means that there must be none
    #[arg(long, value_name = "N", conflicts_with = "overwrite")]
    pub(crate) if_version: Option<u64>,
    #[command(flatten)]
    source: Source,
    /// Keep the final newline of a one-line text from standard input
    #[arg(long, requires = "stdin")]
    keep_newline: bool,
    /// Description, not encrypted
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Tag for a new parameter; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    tag: Vec<Tag>,
    /// Label for the new version; may be repeated
    #[arg(short, long, value_name = "LABEL")]
    pub(crate) label: Vec<String>,
    /// Key to encrypt it with [default: the one that governs the path]
    #[arg(long, value_name = "KEY")]
    key: Option<KeyName>,
    /// Tier: standard (4 KiB), advanced (8 KiB and policies) or intelligent
    #[arg(long, value_name = "TIER")]
    tier: Option<TierRequest>,
    /// Regular expression that values must match as a whole
    #[arg(long, value_name = "REGEX")]
    allowed_pattern: Option<String>,
    /// Data type of values: text, integer, boolean, url, json, ipv4-address, …
    #[arg(long, value_name = "TYPE")]
    data_type: Option<DataType>,
    #[command(flatten)]
    policies: PolicyArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutReport {
    name: String,
    #[serde(flatten)]
    put: PutParameter,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

pub(super) fn run(args: PutArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    put(args, vault, context)
}

/// Stores it in an open vault.
pub(crate) fn put(mut args: PutArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let existing = vault.find_parameter(&args.name, context.now)?;
    refuse_secret_in_argv(&args, existing.as_ref())?;
    if let Some(parameter) = existing.as_ref().filter(|_| args.kind.is_none()) {
        require_type_kept(&vault, parameter)?;
    }
    let mut request = request(&args, context, existing.is_none())?;
    if request.is_creation()
        && let Some(latest) = existing.as_ref().and_then(Parameter::latest)
        && is_next_meant(&args.name, latest, context)?
    {
        request.overwrite = Overwrite::Replace;
    }
    if args.source.is_prompt(args.value.as_ref()) {
        vault.require_put(&args.name, &request, existing.as_ref())?;
    }
    let value = value(&mut args, context)?;
    let put = Put { request, name: args.name, value };
    let is_new = existing.is_none();
    let outcome = vault.put_parameter(&put, context.now)?;
    drop(put);
    let vault = vault.finish(context);
    warn_of_change(&outcome, context);
    write_only::tell(&vault, outcome.key.as_ref(), context)?;
    context.ui.report(&PutReport::from(&outcome))?;
    if is_new {
        clash::tell(&vault, &[&outcome.name], context);
    }
    Ok(())
}

fn is_next_meant(name: &ParameterName, latest: &Version, context: &Context) -> CliResult<bool> {
    let version = Some(format!("version {}", latest.number));
    let next = format!("version {}", latest.number.saturating_add(1));
    let latest = Latest { name: name.as_str(), version, by: &latest.by, at: latest.created };
    next_version::is_meant(&latest, &next, "`--overwrite`", context)
}

impl PutArgs {
    /// A value for a name, new or not, with everything else as it is by default.
    pub(crate) fn of(name: ParameterName, source: Source, keep_newline: bool) -> Self {
        PutArgs {
            name,
            source,
            keep_newline,
            overwrite: true,
            value: None,
            kind: None,
            plaintext: false,
            if_version: None,
            description: None,
            tag: Vec::new(),
            label: Vec::new(),
            key: None,
            tier: None,
            allowed_pattern: None,
            data_type: None,
            policies: PolicyArgs::default(),
        }
    }
}

/// A value on the command line is only for plain types: given by the user, or of the existing parameter.
fn refuse_secret_in_argv(args: &PutArgs, existing: Option<&Parameter>) -> CliResult<()> {
    let latest = existing.and_then(Parameter::latest).map(Version::parameter_type);
    let is_plain = matches!(args.kind.or(latest), Some(ParameterType::String | ParameterType::StringList));
    if args.value.is_some() && !is_plain { Err(CliError::Input(ValueInputError::OnCommandLine)) } else { Ok(()) }
}

fn value(args: &mut PutArgs, context: &mut Context) -> CliResult<SecretValue> {
    let wanted = Wanted {
        name: args.name.as_str(),
        argument: args.value.take().map(Zeroizing::new),
        form: ValueForm::Text,
        newline: if args.keep_newline { FinalNewline::Keep } else { FinalNewline::Drop },
    };
    args.source.take(wanted, context)
}

fn request(args: &PutArgs, context: &Context, creates: bool) -> CliResult<PutRequest> {
    let tags = Tag::set(args.tag.iter().cloned()).map_err(|error| broken(&args.name, error.into()))?;
    Ok(PutRequest {
        kind: args.kind.or(creates.then_some(ParameterType::SecureString)),
        // A value that needs the Advanced tier gets it, unless the user says otherwise.
        tier: args.tier.or(creates.then_some(TierRequest::Intelligent)),
        data_type: args.data_type,
        description: args.description.clone(),
        allowed_pattern: args.allowed_pattern.clone(),
        policies: args.policies.read(context)?,
        tags,
        key: args.key.clone(),
        labels: args.label.clone(),
        overwrite: if args.overwrite { Overwrite::Replace } else { Overwrite::Refuse },
        unsealing: if args.plaintext { Unsealing::Allow } else { Unsealing::Refuse },
        expected_version: args.if_version,
        number: None,
    })
}

fn warn_of_change(outcome: &PutOutcome, context: &mut Context) {
    if let Some(at) = outcome.expired {
        context.ui.note(format!("`{}` expired at {at}; this is a new parameter with its own settings", outcome.name));
    }
    let Some(before) = outcome.type_before else { return };
    let (was, is) = (before.as_str(), outcome.parameter_type.as_str());
    context.ui.warning(format!("`{}` was a {was} and is now a {is}", outcome.name));
    if before == ParameterType::SecureString {
        context.ui.warning("the new version is not encrypted");
    }
}

impl From<&PutOutcome> for PutReport {
    fn from(outcome: &PutOutcome) -> Self {
        PutReport {
            name: outcome.name.to_string(),
            put: PutParameter::from(outcome),
            r#type: outcome.parameter_type.as_str(),
            key_id: outcome.key.as_ref().map(ToString::to_string),
        }
    }
}

impl Report for PutReport {
    fn text(&self, page: &mut Page) {
        let under = self.key_id.as_ref().map(|key| format!(" under key {key}")).unwrap_or_default();
        let would = if page.is_of_dry_run() { "would be " } else { "" };
        let name = page.paint(Meaning::Name, &self.name);
        let version = page.paint(Meaning::Version, &self.put.version.to_string());
        page.line(format!("{name} {would}version {version} ({}{under})", self.r#type));
    }
}
