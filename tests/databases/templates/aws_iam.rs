//! `aws-iam` on a server of the AWS API (moto), which lets every key in: what counts is which keys a user has.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::world::{NAME, World};
use crate::project::has;
use crate::start;

struct Aws {
    endpoint: String,
    _keeper: Child,
}

fn launch() -> Option<Aws> {
    if !has("aws") || !has("moto_server") {
        return None;
    }
    let (directory, port) = (start::directory(), start::free_port());
    let keeper = start::serve_as_self(&directory, "TERM", &["moto_server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    start::wait_for(&directory, || TcpStream::connect(("127.0.0.1", port)));
    Some(Aws { endpoint: format!("http://127.0.0.1:{port}"), _keeper: keeper })
}

impl Aws {
    fn iam(&self, words: &[&str]) -> Value {
        let mut command = Command::new("aws");
        command.args(["--output", "json", "--endpoint-url", &self.endpoint, "iam"]).args(words).stdin(Stdio::null());
        command
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "eu-west-1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn create_key(&self) -> Value {
        self.iam(&["create-access-key", "--user-name", "app"])["AccessKey"].clone()
    }

    /// The ids of the user's keys, and whether each is active.
    fn keys(&self) -> Vec<(String, String)> {
        let listed = self.iam(&["list-access-keys", "--user-name", "app"]);
        let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
        let keys = listed["AccessKeyMetadata"].as_array().unwrap().iter();
        keys.map(|key| (text(key, "AccessKeyId"), text(key, "Status"))).collect()
    }

    fn has(&self, value: &Value, status: &str) -> bool {
        self.keys().contains(&(value["aws_access_key_id"].as_str().unwrap().to_owned(), status.to_owned()))
    }
}

#[test]
fn the_access_key_of_a_user_is_rotated() {
    let Some(aws) = launch() else { return };
    aws.iam(&["create-user", "--user-name", "app"]);
    let key = aws.create_key();
    let value = json!({"UserName": "app", "aws_access_key_id": key["AccessKeyId"],
                       "aws_secret_access_key": key["SecretAccessKey"], "region": "eu-west-1"});
    let world = World::of("aws-iam", &value).with(&[&format!("endpoint={}", aws.endpoint)]);
    let second = world.rotate();
    assert!(second["region"] == "eu-west-1" && aws.has(&value, "Active") && aws.has(&second, "Active"));
    let world = world.with(&["old=inactive"]);
    let third = world.rotate();
    assert!(aws.has(&second, "Inactive") && aws.has(&third, "Active") && aws.keys().len() == 2);

    // A run that was killed right after it had created a key.
    aws.iam(&[
        "delete-access-key",
        "--user-name",
        "app",
        "--access-key-id",
        second["aws_access_key_id"].as_str().unwrap(),
    ]);
    let orphan = aws.create_key();
    let fourth = world.rotate();
    let left = aws.keys();
    assert!(aws.has(&fourth, "Active") && !left.iter().any(|(id, _)| *id == orphan["AccessKeyId"]), "{left:?}");

    // A key that somebody else may use: an older one that the secret does not know.
    world.sandbox.ok(&["rotate", "cancel", NAME]);
    let other =
        json!({"UserName": "app", "AccessKeyId": fourth["aws_access_key_id"], "SecretAccessKey": "not-the-secret"});
    let world = World::of("aws-iam", &other).with(&[&format!("endpoint={}", aws.endpoint)]);
    let refused = world.fails();
    assert!(refused.contains("has a second key") && aws.keys() == left, "{refused}");
}
