//! What is said of one hook.

use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::fingerprint::Fingerprint;
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
            Some(digest) => page.fields([
                ("hook", Meaning::Name, self.hook.clone()),
                ("state", Meaning::Plain, state.to_owned()),
                ("words", Meaning::Version, words(digest)),
                ("digest", Meaning::Version, digest.clone()),
            ]),
            None => page.line(format!("{hook}  {state}")),
        };
        for line in self.content.iter().flat_map(|content| content.lines()) {
            page.line(escape::line(line));
        }
    }
}

/// A digest as options and JSON have it.
pub(crate) fn digest(bytes: &[u8; 32]) -> String {
    format!("sha256:{}", HEXLOWER.encode(bytes))
}

/// The same as words that people read to each other.
pub(crate) fn words(digest: &str) -> String {
    print(digest).map(|print| print.words()).unwrap_or_default()
}

/// With or without `sha256:` in front, in either case, or in words.
pub(crate) fn same_digest(given: &str, found: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("sha256:").to_ascii_lowercase();
    bare(given) == bare(found) || given.contains(' ') && words(found) == given.trim().to_ascii_lowercase()
}

fn print(digest: &str) -> Option<Fingerprint> {
    let bytes = HEXLOWER.decode(digest.strip_prefix("sha256:")?.as_bytes()).ok()?;
    Some(Fingerprint::of_hash(&bytes.try_into().ok()?))
}
