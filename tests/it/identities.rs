//! Identities of a machine: found, brought, taken along, and options that are obeyed or refused.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::project::{Outcome, Sandbox, has, outcome};
use crate::team::{clone, git, is, json, pull, team};
use crate::terminal::Shell;

const PASSPHRASE: &str = "correct horse battery staple";

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/dev/db", "s3cret");
    sandbox
}

/// Reads on a machine that knows the vault by its id.
fn get(sandbox: &Sandbox, more: &[(&str, &str)]) -> Outcome {
    let id = sandbox.vault_id();
    let variables: Vec<_> = more.iter().copied().chain([("VLT_ID", id.as_str())]).collect();
    sandbox.run_with(&["param", "get", "/shop/dev/db"], &variables)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_identity_in_its_own_place_is_found_without_configuration() {
    let ana = shop();
    let laptop = clone(&ana);
    is(&get(&laptop, &[]), 5, "`vault identity import FILE`");
    let place = laptop.identity_file();
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::copy(ana.identity_file(), &place).unwrap();
    assert_eq!(get(&laptop, &[]).stdout, "s3cret");
    let listed = json(&laptop.ok(&["--json", "identity", "ls"]));
    let found = &listed["Identities"][0];
    assert_eq!(
        (&found["Member"], &found["InUse"], &found["Origin"]),
        (&"ana".into(), &true.into(), &"found in its own place".into())
    );
    let other = place.with_file_name("other.txt");
    fs::copy(ana.home().join("recovery.txt"), &other).unwrap();
    is(&get(&laptop, &[]), 5, "has several identities, and none is configured");
    is(&get(&laptop, &[]), 5, "hint: choose one: `vault identity use NAME`");
    let used = json(&laptop.ok(&["--json", "identity", "use", "ana"]));
    assert_eq!(used["Member"], "ana");
    assert_eq!(get(&laptop, &[]).stdout, "s3cret");
    let used = json(&laptop.ok(&["--json", "identity", "use", "other.txt"]));
    assert_eq!(used["Member"], "recovery");
    fs::set_permissions(&other, fs::Permissions::from_mode(0o644)).unwrap();
    let shown = laptop.ok(&["identity", "ls"]);
    assert!(shown.contains("is open to other users") && shown.contains("not used, found in its own place"), "{shown}");
}

#[test]
fn the_recovery_key_is_taken_into_use_and_taken_along() {
    let ana = shop();
    let laptop = clone(&ana);
    let recovery = ana.home().join("recovery.txt");
    let recovery = recovery.to_str().unwrap();
    is(&laptop.run(&["--no-input", "identity", "import", recovery]), 10, "`--plaintext-identity`");
    let imported = laptop.run_with(
        &["--no-input", "identity", "import", recovery, "--passphrase"],
        &[("VLT_PASSPHRASE", &format!("{PASSPHRASE}\n")), ("VLT_ID", &laptop.vault_id())],
    );
    assert_eq!(imported.code, 0, "{imported:?}");
    let passphrase = ("VLT_PASSPHRASE", PASSPHRASE);
    assert_eq!(get(&laptop, &[passphrase]).stdout, "s3cret");
    is(&laptop.run(&["identity", "import", recovery]), 4, "this machine already has an identity: passphrase file");

    // A copy under a passphrase, for the next machine, which may keep it.
    let copy = laptop.home().join("copy.age");
    let copy = copy.to_str().unwrap();
    let exported = laptop.run_with(&["--json", "identity", "export", "--out", copy], &[passphrase]);
    assert_eq!(json(&exported.stdout)["Member"], "recovery", "{exported:?}");
    assert_eq!(mode(Path::new(copy)), 0o600);
    is(&laptop.run_with(&["identity", "export", "--out", copy], &[passphrase]), 4, "already exists");
    let third = clone(&ana);
    let imported = third.run_with(&["identity", "import", copy], &[passphrase]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert_eq!(get(&third, &[passphrase]).stdout, "s3cret");
    assert_eq!(get(&third, &[("VLT_PASSPHRASE", "wrong")]).code, 5);

    // In the clear, to a recipient, and back from a pipe.
    let plain = third.home().join("plain.txt");
    let plain = plain.to_str().unwrap();
    let exported = third.run_with(&["identity", "export", "--out", plain, "--plaintext-identity"], &[passphrase]);
    assert!(exported.stdout.contains("anyone who opens it can read what you can read"), "{exported:?}");
    let text = fs::read(plain).unwrap();
    let fourth = clone(&ana);
    let arguments = ["identity", "import", "-", "--plaintext-identity"];
    let fed = fourth.feed(&arguments, &text);
    assert!(fed.code == 0 && fed.stderr.contains("is not encrypted"), "{fed:?}");
    assert_eq!(get(&fourth, &[]).stdout, "s3cret");
    is(
        &fourth.feed(&["identity", "import", "-", "--replace", "--plaintext-identity"], b"nonsense"),
        2,
        "`AGE-SECRET-KEY-1…`",
    );
    let identity = fs::read_to_string(ana.identity_file()).unwrap();
    let replaced = fourth.feed(&["identity", "import", "-", "--replace", "--plaintext-identity"], identity.as_bytes());
    assert_eq!(replaced.code, 0, "{replaced:?}");
    assert_eq!(json(&fourth.ok(&["--json", "member", "whoami"]))["Name"], "ana");
    let recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let sealed = fourth.home().join("sealed.age");
    fourth.ok(&["identity", "export", "--out", sealed.to_str().unwrap(), "--to", recipient]);
    assert!(fs::read_to_string(sealed).unwrap().starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
}

#[test]
fn a_passphrase_is_changed_and_the_identity_stays() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::empty();
    let init = ["init", "--no-input", "--passphrase", "--no-recovery-key"];
    assert_eq!(sandbox.run_with(&init, &[("VLT_PASSPHRASE", PASSPHRASE)]).code, 0);
    sandbox.configure_more("agent: \"off\"\n");
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault identity passphrase\n");
    shell.expect("Passphrase for identity file ");
    shell.keys(&format!("{PASSPHRASE}\n"));
    for question in ["New passphrase: ", "Repeat: "] {
        shell.expect(question);
        shell.keys("another horse battery staple\n");
    }
    shell.expect("ready> ");
    let whoami = |passphrase: &str| sandbox.run_with(&["member", "whoami"], &[("VLT_PASSPHRASE", passphrase)]).code;
    assert_eq!((whoami(PASSPHRASE), whoami("another horse battery staple")), (5, 0));
    is(&shop().run(&["identity", "passphrase"]), 2, "this identity has no passphrase to change");
}

#[test]
fn an_option_for_the_identity_is_obeyed_or_refused() {
    let sandbox = shop();
    let other = sandbox.project().join("other");
    fs::create_dir(&other).unwrap();
    let place = other.to_str().unwrap();
    let init = |option: &[&str]| sandbox.run(&[&["init", place, "--no-input", "--no-recovery-key"], option].concat());
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture/ssh/ed25519");
    for option in [&["--ssh", key][..], &["--passphrase"], &["--keyring"], &["--plugin", key]] {
        is(&init(option), 4, "this machine already has an identity: plain identity file");
        assert!(!other.join(".vault").exists(), "{option:?}");
    }
    let given = sandbox.home().join("recovery.txt");
    is(&init(&["--plaintext-identity", "--identity", given.to_str().unwrap()]), 2, "an identity is given");
    assert_eq!(init(&["--plaintext-identity"]).code, 0, "as it is kept already");
    for option in [&["--ssh", key][..], &["--name", "bob"], &["--label", "mine"], &["--recovery-file", "new.txt"]] {
        let again = sandbox.run(&[&["init", place, "--no-input"], option].concat());
        is(&again, 2, &format!("`vault init {}` does not change it", option[0]));
    }
    is(&sandbox.run(&["member", "request", "--ssh", key]), 4, "already has an identity");
    is(&sandbox.run(&["identity", "new", "--plaintext-identity"]), 4, "already has an identity");
    let empty = Sandbox::empty();
    empty.ok(&["identity", "new", "--name", "build", "--plaintext-identity"]);
    assert!(empty.home().join(".config/vault/identities/build.txt").exists());
}

#[test]
fn a_machine_becomes_a_member_in_one_step() {
    let ana = shop();
    let file = ana.home().join("ci.txt");
    let file = file.to_str().unwrap();
    let dry = ana.run(&["--dry-run", "member", "new", "ci", "--out", file]);
    assert!(dry.stdout.contains("ci would be a member") && !Path::new(file).exists(), "{dry:?}");
    let new = ana.ok(&["member", "new", "ci", "--read", "default", "--out", file]);
    let line = |name: &str| new.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap().to_owned();
    assert_eq!((line("VLT_IDENTITY_FILE="), mode(Path::new(file))), (file.to_owned(), 0o600));
    let text = fs::read_to_string(file).unwrap();
    assert!(text.starts_with(&format!("# vault-id: {}\n", line("VLT_ID="))), "{new}");
    let machine = clone(&ana);
    let read = machine.run_with(&["--no-input", "param", "get", "/shop/dev/db"], &[("VLT_IDENTITY_FILE", file)]);
    assert_eq!(read.stdout, "s3cret", "the file names the vault: {read:?}");
    let whoami = machine.run_with(&["--json", "member", "whoami"], &[("VLT_IDENTITY_FILE", file)]);
    assert_eq!(json(&whoami.stdout)["Name"], "ci");
    is(&ana.run(&["member", "new", "ci", "--out", "ci2.txt"]), 4, "another member is called `ci`");
    assert!(!ana.project().join("ci2.txt").exists(), "nothing is left of what was refused");
    is(&ana.run(&["member", "new", "cd", "--out", file]), 4, "already exists");
    assert_eq!(fs::read_to_string(file).unwrap(), text);
    let nothing = ana.ok(&["member", "new", "cd", "--out", "cd.txt"]);
    assert!(nothing.contains("vault key grant KEY cd"), "{nothing}");
    let (_, bob) = team();
    is(&bob.run(&["member", "new", "x", "--out", "x.txt"]), 7, "not an admin");
    ana.ok(&["verify"]);
}

#[test]
fn a_private_key_that_git_would_take_along_is_a_warning() {
    if !has("git") {
        return;
    }
    let sandbox = shop();
    fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
    git(&sandbox, &["init", "-q"]);
    for (command, file) in [
        (&["member", "new", "ci", "--read", "default", "--out", "ci.txt"][..], "ci.txt"),
        (&["identity", "export", "--plaintext-identity", "--out", "copy.txt"], "copy.txt"),
        (&["member", "recovery", "--recovery-file", "new.txt"], "new.txt"),
    ] {
        let made = sandbox.run(command);
        let warning = format!("warning: git does not ignore `{file}`, which holds a private key");
        assert!(made.code == 0 && made.stderr.contains(&warning), "{made:?}");
    }
    fs::write(sandbox.project().join(".gitignore"), "*.txt\n").unwrap();
    let made = sandbox.run(&["member", "new", "cd", "--read", "default", "--out", "cd.txt"]);
    assert!(made.code == 0 && !made.stderr.contains("git does not"), "{made:?}");
    let outside = sandbox.home().join("outside.txt");
    let made = sandbox.run(&["member", "new", "ce", "--read", "default", "--out", outside.to_str().unwrap()]);
    assert!(made.code == 0 && !made.stderr.contains("git does not"), "{made:?}");
}

#[test]
fn a_member_does_not_ask_to_join() {
    let ana = shop();
    for (name, hint) in [(&["--name", "ci"][..], "vault member new ci --out ci.txt"), (&[], "--renew")] {
        let asked = ana.run(&[&["member", "request", "--out", "ci.yaml"], name].concat());
        is(&asked, 4, "this identity is already the member `ana`");
        assert!(asked.stderr.contains(hint) && !ana.project().join("ci.yaml").exists(), "{asked:?}");
    }
    let alias = ana.run(&["member", "request", "--member", "ci"]);
    is(&alias, 4, "vault member new ci");
}

#[test]
fn a_stranger_is_told_to_join_and_then_to_wait() {
    let ana = shop();
    let eve = clone(&ana);
    let id = eve.vault_id();
    eve.ok(&["identity", "new", "--plaintext-identity"]);
    let refused = get(&eve, &[]);
    is(&refused, 5, "`vault member request`");
    assert!(!refused.stderr.contains("key grant"), "{refused:?}");
    eve.ok(&["param", "ls"]);
    assert!(eve.ok(&["status"]).contains("request membership with `vault member request`"));
    let asked = eve.run_with(&["member", "request", "--name", "eve", "--out", "eve.yaml"], &[("VLT_ID", &id)]);
    assert_eq!(asked.code, 0, "{asked:?}");
    let waiting = eve.ok(&["status"]);
    assert!(waiting.contains("you asked to join as eve just now, and wait for an admin"), "{waiting}");
    let fingerprint = asked.stdout.lines().find_map(|line| line.strip_prefix("fingerprint")).unwrap().trim().to_owned();
    let request = eve.project().join("eve.yaml");
    let added = ana.ok(&["member", "add", request.to_str().unwrap(), "--fingerprint", &fingerprint]);
    assert!(added.contains("vault key grant KEY eve     eve reads nothing yet"), "{added}");
    fs::remove_file(request).unwrap();
    pull(&eve, &ana);
    is(&get(&eve, &[]), 5, "`vault key grant default eve`");
    assert!(!eve.ok(&["status"]).contains("wait for an admin"));
}

#[test]
fn init_in_a_clone_says_how_to_get_in() {
    let laptop = clone(&shop());
    let id = laptop.vault_id();
    let init = |option: &[&str]| laptop.run_with(&[&["init", "--no-input"], option].concat(), &[("VLT_ID", &id)]);
    let said = init(&[]);
    assert!(
        said.code == 0 && said.stderr.contains("`vault identity import FILE` brings your identity here"),
        "{said:?}"
    );
    is(&init(&["--plaintext-identity"]), 2, "`vault identity import FILE` brings your identity to this machine");
    is(&laptop.run(&["unlock"]), 2, "`vault identity import FILE`");
}

#[test]
fn a_given_identity_may_be_behind_a_link_or_in_a_pipe() {
    if !has("bash") {
        return;
    }
    let ana = shop();
    let machine = clone(&ana);
    let link = machine.home().join("identity");
    symlink(ana.identity_file(), &link).unwrap();
    assert_eq!(get(&machine, &[("VLT_IDENTITY_FILE", link.to_str().unwrap())]).stdout, "s3cret");
    let script = "\"$0\" --identity <(cat \"$1\") param get /shop/dev/db";
    let mut shell = machine.command("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_vault")]).arg(ana.identity_file());
    let piped = outcome(shell.env("VLT_ID", machine.vault_id()).output().unwrap());
    assert_eq!(piped.stdout, "s3cret", "{piped:?}");
    let script = "exec 3<\"$1\"; \"$0\" --identity /dev/fd/3 param get /shop/dev/db";
    let mut shell = machine.command("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_vault")]).arg(ana.identity_file());
    is(&outcome(shell.output().unwrap()), 5, "VLT_IDENTITY_FD=3");
}

