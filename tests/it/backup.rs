//! Backups that stock tools read, restored where there is nothing, and hostile ones.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::crashes::{STEPS, faulted, next};
use crate::project::{Outcome, Sandbox, has, outcome};

/// A vault with a bit of everything, and where its backup goes.
fn filled() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    sandbox.put("/app/password", "one");
    sandbox.put("/app/password", "two");
    sandbox.put("/gone", "x");
    sandbox.ok(&["param", "rm", "--yes", "/gone"]);
    sandbox.ok(&["secret", "create", "prod/db", "--generate"]);
    sandbox.ok(&["checkpoint"]);
    sandbox.write("hooks/rotate.sh", "#!/bin/sh\n");
    let file = sandbox.home().join("backup.age");
    (sandbox, file)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file of a vault but its lock, with its content.
fn files(vault: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut waiting = vec![vault.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = text(path.strip_prefix(vault).unwrap()).to_owned();
            if path.is_dir() {
                waiting.push(path);
            } else if name != ".vault.lock" {
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A machine that knows nothing: another home.
fn elsewhere(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &Path)]) -> Outcome {
    let home = sandbox.home().join("other-home");
    fs::create_dir_all(home.join("project")).unwrap();
    let mut program = sandbox.program();
    program.current_dir(home.join("project")).env("HOME", &home).args(arguments);
    outcome(program.envs(variables.iter().copied()).output().unwrap())
}

fn restored(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("other-home/project/.vault")
}

fn nothing_is_left(sandbox: &Sandbox) {
    let work = sandbox.home().join("other-home/project");
    assert_eq!(fs::read_dir(work).unwrap().count(), 0, "something was left behind");
}

#[test]
fn a_backup_is_private_complete_and_read_by_stock_tools() {
    if !has("age") || !has("tar") {
        return;
    }
    let (sandbox, file) = filled();
    let said = sandbox.ok(&["backup", text(&file)]);
    for holder in ["ana", "recovery"] {
        assert!(said.contains(&format!("it opens with the identity of {holder}\n")), "{said}");
    }
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&file).unwrap()) & 0o7777, 0o600);
    let out = sandbox.home().join("unpacked");
    fs::create_dir(&out).unwrap();
    for identity in [sandbox.identity_file(), sandbox.home().join("recovery.txt")] {
        let pipe = format!("age -d -i {} {} | tar x -C {}", text(&identity), text(&file), text(&out));
        let run = outcome(sandbox.command("bash").args(["-euo", "pipefail", "-c", &pipe]).output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
        assert_eq!(files(&out.join("vault")), files(&sandbox.vault()), "byte for byte");
    }
    let listed = files(&out.join("vault"));
    for name in ["checkpoint.yaml", "hooks/rotate.sh", "params/.gone.yaml.gone", "trust/000001.yaml", ".gitignore"] {
        assert!(listed.iter().any(|(path, _)| path == name), "{name}");
    }
}

