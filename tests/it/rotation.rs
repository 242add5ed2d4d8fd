//! Rotations that are killed, refused, lied to and run twice: the service is never locked out, and the next run finishes.
//!
//! The service is a directory with the password in a file (`service.py`), so that a fault can be had at every point;
//! `tests/databases.rs` has real servers.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::crashes::{DISK, STEPS, faulted};
use crate::project::{Outcome, Sandbox, has, outcome};
use crate::supervise::wait_until;
use crate::team::json;

const NAME: &str = "prod/db";
const RUN: [&str; 5] = ["rotate", "run", NAME, "--timeout", "120"];

/// A secret with the hook, approved, and a service that takes its value.
struct World {
    sandbox: Sandbox,
    service: PathBuf,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let service = sandbox.home().join("service");
        fs::create_dir(&service).unwrap();
        fs::write(service.join("password"), "first").unwrap();
        sandbox.write("hooks/service.py", include_str!("rotation/service.py"));
        assert_eq!(sandbox.feed(&["secret", "create", NAME, "--stdin"], b"first").code, 0);
        approve_program(&sandbox, "service.py");
        let option = format!("service={}", service.display());
        let configure = ["rotate", "configure", NAME, "--hook", "service.py", "--every", "30d", "--option", &option];
        sandbox.ok(&[&configure[..], &["--approve"]].concat());
        World { sandbox, service }
    }

    /// The next time that the hook comes there, it fails in that way.
    fn fault(&self, kind: &str, step: &str, moment: &str) {
        fs::write(self.service.join("fault"), format!("{kind} {step} {moment}")).unwrap();
    }

    fn password(&self) -> String {
        fs::read_to_string(self.service.join("password")).unwrap()
    }

    fn staged(&self, stage: &str) -> Option<String> {
        let outcome = self.sandbox.run(&["secret", "get", NAME, "--stage", stage]);
        (outcome.code == 0).then_some(outcome.stdout)
    }

    /// Lets a hook go on that waits because of the fault `slow`.
    fn go_on(&self) {
        fs::write(self.service.join("go"), "").unwrap();
    }

    /// AWSCURRENT logs in, or AWSPENDING does; and one more run finishes.
    fn check(&self, what: &str) {
        let password = self.password();
        let (current, pending) = (self.staged("AWSCURRENT"), self.staged("AWSPENDING"));
        assert!(
            current.as_ref() == Some(&password) || pending.as_ref() == Some(&password),
            "{what}: the service takes {password}, AWSCURRENT is {current:?}, AWSPENDING {pending:?}"
        );
        assert_eq!(self.sandbox.run(&["verify"]).code, 0, "{what}");
        let resumed = self.sandbox.run(&RUN);
        assert_eq!(resumed.code, 0, "{what}: {resumed:?}");
        assert_eq!(self.staged("AWSCURRENT"), Some(self.password()), "{what}");
        assert_ne!(self.password(), "first", "{what}");
        assert_eq!(self.staged("AWSPENDING"), None, "{what}");
    }
}

/// Lets a program run, but gives it no secret.
pub(crate) fn approve_program(sandbox: &Sandbox, hook: &str) {
    let shown = json(&sandbox.ok(&["--json", "rotate", "hooks", "show", hook]));
    sandbox.ok(&["rotate", "hooks", "approve", hook, "--digest", shown["Digest"].as_str().unwrap()]);
}

/// Lets a secret be rotated as it is configured now, as a machine without a terminal does it.
pub(crate) fn approve_rotation(run: &dyn Fn(&[&str]) -> Outcome, name: &str) {
    let shown = run(&["--json", "--dry-run", "rotate", "approve", name]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let digest = json(&shown.stdout)["Digest"].as_str().unwrap().to_owned();
    let approved = run(&["rotate", "approve", name, "--digest", &digest]);
    assert_eq!(approved.code, 0, "{approved:?}");
}

fn failed_at(outcome: &Outcome, step: &str) {
    assert_eq!(outcome.code, 9, "{outcome:?}");
    assert!(outcome.stderr.contains(&format!("the rotation failed at {step}: ")), "{outcome:?}");
}

#[test]
fn a_rotation_changes_the_service_and_moves_the_stages() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    assert_eq!(
        world.sandbox.ok(&["rotate", "test", NAME]),
        format!("{NAME}: the test step passed with the current value\n")
    );
    world.sandbox.ok(&RUN);
    let second = world.password();
    assert_eq!((world.staged("AWSCURRENT"), world.staged("AWSPREVIOUS")), (Some(second.clone()), Some("first".into())));
    world.sandbox.ok(&RUN);
    assert_eq!((world.staged("AWSCURRENT"), world.staged("AWSPREVIOUS")), (Some(world.password()), Some(second)));
}

