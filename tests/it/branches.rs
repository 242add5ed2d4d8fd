//! Members and keys that two branches changed: one trust chain and one document of each key again.

use crate::crashes::{STEPS, faulted};
use crate::project::{Outcome, Sandbox, has, outcome};
use crate::team::{clone, commit, exposed, git, is, json, pull, request};

/// Git in a sandbox, whatever it comes to.
pub(crate) fn try_git(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command("git");
    command.args(["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.editor=true"]);
    outcome(command.args(arguments).output().unwrap())
}

/// Ana and bob, both admins and readers of every key, each with a clone of one repository.
pub(crate) fn admins() -> (Sandbox, Sandbox) {
    let ana = Sandbox::new();
    ana.put("/dev/db", "first");
    let bob = clone(&ana);
    add(&ana, &bob, "bob", &["--admin"]);
    pull(&bob, &ana);
    bob.ok(&["verify"]);
    (ana, bob)
}

/// Lets an admin add the member of a newcomer's machine.
pub(crate) fn add(admin: &Sandbox, newcomer: &Sandbox, name: &str, rights: &[&str]) {
    let (path, fingerprint) = request(newcomer, name);
    let arguments = ["member", "add", &path, "--no-input", "--fingerprint", &fingerprint];
    admin.ok(&[&arguments[..], rights].concat());
}

const READER: [&str; 4] = ["--read", "default", "--write", "parameter:/dev"];

/// Fetches another machine's branch as `theirs`.
pub(crate) fn fetch(into: &Sandbox, from: &Sandbox) {
    git(into, &["fetch", "-q", from.project().to_str().unwrap(), "+HEAD:refs/heads/theirs"]);
}

fn members(sandbox: &Sandbox) -> Vec<String> {
    let report = json(&sandbox.ok(&["--json", "member", "ls"]));
    let mut names: Vec<String> =
        report["Members"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Finishes what git has stopped at.
fn finished(sandbox: &Sandbox, how: &str) {
    let rebased = sandbox.run(&["trust", "rebase", "--yes"]);
    assert_eq!(rebased.code, 0, "{rebased:?}");
    assert!(rebased.stdout.contains("vault resolve"), "the next step: {rebased:?}");
    sandbox.ok(&["resolve"]);
    let go_on: &[&str] = if how == "merge" { &["commit", "-q", "--no-edit"] } else { &[how, "--continue"] };
    let run = try_git(sandbox, go_on);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.ok(&["verify"]);
}

/// Ana adds carol, bob adds dave, on branches of their own.
fn both_added() -> [Sandbox; 4] {
    let (ana, bob) = admins();
    let (carol, dave) = (clone(&ana), clone(&ana));
    add(&ana, &carol, "carol", &READER);
    commit(&ana);
    add(&bob, &dave, "dave", &READER);
    bob.put("/dev/of-bob", "by bob");
    commit(&bob);
    [ana, bob, carol, dave]
}

#[test]
fn two_branches_that_add_a_member_become_one_by_every_way() {
    for (how, reversed, driver) in [
        ("merge", false, false),
        ("merge", true, true),
        ("rebase", false, true),
        ("rebase", true, false),
        ("cherry-pick", false, false),
        ("cherry-pick", true, true),
    ] {
        let [ana, bob, carol, dave] = both_added();
        let (here, there) = if reversed { (&bob, &ana) } else { (&ana, &bob) };
        if driver {
            here.ok(&["git-setup"]);
        }
        fetch(here, there);
        let first = outcome(here.command("git").args(["rev-list", "--max-parents=0", "HEAD"]).output().unwrap());
        let first = first.stdout.trim().to_owned();
        let what = format!("{how}, reversed: {reversed}, driver: {driver}");
        assert_ne!(try_git(here, &[how, "theirs"]).code, 0, "{what}: both made snapshot 3");
        is(&here.run(&["param", "get", "/dev/db"]), 6, "vault trust rebase");
        is(&here.run(&["resolve"]), 6, "vault trust rebase");
        finished(here, how);
        assert_eq!(members(here), ["ana", "bob", "carol", "dave", "recovery"], "{what}");
        let key = json(&here.ok(&["--json", "key", "show", "default"]));
        assert_eq!(key["Versions"].as_array().unwrap().len(), 1, "{what}: nobody lost the key");
        for newcomer in [&carol, &dave] {
            fetch(newcomer, here);
            git(newcomer, &["reset", "-q", "--hard", "theirs"]);
            assert_eq!(newcomer.ok(&["param", "get", "/dev/db"]), "first", "{what}");
            assert_eq!(newcomer.ok(&["param", "get", "/dev/of-bob"]), "by bob", "{what}");
            newcomer.ok(&["verify"]);
        }
        assert_eq!(here.ok(&["trust", "rebase"]), "", "{what}: nothing is left to do");
        // Each step was legal, from either side and from the first commit on.
        for from in ["theirs", &first] {
            let run = here.run(&["verify", "--git", from]);
            assert_eq!(run.code, 0, "{what}, from {from}: {run:?}");
        }
        // A machine that has only seen the kept side accepts it without asking.
        if how != "cherry-pick" {
            git(there, &["pull", "-q", "--ff-only", here.project().to_str().unwrap(), "HEAD"]);
            there.ok(&["verify"]);
        }
    }
}

#[test]
fn a_merge_that_is_given_up_halfway_can_be_made_again() {
    let [ana, bob, ..] = both_added();
    fetch(&ana, &bob);
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    ana.ok(&["trust", "rebase", "--yes"]);
    ana.ok(&["resolve"]);
    git(&ana, &["merge", "--abort"]);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "vault trust accept");
    ana.ok(&["trust", "accept", "--yes"]);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "vault accept --key default");
    ana.ok(&["accept", "--key", "default", "--yes"]);
    ana.ok(&["verify"]);
    commit(&ana);
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    finished(&ana, "merge");
    assert_eq!(members(&ana), ["ana", "bob", "carol", "dave", "recovery"]);
}

