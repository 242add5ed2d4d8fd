//! What an operator of rotations meets: options that are typed wrong, several secrets at once, processes that overlap, hooks
//! that misbehave.

use std::fs;
use std::process::Stdio;

use crate::project::{Outcome, Sandbox, outcome};
use crate::rotation::approve_program;
use crate::supervise::wait_until;
use crate::team::{is, json};

/// A vault with a secret and an approved hook of this text.
fn with_hook(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("hooks/hook.sh", format!("#!/bin/sh\nset -eu\nmessage=$(cat)\n{text}\n"));
    approve_program(&sandbox, "hook.sh");
    sandbox.ok(&["secret", "create", "a/b", "--generate"]);
    sandbox.ok(&["rotate", "configure", "a/b", "--hook", "hook.sh", "--every", "30d", "--approve"]);
    sandbox
}

fn login(sandbox: &Sandbox, engine: &str) {
    let value = format!(
        r#"{{"engine":"{engine}","host":"127.0.0.1","port":1,"username":"shopkeeper","password":"hunter2hunter2"}}"#
    );
    assert_eq!(sandbox.feed(&["secret", "create", "a/b", "--stdin"], value.as_bytes()).code, 0);
}

fn configure(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.run(&[&["rotate", "configure", "a/b"], arguments].concat())
}

#[test]
fn an_option_of_a_strategy_is_known_and_has_a_value_that_works_or_is_refused() {
    let sandbox = Sandbox::new();
    login(&sandbox, "postgres");
    for (strategy, option, message, hint) in [
        ("random", "lenght=64", "`builtin:random` has no option `lenght`", "did you mean `length`?"),
        ("random", "length=abc", "the option `length` must be a number", "--option length="),
        ("random", "length=5000", "the option `length` must be a number from 1 to 4096", "docs/strategies.md"),
        ("random", "length=3", "3", "docs/strategies.md"),
        ("random", "tls=off", "`builtin:random` has no option `tls`", "its options"),
        ("postgres", "tls=maybe", "the option `tls` must be `verify` or `insecure` or `off`", "--option tls="),
        ("postgres", "sslrootcert=ca.pem", "the option `sslrootcert` must be the absolute path", ""),
        ("postgres", "users=alternating", "alternating users need an administrator", "--admin SECRET"),
        ("postgres", "clone=create", "the option `clone` needs `users=alternating`", "--users alternating"),
        ("mysql", "owner_role=x", "`builtin:mysql` has no option `owner_role`", ""),
        ("http", "url=http://service.example", "the option `url` must be https://", ""),
        ("http", "colour=red", "the hook needs the option `url`", ""),
        ("http", "sslrootcer=/x", "`builtin:http` has no option `sslrootcer`", "did you mean `sslrootcert`?"),
    ] {
        let refused = configure(&sandbox, &["--strategy", strategy, "--option", option]);
        is(&refused, 2, message);
        assert!(refused.stderr.contains(hint), "{option}: {refused:?}");
    }
    assert!(!sandbox.ok(&["--json", "secret", "show", "a/b"]).contains("Rotation"), "nothing was stored");
    let many: Vec<String> = (0..51).map(|number| format!("o{number}=1")).collect();
    let many: Vec<&str> = many.iter().flat_map(|option| ["--option", option]).collect();
    let refused =
        configure(&sandbox, &[&["--strategy", "http", "--option", "url=https://x.example"], &many[..]].concat());
    is(&refused, 2, "a rotation has at most 50 options, not 52");
}

#[test]
fn the_options_are_shown() {
    let sandbox = Sandbox::new();
    login(&sandbox, "postgres");
    sandbox.ok(&["secret", "create", "root", "--generate"]);
    let options = ["--users", "alternating", "--admin", "root", "--option", "tls=off", "--approve"];
    assert_eq!(configure(&sandbox, &[&["--strategy", "postgres"], &options[..]].concat()).code, 0);
    for shown in [sandbox.ok(&["secret", "show", "a/b"]), sandbox.ok(&["rotate", "status", "a/b"])] {
        for option in ["admin=root", "tls=off", "users=alternating"] {
            assert!(shown.contains(&format!("option  {option}")) || shown.contains(option), "{shown}");
        }
    }
    let shown = json(&sandbox.ok(&["--json", "secret", "show", "a/b"]));
    assert_eq!((&shown["RotationOptions"]["tls"], &shown["RotationAdmin"]), (&"off".into(), &"root".into()));
    let shown = json(&sandbox.ok(&["--json", "rotate", "status"]));
    let rotation = &shown["Rotations"][0];
    assert_eq!((&rotation["Options"]["users"], &rotation["Admin"]), (&"alternating".into(), &"root".into()));
}

