//! `--tick`: what is due is done while the server goes on.

use std::fs;

use serde_json::json;

use super::clock::Clock;
use super::{GET, command, get, value, wait};
use crate::project::Sandbox;
use crate::serve::fixture::Server;

const LATER: i64 = 40 * 24 * 3600;

/// A vault with a secret whose rotation is due later.
fn due() -> Option<(Sandbox, Clock)> {
    let sandbox = Sandbox::new();
    let clock = Clock::new(&sandbox)?;
    assert_eq!(sandbox.feed(&["secret", "create", "db", "--stdin"], b"first").code, 0);
    sandbox.ok(&["rotate", "configure", "db", "--strategy", "random", "--every", "30d"]);
    sandbox.put("/app/a", "value");
    clock.shift(LATER);
    Some((sandbox, clock))
}

fn current(server: &Server) -> serde_json::Value {
    server.ok("secretsmanager.GetSecretValue", &json!({ "SecretId": "db" }))["SecretString"].clone()
}

#[test]
fn two_servers_rotate_once_what_is_due() {
    let Some((sandbox, clock)) = due() else { return };
    let servers = [0, 1].map(|_| {
        let mut command = command(&sandbox, &["--tick"]);
        clock.set(&mut command);
        Server::of(command)
    });
    wait("a rotation", || current(&servers[0]) != "first");
    let new = current(&servers[0]);
    // Whoever comes second finds that nothing is due.
    let mut tick = sandbox.program();
    assert!(clock.set(tick.args(["tick", "--quiet"])).output().unwrap().status.success());
    assert!(servers.iter().all(|server| current(server) == new));
    let all =
        servers[1].ok("secretsmanager.ListSecretVersionIds", &json!({ "SecretId": "db", "IncludeDeprecated": true }));
    assert_eq!(all["Versions"].as_array().unwrap().len(), 2, "{all}");
}

#[test]
fn a_run_has_the_identity_that_the_environment_of_the_server_had() {
    let Some((sandbox, clock)) = due() else { return };
    let identity = fs::read_to_string(sandbox.identity_file()).unwrap();
    fs::remove_file(sandbox.identity_file()).unwrap();
    let mut command = command(&sandbox, &["--tick"]);
    let server = Server::of({
        clock.set(command.env("VLT_IDENTITY", identity));
        command
    });
    wait("a rotation", || current(&server) != "first");
}

#[test]
fn a_run_has_the_passphrase_that_the_environment_of_the_server_had() {
    for name in ["VLT_IDENTITY_FILE", "VLT_IDENTITY"] {
        let Some((sandbox, clock)) = due() else { return };
        let (passphrase, copy) = (("VLT_PASSPHRASE", "correct horse"), sandbox.home().join("copy.age"));
        let exported = sandbox.run_with(&["identity", "export", "--out", copy.to_str().unwrap()], &[passphrase]);
        assert_eq!(exported.code, 0, "{exported:?}");
        fs::remove_file(sandbox.identity_file()).unwrap();
        let text = fs::read_to_string(&copy).unwrap();
        let identity = if name == "VLT_IDENTITY" { &text } else { copy.to_str().unwrap() };
        let mut command = command(&sandbox, &["--tick"]);
        let server = Server::of({
            clock.set(command.env(name, identity).env(passphrase.0, passphrase.1));
            command
        });
        wait("a rotation", || current(&server) != "first");
    }
}

#[test]
fn a_run_that_fails_is_reported_and_the_server_goes_on() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    sandbox.put("/app/b", "value");
    sandbox.write("params/app/b.yaml", "junk");
    let log = sandbox.home().join("log");
    let server = Server::logged(command(&sandbox, &["--tick"]), &log);
    wait("a warning", || fs::read_to_string(&log).unwrap().contains("warning: `vault tick` failed\n"));
    assert_eq!(value(&server, "/app/a"), "value");
    assert_eq!(server.refused(GET, &get("/app/b")), "InternalServerError");
}
