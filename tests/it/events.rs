//! Change events: raised once for each change wherever it came from, delivered at least once, and never in the way of a command.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::crashes::{self, injected};
use crate::git::Team;
use crate::project::{Sandbox, has};
use crate::team::{clone, commit, git, pull, request};

const SECRET: &str = "c4n4ry-hunter2";
const ALL: &str = r#"{"source": ["aws.ssm"]}"#;

fn state(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join(".local/state/vault").join(sandbox.vault_id()).join("events")
}

fn events(sandbox: &Sandbox, filter: &[&str]) -> Vec<Value> {
    let report: Value = serde_json::from_str(&sandbox.ok(&[&["--json", "events"], filter].concat())).unwrap();
    report["Events"].as_array().unwrap().iter().map(|entry| entry["Event"].clone()).collect()
}

fn operations(events: &[Value]) -> Vec<String> {
    let named = |event: &Value| {
        let detail = &event["detail"];
        ["operation", "eventName"].iter().find_map(|key| detail[key].as_str().map(str::to_owned)).unwrap()
    };
    events.iter().map(named).collect()
}

/// A rule on this machine with an approved target.
fn rule(sandbox: &Sandbox, pattern: &str, target: &[&str]) {
    let add = ["events", "rules", "add", "r", "--pattern", "-", "--on", "ana", "--approve", "--overwrite"];
    let outcome = sandbox.feed(&[&add, target].concat(), pattern.as_bytes());
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

/// What has to be approved.
fn digest(sandbox: &Sandbox) -> String {
    let shown: Value = serde_json::from_str(&sandbox.ok(&["--json", "events", "rules", "show", "r"])).unwrap();
    shown["Digest"].as_str().unwrap().to_owned()
}

/// A hook with this body.
fn hook(sandbox: &Sandbox, body: &str) {
    let path = sandbox.document("hooks/r.sh");
    sandbox.write("hooks/r.sh", format!("#!/bin/sh\n{body}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Waits for something that a process in the background does.
fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match look() {
            Some(found) => return found,
            None if Instant::now() > end => panic!("{what} did not come"),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The events in a file, once there are so many and nothing is delivered any more.
fn lines(sandbox: &Sandbox, file: &Path, count: usize) -> Vec<Value> {
    let read = || fs::read_to_string(file).unwrap_or_default();
    until("a line", || (read().lines().count() >= count && waiting(sandbox) == 0).then_some(()));
    read().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn count(sandbox: &Sandbox, kind: &str) -> usize {
    fs::read_dir(state(sandbox).join(kind)).map_or(0, |entries| {
        entries.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).count()
    })
}

fn waiting(sandbox: &Sandbox) -> usize {
    count(sandbox, "outbox")
}

#[test]
fn each_change_is_an_event_without_a_value_and_reading_is_none() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/db", SECRET);
    sandbox.put("/app/db", "c4n4ry-two");
    sandbox.ok(&["label", "add", "/app/db:1", "live"]);
    sandbox.ok(&["secret", "create", "x/db", "--generate"]);
    sandbox.ok(&["secret", "put", "x/db", "--generate"]);
    sandbox.ok(&["param", "rm", "--yes", "/app/db"]);
    let all = events(&sandbox, &[]);
    let expected = ["Create", "Update", "LabelParameterVersion", "CreateSecret", "PutSecretValue", "Delete"];
    assert_eq!(operations(&all), expected);
    assert_eq!((&all[0]["detail-type"], &all[0]["source"]), (&"Parameter Store Change".into(), &"aws.ssm".into()));
    assert_eq!((&all[0]["detail"]["name"], &all[0]["detail"]["type"]), (&"/app/db".into(), &"SecureString".into()));
    assert!(all[0]["resources"][0].as_str().unwrap().ends_with(":parameter/app/db"));
    assert_eq!(all[2]["detail"]["labels"], serde_json::json!(["live"]));
    assert_eq!(operations(&events(&sandbox, &["--path", "/app", "--type", "update"])), ["Update"]);
    assert_eq!(events(&sandbox, &["--path", "/ap"]).len(), 0);
    let journal = fs::read_to_string(state(&sandbox).join("journal.jsonl")).unwrap();
    assert!(!journal.contains("c4n4ry") && journal.lines().count() == expected.len());
    fs::remove_dir_all(state(&sandbox)).unwrap();
    sandbox.ok(&["secret", "get", "x/db"]);
    assert!(!state(&sandbox).exists(), "a get has nothing to do with events");
}

#[test]
fn a_change_from_elsewhere_raises_the_same_event_once() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let other = sandbox.home().join("other");
    let id = sandbox.vault_id();
    let there = [("XDG_STATE_HOME", other.to_str().unwrap()), ("VLT_ID", &id)];
    let tick = || assert_eq!(sandbox.run_with(&["tick"], &there).code, 0);
    let seen = || -> Vec<Value> {
        let report = sandbox.run_with(&["--json", "events"], &there).stdout;
        let report: Value = serde_json::from_str(&report).unwrap();
        report["Events"].as_array().unwrap().iter().map(|entry| entry["Event"].clone()).collect()
    };
    tick();
    assert_eq!(seen(), Vec::<Value>::new(), "what is there at first is known");
    sandbox.put("/a", "two");
    sandbox.put("/b", "new");
    sandbox.ok(&["label", "add", "/b", "live"]);
    tick();
    tick();
    assert_eq!(operations(&seen()), ["Update", "Create", "LabelParameterVersion"]);
    let here = events(&sandbox, &[]);
    assert_eq!(seen()[0], here[1], "the same event on both machines");
}

#[test]
fn what_a_killed_command_did_not_journal_is_raised_by_the_next_tick() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.ok(&["tick"]);
    let (place, copy) = (state(&sandbox), sandbox.home().join("copy"));
    let copied = |from: &Path, to: &Path| {
        assert!(std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
    };
    copied(&place, &copy);
    sandbox.put("/a", "two");
    let expected = events(&sandbox, &[]);
    // Killed before the journal: nothing of it is there. Killed after it: the journal has it, what was seen has not.
    let journal = fs::read(place.join("journal.jsonl")).unwrap();
    for journaled in [false, true] {
        fs::remove_dir_all(&place).unwrap();
        copied(&copy, &place);
        if journaled {
            fs::write(place.join("journal.jsonl"), &journal).unwrap();
        }
        assert_eq!(operations(&events(&sandbox, &[])).len(), if journaled { 2 } else { 1 });
        sandbox.ok(&["tick"]);
        sandbox.ok(&["tick"]);
        assert_eq!(events(&sandbox, &[]), expected);
    }
}

/// Overwrites a parameter with a fault at each call that writes, syncs or renames: the new version has its event after one tick,
/// and what was not written has none.
fn overwritten_with(fault: &str) {
    if !has("strace") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.ok(&["set", "/a", "one", "--type", "String"]);
    let (before, mut seen) = (sandbox.snapshot(), HashSet::new());
    let (mut old, mut new) = (0, 0);
    for call in ["write", "fsync", "fdatasync", "rename", "renameat", "renameat2"] {
        let mut n = 1;
        while let Some(outcome) = injected(&sandbox, &["set", "/a", "two"], call, fault, n) {
            if seen.insert((outcome.code, crashes::state(&sandbox, before.path()))) {
                let what = format!("{fault} at {call} {n}: {outcome:?}");
                let stands = sandbox.ok(&["get", "/a"]) == "two";
                assert!(stands || outcome.code != 0, "{what}");
                assert!(!stands || !outcome.stderr.contains("nothing was changed"), "{what}");
                let expected: &[&str] = if stands { &["Create", "Update"] } else { &["Create"] };
                for _ in 0..2 {
                    sandbox.ok(&["tick"]);
                    assert_eq!(operations(&events(&sandbox, &[])), expected, "{what}");
                }
                *(if stands { &mut new } else { &mut old }) += 1;
            }
            sandbox.put_back(&before);
            n += 1;
        }
        sandbox.put_back(&before);
    }
    println!("{fault}: {old} states without the change, {new} with it");
    assert!(old > 0 && new > 0, "{old} {new}");
}

#[test]
fn a_command_killed_at_any_step_raises_what_it_did_once() {
    overwritten_with("signal=KILL");
}

#[test]
fn a_full_disk_at_any_step_raises_what_was_done_once() {
    overwritten_with("error=ENOSPC");
}

#[test]
fn a_journal_that_cannot_be_written_is_a_warning_and_the_change_stands() {
    let sandbox = Sandbox::new();
    fs::remove_dir_all(state(&sandbox)).ok();
    fs::write(state(&sandbox), "in the way").unwrap();
    let outcome = sandbox.feed(&["set", "/a", "--stdin"], b"one");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("raised no event yet"), "{outcome:?}");
    assert_eq!(sandbox.ok(&["get", "/a"]), "one");
    fs::remove_file(state(&sandbox)).unwrap();
    sandbox.put("/a", "two");
    assert_eq!(operations(&events(&sandbox, &[])), ["Update"]);
}

#[test]
fn a_rule_whose_program_is_missing_is_added_with_a_warning() {
    let sandbox = Sandbox::new();
    let add = ["events", "rules", "add", "r", "--pattern", "-", "--on", "ana", "--program", "nope.sh"];
    let outcome = sandbox.feed(&add, ALL.as_bytes());
    assert!(outcome.code == 0 && outcome.stdout.contains("program missing"), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: nothing runs here: the program `nope.sh` cannot be read"), "{outcome:?}");
}

#[test]
fn a_program_gets_the_event_only_once_it_is_approved_as_it_is() {
    let sandbox = Sandbox::new();
    let out = sandbox.home().join("out");
    hook(&sandbox, &format!("cat >> {0}; echo >> {0}; echo \"$1 $VLT_EVENT_RULE $VLT_DIR\" >> {0}.env", out.display()));
    let pattern = r#"{"detail": {"operation": ["Update"], "name": [{"prefix": "/app/"}]}}"#;
    let add = ["events", "rules", "add", "r", "--pattern", "-", "--on", "ana", "--program", "r.sh", "nginx"];
    let outcome = sandbox.feed(&add, pattern.as_bytes());
    assert!(outcome.code == 0 && outcome.stderr.contains("vault events rules approve r"), "{outcome:?}");
    assert!(sandbox.ok(&["status"]).contains("vault events rules approve r"));
    sandbox.put("/app/x", SECRET);
    sandbox.put("/app/x", "two");
    until("a failure", || (waiting(&sandbox) == 1).then_some(()));
    assert!(!out.exists());
    let digest = digest(&sandbox);
    assert_ne!(sandbox.run(&["events", "rules", "approve", "r"]).code, 0, "nobody was asked");
    sandbox.ok(&["events", "rules", "approve", "r", "--digest", &digest]);
    sandbox.ok(&["events", "deliver"]);
    let got = lines(&sandbox, &out, 1);
    assert_eq!(got, events(&sandbox, &["--type", "Update"]));
    let variables = fs::read_to_string(sandbox.home().join("out.env")).unwrap();
    assert_eq!(variables, format!("nginx r {}\n", fs::canonicalize(sandbox.vault()).unwrap().display()));
    hook(&sandbox, &format!("echo changed >> {}", out.display()));
    sandbox.put("/app/x", "three");
    until("a failure", || (waiting(&sandbox) == 1).then_some(()));
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 1, "a changed program does not run");
    sandbox.ok(&["events", "rules", "disable", "r"]);
    sandbox.ok(&["events", "deliver"]);
    assert_eq!(waiting(&sandbox), 0);
}

#[test]
fn a_target_that_hangs_or_floods_delays_no_command() {
    let sandbox = Sandbox::new();
    hook(&sandbox, ": > \"$HOME/begun\"; exec sleep 60");
    rule(&sandbox, ALL, &["--program", "r.sh"]);
    let begun = Instant::now();
    sandbox.put("/a", "one");
    assert!(begun.elapsed() < Duration::from_secs(30));
    until("the program", || sandbox.home().join("begun").exists().then_some(()));
    // The process in the background has the lock until its limit is over.
    fs::write(sandbox.document("hooks/r.sh"), "#!/bin/sh\nhead -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2\n")
        .unwrap();
    let vault = fs::canonicalize(sandbox.vault()).unwrap();
    let is_it = |path: &Path| {
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains("events deliver --detached") && line.contains(vault.to_str().unwrap())
    };
    let pid = until("the process in the background", || {
        let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        all.into_iter().find(|path| is_it(path)).map(|path| path.file_name().unwrap().to_owned())
    });
    assert!(sandbox.command("kill").arg(pid).status().unwrap().success());
    let free = || sandbox.run(&["--json", "events", "deliver", "--timeout", "1"]).stdout;
    until("the end of the target", || free().contains("\"Failed\": 1").then_some(()));
    rule(&sandbox, ALL, &["--program", "r.sh"]);
    sandbox.ok(&["events", "replay", "--since", "1d"]);
    assert_eq!(waiting(&sandbox), 0);
    assert!(sandbox.ok(&["rotate", "log"]).contains("event"));
}

#[test]
fn targets_that_change_the_vault_end_as_a_loop() {
    let sandbox = Sandbox::new();
    let vault = env!("CARGO_BIN_EXE_vault");
    hook(&sandbox, &format!("{vault} set /loop \"$(date +%N)\" --type String"));
    rule(&sandbox, ALL, &["--program", "r.sh"]);
    sandbox.put("/a", "one");
    until("the end of the loop", || (count(&sandbox, "dead") > 0 && waiting(&sandbox) == 0).then_some(()));
    let dead = sandbox.ok(&["events", "dead"]);
    assert!(dead.contains("loop"), "{dead}");
    assert!(sandbox.ok(&["status"]).contains("vault events dead"));
    assert!(events(&sandbox, &["--path", "/loop"]).len() <= 6);
    sandbox.ok(&["events", "dead", "drop", "--all"]);
    assert_eq!(count(&sandbox, "dead"), 0);
}

#[test]
fn two_that_deliver_at_once_deliver_once() {
    let sandbox = Sandbox::new();
    let out = sandbox.home().join("out.jsonl");
    let add = ["events", "rules", "add", "r", "--pattern", "-", "--on", "ana", "--file", out.to_str().unwrap()];
    assert_eq!(sandbox.feed(&add, ALL.as_bytes()).code, 0);
    for number in 0..20 {
        sandbox.ok(&["set", &format!("/n/{number}"), "x", "--type", "String"]);
    }
    until("what waits for an approval", || (waiting(&sandbox) == 20).then_some(()));
    sandbox.ok(&["events", "rules", "approve", "r", "--digest", &digest(&sandbox)]);
    let deliver = || sandbox.program().args(["events", "deliver"]).output();
    std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(deliver), scope.spawn(deliver));
        assert!(one.join().unwrap().unwrap().status.success() && other.join().unwrap().unwrap().status.success());
    });
    let ids: Vec<String> = lines(&sandbox, &out, 20).iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let link = sandbox.home().join("link");
    std::os::unix::fs::symlink(&out, &link).unwrap();
    rule(&sandbox, ALL, &["--file", link.to_str().unwrap()]);
    sandbox.ok(&["set", "/n/0", "y"]);
    until("a failure", || (waiting(&sandbox) == 1).then_some(()));
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 20, "no link is followed");
}

