//! A vault of the first format: it is read, nothing writes it, and `vault upgrade` turns it into the second one.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use vault::crypto::framing::sha256;

use crate::branches::{fetch, try_git};
use crate::fixture::{alice, copy, files, fixture};
use crate::project::{Outcome, Sandbox, body, has};
use crate::team::{commit, git, is, json, killed_everywhere};

const HOST: &str = "params/prod/db/host.yaml";
const PASSWORD: &str = "params/prod/db/password.yaml";
const SECRET: &str = "secrets/prod/db.yaml";
const KEY: &str = "keys/default.yaml";
const CHECKPOINT: &str = "checkpoint.yaml";
const UPGRADE: [&str; 2] = ["upgrade", "--yes"];

/// A copy of the reference vault of format 1 on alice's machine, which knows it.
fn old() -> Sandbox {
    let sandbox = Sandbox::empty();
    copy(&fixture().join("vault"), &sandbox.vault());
    known(&sandbox);
    sandbox
}

/// Gives a machine alice's identity, and has it trust the vault.
fn known(sandbox: &Sandbox) {
    alice(sandbox);
    let id = sandbox.vault_id();
    let first = sandbox.run_with(&["param", "get", "/prod/db/host"], &[("VLT_ID", &id)]);
    assert_eq!(first.code, 0, "{first:?}");
}

/// A command on a machine of alice that has seen nothing of the vault.
fn fresh(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let state = sandbox.home().join("fresh");
    let _ = fs::remove_dir_all(&state);
    let id = sandbox.vault_id();
    sandbox.run_with(arguments, &[("XDG_STATE_HOME", state.to_str().unwrap()), ("VLT_ID", &id)])
}

/// A body, signed by alice with a program of the first release or with one of her own.
fn by_alice(sandbox: &Sandbox, rel: &str, text: &str) -> Vec<u8> {
    let identity = fs::read_to_string(fixture().join("ids/alice.txt")).unwrap();
    sandbox.signed_by(&identity, "alice", rel, text)
}

/// The host in the next revision of format 1, with another value.
fn host_of_format_1(sandbox: &Sandbox, value: &str) -> Vec<u8> {
    let text = fs::read_to_string(fixture().join("vault").join(HOST)).unwrap();
    let next = body(&text).replacen("rev: 1\n", "rev: 2\n", 1).replacen("db.internal", value, 1);
    by_alice(sandbox, HOST, &next.replacen("number: 1\n", "number: 2\n", 1).replacen("116276c2", "216276c2", 1))
}

/// A checkpoint of format 1 over the documents as they are.
fn checkpoint_of_format_1(sandbox: &Sandbox) {
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches('"').to_owned()
    };
    let mut lines: Vec<String> = [HOST, PASSWORD, SECRET, KEY]
        .map(|rel| {
            let text = sandbox.read(rel);
            let hash = HEXLOWER.encode(&sha256(text.as_bytes()));
            format!("  - \"{} {} {hash}\"\n", field(&text, "id: "), field(&text, "rev: "))
        })
        .into();
    lines.sort();
    let id = sandbox.vault_id();
    let head = format!("format: \"vault/v1\"\nkind: \"checkpoint\"\nvault: \"{id}\"\ntrust: 1\n");
    let text = format!("{head}created: \"2026-11-24T07:00:00Z\"\nby: \"alice\"\ndocuments:\n{}", lines.concat());
    sandbox.write(CHECKPOINT, by_alice(sandbox, CHECKPOINT, &text));
}

/// The first line of each document, but of the snapshots.
fn formats(sandbox: &Sandbox) -> Vec<String> {
    let all = files(&sandbox.vault());
    let documents = all.into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let documents = documents.filter(|path| !path.starts_with(sandbox.document("trust")));
    let first = |path: PathBuf| fs::read_to_string(path).unwrap().lines().next().unwrap().to_owned();
    let mut formats: Vec<String> = documents.map(first).collect();
    formats.sort();
    formats.dedup();
    formats
}

/// The vault is in format 2, whole, and has the same values.
fn is_upgraded(sandbox: &Sandbox, what: &str) {
    assert_eq!(formats(sandbox), ["format: \"vault/v2\""], "{what}");
    let verify = sandbox.run(&["verify"]);
    assert_eq!(verify.code, 0, "{what}: {verify:?}");
    assert!(sandbox.last_snapshot().contains("\nformat_floor: 2\n"), "{what}");
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "hunter2", "{what}");
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password:1"]), "hunter1", "{what}");
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), r#"{"user":"app","password":"new"}"#, "{what}");
}

