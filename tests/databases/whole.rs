//! `vault rotate run` on real servers, killed, cut off and with the server itself dying: AWSCURRENT logs in, or AWSPENDING
//! does, and the next run finishes.

use std::fs;
use std::iter::successors;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use mysql::prelude::Queryable as _;
use serde_json::Value;

use crate::gate::Gate;
use crate::project::{Outcome, Sandbox, has, outcome};
use crate::{mariadb, postgresql};

const NAME: &str = "prod/db";
const RUN: [&str; 3] = ["rotate", "run", NAME];

/// A server that accepts logins.
#[derive(Clone, Copy)]
enum Server {
    Postgres(&'static postgresql::Server),
    Maria(&'static mariadb::Server),
}

#[derive(Clone, Copy, PartialEq)]
enum Users {
    Single,
    Alternating,
}

impl Server {
    /// A login of a new user, and the one of an administrator.
    fn logins(self, user: &str) -> (Value, Value) {
        let password = format!("first-{user}");
        match self {
            Server::Postgres(server) => {
                let statement = format!("CREATE ROLE {user} LOGIN PASSWORD '{password}'");
                server.admin().batch_execute(&statement).unwrap();
                (server.login(user, &password), server.login("postgres", postgresql::ADMIN))
            }
            Server::Maria(server) => {
                let statement = format!("CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'");
                server.admin().query_drop(statement).unwrap();
                (server.login(user, &password), server.login("admin", mariadb::ADMIN))
            }
        }
    }

    fn accepts(self, login: &Value) -> bool {
        match self {
            Server::Postgres(server) => server.accepts(login),
            Server::Maria(server) => server.accepts(login),
        }
    }

    fn port(self) -> u16 {
        match self {
            Server::Postgres(server) => server.port,
            Server::Maria(server) => server.port,
        }
    }

    fn authority(self) -> String {
        match self {
            Server::Postgres(server) => server.authority.display().to_string(),
            Server::Maria(server) => server.authority.display().to_string(),
        }
    }

    fn strategy(self) -> &'static str {
        match self {
            Server::Postgres(_) => "postgres",
            Server::Maria(_) => "mysql",
        }
    }
}

/// A vault with a secret for a new user of a server that is reached through a gate.
struct World {
    sandbox: Sandbox,
    server: Server,
    gate: Gate,
}

impl World {
    fn new(server: Server, users: Users, user: &str) -> Self {
        let sandbox = Sandbox::new();
        let gate = Gate::to(server.port());
        let (mut login, mut admin) = server.logins(user);
        for value in [&mut login, &mut admin] {
            value["port"] = gate.port.into();
        }
        create(&sandbox, NAME, &login);
        let authority = format!("sslrootcert={}", server.authority());
        let mut configure =
            vec!["rotate", "configure", NAME, "--strategy", server.strategy(), "--every", "30d", "--approve"];
        configure.extend(["--option", &authority]);
        if users == Users::Alternating {
            create(&sandbox, "prod/admin", &admin);
            configure.extend(["--users", "alternating", "--admin", "prod/admin", "--option", "clone=create"]);
        }
        sandbox.ok(&configure);
        World { sandbox, server, gate }
    }

    fn staged(&self, stage: &str) -> Option<Value> {
        let outcome = self.sandbox.run(&["secret", "get", NAME, "--stage", stage]);
        (outcome.code == 0).then(|| serde_json::from_str(&outcome.stdout).unwrap())
    }

    fn logs_in(&self, stage: &str) -> bool {
        self.staged(stage).is_some_and(|login| self.server.accepts(&login))
    }

