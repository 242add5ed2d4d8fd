//! One call, without a client and with one.

use serde_json::json;

use super::fixture::Server;
use crate::project::Sandbox;

#[test]
fn a_parameter_is_read() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/db/password", "s3cret");
    let server = Server::start(&sandbox);
    let answer = server.ok("AmazonSSM.GetParameter", &json!({ "Name": "/app/db/password", "WithDecryption": true }));
    assert_eq!(answer["Parameter"]["Value"], "s3cret");
    assert_eq!(server.refused("AmazonSSM.GetParameter", &json!({ "Name": "/app/none" })), "ParameterNotFound");
    let script = "import boto3; print(boto3.client('ssm').get_parameter(Name='/app/db/password', WithDecryption=True)['Parameter']['Value'])";
    if let Some(output) = server.python(&sandbox, script) {
        assert_eq!(output, "s3cret\n");
    }
}
