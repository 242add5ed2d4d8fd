//! `vault param rm`: delete parameters.

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
    let mut found = Vec::new();
    for name in &args.names {
        found.push(vault.find::<Parameter>(name)?);
    }
    let (there, missing): (Vec<_>, Vec<_>) = args.names.iter().zip(&found).partition(|(_, found)| found.is_some());
    let invalid: Vec<String> = missing.iter().map(|(name, _)| name.to_string()).collect();
    if let ([only], true) = (invalid.as_slice(), there.is_empty()) {
        return Err(vault.not_found::<Parameter>(only).into());
    }
    if !args.yes && !context.global.dry_run && !there.is_empty() {
        let names: Vec<&str> = there.iter().map(|(name, _)| name.as_str()).collect();
        let text = format!("Delete {} ({}) with all versions?", Count::of(names.len(), "parameter"), names.join(", "));
        let question = Question { text: &text, what: "a confirmation", flag: "`--yes`" };
        context.confirm(question, "nothing was deleted")?;
    }
    for (name, _) in &there {
        vault.delete::<Parameter>(name, context.now)?;
    }
    let vault = vault.finish(context);
    let is_any = !there.is_empty();
    let deleted = there.iter().map(|(name, _)| name.to_string()).collect();
    context.ui.report(&DeleteParameters { deleted_parameters: deleted, invalid_parameters: invalid.clone() })?;
    if is_any {
        context.suggest_commit(&vault);
    }
    if invalid.is_empty() { Ok(()) } else { Err(CliError::Missing(invalid)) }
}

impl Report for DeleteParameters {
    fn text(&self, page: &mut Page) {
        for name in &self.deleted_parameters {
            let name = page.paint(Meaning::Name, name);
            page.line(format!("{name} {}", page.done("deleted")));
        }
    }
}