#[test]
fn a_trial_that_fails_says_that_nothing_was_changed() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    fs::write(world.service.join("password"), "changed by hand").unwrap();
    let before = world.sandbox.read("secrets/prod/db.yaml");
    let failed = world.sandbox.run(&["rotate", "test", NAME]);
    assert_eq!(failed.code, 9, "{failed:?}");
    assert!(failed.stderr.starts_with("error: `prod/db`: the hook failed at test in a trial: "), "{failed:?}");
    assert!(failed.stderr.contains("nothing was changed in the vault"), "{failed:?}");
    assert!(failed.stderr.contains("a copy of the current value"), "{failed:?}");
    assert!(!failed.stderr.contains("resume"), "{failed:?}");
    assert_eq!(world.sandbox.read("secrets/prod/db.yaml"), before);
}

#[test]
fn hooks_that_die_fail_hang_or_lie_at_every_step_lock_nobody_out() {
    if !has("python3") {
        return;
    }
    let mut tried = 0;
    for step in ["create", "set", "test", "finish"] {
        for (kind, moments) in [
            ("kill-runner", &["before", "after"][..]),
            ("kill-hook", &["before", "after"]),
            ("fail", &["before", "after"]),
            ("hang", &["before"]),
        ] {
            for moment in moments {
                let what = format!("{kind} {moment} {step}");
                // On a busy machine, the steps before it may take longer than a hook that hangs is to be waited for.
                let limits = if kind == "hang" { &["3", "15", "120"][..] } else { &["120"] };
                let attempt = |limit: &&'static str| {
                    let world = World::new();
                    world.fault(kind, step, moment);
                    let run = world.sandbox.run(&["rotate", "run", NAME, "--timeout", limit]);
                    (!world.service.join("fault").exists()).then_some((world, run, *limit))
                };
                let attempt = limits.iter().find_map(attempt);
                let (world, run, limit) = attempt.unwrap_or_else(|| panic!("{what}: the fault never came"));
                match kind {
                    "kill-runner" => assert_eq!(run.code, -1, "killed by a signal, {what}: {run:?}"),
                    "kill-hook" => {
                        assert!(run.stderr.contains(&format!("at {step}: killed by signal 9")), "{what}: {run:?}");
                    }
                    "hang" => {
                        let said = format!("at {step}: no answer within {limit} s");
                        assert!(run.stderr.contains(&said), "{what}: {run:?}");
                    }
                    _ => failed_at(&run, step),
                }
                world.check(&what);
                tried += 1;
            }
        }
    }
    println!("{tried} faults of hooks survived");
}

#[test]
fn a_hook_that_says_it_did_what_it_did_not_is_found_out_by_the_test() {
    if !has("python3") {
        return;
    }
    for (lies_at, fails_at) in [("create", "create"), ("set", "test")] {
        let world = World::new();
        world.fault("lie", lies_at, "before");
        failed_at(&world.sandbox.run(&RUN), fails_at);
        assert_eq!(world.password(), "first");
        world.check(lies_at);
    }
}

#[test]
fn a_value_that_the_service_refuses_for_good_is_not_tried_again() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.fault("refuse", "set", "before");
    failed_at(&world.sandbox.run(&RUN), "set");
    assert_eq!((world.staged("AWSPENDING"), world.staged("ABORTED")), (None, None));
    let status = world.sandbox.ok(&["rotate", "status", NAME]);
    assert!(status.contains("attempt 1 failed at set just now: exit 65: it is too simple; retry in"), "{status}");
    world.check("a refused value");
    assert_eq!(world.staged("ABORTED"), None);
    // An earlier attempt may have set it, whatever its answer was.
    world.fault("fail", "set", "after");
    failed_at(&world.sandbox.run(&RUN), "set");
    let set = world.password();
    world.fault("refuse", "set", "before");
    failed_at(&world.sandbox.run(&RUN), "set");
    assert_eq!(world.staged("ABORTED"), Some(set));
    world.sandbox.ok(&RUN);
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()));
}

