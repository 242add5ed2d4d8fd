//! Whole commands: stdout, stderr and exit code.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::expiration::put_expired;
use crate::project::{Outcome, Sandbox};

fn is(outcome: &Outcome, code: i32, part: &str) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    assert!(outcome.stderr.contains(part), "{part:?} is missing in {outcome:?}");
    assert_eq!(outcome.stdout, "", "an error leaves stdout alone");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_second_init_changes_nothing_and_says_so() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["verify"]);
    let before = sandbox.everything();
    let again = sandbox.run(&["init", "--no-input"]);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("is already a vault; nothing was changed"));
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn init_without_answers_names_the_choices() {
    let sandbox = Sandbox::empty();
    is(&sandbox.run(&["init", "--no-input"]), 10, "--plaintext-identity");
    assert!(!sandbox.vault().exists());
    assert!(!sandbox.home().join(".config/vault").exists());
}

#[test]
fn a_value_comes_back_byte_for_byte() {
    let sandbox = Sandbox::new();
    for value in ["hunter2", "two\nlines\n", "  spaces ", "quotes\"'\\", "üñí ✓", "a\tb"] {
        sandbox.put("/a", value);
        assert_eq!(sandbox.ok(&["param", "get", "/a"]), value);
    }
}

#[test]
fn the_final_newline_of_one_line_is_dropped_with_a_note() {
    let sandbox = Sandbox::new();
    let put = sandbox.feed(&["param", "put", "/a", "--stdin"], b"hunter2\n");
    assert!(put.stderr.contains("the final newline was dropped"));
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "hunter2");
    sandbox.feed(&["param", "put", "/a", "--stdin", "--keep-newline", "--overwrite"], b"hunter2\n");
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "hunter2\n");
}

#[test]
fn a_secret_is_not_taken_from_the_command_line() {
    let sandbox = Sandbox::new();
    for arguments in
        [&["param", "put", "/a", "canary"][..], &["param", "put", "/a", "canary", "--type", "SecureString"]]
    {
        let refused = sandbox.run(arguments);
        is(&refused, 2, "--stdin");
        assert!(!refused.stderr.contains("canary"));
    }
    sandbox.put("/a", "x");
    is(&sandbox.run(&["param", "put", "/a", "canary", "--overwrite"]), 2, "--stdin");
}

#[test]
fn values_that_cannot_be_meant_are_refused() {
    let sandbox = Sandbox::new();
    for value in [&b""[..], b"\n", b"****", b"[REDACTED]", b"a\0b", b"\xff\xfe", b"{{resolve:ssm:x}}"] {
        let refused = sandbox.feed(&["param", "put", "/a", "--stdin"], value);
        assert_eq!(refused.code, 2, "{value:?}: {refused:?}");
    }
    let large = sandbox.feed(&["param", "put", "/a", "--stdin", "--tier", "standard"], &[b'x'; 4097]);
    is(&large, 7, "allows 4096");
    is(&sandbox.feed(&["param", "put", "/a", "--stdin"], &[b'x'; 8193]), 7, "8192");
    assert!(sandbox.ok(&["param", "ls", "-r"]).is_empty());
}

#[test]
fn overwriting_follows_the_rules() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    is(&sandbox.feed(&["param", "put", "/a", "--stdin"], b"two"), 4, "--overwrite");
    is(&sandbox.feed(&["param", "put", "/a", "--stdin", "--if-version", "7"], b"two"), 4, "the latest version is 1");
    is(&sandbox.feed(&["param", "put", "/a", "--stdin", "--overwrite", "--tag", "k=v"], b"two"), 2, "tags");
    assert_eq!(sandbox.feed(&["param", "put", "/a", "--stdin", "--if-version", "1"], b"two").code, 0);
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "two");
    assert_eq!(sandbox.ok(&["param", "get", "/a:1"]), "one");
    is(&sandbox.run(&["label", "move", "/a", "live", "--to", "v1"]), 2, "must be a version number");
}

