//! Looking at a vault whose trust chain this machine may refuse.

use std::ops::Deref;

use super::Session;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::Git;
use crate::cli::git::chains::{is_in_conflict, snapshots};
use crate::engine::{ChainSource, Error, Vault};

/// A vault that is opened to look at it.
pub(crate) enum Look {
    /// This machine follows its trust chain.
    Followed(Session),
    /// It does not: nothing of it may be remembered.
    Refused(Session),
}

impl Look {
    /// Ends the session, which is finished only if this machine follows the chain.
    pub(crate) fn end(self, context: &mut Context) {
        match self {
            Look::Followed(session) => drop(session.finish(context)),
            Look::Refused(session) => drop(session.leave()),
        }
    }

    /// The vault alone, of which nothing is remembered.
    pub(crate) fn leave(self) -> Vault<'static> {
        match self {
            Look::Followed(session) | Look::Refused(session) => session.leave(),
        }
    }
}

impl Deref for Look {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Look::Followed(session) | Look::Refused(session) => session,
        }
    }
}

impl Context {
    /// Opens the vault to look at it. If this machine refuses its trust chain, it is opened as it is, and if that is in conflict, with
    /// the one of the last commit, for a command that then leaves it.
    pub(crate) fn open_to_look(&mut self) -> CliResult<Look> {
        match self.open_vault() {
            Err(CliError::Engine(Error::OtherTrust { .. } | Error::TrustRollback { .. })) => {
                self.open_rewritten().map(Look::Refused)
            }
            Err(error) => self.open_in_conflict().map(Look::Refused).ok_or(error),
            opened => opened.map(Look::Followed),
        }
    }

    /// The vault with the trust chain of the last commit, if a merge has left that in conflict.
    pub(crate) fn open_in_conflict(&self) -> Option<Session> {
        let git = Git::around(&self.locate().ok()?).ok()?;
        let is_in_conflict = is_in_conflict(&git).ok()?;
        let chain = ChainSource::Branch(is_in_conflict.then(|| snapshots(&git, "HEAD").ok()).flatten()?);
        self.open_chain(chain).ok()
    }
}