    /// Nobody is locked out, and one more run finishes.
    fn check(&self, what: &str) {
        assert!(self.logs_in("AWSCURRENT") || self.logs_in("AWSPENDING"), "{what}: nothing logs in");
        assert_eq!(self.sandbox.run(&["verify"]).code, 0, "{what}");
        let resumed = self.sandbox.run(&RUN);
        assert_eq!(resumed.code, 0, "{what}: {resumed:?}");
        assert!(self.logs_in("AWSCURRENT"), "{what}");
        assert_eq!(self.staged("AWSPENDING"), None, "{what}");
    }
}

fn create(sandbox: &Sandbox, name: &str, value: &Value) {
    let created = sandbox.feed(&["secret", "create", name, "--stdin"], value.to_string().as_bytes());
    assert_eq!(created.code, 0, "{created:?}");
}

fn servers() -> Vec<Server> {
    let postgres = postgresql::server().map(Server::Postgres);
    let maria = mariadb::server().map(Server::Maria);
    postgres.into_iter().chain(maria).collect()
}

/// No password, former or new, may be told to anybody.
fn tells_nothing(world: &World, outcome: &Outcome) {
    for stage in ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"] {
        if let Some(login) = world.staged(stage) {
            let password = login["password"].as_str().unwrap();
            let log = world.sandbox.ok(&["rotate", "log", NAME]);
            let status = world.sandbox.ok(&["rotate", "status", NAME]);
            for text in [&outcome.stdout, &outcome.stderr, &log, &status] {
                assert!(!text.contains(password), "{text}");
            }
        }
    }
}

#[test]
fn a_schedule_changes_the_password_in_the_database_and_in_the_vault() {
    if !has("faketime") {
        return;
    }
    for server in servers() {
        for users in [Users::Single, Users::Alternating] {
            let user = if users == Users::Single { "whole_one" } else { "whole_two" };
            let world = World::new(server, users, user);
            let first = world.staged("AWSCURRENT").unwrap();
            let nothing = world.sandbox.run(&["rotate", "run", "--due"]);
            assert_eq!((nothing.code, nothing.stderr.as_str()), (0, "note: nothing is due\n"));
            let due = |when: &str| {
                let mut command = world.sandbox.command("faketime");
                command.args([when, env!("CARGO_BIN_EXE_vault"), "rotate", "run", "--due"]);
                outcome(command.output().unwrap())
            };
            let run = due("+31 days");
            assert!(run.code == 0 && run.stdout.starts_with("prod/db rotated, AWSCURRENT is "), "{run:?}");
            tells_nothing(&world, &run);
            assert!(world.logs_in("AWSCURRENT"));
            assert_eq!(world.staged("AWSPREVIOUS"), Some(first), "it is what was current");
            assert_eq!(
                world.logs_in("AWSPREVIOUS"),
                users == Users::Alternating,
                "two users are both good, one is not"
            );
            assert_eq!(due("+62 days").code, 0);
            assert!(world.logs_in("AWSCURRENT"));
        }
    }
}

