//! `vault set`: a value for a parameter or a secret, whichever has the name.

use clap::Args;

use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::meant::{LongForms, Meant, below, refuse_unfit};
use crate::cli::input::value_source::Source;
use crate::engine::Error;
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::ParameterType;
use crate::model::secret::Stage;

const LONG: LongForms = LongForms { parameter: "param put", secret: "secret put" };

/// Store a value for a parameter or a secret
#[derive(Debug, Args)]
#[command(
    long_about = "Store a value for a parameter or a secret, whichever has the name: the short form of `vault param put --overwrite` and \
        `vault secret put`, which have more options. An existing name gets a new version: a secret's becomes AWSCURRENT.\n\n\
        A new name that begins with a slash becomes a parameter, encrypted unless --type says otherwise. Another new name may be meant \
        as a parameter or as a secret, so `vault param put` or `vault secret create` has to create it.\n\n\
        An encrypted value is never taken from the command line, where other users and the shell's history can see it. You are \
        prompted for it without echo, or it is read with --stdin or --file, or generated with --generate.",
    after_help = "Examples:\n  \
        vault set /app/prod/db/password                     prompts without echo\n  \
        vault set /app/prod/db/password --generate          random, never shown\n  \
        printf %s \"$TOKEN\" | vault set prod/api-key --stdin\n  \
        vault set prod/db --json-key password --generate    the other fields stay\n  \
        vault set /app/prod/db/host db.internal --type String"
)]
pub(crate) struct SetArgs {
    /// Name of a parameter or a secret
    name: String,
    /// Value of a String or StringList
    #[arg(allow_hyphen_values = true)]
    value: Option<String>,
    /// Type of a parameter: String, StringList or SecureString
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<ParameterType>,
    #[command(flatten)]
    source: Source,
    /// Keep the final newline of a one-line text from standard input
    #[arg(long, requires = "stdin")]
    keep_newline: bool,
    /// Description of a parameter, not encrypted
    #[arg(short, long, value_name = "TEXT")]
    description: Option<String>,
    /// Label for the new version of a parameter; may be repeated
    #[arg(short, long, value_name = "LABEL")]
    label: Vec<String>,
    /// Store the value as one field of a JSON secret and keep the others: a top-level key, or a JSON pointer
    #[arg(short = 'k', long, value_name = "KEY", conflicts_with_all = ["value", "label"])]
    json_key: Option<String>,
    /// Do not ask for confirmation if the new value of a secret lacks fields of the present one
    #[arg(short, long)]
    yes: bool,
    /// Stage for the new version of a secret, instead of AWSCURRENT; may be repeated
    #[arg(short, long, value_name = "STAGE", conflicts_with = "label")]
    stage: Vec<Stage>,
}

pub(crate) fn run(args: SetArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    match LONG.find(&args.name, &vault, context)? {
        Some(Meant::Secret(name)) => secret::put::put(args.secret(name)?, vault, context),
        Some(Meant::Parameter(wanted)) => param::put::put(args.parameter(Meant::whole(wanted)?)?, vault, context),
        None => {
            let name = match below(&args.name, context)? {
                Some(wanted) => Meant::whole(wanted)?,
                None => new(&args.name)?,
            };
            param::put::put(args.parameter(name)?, vault, context)
        }
    }
}

/// A new name can only be taken for a parameter's if it begins with a slash.
fn new(name: &str) -> CliResult<ParameterName> {
    if !name.starts_with('/') {
        return Err(CliError::usage(
            format!("`{name}` is new: it may become a parameter or a secret"),
            format!("`vault set /{name}` stores a parameter, `vault secret create {name}` a secret"),
        ));
    }
    name.parse().map_err(|error| CliError::from(Error::Name(error)))
}

impl SetArgs {
    fn parameter(self, name: ParameterName) -> CliResult<param::put::PutArgs> {
        let options = [("--stage", !self.stage.is_empty()), ("--json-key", self.json_key.is_some())];
        refuse_unfit(name.as_str(), "parameter", &options)?;
        let mut long = param::put::PutArgs::of(name, self.source, self.keep_newline);
        (long.value, long.kind, long.label, long.description) = (self.value, self.kind, self.label, self.description);
        Ok(long)
    }

    fn secret(self, name: SecretName) -> CliResult<secret::put::PutArgs> {
        let options = [
            ("--type", self.kind.is_some()),
            ("--label", !self.label.is_empty()),
            ("--description", self.description.is_some()),
        ];
        refuse_unfit(name.as_str(), "secret", &options)?;
        if self.value.map(zeroize::Zeroizing::new).is_some() {
            return Err(secret::value::on_command_line());
        }
        let value = secret::value::ValueArgs::of(self.source, self.keep_newline, self.json_key);
        let (stage, yes) = (self.stage, self.yes);
        Ok(secret::put::PutArgs { name, value, stage, token: None, if_version_id: None, yes })
    }
}
