//! The unlock agent: a passphrase once, and then nobody but its owner, for as long as was said.

mod guard;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

use vault::crypto::identity::Identity;
use vault::crypto::passphrase::seal_passphrase_file;
use zeroize::Zeroizing;

use crate::project::{Outcome, Sandbox, outcome};
use crate::supervise::{is_gone, wait_until};

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// A vault whose identity lies under a passphrase, with one value in it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    /// The identity's key, as text.
    key: Zeroizing<String>,
}

impl World {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty();
        let config = sandbox.home().join(".config/vault");
        fs::create_dir_all(config.join("identities")).unwrap();
        let (identity, text) = Identity::generate();
        let phrase = Zeroizing::new(PASSPHRASE.to_owned());
        // Weak on purpose: what is tested is not the work factor.
        let sealed = seal_passphrase_file(text.as_bytes(), &phrase, 8).unwrap();
        let file = config.join("identities/ana.age");
        fs::write(&file, sealed.as_bytes()).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let recipient = identity.recipients().remove(0);
        let settings = format!(
            "identity:\n  store: \"passphrase\"\n  file: \"identities/ana.age\"\n  recipient: \"{recipient}\"\n"
        );
        sandbox.configure(&settings);
        let world = World { sandbox, key: text };
        world.told(&["init", "--no-input", "--no-recovery-key"]);
        world.told(&["param", "put", "/a", "--generate"]);
        world
    }

    /// Runs with the passphrase at hand; it must succeed.
    pub(crate) fn told(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.sandbox.run_with(arguments, &[("VLT_PASSPHRASE", PASSPHRASE)]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome
    }

    /// Whether a value opens with nobody to ask.
    fn opens(&self) -> bool {
        let outcome = self.sandbox.run(&["--no-input", "param", "get", "/a"]);
        assert!(outcome.code == 0 || outcome.code == 10, "{outcome:?}");
        outcome.code == 0
    }

    fn process(&self) -> String {
        self.agent().unwrap()
    }

    /// The process of the agent, if one answers.
    fn agent(&self) -> Option<String> {
        let status: serde_json::Value = serde_json::from_str(&self.sandbox.ok(&["--json", "status"])).unwrap();
        Some(status["Agent"]["ProcessId"].as_u64()?.to_string())
    }

    fn sockets(&self) -> Vec<PathBuf> {
        let found = Command::new("find").arg(self.sandbox.home()).args(["-name", "*.sock"]).output().unwrap();
        String::from_utf8(found.stdout).unwrap().lines().map(PathBuf::from).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.sandbox.run(&["lock"]);
    }
}

/// Short times for an agent to end after: a busy machine may not get round to asking it within the first one.
const SHORT: [&str; 3] = ["2s", "10s", "60s"];

#[test]
fn a_passphrase_is_asked_once_until_it_is_locked() {
    let world = World::new();
    assert!(!world.opens());
    let unlocked = world.told(&["unlock"]);
    assert!(unlocked.stdout.starts_with("unlocked until "), "{unlocked:?}");
    for _ in 0..5 {
        assert!(world.opens());
    }
    assert_eq!(world.sandbox.run(&["lock"]).stdout, "locked\n");
    assert!(!world.opens());
    let again = world.sandbox.run(&["lock"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "nothing was unlocked\n"));
}

#[test]
fn it_ends_when_its_time_is_up_and_when_it_was_killed() {
    let world = World::new();
    assert!(SHORT.into_iter().any(|ttl| {
        world.told(&["unlock", "--ttl", ttl]);
        world.opens()
    }));
    wait_until("the end of its time", || !world.opens());
    world.told(&["unlock"]);
    assert!(world.opens());
    signal(&world.process(), "-KILL");
    wait_until("its end", || !world.opens());
    world.told(&["unlock"]);
    assert!(world.opens(), "a socket that was left behind is replaced");
}

