//! `vault param ls`: names, without opening values.

use clap::Args;
use serde::Serialize;

use super::view;
use crate::aws::parameter_history::ParameterHistory;
use crate::cli::advice::near::words;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::report::{refused, tree};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::{Checked, Listed, Refused, Vault};
use crate::model::name::ParameterPath;
use crate::model::near::Aim;
use crate::model::parameter::{Filter, Parameter};
use crate::store::files::Reach;

/// List parameters
#[derive(Debug, Args)]
#[command(
    long_about = "List parameters: the names and paths directly below a path, or with --recursive all parameters.\n\n\
        Names are read from the directory tree without opening documents. --long and filters read each document, but \
        no value.",
    after_help = "Examples:\n  \
        vault param ls\n  \
        vault param ls /app --tree\n  \
        vault param ls /app --recursive --long\n  \
        vault param ls --recursive --filter type=SecureString --filter tag:team=pay"
)]
pub(crate) struct LsArgs {
    /// Path [default: /]
    #[arg(default_value = "/", hide_default_value = true)]
    path: ParameterPath,
    /// Include all levels
    #[arg(short, long)]
    recursive: bool,
    /// Show as a tree
    #[arg(long, conflicts_with_all = ["recursive", "long"])]
    tree: bool,
    /// Show type, version, labels, key, date and author
    #[arg(short, long)]
    long: bool,
    /// Only matching parameters: type=…, name^=…, name*=…, tag:KEY=…, label=…, tier=…, key=…; may be repeated
    #[arg(long, value_name = "FILTER")]
    filter: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NamesReport {
    names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    /// The path of the tree that they are shown as.
    #[serde(skip)]
    root: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LongReport {
    parameters: Vec<ParameterHistory<Date>>,
    /// The labels of each, with their versions.
    #[serde(skip)]
    pointers: Vec<String>,
}

pub(super) fn run(args: &LsArgs, context: &mut Context) -> CliResult<()> {
    view::check_filters(&args.filter)?;
    // Both ways of listing conclude it.
    let vault = context.open_vault()?.leave();
    let reach = if args.recursive || args.tree { Reach::Descendants } else { Reach::Children };
    let (is_empty, refused) = if args.long || !args.filter.is_empty() {
        documents(args, reach, &vault, context)?
    } else {
        names(args, reach, &vault, context)?
    };
    if is_empty && refused.is_empty() {
        context.ui.note(nothing(args, reach, &vault)?);
    }
    refused::outcome(refused)
}

/// Lists names from the directory tree alone. Returns whether there was nothing, and what was refused.
fn names(args: &LsArgs, reach: Reach, vault: &Vault<'_>, context: &mut Context) -> CliResult<(bool, Vec<Refused>)> {
    let listed = match reach {
        Reach::Children => vault.children(&args.path)?,
        Reach::Descendants => {
            let Checked { found: names, refused } = vault.names_below(&args.path, reach)?;
            Listed { names, paths: Vec::new(), refused }
        }
    };
    let names: Vec<String> = listed.names.into_iter().map(String::from).collect();
    let is_empty = names.is_empty() && listed.paths.is_empty();
    context.conclude(vault);
    let root = args.tree.then(|| args.path.to_string());
    context.ui.report(&NamesReport { names, paths: listed.paths, root })?;
    Ok((is_empty, listed.refused))
}

/// Lists the content of documents. Returns whether there was nothing, and what was refused.
fn documents(args: &LsArgs, reach: Reach, vault: &Vault<'_>, context: &mut Context) -> CliResult<(bool, Vec<Refused>)> {
    let Checked { found: all, refused } = vault.parameters_below(&args.path, reach, context.now)?;
    let wanted: Vec<&Parameter> =
        all.iter().filter(|parameter| args.filter.iter().all(|filter| filter.matches(parameter))).collect();
    context.conclude(vault);
    if args.long {
        let latest = wanted.iter().filter_map(|parameter| Some((*parameter, parameter.latest()?)));
        let parameters = latest.map(|(parameter, version)| ParameterHistory::of(parameter, version, None)).collect();
        let pointers = wanted.iter().map(|parameter| pointers(parameter)).collect();
        context.ui.report(&LongReport { parameters, pointers })?;
    } else {
        let names = wanted.iter().map(|parameter| parameter.name.to_string()).collect();
        context.ui.report(&NamesReport { names, paths: Vec::new(), root: None })?;
    }
    Ok((wanted.is_empty(), refused))
}

/// With an empty list it is unclear whether the path is wrong, or the parameters are deeper.
fn nothing(args: &LsArgs, reach: Reach, vault: &Vault<'_>) -> CliResult<String> {
    let path = &args.path;
    if reach == Reach::Children && !vault.children(path)?.paths.is_empty() {
        return Ok(format!("nothing directly below `{path}`; `--recursive` lists all levels"));
    }
    if !args.filter.is_empty() {
        return Ok(format!("no parameter below `{path}` matches"));
    }
    let near = match vault.near(Aim::Below, path.as_str()) {
        near if near.is_empty() => "`vault param put NAME` stores one".to_owned(),
        near => format!("did you mean {}?", words(&near)),
    };
    Ok(format!("there are no parameters below `{path}`; {near}"))
}

fn pointers(parameter: &Parameter) -> String {
    let pointers = parameter
        .versions
        .iter()
        .flat_map(|version| version.labels.iter().map(move |label| format!("{label}:{}", version.number)));
    pointers.collect::<Vec<_>>().join(" ")
}

impl Report for NamesReport {
    fn text(&self, page: &mut Page) {
        if let Some(root) = &self.root {
            let prefix = root.trim_end_matches('/');
            let relative = self.names.iter().map(|name| name.strip_prefix(prefix).unwrap_or(name));
            tree::draw(root, &tree::branches(relative), page);
            return;
        }
        let mut all: Vec<&String> = self.names.iter().chain(&self.paths).collect();
        // Names come sorted; only paths have to be put between them.
        if !self.paths.is_empty() {
            all.sort_unstable();
        }
        for name in all {
            page.name(name);
        }
    }
}

impl Report for LongReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Label, Name, Plain, Version};
        let columns = [("NAME", Name), ("TYPE", Plain), ("VERSION", Version), ("LABELS", Label), ("CHANGED", Plain)];
        let mut table = Table::new(columns.into_iter().chain([("BY", Plain)]));
        for (latest, pointers) in self.parameters.iter().zip(&self.pointers) {
            let (version, changed) = (latest.version.to_string(), page.age(latest.last_modified_date));
            table.row([&latest.name, latest.r#type, &version, pointers, &changed, &latest.last_modified_user]);
        }
        page.table(&table);
    }
}
