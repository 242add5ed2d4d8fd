//! The reference vault, written by another program, opens byte for byte; the tamperings that come with it are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use vault::crypto::identity::Identity;

use crate::project::{Outcome, Sandbox, body};

const PASSWORD: &str = "params/prod/db/password.yaml";
const HOST: &str = "params/prod/db/host.yaml";
const KEY: &str = "keys/default.yaml";
const GENESIS: &str = "trust/000001.yaml";

pub(crate) fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn identity(sandbox: &Sandbox, name: &str) -> String {
    let path = sandbox.home().join(name);
    fs::copy(fixture().join("ids").join(name), &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Makes alice's identity the one of the machine.
pub(crate) fn alice(sandbox: &Sandbox) {
    let file = identity(sandbox, "alice.txt");
    sandbox.configure(&format!("identity:\n  store: \"file\"\n  file: \"{file}\"\n"));
}

/// Every file below a directory, in order.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn reference() -> Sandbox {
    reference_of("vault")
}

fn reference_of(name: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    copy(&fixture().join(name), &sandbox.vault());
    sandbox
}

/// A machine that knows the vault's id and has seen nothing else.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let _ = fs::remove_dir_all(sandbox.home().join(".local"));
    let (alice, id) =
        (identity(sandbox, "alice.txt"), "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp");
    sandbox.run_with(arguments, &[("VLT_IDENTITY_FILE", &alice), ("VLT_ID", id)])
}

#[test]
fn every_value_opens_with_both_identities() {
    let sandbox = reference();
    for name in ["alice.txt", "recovery.txt"] {
        let (file, id) = (identity(&sandbox, name), sandbox.vault_id());
        let get = |selector: &str| {
            sandbox.run_with(&["param", "get", selector], &[("VLT_IDENTITY_FILE", &file), ("VLT_ID", &id)]).stdout
        };
        assert_eq!(get("/prod/db/password"), "hunter2");
        assert_eq!(get("/prod/db/password:live"), "hunter2");
        assert_eq!(get("/prod/db/password:1"), "hunter1");
        assert_eq!(get("/prod/db/host"), "db.internal");
    }
    let verify = run(&sandbox, &["verify"]);
    assert_eq!(verify.code, 0, "{verify:?}");
    assert!(verify.stdout.contains("5 documents verified, 5 values opened"), "{verify:?}");
}

