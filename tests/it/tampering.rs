//! A vault in a repository that somebody else can write to: nothing wrong is used, nothing is changed, and it is said.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use crate::project::{Outcome, Sandbox, body};

const PASSWORD: &str = "params/prod/db/password.yaml";
const HOST: &str = "params/prod/db/host.yaml";
const KEY: &str = "keys/default.yaml";

fn vault() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/prod/db/password", "canary one");
    sandbox.put("/prod/db/password", "canary two");
    sandbox.put("/prod/db/host", "canary three");
    sandbox.ok(&["label", "add", "/prod/db/password:2", "live"]);
    sandbox.ok(&["verify"]);
    sandbox
}

/// Refused: exit 6, no value on stdout or stderr, and neither the vault nor the machine's memory changed.
fn refused(sandbox: &Sandbox, what: &str) -> Outcome {
    let before = sandbox.everything();
    let read = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!((read.code, read.stdout.as_str()), (6, ""), "{what}: {read:?}");
    assert!(read.stderr.contains("hint: "), "{what}: {read:?}");
    for arguments in [&["exec", "/prod", "--", "env"][..], &["param", "get", "--path", "/prod", "-r"]] {
        let bulk = sandbox.run(arguments);
        assert!(bulk.code != 0 && !bulk.stdout.contains("canary"), "{what}: {bulk:?}");
    }
    let put = sandbox.run(&["param", "put", "/prod/db/password", "--generate", "--overwrite"]);
    assert_eq!(put.code, 6, "{what}: {put:?}");
    assert_eq!(sandbox.run(&["verify"]).code, 6, "{what}");
    assert!(!read.stderr.contains("canary") && !put.stderr.contains("canary"));
    assert_eq!(sandbox.everything(), before, "{what}");
    read
}

#[test]
fn edits_of_every_field_are_refused() {
    let sandbox = vault();
    let original = sandbox.read(PASSWORD);
    let lines: Vec<&str> = original.lines().collect();
    for number in 0..lines.len() {
        let mut edited: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let changed = edited[number].replace(['1', 'e', '0', '-'], "3");
        edited[number] = if changed == edited[number] { format!("{changed} ") } else { changed };
        sandbox.write(PASSWORD, edited.join("\n") + "\n");
        let read = sandbox.run(&["param", "get", "/prod/db/password"]);
        assert!(read.code != 0 && read.stdout.is_empty(), "line {number}: {read:?}");
        let mut shorter = lines.clone();
        shorter.remove(number);
        sandbox.write(PASSWORD, shorter.join("\n") + "\n");
        assert_ne!(sandbox.run(&["param", "get", "/prod/db/password"]).code, 0, "without line {number}");
    }
    sandbox.write(PASSWORD, &original);
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary two");
}

#[test]
fn moved_swapped_and_foreign_documents_are_refused() {
    let sandbox = vault();
    let other = vault();
    let original = sandbox.read(PASSWORD);
    let plants: [(&str, Vec<u8>); 8] = [
        ("another document", sandbox.read(HOST).into()),
        ("a document of another vault", other.read(PASSWORD).into()),
        ("a signature of another vault's founder", other.signed(PASSWORD, body(&original))),
        ("no trailer", body(&original).into()),
        ("two trailers", format!("{original}{}", &original[original.find("#sig").unwrap()..]).into()),
        ("bytes behind the trailer", format!("{original}x: 1\n").into()),
        ("an unknown member", original.replace("#sig v2 ana", "#sig v2 eve").into()),
        ("conflict markers", original.replace("rev: 3\n", "<<<<<<< a\nrev: 3\n=======\nrev: 4\n>>>>>>> b\n").into()),
    ];
    for (what, bytes) in plants {
        sandbox.write(PASSWORD, bytes);
        refused(&sandbox, what);
    }
}

