//! `vault secret create`: a new secret.

use clap::Args;

use super::value::ValueArgs;
use super::{broken, present, stored};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::next_version::{self, Latest};
use crate::cli::report::write_only;
use crate::cli::session::Session;
use crate::cli::terminal::Question;
use crate::cli::terminal::prompt::PromptError;
use crate::engine::NewSecret;
use crate::model::name::SecretName;
use crate::model::secret::{Secret, SecretError, VersionId};
use crate::model::tag::Tag;
use crate::model::trust::Kind;

/// Create a secret, with or without a first value
#[derive(Debug, Args)]
#[command(
    long_about = "Create a secret, with or without a first value.\n\n\
        You are prompted for the value without echo, or it is read with --stdin or --file, or generated with \
        --generate; it is never taken from the command line, where other users and the shell's history can see it. \
        It becomes the version staged AWSCURRENT.",
    after_help = "Examples:\n  \
        vault secret create prod/db                       prompts without echo\n  \
        vault secret create prod/api-key --generate=40:alnum --tag team=payments\n  \
        vault secret create prod/db --generate-into pass --template '{\"user\":\"app\"}'\n  \
        vault secret create prod/tls --file keystore.p12 --binary\n  \
        vault secret create prod/later --no-value         put a value later\n  \
        vault secret create prod/db --generate --replace  one marked for deletion"
)]
pub(crate) struct CreateArgs {
    /// Name, such as prod/db
    name: SecretName,
    #[command(flatten)]
    value: ValueArgs,
    /// Create it without a value
    #[arg(long, conflicts_with_all = ["stdin", "file", "generate", "generate_into", "json_key", "value", "binary", "token"])]
    no_value: bool,
    /// Description, not encrypted
    #[arg(short, long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// Tag; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    tag: Vec<Tag>,
    /// Id of the version, 32 to 64 characters; repeating it with the same value changes nothing
    #[arg(long, value_name = "TOKEN")]
    token: Option<VersionId>,
    /// Replace a secret that is marked for deletion
    #[arg(long)]
    replace: bool,
}

/// What to do with a secret that is marked for deletion.
enum Choice {
    Restore,
    Replace,
    Leave,
}

pub(super) fn run(mut args: CreateArgs, context: &mut Context) -> CliResult<()> {
    args.value.refuse_argument()?;
    let tags = Tag::set(args.tag.clone()).map_err(|error| broken(&args.name, error.into()))?;
    let vault = context.open_vault()?;
    if args.token.is_none() {
        let existing = vault.find::<Secret>(&args.name)?;
        if let Some(secret) = existing.as_ref().filter(|secret| secret.require_live().is_ok()) {
            if args.is_value_alone() && is_next_meant(secret, context)? {
                return put(&mut args, secret, vault, context);
            }
            if args.is_prompt() {
                return Err(broken(&args.name, SecretError::AlreadyExists));
            }
        }
        if let Some(marked) = existing.filter(|secret| !args.replace && secret.require_live().is_err()) {
            match ask(&marked, context)? {
                Choice::Restore => return restore(&args.name, vault, context),
                Choice::Replace => args.replace = true,
                Choice::Leave => return Err(CliError::Declined("nothing was changed")),
            }
        }
    }
    if args.is_prompt() {
        vault.require_storing(Kind::Secret, args.name.as_str(), None)?;
    }
    let new = NewSecret {
        value: if args.no_value { None } else { Some(args.value.take(&args.name, None, context)?) },
        description: args.description,
        tags,
        token: args.token,
        replace: args.replace,
    };
    let made = vault.create_secret(&args.name, &new, context.now)?;
    let vault = vault.finish(context);
    write_only::tell(&vault, made.key.as_ref(), context)?;
    stored::report(&args.name, Some(&made), "created", context)
}

impl CreateArgs {
    /// Whether nothing but a value was given, which an existing secret can take.
    fn is_value_alone(&self) -> bool {
        !self.no_value && !self.replace && self.description.is_empty() && self.tag.is_empty()
    }

    fn is_prompt(&self) -> bool {
        !self.no_value && self.value.is_prompt()
    }
}

fn is_next_meant(secret: &Secret, context: &Context) -> CliResult<bool> {
    let (name, by, at) = (secret.name.as_str(), &secret.head.by, secret.head.modified);
    next_version::is_meant(&Latest { name, version: None, by, at }, "a new version", "`vault secret put`", context)
}

/// What `vault secret put` does.
fn put(args: &mut CreateArgs, secret: &Secret, vault: Session, context: &mut Context) -> CliResult<()> {
    vault.require_storing(Kind::Secret, args.name.as_str(), None)?;
    let (value, extended) = present::new_value(&mut args.value, secret, false, &vault, context)?;
    let put = vault.put_secret_value(&args.name, &value, None, None, extended.as_ref(), context.now)?;
    let vault = vault.finish(context);
    write_only::tell(&vault, put.key.as_ref(), context)?;
    stored::report(&args.name, Some(&put), "stored", context)
}

/// Offers the options. If prompting is not possible, the mark is an error.
fn ask(secret: &Secret, context: &Context) -> CliResult<Choice> {
    let text = format!("{} is marked for deletion", secret.name);
    let question = Question { text: &text, what: "a choice", flag: "`--replace`" };
    let items = ["restore it as it was", "replace it with a new one", "leave it"];
    match context.prompter.select(question, &items, 2) {
        Ok(0) => Ok(Choice::Restore),
        Ok(1) => Ok(Choice::Replace),
        Ok(_) => Ok(Choice::Leave),
        Err(PromptError::InputNeeded { .. }) => {
            secret.require_live().map_err(|error| broken(&secret.name, error)).map(|()| Choice::Leave)
        }
        Err(error) => Err(error.into()),
    }
}

fn restore(name: &SecretName, vault: Session, context: &mut Context) -> CliResult<()> {
    vault.restore_secret(name, context.now)?;
    vault.finish(context);
    stored::report(name, None, "restored", context)
}
