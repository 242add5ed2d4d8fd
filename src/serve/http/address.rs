//! Where a server listens.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind::ConnectionRefused};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// An address, or the path of a Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// IP address and port.
    Tcp(SocketAddr),
    /// A socket that only its owner may use.
    Unix(PathBuf),
}

/// A socket that accepts connections.
#[derive(Debug)]
pub(crate) enum Listener {
    /// On an address.
    Tcp(TcpListener),
    /// On a path, with its file if this program has made it.
    Unix(Option<SocketFile>, UnixListener),
}

/// The file of a socket that this program has made. It is removed when this is dropped, unless another one has taken its place.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and number of the file.
    file: (u64, u64),
}

impl Address {
    /// Whether only programs of this machine can connect.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Address::Tcp(address) => address.ip().is_loopback(),
            Address::Unix(_) => true,
        }
    }

    /// Begins to listen. A socket that nobody listens on any more is replaced.
    pub(crate) fn listen(&self) -> io::Result<Listener> {
        match self {
            Address::Tcp(address) => Ok(Listener::Tcp(TcpListener::bind(address)?)),
            Address::Unix(path) => {
                let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
                let is_left = || UnixStream::connect(path).is_err_and(|error| error.kind() == ConnectionRefused);
                if is_socket && is_left() {
                    fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                let file = SocketFile::at(path)?;
                fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
                Ok(Listener::Unix(Some(file), listener))
            }
        }
    }
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        Ok(SocketFile { path: path.to_owned(), file: number(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if number(&self.path).is_ok_and(|file| file == self.file) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn number(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}

impl Listener {
    /// A socket that another program has opened for this one.
    pub(crate) fn inherited(socket: OwnedFd) -> io::Result<Self> {
        let tcp = TcpListener::from(socket);
        if tcp.local_addr().is_ok() {
            return Ok(Listener::Tcp(tcp));
        }
        let unix = UnixListener::from(OwnedFd::from(tcp));
        unix.local_addr().map(|_| Listener::Unix(None, unix))
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Listener::Unix(_, listener) => {
                let address = listener.local_addr()?;
                Ok(Address::Unix(address.as_pathname().unwrap_or(Path::new("")).to_owned()))
            }
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Some(Address::Unix(path.into())).filter(|_| !path.is_empty()).ok_or("the path is missing".into());
        }
        let text = text.strip_prefix("localhost:").map_or(text.to_owned(), |port| format!("127.0.0.1:{port}"));
        text.parse().map(Address::Tcp).map_err(|_| "use ADDRESS:PORT or unix:PATH, such as 127.0.0.1:7777".into())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
