//! Those who have the repository and no key to it, and those who share the machine.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use vault::format::schema::{emit_key, parse_key};
use vault::format::trailer::split;
use vault::model::id::VaultId;

use super::identity;
use crate::project::{Outcome, Sandbox, body, has, outcome};
use crate::team::{clone, commit};

const CANARY: &str = "canary-92b7ee";

/// Every object of the repository, whatever branch it is on.
fn history(of: &Sandbox) -> Vec<u8> {
    let all = ["cat-file", "--batch", "--batch-all-objects", "--unordered"];
    of.command("git").args(all).output().unwrap().stdout
}

#[test]
fn who_has_the_whole_history_and_another_key_reads_no_value() {
    let ana = Sandbox::new();
    for (name, value) in [("/one", "x"), ("/sixty", &"x".repeat(60)), ("/a", CANARY), ("/a", "canary-92b7ee-2")] {
        ana.put(name, value);
        commit(&ana);
    }
    let secret = ["secret", "create", "s", "--stdin"];
    assert_eq!(ana.feed(&secret, CANARY.as_bytes()).code, 0);
    ana.ok(&["param", "rm", "/a", "--yes"]);
    commit(&ana);
    let all = history(&ana);
    assert!(all.windows(5).any(|window| window == b"xc1:A" || window == b"/one\""), "the objects are there");
    for hidden in [CANARY, "Y2FuYXJ5", "AGE-SECRET-KEY"] {
        assert!(!all.windows(hidden.len()).any(|window| window == hidden.as_bytes()), "{hidden}");
    }
    let length = |path: &str| ana.read(path).split("value: \"xc1:").nth(1).unwrap().find('"').unwrap();
    assert_eq!(length("params/one.yaml"), length("params/sixty.yaml"), "short values look alike");
    // The outsider's own identity, told the right id, and the stock tool with it.
    let eve = clone(&ana);
    let (eves, id) = (identity(&Sandbox::new(), "ana"), ana.vault_id());
    for arguments in [&["param", "get", "/one"][..], &["secret", "get", "s"], &["exec", "/one", "--", "env"]] {
        let refused = eve.run_with(arguments, &[("VLT_IDENTITY", &eves), ("VLT_ID", &id)]);
        assert!(refused.code != 0 && refused.stdout.is_empty(), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains("cannot open the key `default`"), "{arguments:?}: {refused:?}");
    }
    if has("age") {
        let (file, wrapped) = (eve.home().join("eve.txt"), eve.home().join("wrapped.age"));
        fs::write(&file, eves).unwrap();
        let key = eve.read("keys/default.yaml");
        let (from, to) = (key.find("-----BEGIN").unwrap(), key.find("#sig ").unwrap());
        fs::write(&wrapped, key[from..to].replace("      ", "")).unwrap();
        let opened = |file: &std::path::Path| {
            outcome(eve.command("age").arg("-d").arg("-i").arg(file).arg(&wrapped).output().unwrap())
        };
        assert!(opened(&file).stderr.contains("no identity matched"), "{:?}", opened(&file));
        assert!(opened(&ana.identity_file()).stdout.starts_with("vault-key/v1 "), "a reader's opens it");
    }
}

/// Runs with a limit on memory and time that an honest read is far below.
fn bounded(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command("timeout");
    command.args(["600", "sh", "-c", "ulimit -v 1000000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_vault")]);
    outcome(command.args(arguments).output().unwrap())
}

#[test]
fn documents_and_wraps_that_are_made_to_exhaust_are_refused() {
    let ana = Sandbox::new();
    ana.put("/a", CANARY);
    let (document, key) = (ana.read("params/a.yaml"), ana.read("keys/default.yaml"));
    assert_eq!(bounded(&ana, &["param", "get", "/a"]).stdout, CANARY, "the limits leave room for honest work");
    for path in ["params/a.yaml", "keys/default.yaml", "trust/000002.yaml", "vault.yaml"] {
        let before = fs::read(ana.document(path)).ok();
        fs::File::create(ana.document(path)).unwrap().set_len(20 << 30).unwrap();
        let read = bounded(&ana, &["param", "get", "/a"]);
        assert!(matches!(read.code, 1..=10) && read.stdout.is_empty(), "{path}: {read:?}");
        match before {
            Some(before) => fs::write(ana.document(path), before).unwrap(),
            None => fs::remove_file(ana.document(path)).unwrap(),
        }
    }
    // Nested as deeply as the size allows, and signed by a member.
    let deep = format!("{}{}\n", "a: ".repeat(100_000), "[".repeat(100_000));
    for planted in [deep, format!("x: &a [{}]\n", "*a, ".repeat(100_000)), "- ".repeat(500_000) + "\n"] {
        ana.write("params/a.yaml", ana.signed("params/a.yaml", &planted));
        let read = bounded(&ana, &["param", "get", "/a"]);
        assert!(matches!(read.code, 6 | 7) && read.stdout.is_empty(), "{read:?}");
    }
    ana.write("params/a.yaml", document);
    // Wraps that an admin signed: many readers that are none, and a passphrase that takes years.
    let vault: VaultId = ana.vault_id().parse().unwrap();
    let mut hostile = parse_key(split(key.as_bytes()).unwrap().body, &vault).unwrap();
    let point = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let native = format!("-> X25519 {point}\n{point}\n").repeat(450);
    let slow = format!("-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n{point}\n");
    for stanzas in [native, slow] {
        hostile.head.rev += 1;
        let file = format!("age-encryption.org/v1\n{stanzas}--- {}\n", "A".repeat(43));
        hostile.wraps[0].wrapped = armored(file.as_bytes());
        ana.write("keys/default.yaml", ana.signed("keys/default.yaml", &emit_key(&hostile, &vault)));
        let read = bounded(&ana, &["param", "get", "/a"]);
        assert!(matches!(read.code, 5..=7) && read.stdout.is_empty(), "{read:?}");
    }
}

