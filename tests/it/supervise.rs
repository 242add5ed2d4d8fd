//! `vault exec` that stays: masking, time limits, signals, files, input, watching; with real programs, in a real terminal where
//! one matters.

mod ci;
mod terminal;
mod watch;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::{Outcome, Sandbox, has, outcome};

pub(crate) const CANARY: &str = "c4n4ry-hunter2";

/// How long anything may take before a test gives up: long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/app/password", CANARY);
    sandbox
}

/// `vault exec` of a shell script with these options.
fn exec(sandbox: &Sandbox, options: &[&str], script: &str) -> Command {
    let mut command = sandbox.program();
    command.arg("exec").args(options).args(["/app", "--", "sh", "-c", script]);
    command.env("XDG_RUNTIME_DIR", sandbox.memory());
    command
}

fn run(sandbox: &Sandbox, options: &[&str], script: &str) -> Outcome {
    outcome(exec(sandbox, options, script).output().unwrap())
}

/// Runs a script that writes the file `begun` and does not end, with a short time limit; with a longer one where the machine was
/// too busy for it to begin.
fn run_briefly(sandbox: &Sandbox, options: &[&str], script: &str) -> Outcome {
    let begun = sandbox.project().join("begun");
    let attempt = |limit: &&str| {
        let outcome = run(sandbox, &[&["--timeout", limit], options].concat(), script);
        fs::remove_file(&begun).is_ok().then_some(outcome)
    };
    ["500ms", "5s", "60s"].iter().find_map(attempt).unwrap()
}

