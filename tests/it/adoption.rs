//! What somebody signed who may not any more, and that arrives later; members with other keys; contributors who cannot read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::project::{Sandbox, body, has};
use crate::team::{clone, commit, exposed, git, is, json, killed_everywhere, pull, request, team};

/// Bob writes two documents on a branch and is removed meanwhile; ana has merged the branch.
fn late() -> (Sandbox, Sandbox) {
    let (ana, bob) = team();
    bob.put("/dev/api", "late");
    bob.put("/dev/new", "late too");
    bob.ok(&["label", "add", "/dev/api:2", "live"]);
    commit(&bob);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    git(&ana, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
    (ana, bob)
}

#[test]
fn what_arrives_late_is_refused_until_a_writer_signs_it() {
    let (ana, _) = late();
    is(&ana.run(&["param", "get", "/dev/api"]), 6, "vault adopt");
    is(&ana.run(&["param", "get", "/dev/new"]), 6, "who was removed");
    let dry = json(&ana.ok(&["--json", "--dry-run", "adopt", "/dev/api"]));
    let line = &dry["Adopted"][0];
    assert_eq!((&line["By"], &line["Revision"], &line["Name"]), (&"bob".into(), &3.into(), &"/dev/api".into()));
    assert_eq!(line["Changes"].to_string(), r#"["put v2","label live v2"]"#);
    is(&ana.run(&["adopt", "/dev/api", "--no-input"]), 10, "--yes");
    let adopted = ana.run(&["adopt", "/dev/api", "--yes"]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    assert!(adopted.stderr.contains("bob was allowed to write it until snapshot 4"), "{adopted:?}");
    assert!(!adopted.stderr.contains("late") && !adopted.stdout.contains("late"), "no value: {adopted:?}");
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "late");
    is(&ana.run(&["param", "get", "/dev/new"]), 6, "who was removed");
    ana.ok(&["adopt", "/dev/new", "--yes"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/new"]), "late too");
    ana.ok(&["verify"]);
    assert!(ana.ok(&["adopt", "--all-refused", "--yes"]).contains("no document is refused"));
    assert_eq!(exposed(&ana), ["/dev/api", "/dev/db", "/dev/new"], "sealed under what he knows");
}

#[test]
fn a_name_that_nothing_has_is_no_document_in_order() {
    let (ana, _) = late();
    ana.put("atroot", "x");
    assert_eq!(ana.feed(&["secret", "create", "prod/db", "--stdin"], b"x").code, 0);
    for verb in ["adopt", "accept"] {
        is(&ana.run(&[verb, "/dev/ap", "--yes"]), 3, "did you mean `/dev/api`");
        is(&ana.run(&[verb, "--secret", "prod/d", "--yes"]), 3, "did you mean `prod/db`");
        let in_order = ana.run(&[verb, "/atroot", "--yes"]);
        assert_eq!(in_order.code, 0, "either spelling of a name at the root: {in_order:?}");
    }
    is(&ana.run(&["accept", "--key", "defalt", "--yes"]), 3, "there is no key `defalt`");
    is(&ana.run(&["adopt", "/dev/api", "/nowhere", "--yes"]), 3, "`/nowhere`");
    is(&ana.run(&["param", "get", "/dev/api"]), 6, "who was removed");
}

#[test]
fn what_was_never_good_is_not_signed() {
    let (ana, bob) = late();
    let path = "params/dev/api.yaml";
    let (good, identity) =
        (bob.read(path), fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap());
    let refused = |text: &[u8], code: i32, part: &str| {
        ana.write(path, text);
        for arguments in [["adopt", "/dev/api", "--yes"], ["adopt", "--all-refused", "--yes"]] {
            let run = ana.run(&arguments);
            assert_eq!(run.code, code, "{part}: {run:?}");
            assert!(run.stderr.contains(part) || run.stdout.contains(part), "{part}: {run:?}");
            assert_eq!(ana.read(path).as_bytes(), text, "{part}: nothing was signed");
        }
    };
    refused(good.replace("live", "evil").as_bytes(), 6, "invalid signature");
    // A key of his own making, under his name.
    let ana_key = fs::read_to_string(ana.identity_file()).unwrap();
    refused(&ana.signed_by(&ana_key, "bob", path, body(&good)), 6, "a different key");
    // Noise in place of a value.
    let value = good.lines().rev().find(|line| line.trim_start().starts_with("value: ")).unwrap();
    let noise = body(&good).replace(value, &value.replace("xc1:", "xc1:AAAA"));
    refused(&ana.signed_by(&identity, "bob", path, &noise), 6, "cannot be decrypted");
    // Where he could never write.
    let elsewhere = body(&ana.read("params/prod/db.yaml")).replace("by: \"ana\"\ntier", "by: \"bob\"\ntier");
    ana.write("params/prod/db.yaml", ana.signed_by(&identity, "bob", "params/prod/db.yaml", &elsewhere));
    is(&ana.run(&["adopt", "/prod/db", "--yes"]), 6, "may not write it");
}

/// Refused: somebody who was removed keeps his key, and dates what he signs as he likes.
#[test]
fn what_a_removed_member_signs_afterwards_is_not_swept_in() {
    let (ana, bob) = team();
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    let path = "params/dev/api.yaml";
    let text = body(&bob.read(path)).replace("by: \"ana\"\ntier", "by: \"bob\"\ntier");
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let late = ana.signed_by(&identity, "bob", path, &text.replace("rev: 1\n", "rev: 9\n"));
    ana.write(path, &late);
    let swept = ana.run(&["adopt", "--all-refused", "--yes"]);
    assert!(swept.code == 6 && swept.stdout.contains("nothing here shows that `bob` signed it before"), "{swept:?}");
    assert_eq!(ana.read(path).as_bytes(), late, "nothing was signed");
    ana.ok(&["adopt", "/dev/api", "--yes"]);
}

#[test]
fn what_this_machine_saw_before_the_removal_is_swept_in() {
    let (ana, bob) = team();
    git(&ana, &["branch", "elsewhere"]);
    bob.put("/dev/api", "in time");
    commit(&bob);
    git(&ana, &["pull", "-q", "--ff-only", bob.project().to_str().unwrap(), "HEAD"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "in time");
    git(&ana, &["checkout", "-q", "elsewhere"]);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    git(&ana, &["checkout", "-q", "main"]);
    let both = ana.command("git").args(["merge", "-q", "-s", "ours", "--no-commit", "elsewhere"]).output();
    drop(both);
    for part in ["trust", "keys"] {
        git(&ana, &["checkout", "-q", "elsewhere", "--", &format!(".vault/{part}")]);
    }
    commit(&ana);
    is(&ana.run(&["param", "get", "/dev/api"]), 6, "who was removed");
    let swept = ana.run(&["adopt", "--all-refused", "--yes"]);
    assert!(swept.stdout.contains("/dev/api signed in place of bob"), "{swept:?}");
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "in time");
}

#[test]
fn an_old_document_of_a_removed_member_is_not_swept_in() {
    let (ana, bob) = team();
    bob.put("/dev/api", "his first");
    let old = bob.read("params/dev/api.yaml");
    ana.write("params/dev/api.yaml", &old);
    ana.put("/dev/api", "hers");
    ana.put("/dev/api", "hers again");
    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.write("params/dev/api.yaml", &old);
    let swept = ana.run(&["adopt", "--all-refused", "--yes"]);
    assert_eq!(swept.code, 6, "{swept:?}");
    assert!(swept.stdout.contains("found revision 2, already saw revision 4"), "{swept:?}");
    let named = ana.run(&["adopt", "/dev/api", "--yes"]);
    assert!(named.code == 0 && named.stderr.contains("would be rolled back"), "{named:?}");
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "his first");
    ana.ok(&["verify"]);
}

#[test]
fn an_ancestor_that_a_removed_member_signed_is_no_obstacle_to_a_merge() {
    let (ana, bob) = team();
    bob.put("/dev/api", "by bob");
    commit(&bob);
    git(&ana, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
    git(&ana, &["checkout", "-qb", "other"]);
    ana.ok(&["param", "tag", "/dev/api", "team=payments"]);
    commit(&ana);
    git(&ana, &["checkout", "-q", "main"]);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.put("/dev/api", "after");
    commit(&ana);
    let mut merge = ana.command("git");
    merge.args(["-c", "user.name=x", "-c", "user.email=x@example.org", "merge", "-q", "other"]);
    assert!(!merge.output().unwrap().status.success(), "a conflict for git");
    ana.ok(&["resolve"]);
    commit(&ana);
    ana.ok(&["verify"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "after");
    assert!(ana.ok(&["param", "show", "/dev/api"]).contains("payments"));
}

#[test]
fn only_a_writer_adopts_and_a_narrowed_member_s_work_can_be_adopted() {
    let (ana, bob) = team();
    bob.put("/dev/api", "late");
    commit(&bob);
    ana.ok(&["member", "update", "bob", "--write", "parameter:/dev/db"]);
    commit(&ana);
    git(&ana, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
    git(&bob, &["pull", "-q", "--no-rebase", "--no-edit", ana.project().to_str().unwrap(), "HEAD"]);
    is(&ana.run(&["param", "get", "/dev/api"]), 6, "may not write it");
    let refused = bob.run(&["adopt", "/dev/api", "--yes"]);
    assert!(refused.code == 7 && refused.stderr.contains("`bob` may not write `/dev/api`"), "{refused:?}");
    ana.ok(&["adopt", "/dev/api", "--yes"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "late");
    ana.ok(&["verify"]);
}

#[test]
fn secrets_are_adopted_too() {
    let (ana, bob) = team();
    ana.ok(&["member", "update", "bob", "--write", "secret:dev"]);
    pull(&bob, &ana);
    assert_eq!(bob.feed(&["secret", "create", "dev/token", "--stdin"], b"late").code, 0);
    commit(&bob);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    git(&ana, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
    is(&ana.run(&["secret", "get", "dev/token"]), 6, "vault adopt");
    ana.ok(&["adopt", "--secret", "dev/token", "--yes"]);
    assert_eq!(ana.ok(&["secret", "get", "dev/token"]), "late");
}

#[test]
fn an_adoption_that_was_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let (ana, _) = late();
    // The states in between do not verify, which is why they are adopted; whole documents are all that counts.
    let mut points = 0;
    let kept = ana.read("params/dev/api.yaml");
    for call in ["openat", "write", "fsync", "renameat", "flock"] {
        let mut n = 1;
        while n < 24 {
            ana.write("params/dev/api.yaml", &kept);
            if !crate::crashes::faulted(&ana, &["adopt", "/dev/api", "--yes"], call, "signal=KILL", n) {
                break;
            }
            let text = ana.read("params/dev/api.yaml");
            assert!(text == kept || text.contains("#sig v2 ana "), "{call} {n}: {text}");
            let again = ana.run(&["adopt", "/dev/api", "--yes"]);
            assert_eq!(again.code, 0, "{call} {n}: {again:?}");
            assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "late", "{call} {n}");
            (points, n) = (points + 1, crate::crashes::next(call, n));
        }
    }
    assert!(points > 20, "only {points} points");
}

/// A new machine of bob's, with an identity of its own; his request and its fingerprint.
fn second_machine(of: &Sandbox, name: &str) -> (Sandbox, String, String) {
    let machine = clone(of);
    let (path, fingerprint) = request(&machine, name);
    (machine, path, fingerprint)
}

#[test]
fn a_member_with_a_new_machine_keeps_everything_and_the_old_key_is_worth_nothing() {
    for compromised in [false, true] {
        let (ana, bob) = team();
        bob.put("/dev/api", "by bob");
        commit(&bob);
        git(&ana, &["pull", "-q", "--no-rebase", bob.project().to_str().unwrap(), "HEAD"]);
        let (new, path, fingerprint) = second_machine(&ana, "bob");
        let mut update = vec!["member", "update", "bob", "--request", &path, "--no-input"];
        update.extend(if compromised { &["--compromised"][..] } else { &[] });
        is(&ana.run(&update), 10, "--fingerprint");
        is(&ana.run(&[&update[..], &["--fingerprint", "0000"]].concat()), 7, &fingerprint);
        update.extend(["--fingerprint", &fingerprint]);
        ana.ok(&[&["--dry-run"], &update[..]].concat());
        let before = ana.everything();
        ana.ok(&[&["--dry-run"], &update[..]].concat());
        assert!(ana.everything() == before, "a dry run writes nothing");
        let done = json(&ana.ok(&[&["--json"], &update[..]].concat()));
        assert_eq!((&done["Documents"][0], &done["Keys"][0]), (&"/dev/api".into(), &"default".into()));
        ana.ok(&["verify"]);
        assert!(ana.run(&update).stderr.contains("nothing was changed"));
        let known: &[&str] = if compromised { &["/dev/api", "/dev/db"] } else { &[] };
        assert_eq!(exposed(&ana), known);
        pull(&new, &ana);
        assert_eq!(new.ok(&["param", "get", "/dev/api"]), "by bob");
        new.put("/dev/api", "from the new machine");
        is(&new.run(&["param", "get", "/prod/db"]), 5, "cannot open the key `prod`");
        // The old identity neither signs nor opens what is there now.
        git(&bob, &["reset", "-q", "--hard"]);
        pull(&bob, &ana);
        is(&bob.feed(&["param", "put", "/dev/db", "--stdin", "--overwrite"], b"x"), 5, "not belong to a member");
        is(&bob.run(&["param", "get", "/dev/api"]), 5, "cannot open the key");
        // What it signed on a branch is refused, and can be looked at and adopted.
        let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
        let late = body(&ana.read("params/dev/api.yaml"))
            .replace("by: \"ana\"\ntier", "by: \"bob\"\ntier")
            .replace("rev: 3\n", "rev: 4\n");
        ana.write("params/dev/api.yaml", ana.signed_by(&identity, "bob", "params/dev/api.yaml", &late));
        is(&ana.run(&["param", "get", "/dev/api"]), 6, "a different key");
        ana.ok(&["adopt", "/dev/api", "--yes"]);
        ana.ok(&["verify"]);
        // The old key comes back only on purpose.
        let old = bob.home().join("old.yaml").to_str().unwrap().to_owned();
        let made = json(&bob.ok(&["--json", "member", "request", "--name", "bob", "--out", &old]));
        let fingerprint = made["Fingerprint"].as_str().unwrap();
        is(&ana.run(&["member", "update", "bob", "--request", &old, "--fingerprint", fingerprint]), 7, "by default");
    }
}

#[test]
fn nobody_takes_the_keys_of_another_or_their_own() {
    let (ana, _) = team();
    let (_machine, path, fingerprint) = second_machine(&ana, "ana");
    let update = ["member", "update", "ana", "--request", &path, "--fingerprint", &fingerprint];
    is(&ana.run(&update), 7, "recovery key");
    is(&ana.run(&["member", "update", "bob", "--request", &path]), 2, "the request is from `ana`");
    let (_eve, eve, fingerprint) = second_machine(&ana, "eve");
    is(&ana.run(&["member", "update", "eve", "--request", &eve, "--fingerprint", &fingerprint]), 3, "no member `eve`");
    is(&ana.run(&["member", "update", "bob", "--compromised"]), 2, "--request");
}

#[test]
fn a_lost_laptop_is_survived_with_the_recovery_key() {
    let (ana, _) = team();
    ana.ok(&["checkpoint"]);
    let (new, path, fingerprint) = second_machine(&ana, "ana");
    // The laptop is gone, and with it the identity. The recovery key is taken from the drawer.
    let recovery = ana.home().join("recovery.txt");
    let recovery = recovery.to_str().unwrap();
    let id = new.vault_id();
    let arguments = ["--identity", recovery, "member", "update", "ana", "--request", &path, "--compromised"];
    let done = new.run_with(&[&arguments[..], &["--fingerprint", &fingerprint]].concat(), &[("VLT_ID", &id)]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("3 values must be replaced"), "{done:?}");
    assert_eq!(new.ok(&["param", "get", "/prod/db"]), "first");
    for name in exposed(&new) {
        new.put(&name, "replaced");
    }
    assert_eq!(exposed(&new), Vec::<String>::new());
    new.ok(&["verify"]);
    new.ok(&["status", "--check"]);
    git(&ana, &["add", "-A"]);
    hand(&new, &ana);
    is(&ana.run(&["param", "get", "/prod/db"]), 5, "cannot open");
    // She was an admin, and is one again.
    new.ok(&["member", "rm", "bob", "--yes"]);
}

#[test]
fn a_new_recovery_key_takes_the_place_of_the_old_one() {
    let (ana, _) = team();
    let (old, new) = (ana.home().join("recovery.txt"), ana.home().join("new.txt"));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    is(&ana.run(&["member", "recovery", "--no-input"]), 10, "--recovery-file");
    is(&ana.run(&["member", "recovery", "--recovery-file", old]), 2, "give a new file");
    ana.ok(&["member", "recovery", "--recovery-file", new, "--compromised"]);
    ana.ok(&["verify"]);
    assert_eq!(exposed(&ana).len(), 3);
    assert_eq!(ana.ok(&["--identity", new, "param", "get", "/prod/db"]), "first");
    is(&ana.run(&["--identity", old, "param", "get", "/prod/db"]), 5, "cannot open");
    is(&ana.run(&["--identity", new, "member", "recovery", "--recovery-file", "x"]), 7, "that you are using");
    // A vault without one gets one.
    ana.ok(&["member", "rm", "recovery", "--yes"]);
    let third = ana.home().join("third.txt");
    ana.ok(&["member", "recovery", "--recovery-file", third.to_str().unwrap()]);
    assert_eq!(ana.ok(&["--identity", third.to_str().unwrap(), "param", "get", "/prod/db"]), "first");
}

#[test]
fn new_keys_that_were_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let (ana, bob) = team();
    bob.put("/dev/api", "by bob");
    ana.write("params/dev/api.yaml", bob.read("params/dev/api.yaml"));
    let (_machine, path, fingerprint) = second_machine(&ana, "bob");
    let command = ["member", "update", "bob", "--request", &path, "--compromised", "--fingerprint", &fingerprint];
    let points = killed_everywhere(&ana, &command, &command, |what| {
        let shown = json(&ana.ok(&["--json", "key", "show", "default"]));
        assert_eq!((&shown["Version"], shown["Versions"].as_array().unwrap().len()), (&2.into(), 2), "{what}");
        assert_eq!(exposed(&ana), ["/dev/api", "/dev/db"], "{what}");
        let trust = json(&ana.ok(&["--json", "trust", "show"]));
        assert_eq!(
            (&trust["Keys"][0]["Floor"], &trust["FormerMembers"][0]["Role"]),
            (&2.into(), &"old key".into()),
            "{what}"
        );
    });
    println!("{points} deaths of new keys survived");
}

/// Ana's vault and the machine of a contributor, who writes `/prod` and reads nothing.
fn contributor() -> (Sandbox, Sandbox) {
    let (ana, _) = team();
    let carol = clone(&ana);
    let (path, fingerprint) = request(&carol, "carol");
    ana.ok(&["member", "add", &path, "--write", "parameter:/prod,secret:prod", "--fingerprint", &fingerprint]);
    pull(&carol, &ana);
    (ana, carol)
}

/// Brings what one has written to the other.
fn hand(from: &Sandbox, to: &Sandbox) {
    commit(from);
    commit(to);
    git(to, &["pull", "-q", "--no-rebase", "--no-edit", from.project().to_str().unwrap(), "HEAD"]);
}

#[test]
fn a_contributor_puts_what_they_cannot_read_and_a_reader_takes_it_over() {
    let (ana, carol) = contributor();
    let put = carol.feed(&["param", "put", "/prod/new", "--stdin"], b"from carol");
    assert_eq!(put.code, 0, "{put:?}");
    assert!(put.stderr.contains("stored; you cannot read it back"), "{put:?}");
    is(&carol.run(&["param", "get", "/prod/new"]), 5, "readers: ana, recovery");
    let over = carol.feed(&["param", "put", "/prod/db", "--stdin", "--if-version", "1"], b"second");
    assert_eq!(over.code, 0, "{over:?}");
    is(&carol.feed(&["param", "put", "/prod/db", "--stdin", "--if-version", "1"], b"x"), 4, "version");
    is(&carol.feed(&["param", "put", "/prod/db", "--stdin"], b"x"), 4, "--overwrite");
    let made = carol.feed(&["secret", "create", "prod/token", "--stdin"], b"token");
    assert!(made.code == 0 && made.stderr.contains("cannot read it back"), "{made:?}");
    assert_eq!(carol.feed(&["secret", "put", "prod/token", "--stdin"], b"token 2").code, 0);
    let dotenv = carol.home().join(".env");
    fs::write(&dotenv, "host=db.example.org\ndb=third\n").unwrap();
    let import = ["import", dotenv.to_str().unwrap(), "/prod", "--overwrite", "--yes"];
    let imported = carol.run(&import);
    assert!(imported.code == 0 && imported.stderr.contains("cannot read it back"), "{imported:?}");
    carol.ok(&["label", "add", "/prod/db:3", "live"]);
    carol.ok(&["verify"]);
    assert!(carol.read("params/prod/new.yaml").contains("\"age1:"));

    hand(&carol, &ana);
    ana.ok(&["verify"]);
    assert_eq!(ana.ok(&["param", "get", "/prod/new"]), "from carol");
    assert_eq!(ana.ok(&["param", "get", "/prod/db"]), "third");
    assert_eq!(ana.ok(&["param", "get", "/prod/db:2"]), "second");
    assert_eq!(ana.ok(&["secret", "get", "prod/token"]), "token 2");
    // The next write of somebody who reads seals them as the key has it.
    ana.ok(&["label", "add", "/prod/new:1", "live"]);
    ana.ok(&["secret", "tag", "prod/token", "a=b"]);
    for path in ["params/prod/new.yaml", "secrets/prod/token.yaml"] {
        assert!(!ana.read(path).contains("\"age1:") && ana.read(path).contains("\"xc1:"), "{path}");
    }
    assert_eq!(ana.ok(&["param", "get", "/prod/new:live"]), "from carol");
    ana.ok(&["verify"]);
}

#[test]
fn a_key_keeps_its_codec() {
    let (ana, _) = team();
    ana.ok(&["key", "create", "open", "--scope", "parameter:/open", "--codec", "age1"]);
    ana.put("/open/a", "one");
    ana.ok(&["label", "add", "/open/a:1", "live"]);
    assert!(ana.read("params/open/a.yaml").contains("\"age1:"));
    assert_eq!(ana.ok(&["param", "get", "/open/a"]), "one");
    ana.ok(&["key", "rotate", "open", "--reencrypt"]);
    assert!(ana.read("params/open/a.yaml").contains("\"age1:"));
    let shown = ana.ok(&["key", "show", "open"]);
    assert!(shown.contains("age1, classic"), "{shown}");
    let view = json(&ana.ok(&["--json", "key", "show", "open"]));
    assert_eq!((&view["Codec"], &view["Suite"]), (&"age1".into(), &"classic".into()));
    is(&ana.run(&["key", "create", "pq", "--suite", "pq"]), 7, "`ana` has a different one");
    assert!(!ana.document("keys/pq.yaml").exists());
}

/// A stand-in for `age-plugin-pq`: it speaks the protocol of age plugins and protects nothing (tests/fixture/plugin).
#[test]
fn a_post_quantum_key_has_post_quantum_readers_only() {
    let ana = Sandbox::empty();
    let text = |prefix: &str| bech32::encode::<bech32::Bech32>(bech32::Hrp::parse(prefix).unwrap(), b"x").unwrap();
    let key = ana.home().join("pq.txt");
    let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/plugin/age-plugin-toy");
    let program = ana.copy_of(toy, "age-plugin-pq");
    let identity = text("age-plugin-pq-").to_uppercase();
    fs::write(&key, format!("# Recipient: {}\n{identity}\n", text("age1pq"))).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    ana.configure(&format!("plugins:\n  - \"{}\"\n", program.display()));
    ana.ok(&["init", "--no-input", "--plugin", key.to_str().unwrap(), "--no-recovery-key"]);
    ana.ok(&["key", "create", "post", "--suite", "pq", "--scope", "parameter:/post"]);
    ana.put("/post/a", "for a long time");
    assert_eq!(ana.ok(&["param", "get", "/post/a"]), "for a long time");
    assert!(ana.ok(&["key", "show", "post"]).contains("xc1, pq"));
    let bob = clone(&ana);
    let (path, fingerprint) = request(&bob, "bob");
    ana.ok(&["member", "add", &path, "--fingerprint", &fingerprint]);
    is(
        &ana.run(&["key", "grant", "post", "bob"]),
        7,
        "only allows post-quantum recipients, but `bob` has a different one",
    );
    assert_eq!(json(&ana.ok(&["--json", "key", "show", "post"]))["Readers"].to_string(), r#"["ana"]"#);
    ana.ok(&["verify"]);
}
