//! `vault verify --git`: what commits changed, and every way in which a commit can be an illegal step.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::git::Team;
use crate::project::Outcome;

const CANARY: &str = "canary-77e0c2";

/// The range from the first commit of the clone to its last, as text.
fn verify(team: &Team) -> Outcome {
    team.run(0, &["verify", "--git", "origin/main..HEAD"])
}

/// Commits everything, and returns the result for the range.
fn commit(team: &Team, message: &str) -> Outcome {
    team.git(0, &["add", "-A"]);
    team.git(0, &["commit", "-qm", message]);
    verify(team)
}

fn legal(run: &Outcome) -> String {
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.ends_with("every step was legal\n"), "{run:?}");
    run.stdout.clone()
}

/// Exactly one step is illegal, for that reason.
fn illegal(run: &Outcome, reason: &str) {
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains("1 step was illegal"), "{run:?}");
    let line = run.stdout.lines().find(|line| line.starts_with("illegal: ")).unwrap();
    assert!(line.contains(reason), "{run:?}");
}

fn edit(team: &Team, rel: &str, change: impl FnOnce(String) -> String) {
    let path = team.document(0, rel);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(text)).unwrap();
}

/// A clone with two revisions of `/shared` behind what the remote has.
fn written() -> Team {
    let team = Team::new(1);
    team.put(0, "/shared", CANARY);
    team.put(0, "/shared", &format!("{CANARY}-2"));
    team
}

#[test]
fn a_range_says_who_changed_what_and_needs_no_identity() {
    let team = written();
    team.ok(0, &["label", "add", "/shared", "live", "--commit"]);
    team.ok(0, &["param", "rm", "/shared", "--yes", "--commit"]);
    let mut command = team.prepared(team.sandbox.program(), 0);
    command.args(["verify", "--git", "origin/main"]).env("XDG_CONFIG_HOME", team.path("nowhere"));
    let shown = legal(&crate::project::outcome(command.output().unwrap()));
    for words in [
        "1 → 2     put v2",
        "2 → 3     put v3",
        "label live v3",
        "4 → 5     deleted",
        "ana        Ana <ana@example.org>",
        "4 commits verified",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains(CANARY), "{shown}");
    let json: Value = serde_json::from_str(&team.ok(0, &["--json", "verify", "--git", "origin/main..HEAD"])).unwrap();
    assert_eq!((&json["Legal"], &json["CommitsVerified"]), (&Value::Bool(true), &Value::from(4)));
    let change = &json["Commits"][0]["Changes"][0];
    assert_eq!(
        (&change["Name"], &change["OldRevision"], &change["NewRevision"]),
        (&"/shared".into(), &1.into(), &2.into())
    );
    assert_eq!((&change["SignedBy"], &change["Legal"]), (&"ana".into(), &true.into()));
    assert!(!json.to_string().contains(CANARY));
}

