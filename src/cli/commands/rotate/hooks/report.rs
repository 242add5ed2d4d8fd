//! What is said of one hook.

use serde::Serialize;

use crate::cli::commands::rotate::digest::Digest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::escape;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;

/// A hook, and whether it may run on this machine.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HookReport {
    pub(super) hook: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Digest>,
    pub(super) approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<String>,
}

impl HookReport {
    /// The end of a command about a strategy that is built in.
    pub(super) fn comes_with_vault(hook: String, context: &mut Context) -> CliResult<()> {
        context.ui.note("this strategy is built in; `vault rotate approve NAME` approves what it does for a secret");
        Ok(context.ui.report(&HookReport { hook, digest: None, approved: true, content: None })?)
    }
}

impl Report for HookReport {
    fn text(&self, page: &mut Page) {
        let state = if self.approved { "approved on this machine" } else { "not approved on this machine" };
        match self.digest {
            Some(digest) => page.fields([
                ("hook", Meaning::Name, self.hook.clone()),
                ("state", Meaning::Plain, state.to_owned()),
                ("words", Meaning::Version, digest.words()),
                ("digest", Meaning::Version, digest.to_string()),
            ]),
            None => page.line(format!("{}  {state}", page.paint(Meaning::Name, &self.hook))),
        };
        for line in self.content.iter().flat_map(|content| content.lines()) {
            page.line(escape::line(line));
        }
    }
}
