//! `vault verify`: the whole vault, checked.

mod findings;
pub(crate) mod staged;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git::{self, Unfinished};
use crate::cli::report::count::Count;
use crate::cli::report::finding::FindingView;
use crate::cli::terminal::{Page, Report};
use crate::engine::{CheckpointDemand, Vault, Verification};
use crate::format::path::{TRUST, decode_trust};
use crate::model::period::Period;

/// Verify every document and every value of the vault
#[derive(Debug, Args)]
#[command(
    long_about = "Verify every document and every value of the vault.\n\n\
    Follows the trust chain from the genesis, verifies every signature and path, decrypts every value that your \
    identity can decrypt, and reports documents that are missing or were rolled back since this machine last saw \
    them. Exits with 6 if anything is wrong.\n\n\
    With --git, it verifies commits instead: what each of them changed, who signed it, and whether that was allowed. \
    Each commit of the range, on any branch, is compared with all its parents and checked against its own trust \
    chain: a member with permission signed it, no revision decreased, nothing is missing without a tombstone, the \
    chain only grew. No identity is needed and nothing is checked out.",
    after_help = "Examples:\n  \
        vault verify\n  \
        vault verify --checkpoint=required\n  \
        vault verify --checkpoint-age 7d     a checkpoint of the last week is required\n  \
        vault verify --git origin/main..HEAD"
)]
pub(crate) struct VerifyArgs {
    /// Compare with checkpoint.yaml; =required fails if there is none
    #[arg(long, value_name = "WHEN", value_enum, num_args = 0..=1, require_equals = true, default_value_t = Demand::IfPresent, default_missing_value = "if-present", hide_default_value = true, hide_possible_values = true)]
    checkpoint: Demand,
    /// Fail if checkpoint.yaml is missing or older, such as 7d
    #[arg(long, value_name = "DURATION", conflicts_with = "staged")]
    checkpoint_age: Option<Period>,
    /// Only check changes staged for the next commit
    #[arg(long, conflicts_with = "checkpoint")]
    staged: bool,
    /// Check what the commits of a range changed, and whether that was allowed; A means A..HEAD
    #[arg(long, value_name = "A[..B]", value_parser = clap::builder::NonEmptyStringValueParser::new(), conflicts_with_all = ["checkpoint", "checkpoint_age", "staged"])]
    git: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Demand {
    IfPresent,
    Required,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VerifyReport {
    documents: usize,
    values: usize,
    #[serde(rename = "ValuesNotOpened")]
    unread: usize,
    findings: Vec<FindingView>,
}

pub(crate) fn run(args: &VerifyArgs, context: &mut Context) -> CliResult<()> {
    if args.staged {
        return staged::run(context);
    }
    if let Some(range) = &args.git {
        return git::verify_range(range, context);
    }
    let vault = match context.open_vault() {
        Err(error) => context.open_in_conflict().ok_or(error)?,
        opened => opened?,
    };
    let demand = match args.checkpoint {
        Demand::IfPresent if args.checkpoint_age.is_none() => CheckpointDemand::IfPresent,
        _ => CheckpointDemand::Required { now: context.now, age: args.checkpoint_age },
    };
    let verification = everything(&vault, demand, context)?;
    let vault = if verification.findings.is_empty() {
        // A read-only vault is verified too.
        let _ = vault.sweep(context.now);
        vault.finish(context)
    } else {
        vault.leave()
    };
    let mut report = VerifyReport::from(verification);
    match git::unfinished(&vault) {
        Ok(unfinished) => report.add_unfinished(unfinished),
        Err(error) => context.ui.warning(CliError::from(error).with_hints()),
    }
    context.ui.report(&report)?;
    if report.findings.is_empty() { Ok(()) } else { Err(CliError::Reported(Exit::Tampered)) }
}

/// Verifies a vault, and shows progress.
pub(crate) fn everything(
    vault: &Vault<'_>,
    demand: CheckpointDemand,
    context: &mut Context,
) -> CliResult<Verification> {
    let verification = vault.verify(demand, |documents| context.ui.progress("verified", documents))?;
    context.ui.progress_done();
    Ok(verification)
}

impl VerifyReport {
    /// Adds the files that a merge did not finish, each replacing the findings caused by it.
    fn add_unfinished(&mut self, unfinished: Vec<Unfinished>) {
        for Unfinished { path, message, .. } in unfinished {
            // What is wrong with a snapshot is reported of the whole chain.
            let chain = if decode_trust(&path).is_some() { TRUST } else { &path };
            self.findings.retain(|finding| finding.path != path && finding.path != chain);
            self.findings.push(FindingView { kind: "conflict", path, message, hints: Vec::new() });
        }
    }
}

impl From<Verification> for VerifyReport {
    fn from(verification: Verification) -> Self {
        VerifyReport {
            documents: verification.documents,
            values: verification.values,
            unread: verification.unread,
            findings: verification.findings.iter().map(FindingView::from).collect(),
        }
    }
}

impl Report for VerifyReport {
    fn text(&self, page: &mut Page) {
        findings::show(&self.findings, page);
        let unread =
            if self.unread == 0 { String::new() } else { format!(", {} under keys you cannot open", self.unread) };
        let (documents, values) = (Count::of(self.documents, "document"), Count::of(self.values, "value"));
        let verdict = match self.findings.len() {
            0 => "nothing is wrong".to_owned(),
            findings => format!("{} wrong", Count::of_irregular(findings, "thing is", "things are")),
        };
        page.line(format!("{documents} verified, {values} opened{unread}: {verdict}"));
    }
}
