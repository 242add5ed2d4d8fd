//! `vault events replay`: deliver events once more.

use clap::{ArgGroup, Args};

use super::deliver::DeliverReport;
use super::filter::noticed_since;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::events::{TARGET_TIME, with_courier};
use crate::cli::process;
use crate::cli::report::count::Count;
use crate::model::name::RuleName;

/// Deliver events once more
#[derive(Debug, Args)]
#[command(
    long_about = "Deliver events of this machine's journal once more, to the rules that match them and run here.\n\n\
        A target gets the same id again, so one that remembers ids does nothing twice. It also delivers what happened before a \
        rule was written.",
    after_help = "Examples:\n  \
        vault events replay 1f0c2a7e-52d4-8e0b-9a41-6d2b8f3c7a10\n  \
        vault events replay --since 2h --rule reload",
    group = ArgGroup::new("which").required(true)
)]
pub(crate) struct ReplayArgs {
    /// Id of an event, or its beginning
    #[arg(group = "which")]
    id: Option<String>,
    /// Every event from this time on: a period before now, such as 2h, a day, or an instant in UTC
    #[arg(long, value_name = "WHEN", group = "which")]
    since: Option<String>,
    /// Only to this rule
    #[arg(long)]
    rule: Option<RuleName>,
}

pub(super) fn run(args: &ReplayArgs, context: &mut Context) -> CliResult<()> {
    let since = noticed_since(args.since.as_deref(), context.now)?;
    process::look_up_without_modules();
    let vault = context.open_vault()?;
    if let Some(rule) = &args.rule {
        vault.rule(rule)?;
    }
    let is_dry = context.global.dry_run;
    let rule = args.rule.as_ref().map(RuleName::as_str);
    let replayed = with_courier(&vault, TARGET_TIME, |courier| {
        let is_wanted = |raised: &str, id: &str| {
            since.as_deref().is_none_or(|since| raised >= since)
                && args.id.as_deref().is_none_or(|given| !given.is_empty() && id.starts_with(given))
        };
        let count = courier.again(rule, is_wanted, is_dry)?;
        Ok((count, if is_dry { None } else { Some(courier.run()?) }))
    })?;
    vault.finish(context);
    match replayed {
        Some((count, delivered)) if count > 0 => {
            context.ui.note(Count::of_irregular(count, "delivery", "deliveries"));
            Ok(context.ui.report(&DeliverReport::from(delivered.unwrap_or_default()))?)
        }
        _ => Err(CliError::usage(
            "no such event matches a rule that runs on this machine",
            "`vault events` lists the events, `vault events rules ls` the rules and where they run",
        )),
    }
}