#[test]
fn an_empty_machine_gets_the_vault_back_with_the_recovery_key() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let recovery = sandbox.home().join("recovery.txt");
    let run =
        elsewhere(&sandbox, &["--no-input", "--json", "restore", text(&file)], &[("VLT_IDENTITY_FILE", &recovery)]);
    assert_eq!(run.code, 0, "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((report["Values"].as_u64(), report["ValuesNotOpened"].as_u64()), (Some(3), Some(0)), "{report}");
    assert_eq!(files(&restored(&sandbox)), files(&sandbox.vault()));
    let got = elsewhere(&sandbox, &["param", "get", "/app/password:1"], &[("VLT_IDENTITY_FILE", &recovery)]);
    assert_eq!((got.code, got.stdout.as_str()), (0, "one"), "{got:?}");
    let verified = elsewhere(&sandbox, &["verify", "--checkpoint=required"], &[("VLT_IDENTITY_FILE", &recovery)]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let put = elsewhere(&sandbox, &["param", "put", "/next", "--generate"], &[("VLT_IDENTITY_FILE", &recovery)]);
    assert_eq!(put.code, 0, "{put:?}");
}

#[test]
fn a_machine_that_does_not_know_the_vault_takes_it_only_by_its_id() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let identity = sandbox.identity_file();
    let restore = ["--no-input", "restore", text(&file)];
    let refused = elsewhere(&sandbox, &restore, &[("VLT_IDENTITY_FILE", &identity)]);
    assert!(refused.code == 10 && refused.stderr.contains("does not know the vault"), "{refused:?}");
    nothing_is_left(&sandbox);
    let other = format!("vlt1{}", "q".repeat(58));
    let wrong = elsewhere(&sandbox, &restore, &[("VLT_IDENTITY_FILE", &identity), ("VLT_ID", Path::new(&other))]);
    assert_ne!(wrong.code, 0, "{wrong:?}");
    nothing_is_left(&sandbox);
    let id = sandbox.vault_id();
    let taken = elsewhere(&sandbox, &restore, &[("VLT_IDENTITY_FILE", &identity), ("VLT_ID", Path::new(&id))]);
    assert_eq!(taken.code, 0, "{taken:?}");
}