/// A member who may write but wants more than that: the signature holds, the content does not belong there.
#[test]
fn signed_transplants_are_refused() {
    let sandbox = vault();
    let original = sandbox.read(PASSWORD);
    let next = body(&original).replacen("rev: 3\n", "rev: 4\n", 1);
    let id = next.lines().find(|line| line.starts_with("id: ")).unwrap();
    let version = next.lines().find(|line| line.contains("key_version: ")).unwrap();
    let uids: Vec<&str> = next.lines().filter(|line| line.contains("uid: ")).collect();
    let cases = [
        ("another name", next.replace("/prod/db/password", "/prod/db/other")),
        ("another document id", next.replace(id, "id: \"00000000000000000000000000000000\"")),
        ("another version id", next.replace(uids[1], "    uid: \"00000000000000000000000000000000\"")),
        ("a key version that is not there", next.replace(version, "    key_version: \"8000000000000001\"")),
        ("another author", next.replacen("by: \"ana\"", "by: \"recovery\"", 1)),
        ("a trust revision to come", next.replacen("trust: 2\n", "trust: 9\n", 1)),
        ("a revision out of bounds", next.replacen("rev: 4\n", "rev: 1000000001\n", 1)),
        ("an unknown field", next.replacen("rev: 4\n", "rev: 4\nnew: \"x\"\n", 1)),
        ("a comment", next.replacen("rev: 4\n", "rev: 4 # hello\n", 1)),
        ("an anchor", next.replacen("name: \"", "name: &a \"", 1)),
    ];
    for (what, planted) in cases {
        assert_ne!(planted, next, "{what}");
        sandbox.write(PASSWORD, sandbox.signed(PASSWORD, &planted));
        let read = sandbox.run(&["param", "get", "/prod/db/password"]);
        assert!(matches!(read.code, 6 | 7) && read.stdout.is_empty(), "{what}: {read:?}");
    }
    sandbox.write(PASSWORD, sandbox.signed(PASSWORD, &next));
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary two", "an honest next revision is read");
}

#[test]
fn a_newer_format_asks_for_a_newer_program() {
    let sandbox = vault();
    let newer = body(&sandbox.read(PASSWORD)).replace("vault/v2", "vault/v3");
    sandbox.write(PASSWORD, sandbox.signed(PASSWORD, &newer));
    let read = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert!(read.stderr.contains("newer version of vault"), "{read:?}");
}

#[test]
fn an_older_revision_is_a_rollback_until_it_is_accepted() {
    let sandbox = Sandbox::new();
    sandbox.put("/prod/db/password", "canary one");
    let old = sandbox.read(PASSWORD);
    sandbox.put("/prod/db/password", "canary two");
    sandbox.write(PASSWORD, &old);
    let read = refused(&sandbox, "an older revision");
    assert!(read.stderr.contains("was rolled back: found revision 1, already saw 2"));
    let head = sandbox.project().join(".git/HEAD");
    fs::write(&head, "ref: refs/heads/other\n").unwrap();
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary one", "another branch is no rollback");
    fs::write(&head, "0123456789012345678901234567890123456789\n").unwrap();
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary one", "a detached head is none either");
    fs::write(&head, "ref: refs/heads/main\n").unwrap();
    sandbox.ok(&["accept", "--yes", "/prod/db/password"]);
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary one");
    assert!(sandbox.read(PASSWORD).contains("\nrev: 3\n"));
    sandbox.ok(&["verify"]);
}

/// The machine of somebody who has seen the vault as it is, and nothing before.
fn newcomer<'a>(sandbox: &Sandbox, state: &'a str, id: &'a str) -> [(&'static str, &'a str); 2] {
    let elsewhere = [("XDG_STATE_HOME", state), ("VLT_ID", id)];
    assert_eq!(sandbox.run_with(&["verify"], &elsewhere).code, 0);
    elsewhere
}

