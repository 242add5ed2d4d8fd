//! Holders of a credential who reach for more than its policy allows, and clients who write into logs.

use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::fixture::{Keys, Server};
use crate::project::Sandbox;

const GET: &str = "AmazonSSM.GetParameter";
const PUT: &str = "AmazonSSM.PutParameter";
const GET_SECRET: &str = "secretsmanager.GetSecretValue";
const CREATE: &str = "secretsmanager.CreateSecret";

/// A policy of an allowance for everything and what limits it.
fn all_but(denied: &Value) -> Value {
    let allowed = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [allowed, denied] })
}

fn deny(actions: &Value, condition: &Value) -> Value {
    json!({ "Effect": "Deny", "Action": actions, "Resource": "*", "Condition": condition })
}

fn code((status, answer): &(u16, Value)) -> String {
    if *status == 200 { String::new() } else { answer["__type"].as_str().unwrap_or("?").to_owned() }
}

/// A vault with a secret that has a tag.
fn tagged() -> Sandbox {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.feed(&["secret", "create", "prod/db", "--stdin", "--tag", "env=prod"], b"one").code, 0);
    assert_eq!(sandbox.feed(&["secret", "put", "prod/db", "--stdin"], b"two").code, 0);
    sandbox
}

#[test]
fn a_secret_is_denied_by_way_of_parameter_store_too() {
    let sandbox = tagged();
    let equals = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let by_tag = deny(&json!("secretsmanager:GetSecretValue"), &equals("secretsmanager:ResourceTag/env", "prod"));
    let by_stage = deny(&json!("secretsmanager:GetSecretValue"), &equals("secretsmanager:VersionStage", "AWSPREVIOUS"));
    let by_tag = Server::credential(&sandbox, "tag", &all_but(&by_tag));
    let by_stage = Server::credential(&sandbox, "stage", &all_but(&by_stage));
    let server = Server::with(&sandbox, &[]);
    let secret = |keys: &Keys, stage: &str| {
        code(&server.signed(keys, GET_SECRET, &json!({ "SecretId": "prod/db", "VersionStage": stage })))
    };
    let reference = |keys: &Keys, stage: &str| {
        let name = format!("/aws/reference/secretsmanager/prod/db:{stage}");
        code(&server.signed(keys, GET, &json!({ "Name": name, "WithDecryption": true })))
    };
    for (keys, stage, expected) in [
        (&by_tag, "AWSCURRENT", "AccessDeniedException"),
        (&by_stage, "AWSPREVIOUS", "AccessDeniedException"),
        (&by_stage, "AWSCURRENT", ""),
    ] {
        assert_eq!(
            (secret(keys, stage), reference(keys, stage)),
            (expected.to_owned(), expected.to_owned()),
            "{stage}"
        );
    }
}

