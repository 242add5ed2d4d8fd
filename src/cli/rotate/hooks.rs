//! `vault rotate hooks`: write, look at, check and approve the programs that rotate.

mod approve;
mod check;
mod list;
mod new;

use std::collections::BTreeMap;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::hook::{ApprovalError, Candidate};
use crate::model::hook::{HookName, HookNameError, Strategy};

/// Write, look at, check and approve the programs that rotate.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HooksCommand {
    /// List the vault's hooks, whether they may run here, and what they rotate
    #[command(visible_alias = "ls")]
    List,
    /// Print a hook as it would run, and its digest
    Show(approve::ShowArgs),
    /// Write a commented hook to start from
    New(new::NewArgs),
    /// Let a hook run on this machine, exactly as it is now
    Approve(approve::ApproveArgs),
    /// Take back every approval of a hook
    Revoke(approve::RevokeArgs),
    /// Run the four steps of a hook against a throw-away secret
    Check(check::CheckArgs),
}

pub(super) fn run(command: &HooksCommand, context: &mut Context) -> CliResult<()> {
    match command {
        HooksCommand::List => list::run(context),
        HooksCommand::Show(args) => approve::show(args, context),
        HooksCommand::New(args) => new::run(args, context),
        HooksCommand::Approve(args) => approve::run(args, context),
        HooksCommand::Revoke(args) => approve::revoke(args, context),
        HooksCommand::Check(args) => check::run(args, context),
    }
}

/// A hook as approvals name it: its name, or `builtin:http` with an address behind a space.
#[derive(Debug, Clone)]
struct Approvable {
    hook: HookName,
    options: BTreeMap<String, String>,
}

impl std::str::FromStr for Approvable {
    type Err = HookNameError;

    fn from_str(text: &str) -> Result<Self, HookNameError> {
        if let Some(url) = text.strip_prefix("builtin:http ") {
            let options = BTreeMap::from([("url".to_owned(), url.to_owned())]);
            return Ok(Approvable { hook: HookName::Builtin(Strategy::Http), options });
        }
        Ok(Approvable { hook: text.parse()?, options: BTreeMap::new() })
    }
}

impl Approvable {
    fn candidate(&self, root: &std::path::Path) -> Result<Option<Candidate>, ApprovalError> {
        Candidate::of(root, &self.hook, &self.options)
    }
}

/// A digest as people compare it.
fn digest(bytes: &[u8; 32]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(bytes))
}
