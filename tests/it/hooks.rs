//! The examples of docs/hooks.md are hooks that work.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use vault::hook::{Candidate, Runner, Settings};
use vault::machine::State;
use vault::model::hook::{HookCall, HookName, HookValue, Step};
use vault::model::id::VaultId;
use vault::model::time::Timestamp;
use vault::model::value::SecretValue;

/// The example in this language.
fn example(language: &str) -> String {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hooks.md")).unwrap();
    let rest = document.split_once(&format!("```{language}\n")).unwrap().1;
    rest.split_once("```").unwrap().0.to_owned()
}

fn call(step: Step, pending: Option<&str>, file: &Path) -> HookCall {
    let value =
        |text: &str| HookValue { version_id: "v2".into(), binary: false, value: SecretValue::from_text(text.into()) };
    HookCall {
        step,
        secret: "app/token".parse().unwrap(),
        token: "v2".into(),
        attempt: 1,
        current: Some(value("old token")),
        pending: pending.map(value),
        previous: None,
        aborted: Vec::new(),
        admin: None,
        options: BTreeMap::from([("file".into(), file.to_str().unwrap().into())]),
    }
}

/// A whole rotation, with `set` twice, as after a failure, and a `test` that finds another value.
fn rotates(language: &str, name: &str) {
    let directory = tempfile::tempdir().unwrap();
    let (root, file) = (directory.path().join("vault"), directory.path().join("token"));
    fs::create_dir_all(root.join("hooks")).unwrap();
    fs::write(root.join("hooks").join(name), example(language)).unwrap();
    let state = State::new(&directory.path().join("state"), VaultId([7; 32]), &root);
    let hook: HookName = name.parse().unwrap();
    Candidate::of(&root, &hook).unwrap().unwrap().approve(&state).unwrap();
    let runner = Runner { state: &state, now: &|| Timestamp::from_unix(0), settings: Settings::default() };

    let produced = runner.try_out(&hook, &call(Step::Create, None, &file)).unwrap().unwrap();
    let new = produced.value.reveal_text().unwrap();
    assert!(new.len() >= 24 && !new.contains('\n'));
    for step in [Step::Set, Step::Set, Step::Test, Step::Finish] {
        assert!(runner.try_out(&hook, &call(step, Some(new), &file)).unwrap().is_none());
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), new);
    let failed = runner.try_out(&hook, &call(Step::Test, Some("different"), &file)).err().unwrap();
    assert_eq!(failed.reason, "exit 1: the service has another token");
}

#[test]
fn the_example_in_sh_rotates() {
    rotates("bash", "rotate.sh");
}

#[test]
fn the_example_in_python_rotates() {
    rotates("python", "rotate.py");
}
