//! Running a command: this process becomes it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::Environment;

/// The longest single variable that Linux takes, in bytes, with its name, the `=` and a final NUL.
const VARIABLE_LIMIT: usize = 131_072;

/// Why a command did not start. It never carries a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// No such program.
    #[error("command `{}` was not found", .0.display())]
    NotFound(
        /// As it was given.
        OsString,
    ),
    /// A program that cannot be run.
    #[error("command `{}` cannot be run: {cause}", .command.display())]
    NotExecutable {
        /// As it was given.
        command: OsString,
        /// What the system said.
        cause: io::Error,
    },
    /// A variable that is too long for the system.
    #[error("variable {} is too long to pass to a command (the limit is {VARIABLE_LIMIT} bytes)", .0.display())]
    VariableTooLong(
        /// Its name.
        OsString,
    ),
    /// More arguments and variables than the system allows.
    #[error("the arguments and variables of `{}` take {bytes} bytes, more than the system allows", .command.display())]
    TooLong {
        /// As it was given.
        command: OsString,
        /// The size of arguments and environment together.
        bytes: usize,
    },
    /// Any other error.
    #[error("command `{}` did not start: {cause}", .command.display())]
    Failed {
        /// As it was given.
        command: OsString,
        /// What the system said.
        cause: io::Error,
    },
}

impl ExecuteError {
    /// The exit code, as env(1) has it: 127 not found, 126 found but not run, 125 our own failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            ExecuteError::NotFound(_) => 127,
            ExecuteError::NotExecutable { .. } | ExecuteError::TooLong { .. } => 126,
            ExecuteError::VariableTooLong(_) | ExecuteError::Failed { .. } => 125,
        }
    }
}

/// Becomes `command` with these arguments and exactly this environment; returns only if that fails.
///
/// A command without a slash is searched for in `search`, the PATH of this process, not that of the child. The signal
/// mask and SIGPIPE are reset to their defaults in the child, as programs expect.
pub(crate) fn execute(
    command: &OsStr,
    arguments: &[OsString],
    environment: &Environment,
    search: Option<&OsStr>,
) -> ExecuteError {
    match self::command(command, arguments, environment, search) {
        // `exec` resets SIGPIPE and the signal mask before it becomes the program.
        Ok(mut prepared) => refusal(command, prepared.exec(), size(command, arguments, environment)),
        Err(error) => error,
    }
}

/// The command, found and ready to be run.
pub(super) fn command(
    command: &OsStr,
    arguments: &[OsString],
    environment: &Environment,
    search: Option<&OsStr>,
) -> Result<Command, ExecuteError> {
    if let Some((name, _)) = environment.iter().find(|(name, value)| name.len() + value.len() + 2 > VARIABLE_LIMIT) {
        return Err(ExecuteError::VariableTooLong(name.to_owned()));
    }
    let mut prepared = Command::new(find(command, search)?);
    prepared.arg0(command).args(arguments).env_clear().envs(environment.iter());
    Ok(prepared)
}

/// What the system's error means. `bytes` is the [`size`] of the arguments and variables.
pub(super) fn refusal(command: &OsStr, cause: io::Error, bytes: usize) -> ExecuteError {
    let command = command.to_owned();
    match cause.kind() {
        io::ErrorKind::NotFound => ExecuteError::NotFound(command),
        io::ErrorKind::ArgumentListTooLong => ExecuteError::TooLong { command, bytes },
        io::ErrorKind::OutOfMemory => ExecuteError::Failed { command, cause },
        _ => ExecuteError::NotExecutable { command, cause },
    }
}

/// The program that `command` means. Like execvp(3), it skips a file that is not executable if a later one is.
fn find(command: &OsStr, search: Option<&OsStr>) -> Result<PathBuf, ExecuteError> {
    const SYSTEM: &str = "/usr/local/bin:/usr/bin:/bin";
    if command.is_empty() {
        return Err(ExecuteError::NotFound(command.to_owned()));
    }
    if command.as_bytes().contains(&b'/') {
        return Ok(PathBuf::from(command));
    }
    let mut found = None;
    for directory in std::env::split_paths(search.unwrap_or(OsStr::new(SYSTEM))) {
        // An empty element means the working directory.
        let candidate =
            if directory.as_os_str().is_empty() { Path::new(".").join(command) } else { directory.join(command) };
        if !candidate.is_file() {
            continue;
        }
        if rustix::fs::access(&candidate, rustix::fs::Access::EXEC_OK).is_ok() {
            return Ok(candidate);
        }
        found.get_or_insert(candidate);
    }
    found.ok_or_else(|| ExecuteError::NotFound(command.to_owned()))
}

