//! `vault rotate status`: when secrets rotate, and how far an unfinished rotation has come.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::approve::waiting;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::report::{refused, time};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::{Checked, Vault};
use crate::model::name::SecretName;
use crate::model::secret::{Rotation, Run, Secret};
use crate::model::time::Timestamp;

/// Show rotation schedules and unfinished rotations
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault rotate status\n  vault rotate status prod/db")]
pub(crate) struct StatusArgs {
    /// Names of secrets [default: all with a hook]
    names: Vec<SecretName>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReport {
    rotations: Vec<Line>,
    /// Whether the secrets were named: then there is room for everything.
    #[serde(skip)]
    is_detailed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    name: String,
    rotation_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
    #[serde(rename = "ScheduleExpression", skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    #[serde(rename = "LastRotatedDate", skip_serializing_if = "Option::is_none")]
    last: Option<Date>,
    #[serde(rename = "NextRotationDate", skip_serializing_if = "Option::is_none")]
    next: Option<Date>,
    due: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfinished: Option<Unfinished>,
    /// Versions whose rotation was aborted, the newest first.
    #[serde(rename = "AbortedVersionIds", skip_serializing_if = "Vec::is_empty")]
    aborted: Vec<String>,
    approved: bool,
    /// One word on it, and what there is to say besides.
    #[serde(skip)]
    state: (&'static str, String),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unfinished {
    version_id: String,
    attempt: u64,
    step: &'static str,
    tried: String,
    error: String,
    retry_date: String,
}

pub(super) fn run(args: &StatusArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Checked { found: secrets, refused } = match args.names.as_slice() {
        [] => vault.secrets()?,
        names => {
            let found = names.iter().map(|name| vault.secret(name)).collect::<Result<_, _>>()?;
            Checked { found, ..Checked::default() }
        }
    };
    let vault = vault.finish(context);
    let rotations: Vec<Line> = secrets.iter().filter_map(|secret| Line::of(secret, &vault, context.now)).collect();
    if rotations.is_empty() && refused.is_empty() {
        context.ui.note("no rotation is configured: `vault rotate configure NAME --hook FILE --every 30d`");
    }
    context.ui.report(&StatusReport { rotations, is_detailed: !args.names.is_empty() })?;
    refused::outcome(refused)
}

impl Line {
    fn of(secret: &Secret, vault: &Vault<'_>, now: Timestamp) -> Option<Self> {
        let rotation = secret.rotation.as_ref()?;
        let waiting = waiting(vault, secret);
        Some(Line {
            name: secret.name.to_string(),
            rotation_enabled: rotation.enabled,
            hook: rotation.terms().map(|terms| terms.hook.to_string()),
            admin: rotation.terms().and_then(|terms| terms.admin.as_ref()).map(ToString::to_string),
            options: rotation.terms().map(|terms| terms.options.clone()).unwrap_or_default(),
            schedule: rotation.rules().map(|rules| rules.schedule().to_string()),
            last: rotation.last_rotated.map(Date::from),
            next: rotation.next().map(Date::from),
            due: rotation.due(now),
            unfinished: rotation.run.as_ref().map(Unfinished::of),
            aborted: secret.aborted().into_iter().map(|version| version.id().to_string()).collect(),
            approved: waiting.is_none(),
            state: state(secret, rotation, waiting.filter(|_| rotation.enabled), now),
        })
    }
}

fn state(secret: &Secret, rotation: &Rotation, waiting: Option<String>, now: Timestamp) -> (&'static str, String) {
    let (word, more) = match &rotation.run {
        _ if !rotation.enabled => ("cancelled", None),
        Some(run) if run.error.is_empty() => ("unfinished", Some(unfinished(run, now))),
        Some(run) => ("failed", Some(unfinished(run, now))),
        None if rotation.due(now) && rotation.terms().is_some() => ("due", None),
        None if rotation.counts_from_future(now) => {
            ("waits", Some("rotated while the clock was ahead: run it manually".into()))
        }
        None if !secret.aborted().is_empty() => ("aborted", None),
        None if waiting.is_some() => ("waits", None),
        None => ("ok", None),
    };
    let stages = secret.aborted_stages().map(|stage| stage.to_string()).collect::<Vec<_>>().join(" or ");
    let aborted = (!stages.is_empty()).then(|| format!("the service may have the value staged {stages}"));
    (word, [more, aborted, waiting].into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// An attempt without an error is running, or was killed before it could say why.
fn unfinished(run: &Run, now: Timestamp) -> String {
    let when = time::relative(run.tried, now);
    if run.error.is_empty() {
        return format!("attempt {} started {} {when} and has not finished", run.attempt, run.step);
    }
    let retry = if run.is_ahead(now) {
        "retry is due, because that clock was ahead".to_owned()
    } else {
        format!("retry {}", time::relative(run.retry_at(), now))
    };
    format!("attempt {} failed at {} {when}: {}; {retry}", run.attempt, run.step, run.error)
}

impl Unfinished {
    fn of(run: &Run) -> Self {
        Unfinished {
            version_id: run.token.to_string(),
            attempt: run.attempt,
            step: run.step.as_str(),
            tried: run.tried.to_string(),
            error: run.error.clone(),
            retry_date: run.retry_at().to_string(),
        }
    }
}

impl Report for StatusReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain};
        let columns =
            [("NAME", Name), ("HOOK", Plain), ("SCHEDULE", Plain), ("LAST", Plain), ("NEXT", Plain), ("STATE", Plain)];
        let mut table = Table::new(columns);
        for line in &self.rotations {
            let (state, more) = &line.state;
            let schedule = line.schedule.as_deref().unwrap_or("manually");
            let hook = line.hook.as_deref().unwrap_or_default();
            let last = line.last.map_or_else(|| "never".to_owned(), |last| page.age(last));
            let next = line.next.map(|next| page.age(next)).unwrap_or_default();
            table.row([line.name.as_str(), hook, schedule, &last, &next, state]).note(more);
        }
        page.table(&table);
        for line in self.rotations.iter().filter(|_| self.is_detailed) {
            let options = line.options.iter().map(|(name, value)| format!("{name}={value}"));
            let all = line.admin.iter().map(|admin| format!("admin={admin}")).chain(options);
            page.fields(all.map(|option| ("option", Meaning::Plain, option)));
        }
    }
}
