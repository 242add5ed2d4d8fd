//! Starting a server in a directory of its own, as a user who is not root, so that it goes when the tests go.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// What a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits for the end of its input, which comes with the end of the tests however they end, or for a signal to all of them;
/// then stops the server and removes its directory.
const KEEPER: &str = r#"trap : INT TERM HUP; dir=$1 signal=$2; shift 2; "$@" >"$dir/log" 2>&1 &
    read -r _; kill "-$signal" $!; wait; rm -rf "$dir""#;

/// A directory that the server's user owns.
pub(crate) fn directory() -> PathBuf {
    tempfile::Builder::new().prefix("vault-db").tempdir().unwrap().keep()
}

/// Gives the directory to the user whom [`as_user`] runs programs as.
pub(crate) fn hand_over(directory: &Path) {
    let mode = Command::new("chmod").args(["600"]).arg(directory.join("server.key")).status().unwrap();
    assert!(mode.success());
    if is_root() {
        assert!(Command::new("chown").args(["-R", "nobody"]).arg(directory).status().unwrap().success());
    }
}

/// The program as an unprivileged user: the database servers refuse to run as root.
pub(crate) fn as_user(program: &Path) -> Vec<String> {
    let program = program.display().to_string();
    if !is_root() {
        return vec![program];
    }
    ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", &program].map(str::to_owned).to_vec()
}

/// Runs a program that prepares the directory.
pub(crate) fn prepare(directory: &Path, program: &Path, arguments: &[&str]) {
    let words = as_user(program);
    let output = Command::new(&words[0]).args(&words[1..]).args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
}

/// Starts the server; it runs as long as the child's input stays open.
pub(crate) fn serve(directory: &Path, signal: &str, program: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "keeper"]).arg(directory).arg(signal).args(as_user(program)).args(arguments);
    command.current_dir("/").stdin(Stdio::piped()).spawn().unwrap()
}

/// Tries until something comes of it.
pub(crate) fn wait_for<T, E: std::fmt::Debug>(directory: &Path, mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let started = Instant::now();
    loop {
        match attempt() {
            Ok(done) => return done,
            Err(error) if started.elapsed() > PATIENCE => {
                let log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
                panic!("the server does not come up: {error:?}\n{log}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// A port that nobody uses at the moment, of those that the system gives to nobody by itself: it stays free until the server
/// takes it.
pub(crate) fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 20_000).unwrap();
    let port = |_| 10_000 + (first + TRIED.fetch_add(1, Ordering::SeqCst)) % 20_000;
    (0..20_000).map(port).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// Says, past the test harness, what is left out; fails where everything should be there.
pub(crate) fn skip(what: &str) {
    let strict = std::env::var_os("VAULT_TESTS_STRICT").is_some_and(|set| !set.is_empty());
    assert!(!strict, "{what} is not installed");
    std::io::stderr().write_all(format!("SKIPPED a database test: {what} is not installed\n").as_bytes()).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