#[test]
fn a_vault_of_format_1_is_read_by_every_reading_command() {
    let sandbox = old();
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "hunter2");
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), r#"{"user":"app","password":"new"}"#);
    assert_eq!(sandbox.ok(&["param", "ls", "-r"]), "/prod/db/host\n/prod/db/password\n");
    assert_eq!(sandbox.ok(&["exec", "/prod/db", "--", "printenv", "PASSWORD"]), "hunter2\n");
    assert!(sandbox.ok(&["verify"]).contains("5 documents verified, 5 values opened"));
    assert!(sandbox.ok(&["member", "ls"]).contains("alice"));
    let key = json(&sandbox.ok(&["--json", "key", "show", "default"]));
    assert_eq!(key["Readers"], serde_json::json!(["alice", "recovery"]));
    for reading in [
        &["param", "history", "/prod/db/password", "--values"][..],
        &["param", "show", "/prod/db/password"],
        &["secret", "ls"],
        &["secret", "show", "prod/db"],
        &["secret", "versions", "prod/db"],
        &["label", "ls", "/prod/db/password"],
        &["env", "/prod/db"],
        &["export", "/prod/db", "--format", "json"],
        &["list", "--must-rotate"],
        &["key", "ls"],
        &["trust", "show"],
        &["member", "whoami"],
        &["rotate", "status"],
        &["scan"],
    ] {
        sandbox.ok(reading);
    }
    assert!(sandbox.ok(&["status"]).contains("format 1"), "it says what to do");
    assert_eq!(formats(&sandbox), ["format: \"vault/v1\""]);
}

#[test]
fn nothing_writes_a_vault_of_format_1() {
    let sandbox = old();
    let request = sandbox.home().join("in.env");
    fs::write(&request, "A=1\n").unwrap();
    let before = vault_files(&sandbox);
    for writing in [
        &["param", "put", "/x", "y", "--type", "String"][..],
        &["param", "put", "/prod/db/host", "y", "--overwrite"],
        &["param", "rm", "--yes", "/prod/db/host"],
        &["param", "move", "/prod/db/host", "/b"],
        &["param", "copy", "/prod/db/host", "/b"],
        &["param", "rollback", "/prod/db/password:1"],
        &["param", "tag", "/prod/db/host", "k=v"],
        &["label", "add", "/prod/db/password:1", "old"],
        &["secret", "tag", "prod/db", "k=v"],
        &["secret", "create", "new", "--generate"],
        &["secret", "rm", "prod/db", "--yes"],
        &["key", "rotate", "default"],
        &["key", "create", "more", "--scope", "parameter:/more"],
        &["key", "revoke", "default", "recovery", "--yes"],
        &["key", "grant", "default", "recovery"],
        &["member", "rm", "recovery", "--yes"],
        &["checkpoint"],
        &["import", request.to_str().unwrap(), "/app", "--yes"],
    ] {
        let run = sandbox.run(writing);
        assert_eq!(run.code, 7, "{writing:?}: {run:?}");
        assert!(run.stderr.contains("this vault has format 1") && run.stderr.contains("`vault upgrade`"), "{run:?}");
        assert!(run.stdout.is_empty() || writing[0] == "import", "{run:?}");
        assert!(vault_files(&sandbox) == before, "{writing:?} wrote");
    }
}

