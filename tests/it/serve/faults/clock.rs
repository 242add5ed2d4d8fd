//! A clock that jumps.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{GET, PUT, command, get, put};
use crate::project::{Sandbox, has};
use crate::serve::fixture::{Keys, Server};

const HOUR: i64 = 3600;

/// A clock of a server and of those that it starts.
pub(super) struct Clock {
    file: PathBuf,
    library: String,
}

impl Clock {
    /// `None` if no clock can be shifted here.
    pub(super) fn new(sandbox: &Sandbox) -> Option<Self> {
        if !has("faketime") {
            return None;
        }
        let library = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output().unwrap().stdout;
        let library = String::from_utf8(library).unwrap().trim().to_owned();
        let clock = Clock { file: sandbox.root().join("clock"), library };
        clock.shift(0);
        Some(clock)
    }

    /// Sets it to now and some seconds.
    pub(super) fn shift(&self, seconds: i64) {
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{seconds:+}\n")).unwrap();
        fs::rename(next, &self.file).unwrap();
    }

    pub(super) fn set<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }
}

fn at(seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
}

/// A server whose clock can be shifted, and a credential that may do everything.
fn start(sandbox: &Sandbox) -> Option<(Clock, Server, Keys)> {
    let clock = Clock::new(sandbox)?;
    let anything =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let keys = Server::credential(sandbox, "shop", &anything);
    let mut command = command(sandbox, &[]);
    clock.set(&mut command);
    Some((clock, Server::of(command), keys))
}

/// Calls as a client whose clock is shifted. Returns the body, which has the code of an error.
fn call(server: &Server, keys: &Keys, (target, body): (&str, &Value), shift: i64) -> Value {
    let (_, text) = server.answer(&server.request(keys, target, &body.to_string(), at(shift)));
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn signatures_versions_and_pages_follow_a_clock_that_jumps() {
    let sandbox = Sandbox::new();
    let Some((clock, server, keys)) = start(&sandbox) else { return };
    let call = |target: &str, body: Value, shift| call(&server, &keys, (target, &body), shift);
    for name in ["/app/a", "/app/b", "/app/c"] {
        call(PUT, put(name, "value"), 0);
    }
    let page = |token: &Value| json!({ "Path": "/app", "MaxResults": 1, "NextToken": token });
    let by_path = "AmazonSSM.GetParametersByPath";
    let token = call(by_path, json!({ "Path": "/app", "MaxResults": 1 }), 0)["NextToken"].clone();
    for (number, shift) in [HOUR, -HOUR, 0].into_iter().enumerate() {
        clock.shift(shift);
        if shift != 0 {
            assert_eq!(call(GET, get("/app/a"), 0)["__type"], "InvalidSignatureException", "{shift}");
        }
        assert_eq!(call(GET, get("/app/a"), shift)["Parameter"]["Value"], "value", "{shift}");
        assert_eq!(call(PUT, put("/app/d", "value"), shift)["Version"], number + 1);
        assert_eq!(call(by_path, page(&token), shift)["Parameters"][0]["Name"], "/app/b", "{shift}");
    }
    let all = call("AmazonSSM.GetParameterHistory", json!({ "Name": "/app/d" }), 0);
    let times: Vec<_> =
        all["Parameters"].as_array().unwrap().iter().map(|it| it["LastModifiedDate"].as_f64().unwrap()).collect();
    assert!(times[1] < times[2] && times[2] < times[0], "each says when it was written: {times:?}");
}

#[test]
fn sessions_and_deletions_end_by_the_clock() {
    let sandbox = Sandbox::new();
    let Some((clock, server, keys)) = start(&sandbox) else { return };
    let session = "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=1800";
    let (_, answer) = server.answer(&server.request(&keys, "", session, at(0)));
    let part = |name: &str| answer.split_once(&format!("<{name}>")).unwrap().1.split_once('<').unwrap().0.to_owned();
    let session = Keys { id: part("AccessKeyId"), secret: part("SecretAccessKey"), token: Some(part("SessionToken")) };
    let secret = |verb: &str, more: Value, shift| {
        let mut body = json!({ "SecretId": "db" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&server, &keys, (&*format!("secretsmanager.{verb}"), &body), shift)
    };
    let new = json!({ "Name": "db", "SecretString": "value", "ClientRequestToken": "a".repeat(32) });
    call(&server, &keys, ("secretsmanager.CreateSecret", &new), 0);
    secret("DeleteSecret", json!({ "RecoveryWindowInDays": 7 }), 0);
    let list = ("AmazonSSM.DescribeParameters", &json!({}));
    for (shift, code) in [(0, Value::Null), (HOUR, json!("ExpiredTokenException")), (-HOUR, Value::Null)] {
        clock.shift(shift);
        assert_eq!(call(&server, &session, list, shift)["__type"], code, "{shift}");
    }
    // Nothing is purged by itself, and a marked secret can be restored whatever the time is.
    for shift in [8 * 24 * HOUR, -HOUR] {
        clock.shift(shift);
        assert_eq!(secret("GetSecretValue", json!({}), shift)["__type"], "InvalidRequestException");
    }
    assert_eq!(secret("RestoreSecret", json!({}), -HOUR)["Name"], "db");
    assert_eq!(secret("GetSecretValue", json!({}), -HOUR)["SecretString"], "value");
}

#[test]
fn every_read_is_counted_when_the_clock_jumps() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let Some((clock, server, _)) = start(&sandbox) else { return };
    for shift in [0, HOUR, -HOUR] {
        clock.shift(shift);
        (0..20).for_each(|_| drop(server.ok(GET, &get("/app/a"))));
    }
    server.end();
    let log: Value = serde_json::from_str(&sandbox.ok(&["audit", "--json"])).unwrap();
    let opened = log.as_object().unwrap().values().find_map(Value::as_array).unwrap().iter();
    let opened = opened.filter(|it| it["command"] == "serve GetParameter" && it["action"] == "open");
    assert_eq!(opened.map(|it| it["times"].as_u64().unwrap_or(1)).sum::<u64>(), 60);
}
