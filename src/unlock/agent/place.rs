//! Where the socket of an agent is: one for each user and configured identity.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::error::Distrust;
use crate::crypto::framing::{lp, sha256};
use crate::machine::config::{ConfigFile, IdentitySource};

/// The directories that may hold sockets.
#[derive(Debug, Clone)]
pub struct Places {
    /// `$XDG_RUNTIME_DIR`, which is used if it is this user's own and private.
    pub runtime: Option<PathBuf>,
    /// The directory of this machine's memory, used otherwise.
    pub state: PathBuf,
}

impl Places {
    /// The socket of the agent for that configured identity.
    pub(crate) fn socket(&self, config: &ConfigFile, source: &IdentitySource) -> PathBuf {
        self.directory().join(format!("agent-{}.sock", name(config, source)))
    }

    /// The directory of the agents' sockets, and of other files that no reboot needs to outlive.
    pub(crate) fn directory(&self) -> PathBuf {
        match self.runtime.as_deref().filter(|runtime| check_directory(runtime).is_ok()) {
            Some(runtime) => runtime.join("vault"),
            None => self.state.join("agent"),
        }
    }
}

/// Two configurations may use the same name for an identity, so the path of the configuration counts too.
fn name(config: &ConfigFile, source: &IdentitySource) -> String {
    let file = source.file.as_deref().unwrap_or(Path::new(""));
    let recipient = source.recipient.as_deref().unwrap_or_default();
    let mut text = Vec::new();
    for part in [
        config.path().as_os_str().as_bytes(),
        source.store.as_str().as_bytes(),
        file.as_os_str().as_bytes(),
        recipient.as_bytes(),
    ] {
        lp(&mut text, part);
    }
    HEXLOWER.encode(&sha256(&text)[..8])
}

/// Whether a socket can be this user's agent. `None` if there is no socket.
pub(super) fn check(socket: &Path) -> Option<Result<(), Distrust>> {
    let found = fs::symlink_metadata(socket).ok()?;
    Some(if !found.file_type().is_socket() {
        Err(Distrust::NotASocket)
    } else if found.uid() != own() {
        Err(Distrust::Owner)
    } else if is_open(found.mode()) {
        Err(Distrust::Mode)
    } else {
        check_directory(socket.parent().unwrap_or(Path::new("/")))
    })
}

/// Whether a mode gives the group or others any permission.
fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

/// A directory that only this user can reach.
pub(super) fn check_directory(path: &Path) -> Result<(), Distrust> {
    let is_private =
        fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == own() && !is_open(found.mode()));
    if is_private { Ok(()) } else { Err(Distrust::Directory) }
}

fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::machine::config::IdentityStore;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn every_identity_and_every_configuration_has_a_socket_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        let places = Places { runtime: None, state: home.path().to_owned() };
        let source =
            |file: &str| IdentitySource { store: IdentityStore::Passphrase, file: Some(file.into()), recipient: None };
        let config = ConfigFile::at("/one");
        let first = places.socket(&config, &source("a.age"));
        assert_eq!(first, places.socket(&config, &source("a.age")));
        assert_ne!(first, places.socket(&config, &source("b.age")));
        assert_ne!(first, places.socket(&ConfigFile::at("/two"), &source("a.age")));
        assert!(first.starts_with(home.path().join("agent")));
    }

    #[test]
    fn a_runtime_directory_that_others_can_reach_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let runtime = home.path().join("run");
        fs::create_dir(&runtime).unwrap();
        let places = Places { runtime: Some(runtime.clone()), state: home.path().join("state") };
        mode(&runtime, 0o700);
        assert_eq!(places.directory(), runtime.join("vault"));
        mode(&runtime, 0o755);
        assert_eq!(places.directory(), home.path().join("state/agent"));
    }

    #[test]
    fn only_a_private_socket_in_a_private_directory_is_trusted() {
        let home = tempfile::tempdir().unwrap();
        mode(home.path(), 0o700);
        let socket = home.path().join("s");
        assert!(check(&socket).is_none());
        fs::write(&socket, "").unwrap();
        assert_eq!(check(&socket), Some(Err(Distrust::NotASocket)));
        fs::remove_file(&socket).unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        mode(&socket, 0o660);
        assert_eq!(check(&socket), Some(Err(Distrust::Mode)));
        mode(&socket, 0o600);
        assert_eq!(check(&socket), Some(Ok(())));
        mode(home.path(), 0o711);
        assert_eq!(check(&socket), Some(Err(Distrust::Directory)));
    }
}