#[test]
fn reads_that_miss_say_what_is_near() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/password", "one");
    is(&sandbox.run(&["param", "get", "/app/pasword"]), 3, "did you mean `/app/password`?");
    is(&sandbox.run(&["param", "get", "/app/password:9"]), 3, "there is no version 9");
    is(&sandbox.run(&["param", "get", "/app/password:nope"]), 3, "there is no label `nope`");
    let batch = sandbox.run(&["param", "get", "/app/password", "/b", "--json"]);
    assert_eq!(batch.code, 3);
    let report = json(&batch.stdout);
    assert_eq!(report["Parameters"][0]["Value"], "one");
    assert_eq!(report["InvalidParameters"][0], "/b");
    assert_eq!(json(&batch.stderr)["error"]["code"], "not-found");
}

#[test]
fn json_has_a_schema_and_the_names_of_aws() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let put = json(&sandbox.ok(&["--json", "param", "put", "/b", "x", "--type", "String"]));
    assert_eq!(
        (put["schema"].as_u64(), put["Version"].as_u64(), put["Tier"].as_str()),
        (Some(1), Some(1), Some("Standard"))
    );
    for short in ["-t", "-k"] {
        let put = json(&sandbox.ok(&["--json", "param", "put", "/b", "x", short, "String", "--overwrite"]));
        assert_eq!(put["Type"], "String");
    }
    let shown = json(&sandbox.ok(&["--json", "param", "show", "/a"]));
    assert_eq!((shown["Type"].as_str(), shown["KeyId"].as_str()), (Some("SecureString"), Some("default")));
    assert!(shown.get("Value").is_none(), "only --values shows a value");
    let history = json(&sandbox.ok(&["--json", "param", "history", "/a", "--values"]));
    assert_eq!(history["Parameters"][0]["Value"], "one");
    assert_eq!(json(&sandbox.ok(&["--json", "verify"]))["Findings"].as_array().unwrap().len(), 0);
}

#[test]
fn a_hundred_and_one_versions_drop_the_oldest_unless_it_has_a_label() {
    let sandbox = Sandbox::new();
    for number in 0..100 {
        sandbox.ok(&["param", "put", "/a", &format!("v{number}"), "--type", "String", "--overwrite"]);
    }
    sandbox.ok(&["label", "add", "/a:1", "first"]);
    is(&sandbox.run(&["param", "put", "/a", "more", "--overwrite"]), 7, "version 1");
    sandbox.ok(&["label", "move", "/a", "first", "--to", "2"]);
    sandbox.ok(&["param", "put", "/a", "more", "--overwrite"]);
    assert_eq!(sandbox.run(&["param", "get", "/a:1"]).code, 3);
    assert_eq!(sandbox.ok(&["param", "get", "/a:101"]), "more");
}

#[test]
fn labels_move_and_invalid_ones_are_reported() {
    let sandbox = Sandbox::new();
    for value in ["one", "two", "three"] {
        sandbox.put("/a", value);
    }
    let added = sandbox.run(&["label", "add", "/a:1", "live", "1bad", "awsome"]);
    assert_eq!(added.code, 2);
    assert!(added.stdout.contains("live → version 1"));
    assert!(added.stderr.contains("1bad") && added.stderr.contains("awsome"));
    assert_eq!(sandbox.ok(&["param", "get", "/a:live"]), "one");
    assert!(sandbox.ok(&["label", "move", "/a", "live", "--to", "3"]).contains("was on version 1"));
    assert_eq!(sandbox.ok(&["param", "get", "/a:live"]), "three");
    is(&sandbox.run(&["label", "move", "/a", "nope", "--to", "3"]), 3, "nope");
    is(&sandbox.run(&["label", "move", "/a", "live", "--to", "9"]), 3, "no version 9");
    sandbox.ok(&["label", "rm", "/a", "live"]);
    let none = sandbox.run(&["label", "ls", "/a"]);
    assert_eq!(
        (none.code, none.stdout.as_str(), none.stderr.as_str()),
        (0, "", "note: no version of `/a` has a label\n")
    );
}