#[test]
fn what_was_deleted_and_created_again_does_not_come_back() {
    let sandbox = Sandbox::new();
    let hint = "params/prod/db/.password.yaml.gone";
    sandbox.put("/prod/db/password", "canary old");
    let first = sandbox.read(PASSWORD);
    sandbox.ok(&["param", "rm", "--yes", "/prod/db/password"]);
    let tombstone = sandbox.read(PASSWORD);
    sandbox.put("/prod/db/password", "canary new");
    let new = sandbox.read(PASSWORD);
    let (state, id) = (sandbox.home().join("bob"), sandbox.vault_id());
    let bob = newcomer(&sandbox, state.to_str().unwrap(), &id);
    for (rev, replayed) in [(1, &first), (2, &tombstone)] {
        sandbox.write(PASSWORD, replayed);
        sandbox.write(hint, "");
        let said = format!("was rolled back: found revision {rev}, already saw 3");
        for run in [sandbox.run(&["param", "get", "/prod/db/password"]), refused(&sandbox, "an earlier document")] {
            assert!(run.code == 6 && run.stderr.contains(&said), "{run:?}");
        }
        for arguments in [&["param", "get", "/prod/db/password"][..], &["exec", "/prod/db", "--", "env"], &["verify"]] {
            let run = sandbox.run_with(arguments, &bob);
            assert!(run.code != 0 && !run.stdout.contains("canary"), "{run:?}");
            assert!(format!("{run:?}").contains(&said), "{run:?}");
        }
    }
    // It is a rollback like any other: everybody follows one that is taken on purpose.
    sandbox.write(PASSWORD, &first);
    sandbox.ok(&["accept", "--yes", "/prod/db/password"]);
    assert!(sandbox.read(PASSWORD).contains("\nrev: 4\n"));
    assert_eq!(sandbox.run_with(&["param", "get", "/prod/db/password"], &bob).stdout, "canary old");
    sandbox.write(PASSWORD, &new);
    assert_eq!(sandbox.run_with(&["param", "get", "/prod/db/password"], &bob).code, 6);
    sandbox.write(PASSWORD, &tombstone);
    sandbox.ok(&["accept", "--yes", "/prod/db/password"]);
    assert_eq!(sandbox.run_with(&["param", "get", "/prod/db/password"], &bob).code, 3, "deleted");
    sandbox.put("/prod/db/password", "canary again");
    assert_eq!(sandbox.run_with(&["param", "get", "/prod/db/password"], &bob).stdout, "canary again");
    assert_eq!(sandbox.run_with(&["verify"], &bob).code, 0);
}

#[test]
fn a_secret_that_was_deleted_and_created_again_does_not_come_back() {
    let sandbox = Sandbox::new();
    let path = "secrets/db.yaml";
    let create = |value: &str| {
        assert_eq!(sandbox.feed(&["secret", "create", "db", "--stdin"], value.as_bytes()).code, 0);
        sandbox.read(path)
    };
    let first = create("canary old");
    sandbox.ok(&["secret", "rm", "--force", "--yes", "db"]);
    let tombstone = sandbox.read(path);
    create("canary new");
    let (state, id) = (sandbox.home().join("bob"), sandbox.vault_id());
    let bob = newcomer(&sandbox, state.to_str().unwrap(), &id);
    for replayed in [first, tombstone] {
        sandbox.write(path, replayed);
        for run in [sandbox.run(&["secret", "get", "db"]), sandbox.run_with(&["secret", "get", "db"], &bob)] {
            assert!(run.code == 6 && run.stderr.contains("was rolled back"), "{run:?}");
        }
    }
}

#[test]
fn a_document_that_vanished_and_is_created_again_is_above_what_was_seen() {
    let sandbox = vault();
    let (state, id) = (sandbox.home().join("bob"), sandbox.vault_id());
    let bob = newcomer(&sandbox, state.to_str().unwrap(), &id);
    let old = sandbox.read(PASSWORD);
    fs::remove_file(sandbox.document(PASSWORD)).unwrap();
    sandbox.put("/prod/db/password", "canary new");
    assert!(sandbox.read(PASSWORD).contains("\nrev: 4\n"), "{}", sandbox.read(PASSWORD));
    assert_eq!(sandbox.run_with(&["param", "get", "/prod/db/password"], &bob).stdout, "canary new");
    sandbox.ok(&["verify"]);
    sandbox.write(PASSWORD, old);
    refused(&sandbox, "what had vanished");
}

