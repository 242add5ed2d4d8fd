//! Many writers at once.

use std::thread;

use serde_json::Value;

use crate::project::Sandbox;

const WRITERS: usize = 50;
const ROUNDS: usize = 20;
/// How many versions a parameter keeps.
const KEPT: usize = 100;

/// Writes some versions, and says which numbers they got. Who waits for too long is told so, and nothing was written.
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
