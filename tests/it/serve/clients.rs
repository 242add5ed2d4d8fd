//! Clients of others, unchanged: the SDK for JavaScript, Powertools, middy, the caching client of Secrets Manager.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fixture::{Server, python};
use crate::project::Sandbox;
use crate::tools::has;

fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a program says, which finds the server in its environment.
fn said(server: &Server, sandbox: &Sandbox, program: &str, arguments: &[&Path]) -> Value {
    let mut command = sandbox.command(program);
    let output = server.environment(&mut command).env("AWS_REGION", server.region).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_sdk_for_javascript_powertools_and_middy_find_what_they_expect() {
    let modules = package("target/test-tools/javascript/node_modules");
    // `tests/run` says so if npm's registry could not be reached.
    if !modules.is_dir() || !has("node") {
        return;
    }
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    // Modules are found from where the script is.
    let script = modules.with_file_name(format!("{}.mjs", std::process::id()));
    std::fs::copy(package("tests/it/serve/clients/javascript.mjs"), &script).unwrap();
    let seen = said(&server, &sandbox, "node", &[&script]);
    std::fs::remove_file(script).unwrap();
    let all = json!({ "url": "of url", "hosts": "of hosts", "password": "of password" });
    let expected = json!({
        "one": ["of password", ":1", true],
        "pages": [2, 1],
        "missing": ["ParameterNotFound", 400, 1],
        "before": [r#"{"password":"first"}"#, ["AWSPREVIOUS"], true],
        "bytes": [0, 255, 1],
        "none": ["ResourceNotFoundException", "Secrets Manager can't find the specified secret."],
        "powertools": ["of password", all, { "password": "second" }],
        "middy": ["of password", { "password": "second" }],
    });
    assert_eq!(seen, expected);
}

#[test]
fn the_caching_client_and_powertools_for_python_find_what_they_expect() {
    let Some(python) = python() else { return };
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let script = package("tests/it/serve/clients/python.py");
    let seen = said(&server, &sandbox, &python.to_string_lossy(), &[&script]);
    let (first, second) = (r#"{"password":"first"}"#, r#"{"password":"second"}"#);
    let expected = json!({
        "cached": [first, second, first],
        "powertools": ["value 3", 12, { "password": "second" }],
        "pages": [5, 5, 2],
    });
    assert_eq!(seen, expected);
}
