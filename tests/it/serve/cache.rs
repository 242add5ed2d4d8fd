//! The API of AWS's extension and agent: how many may use it, and which vault answers.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use super::fixture::{Server, read_all};
use crate::project::Sandbox;

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["ssm:*","secretsmanager:*"],"Resource":"*"}}"#;

/// A server with that API, and its token.
fn server(sandbox: &Sandbox, options: &[&str]) -> (Server, String) {
    let file = |name: &str| sandbox.project().join(name).display().to_string();
    let (policy, token) = (file("cache.json"), file("token"));
    std::fs::write(&policy, POLICY).unwrap();
    let options = [&["--cache-policy", &policy, "--cache-token-file", &token], options].concat();
    let server = Server::with(sandbox, &options);
    (server, std::fs::read_to_string(Path::new(&token)).unwrap())
}

/// A request on a connection that stays open.
fn get(server: &Server, path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", server.address)
}

#[test]
fn more_connections_than_allowed_are_refused_and_two_may_still_ask_for_health() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let (server, token) = server(&sandbox, &["--cache-max-connections", "1"]);
    let token = format!("X-Vault-Token: {token}\r\n");
    let value = get(&server, "/systemsmanager/parameters/get?name=/app/a", &token);
    let (ping, unknown) = (get(&server, "/ping", ""), get(&server, "/v1/x", "X-Forwarded-For: 10.0.0.1\r\n"));
    let mut first = server.connect();
    let mut ask = |request: &str| {
        first.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 12];
        std::io::Read::read_exact(&mut first, &mut answer).unwrap();
        first.set_read_timeout(Some(std::time::Duration::from_millis(100))).unwrap();
        let rest = read_all(&mut first);
        first.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        String::from_utf8_lossy(&answer).into_owned() + &rest
    };
    assert!(ask(&value).starts_with("HTTP/1.1 200"), "the first one is let in");
    // It is refused before anything else is looked at, and its connection ends.
    for request in [&value, &unknown] {
        let refused = server.raw(request.as_bytes()).to_lowercase();
        assert!(refused.starts_with("http/1.1 429") && refused.contains("\r\nconnection: close"), "{refused}");
        assert!(refused.ends_with("\r\n\r\nconnection limit exceeded"), "{refused}");
    }
    let close = |request: &str| request.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1);
    assert_eq!(server.answer(&close(&ping)), (200, "healthy".to_owned()));
    assert!(ask(&value).starts_with("HTTP/1.1 200"), "the first one stays");
    // Everybody else is not concerned.
    assert_eq!(server.answer(&close(&get(&server, "/healthz", ""))).0, 200);
    drop(first);
    let again = (0..50).map(|_| server.answer(&close(&value)).0).find(|status| *status == 200);
    assert_eq!(again, Some(200), "there is a place again");
}

#[test]
fn a_region_has_its_vault_and_the_token_its_region() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "here");
    let there = sandbox.project().join("there").display().to_string();
    let recovery = sandbox.home().join("r2.txt").display().to_string();
    sandbox.ok(&["init", "--no-input", "--vault", &there, "--recovery-file", &recovery]);
    assert_eq!(sandbox.feed(&["--vault", &there, "param", "put", "/app/a", "--stdin"], b"there").code, 0);
    let map = format!("eu-west-1={there}");
    for (options, value, region) in [
        (vec!["--map-region", &map, "--cache-region", "eu-west-1"], "there", "eu-west-1"),
        (vec!["--map-region", &map, "--cache-region", "ap-south-1"], "here", "ap-south-1"),
        (vec!["--map-region", &map, "--region", "us-west-2"], "here", "us-west-2"),
    ] {
        let (server, token) = server(&sandbox, &options);
        let path = "/systemsmanager/parameters/get?name=/app/a&withDecryption=true";
        let headers = format!("X-Aws-Parameters-Secrets-Token: {token}\r\nConnection: close\r\n");
        let (status, body) = server.answer(&get(&server, path, &headers));
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} {body}"));
        assert_eq!(body["Parameter"]["Value"], value, "{options:?}");
        assert!(body["Parameter"]["ARN"].as_str().unwrap().starts_with(&format!("arn:aws:ssm:{region}:")), "{body}");
    }
    let policy = sandbox.project().join("cache.json").display().to_string();
    let options = ["serve", "--listen", "127.0.0.1:0", "--region", "us-east-1", "--cache-region", "eu-west-1"];
    let none = sandbox.run(&[&options[..], &["--cache-policy", &policy]].concat());
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.stderr.contains("no vault is served for `eu-west-1`"), "{none:?}");
}