#[test]
fn a_failure_is_kept_shown_and_tells_no_value() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.fault("fail", "set", "after");
    let run = world.sandbox.run(&RUN);
    failed_at(&run, "set");
    let pending = world.staged("AWSPENDING").unwrap();
    assert_eq!(world.password(), pending, "the service has the new value already");
    let status = world.sandbox.ok(&["rotate", "status", NAME]);
    assert!(status.contains("attempt 1 failed at set just now: exit 1: refused, and here is"), "{status}");
    let log = world.sandbox.ok(&["rotate", "log", NAME]);
    let document = world.sandbox.read("secrets/prod/db.yaml");
    for text in [&run.stderr, &status, &log, &document] {
        assert!(text.contains("***") && !text.contains(&pending), "{text}");
    }
    let due = world.sandbox.run(&["rotate", "run", "--due"]);
    assert_eq!((due.code, due.stderr.as_str()), (0, "note: nothing is due\n"), "a retry waits");
    let resumed = world.sandbox.ok(&["rotate", "resume", NAME]);
    assert!(resumed.contains("attempt 2"), "{resumed}");
    assert_eq!(world.staged("AWSCURRENT"), Some(pending), "the value that the service has became current");
}

/// Kills or fails every step of every write that the runner itself makes.
fn every_write(fault: &str, calls: &[&str]) {
    if !has("python3") || !has("strace") {
        return;
    }
    let mut tried = 0;
    for call in calls {
        for n in 1.. {
            let world = World::new();
            if !faulted(&world.sandbox, &RUN, call, fault, n) {
                assert!(n > 1 || !["write", "fsync", "renameat"].contains(call), "{fault} never came at {call}");
                break;
            }
            world.check(&format!("{fault} at {call} {n}"));
            tried += 1;
        }
    }
    println!("{tried} points of {fault} survived");
}

#[test]
fn a_runner_that_is_killed_at_any_step_of_a_write_leaves_a_rotation_to_go_on_with() {
    every_write("signal=KILL", &STEPS[4..]);
}

#[test]
fn a_full_disk_at_any_write_leaves_a_rotation_to_go_on_with() {
    every_write("error=ENOSPC", &DISK);
}

#[test]
fn a_second_runner_on_this_machine_is_told_and_leaves_the_first_alone() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.fault("slow", "set", "before");
    let first = world.sandbox.program().args(RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the slow step", || world.service.join("slow").exists());
    let second = world.sandbox.run(&RUN);
    assert_eq!(second.code, 4, "{second:?}");
    assert!(second.stderr.starts_with(&format!("error: another process is rotating `{NAME}`\n")), "{second:?}");
    let put = world.sandbox.feed(&["param", "put", "/other", "--stdin"], b"x");
    assert_eq!(put.code, 0, "the vault is not locked while a hook runs: {put:?}");
    world.go_on();
    assert_eq!(outcome(first.wait_with_output().unwrap()).code, 0);
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()));
}

/// Another machine on the same file system has no common lease; the number of the attempt decides.
#[test]
fn a_runner_that_was_overtaken_writes_nothing_any_more() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    let state = world.sandbox.home().join("other-state");
    let id = world.sandbox.vault_id();
    let elsewhere = [("XDG_STATE_HOME", state.to_str().unwrap()), ("VLT_ID", &id)];
    approve_rotation(&|arguments| world.sandbox.run_with(arguments, &elsewhere), NAME);
    world.fault("slow", "set", "before");
    let mut first = world.sandbox.program();
    let first = first.args(RUN).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the slow step", || world.service.join("slow").exists());
    let second = world.sandbox.run_with(&RUN, &elsewhere);
    assert_eq!(second.code, 0, "{second:?}");
    world.go_on();
    let first = outcome(first.wait_with_output().unwrap());
    assert_eq!(first.code, 4, "{first:?}");
    assert!(first.stderr.contains("another process has continued this rotation"), "{first:?}");
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()));
    assert_eq!(world.staged("AWSPREVIOUS"), Some("first".into()), "it was rotated once");
}

#[test]
fn giving_up_keeps_the_value_and_putting_one_by_hand_does_too() {
    if !has("python3") {
        return;
    }
    for by_hand in [false, true] {
        let world = World::new();
        world.fault("fail", "set", "after");
        failed_at(&world.sandbox.run(&RUN), "set");
        if by_hand {
            assert_eq!(world.sandbox.feed(&["secret", "put", NAME, "--stdin"], b"by hand").code, 0);
        } else {
            world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
        }
        assert_eq!(world.staged("ABORTED"), Some(world.password()), "the service's value is not lost");
        assert_eq!(world.staged("AWSPENDING"), None);
        let again = world.sandbox.run(&["rotate", "resume", NAME]);
        assert_eq!(again.code, 3, "{again:?}");
        assert!(again.stderr.contains("no rotation of this secret is unfinished"), "{again:?}");
    }
}

