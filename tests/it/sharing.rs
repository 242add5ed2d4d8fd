//! Values for another vault, for a member who reads nothing else, and for somebody outside.

use std::fs;

use crate::project::{Outcome, Sandbox, has, outcome};
use crate::team::{exposed, is, json, team};

/// Ana's vault with two secrets and two parameters, and the machine of somebody with a vault of their own, who may read ana's directory.
struct Two {
    ana: Sandbox,
    eve: Sandbox,
}

impl Two {
    fn new() -> Self {
        let two = Two { ana: Sandbox::new(), eve: Sandbox::new() };
        for name in ["prod/db", "prod/other"] {
            two.ana.feed(&["secret", "create", name, "--stdin"], b"first");
        }
        two.ana.put("/shop/a", "one");
        two.ana.ok(&["param", "put", "/shop/host", "db.internal", "--type", "String"]);
        two
    }

    /// The public key of eve.
    fn recipient(&self) -> String {
        json(&self.eve.ok(&["--json", "member", "show", "ana"]))["Recipients"][0].as_str().unwrap().to_owned()
    }

    /// A command of ana about something that is shared with the vault of eve.
    fn with(&self, command: &[&str]) -> Outcome {
        let (id, recipient) = (self.eve.vault_id(), self.recipient());
        let is_new = command[1] == "share";
        let more: &[&str] = if is_new { &["--with", &id, "--recipient", &recipient] } else { &["--with", &id] };
        self.ana.run(&[command, more].concat())
    }

    /// A command of eve on ana's vault.
    fn eve(&self, arguments: &[&str]) -> Outcome {
        let vault = self.ana.vault();
        let arguments = [&["--vault", vault.to_str().unwrap()], arguments].concat();
        self.eve.run_with(&arguments, &[("VLT_ID", &self.ana.vault_id())])
    }

    fn eve_gets(&self, arguments: &[&str]) -> String {
        let run = self.eve(arguments);
        assert_eq!(run.code, 0, "{run:?}");
        run.stdout
    }
}