/// A server that answers each request with one of the statuses, and returns what it got: head and body.
fn server(statuses: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut requests = Vec::new();
        for status in statuses {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap() <= 2 {
                    break;
                }
                if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = number.trim().parse().unwrap();
                }
                head.push_str(&line.to_ascii_lowercase());
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            requests.push((head, String::from_utf8(body).unwrap()));
        }
        requests
    });
    (url, served)
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

#[test]
fn a_webhook_is_signed_and_tried_again_and_follows_no_redirect() {
    let sandbox = Sandbox::new();
    let created = sandbox.feed(&["secret", "create", "hook/key", "--stdin"], b"key");
    assert_eq!(created.code, 0, "{created:?}");
    let (url, served) = server(&["307 Go\r\nlocation: http://127.0.0.1:1/", "200 OK"]);
    rule(&sandbox, ALL, &["--webhook", &url, "--secret", "hook/key"]);
    sandbox.put("/a", SECRET);
    until("a failure", || {
        let dead = fs::read_dir(state(&sandbox).join("outbox")).ok()?.flatten().next()?;
        fs::read_to_string(dead.path()).ok().filter(|text| text.contains("status 307"))
    });
    let status = sandbox.ok(&["status"]);
    assert!(status.contains("1 delivery of the rule r failed") && status.contains("status 307"), "{status}");
    sandbox.ok(&["events", "replay", "--since", "1d"]);
    let requests = served.join().unwrap();
    assert_eq!((requests.len(), waiting(&sandbox)), (2, 0));
    let (head, body) = &requests[1];
    let event: Value = serde_json::from_str(body).unwrap();
    assert_eq!(event, events(&sandbox, &["--path", "/a"])[0]);
    assert!(!body.contains(SECRET));
    assert_eq!(header(head, "idempotency-key"), event["id"].as_str().unwrap());
    if has("openssl") {
        let signed = format!("{}.{body}", header(head, "x-vault-timestamp"));
        fs::write(sandbox.home().join("signed"), signed).unwrap();
        let mut openssl = sandbox.command("openssl");
        openssl.args(["dgst", "-sha256", "-hmac", "key", "-r"]).arg(sandbox.home().join("signed"));
        let mac = String::from_utf8(openssl.output().unwrap().stdout).unwrap();
        assert_eq!(header(head, "x-vault-signature"), format!("sha256={}", mac.split(' ').next().unwrap()));
    }
}

