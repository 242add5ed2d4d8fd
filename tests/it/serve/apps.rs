//! Programs that find the vault in their environment (`vault exec --serve`), and the API of AWS's extension and agent.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use super::fixture::{Server, python};
use crate::project::{Sandbox, outcome};

/// A program of boto3, as anybody would write it.
const PROGRAM: &str = "
import boto3, json, os, urllib.request
from botocore.exceptions import ClientError

def refused(call, **members):
    try:
        call(**members)
        return 'allowed'
    except ClientError as error:
        return error.response['Error']['Code']

ssm, sm = boto3.client('ssm'), boto3.client('secretsmanager')
page = ssm.get_parameters_by_path(Path='/shop/dev', Recursive=True, WithDecryption=True)['Parameters']
print([(one['Name'], one['Value']) for one in page])
print(sm.get_secret_value(SecretId='prod/db')['SecretString'], boto3.client('ssm', region_name='eu-west-1').get_parameter(
    Name='/shop/dev/host', WithDecryption=True)['Parameter']['Value'])
print(refused(ssm.get_parameter, Name='/shop/prod/key'), refused(sm.get_secret_value, SecretId='prod/root'))
print(refused(ssm.put_parameter, Name='/shop/dev/new', Value='1', Type='String'), refused(ssm.get_parameters_by_path, Path='/'))
print([name for name in ('HOST', 'DB', 'AWS_PROFILE', 'VLT_IDENTITY') if name in os.environ], os.environ.get('KEY'))
port, token = os.environ['PARAMETERS_SECRETS_EXTENSION_HTTP_PORT'], os.environ['AWS_SESSION_TOKEN']
headers = {'X-Aws-Parameters-Secrets-Token': token}
get = lambda path: json.load(urllib.request.urlopen(urllib.request.Request('http://localhost:' + port + path, headers=headers)))
print(get('/systemsmanager/parameters/get?withDecryption=true&name=%2Fshop%2Fdev%2Fhost')['Parameter']['Value'], get('/secretsmanager/get?secretId=prod/db')['SecretString'])
";

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, value) in
        [("/shop/dev/host", "db.internal"), ("/shop/dev/db/password", "one"), ("/shop/prod/key", "two")]
    {
        sandbox.put(name, value);
    }
    for (name, value) in [("prod/db", "three"), ("prod/root", "four")] {
        assert_eq!(sandbox.feed(&["secret", "create", name, "--stdin"], value.as_bytes()).code, 0);
    }
    sandbox
}

#[test]
fn a_program_reads_what_is_served_to_it_and_nothing_else() {
    let Some(python) = python() else { return };
    let sandbox = shop();
    let mut command = sandbox.program();
    command
        .env("AWS_PROFILE", "other")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    command.args(["exec", "--serve", "--no-mask", "/shop/dev", "secret:prod/db", "KEY=/shop/prod/key"]);
    let run = outcome(command.arg("--").arg(&python).args(["-c", PROGRAM]).output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        "[('/shop/dev/db/password', 'one'), ('/shop/dev/host', 'db.internal')]\n\
         three db.internal\n\
         AccessDeniedException AccessDeniedException\n\
         AccessDeniedException AccessDeniedException\n\
         [] two\n\
         db.internal three\n"
    );
    let script = "import boto3; print(boto3.client('ssm').put_parameter(Name='/shop/dev/new', Value='1', Type='String')['Version'])";
    let written =
        sandbox.run(&["exec", "--serve=write", "--no-mask", "/shop/dev", "--", python.to_str().unwrap(), "-c", script]);
    assert_eq!((written.code, written.stdout.as_str()), (0, "1\n"), "{written:?}");
    assert_eq!(sandbox.ok(&["get", "/shop/dev/new"]), "1");
    let log = sandbox.ok(&["audit", "--json"]);
    assert!(log.contains("serve GetParametersByPath") && log.contains("python3"), "{log}");
}

#[test]
fn an_endpoint_ends_with_its_program_whose_code_is_passed_on() {
    let sandbox = shop();
    let run = sandbox.run(&["exec", "--serve", "/shop/dev", "--", "sh", "-c", "echo $AWS_ENDPOINT_URL; exit 7"]);
    assert_eq!(run.code, 7, "{run:?}");
    let address = run.stdout.trim().trim_start_matches("http://");
    assert!(std::net::TcpStream::connect(address).is_err());
    let none = sandbox.run(&["exec", "--serve", "KEY=/shop/prod/key", "--", "true"]);
    assert_eq!(none.code, 125, "{none:?}");
    assert!(none.stderr.contains("without a path or a secret"), "{none:?}");
    let plan = sandbox.run(&["--dry-run", "exec", "--serve", "/shop/dev", "prod/db", "--", "true"]);
    assert_eq!(
        plan.stderr,
        "note: would run `true` with /shop/dev, prod/db served to it\nnote: this was a dry run: nothing was changed\n"
    );
}

