//! What the memory of a running program holds of values and keys, and who may look.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;
use hkdf::Hkdf;
use rustix::process::{Pid, Signal};
use sha2::Sha256;
use vault::crypto::framing::lp;
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::recipient::RecipientPolicy;
use vault::crypto::wrap::unwrap;
use vault::format::schema::{parse_key, parse_parameter};
use vault::format::trailer;
use vault::model::id::VaultId;

use crate::project::{Outcome, Sandbox, has, outcome};

/// A value that is nowhere but where a value is.
const CANARY: &str = "wQ7-canary-xR2pL9vN4tK8mJ3hG6fD1sA5zE0yU";
const OTHER: &str = "bY5-second-qT8wM3nB6vC1xZ4lK7jH2gF9dS0aPe";
/// A part of a secret this long is a leak too.
const PIECE: usize = 16;

/// How often each secret is found in a process's writable memory.
pub(crate) type Findings = BTreeMap<&'static str, usize>;

/// A secret and the bytes it is.
pub(crate) type Secrets = Vec<(&'static str, Vec<u8>)>;

/// Every secret that a command on `/a` has to do with.
fn secrets(sandbox: &Sandbox) -> Secrets {
    let vault: VaultId = sandbox.vault_id().parse().unwrap();
    let text = fs::read_to_string(sandbox.identity_file()).unwrap();
    let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let identity = Identity::parse(&text, &RecipientPolicy::default(), NoPrompt).unwrap();
    let key = sandbox.read("keys/default.yaml");
    let key = parse_key(trailer::split(key.as_bytes()).unwrap().body, &vault).unwrap();
    let payload = unwrap(&key.wraps[0].wrapped, &identity).unwrap();
    let key_text = payload.trim_ascii_end().rsplit(|byte| *byte == b' ').next().unwrap().to_vec();
    let k = BASE64.decode(&key_text).unwrap();
    let document = sandbox.read("params/a.yaml");
    let document = parse_parameter(trailer::split(document.as_bytes()).unwrap().body, &vault).unwrap();
    let (prk, hkdf) = Hkdf::<Sha256>::extract(Some(b"vault/v1"), &k);
    let mut info = Vec::new();
    for part in [b"vault/v1/value-key".as_slice(), &vault.0, &key.id.0] {
        lp(&mut info, part);
    }
    info.extend_from_slice(&key.wraps[0].number.to_be_bytes());
    lp(&mut info, &document.id.0);
    let mut document_key = vec![0; 32];
    hkdf.expand(&info, &mut document_key).unwrap();
    vec![
        ("value", CANARY.into()),
        ("other value", OTHER.into()),
        ("identity as text", line.into()),
        ("identity", identity.x25519_secret().unwrap().to_vec()),
        ("signing key", identity.signing_key().unwrap().seed().to_vec()),
        ("key as text", key_text),
        ("key", k),
        ("extracted key", prk.to_vec()),
        ("document key", document_key),
    ]
}

/// The most often that any piece of a secret is found: a whole copy counts once, and so does half of one.
pub(crate) fn scan(pid: u32, secrets: &Secrets) -> Findings {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut counts: Vec<Vec<usize>> =
        secrets.iter().map(|(_, bytes)| vec![0; bytes.chunks_exact(PIECE).count()]).collect();
    let mut scanned = 0;
    for map in maps.lines().filter(|map| map.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw"))) {
        let (start, end) = map.split(' ').next().unwrap().split_once('-').unwrap();
        let (start, end) = (u64::from_str_radix(start, 16).unwrap(), u64::from_str_radix(end, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        // A page that was never touched may not be readable.
        let Ok(()) = memory.read_exact_at(&mut bytes, start) else { continue };
        scanned += bytes.len();
        for ((_, secret), counts) in secrets.iter().zip(&mut counts) {
            for (piece, count) in secret.chunks_exact(PIECE).zip(counts) {
                *count += bytes.windows(PIECE).filter(|window| *window == piece).count();
            }
        }
    }
    assert!(scanned > 100_000, "only {scanned} bytes could be read");
    let most = counts.into_iter().map(|counts| counts.into_iter().max().unwrap());
    secrets.iter().map(|(what, _)| *what).zip(most).filter(|(_, count)| *count > 0).collect()
}

/// Whether the memory of another process can be read here at all.
pub(crate) fn may_look() -> bool {
    rustix::process::geteuid().is_root() && has("strace")
}

/// The numbers of system calls that a process can be seen to stand in.
struct Calls {
    write: &'static str,
    execve: &'static str,
    exit_group: &'static str,
}

#[cfg(target_arch = "x86_64")]
const CALLS: Calls = Calls { write: "1", execve: "59", exit_group: "231" };
#[cfg(not(target_arch = "x86_64"))]
const CALLS: Calls = Calls { write: "64", execve: "221", exit_group: "94" };

/// Waits until a process stands still in a system call. Says nothing if it ends before.
fn wait_until_in(pid: u32, number: &str) -> Option<()> {
    let (mut before, mut same) = (String::new(), 0);
    while same < 5 {
        thread::sleep(Duration::from_millis(20));
        let now = fs::read_to_string(format!("/proc/{pid}/syscall")).ok().filter(|now| !now.is_empty())?;
        same = if now == before && now.split(' ').next() == Some(number) { same + 1 } else { 0 };
        before = now;
    }
    Some(())
}

fn child_of(parent: &Child) -> u32 {
    let children = format!("/proc/{0}/task/{0}/children", parent.id());
    loop {
        let text = fs::read_to_string(&children).unwrap();
        let program = text.split_whitespace().next_back();
        let is_ours = |pid: &&str| {
            fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == Path::new(env!("CARGO_BIN_EXE_vault")))
        };
        if let Some(pid) = program.filter(is_ours) {
            return pid.parse().unwrap();
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Ends a process that may have ended by itself.
fn end(pid: u32) {
    let _ = rustix::process::kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
}

/// Looks at the memory of a command that is about to leave: to end, or to become another program.
fn leaving(sandbox: &Sandbox, (call, number): (&str, &str), arguments: &[&str], stdin: &str) -> Findings {
    let secrets = secrets(sandbox);
    let (log, input) = (sandbox.home().join("strace.log"), sandbox.home().join("stdin"));
    fs::write(&input, stdin).unwrap();
    let mut command = sandbox.command("strace");
    command.args(["-qq", "-o"]).arg(&log);
    // The execve by which strace starts the program does not count.
    command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:delay_enter=600s:when=1")]);
    command.arg(env!("CARGO_BIN_EXE_vault")).args(arguments).stdin(File::open(&input).unwrap()).stdout(Stdio::null());
    let mut strace = command.env("EDITOR", "true").env("XDG_RUNTIME_DIR", sandbox.memory()).spawn().unwrap();
    let pid = child_of(&strace);
    let stood = wait_until_in(pid, number);
    let findings = stood.map(|()| scan(pid, &secrets));
    // strace would wait for the end of the delay.
    strace.kill().unwrap();
    strace.wait().unwrap();
    end(pid);
    findings.unwrap_or_else(|| panic!("{arguments:?} ended before its {call}"))
}

/// Looks at the memory of a command that waits for somebody to read its output.
fn writing(sandbox: &Sandbox, arguments: &[&str]) -> Findings {
    let (reader, mut writer) = std::io::pipe().unwrap();
    fill(&mut writer);
    let mut child = sandbox.program().args(arguments).stdout(writer).spawn().unwrap();
    let stood = wait_until_in(child.id(), CALLS.write);
    let findings = stood.map(|()| scan(child.id(), &secrets(sandbox)));
    child.kill().unwrap();
    child.wait().unwrap();
    drop(reader);
    findings.unwrap_or_else(|| panic!("{arguments:?} ended before its output was read"))
}

/// Writes until nothing more fits.
fn fill(writer: &mut std::io::PipeWriter) {
    use std::io::Write as _;
    let flags = rustix::fs::fcntl_getfl(&*writer).unwrap();
    rustix::fs::fcntl_setfl(&*writer, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'.'; 4096]).is_ok() {}
    while writer.write(b".").is_ok() {}
    rustix::fs::fcntl_setfl(&*writer, flags).unwrap();
}

fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/a", CANARY);
    sandbox.put("/b", OTHER);
    sandbox
}

#[test]
fn nothing_secret_is_left_when_a_command_ends() {
    if !may_look() {
        return;
    }
    let sandbox = prepared();
    // Not here: values in a table for people (`history --values`, `show --values`), of which the layout keeps copies.
    for (arguments, stdin) in [
        (&["param", "get", "/a"][..], ""),
        (&["param", "get", "/a", "/b"], ""),
        (&["param", "get", "--path", "/"], ""),
        (&["--json", "param", "get", "/a", "/b"], ""),
        (&["--json", "param", "history", "/a", "--values"], ""),
        (&["param", "put", "/a", "--stdin", "--overwrite"], CANARY),
        (&["import", "-", "/i", "--yes", "--verify"], &format!("A='{CANARY}'\n")),
        (&["import", "-", "/j", "--yes", "--verify"], &format!("{{\"a\":{{\"b\":\"{CANARY}\"}}}}")),
        (&["param", "rollback", "/a:1"], ""),
        (&["param", "copy", "/a", "/c", "--overwrite"], ""),
        (&["param", "edit", "/a"], ""),
        (&["param", "diff", "/a"], ""),
        (&["param", "get", "/a:99"], ""),
        (&["verify"], ""),
    ] {
        let left = leaving(&sandbox, ("exit_group", CALLS.exit_group), arguments, stdin);
        assert_eq!(left, Findings::new(), "{arguments:?}");
    }
}

#[test]
fn while_a_value_is_written_only_what_is_in_use_is_there() {
    if !may_look() {
        return;
    }
    let sandbox = prepared();
    // The vault is closed by then: no key and no identity.
    let expected = |values: &[(&'static str, usize)]| values.iter().copied().collect::<Findings>();
    // The one that is written.
    assert_eq!(writing(&sandbox, &["param", "get", "/a"]), expected(&[("value", 1)]));
    // Each value and the text that is put together from them.
    let both = expected(&[("other value", 2), ("value", 2)]);
    assert_eq!(writing(&sandbox, &["param", "get", "/a", "/b"]), both);
    assert_eq!(writing(&sandbox, &["--json", "param", "get", "/a", "/b"]), both);
}

#[test]
fn a_program_inherits_values_and_no_key() {
    if !may_look() {
        return;
    }
    let sandbox = prepared();
    let there = leaving(&sandbox, ("execve", CALLS.execve), &["exec", "/a", "--", "true"], "");
    assert_eq!(there.keys().copied().collect::<Vec<_>>(), ["value"], "{there:?}");
}

/// A command line that runs as an ordinary user: root may look everywhere.
pub(crate) fn ordinary(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    const NOBODY: u32 = 65534;
    if !rustix::process::geteuid().is_root() {
        let mut command = sandbox.command(arguments[0]);
        command.args(&arguments[1..]);
        return command;
    }
    let home = sandbox.home().parent().unwrap().to_owned();
    assert!(Command::new("chown").arg("-R").arg(NOBODY.to_string()).arg(home).status().unwrap().success());
    let mut command = sandbox.command("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]).args(arguments);
    command
}

/// Waits until a process sleeps for good.
fn wait_until_asleep(pid: u32) {
    let mut asleep = 0;
    while asleep < 10 {
        thread::sleep(Duration::from_millis(20));
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let state = stat.rsplit(") ").next().unwrap().chars().next();
        assert_ne!(state, Some('Z'), "it ended");
        asleep = if state == Some('S') { asleep + 1 } else { 0 };
    }
}

/// What another process of the same user can see.
pub(crate) fn peek(sandbox: &Sandbox, pid: u32, how: &str) -> Outcome {
    let line = how.replace("PID", &pid.to_string());
    outcome(ordinary(sandbox, &["sh", "-c", &line]).output().unwrap())
}

/// Starts the built program, or another one, as an ordinary user, with cores allowed. It sleeps when this returns.
fn victim(sandbox: &Sandbox, line: &str, output: std::io::PipeWriter) -> Child {
    let line = format!("ulimit -c unlimited; exec {line}");
    let child = ordinary(sandbox, &["sh", "-c", &line]).env("SECRET", "x").stdout(output).spawn().unwrap();
    wait_until_asleep(child.id());
    child
}

#[test]
fn another_process_of_the_same_user_cannot_look_and_no_core_is_written() {
    if rustix::process::geteuid().is_root() && !has("setpriv") {
        return;
    }
    let sandbox = prepared();
    let (_reader, mut writer) = std::io::pipe().unwrap();
    fill(&mut writer);
    // Where it was built, an ordinary user may not be able to go.
    let program = sandbox.copy_of(env!("CARGO_BIN_EXE_vault"), "program");
    let mut vault = victim(&sandbox, &format!("{} param get /a", program.display()), writer.try_clone().unwrap());
    let mut other = victim(&sandbox, "sleep 600", writer);
    for how in ["cat /proc/PID/environ", "cat /proc/PID/maps", "ls /proc/PID/fd", "exec 3</proc/PID/mem"] {
        let there = peek(&sandbox, other.id(), how);
        assert_eq!(there.code, 0, "{how} works on another program: {there:?}");
        let refused = peek(&sandbox, vault.id(), how);
        assert_ne!(refused.code, 0, "{how}: {refused:?}");
        assert!(refused.stdout.is_empty() && refused.stderr.contains("Permission denied"), "{how}: {refused:?}");
    }
    // The first one only takes away the handler with which Rust recognises a stack overflow.
    let status = loop {
        peek(&sandbox, vault.id(), "kill -SEGV PID");
        thread::sleep(Duration::from_millis(50));
        if let Some(status) = vault.try_wait().unwrap() {
            break status;
        }
    };
    assert_eq!((status.signal(), status.core_dumped()), (Some(11), false));
    other.kill().unwrap();
    other.wait().unwrap();
}
