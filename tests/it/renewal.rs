//! A member asks for other keys for themselves, and takes them into use once an admin has given them.

use std::fs;

use crate::project::{Sandbox, has};
use crate::team::{clone, commit, git, is, json, pull, request, team};

/// Asks with `--renew`, and lets ana take the keys over.
fn renewed(ana: &Sandbox, bob: &Sandbox, identity: &[&str]) {
    let path = bob.home().join("new.yaml").to_str().unwrap().to_owned();
    let _ = fs::remove_file(&path);
    let ask = ["--json", "member", "request", "--renew", "--no-input", "--out", &path];
    let made = json(&bob.ok(&[&ask[..], identity].concat()));
    assert_eq!(made["Name"], "bob", "whoever they are here, and not the user name");
    let fingerprint = made["Fingerprint"].as_str().unwrap();
    ana.ok(&["member", "update", "bob", "--request", &path, "--fingerprint", fingerprint]);
}

fn configuration(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.home().join(".config/vault/config.yaml")).unwrap()
}

#[test]
fn a_member_changes_their_identity_with_one_command_before_and_after_the_admin() {
    let (ana, bob) = team();
    let before = configuration(&bob);
    is(&bob.run(&["--dry-run", "member", "request", "--renew"]), 2, "a dry run creates no identity");
    is(&bob.run(&["member", "request", "--renew", "--no-input"]), 10, "`--keyring`");
    renewed(&ana, &bob, &["--plaintext-identity"]);

    // Nothing changes until the admin's change is here, and the request may be made again.
    assert_eq!(configuration(&bob), before);
    assert_eq!(bob.ok(&["param", "get", "/dev/api"]), "first");
    let key = |text: &str| text.lines().find(|line| line.starts_with("sign: ")).unwrap().to_owned();
    let again = bob.ok(&["member", "request", "--renew"]);
    assert_eq!(key(&again), key(&fs::read_to_string(bob.home().join("new.yaml")).unwrap()));
    pull(&bob, &ana);
    is(&bob.run(&["param", "get", "/dev/api"]), 5, "run `vault member request --renew` again to switch to them");
    let dry = bob.ok(&["--dry-run", "member", "request", "--renew"]);
    assert!(dry.contains("would be used") && configuration(&bob) == before, "{dry}");

    let used = bob.run(&["member", "request", "--renew"]);
    assert!(used.code == 0 && used.stdout.starts_with("bob has new keys"), "{used:?}");
    assert!(used.stderr.contains(".config/vault/identities/bob.txt`: remove it when no other vault"), "{used:?}");
    bob.put("/dev/api", "with the new keys");
    assert_eq!(bob.ok(&["param", "get", "/dev/api"]), "with the new keys");
    bob.ok(&["verify"]);
    assert!(bob.home().join(".config/vault/identities/bob.txt").exists(), "the old one is kept");
}

#[test]
fn identities_of_every_kind_follow_one_another() {
    if !has("ssh-keygen") {
        return;
    }
    let (ana, bob) = team();
    let key = |name: &str| {
        let path = bob.home().join(name);
        let made = bob.command("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&path).status().unwrap();
        assert!(made.success());
        path.to_str().unwrap().to_owned()
    };
    // The signing key of an SSH identity lies beside it, and goes along with it.
    let (one, two) = (key("one"), key("two"));
    for identity in [&["--ssh", &one][..], &["--ssh", &two], &["--plaintext-identity"]] {
        renewed(&ana, &bob, identity);
        pull(&bob, &ana);
        assert_eq!(bob.run(&["param", "get", "/dev/api"]).code, 5, "{identity:?}: the old identity is out");
        bob.ok(&["member", "request", "--renew"]);
        bob.put("/dev/api", identity[0]);
        assert_eq!(bob.ok(&["param", "get", "/dev/api"]), identity[0]);
        commit(&bob);
        git(&ana, &["pull", "-q", "--no-rebase", "--no-edit", bob.project().to_str().unwrap(), "HEAD"]);
        ana.ok(&["verify"]);
    }
}

#[test]
fn a_new_machine_says_who_asks() {
    let (ana, _) = team();
    let laptop = clone(&ana);
    let id = laptop.vault_id();
    let known = [("VLT_ID", id.as_str())];
    let ask = ["member", "request", "--renew", "--plaintext-identity"];
    is(&laptop.run_with(&ask, &known), 2, "hint: add `--name NAME`");
    is(&laptop.run(&[&ask[..], &["--name", "bo"]].concat()), 3, "there is no member `bo`");
    renewed(&ana, &laptop, &["--plaintext-identity", "--name", "bob"]);
    pull(&laptop, &ana);
    is(&laptop.run(&["param", "get", "/dev/api"]), 5, "run `vault member request --renew` again to switch to them");
    laptop.ok(&["member", "request", "--renew"]);
    assert_eq!(laptop.ok(&["param", "get", "/dev/api"]), "first");
}

#[test]
fn an_identity_that_is_named_is_not_renewed() {
    let (ana, bob) = team();
    let file = bob.home().join(".config/vault/identities/bob.txt");
    let named = bob.run(&["--identity", file.to_str().unwrap(), "member", "request", "--renew"]);
    is(&named, 2, "omit `--identity` and `VLT_IDENTITY*`");
    let again = bob.run(&["member", "request"]);
    assert!(again.code == 4 && again.stderr.contains("`vault member request --renew` requests new keys"), "{again:?}");
    let stranger = clone(&ana);
    request(&stranger, "eve");
    is(
        &stranger.run(&["member", "request", "--renew", "--plaintext-identity"]),
        5,
        "does not belong to a member of this vault",
    );
}
