//! What the server says about itself names nothing of the vault.

use std::fs;
use std::io::{BufRead, BufReader, Write, pipe};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::socket::{answers, path};
use super::{GET, PUT, command, get, other_writer, request, wait};
use crate::project::Sandbox;
use crate::serve::fixture::Server;

/// Part of every name and value.
const MARK: &str = "zq7x";

#[test]
fn no_name_and_no_value_is_in_log_and_metrics() {
    for form in ["text", "json"] {
        let sandbox = Sandbox::new();
        let log = sandbox.home().join("log");
        let (name, text) = (format!("/{MARK}/a"), format!("{MARK} value"));
        let nothing =
            json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } });
        let keys = Server::credential(&sandbox, MARK, &nothing);
        let server = Server::logged(command(&sandbox, &["--log", form]), &log);
        server.ok(PUT, &super::put(&name, &text));
        server.ok(GET, &get(&name));
        server.refused(GET, &get(&format!("/{MARK}/none")));
        server.refused(GET, &get(&format!("{MARK} {text}")));
        server.refused(PUT, &json!({ "Name": name, "Value": text, "Type": MARK }));
        server.refused(&format!("AmazonSSM.{MARK}"), &get(&name));
        server.refused(&format!("{MARK}.GetParameter"), &get(&name));
        assert_eq!(server.signed(&keys, GET, &get(&name)).1["__type"], "AccessDeniedException");
        let secret = json!({ "Name": MARK, "SecretString": text, "ClientRequestToken": format!("{MARK:a<32}") });
        server.ok("secretsmanager.CreateSecret", &secret);
        server.refused("secretsmanager.GetSecretValue", &json!({ "SecretId": MARK, "VersionStage": MARK }));
        let line = |first: &str| {
            format!("{first} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {MARK}\r\nConnection: close\r\n\r\n", server.address)
        };
        server.raw(line(&format!("GET /{MARK}?{MARK}={MARK}")).as_bytes());
        server.raw(line(&format!("GET /systemsmanager/parameters/get?name=/{MARK}/a")).as_bytes());
        let metrics = server.raw(line("GET /metrics").as_bytes());
        assert!(metrics.contains("# EOF") && !metrics.contains(MARK), "{metrics}");
        let read = || fs::read_to_string(&log).unwrap();
        wait("the lines of all requests", || read().lines().filter(|line| !line.starts_with("warning")).count() >= 13);
        assert!(!read().contains(MARK), "{}", read());
        let mut lines =
            read().lines().filter(|line| !line.starts_with("warning")).map(str::to_owned).collect::<Vec<_>>();
        let last = lines.pop().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&last).is_ok(), form == "json", "{last}");
    }
}

#[test]
fn a_request_whose_client_has_left_has_a_line_and_is_counted() {
    let sandbox = Sandbox::new();
    let log = sandbox.home().join("log");
    let server = Server::logged(command(&sandbox, &[]), &log);
    let held = other_writer(&sandbox);
    // Four of them have a turn, and what is begun is finished; the last one waits for its turn.
    let mut streams: Vec<_> = (0..5).map(|_| server.connect()).collect();
    for (number, stream) in streams.iter_mut().enumerate() {
        let put = request(&server, PUT, &super::put(&format!("/app/{number}"), "kept"));
        stream.write_all(put.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(100));
    }
    drop(streams);
    let lines = |end: &str| {
        let text = fs::read_to_string(&log).unwrap();
        text.lines().filter(|line| line.contains(end)).count()
    };
    wait("the line of the one that waited", || lines(" PutParameter 499 ClientClosedRequest ") == 1);
    drop(held);
    wait("the lines of those that were begun", || lines(" PutParameter 200 OK ") == 4);
    let line = format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address);
    let metrics = server.raw(line.as_bytes());
    assert!(metrics.contains("operation=\"PutParameter\",code=\"ClientClosedRequest\"} 1"), "{metrics}");
    assert!(metrics.contains("operation=\"PutParameter\",code=\"OK\"} 4"), "{metrics}");
}

#[test]
fn a_reader_of_stderr_that_is_stuck_holds_up_nothing() {
    let sandbox = Sandbox::new();
    let path = path(&sandbox);
    let (reader, mut writer) = pipe().unwrap();
    let mut command = sandbox.program();
    command.args(["serve", "--open", "--no-input", "--listen"]).arg(format!("unix:{}", path.display()));
    let mut child = command.stderr(writer.try_clone().unwrap()).spawn().unwrap();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    while !line.contains("has the rights of your identity") {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0);
    }
    let filling = thread::spawn(move || drop(writer.write_all(&vec![b'x'; 1 << 20])));
    thread::sleep(Duration::from_millis(100));
    let id = Pid::from_child(&child);
    kill_process(id, Signal::HUP).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert!((0..20).all(|_| answers(&path)));
    let began = Instant::now();
    kill_process(id, Signal::TERM).unwrap();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("it does not end");
        }
        thread::sleep(Duration::from_millis(20));
    }
    drop((command, reader));
    filling.join().unwrap();
}
