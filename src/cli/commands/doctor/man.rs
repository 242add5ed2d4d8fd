//! The man pages.

use std::path::PathBuf;

use clap::CommandFactory;

use super::check::{Examination, Line};
use crate::cli::cli::Cli;
use crate::cli::commands::man;
use crate::cli::error::CliResult;

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    const INSTALL: &str = "vault man --install";
    let own = dirs::data_dir().map(|data| data.join("man"));
    let system = ["/usr/local/share/man", "/usr/share/man"].map(PathBuf::from);
    let directories = own.iter().chain(&system);
    let mut pages = directories.map(|directory| (directory, directory.join("man1/vault.1")));
    let Some((directory, page)) = pages.find(|(_, page)| page.is_file()) else {
        let is_packed = system.iter().any(|directory| directory.join("man1/vault.1.gz").is_file());
        let missing = || Line::warning("the man pages are not installed", INSTALL);
        return Ok(vec![if is_packed { Line::ok("installed with the system") } else { missing() }]);
    };
    if std::fs::read(&page)? == man::first_page(Cli::command())? {
        return Ok(vec![Line::ok(format!("`{}`", page.display()))]);
    }
    let outdated = Line::warning(format!("`{}` is of another version", page.display()), INSTALL);
    Ok(vec![if Some(directory) == own.as_ref() {
        examination.fixed(outdated, || man::write(directory, Cli::command()).map(drop))
    } else {
        Line { command: Some(format!("vault man --install {}", directory.display())), ..outdated }
    }])
}
