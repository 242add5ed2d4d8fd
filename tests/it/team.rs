//! A team on one vault: joining, keys for a part of the names, and leaving.

use std::fs;

use serde_json::Value;

use crate::crashes::{STEPS, faulted, next};
use crate::project::{Outcome, Sandbox, body, has, outcome};

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn is(outcome: &Outcome, code: i32, part: &str) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    assert!(outcome.stderr.contains(part), "{part:?} is missing in {outcome:?}");
    assert_eq!(outcome.stdout, "", "an error leaves stdout alone");
}

pub(crate) fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let mut command = sandbox.command("git");
    command.args(["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]);
    let run = outcome(command.args(arguments).output().unwrap());
    assert_eq!(run.code, 0, "git {arguments:?}: {run:?}");
}

pub(crate) fn commit(sandbox: &Sandbox) {
    git(sandbox, &["init", "-q"]);
    git(sandbox, &["add", "-A"]);
    git(sandbox, &["commit", "-qm", "change", "--allow-empty"]);
}

/// Another person's machine with a clone of the project.
pub(crate) fn clone(of: &Sandbox) -> Sandbox {
    commit(of);
    let other = Sandbox::empty();
    fs::remove_dir_all(other.project()).unwrap();
    let mut command = of.command("git");
    let run = command.args(["clone", "-q"]).arg(of.project()).arg(other.project()).output().unwrap();
    assert_eq!(outcome(run).code, 0);
    other
}

pub(crate) fn pull(into: &Sandbox, from: &Sandbox) {
    commit(from);
    git(into, &["pull", "-q", "--ff-only"]);
}

/// A request from a machine that knows the vault by its id. Returns its path and its fingerprint.
pub(crate) fn request(newcomer: &Sandbox, name: &str) -> (String, String) {
    let path = newcomer.home().join(format!("{name}.yaml")).to_str().unwrap().to_owned();
    let id = newcomer.vault_id();
    let arguments =
        ["--json", "member", "request", "--no-input", "--plaintext-identity", "--name", name, "--out", &path];
    let made = newcomer.run_with(&arguments, &[("VLT_ID", &id)]);
    assert_eq!(made.code, 0, "{made:?}");
    let fingerprint = json(&made.stdout)["Fingerprint"].as_str().unwrap().to_owned();
    (path, fingerprint)
}

/// Ana's vault with a key for `/prod`, and the machine of bob, who reads and writes `/dev` only.
pub(crate) fn team() -> (Sandbox, Sandbox) {
    let ana = Sandbox::new();
    ana.ok(&["key", "create", "prod", "--scope", "parameter:/prod", "--scope", "secret:prod"]);
    for name in ["/dev/db", "/dev/api", "/prod/db"] {
        ana.put(name, "first");
    }
    let bob = clone(&ana);
    let (path, fingerprint) = request(&bob, "bob");
    let arguments = ["member", "add", &path, "--read", "default", "--write", "parameter:/dev", "--no-input"];
    ana.ok(&[&arguments[..], &["--fingerprint", &fingerprint]].concat());
    pull(&bob, &ana);
    (ana, bob)
}

/// What `verify --git` finds between the first commit and the last one, each with its reason.
fn illegal_steps(sandbox: &Sandbox) -> Vec<(String, String)> {
    let first = sandbox.command("git").args(["rev-list", "--max-parents=0", "HEAD"]).output().unwrap();
    let run = sandbox.run(&["--json", "verify", "--git", outcome(first).stdout.trim()]);
    let report = json(&run.stdout);
    let changes = report["Commits"].as_array().unwrap().iter().flat_map(|it| it["Changes"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let illegal = changes.filter(|it| it["Legal"] == false).map(|it| (text(&it["Path"]), text(&it["Reason"])));
    let illegal: Vec<_> = illegal.collect();
    assert_eq!(run.code, if illegal.is_empty() { 0 } else { 6 }, "{run:?}");
    illegal
}

pub(crate) fn exposed(sandbox: &Sandbox) -> Vec<String> {
    let report = json(&sandbox.ok(&["--json", "list", "--must-rotate"]));
    report["MustRotate"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_member_reads_and_writes_what_was_given_and_nothing_else() {
    let (ana, bob) = team();
    assert_eq!(bob.ok(&["param", "get", "/dev/db"]), "first");
    is(&bob.run(&["param", "get", "/prod/db"]), 5, "readers: ana, recovery");
    bob.put("/dev/db", "by bob");
    is(&bob.feed(&["param", "put", "/prod/db", "--stdin", "--overwrite"], b"x"), 7, "`bob` may not write `/prod/db`");
    is(&bob.feed(&["param", "put", "/devices", "--stdin"], b"x"), 7, "may not write");
    is(&bob.run(&["key", "rotate", "default"]), 7, "`bob` is not an admin");
    is(&bob.run(&["member", "rm", "ana", "--yes"]), 7, "not an admin");
    git(&bob, &["add", "-A"]);
    git(&bob, &["commit", "-qm", "bob"]);
    git(&ana, &["pull", "-q", "--no-rebase", bob.project().to_str().unwrap(), "HEAD"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "by bob");
    ana.ok(&["verify"]);
    let whoami = json(&bob.ok(&["--json", "member", "whoami"]));
    assert_eq!((&whoami["Name"], &whoami["Reads"][0]), (&"bob".into(), &"default".into()));
    let listed = json(&ana.ok(&["--json", "member", "ls"]));
    assert_eq!(listed["Members"].as_array().unwrap().len(), 3);
}

#[test]
fn each_commit_of_a_team_is_judged_by_its_own_trust() {
    let (ana, bob) = team();
    bob.put("/dev/db", "by bob");
    commit(&bob);
    git(&ana, &["pull", "-q", "--no-rebase", bob.project().to_str().unwrap(), "HEAD"]);
    bob.put("/dev/api", "by bob, somewhere else");
    commit(&bob);
    ana.ok(&["member", "rm", "bob", "--yes"]);
    commit(&ana);
    assert_eq!(illegal_steps(&ana), [], "he might write then, and what he wrote was signed again");
    git(&ana, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
    let steps = illegal_steps(&ana);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0].0, "params/dev/api.yaml");
    assert!(steps[0].1.contains("signed by `bob`, who was removed"), "{steps:?}");
}

#[test]
fn a_removal_that_left_documents_behind_and_rights_beyond_the_given_ones_are_illegal_steps() {
    let (ana, bob) = team();
    bob.put("/dev/db", "by bob");
    commit(&bob);
    git(&ana, &["pull", "-q", "--no-rebase", bob.project().to_str().unwrap(), "HEAD"]);
    let signed_by_bob = ana.read("params/dev/db.yaml");
    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.write("params/dev/db.yaml", signed_by_bob);
    commit(&ana);
    let steps = illegal_steps(&ana);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(steps[0].1.contains("who was removed"), "{steps:?}");

    let (ana, bob) = team();
    // Bob's own program would refuse; what he signs by other means is refused by everybody else.
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let document = ana.read("params/prod/db.yaml");
    let forged = body(&document).replace("rev: 1", "rev: 2").replace("by: \"ana\"", "by: \"bob\"");
    ana.write("params/prod/db.yaml", ana.signed_by(&identity, "bob", "params/prod/db.yaml", &forged));
    commit(&ana);
    let steps = illegal_steps(&ana);
    assert!(steps.len() == 1 && steps[0].1.contains("by `bob`, who may not write it"), "{steps:?}");
}

#[test]
fn a_change_of_trust_is_reported_once() {
    let (ana, bob) = team();
    let first = bob.run(&["param", "get", "/dev/db"]);
    assert!(first.stderr.contains("members or keys changed"), "{first:?}");
    assert!(!bob.run(&["param", "get", "/dev/db"]).stderr.contains("changed"));
    assert!(!ana.run(&["param", "get", "/dev/db"]).stderr.contains("changed"), "who changed it knows");
}

#[test]
fn nobody_adds_themselves() {
    let (ana, bob) = team();
    let eve = clone(&ana);
    let (path, fingerprint) = request(&eve, "eve");
    is(&bob.run(&["member", "add", &path, "--no-input", "--fingerprint", &fingerprint]), 7, "not an admin");
    // A snapshot that bob signs makes him an admin nowhere.
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let last = ana.read("trust/000004.yaml");
    let hash = vault::crypto::framing::sha256(last.as_bytes());
    let hash = data_encoding::HEXLOWER.encode(&hash);
    let prev = last.lines().find(|line| line.starts_with("prev: ")).unwrap();
    let forged = body(&last).replace("rev: 4", "rev: 5").replace(prev, &format!("prev: \"{hash}\""));
    let forged = forged.replace("by: \"ana\"", "by: \"bob\"").replace("role: \"member\"", "role: \"admin\"");
    let forged = ana.signed_by(&identity, "bob", "trust/000005.yaml", &forged);
    ana.write("trust/000005.yaml", &forged);
    is(&ana.run(&["param", "get", "/dev/db"]), 6, "`bob`, who may not write it");
    bob.write("trust/000005.yaml", &forged);
    is(&bob.run(&["param", "get", "/prod/db"]), 6, "who may not write it");
}

#[test]
fn a_reader_signs_no_key_document_and_moves_no_scope() {
    let (ana, bob) = team();
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let key = ana.read("keys/prod.yaml");
    let injected = body(&key).replacen("    for:\n", "    for:\n      - \"0000000000000000\"\n", 1);
    ana.write("keys/prod.yaml", &injected);
    assert_eq!(ana.run(&["param", "get", "/prod/db"]).code, 6, "unsigned");
    let by_bob = injected.replace("by: \"ana\"", "by: \"bob\"");
    ana.write("keys/prod.yaml", ana.signed_by(&identity, "bob", "keys/prod.yaml", &by_bob));
    is(&ana.run(&["param", "get", "/prod/db"]), 6, "who may not write it");
    is(&ana.feed(&["param", "put", "/prod/db", "--stdin", "--overwrite"], b"x"), 6, "who may not write it");
    ana.write("keys/prod.yaml", key);
    // The snapshot in which prod governs /prod, pointed at the key that bob reads.
    let last = ana.read("trust/000004.yaml");
    ana.write("trust/000004.yaml", last.replace("parameter:/prod", "parameter:/else"));
    assert_eq!(ana.run(&["param", "get", "/dev/db"]).code, 6);
}

#[test]
fn wraps_cannot_be_exchanged_even_by_an_admin() {
    let (ana, _) = team();
    let wrap = |text: &str| {
        let from = text.find("    wrapped: |").unwrap();
        text[from..text.find("#sig").unwrap()].to_owned()
    };
    let (default, prod) = (ana.read("keys/default.yaml"), ana.read("keys/prod.yaml"));
    let exchanged = body(&prod).replace(&wrap(&prod), &wrap(&default)).replace("rev: 1\n", "rev: 2\n");
    ana.write("keys/prod.yaml", ana.signed("keys/prod.yaml", &exchanged));
    is(&ana.run(&["param", "get", "/prod/db"]), 6, "wrapped key");
    is(&ana.feed(&["param", "put", "/prod/new", "--stdin"], b"x"), 6, "wrapped key");
}

#[test]
fn a_removed_member_is_out() {
    let (ana, bob) = team();
    bob.put("/dev/api", "by bob");
    git(&bob, &["add", "-A"]);
    git(&bob, &["commit", "-qm", "bob"]);
    git(&ana, &["pull", "-q", "--no-rebase", bob.project().to_str().unwrap(), "HEAD"]);
    assert_eq!(exposed(&ana), Vec::<String>::new());
    let plan = json(&ana.ok(&["--json", "--dry-run", "member", "rm", "bob"]));
    assert_eq!((&plan["SignedDocuments"][0], &plan["Keys"][0]), (&"/dev/api".into(), &"default".into()));
    let before = ana.everything();
    ana.ok(&["--dry-run", "member", "rm", "bob"]);
    assert_eq!(ana.everything(), before);

    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.ok(&["verify"]);
    assert_eq!(exposed(&ana), ["/dev/api", "/dev/db"]);
    assert!(ana.ok(&["status"]).contains("2 values must be replaced"));
    assert_eq!(ana.run(&["status", "--check"]).code, 8);
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "by bob", "signed in his place");

    // What he writes from now on is refused, in his name and on every machine.
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let stale = bob.read("params/dev/api.yaml");
    let later = body(&stale).replace("rev: 2\n", "rev: 9\n");
    let here = ana.read("params/dev/api.yaml");
    ana.write("params/dev/api.yaml", ana.signed_by(&identity, "bob", "params/dev/api.yaml", &later));
    is(&ana.run(&["param", "get", "/dev/api"]), 6, "who was removed");
    ana.write("params/dev/api.yaml", here);

    // A new value is not his to read, whatever he still has.
    for name in ["/dev/api", "/dev/db"] {
        ana.put(name, "after");
    }
    assert_eq!(exposed(&ana), Vec::<String>::new());
    ana.ok(&["status", "--check"]);
    fs::copy(ana.document("params/dev/api.yaml"), bob.document("params/dev/api.yaml")).unwrap();
    fs::copy(ana.document("keys/default.yaml"), bob.document("keys/default.yaml")).unwrap();
    assert_ne!(bob.run(&["param", "get", "/dev/api"]).code, 0);
}

#[test]
fn a_removed_member_opens_nothing_of_a_whole_new_state() {
    let (ana, bob) = team();
    ana.ok(&["member", "rm", "bob", "--yes"]);
    ana.put("/dev/db", "after");
    pull(&bob, &ana);
    is(&bob.run(&["param", "get", "/dev/db"]), 5, "cannot open the key `default`");
    is(&bob.feed(&["param", "put", "/dev/db", "--stdin", "--overwrite"], b"x"), 5, "not belong to a member");
    // An old key document brings nobody back: the floor is in the trust chain.
    let current = ana.read("keys/default.yaml");
    let fresh = clone(&ana);
    let first = ana.command("git").args(["log", "--format=%h", "--reverse"]).output().unwrap();
    let first = outcome(first).stdout.lines().next().unwrap().to_owned();
    let old =
        outcome(ana.command("git").args(["show", &format!("{first}:.vault/keys/default.yaml")]).output().unwrap());
    fresh.write("keys/default.yaml", &old.stdout);
    assert_ne!(old.stdout, current);
    let identity = ana.identity_file();
    let put = fresh
        .program()
        .args(["param", "put", "/dev/new", "x", "--type", "String", "--identity"])
        .arg(&identity)
        .env("VLT_ID", ana.vault_id())
        .output();
    assert_eq!(outcome(put.unwrap()).code, 0, "plain text needs no key");
    let mut sealed = fresh.program();
    sealed.args(["param", "put", "/dev/sealed", "--generate", "--identity"]).arg(&identity);
    is(&outcome(sealed.output().unwrap()), 7, "is outdated: it ends at version 1, but version 2 exists");
}

#[test]
fn who_was_removed_comes_back_only_on_purpose() {
    let (ana, bob) = team();
    let (path, fingerprint) = {
        let path = bob.home().join("again.yaml").to_str().unwrap().to_owned();
        ana.ok(&["member", "rm", "bob", "--yes"]);
        pull(&bob, &ana);
        let made = bob.run(&["--json", "member", "request", "--no-input", "--name", "bob", "--out", &path]);
        assert_eq!(made.code, 0, "{made:?}");
        (path, json(&made.stdout)["Fingerprint"].as_str().unwrap().to_owned())
    };
    let arguments = ["member", "add", &path, "--read", "default", "--no-input", "--fingerprint", &fingerprint];
    is(&ana.run(&arguments), 7, "was removed");
    ana.ok(&[&arguments[..], &["--again"]].concat());
    pull(&bob, &ana);
    assert_eq!(bob.ok(&["param", "get", "/dev/db"]), "first");
}

#[test]
fn requests_are_refused_unless_they_are_what_the_newcomer_made() {
    let (ana, bob) = team();
    let eve = clone(&ana);
    let (path, fingerprint) = request(&eve, "eve");
    is(&ana.run(&["member", "add", &path, "--no-input"]), 10, "--fingerprint");
    is(&ana.run(&["member", "add", &path, "--no-input", "--fingerprint", "0000"]), 7, &fingerprint);
    let text = fs::read_to_string(&path).unwrap();
    let identity = fs::read_to_string(eve.home().join(".config/vault/identities/eve.txt")).unwrap();
    let bobs = bob.read("trust/000004.yaml");
    let recipients: Vec<&str> = bobs.lines().filter(|line| line.contains("\"age1")).map(str::trim).collect();
    let (bobs, own) = (recipients[2], text.lines().find(|line| line.contains("\"age1")).unwrap().trim());
    let tried = |forged: &str, code: i32, part: &str| {
        let signed = ana.signed_by(&identity, "eve", "request.yaml", forged);
        let path = ana.home().join("forged.yaml");
        fs::write(&path, signed).unwrap();
        let before = ana.read("trust/000004.yaml");
        is(&ana.run(&["member", "add", path.to_str().unwrap(), "--no-input", "--fingerprint", "x"]), code, part);
        assert!(!ana.document("trust/000005.yaml").exists() && ana.read("trust/000004.yaml") == before);
    };
    let body = body(&text);
    // Weak, repeated and forbidden recipients.
    tried(&body.replace(own, "- \"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs3290gq\""), 7, "recipient");
    tried(&body.replace(own, &format!("{own}\n  {own}")), 6, "recipient");
    tried(&body.replace(own, "- \"age1evil1qqqqqqqqqq\""), 7, "recipient");
    // Another's signature, a changed name, another vault.
    fs::write(&path, text.replace("name: \"eve\"", "name: \"eva\"")).unwrap();
    is(&ana.run(&["member", "add", &path, "--no-input", "--fingerprint", &fingerprint]), 6, "");
    let created = text.lines().find(|line| line.starts_with("created: ")).unwrap();
    fs::write(&path, text.replace(created, "created: \"2025-01-01T00:00:00Z\"")).unwrap();
    is(&ana.run(&["member", "add", &path, "--no-input", "--fingerprint", &fingerprint]), 6, "");
    // Bob's recipient in eve's request: the fingerprint is right and she is refused all the same.
    let stolen = ana.signed_by(&identity, "eve", "request.yaml", &body.replace(own, bobs));
    fs::write(&path, stolen).unwrap();
    let shown = ana.run(&["member", "add", &path, "--no-input", "--fingerprint", "x"]).stderr;
    let stolen = shown.split("fingerprint: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    is(&ana.run(&["member", "add", &path, "--no-input", "--fingerprint", &stolen]), 4, "`bob` has the same recipient");
}

#[test]
fn a_request_on_stdout_is_the_very_document() {
    let (ana, _) = team();
    let eve = clone(&ana);
    let arguments = ["member", "request", "--no-input", "--plaintext-identity", "--name", "ci"];
    let made = eve.run_with(&arguments, &[("VLT_ID", &eve.vault_id())]);
    assert_eq!(made.code, 0, "{made:?}");
    let fingerprint = made.stderr.split("by phone: ").nth(1).unwrap().lines().next().unwrap();
    let add = ["member", "add", "-", "--read", "prod", "--no-input", "--fingerprint", fingerprint];
    assert_eq!(ana.feed(&add, made.stdout.as_bytes()).code, 0);
    pull(&eve, &ana);
    assert_eq!(eve.ok(&["--no-input", "param", "get", "/prod/db"]), "first", "a member that only reads");
    is(&eve.feed(&["param", "put", "/prod/db", "--stdin", "--overwrite"], b"x"), 7, "`ci` may not write");
    assert!(eve.run(&["member", "request", "--name", "ci"]).stderr.contains("already"));
}

#[test]
fn keys_are_granted_revoked_mapped_and_rotated() {
    let (ana, bob) = team();
    ana.ok(&["key", "grant", "prod", "bob"]);
    pull(&bob, &ana);
    assert_eq!(bob.ok(&["param", "get", "/prod/db"]), "first");
    ana.ok(&["key", "revoke", "prod", "bob", "--yes"]);
    assert_eq!(exposed(&ana), ["/prod/db"]);
    is(&ana.run(&["key", "revoke", "prod", "bob", "--yes"]), 3, "not a reader");
    is(&ana.run(&["key", "revoke", "prod", "ana", "--yes"]), 7, "you must remain a reader");
    ana.put("/prod/db", "second");
    assert_eq!(exposed(&ana), Vec::<String>::new());
    pull(&bob, &ana);
    is(&bob.run(&["param", "get", "/prod/db"]), 5, "cannot open");

    // Sealing again is not replacing.
    ana.ok(&["key", "grant", "prod", "bob"]);
    ana.ok(&["key", "revoke", "prod", "bob", "--yes"]);
    ana.ok(&["key", "rotate", "prod", "--reencrypt"]);
    assert_eq!(exposed(&ana), ["/prod/db"]);
    assert_eq!(ana.ok(&["param", "get", "/prod/db"]), "second");
    ana.ok(&["verify"]);

    // Names that move to a key that bob does not read.
    ana.put("/dev/db", "more");
    ana.ok(&["key", "map", "prod", "parameter:/dev"]);
    assert_eq!(exposed(&ana), ["/dev/api", "/dev/db", "/prod/db"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "more");
    assert_eq!(ana.ok(&["param", "get", "/dev/db:1"]), "first", "the history came along");
    ana.ok(&["verify"]);
    pull(&bob, &ana);
    is(&bob.run(&["param", "get", "/dev/db"]), 5, "cannot open the key `prod`");
    let shown = json(&ana.ok(&["--json", "key", "show", "prod"]));
    assert_eq!(shown["Versions"][0]["State"], "tainted");
    let trust = json(&ana.ok(&["--json", "trust", "show"]));
    assert!(trust["Snapshots"].as_array().unwrap().len() >= 5);
}

#[test]
fn what_a_member_may_do_can_be_changed() {
    let (ana, bob) = team();
    bob.put("/dev/api", "by bob");
    ana.write("params/dev/api.yaml", bob.read("params/dev/api.yaml"));
    let updated = json(&ana.ok(&["--json", "member", "update", "bob", "--write", "parameter:/dev/db"]));
    assert_eq!((&updated["SignedDocuments"], &updated["Role"]), (&1.into(), &"member".into()));
    ana.ok(&["verify"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/api"]), "by bob");
    git(&bob, &["checkout", "-q", "--", "."]);
    pull(&bob, &ana);
    bob.put("/dev/db", "more");
    is(&bob.feed(&["param", "put", "/dev/api", "--stdin", "--overwrite"], b"x"), 7, "may not write");
    is(&ana.run(&["member", "update", "ana", "--no-admin"]), 7, "your own rights");
    // An admin who made a key and is none any more: the key stays good.
    ana.ok(&["member", "update", "bob", "--admin", "--write", "*"]);
    git(&bob, &["checkout", "-q", "--", "."]);
    pull(&bob, &ana);
    bob.ok(&["key", "rotate", "default"]);
    ana.write("keys/default.yaml", bob.read("keys/default.yaml"));
    ana.ok(&["member", "update", "bob", "--no-admin", "--no-write"]);
    ana.ok(&["verify"]);
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "first", "bob's last put was not pulled");
}

#[test]
fn only_another_value_is_a_replacement() {
    let (ana, _) = team();
    ana.put("/dev/db", "second");
    ana.feed(&["secret", "create", "dev/token", "--stdin"], b"first");
    ana.ok(&["member", "rm", "bob", "--yes"]);
    assert_eq!(exposed(&ana), ["/dev/api", "/dev/db", "dev/token"]);
    // The same value, an older one, a copy, a new name: bob knows them all.
    ana.put("/dev/api", "first");
    ana.ok(&["param", "rollback", "/dev/db:1"]);
    ana.ok(&["param", "copy", "/dev/db", "/dev/copy"]);
    ana.ok(&["param", "move", "/dev/api", "/dev/moved"]);
    ana.feed(&["secret", "put", "dev/token", "--stdin"], b"first");
    assert_eq!(exposed(&ana), ["/dev/copy", "/dev/db", "/dev/moved", "dev/token"]);
    for name in ["/dev/copy", "/dev/db", "/dev/moved"] {
        ana.put(name, "new");
    }
    ana.feed(&["secret", "put", "dev/token", "--stdin"], b"new");
    assert_eq!(exposed(&ana), Vec::<String>::new());
    ana.ok(&["verify"]);
}

#[test]
fn an_admin_who_cannot_read_a_key_cannot_hand_it_on() {
    let (ana, _) = team();
    let carol = clone(&ana);
    let (path, fingerprint) = request(&carol, "carol");
    let add = ["member", "add", &path, "--admin", "--read", "default", "--write", "*", "--no-input"];
    ana.ok(&[&add[..], &["--fingerprint", &fingerprint]].concat());
    pull(&carol, &ana);
    is(&carol.run(&["key", "grant", "prod", "carol"]), 5, "readers: ana, recovery");
    is(&carol.run(&["member", "rm", "ana", "--yes"]), 5, "readers: ana, recovery");
    is(&carol.run(&["member", "rm", "carol", "--yes"]), 7, "cannot remove yourself");
    carol.ok(&["member", "rm", "bob", "--yes"]);
    carol.ok(&["verify"]);
}

#[test]
fn the_recovery_key_adds_a_new_admin_when_the_only_one_is_lost() {
    let (ana, bob) = team();
    let dora = clone(&ana);
    let (path, fingerprint) = request(&dora, "dora");
    fs::remove_file(ana.identity_file()).unwrap();
    assert_eq!(ana.run(&["param", "get", "/dev/db"]).code, 5);
    let recovery = ana.home().join("recovery.txt");
    let recovery = recovery.to_str().unwrap();
    let add = ["--identity", recovery, "member", "add", &path, "--admin", "--no-input", "--fingerprint", &fingerprint];
    ana.ok(&add);
    pull(&dora, &ana);
    assert_eq!(dora.ok(&["param", "get", "/prod/db"]), "first");
    dora.ok(&["member", "rm", "ana", "--yes"]);
    dora.ok(&["verify"]);
    assert_eq!(dora.ok(&["param", "get", "/prod/db"]), "first");
    drop(bob);
}

#[test]
fn a_chain_that_was_taken_back_is_refused_until_somebody_accepts_it() {
    let (ana, bob) = team();
    bob.ok(&["param", "get", "/dev/db"]);
    fs::remove_file(bob.document("trust/000004.yaml")).unwrap();
    is(&bob.run(&["param", "get", "/dev/db"]), 6, "vault trust accept");
    is(&bob.run(&["trust", "accept", "--no-input"]), 10, "--yes");
    let accepted = bob.run(&["trust", "accept", "--yes"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    let shown = json(&bob.ok(&["--json", "trust", "show"]));
    assert_eq!(shown["Snapshots"].as_array().unwrap().len(), 3);
    assert!(bob.run(&["trust", "accept"]).stderr.contains("nothing was changed"));
    // What was written under the later chain gives itself away all the same.
    is(&bob.run(&["param", "get", "/dev/db"]), 6, "the trust chain was rolled back");
    drop(ana);
}

/// A vault in which bob signed two documents and reads a key.
fn small() -> Sandbox {
    let (ana, bob) = team();
    bob.put("/dev/db", "by bob");
    bob.put("/dev/new", "by bob");
    for document in ["params/dev/db.yaml", "params/dev/new.yaml"] {
        ana.write(document, bob.read(document));
    }
    ana
}

/// Kills a command at every step, runs it again, and has both states checked. Returns at how many points it died.
pub(crate) fn killed_everywhere(ana: &Sandbox, command: &[&str], again: &[&str], finished: impl Fn(&str)) -> usize {
    let before = ana.snapshot();
    let mut points = 0;
    for call in STEPS {
        let mut n = 1;
        loop {
            ana.put_back(&before);
            if !faulted(ana, command, call, "signal=KILL", n) {
                break;
            }
            let what = format!("{command:?}, {call} {n}");
            let verify = ana.run(&["verify"]);
            assert_eq!(verify.code, 0, "{what}: valid in between: {verify:?}");
            let first = ana.run(command);
            if first.code != 0 {
                let again = ana.run(again);
                assert_eq!(again.code, 0, "{what}: {first:?}, {again:?}");
            }
            let verify = ana.run(&["verify"]);
            assert_eq!(verify.code, 0, "{what}: {verify:?}");
            finished(&what);
            points += 1;
            n = next(call, n);
        }
    }
    assert!(points > 20, "only {points} points");
    points
}

#[test]
fn a_removal_that_was_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let ana = small();
    let command = ["member", "rm", "bob", "--yes"];
    let points = killed_everywhere(&ana, &command, &command, |what| {
        assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "by bob", "{what}");
        assert_eq!(exposed(&ana), ["/dev/api", "/dev/db", "/dev/new"], "{what}");
        let members = json(&ana.ok(&["--json", "member", "ls"]));
        assert_eq!(members["FormerMembers"][0], "bob", "{what}");
        let trust = json(&ana.ok(&["--json", "trust", "show"]));
        assert_eq!(trust["Keys"][0]["Floor"], 2, "{what}");
    });
    println!("{points} deaths of a removal survived");
}

#[test]
fn an_addition_that_was_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let (ana, _) = team();
    let eve = clone(&ana);
    let (path, fingerprint) = request(&eve, "eve");
    let command = ["member", "add", &path, "--read", "default,prod", "--no-input", "--fingerprint", &fingerprint];
    let points = killed_everywhere(&ana, &command, &command, |what| {
        let shown = json(&ana.ok(&["--json", "member", "show", "eve"]));
        assert_eq!(shown["Reads"].as_array().unwrap().len(), 2, "{what}");
    });
    println!("{points} deaths of an addition survived");
}

#[test]
fn a_mapping_that_was_killed_at_any_step_can_be_finished() {
    if !has("strace") {
        return;
    }
    let (ana, _) = team();
    let create = ["key", "create", "dev", "--scope", "parameter:/dev"];
    let map = ["key", "map", "dev", "parameter:/dev"];
    let points = killed_everywhere(&ana, &create, &map, |what| {
        assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "first", "{what}");
        let shown = json(&ana.ok(&["--json", "param", "show", "/dev/db"]));
        assert_eq!(shown["KeyId"], "dev", "{what}");
        assert_eq!(exposed(&ana), ["/dev/api", "/dev/db"], "{what}");
    });
    println!("{points} deaths of a new key survived");
}

#[test]
fn nobody_keeps_themselves_in_by_documents_that_do_not_hold() {
    let (ana, bob) = team();
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let stolen =
        body(&ana.read("params/prod/db.yaml")).replace("by: \"ana\"", "by: \"bob\"").replace("rev: 1\n", "rev: 2\n");
    ana.write("params/prod/db.yaml", ana.signed_by(&identity, "bob", "params/prod/db.yaml", &stolen));
    ana.write("params/prod/junk.yaml", "junk\n#sig v2 bob x\n");
    let removed = ana.run(&["--json", "member", "rm", "bob", "--yes"]);
    let report = json(&removed.stdout);
    let refused: Vec<&str> =
        report["RefusedDocuments"].as_array().unwrap().iter().map(|it| it["Path"].as_str().unwrap()).collect();
    assert_eq!(refused, ["params/prod/db.yaml", "params/prod/junk.yaml"]);
    is(&ana.run(&["param", "get", "/prod/db"]), 6, "who was removed");
    assert!(json(&ana.ok(&["--json", "member", "ls"]))["FormerMembers"][0] == "bob");
}

/// A measurement, not a check.
#[test]
#[ignore = "a measurement, not a check"]
fn removing_the_author_of_ten_thousand_documents() {
    let (ana, bob) = team();
    let names: Vec<String> = (0..10_000).map(|n| format!("/dev/many/{:02}/{n}", n % 100)).collect();
    let identity = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    bob.put("/dev/one", "x");
    let one = bob.read("params/dev/one.yaml");
    for (at, name) in names.iter().enumerate() {
        let rel = format!("params{name}.yaml");
        let id = one.lines().find(|line| line.starts_with("id: ")).unwrap();
        let text = body(&one).replace(id, &format!("id: \"{at:032x}\"")).replace("/dev/one", name);
        let plain = text.split("    type: ").next().unwrap().to_owned()
            + "    type: \"String\"\n    key: \"\"\n    key_version: 0\n    exposed: false\n    labels: []\n    value: \"x\"\n";
        ana.write(&rel, ana.signed_by(&identity, "bob", &rel, &plain));
    }
    let begun = std::time::Instant::now();
    ana.ok(&["member", "rm", "bob", "--yes"]);
    println!("10,000 documents in {:?}", begun.elapsed());
    ana.ok(&["verify"]);
}