#[test]
fn the_reader_of_another_vault_gets_the_current_value_and_nothing_else() {
    let two = Two::new();
    assert_eq!(two.with(&["secret", "share", "prod/db"]).code, 0);
    assert_eq!(two.with(&["param", "share", "/shop"]).code, 0);
    assert_eq!(two.eve_gets(&["secret", "get", "prod/db"]), "first");
    assert_eq!(two.eve_gets(&["get", "/shop/a"]), "one");
    assert_eq!(two.eve_gets(&["exec", "/shop", "--", "sh", "-c", "printf %s \"$A-$HOST\""]), "one-db.internal");
    two.ana.feed(&["secret", "put", "prod/db", "--stdin"], b"second");
    assert_eq!(two.eve_gets(&["secret", "get", "prod/db"]), "second", "the share was written in the same run");
    is(&two.eve(&["secret", "get", "prod/other"]), 5, "cannot open the key `default`");
    let older = two.eve(&["--json", "secret", "get", "prod/db", "--stage", "AWSPREVIOUS"]);
    assert!(older.stdout.contains("InvalidRequestException"), "{older:?}");
    is(
        &two.eve(&["secret", "get", "prod/db", "--stage", "AWSPREVIOUS"]),
        5,
        "You can't access a secret from a different AWS account",
    );
    let listed = json(&two.eve_gets(&["--json", "shares"]));
    assert_eq!(listed["Shares"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(two.ana.run(&["verify"]).code, 0);
    assert_eq!(two.ana.run(&["backup", "../all.age"]).code, 0);
    assert!(two.eve(&["verify"]).stdout.contains("under keys you cannot open"));
}

#[test]
fn a_share_that_is_behind_is_said_and_a_tick_renews_it() {
    let two = Two::new();
    two.with(&["secret", "share", "prod/db"]);
    // As a merge leaves it whose other side did not have the share yet.
    let (shares, aside) = (two.ana.vault().join("shares"), two.ana.root().join("aside"));
    fs::rename(&shares, &aside).unwrap();
    two.ana.feed(&["secret", "put", "prod/db", "--stdin"], b"second");
    fs::rename(&aside, &shares).unwrap();
    is(&two.eve(&["secret", "get", "prod/db"]), 4, "the share is behind");
    let status = json(&two.ana.ok(&["--json", "status"]));
    let attention = status["Attention"].to_string();
    assert!(attention.contains("the share of secret:prod/db with") && attention.contains("vault tick"), "{attention}");
    let dry = two.ana.ok(&["--dry-run", "--json", "tick"]);
    assert_eq!(json(&dry)["RenewedShares"].as_array().unwrap().len(), 1);
    two.ana.ok(&["tick"]);
    assert_eq!(two.eve_gets(&["secret", "get", "prod/db"]), "second");
    assert!(!two.ana.ok(&["--json", "tick"]).contains("RenewedShares"));
}

#[test]
fn the_end_of_a_share_says_what_must_be_replaced() {
    let two = Two::new();
    two.with(&["param", "share", "/shop"]);
    let shared = json(&two.ana.ok(&["--json", "shares"]));
    assert_eq!(shared["Shares"][0]["Names"][0], "/shop/a", "a String needs no share");
    assert_eq!(two.with(&["param", "unshare", "/shop"]).code, 0);
    assert_eq!(exposed(&two.ana), ["/shop/a"]);
    assert!(two.ana.ok(&["status"]).contains("must be replaced"));
    is(&two.eve(&["get", "/shop/a"]), 5, "cannot open the key");
    is(&two.with(&["param", "unshare", "/shop"]), 3, "it is not shared with");
    two.ana.feed(&["param", "put", "/shop/a", "--stdin", "--overwrite"], b"two");
    assert!(exposed(&two.ana).is_empty());
}

#[test]
fn a_dry_run_shares_nothing() {
    let two = Two::new();
    let (id, recipient) = (two.eve.vault_id(), two.recipient());
    let run = two.ana.run(&["--dry-run", "secret", "share", "prod/db", "--with", &id, "--recipient", &recipient]);
    assert!(run.stdout.contains("would be shared"), "{run:?}");
    assert!(!two.ana.vault().join("shares").exists());
    is(&two.ana.run(&["secret", "share", "prod/db", "--with", &id]), 2, "--recipient");
    is(
        &two.ana.run(&["secret", "share", "prod/none", "--with", &id, "--recipient", &recipient]),
        3,
        "there is no secret `prod/none`",
    );
}

#[test]
fn a_member_gets_one_secret_of_a_key_that_they_do_not_read() {
    let (ana, bob) = team();
    ana.put("/prod/api", "token");
    ana.ok(&["param", "share", "/prod/api", "--with", "bob"]);
    is(&ana.run(&["param", "share", "/dev", "--with", "bob"]), 4, "`bob` can open it without a share");
    is(&bob.run(&["param", "share", "/prod", "--with", "bob"]), 5, "cannot open the key");
    crate::team::pull(&bob, &ana);
    assert_eq!(bob.ok(&["param", "get", "/prod/api"]), "token");
    assert_eq!(bob.run(&["param", "get", "/prod/db"]).code, 5);
    let removed = ana.run(&["member", "rm", "bob", "--yes"]);
    assert!(removed.stderr.contains("the share of parameter:/prod/api with bob ends"), "{removed:?}");
    assert!(exposed(&ana).contains(&"/prod/api".to_owned()));
    assert_eq!(ana.run(&["verify"]).code, 0);
}

#[test]
fn a_forged_share_is_refused_and_named() {
    let two = Two::new();
    two.with(&["secret", "share", "prod/db"]);
    let leaf = fs::read_dir(two.ana.vault().join("shares")).unwrap().next().unwrap().unwrap().file_name();
    let rel = format!("shares/{}", leaf.to_str().unwrap());
    let text = two.ana.read(&rel);
    two.ana.write(&rel, text.replace("secret:prod/db", "secret:prod/other"));
    is(&two.eve(&["secret", "get", "prod/other"]), 6, "cannot be trusted: invalid signature");
    assert_eq!(two.ana.run(&["verify"]).code, 6);
    assert_eq!(two.ana.run(&["shares"]).code, 6);
    two.ana.write(&rel, &text);
    assert_eq!(two.ana.run(&["verify"]).code, 0);
    two.ana.write("shares/notes.yaml", "x");
    assert_eq!(two.ana.run(&["verify"]).code, 6, "nothing else belongs there");
}

#[test]
fn a_file_for_somebody_outside_is_taken_with_a_plan_or_printed() {
    let two = Two::new();
    let file = two.ana.root().join("shop.age");
    let file = file.to_str().unwrap();
    let made = two.ana.ok(&["share", "/shop", "--to", &two.recipient(), "--expires", "7d", "--out", file]);
    assert!(made.contains("2 values"), "{made}");
    let plan = two.eve.run(&["--dry-run", "receive", file, "--into", "/from/ana"]);
    assert!(plan.stdout.contains("/from/ana/host") && plan.stderr.contains("compare these words"), "{plan:?}");
    assert_eq!(two.eve.run(&["get", "/from/ana/a"]).code, 3, "a dry run stores nothing");
    is(&two.eve.run(&["--no-input", "receive", file, "--print"]), 2, "several values");
    assert_eq!(two.eve.run(&["receive", file, "--print", "/shop/a"]).stdout, "one");
    assert_eq!(two.eve.run(&["receive", file, "--into", "/from/ana", "--yes"]).code, 0);
    assert_eq!(two.eve.ok(&["get", "/from/ana/a"]), "one");
    assert!(two.eve.ok(&["param", "show", "/from/ana/host"]).contains("String"));
    let again = two.eve.run(&["receive", file, "--into", "/from/ana", "--yes"]);
    assert!(again.stdout.contains("keep"), "{again:?}");
    two.eve.feed(&["param", "put", "/from/ana/a", "--stdin", "--overwrite"], b"own");
    let clash = two.eve.run(&["receive", file, "--into", "/from/ana", "--yes"]);
    assert_eq!((clash.code, two.eve.ok(&["get", "/from/ana/a"])), (7, "own".into()), "{clash:?}");
    is(&two.ana.run(&["receive", file]), 5, "encrypted for somebody else");
    let audit = two.ana.ok(&["--json", "audit"]);
    assert!(audit.contains("parcel until"), "the log has who got what: {audit}");
}

#[test]
fn stock_age_opens_the_file_and_an_old_one_says_how_old_it_is() {
    if !has("age") {
        return;
    }
    let two = Two::new();
    let recipient = two.recipient();
    let armored = two.ana.ok(&["share", "prod/db", "--to", &recipient, "--expires", "1h"]);
    let file = two.eve.project().join("x.age");
    fs::write(&file, &armored).unwrap();
    let mut age = two.eve.command("age");
    let opened = outcome(age.arg("-d").arg("-i").arg(two.eve.identity_file()).arg(&file).output().unwrap());
    let body = opened.stdout.split("#sig").next().unwrap().to_owned();
    assert!(body.contains("value: \"Zmlyc3Q=\""), "{opened:?}");
    // The same, made two years ago for ten years, and one that has expired.
    let parcel = |created: &str, expires: &str| {
        let dated = regex::Regex::new(r#"(created|expires): ".*""#).unwrap();
        let body = dated.replace_all(&body, |found: &regex::Captures| {
            format!("{}: \"{}\"", &found[1], if &found[1] == "created" { created } else { expires })
        });
        let path = two.eve.project().join("made.yaml");
        fs::write(&path, two.ana.signed("parcel.yaml", &body)).unwrap();
        let sealed = two.eve.project().join("made.age");
        let mut age = two.eve.command("age");
        assert!(age.args(["-a", "-r", &recipient, "-o"]).arg(&sealed).arg(&path).status().unwrap().success());
        two.eve.run(&["receive", "made.age", "--print"])
    };
    let old = parcel("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
    assert_eq!((old.code, old.stdout.as_str()), (0, "first"));
    assert!(old.stderr.contains("the file was made") && old.stderr.contains("years ago"), "{old:?}");
    is(&parcel("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"), 7, "it expired at 2020-02-01T00:00:00Z");
}
