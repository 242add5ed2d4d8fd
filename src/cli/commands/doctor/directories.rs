//! The directories of this user: nobody else may change what is in them.

use std::fs::{Metadata, Permissions, metadata, set_permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Access, access};

use super::check::{Examination, Line};
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::model::shell::quoted;

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let mut lines = Vec::new();
    for (what, directory) in [("configuration", env::config_directory()?), ("memory", env::state_directory()?)] {
        // One that does not exist is made when it is needed.
        let there = directory.ancestors().find_map(|place| Some((place, metadata(place).ok()?)));
        lines.extend(match there {
            Some((place, found)) if place == directory => own(examination, what, place, &found),
            Some((place, _)) => unwritable(what, place),
            None => None,
        });
    }
    if let Some(vault) = examination.vault {
        lines.extend(metadata(vault.path()).ok().and_then(|found| shared(vault.path(), &found)));
    }
    if lines.is_empty() {
        lines.push(Line::ok("only you can change your configuration, this machine's memory and the vault"));
    }
    Ok(lines)
}

/// What is wrong with a directory that belongs to this user alone.
fn own(examination: &Examination<'_>, what: &str, directory: &Path, found: &Metadata) -> Option<Line> {
    let place = quoted(&directory.to_string_lossy());
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        let message = format!("the directory of the {what}, {place}, belongs to another user");
        return Some(Line::error(message, format!("sudo chown -R {user} {place}")));
    }
    if found.mode() & 0o022 != 0 {
        let message = format!("other users can write in the directory of the {what}, {place}");
        let line = Line::error(message, format!("chmod 700 {place}"));
        return Some(examination.fixed(line, || Ok(set_permissions(directory, Permissions::from_mode(0o700))?)));
    }
    unwritable(what, directory)
}

fn unwritable(what: &str, directory: &Path) -> Option<Line> {
    access(directory, Access::WRITE_OK).err().map(|error| {
        let place = quoted(&directory.to_string_lossy());
        let message = format!("{place}, for the {what}, cannot be written: {}", error.kind());
        Line::warning(message, "set XDG_CONFIG_HOME and XDG_STATE_HOME to directories of yours")
    })
}

/// Somebody who can write into the vault's directory can remove documents, which its signatures do not prevent.
fn shared(directory: &Path, found: &Metadata) -> Option<Line> {
    let place = quoted(&directory.to_string_lossy());
    let message = format!("every user of this machine can write in the vault, {place}");
    (found.mode() & 0o002 != 0).then(|| Line::warning(message, format!("chmod o-w {place}")))
}
