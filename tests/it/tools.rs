//! Programs that tests talk to, and what is left out where one is missing.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Command;
use std::sync::Mutex;

/// Whether a tool is there. Where everything should be installed, a missing one fails the test.
pub(crate) fn has(tool: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap().status.success();
    if !found {
        skip(tool);
    }
    found
}

/// Says once what is left out, past the test harness, which would swallow it; fails where everything should be there.
pub(crate) fn skip(what: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let strict = std::env::var_os("VAULT_TESTS_STRICT").is_some_and(|set| !set.is_empty());
    assert!(!strict, "{what} is not installed");
    if SAID.lock().unwrap().insert(what.to_owned()) {
        std::io::stderr().write_all(format!("SKIPPED tests: {what} is not installed\n").as_bytes()).unwrap();
    }
}