/// The same vault in format 2, where bob came and carol left.
#[test]
fn every_value_of_format_2_opens_with_each_identity() {
    let sandbox = reference_of("vault2");
    for name in ["alice.txt", "recovery.txt", "bob.txt"] {
        let (file, id) = (identity(&sandbox, name), sandbox.vault_id());
        let anchor = format!("{id}@7:{}", &hash_of(&sandbox, "trust/000007.yaml")[..32]);
        let get = |arguments: &[&str]| {
            sandbox.run_with(arguments, &[("VLT_IDENTITY_FILE", &file), ("VLT_ID", &anchor)]).stdout
        };
        for (selector, value) in [
            ("/prod/db/password", "hunter3"),
            ("/prod/db/password:2", "hunter2"),
            ("/prod/db/password:live", "hunter2"),
            ("/prod/db/password:1", "hunter1"),
            ("/prod/db/host", "db.internal"),
        ] {
            assert_eq!(get(&["param", "get", selector]), value, "{name}");
        }
        assert_eq!(get(&["secret", "get", "prod/db"]), r#"{"user":"app","password":"new"}"#, "{name}");
    }
    let verify = run(&sandbox, &["verify", "--checkpoint=required"]);
    assert_eq!(verify.code, 0, "{verify:?}");
    assert!(verify.stdout.contains("11 documents verified, 6 values opened"), "{verify:?}");
}

/// A change of a document by somebody who may write it keeps what a later program has written there.
#[test]
fn a_change_keeps_the_fields_of_later_programs() {
    let sandbox = reference_of("vault2");
    let extra =
        "extra:\n  \"org.example.owner\": \"platform \\\"team\\\"\"\n  \"org.example.ticket\": \"OPS-12\"\n#sig v2 ";
    assert!(sandbox.read(HOST).contains(extra));
    for change in [
        &["param", "put", "/prod/db/host", "db2.internal", "--overwrite"][..],
        &["param", "tag", "/prod/db/host", "k=v"],
        &["label", "add", "/prod/db/host:1", "old"],
    ] {
        let run = run(&sandbox, change);
        assert_eq!(run.code, 0, "{change:?}: {run:?}");
        assert!(sandbox.read(HOST).contains(extra), "{change:?}");
    }
}

#[test]
fn tamperings_of_format_2_are_refused() {
    let sandbox = reference_of("vault2");
    let alice = fs::read_to_string(fixture().join("ids/alice.txt")).unwrap();
    let bob = fs::read_to_string(fixture().join("ids/bob.txt")).unwrap();
    let (password, key, last) = (sandbox.read(PASSWORD), sandbox.read(KEY), "trust/000007.yaml");
    let snapshot = sandbox.read(last);
    let by = |identity: &str, name: &str, rel: &str, text: &str| {
        String::from_utf8(sandbox.signed_by(identity, name, rel, body(text))).unwrap()
    };
    let version = "be46b460768373a7";
    let (first, second) = (key.find("  - version: \"0000").unwrap(), key.find("  - version: \"be46").unwrap());
    let end = key.find("#sig").unwrap();
    let swapped = format!(
        "{}{}{}{}",
        &key[..first],
        &key[first..second].replace("0000000000000001", version),
        &key[second..end].replace(version, "0000000000000001"),
        &key[end..]
    );
    let critical = password.replacen("#sig", "extra:\n  \"later\": \"\"\ncritical:\n  - \"later\"\n#sig", 1);
    let cases: Vec<(&str, &str, String)> = vec![
        ("a version of the key left out", KEY, by(&alice, "alice", KEY, &format!("{}#sig ", &key[..second]))),
        ("a wrap under another version", KEY, by(&alice, "alice", KEY, &swapped)),
        ("a key document by a member", KEY, by(&bob, "bob", KEY, &key.replace("by: \"alice\"", "by: \"bob\""))),
        ("a snapshot by a member", last, by(&bob, "bob", last, &snapshot.replace("by: \"alice\"", "by: \"bob\""))),
        ("a taint taken back", last, by(&alice, "alice", last, &snapshot.replace("\"tainted\"", "\"enabled\""))),
        ("another check", last, by(&alice, "alice", last, &snapshot.replace("V8UMHiL8", "V8UMHiL9"))),
        ("a lower floor of the format", last, by(&alice, "alice", last, &snapshot.replace("_floor: 2", "_floor: 1"))),
        ("a former member forgotten", last, by(&alice, "alice", last, &former_left_out(&snapshot))),
        ("a critical field", PASSWORD, by(&alice, "alice", PASSWORD, &critical)),
        ("the word of format 1 in the signature", PASSWORD, password.replace("#sig v2", "#sig v1")),
        ("the first line of format 1", PASSWORD, password.replacen("vault/v2", "vault/v1", 1)),
    ];
    for (what, rel, planted) in cases {
        let original = sandbox.read(rel);
        assert_ne!(planted, original, "{what}");
        sandbox.write(rel, &planted);
        let refused = run(&sandbox, &["param", "get", "/prod/db/password"]);
        // 1: only a newer program can tell what a critical field means.
        assert!(matches!(refused.code, 1 | 6 | 7) && refused.stdout.is_empty(), "{what}: {refused:?}");
        let verify = run(&sandbox, &["verify"]);
        assert_eq!(verify.code, 6, "{what}: {verify:?}");
        sandbox.write(rel, &original);
    }
}

fn former_left_out(snapshot: &str) -> String {
    let (from, to) = (snapshot.find("former:\n").unwrap(), snapshot.find("settings:\n").unwrap());
    format!("{}former: []\n{}", &snapshot[..from], &snapshot[to..])
}

fn hash_of(sandbox: &Sandbox, rel: &str) -> String {
    data_encoding::HEXLOWER.encode(&vault::crypto::framing::sha256(&fs::read(sandbox.document(rel)).unwrap()))
}

#[test]
fn its_tamperings_are_refused() {
    let sandbox = reference();
    let read = |rel: &str| sandbox.read(rel);
    let (password, key, genesis) = (read(PASSWORD), read(KEY), read(GENESIS));
    let (_, stranger) = Identity::generate();
    let by_stranger = |member: &str, rel: &str, text: &str| {
        let signed = sandbox.signed_by(&stranger, member, rel, body(text));
        String::from_utf8(signed).unwrap()
    };
    let trailer = password[password.find("#sig").unwrap()..].to_owned();
    let cases: Vec<(&str, &str, String)> = vec![
        ("flip a ciphertext byte", PASSWORD, password.replace("xBqo5g", "xBqo5h")),
        ("move a label", PASSWORD, password.replacen("labels: []\n", "labels:\n      - \"live\"\n", 1)),
        ("edit the description", PASSWORD, password.replacen("description: \"\"", "description: \"x\"", 1)),
        ("swap two documents", PASSWORD, read(HOST)),
        (
            "truncate the last version",
            PASSWORD,
            format!("{}{trailer}", &password[..password.find("  - number: 2").unwrap()]),
        ),
        ("strip the signature", PASSWORD, body(&password).to_owned()),
        ("an unknown key under a member's name", PASSWORD, by_stranger("alice", PASSWORD, &password)),
        ("an unknown member", PASSWORD, by_stranger("mallory", PASSWORD, &password)),
        ("key substitution", KEY, by_stranger("alice", KEY, &key.replacen("check: \"0nZ", "check: \"AAA", 1))),
        (
            "a reader injected",
            KEY,
            key.replace("  - \"recovery\"\nversions", "  - \"recovery\"\n  - \"mallory\"\nversions"),
        ),
        ("a member injected into the genesis", GENESIS, genesis.replace("- name: \"recovery\"", "- name: \"mallory\"")),
        ("a scope re-pointed", GENESIS, genesis.replace("parameter:/", "parameter:/x")),
        ("leftovers of a union merge", PASSWORD, format!("{password}  - number: 3\n{trailer}")),
        (
            "conflict markers",
            PASSWORD,
            password.replace("rev: 2\n", "<<<<<<< HEAD\nrev: 2\n=======\nrev: 3\n>>>>>>> x\n"),
        ),
        ("bytes behind the trailer", PASSWORD, format!("{password}x: 1\n")),
    ];
    for (what, rel, planted) in cases {
        let original = read(rel);
        assert_ne!(planted, original, "{what}");
        sandbox.write(rel, &planted);
        let refused = run(&sandbox, &["param", "get", "/prod/db/password"]);
        assert_eq!((refused.code, refused.stdout.as_str()), (6, ""), "{what}: {refused:?}");
        if rel != PASSWORD {
            let put = run(&sandbox, &["param", "put", "/prod/new", "--generate"]);
            assert_ne!(put.code, 0, "{what}: nothing is sealed under a key that cannot be trusted");
            assert!(!sandbox.document("params/prod/new.yaml").exists(), "{what}");
        }
        sandbox.write(rel, &original);
    }
    fs::rename(sandbox.document(PASSWORD), sandbox.document("params/prod/other.yaml")).unwrap();
    let renamed = run(&sandbox, &["param", "get", "/prod/other"]);
    assert_eq!((renamed.code, renamed.stdout.as_str()), (6, ""), "{renamed:?}");
}

/// Signatures of a writer who has no key: what is sealed for one place opens nowhere else.
#[test]
fn its_signed_transplants_do_not_open() {
    let sandbox = reference();
    let alice = fs::read_to_string(fixture().join("ids/alice.txt")).unwrap();
    let password = body(&sandbox.read(PASSWORD)).to_owned();
    let uid = |number: usize| password.split("uid: \"").nth(number).unwrap()[..32].to_owned();
    let swapped = password.replace(&uid(1), "swap").replace(&uid(2), &uid(1)).replace("swap", &uid(2));
    let id = password.split("\nid: \"").nth(1).unwrap()[..32].to_owned();
    let cases = [
        (
            "another name",
            "params/prod/banner.yaml",
            "/prod/banner",
            password.replace("/prod/db/password", "/prod/banner"),
        ),
        ("another id", PASSWORD, "/prod/db/password", password.replace(&id, &"0".repeat(32))),
        ("another kind", PASSWORD, "/prod/db/password", password.replace("kind: \"parameter\"", "kind: \"secret\"")),
        ("swapped versions", PASSWORD, "/prod/db/password", swapped),
        ("another key version", PASSWORD, "/prod/db/password", password.replace("key_version: 1", "key_version: 2")),
    ];
    for (what, rel, name, planted) in cases {
        let original = fs::read(sandbox.document(rel)).ok();
        sandbox.write(rel, sandbox.signed_by(&alice, "alice", rel, &planted));
        let refused = run(&sandbox, &["param", "get", name]);
        assert!(matches!(refused.code, 6 | 7) && refused.stdout.is_empty(), "{what}: {refused:?}");
        original.map_or_else(|| fs::remove_file(sandbox.document(rel)).unwrap(), |bytes| sandbox.write(rel, bytes));
    }
    let public =
        password.replace("type: \"SecureString\"", "type: \"String\"").replace("key: \"default\"", "key: \"\"");
    let public = public.replace("key_version: 1", "key_version: 0");
    sandbox.write(PASSWORD, sandbox.signed_by(&alice, "alice", PASSWORD, &public));
    let shown = run(&sandbox, &["param", "get", "/prod/db/password"]);
    assert!(!shown.stdout.contains("hunter"), "a sealed value made public shows ciphertext at most: {shown:?}");
}

const ROTATION: &str = r#"rotation:
  enabled: true
  hook: "builtin:http"
  options:
    "admin": "prod/root"
    "url": "https://rotator.example/"
  schedule: "rate(30 days)"
  window: ""
  since: "2026-11-24T03:00:00Z"
  last_rotated: ""
  run: {}
"#;

#[test]
fn an_upgrade_signs_no_rotation() {
    let (sandbox, rel) = (reference(), "secrets/prod/db.yaml");
    let text = body(&sandbox.read(rel)).replacen("rotation: {}\n", ROTATION, 1);
    let alice = fs::read_to_string(fixture().join("ids/alice.txt")).unwrap();
    sandbox.write(rel, sandbox.signed_by(&alice, "alice", rel, &text));
    let refused = |outcome: &Outcome| {
        assert!(outcome.code == 7 && outcome.stderr.contains("nobody has confirmed how it is rotated"), "{outcome:?}");
    };
    refused(&run(&sandbox, &["rotate", "run", "prod/db"]));
    let shown = run(&sandbox, &["rotate", "status"]).stdout;
    assert!(shown.contains("builtin:http") && shown.contains("must be confirmed"), "{shown}");
    let upgraded = run(&sandbox, &["upgrade", "--yes"]);
    let command = "vault rotate configure prod/db --strategy http --admin prod/root --option \
                   url=https://rotator.example/ --schedule 'rate(30 days)'";
    assert!(upgraded.code == 0 && upgraded.stdout.contains(command), "{upgraded:?}");
    assert!(sandbox.read(rel).contains("rotation:\n  plan: \"\"\n  enabled: true\n"));
    refused(&run(&sandbox, &["rotate", "run", "prod/db"]));
    assert!(run(&sandbox, &["status"]).stdout.contains("prod/db must be confirmed"));
    let configured = run(&sandbox, &["rotate", "configure", "prod/db", "--strategy", "random"]);
    assert_eq!(configured.code, 0, "{configured:?}");
    let rotated = run(&sandbox, &["rotate", "run", "prod/db"]);
    assert_eq!(rotated.code, 0, "{rotated:?}");
}
