//! `vault param rm`: delete parameters.

use std::collections::HashSet;

use clap::Args;

use crate::aws::parameters::DeleteParameters;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::model::name::ParameterName;
use crate::model::parameter::Parameter;

/// Delete parameters with all their versions
#[derive(Debug, Args)]
#[command(
    long_about = "Delete parameters with all their versions, labels and tags. A signed tombstone stays, so that \
        every machine knows that the deletion was intended. Older git commits still contain the encrypted values.",
    after_help = "Examples:\n  vault param rm /app/dev/db/password\n  vault param rm --yes /app/dev/a /app/dev/b"
)]
pub(crate) struct RmArgs {
    /// Names of the parameters
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<ParameterName>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    rm(args, vault, context)
}

/// The same with an open vault.
pub(crate) fn rm(args: &RmArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let (mut seen, mut present, mut missing) = (HashSet::new(), Vec::new(), Vec::new());
    for name in &args.names {
        match vault.find::<Parameter>(name)? {
            Some(parameter) if seen.insert(parameter.name.clone()) => present.push(name),
            Some(_) => {}
            None => missing.push(name.to_string()),
        }
    }
    if let ([], [only]) = (present.as_slice(), missing.as_slice()) {
        return Err(vault.not_found::<Parameter>(only).into());
    }
    let names: Vec<String> = present.iter().map(ToString::to_string).collect();
    if !present.is_empty() {
        let parameters = Count::of(names.len(), "parameter");
        let text = format!("Delete {parameters} ({}) with all versions?", names.join(", "));
        context.confirm_change(args.yes, Question::confirmation(&text), "nothing was deleted")?;
    }
    for name in &present {
        vault.delete::<Parameter>(name, context.now)?;
    }
    let vault = vault.finish(context);
    context.ui.report(&DeleteParameters { deleted_parameters: names, invalid_parameters: missing.clone() })?;
    if !present.is_empty() {
        context.suggest_commit(&vault);
    }
    if missing.is_empty() { Ok(()) } else { Err(CliError::Missing(missing)) }
}

impl Report for DeleteParameters {
    fn text(&self, page: &mut Page) {
        for name in &self.deleted_parameters {
            page.line(format!("{} {}", page.paint(Meaning::Name, name), page.done("deleted")));
        }
    }
}