#[test]
fn keys_wait_until_the_chain_is_one() {
    let [ana, bob, ..] = both_added();
    fetch(&ana, &bob);
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    // The chain of our side alone does not know dave: merging the keys now would take them from him.
    git(&ana, &["checkout", "-q", "--ours", ".vault/trust"]);
    is(&ana.run(&["resolve"]), 4, "vault trust rebase");
    finished(&ana, "merge");
    assert_eq!(members(&ana), ["ana", "bob", "carol", "dave", "recovery"]);
}

#[test]
fn a_new_reader_on_one_side_and_a_new_member_on_the_other_one() {
    for driver in [false, true] {
        let [ana, bob, carol] = diverged(&[&["key", "revoke", "default", "carol", "--yes"]], &[]);
        if driver {
            ana.ok(&["git-setup"]);
        }
        let dave = clone(&bob);
        add(&bob, &dave, "dave", &READER);
        commit(&bob);
        fetch(&ana, &bob);
        assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
        finished(&ana, "merge");
        let key = json(&ana.ok(&["--json", "key", "show", "default"]));
        assert_eq!(key["Readers"].to_string(), r#"["ana","recovery","bob","dave"]"#, "driver: {driver}");
        assert_eq!((&key["Version"], &key["Versions"][0]["State"]), (&2.into(), &"tainted".into()));
        ana.put("/dev/db", "second");
        commit(&ana);
        for (machine, code) in [(&dave, 0), (&carol, 5)] {
            fetch(machine, &ana);
            git(machine, &["reset", "-q", "--hard", "theirs"]);
            assert_eq!(machine.run(&["param", "get", "/dev/db"]).code, code);
        }
    }
}

/// A vault with carol as a reader, and two branches: each side runs commands of its own.
fn diverged(ours: &[&[&str]], theirs: &[&[&str]]) -> [Sandbox; 3] {
    let (ana, bob) = admins();
    let carol = clone(&ana);
    add(&ana, &carol, "carol", &READER);
    pull(&bob, &ana);
    for (sandbox, commands) in [(&ana, ours), (&bob, theirs)] {
        for command in commands {
            sandbox.ok(command);
        }
        commit(sandbox);
    }
    fetch(&ana, &bob);
    [ana, bob, carol]
}

#[test]
fn a_removal_meets_a_new_member_and_nobody_keeps_a_key() {
    for reversed in [false, true] {
        let (ana, bob) = admins();
        let (carol, dave) = (clone(&ana), clone(&ana));
        add(&ana, &carol, "carol", &READER);
        pull(&bob, &ana);
        ana.ok(&["member", "rm", "carol", "--yes"]);
        ana.put("/dev/after", "after");
        commit(&ana);
        add(&bob, &dave, "dave", &READER);
        commit(&bob);
        let (here, there) = if reversed { (&bob, &ana) } else { (&ana, &bob) };
        fetch(here, there);
        assert_ne!(try_git(here, &["merge", "theirs"]).code, 0);
        finished(here, "merge");
        assert_eq!(members(here), ["ana", "bob", "dave", "recovery"]);
        assert_eq!(exposed(here), ["/dev/db"]);
        let trust = json(&here.ok(&["--json", "trust", "show"]));
        assert_eq!((&trust["Keys"][0]["Floor"], &trust["FormerMembers"][0]["Name"]), (&2.into(), &"carol".into()));
        for (machine, code) in [(&dave, 0), (&carol, 5)] {
            fetch(machine, here);
            git(machine, &["reset", "-q", "--hard", "theirs"]);
            assert_eq!(machine.run(&["param", "get", "/dev/after"]).code, code);
        }
    }
}

#[test]
fn what_both_sides_changed_waits_for_a_person() {
    let update = |scope| ["member", "update", "carol", "--write", scope];
    for (flag, writes) in [("--ours", "parameter:/ours"), ("--theirs", "parameter:/theirs")] {
        let [ana, ..] = diverged(&[&update("parameter:/ours")], &[&update("parameter:/theirs")]);
        assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
        is(&ana.run(&["trust", "rebase", "--no-input"]), 4, "both sides changed the member `carol`");
        is(&ana.run(&["trust", "rebase", "--no-input", flag]), 10, "--yes");
        ana.ok(&["trust", "rebase", "--yes", flag]);
        git(&ana, &["commit", "-q", "--no-edit"]);
        ana.ok(&["verify"]);
        let carol = json(&ana.ok(&["--json", "member", "show", "carol"]));
        assert_eq!(carol["Writes"][0], writes, "{flag}");
    }
}

#[test]
fn what_a_removed_admin_decided_elsewhere_is_not_taken_over() {
    let (ana, bob) = admins();
    let eve = clone(&ana);
    // Bob is removed on the one side, and adds eve on the other, in a chain that forks off before.
    add(&bob, &eve, "eve", &["--admin"]);
    commit(&bob);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    fetch(&ana, &bob);
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    for flags in [&["--theirs"][..], &[]] {
        is(
            &ana.run(&[&["trust", "rebase", "--yes"], flags].concat()),
            4,
            "by `bob`, who is not an admin on the other side",
        );
    }
    let given_up = ana.ok(&["trust", "rebase", "--yes", "--ours"]);
    assert!(given_up.contains("admin eve added, eve reads key default: is discarded"), "{given_up}");
    let stuck = ana.run(&["resolve"]);
    assert!(stuck.code == 4 && stuck.stdout.contains("who was removed"), "{stuck:?}");
    let resolved = ana.ok(&["resolve", "--ours"]);
    assert!(resolved.contains("the other side was left out"), "{resolved}");
    git(&ana, &["commit", "-q", "--no-edit"]);
    ana.ok(&["verify"]);
    assert_eq!(members(&ana), ["ana", "recovery"]);
    // In reverse, he is not a member of the kept side.
    fetch(&bob, &ana);
    git(&bob, &["reset", "-q", "--hard", "HEAD"]);
    git(&ana, &["reset", "-q", "--hard", "HEAD~1"]);
    fetch(&bob, &ana);
    assert_ne!(try_git(&bob, &["merge", "theirs"]).code, 0);
    assert_eq!(bob.run(&["trust", "rebase", "--yes"]).code, 5);
}

#[test]
fn a_merge_that_took_one_side_is_mended() {
    for side in ["ours", "theirs"] {
        let rotate: &[&str] = &["member", "update", "carol", "--write", "parameter:/other"];
        let [ana, bob, _] = diverged(&[&["key", "create", "one", "--scope", "parameter:/one"]], &[rotate]);
        assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
        git(&ana, &["checkout", &format!("--{side}"), "."]);
        commit(&ana);
        if side == "theirs" {
            is(&ana.run(&["param", "get", "/dev/db"]), 6, "vault trust rebase");
        }
        let dry = ana.run(&["--dry-run", "trust", "rebase"]);
        assert!(dry.stdout.contains("would be re-signed"), "{dry:?}");
        ana.ok(&["trust", "rebase", "--yes"]);
        commit(&ana);
        ana.ok(&["verify"]);
        assert!(ana.run(&["trust", "rebase"]).stderr.contains("nothing was changed"));
        let trust = ana.ok(&["--json", "trust", "show"]);
        assert!(trust.contains("parameter:/one"), "{side}");
        let carol = json(&ana.ok(&["--json", "member", "show", "carol"]));
        assert_eq!(carol["Writes"][0], "parameter:/other", "{side}");
        drop(bob);
    }
}

#[test]
fn a_branch_is_named_where_git_left_no_conflict() {
    let [ana, bob, _] = diverged(&[&["key", "create", "one", "--scope", "parameter:/one"]], &[]);
    bob.ok(&["member", "update", "carol", "--no-write"]);
    commit(&bob);
    fetch(&ana, &bob);
    is(&ana.run(&["trust", "rebase", "nowhere", "--yes"]), 3, "no commit `nowhere`");
    ana.ok(&["trust", "rebase", "theirs", "--yes"]);
    commit(&ana);
    ana.ok(&["verify"]);
    assert_eq!(json(&ana.ok(&["--json", "member", "show", "carol"]))["Writes"].as_array().unwrap().len(), 0);
}

#[test]
fn a_past_that_leaves_out_what_was_seen_is_not_rebased() {
    let (ana, bob) = admins();
    let eve = clone(&ana);
    git(&ana, &["branch", "before"]);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    // Somebody rewrites the branch: bob is there again, and so is a commit to rebase.
    add(&bob, &eve, "eve", &[]);
    commit(&bob);
    fetch(&ana, &bob);
    git(&ana, &["reset", "-q", "--hard", "before"]);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "was rolled back");
    is(&ana.run(&["trust", "rebase", "theirs", "--yes"]), 6, "was rewritten");
    git(&ana, &["reset", "-q", "--hard", "theirs"]);
    is(&ana.run(&["trust", "rebase", "before", "--yes"]), 6, "was rewritten");
}

