//! Options that every command has.

use std::path::PathBuf;

use clap::Args;

use super::terminal::ui::ColorChoice;

/// Options that every command has.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Use the vault in this directory [default: the nearest .vault, else your personal vault]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub vault: Option<PathBuf>,
    /// Use the identity in this file
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub identity: Option<PathBuf>,
    /// Write JSON, with AWS field names
    #[arg(long, global = true)]
    pub json: bool,
    /// Write nothing but warnings and errors to stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Never ask; exit with 10 where input would be needed
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Change nothing; say what would be done
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Commit the change with git; `auto_commit` under `git` in the local configuration does so always
    #[arg(long, global = true)]
    pub commit: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", hide_possible_values = true)]
    pub color: ColorChoice,
}

impl Global {
    /// Options of a run that must neither ask nor speak.
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
            color: ColorChoice::Never,
        }
    }
}
