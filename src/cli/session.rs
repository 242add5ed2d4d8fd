//! How a command opens its vault, and what is left to do when it has done its work.

mod look;
mod notice;

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::rc::Rc;

use super::context::Context;
use super::env;
use super::error::CliResult;
use super::events::deliver_later;
use super::first_use;
use super::git::commit::commit_written;
use super::global::PROJECT_DIRECTORY;
use super::replicas::propagate;
use super::terminal::escape;
use crate::engine::{ChainSource, Error, Notice, OpenOptions, Vault};
use crate::machine::config::replicas::vault_at;
use crate::machine::warned;
use crate::model::anchor::Anchor;
use crate::model::id::VaultId;

use self::notice::tell;

pub(crate) use self::look::Look;

/// A vault that a command has open. A command that succeeds finishes it, or leaves it on purpose; one that fails drops it.
#[must_use = "without `finish`, nothing of it is remembered or committed"]
pub(crate) struct Session {
    vault: Vault<'static>,
    end: End,
}

/// The end of a session. Dropped before it is reached, it is missing.
struct End {
    is_missing: Rc<Cell<bool>>,
    is_reached: bool,
}

impl Session {
    /// Commits what the vault has seen to this machine's memory, tells what a person should know, and commits what was written.
    /// The vault may still be looked at; what that sees is not remembered.
    pub(crate) fn finish(self, context: &mut Context) -> Vault<'static> {
        let vault = self.leave();
        context.conclude(&vault);
        vault
    }

    /// The same for another vault than that of the command, if the work on it succeeded. One outside of git commits nothing, and what cannot
    /// be committed is a warning.
    pub(crate) fn finish_beside<T>(self, outcome: Result<T, Error>, context: &mut Context) -> Result<T, Error> {
        if outcome.is_err() {
            self.leave();
            return outcome;
        }
        if !is_in_git(&self.vault) {
            self.vault.take_written();
        }
        let own = context.uncommitted.take();
        self.finish(context);
        if let Some(error) = std::mem::replace(&mut context.uncommitted, own) {
            context.ui.warning(error.with_hints());
        }
        outcome
    }

    /// The vault alone, of which nothing is remembered.
    pub(crate) fn leave(mut self) -> Vault<'static> {
        self.end.is_reached = true;
        self.vault
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.is_reached {
            self.is_missing.set(true);
        }
    }
}

impl Deref for Session {
    type Target = Vault<'static>;

    fn deref(&self) -> &Vault<'static> {
        &self.vault
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Vault<'static> {
        &mut self.vault
    }
}

impl Context {
    /// Opens the vault selected by options, environment and working directory. If this machine does not know it yet,
    /// the user is asked; without a terminal, `VLT_ID` decides.
    pub(crate) fn open_vault(&mut self) -> CliResult<Session> {
        let root = self.locate()?;
        self.open_vault_at(&root)
    }

    /// Opens the vault with its current trust chain, which may not be the one that this machine has verified.
    pub(crate) fn open_rewritten(&self) -> CliResult<Session> {
        self.open_chain(ChainSource::Rewritten)
    }

    /// Opens the vault with some trust chain, not with the one that this machine has verified.
    pub(crate) fn open_chain(&self, chain: ChainSource) -> CliResult<Session> {
        self.open_chain_at(&self.locate()?, chain)
    }

    /// The same for the vault in that directory.
    pub(crate) fn open_chain_at(&self, root: &Path, chain: ChainSource) -> CliResult<Session> {
        let options = self.options(root, env::expected_vault()?, None)?;
        Ok(self.session(Vault::open(OpenOptions { chain, ..options })?))
    }

    pub(crate) fn open_vault_at(&mut self, root: &Path) -> CliResult<Session> {
        self.open_expected(root, env::expected_vault()?)
    }

    /// Opens another vault than that of the command, which alone `VLT_ID` names: this machine's configuration may know it.
    pub(crate) fn open_other(&mut self, root: &Path) -> CliResult<Session> {
        match vault_at(Self::config()?.read()?, root) {
            Some(vault) => self.open_known(root, vault),
            None => self.open_expected(root, None),
        }
    }

    /// Opens the vault that this machine's configuration says to be in that directory.
    pub(crate) fn open_known(&self, root: &Path, vault: VaultId) -> CliResult<Session> {
        Ok(self.session(Vault::open(self.options(root, Some(vault.into()), None)?)?))
    }

