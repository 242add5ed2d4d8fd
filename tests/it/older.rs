//! Documents that are older than this machine has seen elsewhere: what is said, how often, and what takes it away.

use std::fs;

use crate::project::Sandbox;
use crate::team::{git, is};

const A: &str = ".vault/params/app/a.yaml";
const WARNING: &str = "this checkout is older";

fn commit(ana: &Sandbox, message: &str) {
    git(ana, &["add", "-A"]);
    git(ana, &["commit", "-qm", message]);
}

/// Two parameters with two revisions more on `main` than on `old`.
fn world(format: &str) -> Sandbox {
    let ana = Sandbox::new();
    fs::remove_dir_all(ana.project().join(".git")).unwrap();
    git(&ana, &["init", "-q", "-b", "main", format]);
    ana.put("/app/a", "one");
    ana.put("/app/b", "one");
    commit(&ana, "old");
    git(&ana, &["branch", "old"]);
    for value in ["two", "three"] {
        ana.put("/app/a", value);
        ana.put("/app/b", value);
    }
    ana.put("/app/b", "four");
    commit(&ana, "new");
    ana
}

fn later(ana: &Sandbox, days: u64, arguments: &[&str]) -> crate::project::Outcome {
    let days = format!("+{days}d");
    let mut command = ana.command("faketime");
    command.arg("-f").arg(days).arg(env!("CARGO_BIN_EXE_vault")).args(arguments);
    crate::project::outcome(command.output().unwrap())
}

#[test]
fn a_run_says_once_a_day_and_branch_that_a_checkout_is_older() {
    let ana = world("--ref-format=files");
    git(&ana, &["switch", "-q", "old"]);
    let first = ana.run(&["exec", "/app", "--", "true"]);
    let said =
        "`/app/a` and 1 other document are up to 3 revisions behind what this machine has seen; this checkout is older";
    assert!(
        first.code == 0 && first.stderr.matches("warning").count() == 1 && first.stderr.contains(said),
        "{first:?}"
    );
    assert_eq!(ana.run(&["param", "get", "/app/a"]).stderr, "");
    for reports in ["status", "verify"] {
        assert!(ana.run(&[reports]).stderr.contains(WARNING));
    }
    git(&ana, &["switch", "-qc", "another"]);
    let other = ana.run(&["param", "get", "/app/a"]);
    let said = "warning: `/app/a` is 2 revisions behind what this machine has seen; this checkout is older\n";
    assert!(other.stdout == "one" && other.stderr == said, "{other:?}");
    let quiet = ana.run(&["--json", "param", "get", "/app/a"]);
    assert_eq!(quiet.stderr, "");
    git(&ana, &["switch", "-q", "main"]);
    assert_eq!(ana.run(&["exec", "/app", "--", "true"]).stderr, "");
    if crate::project::has("faketime") {
        git(&ana, &["switch", "-q", "old"]);
        assert!(later(&ana, 1, &["param", "get", "/app/a"]).stderr.contains(WARNING));
    }
}

#[test]
fn daily_work_with_branches_stays_as_it_is() {
    let ana = world("--ref-format=files");
    git(&ana, &["switch", "-q", "old"]);
    ana.put("/app/a", "by the branch");
    assert_eq!(ana.ok(&["param", "get", "/app/a"]), "by the branch");
    assert!(ana.read("params/app/a.yaml").contains("\nrev: 2\n"), "on top of what is here");
    commit(&ana, "branch");
    git(&ana, &["switch", "-q", "main"]);
    ana.ok(&["git-setup"]);
    git(&ana, &["merge", "-q", "--no-edit", "old"]);
    ana.ok(&["verify"]);
    // Nothing is left to warn about.
    assert_eq!(ana.run(&["exec", "/app", "--", "true"]).stderr, "");
    git(&ana, &["revert", "--no-edit", "-m", "1", "HEAD"]);
    is(&ana.run(&["param", "get", "/app/a"]), 6, "was rolled back");
    git(&ana, &["reset", "-q", "--hard", "HEAD~1"]);
    // A bisect and an older commit are read.
    git(&ana, &["bisect", "start", "HEAD", "old~1"]);
    ana.ok(&["exec", "/app", "--", "true"]);
    git(&ana, &["bisect", "reset"]);
    git(&ana, &["checkout", "-q", "old~1"]);
    assert_eq!(ana.ok(&["param", "get", "/app/a"]), "one");
}

