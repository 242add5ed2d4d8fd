//! Many writers at once.

use std::fs::File;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::project::{Outcome, Sandbox, outcome};

const WRITERS: usize = 50;
const ROUNDS: usize = 20;
/// How many versions a parameter keeps.
const KEPT: usize = 100;

/// Writes some versions, and says which numbers they got. A writer that waits for too long says so, and writes nothing.
fn write(sandbox: &Sandbox, writer: usize) -> Vec<u64> {
    let put = |round| loop {
        let value = format!("writer {writer} round {round}");
        let put = sandbox.run(&["--json", "param", "put", "/a", &value, "--type", "String", "--overwrite"]);
        if put.code == 0 {
            break serde_json::from_str::<Value>(&put.stdout).unwrap()["Version"].as_u64().unwrap();
        }
        assert!(put.code == 4 && put.stderr.contains("\"busy\""), "{put:?}");
    };
    (0..ROUNDS).map(put).collect()
}

#[test]
fn fifty_writers_lose_nothing() {
    let sandbox = Sandbox::new();
    let mut numbers: Vec<u64> = thread::scope(|scope| {
        let sandbox = &sandbox;
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(sandbox, writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    let all = (WRITERS * ROUNDS) as u64;
    assert_eq!(numbers, (1..=all).collect::<Vec<_>>(), "every put made a version of its own");
    let history: Value = serde_json::from_str(&sandbox.ok(&["--json", "param", "history", "/a", "--values"])).unwrap();
    let versions = history["Parameters"].as_array().unwrap();
    let kept: Vec<u64> = versions.iter().map(|version| version["Version"].as_u64().unwrap()).collect();
    assert_eq!(kept, (all - KEPT as u64 + 1..=all).collect::<Vec<_>>());
    let mut values: Vec<&str> = versions.iter().map(|version| version["Value"].as_str().unwrap()).collect();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), KEPT);
    sandbox.ok(&["verify"]);
}

/// Runs a command on a machine that finds the old document, while another process has the vault's lock and writes the new one.
pub(crate) fn while_it_waited(sandbox: &Sandbox, command: &[&str], rel: &str, old: &str, new: &str) -> Outcome {
    let (state, id) = (sandbox.home().join("other-state"), sandbox.vault_id());
    let elsewhere = [("XDG_STATE_HOME", state.to_str().unwrap()), ("VLT_ID", &id)];
    sandbox.write(rel, old);
    let lock = File::options().read(true).write(true).open(sandbox.document(".vault.lock")).unwrap();
    lock.lock().unwrap();
    let mut waiting = sandbox.program();
    waiting.args(command).envs(elsewhere).stdout(Stdio::piped()).stderr(Stdio::piped());
    let waiting = waiting.spawn().unwrap();
    thread::sleep(Duration::from_secs(1));
    sandbox.write(rel, new);
    lock.unlock().unwrap();
    outcome(waiting.wait_with_output().unwrap())
}

#[test]
fn a_move_takes_a_version_along_that_was_put_while_it_waited() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let old = sandbox.read("params/a.yaml");
    sandbox.put("/a", "two");
    let new = sandbox.read("params/a.yaml");
    let moved = while_it_waited(&sandbox, &["param", "move", "/a", "/b"], "params/a.yaml", &old, &new);
    assert_eq!((moved.code, moved.stdout.as_str()), (0, "/a → /b\n"), "{moved:?}");
    assert_eq!(
        (sandbox.ok(&["param", "get", "/b:1"]), sandbox.ok(&["param", "get", "/b"])),
        ("one".into(), "two".into())
    );
    assert_eq!(sandbox.run(&["param", "get", "/a"]).code, 3);
}
