//! The threat model, row by row: which tests play the attacker, and why some rows have none.
//!
//! The attackers here have a checkout and no key, or a key of their own, and may write whatever git can carry.

mod chain;
mod forgery;
mod machine;
mod merges;

use std::fs;

use crate::project::Sandbox;
use crate::team::is;

/// The text of a person's identity.
fn identity(of: &Sandbox, name: &str) -> String {
    fs::read_to_string(of.home().join(format!(".config/vault/identities/{name}.txt"))).unwrap()
}

/// Neither read nor written: exit 6, nothing on stdout, nothing changed anywhere, and the reason is told.
fn refused(sandbox: &Sandbox, name: &str, reason: &str) {
    let before = sandbox.everything();
    is(&sandbox.run(&["param", "get", name]), 6, reason);
    is(&sandbox.feed(&["param", "put", name, "--stdin", "--overwrite"], b"canary"), 6, reason);
    let verify = sandbox.run(&["verify"]);
    assert_eq!(verify.code, 6, "{verify:?}");
    assert!(sandbox.everything() == before, "something was written");
}
