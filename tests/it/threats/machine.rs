//! The machine around the program: other programs that a repository or an environment names, debug switches, clocks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use vault::crypto::framing::sha256;
use vault::crypto::sign::SigningKey;
use vault::format::schema::{emit_trust, parse_trust};
use vault::format::trailer::split;
use vault::model::id::VaultId;
use vault::model::trust::{Member, Role, Trust};

use super::identity;
use crate::project::{Outcome, Sandbox, body, has, outcome};

const CANARY: &str = "canary-5e0c71";

/// A program that leaves a mark when it is run, under that name in the checkout. Returns the mark.
fn trap(sandbox: &Sandbox, name: &str) -> PathBuf {
    let (program, mark) = (sandbox.project().join(name), sandbox.home().join("was-run"));
    fs::write(&program, format!("#!/bin/sh\necho run >> '{}'\n", mark.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    mark
}

/// An admin lets a member in whose recipient names a program, and the checkout holds that program.
#[test]
fn a_recipient_names_no_program_to_run() {
    let ana = Sandbox::new();
    ana.put("/a", CANARY);
    let mark = trap(&ana, "age-plugin-evil");
    let vault: VaultId = ana.vault_id().parse().unwrap();
    let last = ana.read("trust/000002.yaml");
    let first = parse_trust(split(last.as_bytes()).unwrap().body, &vault).unwrap();
    let recipient = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age1evil").unwrap(), b"x").unwrap();
    let evil = Member {
        name: "evil".parse().unwrap(),
        role: Role::Member,
        sign: SigningKey::from_x25519(&[7; 32]).public().bytes(),
        recipients: vec![recipient],
        write: Vec::new(),
    };
    let members = first.members.iter().cloned().chain([evil]).collect();
    let next = Trust { rev: 3, prev: Some(sha256(last.as_bytes())), members, ..first };
    ana.write("trust/000003.yaml", ana.signed("trust/000003.yaml", &emit_trust(&next, &vault)));
    let usual = std::env::var("PATH").unwrap();
    let first_in_path = format!("{}:{usual}", ana.project().display());
    for path in [&first_in_path, "."] {
        for arguments in [
            &["param", "get", "/a"][..],
            &["param", "put", "/a", "--generate", "--overwrite"],
            &["key", "grant", "default", "evil"],
            &["key", "rotate", "default"],
        ] {
            let run = ana.run_with(arguments, &[("PATH", path)]);
            assert!(!mark.exists(), "{arguments:?} with PATH={path} ran it: {run:?}");
        }
        let grant = ana.run_with(&["key", "grant", "default", "evil"], &[("PATH", path)]);
        assert!(grant.code != 0 && grant.stderr.contains("evil"), "{grant:?}");
    }
    assert!(ana.command(ana.project().join("age-plugin-evil")).status().unwrap().success());
    assert!(mark.exists(), "it would have left its mark");
}

/// Switches of age, of Rust and of pinentry that would tell or ask where they should not, on the paths that fail.
#[test]
fn debug_switches_bring_nothing_secret_out() {
    let ana = Sandbox::new();
    ana.put("/a", CANARY);
    let mark = trap(&ana, "pinentry");
    let pinentry = ana.project().join("pinentry");
    let secret = identity(&ana, "ana");
    let key = secret.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    let stranger = identity(&Sandbox::new(), "ana");
    let strangers = stranger.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    let document = ana.read("params/a.yaml");
    let switches = [
        ("AGEDEBUG", "plugin"),
        ("PINENTRY_PROGRAM", pinentry.to_str().unwrap()),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("RUST_LIB_BACKTRACE", "1"),
        ("VLT_PASSPHRASE", "passphrase-5e0c71"),
    ];
    let quiet = |what: &str, run: &Outcome| {
        let shown = format!("{}{}", run.stdout, run.stderr);
        for hidden in [CANARY, key, strangers, "passphrase-5e0c71"] {
            assert!(!shown.contains(hidden), "{what}: {run:?}");
        }
        assert!(!mark.exists(), "{what} ran the pinentry: {run:?}");
    };
    let run = |arguments: &[&str], more: &[(&str, &str)]| ana.run_with(arguments, &[&switches[..], more].concat());
    for (what, given) in [("a stranger's identity", stranger.as_str()), ("no identity", "AGE-SECRET-KEY-1broken")] {
        let refused = run(&["param", "get", "/a"], &[("VLT_IDENTITY", given)]);
        assert_ne!(refused.code, 0, "{what}: {refused:?}");
        quiet(what, &refused);
    }
    for (what, planted) in [
        ("a changed value", document.replacen("xc1:", "xc1:A", 1)),
        ("a signed transplant", String::from_utf8(ana.signed("params/a.yaml", &transplant(&document))).unwrap()),
    ] {
        ana.write("params/a.yaml", planted);
        for arguments in [&["param", "get", "/a"][..], &["-v", "verify"], &["exec", "/a", "--", "env"]] {
            let refused = run(arguments, &[]);
            assert_ne!(refused.code, 0, "{what}: {refused:?}");
            quiet(what, &refused);
        }
    }
    ana.write("params/a.yaml", document);
    assert_eq!(run(&["param", "get", "/a"], &[]).stdout, CANARY);
}

/// A next revision whose value was sealed for another version.
fn transplant(document: &str) -> String {
    let body = body(document).replacen("rev: 1\n", "rev: 2\n", 1);
    let uid = body.lines().find(|line| line.contains("uid: ")).unwrap();
    body.replace(uid, "    uid: \"00000000000000000000000000000000\"")
}

#[test]
fn a_clock_that_is_wrong_takes_nothing_away_and_gives_nothing_more() {
    if !has("faketime") {
        return;
    }
    let ana = Sandbox::new();
    let at = |when: &str, arguments: &[&str]| {
        let mut command = ana.command("faketime");
        outcome(command.arg(when).arg(env!("CARGO_BIN_EXE_vault")).args(arguments).output().unwrap())
    };
    let ok = |when: &str, arguments: &[&str]| {
        let run = at(when, arguments);
        assert_eq!(run.code, 0, "{when}: {run:?}");
        run.stdout
    };
    ana.put("/a", "first");
    let (past, future) = ("1970-01-01 00:00:05", "2100-01-01 00:00:00");
    let expiry = r#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2050-01-01T00:00:00.000Z"}}]"#;
    fs::write(ana.home().join("policies.json"), expiry).unwrap();
    let policies = ana.home().join("policies.json");
    let policies = policies.to_str().unwrap();
    ana.ok(&["param", "put", "/temporary", "--generate", "--tier", "Advanced", "--policies", policies]);
    for (when, version) in [(past, "2"), (future, "3"), (past, "4")] {
        assert_eq!(ok(when, &["param", "get", "/a:1"]), "first");
        ok(when, &["param", "put", "/a", "--generate", "--overwrite"]);
        let newest: serde_json::Value = serde_json::from_str(&ok(when, &["--json", "param", "show", "/a"])).unwrap();
        assert!(newest.to_string().contains(&format!("\"Version\":{version}")), "{when}: {newest}");
        ok(when, &["verify"]);
        ok(when, &["status"]);
        ok(when, &["param", "history", "/a"]);
    }
    // What expires is gone under a clock that runs ahead, and back under the right one; nothing is deleted.
    let expired = at(future, &["param", "get", "/temporary"]);
    assert!(expired.code != 0 && expired.stdout.is_empty(), "{expired:?}");
    assert!(expired.stderr.contains("expired at 2050-01-01"), "{expired:?}");
    let value = ana.ok(&["param", "get", "/temporary"]);
    assert_eq!(ok(past, &["param", "get", "/temporary"]), value);
    ana.put("/a", "by the right clock");
    assert_eq!(ana.ok(&["param", "get", "/a"]), "by the right clock");
    ana.ok(&["verify"]);
}
