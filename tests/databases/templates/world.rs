//! A vault with a secret that a template rotates, and a watch on the arguments of the programs that the hook calls.

use std::fs;
use std::io::Write as _;
use std::iter::successors;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::project::{Outcome, Sandbox, outcome};

pub(super) const NAME: &str = "prod/login";
/// The members of values that are secret.
const SECRET: [&str; 4] = ["password", "SecretAccessKey", "private_key", "token"];
const WATCHED: [&str; 6] = ["aws", "ldappasswd", "ldapwhoami", "psql", "ssh", "ssh-keygen"];
/// Writes down its arguments; with a file `broken` beside it that names the program, it fails.
const WATCH: &str = r#"#!/bin/sh
program=
here=${0%/*}
printf '%s\n' "$*" >>"$here/arguments"
! grep -qsx "${0##*/}" "$here/broken" || exit 1
exec "$program" "$@"
"#;

pub(super) struct World {
    pub(super) sandbox: Sandbox,
}

/// Writes a program that can be run at once: in a process of its own, so that no child of this one has it open.
pub(super) fn write_program(path: &Path, text: &str) {
    let line = "mkdir -p \"${0%/*}\" && cat > \"$0\" && chmod 755 \"$0\"";
    let mut shell = Command::new("sh").args(["-c", line]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
}

impl World {
    /// A secret with this value, and an approved hook.
    pub(super) fn new(template: &str, value: &str) -> World {
        let world = World { sandbox: Sandbox::new() };
        for program in WATCHED {
            let find = Command::new("sh").args(["-c", "command -v \"$0\"", program]).output().unwrap();
            let found = format!("program={}", String::from_utf8(find.stdout).unwrap());
            write_program(&world.programs().join(program), &WATCH.replace("program=\n", &found));
        }
        world.sandbox.ok(&["rotate", "hooks", "new", "hook.py", "--template", template]);
        let shown: Value =
            serde_json::from_str(&world.sandbox.ok(&["--json", "rotate", "hooks", "show", "hook.py"])).unwrap();
        let digest = shown["Digest"].as_str().unwrap();
        world.sandbox.ok(&["rotate", "hooks", "approve", "hook.py", "--digest", digest]);
        world.create(NAME, value);
        world
    }

    pub(super) fn of(template: &str, value: &Value) -> World {
        World::new(template, &value.to_string())
    }

    fn create(&self, name: &str, value: &str) {
        let created = self.sandbox.feed(&["secret", "create", name, "--stdin"], value.as_bytes());
        assert_eq!(created.code, 0, "{created:?}");
    }

    /// With the login of an administrator.
    pub(super) fn with_admin(self, value: &Value) -> World {
        self.create("prod/admin", &value.to_string());
        self.configure(&["--admin", "prod/admin"]);
        self
    }

    /// With options of the hook, in addition to those from before.
    pub(super) fn with(self, options: &[&str]) -> World {
        let options: Vec<&str> = options.iter().flat_map(|option| ["--option", option]).collect();
        self.configure(&options);
        self
    }

    fn configure(&self, arguments: &[&str]) {
        let configure = ["rotate", "configure", NAME, "--hook", "hook.py", "--approve"];
        self.sandbox.ok(&[&configure, arguments].concat());
    }

    /// Where programs are found first.
    pub(super) fn programs(&self) -> PathBuf {
        self.sandbox.home().join("programs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.program();
        let search = format!("{}:{}", self.programs().display(), std::env::var("PATH").unwrap());
        command.args(arguments).env("PATH", search);
        command
    }

    pub(super) fn vault(&self, arguments: &[&str]) -> Outcome {
        outcome(self.command(arguments).output().unwrap())
    }

    /// Runs a rotation.
    pub(super) fn run(&self) -> Outcome {
        let run = self.vault(&["rotate", "run", NAME, "--timeout", "240"]);
        self.tells_nothing(&run);
        run
    }

    /// Runs a rotation that succeeds, and returns the new value.
    pub(super) fn rotate(&self) -> Value {
        let run = self.run();
        assert_eq!(run.code, 0, "{run:?}");
        let test = self.vault(&["rotate", "test", NAME, "--timeout", "240"]);
        assert_eq!(test.code, 0, "{test:?}");
        self.staged("AWSCURRENT").unwrap()
    }

    /// Runs a rotation that fails, and returns why.
    pub(super) fn fails(&self) -> String {
        let run = self.run();
        assert_eq!(run.code, 9, "{run:?}");
        run.stderr
    }

    /// A value, as JSON if it is.
    pub(super) fn staged(&self, stage: &str) -> Option<Value> {
        let outcome = self.sandbox.run(&["secret", "get", NAME, "--stage", stage]);
        let text = outcome.stdout.trim_end();
        (outcome.code == 0).then(|| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    }

    /// Makes a program fail from now on.
    pub(super) fn break_program(&self, program: &str) {
        fs::write(self.programs().join("broken"), format!("{program}\n")).unwrap();
    }

    pub(super) fn repair(&self) {
        fs::remove_file(self.programs().join("broken")).unwrap();
    }

    /// No secret is in a message, the log, or an argument of a program.
    fn tells_nothing(&self, run: &Outcome) {
        let arguments = fs::read_to_string(self.programs().join("arguments")).unwrap_or_default();
        let log = self.sandbox.ok(&["rotate", "log", NAME]);
        for value in ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"].into_iter().filter_map(|stage| self.staged(stage)) {
            let members = SECRET.into_iter().filter_map(|member| value[member].as_str());
            for secret in members.chain(value.as_str()) {
                let secret = secret.lines().nth(1).unwrap_or(secret);
                for text in [&run.stdout, &run.stderr, &arguments, &log] {
                    assert!(!text.contains(secret), "{text}");
                }
            }
        }
    }

    /// Kills the runner, and with it the step that runs, after more and more time, until it is done before that. The value
    /// that is current logs in, or the pending one does, and the next run finishes.
    pub(super) fn survives_kills(&self, logs_in: impl Fn(&Value) -> bool) {
        for milliseconds in successors(Some(50), |last| Some(last * 3)) {
            let mut run = self.command(&["rotate", "run", NAME]);
            let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(Duration::from_millis(milliseconds));
            let is_done = run.try_wait().unwrap().is_some();
            run.kill().unwrap();
            run.wait().unwrap();
            let mut values = ["AWSCURRENT", "AWSPENDING"].into_iter().filter_map(|stage| self.staged(stage));
            assert!(values.any(|value| logs_in(&value)), "killed after {milliseconds} ms: nothing logs in");
            let current = self.rotate();
            assert!(logs_in(&current), "killed after {milliseconds} ms");
            if is_done {
                break;
            }
        }
    }
}
