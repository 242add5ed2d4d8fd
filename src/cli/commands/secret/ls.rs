//! `vault secret ls`: names, without opening values.

use clap::Args;
use serde::Serialize;

use crate::aws::list_secrets::ListSecrets;
use crate::aws::secret::{SecretListEntry, SecretMetadata};
use crate::aws::version_stages::VersionStages;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::date::Date;
use crate::cli::report::refused;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::Checked;
use crate::model::secret::{Rotation, Secret, SecretFilter, SecretFilterError, SortBy, Stage};
use crate::model::time::Timestamp;

/// List secrets
#[derive(Debug, Args)]
#[command(
    long_about = "List secrets: all, or those whose names begin with PREFIX.\n\n\
        Names are read from the directory tree. --long, --filter and --sort read each document, but no value. \
        Secrets marked for deletion are only shown with --include-deleted.",
    after_help = "Examples:\n  \
        vault secret ls\n  \
        vault secret ls prod/ --long\n  \
        vault secret ls --filter tag-key=team --filter 'description=!legacy'\n  \
        vault secret ls --sort last-changed-date --desc --long\n  \
        vault secret ls --include-deleted --long\n\n\
        A filter is KEY=VALUE[,VALUE…] with keys name, tag-key, tag-value (prefix, case-sensitive), description and \
        all (words, ignoring case). A `!` before a value negates it."
)]
pub(crate) struct LsArgs {
    /// Name prefix
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// Only matching secrets; if repeated, all must match
    #[arg(long, value_name = "FILTER")]
    filter: Vec<SecretFilter>,
    /// Sort by name, created-date or last-changed-date
    #[arg(long, value_enum, default_value_t = Order::Name, value_name = "ORDER", hide_possible_values = true)]
    sort: Order,
    /// Reverse the order
    #[arg(long)]
    desc: bool,
    /// Include secrets marked for deletion
    #[arg(long)]
    include_deleted: bool,
    /// Show date, author, rotation and state
    #[arg(short, long)]
    long: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    Name,
    CreatedDate,
    LastChangedDate,
}

impl From<Order> for SortBy {
    fn from(order: Order) -> Self {
        match order {
            Order::Name => SortBy::Name,
            Order::CreatedDate => SortBy::CreatedDate,
            Order::LastChangedDate => SortBy::LastChangedDate,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NamesReport {
    names: Vec<String>,
}

/// What a person should know of a secret besides its metadata.
struct State {
    rotation: String,
    next: Option<Timestamp>,
    has_value: bool,
}

#[derive(Serialize)]
struct LongReport {
    #[serde(flatten)]
    listed: ListSecrets<Date>,
    #[serde(skip)]
    states: Vec<State>,
}

pub(super) fn run(args: &LsArgs, context: &mut Context) -> CliResult<()> {
    check_filters(&args.filter)?;
    let vault = context.open_vault()?;
    if args.long || !args.filter.is_empty() || args.sort != Order::Name {
        let Checked { found, refused } = vault.secrets()?;
        vault.finish(context);
        documents(args, found, context)?;
        return refused::outcome(refused);
    }
    let Checked { found, refused } =
        if args.include_deleted { vault.names::<Secret>()? } else { vault.live_secret_names()? };
    vault.finish(context);
    let mut names: Vec<String> = found.iter().map(ToString::to_string).collect();
    names.retain(|name| name.starts_with(&args.prefix));
    if args.desc {
        names.reverse();
    }
    context.ui.report(&NamesReport { names })?;
    refused::outcome(refused)
}

/// A listing takes ten filters.
pub(super) fn check_filters(filters: &[SecretFilter]) -> CliResult<()> {
    let usage = |error: SecretFilterError| {
        CliError::usage(error.to_string(), "give several values to one filter: `name=a/,b/`")
    };
    SecretFilter::check_count(filters).map_err(usage)
}

fn documents(args: &LsArgs, mut secrets: Vec<Secret>, context: &mut Context) -> CliResult<()> {
    secrets.retain(|secret| {
        secret.name.as_str().starts_with(&args.prefix)
            && (args.include_deleted || secret.require_live().is_ok())
            && args.filter.iter().all(|filter| filter.matches(secret))
    });
    SortBy::from(args.sort).sort(&mut secrets, args.desc);
    if !args.long {
        let names = secrets.iter().map(|secret| secret.name.to_string()).collect();
        return Ok(context.ui.report(&NamesReport { names })?);
    }
    let states = secrets.iter().map(State::of).collect();
    let listed = ListSecrets { secret_list: secrets.iter().map(entry).collect(), next_token: None };
    Ok(context.ui.report(&LongReport { listed, states })?)
}

fn entry(secret: &Secret) -> SecretListEntry<Date> {
    let metadata = SecretMetadata::of(secret).with_own(secret);
    SecretListEntry { metadata, secret_versions_to_stages: VersionStages::of(secret) }
}

impl State {
    fn of(secret: &Secret) -> Self {
        let rotation = secret.rotation.as_ref();
        State {
            rotation: rotation.map(in_words).unwrap_or_default(),
            next: rotation.filter(|rotation| rotation.enabled && rotation.run.is_none()).and_then(Rotation::next),
            has_value: secret.staged(&Stage::current()).is_some(),
        }
    }
}

fn in_words(rotation: &Rotation) -> String {
    match &rotation.run {
        Some(run) => format!("unfinished at {}", run.step),
        None if !rotation.enabled => "cancelled".to_owned(),
        None => "manually".to_owned(),
    }
}

impl Report for NamesReport {
    fn text(&self, page: &mut Page) {
        for name in &self.names {
            page.name(name);
        }
    }
}

impl Report for LongReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("CHANGED", Meaning::Plain),
            ("BY", Meaning::Plain),
            ("ROTATION", Meaning::Plain),
            ("STATE", Meaning::Warning),
        ]);
        for (secret, state) in self.listed.secret_list.iter().map(|secret| &secret.metadata).zip(&self.states) {
            let rotation = state.next.map_or_else(|| state.rotation.clone(), |next| format!("by {}", page.day(next)));
            let condition = match secret.deleted_date {
                Some(due) => format!("deletion on {}", page.day(due)),
                None if !state.has_value => "no value".to_owned(),
                None => String::new(),
            };
            let by = secret.last_changed_user.as_deref().unwrap_or_default();
            table.row([secret.name.as_str(), &page.age(secret.last_changed_date), by, &rotation, &condition]);
        }
        page.table(&table);
    }
}