#[test]
fn what_was_accepted_in_one_place_is_forgotten_nowhere() {
    let ana = world("--ref-format=files");
    let file = ana.home().join("backup.age");
    git(&ana, &["switch", "-q", "old"]);
    ana.ok(&["backup", file.to_str().unwrap()]);
    git(&ana, &["switch", "-q", "main"]);
    ana.ok(&["restore", file.to_str().unwrap(), "--replace", "--older"]);
    let read = || ana.run(&["param", "get", "/app/a"]);
    assert_eq!((read().stdout.as_str(), read().stderr.as_str()), ("one", ""));
    ana.ok(&["checkpoint"]);
    ana.put("/app/a", "on top");
    assert_eq!((read().stdout.as_str(), read().stderr.as_str()), ("on top", ""));
    ana.ok(&["checkpoint"]);
    // Only here, and only this document.
    commit(&ana, "restored");
    git(&ana, &["switch", "-qc", "elsewhere"]);
    assert!(read().stderr.contains("`/app/a` is 1 revision behind"), "{:?}", read());
    is(&ana.run(&["checkpoint"]), 6, "does not verify");
    ana.ok(&["accept", "/app/a", "--yes"]);
    ana.ok(&["accept", "/app/b", "--yes"]);
    assert!(ana.read("params/app/a.yaml").contains("\nrev: 4\n"), "above everything seen");
    ana.ok(&["checkpoint"]);
}

#[test]
fn what_runs_without_a_person_uses_nothing_old() {
    let ana = Sandbox::new();
    fs::remove_dir_all(ana.project().join(".git")).unwrap();
    git(&ana, &["init", "-q", "-b", "main"]);
    assert_eq!(ana.feed(&["secret", "create", "db", "--stdin"], b"one").code, 0);
    ana.ok(&["rotate", "configure", "db", "--strategy", "random", "--every", "30d"]);
    commit(&ana, "old");
    git(&ana, &["branch", "old"]);
    assert_eq!(ana.feed(&["secret", "put", "db", "--stdin"], b"two").code, 0);
    commit(&ana, "new");
    git(&ana, &["switch", "-q", "old"]);
    for command in [&["rotate", "run", "db"][..], &["rotate", "test", "db"], &["checkpoint"]] {
        let run = ana.run(command);
        assert!(
            run.code == 6 && format!("{run:?}").contains("older than this machine has seen"),
            "{command:?}: {run:?}"
        );
    }
    assert_eq!(ana.ok(&["secret", "get", "db"]), "one");
    if crate::project::has("faketime") {
        let tick = later(&ana, 40, &["tick"]);
        assert!(tick.code == 6 && format!("{tick:?}").contains("older than this machine has seen"), "{tick:?}");
    }
    git(&ana, &["switch", "-q", "main"]);
    ana.ok(&["rotate", "run", "db"]);
}

#[test]
fn documents_under_older_members_and_keys_are_warned_about_or_refused() {
    let ana = world("--ref-format=files");
    git(&ana, &["tag", "before"]);
    ana.ok(&["key", "create", "more", "--scope", "parameter:/more"]);
    commit(&ana, "key");
    git(&ana, &["checkout", "-q", "before"]);
    let said =
        "warning: members and keys are at trust snapshot 2, and this machine has verified 3; this checkout is older\n";
    assert_eq!(ana.run(&["param", "get", "/app/a"]).stderr, said);
    assert_eq!(ana.run(&["exec", "/app", "--", "true"]).stderr, "", "once a day");
    let config = fs::read_to_string(ana.home().join(".config/vault/config.yaml")).unwrap();
    ana.configure(&format!("{config}freshness: strict\n"));
    is(&ana.run(&["param", "get", "/app/a"]), 7, "merge or pull first");
}

/// The attacker has no key, and removes a file that the program starts without.
#[test]
fn a_document_that_vanished_is_missed_by_every_listing() {
    let ana = world("--ref-format=files");
    ana.put("/app/deep/c", "c");
    ana.ok(&["param", "rm", "--yes", "/app/b"]);
    fs::remove_file(ana.document("params/app/deep/c.yaml")).unwrap();
    fs::remove_dir(ana.document("params/app/deep")).unwrap();
    let said = "warning: `/app/deep/c` is missing without a tombstone";
    for command in [
        &["exec", "/app", "--", "true"][..],
        &["env", "/app"],
        &["export", "/app", "--format", "json"],
        &["param", "ls", "/app", "--recursive"],
        &["param", "ls", "/", "--recursive"],
        &["param", "get", "--path", "/app", "--recursive"],
    ] {
        let run = ana.run(command);
        assert!(run.code == 0 && run.stderr.contains(said) && !run.stderr.contains("/app/b"), "{command:?}: {run:?}");
    }
    let config = fs::read_to_string(ana.home().join(".config/vault/config.yaml")).unwrap();
    ana.configure(&format!("{config}freshness: strict\n"));
    let run = ana.run(&["exec", "/app", "--", "true"]);
    assert!(
        run.code == 125 && run.stderr.contains("`params/app/deep/c.yaml` is missing without a tombstone"),
        "{run:?}"
    );
    // Elsewhere it was never here.
    commit(&ana, "without");
    git(&ana, &["switch", "-qc", "other"]);
    let elsewhere = ana.run(&["exec", "/app", "--", "true"]);
    assert!(elsewhere.code == 0 && elsewhere.stderr.is_empty(), "{elsewhere:?}");
    git(&ana, &["switch", "-q", "main"]);
    ana.ok(&["accept", "/app/deep/c", "--yes"]);
    assert_eq!(ana.run(&["exec", "/app", "--", "true"]).stderr, "");
}

