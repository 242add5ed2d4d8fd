//! Checkpoints: what a machine without a memory knows, and that none is signed over what is not in order.

use std::fs;

use crate::project::{Outcome, Sandbox};
use crate::team::is;

const CHECKPOINT: &str = "checkpoint.yaml";

/// A vault with a checkpoint: `/pw` in revision 2, and `/gone`. Returns the file of `/pw` in revision 1.
fn listed() -> (Sandbox, String) {
    let ana = Sandbox::new();
    ana.put("/pw", "leaked");
    let old = ana.read("params/pw.yaml");
    ana.put("/gone", "first");
    ana.put("/pw", "good");
    ana.ok(&["checkpoint"]);
    (ana, old)
}

/// A command on a machine that has seen nothing of the vault.
fn fresh(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let state = sandbox.home().join("fresh");
    let _ = fs::remove_dir_all(&state);
    let id = sandbox.vault_id();
    sandbox.run_with(arguments, &[("XDG_STATE_HOME", state.to_str().unwrap()), ("VLT_ID", &id)])
}

fn is_refused(run: &Outcome, findings: &[&str]) {
    is(run, 6, "the vault does not verify, and nothing was signed");
    for finding in findings {
        assert!(run.stderr.contains(finding), "{finding}: {run:?}");
    }
}

#[test]
fn a_checkpoint_lists_nothing_that_verify_refuses() {
    let (ana, old) = listed();
    let checkpoint = ana.read(CHECKPOINT);
    ana.write("params/pw.yaml", &old);
    fs::remove_file(ana.document("params/gone.yaml")).unwrap();
    let went_back = "`params/pw.yaml` was rolled back: found revision 1, already saw 2";
    is_refused(
        &ana.run(&["checkpoint"]),
        &[went_back, "`params/gone.yaml` is missing", "of the checkpoint, revision 1, is missing"],
    );
    is_refused(&ana.run(&["checkpoint", "--accept-missing"]), &[went_back, "`params/gone.yaml` is missing"]);
    // A machine without a memory has the checkpoint that is there.
    let findings = [went_back, "of the checkpoint, revision 1, is missing", "--accept-missing"];
    is_refused(&fresh(&ana, &["checkpoint"]), &findings);
    is_refused(&fresh(&ana, &["checkpoint", "--accept-missing"]), &[went_back]);
    assert_eq!(ana.read(CHECKPOINT), checkpoint);
    // Each is taken on purpose, by what the checkpoint knows.
    let accepted = fresh(&ana, &["accept", "/pw", "--yes"]);
    assert!(accepted.code == 0 && accepted.stderr.contains("already saw revision 2"), "{accepted:?}");
    assert!(ana.read("params/pw.yaml").contains("\nrev: 3\n"));
    is_refused(&fresh(&ana, &["checkpoint"]), &["is missing"]);
    ana.ok(&["accept", "/gone", "--yes"]);
    let left_out = ana.run(&["checkpoint", "--accept-missing"]);
    assert!(left_out.code == 0 && left_out.stderr.contains("left out: the document "), "{left_out:?}");
    assert_eq!(fresh(&ana, &["verify", "--checkpoint=required"]).code, 0);
    // Another one in its place, or one that does not hold, is no reason to sign whatever is there.
    ana.write(CHECKPOINT, checkpoint.replace("documents:", "documents: "));
    is_refused(&ana.run(&["checkpoint"]), &["`checkpoint.yaml`", "delete it to sign a new one"]);
    fs::remove_file(ana.document(CHECKPOINT)).unwrap();
    ana.write("params/notes.txt", "foreign");
    is_refused(&ana.run(&["checkpoint"]), &["does not belong in a vault"]);
    fs::remove_file(ana.document("params/notes.txt")).unwrap();
    let dry = ana.run(&["--dry-run", "checkpoint"]);
    assert!(dry.code == 0 && dry.stdout.contains("would list 2 documents"), "{dry:?}");
    assert!(!ana.document(CHECKPOINT).exists());
    ana.ok(&["checkpoint"]);
}

#[test]
fn a_document_that_was_deleted_and_created_again_is_no_loss_for_who_saw_it() {
    let (ana, _) = listed();
    ana.ok(&["param", "rm", "--yes", "/pw"]);
    ana.put("/pw", "again");
    ana.ok(&["verify"]);
    // Nothing in the vault says which document took the place of which.
    assert_eq!(fresh(&ana, &["verify"]).code, 6);
    is_refused(&fresh(&ana, &["checkpoint"]), &["that was deleted and created again"]);
    ana.ok(&["checkpoint"]);
    assert_eq!(fresh(&ana, &["verify", "--checkpoint=required"]).code, 0);
}
