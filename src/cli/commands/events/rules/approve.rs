//! `vault events rules approve`: what a rule does on this machine.

use clap::Args;

use super::view::RuleView;
use crate::cli::commands::rotate::{Digest, REVIEW};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report as _};
use crate::cli::terminal::palette::Palette;
use crate::cli::terminal::prompt::Question;
use crate::engine::Error;
use crate::hook::event::RuleApproval;
use crate::machine::events::Outbox;
use crate::model::name::RuleName;

/// Approve what a rule does on this machine
#[derive(Debug, Args)]
#[command(
    long_about = "Approve what a rule does on this machine: its programs, exactly as they are now, with their arguments, and the files it \
        writes.\n\n\
        An admin signs a rule, and a program runs with the rights of the user of this machine. So nothing runs before it was \
        approved here, and a change needs a new approval. Without a terminal, give the expected digest; with --dry-run it is shown \
        and nothing is approved.",
    after_help = "Examples:\n  \
        vault events rules approve reload\n  \
        vault events rules approve reload --digest sha256:9f86d0…      in CI"
)]
pub(crate) struct ApproveArgs {
    /// Name of the rule
    name: RuleName,
    /// Approve without a prompt if the rule has this digest
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

pub(super) fn run(args: &ApproveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let rule = vault.rule(&args.name)?;
    let approval = RuleApproval::of(vault.state(), &rule)?;
    let what = format!("the rule `{}`", args.name);
    let is_expected = Digest(approval.digest()).is_expected(args.digest.as_deref(), &what, REVIEW)?;
    if !is_expected && !context.global.dry_run {
        let text = format!("Approve the rule {} on this machine?", args.name);
        let question = Question { text: &text, what: "an approval", flag: "`--digest SHA256`" };
        let mut page = Page::new(Palette::Plain, None);
        RuleView::of(&vault, &rule).text(&mut page);
        for program in approval.programs() {
            page.line(format!("program  {}  {}", program.name, Digest(program.digest)));
        }
        context.prompter.show(page.as_str(), question)?;
        context.confirm(question, "nothing was approved")?;
    }
    if !context.global.dry_run {
        approval.approve(vault.state())?;
        wake(&Outbox::of(vault.state()), &args.name, context)?;
    }
    let vault = vault.finish(context);
    RuleView::report(&vault, &rule, context)
}

/// What waits for the approval is due now.
fn wake(outbox: &Outbox, rule: &RuleName, context: &Context) -> Result<(), Error> {
    for mut delivery in outbox.waiting()?.into_iter().filter(|delivery| delivery.rule == rule.as_str()) {
        delivery.due = context.now.to_string();
        outbox.put(&delivery)?;
    }
    Ok(())
}