#[test]
fn members_keys_and_checkpoints_move_legally() {
    let team = Team::new(1);
    team.ok(0, &["key", "create", "prod", "--scope", "parameter:/prod"]);
    legal(&commit(&team, "A key"));
    team.ok(0, &["checkpoint"]);
    legal(&commit(&team, "A checkpoint"));
    team.ok(0, &["key", "rotate", "prod", "--reencrypt"]);
    let shown = legal(&commit(&team, "A version"));
    for words in ["key prod made", "key prod from version 2", "key version ", "key made", "lists 3 documents"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    edit(&team, "checkpoint.yaml", |text| text.replacen("rev: 1", "rev: 9", 1).replacen(" 1 ", " 9 ", 1));
    illegal(&commit(&team, "By hand"), "`checkpoint.yaml` cannot be trusted");
}

#[test]
fn forged_documents_are_named_once_and_count_until_they_are_mended() {
    let team = written();
    edit(&team, "params/shared.yaml", |text| text.replace("rev: 3", "rev: 4"));
    illegal(&commit(&team, "Forged"), "invalid signature");
    fs::write(team.dir(0).join("notes.txt"), "x").unwrap();
    illegal(&commit(&team, "Something else"), "invalid signature");
    team.git(0, &["checkout", "-q", "HEAD~2", "--", ".vault"]);
    illegal(&commit(&team, "Restored"), "invalid signature");
    team.git(0, &["checkout", "-q", "HEAD~4", "--", ".vault"]);
    let twice = commit(&team, "And back behind what was there before the forgery");
    assert!(twice.stdout.contains("2 steps were illegal") && twice.stdout.contains("was rolled back"), "{twice:?}");
}

#[test]
fn reverts_are_rollbacks_even_behind_an_unreadable_commit() {
    let team = written();
    team.git(0, &["revert", "--no-edit", "HEAD"]);
    illegal(&verify(&team), "was rolled back: found revision 2, already saw 3");
    let team = written();
    edit(&team, "params/shared.yaml", |_| "junk\n".into());
    commit(&team, "Unreadable");
    team.git(0, &["checkout", "-q", "HEAD~2", "--", ".vault"]);
    let run = commit(&team, "Older");
    assert!(run.stdout.contains("was rolled back: found revision 2, already saw 3"), "{run:?}");
}

#[test]
fn documents_do_not_vanish_and_nothing_else_appears() {
    let team = written();
    team.git(0, &["rm", "-q", ".vault/params/shared.yaml"]);
    illegal(&commit(&team, "Removed"), "removed without a tombstone");
    let team = written();
    fs::write(team.document(0, "params/notes.txt"), "x").unwrap();
    illegal(&commit(&team, "Notes"), "`params/notes.txt` does not belong in a vault");
    let team = written();
    symlink("/etc/passwd", team.document(0, "params/link.yaml")).unwrap();
    illegal(&commit(&team, "A link"), "symbolic link");
    let team = written();
    fs::write(team.document(0, "params/.shared.yaml.gone"), "x").unwrap();
    illegal(&commit(&team, "No hint"), "`params/.shared.yaml.gone` does not belong in a vault");
    let team = written();
    fs::create_dir(team.document(0, "hooks")).unwrap();
    fs::write(team.document(0, "hooks/db.py"), "x").unwrap();
    assert!(legal(&commit(&team, "A hook")).contains("hooks/db.py"));
    fs::rename(team.document(0, "params/shared.yaml"), team.document(0, "params/other.yaml")).unwrap();
    let moved = commit(&team, "Moved");
    assert!(moved.stdout.contains("2 steps were illegal"), "{moved:?}");
}

#[test]
fn the_trust_chain_only_grows_by_admins() {
    let team = Team::new(1);
    team.ok(0, &["key", "create", "prod", "--scope", "parameter:/prod"]);
    legal(&commit(&team, "A key"));
    team.git(0, &["push", "-q"]);
    // In another clone the chain is rewritten: what was snapshot 3 is another one.
    team.git(0, &["branch", "-q", "honest"]);
    team.git(0, &["reset", "-q", "--hard", "HEAD~1"]);
    let state = team.path("state0");
    fs::rename(&state, team.path("kept")).unwrap();
    team.ok(0, &["key", "create", "evil", "--scope", "parameter:/evil"]);
    team.git(0, &["add", "-A"]);
    team.git(0, &["commit", "-qm", "Another history"]);
    let run = team.run(0, &["verify", "--git", "origin/main..HEAD"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains("the trust chain was rewritten: snapshot 3"), "{run:?}");
    assert!(run.stdout.contains("1 commit of the vault at the start of the range is not in its end"), "{run:?}");
    // The machine that has verified the honest one says so of any range.
    fs::remove_dir_all(&state).unwrap();
    fs::rename(team.path("kept"), &state).unwrap();
    team.git(0, &["switch", "-q", "honest"]);
    team.ok(0, &["verify"]);
    let run = team.run(0, &["verify", "--git", "main~1..main"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains("the trust chain was rewritten: snapshot 3"), "{run:?}");
    edit(&team, "trust/000003.yaml", |text| text.replace("prod", "evil"));
    team.git(0, &["commit", "-qam", "By hand"]);
    team.git(0, &["switch", "-q", "-c", "clean", "HEAD~1"]);
    let run = team.run(0, &["verify", "--git", "clean..honest"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stdout.contains("`trust/000003.yaml` cannot be trusted"), "{run:?}");
}

#[test]
fn merges_are_legal_and_dropping_a_side_is_not() {
    let team = Team::new(1);
    team.ok(0, &["git-setup"]);
    team.git(0, &["switch", "-qc", "feature"]);
    team.put(0, "/shared", "feature");
    team.git(0, &["switch", "-q", "main"]);
    team.put(0, "/shared", "main");
    team.git(0, &["branch", "-q", "other"]);
    team.git(0, &["merge", "-q", "--no-edit", "feature"]);
    let shown = legal(&verify(&team));
    assert_eq!(shown.matches("/shared").count(), 3, "{shown}");
    team.git(0, &["switch", "-q", "other"]);
    team.git(0, &["merge", "-q", "--no-edit", "-s", "ours", "feature"]);
    illegal(&verify(&team), "two contents have revision 2");
}

#[test]
fn a_merge_elsewhere_that_was_resolved_is_legal() {
    let team = Team::new(1);
    team.git(0, &["switch", "-qc", "feature"]);
    team.put(0, "/shared", "feature");
    team.git(0, &["switch", "-q", "main"]);
    team.put(0, "/shared", "main");
    fs::write(team.dir(0).join(".git/info/attributes"), "*.yaml merge=union\n").unwrap();
    team.git(0, &["merge", "-q", "--no-edit", "feature"]);
    illegal(&verify(&team), "more than one signature line");
    team.ok(0, &["resolve"]);
    let run = commit(&team, "One document again");
    let shown = legal(&run);
    assert!(shown.contains("conflict, resolved later"), "{shown}");
    // Of two puts in one second, chance decides which is the newer one.
    let either = ["2 → 3     put v3", "2 → 3     put v2, v2 is v3 now"];
    assert!(either.iter().any(|row| shown.contains(row)), "{shown}");
}

#[test]
fn bad_ranges_are_explained() {
    let team = Team::new(1);
    for range in ["nowhere..HEAD", "--output=x", "HEAD...HEAD", ""] {
        let run = team.run(0, &["verify", &format!("--git={range}")]);
        assert!(run.code != 0 && run.stderr.contains("error: "), "{range}: {run:?}");
    }
    assert!(legal(&verify(&team)).contains("0 commits verified"));
    assert_eq!(team.run(0, &["verify", "--git", "HEAD", "--staged"]).code, 2);
}