#[test]
fn rollback_copy_move_and_remove() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.put("/a", "two");
    sandbox.ok(&["label", "add", "/a:1", "old"]);
    sandbox.ok(&["param", "rollback", "/a:old"]);
    assert_eq!(sandbox.ok(&["param", "get", "/a:3"]), "one");
    sandbox.ok(&["param", "copy", "/a:2", "/b"]);
    assert_eq!(sandbox.ok(&["param", "get", "/b:1"]), "two");
    is(&sandbox.run(&["param", "copy", "/a", "/b"]), 4, "already exists");
    sandbox.ok(&["param", "move", "/a", "/c"]);
    assert_eq!(sandbox.ok(&["param", "get", "/c:old"]), "one");
    assert_eq!(sandbox.ok(&["param", "get", "/c:2"]), "two");
    is(&sandbox.run(&["param", "get", "/a"]), 3, "no parameter");
    is(&sandbox.run(&["param", "rm", "/b", "--no-input"]), 10, "--yes");
    sandbox.ok(&["param", "rm", "--yes", "/b"]);
    assert_eq!(sandbox.ok(&["param", "ls"]), "/c\n");
    sandbox.put("/b", "again");
    assert_eq!(sandbox.ok(&["param", "get", "/b:1"]), "again");
    sandbox.ok(&["verify"]);
}

#[test]
fn what_is_named_twice_is_deleted_once() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "1");
    sandbox.put("/b", "2");
    let deleted = sandbox.run(&["param", "rm", "--yes", "/a", "/b", "a"]);
    assert_eq!((deleted.code, deleted.stdout.as_str()), (0, "/a deleted\n/b deleted\n"), "{deleted:?}");
}