/// What `status` and `rotate status` say of the rotation.
fn state(world: &World) -> (String, String) {
    (world.sandbox.ok(&["status"]), world.sandbox.ok(&["rotate", "status", NAME]))
}

fn says_ok(world: &World) {
    let (status, rotations) = state(world);
    assert!(!status.contains("aborted") && rotations.contains(" ok\n"), "{status}{rotations}");
}

#[test]
fn an_aborted_value_is_kept_shown_and_tried_until_a_rotation_succeeds() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.fault("fail", "set", "after");
    failed_at(&world.sandbox.run(&RUN), "set");
    let abort = ["rotate", "abort", NAME, "--yes"];
    let aborted = world.sandbox.run(&abort);
    assert!(aborted.stdout.starts_with("rotation of prod/db aborted\nversion "), "{aborted:?}");
    for said in [
        "the service of prod/db may already have the new value and no longer accept AWSCURRENT",
        "`vault secret get prod/db --stage ABORTED`",
        "`vault secret stage prod/db AWSCURRENT --from ",
        "`vault rotate run prod/db` tries both as well",
    ] {
        assert!(aborted.stderr.contains(said), "{said}: {aborted:?}");
    }
    let taken = world.password();
    assert_eq!(world.staged("ABORTED"), Some(taken.clone()));
    let (status, rotations) = state(&world);
    assert!(status.contains("its service may have that value: `vault rotate run prod/db`"), "{status}");
    assert!(rotations.contains("the service may have the value staged ABORTED"), "{rotations}");
    world.fault("fail", "set", "before");
    failed_at(&world.sandbox.run(&RUN), "set");
    assert!(state(&world).1.contains("refused"), "a new failure is shown as well");
    world.sandbox.ok(&abort);
    assert_eq!(world.staged("ABORTED-2"), Some(taken.clone()), "a second abort hides no value");
    assert!(world.staged("ABORTED").is_some_and(|second| second != taken));
    assert!(state(&world).1.contains("staged ABORTED or ABORTED-2"));
    let report: serde_json::Value =
        serde_json::from_str(&world.sandbox.ok(&["--json", "rotate", "status", NAME])).unwrap();
    assert_eq!(report["Rotations"][0]["AbortedVersionIds"].as_array().unwrap().len(), 2, "{report}");
    world.sandbox.ok(&RUN);
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()), "the hook was given what the service has");
    assert_eq!((world.staged("ABORTED"), world.staged("ABORTED-2")), (None, None));
    says_ok(&world);
}

#[test]
fn an_aborted_value_that_is_made_current_is_no_trouble_any_more() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.fault("fail", "set", "after");
    failed_at(&world.sandbox.run(&RUN), "set");
    let aborted = world.sandbox.run(&["rotate", "abort", NAME, "--yes"]);
    let command = aborted.stderr.split('`').find(|text| text.starts_with("vault secret stage ")).unwrap();
    world.sandbox.ok(&command.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()));
    assert_eq!(world.staged("ABORTED"), None);
    says_ok(&world);
}

#[test]
fn an_abort_of_nothing_asks_nothing() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    let nothing = world.sandbox.run(&["--no-input", "rotate", "abort", NAME]);
    assert_eq!(nothing.code, 3, "{nothing:?}");
    assert!(nothing.stderr.contains("no rotation of this secret is unfinished"), "{nothing:?}");
    world.fault("fail", "create", "before");
    failed_at(&world.sandbox.run(&RUN), "create");
    let asked = world.sandbox.run(&["--no-input", "rotate", "abort", NAME]);
    assert_eq!(asked.code, 10, "{asked:?}");
    let aborted = world.sandbox.run(&["rotate", "abort", NAME, "--yes"]);
    assert_eq!(
        (aborted.stdout.as_str(), aborted.stderr.as_str()),
        ("rotation of prod/db aborted\n", ""),
        "there was no value yet"
    );
    says_ok(&world);
}

#[test]
fn a_built_in_strategy_is_shown_and_needs_no_approval() {
    let sandbox = Sandbox::new();
    for verb in ["show", "approve"] {
        let said = sandbox.run(&["--json", "rotate", "hooks", verb, "builtin:random"]);
        assert_eq!((said.code, json(&said.stdout)["Approved"].as_bool()), (0, Some(true)), "{verb}: {said:?}");
    }
}

