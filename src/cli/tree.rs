//! The command line as a tree: every subcommand and what it says of itself.

use clap::{Parser, Subcommand};

use super::global::Global;
use super::{
    accept, agent_serve, checkpoint, completions, exec, init, label, lock, man, param, rotate, secret, status,
    strategy, tick, tour, unlock, verify,
};

/// Keep secrets in plain files, encrypted, versioned and ready for git
#[derive(Debug, Parser)]
#[command(
    name = "vault",
    version,
    about,
    long_about = "Keep secrets in plain files, encrypted, versioned and ready for git.\n\n\
        A vault is a directory of signed documents. Names are readable, values are encrypted under keys that age wraps. \
        Parameters behave like those of AWS Systems Manager Parameter Store: types, versions, labels, policies.",
    after_help = "Start here:\n  \
        vault init                                  make a vault in this project\n  \
        vault param put /app/dev/db/password        store a value, asked for without echo\n  \
        vault exec /app/dev -- ./server             run a program with the values in its environment\n\n\
        `vault tour` shows the main ideas in a throw-away vault. `vault help COMMAND` says more about each.",
    disable_help_subcommand = false,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a vault, with its first member and key
    Init(init::InitArgs),
    /// Show which vault this is, who you are, and what needs attention
    Status(status::StatusArgs),
    /// Put, get and manage parameters
    #[command(subcommand, visible_alias = "p")]
    Param(param::ParamCommand),
    /// Create, get and manage secrets
    #[command(subcommand, visible_alias = "s")]
    Secret(secret::SecretCommand),
    /// Point names at versions of a parameter
    #[command(subcommand)]
    Label(label::LabelCommand),
    /// Rotate secrets: create, set, test, and only then make current
    #[command(subcommand)]
    Rotate(rotate::RotateCommand),
    /// One step of a strategy; called by `vault rotate`
    #[command(hide = true)]
    HookStrategy(strategy::StrategyArgs),
    /// Keep your identity unlocked for a while, in an agent
    Unlock(unlock::UnlockArgs),
    /// End the unlock agent
    Lock(lock::LockArgs),
    /// The unlock agent itself; started by `vault unlock`
    #[command(hide = true)]
    AgentServe(agent_serve::AgentServeArgs),
    /// Do everything that is due: rotations, retries, purges and expirations
    Tick(tick::TickArgs),
    /// Run a program with values in its environment
    Exec(exec::ExecArgs),
    /// Check every document and every value of the vault
    Verify(verify::VerifyArgs),
    /// Accept a rollback, a fork or a disappearance that was reported
    Accept(accept::AcceptArgs),
    /// Sign a list of all documents, by which fresh clones detect a rollback
    Checkpoint(checkpoint::CheckpointArgs),
    /// See the main ideas in a throw-away vault
    Tour(tour::TourArgs),
    /// Print a script that completes commands and names in your shell
    Completions(completions::CompletionsArgs),
    /// Print or install the man pages
    Man(man::ManArgs),
}
