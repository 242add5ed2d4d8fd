//! Credentials for the server: issued once, limited by their member, revoked for ever; and whoever forges one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::fixture::{alice, copy, fixture};
use crate::project::{Outcome, Sandbox, body};
use crate::team::{clone, commit, git, is, pull, request};

const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "ssm:GetParameter*", "Resource": "arn:aws:ssm:*:*:parameter/shop/*"},
    {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:*:secret:shop/*"},
    {"Sid": "NoPayments", "Effect": "Deny", "Action": "*", "Resource": "*",
     "Condition": {"StringEquals": {"aws:ResourceTag/team": "payments"}}}
  ]
}"#;

fn add(sandbox: &Sandbox, name: &str, more: &[&str]) -> Outcome {
    let add = ["--json", "serve", "credentials", "add", name, "--policy", "-"];
    sandbox.feed(&[&add, more].concat(), POLICY.as_bytes())
}

/// The id and the secret access key of a new credential.
fn issue(sandbox: &Sandbox, name: &str, more: &[&str]) -> (String, String) {
    let outcome = add(sandbox, name, more);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let text = |member: &str| report[member].as_str().unwrap_or_default().to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

fn path(id: &str) -> String {
    format!("credentials/{id}.yaml")
}

/// The states of all credentials, by name.
fn states(sandbox: &Sandbox) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&sandbox.ok(&["--json", "serve", "credentials", "ls", "--all"])).unwrap();
    let text = |it: &Value, member: &str| it[member].as_str().unwrap().to_owned();
    let all = report["Credentials"].as_array().unwrap().iter();
    let mut states: Vec<_> = all.map(|it| (text(it, "Name"), text(it, "State"))).collect();
    states.sort();
    states
}

/// What a simulation answers about the credentials: why, or why not.
fn why(sandbox: &Sandbox, action: &str, resource: &str, more: &[&str]) -> (i32, Vec<String>) {
    let simulate = ["--json", "policy", "simulate", "--action", action, "--resource", resource];
    let outcome = sandbox.run(&[&simulate, more].concat());
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
    let reasons = report["Results"].as_array().unwrap().iter().map(|it| it["Reason"].as_str().unwrap().to_owned());
    (outcome.code, reasons.collect())
}

/// Ana's vault, and bob, who issues credentials and reads and writes `/shop` only.
fn team() -> (Sandbox, Sandbox) {
    let ana = Sandbox::new();
    ana.ok(&["key", "create", "prod", "--scope", "parameter:/prod", "--scope", "secret:prod"]);
    ana.put("/prod/db", "first");
    ana.put("/shop/db", "first");
    let bob = clone(&ana);
    let (file, fingerprint) = request(&bob, "bob");
    let rights = ["--read", "default", "--write", "parameter:/shop", "--write", "credential:"];
    ana.ok(&[&["member", "add", &file, "--no-input", "--fingerprint", &fingerprint], &rights[..]].concat());
    pull(&bob, &ana);
    (ana, bob)
}

/// Takes what somebody did over, who has the other's repository as a remote.
fn bring(from: &Sandbox, into: &Sandbox) {
    commit(from);
    git(into, &["pull", "-q", "--ff-only", from.project().to_str().unwrap(), "main"]);
}

#[test]
fn the_secret_access_key_is_shown_once_and_lies_nowhere() {
    let sandbox = Sandbox::new();
    let (id, key) = issue(&sandbox, "shop", &["--expires", "90d"]);
    assert_eq!((id.len(), key.len()), (20, 40));
    for (path, bytes) in sandbox.everything() {
        assert!(!String::from_utf8_lossy(&bytes).contains(&key), "{}", path.display());
    }
    assert!(sandbox.ok(&["serve", "credentials", "show", "shop"]).contains("\"Sid\": \"Read\""));
    assert!(sandbox.ok(&["verify"]).contains("1 value opened"));

    let file = sandbox.project().join("ci.credentials");
    let (id, shown) = issue(&sandbox, "ci", &["--out", file.to_str().unwrap()]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(shown.is_empty() && text.starts_with(&format!("[default]\naws_access_key_id = {id}\n")), "{text}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(add(&sandbox, "again", &["--out", file.to_str().unwrap()]).code, 4);

    let piped = sandbox.feed(&["serve", "credentials", "add", "x", "--policy", "-"], POLICY.as_bytes());
    is(&piped, 2, "the secret access key is shown on a terminal only");
    let nothing = issue(&sandbox, "dry", &["--dry-run"]).1;
    assert!(nothing.is_empty());
    let bad = sandbox.feed(&["--json", "serve", "credentials", "add", "x", "--policy", "-"], b"{}");
    is(&bad, 2, "the policy is not valid: it needs a Statement");
    let states = states(&sandbox);
    assert_eq!(states, [("ci".into(), "ACTIVE".into()), ("shop".into(), "ACTIVE".into())]);
}

#[test]
fn a_simulation_says_who_may_do_what_and_why() {
    let (ana, bob) = team();
    let get = |sandbox: &Sandbox, resource: &str| why(sandbox, "ssm:GetParameter", resource, &["--credential", "shop"]);
    issue(&bob, "shop", &[]);
    bring(&bob, &ana);
    let allowed = (0, vec!["statement 1 (Read) of its policy allows it".to_owned()]);
    assert_eq!(get(&ana, "/shop/db"), allowed);
    assert_eq!(get(&ana, "arn:aws:ssm:us-east-1:123456789012:parameter/shop/db"), allowed);
    assert_eq!(get(&ana, "/prod/db"), (8, vec!["no policy allows it".to_owned()]));
    ana.ok(&["param", "tag", "/shop/db", "team=payments"]);
    let denied = (8, vec!["statement 3 (NoPayments) of its policy denies it".to_owned()]);
    assert_eq!(get(&ana, "/shop/db"), denied);
    let other = ["--context", "aws:resourcetag/team=shop"];
    assert_eq!(why(&ana, "ssm:GetParameter", "/shop/db", &other), allowed);
    // The policy allows what bob may not do himself.
    let put = why(&ana, "secretsmanager:CreateSecret", "shop/new", &[]);
    assert_eq!(put, (8, vec!["bob may not write it".to_owned()]));
    ana.ok(&["key", "revoke", "default", "bob", "--yes"]);
    let read = why(&ana, "ssm:GetParameter", "/shop/other", &[]);
    assert_eq!(read, (8, vec!["bob does not read its key".to_owned()]));
    assert_eq!(ana.run(&["policy", "simulate", "--action", "s3:GetObject", "--resource", "x"]).code, 2);
}

#[test]
fn the_policy_of_a_secret_counts_as_well() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["secret", "create", "shop/db", "--generate"]);
    issue(&sandbox, "shop", &[]);
    let get = || why(&sandbox, "secretsmanager:GetSecretValue", "shop/db", &[]);
    assert_eq!(get(), (0, vec!["statement 2 of its policy allows it".to_owned()]));
    let policy = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
    let put = sandbox.feed(&["secret", "policy", "put", "shop/db", "--stdin"], policy.as_bytes());
    assert_eq!(put.code, 0, "{put:?}");
    assert_eq!(get(), (8, vec!["statement 1 of the secret's policy denies it".to_owned()]));
}

#[test]
fn who_leaves_takes_their_credentials_along_and_status_names_what_is_refused() {
    let (ana, bob) = team();
    let (id, _) = issue(&bob, "shop", &[]);
    issue(&bob, "soon", &["--expires", "3d"]);
    bring(&bob, &ana);
    let status = ana.ok(&["status"]);
    assert!(status.contains("the credential soon expires at") && !status.contains("credential shop"), "{status}");
    ana.ok(&["member", "update", "bob", "--write", "parameter:/shop"]);
    let status = ana.ok(&["status"]);
    assert!(status.contains("the credential shop is refused: bob may not write `credential:` any more"), "{status}");
    assert_eq!(states(&ana)[0], ("shop".into(), "MEMBER_NOT_ALLOWED".into()));
    let removed = ana.ok(&["member", "rm", "bob", "--yes"]);
    assert!(removed.contains(&format!("the credential {id} revoked")), "{removed}");
    assert_eq!(states(&ana)[0], ("shop".into(), "REVOKED".into()));
    ana.ok(&["verify"]);
}

#[test]
fn a_vault_whose_keys_govern_no_credentials_says_what_to_map() {
    let sandbox = Sandbox::empty();
    copy(&fixture().join("vault2"), &sandbox.vault());
    alice(&sandbox);
    let id = sandbox.vault_id();
    let run = |arguments: &[&str], input: &Path| {
        let mut command = sandbox.program();
        let stdin = fs::File::open(input).unwrap();
        crate::project::outcome(command.args(arguments).env("VLT_ID", &id).stdin(stdin).output().unwrap())
    };
    let file = sandbox.project().join("policy.json");
    fs::write(&file, POLICY).unwrap();
    let add = || run(&["--json", "serve", "credentials", "add", "shop", "--policy", "-"], &file);
    is(&add(), 7, "`vault key map default credential:`");
    let mapped = run(&["key", "map", "default", "credential:"], &file);
    assert_eq!(mapped.code, 0, "{mapped:?}");
    assert_eq!(add().code, 0);
}

/// Bob issues credentials of his own; he signs with his own key, by other means than his program, which would refuse.
#[test]
fn nobody_forges_a_credential_of_somebody_else_or_without_the_right() {
    let (ana, bob) = team();
    let (id, _) = issue(&ana, "shop", &[]);
    let bobs = fs::read_to_string(bob.home().join(".config/vault/identities/bob.txt")).unwrap();
    let honest = ana.read(&path(&id));
    let next = body(&honest).replacen("rev: 1\n", "rev: 2\n", 1);
    let wide = next.replacen("parameter/shop/*", "parameter/*", 1);
    assert_ne!(wide, next);
    let show = || ana.run(&["serve", "credentials", "show", &id]);
    // Whoever can push, without a key: the old signature, and none.
    let trailer = &honest[body(&honest).len()..];
    ana.write(&path(&id), format!("{wide}{trailer}"));
    is(&show(), 6, "signature");
    // A member with the right to issue: not in the name of ana, with any policy.
    let by_bob = wide.replacen("by: \"ana\"\nmember", "by: \"bob\"\nmember", 1);
    assert_ne!(by_bob, wide);
    ana.write(&path(&id), ana.signed_by(&bobs, "bob", &path(&id), &by_bob));
    is(&show(), 6, "`bob`, who may not write it");
    ana.write(&path(&id), &honest);
    // Without the right, not even one of his own.
    let own = by_bob.replacen("member: \"ana\"", "member: \"bob\"", 1).replacen("rev: 2\n", "rev: 1\n", 1);
    let another = "AKIAABCDEFGHIJKLMNOP";
    let own = ana.signed_by(&bobs, "bob", &path(another), &own.replacen(&id, another, 1));
    ana.write(&path(another), &own);
    ana.ok(&["serve", "credentials", "show", another]);
    fs::remove_file(ana.document(&path(another))).unwrap();
    ana.ok(&["member", "update", "bob", "--write", "parameter:/shop"]);
    ana.write(&path(another), &own);
    is(&ana.run(&["serve", "credentials", "show", another]), 6, "`bob`, who may not write it");
    assert_eq!(ana.run(&["verify"]).code, 6);
}

#[test]
fn a_credential_whose_file_cannot_be_written_is_revoked() {
    let ana = Sandbox::new();
    let below_a_file = ana.identity_file().join("shop.credentials");
    let refused = add(&ana, "shop", &["--out", below_a_file.to_str().unwrap()]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert_eq!(states(&ana), [("shop".to_owned(), "REVOKED".to_owned())]);
}

#[test]
fn a_revoked_credential_that_an_old_commit_brings_back_is_refused() {
    let ana = Sandbox::new();
    let (id, _) = issue(&ana, "shop", &[]);
    let active = ana.read(&path(&id));
    ana.ok(&["serve", "credentials", "rm", "shop", "--yes"]);
    assert!(ana.read(&path(&id)).contains("state: \"revoked\"") && !ana.read(&path(&id)).contains("xc1:"));
    ana.ok(&["checkpoint"]);
    ana.write(&path(&id), &active);
    let refused = ana.run(&["serve", "credentials", "show", &id]);
    is(&refused, 6, "was rolled back: found revision 1, already saw 2");
    assert!(refused.stderr.contains("restore the newest state of the file with git"), "{refused:?}");
    assert_eq!(why(&ana, "ssm:GetParameter", "/shop/db", &[]).0, 6);
    is(&ana.run(&["accept", "--credential", &id, "--yes"]), 7, "is not signed again");
    is(&ana.run(&["adopt", "--credential", &id, "--yes"]), 7, "is not signed again");
    // A machine that has seen nothing has the checkpoint.
    let vault = ana.vault_id();
    let other = ana.home().join("other");
    let fresh = [("XDG_STATE_HOME", other.to_str().unwrap()), ("VLT_ID", vault.as_str())];
    let verify = ana.run_with(&["verify", "--checkpoint=required"], &fresh);
    assert_eq!(verify.code, 6, "{verify:?}");
    // One that is gone on purpose is forgotten.
    fs::remove_file(ana.document(&path(&id))).unwrap();
    ana.ok(&["accept", "--credential", &id, "--yes"]);
    assert!(states(&ana).is_empty());
}