#[test]
fn a_chain_that_only_goes_on_is_taken_as_it_is() {
    let [ana, bob, _] = diverged(&[], &[&["member", "update", "carol", "--no-write"]]);
    git(&ana, &["merge", "-q", "-s", "ours", "--no-edit", "theirs"]);
    let rebased = ana.ok(&["trust", "rebase", "--yes"]);
    assert!(!rebased.contains("signed again"), "{rebased}");
    assert_eq!(ana.read("trust/000004.yaml"), bob.read("trust/000004.yaml"));
    commit(&ana);
    ana.ok(&["verify"]);
}

#[test]
fn two_new_versions_of_a_key_both_stay() {
    let rotate: &[&str] = &["key", "rotate", "default"];
    let [ana, bob, _] = diverged(&[rotate], &[rotate]);
    for (machine, name, value) in [(&ana, "/dev/ana", "by ana"), (&bob, "/dev/bob", "by bob")] {
        machine.put(name, value);
        commit(machine);
    }
    fetch(&ana, &bob);
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    ana.ok(&["trust", "rebase", "--yes"]);
    ana.ok(&["resolve"]);
    git(&ana, &["commit", "-q", "--no-edit"]);
    ana.ok(&["verify"]);
    let key = json(&ana.ok(&["--json", "key", "show", "default"]));
    assert_eq!((key["Versions"].as_array().unwrap().len(), &key["Versions"][1]["State"]), (3, &"enabled".into()));
    assert_eq!([ana.ok(&["param", "get", "/dev/bob"]), ana.ok(&["param", "get", "/dev/ana"])], ["by bob", "by ana"]);
}