#[test]
fn a_passphrase_opens_without_an_identity() {
    let (sandbox, file) = filled();
    let passphrase = sandbox.home().join("passphrase.txt");
    fs::write(&passphrase, "correct horse battery\n").unwrap();
    fs::set_permissions(&passphrase, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let wide = sandbox.run(&["backup", text(&file), "--passphrase-file", text(&passphrase)]);
    assert!(wide.code == 4 && wide.stderr.contains("chmod 600"), "others could read it: {wide:?}");
    fs::set_permissions(&passphrase, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let said = sandbox.ok(&["backup", text(&file), "--passphrase-file", text(&passphrase)]);
    assert!(said.contains("only the passphrase opens it"), "{said}");
    let nobody = sandbox.home().join("nobody.txt");
    let arguments = ["backup", text(&file), "--force", "--passphrase-file", text(&passphrase)];
    let locked = sandbox.run_with(&arguments, &[("VLT_IDENTITY_FILE", text(&nobody))]);
    assert!(locked.code == 5 && locked.stderr.contains("nobody.txt"), "{locked:?}");
    let header = fs::read(&file).unwrap();
    assert!(
        String::from_utf8_lossy(&header[..200]).contains("-> scrypt ")
            && header[..200].windows(4).any(|w| w == b" 18\n")
    );
    let asked = elsewhere(&sandbox, &["--no-input", "restore", text(&file)], &[]);
    assert!(asked.code == 10 && asked.stderr.contains("--passphrase-file FILE"), "{asked:?}");
    let id = sandbox.vault_id();
    let restore = ["--no-input", "restore", text(&file), "--passphrase-file"];
    let wrong = sandbox.home().join("recovery.txt");
    let refused = elsewhere(&sandbox, &[&restore[..], &[text(&wrong)]].concat(), &[]);
    assert!(refused.code == 5 && refused.stderr.contains("the passphrase is wrong"), "{refused:?}");
    let run = elsewhere(&sandbox, &[&restore[..], &[text(&passphrase)]].concat(), &[("VLT_ID", Path::new(&id))]);
    assert!(run.code == 0 && run.stdout.contains("0 values opened, 3 not opened"), "{run:?}");
    assert_eq!(files(&restored(&sandbox)), files(&sandbox.vault()));
}

#[test]
fn recipients_are_added_or_take_the_place_of_the_vault_s() {
    if !has("age") {
        return;
    }
    let (sandbox, file) = filled();
    let (_, key) = vault::crypto::identity::Identity::generate();
    let other = sandbox.home().join("other.txt");
    fs::write(&other, format!("{}\n", key.as_str())).unwrap();
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let keygen = outcome(sandbox.command("age-keygen").args(["-y", text(&other)]).output().unwrap());
    let recipient = keygen.stdout.trim();
    let opens = |identity: &Path| {
        let run = sandbox.command("age").args(["-d", "-o", "/dev/null", "-i", text(identity), text(&file)]).output();
        run.unwrap().status.success()
    };
    sandbox.ok(&["backup", text(&file), "--to", recipient]);
    assert!(opens(&other) && opens(&sandbox.identity_file()) && opens(&sandbox.home().join("recovery.txt")));
    sandbox.ok(&["backup", text(&file), "--force", "--only", "--to", recipient]);
    assert!(opens(&other) && !opens(&sandbox.identity_file()) && !opens(&sandbox.home().join("recovery.txt")));
    let refused = sandbox.run(&["restore", text(&file)]);
    assert!(refused.code == 5 && refused.stderr.contains("not encrypted for this identity"), "{refused:?}");
    let bad = sandbox.run(&["backup", text(&file), "--force", "--to", "age1nonsense"]);
    assert!(bad.code == 7 && bad.stderr.contains("`age1nonsense`: this is not an age or SSH recipient"), "{bad:?}");
    assert_eq!(sandbox.run(&["backup", text(&file), "--only"]).code, 2);
}

#[test]
fn a_file_that_is_there_is_kept_and_no_backup_goes_into_the_vault() {
    let (sandbox, file) = filled();
    fs::write(&file, "something").unwrap();
    let before = sandbox.everything();
    let kept = sandbox.run(&["backup", text(&file)]);
    assert!(kept.code == 4 && kept.stderr.contains("add `--force`"), "{kept:?}");
    let inside = sandbox.run(&["backup", ".vault/backup.age"]);
    assert!(inside.code == 2 && inside.stderr.contains("is inside the vault"), "{inside:?}");
    let nowhere = sandbox.run(&["backup", "no/such/directory.age"]);
    assert!(nowhere.code == 3 && nowhere.stderr.contains("`no/such` does not exist"), "{nowhere:?}");
    let dry = sandbox.run(&["--dry-run", "backup", "new.age"]);
    assert!(dry.code == 0 && dry.stdout.contains("would hold"), "{dry:?}");
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_device_a_pipe_or_a_link_is_never_replaced() {
    let (sandbox, _) = filled();
    let at = |name: &str| sandbox.project().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    symlink("/dev/null", at("null")).unwrap();
    for (name, why) in [("pipe", "is not a regular file"), ("null", "is a symbolic link")] {
        let refused = sandbox.run(&["backup", name, "--force"]);
        assert!(refused.code != 0 && refused.stderr.contains(why), "{refused:?}");
        assert_eq!(sandbox.run(&["backup", name]).code, 4, "{name}");
        let home = sandbox.home().join("other");
        let recovery = at(name).to_str().unwrap().to_owned();
        let init = ["init", "new", "--no-input", "--plaintext-identity", "--recovery-file", &recovery];
        let init = sandbox.run_with(&init, &[("HOME", home.to_str().unwrap())]);
        assert!(init.code != 0 && init.stderr.contains("give a new file"), "{init:?}");
    }
    assert!(fs::symlink_metadata(at("pipe")).unwrap().file_type().is_fifo());
    assert_eq!(fs::read_link(at("null")).unwrap(), Path::new("/dev/null"));
}

#[test]
fn a_damaged_vault_is_backed_up_only_on_purpose_and_never_restored() {
    let (sandbox, file) = filled();
    let good = sandbox.read("params/app/password.yaml");
    sandbox.write("params/app/password.yaml", good.replace("rev: 2", "rev: 3"));
    sandbox.write("notes.txt", "mine");
    let refused = sandbox.run(&["backup", text(&file)]);
    assert!(refused.code == 6 && refused.stderr.contains("the vault does not verify"), "{refused:?}");
    assert!(refused.stderr.contains("params/app/password.yaml") && !file.exists(), "{refused:?}");
    let forced = sandbox.run(&["backup", text(&file), "--damaged"]);
    assert_eq!(forced.code, 0, "{forced:?}");
    assert!(forced.stderr.contains("`notes.txt` was left out"), "{forced:?}");
    let identity = sandbox.home().join("recovery.txt");
    let run = elsewhere(&sandbox, &["--no-input", "restore", text(&file)], &[("VLT_IDENTITY_FILE", &identity)]);
    assert!(run.code == 6 && run.stderr.contains("the vault in the backup does not verify"), "{run:?}");
    nothing_is_left(&sandbox);
}

#[test]
fn a_vault_that_is_there_is_compared_and_kept_aside() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let same = sandbox.run(&["restore", text(&file)]);
    assert!(same.code == 4 && same.stderr.contains("the same documents as the existing vault"), "{same:?}");
    sandbox.put("/app/password", "three");
    sandbox.put("/new", "x");
    let before = files(&sandbox.vault());
    let refused = sandbox.run(&["restore", text(&file)]);
    assert_eq!(refused.code, 4, "{refused:?}");
    for said in [
        "`params/app/password.yaml`: the backup has revision 2, but the existing vault has revision 3",
        "`params/new.yaml`: the backup does not have it, but the existing vault has revision 1",
        "add `--replace`",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {refused:?}");
    }
    // A document that is broken there keeps none of the others from being compared.
    let sound = sandbox.read("secrets/prod/db.yaml");
    sandbox.write("secrets/prod/db.yaml", sound.replace("AWSCURRENT", "CURRENT"));
    let broken = sandbox.run(&["restore", text(&file)]);
    for said in [
        "the existing vault has revision 3",
        "1 document that cannot be trusted would be replaced",
        "secrets/prod/db.yaml",
    ] {
        assert!(broken.code == 4 && broken.stderr.contains(said), "{said}: {broken:?}");
    }
    assert_eq!(broken.stderr.matches("secrets/prod/db.yaml").count(), 1, "told once: {broken:?}");
    sandbox.write("secrets/prod/db.yaml", sound);
    let asked = sandbox.run(&["--no-input", "restore", text(&file), "--replace"]);
    assert!(asked.code == 10 && asked.stderr.contains("`--older`"), "{asked:?}");
    assert_eq!(asked.stderr.matches("`params/app/password.yaml`").count(), 1, "told once: {asked:?}");
    assert_eq!(files(&sandbox.vault()), before);
    let dry = sandbox.run(&["--dry-run", "restore", text(&file), "--replace"]);
    assert!(dry.code == 0 && dry.stdout.contains("could be restored"), "{dry:?}");
    assert!(dry.stdout.contains("the existing vault would be kept as "), "{dry:?}");
    assert_eq!(files(&sandbox.vault()), before);

    let run = sandbox.run(&["--json", "restore", text(&file), "--replace", "--older"]);
    assert_eq!(run.code, 0, "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let aside = PathBuf::from(report["KeptAside"].as_str().unwrap());
    assert_eq!(files(&aside), before, "nothing is lost");
    assert_eq!(sandbox.ok(&["param", "get", "/app/password"]), "two");
    sandbox.ok(&["verify"]);
    sandbox.put("/app/password", "goes on");
    let text_of = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(text_of(&aside).starts_with(".vault.before-"), "{aside:?}");
}

#[test]
fn a_removed_vault_comes_back_and_an_older_state_only_on_purpose() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let newer = sandbox.home().join("newer.age");
    sandbox.put("/app/password", "three");
    sandbox.ok(&["backup", text(&newer)]);
    fs::remove_dir_all(sandbox.vault()).unwrap();
    let older = sandbox.run(&["--no-input", "restore", text(&file)]);
    assert!(older.code == 10 && !sandbox.vault().exists(), "{older:?}");
    assert!(
        older.stderr.contains("the backup has revision 2, but this machine has already seen revision 3"),
        "{older:?}"
    );
    sandbox.ok(&["--no-input", "restore", text(&newer)]);
    assert_eq!(sandbox.ok(&["param", "get", "/app/password"]), "three");
}

#[test]
fn an_older_trust_chain_is_told_and_taken_on_purpose() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    sandbox.ok(&["key", "create", "live", "--scope", "parameter:/live"]);
    let asked = sandbox.run(&["--no-input", "restore", text(&file), "--replace"]);
    assert!(asked.code == 10 && asked.stderr.contains("already saw trust snapshot 3"), "{asked:?}");
    sandbox.ok(&["restore", text(&file), "--replace", "--older"]);
    sandbox.ok(&["verify"]);
    sandbox.ok(&["key", "create", "other", "--scope", "parameter:/other"]);
    let newer = sandbox.home().join("newer.age");
    sandbox.ok(&["backup", text(&newer)]);
    let forked = sandbox.run(&["--no-input", "restore", text(&file), "--replace"]);
    assert_eq!(forked.code, 10, "{forked:?}");
}

#[test]
fn another_vault_and_other_things_are_not_replaced() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let other = Sandbox::new();
    let restore = |arguments: &[&str]| {
        let mut program = other.program();
        program.args(["--no-input", "--identity", text(&sandbox.home().join("recovery.txt")), "restore", text(&file)]);
        outcome(program.args(arguments).output().unwrap())
    };
    for arguments in [&[][..], &["--replace"]] {
        let refused = restore(arguments);
        assert!(refused.code == 4 && refused.stderr.contains("is a different vault"), "{refused:?}");
    }
    let place = other.project().join("place");
    fs::create_dir_all(place.join(".vault")).unwrap();
    fs::write(place.join(".vault/mine"), "mine").unwrap();
    let refused = restore(&[text(&place)]);
    assert!(refused.code == 4 && refused.stderr.contains("contains something that is not a vault"), "{refused:?}");
    assert_eq!(restore(&[text(&place), "--replace"]).code, 0);
    assert!(place.join(".vault/vault.yaml").exists());
    assert_eq!(fs::read_dir(&place).unwrap().count(), 2, "what lay there is kept");
}

