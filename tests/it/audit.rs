//! The log of uses: what is recorded, what is found when somebody tampers with it, and what a vault may require.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

use serde_json::Value;

use crate::crashes::{self, faulted, injected};
use crate::project::{Sandbox, has};
use crate::screen::{Terminal, shown};

const SECRET: &str = "c4n4ry-hunter2";

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/prod/db/password", SECRET);
    sandbox.ok(&["secret", "create", "prod/token", "--generate"]);
    sandbox
}

fn log(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join(".local/state/vault").join(sandbox.vault_id()).join("audit/own/log.jsonl")
}

fn records(sandbox: &Sandbox, filter: &[&str]) -> Vec<Value> {
    let arguments = [&["--json", "audit"], filter].concat();
    let report: Value = serde_json::from_str(&sandbox.ok(&arguments)).unwrap();
    report["Records"].as_array().unwrap().clone()
}

#[test]
fn each_use_and_each_change_is_a_record_without_a_value() {
    let sandbox = shop();
    sandbox.ok(&["param", "get", "/prod/db/password"]);
    sandbox.ok(&["--reason", "deploy 17", "exec", "/prod", "--", "true"]);
    sandbox.ok(&["env", "/prod"]);
    let uses = records(&sandbox, &["--action", "open"]);
    assert_eq!(uses.len(), 3, "{uses:?}");
    assert_eq!(uses[0]["command"], "param get");
    assert_eq!(uses[0]["name"], "/prod/db/password");
    assert_eq!(uses[0]["version"], "1");
    assert_eq!((&uses[1]["command"], &uses[1]["program"]), (&"exec".into(), &"true".into()));
    assert_eq!(uses[1]["reason"], "deploy 17");
    assert!(uses[1..].iter().all(|it| it["typed"] == "/prod"), "{uses:?}");
    assert!(uses.iter().all(|it| it["member"] == "ana" && it["outcome"] == "allowed"), "{uses:?}");
    let changes = records(&sandbox, &["--action", "change", "--path", "/prod"]);
    assert_eq!(changes[0]["command"], "param put");
    let text = fs::read_to_string(log(&sandbox)).unwrap();
    assert!(!text.contains(SECRET));
    assert_eq!(fs::metadata(log(&sandbox)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_refusal_is_recorded_and_found() {
    let sandbox = shop();
    let stranger = sandbox.home().join("stranger.txt");
    if !has("age-keygen") {
        return;
    }
    sandbox.command("age-keygen").args(["-o", stranger.to_str().unwrap()]).output().unwrap();
    let refused = sandbox.run(&["--identity", stranger.to_str().unwrap(), "param", "get", "/prod/db/password"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    let denied = records(&sandbox, &["--outcome", "denied"]);
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!(denied[0]["name"], "/prod/db/password");
}

#[test]
fn a_command_that_opens_everything_is_one_record() {
    let sandbox = shop();
    sandbox.ok(&["verify"]);
    let uses = records(&sandbox, &["--action", "open", "--path", "/prod/db"]);
    assert_eq!(uses.len(), 1, "{uses:?}");
    assert_eq!((&uses[0]["command"], &uses[0]["name"]), (&"verify".into(), &"*".into()));
}

#[test]
fn records_are_grouped_and_written_as_csv_and_cloudtrail() {
    let sandbox = shop();
    for _ in 0..3 {
        sandbox.ok(&["secret", "get", "prod/token"]);
    }
    let report =
        sandbox.ok(&["--json", "audit", "--path", "prod/token", "--action", "open", "--group-by", "member,name"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["Groups"][0]["Count"], 3);
    assert_eq!(report["Groups"][0]["Of"]["Name"], "prod/token");
    let csv = sandbox.ok(&["audit", "export", "--format", "csv", "--action", "open"]);
    assert_eq!(csv.lines().count(), 4, "{csv}");
    let events = sandbox.ok(&["audit", "export", "--format", "cloudtrail", "--action", "open"]);
    let event: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    assert_eq!(event["eventName"], "GetSecretValue");
    assert_eq!(event["requestParameters"]["secretId"], "prod/token");
}

#[test]
fn an_edit_a_cut_and_a_reordering_are_found() {
    let sandbox = shop();
    for _ in 0..3 {
        sandbox.ok(&["param", "get", "/prod/db/password"]);
    }
    sandbox.ok(&["audit", "verify"]);
    let whole = fs::read_to_string(log(&sandbox)).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let last = lines.len() - 1;
    let mut reordered = lines.clone();
    reordered.swap(last - 1, last);
    let mut shorter = lines.clone();
    shorter.remove(last - 2);
    for (what, text) in [
        ("edited", whole.replacen("\"outcome\":\"allowed\"", "\"outcome\":\"failed\"", 1)),
        ("reordered", reordered.join("\n") + "\n"),
        ("one removed", shorter.join("\n") + "\n"),
        ("garbage", format!("{whole}garbage\n")),
    ] {
        fs::write(log(&sandbox), text).unwrap();
        let found = sandbox.run(&["audit", "verify"]);
        assert_eq!(found.code, 6, "{what}: {found:?}");
        assert!(found.stdout.contains("wrong"), "{what}: {found:?}");
    }
}

#[test]
fn an_end_that_was_cut_off_is_found_if_it_was_signed() {
    let sandbox = shop();
    for _ in 0..3 {
        sandbox.ok(&["param", "get", "/prod/db/password"]);
    }
    // A change opens the identity, and signs what came before.
    sandbox.ok(&["param", "put", "/other", "--generate"]);
    let signed: Value = serde_json::from_str(&sandbox.ok(&["--json", "audit", "verify"])).unwrap();
    assert!(signed["Logs"][0]["Signed"].as_u64().unwrap() > 0, "{signed}");
    let whole = fs::read_to_string(log(&sandbox)).unwrap();
    let cut: String = whole.split_inclusive('\n').take(3).collect();
    fs::write(log(&sandbox), cut).unwrap();
    let found = sandbox.run(&["audit", "verify"]);
    assert!(found.code == 6 && found.stdout.contains("cut off"), "{found:?}");
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning_or_a_refusal_as_the_vault_says() {
    let sandbox = shop();
    fs::remove_file(log(&sandbox)).unwrap();
    fs::create_dir(log(&sandbox)).unwrap();
    let warned = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!((warned.code, &*warned.stdout), (0, SECRET));
    assert_eq!(warned.stderr.matches("was not recorded").count(), 1, "{warned:?}");
    fs::remove_dir(log(&sandbox)).unwrap();
    sandbox.ok(&["trust", "settings", "--audit", "required"]);
    sandbox.ok(&["param", "get", "/prod/db/password"]);
    fs::remove_file(log(&sandbox)).unwrap();
    fs::create_dir(log(&sandbox)).unwrap();
    let refused = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!((refused.code, &*refused.stdout), (7, ""), "{refused:?}");
    let verified: Value = serde_json::from_str(&sandbox.ok(&["--json", "verify"])).unwrap();
    assert_eq!((&verified["Values"], &verified["ValuesNotOpened"]), (&0.into(), &2.into()), "not even to look");
    let unchanged = sandbox.run(&["param", "put", "/prod/new", "--generate"]);
    assert_eq!(unchanged.code, 7, "{unchanged:?}");
    assert!(!sandbox.vault().join("params/prod/new.yaml").exists());
}

#[test]
fn a_change_is_recorded_before_it_is_made() {
    if !has("strace") {
        return;
    }
    let put = ["param", "put", "/prod/new", "--generate"];
    for (fault, outcomes) in [("signal=KILL", &["allowed"][..]), ("error=EIO", &["allowed", "failed"])] {
        let sandbox = shop();
        assert!(faulted(&sandbox, &put, "renameat2", fault, 1), "nothing was published");
        assert!(!sandbox.vault().join("params/prod/new.yaml").exists());
        let found = records(&sandbox, &["--path", "/prod/new", "--action", "change"]);
        let mut found: Vec<&str> = found.iter().map(|record| record["outcome"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, outcomes, "{fault}");
    }
}

#[test]
fn a_read_killed_at_any_step_hands_out_nothing_that_is_not_recorded() {
    if !has("strace") {
        return;
    }
    let get = ["param", "get", "/prod/db/password"];
    let opened = |sandbox: &Sandbox| records(sandbox, &["--action", "open"]).len();
    let sandbox = shop();
    let directory = log(&sandbox).parent().unwrap().to_owned();
    for is_new in [false, true] {
        if is_new {
            fs::remove_dir_all(&directory).unwrap();
        }
        let (before, mut seen, known) = (sandbox.snapshot(), HashSet::new(), opened(&sandbox));
        for call in ["write", "fdatasync", "open", "openat", "mkdir", "ftruncate", "fallocate", "flock"] {
            let mut n = 1;
            while let Some(killed) = injected(&sandbox, &get, call, "signal=KILL", n) {
                if seen.insert((killed.stdout.clone(), crashes::state(&sandbox, before.path()))) {
                    let what = format!("new log: {is_new}, killed at {call} {n}: {killed:?}");
                    let recorded = opened(&sandbox) - known;
                    assert!(recorded <= 1 && (killed.stdout.is_empty() || recorded == 1), "{what}");
                    assert_eq!(sandbox.run(&["audit", "verify"]).code, 0, "{what}");
                    sandbox.ok(&get);
                    assert_eq!(opened(&sandbox), known + recorded + 1, "{what}");
                    sandbox.ok(&["audit", "verify"]);
                }
                sandbox.put_back(&before);
                n += 1;
            }
            sandbox.put_back(&before);
        }
        assert!(seen.len() > 1, "it was never killed in between");
    }
}

#[test]
fn a_line_that_was_torn_is_removed_and_recorded() {
    let sandbox = shop();
    sandbox.ok(&["param", "get", "/prod/db/password"]);
    let whole = fs::read(log(&sandbox)).unwrap();
    for torn in [1, 40] {
        fs::write(log(&sandbox), &whole[..whole.len() - torn]).unwrap();
        sandbox.ok(&["param", "get", "/prod/db/password"]);
        sandbox.ok(&["audit", "verify"]);
        let text = fs::read_to_string(log(&sandbox)).unwrap();
        assert_eq!(text.matches("\"action\":\"recover\"").count(), 1, "{text}");
    }
}

#[test]
fn a_log_that_belongs_to_others_or_may_not_be_written_is_a_warning_or_a_refusal() {
    let is_root = rustix::process::geteuid().is_root();
    if is_root && !has("setpriv") {
        return;
    }
    let mode = |path: PathBuf, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let directory = |sandbox: &Sandbox| log(sandbox).parent().unwrap().to_owned();
    let read_only = |sandbox: &Sandbox| {
        fs::remove_file(log(sandbox)).unwrap();
        mode(directory(sandbox), 0o500);
    };
    let file = |sandbox: &Sandbox| {
        fs::remove_dir_all(directory(sandbox)).unwrap();
        fs::write(directory(sandbox), "in the way").unwrap();
    };
    let of_another = |sandbox: &Sandbox| chown(log(sandbox), Some(65534), None).unwrap();
    let ways = [("read-only", &read_only as &dyn Fn(&Sandbox)), ("a file", &file), ("of another user", &of_another)];
    for (what, spoil) in ways.into_iter().take(if is_root { 3 } else { 2 }) {
        let sandbox = shop();
        let get = || sandbox.run_bound(&["param", "get", "/prod/db/password"]);
        let before = sandbox.snapshot();
        spoil(&sandbox);
        let warned = get();
        assert_eq!((warned.code, &*warned.stdout), (0, SECRET), "{what}: {warned:?}");
        assert_eq!(warned.stderr.matches("was not recorded").count(), 1, "{what}: {warned:?}");
        sandbox.put_back(&before);
        sandbox.ok(&["trust", "settings", "--audit", "required"]);
        spoil(&sandbox);
        let refused = get();
        assert_eq!((refused.code, &*refused.stdout), (7, ""), "{what}: {refused:?}");
    }
}

#[test]
fn a_scope_may_ask_for_reasons() {
    let sandbox = shop();
    sandbox.ok(&["trust", "settings", "--reason-for", "parameter:/prod"]);
    let refused = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(refused.stderr.contains("--reason"), "{refused:?}");
    sandbox.ok(&["secret", "get", "prod/token"]);
    // It hands nothing out, and a search does.
    sandbox.ok(&["verify"]);
    assert_eq!(sandbox.run(&["grep", "hunter"]).code, 7);
    assert_eq!(sandbox.ok(&["--reason", "incident 4", "param", "get", "/prod/db/password"]), SECRET);
    let denied = records(&sandbox, &["--outcome", "denied"]);
    assert_eq!(denied.len(), 2);
    sandbox.ok(&["trust", "settings", "--no-reasons"]);
    sandbox.ok(&["param", "get", "/prod/db/password"]);
}

#[test]
fn who_used_a_value_and_what_nobody_used() {
    let sandbox = shop();
    sandbox.ok(&["exec", "/prod", "--", "true"]);
    sandbox.ok(&["param", "put", "/prod/db/password", "--generate", "--overwrite"]);
    sandbox.ok(&["param", "get", "/prod/db/password"]);
    let consumers: Value = serde_json::from_str(&sandbox.ok(&["--json", "consumers", "/prod"])).unwrap();
    let behind: Vec<&Value> =
        consumers["Consumers"].as_array().unwrap().iter().filter(|it| it["IsBehind"] == true).collect();
    assert_eq!(behind.len(), 1, "{consumers}");
    assert_eq!(behind[0]["Program"], "true");
    assert_eq!(sandbox.ok(&["unused", "--since", "1d"]), "prod/token\n");
}

#[test]
fn the_log_of_another_machine_is_brought_here_whole_or_not_at_all() {
    let sandbox = shop();
    let file = sandbox.home().join("laptop.log");
    let file = file.to_str().unwrap();
    let export = || sandbox.ok(&["audit", "export", "--format", "log", "--out", file]);
    export();
    let text = fs::read_to_string(file).unwrap();
    let own = sandbox.run(&["audit", "import", file]);
    assert!(own.code == 2 && own.stderr.contains("the log of this machine"), "{own:?}");
    sandbox.ok(&["param", "get", "/prod/db/password"]);
    // From here on, what was recorded is the log of another machine.
    let directory = log(&sandbox).parent().unwrap().to_owned();
    let laptop = directory.with_file_name("laptop");
    let earlier = sandbox.home().join("earlier.log");
    fs::write(&earlier, &text).unwrap();
    export();
    fs::rename(&directory, &laptop).unwrap();
    sandbox.ok(&["audit", "import", earlier.to_str().unwrap()]);
    assert_eq!(sandbox.ok(&["audit", "verify"]).matches("whole").count(), 1);
    let again: Value = serde_json::from_str(&sandbox.ok(&["--json", "audit", "import", file])).unwrap();
    assert_eq!(again["Imported"][0]["New"], 1);
    for bad in [text.replace("\"open\"", "\"change\"").replace("param put", "param rm"), text, "nothing\n".into()] {
        fs::write(file, bad).unwrap();
        assert_eq!(sandbox.run(&["audit", "import", file]).code, 2);
    }
}

#[test]
fn processes_that_record_at_once_lose_nothing() {
    let sandbox = shop();
    let children: Vec<_> = (0..64)
        .map(|_| {
            sandbox
                .program()
                .args(["param", "get", "/prod/db/password"])
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(records(&sandbox, &["--action", "open", "--last", "100"]).len(), 64);
    sandbox.ok(&["audit", "verify"]);
}

#[test]
fn a_terminal_shows_local_time_and_one_line_for_each_record() {
    let sandbox = shop();
    sandbox.ok(&["param", "get", "/prod/db/password"]);
    let terminal = Terminal { rows: 60, columns: 80 };
    // Fourteen hours east of UTC.
    let variables = [("TERM", "xterm"), ("TZ", "<+14>-14"), ("NO_COLOR", "1")];
    let screen = shown(&sandbox, &["--no-pager", "audit"], &variables, terminal);
    let records = records(&sandbox, &[]);
    let lines: Vec<&str> = screen.lines().filter(|line| line.starts_with("20")).collect();
    assert_eq!(lines.len(), records.len(), "{screen}");
    assert!(lines.iter().all(|line| line.len() <= 80), "{screen}");
    assert!(!screen.contains("allowed"), "{screen}");
    let time = records[0]["time"].as_str().unwrap();
    let hour = (time[11..13].parse::<u32>().unwrap() + 14) % 24;
    assert_eq!(lines[0][11..16], format!("{hour:02}{}", &time[13..16]), "{screen}");
    assert!(sandbox.ok(&["audit"]).contains(&format!("{}Z", &time[..19])));
}