#[test]
fn a_hook_that_is_not_there_is_not_configured() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["secret", "create", "a/b", "--generate"]);
    let refused = configure(&sandbox, &["--hook", "missing.sh"]);
    is(&refused, 3, "the hook `missing.sh` does not exist");
    assert!(!sandbox.ok(&["--json", "secret", "show", "a/b"]).contains("Rotation"), "nothing was stored");
}

#[test]
fn a_new_schedule_brings_its_own_window_and_a_dry_run_says_when() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["secret", "create", "a/b", "--generate"]);
    let first = ["--strategy", "random", "--every", "30d", "--window", "3h"];
    let tried = sandbox.ok(&[&["--dry-run", "rotate", "configure", "a/b"], &first[..]].concat());
    assert!(!tried.trim_end().ends_with("next until"), "{tried}");
    configure(&sandbox, &first);
    assert!(sandbox.ok(&["--json", "secret", "show", "a/b"]).contains("\"Duration\": \"3h\""));
    configure(&sandbox, &["--option", "length=40"]);
    assert!(sandbox.ok(&["--json", "secret", "show", "a/b"]).contains("\"Duration\": \"3h\""), "it is kept");
    configure(&sandbox, &["--every", "10d"]);
    assert!(!sandbox.ok(&["--json", "secret", "show", "a/b"]).contains("Duration"));
}

#[test]
fn a_hook_that_returns_the_current_value_has_not_rotated() {
    let sandbox = with_hook(
        r#"[ "$1" != create ] || printf '%s' "$message" | sed 's/.*"current":{"VersionId":"[^"]*","SecretString":\("[^"]*"\).*/{"SecretString":\1}/'"#,
    );
    let before = sandbox.ok(&["secret", "get", "a/b"]);
    assert_eq!(configure(&sandbox, &["--option", "x=y", "--approve"]).code, 0);
    let run = sandbox.run(&["rotate", "run", "a/b"]);
    is(&run, 9, "the hook returned the current value instead of a new one");
    assert_eq!(sandbox.ok(&["secret", "get", "a/b"]), before);
}

