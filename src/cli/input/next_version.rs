//! A name that exists already: on a terminal, the user is asked whether its next version is meant.

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::time;
use crate::cli::terminal::Question;
use crate::model::name::MemberName;
use crate::model::time::Timestamp;

/// What exists under the name.
pub(crate) struct Latest<'a> {
    pub(crate) name: &'a str,
    /// The version, such as "version 3".
    pub(crate) version: Option<String>,
    pub(crate) by: &'a MemberName,
    pub(crate) at: Timestamp,
}

/// Whether the next version is meant: the user is asked. `false` without a user at a terminal, as in a script: then the
/// command is refused.
pub(crate) fn is_meant(latest: &Latest<'_>, next: &str, flag: &str, context: &Context) -> CliResult<bool> {
    if !context.prompter.is_attended() {
        return Ok(false);
    }
    let version = latest.version.as_ref().map(|version| format!("{version}, ")).unwrap_or_default();
    let when = time::relative(latest.at, context.now);
    let text = format!("{} exists ({version}by {}, {when}): store {next}?", latest.name, latest.by);
    let question = Question { text: &text, what: "a decision", flag };
    if context.prompter.confirm(question, Some(false))? {
        Ok(true)
    } else {
        Err(CliError::Declined("nothing was stored"))
    }
}