#[test]
fn an_aws_endpoint_gets_put_events() {
    let sandbox = Sandbox::new();
    let (url, served) = server(&["200 OK"]);
    rule(&sandbox, ALL, &["--aws", &url]);
    sandbox.put("/a", "one");
    let (head, body) = served.join().unwrap().remove(0);
    assert_eq!(header(&head, "x-amz-target"), "awsevents.putevents");
    let entry = serde_json::from_str::<Value>(&body).unwrap()["Entries"][0].clone();
    assert_eq!((&entry["Source"], &entry["DetailType"]), (&"aws.ssm".into(), &"Parameter Store Change".into()));
    assert!(entry["Detail"].as_str().unwrap().contains("\"name\":\"/a\""));
}

#[test]
fn what_fails_for_a_day_is_given_up_and_can_be_tried_again() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    hook(&sandbox, "exit 3");
    rule(&sandbox, ALL, &["--program", "r.sh"]);
    sandbox.put("/a", "one");
    until("a failure", || {
        let waiting = fs::read_dir(state(&sandbox).join("outbox")).ok()?.flatten().next()?;
        fs::read_to_string(waiting.path()).ok().filter(|text| text.contains("exit 3"))
    });
    let later = |time: &str| {
        let mut command = sandbox.command("faketime");
        command.args(["-f", time, env!("CARGO_BIN_EXE_vault"), "events", "deliver"]);
        assert!(command.output().unwrap().status.success());
    };
    later("+2h");
    assert_eq!((waiting(&sandbox), count(&sandbox, "dead")), (1, 0));
    later("+30h");
    assert_eq!((waiting(&sandbox), count(&sandbox, "dead")), (0, 1));
    hook(&sandbox, "cat > /dev/null");
    rule(&sandbox, ALL, &["--program", "r.sh"]);
    let retried = sandbox.ok(&["events", "dead", "retry", "--all"]);
    assert!(retried.contains("exit 3"), "{retried}");
    assert_eq!((waiting(&sandbox), count(&sandbox, "dead")), (0, 0));
}

