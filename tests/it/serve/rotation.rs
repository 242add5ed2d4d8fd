//! `RotateSecret` by others than the server's member: what they may begin, with what, and how it ends.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fixture::{Keys, Server};
use crate::project::{Sandbox, body};
use crate::team::{clone, commit, git, pull, request};
use crate::tools::skip;

const ROTATE: &str = "secretsmanager.RotateSecret";
const LOGIN: &str = r#"{"engine":"postgres","host":"db.internal","username":"app","password":"one"}"#;

/// Writes down that it ran, and makes logins for the same host.
const HOOK: &str = r#"#!/bin/sh
file=$(printf %s "$(cat)" | sed -n 's/.*"journal":"\([^"]*\)".*/\1/p')
echo "$1" >> "$file"
[ "$1" != set ] || [ ! -e "$file.hangs" ] || { echo $$ > "$file.hangs"; sleep 60; }
[ "$1" != create ] || echo '{"SecretString":"{\"engine\":\"postgres\",\"host\":\"db.internal\",\"username\":\"app\",\"password\":\"'$$'\"}"}'
"#;

/// Ana, who runs the server, and bob, who may neither read nor write `prod`.
struct Team {
    ana: Sandbox,
    bob: Sandbox,
}

fn arn(function: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:{function}")
}

fn policy(actions: &[&str], resources: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": resources}})
}

fn journal(sandbox: &Sandbox) -> PathBuf {
    sandbox.project().join("journal")
}

/// Approves a hook and registers it, with and without the administrator's secret.
fn register(sandbox: &Sandbox) {
    fs::create_dir_all(sandbox.vault().join("hooks")).unwrap();
    fs::write(sandbox.vault().join("hooks/quiet.sh"), HOOK).unwrap();
    let shown: Value = serde_json::from_str(&sandbox.ok(&["--json", "rotate", "hooks", "show", "quiet.sh"])).unwrap();
    sandbox.ok(&["rotate", "hooks", "approve", "quiet.sh", "--digest", shown["Digest"].as_str().unwrap()]);
    let option = format!("journal={}", journal(sandbox).display());
    let add = |name, more: &[&str]| {
        let add = ["rotate", "hooks", "add", name, "--hook", "quiet.sh", "--option", &option];
        sandbox.ok(&[&add, more].concat());
    };
    add("plain", &[]);
    add("admin", &["--admin", "prod/admin"]);
}

impl Team {
    fn new() -> Self {
        let ana = Sandbox::new();
        ana.ok(&["key", "create", "prod", "--scope", "secret:prod"]);
        for name in ["prod/admin", "shop/db"] {
            assert_eq!(ana.feed(&["secret", "create", name, "--stdin"], LOGIN.as_bytes()).code, 0);
        }
        register(&ana);
        let bob = clone(&ana);
        let (file, fingerprint) = request(&bob, "bob");
        let rights = ["--read", "default", "--write", "secret:shop", "--write", "credential:"];
        ana.ok(&[&["member", "add", &file, "--no-input", "--fingerprint", &fingerprint], &rights[..]].concat());
        pull(&bob, &ana);
        Team { ana, bob }
    }

    /// Takes what bob did over.
    fn bring(&self) {
        commit(&self.bob);
        git(&self.ana, &["pull", "-q", "--ff-only", self.bob.project().to_str().unwrap(), "main"]);
    }

    /// A credential of bob's that may do everything.
    fn keys(&self) -> Keys {
        let keys = Server::credential(&self.bob, "everything", &policy(&["*"], &["*"]));
        self.bring();
        keys
    }
}

fn shown(sandbox: &Sandbox, name: &str) -> Value {
    serde_json::from_str(&sandbox.ok(&["--json", "secret", "show", name])).unwrap()
}

