//! Installing the files of a timer.

use std::path::{Path, PathBuf};

use super::job::MARK;
use crate::machine::private::{Overwrite, PrivateError, read_settings, write_private};

/// More than such a file ever has: a few paths of the longest kind.
const CAP: usize = 64 * 1024;

/// A file for the directory of a service manager: `$XDG_CONFIG_HOME/systemd/user`, `~/Library/LaunchAgents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitFile {
    /// Its name.
    pub(crate) leaf: String,
    /// Its content.
    pub(crate) text: String,
}

/// Writes the files into `directory`, which is created if it is missing, and says where they are.
///
/// An existing file is replaced if it was created by this command. One that somebody wrote, a link (which is how
/// systemd masks a unit) or another user's file is left as it is, and then nothing is written at all. Running it again
/// is harmless.
pub(crate) fn install(files: &[UnitFile], directory: &Path) -> Result<Vec<PathBuf>, PrivateError> {
    let paths: Vec<PathBuf> = files.iter().map(|file| directory.join(&file.leaf)).collect();
    let overwrites: Vec<Overwrite> = paths.iter().map(|path| overwrite(path)).collect::<Result<_, _>>()?;
    for ((file, path), overwrite) in files.iter().zip(&paths).zip(overwrites) {
        write_private(path, file.text.as_bytes(), overwrite)?;
    }
    Ok(paths)
}

/// How a file may be written at its place.
fn overwrite(path: &Path) -> Result<Overwrite, PrivateError> {
    match read_settings(path, CAP) {
        Ok(found) if String::from_utf8_lossy(&found).contains(MARK) => Ok(Overwrite::Replace),
        Ok(_) => Err(PrivateError::Exists { path: path.to_owned() }),
        Err(PrivateError::Absent { .. }) => Ok(Overwrite::Refuse),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::cli::commands::rotate::timer::job::tests::job;
    use crate::cli::commands::rotate::timer::job::{Interval, Job};
    use crate::cli::commands::rotate::timer::{launchd, systemd};

    fn units() -> [UnitFile; 2] {
        systemd::units(&job("/usr/bin/vault", "/home/ann/shop/.vault")).unwrap()
    }

    #[test]
    fn files_are_written_where_they_belong_and_again() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("systemd/user");
        let paths = install(&units(), &directory).unwrap();
        assert_eq!(fs::read_to_string(&paths[0]).unwrap(), units()[0].text);
        assert_eq!(fs::metadata(&paths[1]).unwrap().permissions().mode() & 0o777, 0o600);
        let daily = Job { interval: Interval::Daily, ..job("/usr/bin/vault", "/home/ann/shop/.vault") };
        install(&systemd::units(&daily).unwrap(), &directory).unwrap();
        assert_eq!(fs::read_to_string(&paths[1]).unwrap(), systemd::units(&daily).unwrap()[1].text);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
    }

    #[test]
    fn a_file_of_somebody_else_stays_and_nothing_is_written() {
        let home = tempfile::tempdir().unwrap();
        let timer = home.path().join(&units()[1].leaf);
        fs::write(&timer, "[Timer]\n").unwrap();
        fs::set_permissions(&timer, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(install(&units(), home.path()), Err(PrivateError::Exists { .. })));
        assert_eq!(fs::read_to_string(&timer).unwrap(), "[Timer]\n");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_masked_unit_stays_masked() {
        let home = tempfile::tempdir().unwrap();
        symlink("/dev/null", home.path().join(&units()[0].leaf)).unwrap();
        assert!(matches!(install(&units(), home.path()), Err(PrivateError::Link { .. })));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_agent_of_launchd_is_known_again_too() {
        let home = tempfile::tempdir().unwrap();
        let agent = [launchd::agent(&job("/usr/local/bin/vault", "/home/ann/shop/.vault"))];
        install(&agent, home.path()).unwrap();
        install(&agent, home.path()).unwrap();
    }
}
