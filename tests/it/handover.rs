//! Whose rights a rotation uses: anyone who may write a secret configures its rotation, and another member's timer runs it.
//! Nothing is handed to a hook but what a plan says whose signer may do that, and what the machine that runs it has approved.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use pty_process::blocking::{Command, open};
use vault::crypto::framing::sha256;

use crate::project::{Outcome, Sandbox, body, has};
use crate::rotation::{approve_program, approve_rotation};
use crate::team::{clone, commit, git, is, json, request};

const ROOT: &str = "TOP-SECRET-ROOT";
const CHANGED: &str = "the rotation of `dev/token` changed since it was approved on this machine";

/// A rotation service that writes down what it is sent.
struct Service {
    url: String,
    heard: Arc<Mutex<String>>,
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("url=http://{}/", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(String::new()));
        let all = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                all.lock().unwrap().push_str(&answered(stream.unwrap()));
            }
        });
        Service { url, heard }
    }

    /// What it was sent since it was asked last.
    fn heard(&self) -> String {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

fn answered(mut stream: TcpStream) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim().to_lowercase().strip_prefix("content-length:") {
            Some(number) => length = number.trim().parse().unwrap(),
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut message = vec![0; length];
    reader.read_exact(&mut message).unwrap();
    let new = format!(r#"{{"SecretString":"new-value-{}"}}"#, NUMBER.fetch_add(1, Ordering::Relaxed));
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{new}", new.len()).unwrap();
    String::from_utf8(message).unwrap()
}

fn create(of: &Sandbox, name: &str, value: &str) {
    assert_eq!(of.feed(&["secret", "create", name, "--stdin"], value.as_bytes()).code, 0);
}

/// Ana, who has everything, with an approved rotation of `dev/token`; and bob, who may read and write below `dev` only.
fn world() -> (Sandbox, Sandbox, Service) {
    let (ana, service) = (Sandbox::new(), Service::start());
    ana.ok(&["key", "create", "dev", "--scope", "secret:dev"]);
    for (name, value) in [("prod/root", ROOT), ("prod/plain", "x"), ("dev/token", "first")] {
        create(&ana, name, value);
    }
    ana.ok(&["rotate", "configure", "prod/plain", "--strategy", "random", "--every", "30d"]);
    let configure = ["rotate", "configure", "dev/token", "--strategy", "http", "--option", &service.url];
    ana.ok(&[&configure[..], &["--every", "30d", "--approve"]].concat());
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(service.heard().contains(r#""secret":"dev/token""#));
    let bob = clone(&ana);
    let (path, fingerprint) = request(&bob, "bob");
    let member = ["member", "add", &path, "--read", "dev", "--write", "secret:dev", "--no-input"];
    ana.ok(&[&member[..], &["--fingerprint", &fingerprint]].concat());
    pull(&bob, &ana);
    assert_ne!(bob.run(&["secret", "get", "prod/root"]).code, 0);
    (ana, bob, service)
}

fn pull(into: &Sandbox, from: &Sandbox) {
    commit(from);
    git(into, &["pull", "-q", "--ff-only", from.project().to_str().unwrap(), "HEAD"]);
}

/// What a writer can say of when the secret was rotated last.
fn overdue(of: &Sandbox, member: &str, name: &str) {
    let path = format!("secrets/{name}.yaml");
    let document = of.read(&path);
    let line = |field: &str| body(&document).lines().find(|line| line.trim_start().starts_with(field)).unwrap();
    let (rev, since) = (line("rev: "), line("since: "));
    let next = rev.trim_start_matches("rev: ").parse::<u64>().unwrap() + 1;
    let text = body(&document).replacen(rev, &format!("rev: {next}"), 1);
    let text = text.replacen(since, "  since: \"2025-01-01T00:00:00Z\"", 1);
    let identity = fs::read_to_string(of.home().join(format!(".config/vault/identities/{member}.txt"))).unwrap();
    of.write(&path, of.signed_by(&identity, member, &path, &text));
}

fn configure(of: &Sandbox, arguments: &[&str]) -> Outcome {
    of.run(&[&["--no-input", "rotate", "configure", "dev/token"][..], arguments].concat())
}

/// A plan that a member signs by hand, in place of the present one, and the document around it.
fn steer(of: &Sandbox, member: &str, name: &str, change: impl Fn(&str) -> String) {
    let path = format!("secrets/{name}.yaml");
    let document = of.read(&path);
    let text = body(&document);
    let (before, rest) = text.split_once("  plan: |\n").unwrap();
    let (block, after) = rest.split_once("\n  enabled: ").unwrap();
    let lines = block.lines().map(|line| line.trim_start_matches("    ").to_owned() + "\n");
    let plan: String = lines.filter(|line| !line.starts_with("#sig")).collect();
    let line = |text: &str, field: &str| text.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
    let by = |text: &str| text.replacen(&line(text, "by: "), &format!("by: \"{member}\""), 1);
    let identity = fs::read_to_string(of.home().join(format!(".config/vault/identities/{member}.txt"))).unwrap();
    let signed = of.signed_by(&identity, member, &format!("{path}#plan"), &by(&change(&plan)));
    let block = String::from_utf8(signed).unwrap().trim_end().replace('\n', "\n    ");
    let rev = line(before, "rev: ");
    let next = rev.trim_start_matches("rev: ").parse::<u64>().unwrap() + 1;
    let before = by(before).replacen(&rev, &format!("rev: {next}"), 1);
    let text = format!("{before}  plan: |\n    {block}\n  enabled: {after}");
    of.write(&path, of.signed_by(&identity, member, &path, &text));
}

fn with_root(plan: &str) -> String {
    plan.replacen("serial: 1\n", "serial: 2\n", 1).replacen("admin: \"\"", "admin: \"prod/root\"", 1)
}

const NOT_HIS: &str =
    "`dev/token`: `bob`, who signs its rotation plan, cannot read the administrator's secret `prod/root`";

#[test]
fn an_option_of_a_member_gets_nobody_else_s_secret_out() {
    let (ana, bob, service) = world();
    for asked in [&["--option", "admin=prod/root"], &["--admin", "prod/root"]] {
        is(&configure(&bob, asked), 7, NOT_HIS);
    }
    steer(&bob, "bob", "dev/token", with_root);
    overdue(&bob, "bob", "dev/token");
    pull(&ana, &bob);
    overdue(&ana, "ana", "prod/plain");
    let planned = ana.run(&["--dry-run", "tick"]);
    assert_eq!(planned.code, 7, "{planned:?}");
    assert!(planned.stdout.contains("prod/plain would be rotated") && planned.stdout.contains(NOT_HIS), "{planned:?}");
    let tick = ana.run(&["tick"]);
    assert_eq!((tick.code, service.heard().as_str()), (7, ""), "{tick:?}");
    for part in ["prod/plain rotated", &format!("waiting: {NOT_HIS}"), "`vault rotate confirm dev/token`"] {
        assert!(tick.stdout.contains(part), "{part:?} is missing in {tick:?}");
    }
    let json_tick = json(&ana.run(&["--json", "tick"]).stdout);
    assert_eq!(json_tick["Failed"][0]["Code"], "not-confirmed");
    let waits = "must be confirmed (`bob`, who signs its rotation plan, cannot read";
    assert!(ana.ok(&["rotate", "status"]).contains(waits));
    assert!(ana.ok(&["status"]).contains(&format!("dev/token is due for rotation and {waits}")));
    let status = json(&ana.ok(&["--json", "rotate", "status", "dev/token"]));
    assert_eq!(status["Rotations"][0]["Approved"], false);
    is(&configure(&ana, &["--every", "60d", "--approve"]), 7, NOT_HIS);
    let fresh = ["--strategy", "http", "--option", &service.url, "--approve"];
    assert_eq!(configure(&ana, &fresh).code, 0);
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(!service.heard().contains(ROOT), "nothing of what bob wrote was kept");
}

#[test]
fn no_command_runs_a_rotation_that_is_not_approved() {
    let (ana, bob, service) = world();
    assert_eq!(configure(&bob, &["--option", "more=x"]).code, 0);
    let pending = bob.feed(&["secret", "put", "dev/token", "--stdin", "--stage", "AWSPENDING"], b"bytes of bob");
    assert_eq!(pending.code, 0, "{pending:?}");
    pull(&ana, &bob);
    for command in ["run", "resume", "test"] {
        let refused = ana.run(&["rotate", command, "dev/token"]);
        is(&refused, 7, CHANGED);
        assert!(refused.stderr.contains("`vault rotate approve dev/token`"), "{refused:?}");
    }
    ana.ok(&["rotate", "abort", "dev/token", "--yes"]);
    ana.ok(&["rotate", "cancel", "dev/token"]);
    assert_eq!(service.heard(), "");
}

#[test]
fn an_approval_is_for_one_secret_and_one_plan_of_its_rotation() {
    let (ana, bob, service) = world();
    create(&bob, "dev/other", "x");
    let other = ["rotate", "configure", "dev/other", "--strategy", "http", "--option", &service.url];
    bob.ok(&[&["--no-input"][..], &other].concat());
    pull(&ana, &bob);
    is(&ana.run(&["rotate", "run", "dev/other"]), 7, "the rotation of `dev/other` is not approved on this machine");
    assert_eq!(configure(&ana, &["--admin", "prod/root"]).code, 0);
    let shown = ana.ok(&["--dry-run", "rotate", "approve", "dev/token"]);
    for part in ["builtin:http", "admin   prod/root (the hook gets the value", &service.url, "digest  sha256:"] {
        assert!(shown.contains(part), "{part:?} is missing in {shown}");
    }
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, CHANGED);
    let wrong = format!("sha256:{}", "0".repeat(64));
    is(&ana.run(&["rotate", "approve", "dev/token", "--digest", &wrong]), 2, "not the given one");
    approve_rotation(&|arguments| ana.run(arguments), "dev/token");
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(service.heard().contains(&format!(r#""SecretString":"{ROOT}""#)), "ana has seen and approved that");
    assert_eq!(configure(&ana, &["--option", "admin="]).code, 0);
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, CHANGED);
    approve_rotation(&|arguments| ana.run(arguments), "dev/token");
    assert_eq!(configure(&ana, &["--every", "60d"]).code, 0);
    ana.ok(&["rotate", "run", "dev/token"]);
    ana.ok(&["rotate", "revoke", "dev/token"]);
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, "is not approved on this machine");
}

#[test]
fn a_plan_stops_with_its_signer_until_somebody_else_confirms_it() {
    let (ana, bob, service) = world();
    assert_eq!(configure(&bob, &["--option", "more=x"]).code, 0);
    pull(&ana, &bob);
    let planned = ana.ok(&["--dry-run", "member", "rm", "bob", "--yes"]);
    assert!(planned.contains("the rotation of dev/token stops"), "{planned}");
    ana.ok(&["member", "rm", "bob", "--yes"]);
    let stopped = "its rotation plan was signed by `bob`, who is no longer a member";
    assert!(ana.ok(&["status"]).contains(&format!("the rotation of dev/token must be confirmed ({stopped}")));
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, stopped);
    is(&ana.run(&["rotate", "approve", "dev/token", "--dry-run"]), 7, "`vault rotate confirm dev/token`");
    is(&ana.run(&["--no-input", "rotate", "confirm", "dev/token"]), 10, "`--digest SHA256`");
    let shown = json(&ana.ok(&["--json", "--dry-run", "rotate", "confirm", "dev/token"]));
    assert_eq!((&shown["Confirmed"], &shown["Serial"], &shown["SignedBy"]), (&false.into(), &3.into(), &"ana".into()));
    let wrong = format!("sha256:{}", "0".repeat(64));
    is(&ana.run(&["rotate", "confirm", "dev/token", "--digest", &wrong]), 2, "not the given one");
    let digest = shown["Digest"].as_str().unwrap();
    let confirmed = ana.ok(&["rotate", "confirm", "dev/token", "--digest", digest]);
    assert!(confirmed.ends_with("confirmed, and approved on this machine\n"), "{confirmed}");
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(service.heard().contains(r#""more":"x""#), "the options stay as they were");
}

#[test]
fn a_value_does_not_choose_where_the_administrator_logs_in() {
    let (ana, bob, service) = world();
    let value = |host: &str| format!(r#"{{"host":"{host}","username":"app","password":"p"}}"#);
    let put =
        |of: &Sandbox, host: &str| of.feed(&["secret", "put", "dev/token", "--stdin"], value(host).as_bytes()).code;
    assert_eq!(put(&ana, "db"), 0);
    assert_eq!(configure(&ana, &["--admin", "prod/root", "--approve"]).code, 0);
    assert!(ana.ok(&["--dry-run", "rotate", "approve", "dev/token"]).contains("pinned  username=app or app_clone\n"));
    pull(&bob, &ana);
    assert_eq!(put(&bob, "evil"), 0);
    overdue(&bob, "bob", "dev/token");
    pull(&ana, &bob);
    let tick = ana.run(&["tick"]);
    assert_eq!((tick.code, service.heard().as_str()), (7, ""), "{tick:?}");
    let refused = "`dev/token`: its value has another `host` than its rotation plan allows";
    assert!(tick.stdout.contains(refused) && !tick.stdout.contains("evil"), "{tick:?}");
    is(&ana.run(&["rotate", "test", "dev/token"]), 7, refused);
    let shown = on_terminal(&ana, &["rotate", "confirm", "dev/token"], "n\n");
    assert!(shown.contains("host=evil") && shown.contains("Sign this plan in your name"), "{shown}");
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, refused);
}

#[test]
fn a_value_does_not_choose_the_administrator() {
    let (ana, bob, service) = world();
    let value = br#"{"masterarn":"arn:aws:secretsmanager:eu:1:secret:prod/root-Ab12Cd","password":"x"}"#;
    assert_eq!(bob.feed(&["secret", "put", "dev/token", "--stdin"], value).code, 0);
    overdue(&bob, "bob", "dev/token");
    pull(&ana, &bob);
    let before = ana.read("secrets/dev/token.yaml");
    let tick = ana.run(&["tick"]);
    assert_eq!((tick.code, service.heard().as_str()), (7, ""), "{tick:?}");
    assert!(tick.stdout.contains("`dev/token`: `masterarn` in the value names a different secret"), "{tick:?}");
    assert!(!tick.stdout.contains("prod/root"), "a value stays where it is: {tick:?}");
    let tried = ana.run(&["rotate", "test", "dev/token"]);
    is(&tried, 7, "`masterarn` in the value names a different secret");
    assert!(tried.stderr.contains("`vault rotate configure dev/token --admin SECRET`"), "{tried:?}");
    assert_eq!((ana.read("secrets/dev/token.yaml"), service.heard()), (before, String::new()), "nothing was begun");
    assert_eq!(configure(&ana, &["--admin", "prod/plain", "--approve"]).code, 0);
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, "`masterarn` in the value names a different secret");
    assert_eq!(configure(&ana, &["--admin", "prod/root", "--approve"]).code, 0);
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(service.heard().contains(ROOT));
}

/// The program of the guide, which writes the new value into the file that an option names.
fn token_hook() -> String {
    let guide = include_str!("../../docs/hooks.md");
    guide.split_once("```python\n").unwrap().1.split_once("```").unwrap().0.to_owned()
}

#[test]
fn a_program_that_was_approved_for_one_secret_writes_no_file_for_another() {
    if !has("python3") {
        return;
    }
    let (ana, bob, _) = world();
    ana.write("hooks/token.py", token_hook());
    create(&ana, "prod/token", "tok");
    approve_program(&ana, "token.py");
    let file = format!("file={}", ana.home().join("token").display());
    ana.ok(&["rotate", "configure", "prod/token", "--hook", "token.py", "--option", &file, "--approve"]);
    ana.ok(&["rotate", "run", "prod/token"]);
    pull(&bob, &ana);
    let target = ana.home().join(".bashrc");
    fs::write(&target, "alias ls='ls --color'\n").unwrap();
    create(&bob, "dev/x", "echo PWNED\n");
    assert_eq!(bob.feed(&["secret", "put", "dev/x", "--stdin", "--stage", "AWSPENDING"], b"echo PWNED").code, 0);
    let file = format!("file={}", target.display());
    let options = ["--hook", "token.py", "--option", &file, "--every", "30d"];
    bob.ok(&[&["--no-input", "rotate", "configure", "dev/x"][..], &options].concat());
    overdue(&bob, "bob", "dev/x");
    pull(&ana, &bob);
    let tick = ana.run(&["tick"]);
    assert_eq!(tick.code, 7, "{tick:?}");
    assert!(tick.stdout.contains("the rotation of `dev/x` is not approved on this machine"), "{tick:?}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "alias ls='ls --color'\n");
    assert_eq!(ana.ok(&["rotate", "log", "dev/x"]), "", "no step ran");
    ana.ok(&["rotate", "hooks", "revoke", "token.py"]);
    is(&ana.run(&["rotate", "run", "prod/token"]), 7, "the rotation of `prod/token` is not approved on this machine");
}

#[test]
fn approving_in_the_same_step_takes_nothing_over_from_others() {
    let (ana, bob, service) = world();
    assert_eq!(configure(&ana, &["--every", "20d", "--approve"]).code, 0, "what is kept was approved here");
    pull(&bob, &ana);
    assert_eq!(configure(&bob, &["--option", "more=x"]).code, 0);
    pull(&ana, &bob);
    let before = ana.read("secrets/dev/token.yaml");
    let refused = configure(&ana, &["--every", "60d", "--approve"]);
    is(&refused, 2, "`dev/token` has settings that this machine has not approved: its hook, more, url");
    ana.write("hooks/new.sh", "#!/bin/sh\n");
    is(&configure(&ana, &["--hook", "new.sh", "--approve"]), 7, "the hook `new.sh` is not approved on this machine");
    assert_eq!(ana.read("secrets/dev/token.yaml"), before, "nothing was configured");
    let planned = ana.run(&["--dry-run", "rotate", "configure", "dev/token", "--strategy", "random", "--approve"]);
    assert_eq!((planned.code, ana.read("secrets/dev/token.yaml") == before), (0, true), "{planned:?}");
    let named = ["--strategy", "http", "--option", &service.url, "--option", "more=", "--approve"];
    assert_eq!(configure(&ana, &named).code, 0);
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(!service.heard().contains(ROOT));
}

#[test]
fn approvals_of_a_program_alone_give_no_right_to_a_secret() {
    let (ana, _, service) = world();
    ana.write("hooks/new.sh", "#!/bin/sh\ncat > \"$HOME/out\"\n");
    approve_program(&ana, "new.sh");
    create(&ana, "prod/new", "x");
    ana.ok(&["--no-input", "rotate", "configure", "prod/new", "--hook", "new.sh"]);
    let list: PathBuf = ana.home().join(".local/state/vault").join(ana.vault_id()).join("hooks/approvals");
    // What the list held when an approval named a program, or an address, and nothing else.
    let text = fs::read_to_string(&list).unwrap();
    let program = text.lines().find(|line| line.starts_with("sha256:") && line.ends_with(" new.sh")).unwrap();
    let address = format!("builtin:http {}", service.url.trim_start_matches("url="));
    let digest = data_encoding::HEXLOWER.encode(&sha256(address.as_bytes()));
    fs::write(&list, format!("{program}\nsha256:{digest} {address}\n")).unwrap();
    for name in ["prod/new", "dev/token"] {
        is(&ana.run(&["rotate", "run", name]), 7, "is not approved on this machine");
    }
    assert_eq!((ana.home().join("out").exists(), service.heard().as_str()), (false, ""));
}

/// Runs a command on a terminal, types the answer if there is one to its question, and returns what the terminal showed.
fn on_terminal(of: &Sandbox, arguments: &[&str], answer: &str) -> String {
    let (mut keys, terminal) = open().unwrap();
    let command = Command::new(env!("CARGO_BIN_EXE_vault")).args(arguments).env_clear().env("HOME", of.home());
    let mut child = command.env("TERM", "dumb").current_dir(of.project()).spawn(terminal).unwrap();
    let mut shown = Vec::new();
    while !answer.is_empty() && !shown.ends_with(b"[y/N] ") {
        let mut byte = [0];
        keys.read_exact(&mut byte).unwrap();
        shown.push(byte[0]);
    }
    keys.write_all(answer.as_bytes()).unwrap();
    // The end of a terminal is an error.
    let _ = keys.read_to_end(&mut shown);
    child.wait().unwrap();
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn a_person_at_a_terminal_approves_while_configuring() {
    let (ana, _, service) = world();
    let arguments = ["rotate", "configure", "dev/token", "--admin", "prod/root"];
    let shown = on_terminal(&ana, &arguments, "n\r");
    for part in [
        "dev/token",
        "admin   prod/root (the hook gets the value",
        &service.url,
        "Approve this rotation",
        "awaits approval",
    ] {
        assert!(shown.contains(part), "{part:?} is missing in {shown}");
    }
    is(&ana.run(&["rotate", "run", "dev/token"]), 7, CHANGED);
    let shown = on_terminal(&ana, &arguments, "y\r");
    assert!(shown.contains("`vault rotate test dev/token`"), "{shown}");
    ana.ok(&["rotate", "run", "dev/token"]);
    assert!(service.heard().contains(ROOT));
    let again = on_terminal(&ana, &arguments, "");
    assert!(!again.contains("Approve this rotation"), "it is approved: {again}");
}
