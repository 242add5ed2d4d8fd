//! `vault scan`: values of this vault that lie about in plain text.

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
use crate::engine::{Error, Vault, Wanted};
use crate::inject::scan::needles::SHORTEST;

/// Find values of this vault that lie about in plain text
#[derive(Debug, Args)]
#[command(
    long_about = "Find values of this vault that lie about in plain text.\n\n\
        Every version of every secret and SecureString parameter that you can open is sought: as it is, line by line, each \
        member of a JSON value; and each of these as JSON, percent-encoded, quoted for a shell and in base64. Files that git \
        ignores are passed over, unless they are tracked; the documents of the vault are no findings. Says where and of which \
        value, never what. Exits with 8 if anything is found.",
    after_help = "Examples:\n  \
        vault scan                     the files of this directory\n  \
        vault scan --staged            what the next commit would bring\n  \
        vault scan --history           everything that git has, deleted branches too\n  \
        vault scan --update-baseline   accept what is found now"
)]
pub(crate) struct ScanArgs {
    /// The directory to search [default: this one]
    #[arg(value_hint = clap::ValueHint::DirPath, conflicts_with_all = ["staged", "history"])]
    directory: Option<PathBuf>,
    /// Search what is staged for the next commit
    #[arg(long, conflicts_with = "history")]
    staged: bool,
    /// Search every object of the repository, and name the commit in which it came in
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Pass over the findings that this file accepts [default: .vault-scan.json at the top, if it is there]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    /// Accept all findings: add them to the baseline
    #[arg(long)]
    update_baseline: bool,
}

/// What is sought, and where else.
#[derive(Debug, Args)]
struct ScopeArgs {
    /// Seek the values of String and StringList parameters too
    #[arg(long)]
    all_types: bool,
    /// Search files that git ignores too
    #[arg(long, conflicts_with_all = ["staged", "history"])]
    no_ignore: bool,
    /// Warn instead of failing where the identity is not at hand, as a commit may find it
    #[arg(long)]
    if_unlocked: bool,
}

pub(crate) fn run(args: &ScanArgs, context: &mut Context) -> CliResult<()> {
    let directory = directory(args)?;
    let vault = context.open_vault()?;
    if args.scope.if_unlocked
        && let Err(Error::Unlock(why)) = vault.whoami()
    {
        context.ui.warning(format!("nothing was searched for values: {why}"));
        return Ok(());
    }
    let wanted = if args.scope.all_types { Wanted::All } else { Wanted::Sealed };
    let known = Known::gather(&vault, wanted)?;
    let (searched, scan) = scan(args, &directory, &known, &vault, context)?;
    context.finish(&vault);
    tell(&known, &scan, context);
    let mut report = ScanReport::of(searched, &known, scan);
    let top = Git::around(&directory).map_or(directory, |git| git.top().to_owned());
    settle(args, &top, &mut report, context)?;
    context.ui.report(&report)?;
    if !report.findings.is_empty() {
        context.ui.note("whoever reads these files knows the values: put new ones, then remove them");
        return Err(CliError::AlreadySaid(Exit::Check));
    }
    if report.unreadable.is_empty() { Ok(()) } else { Err(CliError::AlreadySaid(Exit::Other)) }
}

fn directory(args: &ScanArgs) -> CliResult<PathBuf> {
    let given = args.directory.as_deref().unwrap_or(Path::new("."));
    match std::fs::canonicalize(given) {
        Ok(directory) if directory.is_dir() => Ok(directory),
        other => Err(CliError::Usage {
            message: match other {
                Ok(_) => format!("`{}` is no directory", given.display()),
                Err(error) => format!("cannot search `{}`: {error}", given.display()),
            },
            hint: "name a directory; without one, this one is searched".into(),
        }),
    }
}

fn scan<'a>(
    args: &ScanArgs,
    directory: &Path,
    known: &'a Known,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<(&'static str, Scan<'a>)> {
    let mut scan = Scan::new(&known.needles, vault.path());
    let git = || Git::around(directory);
    let searched = if args.staged {
        scan.staged(&git()?)?;
        "staged"
    } else if args.history {
        scan.history(&git()?, &mut context.ui)?;
        "history"
    } else {
        let ignored = if args.scope.no_ignore { Ignored::Included } else { Ignored::Skipped };
        scan.tree(directory, ignored, &mut context.ui)?;
        "files"
    };
    Ok((searched, scan))
}

/// Says what was not sought, and what was not searched.
fn tell(known: &Known, scan: &Scan<'_>, context: &mut Context) {
    if known.names.is_empty() {
        context.ui.warning("there is no value to seek");
    }
    if known.too_short > 0 {
        let values = Count::of(known.too_short, "value");
        context.ui.note(format!("{values} of fewer than {SHORTEST} bytes, which chance would find, not sought"));
    }
    if known.unopened > 0 {
        let values = Count::of(known.unopened, "value");
        context.ui.note(format!("{values} under keys that you cannot open, not sought"));
    }
    if !scan.nested.is_empty() {
        let nested = List::and(&scan.nested);
        context.ui.note(format!("other repositories inside of this one, not searched: {nested}"));
    }
    for path in &scan.too_large {
        context.ui.warning(format!("larger than {} GiB, not searched: {}", LARGEST >> 30, List::and([path])));
    }
    for (path, why) in &scan.unreadable {
        context.ui.warning(format!("{} cannot be read: {why}", List::and([path])));
    }
}

/// Takes accepted findings out of the report, or accepts all that are in it.
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
