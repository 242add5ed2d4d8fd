//! `vault consumers`: who uses a value.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::audit::{logs, second, state};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::machine::audit::{Action, Filter, Outcome, matching};

/// Show who used a value
#[derive(Debug, Args)]
#[command(
    long_about = "Show who used a parameter or a secret, or what is below a path, from the logs of uses on this machine: each \
        member with the machine and the program that got the value, and when it was first and last.\n\n\
        Whoever last got an older version than the newest one that anybody got is marked: after a rotation, a program that \
        still has the previous value.",
    after_help = "Examples:\n  vault consumers prod/db\n  vault consumers /shop/prod --json"
)]
pub(crate) struct ConsumersArgs {
    /// A name, or a path
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConsumersReport {
    consumers: Vec<ConsumerView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConsumerView {
    name: String,
    member: String,
    host: String,
    program: String,
    count: u64,
    first_date: String,
    last_date: String,
    last_version: String,
    /// Whether the last version that it got was AWSPREVIOUS then, or is not the one that was got last by anybody.
    is_behind: bool,
}

pub(crate) fn run(args: &ConsumersArgs, context: &mut Context) -> CliResult<()> {
    let logs = logs(context)?;
    let filter = Filter {
        path: Some(args.name.clone()),
        action: Some(Action::Open),
        outcomes: vec![Outcome::Allowed],
        ..Filter::default()
    };
    let mut consumers: BTreeMap<[String; 4], ConsumerView> = BTreeMap::new();
    // The version that was got last, by name, and when.
    let mut newest: BTreeMap<String, (String, String)> = BTreeMap::new();
    for log in logs.all().map_err(state)? {
        matching(&log, &filter, |_, record| {
            if record.name == "*" {
                return;
            }
            let program = if record.program.is_empty() { &record.command } else { &record.program };
            let key = [&record.name, &record.member, &record.host, program].map(ToString::to_string);
            let [name, member, host, program] = key.clone();
            let time = record.time.to_string();
            let last = newest.entry(name.clone()).or_default();
            if time > last.0 {
                *last = (time.clone(), record.version.to_string());
            }
            let view = consumers.entry(key).or_insert_with(|| ConsumerView {
                name,
                member,
                host,
                program,
                count: 0,
                first_date: time.clone(),
                last_date: String::new(),
                last_version: String::new(),
                is_behind: false,
            });
            view.count += 1;
            if time >= view.last_date {
                view.last_date = time;
                view.last_version = record.version.to_string();
            }
        })
        .map_err(state)?;
    }
    let mut consumers: Vec<ConsumerView> = consumers.into_values().collect();
    for consumer in &mut consumers {
        let last = newest.get(&consumer.name);
        consumer.is_behind = last.is_some_and(|(_, version)| *version != consumer.last_version);
    }
    if consumers.is_empty() {
        context.ui.note(format!("the logs here know nobody who has used `{}`", args.name));
    }
    context.ui.report(&ConsumersReport { consumers })?;
    Ok(())
}

impl Report for ConsumersReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("WHO", Meaning::Plain),
            ("PROGRAM", Meaning::Plain),
            ("USES", Meaning::Plain),
            ("LAST", Meaning::Plain),
            ("VERSION", Meaning::Version),
        ]);
        for it in &self.consumers {
            let who = format!("{}@{}", if it.member.is_empty() { "-" } else { &it.member }, it.host);
            let version = it.last_version.get(..8).unwrap_or(&it.last_version);
            let version = if it.is_behind { format!("{version} (older)") } else { version.to_owned() };
            let last = second(&it.last_date).map_or_else(|| it.last_date.clone(), |instant| page.age(instant));
            table.row([&it.name, &who, &it.program, &it.count.to_string(), &last, &version]);
        }
        page.table(&table);
    }
}