#[test]
fn what_the_first_release_has_seen_is_remembered() {
    let sandbox = vault();
    sandbox.write(HOST, sandbox.read(HOST));
    let memory = sandbox.home().join(".local/state/vault").join(sandbox.vault_id());
    let place = fs::read_dir(memory.join("seen")).unwrap().next().unwrap().unwrap();
    // It kept the same lines in files by the first byte of the id.
    let old = memory.join("marks").join(place.file_name());
    fs::create_dir_all(&old).unwrap();
    for file in fs::read_dir(place.path()).unwrap() {
        let file = file.unwrap().path();
        for line in fs::read_to_string(&file).unwrap().lines() {
            let to = old.join(&line[..2]);
            let lines = fs::read_to_string(&to).unwrap_or_default();
            fs::write(&to, format!("{lines}{line}\n")).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
        }
        fs::remove_file(file).unwrap();
    }
    let now = sandbox.read(PASSWORD);
    let rolled_back = body(&now).replace("rev: 3", "rev: 2");
    sandbox.write(PASSWORD, sandbox.signed(PASSWORD, &rolled_back));
    refused(&sandbox, "what the first release has seen");
    sandbox.write(PASSWORD, now);
    sandbox.ok(&["verify"]);
    assert!(!old.exists(), "taken over");
    sandbox.write(PASSWORD, sandbox.signed(PASSWORD, &rolled_back));
    refused(&sandbox, "what was taken over");
}

#[test]
fn one_revision_has_one_content() {
    let sandbox = vault();
    let forked = body(&sandbox.read(PASSWORD)).replace("description: \"\"", "description: \"fork\"");
    sandbox.write(PASSWORD, sandbox.signed(PASSWORD, &forked));
    assert!(refused(&sandbox, "a fork").stderr.contains("two contents have revision 3"));
}

#[test]
fn what_vanished_is_reported_and_what_was_removed_is_not() {
    let sandbox = vault();
    sandbox.ok(&["param", "rm", "--yes", "/prod/db/host"]);
    sandbox.ok(&["verify"]);
    fs::remove_file(sandbox.document(PASSWORD)).unwrap();
    let verify = sandbox.run(&["verify"]);
    assert_eq!(verify.code, 6);
    assert!(verify.stdout.contains("vanished: `params/prod/db/password.yaml`"), "{verify:?}");
    assert!(!verify.stdout.contains("host"), "{verify:?}");
    sandbox.put("/prod/db/host", "again");
    sandbox.ok(&["accept", "--yes", "/prod/db/password"]);
    sandbox.ok(&["verify"]);
}

#[test]
fn a_checkpoint_shows_a_rollback_to_a_machine_that_saw_nothing() {
    let sandbox = vault();
    let old = sandbox.read(HOST);
    sandbox.put("/prod/db/host", "canary four");
    sandbox.ok(&["checkpoint"]);
    let fresh = sandbox.home().join("fresh");
    let id = sandbox.vault_id();
    let elsewhere = [("XDG_STATE_HOME", fresh.to_str().unwrap()), ("VLT_ID", id.as_str())];
    assert_eq!(sandbox.run_with(&["verify", "--checkpoint=required"], &elsewhere).code, 0);
    sandbox.write(HOST, &old);
    fs::remove_dir_all(&fresh).unwrap();
    let verify = sandbox.run_with(&["verify"], &elsewhere);
    assert!(verify.code == 6 && verify.stdout.contains("was rolled back"), "{verify:?}");
    let forged = sandbox.read("checkpoint.yaml").replace("documents:", "documents: ");
    sandbox.write("checkpoint.yaml", forged);
    assert_eq!(sandbox.run_with(&["verify"], &elsewhere).code, 6);
    fs::remove_file(sandbox.document("checkpoint.yaml")).unwrap();
    assert_eq!(sandbox.run_with(&["verify", "--checkpoint=required"], &elsewhere).code, 6);
}

