//! Who calls: credentials of the vault, temporary ones, and what each may do.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::fixture::{Keys, Server};
use crate::project::Sandbox;

const GET: &str = "AmazonSSM.GetParameter";

fn reader(path: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "ssm:Get*", "Resource": format!("arn:aws:ssm:*:*:parameter{path}/*") }
    ] })
}

fn code((status, answer): (u16, Value)) -> (u16, String) {
    (status, answer["__type"].as_str().unwrap_or_default().to_owned())
}

fn refused(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

#[test]
fn a_credential_may_do_what_its_policy_allows() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    sandbox.put("/other/a", "value");
    let keys = Server::credential(&sandbox, "shop", &reader("/app"));
    let server = Server::with(&sandbox, &[]);
    let get = |name: &str| server.signed(&keys, GET, &json!({ "Name": name, "WithDecryption": true }));
    assert_eq!(get("/app/a").1["Parameter"]["Value"], "value");
    let (status, denied) = get("/other/a");
    assert_eq!((status, &denied["__type"]), (400, &json!("AccessDeniedException")));
    let text = denied["message"].as_str().unwrap();
    assert!(
        text.starts_with("User: arn:aws:iam::") && text.contains("parameter/other/a because no identity-based"),
        "{text}"
    );
    let log = sandbox.ok(&["audit", "--json"]);
    assert!(log.contains("no identity-based policy allows"), "{log}");
    assert_eq!(server.refused(GET, &json!({ "Name": "/app/a" })), "MissingAuthenticationTokenException");
    let id = keys.id.clone();
    sandbox.ok(&["serve", "credentials", "rm", &id, "--yes"]);
    assert_eq!(code(get("/app/a")), refused("UnrecognizedClientException"));
}

#[test]
fn a_refusal_is_recorded_once_and_holds_up_nobody_else() {
    let sandbox = Sandbox::new();
    for name in ["a", "b"] {
        assert_eq!(sandbox.feed(&["secret", "create", name, "--stdin"], b"value").code, 0);
    }
    let allow = |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let statements = [
        allow("secretsmanager:*", "arn:aws:secretsmanager:*:*:secret:b-*"),
        allow("secretsmanager:BatchGetSecretValue", "*"),
    ];
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let keys = Server::credential(&sandbox, "shop", &policy);
    let server = Server::with(&sandbox, &[]);
    let call = |operation: &str, body: &Value| server.signed(&keys, &format!("secretsmanager.{operation}"), body).1;
    let describe = |name: &str| code((200, call("DescribeSecret", &json!({ "SecretId": name })))).1;
    let from_memory = || {
        let metrics = server
            .raw(format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address).as_bytes());
        metrics.split_once("from_memory_total ").unwrap().1.lines().next().unwrap().parse::<u64>().unwrap()
    };
    let denied = "AccessDeniedException";
    assert_eq!((describe("a"), describe("b"), from_memory()), (denied.to_owned(), String::new(), 0));
    // Both are in memory now. What is refused is recorded before the answer, which waits for the disk and so for another thread.
    assert_eq!((describe("b"), from_memory()), (String::new(), 1));
    assert_eq!((describe("a"), from_memory()), (denied.to_owned(), 1));
    // The value of `b` is not in memory, and is noticed after the refusal.
    let batch = call("BatchGetSecretValue", &json!({ "SecretIdList": ["a", "b"] }));
    assert_eq!((&batch["SecretValues"][0]["Name"], &batch["Errors"][0]["ErrorCode"]), (&json!("b"), &json!(denied)));
    let log = sandbox.ok(&["audit", "--json"]);
    assert_eq!(log.matches("no identity-based policy allows the secretsmanager:GetSecretValue").count(), 1, "{log}");
}

#[test]
fn a_read_is_recorded_once_if_another_value_has_to_be_fetched() {
    let sandbox = Sandbox::new();
    for name in ["/app/a", "/app/b"] {
        assert_eq!(sandbox.feed(&["param", "put", name, "--stdin"], b"value").code, 0);
    }
    let keys = Server::credential(&sandbox, "shop", &reader("/app"));
    let server = Server::with(&sandbox, &[]);
    let read = |operation: &str, body: &Value| assert_eq!(server.signed(&keys, operation, body).0, 200);
    read(GET, &json!({ "Name": "/app/a", "WithDecryption": true }));
    read(GET, &json!({ "Name": "/app/b" }));
    // The value of `a` is in memory, that of `b` is not.
    read("AmazonSSM.GetParameters", &json!({ "Names": ["/app/a", "/app/b"], "WithDecryption": true }));
    server.end();
    let log: Value = serde_json::from_str(&sandbox.ok(&["audit", "--json"])).unwrap();
    let batch = |record: &&Value| record["command"].as_str().is_some_and(|it| it.contains("GetParameters"));
    let times: Vec<_> = log["Records"].as_array().unwrap().iter().filter(batch).map(|it| &it["times"]).collect();
    assert_eq!(times, [&Value::Null, &Value::Null], "{log}");
}