/// A tar archive, made by stock tar from files and flags, as a backup for the founder.
fn hostile(sandbox: &Sandbox, script: &str) -> PathBuf {
    let file = sandbox.home().join("hostile.age");
    let _ = fs::remove_file(&file);
    let public = fs::read_to_string(sandbox.identity_file()).unwrap();
    let recipient =
        public.lines().find_map(|line| line.split("age1").nth(1).map(|rest| format!("age1{rest}"))).unwrap();
    let pipe = format!(
        "cd \"$(mktemp -d)\" && cp -r {} vault && rm -f vault/.vault.lock && {{ {script}; }} | age -r {recipient} -o {}",
        text(&sandbox.vault()),
        text(&file)
    );
    let run =
        outcome(sandbox.command("bash").args(["-euo", "pipefail", "-c", &pipe]).stdin(Stdio::null()).output().unwrap());
    assert_eq!(run.code, 0, "{script}: {run:?}");
    file
}

#[test]
fn hostile_archives_are_refused_and_nothing_is_written() {
    if !has("age") || !has("tar") {
        return;
    }
    let (sandbox, _) = filled();
    let files = "find vault -type f | sort";
    let id = sandbox.vault_id();
    let identity = sandbox.identity_file();
    let attempt = |file: &Path| {
        let id = PathBuf::from(&id);
        elsewhere(
            &sandbox,
            &["--no-input", "restore", text(file)],
            &[("VLT_IDENTITY_FILE", &identity), ("VLT_ID", &id)],
        )
    };
    for (what, script, said) in [
        ("absolute", "tar cP /etc/passwd", "`/etc/passwd`, which does not belong in a vault"),
        (
            "outside",
            "mkdir -p vault/hooks/d; echo x > x; tar cP vault/hooks/../../x",
            "which does not belong in a vault",
        ),
        ("a link", "ln -s /etc vault/hooks/link; tar c vault/hooks/link", "which is not a regular file"),
        (
            "a hard link",
            &format!(
                "ln vault/vault.yaml vault/hooks/a; tar c vault/hooks/a vault/vault.yaml | cat; {files} >/dev/null"
            ),
            "which is not a regular file",
        ),
        ("a pipe", "mkfifo vault/hooks/p; tar c vault/hooks/p", "which is not a regular file"),
        ("a device", "tar cP /dev/null", "which is not a regular file"),
        ("directories", "tar c vault", "which is not a regular file"),
        ("a foreign name", "echo x > vault/notes.txt; tar c vault/notes.txt", "which does not belong in a vault"),
        ("twice", "tar c vault/vault.yaml vault/vault.yaml --hard-dereference", "which occurs twice"),
        (
            "a bomb",
            "head -c 20000000 /dev/zero > vault/hooks/big; tar c vault/hooks/big",
            "which is larger than 16 MiB",
        ),
        ("sparse", "truncate -s 1T vault/hooks/big; tar cS vault/hooks/big", "which is not a regular file"),
        ("no archive", "head -c 2000 /dev/urandom", "cannot be read"),
        ("nothing", "true", "is not a vault"),
        ("cut off", "tar c vault/vault.yaml vault/README.md | head -c 1100", "cannot be read"),
    ] {
        let run = attempt(&hostile(&sandbox, script));
        assert!(run.code != 0 && run.stderr.contains(said), "{what}: {run:?}");
        nothing_is_left(&sandbox);
    }
    let whole = attempt(&hostile(&sandbox, &format!("{files} | tar cT -")));
    assert_eq!(whole.code, 0, "what stock tar made of the same files: {whole:?}");
}

