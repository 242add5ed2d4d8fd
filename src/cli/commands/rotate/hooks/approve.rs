//! `vault rotate hooks show`, `approve` and `revoke`.

use clap::Args;
use serde::Serialize;

use super::digest;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::escape;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::engine::Error;
use crate::hook::Candidate;
use crate::machine::{Approvals, State, Subject};
use crate::model::hook::HookName;

/// Print a hook and its digest
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The hook, as `vault rotate hooks list` names it
    hook: HookName,
}

/// Approve a hook for trials on this machine
#[derive(Debug, Args)]
#[command(
    long_about = "Approve a hook for trials on this machine, exactly as it is now.\n\n\
        A hook may have arrived with a `git pull`. So nothing runs before its content was approved here, and a \
        change needs a new approval. Then `vault rotate hooks check` can run it with a temporary secret, and `vault \
        rotate configure --approve` accepts it; it gets no secret before `vault rotate approve`. Without a terminal, \
        give the expected digest.",
    after_help = "Examples:\n  \
        vault rotate hooks approve rotate.sh\n  \
        vault rotate hooks approve rotate.sh --digest sha256:9f86d0…      in CI"
)]
pub(crate) struct ApproveArgs {
    /// The hook, as `vault rotate hooks list` names it
    hook: HookName,
    /// Approve without a prompt if the content has this digest
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

/// Revoke all approvals of a hook, and stop its rotations here
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The hook, as `vault rotate hooks list` names it
    hook: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HookReport {
    hook: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

pub(super) fn show(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Some(candidate) = Candidate::of(vault.path(), &args.hook)? else {
        return comes_with_vault(args.hook.to_string(), context);
    };
    let vault = vault.finish(context);
    context.ui.report(&HookReport {
        hook: candidate.name.clone(),
        digest: Some(digest(&candidate.digest)),
        approved: candidate.require_approval(vault.state()).is_ok(),
        content: String::from_utf8(candidate.content).ok(),
    })?;
    Ok(())
}

pub(super) fn run(args: &ApproveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Some(candidate) = Candidate::of(vault.path(), &args.hook)? else {
        return comes_with_vault(args.hook.to_string(), context);
    };
    let found = digest(&candidate.digest);
    match &args.digest {
        Some(expected) if same_digest(expected, &found) => {}
        Some(_) => {
            return Err(CliError::Usage {
                message: format!("the hook `{}` has the digest {found}, not the given one", candidate.name),
                hint: "review the changes before you approve it".into(),
            });
        }
        None => {
            let text = format!("Approve {} ({found}) on this machine?", candidate.name);
            let question = Question { text: &text, what: "an approval", flag: "`--digest SHA256`" };
            context.confirm(question, "nothing was approved")?;
        }
    }
    if !context.global.dry_run {
        candidate.approve(vault.state()).map_err(Error::from)?;
    }
    vault.finish(context);
    let hook = candidate.name;
    context.ui.report(&HookReport { hook, digest: Some(found), approved: true, content: None })?;
    Ok(())
}

pub(super) fn revoke(args: &RevokeArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !context.global.dry_run {
        revoke_in(vault.state(), &args.hook)?;
    }
    vault.finish(context);
    context.ui.report(&HookReport { hook: args.hook.clone(), digest: None, approved: false, content: None })?;
    Ok(())
}

fn revoke_in(state: &State, hook: &str) -> Result<(), Error> {
    Ok(Approvals::revoke(state, &Subject::Program(hook.to_owned()))?)
}

fn comes_with_vault(hook: String, context: &mut Context) -> CliResult<()> {
    context.ui.note("this strategy is built in; `vault rotate approve NAME` approves what it does for a secret");
    context.ui.report(&HookReport { hook, digest: None, approved: true, content: None })?;
    Ok(())
}

/// With or without `sha256:` in front, in either case.
pub(crate) fn same_digest(given: &str, found: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("sha256:").to_ascii_lowercase();
    bare(given) == bare(found)
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
