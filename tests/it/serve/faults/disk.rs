//! Disks that are full, directories that are locked, documents that are damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use super::{GET, PUT, ask, command, get, is_root, left_out, put, request, value, wait};
use crate::project::Sandbox;
use crate::serve::fixture::Server;

/// Serves a new vault, with everything that the machine remembers of it, in a small file system of its own. A line on stdin makes room.
const SMALL: &str = r#"
mount -t tmpfs -o size=1536k,mode=700 tmpfs "$1" && cd "$1" && mkdir -p home project/.git && export HOME="$1/home" TMPDIR="$1"
echo 'ref: refs/heads/main' > project/.git/HEAD && cd project
"$2" init --no-input --plaintext-identity --recovery-file ../home/recovery.txt >&2 && head -c 200000 /dev/zero > ../ballast
exec 3<&0; { read -r line; rm ../ballast; } <&3 &
exec 3<&-; exec "$2" serve --open --no-input --listen 127.0.0.1:0
"#;

#[test]
fn a_full_disk_refuses_writes_and_tears_nothing() {
    let is_possible = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !is_possible.is_ok_and(|it| it.status.success()) {
        return left_out("a full disk, which needs a file system in a namespace of its own");
    }
    let sandbox = Sandbox::empty();
    let mut small = sandbox.command("unshare");
    small.args(["-rm", "sh", "-c", SMALL, "sh"]).arg(sandbox.root().join("tmp")).arg(env!("CARGO_BIN_EXE_vault"));
    let server = Server::of({
        small.stdin(Stdio::piped());
        small
    });
    let text = "x".repeat(3000);
    let mut stream = server.connect();
    let mut write = |name: &str| ask(&mut stream, &request(&server, PUT, &put(name, &text))).unwrap();
    let full =
        (0..400).find_map(|number| Some(number).zip(Some(write(&format!("/app/{number}"))).filter(|it| it.0 != 200)));
    let (count, (status, answer)) = full.expect("a full disk");
    assert_eq!((status, &answer["__type"]), (500, &json!("InternalServerError")), "{answer}");
    assert!(count > 4 && answer["Message"].as_str().unwrap().contains("no space left"), "{count}: {answer}");
    let secret = json!({ "Name": "db", "SecretString": text, "ClientRequestToken": "a".repeat(32) });
    assert_eq!(server.refused("secretsmanager.CreateSecret", &secret), "InternalServiceError");
    // What is there is read, also what was not in memory.
    let page = server.ok("AmazonSSM.GetParametersByPath", &json!({ "Path": "/app", "WithDecryption": true }));
    assert!(page["Parameters"].as_array().unwrap().iter().all(|it| it["Value"] == text.as_str()));
    server.tell("room");
    wait("room", || write("/app/new").0 == 200);
    server.ok("secretsmanager.CreateSecret", &secret);
    for number in 0..count {
        assert_eq!(value(&server, &format!("/app/{number}")), text.as_str(), "{number}");
    }
    assert_eq!(server.refused(GET, &get(&format!("/app/{count}"))), "ParameterNotFound");
}

#[test]
fn a_damaged_document_is_an_error_of_its_own_until_it_is_whole_again() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    sandbox.put("/other", "value");
    let server = Server::start(&sandbox);
    let whole = sandbox.read("params/app/a.yaml");
    let all = json!({ "Path": "/", "Recursive": true });
    for damaged in [&whole[..whole.len() / 2], "", &whole.replacen("rev: 1\n", "rev: 7\n", 1)] {
        assert_ne!(damaged, whole);
        sandbox.write("params/app/a.yaml", damaged);
        assert_eq!(server.refused(GET, &get("/app/a")), "InternalServerError", "{damaged}");
        assert_eq!(server.refused(PUT, &put("/app/a", "new")), "InternalServerError", "{damaged}");
        assert_eq!(server.refused("AmazonSSM.GetParametersByPath", &all), "InternalServerError", "{damaged}");
        assert_eq!(value(&server, "/other"), "value");
        assert_eq!(sandbox.read("params/app/a.yaml"), damaged);
    }
    sandbox.write("params/app/a.yaml", &whole);
    assert_eq!(value(&server, "/app/a"), "value");
}

/// A server of a user whom directories can be closed to; `None` if there is none.
fn of_a_user(sandbox: &Sandbox) -> Option<Server> {
    if !is_root() {
        return Some(Server::start(sandbox));
    }
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_vault")];
    let can_run = Command::new("setpriv").args(user).arg("--version").output();
    if !can_run.is_ok_and(|it| it.status.success()) {
        left_out("a server of another user, who cannot run the program");
        return None;
    }
    assert!(Command::new("chown").args(["-R", "65534:65534"]).arg(sandbox.root()).status().unwrap().success());
    let mut server = sandbox.command("setpriv");
    server.args(user).args(command(sandbox, &[]).get_args());
    Some(Server::of(server))
}

#[test]
fn a_directory_that_is_closed_is_an_error_until_it_is_open_again() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let Some(server) = of_a_user(&sandbox) else { return };
    let allow = |directory: &PathBuf, mode| fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
    for (directory, health) in [("", "503"), ("trust", "503"), ("params", "200")] {
        let directory = sandbox.vault().join(directory);
        allow(&directory, 0);
        let read = server.refused(GET, &get("/app/a"));
        let written = server.refused(PUT, &put("/app/b", "new"));
        let health_now = server
            .raw(format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address).as_bytes());
        allow(&directory, 0o755);
        assert_eq!((&*read, &*written), ("InternalServerError", "InternalServerError"), "{directory:?}");
        assert_eq!(&health_now[9..12], health, "{directory:?}");
        assert_eq!(value(&server, "/app/a"), "value", "{directory:?}");
    }
    server.ok(PUT, &put("/app/b", "new"));
}