#[test]
fn what_is_changed_replayed_or_of_nobody_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let keys = Server::credential(&sandbox, "shop", &reader("/app"));
    let server = Server::with(&sandbox, &["--region", "us-east-1"]);
    let (now, body) = (SystemTime::now(), json!({ "Name": "/app/a" }).to_string());
    let request = server.request(&keys, GET, &body, now);
    let answer = |request: &str| {
        let (status, text) = server.answer(request);
        code((status, serde_json::from_str(&text).unwrap()))
    };
    assert_eq!(answer(&request).0, 200);
    let invalid = refused("InvalidSignatureException");
    for (from, to) in [
        ("/app/a", "/app/b"),
        ("AmazonSSM.GetParameter", "AmazonSSM.GetParameters"),
        ("application/x-amz-json-1.1", "application/x-amz-json-1.1 "),
        ("us-east-1", "us-east-2"),
        ("/ssm/", "/secretsmanager/"),
        ("Signature=", "Signature=00"),
    ] {
        let changed = request.replace(from, to);
        // A space at the end of a header is no part of it.
        let expected = if to.ends_with(' ') { (200, String::new()) } else { invalid.clone() };
        assert!(changed != request);
        assert_eq!(answer(&changed), expected, "{to}");
    }
    let minutes = |count: u64| Duration::from_secs(60 * count);
    assert_eq!(answer(&server.request(&keys, GET, &body, now - minutes(6))), invalid);
    assert_eq!(answer(&server.request(&keys, GET, &body, now + minutes(6))), invalid);
    let of = |id: &str, secret: &str| Keys { id: id.to_owned(), secret: secret.to_owned(), token: None };
    let nobody = server.request(&of("AKIAAAAAAAAAAAAAAAAA", &keys.secret), GET, &body, now);
    assert_eq!(answer(&nobody), refused("UnrecognizedClientException"));
    assert_eq!(answer(&server.request(&of(&keys.id, "wrong"), GET, &body, now)), invalid);
}

#[test]
fn a_session_may_do_what_its_credential_may_and_no_more() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let keys = Server::credential(&sandbox, "shop", &reader("/app"));
    let server = Server::with(&sandbox, &[]);
    let ask = |keys: &Keys, action: &str| {
        let body = format!("Action={action}&Version=2011-06-15");
        server.answer(&server.request(keys, "", &body, SystemTime::now()))
    };
    let (status, identity) = ask(&keys, "GetCallerIdentity");
    assert!(status == 200 && identity.contains(&format!("<UserId>{}</UserId>", keys.id)), "{identity}");
    let (_, answer) = ask(&keys, "GetSessionToken");
    let part = |name: &str| {
        let after = answer.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{answer}")).1;
        after.split_once('<').unwrap().0.to_owned()
    };
    let session = Keys { id: part("AccessKeyId"), secret: part("SecretAccessKey"), token: Some(part("SessionToken")) };
    let get = |keys: &Keys, name: &str| code(server.signed(keys, GET, &json!({ "Name": name })));
    assert_eq!(get(&session, "/app/a").0, 200);
    assert_eq!(get(&session, "/other/a"), refused("AccessDeniedException"));
    let without = Keys { token: None, ..session.clone() };
    assert_eq!(get(&without, "/app/a"), refused("UnrecognizedClientException"));
    assert_eq!(ask(&session, "GetSessionToken").0, 403);
    assert!(ask(&Keys { secret: "x".into(), ..keys.clone() }, "GetCallerIdentity").1.contains("SignatureDoesNotMatch"));
    assert!(ask(&keys, "AssumeRole").1.contains("InvalidAction"));
    sandbox.ok(&["serve", "credentials", "rm", &keys.id, "--yes"]);
    assert_eq!(get(&session, "/app/a"), refused("UnrecognizedClientException"));
}

#[test]
fn boto3_signs_what_is_verified() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let keys = Server::credential(&sandbox, "shop", &reader("/app"));
    let mut server = Server::with(&sandbox, &[]);
    (server.access_key, server.secret_key) = (keys.id.clone(), keys.secret);
    let script = "import boto3\n\
        from botocore.exceptions import ClientError\n\
        ssm, sts = boto3.client('ssm'), boto3.client('sts')\n\
        print(ssm.get_parameter(Name='/app/a', WithDecryption=True)['Parameter']['Value'])\n\
        print(sts.get_caller_identity()['UserId'])\n\
        c = sts.get_session_token()['Credentials']\n\
        s = boto3.client('ssm', aws_access_key_id=c['AccessKeyId'], aws_secret_access_key=c['SecretAccessKey'], aws_session_token=c['SessionToken'])\n\
        print(s.get_parameter(Name='/app/a')['Parameter']['Version'])\n\
        try: ssm.get_parameter(Name='/b/a')\n\
        except ClientError as e: print(e.response['Error']['Code'])\n";
    if let Some(said) = server.python(&sandbox, script) {
        assert_eq!(said, format!("value\n{}\n1\nAccessDeniedException\n", keys.id));
    }
}
