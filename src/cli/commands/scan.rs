//! `vault scan`: this vault's values leaked in plain text.

mod baseline;
mod collect;
mod known;
mod report;

use std::path::{Path, PathBuf};

use clap::Args;

use self::baseline::Baseline;
use self::collect::{LARGEST, Scan};
use self::known::Known;
use self::report::ScanReport;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git::{Git, Ignored};
use crate::cli::report::count::Count;
use crate::cli::report::list::List;
use crate::cli::report::refused;
use crate::cli::report::unreadable::unreadable;
use crate::engine::{Error, Vault, Wanted};
use crate::inject::scan::needles::SHORTEST;

/// Find this vault's values leaked in plain text
#[derive(Debug, Args)]
#[command(
    long_about = "Find this vault's values leaked in plain text.\n\n\
        Searches for every version of every secret and SecureString parameter that you can decrypt: as a whole, line \
        by line, and each field of a JSON value; each of these unchanged, JSON-escaped, percent-encoded, quoted for \
        a shell and in base64. Files that git ignores are skipped, unless they are tracked. The vault's own files are \
        searched too, for values that are in plain text there. Shows where a value was found and which one it is, never the value itself. \
        Exits with 8 if anything is found.",
    after_help = "Examples:\n  \
        vault scan                     the files of this directory\n  \
        vault scan build.log           one file, whether git ignores it or not\n  \
        vault scan --staged            changes staged for the next commit\n  \
        vault scan --history           everything in git, also deleted branches\n  \
        vault scan --update-baseline   accept the current findings"
)]
pub(crate) struct ScanArgs {
    /// The directory or file to search [default: this directory]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath, conflicts_with_all = ["staged", "history"])]
    place: Option<PathBuf>,
    /// Search changes staged for the next commit
    #[arg(long, conflicts_with = "history")]
    staged: bool,
    /// Search every object of the repository, and show the commit that introduced it
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    scope: ScopeArgs,
    /// File with accepted findings [default: .vault-scan.json at the top, if it exists]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    /// Accept all findings: add them to the baseline
    #[arg(long)]
    update_baseline: bool,
}

/// What to search for, and where else.
#[derive(Debug, Args)]
struct ScopeArgs {
    /// Also search for values of String and StringList parameters
    #[arg(long)]
    all_types: bool,
    /// Also search files that git ignores
    #[arg(long, conflicts_with_all = ["staged", "history"])]
    no_ignore: bool,
    /// Warn instead of failing if the identity is locked, as in a commit hook
    #[arg(long)]
    if_unlocked: bool,
}

pub(crate) fn run(args: &ScanArgs, context: &mut Context) -> CliResult<()> {
    let place = place(args)?;
    let vault = context.open_vault()?;
    if args.scope.if_unlocked
        && let Err(Error::Unlock(why)) = vault.whoami()
    {
        context.ui.warning(format!("nothing was searched: {why}"));
        vault.leave();
        return Ok(());
    }
    let wanted = if args.scope.all_types { Wanted::All } else { Wanted::Sealed };
    let mut known = Known::gather(&vault, wanted)?;
    let refused = std::mem::take(&mut known.refused);
    let (searched, scan) = scan(args, &place, &known, &vault, context)?;
    vault.finish(context);
    tell(&known, &scan, context);
    let mut report = ScanReport::of(searched, &known, scan);
    let directory = directory_of(&place);
    let top = Git::around(directory).map_or_else(|_| directory.to_owned(), |git| git.top().to_owned());
    settle(args, &top, &mut report, context)?;
    context.ui.report(&report)?;
    if !report.findings.is_empty() {
        context
            .ui
            .note("anyone who can read these files knows the values: replace them, then remove them from the files");
        context.ui.note(instead(&report.references()));
        for refused in refused {
            context.ui.warning(format!("its values were not searched for: {}", refused.error));
        }
        return Err(CliError::Reported(Exit::Check));
    }
    refused::outcome(refused)?;
    if report.unreadable.is_empty() { Ok(()) } else { Err(CliError::Reported(Exit::Other)) }
}