/// Every file of the vault with its content, but for the lock.
fn vault_files(sandbox: &Sandbox) -> Vec<(PathBuf, Vec<u8>)> {
    let all = files(&sandbox.vault()).into_iter().filter(|path| !path.ends_with(".vault.lock"));
    all.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn an_upgrade_asks_shows_first_and_has_nothing_to_do_twice() {
    let sandbox = old();
    let before = vault_files(&sandbox);
    let shown = sandbox.ok(&["upgrade", "--dry-run"]);
    assert_eq!(shown, "would upgrade to format 2: 3 documents, 1 key\n");
    is(&sandbox.run(&["upgrade", "--no-input"]), 10, "`--yes`");
    assert!(vault_files(&sandbox) == before);
    let done = json(&sandbox.ok(&["--json", "upgrade", "--yes"]));
    assert_eq!((&done["Format"], &done["Documents"], &done["Keys"]), (&2.into(), &3.into(), &1.into()), "{done}");
    is_upgraded(&sandbox, "once");
    let after = vault_files(&sandbox);
    assert_eq!(sandbox.ok(&["upgrade"]), "the vault has format 2\n", "nobody is asked about nothing");
    assert!(vault_files(&sandbox) == after);
    assert!(!sandbox.ok(&["status"]).contains("format 1"));
    sandbox.put("/prod/db/password", "hunter3");
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password:2"]), "hunter2");
}

/// Sealed text, unique id, author and time of each version stay; so do the wraps.
#[test]
fn values_versions_and_wraps_keep_their_bytes_and_authors() {
    let sandbox = old();
    let kept = |rel: &str| -> Vec<String> {
        let text = sandbox.read(rel);
        let is_kept = |line: &&str| {
            let line = line.trim_start_matches(['-', ' ']);
            ["number:", "uid:", "created:", "type:", "key:", "labels:", "value:"].iter().any(|it| line.starts_with(it))
        };
        let by_version = text.lines().filter(|line| line.starts_with("    by: "));
        text.lines().filter(is_kept).chain(by_version).map(str::to_owned).collect()
    };
    let wrap = |text: &str| text[text.find("-----BEGIN").unwrap()..text.find("#sig").unwrap()].to_owned();
    let documents = [HOST, PASSWORD, SECRET];
    let (before, wrapped) = (documents.map(kept), wrap(&sandbox.read(KEY)));
    assert!(before.iter().all(|lines| lines.len() > 4), "{before:?}");
    sandbox.ok(&UPGRADE);
    assert_eq!(documents.map(kept), before);
    assert_eq!(wrap(&sandbox.read(KEY)), wrapped, "nobody was asked for a key");
    let genesis = fs::read(fixture().join("vault/trust/000001.yaml")).unwrap();
    assert_eq!(sandbox.read("trust/000001.yaml").into_bytes(), genesis);
    let fresh = fresh(&sandbox, &["param", "get", "/prod/db/password"]);
    assert_eq!((fresh.code, fresh.stdout.as_str()), (0, "hunter2"), "a machine that knows the id only: {fresh:?}");
}

#[test]
fn an_upgrade_that_was_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let sandbox = old();
    checkpoint_of_format_1(&sandbox);
    sandbox.ok(&["verify", "--checkpoint=required"]);
    let points = killed_everywhere(&sandbox, &UPGRADE, &UPGRADE, |what| {
        is_upgraded(&sandbox, what);
        let required = sandbox.run(&["verify", "--checkpoint=required"]);
        assert_eq!(required.code, 0, "{what}: {required:?}");
        assert_eq!(sandbox.ok(&["upgrade"]), "the vault has format 2\n", "{what}");
    });
    println!("{points} deaths of an upgrade survived");
}

#[test]
fn a_vault_that_was_tampered_with_is_not_upgraded() {
    let reader = ("  - \"recovery\"\nversions", "  - \"recovery\"\n  - \"mallory\"\nversions");
    for (what, rel, (from, to)) in [
        ("a sealed value", PASSWORD, ("xBqo5g", "xBqo5h")),
        ("a reader injected", KEY, reader),
        ("a value", HOST, ("db.internal", "db.evil")),
    ] {
        let sandbox = old();
        let text = sandbox.read(rel);
        assert!(text.contains(from), "{what}");
        sandbox.write(rel, text.replace(from, to));
        is_not_upgraded(&sandbox, what);
    }
}

fn is_not_upgraded(sandbox: &Sandbox, what: &str) {
    let before = vault_files(sandbox);
    let run = sandbox.run(&UPGRADE);
    assert_eq!(run.code, 6, "{what}: {run:?}");
    assert!(vault_files(sandbox) == before, "{what}: something was written");
}

/// An upgrade takes readers from key documents. One from before a revocation would bring the revoked reader back.
#[test]
fn an_outdated_key_document_is_not_upgraded() {
    let sandbox = old();
    let genesis = sandbox.read("trust/000001.yaml");
    let prev = HEXLOWER.encode(&sha256(genesis.as_bytes()));
    let next = body(&genesis).replacen("\"self\"", &format!("\"{}\"", sandbox.vault_id()), 1);
    let next = next.replacen("rev: 1\nprev: \"\"", &format!("rev: 2\nprev: \"{prev}\""), 1);
    let next = next.replacen("    floor: 1\n", "    floor: 2\n", 1);
    sandbox.write("trust/000002.yaml", by_alice(&sandbox, "trust/000002.yaml", &next));
    is_not_upgraded(&sandbox, "a key document below its floor");
}

#[test]
fn what_went_back_before_the_upgrade_is_not_signed_again() {
    let sandbox = old();
    let first = sandbox.read(HOST);
    let second = host_of_format_1(&sandbox, "db2.internal");
    sandbox.write(HOST, second);
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/host"]), "db2.internal");
    sandbox.write(HOST, first);
    is_not_upgraded(&sandbox, "a rollback");
}

