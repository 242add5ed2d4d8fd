//! Who can look into an unlock agent, and what is there to see.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::recipient::RecipientPolicy;

use super::{PASSPHRASE, World};
use crate::memory::{may_look, ordinary, peek, scan};
use crate::project::{has, outcome};
use crate::supervise::{is_gone, wait_until};

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
    wait_until("its end", || is_gone(&process));
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
    let program = world.sandbox.copy_of(env!("CARGO_BIN_EXE_vault"), "program");
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
    wait_until("its end", || is_gone(&process.to_string()));
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
fn a_program_that_exec_starts_inherits_nothing_of_it() {
    let world = World::new();
    world.told(&["unlock"]);
    let look = "ls -l /proc/self/fd; env";
    let shown = world.sandbox.ok(&["exec", "/a", "--", "sh", "-c", look]);
    assert!(shown.contains("A=") && shown.contains("/dev/null"), "{shown}");
    assert!(!shown.contains("socket:") && !shown.contains(".sock") && !shown.contains("VLT_"), "{shown}");
}
