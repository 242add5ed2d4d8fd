//! The life of a key: disabled, enabled, marked for deletion, restored, destroyed.

use crate::project::{Sandbox, outcome};
use crate::team::{is, json};

/// A vault with a key for `/prod` and a value under it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["key", "create", "prod", "--scope", "parameter:/prod"]);
    sandbox.put("/prod/a", "s3cret");
    sandbox
}

#[test]
fn a_disabled_key_stops_its_values_and_says_how_to_enable_it() {
    let sandbox = sandbox();
    sandbox.put("/dev/a", "open");
    let disabled = sandbox.run(&["key", "disable", "prod"]);
    assert_eq!(disabled.code, 0, "{disabled:?}");
    assert!(disabled.stdout.contains("state") && disabled.stdout.contains("disabled"), "{disabled:?}");
    assert!(disabled.stderr.contains("`vault key enable prod`"), "{disabled:?}");
    let read = sandbox.run(&["param", "get", "/prod/a"]);
    is(&read, 7, "the key `prod` cannot be used: it is disabled");
    assert!(read.stderr.contains("`vault key enable prod`"), "{read:?}");
    is(&sandbox.feed(&["param", "put", "/prod/b", "--stdin"], b"x"), 7, "it is disabled");
    assert_eq!(sandbox.ok(&["param", "get", "/dev/a"]), "open");
    assert_eq!(sandbox.run(&["verify"]).code, 0, "nothing was tampered with");
    let status = sandbox.ok(&["status"]);
    assert!(status.contains("the key prod is disabled: `vault key enable prod`"), "{status}");
    assert!(sandbox.ok(&["key", "ls"]).contains("disabled"));
    let shown = json(&sandbox.ok(&["--json", "key", "show", "prod"]));
    assert_eq!(shown["State"], "disabled");
    sandbox.ok(&["key", "enable", "prod"]);
    assert_eq!(sandbox.ok(&["param", "get", "/prod/a"]), "s3cret");
    assert!(!sandbox.ok(&["key", "ls"]).contains("STATE"), "nothing to say");
}

#[test]
fn a_key_that_is_needed_is_not_removed_and_one_that_is_not_comes_back() {
    let sandbox = sandbox();
    let refused = sandbox.run(&["key", "rm", "prod", "--yes"]);
    is(&refused, 7, "the key `prod` is in use: it governs or encrypts `/prod/a`");
    assert!(refused.stderr.contains("vault key map"), "{refused:?}");
    sandbox.ok(&["key", "map", "default", "parameter:/prod"]);
    for window in ["6d", "31", "x"] {
        assert_eq!(sandbox.run(&["key", "rm", "prod", "--yes", "--window", window]).code, 2, "{window}");
    }
    let tried = sandbox.ok(&["--dry-run", "key", "rm", "prod"]);
    assert!(tried.contains("nothing was written") && tried.contains("to be deleted after"), "{tried}");
    assert_eq!(sandbox.run(&["key", "rm", "prod", "--no-input"]).code, 10, "it asks");
    let removed = sandbox.run(&["--json", "key", "rm", "prod", "--yes", "--window", "7d"]);
    let removed = json(&removed.stdout);
    assert!(removed["State"] == "deleting" && removed["DeletionDate"].is_string(), "{removed}");
    let status = sandbox.ok(&["status"]);
    assert!(status.contains("`vault key restore prod` brings it back"), "{status}");
    is(&sandbox.run(&["key", "enable", "prod"]), 7, "to be deleted after");
    sandbox.ok(&["key", "restore", "prod"]);
    sandbox.ok(&["key", "map", "prod", "parameter:/prod"]);
    assert_eq!(sandbox.ok(&["param", "get", "/prod/a"]), "s3cret");
}

#[test]
fn a_tick_destroys_a_key_after_its_window() {
    if !crate::project::has("faketime") {
        return;
    }
    let sandbox = sandbox();
    sandbox.ok(&["key", "map", "default", "parameter:/prod"]);
    sandbox.ok(&["key", "rm", "prod", "--yes", "--window", "7"]);
    let later = |arguments: &[&str]| {
        let mut command = sandbox.command("faketime");
        command.args(["-f", "+8d", env!("CARGO_BIN_EXE_vault")]).args(arguments);
        outcome(command.output().unwrap())
    };
    let status = later(&["status"]);
    assert!(status.stdout.contains("the key prod is due to be destroyed"), "{status:?}");
    let ticked = later(&["tick"]);
    assert!(ticked.code == 0 && ticked.stdout.contains("prod is destroyed"), "{ticked:?}");
    assert_eq!(later(&["tick"]).stdout, "");
    is(&later(&["key", "restore", "prod"]), 7, "the key `prod` was destroyed");
    assert!(later(&["key", "ls"]).stdout.contains("destroyed"));
    assert!(!sandbox.read("keys/prod.yaml").contains("BEGIN AGE"));
    assert_eq!(later(&["param", "get", "/prod/a"]).stdout, "s3cret");
    assert_eq!(later(&["verify"]).code, 0);
}