/// What the files may have in place of the values.
fn instead(references: &[&str]) -> String {
    let shown = references.iter().take(SHOWN).map(|reference| format!("`{reference}`"));
    let more = references.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| Count::of(more, "other").to_string());
    format!("`vault render FILE` puts a value where its reference is: {}", List::and(shown.chain(more)))
}

/// More references than this are counted, not shown.
const SHOWN: usize = 3;

/// The directory or file to search.
fn place(args: &ScanArgs) -> CliResult<PathBuf> {
    let given = args.place.as_deref().unwrap_or(Path::new("."));
    std::fs::canonicalize(given).map_err(|error| {
        CliError::usage(
            unreadable("search", given, &error),
            "give a directory or a file, or nothing for this directory",
        )
    })
}

/// The directory itself, or the one that a file is in.
fn directory_of(place: &Path) -> &Path {
    if place.is_dir() { place } else { place.parent().unwrap_or(place) }
}

fn scan<'a>(
    args: &ScanArgs,
    place: &Path,
    known: &'a Known,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<(&'static str, Scan<'a>)> {
    let mut scan = Scan::new(&known.needles, vault.path());
    let git = || Git::around(directory_of(place));
    let searched = if args.staged {
        scan.staged(&git()?)?;
        "staged"
    } else if args.history {
        scan.history(&git()?, &mut context.ui)?;
        "history"
    } else if !place.is_dir() {
        scan.one(place);
        "files"
    } else {
        let ignored = if args.scope.no_ignore { Ignored::Included } else { Ignored::Skipped };
        scan.tree(place, ignored, &mut context.ui)?;
        "files"
    };
    scan.leave_out(|trace| known.names.get(trace.value).is_some_and(|name| !name.is_sealed));
    Ok((searched, scan))
}

/// Reports what was not searched for, and what was not searched.
fn tell(known: &Known, scan: &Scan<'_>, context: &mut Context) {
    if known.names.is_empty() {
        context.ui.warning("there are no values to search for");
    }
    if known.too_short > 0 {
        let values = Count::of(known.too_short, "value");
        context.ui.note(format!(
            "{values} shorter than {SHORTEST} bytes not searched for, because they would match by chance"
        ));
    }
    if known.unopened > 0 {
        let values = Count::of(known.unopened, "value");
        context.ui.note(format!("{values} under keys that you cannot open, not searched for"));
    }
    if !scan.nested.is_empty() {
        let nested = List::and(&scan.nested);
        context.ui.note(format!("nested repositories, not searched: {nested}"));
    }
    for path in &scan.too_large {
        context.ui.warning(format!("larger than {} GiB, not searched: {}", LARGEST >> 30, List::and([path])));
    }
    for (path, why) in &scan.unreadable {
        context.ui.warning(format!("{} cannot be read: {why}", List::and([path])));
    }
}

/// Removes accepted findings from the report, or accepts all of them.
fn settle(args: &ScanArgs, top: &Path, report: &mut ScanReport, context: &mut Context) -> CliResult<()> {
    if args.update_baseline {
        let path = args.baseline.clone().unwrap_or_else(|| top.join(baseline::NAME));
        if !context.global.dry_run {
            Baseline::add(&path, &report.findings)?;
        }
        report.accepted = report.findings.len();
        report.findings.clear();
        context.ui.note(format!("{} accepted in `{}`", Count::of(report.accepted, "finding"), path.display()));
        return Ok(());
    }
    let Some(path) = baseline::chosen(args.baseline.as_deref(), top) else { return Ok(()) };
    let baseline = Baseline::read(&path)?;
    let before = report.findings.len();
    report.findings.retain(|finding| !baseline.accepts(finding));
    report.accepted = before - report.findings.len();
    Ok(())
}
