//! What is asked on a terminal: late, once, and hidden over Ctrl-Z and `fg`.

use crate::project::{Sandbox, has};
use crate::team::team;
use crate::terminal::Shell;

const CANARY: &str = "c4n4ry-hunter2";

#[test]
fn a_hidden_prompt_stays_hidden_over_ctrl_z_and_fg() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault param put /app/password\n");
    shell.expect("Value for /app/password: ");
    shell.keys("half of it\x1a");
    shell.expect("Stopped");
    shell.expect("ready> ");
    assert_eq!(shell.run("echo shown"), "shown\r\n", "the shell has its terminal as usual");
    shell.keys("fg\n");
    shell.expect("Value for /app/password: ");
    shell.keys(&format!("{CANARY}\n"));
    shell.expect("Repeat: ");
    shell.keys("\x1a");
    shell.expect("ready> ");
    shell.keys("fg\n");
    shell.expect("Repeat: ");
    shell.keys(&format!("{CANARY}\n"));
    let shown = shell.expect("ready> ");
    assert!(shown.contains("/app/password version 1"), "{shown}");
    assert_eq!(shell.run("stty -a | grep -c -e -echo\\ "), "0\r\n", "the terminal shows what is typed");
    assert!(!shell.everything().contains("c4n4ry"), "{}", shell.everything());
    assert_eq!(sandbox.ok(&["param", "get", "/app/password"]), CANARY);
}

#[test]
fn an_existing_name_is_a_question_before_the_value() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/app/password", "first");
    sandbox.ok(&["secret", "create", "app/db", "--generate"]);
    let mut shell = Shell::start(&sandbox);
    for answer in ["", "n"] {
        shell.keys("vault param put /app/password\n");
        shell.expect("/app/password exists (version 1, by ana, just now): store version 2? [y/N] ");
        shell.keys(&format!("{answer}\n"));
        let shown = shell.expect("ready> ");
        assert!(shown.contains("nothing was stored") && !shown.contains("Value for"), "{shown}");
    }
    shell.keys("vault param put /app/password\n");
    shell.expect("store version 2? [y/N] ");
    shell.keys("y\n");
    for question in ["Value for /app/password: ", "Repeat: "] {
        shell.expect(question);
        shell.keys("second\n");
    }
    assert!(shell.expect("ready> ").contains("/app/password version 2"));
    shell.keys("vault param put /app/password --generate\n");
    shell.expect("store version 3? [y/N] ");
    shell.keys("yes\n");
    assert!(shell.expect("ready> ").contains("/app/password version 3"));

    shell.keys("vault secret create app/db --generate\n");
    shell.expect("app/db exists (by ana, just now): store a new version? [y/N] ");
    shell.keys("y\n");
    assert!(shell.expect("ready> ").contains("app/db stored: version "));
    let refused = shell.run("vault secret create app/db --description other --generate");
    assert!(refused.contains("error: "), "what it cannot do is not offered: {refused}");
    let refused = shell.run("vault param put /app/password --stdin < /dev/null");
    assert!(!refused.contains('?'), "a script is not asked: {refused}");
    let refused = shell.run("vault --no-input param put /app/password");
    assert!(refused.contains("error: ") && !refused.contains('?'), "{refused}");
}

#[test]
fn rights_are_settled_before_a_value_is_asked_for() {
    if !has("bash") {
        return;
    }
    let (_ana, bob) = team();
    let mut shell = Shell::start(&bob);
    for command in
        ["param put /prod/new", "param put /prod/db --overwrite", "secret create prod/db", "param edit /prod/db"]
    {
        let shown = shell.run(&format!("vault {command}"));
        assert!(shown.contains("`bob` may not write") && !shown.contains("Value for"), "{command}: {shown}");
    }
    let moved = shell.run("vault param put /dev/db --if-version 7");
    assert!(moved.contains("error: ") && !moved.contains("Value for"), "{moved}");
}

#[test]
fn a_passphrase_may_be_typed_three_times_and_before_a_value() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::empty();
    let made = sandbox.run_with(
        &["init", "--no-input", "--passphrase", "--no-recovery-key"],
        &[("VLT_PASSPHRASE", "correct horse battery staple")],
    );
    assert_eq!(made.code, 0, "{made:?}");
    sandbox.configure_more("agent: \"off\"\n");
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault param put /app/password\n");
    for wrong in ["wrong", "correct horse battery stapler"] {
        shell.expect("Passphrase for identity file ");
        shell.keys(&format!("{wrong}\n"));
        shell.expect("Wrong passphrase, try again.");
    }
    shell.expect("Passphrase for identity file ");
    shell.keys("correct horse battery staple\n");
    for question in ["Value for /app/password: ", "Repeat: "] {
        shell.expect(question);
        shell.keys("value\n");
    }
    assert!(shell.expect("ready> ").contains("/app/password version 1"));
    shell.keys("vault param get /app/password\n");
    for _ in 0..3 {
        shell.expect("Passphrase for identity file ");
        shell.keys("wrong\n");
    }
    let refused = shell.expect("ready> ");
    assert!(refused.contains("error: "), "{refused}");
}

#[test]
fn a_passphrase_that_init_asked_for_is_not_asked_for_again() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::empty();
    std::fs::write(sandbox.project().join(".env"), "DB_HOST=db.internal\n").unwrap();
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault init --passphrase --no-recovery-key\n");
    for (question, answer) in [
        ("Generate a strong passphrase", "n"),
        ("Passphrase for your identity: ", "correct horse battery staple"),
        ("Repeat: ", "correct horse battery staple"),
        ("Import the values of .env now?", "y"),
        ("Below which path?", "/shop/dev"),
    ] {
        shell.expect(question);
        shell.keys(&format!("{answer}\n"));
    }
    let imported = shell.expect("ready> ");
    assert!(imported.contains("/shop/dev/DB_HOST") && imported.contains("delete `.env`"), "{imported}");
    assert!(!imported.contains("assphrase"), "{imported}");
}

#[test]
fn a_missing_keyring_is_said_after_the_question_where_to_keep_an_identity() {
    if !has("bash") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut shell = Shell::sized(&sandbox, pty_process::Size::new(40, 80), "xterm");
    shell.run("vault identity export --plaintext-identity --out copy.txt; rm -r ~/.config/vault");
    shell.keys("vault identity import copy.txt\n");
    let before = shell.expect("Where to keep the identity:");
    assert!(!before.contains("keyring"), "{before}");
    shell.expect("in a plain file");
    shell.keys("\x1b[B\r");
    let said = shell.expect("ready> ");
    assert!(said.contains("the keyring was not offered: none is available"), "{said}");
}
