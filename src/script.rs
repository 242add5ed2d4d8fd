//! For tests: programs that are written and run at once.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a program that anybody may run.
///
/// A process of its own writes it. In this one, a child that another test is just starting would have the file open for writing
/// until it runs its program, and so long the system refuses to run the file ("text file busy").
pub(crate) fn write(path: &Path, text: &str) {
    let line = "cat > \"$0\" && chmod 755 \"$0\"";
    let mut shell = Command::new("sh").args(["-c", line]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
}
