//! A rotation function behind Lambda's Invoke API, which the test serves itself: what it is told, what its answers mean, what was approved.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fixture::{Keys, Server};
use crate::project::Sandbox;

const NEW: &str = "the-new-password";
const REFUSAL: &str =
    r#"{"errorMessage":"no login with the-new-password","errorType":"ValueError","stackTrace":["a"]}"#;

/// What a function does with a request, `None` for the usual: the status, more of the head, the body.
type Answers = fn(&Value, usize) -> Option<(u16, &'static str, String)>;

/// A function. The channel has the path and the event of each request.
struct Function {
    address: SocketAddr,
    asked: Receiver<(String, Value)>,
}

/// One request, and the answer to it.
fn serve_one(
    stream: &mut TcpStream,
    answer: impl FnOnce(&str, &Value) -> (u16, String, String),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length, mut path) = (String::new(), 0, String::new());
    while reader.read_line(&mut line)? > 2 {
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        if let Some(rest) = line.strip_prefix("POST ") {
            rest.split(' ').next().unwrap().clone_into(&mut path);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, head, body) = answer(&path, &serde_json::from_slice(&body).unwrap());
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}")
}

impl Function {
    /// A function that rotates with a credential of its own, as long as `answers` lets it.
    fn start(server: &Arc<Server>, keys: Keys, answers: Answers) -> Function {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = channel();
        // The server ends with the test, and this thread with the process.
        let server = Arc::downgrade(server);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let _ = serve_one(&mut stream.unwrap(), |path, event| {
                    tell.send((path.to_owned(), event.clone())).unwrap();
                    let (status, head, body) = answers(event, number).unwrap_or_else(|| {
                        act(&server.upgrade().unwrap(), &keys, event);
                        (200, "", "null".to_owned())
                    });
                    (status, head.to_owned(), body)
                });
            }
        });
        Function { address, asked }
    }

    fn steps(&self) -> Vec<String> {
        self.asked.try_iter().map(|(_, event)| event["Step"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a function does in a step, through the API.
fn act(server: &Server, keys: &Keys, event: &Value) {
    let (secret, token) = (&event["SecretId"], &event["ClientRequestToken"]);
    let call = |operation: &str, body: Value| {
        let (status, answer) = server.signed(keys, &format!("secretsmanager.{operation}"), &body);
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    };
    let stages = &call("DescribeSecret", json!({"SecretId": secret}))["VersionIdsToStages"];
    assert!(!stages[token.as_str().unwrap()].is_null(), "{stages}");
    match event["Step"].as_str().unwrap() {
        "createSecret" => {
            let put = json!({"SecretId": secret, "ClientRequestToken": token, "SecretString": NEW, "VersionStages": ["AWSPENDING"]});
            call("PutSecretValue", put);
        }
        "finishSecret" => {
            let current = stages.as_object().unwrap().iter().find(|(_, stages)| stages[0] == "AWSCURRENT").unwrap().0;
            let moved = json!({"SecretId": secret, "VersionStage": "AWSCURRENT", "MoveToVersionId": token, "RemoveFromVersionId": current});
            call("UpdateSecretVersionStage", moved);
        }
        _ => {}
    }
}

/// A vault with a secret, a server on it, and a registered function.
fn world(answers: Answers) -> (Sandbox, Arc<Server>, Function) {
    let ana = Sandbox::new();
    assert_eq!(ana.feed(&["secret", "create", "shop/token", "--stdin"], b"the-first-password").code, 0);
    let server = Arc::new(Server::start(&ana));
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow",
        "Action": ["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
        "Resource": "arn:aws:secretsmanager:*:*:secret:shop/token-??????"
    }});
    let keys = Server::credential(&ana, "rotate-token", &policy);
    let function = Function::start(&server, keys, answers);
    let url = format!("http://{}", function.address);
    ana.ok(&["rotate", "hooks", "add", "rotate-token", "--lambda-endpoint", &url]);
    (ana, server, function)
}

fn rotate(server: &Server, members: &Value) -> (u16, Value) {
    let uuid = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
    let mut body = json!({"SecretId": "shop/token", "ClientRequestToken": uuid.trim()});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.call("secretsmanager.RotateSecret", &body)
}

fn begun() -> Value {
    json!({"RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:rotate-token"})
}

/// Waits for the end of the steps; returns why the rotation is not over.
fn settled(ana: &Sandbox) -> String {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let shown: Value = serde_json::from_str(&ana.ok(&["--json", "secret", "show", "shop/token"])).unwrap();
        let error = shown["RotationRun"].get("Error").and_then(Value::as_str).unwrap_or_default();
        if !error.is_empty() || (shown.get("RotationRun").is_none() && shown.get("LastRotatedDate").is_some()) {
            return error.to_owned();
        }
        assert!(Instant::now() < end, "{shown}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

#[test]
fn it_is_told_which_step_of_which_secret_and_nothing_else() {
    // A service that is busy at first is asked again.
    let (ana, server, function) = world(|_, number| (number == 1).then(|| (429, "", String::new())));
    assert_eq!(rotate(&server, &begun()).0, 200);
    assert_eq!(settled(&ana), "");
    assert_eq!(ana.ok(&["secret", "get", "shop/token"]).trim(), NEW);
    let asked: Vec<_> = function.asked.try_iter().collect();
    let steps: Vec<_> = asked.iter().map(|(_, event)| event["Step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["createSecret", "setSecret", "setSecret", "testSecret", "finishSecret"]);
    let (path, event) = &asked[0];
    assert_eq!(path, "/2015-03-31/functions/rotate-token/invocations");
    let mut members: Vec<_> = event.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["ClientRequestToken", "RotationToken", "SecretId", "Step"]);
    assert!(event["SecretId"].as_str().unwrap().contains(":secret:shop/token-"), "{event}");
    // The command line calls the same function.
    ana.ok(&["rotate", "run", "shop/token"]);
    assert_eq!(function.steps(), STEPS);
}

#[test]
fn what_it_answers_is_a_failure_of_the_step_and_repeats_no_value() {
    // Each first call stores the value, or finds it stored.
    let (ana, server, function) = world(|_, number| match number {
        1 => Some((200, "X-Amz-Function-Error: Unhandled\r\n", REFUSAL.to_owned())),
        3 => Some((200, "", "Task timed out after 3.00 seconds".to_owned())),
        5 => Some((404, "", r#"{"Type":"User","Message":"Function not found"}"#.to_owned())),
        7 => Some((200, "", " ".repeat(7 << 20))),
        9 => Some((307, "Location: http://127.0.0.1:1/\r\n", String::new())),
        _ => None,
    });
    assert_eq!(rotate(&server, &begun()).0, 200);
    assert_eq!(settled(&ana), "exit 1: ValueError: no login with ***");
    for why in [
        "exit 1: the function's service gave no answer of a function: Task timed out after 3.00 seconds",
        "exit 1: the function's service answered with status 404: Function not found",
        "exit 1: the function's answer is longer than 6291456 bytes",
        "exit 1: the function's service answered with status 307",
    ] {
        let resumed = ana.run(&["rotate", "resume", "shop/token"]);
        assert!(resumed.code != 0 && format!("{resumed:?}").contains(why), "{why}: {resumed:?}");
    }
    assert!(!ana.ok(&["rotate", "log", "shop/token"]).contains(NEW));
    ana.ok(&["rotate", "resume", "shop/token"]);
    assert_eq!(function.steps().len(), 14);
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/slow", slow.local_addr().unwrap());
    ana.ok(&["rotate", "hooks", "add", "slow", "--lambda-endpoint", &url]);
    let configure = ["rotate", "configure", "shop/token", "--hook", "lambda:slow.url", "--approve"];
    ana.ok(&configure);
    let late = ana.run(&["rotate", "run", "shop/token", "--timeout", "1"]);
    assert!(late.code != 0 && format!("{late:?}").contains("no answer within 1 s"), "{late:?}");
    drop(slow);
    let gone = ana.run(&["rotate", "resume", "shop/token"]);
    assert!(gone.code != 0 && format!("{gone:?}").contains("connection refused"), "{gone:?}");
}

#[test]
fn the_approval_is_for_the_address() {
    let (ana, server, function) = world(|_, _| None);
    assert_eq!(rotate(&server, &begun()).0, 200);
    assert_eq!(settled(&ana), "");
    assert_eq!(function.steps(), STEPS);
    let file = "hooks/rotate-token.url";
    let elsewhere = ana.read(file).replace("http://127.0.0.1", "https://127.0.0.1");
    ana.write(file, elsewhere);
    let stopped = ana.run(&["rotate", "run", "shop/token"]);
    assert!(stopped.stderr.contains("changed since it was approved"), "{stopped:?}");
    assert_eq!(rotate(&server, &begun()).1["__type"], "AccessDeniedException");
    assert_eq!(function.steps(), [""; 0]);
    for bad in ["http://example.com", "https://a:b@example.com/x", "ftp://127.0.0.1/"] {
        let refused = ana.run(&["rotate", "hooks", "add", "other", "--lambda-endpoint", bad]);
        assert!(refused.code != 0 && refused.stderr.contains("loopback"), "{refused:?}");
    }
    let refused = ana.run(&["rotate", "hooks", "add", "x", "--lambda-endpoint", "http://[::1]:1", "--env", "A=1"]);
    assert!(refused.code != 0 && refused.stderr.contains("--env"), "{refused:?}");
    let add = ["rotate", "hooks", "add", "f", "--lambda-endpoint", "http://127.0.0.1:1", "--option", "tls=off"];
    assert_ne!(ana.run(&add).code, 0, "no such option");
    assert!(!ana.vault().join("hooks/f.url").exists(), "what was refused changes nothing");
}
