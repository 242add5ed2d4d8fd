//! Mistakes on the command line: as JSON where that is wanted, and with an exit code that no program of `exec` can be meant by.

use serde_json::Value;

use crate::project::{Outcome, Sandbox};

/// The error that was said, as the only line.
fn error(run: &Outcome) -> Value {
    assert_eq!((run.stdout.as_str(), run.stderr.lines().count()), ("", 1), "{run:?}");
    let said: Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(said["schema"], 1, "{run:?}");
    said["error"].clone()
}

#[test]
fn with_json_every_mistake_is_json() {
    let sandbox = Sandbox::empty();
    for (line, code, part) in [
        ("--json param get", 2, "required arguments were not provided: <NAME"),
        ("param get --json", 2, "required arguments were not provided: <NAME"),
        ("param get --nope --json", 2, "unexpected argument '--nope'"),
        ("--json param put /a/ x", 2, "invalid value '/a/'"),
        ("param put /a --type Strnig --json x", 2, "invalid value 'Strnig'"),
        ("rotate configure r --schedule nope --json", 2, "invalid value 'nope' for '--schedule"),
        ("param ls --filter type*=S --json", 2, "does not support the comparison"),
        ("param ls --json -q -v", 2, "cannot be used with"),
        ("parma ls --json", 2, "unrecognized subcommand 'parma'"),
        ("--json param", 2, "a subcommand is missing"),
        ("secret update s --json", 2, "nothing to change"),
        ("exec --json /a env", 125, "required arguments were not provided: <COMMAND>"),
        ("exec --json --nope /a -- true", 125, "unexpected argument '--nope'"),
        ("exec /a --timeout soon --json -- true", 125, "invalid value 'soon'"),
    ] {
        let run = sandbox.run(&line.split(' ').collect::<Vec<_>>());
        let error = error(&run);
        assert_eq!((run.code, error["code"].as_str().unwrap()), (code, "usage"), "{line}: {run:?}");
        assert!(error["message"].as_str().unwrap().contains(part), "{line}: {error}");
    }
    let usage = error(&sandbox.run(&["param", "get", "--json"]));
    assert_eq!(usage["hints"][0], "Usage: vault param get --json <NAME[:VERSION|:LABEL]>...", "{usage}");
    let usage = error(&sandbox.run(&["events", "rules", "add", "--json"]));
    let hint = usage["hints"][0].as_str().unwrap();
    assert!(hint.starts_with("Usage: vault events rules add ") && hint.ends_with("--aws <URL>> [ARG]..."), "{usage}");
}

#[test]
fn without_json_it_is_text_and_help_is_no_mistake() {
    let sandbox = Sandbox::empty();
    let run = sandbox.run(&["param", "get"]);
    assert!(run.code == 2 && run.stderr.starts_with("error: the following required"), "{run:?}");
    for line in ["exec --nope /a -- true", "exec /a env", "exec /a --timeout 0 -- true", "--vault x exec /a env"] {
        let run = sandbox.run(&line.split(' ').collect::<Vec<_>>());
        assert!(run.code == 125 && run.stderr.starts_with("error: "), "{line}: {run:?}");
    }
    let passed = sandbox.run(&["exec", "/a", "--nope", "--", "x", "--json"]);
    assert!(passed.code == 125 && passed.stderr.starts_with("error: "), "the program's own option: {passed:?}");
    for line in ["exec --help", "--json param --help", "--version"] {
        let run = sandbox.run(&line.split(' ').collect::<Vec<_>>());
        assert!(run.code == 0 && run.stderr.is_empty() && run.stdout.contains("vault"), "{line}: {run:?}");
    }
    let escaped = sandbox.run(&["param", "get", "--json", "--\u{1b}[2Jx"]);
    assert!(!escaped.stderr.contains('\u{1b}') && error(&escaped)["code"] == "usage", "{escaped:?}");
}