fn armored(file: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(file);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n", lines.join("\n"))
}

/// A secret whose signed document names a program instead of one of the vault's hooks.
#[test]
fn a_document_names_no_program_to_run() {
    let ana = Sandbox::new();
    assert_eq!(ana.feed(&["secret", "create", "s", "--stdin"], b"first").code, 0);
    let mark = ana.home().join("was-run");
    let program = ana.home().join("evil");
    fs::write(&program, format!("#!/bin/sh\ntouch '{}'\n", mark.display())).unwrap();
    assert!(Command::new("chmod").arg("755").arg(&program).status().unwrap().success());
    ana.write("hooks/real", format!("#!/bin/sh\ntouch '{}'\n", mark.display()));
    ana.ok(&["--no-input", "rotate", "configure", "s", "--hook", "real", "--every", "1d"]);
    let path = "secrets/s.yaml";
    let honest = ana.read(path);
    assert!(body(&honest).contains("\"real\""), "{honest}");
    let unapproved = ana.run(&["rotate", "run", "s"]);
    assert!(unapproved.code != 0 && !mark.exists(), "nobody approved the vault's own either: {unapproved:?}");
    let line = format!("; touch '{}'", mark.display());
    let absolute = program.to_str().unwrap().to_owned();
    let names = [line, absolute, "../../home/evil".to_owned(), "$(touch x)".to_owned(), "unknown".to_owned()];
    for (step, name) in names.iter().enumerate() {
        let rev = honest.lines().find(|line| line.starts_with("rev: ")).unwrap();
        let next = body(&honest).replacen(rev, &format!("rev: {}", step + 10), 1);
        let next = next.replace("\"real\"", &format!("\"{}\"", name.replace('"', "\\\"")));
        ana.write(path, ana.signed(path, &next));
        for arguments in [&["rotate", "run", "s"][..], &["tick"], &["rotate", "status"], &["verify"]] {
            let run = ana.run(arguments);
            assert!(!mark.exists() && !ana.project().join("x").exists(), "{name}: {arguments:?}: {run:?}");
        }
        assert_ne!(ana.run(&["rotate", "run", "s"]).code, 0, "{name}");
    }
}

/// Whatever the user's `umask` lets others do.
#[test]
fn what_the_machine_keeps_is_for_its_owner_alone() {
    for mask in ["000", "077"] {
        let ana = Sandbox::empty();
        let recovery = ana.home().join("recovery.txt");
        let line = "umask $1; \"$0\" init --no-input --plaintext-identity --recovery-file \"$2\" && \
                    \"$0\" param put /a --generate && \"$0\" param get /a >/dev/null";
        let mut shell = ana.command("sh");
        shell.args(["-c", line, env!("CARGO_BIN_EXE_vault"), mask]).arg(&recovery);
        let run = outcome(shell.output().unwrap());
        assert_eq!(run.code, 0, "{run:?}");
        let found = Command::new("find").arg(ana.home()).args(["-mindepth", "1", "-perm", "/077"]).output().unwrap();
        let open: Vec<_> = String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect();
        let secret: Vec<_> = open.iter().filter(|path| fs::metadata(path).unwrap().is_file()).collect();
        assert!(secret.is_empty(), "umask {mask}: {secret:?}");
        for place in [".config/vault/identities", ".local/state/vault"] {
            let mode = fs::metadata(ana.home().join(place)).unwrap().mode() & 0o777;
            assert_eq!(mode, 0o700, "umask {mask}: {place}");
        }
        for mode in ["640", "604"] {
            assert!(Command::new("chmod").arg(mode).arg(ana.identity_file()).status().unwrap().success());
            let refused = ana.run(&["param", "get", "/a"]);
            assert!(refused.code != 0 && refused.stdout.is_empty() && refused.stderr.contains("chmod"), "{refused:?}");
        }
    }
}
