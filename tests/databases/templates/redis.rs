//! `redis` on a Redis server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::world::World;
use crate::{authority, start, tools};

struct Server {
    port: u16,
    tls_port: u16,
    authority: PathBuf,
    directory: PathBuf,
    _keeper: Child,
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| tools::has("redis-server").then(launch)).as_ref()
}

fn launch() -> Server {
    let directory = start::directory();
    let files = authority::write(&directory);
    std::fs::write(directory.join("users.acl"), "user default on nopass ~* &* +@all\n").unwrap();
    start::hand_over(&directory);
    let (port, tls_port) = (start::free_port(), start::free_port());
    let path = |path: &Path| path.display().to_string();
    let users = path(&directory.join("users.acl"));
    let (port_text, tls_text, home) = (port.to_string(), tls_port.to_string(), path(&directory));
    let (certificate, key, authority) = (path(&files.certificate), path(&files.key), path(&files.authority));
    let arguments = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port_text,
        "--tls-port",
        &tls_text,
        "--save",
        "",
        "--dir",
        &home,
        "--aclfile",
        &users,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
    ];
    let keeper = start::serve(&directory, "TERM", Path::new("redis-server"), &arguments);
    start::wait_for(&directory, || TcpStream::connect(("127.0.0.1", tls_port)));
    Server { port, tls_port, authority: files.authority, directory, _keeper: keeper }
}

impl Server {
    /// The answers to commands on one connection.
    fn ask(&self, commands: &[&str]) -> Vec<String> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", self.port)).unwrap());
        let answer = |command: &&str| {
            stream.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        commands.iter().map(answer).collect()
    }

    fn accepts(&self, login: &Value) -> bool {
        let password = login["password"].as_str().unwrap();
        self.ask(&[&format!("AUTH {} {password}", login["username"].as_str().unwrap())]) == ["+OK"]
    }

    /// A secret for a new user, which may change itself or not.
    fn world(&self, user: &str, rights: &str) -> World {
        assert_eq!(self.ask(&[&format!("ACL SETUSER {user} on >first-{user} ~* {rights}")]), ["+OK"]);
        let authority = format!("sslrootcert={}", self.authority.display());
        World::of("redis", &self.login(user)).with(&[&authority])
    }

    fn login(&self, user: &str) -> Value {
        let password = format!("first-{user}");
        json!({"host": "localhost", "port": self.tls_port, "username": user, "password": password, "team": {"z": 1}})
    }
}

#[test]
fn a_user_keeps_its_previous_password_until_the_next_rotation() {
    let Some(server) = server() else { return };
    let world = server.world("own", "+@all");
    let first = world.staged("AWSCURRENT").unwrap();
    let second = world.rotate();
    assert!(second["team"] == first["team"] && server.accepts(&first) && server.accepts(&second));
    let third = world.rotate();
    assert!(!server.accepts(&first) && server.accepts(&second) && server.accepts(&third));
    let saved = std::fs::read_to_string(server.directory.join("users.acl")).unwrap();
    assert!(saved.contains("user own on"), "a restart keeps it");
    let world = world.with(&["old=remove"]);
    let fourth = world.rotate();
    assert!(!server.accepts(&third) && server.accepts(&fourth));
}

#[test]
fn an_administrator_rotates_a_user_with_few_rights() {
    let Some(server) = server() else { return };
    assert_eq!(server.ask(&["ACL SETUSER chief on >first-chief +@all"]), ["+OK"]);
    let world = server.world("few", "+get");
    assert!(world.fails().contains("NOPERM"));
    let world = world.with_admin(&server.login("chief"));
    assert!(server.accepts(&world.rotate()));
    let unknown = server.world("gone", "+get").with_admin(&server.login("chief"));
    assert_eq!(server.ask(&["ACL DELUSER gone"]), [":1"]);
    assert!(unknown.fails().contains("Redis has no user `"), "no user is created by a slip");
}

#[test]
fn runners_that_are_killed_lock_nobody_out() {
    let Some(server) = server() else { return };
    server.world("killed", "+@all").survives_kills(|login| server.accepts(login));
}

/// The first server has the new password when the second one cannot be reached; then the rotation is aborted.
#[test]
fn an_aborted_rotation_is_found_out() {
    let Some(server) = server() else { return };
    let nobody = format!("localhost:{}", start::free_port());
    let world = server.world("aborted", "+@all").with(&["old=remove", &format!("nodes={nobody}")]);
    assert!(world.fails().contains("Connection refused"));
    let pending = world.staged("AWSPENDING").unwrap();
    world.sandbox.ok(&["rotate", "abort", super::world::NAME, "--yes"]);
    assert!(server.accepts(&pending));
    // As if the service had only the aborted one.
    let only = format!("ACL SETUSER aborted resetpass >{}", pending["password"].as_str().unwrap());
    assert_eq!(server.ask(&[&only]), ["+OK"]);
    let world = world.with(&[&format!("nodes=localhost:{}", server.tls_port)]);
    assert!(server.accepts(&world.rotate()));
}

#[test]
fn a_server_that_is_not_trusted_gets_nothing() {
    let Some(server) = server() else { return };
    let world = server.world("untrusting", "+@all").with(&["sslrootcert="]);
    assert!(world.fails().contains("CERTIFICATE_VERIFY_FAILED"));
    assert!(server.accepts(&world.staged("AWSCURRENT").unwrap()));
    let world = world.with(&["tls=insecure"]);
    assert!(server.accepts(&world.rotate()));
}