    fn open_expected(&mut self, root: &Path, expected: Option<Anchor>) -> CliResult<Session> {
        match Vault::open(self.options(root, expected, None)?) {
            Err(Error::Unpinned(introduction)) => {
                let anchor = first_use::accept(self, &introduction)?;
                let expected = expected.or(Some(anchor));
                Ok(self.session(Vault::open(self.options(root, expected, Some(anchor.vault))?)?))
            }
            other => Ok(self.session(other?)),
        }
    }

    /// Opens a vault that was just created here, so there is nothing to say about its first use.
    pub(crate) fn open_created(&mut self, root: &Path, id: VaultId) -> CliResult<Session> {
        let vault = Vault::open(self.options(root, None, Some(id))?)?;
        let notices = vault.finish().into_iter().filter(|notice| !matches!(notice, Notice::Accepted { .. }));
        notices.for_each(|notice| tell(&mut self.ui, &notice));
        Ok(self.session(vault))
    }

    fn session(&self, vault: Vault<'static>) -> Session {
        self.unsaid.borrow_mut().push(vault.unsaid());
        Session { vault, end: End { is_missing: Rc::clone(&self.is_unfinished), is_reached: false } }
    }

    /// Whether a vault was open that nobody finished.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.is_unfinished.get()
    }

    /// Commits what a vault has seen to this machine's memory, and what a command wrote to git.
    pub(crate) fn conclude(&mut self, vault: &Vault<'_>) {
        let replicated = vault.take_replicated();
        if !replicated.is_empty() && !self.global.dry_run {
            propagate(vault, &replicated, self);
        }
        let mut is_news = None;
        for notice in vault.finish() {
            // These commands report what is missing themselves.
            if matches!(notice, Notice::Missing { .. }) && self.reports_on_vault() {
                continue;
            }
            let is_of_age = matches!(notice, Notice::Older { .. } | Notice::TrustBehind { .. });
            if !is_of_age || *is_news.get_or_insert_with(|| self.is_older_news(vault)) {
                tell(&mut self.ui, &notice);
            }
        }
        self.tell_lost();
        let written = vault.take_written();
        if !written.is_empty() {
            self.commit(vault, &written);
        }
        if vault.take_raised() {
            deliver_later(vault, self);
        }
    }

    /// Whether it is said that documents, members or keys are older than seen elsewhere: once a day in each place, and by commands that report on the
    /// vault.
    fn is_older_news(&self, vault: &Vault<'_>) -> bool {
        let is_first = warned::is_first_today(vault.state(), self.now);
        is_first || self.reports_on_vault()
    }

    fn reports_on_vault(&self) -> bool {
        matches!(self.purpose.name.as_str(), "status" | "verify")
    }

    /// Commits what a command wrote, if requested. The change itself is done: a failed commit is an error with
    /// `--commit`, and a warning with `auto_commit`.
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

    /// Names the commit that makes a removal count elsewhere, where git has the vault and this program does not commit.
    pub(crate) fn suggest_commit(&mut self, vault: &Vault<'_>) {
        if !is_in_git(vault) || self.global.dry_run || self.commits().unwrap_or(true) {
            return;
        }
        let directory = if vault.path().ends_with(PROJECT_DIRECTORY) { PROJECT_DIRECTORY } else { "." };
        self.ui.next(format!("`git add {directory} && git commit`: until then this counts in this checkout only"));
    }

    /// Warns of what was noticed of vaults that a failed command had open.
    pub(crate) fn tell_unsaid(&mut self) {
        self.tell_lost();
        for unsaid in self.unsaid.take() {
            unsaid.take().iter().for_each(|notice| tell(&mut self.ui, notice));
        }
    }

    /// Warns of records that could not be forwarded, once.
    fn tell_lost(&mut self) {
        if let Some(lost) = self.recorder.take_lost() {
            self.ui.warning(lost);
        }
    }

    /// Whether everything requested by `--commit` was committed.
    pub(crate) fn committed(&mut self) -> CliResult<()> {
        self.uncommitted.take().map_or(Ok(()), Err)
    }

    /// Whether changes are committed with git.
    pub(crate) fn commits(&self) -> CliResult<bool> {
        Ok(self.global.commit || Self::config()?.read()?.git.auto_commit)
    }
}

fn is_in_git(vault: &Vault<'_>) -> bool {
    vault.path().ancestors().any(|above| above.join(".git").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_nobody_finishes_is_noticed() {
        let is_missing = Rc::new(Cell::new(false));
        let end = |is_reached: bool| End { is_missing: Rc::clone(&is_missing), is_reached };
        drop(end(true));
        assert!(!is_missing.get());
        drop(end(false));
        assert!(is_missing.get());
    }
}
