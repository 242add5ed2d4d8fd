//! `vault rotate configure`: how and when a secret is rotated.

mod terms;

use std::path::Path;

use clap::Args;
use serde::Serialize;

use self::terms::{ADMIN, terms};
use super::approve::{ask, reason};
use super::options::{require_declared, require_few, require_fitting};
use super::plan_view::PlanView;
use super::rotated::rotated;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::choice::choice;
use crate::cli::report::date::Date;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::PromptError;
use crate::engine::{ConfirmedPlan, Error, Vault};
use crate::hook::{ApprovalError, Candidate, Handover};
use crate::machine::State;
use crate::model::hook::{self, HookName, Strategy};
use crate::model::name::SecretName;
use crate::model::schedule::{Schedule, Window};
use crate::model::secret::{Rotation, RotationTerms, Secret};

/// Configure rotation of a secret
#[derive(Debug, Args)]
#[command(
    long_about = "Configure rotation of a secret.\n\n\
        A hook is a program that is called once per step: create, set, test, finish (docs/hooks.md). A strategy is a \
        built-in hook. Settings that you do not give stay as they are; nothing is rotated yet.\n\n\
        The result is a plan that you sign. It runs as long as you may write the secret and, with --admin, read the \
        administrator's secret. It also fixes what the value says now as host, port, engine and ssl, with --admin as \
        username too, so that nobody who only writes the value chooses where the hook logs in.\n\n\
        A machine passes secrets to a hook only as approved there: on a terminal this command shows the rotation and \
        asks; without one, use --approve. --approve does not cover settings that somebody else configured, nor a \
        program that was not approved with `vault rotate hooks approve`.",
    after_help = "Examples:\n  \
        vault rotate configure prod/db --strategy postgres --every 30d\n  \
        vault rotate configure prod/db --strategy postgres --admin prod/db-admin\n  \
        vault rotate configure prod/token --hook t.sh --schedule 'cron(0 3 1 * ? *)'\n  \
        vault rotate configure prod/api --strategy http --option url=https://r.example"
)]
pub(crate) struct ConfigureArgs {
    /// Name of the secret
    name: SecretName,
    /// Hook: a file in the vault's hooks/, an absolute path, or lambda:FILE.py
    #[arg(long, conflicts_with = "strategy")]
    hook: Option<HookName>,
    /// Built-in hook
    #[arg(long, value_parser = choice(STRATEGIES))]
    strategy: Option<Strategy>,
    /// Option for the hook; may be repeated. KEY= removes one
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = hook::option)]
    options: Vec<(String, String)>,
    /// For databases: change the password of one user, or alternate between two
    #[arg(long, value_parser = ["single", "alternating"])]
    users: Option<String>,
    /// For databases: the secret with an administrator's login
    #[arg(long, value_name = "SECRET")]
    admin: Option<SecretName>,
    /// Rotation interval in days, weeks or hours (minimum 4): 30d, 2w, 12h
    #[arg(long, value_name = "PERIOD", conflicts_with_all = ["schedule", "no_schedule"])]
    every: Option<Schedule>,
    /// Schedule: rate(30 days) or cron(0 3 1 * ? *), in UTC
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "no_schedule")]
    schedule: Option<Schedule>,
    /// Length of the rotation window, such as 3h
    #[arg(long, conflicts_with = "no_schedule")]
    window: Option<Window>,
    /// Rotate only manually
    #[arg(long)]
    no_schedule: bool,
    /// Approve this rotation on this machine, without a prompt
    #[arg(long)]
    approve: bool,
}

