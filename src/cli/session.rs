//! How a command opens its vault, and what is left to do when it has done its work.

use std::path::Path;

use super::context::Context;
use super::env;
use super::error::CliResult;
use super::first_use;
use super::git::commit::commit_written;
use super::terminal::escape;
use super::terminal::ui::Ui;
use crate::engine::{ChainSource, Error, Notice, OpenOptions, Vault};
use crate::model::id::VaultId;

impl Context {
    /// Opens the vault that the options, the environment and the working directory point at. Where this machine does not
    /// know it yet, a person is asked; without one, `VLT_ID` decides.
    pub(crate) fn open_vault(&mut self) -> CliResult<Vault<'static>> {
        let root = self.locate()?;
        self.open_vault_at(&root)
    }

    /// Opens the vault with the trust chain that lies there, which may not be the one that this machine has verified.
    pub(crate) fn open_rewritten(&self) -> CliResult<Vault<'static>> {
        self.open_chain(ChainSource::Rewritten)
    }

    /// Opens the vault with some trust chain, not with the one that this machine has verified.
    pub(crate) fn open_chain(&self, chain: ChainSource) -> CliResult<Vault<'static>> {
        let options = self.options(&self.locate()?, env::expected_id()?, None)?;
        Ok(Vault::open(OpenOptions { chain, ..options })?)
    }

    /// Opens the vault in that directory.
    pub(crate) fn open_vault_at(&mut self, root: &Path) -> CliResult<Vault<'static>> {
        let expected = env::expected_id()?;
        match Vault::open(self.options(root, expected, None)?) {
            Err(Error::Unpinned(introduction)) => {
                let accepted = first_use::accept(self, &introduction)?;
                Ok(Vault::open(self.options(root, expected, Some(accepted))?)?)
            }
            other => Ok(other?),
        }
    }

    /// Opens a vault that was just made here.
    pub(crate) fn open_accepted(&self, root: &Path, id: VaultId) -> CliResult<Vault<'static>> {
        Ok(Vault::open(self.options(root, None, Some(id))?)?)
    }

    /// Commits what the vault has seen to this machine's memory, and tells what a person should know.
    pub(crate) fn finish(&mut self, vault: &Vault<'_>) {
        for notice in vault.finish() {
            tell(&mut self.ui, &notice);
        }
        let written = vault.take_written();
        if !written.is_empty() {
            self.commit(vault, &written);
        }
    }

    /// Commits what a command wrote, where that is wanted. The change itself is done: a commit that fails is the error of a
    /// command that was told `--commit`, and a warning where it is a standing wish.
    fn commit(&mut self, vault: &Vault<'_>, written: &[String]) {
        let committed =
            self.commits().and_then(|wanted| if wanted { Ok(Some(commit_written(vault, written)?)) } else { Ok(None) });
        match committed {
            Ok(None) => {}
            Ok(Some(message)) => self.ui.detail(format!("committed: {}", escape::line(&message))),
            Err(error) if self.global.commit => drop(self.uncommitted.get_or_insert(error)),
            Err(error) => self.ui.warning(error.with_hints()),
        }
    }

    /// Whether everything was committed that `--commit` asked for.
    pub(crate) fn committed(&mut self) -> CliResult<()> {
        self.uncommitted.take().map_or(Ok(()), Err)
    }

    /// Whether changes are committed with git.
    pub(crate) fn commits(&self) -> CliResult<bool> {
        Ok(self.global.commit || Self::config()?.read()?.git.auto_commit)
    }
}

/// Says what opening or reading found.
fn tell(ui: &mut Ui, notice: &Notice) {
    match notice {
        Notice::StateNotWritten(why) => ui.warning(format!("this machine cannot remember what it saw: {why}")),
        Notice::Accepted(id) => ui.detail(format!("this machine now knows the vault {id}")),
        Notice::TrustMoved { from, to, by } => {
            ui.note(format!("members or keys changed: trust snapshot {from} → {to}, by `{by}`"));
        }
    }
}
