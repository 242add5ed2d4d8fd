//! Connections that never become encrypted, and certificates that change.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::wait;
use crate::project::Sandbox;
use crate::serve::fixture::{Server, read_all};

/// A server with a certificate, and what it says.
struct Certified {
    sandbox: Sandbox,
    server: Server,
}

fn files(sandbox: &Sandbox) -> [PathBuf; 3] {
    ["cert.pem", "key.pem", "log"].map(|name| sandbox.home().join(name))
}

/// Writes a new certificate and its key. Returns the certificate.
fn certify(sandbox: &Sandbox) -> String {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let [cert, key, _] = files(sandbox);
    fs::write(&cert, certified.cert.pem()).unwrap();
    fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    allow(&cert, 0o644);
    allow(&key, 0o600);
    certified.cert.pem().replace('\r', "")
}

fn allow(file: &std::path::Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

impl Certified {
    fn start(transfer: &str) -> (Self, String) {
        let sandbox = Sandbox::new();
        let first = certify(&sandbox);
        let [cert, key, log] = files(&sandbox);
        let mut command = super::command(&sandbox, &["--transfer-timeout", transfer, "--tls-cert"]);
        command.arg(cert).arg("--tls-key").arg(key);
        let it = Certified { server: Server::logged(command, &log), sandbox };
        wait("its last line before requests", || fs::read_to_string(&log).unwrap().contains("anyone who can reach it"));
        (it, first)
    }

    /// The certificate that a client gets.
    fn shown(&self) -> String {
        let (host, port) = self.server.address.split_once(':').unwrap();
        let script = format!("import ssl; print(ssl.get_server_certificate(('{host}', {port})), end='')");
        let said = Command::new("python3").args(["-c", &script]).output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    }

    /// Has everything read again. Returns what the server says to that.
    fn reload(&self) -> String {
        let read = || fs::read_to_string(&files(&self.sandbox)[2]).unwrap();
        let before = read().len();
        self.server.signal(Signal::HUP);
        wait("a line about what was read again", || read()[before..].contains('\n'));
        read()[before..].to_owned()
    }
}

#[test]
fn a_client_that_says_nothing_half_of_it_or_no_tls_is_cut_off() {
    let (it, _) = Certified::start("1");
    let began = Instant::now();
    let (mut silent, mut half, mut plain) = (it.server.connect(), it.server.connect(), it.server.connect());
    half.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // An alert of TLS is all that it gets.
    assert!(!read_all(&mut plain).contains("HTTP"));
    assert_eq!((read_all(&mut silent), read_all(&mut half)), (String::new(), String::new()));
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_handshake_does_not_hold_the_end_of_the_server() {
    let (mut it, _) = Certified::start("60");
    let (mut half, began) = (it.server.connect(), Instant::now());
    half.write_all(b"\x16\x03\x01").unwrap();
    // Once this one is answered, the server knows that one.
    assert!(it.shown().contains("BEGIN CERTIFICATE"));
    it.server.signal(Signal::TERM);
    assert_eq!(it.server.wait(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_new_certificate_is_shown_after_a_signal_and_a_broken_one_is_not() {
    let (it, first) = Certified::start("20");
    let [cert, key, _] = files(&it.sandbox);
    assert_eq!(it.shown(), first);
    let second = certify(&it.sandbox);
    assert_eq!(it.shown(), first);
    assert_eq!(it.reload(), "reloaded\n");
    assert_eq!(it.shown(), second);
    let whole = fs::read(&cert).unwrap();
    for (broken, said) in
        [("junk", "cert.pem`: the file has no certificate"), (first.as_str(), "cert.pem`: the certificate and its key")]
    {
        fs::write(&cert, broken).unwrap();
        let line = it.reload();
        assert!(line.starts_with("warning: the certificate was not reloaded: `") && line.contains(said), "{line}");
        assert_eq!(it.shown(), second);
    }
    fs::write(&cert, whole).unwrap();
    allow(&key, 0o644);
    let line = it.reload();
    assert!(line.contains("key.pem` is open to other users"), "{line}");
    assert_eq!(it.shown(), second);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-cert"];
    let open =
        it.sandbox.run(&[&arguments[..], &[cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]].concat());
    assert!(open.code == 4 && open.stderr.contains("key.pem` is open to other users"), "{open:?}");
}

#[test]
fn a_vault_that_cannot_be_read_again_keeps_no_certificate_from_it() {
    let (it, _) = Certified::start("20");
    let away = it.sandbox.project().join("away");
    fs::rename(it.sandbox.vault(), &away).unwrap();
    let second = certify(&it.sandbox);
    let line = it.reload();
    assert!(line.starts_with("warning: the vault `") && line.contains("` was not reloaded: "), "{line}");
    assert_eq!(it.shown(), second);
    fs::rename(&away, it.sandbox.vault()).unwrap();
    assert_eq!(it.reload(), "reloaded\n");
}