#[test]
fn rules_are_checked_when_they_are_written_and_signed_by_admins() {
    let sandbox = Sandbox::new();
    let add = |pattern: &str, more: &[&str]| {
        let add = ["events", "rules", "add", "r", "--pattern", "-"];
        sandbox.feed(&[&add, more].concat(), pattern.as_bytes())
    };
    let refused = add(r#"{"detail": {"name": [{"prefixx": "/a"}]}}"#, &["--on", "ana", "--file", "/x"]);
    assert!(refused.code == 2 && refused.stderr.contains("detail.name"), "{refused:?}");
    for (more, code) in [
        (&["--on", "bob", "--file", "/x"][..], 3),
        (&["--on", "ana", "--file", "x"], 2),
        (&["--on", "ana", "--webhook", "http://example.com/"], 2),
        (&["--on", "ana", "--program", "builtin:random"], 2),
        (&["--on", "ana"], 2),
        (&["--on", "ana", "--webhook", "https://example.com/", "--secret", "no/such"], 3),
    ] {
        let outcome = add(ALL, more);
        assert_eq!(outcome.code, code, "{more:?}: {outcome:?}");
    }
    assert_eq!(add(ALL, &["--on", "ana", "--file", "/x"]).code, 0);
    assert_eq!(add(ALL, &["--on", "ana", "--file", "/y"]).code, 4, "it exists");
    assert_eq!(sandbox.run(&["verify"]).code, 0);
    let shown = sandbox.ok(&["--json", "events", "rules", "show", "r"]);
    assert!(shown.contains("\"/x\"") && shown.contains("not approved"), "{shown}");
    let text = sandbox.read("events/r.yaml");
    sandbox.write("events/r.yaml", text.replace("\"/x\"", "\"/z\""));
    assert_eq!(sandbox.run(&["verify"]).code, 6);
    assert_eq!(sandbox.run(&["events", "rules", "ls"]).code, 6);
    sandbox.write("events/r.yaml", text);
    sandbox.ok(&["events", "rules", "rm", "--yes", "r"]);
    assert_eq!(sandbox.run(&["events", "rules", "show", "r"]).code, 3);
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

#[test]
fn patterns_are_tried_on_events_and_new_events_are_followed() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let event = events(&sandbox, &[])[0].to_string();
    fs::write(sandbox.project().join("event.json"), event).unwrap();
    let matches = |pattern: &str| sandbox.feed(&["events", "test-pattern", "-", "event.json"], pattern.as_bytes()).code;
    assert_eq!((matches(ALL), matches(r#"{"source": ["x"]}"#), matches("{")), (0, 8, 2));
    let followed = sandbox.ok(&["--json", "events", "follow", "--since", "1d", "--count", "1"]);
    assert_eq!(serde_json::from_str::<Value>(&followed).unwrap()["Event"]["detail"]["name"], "/a");
}

#[test]
fn the_rules_of_an_admin_who_leaves_are_listed_and_continue() {
    let sandbox = Sandbox::new();
    let pattern = sandbox.home().join("pattern.json");
    fs::write(&pattern, ALL).unwrap();
    sandbox.ok(&["member", "new", "bob", "--admin", "--out", "bob.txt"]);
    let add = ["--identity", "bob.txt", "events", "rules", "add", "alert", "--on", "ana", "--file", "/x", "--pattern"];
    sandbox.ok(&[&add[..], &[pattern.to_str().unwrap()]].concat());
    let planned = sandbox.ok(&["--dry-run", "member", "rm", "bob"]);
    assert!(planned.contains("the event rule alert continues"), "{planned}");
    let removed: Value = serde_json::from_str(&sandbox.ok(&["--json", "member", "rm", "bob", "--yes"])).unwrap();
    assert_eq!(removed["Rules"], serde_json::json!(["alert"]));
    let rule: Value = serde_json::from_str(&sandbox.ok(&["--json", "events", "rules", "show", "alert"])).unwrap();
    assert_eq!(rule["State"], "ENABLED");
}

#[test]
fn rules_of_two_branches_are_merged_and_a_sync_raises_what_it_brings() {
    let team = Team::new(2);
    let pattern = team.path("pattern.json");
    fs::write(&pattern, ALL).unwrap();
    let add = |clone: usize, file: &str| {
        let add =
            ["--commit", "events", "rules", "add", "r", "--overwrite", "--on", "ana", "--file", file, "--pattern"];
        team.ok(clone, &[&add[..], &[pattern.to_str().unwrap()]].concat());
    };
    add(0, "/x");
    team.ok(0, &["sync"]);
    team.ok(1, &["sync"]);
    add(1, "/y");
    team.ok(0, &["--commit", "events", "rules", "disable", "r"]);
    team.put(0, "/new", "value");
    team.ok(0, &["sync"]);
    team.ok(1, &["sync"]);
    let rule: Value = serde_json::from_str(&team.ok(1, &["--json", "events", "rules", "show", "r"])).unwrap();
    assert_eq!((&rule["State"], &rule["Targets"][0]["To"]), (&"DISABLED".into(), &"/y".into()));
    let report: Value = serde_json::from_str(&team.ok(1, &["--json", "events"])).unwrap();
    let names: Vec<&str> =
        report["Events"].as_array().unwrap().iter().map(|it| it["Event"]["detail"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["/new"]);
}

#[test]
fn a_rule_of_an_admin_who_leaves_is_signed_again_and_a_member_writes_none() {
    let ana = Sandbox::new();
    let bob = clone(&ana);
    let (path, fingerprint) = request(&bob, "bob");
    ana.ok(&["member", "add", &path, "--fingerprint", &fingerprint, "--admin", "--read", "default", "--no-input"]);
    pull(&bob, &ana);
    rule(&bob, ALL, &["--on", "bob", "--file", "/nowhere"]);
    commit(&bob);
    git(&ana, &["pull", "-q", "--ff-only", bob.project().to_str().unwrap(), "HEAD"]);
    ana.ok(&["events", "rules", "show", "r"]);
    let demoted = ana.run(&["member", "update", "bob", "--no-admin"]);
    assert_eq!(demoted.code, 0, "{demoted:?}");
    let shown = ana.ok(&["--json", "events", "rules", "show", "r"]);
    assert!(shown.contains("\"ModifiedBy\": \"ana\""), "{shown}");
    pull(&bob, &ana);
    for change in ["disable", "rm"] {
        let refused = bob.run(&["events", "rules", change, "r"]);
        assert_eq!(refused.code, 7, "before anything is asked: {refused:?}");
    }
    ana.ok(&["member", "rm", "bob", "--yes"]);
    assert_eq!(ana.run(&["verify"]).code, 0);
    let members = events(&ana, &["--type", "Vault Member Change"]);
    assert_eq!(operations(&members), ["Add", "Update", "Remove"]);
}
