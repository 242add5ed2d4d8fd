//! What the other tests rely on: nothing of the machine reaches what they start, and nothing of it stays.

use std::io::Read as _;

use crate::project::Sandbox;

const INSIDE: &str = "VAULT_TEST_ON_A_TERMINAL";

/// Plays the tests on a terminal, as somebody runs them who looks on.
#[test]
fn what_tests_start_has_no_terminal_even_where_the_tests_have_one() {
    let (mut pty, terminal) = pty_process::blocking::open().unwrap();
    let command = pty_process::blocking::Command::new(std::env::current_exe().unwrap());
    let command = command.args(["--exact", "sandbox::inside", "--nocapture"]).env(INSIDE, "1");
    let mut child = command.spawn(terminal).unwrap();
    let (mut shown, mut buffer) = (String::new(), [0; 4096]);
    // The end of a terminal whose other side is closed is an error on Linux.
    while let Ok(length @ 1..) = pty.read(&mut buffer) {
        shown.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    assert!(child.wait().unwrap().success() && shown.contains("1 passed"), "{shown}");
}

/// Does nothing unless the test above started it on a terminal.
#[test]
fn inside() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    assert!(std::fs::File::open("/dev/tty").is_ok(), "this test has a terminal");
    let sandbox = Sandbox::new();
    let opened = sandbox.command("sh").args(["-c", "exec 3<>/dev/tty"]).output().unwrap();
    assert!(!opened.status.success(), "and gives none to others: {opened:?}");
    sandbox.put("/a", "one");
    let asked = sandbox.feed(&["param", "rm", "/a"], b"y\n");
    assert_eq!(asked.code, 10, "{asked:?}");
}

#[test]
fn temporary_files_lie_in_the_sandbox() {
    let sandbox = Sandbox::empty();
    let made = sandbox.command("mktemp").output().unwrap();
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(made.starts_with(sandbox.home().parent().unwrap().to_str().unwrap()), "{made}");
}
