//! How git calls this program: the lines in its configuration, what they do without the program, and whether they are
//! up to date.
//!
//! Each names the program by its path, because a graphical client may have another search path than the shell. If it is
//! missing, a merge leaves both sides in the file, as a conflict: git on its own would keep ours.

use std::fs;
use std::path::Path;

use super::error::GitError;
use super::program::Git;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::model::shell::{QUOTE, quoted};

/// The lines that name a program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Calls {
    program: String,
}

const DRIVER: &str = "merge.vault.driver";
const TEXTCONV: &str = "diff.vault.textconv";

/// What the merge driver does behind the program: if it could not merge for any reason, the file ends up with conflict
/// markers.
const BOTH_SIDES: &str =
    "|| { grep -q '^<<<<<<< ' %A || git merge-file -q -L ours -L base -L theirs %A %O %B; exit 1; }";

impl Calls {
    /// The lines for the program that is running: by the path that the search path leads to, which survives an upgrade,
    /// otherwise by its own.
    pub(crate) fn of_this_program() -> CliResult<Self> {
        let here = fs::canonicalize(std::env::current_exe()?)?;
        let known = env::find_program("vault").filter(|path| fs::canonicalize(path).ok().as_ref() == Some(&here));
        Ok(Calls { program: known.unwrap_or(here).to_string_lossy().into_owned() })
    }

    /// The lines that git has, as far as this program would write them.
    pub(crate) fn configured(git: &Git) -> Result<Configured, GitError> {
        let Some(driver) = setting(git, DRIVER)? else { return Ok(Configured::Nothing) };
        let Some(calls) = program_of(&driver).map(|program| Calls { program }) else { return Ok(Configured::Other) };
        let is_ours = calls.driver() == driver && setting(git, TEXTCONV)? == Some(calls.textconv());
        Ok(if is_ours { Configured::Calls(calls) } else { Configured::Other })
    }

    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.program)
    }

    /// The program as a word for `sh`.
    pub(crate) fn program(&self) -> String {
        quoted(&self.program)
    }

    pub(crate) fn driver(&self) -> String {
        // Git replaces what follows a percent sign.
        format!("{} git-merge %O %A %B %P {BOTH_SIDES}", self.program().replace('%', "%%"))
    }

    /// The diff driver; git appends the file.
    fn textconv(&self) -> String {
        let program = self.program();
        format!("f() {{ if [ -x {program} ]; then {program} git-textconv \"$1\"; else cat \"$1\"; fi; }}; f")
    }

    /// Keys and values of git's configuration.
    pub(crate) fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("merge.vault.name", "documents of a vault".to_owned()),
            (DRIVER, self.driver()),
            // With several common ancestors, git merges those first; a conflict there must not decide anything.
            ("merge.vault.recursive", "binary".to_owned()),
            (TEXTCONV, self.textconv()),
        ]
    }
}

/// What git's configuration says of a vault.
pub(crate) enum Configured {
    /// Git was never set up.
    Nothing,
    /// Lines that this version does not write.
    Other,
    /// The lines of this version, for some program.
    Calls(Calls),
}

fn setting(git: &Git, key: &str) -> Result<Option<String>, GitError> {
    let answer = git.output(&["config", "-z", "--get", key])?;
    let text = String::from_utf8_lossy(&answer.stdout).trim_end_matches('\0').to_owned();
    Ok(answer.status.success().then_some(text))
}

/// The program that a merge driver of ours names.
fn program_of(driver: &str) -> Option<String> {
    let (program, _) = driver.split_once(" git-merge ")?;
    let inner = program.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace(QUOTE, "'").replace("%%", "%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_names_its_program_whatever_its_path_is() {
        for program in ["/usr/bin/vault", "/home/a b/it's/100%/vault"] {
            let calls = Calls { program: program.to_owned() };
            assert_eq!(program_of(&calls.driver()).as_deref(), Some(program));
        }
        assert_eq!(program_of("vault git-merge %O %A %B %P"), None);
    }
}