#[test]
fn what_a_checkpoint_shows_as_well_is_said_once() {
    let sandbox = vault();
    let old = sandbox.read(HOST);
    sandbox.put("/prod/db/host", "canary four");
    sandbox.ok(&["checkpoint"]);
    for changed in [old.clone(), old.replace("name:", "name: ")] {
        sandbox.write(HOST, changed);
        let verify = sandbox.run(&["verify"]);
        let said = verify.stdout.lines().filter(|line| line.contains(HOST)).count();
        assert!(verify.code == 6 && said == 1 && verify.stdout.contains(": 1 thing is wrong"), "{verify:?}");
    }
}

#[test]
fn a_broken_document_does_not_keep_the_others_from_the_comparison_with_a_checkpoint() {
    let sandbox = vault();
    sandbox.put("/prod/db/gone", "canary five");
    let old = sandbox.read(HOST);
    sandbox.put("/prod/db/host", "canary four");
    sandbox.ok(&["checkpoint"]);
    sandbox.write(HOST, &old);
    fs::remove_file(sandbox.document("params/prod/db/gone.yaml")).unwrap();
    sandbox.write(PASSWORD, sandbox.read(PASSWORD).replace("live", "evil"));
    let id = sandbox.vault_id();
    // A machine that saw nothing cannot know which of the two is the broken one; this one does.
    let fresh = sandbox.home().join("fresh");
    let elsewhere = [("XDG_STATE_HOME", fresh.to_str().unwrap()), ("VLT_ID", id.as_str())];
    let verify = sandbox.run_with(&["verify"], &elsewhere);
    for said in [
        "`params/prod/db/password.yaml` cannot be trusted",
        "`params/prod/db/host.yaml` was rolled back",
        "4 things are",
    ] {
        assert!(verify.code == 6 && verify.stdout.contains(said), "{said}: {verify:?}");
    }
    let gone = "is missing, unless it is one that cannot be trusted";
    assert_eq!(verify.stdout.matches(gone).count(), 2, "{verify:?}");
    let verify = sandbox.run(&["verify"]);
    assert!(verify.code == 6 && verify.stdout.contains("4 things are wrong"), "{verify:?}");
    assert_eq!(verify.stdout.matches("of the checkpoint, revision 1, is missing\n").count(), 1, "{verify:?}");
    // A key document that is broken is one like any other.
    sandbox.write(KEY, sandbox.read(KEY).replace("description", "descriptiom"));
    let verify = sandbox.run(&["verify"]);
    assert!(verify.code == 6 && verify.stdout.contains("`params/prod/db/host.yaml` was rolled back"), "{verify:?}");
}

#[test]
fn a_replaced_vault_and_an_unknown_one_are_not_used() {
    let sandbox = vault();
    let other = vault();
    let id = sandbox.vault_id();
    fs::rename(sandbox.vault(), sandbox.home().join("was")).unwrap();
    fs::rename(other.vault(), sandbox.vault()).unwrap();
    let replaced = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert!(replaced.code == 6 && replaced.stderr.contains("contained the vault"), "{replaced:?}");
    let wrong = sandbox.run_with(&["param", "ls"], &[("VLT_ID", &id)]);
    assert!(wrong.code == 6 && wrong.stderr.contains("was expected"), "{wrong:?}");
    fs::remove_dir_all(sandbox.home().join(".local/state")).unwrap();
    let unknown = sandbox.run(&["param", "ls", "--no-input"]);
    assert!(unknown.code == 10 && unknown.stderr.contains("`vault status` shows"), "{unknown:?}");
    assert!(!unknown.stderr.contains("VLT_ID="), "not ready to paste: {unknown:?}");
    let its_id = sandbox.vault_id();
    assert_eq!(sandbox.run_with(&["param", "ls"], &[("VLT_ID", &its_id)]).code, 0);
    let closed = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!(closed.code, 5, "known now, but not ours: {closed:?}");
}

