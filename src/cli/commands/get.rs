//! `vault get`: the value of a parameter or a secret, whichever has the name.

use clap::Args;

use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::destination::Destination;
use crate::cli::input::meant::{AllMeant, LongForms, refuse_unfit, typed};
use crate::model::name::{ParameterPath, SecretName};
use crate::model::parameter::{Label, ParameterRef, Selector};
use crate::model::secret::{Stage, VersionPrefix};

const LONG: LongForms = LongForms { parameter: "param get", secret: "secret get" };

/// Print the value of a parameter or a secret
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    long_about = "Print the value of a parameter or a secret, whichever has the name: the short form of `vault param get` and `vault \
        secret get`, which have more options. If both have it, the error names both.\n\n\
        A name that does not begin with a slash is also looked for below the current path of this directory, if `vault config set path` \
        has set one.",
    after_help = "Examples:\n  \
        vault get /app/prod/db/password\n  \
        vault get /app/prod/db/password:3                version 3; a label works too\n  \
        vault get prod/db --json-key password            one field of a JSON secret\n  \
        vault get prod/db --copy                         to the clipboard, for a while\n  \
        vault get --path /app/prod --recursive           everything below a path"
)]
pub(crate) struct GetArgs {
    /// Names of parameters, as NAME, NAME:VERSION or NAME:LABEL, or of secrets
    #[arg(value_name = "NAME", required_unless_present = "path")]
    names: Vec<String>,
    /// Version: a parameter's number, or a secret's id or its first eight characters
    #[arg(id = "which", long = "version", value_name = "VERSION", conflicts_with = "path")]
    version: Option<String>,
    /// Label of a parameter's version
    #[arg(short, long, value_name = "LABEL", conflicts_with_all = ["which", "path"])]
    label: Option<Label>,
    /// Stage of a secret's version [default: AWSCURRENT]
    #[arg(short, long, value_name = "STAGE", conflicts_with_all = ["label", "path"])]
    stage: Option<Stage>,
    /// One field of a JSON secret: a top-level key, or a JSON pointer
    #[arg(short = 'k', long, value_name = "KEY", conflicts_with_all = ["label", "path"])]
    json_key: Option<String>,
    /// Print the parameters directly below this path
    #[arg(long, conflicts_with = "names")]
    path: Option<ParameterPath>,
    /// With --path: include all levels
    #[arg(short, long, requires = "path")]
    recursive: bool,
    #[command(flatten)]
    destination: Destination,
}

pub(crate) fn run(args: GetArgs, context: &mut Context) -> CliResult<()> {
    args.destination.check(args.path.is_none() && args.names.len() == 1, context)?;
    context.purpose.typed = typed(&args.names, args.path.as_ref().map(ParameterPath::as_str));
    let vault = context.open_vault()?;
    if args.path.is_some() {
        return param::get::get(&args.parameters(Vec::new())?, vault, context);
    }
    match LONG.all(&args.names, &vault, context)? {
        AllMeant::Parameters(names) => param::get::get(&args.parameters(names)?, vault, context),
        AllMeant::Secrets(names) => secret::get::get(&args.secrets(names)?, vault, context),
    }
}

impl GetArgs {
    fn parameters(self, names: Vec<ParameterRef>) -> CliResult<param::get::GetArgs> {
        if let Some(wanted) = names.first() {
            let options = [("--stage", self.stage.is_some()), ("--json-key", self.json_key.is_some())];
            refuse_unfit(wanted.name.as_str(), "parameter", &options)?;
        }
        let chosen = match (&self.version, self.label) {
            (Some(text), _) => Some(version(text)?),
            (None, label) => label.map(Selector::Label),
        };
        let names = names.into_iter().map(|wanted| selected(wanted, chosen.as_ref())).collect::<CliResult<_>>()?;
        let (path, recursive, destination) = (self.path, self.recursive, self.destination);
        Ok(param::get::GetArgs { names, path, recursive, filter: Vec::new(), destination })
    }

    fn secrets(self, names: Vec<SecretName>) -> CliResult<secret::get::GetArgs> {
        if let Some(name) = names.first() {
            refuse_unfit(name.as_str(), "secret", &[("--label", self.label.is_some())])?;
        }
        let version_id = self.version.as_deref().map(id).transpose()?;
        let (stage, json_key, destination) = (self.stage, self.json_key, self.destination);
        let names = names.into_iter().map(Into::into).collect();
        Ok(secret::get::GetArgs { names, stage, version_id, json_key, filter: Vec::new(), destination })
    }
}

/// A parameter with the version of an option; it cannot have one already.
fn selected(wanted: ParameterRef, chosen: Option<&Selector>) -> CliResult<ParameterRef> {
    match chosen {
        None => Ok(wanted),
        Some(chosen) if wanted.selector == Selector::Latest => {
            Ok(ParameterRef { name: wanted.name, selector: chosen.clone() })
        }
        Some(_) => {
            Err(CliError::usage(format!("`{wanted}` already names a version"), "omit `--version` and `--label`"))
        }
    }
}

fn version(text: &str) -> CliResult<Selector> {
    match text.parse() {
        Ok(Selector::Version(number)) => Ok(Selector::Version(number)),
        _ => Err(CliError::usage(
            format!("`{text}` is not the number of a parameter's version"),
            "`--version 3` is version 3, and `--label NAME` the version with that label",
        )),
    }
}

fn id(text: &str) -> CliResult<VersionPrefix> {
    text.parse().map_err(|error| {
        CliError::usage(
            format!("`{text}`: {error}"),
            "`vault history NAME` shows the ids of a secret's versions; `--stage AWSPREVIOUS` needs none",
        )
    })
}
