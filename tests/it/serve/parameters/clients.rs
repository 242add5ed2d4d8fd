//! boto3 and the AWS CLI.

use serde_json::{Value, json};

use super::Store;
use crate::tools::has;

#[test]
fn boto3_pages_and_raises_its_own_exceptions() {
    let store = Store::new();
    let Some(output) = store.server.python(&store.sandbox, include_str!("boto3.py")) else { return };
    let values = |range: std::ops::Range<u32>| range.map(|number| number.to_string()).collect::<Vec<_>>();
    let expected = json!({
        "by path": [values(0..10), values(10..12)],
        "described": [5, 5, 2],
        "history": [1, 2],
        "dates": true,
        "errors": [
            ["ParameterNotFound", 400, ""],
            ["ParameterVersionNotFound", 400, "Systems Manager could not find"],
            ["ParameterAlreadyExists", 400, "The parameter already exists. "],
            ["ParameterNotFound", 400, ""],
            ["InvalidResourceId", 400, ""],
            ["InvalidNextToken", 400, ""],
        ],
        "year": true,
    });
    assert_eq!(serde_json::from_str::<Value>(&output).unwrap(), expected);
}

#[test]
fn the_aws_cli_follows_pages() {
    if !has("aws") {
        return;
    }
    let store = Store::new();
    for number in 0..11 {
        store.put(&format!("/app/p{number:02}"), "v");
    }
    let mut command = store.sandbox.command("aws");
    let arguments = ["ssm", "get-parameters-by-path", "--path", "/app", "--recursive", "--query", "length(Parameters)"];
    let output = store.server.environment(&mut command).args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "11\n", "{}", String::from_utf8_lossy(&output.stderr));
}