const STRATEGIES: &[(&str, &str, Strategy)] = &[
    ("postgres", "The password of a PostgreSQL role", Strategy::Postgres),
    ("mysql", "The password of a MySQL or MariaDB account", Strategy::Mysql),
    ("random", "A new random value", Strategy::Random),
    ("http", "One HTTP request for each step", Strategy::Http),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigureReport {
    name: String,
    hook: String,
    #[serde(rename = "ScheduleExpression", skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    #[serde(rename = "NextRotationDate", skip_serializing_if = "Option::is_none")]
    next: Option<Date>,
    approved: bool,
}

pub(super) fn run(args: &ConfigureArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let secret = rotated(&vault, &args.name)?;
    let before = kept(args, &vault, &secret, context)?;
    let terms = terms(args, before.as_ref().map(ConfirmedPlan::terms))?;
    require_hook(&terms, vault.path())?;
    if args.approve {
        require_known(args, before.as_ref(), &terms, vault.state())?;
    }
    let plan = vault.configure_rotation(&args.name, &terms, context.now)?;
    if (args.strategy.is_some() || args.users.is_some()) && fails_for_pools(&terms) {
        context.ui.note(POOLS);
    }
    let next = vault.secret(&args.name)?.rotation.as_ref().and_then(Rotation::next);
    let vault = vault.finish(context);
    let approved = approve(args, before, plan, &vault, context)?;
    Ok(context.ui.report(&ConfigureReport {
        name: args.name.to_string(),
        hook: terms.hook.to_string(),
        schedule: terms.rules.map(|rules| rules.schedule().to_string()),
        next: next.map(Date::from),
        approved,
    })?)
}

/// Whether the one password of a user is replaced, while programs keep connections that were opened with it.
fn fails_for_pools(terms: &RotationTerms) -> bool {
    let is_database = matches!(terms.hook, HookName::Builtin(Strategy::Postgres | Strategy::Mysql));
    is_database && terms.options.get("users").is_none_or(|users| users == "single")
}

const POOLS: &str = "one user has one password: from the moment of a rotation until a program reads the secret again, its connection \
    pool cannot open new connections; `--users alternating --admin SECRET` keeps the previous password valid";

/// Refuses a hook that is not there, and options that it does not take.
fn require_hook(terms: &RotationTerms, root: &Path) -> CliResult<()> {
    require_few(&terms.options)?;
    match (&terms.hook, Candidate::of(root, &terms.hook)) {
        (HookName::Builtin(strategy), _) => require_fitting(*strategy, &terms.options_of_hook(), terms.admin.is_some()),
        // A program of another machine is not here to be read.
        (HookName::Program(_), Err(ApprovalError::Absent(_))) => Ok(()),
        (_, program) => require_declared(program?.as_ref(), &terms.options_of_hook()),
    }
}

/// The plan whose settings are kept where no others are given. Nobody signs what a plan says that does not hold without
/// seeing it: then everything has to be given, or the plan to be confirmed.
fn kept(
    args: &ConfigureArgs,
    vault: &Vault<'_>,
    secret: &Secret,
    context: &mut Context,
) -> CliResult<Option<ConfirmedPlan>> {
    if secret.rotation.is_none() {
        return Ok(None);
    }
    match vault.confirmed_plan(secret) {
        Ok(plan) => Ok(Some(plan)),
        Err(error @ Error::Plan { .. }) if args.hook.is_some() || args.strategy.is_some() => {
            context.ui.note(format!("no setting of the previous plan is kept: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Approves what was configured, with `--approve`, because only the schedule changed, or after asking at the terminal.
/// Returns whether this machine may rotate the secret.
fn approve(
    args: &ConfigureArgs,
    before: Option<ConfirmedPlan>,
    plan: ConfirmedPlan,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<bool> {
    let state = vault.state();
    if context.global.dry_run {
        return Ok(is_approved(plan, state));
    }
    let handover = Handover::of(state, plan);
    if let Ok(handover) = &handover
        && handover.require_approval(state).is_err()
        && (args.approve || was_approved(before, handover, state) || answered(&PlanView::from(handover), context)?)
    {
        handover.approve(state)?;
    }
    let standing = handover.and_then(|handover| handover.require_approval(state)).map_err(CliError::from);
    context.ui.note(match &standing {
        Ok(()) => format!("try it without changing anything: `vault rotate test {}`", args.name),
        Err(error) => format!("{} {}", args.name, reason(error)),
    });
    Ok(standing.is_ok())
}

fn is_approved(plan: ConfirmedPlan, state: &State) -> bool {
    Handover::of(state, plan).is_ok_and(|handover| handover.require_approval(state).is_ok())
}

/// Whether this machine has approved the plan before, and the hook gets the same with the new one.
fn was_approved(before: Option<ConfirmedPlan>, now: &Handover, state: &State) -> bool {
    before.is_some_and(|before| before.passes_same(&now.plan) && is_approved(before, state))
}

/// The user's answer; no without a terminal.
fn answered(plan: &PlanView, context: &Context) -> CliResult<bool> {
    match ask(plan, context) {
        Err(CliError::Prompt(PromptError::InputNeeded { .. })) => Ok(false),
        answer => answer,
    }
}

/// `--approve` covers only this command line, and what this machine approved before.
fn require_known(
    args: &ConfigureArgs,
    before: Option<&ConfirmedPlan>,
    terms: &RotationTerms,
    state: &State,
) -> CliResult<()> {
    if let Some(program) = Candidate::of(state.root(), &terms.hook)? {
        program.require_approval(state)?;
    }
    let Some(before) = before else { return Ok(()) };
    if is_approved(before.clone(), state) {
        return Ok(());
    }
    let named = |option: &str| match option {
        "users" if args.users.is_some() => true,
        option => args.options.iter().any(|(name, _)| name == option),
    };
    let hook = (args.hook.is_none() && args.strategy.is_none()).then_some("its hook");
    let options = terms.options.keys().map(String::as_str).filter(|option| !named(option));
    let is_admin_kept = terms.admin.is_some() && args.admin.is_none() && !named(ADMIN);
    let admin = is_admin_kept.then_some(ADMIN);
    let kept: Vec<&str> = hook.into_iter().chain(admin).chain(options).collect();
    if kept.is_empty() {
        return Ok(());
    }
    Err(CliError::usage(
        format!("`{}` has settings that this machine has not approved: {}", args.name, kept.join(", ")),
        format!(
            "give them in this command, remove them with `--option KEY=`, or omit `--approve` and run `vault rotate approve {}`",
            args.name
        ),
    ))
}

impl Report for ConfigureReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let hook = page.paint(Meaning::Plain, &self.hook);
        let schedule = self.schedule.as_deref().map(|schedule| page.paint(Meaning::Plain, schedule));
        let when = match (schedule, self.next) {
            (None, _) => "manually".to_owned(),
            (Some(schedule), None) => schedule,
            (Some(schedule), Some(next)) => format!("{schedule}, next by {}", page.moment(next)),
        };
        page.line(format!("{name} is rotated by {hook}: {when}"));
    }
}
