//! `vault tick` at regular times: the configuration for systemd, launchd or cron, as text, and installing it.
//!
//! A tick does nothing when nothing is due, so once an hour serves every schedule: no window is shorter.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// A marker in every generated file, which distinguishes it from one written by the user.
pub(super) const MARK: &str = "Made by `vault rotate timer`, which replaces it when it runs again.";

/// The most bytes of a command of a crontab. The oldest implementations cut at 1,000.
pub(super) const CRON_LIMIT: usize = 990;

/// How often the timer runs: four times an hour, so that a rotation that failed is tried again sooner; on the hour; or at midnight, local
/// time, which catches up late with a window by the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    QuarterHourly,
    Hourly,
    Daily,
}

/// Why there is no text for a timer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimerError {
    /// Timers have no working directory that a relative path could start from.
    #[error("a timer needs absolute paths, and `{}` is not", .path.display())]
    Relative { path: PathBuf },
    /// A line break would end the line of a unit or crontab; bytes that are not UTF-8 have no place in a property list.
    #[error("a timer cannot use {path:?}: it contains control characters or is not UTF-8")]
    Unwritable { path: PathBuf },
    /// systemd refuses such programs, however they are quoted.
    #[error("systemd cannot start a program whose path contains quotes or a backslash, as `{program}` does")]
    Systemd { program: String },
    /// Implementations of cron disagree about backslashes, and the oldest cut commands at 1,000 bytes.
    #[error("a crontab line cannot contain a backslash or more than {} bytes; use the systemd timer", CRON_LIMIT)]
    Crontab,
}

/// One `vault tick`, without questions, at regular times. Its paths can be written in every format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// Name of its units, without a suffix: `vault-tick-NAME`, one for each vault of a machine.
    pub(super) name: String,
    pub(super) command: Vec<String>,
    pub(super) interval: Interval,
}

impl Job {
    /// The job that runs `program` on the vault in the directory `vault`, with the identity in a file if one is given.
    pub(crate) fn new(
        program: &Path,
        vault: &Path,
        identity: Option<&Path>,
        interval: Interval,
    ) -> Result<Self, TimerError> {
        let mut command = vec![writable(program)?, "tick".to_owned(), "--vault".to_owned(), writable(vault)?];
        if let Some(identity) = identity {
            command.extend(["--identity".to_owned(), writable(identity)?]);
        }
        command.push("--no-input".to_owned());
        Ok(Job { name: name(vault), command, interval })
    }
}

/// An absolute path as text for a line.
fn writable(path: &Path) -> Result<String, TimerError> {
    if !path.is_absolute() {
        return Err(TimerError::Relative { path: path.to_owned() });
    }
    text(path.as_os_str()).map(str::to_owned).ok_or_else(|| TimerError::Unwritable { path: path.to_owned() })
}

/// What fits on one line of every format, as text.
pub(crate) fn text(word: &OsStr) -> Option<&str> {
    // The last two are what XML excludes beside control characters.
    word.to_str().filter(|text| !text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')))
}

/// A name that says which vault it is and that no other vault on the machine has.
fn name(vault: &Path) -> String {
    const LONGEST: usize = 32;
    let levels = vault.components().rev().filter_map(|level| level.as_os_str().to_str());
    let level = levels.map(|level| level.trim_start_matches('.')).find(|level| !["vault", "/", ""].contains(level));
    let letters = level.unwrap_or("vault").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let readable: String = letters.take(LONGEST).collect();
    let hash = Sha256::digest(vault.as_os_str().as_encoded_bytes());
    let mut words: Vec<&str> = readable.split('-').filter(|word| !word.is_empty()).collect();
    let hash = HEXLOWER.encode(&hash[..4]);
    words.push(&hash);
    format!("vault-tick-{}", words.join("-"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    /// A name that holds what each format treats in its own way.
    pub(crate) const AWKWARD: &str = "a b  %n %% $HOME ${X} $$ 'q' \"d\" ;& <x> #é ~ `id` *";

    /// A program below `home` that writes its arguments, one a line, to the file `arguments` there.
    pub(crate) fn program(home: &Path, name: &str) -> PathBuf {
        let path = home.join(name);
        let arguments = home.join("arguments");
        crate::script::write(&path, &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > \"{}\"\n", arguments.display()));
        path
    }

    pub(crate) fn job(program: &str, vault: &str) -> Job {
        Job::new(Path::new(program), Path::new(vault), None, Interval::Hourly).unwrap()
    }

    #[test]
    fn paths_are_absolute_and_fit_on_a_line() {
        let new = |vault: &Path| Job::new(Path::new("/bin/vault"), vault, None, Interval::Hourly);
        assert!(matches!(new(Path::new("work/.vault")), Err(TimerError::Relative { .. })));
        for bad in [
            &b"/a\nExecStart=/bin/x"[..],
            b"/a\x00b",
            b"/a\rb",
            b"/a\xff",
            "/a\u{85}".as_bytes(),
            "/\u{ffff}".as_bytes(),
        ] {
            let error = new(Path::new(OsStr::from_bytes(bad))).unwrap_err();
            assert!(matches!(error, TimerError::Unwritable { .. }));
            assert!(!error.to_string().contains(['\n', '\r', '\0', '\u{85}']), "{error}");
        }
        let identity = Job::new(Path::new("/bin/vault"), Path::new("/v"), Some(Path::new("id")), Interval::Hourly);
        assert!(matches!(identity, Err(TimerError::Relative { .. })));
    }

    #[test]
    fn each_vault_has_its_own_name() {
        let name = |vault: &str| job("/bin/vault", vault).name;
        assert!(name("/home/ann/shop/.vault").starts_with("vault-tick-shop-"));
        assert!(name("/home/ann/.vault").starts_with("vault-tick-ann-"));
        assert!(name("/.vault").starts_with("vault-tick-vault-"));
        assert_ne!(name("/home/ann/shop/.vault"), name("/home/bob/shop/.vault"));
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(name(&format!("/x/{AWKWARD}")).chars().all(plain));
        assert!(name(&format!("/{}", "x".repeat(200))).len() < 64);
    }
}
