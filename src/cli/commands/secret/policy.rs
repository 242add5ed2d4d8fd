//! `vault secret policy`: a resource policy kept with a secret.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::aws::resource_policy::{GetResourcePolicy, ValidateResourcePolicy};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::input::value_input::{FinalNewline, ValueOptions};
use crate::cli::terminal::page::Format;
use crate::cli::terminal::ui::Rendering;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::inject::foreign::text::unmarked;
use crate::model::name::SecretName;
use crate::model::secret::{PublicAccess, check_policy};
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Manage the resource policy of a secret
///
/// `vault serve` evaluates it before answering a program. For commands, the key decides who can read a value.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the resource policy
    #[command(after_help = "Example:\n  vault secret policy get prod/db")]
    Get(NameArgs),
    /// Set the resource policy, JSON in AWS format
    #[command(
        after_help = "Examples:\n  vault secret policy put prod/db --file policy.json --block-public\n  vault secret policy put prod/db --stdin < policy.json"
    )]
    Put(PolicyArgs),
    /// Remove the resource policy
    #[command(after_help = "Example:\n  vault secret policy rm prod/db")]
    Rm(NameArgs),
    /// Validate a policy without storing it, or the stored one
    #[command(
        after_help = "Examples:\n  vault secret policy check prod/db\n  vault secret policy check prod/db --file policy.json --block-public"
    )]
    Check(PolicyArgs),
}

/// One secret
#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// Name of the secret
    name: SecretName,
}

/// A secret and a policy for it
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    secret: NameArgs,
    #[command(flatten)]
    text: Text,
    /// Refuse a policy that grants access to everybody without a condition
    #[arg(long)]
    block_public: bool,
}

/// Where the policy comes from.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Text {
    /// Read the policy from standard input
    #[arg(long)]
    stdin: bool,
    /// Read the policy from a file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
}

#[derive(Serialize)]
struct PolicyReport {
    #[serde(flatten)]
    policy: GetResourcePolicy,
    #[serde(skip)]
    done: &'static str,
}

pub(super) fn run(command: &PolicyCommand, context: &mut Context) -> CliResult<()> {
    match command {
        PolicyCommand::Get(args) => get(&args.name, context),
        PolicyCommand::Put(args) => put(args, context),
        PolicyCommand::Rm(args) => remove(&args.name, context),
        PolicyCommand::Check(args) => check(args, context),
    }
}

fn get(name: &SecretName, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let policy = vault.live_secret(name)?.resource_policy;
    vault.finish(context);
    match (policy, context.ui.settings().format) {
        (policy, Format::Json) => context.ui.json(&policy_of(name, policy))?,
        (Some(policy), Format::Text) => context.ui.value(&SecretValue::from_text(policy), Rendering::Escaped)?,
        (None, Format::Text) => context.ui.note(format!("`{name}` has no resource policy")),
    }
    Ok(())
}

fn put(args: &PolicyArgs, context: &mut Context) -> CliResult<()> {
    let name = &args.secret.name;
    let vault = context.open_vault()?;
    vault.live_secret(name)?;
    let text = args.text.read(context)?;
    let public = public_access(args.block_public);
    vault.update_secret(name, context.now, |secret| secret.set_resource_policy(&text, public))?;
    vault.finish(context);
    report(name, "set", context)
}

fn remove(name: &SecretName, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.update_secret(name, context.now, |secret| {
        secret.remove_resource_policy();
        Ok(())
    })?;
    vault.finish(context);
    report(name, "removed", context)
}

fn report(name: &SecretName, done: &'static str, context: &mut Context) -> CliResult<()> {
    Ok(context.ui.report(&PolicyReport { policy: policy_of(name, None), done })?)
}

fn check(args: &PolicyArgs, context: &mut Context) -> CliResult<()> {
    let name = &args.secret.name;
    let vault = context.open_vault()?;
    let stored = vault.live_secret(name)?.resource_policy;
    vault.finish(context);
    let text = match stored {
        _ if args.text.is_given() => args.text.read(context)?,
        Some(stored) => stored,
        None => {
            return Err(CliError::usage(
                format!("`{name}` has no resource policy to check"),
                "give one with `--file FILE` or `--stdin`",
            ));
        }
    };
    let checked = ValidateResourcePolicy::from(check_policy(&text, public_access(args.block_public)));
    context.ui.report(&checked)?;
    if checked.policy_validation_passed { Ok(()) } else { Err(CliError::Reported(Exit::Check)) }
}

fn policy_of(name: &SecretName, resource_policy: Option<String>) -> GetResourcePolicy {
    GetResourcePolicy { arn: None, name: name.to_string(), resource_policy }
}

fn public_access(block: bool) -> PublicAccess {
    if block { PublicAccess::Block } else { PublicAccess::Allow }
}

impl Text {
    fn is_given(&self) -> bool {
        self.stdin || self.file.is_some()
    }

    /// A policy is small text like a value, though not secret.
    fn read(&self, context: &Context) -> CliResult<String> {
        if !self.is_given() {
            return Err(CliError::usage("there is no policy", "give one with `--file FILE` or `--stdin`"));
        }
        let question = Question { text: "Policy", what: "a policy", flag: "`--file FILE` or `--stdin`" };
        let source = ValueOptions { argument: None, stdin: self.stdin, file: self.file.clone() }.source()?;
        let taken = source.take(ValueForm::Text, FinalNewline::Keep, context.prompter, question)?;
        Ok(unmarked(taken.value.reveal_text().unwrap_or_default()).to_owned())
    }
}

impl Report for PolicyReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.policy.name);
        page.line(format!("{name} resource policy {}", page.done(self.done)));
    }
}

impl Report for ValidateResourcePolicy {
    fn text(&self, page: &mut Page) {
        for error in &self.validation_errors {
            page.plain(&error.error_message);
        }
        if self.policy_validation_passed {
            page.line("the policy is valid");
        }
    }
}
