//! `vault rotate hooks approve`.

use clap::Args;

use super::report::HookReport;
use crate::cli::commands::rotate::digest::{Digest, REVIEW};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::prompt::Question;
use crate::hook::Candidate;
use crate::model::hook::HookName;

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
    /// Approve without a prompt if the content has this digest, or these words
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

pub(super) fn run(args: &ApproveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Some(candidate) = Candidate::of(vault.path(), &args.hook)? else {
        vault.finish(context);
        return HookReport::comes_with_vault(args.hook.to_string(), context);
    };
    let found = Digest(candidate.digest);
    if !found.is_expected(args.digest.as_deref(), &format!("the hook `{}`", candidate.name), REVIEW)? {
        let text = format!("Approve {} on this machine?", candidate.name);
        let question = Question { text: &text, what: "an approval", flag: "`--digest SHA256`" };
        let shown = format!("\n  words   {}\n  digest  {found}\n", found.words());
        context.prompter.show(&shown, question)?;
        context.confirm(question, "nothing was approved")?;
    }
    if !context.global.dry_run {
        candidate.approve(vault.state())?;
    }
    vault.finish(context);
    let hook = candidate.name;
    Ok(context.ui.report(&HookReport { hook, digest: Some(found), approved: true, content: None })?)
}