#[test]
fn a_document_of_format_1_that_is_put_back_is_refused() {
    let sandbox = old();
    checkpoint_of_format_1(&sandbox);
    let documents = [KEY, PASSWORD, HOST, SECRET, CHECKPOINT];
    let old = documents.map(|rel| (rel, sandbox.read(rel)));
    sandbox.ok(&UPGRADE);
    for (rel, text) in old {
        let new = sandbox.read(rel);
        sandbox.write(rel, &text);
        let verify = fresh(&sandbox, &["verify"]);
        assert!(verify.code == 6 && verify.stdout.contains("older format"), "{rel}: {verify:?}");
        let read = match rel {
            KEY | PASSWORD => fresh(&sandbox, &["param", "get", "/prod/db/password"]),
            HOST => fresh(&sandbox, &["param", "get", "/prod/db/host"]),
            SECRET => fresh(&sandbox, &["secret", "get", "prod/db"]),
            _ => fresh(&sandbox, &["verify", "--checkpoint=required"]),
        };
        assert_eq!(read.code, 6, "{rel}: {read:?}");
        assert!(rel == CHECKPOINT || read.stderr.contains("older format"), "{rel}: {read:?}");
        let known = sandbox.run(&["verify"]);
        assert_eq!(known.code, 6, "{rel}, on a machine that saw the upgrade: {known:?}");
        sandbox.write(rel, new);
    }
    // A later revision of format 1 by somebody who may write is no way around it.
    let new = sandbox.read(HOST);
    let forged = body(&new).replace("vault/v2", "vault/v1").replace("key_version: \"\"", "key_version: 0");
    let forged = forged.replace("fired: []\n", "").replacen("rev: 2\n", "rev: 9\n", 1);
    sandbox.write(HOST, by_alice(&sandbox, HOST, &forged));
    is(&sandbox.run(&["param", "get", "/prod/db/host"]), 6, "older format");
}

#[test]
fn a_checkpoint_is_renewed_by_the_upgrade() {
    let sandbox = old();
    checkpoint_of_format_1(&sandbox);
    sandbox.ok(&UPGRADE);
    assert!(sandbox.read(CHECKPOINT).starts_with("format: \"vault/v2\"\n"));
    let required = fresh(&sandbox, &["verify", "--checkpoint=required"]);
    assert_eq!(required.code, 0, "{required:?}");
}

/// Alice's two branches: `main` is upgraded, and `theirs` has a value that was changed before.
fn branched() -> Sandbox {
    let sandbox = old();
    commit(&sandbox);
    let earlier = crate::team::clone(&sandbox);
    known(&earlier);
    earlier.write(HOST, host_of_format_1(&earlier, "db2.internal"));
    assert_eq!(earlier.ok(&["param", "get", "/prod/db/host"]), "db2.internal");
    commit(&earlier);
    sandbox.ok(&UPGRADE);
    commit(&sandbox);
    fetch(&sandbox, &earlier);
    sandbox
}

fn is_merged(sandbox: &Sandbox, what: &str) {
    is_upgraded(sandbox, what);
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/host"]), "db2.internal", "{what}");
    assert!(sandbox.read(HOST).contains("#sig v2 alice "), "{what}");
}

#[test]
fn a_branch_from_before_the_upgrade_is_merged_in_format_2() {
    for driver in [false, true] {
        let sandbox = branched();
        if driver {
            sandbox.ok(&["git-setup"]);
        }
        let merge = try_git(&sandbox, &["merge", "--no-edit", "theirs"]);
        assert_eq!(merge.code == 0, driver, "{merge:?}");
        if !driver {
            sandbox.ok(&["resolve"]);
            git(&sandbox, &["commit", "-q", "--no-edit"]);
        }
        is_merged(&sandbox, if driver { "by the driver" } else { "by `resolve`" });
    }
}

/// A value that both sides changed has both versions afterwards.
#[test]
fn a_value_that_both_sides_changed_around_the_upgrade_keeps_both() {
    let sandbox = branched();
    sandbox.ok(&["param", "put", "/prod/db/host", "db3.internal", "--overwrite"]);
    commit(&sandbox);
    assert_ne!(try_git(&sandbox, &["merge", "--no-edit", "theirs"]).code, 0);
    sandbox.ok(&["resolve"]);
    git(&sandbox, &["commit", "-q", "--no-edit"]);
    is_upgraded(&sandbox, "both");
    let history = sandbox.ok(&["param", "history", "/prod/db/host", "--values"]);
    assert!(history.contains("db2.internal") && history.contains("db3.internal"), "{history}");
}

/// The old branch where the new one was: the machine has seen the newer chain.
#[test]
fn a_branch_from_before_the_upgrade_is_read_and_not_written() {
    let sandbox = branched();
    git(&sandbox, &["switch", "-q", "-c", "old", "theirs"]);
    let read = sandbox.run(&["param", "get", "/prod/db/host"]);
    assert_eq!((read.code, read.stdout.as_str()), (0, "db2.internal"), "{read:?}");
    let put = sandbox.run(&["param", "put", "/prod/db/host", "x", "--overwrite"]);
    assert_eq!(put.code, 7, "{put:?}");
    let again = sandbox.run(&UPGRADE);
    assert_ne!(again.code, 0, "a second upgrade beside the first would be a fork: {again:?}");
    assert!(!Path::new(&sandbox.document("trust/000002.yaml")).exists());
}
