//! First use of a vault, and notices about what opening it found.

use super::context::Context;
use super::error::{CliError, CliResult};
use super::report::fingerprint::Fingerprint;
use super::terminal::escape;
use super::terminal::prompt::Question;
use crate::engine::Introduction;
use crate::model::anchor::Anchor;
use crate::unlock::find;

/// Accepts a vault that this machine does not know: by the id in the identity file, or by a user who compared it.
pub(crate) fn accept(context: &mut Context, introduction: &Introduction) -> CliResult<Anchor> {
    if let Some(anchor) = named_by_identity(context)?.filter(|anchor| anchor.vault == introduction.id) {
        return Ok(anchor);
    }
    let question = Question {
        text: "Does somebody you trust see the same words?",
        what: "a confirmation of the vault's id",
        flag: "VLT_ID",
    };
    let shown = context.prompter.show(&lines(introduction), question);
    let agreed = shown.and_then(|()| context.prompter.confirm(question, Some(false))).map_err(|_| {
        let introduction = Box::new(introduction.clone());
        CliError::Engine(crate::engine::Error::Unpinned(introduction))
    })?;
    if agreed { Ok(introduction.id.into()) } else { Err(CliError::Declined("nothing was read from this vault")) }
}

fn lines(introduction: &Introduction) -> String {
    let (label, admins) = (escape::line(&introduction.label), escape::line(&introduction.admins.join(", ")));
    let (words, id) = (Fingerprint::from(introduction.id).words(), introduction.id);
    format!(
        "This machine does not know the vault \"{label}\" yet.\n\n  words   {words}\n  id      {id}\n  admins  {admins}\n"
    )
}

/// What a line `# vault-id: vlt1…` in an identity file names, for unattended machines.
fn named_by_identity(context: &mut Context) -> CliResult<Option<Anchor>> {
    let sources = context.sources()?;
    if sources.identity_file.is_none() && sources.credentials_directory.is_none() {
        return Ok(None);
    }
    let found = find::find(&sources, &context.ask())?;
    Ok(found.vault_id_line.and_then(|line| line.parse().ok()))
}