#[test]
fn two_at_once_leave_one_that_works() {
    let world = World::new();
    let start = || {
        let mut unlock = world.sandbox.program();
        unlock.arg("unlock").env("VLT_PASSPHRASE", PASSPHRASE).stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    for mut one in [start(), start()] {
        one.wait().unwrap();
    }
    assert!(world.opens());
    assert_eq!(world.sandbox.run(&["lock"]).code, 0);
    wait_until("the end of both", || !world.opens());
}

fn signal(process: &str, signal: &str) {
    assert!(Command::new("kill").args([signal, process]).status().unwrap().success());
}

#[test]
fn it_ends_when_nobody_uses_it_and_use_does_not_prolong_it_for_ever() {
    let world = World::new();
    let ending = |one: &str, other: &str| {
        let process = SHORT.into_iter().find_map(|short| {
            world.told(&["unlock", one, short, other, "1h"]);
            world.agent()
        });
        process.unwrap()
    };
    let process = ending("--idle", "--ttl");
    wait_until("the end of what nobody uses", || is_gone(&process));
    assert_eq!(world.sockets(), Vec::<PathBuf>::new());
    let process = ending("--ttl", "--idle");
    wait_until("the end of what is used all the time", || !world.opens());
    wait_until("the end of its process", || is_gone(&process));
}

#[test]
fn a_wrong_passphrase_and_one_that_takes_years_unlock_nothing() {
    let world = World::new();
    for wrong in ["wrong", "", "correct horse battery staple "] {
        let refused = world.sandbox.run_with(&["--no-input", "unlock"], &[("VLT_PASSPHRASE", wrong)]);
        assert!(matches!(refused.code, 5 | 10) && refused.stdout.is_empty(), "{wrong:?}: {refused:?}");
        assert_eq!(world.sockets(), Vec::<PathBuf>::new(), "{wrong:?}");
    }
    let file = world.sandbox.home().join(".config/vault/identities/ana.age");
    let armored = fs::read_to_string(&file).unwrap();
    let text: String = armored.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut binary = data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let end = "age-encryption.org/v1\n".len() + binary[22..].iter().position(|byte| *byte == b'\n').unwrap();
    assert_eq!(binary[end - 2..end], *b" 8");
    binary.splice(end - 1..end, *b"30");
    fs::write(&file, binary).unwrap();
    let mut unlock = world.sandbox.command("timeout");
    unlock.args(["120", env!("CARGO_BIN_EXE_vault"), "unlock"]).env("VLT_PASSPHRASE", PASSPHRASE);
    let refused = outcome(unlock.output().unwrap());
    assert!(matches!(refused.code, 1..=10) && refused.stdout.is_empty(), "{refused:?}");
    assert!(!refused.stderr.contains(PASSPHRASE), "{refused:?}");
}

#[test]
fn those_who_hang_up_before_the_answer_do_not_end_it() {
    let world = World::new();
    world.told(&["unlock"]);
    let socket = world.sockets().remove(0);
    for _ in 0..100 {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(b"vault-agent 1 identity\n").unwrap();
    }
    wait_until("their end", || world.opens());
}

#[test]
fn one_that_hangs_holds_nobody_up_and_one_that_is_told_to_end_leaves_nothing() {
    let world = World::new();
    world.told(&["unlock"]);
    let process = world.process();
    signal(&process, "-STOP");
    let mut get = world.sandbox.command("timeout");
    get.args(["120", env!("CARGO_BIN_EXE_vault"), "--no-input", "param", "get", "/a"]);
    let get = outcome(get.output().unwrap());
    assert_eq!(get.code, 10, "the passphrase is what counts then: {get:?}");
    assert_ne!(world.sandbox.run(&["lock"]).code, 0, "nobody can say that it is locked");
    signal(&process, "-CONT");
    wait_until("the lock that was asked for while it hung", || is_gone(&process));
    world.told(&["unlock"]);
    let process = world.process();
    signal(&process, "-TERM");
    wait_until("its end", || is_gone(&process));
    assert_eq!(world.sockets(), Vec::<PathBuf>::new());
    assert_eq!(world.sandbox.run(&["lock"]).stdout, "nothing was unlocked\n");
}

/// A shell that started it, and the session of that shell, are gone.
#[test]
fn it_outlives_the_session_that_started_it_and_belongs_to_none() {
    let world = World::new();
    let mut session = world.sandbox.command("setsid");
    session.args([
        "--wait",
        "sh",
        "-c",
        "\"$0\" unlock >/dev/null && echo $$ && kill -HUP 0",
        env!("CARGO_BIN_EXE_vault"),
    ]);
    let session = outcome(session.env("VLT_PASSPHRASE", PASSPHRASE).output().unwrap());
    let leader = session.stdout.trim();
    assert!(!leader.is_empty() && is_gone(leader), "{session:?}");
    assert!(world.opens(), "the hangup did not reach it");
    let stat = fs::read_to_string(format!("/proc/{}/stat", world.process())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let [_, parent, _, own, terminal, ..] = fields[..] else { panic!("{stat}") };
    assert!(own != leader && parent != leader, "{stat}");
    assert_eq!(terminal, "0", "it has no terminal");
}
