//! Secrets Manager: what boto3 and the caching client see, and what is on the wire.

use serde_json::{Value, json};

use super::fixture::{Server, python};
use crate::project::Sandbox;

const TOKEN: &str = "00000000-0000-4000-8000-000000000001";

/// Runs a script with boto3, on a vault of its own.
fn passes(script: &str) {
    let sandbox = Sandbox::new();
    passes_on(&sandbox, &Server::start(&sandbox), script);
}

/// Runs a script with boto3.
fn passes_on(sandbox: &Sandbox, server: &Server, script: &str) {
    let Some(python) = python() else { return };
    let script = include_str!("secretsmanager/prelude.py").to_owned() + script;
    let mut command = sandbox.command(&python);
    let output = server.environment(&mut command).args(["-c", &script]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&output.stdout), "done\n", "{}", text(&output.stderr));
}

#[test]
fn each_error_has_the_code_the_text_and_the_status_of_aws() {
    passes(include_str!("secretsmanager/errors.py"));
}

#[test]
fn stages_move_as_they_were_recorded() {
    passes(include_str!("secretsmanager/stages.py"));
}

#[test]
fn answers_are_those_of_aws() {
    passes(include_str!("secretsmanager/behaviour.py"));
}

#[test]
fn regions_with_a_vault_have_copies() {
    let sandbox = Sandbox::new();
    let recovery = sandbox.home().join("recovery2.txt");
    std::fs::create_dir(sandbox.root().join("other")).unwrap();
    sandbox.ok(&["init", "--no-input", "--recovery-file", recovery.to_str().unwrap(), "../other"]);
    let other = sandbox.root().join("other/.vault");
    let map = format!("eu-west-1={}", other.display());
    let server = Server::with(&sandbox, &["--open", "--map-region", &map, "--account", "123456789012"]);
    passes_on(&sandbox, &server, include_str!("secretsmanager/replicas.py"));
    // A credential needs the operation, for the regions that its policy names.
    let statement = json!({
        "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*",
        "Condition": { "ForAllValues:StringEquals": { "secretsmanager:AddReplicaRegions": "eu-west-1" } },
    });
    let keys = Server::credential(&sandbox, "copier", &json!({ "Version": "2012-10-17", "Statement": [statement] }));
    let create = |name: &str, region: &str| {
        let regions = json!([{ "Region": region }]);
        let body =
            json!({ "Name": name, "SecretString": "x", "ClientRequestToken": TOKEN, "AddReplicaRegions": regions });
        server.signed(&keys, "secretsmanager.CreateSecret", &body)
    };
    let (status, created) = create("r/signed", "eu-west-1");
    assert_eq!((status, &created["ReplicationStatus"][0]["Status"]), (200, &json!("InSync")), "{created}");
    assert_eq!(created["ReplicationStatus"][0].as_object().unwrap().len(), 4, "no members of our own");
    assert_eq!(create("r/refused", "eu-west-2").1["__type"], "AccessDeniedException");
    // The last secret of the script: where its copy is, the command line knows from then on.
    if sandbox.run(&["secret", "get", "r/last"]).code == 0 {
        let put = sandbox.feed(&["secret", "put", "r/last", "--stdin"], b"typed");
        assert_eq!((put.code, put.stderr.contains("not copied")), (0, false), "{put:?}");
        let there = ["--vault", other.to_str().unwrap(), "secret", "get", "r/last"];
        assert_eq!(sandbox.ok(&there), "typed");
    }
}

#[test]
fn the_wire_has_the_members_of_aws_and_no_others() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let call = |operation: &str, body: Value| server.call(&format!("secretsmanager.{operation}"), &body);
    let created = call("CreateSecret", json!({ "Name": "a", "SecretBinary": "AAE=", "ClientRequestToken": TOKEN })).1;
    let arn = created["ARN"].as_str().unwrap();
    assert_eq!(created, json!({ "ARN": arn, "Name": "a", "VersionId": TOKEN }));
    let (status, mut read) = call("GetSecretValue", json!({ "SecretId": "a", "VersionStage": null, "Unknown": 1 }));
    assert!(read["CreatedDate"].take().is_number());
    let expected = json!({
        "ARN": arn, "Name": "a", "VersionId": TOKEN, "SecretBinary": "AAE=", "VersionStages": ["AWSCURRENT"], "CreatedDate": null,
    });
    assert_eq!((status, read), (200, expected));
    let missing = json!({
        "__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret.",
    });
    assert_eq!(call("GetSecretValue", json!({ "SecretId": "b" })), (400, missing));
    assert_eq!(call("ListSecrets", json!({ "MaxResults": 1.0 })).1.as_object().unwrap().len(), 1, "no NextToken");
    let tags = json!({ "SecretId": "a", "Tags": [{ "Key": "k", "Value": "v" }] });
    assert_eq!(call("TagResource", tags), (200, Value::Null), "no body at all");
    assert_eq!(call("UntagResource", json!({ "SecretId": "a", "TagKeys": ["k"] })), (200, Value::Null));
    let short = call("DescribeSecret", json!({ "SecretId": "" })).1;
    assert!(short["message"].is_string() && short.get("Message").is_none(), "no error of the service's own: {short}");
    let broken = call("PutSecretValue", json!({ "SecretId": "a", "SecretBinary": "%", "ClientRequestToken": TOKEN }));
    assert_eq!((broken.0, &broken.1["__type"]), (400, &json!("SerializationException")));
    let secret = "a value that is nobody's business".repeat(2_000);
    let (_, refused) =
        call("PutSecretValue", json!({ "SecretId": "a", "SecretString": secret, "ClientRequestToken": TOKEN }));
    assert!(refused["__type"] == "ValidationException" && !refused.to_string().contains("business"), "{refused:.300}");
}

