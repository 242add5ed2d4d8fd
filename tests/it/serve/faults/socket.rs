//! Unix sockets: who may connect, and whose the file is.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{is_root, left_out};
use crate::project::Sandbox;
use crate::serve::fixture::Server;

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

pub(super) fn path(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("vault.sock")
}

fn start(sandbox: &Sandbox) -> Server {
    let mut command = sandbox.program();
    command.args(["serve", "--open", "--no-input", "--listen"]).arg(format!("unix:{}", path(sandbox).display()));
    Server::of(command)
}

pub(super) fn answers(path: &Path) -> bool {
    let mut said = String::new();
    UnixStream::connect(path).is_ok_and(|mut stream| {
        stream.write_all(HEALTH.as_bytes()).unwrap();
        stream.read_to_string(&mut said).is_ok() && said.ends_with("ok\n")
    })
}

#[test]
fn another_user_is_refused_even_if_the_file_lets_them_in() {
    if !is_root() {
        return left_out("a client of another user, for which the tests must run as root");
    }
    let sandbox = Sandbox::new();
    let path = path(&sandbox);
    let server = start(&sandbox);
    let script = format!(
        "import os, socket\nos.setgid(65534); os.setuid(65534)\ns = socket.socket(socket.AF_UNIX)\n\
         try: s.connect({:?}); s.sendall({HEALTH:?}.encode()); print(s.recv(1000))\n\
         except OSError as e: print(type(e).__name__)",
        path.to_str().unwrap()
    );
    let stranger = || {
        let said = Command::new("python3").args(["-c", &script]).output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    for directory in [sandbox.root(), &sandbox.home()] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(stranger(), "PermissionError\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let said = stranger();
    assert!(["b''\n", "BrokenPipeError\n", "ConnectionResetError\n"].contains(&&*said), "{said}");
    assert!(answers(&path));
    server.end();
}

#[test]
fn a_socket_that_another_server_uses_stays_its_own() {
    let sandbox = Sandbox::new();
    let path = path(&sandbox);
    let first = start(&sandbox);
    let listen = format!("unix:{}", path.display());
    let second = sandbox.run(&["serve", "--open", "--listen", &listen]);
    assert!(second.code == 2 && second.stderr.contains("cannot listen on unix:"), "{second:?}");
    assert!(answers(&path));
    // Whoever removes the file can have another server listen there, which the first one leaves alone.
    fs::remove_file(&path).unwrap();
    let second = start(&sandbox);
    first.end();
    assert!(answers(&path));
    second.end();
    assert!(!path.exists());
}

#[test]
fn a_server_that_does_not_start_leaves_no_socket_and_removes_no_other_file() {
    let sandbox = Sandbox::new();
    let path = path(&sandbox);
    let listen = format!("unix:{}", path.display());
    let failed = sandbox.run(&["--identity", "/none", "serve", "--listen", &listen]);
    assert!(failed.code != 0 && !path.exists(), "{failed:?}");
    fs::write(&path, "text").unwrap();
    let failed = sandbox.run(&["serve", "--listen", &listen]);
    assert!(failed.code == 2 && path.exists(), "{failed:?}");
}

#[test]
fn a_socket_of_the_service_manager_outlives_the_server() {
    let sandbox = Sandbox::new();
    let path = path(&sandbox);
    let script = "import os, socket, sys\n\
        s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); os.dup2(s.fileno(), 3); os.set_inheritable(3, True)\n\
        os.environ['LISTEN_FDS'], os.environ['LISTEN_PID'] = '1', str(os.getpid())\n\
        os.execv(sys.argv[2], sys.argv[2:])";
    let mut command = sandbox.command("python3");
    command.args(["-c", script]).arg(&path).args([env!("CARGO_BIN_EXE_vault"), "serve", "--open"]);
    let server = Server::of(command);
    assert!(answers(&path));
    server.end();
    assert!(path.exists());
}