#[test]
fn tags_and_copies_at_creation_take_rights_of_their_own() {
    let sandbox = Sandbox::new();
    let more = ["secretsmanager:TagResource", "ssm:AddTagsToResource", "secretsmanager:ReplicateSecretToRegions"];
    let keys = Server::credential(&sandbox, "plain", &all_but(&deny(&json!(more), &json!({}))));
    let dev = all_but(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestTag/Env": "dev" } } }));
    let dev = Server::credential(&sandbox, "dev", &dev);
    let server = Server::with(&sandbox, &[]);
    let token = "00000000-0000-0000-0000-000000000000";
    let secret = |keys: &Keys, more: Value| {
        let mut body = json!({ "Name": "shop/db", "SecretString": "x", "ClientRequestToken": token });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        code(&server.signed(keys, CREATE, &body))
    };
    let parameter = |keys: &Keys, tags: Value| {
        code(&server.signed(keys, PUT, &json!({ "Name": "/shop/db", "Type": "String", "Value": "x", "Tags": tags })))
    };
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let one = json!([tag("Env", "dev")]);
    let denied = "AccessDeniedException";
    assert_eq!(secret(&keys, json!({ "Tags": one })), denied);
    assert_eq!(secret(&keys, json!({ "AddReplicaRegions": [{ "Region": "eu-west-1" }] })), denied);
    assert_eq!(parameter(&keys, one.clone()), denied);
    // A tag whose key differs in case does not stand for the one of the condition.
    let both = json!([tag("Env", "prod"), tag("env", "dev")]);
    assert_eq!(secret(&dev, json!({ "Tags": both })), denied);
    assert_eq!(parameter(&dev, both), denied);
    assert_eq!((secret(&keys, json!({})), parameter(&keys, json!([]))), (String::new(), String::new()));
}

#[test]
fn a_session_token_that_was_seen_opens_nothing_without_the_keys() {
    let sandbox = tagged();
    let keys = Server::credential(&sandbox, "all", &all_but(&deny(&json!("x:y"), &json!({}))));
    let server = Server::with(&sandbox, &[]);
    let (_, answer) =
        server.answer(&server.request(&keys, "", "Action=GetSessionToken&Version=2011-06-15", SystemTime::now()));
    let token = answer.split_once("<SessionToken>").unwrap().1.split_once('<').unwrap().0;
    for header in ["X-Vault-Token", "X-Aws-Parameters-Secrets-Token"] {
        let request = format!(
            "GET /v1/prod/db HTTP/1.1\r\nHost: {}\r\n{header}: {token}\r\nConnection: close\r\n\r\n",
            server.address
        );
        assert_eq!(server.answer(&request), (403, "Bad Token".to_owned()), "{header}");
    }
}

#[test]
fn a_denial_does_not_say_whether_there_is_such_a_secret() {
    let sandbox = tagged();
    let nothing = json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/aws/*" } });
    let keys = Server::credential(&sandbox, "nothing", &nothing);
    let server = Server::with(&sandbox, &[]);
    for (target, body) in [
        (GET_SECRET, json!({ "SecretId": "prod/NAME" })),
        (GET_SECRET, json!({ "SecretId": "arn:aws:secretsmanager:us-east-1:1:secret:prod/NAME" })),
        ("secretsmanager.DescribeSecret", json!({ "SecretId": "prod/NAME" })),
        ("secretsmanager.DeleteSecret", json!({ "SecretId": "prod/NAME" })),
        (CREATE, json!({ "Name": "prod/NAME", "SecretString": "x", "ClientRequestToken": "0".repeat(32) })),
        (GET, json!({ "Name": "/aws/reference/secretsmanager/prod/NAME", "WithDecryption": true })),
        (PUT, json!({ "Name": "/prod/NAME", "Value": "x" })),
    ] {
        let ask = |name: &str| {
            let body = serde_json::from_str(&body.to_string().replace("NAME", name)).unwrap();
            let answer = server.signed(&keys, target, &body);
            assert_eq!(code(&answer), "AccessDeniedException", "{target}");
            answer.1.to_string().replace(&format!("prod/{name}"), "prod/NAME")
        };
        assert_eq!(ask("db"), ask("none"), "{target}");
    }
}

#[test]
fn what_a_client_writes_makes_no_line_of_a_log() {
    let sandbox = tagged();
    let nothing = json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/none" } });
    let keys = Server::credential(&sandbox, "nothing", &nothing);
    let log = sandbox.project().join("log");
    let mut command = sandbox.program();
    command.args(["serve", "--listen", "127.0.0.1:0", "--no-input"]);
    let server = Server::logged(command, &log);
    let forged = "arn:aws\n2026-01-01 forged\u{1b}[2J\u{202e}:secretsmanager:us-east-1:1:secret:x";
    assert_eq!(code(&server.signed(&keys, GET_SECRET, &json!({ "SecretId": forged }))), "AccessDeniedException");
    let request = server.request(&keys, GET, "{\"Name\":\"/none\"}", SystemTime::now());
    let named = |agent: &str| request.replacen("content-type:", &format!("User-Agent: {agent}\r\ncontent-type:"), 1);
    for (what, request) in [
        ("the name of a program", named("forged\u{1b}[2J")),
        ("an access key id", request.replacen(&keys.id, "AKIA\u{1b}forged", 1)),
        ("a region", request.replacen("us-east-1", "us\tforged", 1)),
    ] {
        let answer = server.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400"), "{what}: {answer}");
    }
    let end = Instant::now() + Duration::from_secs(5);
    let lines = loop {
        let lines = std::fs::read_to_string(&log).unwrap();
        if lines.lines().count() >= 3 || Instant::now() > end {
            break lines;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(!lines.contains("forged") && !lines.contains('\u{1b}'), "{lines}");
    let uses = sandbox.ok(&["audit"]);
    assert!(uses.contains("\\n2026-01-01 forged\\u{1b}[2J\\u{202e}:secretsmanager"), "{uses}");
    assert!(!uses.contains('\u{1b}') && !uses.contains('\u{202e}'), "{uses}");
}

#[test]
fn what_was_served_is_nowhere_in_memory_once_it_is_replaced() {
    if !crate::memory::may_look() {
        return crate::tools::skip("the memory of another process");
    }
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let marks = ["3qX-served-first-Zk8Wv5Rm2Tp7Yb4Nc", "6hJ-served-second-Fd9Ls1Gx4Qw8Ae3U"];
    // With escapes, and larger than the buffers that a connection begins with.
    let value = |mark: &str| format!("{}\n{mark}\n{}", "x".repeat(30_000), "y".repeat(5000));
    for mark in marks {
        let token = format!("{:0>32}", mark.len());
        let (target, id) =
            if mark == marks[0] { (CREATE, "Name") } else { ("secretsmanager.PutSecretValue", "SecretId") };
        let mut body = json!({ "SecretString": value(mark), "ClientRequestToken": format!("{token}{}", &mark[..3]) });
        body[id] = json!("shop/db");
        server.ok(target, &body);
        assert_eq!(server.ok(GET_SECRET, &json!({ "SecretId": "shop/db" }))["SecretString"], value(mark));
    }
    let secrets = vec![("first", marks[0].into()), ("second", marks[1].into())];
    let found = crate::memory::scan(server.id(), &secrets);
    assert_eq!(found.get("first"), None, "{found:?}");
    assert_eq!(found.get("second"), Some(&1), "it is kept for the next call: {found:?}");
}
