//! `vault man`: the manual, from the same source as the help.

use std::path::{Path, PathBuf};

use clap::{Args, Command};

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};

/// Print or install the man pages
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault man param put | man -l -      read one page\n  \
    vault man --install                 install all of them for you\n  \
    vault man --install /usr/local/share/man")]
pub(crate) struct ManArgs {
    /// Command, such as `param put` [default: vault itself]
    command: Vec<String>,
    /// Install all pages below this directory [default: man in your data directory]
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with = "command", value_hint = clap::ValueHint::DirPath)]
    #[expect(clippy::option_option, reason = "clap: not given, given alone, given with a directory")]
    install: Option<Option<PathBuf>>,
}

pub(crate) fn run(args: &ManArgs, tree: Command, context: &mut Context) -> CliResult<()> {
    if let Some(directory) = &args.install {
        let directory = directory.clone().or_else(|| dirs::data_dir().map(|data| data.join("man")));
        return install(&directory.ok_or(CliError::NoHome)?, tree, context);
    }
    let pages = pages(tree)?;
    let wanted = std::iter::once("vault").chain(args.command.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
    let page = pages.iter().find(|(name, _)| *name == wanted).ok_or_else(|| {
        CliError::usage(
            format!("there is no command `{}`", args.command.join(" ")),
            "`vault --help` lists the commands",
        )
    })?;
    Ok(context.ui.bytes(&page.1)?)
}

/// Name and roff text of every page: `vault`, `vault-param`, `vault-param-put`.
fn pages(mut tree: Command) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    tree.build();
    let mut pages = Vec::new();
    collect(&tree, "vault".to_owned(), &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, name: String, pages: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set()) {
        collect(below, format!("{name}-{}", below.get_name()), pages)?;
    }
    let mut text = Vec::new();
    let named = command.clone().name(name.clone());
    clap_mangen::Man::new(named).date("").render(&mut text)?;
    pages.push((name, text));
    Ok(())
}

fn install(directory: &Path, tree: Command, context: &mut Context) -> CliResult<()> {
    let section = section(directory);
    if context.global.dry_run {
        context.ui.note(format!("would write {} pages to `{}`", pages(tree)?.len(), section.display()));
        return Ok(());
    }
    let count = write(directory, tree)?;
    context.ui.note(format!("{count} pages in `{}`", section.display()));
    context.ui.next(way(&std::path::absolute(directory)?));
    Ok(())
}

/// How `man` shows the pages below a directory, in which it may not look by itself.
fn way(directory: &Path) -> String {
    if env::man_looks_in(directory) {
        return "`man vault`".to_owned();
    }
    format!(
        "`man -M {0} vault`; for `man vault` alone, set MANPATH=\"{0}:\" or add `{1}` to PATH",
        directory.display(),
        directory.parent().and_then(Path::parent).unwrap_or(directory).join("bin").display()
    )
}

/// Writes all pages below a directory, and returns how many there are.
pub(crate) fn write(directory: &Path, tree: Command) -> CliResult<usize> {
    let section = section(directory);
    std::fs::create_dir_all(&section)?;
    let pages = pages(tree)?;
    for (name, text) in &pages {
        std::fs::write(section.join(format!("{name}.1")), text)?;
    }
    Ok(pages.len())
}

/// Where the pages are below a directory.
fn section(directory: &Path) -> PathBuf {
    directory.join("man1")
}

/// The page of the program itself.
pub(crate) fn first_page(tree: Command) -> std::io::Result<Vec<u8>> {
    Ok(pages(tree)?.into_iter().find(|(name, _)| name == "vault").map(|(_, text)| text).unwrap_or_default())
}
