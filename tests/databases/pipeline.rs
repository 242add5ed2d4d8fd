//! The databases of a pipeline: in staging and in production two users take turns, the application never fails to log in, and
//! who left logs in no more.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::postgresql::{ADMIN, Server, server};
use crate::project::{Outcome, Sandbox, has, outcome};

const NAME: &str = "shop/db";
/// What an application is started with.
const LOGIN: [&str; 7] = [
    "exec",
    "PGUSER=shop/db:username",
    "PGPASSWORD=shop/db:password",
    "--",
    "sh",
    "-c",
    r#"echo "$PGUSER $PGPASSWORD""#,
];

#[test]
fn passwords_rotate_while_the_application_logs_in_and_a_leaver_is_locked_out() {
    if !has("faketime") {
        return;
    }
    let Some(server) = server() else { return };
    thread::scope(|scope| {
        for user in ["pipe_staging", "pipe_production"] {
            scope.spawn(move || {
                let environment = Environment::new(server, user);
                environment.approve_on_the_machine_that_rotates();
                environment.rotate_for_three_months_under_an_application();
                environment.remove_bob_who_knew_the_password();
                environment.rotate_logs_hold_no_value();
            });
        }
    });
}

/// The vault of an environment, with the members of its roles, each with a home of their own.
struct Environment {
    sandbox: Sandbox,
    server: &'static Server,
}

impl Environment {
    fn new(server: &'static Server, user: &str) -> Self {
        let statement = format!("CREATE ROLE {user} LOGIN PASSWORD 'first-{user}'");
        server.admin().batch_execute(&statement).unwrap();
        let sandbox = Sandbox::new();
        sandbox.ok(&["key", "create", "db", "--scope", "secret:shop/db"]);
        for (name, login) in
            [(NAME, server.login(user, &format!("first-{user}"))), ("shop/db-admin", server.login("postgres", ADMIN))]
        {
            let created = sandbox.feed(&["secret", "create", name, "--stdin"], login.to_string().as_bytes());
            assert_eq!(created.code, 0, "{created:?}");
        }
        sandbox.ok(&["member", "new", "server", "--read", "db", "--out", "server.txt"]);
        sandbox.ok(&["member", "new", "bob", "--read", "db", "--out", "bob.txt"]);
        let rotator = ["member", "new", "rotator", "--read", "db", "--read", "default", "--out", "rotator.txt"];
        sandbox.ok(&[&rotator[..], &["--write", "secret:shop/db"]].concat());
        let authority = format!("sslrootcert={}", server.authority.display());
        let users = ["--users", "alternating", "--admin", "shop/db-admin", "--option", "clone=create"];
        let configure = ["rotate", "configure", NAME, "--strategy", "postgres", "--every", "30d", "--approve"];
        sandbox.ok(&[&configure[..], &users[..], &["--option", &authority]].concat());
        Environment { sandbox, server }
    }

    /// A program on the machine of a member, whose clock shows as many days more.
    fn on_machine_of(&self, member: &str, days: usize) -> Command {
        let mut command = self.sandbox.command("faketime");
        command.args([&format!("+{days} days"), env!("CARGO_BIN_EXE_vault"), "--no-input", "--identity"]);
        command.arg(self.sandbox.project().join(format!("{member}.txt"))).env("HOME", self.home_of(member));
        command
    }

    fn home_of(&self, member: &str) -> PathBuf {
        let home = self.sandbox.root().join(member);
        fs::create_dir_all(&home).unwrap();
        home
    }

    fn run(&self, member: &str, days: usize, arguments: &[&str]) -> Outcome {
        outcome(self.on_machine_of(member, days).args(arguments).output().unwrap())
    }