#[test]
fn a_hook_runs_only_as_it_was_approved_and_a_dry_run_runs_none() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    let planned = world.sandbox.ok(&["--dry-run", "rotate", "run", NAME]);
    assert_eq!((planned.as_str(), world.password().as_str()), ("prod/db would be rotated\n", "first"));
    world.sandbox.write("hooks/service.py", include_str!("rotation/service.py").to_owned() + "\n# one more line\n");
    let before = world.sandbox.read("secrets/prod/db.yaml");
    let changed = "changed since it was approved on this machine";
    for (command, what) in [
        (&["rotate", "run", NAME][..], "the rotation of `prod/db`"),
        (&["rotate", "test", NAME], "the rotation of `prod/db`"),
        (&["rotate", "hooks", "check", "service.py"], "the hook `service.py`"),
    ] {
        let refused = world.sandbox.run(command);
        assert_eq!(refused.code, 7, "{refused:?}");
        assert!(refused.stderr.contains(&format!("{what} {changed}")), "{refused:?}");
    }
    assert_eq!(world.sandbox.read("secrets/prod/db.yaml"), before, "nothing was begun");
    let asked = world.sandbox.run(&["--no-input", "rotate", "hooks", "approve", "service.py"]);
    assert_eq!(asked.code, 10, "{asked:?}");
    approve_program(&world.sandbox, "service.py");
    assert_eq!(world.sandbox.run(&RUN).code, 7, "the program may run, but gets no secret");
    let asked = world.sandbox.run(&["--no-input", "rotate", "approve", NAME]);
    assert_eq!(asked.code, 10, "{asked:?}");
    approve_rotation(&|arguments| world.sandbox.run(arguments), NAME);
    world.sandbox.ok(&RUN);
}

#[test]
fn a_clock_that_jumps_rotates_at_most_once_too_often_and_is_reported() {
    if !has("python3") || !has("faketime") {
        return;
    }
    let world = World::new();
    let at = |when: &str, arguments: &[&str]| {
        let mut command = world.sandbox.command("faketime");
        outcome(command.arg(when).arg(env!("CARGO_BIN_EXE_vault")).args(arguments).output().unwrap())
    };
    for past in ["1970-01-02 00:00:00", "-400 days"] {
        assert_eq!(at(past, &["tick"]), outcome_of(0, ""), "{past}: nothing is due in the past");
    }
    assert!(at("+400 days", &["tick"]).stdout.starts_with("prod/db rotated"), "a clock that runs ahead rotates once");
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()));
    assert_eq!(world.sandbox.run(&["tick"]), outcome_of(0, ""), "nothing rotates again and again");
    let status = world.sandbox.run(&["status", "--check"]);
    assert_eq!(status.code, 8, "{status:?}");
    assert!(status.stdout.contains("prod/db was rotated while the clock was ahead"), "{status:?}");
    world.sandbox.ok(&RUN);
    let status = world.sandbox.ok(&["rotate", "status"]);
    assert!(status.trim_end().ends_with("ok"), "a rotation by hand counts from the right day again: {status}");
}

fn outcome_of(code: i32, stdout: &str) -> Outcome {
    Outcome { code, stdout: stdout.into(), stderr: String::new() }
}

#[test]
fn a_tick_rotates_retries_and_purges_what_is_due_and_nothing_else() {
    if !has("python3") || !has("faketime") {
        return;
    }
    let world = World::new();
    let at = |when: &str, arguments: &[&str]| {
        let mut command = world.sandbox.command("faketime");
        outcome(command.arg(when).arg(env!("CARGO_BIN_EXE_vault")).args(arguments).output().unwrap())
    };
    assert_eq!(world.sandbox.feed(&["secret", "create", "old", "--stdin"], b"x").code, 0);
    world.sandbox.ok(&["secret", "rm", "old", "--window", "7", "--yes"]);
    assert_eq!(world.sandbox.ok(&["tick"]), "");
    let later = at("+8 days", &["tick"]);
    assert_eq!((later.code, later.stdout.as_str()), (0, "old purged\n"), "{later:?}");
    world.fault("fail", "test", "before");
    let due = at("+31 days", &["tick"]);
    assert_eq!(due.code, 9, "{due:?}");
    assert!(due.stdout.contains("failed: `prod/db`: the rotation failed at test: exit 1"), "{due:?}");
    assert_eq!(at("+31 days", &["tick"]).stdout, "", "a retry waits five minutes");
    let retried = at("+31 days +10 minutes", &["tick"]);
    assert!(retried.stdout.starts_with("prod/db rotated, AWSCURRENT is "), "{retried:?}");
    assert_eq!(world.staged("AWSCURRENT"), Some(world.password()));
}