/// How many bytes the arguments and variables take.
pub(super) fn size(command: &OsStr, arguments: &[OsString], environment: &Environment) -> usize {
    let words = arguments.iter().map(|word| word.len() + 1).sum::<usize>() + command.len() + 1;
    words + environment.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Output, Stdio};

    use super::*;
    use crate::inject::environment::{Injected, Options, Provenance};
    use crate::model::value::SecretValue;

    /// What a copy of this test binary does before it becomes the command: its own PATH is searched, `DB` is `new`, and
    /// `WIDE` variables of 64 KiB are added.
    const SEARCH: &str = "EXECUTE_TEST_SEARCH";
    const WIDE: &str = "EXECUTE_TEST_WIDE";
    const COMMAND: &str = "EXECUTE_TEST_COMMAND";

    #[test]
    #[ignore = "the child of the tests below"]
    fn child() {
        let Some(command) = std::env::var_os(COMMAND) else { return };
        let wide: usize = std::env::var(WIDE).map_or(0, |text| text.parse().unwrap());
        let mut values = vec![given("DB", "new".into())];
        values.extend((0..wide).map(|n| given(&format!("WIDE_{n}"), "x".repeat(65_536))));
        let environment = Environment::build([], [values], &Options::default()).unwrap();
        let mut words = command.to_str().unwrap().split(' ').map(OsString::from);
        let (program, arguments) = (words.next().unwrap(), words.collect::<Vec<_>>());
        let error = execute(&program, &arguments, &environment, std::env::var_os(SEARCH).as_deref());
        eprintln!("{error}");
        std::process::exit(error.exit_code().into());
    }

    fn given(variable: &str, value: String) -> Injected {
        Injected {
            variable: variable.parse().unwrap(),
            source: "/x".into(),
            value: SecretValue::from_text(value),
            provenance: Provenance::default(),
        }
    }

    fn run(command: &str, search: &str, wide: usize) -> Output {
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "-q", "inject::execute::tests::child"])
            .env(COMMAND, command)
            .env(SEARCH, search)
            .env(WIDE, wide.to_string())
            .stderr(Stdio::piped())
            .output()
            .unwrap()
    }

    fn script(directory: &Path, name: &str, mode: u32, text: &str) -> PathBuf {
        let path = directory.join(name);
        crate::script::write(&path, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_child_has_exactly_the_environment_and_its_own_exit_code() {
        let output = run("env", "/nowhere:/usr/bin:/bin", 0);
        assert!(String::from_utf8_lossy(&output.stdout).ends_with("\nDB=new\n"));
        assert!(!String::from_utf8_lossy(&output.stdout).contains(SEARCH));
        let directory = tempfile::tempdir().unwrap();
        let path = script(directory.path(), "seven", 0o755, "#!/bin/sh\nexit 7\n");
        assert_eq!(run(path.to_str().unwrap(), "", 0).status.code(), Some(7));
    }

    #[test]
    fn signals_are_the_childs_own_and_sigpipe_is_back() {
        let directory = tempfile::tempdir().unwrap();
        script(directory.path(), "term", 0o755, "#!/bin/sh\nkill -TERM $$\n");
        assert_eq!(run("term", directory.path().to_str().unwrap(), 0).status.signal(), Some(15));
        // A shell cannot trap what was ignored when it started, so `trap` alone would not tell.
        script(directory.path(), "pipe", 0o755, "#!/bin/sh\nkill -PIPE $$\nexit 3\n");
        assert_eq!(run("pipe", directory.path().to_str().unwrap(), 0).status.signal(), Some(13));
    }

    #[test]
    fn what_cannot_be_run_is_126_and_what_is_not_there_127() {
        let directory = tempfile::tempdir().unwrap();
        let plain = script(directory.path(), "plain", 0o644, "#!/bin/sh\n");
        let search = directory.path().to_str().unwrap();
        assert_eq!(run(plain.to_str().unwrap(), "", 0).status.code(), Some(126));
        assert_eq!(run("plain", search, 0).status.code(), Some(126));
        assert_eq!(run(search, "", 0).status.code(), Some(126));
        assert_eq!(run("absent", search, 0).status.code(), Some(127));
        assert_eq!(run("/no/where", search, 0).status.code(), Some(127));
    }

    #[test]
    fn a_file_that_may_run_is_preferred_over_one_that_may_not() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        script(first.path(), "tool", 0o644, "");
        script(second.path(), "tool", 0o755, "#!/bin/sh\nexit 4\n");
        let search = format!("{}:{}", first.path().display(), second.path().display());
        assert_eq!(run("tool", &search, 0).status.code(), Some(4));
    }

    #[test]
    fn too_much_is_said_clearly() {
        let output = run("env", "/usr/bin:/bin", 200);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(126), "{message}");
        assert!(message.contains("take 13") && message.contains("more than the system allows"), "{message}");
        let long = Environment::build([], [vec![given("LONG", "x".repeat(131_072))]], &Options::default()).unwrap();
        let error = execute(OsStr::new("true"), &[], &long, None);
        assert_eq!(error.to_string(), "variable LONG is too long to pass to a command (the limit is 131072 bytes)");
    }
}
