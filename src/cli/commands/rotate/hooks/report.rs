//! What is said of one hook.

use serde::Serialize;

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
    pub(super) digest: Option<String>,
    pub(super) approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<String>,
}

impl HookReport {
    /// The end of a command about a strategy that is built in.
    pub(super) fn comes_with_vault(hook: String, context: &mut Context) -> CliResult<()> {
        context.ui.note("this strategy is built in; `vault rotate approve NAME` approves what it does for a secret");
        context.ui.report(&HookReport { hook, digest: None, approved: true, content: None })?;
        Ok(())
    }
}

impl Report for HookReport {
    fn text(&self, page: &mut Page) {
        let hook = page.paint(Meaning::Name, &self.hook);
        let state = if self.approved { "approved on this machine" } else { "not approved on this machine" };
        match &self.digest {
            Some(digest) => page.line(format!("{hook}  {}  {state}", page.paint(Meaning::Version, digest))),
            None => page.line(format!("{hook}  {state}")),
        };
        for line in self.content.iter().flat_map(|content| content.lines()) {
            page.line(escape::line(line));
        }
    }
}

/// A digest for people to compare.
pub(crate) fn digest(bytes: &[u8; 32]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(bytes))
}

/// With or without `sha256:` in front, in either case.
pub(crate) fn same_digest(given: &str, found: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("sha256:").to_ascii_lowercase();
    bare(given) == bare(found)
}
