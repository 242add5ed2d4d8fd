//! The unlock agent: a passphrase once, and then nobody but its owner, for as long as was said.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::passphrase::seal_passphrase_file;
use vault::crypto::recipient::RecipientPolicy;
use zeroize::Zeroizing;

use crate::memory::{may_look, ordinary, peek, scan};
use crate::project::{Outcome, Sandbox, has, outcome};

const PASSPHRASE: &str = "correct horse battery staple";

/// A vault whose identity lies under a passphrase, with one value in it.
struct World {
    sandbox: Sandbox,
    /// The identity's key, as text.
    key: Zeroizing<String>,
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
        let world = World { sandbox, key: text };
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

    /// Sends a signal to the agent.
    fn signal(&self, process: &str, signal: &str) {
        assert!(Command::new("kill").args([signal, process]).status().unwrap().success());
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
    world.signal(&world.process(), "-KILL");
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

fn is_running(process: &str) -> bool {
    Path::new("/proc").join(process).exists()
}

#[test]
fn it_ends_when_nobody_uses_it_and_use_does_not_prolong_it_for_ever() {
    let world = World::new();
    world.told(&["unlock", "--ttl", "1h", "--idle", "2s"]);
    let process = world.process();
    eventually("nobody uses it", || !is_running(&process));
    assert_eq!(world.sockets(), Vec::<PathBuf>::new());
    world.told(&["unlock", "--ttl", "3s", "--idle", "1h"]);
    let process = world.process();
    eventually("it is used all the time", || !world.opens());
    eventually("the time is up", || !is_running(&process));
}

#[test]
fn it_holds_one_copy_of_the_identity_and_no_key_and_is_gone_with_the_lock() {
    if !may_look() {
        return;
    }
    let world = World::new();
    world.told(&["unlock"]);
    assert!(world.opens());
    let process = world.process();
    let key: &[u8] = world.key.trim_end().as_bytes();
    let identity = Identity::parse(&world.key, &RecipientPolicy::default(), NoPrompt).unwrap();
    let secrets = vec![
        ("identity as text", key.to_vec()),
        ("identity", identity.x25519_secret().unwrap().to_vec()),
        ("signing key", identity.signing_key().unwrap().seed().to_vec()),
        ("passphrase", PASSPHRASE.into()),
    ];
    let found = scan(process.parse().unwrap(), &secrets);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [("identity as text", 1)]);
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap().trim();
    assert_ne!(locked, "0 kB", "its pages are kept out of swap");
    assert_eq!(world.sandbox.run(&["lock"]).stdout, "locked\n");
    eventually("the process is gone", || !is_running(&process));
    assert_eq!(world.sockets(), Vec::<PathBuf>::new());
}

/// Without a root's rights: no other process of the same user looks into it, and it works where no memory may be locked.
#[test]
fn nobody_looks_into_it_and_it_does_without_locked_memory() {
    if rustix::process::geteuid().is_root() && !has("setpriv") {
        return;
    }
    let world = World::new();
    // Where it was built, an ordinary user may not be able to go.
    let program = world.sandbox.home().join("program");
    fs::copy(env!("CARGO_BIN_EXE_vault"), &program).unwrap();
    let vault = |line: &str| {
        let line = line.replace("vault", program.to_str().unwrap());
        let mut command = ordinary(&world.sandbox, &["sh", "-c", &line]);
        outcome(command.env("VLT_PASSPHRASE", PASSPHRASE).output().unwrap())
    };
    let unlocked = vault("ulimit -l 0; ulimit -c unlimited; exec vault unlock");
    assert_eq!(unlocked.code, 0, "{unlocked:?}");
    let status: serde_json::Value = serde_json::from_str(&vault("vault --json status").stdout).unwrap();
    let process = u32::try_from(status["Agent"]["ProcessId"].as_u64().unwrap()).unwrap();
    for how in ["cat /proc/PID/environ", "cat /proc/PID/maps", "ls /proc/PID/fd", "exec 3</proc/PID/mem"] {
        let refused = peek(&world.sandbox, process, how);
        assert!(refused.code != 0 && refused.stdout.is_empty(), "{how}: {refused:?}");
        assert!(refused.stderr.contains("Permission denied"), "{how}: {refused:?}");
    }
    let opened = vault("unset VLT_PASSPHRASE; exec vault --no-input param get /a");
    assert_eq!(opened.code, 0, "{opened:?}");
    assert_eq!(vault("vault lock").stdout, "locked\n");
    eventually("the process is gone", || !is_running(&process.to_string()));
}

/// The system's own: another one may lie where other users cannot go.
const PYTHON: &str = "/usr/bin/python3";

/// Even where every file would let them: both sides look at who the other one is.
#[test]
fn another_user_gets_nothing_from_it_and_gives_nothing_to_us() {
    if !rustix::process::geteuid().is_root() || !has("setpriv") || !has(PYTHON) {
        return;
    }
    let world = World::new();
    world.told(&["unlock"]);
    let socket = world.sockets().remove(0);
    let open = |mode: u32| {
        for place in socket.ancestors().take_while(|place| *place != world.sandbox.home().parent().unwrap()) {
            fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    fs::set_permissions(world.sandbox.home().parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    open(0o777);
    let ask = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\ntry:\n  \
               s.sendall(b'vault-agent 1 identity\\n')\n  print(s.recv(99))\nexcept ConnectionError:\n  print(b'')";
    let asked = |mut command: Command| {
        command.args([PYTHON, "-c", ask]).arg(&socket);
        outcome(command.output().unwrap())
    };
    let mut other = world.sandbox.command("setpriv");
    other.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]);
    let refused = asked(other);
    assert_eq!((refused.code, refused.stdout.as_str()), (0, "b''\n"), "{refused:?}");
    let own = asked(world.sandbox.command("env"));
    assert!(own.stdout.starts_with("b'ok "), "its own user is answered: {}", own.code);
    assert!(!world.opens(), "a socket that others can reach is not asked");
    open(0o700);
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(world.opens());
    assert_eq!(world.sandbox.run(&["lock"]).code, 0);
    // A socket of somebody else in its place is not talked to.
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::chown(&socket, Some(65534), Some(65534)).unwrap();
    assert!(!world.opens());
    assert!(listener.accept().is_err(), "nobody came");
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
    eventually("it has got rid of them", || world.opens());
}

#[test]
fn one_that_hangs_holds_nobody_up_and_one_that_is_told_to_end_leaves_nothing() {
    let world = World::new();
    world.told(&["unlock"]);
    let process = world.process();
    world.signal(&process, "-STOP");
    let mut get = world.sandbox.command("timeout");
    get.args(["20", env!("CARGO_BIN_EXE_vault"), "--no-input", "param", "get", "/a"]);
    let get = outcome(get.output().unwrap());
    assert_eq!(get.code, 10, "the passphrase is what counts then: {get:?}");
    assert_ne!(world.sandbox.run(&["lock"]).code, 0, "nobody can say that it is locked");
    world.signal(&process, "-CONT");
    eventually("a request to lock that waited for it counts", || !is_running(&process));
    world.told(&["unlock"]);
    let process = world.process();
    world.signal(&process, "-TERM");
    eventually("it has ended", || !is_running(&process));
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
    assert!(!leader.is_empty() && !is_running(leader), "{session:?}");
    assert!(world.opens(), "the hangup did not reach it");
    let stat = fs::read_to_string(format!("/proc/{}/stat", world.process())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let [_, parent, _, own, terminal, ..] = fields[..] else { panic!("{stat}") };
    assert!(own != leader && parent != leader, "{stat}");
    assert_eq!(terminal, "0", "it has no terminal");
}
