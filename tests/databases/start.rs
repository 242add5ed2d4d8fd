//! Starting a server in a directory of its own, as a user who is not root, so that it goes when the tests go.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Says where temporary files lie: a server of MariaDB that starts removes the temporary tables of any other one there.
const TEMPORARY: &str = "TMPDIR";

/// Waits for the end of its input, which comes with the end of the tests however they end, or for a signal to all of them;
/// then stops the server and removes its directory. Processes of a server that was killed may write there for a moment.
const KEEPER: &str = r#"trap : INT TERM HUP; dir=$1 signal=$2; shift 2; "$@" >"$dir/log" 2>&1 &
    read -r _; kill "-$signal" $!; wait; for _ in 1 2 3 4 5 6 7 8 9; do rm -rf "$dir" && break; sleep 1; done"#;

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
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(arguments).current_dir(directory).env(TEMPORARY, directory);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
}

/// Starts the server; it runs as long as the child's input stays open.
pub(crate) fn serve(directory: &Path, signal: &str, program: &Path, arguments: &[&str]) -> Child {
    let words = as_user(program);
    let words: Vec<&str> = words.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
    serve_as_self(directory, signal, &words)
}

/// The same for a program that runs as the user of the tests.
pub(crate) fn serve_as_self(directory: &Path, signal: &str, words: &[&str]) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "keeper"]).arg(directory).arg(signal).args(words);
    command.current_dir("/").env(TEMPORARY, directory).stdin(Stdio::piped()).spawn().unwrap()
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
    // At random, because the same tests may be running a second time beside these.
    let mut candidates = std::iter::repeat_with(|| 10_000 + rand::random::<u16>() % 20_000);
    candidates.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
