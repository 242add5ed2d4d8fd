//! The environment of a hook: only what is listed here.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Where programs are searched for after the directories of [`Surroundings::search`].
const SYSTEM: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The parts of a hook's environment that come from the user. They may hold anything, and so are never printed.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Directories to look for programs in first. Those that are not absolute are left out.
    pub search: Vec<PathBuf>,
    /// `HOME`, `LANG`, `LC_ALL` and `TZ`, and what the user's own configuration adds. Names that begin with `VLT_` are
    /// left out: identities and passphrases are passed under such names.
    pub variables: Vec<(OsString, OsString)>,
}

impl Surroundings {
    /// The variables of every hook; the caller adds those of the step.
    pub(super) fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        let path = std::env::join_paths(self.directories()).unwrap_or_default();
        let given = self.variables.iter().filter(|(name, _)| is_allowed(name)).cloned();
        std::iter::once((OsString::from("PATH"), path)).chain(given)
    }

    /// The first program of this name.
    pub(super) fn find(&self, program: &str) -> Option<PathBuf> {
        let candidates = self.directories().map(|directory| directory.join(program));
        candidates.into_iter().find(|path| path.is_file() && access(path, Access::EXEC_OK).is_ok())
    }

    fn directories(&self) -> impl Iterator<Item = PathBuf> {
        // A directory with a colon in its name cannot stand in PATH.
        let usable = |path: &&PathBuf| path.is_absolute() && !path.as_os_str().as_encoded_bytes().contains(&b':');
        let given = self.search.iter().filter(usable).cloned();
        given.chain(SYSTEM.map(Path::new).map(Path::to_owned))
    }
}

fn is_allowed(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    !name.is_empty() && !name.contains(&b'=') && !name.starts_with(b"VLT_") && name != b"PATH"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_relative_is_searched_and_nothing_of_ours_is_passed_on() {
        let surroundings = Surroundings {
            search: ["/opt/x", "bin", "", "/a:b"].map(PathBuf::from).to_vec(),
            variables: [("HOME", "/h"), ("VLT_IDENTITY", "x"), ("VLT_PASSPHRASE", "x"), ("PATH", "/evil"), ("", "x")]
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
        };
        let variables: Vec<_> = surroundings.variables().collect();
        assert_eq!(variables[0].1, "/opt/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        assert_eq!(variables[1..], [("HOME".into(), "/h".into())]);
        assert!(surroundings.find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(surroundings.find("no-such-program"), None);
    }
}