    fn ok(&self, member: &str, days: usize, arguments: &[&str]) -> String {
        let run = self.run(member, days, arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        run.stdout
    }

    fn staged(&self, stage: &str) -> Value {
        serde_json::from_str(&self.sandbox.ok(&["secret", "get", NAME, "--stage", stage])).unwrap()
    }

    fn approve_on_the_machine_that_rotates(&self) {
        let waiting = self.run("rotator", 31, &["tick"]);
        assert!(waiting.code == 7 && waiting.stdout.contains("vault rotate approve shop/db"), "{waiting:?}");
        let shown: Value =
            serde_json::from_str(&self.ok("rotator", 0, &["--json", "--dry-run", "rotate", "approve", NAME])).unwrap();
        self.ok("rotator", 0, &["rotate", "approve", NAME, "--digest", shown["Digest"].as_str().unwrap()]);
    }

    /// The application logs in all the time: with what it has just read, and with what it read the time before, as a pool does
    /// that opens another connection.
    fn rotate_for_three_months_under_an_application(&self) {
        let (done, logins) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            let application = scope.spawn(|| self.log_in_until(&done, &logins));
            let _end = SetOnDrop(&done);
            let mut users = vec![self.staged("AWSCURRENT")["username"].clone()];
            for month in 1..=3 {
                self.ok("rotator", 31 * month, &["tick"]);
                users.push(self.staged("AWSCURRENT")["username"].clone());
                let before = logins.load(Ordering::SeqCst);
                while logins.load(Ordering::SeqCst) < before + 2 && !application.is_finished() {
                    thread::sleep(Duration::from_millis(20));
                }
                assert!(!application.is_finished(), "the application failed");
            }
            assert!(users[0] == users[2] && users[1] == users[3] && users[0] != users[1], "{users:?}");
        });
    }

    fn log_in_until(&self, done: &AtomicBool, logins: &AtomicUsize) {
        let mut before = None;
        while !done.load(Ordering::SeqCst) {
            let login = self.ok("server", 0, &LOGIN);
            for login in [Some(&login), before.as_ref()].into_iter().flatten() {
                let (user, password) = login.trim().split_once(' ').unwrap();
                if let Err(error) = self.server.try_client(user, password) {
                    panic!("{user} cannot log in after {} logins: {error}", logins.load(Ordering::SeqCst));
                }
            }
            before = Some(login);
            logins.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Two users take turns: the login that he knew works until it was replaced as well.
    fn remove_bob_who_knew_the_password(&self) {
        let known: Value = serde_json::from_str(&self.ok("bob", 0, &["secret", "get", NAME])).unwrap();
        self.sandbox.ok(&["member", "rm", "bob", "--yes"]);
        assert!(self.sandbox.ok(&["list", "--must-rotate"]).contains(NAME));
        let first = self.sandbox.run(&["rotate", "run", "--exposed"]);
        assert!(first.code == 0 && first.stderr.contains("run `vault rotate run --exposed` again"), "{first:?}");
        assert!(self.server.accepts(&known) && self.server.accepts(&self.staged("AWSCURRENT")));
        assert!(self.sandbox.ok(&["list", "--must-rotate"]).contains("AWSPREVIOUS still logs in"));
        let second = self.sandbox.run(&["rotate", "run", "--exposed"]);
        assert!(second.code == 0 && !second.stderr.contains("again"), "{second:?}");
        assert!(!self.server.accepts(&known) && self.server.accepts(&self.staged("AWSCURRENT")));
        assert_eq!(self.sandbox.ok(&["list", "--must-rotate"]), "");
        assert_eq!(self.run("bob", 0, &["secret", "get", NAME]).code, 5);
    }

    fn rotate_logs_hold_no_value(&self) {
        let told = [
            self.sandbox.ok(&["rotate", "log", NAME]),
            self.ok("rotator", 0, &["rotate", "log", NAME]),
            self.ok("rotator", 0, &["audit", "export"]),
            self.ok("server", 0, &["audit", "export"]),
        ];
        for login in [self.staged("AWSCURRENT"), self.staged("AWSPREVIOUS")] {
            let password = login["password"].as_str().unwrap();
            assert!(told.iter().all(|told| !told.contains(password)));
        }
    }
}

/// Ends the application, also if the test fails.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