#[test]
fn what_is_served_may_be_relative_and_what_is_missing_is_said() {
    let sandbox = shop();
    sandbox.put("/alone", "five");
    let get = |sources: &[&str]| {
        let options = [&["exec", "--serve", "--no-mask"], sources, &["--", "true"]].concat();
        let run = sandbox.run(&options);
        assert_eq!(run.code, 0, "{run:?}");
        run.stderr
    };
    assert_eq!(get(&["/shop/dev", "/shop/dev/", "param:/alone", "alone", "secret:prod/db", "prod/db"]), "");
    assert_eq!(get(&["/shop/dve"]), "note: nothing is at or below `/shop/dve`; did you mean `/shop/dev`?\n");
    assert_eq!(get(&["param:/alne"]), "note: there is no parameter `/alne`; did you mean `/alone`?\n");
    assert_eq!(get(&["secret:prod/rot"]), "note: there is no secret `prod/rot`; did you mean `prod/root`?\n");
    let bare = "note: there is no parameter, path or secret `prod/rot`; did you mean `prod/root`?\n";
    assert_eq!(get(&["prod/rot"]), bare);
    assert!(get(&["/x"]).starts_with("note: nothing is at or below `/x`; "));
    let write = sandbox.run(&["exec", "--serve=write", "--no-mask", "/new", "--", "true"]);
    assert_eq!((write.code, write.stderr.as_str()), (0, ""), "who may write begins with nothing");
    // Below the current path, as without `--serve`.
    sandbox.ok(&["config", "set", "path", "/shop"]);
    let plan = sandbox.run(&["--dry-run", "exec", "--serve", "dev", "prod/key", "alone", "--", "true"]);
    assert!(plan.stderr.contains("with /shop/dev, /shop/prod/key, param:alone served to it"), "{plan:?}");
    assert_eq!(get(&["dve"]), "note: there is no parameter, path or secret `dve`; did you mean `/shop/dev`?\n");
}

#[test]
fn the_extensions_api_answers_who_has_its_token() {
    let sandbox = shop();
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
        "Action":["ssm:GetParameter","secretsmanager:GetSecretValue"],"Resource":["arn:aws:ssm:*:*:parameter/shop/dev/*","arn:aws:secretsmanager:*:*:secret:prod/db-??????"]}}"#;
    std::fs::write(sandbox.project().join("cache.json"), policy).unwrap();
    let token = sandbox.project().join("token");
    let socket = sandbox.project().join("cache.sock");
    let at = format!("unix:{}", socket.display());
    let file = token.to_str().unwrap();
    let server =
        Server::with(&sandbox, &["--cache-policy", "cache.json", "--cache-token-file", file, "--cache-listen", &at]);
    let token = std::fs::read_to_string(&token).unwrap();
    assert_eq!(token.len(), 64);
    let get = |request: &str, headers: &str| {
        let request = format!("{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", server.address);
        let (status, body) = server.answer(&request);
        format!("{status} {body}")
    };
    let with = format!("X-Vault-Token: {token}\r\n");
    let ask = |path: &str| get(&format!("GET {path}"), &with);
    let parameter = ask("/systemsmanager/parameters/get/?name=%2Fshop%2Fdev%2Fhost&withDecryption=true");
    assert!(parameter.starts_with("200 {\"Parameter\":{"), "{parameter}");
    assert!(
        parameter.contains(r#""Value":"db.internal""#) && parameter.ends_with(r#","ResultMetadata":{}}"#),
        "{parameter}"
    );
    for path in ["/secretsmanager/get?secretId=prod%2Fdb", "/v1/prod/db?versionStage=AWSCURRENT&refreshNow=true"] {
        let secret = ask(path);
        assert!(secret.starts_with("200 {") && secret.contains(r#""SecretString":"three""#), "{secret}");
        assert!(secret.contains(r#""CreatedDate":"1"#), "the date is a text: {secret}");
    }
    assert_eq!(sandbox.feed(&["secret", "put", "prod/db", "--stdin"], b"changed").code, 0);
    assert!(ask("/v1/prod/db").contains("changed"), "what changed on disk is seen at once");
    for (request, headers, expected) in [
        ("GET /ping", "", "200 healthy"),
        ("GET /ping", "X-Forwarded-For: 10.0.0.1\r\n", "200 healthy"),
        ("GET /v1/", &with, "400 missing secret ID"),
        ("GET /v1/prod/db", "X-Forwarded-For: 10.0.0.1\r\n", "400 Forwarded"),
        ("GET /v1/prod/db", "", "403 Bad Token"),
        ("GET /v1/prod/db", "X-Vault-Token: x\r\n", "403 Bad Token"),
        ("POST /v1/prod/db", &with, "405 Not allowed"),
        ("GET /nothing", &with, "404 Not found"),
        ("GET /secretsmanager/get?secretId=prod/db&x=1", &with, "400 unknown parameter: x"),
        (
            "GET /v1/prod/db?roleArn=arn:aws:iam::123456789012:role/x",
            &with,
            "403 {\"__type\":\"AccessDeniedException\",\"message\":\"Failed to create caching client from role: arn:aws:iam::123456789012:role/x\"}",
        ),
    ] {
        assert_eq!(get(request, headers), expected, "{request} {headers}");
    }
    let missing = ask("/v1/prod/db?versionStage=NONE");
    assert!(missing.starts_with("400 {") && missing.contains("ResourceNotFoundException"), "{missing}");
    assert!(ask("/v1/prod/root").contains("AccessDeniedException"));
    assert!(!ask("/systemsmanager/parameters/get?name=/shop/prod/key").contains("two"));
    let alone = |request: &str| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        let request = format!("{request} HTTP/1.1\r\nHost: localhost:2773\r\nConnection: close\r\n{with}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        format!("{} {body}", &head[9..12])
    };
    assert!(alone("GET /secretsmanager/get?secretId=prod/db").contains("changed"));
    assert_eq!(alone("GET /ping"), "200 healthy");
    assert_eq!((alone("POST /"), alone("GET /healthz")), ("405 Not allowed".into(), "404 Not found".into()));
    let log = sandbox.ok(&["audit", "--json"]);
    assert!(log.contains("cache-api"), "{log}");
}