#[test]
fn branches_of_a_repository_with_reftables_are_told_apart() {
    let ana = world("--ref-format=reftable");
    git(&ana, &["switch", "-q", "old"]);
    assert!(ana.run(&["param", "get", "/app/a"]).stderr.contains(WARNING));
    git(&ana, &["switch", "-q", "main"]);
    assert_eq!(ana.ok(&["param", "get", "/app/a"]), "three");
    git(&ana, &["checkout", "-q", "old", "--", A]);
    is(&ana.run(&["param", "get", "/app/a"]), 6, "was rolled back");
    git(&ana, &["reset", "-q", "--hard"]);
    git(&ana, &["checkout", "-q", "--detach", "old"]);
    assert_eq!(ana.ok(&["param", "get", "/app/a"]), "one");
}

/// The attacker chooses the directory and what `.git/HEAD` says, and replays an earlier document of a name.
#[test]
fn an_earlier_form_of_a_name_is_nowhere_used_without_a_word() {
    let ana = world("--ref-format=files");
    let first = ana.read("params/app/a.yaml");
    ana.ok(&["param", "rm", "--yes", "/app/a"]);
    let (tombstone, hint) = (ana.read("params/app/a.yaml"), ana.read("params/app/.a.yaml.gone"));
    ana.put("/app/a", "again");
    let planted = ana.project().join("services/api");
    fs::create_dir_all(planted.join(".git")).unwrap();
    fs::write(planted.join(".git/HEAD"), "ref: refs/heads/nobody-was-here\n").unwrap();
    let mut copy = ana.command("cp");
    assert!(copy.arg("-r").arg(ana.vault()).arg(planted.join(".vault")).status().unwrap().success());
    let there = |name: &str, text: &str| fs::write(planted.join(".vault/params/app").join(name), text).unwrap();
    let vault = planted.join(".vault");
    let run = |command: &[&str]| ana.run(&[&["--vault", vault.to_str().unwrap()][..], command].concat());
    there("a.yaml", &first);
    let read = run(&["param", "get", "/app/a"]);
    assert!(read.stdout == "three" && read.stderr.contains("`/app/a` is 2 revisions behind"), "{read:?}");
    is(&run(&["checkpoint"]), 6, "does not verify");
    there("a.yaml", &tombstone);
    there(".a.yaml.gone", &hint);
    assert!(run(&["verify"]).stderr.contains("`/app/a` is 1 revision behind"));
    // Where the newer one was.
    ana.write("params/app/a.yaml", &first);
    is(&ana.run(&["param", "get", "/app/a"]), 6, "was rolled back");
}

/// The admins of the vault have asked for it, also where the checkout is from before they did.
#[test]
fn the_signed_settings_of_the_vault_refuse_what_is_older() {
    let ana = world("--ref-format=files");
    let shown = ana.ok(&["trust", "settings"]);
    assert!(shown.contains("freshness      warn"), "{shown}");
    let changed = crate::team::json(&ana.ok(&["--json", "trust", "settings", "--freshness", "strict"]));
    assert_eq!((&changed["Freshness"], &changed["Changed"]), (&"strict".into(), &true.into()));
    assert!(ana.ok(&["trust", "show"]).contains("settings changed"));
    commit(&ana, "strict");
    git(&ana, &["switch", "-q", "old"]);
    let refused = ana.run(&["param", "get", "/app/a"]);
    assert!(refused.code == 7 && refused.stdout.is_empty(), "{refused:?}");
    git(&ana, &["switch", "-q", "main"]);
    assert_eq!(ana.ok(&["param", "get", "/app/a"]), "three");
}

/// A checkpoint that is required is one of today, and one that its signer still stands for.
#[test]
fn a_required_checkpoint_is_neither_expired_nor_too_old() {
    let ana = world("--ref-format=files");
    ana.ok(&["checkpoint", "--valid-for", "10d"]);
    for arguments in [&["verify", "--checkpoint=required"][..], &["verify", "--checkpoint-age", "7d"]] {
        ana.ok(arguments);
    }
    if !crate::project::has("faketime") {
        return;
    }
    assert_eq!(later(&ana, 8, &["verify", "--checkpoint=required"]).code, 0);
    let old = later(&ana, 8, &["verify", "--checkpoint-age", "7d"]);
    assert!(old.code == 6 && old.stdout.contains("which is too long ago"), "{old:?}");
    let expired = later(&ana, 11, &["verify", "--checkpoint=required"]);
    assert!(expired.code == 6 && expired.stdout.contains("the checkpoint was valid until"), "{expired:?}");
    assert_eq!(later(&ana, 11, &["verify"]).code, 0, "nobody required it");
}