/// What is in the place for files in memory.
fn left_in_memory(sandbox: &Sandbox) -> Vec<PathBuf> {
    fs::read_dir(sandbox.memory()).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Waits until something holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for a line in a file that a script writes.
pub(crate) fn wait_for_line(path: &Path, line: &str) {
    wait_until(line, || fs::read_to_string(path).is_ok_and(|text| text.lines().any(|found| found == line)));
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Whether a process has gone, or waits only to be reaped.
pub(crate) fn is_gone(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with('Z'))
}

#[test]
fn both_streams_are_masked_and_the_exit_code_is_the_programs() {
    let sandbox = shop();
    sandbox.put("/app/json", r#"{"token":"t0k3n-in-json"}"#);
    sandbox.put("/app/pin", "123");
    let script = "echo \"pw=$PASSWORD, $JSON\"; echo \"$PASSWORD\" >&2; printf %s \"$PASSWORD\" | base64; echo 't0k3n-in-json'; \
                  printf %s \"$PIN\"; exit 7";
    let masked = run(&sandbox, &["--mask"], script);
    assert_eq!(masked.code, 7);
    assert_eq!(masked.stdout, "pw=***, ***\n***\n***\n123");
    assert_eq!(masked.stderr, "note: not masked, because values this short are everywhere: PIN\n***\n");
    let plain = run(&sandbox, &["--no-mask", "--timeout", "1h"], "printf %s \"$PASSWORD\"");
    assert_eq!((plain.code, plain.stdout.as_str(), plain.stderr.as_str()), (0, CANARY, ""));
}

#[test]
fn bytes_pass_unchanged_and_streams_to_one_place_keep_their_order() {
    let sandbox = shop();
    let all: Vec<u8> = (0..=255u8).cycle().take(300_000).collect();
    fs::write(sandbox.project().join("bytes"), &all).unwrap();
    let output = exec(&sandbox, &["--mask"], "cat bytes").output().unwrap();
    assert!(output.status.success() && output.stdout == all, "{} bytes", output.stdout.len());
    let script = "for n in 1 2 3 4 5 6 7 8 9; do echo out $n; echo err $n >&2; done";
    let vault = env!("CARGO_BIN_EXE_vault");
    let line = format!("exec {vault} exec --mask /app -- sh -c '{script}' 2>&1");
    let both = outcome(sandbox.command("sh").args(["-c", &line]).output().unwrap());
    let expected: Vec<String> = (1..=9).flat_map(|n| [format!("out {n}"), format!("err {n}")]).collect();
    assert_eq!(both.stdout.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_prompt_appears_before_its_line_ends() {
    let sandbox = shop();
    let mut command = exec(&sandbox, &["--mask"], "printf 'Password: '; read answer; echo \"got $answer\"");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut seen = [0; 10];
    child.stdout.as_mut().unwrap().read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"Password: ");
    child.stdin.take().unwrap().write_all(format!("{CANARY}\n").as_bytes()).unwrap();
    assert_eq!(outcome(child.wait_with_output().unwrap()).stdout, "got ***\n");
}

#[test]
fn a_program_that_takes_too_long_is_ended_with_all_it_started() {
    let sandbox = shop();
    // However busy the machine is, it is not killed in addition.
    let late = run_briefly(&sandbox, &["--kill-after", "1h"], "echo begun; echo begun > begun; sleep 600");
    assert_eq!((late.code, late.stdout.as_str()), (124, "begun\n"));
    assert_eq!(late.stderr, "warning: `sh` timed out and was asked to exit\n");
    let script = "trap '' TERM; sh -c 'echo $$ > pid; echo begun > begun; while :; do sleep 1; done' & \
                  while :; do sleep 1; done";
    let stubborn = run_briefly(&sandbox, &["--kill-after", "200ms"], script);
    assert_eq!(stubborn.code, 124, "{stubborn:?}");
    assert!(stubborn.stderr.contains("did not exit when asked to, and was killed"), "{stubborn:?}");
    let pid = fs::read_to_string(sandbox.project().join("pid")).unwrap();
    wait_until("the end of the grandchild", || is_gone(pid.trim()));
    let in_time = run(&sandbox, &["--timeout", "1h"], "exit 3");
    assert_eq!((in_time.code, in_time.stderr.as_str()), (3, ""));
    let bad = run(&sandbox, &["--timeout", "soon"], "true");
    assert_eq!(bad.code, 125, "{bad:?}");
}

#[test]
fn a_value_in_a_file_is_private_and_goes_with_the_program() {
    let sandbox = shop();
    let script = "echo \"${PASSWORD-unset}\"; stat -c %a \"$PASSWORD_FILE\"; test \"$(cat \"$PASSWORD_FILE\")\" = c4n4ry-hunter2 && \
                  echo \"$PASSWORD_FILE\"";
    let mut command = exec(&sandbox, &["--file", "PASSWORD"], script);
    let given = outcome(command.env("PASSWORD", "inherited").output().unwrap());
    assert_eq!(given.code, 0, "{given:?}");
    let lines: Vec<&str> = given.stdout.lines().collect();
    assert_eq!(lines[..2], ["unset", "600"]);
    assert!(Path::new(lines[2]).starts_with(sandbox.memory()) && !Path::new(lines[2]).exists(), "{given:?}");
    assert!(left_in_memory(&sandbox).is_empty());
    let absent = run(&sandbox, &["--file", "NOPE"], "true");
    assert_eq!((absent.code, left_in_memory(&sandbox).len()), (125, 0));
    assert!(absent.stderr.contains("no value for NOPE"), "{absent:?}");
}

#[test]
fn files_are_removed_after_a_signal_and_after_a_failed_start() {
    let sandbox = shop();
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut child = exec(&sandbox, &["--file", "PASSWORD"], "echo ready > ready; exec sleep 600").spawn().unwrap();
        wait_for_line(&sandbox.project().join("ready"), "ready");
        assert_eq!(left_in_memory(&sandbox).len(), 1);
        send(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(left_in_memory(&sandbox).is_empty(), "{signal:?}");
        fs::remove_file(sandbox.project().join("ready")).unwrap();
    }
    let start = |program: &str| {
        let mut command = sandbox.program();
        command.args(["exec", "--file", "PASSWORD", "/app", "--", program]).env("XDG_RUNTIME_DIR", sandbox.memory());
        outcome(command.output().unwrap())
    };
    for (program, code) in [("no-such-program", 127), ("/etc/passwd", 126)] {
        assert_eq!(start(program).code, code);
        assert!(left_in_memory(&sandbox).is_empty(), "{program}");
    }
}

#[test]
fn the_file_of_a_killed_run_is_removed_by_the_next() {
    let sandbox = shop();
    let script = "echo $$ > pid; echo ready > ready; exec sleep 600";
    let mut child = exec(&sandbox, &["--file", "PASSWORD"], script).spawn().unwrap();
    wait_for_line(&sandbox.project().join("ready"), "ready");
    send(&child, Signal::KILL);
    child.wait().unwrap();
    assert_eq!(left_in_memory(&sandbox).len(), 1);
    assert_eq!(run(&sandbox, &["--file", "PASSWORD"], "true").code, 0);
    assert!(left_in_memory(&sandbox).is_empty());
    let orphan = fs::read_to_string(sandbox.project().join("pid")).unwrap();
    kill_process(Pid::from_raw(orphan.trim().parse().unwrap()).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn a_value_on_standard_input_is_exact_and_in_no_variable() {
    let sandbox = shop();
    let long: Vec<u8> = (0..65_536u32).map(|n| b"abcdefgh\n\x7f"[n as usize % 10]).collect();
    fs::write(sandbox.project().join("long"), &long).unwrap();
    sandbox.ok(&["secret", "create", "long", "--file", "long"]);
    let same = run(&sandbox, &["long", "--stdin", "LONG"], "cat | cmp - long && echo \"${LONG-unset}\"");
    assert_eq!((same.code, same.stdout.as_str()), (0, "unset\n"), "{same:?}");
    let closed = run(&sandbox, &["long", "--stdin", "LONG"], "exec <&-; echo done");
    assert_eq!((closed.code, closed.stdout.as_str()), (0, "done\n"));
    let ignored = run(&sandbox, &["long", "--stdin", "LONG"], "exit 4");
    assert_eq!(ignored.code, 4);
}

#[test]
fn signals_are_handed_on_and_those_that_were_ignored_stay_so() {
    let sandbox = shop();
    let ready = sandbox.project().join("ready");
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP"), (Signal::USR1, "USR1"), (Signal::QUIT, "QUIT")]
    {
        let script = format!("trap 'echo got {name}; exit 9' {name}; echo ready > ready; while :; do sleep 0.05; done");
        let child = exec(&sandbox, &["--mask"], &script).stdout(Stdio::piped()).spawn().unwrap();
        wait_for_line(&ready, "ready");
        send(&child, signal);
        let ended = outcome(child.wait_with_output().unwrap());
        assert_eq!((ended.code, ended.stdout), (9, format!("got {name}\n")));
        fs::remove_file(&ready).unwrap();
    }
    let vault = env!("CARGO_BIN_EXE_vault");
    let line =
        format!("trap '' HUP; exec {vault} exec --mask /app -- sh -c 'kill -HUP $$; kill -HUP $PPID; echo alive'");
    let ignored = outcome(sandbox.command("sh").args(["-c", &line]).output().unwrap());
    assert_eq!((ignored.code, ignored.stdout.as_str()), (0, "alive\n"), "{ignored:?}");
    let killed = run(&sandbox, &["--mask"], "kill -KILL $$");
    assert_eq!((killed.code, killed.stderr.as_str()), (137, ""));
}

#[test]
fn output_that_something_holds_open_is_not_waited_for_and_a_reader_that_goes_ends_the_program() {
    let sandbox = shop();
    let held = run(&sandbox, &["--mask"], "sleep 600 & echo $! > pid; echo done");
    assert_eq!((held.code, held.stdout.as_str()), (0, "done\n"));
    assert_eq!(held.stderr.matches("still holds its output").count(), 1, "{held:?}");
    let pid = fs::read_to_string(sandbox.project().join("pid")).unwrap();
    kill_process(Pid::from_raw(pid.trim().parse().unwrap()).unwrap(), Signal::KILL).unwrap();
    let vault = env!("CARGO_BIN_EXE_vault");
    let line = format!("{{ {vault} exec --mask /app -- yes $0; echo $? >&2; }} | head -n 2");
    let left = outcome(sandbox.command("sh").args(["-c", &line]).output().unwrap());
    assert_eq!((left.stdout.as_str(), left.stderr.as_str()), ("sh\nsh\n", "141\n"), "{left:?}");
    let closed = run(&sandbox, &["--mask"], "exec >&- 2>&-; sleep 0.2; exit 5");
    assert_eq!((closed.code, closed.stdout.as_str()), (5, ""));
    let flood = exec(&sandbox, &["--mask"], "yes 0123456789 | head -c 20000000").output().unwrap();
    assert_eq!(flood.stdout.len(), 20_000_000);
}

#[test]
fn a_supervised_program_has_no_identity_and_no_core_limit_of_ours() {
    let sandbox = shop();
    let identity = fs::read_to_string(sandbox.identity_file()).unwrap();
    let mut command = exec(&sandbox, &["--no-mask", "--timeout", "1h"], "env; ulimit -c; ls /proc/self/fd");
    command.env("VLT_IDENTITY", identity.trim()).env("VLT_PASSPHRASE", "pass-phrase");
    let seen = outcome(command.output().unwrap());
    assert_eq!(seen.code, 0, "{seen:?}");
    assert!(!seen.stdout.contains("AGE-SECRET-KEY") && !seen.stdout.contains("VLT_"), "{seen:?}");
    // The limit and the open files are what they are without vault.
    let usual = outcome(sandbox.command("sh").args(["-c", "ulimit -c; ls /proc/self/fd"]).output().unwrap());
    assert!(seen.stdout.ends_with(&usual.stdout), "{seen:?} {usual:?}");
}

#[test]
fn the_first_process_of_a_container_reaps_orphans_and_hands_signals_on() {
    if !has("unshare") {
        return;
    }
    let sandbox = shop();
    let isolated = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let allowed = sandbox.command("unshare").args(isolated).arg("true").output().unwrap().status.success();
    if !allowed {
        eprintln!("skipped: this machine lets nobody make namespaces");
        return;
    }
    let vault = env!("CARGO_BIN_EXE_vault");
    // A child of a child that has gone is given to process 1; it is gone once that has reaped it.
    let script = "sh -c 'sh -c \"exit 0\" & echo $! > orphan'; while test -e /proc/$(cat orphan); do sleep 0.05; done; \
                  echo reaped; trap 'echo got it; exit 6' USR1; kill -USR1 1; sleep 60 & wait";
    let mut command = sandbox.command("unshare");
    command.args(isolated).args([vault, "exec", "--timeout", "120s", "/app", "--", "sh", "-c", script]);
    let ended = outcome(command.output().unwrap());
    assert_eq!((ended.code, ended.stdout.as_str()), (6, "reaped\ngot it\n"), "{ended:?}");
    let mut command = sandbox.command("unshare");
    command.args(isolated).args([vault, "exec", "--mask", "/app", "--", "sh", "-c", "kill -TERM 1; sleep 60"]);
    assert_eq!(command.output().unwrap().status.code(), Some(143));
}
