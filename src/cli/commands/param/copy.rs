//! `vault param copy`: a value under another name as well, or in another vault.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::put::PutReport;
use crate::cli::commands::replica::directory;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::terminal::page::{Page, Report};
use crate::engine::{Across, Vault};
use crate::model::name::ParameterName;
use crate::model::parameter::{Overwrite, ParameterRef, Selector};
use crate::store::files::Reach;

/// Copy a parameter to another name, or to another vault
#[derive(Debug, Args)]
#[command(
    long_about = "Copy a parameter's value, settings and tags to another name. History and labels are not copied.\n\n\
        With --to the copy is made in another vault, under the same name unless another one is given. A path copies the parameters directly \
        below it, with --recursive all below it. What is the same there already is left alone. Parameters are not kept in step: a rule for \
        events can run this after each change.",
    after_help = "Examples:\n  \
        vault param copy /app/dev/db/host /app/stage/db/host\n  \
        vault param copy /app/prod --recursive --overwrite --to ../other"
)]
pub(crate) struct CopyArgs {
    /// NAME, NAME:VERSION or NAME:LABEL; with --to also a path
    #[arg(value_name = "FROM[:VERSION|:LABEL]")]
    from: ParameterRef,
    /// New name
    #[arg(value_name = "TO", required_unless_present = "vault_of_copy")]
    to: Option<ParameterName>,
    /// Add a new version if the other name exists
    #[arg(short, long)]
    overwrite: bool,
    /// Directory of another vault, or of the repository around it
    #[arg(id = "vault_of_copy", long = "to", value_name = "VAULT", value_hint = clap::ValueHint::DirPath)]
    other: Option<PathBuf>,
    /// Copy everything below the path
    #[arg(short, long, requires = "vault_of_copy", conflicts_with = "to")]
    recursive: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AcrossReport {
    vault: String,
    copied: Vec<String>,
    unchanged: usize,
}

pub(super) fn run(args: &CopyArgs, context: &mut Context) -> CliResult<()> {
    let overwrite = if args.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
    if let Some(other) = &args.other {
        return across(args, &directory(other)?, overwrite, context);
    }
    let Some(to) = &args.to else { return Ok(()) };
    let vault = context.open_vault()?;
    let outcome = vault.copy(&args.from.name, &args.from.selector, to, overwrite, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&PutReport::from(&outcome))?)
}

fn across(args: &CopyArgs, place: &Path, overwrite: Overwrite, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let parameters = args.parameters(&vault, context)?;
    context.hold_identity_of(&vault)?;
    let other = context.open_other(place)?;
    let id = other.id();
    let outcomes = vault.copy_across(&other, &parameters, overwrite, context.now);
    let outcomes = other.finish_beside(outcomes, context)?;
    let copied: Vec<String> = outcomes.into_iter().map(|outcome| outcome.name.to_string()).collect();
    vault.finish(context);
    let unchanged = parameters.len() - copied.len();
    Ok(context.ui.report(&AcrossReport { vault: id.to_string(), copied, unchanged })?)
}

impl CopyArgs {
    /// What is copied: a parameter, or what is below a path.
    fn parameters(&self, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Across>> {
        let ParameterRef { name, selector } = &self.from;
        if !self.recursive && (self.to.is_some() || vault.find_parameter(name, context.now)?.is_some()) {
            let to = self.to.clone().unwrap_or_else(|| name.clone());
            return Ok(vec![Across { from: name.clone(), select: selector.clone(), to }]);
        }
        let reach = if self.recursive { Reach::Descendants } else { Reach::Children };
        let path = name.as_str().parse().map_err(|_| self.nothing())?;
        let names = vault.names_below(&path, reach)?.whole()?;
        let mut live = Vec::new();
        for name in names {
            if vault.find_parameter(&name, context.now)?.is_some() {
                live.push(Across { from: name.clone(), select: Selector::Latest, to: name });
            }
        }
        if live.is_empty() { Err(self.nothing()) } else { Ok(live) }
    }

    fn nothing(&self) -> CliError {
        CliError::Missing(vec![self.from.name.to_string()])
    }
}

impl Report for AcrossReport {
    fn text(&self, page: &mut Page) {
        for name in &self.copied {
            page.name(name);
        }
        let copied = Count::of(self.copied.len(), "parameter");
        let verb = page.done("copied");
        page.line(format!("{copied} {verb}, {} unchanged", self.unchanged));
    }
}
