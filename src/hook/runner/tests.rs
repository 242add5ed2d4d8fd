//! Real children only: a contract with processes is proved by processes.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread;

use super::*;
use crate::hook::{Access, Arns, Candidate, Endpoints, Handover, Limits, Surroundings};
use crate::model::hook::HookValue;
use crate::model::id::VaultId;
use crate::model::secret::Plan;
use crate::model::secret::sample::signed_plan;
use crate::model::value::SecretValue;
use rustix::io::{FdFlags, fcntl_setfd};

/// How long anything may take before a test gives up: long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

struct Place {
    dir: tempfile::TempDir,
    state: State,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("vault");
        fs::create_dir_all(root.join("hooks")).unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), &root);
        Place { dir, state }
    }

    /// A hook in the vault, approved.
    fn approved(&self, name: &str, text: &str) -> HookName {
        fs::write(self.state.root().join("hooks").join(name.trim_start_matches("lambda:")), text).unwrap();
        self.approve(name)
    }

    fn approve(&self, name: &str) -> HookName {
        let hook = name.parse().unwrap();
        Candidate::of(self.state.root(), &hook).unwrap().unwrap().approve(&self.state).unwrap();
        hook
    }

    fn sh(&self, body: &str) -> HookName {
        self.approved("hook.sh", &format!("#!/bin/sh\n{body}\n"))
    }

    /// Where hooks of the tests write; `$OUT` for them.
    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn said(&self) -> String {
        fs::read_to_string(self.out()).unwrap_or_default()
    }

    fn runner(&self) -> Runner<'_> {
        let variables = vec![("HOME".into(), "/h".into()), ("OUT".into(), self.out().into())];
        let surroundings = Surroundings { search: Vec::new(), variables };
        let limits = Limits { time: PATIENCE, grace: Duration::from_millis(300) };
        let settings = Settings { surroundings, limits, ..Settings::default() };
        Runner { state: &self.state, now: &|| Timestamp::from_unix(1_700_000_000), settings }
    }

    /// Runs a hook that writes the numbers of its processes and then hangs.
    fn give_up_on(&self, hook: &HookName) {
        // A busy machine may not get as far as the writing in a short time.
        for seconds in [1, 10, 100] {
            let mut runner = self.runner();
            runner.settings.limits.time = Duration::from_secs(seconds);
            assert_eq!(reason(runner.try_out(hook, &call(Step::Set))), format!("no answer within {seconds} s"));
            if self.said().ends_with('\n') {
                break;
            }
        }
    }

    /// Waits for the processes whose numbers the hook wrote to be gone.
    fn assert_all_gone(&self, count: usize) {
        let pids: Vec<String> = self.said().split_whitespace().map(str::to_owned).collect();
        assert_eq!(pids.len(), count, "{pids:?}");
        let lives = |pid: &String| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
        };
        let end = Instant::now() + PATIENCE;
        while pids.iter().any(lives) {
            assert!(Instant::now() < end, "still there: {pids:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn log(&self) -> Vec<Entry> {
        log::read(&self.state, None).unwrap()
    }
}

