//! No more files can be open.

use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, prlimit};

use super::{GET, PUT, ask, command, get, pid, put, request, value};
use crate::project::{Sandbox, has};
use crate::serve::fixture::Server;

fn limited(sandbox: &Sandbox) -> Server {
    let mut limited = sandbox.command("prlimit");
    limited.args(["--nofile=64:64", env!("CARGO_BIN_EXE_vault")]);
    limited.args(command(sandbox, &[]).get_args());
    Server::of(limited)
}

fn limit(server: &Server, files: u64) {
    prlimit(Some(pid(server)), Resource::Nofile, Rlimit { current: Some(files), maximum: Some(64) }).unwrap();
}

#[test]
fn connections_leave_files_for_their_requests() {
    if !has("prlimit") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = limited(&sandbox);
    let mut held: Vec<TcpStream> = (0..100).map(|_| server.connect()).collect();
    let (written, read) = (request(&server, PUT, &put("/app/b", "new")), request(&server, GET, &get("/app/a")));
    assert_eq!(ask(&mut held[0], &written).unwrap().0, 200);
    assert_eq!(ask(&mut held[1], &read).unwrap().0, 200);
    drop(held);
    assert_eq!(value(&server, "/app/b"), "new");
}

#[test]
fn what_needs_a_file_fails_while_there_is_none_and_connections_wait() {
    if !has("prlimit") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = limited(&sandbox);
    let mut early = server.connect();
    let healthy = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    assert_eq!(ask(&mut early, &healthy).unwrap().0, 200);
    limit(&server, 3);
    for (target, body, code) in [
        (GET, get("/app/a"), "InternalServerError"),
        (PUT, put("/app/b", "new"), "InternalServerError"),
        ("secretsmanager.GetSecretValue", serde_json::json!({ "SecretId": "db" }), "InternalServiceError"),
    ] {
        let (status, answer) = ask(&mut early, &request(&server, target, &body)).unwrap();
        assert_eq!((status, &answer["__type"]), (500, &code.into()), "{answer}");
    }
    assert_eq!(ask(&mut early, &healthy).unwrap().0, 503);
    let mut late = server.connect();
    late.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
    assert_eq!(ask(&mut late, &request(&server, GET, &get("/app/a"))), None);
    limit(&server, 64);
    late.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    assert_eq!(super::answer(&mut late).unwrap().1["Parameter"]["Value"], "value");
    assert_eq!(server.refused(GET, &get("/app/b")), "ParameterNotFound");
    assert_eq!(ask(&mut early, &healthy).unwrap().0, 200);
}