#[test]
fn tags_are_changed_together_or_not_at_all() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "1");
    let many: Vec<String> = (0..50).map(|number| format!("k{number}=v")).collect();
    sandbox.ok(&[&["param", "tag", "/a"][..], &many.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    let refused = sandbox.run(&["param", "tag", "/a", "--remove", "k0", "more=1", "too-many=2"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(sandbox.ok(&["param", "tag", "/a"]).contains("k0 "), "a tag was removed by a change that failed");
    let changed = sandbox.ok(&["param", "tag", "/a", "--remove", "k0", "more=1"]);
    assert!(changed.contains("more") && !changed.contains("k0 "), "{changed}");
}

#[test]
fn both_spellings_at_the_root_are_one_parameter() {
    let sandbox = Sandbox::new();
    sandbox.put("x", "one");
    assert_eq!(sandbox.ok(&["param", "get", "/x"]), "one");
    is(&sandbox.run(&["param", "put", "/x", "two", "--type", "String"]), 4, "already exists");
    assert_eq!(sandbox.ok(&["param", "ls"]), "x\n");
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.put("/a", "two");
    sandbox.ok(&["label", "add", "/a", "live"]);
    sandbox.ok(&["verify"]);
    let before = sandbox.everything();
    for arguments in [
        &["param", "put", "/b", "x", "--type", "String"][..],
        &["param", "put", "/a", "--generate", "--overwrite"],
        &["param", "rollback", "/a:1"],
        &["param", "rm", "/a"],
        &["param", "move", "/a", "/z"],
        &["param", "copy", "/a", "/z"],
        &["param", "tag", "/a", "k=v"],
        &["label", "move", "/a", "live", "--to", "1"],
        &["label", "rm", "/a", "live"],
        &["checkpoint"],
        &["exec", "/", "--", "false"],
    ] {
        let mut all = vec!["--dry-run"];
        all.extend(arguments);
        assert_eq!(sandbox.run(&all).code, 0, "{arguments:?}");
    }
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn what_is_unchanged_is_not_written() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.ok(&["label", "add", "/a", "live"]);
    let before = sandbox.read("params/a.yaml");
    sandbox.ok(&["label", "add", "/a", "live"]);
    sandbox.ok(&["label", "move", "/a", "live", "--to", "1"]);
    assert_eq!(sandbox.read("params/a.yaml"), before);
}

#[test]
fn exec_gives_values_and_takes_the_childs_exit_code() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/db/password", "hunter2");
    sandbox.ok(&["param", "put", "/app/db/host", "db", "--type", "String"]);
    let run = |arguments: &[&str]| sandbox.run(arguments);
    assert_eq!(run(&["exec", "/app", "--", "sh", "-c", "printf $DB_PASSWORD@$DB_HOST; exit 7"]).code, 7);
    assert_eq!(run(&["exec", "/app", "--", "printenv", "DB_PASSWORD"]).stdout, "hunter2\n");
    assert_eq!(run(&["exec", "/app/db/password:1", "--", "printenv", "PASSWORD"]).stdout, "hunter2\n");
    assert_eq!(run(&["exec", "--prefix", "X_", "/app", "--", "printenv", "X_DB_HOST"]).stdout, "db\n");
    assert_eq!(run(&["exec", "/app", "--", "/no/such"]).code, 127);
    assert_eq!(run(&["exec", "/app", "--", "/etc/passwd"]).code, 126);
    assert_eq!(run(&["exec", "/nope", "--", "true"]).code, 125);
    assert_eq!(run(&["exec", "--required", "DB_PORT", "/app", "--", "true"]).code, 125);
    let pristine =
        sandbox.run_with(&["exec", "--pristine", "/app", "--", "env"], &[("EXTRA", "x"), ("VLT_PASSPHRASE", "y")]);
    assert!(
        pristine.stdout.contains("DB_HOST=db")
            && !pristine.stdout.contains("EXTRA")
            && !pristine.stdout.contains("VLT_")
    );
    let kept =
        sandbox.run_with(&["exec", "--keep-existing", "/app", "--", "printenv", "DB_HOST"], &[("DB_HOST", "mine")]);
    assert_eq!(kept.stdout, "mine\n");
}

#[test]
fn exec_refuses_clashes_and_dangerous_names() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a-b", "1");
    sandbox.put("/app/a_b", "2");
    is(&sandbox.run(&["exec", "/app", "--", "true"]), 125, "A_B");
    sandbox.put("/evil/ld/preload", "x.so");
    is(&sandbox.run(&["exec", "/evil", "--", "true"]), 125, "LD_PRELOAD");
    assert_eq!(sandbox.run(&["exec", "--allow-variable", "LD_PRELOAD", "/evil", "--", "true"]).code, 0);
}

#[test]
fn expired_parameters_are_not_given() {
    let sandbox = Sandbox::new();
    put_expired(&sandbox, "/a");
    is(&sandbox.run(&["param", "get", "/a"]), 3, "expired at 2020-01-01");
    is(&sandbox.run(&["exec", "/a", "--", "true"]), 125, "expired");
}

#[test]
fn no_identity_lists_what_was_tried() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    fs::remove_dir_all(sandbox.home().join(".config")).unwrap();
    let refused = sandbox.run(&["param", "get", "/a"]);
    is(&refused, 5, "no identity was found");
    for place in ["VLT_IDENTITY_FILE", "CREDENTIALS_DIRECTORY", "VLT_IDENTITY_FD", "config.yaml", "vault init"] {
        assert!(refused.stderr.contains(place), "{place}");
    }
    let recovery = sandbox.home().join("recovery.txt");
    assert_eq!(sandbox.ok(&["--identity", recovery.to_str().unwrap(), "param", "get", "/a"]), "one");
}

#[test]
fn a_closed_pipe_is_quiet() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let program = env!("CARGO_BIN_EXE_vault");
    for arguments in ["param get /a", "param ls -r", "--help", "man", "--json verify"] {
        let script = format!("set -o pipefail; {program} {arguments} | true");
        let output = sandbox.command("bash").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments}");
    }
}

