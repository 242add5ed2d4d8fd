//! The log of uses: whether it can be written, and whether somebody would notice that it was written anew.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, access};

use super::check::{Examination, Line};
use crate::cli::commands::audit::{Anchored, anchored};
use crate::machine::audit::Logs;
use crate::model::shell::quoted;

pub(super) fn check(examination: &Examination<'_>) -> Option<Line> {
    let vault = examination.vault?;
    let own = Logs::of(vault.state()).own();
    let unwritable =
        |error: &dyn std::fmt::Display| Line::warning(format!("uses are not recorded: {error}"), mending(&own));
    Some(match anchored(vault, examination.context.now) {
        Ok(Anchored::NoLog) => match writable(&own) {
            Ok(()) => Line::ok("nothing was recorded on this machine yet"),
            Err(error) => unwritable(&format!("cannot write `{}`: {error}", own.display())),
        },
        Ok(Anchored::Well(size)) => Line::ok(format!("{size} records of uses on this machine")),
        Ok(Anchored::Poorly(why)) => Line::warning(why, "vault audit anchor --commit"),
        Ok(Anchored::Not(why)) => Line::error(why, "vault audit verify"),
        Err(error) => unwritable(&error),
    })
}

/// The command that makes a directory and what is in it this user's own.
fn mending(directory: &Path) -> String {
    let (place, user) = (quoted(&directory.to_string_lossy()), rustix::process::geteuid().as_raw());
    let files = directory.read_dir().into_iter().flatten().flatten().filter_map(|file| file.metadata().ok());
    let is_foreign = directory.metadata().into_iter().chain(files).any(|found| found.uid() != user);
    if is_foreign { format!("sudo chown -R {user} {place}") } else { format!("chmod -R u+rwX {place}") }
}

/// Whether files can be created in a directory, or it can be created.
fn writable(directory: &Path) -> io::Result<()> {
    let there = directory.ancestors().find(|place| place.exists()).unwrap_or(directory);
    if there.is_dir() {
        Ok(access(there, Access::WRITE_OK | Access::EXEC_OK)?)
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}
