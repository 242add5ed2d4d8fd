//! The unlock agent: a passphrase once, and then nobody but its owner, for as long as was said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use vault::crypto::identity::Identity;
use vault::crypto::passphrase::seal_passphrase_file;
use zeroize::Zeroizing;

use crate::project::{Outcome, Sandbox};

const PASSPHRASE: &str = "correct horse battery staple";

/// A vault whose identity lies under a passphrase, with one value in it.
struct World {
    sandbox: Sandbox,
}

impl World {
    fn new() -> Self {
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
        fs::write(config.join("config.yaml"), settings).unwrap();
        let world = World { sandbox };
        world.told(&["init", "--no-input", "--no-recovery-key"]);
        world.told(&["param", "put", "/a", "--generate"]);
        world
    }

    /// Runs with the passphrase at hand; it must succeed.
    fn told(&self, arguments: &[&str]) -> Outcome {
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
        let status: serde_json::Value = serde_json::from_str(&self.sandbox.ok(&["--json", "status"])).unwrap();
        status["Agent"]["ProcessId"].as_u64().unwrap().to_string()
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

fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("never: {what}");
}

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
    world.told(&["unlock", "--ttl", "2s"]);
    assert!(world.opens());
    eventually("the time is up", || !world.opens());
    world.told(&["unlock"]);
    assert!(world.opens());
    let killed = Command::new("kill").args(["-9", &world.process()]).status().unwrap();
    assert!(killed.success());
    eventually("it is gone", || !world.opens());
    world.told(&["unlock"]);
    assert!(world.opens(), "a socket that was left behind is replaced");
}

#[test]
fn its_socket_is_private_and_nothing_of_the_identity_stands_beside_the_process() {
    let world = World::new();
    world.told(&["unlock"]);
    let sockets = world.sockets();
    assert_eq!(sockets.len(), 1, "{sockets:?}");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&sockets[0]), mode(sockets[0].parent().unwrap())), (0o600, 0o700));
    let process = format!("/proc/{}", world.process());
    for file in ["cmdline", "environ"] {
        // A process that may not be dumped does not show its environment to an ordinary user at all.
        let shown = fs::read(format!("{process}/{file}")).unwrap_or_default();
        let shown = String::from_utf8_lossy(&shown);
        assert!(!shown.contains("AGE-SECRET-KEY") && !shown.contains(PASSPHRASE), "{file}: {shown}");
    }
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
    eventually("both are gone", || !world.opens());
}

#[test]
fn a_program_that_exec_starts_inherits_nothing_of_it() {
    let world = World::new();
    world.told(&["unlock"]);
    let look = "ls -l /proc/self/fd; env";
    let shown = world.sandbox.ok(&["exec", "/a", "--", "sh", "-c", look]);
    assert!(shown.contains("A=") && shown.contains("/dev/null"), "{shown}");
    assert!(!shown.contains("socket:") && !shown.contains(".sock") && !shown.contains("VLT_"), "{shown}");
}