#[test]
fn an_editor_makes_a_version_only_if_it_changes_something() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "hunter2");
    let edit = |editor: &str| sandbox.run_with(&["param", "edit", "/a"], &[("EDITOR", editor)]);
    assert!(edit("true").stderr.contains("not changed"));
    assert_eq!(edit("false").code, 1);
    assert_eq!(edit("sed -i s/2/3/").code, 0);
    assert_eq!(sandbox.ok(&["param", "get", "/a:2"]), "hunter3");
    assert_eq!(sandbox.run(&["param", "get", "/a:3"]).code, 3);
}

#[test]
fn a_configured_editor_comes_before_those_of_the_environment() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    sandbox.feed(&["secret", "create", "db", "--stdin"], b"one");
    let edit = |line: &[&str], variables: &[(&str, &str)]| assert_eq!(sandbox.run_with(line, variables).code, 0);
    let environment = [("VISUAL", "sed -i s/one/two/"), ("EDITOR", "false")];
    edit(&["param", "edit", "/a"], &environment);
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "two");
    let settings = fs::read_to_string(sandbox.home().join(".config/vault/config.yaml")).unwrap_or_default();
    sandbox.configure(&format!("{settings}editor: sed -i s/[a-z].*/three/\n"));
    edit(&["param", "edit", "/a"], &environment);
    edit(&["secret", "edit", "db"], &environment);
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "three");
    assert_eq!(sandbox.ok(&["secret", "get", "db"]), "three");
}

#[test]
fn several_writers_lose_nothing() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "start");
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for round in 0..6 {
                    let value = format!("writer {writer} round {round}");
                    // A writer that waits for too long says so, and writes nothing.
                    while sandbox.feed(&["param", "put", "/a", "--stdin", "--overwrite"], value.as_bytes()).code == 4 {}
                }
            });
        }
    });
    let history = json(&sandbox.ok(&["--json", "param", "history", "/a", "--values"]));
    let versions = history["Parameters"].as_array().unwrap();
    let numbers: Vec<u64> = versions.iter().map(|version| version["Version"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=49).collect::<Vec<_>>());
    let mut values: Vec<&str> = versions.iter().map(|version| version["Value"].as_str().unwrap()).collect();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 49);
    sandbox.ok(&["verify"]);
}

/// A stand-in for a hardware key: it speaks the protocol of age plugins and protects nothing (tests/fixture/plugin).
#[test]
fn a_plugin_holds_the_identity_of_a_vault_if_the_user_allows_its_program() {
    let sandbox = Sandbox::empty();
    let key = sandbox.home().join("toy.txt");
    let recipient = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age1toy").unwrap(), b"x").unwrap();
    let identity = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age-plugin-toy-").unwrap(), b"x").unwrap();
    let init = ["init", "--no-input", "--plugin", key.to_str().unwrap(), "--no-recovery-key"];
    fs::write(&key, format!("{}\n", identity.to_uppercase())).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let silent = sandbox.run(&init);
    assert_eq!(silent.code, 2, "{silent:?}");
    assert!(silent.stderr.contains("does not state the identity's recipient"), "{silent:?}");
    fs::write(&key, format!("# Recipient: {recipient}\n{}\n", identity.to_uppercase())).unwrap();
    let refused = sandbox.run(&init);
    assert_ne!(refused.code, 0, "no program is allowed yet: {refused:?}");
    assert!(!sandbox.vault().exists(), "{refused:?}");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/plugin/age-plugin-toy");
    let config = sandbox.configure(&format!("plugins:\n  - \"{}\"\n", program.display()));
    sandbox.ok(&init);
    sandbox.put("/a", "held by a plugin");
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "held by a plugin");
    sandbox.ok(&["verify"]);
    let settings = fs::read_to_string(config.join("config.yaml")).unwrap();
    assert!(settings.contains("age-plugin-toy") && settings.contains(&recipient), "{settings}");
    sandbox.configure(&settings.replace("age-plugin-toy", "age-plugin-other"));
    let taken_back = sandbox.run(&["param", "get", "/a"]);
    assert_ne!(taken_back.code, 0, "{taken_back:?}");
}