#[test]
fn links_pipes_and_directories_are_refused_without_hanging() {
    let sandbox = vault();
    let target = sandbox.home().join("target");
    fs::write(&target, sandbox.read(PASSWORD)).unwrap();
    let path = sandbox.document(PASSWORD);
    let replace = |make: &dyn Fn(&PathBuf)| {
        let _ = fs::remove_file(&path);
        let _ = fs::remove_dir(&path);
        make(&path);
    };
    replace(&|path| symlink(&target, path).unwrap());
    refused(&sandbox, "a symbolic link");
    replace(&|path| fs::create_dir(path).unwrap());
    let read = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!(read.code, 6, "{read:?}");
    replace(&|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()));
    let read = sandbox.run(&["param", "get", "/prod/db/password"]);
    assert_eq!(read.code, 6, "{read:?}");
    fs::remove_file(&path).unwrap();
    fs::write(&path, fs::read(&target).unwrap()).unwrap();
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary two");
}

#[test]
fn line_ends_of_windows_are_read_and_lone_carriage_returns_are_not() {
    let sandbox = vault();
    let original = sandbox.read(PASSWORD);
    sandbox.write(PASSWORD, original.replace('\n', "\r\n"));
    assert_eq!(sandbox.ok(&["param", "get", "/prod/db/password"]), "canary two");
    sandbox.write(PASSWORD, original.replacen('\n', "\r", 1));
    refused(&sandbox, "a lone carriage return");
}

#[test]
fn keys_and_trust_cannot_be_replaced_by_whoever_can_push() {
    let sandbox = vault();
    let key = sandbox.read(KEY);
    let version = key.lines().find(|line| line.contains("- version: ")).unwrap();
    for (what, planted) in [
        ("another version", key.replacen(version, "  - version: \"8000000000000001\"", 1)),
        ("a recipient more", key.replacen("    for:\n", "    for:\n      - \"0000000000000000\"\n", 1)),
        ("another revision", key.replacen("rev: 1\n", "rev: 2\n", 1)),
    ] {
        assert_ne!(planted, key, "{what}");
        sandbox.write(KEY, planted);
        refused(&sandbox, what);
    }
    sandbox.write(KEY, &key);
    let trust = sandbox.read("trust/000002.yaml");
    for (what, from, to) in [
        ("another scope", "- \"parameter:/\"", "- \"parameter:/x\""),
        ("another check value", "check: \"", "check: \"AAAA"),
        ("a reader less", "      - \"recovery\"\n", ""),
        ("a tainted version", "state: \"enabled\"\n        taint: \"\"", "state: \"tainted\"\n        taint: \"x\""),
    ] {
        let planted = trust.replacen(from, to, 1);
        assert_ne!(planted, trust, "{what}");
        sandbox.write("trust/000002.yaml", planted);
        assert_eq!(sandbox.run(&["param", "get", "/prod/db/password"]).code, 6, "{what}");
    }
    sandbox.write("trust/000002.yaml", &trust);
    let forged = trust.replacen("rev: 2", "rev: 3", 1);
    sandbox.write("trust/000003.yaml", sandbox.signed("trust/000003.yaml", body(&forged)));
    assert_eq!(sandbox.run(&["param", "get", "/prod/db/password"]).code, 6, "a snapshot that follows from nothing");
}

#[test]
fn no_output_and_no_file_outside_the_vault_holds_a_value() {
    let sandbox = vault();
    for arguments in [
        &["param", "ls", "-r", "--long"][..],
        &["param", "show", "/prod/db/password"],
        &["param", "history", "/prod/db/password"],
        &["param", "diff", "/prod/db/password"],
        &["--json", "param", "history", "/prod/db/password"],
        &["-v", "verify"],
        &["status"],
        &["label", "ls", "/prod/db/password"],
        &["param", "get", "/prod/db/password:9"],
        &["exec", "--required", "NOPE", "/prod", "--", "true"],
        &["exec", "--name-style", "last", "/prod", "--", "/no/such"],
    ] {
        let run =
            sandbox.run_with(arguments, &[("RUST_BACKTRACE", "full"), ("AGEDEBUG", "plugin"), ("RUST_LOG", "trace")]);
        assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{arguments:?}: {run:?}");
    }
    for (path, content) in sandbox.everything() {
        let found = content.windows(6).any(|window| window == b"canary" || window == b"Y2FuYX");
        assert!(!found, "{}", path.display());
    }
}