/// Waits for the end of the steps.
fn settled(sandbox: &Sandbox, is_settled: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let shown = shown(sandbox, "shop/db");
        if is_settled(&shown) {
            return shown;
        }
        assert!(Instant::now() < end, "{shown}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_rotated(shown: &Value) -> bool {
    shown.get("LastRotatedDate").is_some() && shown.get("RotationRun").is_none()
}

/// Begins a rotation; returns the code of the error, or nothing.
fn rotate(server: &Server, keys: &Keys, members: &Value) -> String {
    let mut body = json!({"SecretId": "shop/db", "ClientRequestToken": uuid()});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let (status, answer) = server.signed(keys, ROTATE, &body);
    if status == 200 { String::new() } else { answer["__type"].as_str().unwrap_or("?").to_owned() }
}

fn uuid() -> String {
    fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap().trim().to_owned()
}

#[test]
fn a_plan_does_nothing_that_the_member_behind_the_credential_may_not_do() {
    let team = Team::new();
    let everything = team.keys();
    let secrets = policy(&["secretsmanager:*"], &["*"]);
    let no_function = Server::credential(&team.bob, "no-function", &secrets);
    let one = policy(&["secretsmanager:*", "lambda:InvokeFunction"], &["arn:aws:secretsmanager:*", &arn("plain")]);
    let one_function = Server::credential(&team.bob, "one-function", &one);
    team.bring();
    let ana = &team.ana;
    // Ana may have everything run, with this credential only the plain one.
    let wild = policy(
        &["secretsmanager:*", "lambda:InvokeFunction"],
        &["arn:aws:secretsmanager:*", "arn:aws:lambda:*:*:function:plain"],
    );
    let wild = Server::credential(ana, "wild", &wild);
    let server = Server::with(ana, &[]);
    let refused = |keys, members: Value| rotate(&server, keys, &members);
    for (keys, members, why) in [
        (&everything, json!({"SecretId": "prod/admin", "RotationLambdaARN": arn("plain")}), "may not write it"),
        (&everything, json!({"RotationLambdaARN": arn("admin")}), "may not read the administrator's secret"),
        (&everything, json!({"RotationLambdaARN": arn("other")}), "nobody registered it"),
        (&everything, json!({"RotationLambdaARN": arn("quiet.sh")}), "approved, but not registered"),
        (&no_function, json!({"RotationLambdaARN": arn("plain")}), "no lambda:InvokeFunction"),
        (&one_function, json!({"RotationLambdaARN": arn("admin")}), "no lambda:InvokeFunction for this one"),
        (&wild, json!({"RotationLambdaARN": arn("admin:function:plain")}), "the ARN of another function"),
    ] {
        assert_eq!(refused(keys, members), "AccessDeniedException", "{why}");
    }
    assert_eq!(refused(&everything, json!({"RotationLambdaARN": "quiet.sh"})), "InvalidParameterException");
    assert!(shown(ana, "shop/db").get("RotationEnabled").is_none_or(|enabled| enabled == false));
    assert!(!journal(ana).exists());
    assert_eq!(refused(&one_function, json!({"RotationLambdaARN": arn("plain")})), "");
    settled(ana, is_rotated);
    assert_eq!(fs::read_to_string(journal(ana)).unwrap(), "create\nset\ntest\nfinish\n");
    assert!(
        ana.read("secrets/shop/db.yaml").contains("\"RotationMember\": \"bob\""),
        "{}",
        ana.read("secrets/shop/db.yaml")
    );
    // The same plan runs as long as bob may do all of it.
    ana.ok(&["rotate", "run", "shop/db"]);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    let stopped = ana.run(&["rotate", "run", "shop/db"]);
    assert_ne!(stopped.code, 0, "{stopped:?}");
    assert!(stopped.stderr.contains("bob"), "{stopped:?}");
    assert_eq!(rotate(&server, &everything, &json!({})), "UnrecognizedClientException");
}

#[test]
fn what_a_document_states_is_worth_no_more_than_its_arn() {
    let team = Team::new();
    let keys = team.keys();
    let no_function = Server::credential(&team.bob, "no-function", &policy(&["secretsmanager:*"], &["*"]));
    // Bob writes what the server would sign for nobody but its own member.
    register(&team.bob);
    let option = format!("journal={}", journal(&team.ana).display());
    let configure = |function: &str| {
        let arn = format!("RotationLambdaARN={}", arn(function));
        let configure = ["rotate", "configure", "shop/db", "--hook", "quiet.sh", "--option", &option, "--option", &arn];
        assert_eq!(team.bob.run(&configure).code, 0);
    };
    configure("admin");
    let path = "secrets/shop/db.yaml";
    let document = team.bob.read(path);
    let forged = document.replacen("    admin: \"\"", "    admin: \"prod/admin\"", 1);
    assert_ne!(forged, document);
    let identity = fs::read_to_string(team.bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let signed = team.bob.signed_by(&identity, "bob", path, body(&forged));
    team.bob.write(path, signed);
    team.bring();
    let server = Server::with(&team.ana, &[]);
    assert_eq!(rotate(&server, &no_function, &json!({})), "AccessDeniedException");
    assert_eq!(rotate(&server, &keys, &json!({})), "AccessDeniedException");
    assert!(!journal(&team.ana).exists());
    drop(server);
}

#[test]
fn a_schedule_may_change_and_what_a_hook_gets_may_not() {
    let team = Team::new();
    let keys = team.keys();
    let ana = &team.ana;
    let journal_option = format!("journal={}", journal(ana).display());
    let configure = ["rotate", "configure", "shop/db", "--hook", "quiet.sh", "--admin", "prod/admin", "--option"];
    ana.ok(&[&configure[..], &[&journal_option, "--approve"]].concat());
    let server = Server::with(ana, &[]);
    // The administrator would log in where bob wants.
    let put = |value: &str| {
        let body = json!({"SecretId": "shop/db", "SecretString": value, "ClientRequestToken": uuid()});
        assert_eq!(server.signed(&keys, "secretsmanager.PutSecretValue", &body).0, 200);
    };
    put(&LOGIN.replace("db.internal", "evil.example"));
    let rules = json!({"RotationRules": {"AutomaticallyAfterDays": 9}});
    assert_ne!(rotate(&server, &keys, &rules), "");
    assert_ne!(rotate(&server, &keys, &json!({})), "");
    assert!(!journal(ana).exists());
    assert!(!ana.read("secrets/shop/db.yaml").contains("evil.example"), "nothing new was signed");
    put(LOGIN);
    assert_eq!(rotate(&server, &keys, &rules), "");
    let shown = settled(ana, is_rotated);
    assert_eq!(shown["RotationRules"]["AutomaticallyAfterDays"], 9, "{shown}");
    assert_eq!(rotate(&server, &keys, &json!({"RotationRules": {"ScheduleExpression": "rate(10 hours)"}})), "");
    let (_, described) = server.signed(&keys, "secretsmanager.DescribeSecret", &json!({"SecretId": "shop/db"}));
    let rules = json!({"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(10 hours)"});
    assert_eq!(described["RotationRules"], rules, "the days are beside a rate");
    settled(ana, is_rotated);
    assert!(ana.read("secrets/shop/db.yaml").contains("admin: \"prod/admin\""));
}

/// A function that writes down what its token opens, and then gives up.
const CURIOUS: &str = r#"
import os, urllib.error, urllib.request

def lambda_handler(event, context):
    said = [event["Step"], context.invoked_function_arn]
    for secret in (event["SecretId"], "prod/admin", "shop/other"):
        url = os.environ["AWS_ENDPOINT_URL"] + "/v1/" + urllib.request.quote(secret)
        request = urllib.request.Request(url, headers={"X-Vault-Token": os.environ["AWS_SESSION_TOKEN"]})
        try:
            said.append(str(urllib.request.urlopen(request).status))
        except urllib.error.HTTPError as error:
            said.append("AccessDenied" if b"AccessDenied" in error.read() else str(error.code))
    with open(os.environ["JOURNAL"] + ".keys", "w") as keys:
        print(os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_SESSION_TOKEN"], file=keys)
    with open(os.environ["JOURNAL"], "w") as journal:
        print(*said, file=journal)
    raise SystemExit("curious")
"#;

#[test]
fn a_function_opens_its_own_secret_and_the_server_says_which_step_failed() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success()) {
        return skip("python3");
    }
    let ana = Sandbox::new();
    for name in ["prod/admin", "shop/db", "shop/other"] {
        assert_eq!(ana.feed(&["secret", "create", name, "--stdin"], LOGIN.as_bytes()).code, 0);
    }
    let file = ana.project().join("curious.py");
    fs::write(&file, CURIOUS).unwrap();
    let option = format!("JOURNAL={}", journal(&ana).display());
    let add = ["rotate", "hooks", "add", "curious", "--option", &option, "--lambda", file.to_str().unwrap()];
    ana.ok(&[&add[..], &["--admin", "prod/admin"]].concat());
    let log = ana.project().join("log");
    // An account of its own: the function's keys are for the ARNs that its endpoint shows.
    let mut command = ana.program();
    command.args(["serve", "--listen", "127.0.0.1:0", "--no-input", "--open", "--account", "123456789012"]);
    let server = Server::logged(command, &log);
    let arn = arn("curious");
    // Keys of a step get nothing from what a secret grants to everybody.
    let everybody = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}});
    let put = json!({"SecretId": "shop/other", "ResourcePolicy": everybody.to_string()});
    server.ok("secretsmanager.PutResourcePolicy", &put);
    server.ok(ROTATE, &json!({"SecretId": "shop/db", "RotationLambdaARN": arn, "ClientRequestToken": uuid()}));
    settled(&ana, |shown| shown["RotationRun"].get("Error").is_some_and(|error| error != ""));
    assert_eq!(fs::read_to_string(journal(&ana)).unwrap(), format!("createSecret {arn} 200 200 AccessDenied\n"));
    let keys = fs::read_to_string(journal(&ana).with_extension("keys")).unwrap();
    let (url, token) = keys.trim().split_once(' ').unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let request =
        format!("GET /v1/shop/db HTTP/1.1\r\nHost: {address}\r\nX-Vault-Token: {token}\r\nConnection: close\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let answer = super::fixture::read_all(&mut stream);
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.ends_with("Bad Token"),
        "the keys ended with the step: {answer}"
    );
    let end = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(&log).unwrap().contains(" rotation.createSecret 500 Failed") {
        assert!(Instant::now() < end, "{}", fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!fs::read_to_string(&log).unwrap().contains("shop/db"), "names are not in the log");
}