#[test]
fn a_key_that_is_disabled_neither_opens_nor_seals() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let call = |operation: &str, body: Value| server.call(&format!("secretsmanager.{operation}"), &body);
    call("CreateSecret", json!({ "Name": "a", "SecretString": "s3cret", "ClientRequestToken": TOKEN }));
    assert_eq!(call("GetSecretValue", json!({ "SecretId": "a" })).0, 200);
    sandbox.ok(&["key", "disable", "default"]);
    let text = "Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
    let refused = json!({ "__type": "DecryptionFailure", "Message": text });
    assert_eq!(call("GetSecretValue", json!({ "SecretId": "a" })), (400, refused), "also if it was read before");
    let (_, batch) = call("BatchGetSecretValue", json!({ "SecretIdList": ["a"] }));
    assert_eq!(batch["Errors"], json!([{ "SecretId": "a", "ErrorCode": "DecryptionFailure", "Message": text }]));
    let (_, put) = call(
        "PutSecretValue",
        json!({ "SecretId": "a", "SecretString": "b", "ClientRequestToken": TOKEN.replace('1', "2") }),
    );
    assert_eq!(put["__type"], "EncryptionFailure");
}

#[test]
fn a_key_of_the_vault_is_shown_as_an_alias() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["key", "create", "prod", "--scope", "secret:prod"]);
    let server = Server::start(&sandbox);
    let call = |operation: &str, body: Value| server.call(&format!("secretsmanager.{operation}"), &body);
    let create = |name: &str, key: &str| {
        let body = json!({ "Name": name, "SecretString": "x", "ClientRequestToken": TOKEN, "KmsKeyId": key });
        call("CreateSecret", body)
    };
    assert_eq!(create("prod/db", "alias/prod").0, 200);
    assert_eq!(call("DescribeSecret", json!({ "SecretId": "prod/db" })).1["KmsKeyId"], "alias/prod");
    let versions = call("ListSecretVersionIds", json!({ "SecretId": "prod/db" })).1;
    assert_eq!(versions["Versions"][0]["KmsKeyIds"], json!(["alias/prod"]));
    let (status, refused) = create("other/db", "alias/prod");
    assert_eq!((status, &refused["__type"]), (400, &json!("InvalidParameterException")));
    let text = refused["Message"].as_str().unwrap();
    assert!(
        text.starts_with("The operation failed because of an invalid KMS key: the key `prod` does not govern"),
        "{text}"
    );
}

#[test]
fn the_command_line_and_the_server_see_the_same_secrets() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let call = |operation: &str, body: Value| server.ok(&format!("secretsmanager.{operation}"), &body);
    call("CreateSecret", json!({ "Name": "prod/db", "SecretString": "first", "ClientRequestToken": TOKEN }));
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), "first");
    let put = sandbox.feed(&["secret", "put", "prod/db", "--stdin"], b"second");
    assert_eq!(put.code, 0, "{put:?}");
    let read = call("GetSecretValue", json!({ "SecretId": "prod/db" }));
    assert_eq!(read["SecretString"], "second");
    let before = call("GetSecretValue", json!({ "SecretId": "prod/db", "VersionStage": "AWSPREVIOUS" }));
    assert_eq!((&before["SecretString"], &before["VersionId"]), (&json!("first"), &json!(TOKEN)));
    sandbox.ok(&["secret", "rm", "--yes", "prod/db"]);
    assert_eq!(
        server.refused("secretsmanager.GetSecretValue", &json!({ "SecretId": "prod/db" })),
        "InvalidRequestException"
    );
    call("RestoreSecret", json!({ "SecretId": "prod/db" }));
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), "second");
}