fn call(step: Step) -> HookCall {
    let value = |id: &str, text: &str| HookValue {
        version_id: id.into(),
        binary: false,
        value: SecretValue::from_text(text.into()),
    };
    HookCall {
        step,
        secret: "prod/db".parse().unwrap(),
        token: "t-1".into(),
        attempt: 1,
        current: Some(value("v1", "hunter2")),
        pending: (step != Step::Create).then(|| value("v2", r#"{"password":"correct horse"}"#)),
        previous: None,
        aborted: Vec::new(),
        admin: None,
        options: BTreeMap::new(),
    }
}

fn reason(result: Result<Option<Produced>, HookFailure>) -> String {
    result.err().unwrap().to_string()
}

fn not_run(result: Result<Option<Produced>, HookFailure>) -> String {
    let failure = result.err().unwrap();
    assert_eq!(failure.kind, FailureKind::NotRun, "{failure}");
    failure.reason
}

#[test]
fn a_hook_gets_its_step_the_message_and_exactly_this_environment() {
    let place = Place::new();
    let hook = place.sh(r#"{ echo "$# $1"; pwd; env | grep -v ^PWD= | sort; cat; } > "$OUT""#);
    let call = call(Step::Set);
    assert!(place.runner().try_out(&hook, &call).unwrap().is_none());
    let message = message::write_call(&call);
    let expected = [
        "1 set",
        "/",
        "HOME=/h",
        &format!("OUT={}", place.out().display()),
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        &format!("VLT_HOOK_DIR={}", place.state.root().join("hooks").display()),
        "VLT_HOOK_SECRET=prod/db",
        "VLT_HOOK_STEP=set",
        "VLT_HOOK_VERSION=1",
        std::str::from_utf8(&message).unwrap().trim_end(),
    ];
    assert_eq!(place.said().lines().collect::<Vec<_>>(), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_hook_has_no_descriptor_of_ours() {
    let place = Place::new();
    let leaky = fs::File::open("/etc/hostname").unwrap();
    fcntl_setfd(&leaky, FdFlags::empty()).unwrap();
    let hook = place
        .sh(r#"for fd in /proc/self/fd/*; do readlink "$fd"; done > "$OUT"; readlink /proc/$$/fd/* >> "$OUT"; true"#);
    place.runner().try_out(&hook, &call(Step::Set)).unwrap();
    let said = place.said();
    assert!(said.contains("memfd:hook"), "{said}");
    let known = |line: &str| {
        line.starts_with("pipe:") || line.starts_with("/memfd:hook") || line == place.out().to_str().unwrap()
    };
    assert!(said.lines().all(known), "{said}");
}

#[test]
fn the_answer_to_create_is_a_value_and_other_steps_have_none() {
    let place = Place::new();
    let hook = place.sh(r#"cat > /dev/null; echo '{"SecretBinary":"AP8="}'"#);
    let produced = place.runner().try_out(&hook, &call(Step::Create)).unwrap().unwrap();
    assert!(produced.binary && produced.value.reveal() == [0, 255]);
    assert!(place.runner().try_out(&hook, &call(Step::Finish)).unwrap().is_none());
    let silent = place.sh("exit 0");
    let message = "the answer is not a JSON object with SecretString or SecretBinary";
    assert_eq!(reason(place.runner().try_out(&silent, &call(Step::Create))), message);
}

#[test]
fn failures_say_their_code_and_the_last_line_made_harmless() {
    let place = Place::new();
    let cases = [
        (r"printf 'first\nbad \033[31mthing\n\n' >&2; exit 3", r"exit 3: bad \u{1b}[31mthing"),
        ("exit 7", "exit 7"),
        ("kill -9 $$", "killed by signal 9"),
        ("exec >&-; exec 2>&-; sleep 0.2; exit 4", "exit 4"),
    ];
    for (body, expected) in cases {
        assert_eq!(reason(place.runner().try_out(&place.sh(body), &call(Step::Set))), expected);
    }
    let long = place.sh("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1");
    assert_eq!(reason(place.runner().try_out(&long, &call(Step::Set))).len(), "exit 1: ".len() + QUOTE_LIMIT);
}

#[test]
fn a_hook_that_hangs_is_killed_with_all_it_started() {
    let place = Place::new();
    let hook = place.sh(r#"sleep 1000 & echo "$! $$" > "$OUT"; wait"#);
    place.give_up_on(&hook);
    place.assert_all_gone(2);
}

#[test]
fn a_hook_that_ignores_sigterm_is_killed_with_all_it_started() {
    let place = Place::new();
    let hook = place.sh(r#"trap '' TERM; sleep 1000 & echo "$! $$" > "$OUT"; while :; do sleep 0.1; done"#);
    place.give_up_on(&hook);
    place.assert_all_gone(2);
}

#[test]
fn what_a_hook_leaves_behind_on_its_outputs_is_killed() {
    let place = Place::new();
    let hook = place.sh(r#"sleep 1000 & echo "$!" > "$OUT"; echo '{"SecretString":"new"}'"#);
    let produced = place.runner().try_out(&hook, &call(Step::Create)).unwrap().unwrap();
    assert_eq!(produced.value.reveal(), b"new");
    place.assert_all_gone(1);
}

#[test]
fn floods_are_drained_and_a_flood_is_no_answer() {
    let place = Place::new();
    let hook = place.sh("head -c 10000000 /dev/zero; head -c 10000000 /dev/zero | tr '\\0' y >&2; echo end >&2");
    assert!(place.runner().try_out(&hook, &call(Step::Set)).unwrap().is_none());
    let entry = place.log().pop().unwrap();
    assert!(entry.stderr.ends_with("yend\n") && entry.stderr.len() == log::WORDS_LIMIT);
    assert_eq!(
        reason(place.runner().try_out(&hook, &call(Step::Create))),
        "the answer contains a value of more than 65536 bytes"
    );
}

#[test]
fn a_large_message_that_nobody_reads_holds_nothing_up() {
    let place = Place::new();
    let hook = place.sh("sleep 0.2; exit 0");
    let mut call = call(Step::Set);
    call.options.insert("long".into(), "x".repeat(200_000));
    place.runner().try_out(&hook, &call).unwrap();
    let reader = place.sh(r#"sleep 0.2; wc -c > "$OUT""#);
    place.runner().try_out(&reader, &call).unwrap();
    assert_eq!(place.said().trim().parse(), Ok(message::write_call(&call).len()));
}

#[test]
fn values_never_reach_a_reason_or_the_log() {
    let place = Place::new();
    let body = "cat >&2; echo >&2; echo 'new value is brand-new' >&2; echo 'was hunter2, is correct horse' >&2";
    let failing = place.sh(&format!("{body}; exit 1"));
    assert_eq!(reason(place.runner().try_out(&failing, &call(Step::Test))), "exit 1: was ***, is ***");
    let creating = place.sh(&format!(r#"{body}; echo '{{"SecretString":"brand-new"}}'"#));
    place.runner().try_out(&creating, &call(Step::Create)).unwrap();
    let log = place.log();
    assert!(log[1].stderr.contains("new value is ***"), "{}", log[1].stderr);
    let kept = format!("{log:?}");
    assert!(
        !kept.contains("hunter2") && !log[0].stderr.contains("horse") && !log[1].stderr.contains("brand-new"),
        "{kept}"
    );
}

#[test]
fn each_step_leaves_an_entry_in_the_log() {
    let place = Place::new();
    let hook = place.sh("echo word >&2; exit 3");
    let _ = place.runner().try_out(&hook, &call(Step::Test));
    let _ = place.runner().try_out(&"absent.sh".parse().unwrap(), &call(Step::Set));
    let log = place.log();
    assert_eq!((log[0].time.as_str(), log[0].secret.as_str()), ("2023-11-14T22:13:20Z", "prod/db"));
    assert_eq!((log[0].step.as_str(), log[0].attempt, log[0].token.as_str()), ("test", 1, "t-1"));
    assert_eq!((log[0].verdict.as_str(), log[0].stderr.as_str()), ("exit 3: word", "word\n"));
    assert_eq!((log[1].hook.as_str(), log[1].verdict.as_str()), ("absent.sh", "the hook `absent.sh` does not exist"));
}

/// A plan of `prod/db` with that hook.
fn plan(hook: &HookName, options: &[(&str, &str)]) -> ConfirmedPlan {
    let mut plan: Plan = signed_plan(1, None).plan().clone();
    plan.terms.hook = hook.clone();
    plan.terms.options = options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    ConfirmedPlan::unchecked(plan)
}

#[test]
fn only_what_was_approved_runs() {
    let place = Place::new();
    let hook = place.sh(r#"echo ran > "$OUT""#);
    let call = |plan: &ConfirmedPlan| not_run(place.runner().call(plan, &call(Step::Set)));
    let rotation = plan(&hook, &[]);
    assert_eq!(call(&rotation), "the rotation of `prod/db` is not approved on this machine", "the program alone is");
    Handover::of(&place.state, rotation.clone()).unwrap().approve(&place.state).unwrap();
    let changed = "the rotation of `prod/db` changed since it was approved on this machine";
    assert_eq!(call(&plan(&"/bin/true".parse().unwrap(), &[])), changed, "one program was approved, not another one");
    assert_eq!(call(&plan(&hook, &[("file", "/home/ana/.bashrc")])), changed);
    fs::write(place.state.root().join("hooks/hook.sh"), "#!/bin/sh\necho other > \"$OUT\"\n").unwrap();
    assert_eq!(call(&rotation), changed);
    assert!(!place.out().exists());
    place.sh(r#"echo ran > "$OUT""#);
    place.runner().call(&rotation, &super::tests::call(Step::Set)).unwrap();
    assert_eq!(place.said(), "ran\n");
}

#[test]
fn a_trial_needs_the_program_s_approval_and_gives_no_right_to_a_secret() {
    let place = Place::new();
    fs::write(place.state.root().join("hooks/hook.sh"), "#!/bin/sh\n").unwrap();
    let hook: HookName = "hook.sh".parse().unwrap();
    let message = not_run(place.runner().try_out(&hook, &call(Step::Set)));
    assert_eq!(message, "the hook `hook.sh` is not approved on this machine");
    place.approve("hook.sh");
    place.runner().try_out(&hook, &call(Step::Set)).unwrap();
    let message = not_run(place.runner().call(&plan(&hook, &[]), &call(Step::Set)));
    assert_eq!(message, "the rotation of `prod/db` is not approved on this machine");
}

#[test]
fn a_file_that_is_swapped_after_it_was_read_does_not_run() {
    let place = Place::new();
    let hook = place.sh(r#"echo approved > "$OUT""#);
    let runner = place.runner();
    let settings = &runner.settings;
    let stage = Stage { state: &place.state, settings };
    let mut prepared = stage.prepare_trial(&hook, &call(Step::Set)).unwrap();
    fs::write(place.state.root().join("hooks/hook.sh"), "#!/bin/sh\necho swapped > \"$OUT\"\n").unwrap();
    let outcome =
        process::run(&mut prepared, STDERR_LIMIT, settings.limits, process::Flood::Continues, &settings.interrupt)
            .unwrap();
    assert_eq!((outcome.ending, place.said().as_str()), (Ending::Exit(0), "approved\n"));
}

#[test]
fn what_lies_beside_an_approved_file_is_not_executed() {
    let place = Place::new();
    for name in ["json.py", "base64.py"] {
        fs::write(place.state.root().join("hooks").join(name), "raise SystemExit(9)\n").unwrap();
    }
    let shell = place.sh("python3 -c 'import json, base64'");
    place.runner().try_out(&shell, &call(Step::Set)).unwrap();
    let python = place.approved("hook.py", "#!/usr/bin/env python3\nimport json, base64\n");
    place.runner().try_out(&python, &call(Step::Set)).unwrap();
}

#[test]
fn programs_of_the_machine_run_and_other_files_are_refused_clearly() {
    let place = Place::new();
    place.runner().try_out(&place.approve("/bin/true"), &call(Step::Set)).unwrap();
    assert_eq!(reason(place.runner().try_out(&place.approve("/bin/false"), &call(Step::Set))), "exit 1");
    let text = place.approved("text", "echo hello\n");
    let message = not_run(place.runner().try_out(&text, &call(Step::Set)));
    assert_eq!(message, "the hook `text` is not a program: it has no `#!` line and is not in a binary format");
    let orphan = place.approved("orphan", "#!/no/such/interpreter\n");
    let message = not_run(place.runner().try_out(&orphan, &call(Step::Set)));
    assert_eq!(message, "the hook `orphan` cannot be started: its interpreter was not found");
}

#[test]
fn strategies_are_run_by_the_program_itself() {
    let place = Place::new();
    let script = place.dir.path().join("own");
    crate::script::write(&script, "#!/bin/sh\necho \"$*\" > \"$OUT\"; cat >> \"$OUT\"\n");
    let mut runner = place.runner();
    runner.settings.strategies = script;
    runner.try_out(&"builtin:postgres".parse().unwrap(), &call(Step::Set)).unwrap();
    assert!(place.said().starts_with("hook-strategy postgres set\n{\"version\":1,"), "{}", place.said());
    let http = plan(&"builtin:http".parse().unwrap(), &[("url", "https://x")]);
    let message = not_run(runner.call(&http, &call(Step::Set)));
    assert_eq!(message, "the rotation of `prod/db` is not approved on this machine");
    Handover::of(&place.state, http.clone()).unwrap().approve(&place.state).unwrap();
    runner.call(&http, &call(Step::Set)).unwrap();
    runner.call(&plan(&"builtin:mysql".parse().unwrap(), &[]), &call(Step::Set)).unwrap();
}

/// Opens nothing, and says that it did.
struct Nowhere;

impl Endpoints for Nowhere {
    fn arns(&self, plan: &ConfirmedPlan) -> Result<Arns, String> {
        Ok(Arns { secret: format!("arn:{}", plan.secret()), function: "arn:aws:lambda:local:1:function:f".into() })
    }

    fn open(&self, _: &ConfirmedPlan, seconds: u64) -> Result<Access, String> {
        let variables = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_REGION", &format!("local-{seconds}"))];
        let variables = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        Ok(Access { variables, keys: std::sync::Arc::new(()) })
    }

    fn pending(&self, _: &ConfirmedPlan) -> Option<HookValue> {
        let value = SecretValue::from_text("put-by-the-function".into());
        Some(HookValue { version_id: "t-1".into(), binary: false, value })
    }
}

#[test]
fn a_rotation_function_gets_its_event_and_the_endpoint() {
    let place = Place::new();
    let source = r#"
import json, os
def main(event, context):
    names = ("AWS_ENDPOINT_URL", "AWS_REGION", "PASSWORD_LENGTH")
    with open(os.environ["OUT"], "w") as out:
        json.dump([event, context.function_name, [os.environ[name] for name in names], __name__], out)
    if event["Step"] == "testSecret":
        raise ValueError("no such secret")
"#;
    let hook = place.approved("lambda:fn.py", source);
    let mut runner = place.runner();
    let missing = not_run(runner.try_out(&hook, &call(Step::Create)));
    assert_eq!(
        missing,
        "the hook `lambda:fn.py` is a rotation function: try it on a secret, with `vault rotate test NAME`"
    );
    let options = [("handler", "lambda_function.main"), ("PASSWORD_LENGTH", "40")];
    let plan = plan(&hook, &options);
    Handover::of(&place.state, plan.clone()).unwrap().approve(&place.state).unwrap();
    let calling = |step| HookCall {
        options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..call(step)
    };
    let missing = not_run(runner.call(&plan, &calling(Step::Create)));
    assert_eq!(missing, "the hook `lambda:fn.py` cannot reach the vault: nothing serves it");
    runner.settings.endpoints = Some(std::sync::Arc::new(Nowhere));
    assert!(runner.call(&plan, &calling(Step::Create)).unwrap().is_none());
    let expected = concat!(
        r#"[{"Step": "createSecret", "SecretId": "arn:prod/db", "ClientRequestToken": "t-1", "RotationToken": "t-1"}, "#,
        r#""f", ["http://127.0.0.1:1", "local-120", "40"], "lambda_function"]"#
    );
    assert_eq!(place.said(), expected);
    assert_eq!(reason(runner.call(&plan, &calling(Step::Test))), "exit 1: ValueError: no such secret");
}

#[test]
fn what_a_function_has_put_is_masked_and_its_authorities_are_found() {
    let place = Place::new();
    let source = r#"
import os, sys
def lambda_handler(event, context):
    with open(os.environ["OUT"], "w") as out:
        out.write("/etc/pki/tls/cert.pem")
    sys.exit("the new one is put-by-the-function")
"#;
    let hook = place.approved("lambda:fn.py", source);
    let mut runner = place.runner();
    runner.settings.endpoints = Some(std::sync::Arc::new(Nowhere));
    let bundle = [("SSL_CERT_FILE".to_owned(), "/srv/authorities.pem".to_owned())];
    let plan = plan(&hook, &[("SSL_CERT_FILE", "/srv/authorities.pem")]);
    Handover::of(&place.state, plan.clone()).unwrap().approve(&place.state).unwrap();
    let call = HookCall { options: bundle.into(), ..call(Step::Create) };
    assert_eq!(reason(runner.call(&plan, &call)), "exit 1: the new one is ***");
    assert!(!place.log().iter().any(|entry| entry.stderr.contains("put-by-the-function")), "{:?}", place.log());
    assert_eq!(place.said(), "/srv/authorities.pem");
}

#[test]
fn a_function_that_is_served_elsewhere_gets_its_event_and_no_value() {
    let place = Place::new();
    let script = place.dir.path().join("own");
    crate::script::write(&script, "#!/bin/sh\necho \"$*\" > \"$OUT\"; cat >> \"$OUT\"\n");
    let url = "http://127.0.0.1:1/2015-03-31/functions/f/invocations";
    let hook = place.approved("lambda:fn.url", &format!("# vault-options: tls=verify|insecure\n{url}\n"));
    let mut runner = place.runner();
    runner.settings.strategies = script;
    runner.settings.endpoints = Some(std::sync::Arc::new(Nowhere));
    let plan = plan(&hook, &[]);
    Handover::of(&place.state, plan.clone()).unwrap().approve(&place.state).unwrap();
    assert!(runner.call(&plan, &call(Step::Set)).unwrap().is_none());
    let event = r#"{"Step":"setSecret","SecretId":"arn:prod/db","ClientRequestToken":"t-1","RotationToken":"t-1"}"#;
    let message = format!(r#"{{"url":"{url}","event":{event},"options":{{}},"milliseconds":125000}}"#);
    assert_eq!(place.said(), format!("hook-strategy lambda set\n{message}"));
    let hook = place.approved("lambda:other.url", "http://example.com/\n");
    let plan = self::plan(&hook, &[]);
    Handover::of(&place.state, plan.clone()).unwrap().approve(&place.state).unwrap();
    let refused = not_run(runner.call(&plan, &call(Step::Set)));
    assert!(refused.starts_with("the hook `lambda:other.url` does not say where its function is called"), "{refused}");
}

#[test]
fn a_function_without_its_modules_says_which() {
    let place = Place::new();
    let hook = place.approved("lambda:fn.py", "import no_such_module\n");
    let mut runner = place.runner();
    runner.settings.endpoints = Some(std::sync::Arc::new(Nowhere));
    let plan = plan(&hook, &[]);
    Handover::of(&place.state, plan.clone()).unwrap().approve(&place.state).unwrap();
    let reason = reason(runner.call(&plan, &call(Step::Create)));
    assert!(reason.contains("has no module `no_such_module`: install it there"), "{reason}");
}

#[test]
fn a_signal_for_us_ends_the_hook_and_keeps_others_from_starting() {
    let place = Place::new();
    let hook = place.sh(r#"trap 'exit 0' TERM; sleep 1000 & echo "$! $$" > "$OUT"; wait"#);
    let runner = place.runner();
    let (interrupt, out) = (runner.settings.interrupt.clone(), place.out());
    let sender = thread::spawn(move || {
        while fs::read_to_string(&out).unwrap_or_default().trim().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        interrupt.pass_on(2);
    });
    assert_eq!(reason(runner.try_out(&hook, &call(Step::Set))), "interrupted by signal 2");
    sender.join().unwrap();
    place.assert_all_gone(2);
    assert_eq!(not_run(runner.try_out(&hook, &call(Step::Set))), "interrupted by signal 2");
}

/// Lies where the child below is to do something.
const DOOMED: &str = "doomed";

#[test]
#[ignore = "the child of the test below"]
fn doomed() {
    let here = std::env::current_dir().unwrap();
    if !here.join(DOOMED).exists() {
        return;
    }
    let mut place = Place::new();
    let hook = place.sh(r#"echo $$ > "$OUT"; while :; do sleep 0.1; done"#);
    place.dir.disable_cleanup(true);
    let mut runner = place.runner();
    runner.settings.surroundings.variables = vec![("OUT".into(), here.join("out").into())];
    let _ = runner.try_out(&hook, &call(Step::Set));
}

#[cfg(target_os = "linux")]
#[test]
fn a_hook_does_not_outlive_a_runner_that_was_killed() {
    let place = Place::new();
    fs::write(place.dir.path().join(DOOMED), "").unwrap();
    let mut runner = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "-q", "hook::runner::tests::doomed"])
        .current_dir(place.dir.path())
        .env("TMPDIR", place.dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while place.said().trim().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    runner.kill().unwrap();
    runner.wait().unwrap();
    place.assert_all_gone(1);
}
