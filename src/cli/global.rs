//! Options that every command has.

use std::path::PathBuf;

use clap::Args;

use super::terminal::ui::ColorChoice;

/// Name of a project's vault directory.
pub(crate) const PROJECT_DIRECTORY: &str = ".vault";

/// Options that every command has.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Vault directory [default: the nearest .vault, otherwise your personal vault]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub vault: Option<PathBuf>,
    /// Identity file
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub identity: Option<PathBuf>,
    /// Print JSON, with AWS field names
    #[arg(long, global = true)]
    pub json: bool,
    /// Suppress everything but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Verbose output
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Never prompt; exit with 10 if input is needed
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Change nothing; show what would be done
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Commit the change with git; to do this always, set `auto_commit` under `git` in the local configuration
    #[arg(long, global = true)]
    pub commit: bool,
    /// Never show a long report in a pager
    #[arg(long, global = true)]
    pub no_pager: bool,
    /// Reason to record in the log of uses
    #[arg(long, global = true, value_name = "TEXT")]
    pub reason: Option<String>,
    /// When to use colour: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", hide_possible_values = true)]
    pub color: ColorChoice,
}

impl Global {
    /// Options of a run that must neither prompt nor print.
    pub(crate) fn silent() -> Self {
        Global {
            vault: None,
            identity: None,
            json: false,
            quiet: true,
            verbose: false,
            no_input: true,
            dry_run: false,
            commit: false,
            no_pager: true,
            reason: None,
            color: ColorChoice::Never,
        }
    }
}