#[test]
fn a_program_finds_no_secret_in_an_open_descriptor() {
    let ana = shop();
    for variable in ["VLT_IDENTITY_FD", "VLT_PASSPHRASE_FD"] {
        let script = format!(
            "exec 3<\"$1\"; {variable}=3 exec \"$0\" exec /shop/dev -- sh -c 'cat <&3 2>/dev/null || echo closed'"
        );
        let mut shell = ana.command("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_vault")]).arg(ana.identity_file());
        assert_eq!(outcome(shell.output().unwrap()).stdout, "closed\n", "{variable}");
    }
}

#[test]
fn an_aborted_init_leaves_nothing_behind() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::empty();
    let before = sandbox.everything();
    // Each answer leads to the next question.
    let answers = ["n\n", "a passphrase of mine\n", "a passphrase of mine\n", "n\n"];
    let questions = [
        "Generate a strong passphrase",
        "Passphrase for your identity: ",
        "Repeat: ",
        "Is it written down in a safe place? ",
    ];
    for (at, end) in (0..questions.len()).flat_map(|at| [(at, "\x03"), (at, "kill")]) {
        let mut shell = Shell::start(&sandbox);
        shell.keys("vault init --passphrase\n");
        for (question, answer) in questions.iter().zip(answers).take(at) {
            shell.expect(question);
            shell.keys(answer);
        }
        shell.expect(questions[at]);
        if end == "kill" {
            shell.keys("\x1a");
            shell.expect("ready> ");
            shell.run("kill -KILL %1; wait");
        } else {
            shell.keys(end);
            shell.expect("ready> ");
        }
        drop(shell);
        assert_eq!(sandbox.everything(), before, "at {:?}", questions[at]);
    }
    let init = ["init", "--no-input", "--passphrase", "--recovery-file", "recovery.txt"];
    assert_eq!(sandbox.run_with(&init, &[("VLT_PASSPHRASE", PASSPHRASE)]).code, 0);
    is(&sandbox.run(&["init", "other", "--no-input", "--recovery-file", "recovery.txt"]), 2, "already exists");
}