#[test]
fn after_two_removals_neither_of_the_two_reads_what_is_new() {
    let (ana, bob) = admins();
    let (carol, dave) = (clone(&ana), clone(&ana));
    add(&ana, &carol, "carol", &READER);
    add(&ana, &dave, "dave", &READER);
    pull(&bob, &ana);
    ana.ok(&["member", "rm", "carol", "--yes"]);
    commit(&ana);
    bob.ok(&["member", "rm", "dave", "--yes"]);
    commit(&bob);
    fetch(&ana, &bob);
    assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
    ana.ok(&["trust", "rebase", "--yes"]);
    is(&ana.feed(&["param", "put", "/dev/early", "--stdin"], b"x"), 7, "cannot encrypt");
    ana.ok(&["resolve"]);
    git(&ana, &["commit", "-q", "--no-edit"]);
    ana.ok(&["verify"]);
    let key = json(&ana.ok(&["--json", "key", "show", "default"]));
    assert_eq!(key["Readers"].to_string(), r#"["ana","recovery","bob"]"#);
    assert_eq!((&key["Versions"][1]["State"], &key["Versions"][2]["State"]), (&"tainted".into(), &"tainted".into()));
    assert_eq!((&key["Versions"][3]["State"], &key["Version"]), (&"enabled".into(), &4.into()));
    assert_eq!(json(&ana.ok(&["--json", "trust", "show"]))["Keys"][0]["Floor"], 4, "no older one takes new values");
    ana.put("/dev/db", "after");
    commit(&ana);
    for (machine, code) in [(&bob, 0), (&carol, 5), (&dave, 5)] {
        fetch(machine, &ana);
        git(machine, &["reset", "-q", "--hard", "theirs"]);
        assert_eq!(machine.run(&["param", "get", "/dev/db"]).code, code);
    }
}

#[test]
fn merging_the_readers_of_a_key_takes_an_admin_who_reads_it() {
    let (ana, bob) = admins();
    let [carol, dave, eve, frank] = [clone(&ana), clone(&ana), clone(&ana), clone(&ana)];
    add(&ana, &carol, "carol", &["--admin", "--write", "*"]);
    add(&ana, &frank, "frank", &["--admin", "--write", "*"]);
    add(&ana, &dave, "dave", &[]);
    add(&ana, &eve, "eve", &[]);
    pull(&bob, &ana);
    ana.ok(&["key", "grant", "default", "dave"]);
    commit(&ana);
    let conflict = |machine: &Sandbox, granted: &str| {
        bob.ok(&["key", "grant", "default", granted]);
        commit(&bob);
        for (from, branch) in [(&ana, "anas"), (&bob, "bobs")] {
            git(machine, &["fetch", "-q", from.project().to_str().unwrap(), &format!("+HEAD:refs/heads/{branch}")]);
        }
        git(machine, &["reset", "-q", "--hard", "anas"]);
        assert_ne!(try_git(machine, &["merge", "bobs"]).code, 0, "both changed the readers");
        machine.ok(&["trust", "rebase", "--yes"]);
        machine.run(&["resolve"])
    };
    let stuck = conflict(&frank, "eve");
    assert_eq!(stuck.code, 4);
    assert!(stuck.stdout.contains("requires an admin who is a reader: ana, recovery, bob"), "{stuck:?}");
    let resolved = conflict(&carol, "carol");
    assert_eq!(resolved.code, 0, "bob's side lets her open it: {resolved:?}");
    git(&carol, &["commit", "-q", "--no-edit"]);
    carol.ok(&["verify"]);
    assert_eq!(carol.ok(&["param", "get", "/dev/db"]), "first");
    let readers = json(&carol.ok(&["--json", "key", "show", "default"]))["Readers"].to_string();
    assert!(readers.contains("dave") && readers.contains("eve"), "{readers}");
}

#[test]
fn sync_says_what_to_type_at_each_step() {
    let [ana, bob, ..] = both_added();
    let bare = ana.home().join("remote.git");
    let bare = bare.to_str().unwrap();
    git(&ana, &["clone", "-q", "--bare", ".", bare]);
    git(&bob, &["remote", "set-url", "origin", bare]);
    git(&bob, &["fetch", "-q"]);
    let branch = try_git(&bob, &["symbolic-ref", "--short", "HEAD"]).stdout.trim().to_owned();
    git(&bob, &["branch", "-q", "-u", &format!("origin/{branch}")]);
    for (key, value) in [("user.name", "x"), ("user.email", "x@example.org")] {
        git(&bob, &["config", key, value]);
    }
    is(&bob.run(&["sync"]), 4, "vault trust rebase");
    finished(&bob, "merge");
    bob.ok(&["sync"]);
    assert_eq!(members(&bob), ["ana", "bob", "carol", "dave", "recovery"]);
}

#[test]
fn a_rebase_that_was_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let mut points = 0;
    for call in STEPS {
        let [ana, bob, ..] = both_added();
        fetch(&ana, &bob);
        let mut n = 1;
        loop {
            assert_ne!(try_git(&ana, &["merge", "theirs"]).code, 0);
            let died = faulted(&ana, &["trust", "rebase", "--yes"], call, "signal=KILL", n);
            if died {
                let again = ana.run(&["trust", "rebase", "--yes"]);
                assert_eq!(again.code, 0, "{call} {n}: {again:?}");
            }
            ana.ok(&["resolve"]);
            git(&ana, &["commit", "-q", "--no-edit"]);
            let verify = ana.run(&["verify"]);
            assert_eq!(verify.code, 0, "{call} {n}: {verify:?}");
            assert_eq!(members(&ana), ["ana", "bob", "carol", "dave", "recovery"], "{call} {n}");
            if !died {
                break;
            }
            git(&ana, &["reset", "-q", "--hard", "HEAD~1"]);
            ana.ok(&["trust", "accept", "--yes"]);
            std::fs::remove_dir_all(ana.home().join(".local/state/vault")).unwrap();
            assert_eq!(ana.run_with(&["param", "get", "/dev/db"], &[("VLT_ID", &ana.vault_id())]).code, 0);
            points += 1;
            n += if n < 6 { 1 } else { 13 };
        }
    }
    assert!(points > 20, "only {points} points");
    println!("{points} deaths of a rebase survived");
}

/// Ana takes back the commit that added carol, takes bob's branch, and picks the commit again.
#[test]
fn a_change_of_members_that_was_reset_is_picked_again() {
    for driver in [false, true] {
        let [ana, bob, ..] = both_added();
        if driver {
            ana.ok(&["git-setup"]);
        }
        let carol = outcome(ana.command("git").args(["rev-parse", "HEAD"]).output().unwrap());
        fetch(&ana, &bob);
        git(&ana, &["reset", "-q", "--hard", "theirs"]);
        assert_ne!(try_git(&ana, &["cherry-pick", carol.stdout.trim()]).code, 0);
        finished(&ana, "cherry-pick");
        assert_eq!(members(&ana), ["ana", "bob", "carol", "dave", "recovery"]);
        git(&bob, &["pull", "-q", "--ff-only", ana.project().to_str().unwrap(), "HEAD"]);
        bob.ok(&["verify"]);
    }
}