#[test]
fn a_flood_of_a_create_step_ends_at_once() {
    let sandbox = with_hook(r#"[ "$1" != create ] || yes "{}""#);
    let begun = std::time::Instant::now();
    let run = sandbox.run(&["rotate", "run", "a/b", "--timeout", "300"]);
    assert!(run.code != 0 && begun.elapsed().as_secs() < 100, "{run:?}");
}

#[test]
fn messages_name_users_and_hosts_and_no_password() {
    let sandbox = Sandbox::new();
    login(&sandbox, "postgres");
    let text = "#!/bin/sh\ncat > /dev/null\necho 'the user shopkeeper at 127.0.0.1 has hunter2hunter2' >&2\nexit 1\n";
    sandbox.write("hooks/hook.sh", text);
    approve_program(&sandbox, "hook.sh");
    assert_eq!(configure(&sandbox, &["--hook", "hook.sh", "--approve"]).code, 0);
    let run = sandbox.run(&["rotate", "run", "a/b"]);
    assert!(run.stderr.contains("the user shopkeeper at 127.0.0.1 has ***"), "{run:?}");
    let log = sandbox.ok(&["rotate", "log", "a/b"]);
    assert!(log.contains("shopkeeper") && !log.contains("hunter2"), "{log}");
}

/// Waits at `create` until the file `go` is there.
const SLOW: &str = r#"[ "$1" != create ] || { : > "$HOME/begun"; while [ ! -e "$HOME/go" ]; do sleep 0.05; done; echo '{"SecretString":"brand-new"}'; }"#;

#[test]
fn a_tick_beside_another_one_is_no_failure_and_rotates_nothing_twice() {
    if !crate::project::has("faketime") {
        return;
    }
    let sandbox = with_hook(SLOW);
    let later = |arguments: &[&str]| {
        let mut command = sandbox.command("faketime");
        command.args(["-f", "+40d", env!("CARGO_BIN_EXE_vault")]).args(arguments);
        command
    };
    sandbox.ok(&["secret", "create", "c/d", "--generate"]);
    sandbox.ok(&["rotate", "configure", "c/d", "--strategy", "random", "--every", "30d"]);
    let alone = ["tick", "--jobs", "1"];
    let first = later(&alone).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("create", || sandbox.home().join("begun").exists());
    let second = outcome(later(&["tick"]).output().unwrap());
    assert!(second.code == 0 && second.stdout.starts_with("c/d rotated"), "{second:?}");
    is(&outcome(later(&["rotate", "run", "a/b"]).output().unwrap()), 4, "");
    fs::write(sandbox.home().join("go"), "").unwrap();
    let first = outcome(first.wait_with_output().unwrap());
    assert!(first.code == 0 && first.stdout.contains("a/b rotated") && !first.stdout.contains("c/d"), "{first:?}");
    let versions = json(&sandbox.ok(&["--json", "secret", "versions", "c/d"]));
    assert_eq!(versions["Versions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_cancel_during_create_stops_the_run_before_the_service_hears_of_it() {
    let sandbox = with_hook(&format!("{SLOW}\n[ \"$1\" != set ] || : > \"$HOME/was-set\""));
    let mut command = sandbox.program();
    let run = command.args(["rotate", "run", "a/b"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("create", || sandbox.home().join("begun").exists());
    let cancelled = sandbox.run(&["rotate", "cancel", "a/b"]);
    assert!(cancelled.code == 0 && cancelled.stderr.contains("it stops before `set`"), "{cancelled:?}");
    fs::write(sandbox.home().join("go"), "").unwrap();
    let run = outcome(run.wait_with_output().unwrap());
    assert!(run.code != 0 && run.stderr.contains("cancel"), "{run:?}");
    assert!(!sandbox.home().join("was-set").exists());
    let kept = sandbox.ok(&["secret", "get", "a/b", "--stage", "AWSPENDING"]);
    assert_eq!(kept, "brand-new", "a value that was created is not lost");
}

#[test]
fn a_failure_that_a_clock_ahead_recorded_is_tried_again() {
    if !crate::project::has("faketime") {
        return;
    }
    let sandbox =
        with_hook("[ -e \"$HOME/go\" ] || exit 1\n[ \"$1\" != create ] || echo '{\"SecretString\":\"brand-new\"}'");
    let ahead = |arguments: &[&str]| {
        let mut command = sandbox.command("faketime");
        command.args(["-f", "+5000d", env!("CARGO_BIN_EXE_vault")]).args(arguments);
        outcome(command.output().unwrap())
    };
    assert_ne!(ahead(&["tick"]).code, 0);
    fs::write(sandbox.home().join("go"), "").unwrap();
    let status = sandbox.ok(&["rotate", "status"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains("retry is due"), "{status}");
    let ticked = sandbox.run(&["tick"]);
    assert!(ticked.code == 0 && ticked.stdout.contains("a/b rotated"), "{ticked:?}");
}

#[test]
fn several_secrets_rotate_at_once_and_are_reported_in_order() {
    let sandbox = Sandbox::new();
    // Each waits for another one: alone, none would end.
    let text = "#!/bin/sh\ncat > /dev/null\n[ \"$1\" = create ] || exit 0\n: > \"$HOME/here.$$\"\n\
                while [ \"$(ls \"$HOME\" | grep -c '^here')\" -lt 4 ]; do sleep 0.05; done\necho '{\"SecretString\":\"brand-new\"}'\n";
    sandbox.write("hooks/hook.sh", text);
    approve_program(&sandbox, "hook.sh");
    let names = ["s/1", "s/2", "s/3", "s/4"];
    for name in names {
        sandbox.ok(&["secret", "create", name, "--generate"]);
        sandbox.ok(&["rotate", "configure", name, "--hook", "hook.sh", "--approve"]);
    }
    let run = sandbox.ok(&[&["rotate", "run", "--jobs", "4"], &names[..]].concat());
    let order: Vec<&str> = run.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(order, names);
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

#[test]
fn nothing_exposed_is_not_called_nothing_due() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["rotate", "run", "--exposed"]);
    assert!(
        run.code == 0 && run.stderr.contains("no secret with a hook has a value that a former reader knows"),
        "{run:?}"
    );
}

#[test]
fn a_timer_is_not_installed_that_could_open_nothing() {
    let sandbox = Sandbox::new();
    let bare = Sandbox::empty();
    let (vault, identity) = (sandbox.vault().display().to_string(), sandbox.identity_file().display().to_string());
    let id = sandbox.vault_id();
    let run = |arguments: &[&str]| {
        bare.run_with(&[&["--vault", &vault, "rotate", "timer", "--install"], arguments].concat(), &[("VLT_ID", &id)])
    };
    let refused = run(&[]);
    is(&refused, 2, "the timer could not open an identity without a prompt");
    assert!(refused.stderr.contains("--install --identity FILE"), "{refused:?}");
    assert_eq!(run(&["--identity", &identity]).code, 0);
    assert_eq!(sandbox.run(&["rotate", "timer", "--install"]).code, 0);
}

#[test]
fn an_abort_of_nothing_finds_out_before_it_asks() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["secret", "create", "a/b", "--generate"]);
    assert_eq!(configure(&sandbox, &["--strategy", "random", "--every", "30d"]).code, 0);
    let [asked, told] =
        [&["rotate", "abort", "a/b"][..], &["rotate", "abort", "a/b", "--yes"]].map(|it| sandbox.run(it));
    assert_eq!((asked.code, &asked.stderr), (told.code, &told.stderr));
    assert!(!asked.stderr.contains("--yes"), "{asked:?}");
}