/// Kills the runner, and with it the step that runs, after more and more time, until it is done before that.
#[test]
fn a_runner_that_is_killed_at_any_moment_locks_nobody_out() {
    let mut tried = 0;
    for server in servers() {
        for users in [Users::Single, Users::Alternating] {
            let kind = if users == Users::Single { "single" } else { "turns" };
            // Every twelve milliseconds, and rarer where the machine is slow.
            for milliseconds in successors(Some(5), |last| Some(last + (last / 16).max(12))) {
                let user = format!("killed_{kind}_{milliseconds}");
                let world = World::new(server, users, &user);
                let mut run = world.sandbox.program();
                let mut run = run.args(RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                sleep(Duration::from_millis(milliseconds));
                let done = run.try_wait().unwrap().is_some();
                run.kill().unwrap();
                run.wait().unwrap();
                if done {
                    break;
                }
                world.check(&format!("{user}, killed after {milliseconds} ms"));
                tried += 1;
            }
        }
    }
    println!("{tried} kills survived");
}

/// The server accepts a number of connections and no more: it refuses at every point at which a step talks to it.
#[test]
fn a_server_that_cannot_be_reached_any_more_locks_nobody_out() {
    let mut tried = 0;
    for server in servers() {
        for users in [Users::Single, Users::Alternating] {
            let kind = if users == Users::Single { "single" } else { "turns" };
            for connections in 0.. {
                let world = World::new(server, users, &format!("cut_{kind}_{connections}"));
                world.gate.admit(connections);
                let run = world.sandbox.run(&RUN);
                if run.code == 0 {
                    assert!(connections > 2, "the steps need more connections than that");
                    break;
                }
                assert_eq!(run.code, 9, "{run:?}");
                tells_nothing(&world, &run);
                world.gate.open();
                world.check(&format!("{kind}, cut off after {connections} connections"));
                tried += 1;
            }
        }
    }
    println!("{tried} refusals survived");
}

/// A rotation that stopped anywhere is aborted, and so is the next one: one more run finds the password that the server has.
#[test]
fn aborted_rotations_lock_nobody_out() {
    let mut tried = 0;
    for server in servers() {
        for users in [Users::Single, Users::Alternating] {
            let kind = if users == Users::Single { "single" } else { "turns" };
            for connections in 0.. {
                let world = World::new(server, users, &format!("aborted_{kind}_{connections}"));
                world.gate.admit(connections);
                if world.sandbox.run(&RUN).code == 0 {
                    break;
                }
                world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
                assert_eq!(world.sandbox.run(&RUN).code, 9, "no connection is left");
                world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
                world.gate.open();
                assert!(["AWSCURRENT", "ABORTED", "ABORTED-2"].into_iter().any(|stage| world.logs_in(stage)));
                let run = world.sandbox.run(&RUN);
                assert_eq!(run.code, 0, "{kind}, aborted after {connections} connections: {run:?}");
                assert!(world.logs_in("AWSCURRENT"));
                assert_eq!(world.staged("ABORTED"), None);
                tried += 1;
            }
        }
    }
    println!("{tried} aborts survived");
}

/// The server is killed right after `set`, and comes back later.
#[test]
fn a_server_that_dies_between_set_and_finish_finds_its_password_in_awspending() {
    let Some(mut server) = postgresql::own_server() else { return };
    let sandbox = Sandbox::new();
    let user = "survivor";
    let statement = format!("CREATE ROLE {user} LOGIN PASSWORD 'first'");
    server.admin().batch_execute(&statement).unwrap();
    create(&sandbox, NAME, &server.login(user, "first"));
    let flag = sandbox.home().join("flag");
    fs::write(&flag, "").unwrap();
    let script = format!(
        "#!/bin/sh\n\"{}\" hook-strategy postgres \"$1\" || exit 1\n[ \"$1\" = set ] && [ -e \"{flag}\" ] || exit 0\n\
         rm \"{flag}\"\nkill -9 $(head -n 1 \"{pid}\")\n",
        env!("CARGO_BIN_EXE_vault"),
        flag = flag.display(),
        pid = server.pid_file().display(),
    );
    sandbox.write("hooks/crash.sh", script);
    let shown: Value = serde_json::from_str(&sandbox.ok(&["--json", "rotate", "hooks", "show", "crash.sh"])).unwrap();
    sandbox.ok(&["rotate", "hooks", "approve", "crash.sh", "--digest", shown["Digest"].as_str().unwrap()]);
    let authority = format!("sslrootcert={}", server.authority.display());
    sandbox.ok(&["rotate", "configure", NAME, "--hook", "crash.sh", "--option", &authority, "--approve"]);
    let run = sandbox.run(&RUN);
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stderr.contains("the rotation failed at test"), "{run:?}");
    server.start_again();
    let staged = |stage: &str| -> Value {
        serde_json::from_str(&sandbox.ok(&["secret", "get", NAME, "--stage", stage])).unwrap()
    };
    assert!(server.accepts(&staged("AWSPENDING")) && !server.accepts(&staged("AWSCURRENT")));
    sandbox.ok(&["rotate", "resume", NAME]);
    assert!(server.accepts(&staged("AWSCURRENT")));
}

/// What people see of their own passwords in the list of processes.
#[test]
fn no_password_stands_in_an_argument_or_in_the_environment_of_a_step() {
    if !has("strace") {
        return;
    }
    let Some(server) = servers().into_iter().next() else { return };
    let world = World::new(server, Users::Single, "arguments");
    let log = world.sandbox.home().join("strace.log");
    let mut command = world.sandbox.command("strace");
    command.args(["-f", "-qq", "-v", "-s", "100000", "-e", "trace=execve", "-o"]).arg(&log);
    let run = outcome(command.arg(env!("CARGO_BIN_EXE_vault")).args(RUN).output().unwrap());
    assert_eq!(run.code, 0, "{run:?}");
    let started = fs::read_to_string(&log).unwrap();
    assert!(started.matches("hook-strategy").count() >= 4, "{started}");
    for stage in ["AWSCURRENT", "AWSPREVIOUS"] {
        let login = world.staged(stage).unwrap();
        assert!(!started.contains(login["password"].as_str().unwrap()));
    }
    let identity = fs::read_to_string(world.sandbox.identity_file()).unwrap();
    let key = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    assert!(!started.contains(key));
}
