//! First contact with a vault, and what a person should know of what opening it found.

use super::context::Context;
use super::error::{CliError, CliResult};
use super::terminal::escape;
use super::terminal::prompt::Question;
use super::terminal::ui::Ui;
use crate::engine::{Introduction, Notice};
use crate::model::id::VaultId;
use crate::unlock::find;

/// Accepts a vault that this machine does not know: by the id in the identity file, or by a person who compared the
/// fingerprint.
pub(crate) fn accept(context: &mut Context, introduction: &Introduction) -> CliResult<VaultId> {
    if named_by_identity(context)? == Some(introduction.id) {
        return Ok(introduction.id);
    }
    let question = Question {
        text: "Does somebody you trust see the same vault id?",
        what: "a confirmation of the vault's id",
        flag: "VLT_ID",
    };
    let shown = context.prompter.show(&lines(introduction), question);
    let agreed = shown.and_then(|()| context.prompter.confirm(question, Some(false))).map_err(|_| {
        let introduction = Box::new(introduction.clone());
        CliError::Engine(crate::engine::Error::Unpinned(introduction))
    })?;
    if agreed { Ok(introduction.id) } else { Err(CliError::Declined("nothing was read from this vault")) }
}

/// Says what opening or reading found.
pub(crate) fn tell(ui: &mut Ui, notice: &Notice) {
    match notice {
        Notice::StateNotWritten(why) => ui.warning(format!("this machine cannot remember what it saw: {why}")),
        Notice::Accepted(id) => ui.detail(format!("this machine now knows the vault {id}")),
        Notice::TrustMoved { from, to, by } => {
            ui.note(format!("members or keys changed: trust snapshot {from} → {to}, by `{by}`"));
        }
    }
}

/// A vault id in groups, as two people would read it to each other.
pub(crate) fn fingerprint(id: VaultId) -> String {
    groups_of_four(&id.to_string())
}

/// A fingerprint in hexadecimal, in the same form.
pub(crate) fn grouped(bytes: &[u8]) -> String {
    groups_of_four(&data_encoding::HEXLOWER.encode(bytes))
}

fn groups_of_four(text: &str) -> String {
    let groups: Vec<&str> =
        (0..text.len()).step_by(4).filter_map(|at| text.get(at..(at + 4).min(text.len()))).collect();
    groups.join(" ")
}

fn lines(introduction: &Introduction) -> String {
    let (label, admins) = (escape::line(&introduction.label), escape::line(&introduction.admins.join(", ")));
    let id = fingerprint(introduction.id);
    format!("This machine does not know the vault \"{label}\" yet.\n\n  id      {id}\n  admins  {admins}\n")
}

/// The id that a line `# vault-id: vlt1…` in an identity file names, for machines that nobody sits at.
fn named_by_identity(context: &mut Context) -> CliResult<Option<VaultId>> {
    let sources = context.sources()?;
    if sources.identity_file.is_none() && sources.credentials_directory.is_none() {
        return Ok(None);
    }
    let found = find::find(&sources, &context.ask())?;
    Ok(found.vault_id_line.and_then(|line| line.parse().ok()))
}
