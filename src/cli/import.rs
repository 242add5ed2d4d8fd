//! `vault import`: values out of the files of other tools.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::advice::code;
use super::context::Context;
use super::count::Count;
use super::error::{CliError, CliResult};
use super::palette::Meaning;
use super::prompt::Question;
use super::report::{Page, Report};
use super::table::Table;
use super::unread;
use super::value_input::{self, Content};
use crate::engine::{Error, Planned, Put, Vault};
use crate::inject::import::{Item, from_dotenv, from_json};
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::ParameterType;
use crate::model::put::{Overwrite, PutRequest};
use crate::model::tier::TierRequest;
use crate::store::caps;
use crate::store::foreign::read_file;

/// Put the values of a dotenv or JSON file under a path
#[derive(Debug, Args)]
#[command(
    long_about = "Put the values of a dotenv or JSON file under a path.\n\n\
        A dotenv file gives one parameter for each variable; a byte order mark, CRLF, export, quotes and values of several \
        lines are understood, and nothing is expanded. In a JSON file objects become levels. Everything is checked before \
        anything is written, and if one value cannot be put, nothing is, unless --keep-going. The plan is shown first.",
    after_help = "Examples:\n  \
        vault --dry-run import .env /app/dev        the plan alone\n  \
        vault import .env /app/dev --lower          DB_PASSWORD as /app/dev/db_password\n  \
        vault import config.json /app/dev --yes --overwrite"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct ImportArgs {
    /// The file
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// The path that the names are put under
    #[arg(add = super::completions::paths())]
    path: ParameterPath,
    /// What the file is, where its name does not say so: dotenv or json
    #[arg(short, long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,
    /// The type of new parameters
    #[arg(short = 't', long = "type", value_name = "TYPE", default_value = "SecureString")]
    kind: ParameterType,
    /// Names in lower case
    #[arg(long)]
    lower: bool,
    /// Store a new version of parameters that exist
    #[arg(long)]
    overwrite: bool,
    /// Put what can be put, although something cannot
    #[arg(long)]
    keep_going: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Dotenv,
    Json,
}

#[derive(Serialize)]
struct ImportReport {
    #[serde(rename = "Plan")]
    plan: Vec<ItemView>,
    #[serde(rename = "DryRun")]
    dry_run: bool,
}

#[derive(Serialize)]
struct ItemView {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Action")]
    action: &'static str,
    #[serde(rename = "Version", skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(rename = "Error", skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(args: &ImportArgs, context: &mut Context) -> CliResult<()> {
    let items = args.items()?;
    let vault = context.open_vault()?;
    let (mut views, mut puts, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for item in items {
        let name = args.full_name(&item.name);
        // Two keys may become one name by `--lower`, and a key with a slash may be another one's level.
        let planned = if seen.insert(name.clone()) { args.plan(item, &name, &vault) } else { Err(twice()) };
        match planned {
            Ok((put, planned)) => {
                if planned != Planned::Unchanged {
                    puts.push(put);
                }
                views.push(ItemView::planned(name, planned));
            }
            Err(error) if is_of_vault(&error) => return Err(error),
            Err(error) => {
                let error = Some(error.to_string());
                views.push(ItemView { name, action: "refuse", version: None, error });
            }
        }
    }
    let refused = views.iter().filter(|view| view.error.is_some()).count();
    let dry_run = context.global.dry_run;
    context.ui.report(&ImportReport { plan: views, dry_run })?;
    if refused > 0 && !args.keep_going {
        let count = Count::of(refused, "value");
        context.ui.warning(format!("{count} cannot be put, so nothing was written; `--keep-going` puts the others"));
        return Err(CliError::AlreadySaid(code::REFUSED));
    }
    if !dry_run && !puts.is_empty() {
        args.confirm(puts.len(), context)?;
        let mut keys = BTreeSet::new();
        for put in &puts {
            keys.extend(vault.put(put, context.now)?.key);
        }
        context.ui.note(format!("{} put", Count::of(puts.len(), "value")));
        for key in &keys {
            unread::tell(&vault, Some(key), context)?;
        }
    }
    context.finish(&vault);
    if refused > 0 { Err(CliError::AlreadySaid(code::REFUSED)) } else { Ok(()) }
}

/// Without an identity, or in a damaged vault, every value would say the same.
fn is_of_vault(error: &CliError) -> bool {
    matches!(error.exit_code(), code::LOCKED | code::TAMPERED | code::INPUT)
}

fn twice() -> CliError {
    CliError::Usage { message: "the file gives this name twice".into(), hint: String::new() }
}

impl ImportArgs {
    fn items(&self) -> CliResult<Vec<Item>> {
        let name = self.file.display().to_string();
        let usage = |message: String| CliError::Usage { message, hint: "`--format` says what the file is".into() };
        let bytes = read_file(&self.file, caps::TEMPLATE)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| usage(format!("`{name}` is not UTF-8 text")))?;
        let is_json = self.file.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let guessed = if is_json { Format::Json } else { Format::Dotenv };
        let items = match self.format.unwrap_or(guessed) {
            Format::Json => from_json(text),
            Format::Dotenv => from_dotenv(text),
        };
        items.map_err(|error| usage(format!("`{name}`: {error}")))
    }

    fn full_name(&self, name: &str) -> String {
        let name = if self.lower { name.to_lowercase() } else { name.to_owned() };
        format!("{}/{name}", self.path.as_str().trim_end_matches('/'))
    }

    fn plan(&self, item: Item, name: &str, vault: &Vault<'_>) -> CliResult<(Put, Planned)> {
        let refused = |message: String| CliError::Usage { message, hint: String::new() };
        let value = item.value.map_err(|error| refused(error.to_string()))?;
        value_input::check(value.reveal(), Content::Text)?;
        let name: ParameterName = name.parse().map_err(Error::from)?;
        let overwrite = if self.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
        let tier = Some(TierRequest::Intelligent);
        let request = PutRequest { kind: Some(self.kind), tier, overwrite, ..PutRequest::default() };
        let put = Put { name, value, request };
        let planned = vault.plan_put(&put)?;
        Ok((put, planned))
    }

    fn confirm(&self, count: usize, context: &Context) -> CliResult<()> {
        let text = format!("Put {} under {}?", Count::of(count, "value"), self.path.as_str());
        let question = Question { text: &text, what: "a confirmation", flag: "`--yes`" };
        if self.yes || context.prompter.confirm(question, Some(false))? {
            return Ok(());
        }
        Err(CliError::Declined("nothing was written"))
    }
}

impl ItemView {
    fn planned(name: String, planned: Planned) -> Self {
        let (action, version) = match planned {
            Planned::Create => ("create", Some(1)),
            Planned::Update(number) => ("update", Some(number)),
            Planned::Unchanged => ("keep", None),
        };
        ItemView { name, action, version, error: None }
    }
}

impl Report for ImportReport {
    fn text(&self, page: &mut Page) {
        let columns = [("NAME", Meaning::Name), ("ACTION", Meaning::Plain), ("VERSION", Meaning::Plain)];
        let mut table = Table::new(columns.into_iter().chain([("WHY", Meaning::Plain)]));
        for view in &self.plan {
            let version = view.version.map(|number| number.to_string()).unwrap_or_default();
            let why = view.error.clone().unwrap_or_default();
            table.row([view.name.as_str(), view.action, &version, &why]);
        }
        page.table(&table);
    }
}
