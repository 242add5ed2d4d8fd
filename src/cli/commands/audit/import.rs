//! `vault audit import`: the log of another machine.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::state;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::machine::audit::{Brought, Logs, bring};

/// Add the log of another machine to those here
#[derive(Debug, Args)]
#[command(
    long_about = "Add the log of another machine, which `vault audit export --format log` wrote there, to those here.\n\n\
        Its chain is verified first. A log that was brought before is extended; one that does not contain what was brought \
        before is refused.",
    after_help = "Examples:\n  vault audit import laptop.log"
)]
pub(super) struct ImportArgs {
    /// Files that `vault audit export --format log` wrote
    #[arg(required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImportReport {
    imported: Vec<ImportedView>,
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImportedView {
    log: String,
    records: u64,
    new: u64,
}

pub(super) fn run(args: &ImportArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let (logs, id) = (Logs::of(vault.state()), vault.id().to_string());
    vault.finish(context);
    let mut imported = Vec::new();
    for file in &args.files {
        match bring(&logs, file, &id, context.global.dry_run).map_err(state)? {
            Ok(Brought { log, size, new }) => imported.push(ImportedView { log, records: size, new }),
            Err(why) => {
                return Err(CliError::usage(
                    format!("`{}` was not imported: {why}", file.display()),
                    "export it again on its machine: `vault audit export --format log --out FILE`",
                ));
            }
        }
    }
    Ok(context.ui.report(&ImportReport { imported, dry_run: context.global.dry_run })?)
}

impl Report for ImportReport {
    fn text(&self, page: &mut Page) {
        for log in &self.imported {
            let would = if self.dry_run { "would be added" } else { "added" };
            page.fields([
                ("log", Meaning::Plain, log.log.clone()),
                ("records", Meaning::Plain, format!("{}, {} {would}", log.records, log.new)),
            ]);
        }
    }
}