#[test]
fn a_changed_or_truncated_file_is_refused() {
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let whole = fs::read(&file).unwrap();
    let identity = sandbox.home().join("recovery.txt");
    let attempt = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let run = elsewhere(&sandbox, &["--no-input", "restore", text(&file)], &[("VLT_IDENTITY_FILE", &identity)]);
        assert_eq!(run.code, 6, "{run:?}");
        nothing_is_left(&sandbox);
    };
    for length in [0, 20, 400, whole.len() / 2, whole.len() - 1] {
        attempt(&whole[..length]);
    }
    for at in [30, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        attempt(&changed);
    }
    let none = elsewhere(&sandbox, &["restore", "none.age"], &[]);
    assert_eq!(none.code, 3, "{none:?}");
}

#[test]
fn a_backup_waits_for_a_writer() {
    let (sandbox, file) = filled();
    let lock = fs::OpenOptions::new().write(true).open(sandbox.document(".vault.lock")).unwrap();
    lock.lock().unwrap();
    let mut child = sandbox.program().args(["backup", text(&file)]).stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!file.exists(), "a backup was made in the middle of a write");
    lock.unlock().unwrap();
    assert!(child.wait().unwrap().success() && file.exists());
}

/// Waits until a process waits for the lock that somebody else holds.
fn waits_for_lock(child: &Child) {
    let files = format!("/proc/{}/fd", child.id());
    let is_lock = |file: std::io::Result<fs::DirEntry>| {
        file.and_then(|file| fs::read_link(file.path())).is_ok_and(|path| path.ends_with(".vault.lock"))
    };
    while !fs::read_dir(&files).unwrap().any(is_lock) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A put and a restore over the same vault, both of which wait for its lock, and what they came to. The one that is not first
/// is stopped until the other one has ended.
fn put_beside_restore(sandbox: &Sandbox, file: &Path, put_is_first: bool) -> (Outcome, Outcome) {
    let lock = fs::OpenOptions::new().write(true).open(sandbox.document(".vault.lock")).unwrap();
    lock.lock().unwrap();
    let start = |arguments: &[&str]| {
        let mut program = sandbox.program();
        let child = program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        waits_for_lock(&child);
        child
    };
    let put = start(&["param", "put", "/app/plain", "late", "--overwrite"]);
    let restore = start(&["restore", text(file), "--replace", "--older"]);
    let (first, second) = if put_is_first { (put, restore) } else { (restore, put) };
    send(&second, Signal::STOP);
    lock.unlock().unwrap();
    let first = outcome(first.wait_with_output().unwrap());
    send(&second, Signal::CONT);
    let second = outcome(second.wait_with_output().unwrap());
    if put_is_first { (first, second) } else { (second, first) }
}

#[test]
fn a_put_beside_a_restore_is_kept_aside_or_fails() {
    if !Path::new("/proc/self/fd").exists() {
        return;
    }
    for put_is_first in [true, false] {
        let (sandbox, file) = filled();
        sandbox.ok(&["param", "put", "/app/plain", "early", "--type", "String"]);
        sandbox.ok(&["backup", text(&file)]);
        let (put, restore) = put_beside_restore(&sandbox, &file, put_is_first);
        assert_eq!(restore.code, 0, "{restore:?}");
        assert_eq!(sandbox.ok(&["param", "get", "/app/plain"]), "early");
        let aside = restore.stdout.split("the previous vault is in ").nth(1).unwrap().split(';').next().unwrap();
        let kept = fs::read_to_string(Path::new(aside).join("params/app/plain.yaml")).unwrap();
        if put_is_first {
            assert_eq!(put.code, 0, "{put:?}");
            assert!(kept.contains("late"), "what was acknowledged is kept: {kept}");
            assert!(
                restore.stderr.contains(
                    "`params/app/plain.yaml`: the backup has revision 1, but the existing vault has revision 2"
                ),
                "{restore:?}"
            );
        } else {
            assert!(put.code == 4 && put.stderr.contains("was moved or replaced while this command ran"), "{put:?}");
            assert!(put.stderr.contains("hint: nothing was written there") && !kept.contains("late"), "{put:?} {kept}");
        }
        sandbox.ok(&["param", "put", "/app/plain", "next", "--overwrite"]);
    }
}

#[test]
fn backup_killed_at_every_step_leaves_the_old_file_or_the_new_one() {
    if !has("strace") {
        return;
    }
    let (sandbox, file) = filled();
    let arguments = ["backup", text(&file), "--force"];
    fs::File::create(&file).unwrap().write_all(b"old").unwrap();
    let mut points = 0;
    for call in STEPS {
        let mut n = 1;
        while faulted(&sandbox, &arguments, call, "signal=KILL", n) {
            points += 1;
            let there = fs::read(&file).unwrap();
            assert!(there == b"old" || there.starts_with(b"age-encryption.org/v1\n"), "{call} {n}");
            fs::write(&file, "old").unwrap();
            n = next(call, n);
        }
    }
    assert!(points > 10, "only {points} points");
    sandbox.ok(&["verify"]);
}

#[test]
fn restore_killed_at_every_step_leaves_the_old_vault_or_the_new_one() {
    if !has("strace") {
        return;
    }
    let (sandbox, file) = filled();
    sandbox.ok(&["backup", text(&file)]);
    let arguments = ["restore", text(&file), "--replace", "--older"];
    let mut points = 0;
    for call in STEPS {
        let mut n = 1;
        loop {
            sandbox.put("/app/password", "three");
            if !faulted(&sandbox, &arguments, call, "signal=KILL", n) {
                break;
            }
            points += 1;
            let value = sandbox.run(&["param", "get", "/app/password"]);
            assert!(value.code == 0 && (value.stdout == "two" || value.stdout == "three"), "{call} {n}: {value:?}");
            sandbox.ok(&["verify"]);
            sandbox.ok(&arguments);
            assert_eq!(sandbox.ok(&["param", "get", "/app/password"]), "two", "{call} {n}");
            n = next(call, n);
        }
    }
    assert!(points > 20, "only {points} points");
}
