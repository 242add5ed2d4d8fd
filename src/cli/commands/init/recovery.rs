//! The recovery key of a vault: whether there is one, and where it goes.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::plain_file::warn_of_key;
use crate::cli::input::new_identity::show_secret;
use crate::machine::private::{self, Overwrite};
use crate::model::id::VaultId;

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct RecoveryArgs {
    /// Write the recovery key to this new file instead of showing it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) recovery_file: Option<PathBuf>,
    /// Create no recovery key: if you lose the identity, you lose every value
    #[arg(long)]
    pub(super) no_recovery_key: bool,
}

impl RecoveryArgs {
    /// An existing file is refused before anything is asked.
    pub(super) fn require_new(&self) -> CliResult<()> {
        match &self.recovery_file {
            Some(file) if file.symlink_metadata().is_ok() => Err(CliError::usage(
                format!("`{}` already exists", file.display()),
                "give a new file; one of a `vault init` that was interrupted can be removed",
            )),
            _ => Ok(()),
        }
    }
}

/// The recovery key leaves the process once: into a new private file, or onto the terminal until it is confirmed.
pub(crate) fn hand_over(
    text: &Zeroizing<String>,
    vault: VaultId,
    file: Option<&Path>,
    context: &mut Context,
) -> CliResult<()> {
    if let Some(path) = file {
        let content = Zeroizing::new(format!("# vault-id: {vault}\n{}\n", text.as_str()));
        let written = private::write_private(path, content.as_bytes(), Overwrite::Refuse);
        written.map_err(|error| CliError::usage(error.to_string(), "give a new file with `--recovery-file FILE`"))?;
        warn_of_key(path, &mut context.ui);
        return Ok(());
    }
    show_secret(
        &format!(
            "\nRecovery key, shown only once. It opens everything:\n\n  {}\n\nWrite it down, away from this machine.",
            text.as_str()
        ),
        context,
    )
}