#[test]
fn the_end_of_the_server_ends_a_step_and_is_written_down() {
    let ana = Sandbox::new();
    assert_eq!(ana.feed(&["secret", "create", "shop/db", "--stdin"], LOGIN.as_bytes()).code, 0);
    assert_eq!(ana.feed(&["secret", "create", "prod/admin", "--stdin"], LOGIN.as_bytes()).code, 0);
    register(&ana);
    let hangs = ana.project().join("journal.hangs");
    fs::write(&hangs, "").unwrap();
    let server = Server::start(&ana);
    let body = json!({"SecretId": "shop/db", "RotationLambdaARN": arn("plain"), "ClientRequestToken": uuid()});
    server.ok(ROTATE, &body);
    let end = Instant::now() + Duration::from_secs(60);
    let hook = loop {
        let text = fs::read_to_string(&hangs).unwrap();
        if text.ends_with('\n') {
            break text.trim().to_owned();
        }
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    };
    let begun = Instant::now();
    server.end();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let stat = fs::read_to_string(format!("/proc/{hook}/stat")).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "the hook is gone: {stat}");
    let run = &shown(&ana, "shop/db")["RotationRun"];
    assert_eq!((&run["Step"], run["Error"].as_str().unwrap()), (&json!("set"), "interrupted by signal 15"), "{run}");
}
