//! The integration tests, in one binary: whole commands, and the rules that hold for the source tree.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop"
)]

mod acceptance;
mod accidents;
mod adoption;
mod agent;
mod anchors;
mod audit;
mod aws;
mod backup;
mod bounds;
mod branches;
mod checkpoint;
mod circles;
mod clipboard;
mod configuration;
mod crashes;
mod credentials;
mod crowd;
mod deliver;
mod docs;
mod doctor;
mod doors;
mod edit_many;
mod elsewhere;
mod events;
mod expiration;
mod first_minute;
mod fixture;
mod flows;
mod forks;
mod forwarding;
mod found;
mod freshness;
mod generated;
mod git;
mod git_setup;
mod handover;
mod hook_options;
mod hooks;
mod identities;
mod import;
mod import_peers;
mod import_sources;
mod inputs;
mod json;
mod keys;
mod late_keys;
mod memory;
mod newcomer;
mod next_steps;
mod older;
mod operators;
mod outputs;
mod overview;
mod pick;
mod picture;
mod plot;
mod policies;
mod project;
mod prompts;
mod put_back;
mod range;
mod readers;
mod refusals;
mod renewal;
mod resolve;
mod rotation;
mod sandbox;
mod scan;
mod screen;
mod secret_fields;
mod secrets;
mod serve;
mod shells;
mod short;
mod situations;
mod status;
mod supervise;
mod tables;
mod tampering;
mod team;
mod terminal;
mod threats;
mod tools;
mod traps;
mod upgrade;
mod usage;

/// A test file that nobody declared would never run.
#[test]
fn no_test_file_is_forgotten() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let declared = include_str!("main.rs");
    for entry in std::fs::read_dir(directory).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        assert!(
            module == "main" || declared.contains(&format!("mod {module};")),
            "`mod {module};` is missing in main.rs"
        );
    }
}
