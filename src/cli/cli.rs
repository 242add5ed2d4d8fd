//! The command line as a tree: every subcommand with its help.

use clap::{Parser, Subcommand};

use super::commands::{
    accept, adopt, agent_serve, audit, backup, checkpoint, ci, clipboard_clear, completions, config, consumers, diff,
    doctor, edit, env, events, exec, explain, export, find, get, git_merge, git_setup, git_textconv, grep, history,
    hook_strategy, identity, import, init, key, label, list, lock, man, member, param, pick, policy, receive, render,
    replica, resolve, restore, rm, rotate, scan, secret, serve, set, share, shares, show, status, sync, tick, tour,
    trust, unlock, unused, upgrade, verify,
};
use super::deferred::Deferred;
use super::global::Global;

/// Keep secrets in plain files: encrypted, versioned and ready for git
#[derive(Debug, Parser)]
#[command(
    name = "vault",
    version,
    about,
    long_about = "Keep secrets in plain files: encrypted, versioned and ready for git.\n\n\
        A vault is a directory of signed documents. Names are readable, values are encrypted under keys wrapped by \
        age. Parameters behave like those of AWS Systems Manager Parameter Store: types, versions, labels, policies. \
        Secrets behave like those of AWS Secrets Manager: stages, rotation, recoverable deletion.",
    after_help = "Start here:\n  \
        vault init                             create a vault in this project\n  \
        vault import .env --path /app/dev      import the values of a file\n  \
        vault param put /app/dev/db/password   store a value; prompts without echo\n  \
        vault exec /app/dev -- ./server        run a program with the values\n\n\
        `vault help COMMAND` shows more about a command.",
    disable_help_subcommand = false,
    propagate_version = true,
    max_term_width = 80
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Without one, what is in the vault is shown.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a vault, with its first member and key
    Init(Deferred<init::InitArgs>),
    /// Show which vault this is, who you are, and what needs attention
    Status(Deferred<status::StatusArgs>),
    /// Print the value of a parameter or a secret
    Get(Deferred<get::GetArgs>),
    /// Store a value for a parameter or a secret
    #[command(visible_alias = "put")]
    Set(Deferred<set::SetArgs>),
    /// List parameters and secrets, or values that must be replaced
    #[command(visible_alias = "ls")]
    List(Deferred<list::ListArgs>),
    /// Show the metadata of a parameter or a secret
    Show(Deferred<show::ShowArgs>),
    /// Show the versions of a parameter or a secret
    #[command(visible_alias = "log")]
    History(Deferred<history::HistoryArgs>),
    /// Edit the value of a parameter or a secret in your editor
    Edit(Deferred<edit::EditArgs>),
    /// Delete parameters, or mark secrets for deletion
    #[command(visible_alias = "delete")]
    Rm(Deferred<rm::RmArgs>),
    /// Find parameters and secrets by a part of their name
    #[command(visible_alias = "search")]
    Find(Deferred<find::FindArgs>),
    /// Find parameters and secrets whose value contains a text
    Grep(Deferred<grep::GrepArgs>),
    /// Put, get and manage parameters
    #[command(subcommand, visible_alias = "p")]
    Param(Deferred<param::ParamCommand>),
    /// Create, get and manage secrets
    #[command(subcommand, visible_alias = "s")]
    Secret(Deferred<secret::SecretCommand>),
    /// Pick a parameter or a secret from a list on the terminal
    Pick(Deferred<pick::PickArgs>),
    /// Manage labels: names for versions of a parameter
    #[command(subcommand)]
    Label(Deferred<label::LabelCommand>),
    /// Rotate secrets: create, set, test, and only then make current
    #[command(subcommand)]
    Rotate(Deferred<rotate::RotateCommand>),
    /// Keep copies of secrets in other vaults
    #[command(subcommand)]
    Replica(Deferred<replica::ReplicaCommand>),
    /// One step of a strategy; called by `vault rotate`
    #[command(hide = true)]
    HookStrategy(Deferred<hook_strategy::StrategyArgs>),
    /// Cache your unlocked identity in an agent
    Unlock(Deferred<unlock::UnlockArgs>),
    /// Stop the unlock agent
    Lock(Deferred<lock::LockArgs>),
    /// The unlock agent itself; started by `vault unlock`
    #[command(hide = true)]
    AgentServe(Deferred<agent_serve::AgentServeArgs>),
    /// Show who used and changed what
    Audit(Deferred<audit::AuditArgs>),
    /// Show who used a value
    Consumers(Deferred<consumers::ConsumersArgs>),
    /// Show what nobody has used
    Unused(Deferred<unused::UnusedArgs>),
    /// Show what changed, and run something when it does
    Events(Deferred<events::EventsArgs>),
    /// Find out what credentials may do
    #[command(subcommand)]
    Policy(Deferred<policy::PolicyCommand>),
    /// Clear the clipboard later; started by `--copy`
    #[command(hide = true)]
    ClipboardClear(Deferred<clipboard_clear::ClearArgs>),
    /// Run what is due: rotations, retries, purges and expirations
    Tick(Deferred<tick::TickArgs>),
    /// Serve the vault to programs written against AWS
    Serve(Deferred<serve::ServeArgs>),
    /// Check this machine's setup, and fix what can be fixed safely
    Doctor(Deferred<doctor::DoctorArgs>),
    /// Manage the identities of this machine
    #[command(subcommand)]
    Identity(Deferred<identity::IdentityCommand>),
    /// Manage members: people and machines that share the vault
    #[command(subcommand)]
    Member(Deferred<member::MemberCommand>),
    /// Put values into an encrypted file for somebody outside
    Share(Deferred<share::ShareArgs>),
    /// Take values from a file of `vault share`
    Receive(Deferred<receive::ReceiveArgs>),
    /// Show what is shared, and with whom
    Shares(Deferred<shares::SharesArgs>),
    /// Manage keys: who can read what
    #[command(subcommand)]
    Key(Deferred<key::KeyCommand>),
    /// Show the trust chain, or accept a rewritten one
    #[command(subcommand)]
    Trust(Deferred<trust::TrustCommand>),
    /// Run a program with values in its environment
    #[command(visible_alias = "run")]
    Exec(Deferred<exec::ExecArgs>),
    /// Print masking commands for a CI runner
    #[command(subcommand)]
    Ci(Deferred<ci::CiCommand>),
    /// Render a template
    Render(Deferred<render::RenderArgs>),
    /// Print variables with their values
    Env(Deferred<env::EnvArgs>),
    /// Write variables with their values for another program
    Export(Deferred<export::ExportArgs>),
    /// Import values from .env, JSON, YAML, AWS, sops, chamber or pass
    Import(Deferred<import::ImportArgs>),
    /// Explain where a variable's value comes from
    Explain(Deferred<explain::ExplainArgs>),
    /// Verify every document and every value of the vault
    Verify(Deferred<verify::VerifyArgs>),
    /// Pull, merge, verify and push
    Sync(Deferred<sync::SyncArgs>),
    /// Resolve merge conflicts of documents
    Resolve(Deferred<resolve::ResolveArgs>),
    /// Show changes between two commits, values masked
    Diff(Deferred<diff::DiffArgs>),
    /// Configure git to merge and diff the documents of this vault
    GitSetup(Deferred<git_setup::SetupArgs>),
    /// Merge driver, called by git
    #[command(hide = true)]
    GitMerge(Deferred<git_merge::DriverArgs>),
    /// Text of a document for `git diff` and `git log`, called by git
    #[command(hide = true)]
    GitTextconv(Deferred<git_textconv::TextconvArgs>),
    /// Accept a reported rollback, fork or missing document
    Accept(Deferred<accept::AcceptArgs>),
    /// Re-sign documents whose signer lost permission
    Adopt(Deferred<adopt::AdoptArgs>),
    /// Sign a list of all documents, so that clones detect a rollback
    Checkpoint(Deferred<checkpoint::CheckpointArgs>),
    /// Upgrade a vault of an older format
    Upgrade(Deferred<upgrade::UpgradeArgs>),
    /// Find this vault's values leaked in plain text
    Scan(Deferred<scan::ScanArgs>),
    /// Back up the whole vault into one encrypted file
    Backup(Deferred<backup::BackupArgs>),
    /// Restore a vault from a backup
    Restore(Deferred<restore::RestoreArgs>),
    /// Show and change the settings of this machine
    #[command(subcommand)]
    Config(Deferred<config::ConfigCommand>),
    /// See the main ideas in a temporary vault
    Tour(Deferred<tour::TourArgs>),
    /// Print a completion script for your shell
    Completions(Deferred<completions::CompletionsArgs>),
    /// Print or install the man pages
    Man(Deferred<man::ManArgs>),
}

/// The words of a command, such as `param get`.
pub(crate) fn command_words(matches: &clap::ArgMatches) -> String {
    let mut words = Vec::new();
    let mut here = matches;
    while let Some((word, below)) = here.subcommand() {
        words.push(word);
        here = below;
    }
    words.join(" ")
}
