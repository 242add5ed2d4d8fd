//! What is said after a command: the next step, and what will be in the way of it.

use std::fs;
use std::process::Command;

use crate::project::{Outcome, Sandbox, outcome};
use crate::screen::{Screen, Terminal};

fn says(outcome: &Outcome, parts: &[&str]) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for part in parts {
        assert!(outcome.stderr.contains(part), "{part:?} in {outcome:?}");
    }
}

fn env_file(sandbox: &Sandbox, text: &str) {
    fs::write(sandbox.project().join(".env"), text).unwrap();
}

#[test]
fn two_names_for_one_variable_are_said_when_the_second_one_is_stored() {
    let sandbox = Sandbox::new();
    env_file(&sandbox, "DB_PASSWORD=s3cret\n");
    let clash = "`/shop/dev/DB_PASSWORD` and `/shop/dev/db/password` would both become DB_PASSWORD";
    let import = ["import", ".env", "--path", "/shop/dev", "--yes"];
    assert!(!sandbox.run(&import).stderr.contains("would both become"));
    let put = ["param", "put", "/shop/dev/db/password", "--generate"];
    says(&sandbox.run(&put), &[clash, "`vault exec /shop/dev` refuses", "`vault param move`"]);
    let again = sandbox.run(&[&put[..], &["--overwrite"]].concat());
    assert!(!again.stderr.contains("would both become"), "it was said once: {again:?}");

    let sandbox = Sandbox::new();
    env_file(&sandbox, "DB_PASSWORD=s3cret\nPORT=80\n");
    sandbox.ok(&put);
    says(&sandbox.run(&import), &[clash]);
    let sandbox = Sandbox::new();
    env_file(&sandbox, "DB_PASSWORD=s3cret\n");
    sandbox.ok(&import);
    assert!(!sandbox.run(&[&put[..], &["-q"]].concat()).stderr.contains("would both become"));
}

#[test]
fn names_that_do_not_meet_say_nothing() {
    let sandbox = Sandbox::new();
    for name in ["/shop/dev/db/password", "/shop/prod/db/password", "/shop/dev/db/port", "/other/db/password", "/x"] {
        let put = sandbox.run(&["param", "put", name, "--generate"]);
        assert!(!put.stderr.contains("would both become"), "{put:?}");
    }
}

#[test]
fn a_variable_that_exec_refuses_is_said_at_the_import() {
    let sandbox = Sandbox::new();
    env_file(&sandbox, "ENV=production\nDB_HOST=db.internal\n");
    let imported = sandbox.run(&["import", ".env", "--path", "/shop/dev", "--yes"]);
    says(&imported, &["`vault exec /shop/dev` refuses ENV", "`--allow-variable ENV` allows it"]);
    assert!(!imported.stderr.contains("DB_HOST"), "{imported:?}");
    let exec = ["exec", "--allow-variable", "ENV", "/shop/dev", "--", "sh", "-c", "test $ENV = production"];
    assert_eq!(sandbox.run(&exec).code, 0);
}

#[test]
fn the_next_step_is_printed_where_there_is_one() {
    let sandbox = Sandbox::new();
    says(&sandbox.run(&["key", "create", "prod"]), &["next: `vault key map prod parameter:/PREFIX`"]);
    says(&sandbox.run(&["key", "create", "ci", "--scope", "parameter:/ci"]), &["next: `vault key grant ci MEMBER`"]);
    sandbox.put("/shop/password", "s3cret");
    says(&sandbox.run(&["key", "revoke", "default", "recovery", "--yes"]), &["next: `vault list --must-rotate`"]);
    says(&sandbox.run(&["list", "--must-rotate"]), &["next: `vault rotate run --exposed`"]);
    says(&sandbox.run(&["param", "rm", "/shop/password", "--yes"]), &["next: `git add .vault && git commit`"]);
    let quiet = sandbox.run(&["key", "create", "other", "-q"]);
    assert_eq!(quiet.stderr, "", "{quiet:?}");
}

#[test]
fn who_leaves_is_shown_before_the_question() {
    let sandbox = Sandbox::new();
    let terminal = Terminal { rows: 40, columns: 80 };
    let arguments = ["key", "revoke", "default", "recovery"];
    let mut asked = Screen::start(&sandbox, env!("CARGO_BIN_EXE_vault"), &arguments, &[("TERM", "dumb")], terminal);
    asked.expect("readers of default:\r\n    ana\r\n  - recovery\r\n");
    asked.expect("Revoke access to the key default");
    asked.send("n\r");
    assert_eq!(asked.end().0, 1);
}

#[test]
fn man_says_where_its_pages_are_found() {
    let sandbox = Sandbox::new();
    says(&sandbox.run(&["man", "--install"]), &["next: `man -M ", "MANPATH=", ".local/bin` to PATH"]);
    let bin = sandbox.home().join(".local/bin");
    let search = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let found = sandbox.run_with(&["man", "--install"], &[("PATH", &search)]);
    assert!(found.stderr.ends_with("next: `man vault`\n"), "{found:?}");
    let pages = sandbox.home().join(".local/share/man");
    let found = sandbox.run_with(&["man", "--install"], &[("MANPATH", pages.to_str().unwrap())]);
    assert!(found.stderr.ends_with("next: `man vault`\n"), "{found:?}");
}

#[test]
fn a_command_that_fails_says_too_that_the_checkout_is_older() {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/password", "old");
    let old = sandbox.project().join("../old");
    assert!(Command::new("cp").arg("-a").arg(sandbox.project()).arg(&old).status().unwrap().success());
    sandbox.put("/shop/password", "new");
    let exec = ["exec", "/shop", "--required", "NOPE", "--", "true"];
    let failed = outcome(sandbox.program().args(exec).current_dir(&old).output().unwrap());
    let (older, error) = ("`/shop/password` is 1 revision behind what this machine has seen", "no value for NOPE");
    assert!(failed.code == 125 && failed.stderr.contains(older) && failed.stderr.contains(error), "{failed:?}");
}

#[test]
fn a_marked_secret_and_a_changed_member_say_what_comes_next() {
    let sandbox = Sandbox::new();
    let commit = "next: `git add .vault && git commit`";
    for name in ["prod/db", "prod/api"] {
        assert_eq!(sandbox.feed(&["secret", "create", name, "--stdin"], b"s3cret").code, 0);
    }
    let back = "next: `vault secret restore prod/db` restores it until then";
    says(&sandbox.run(&["secret", "rm", "prod/db", "--yes"]), &[back, commit]);
    let forced = sandbox.run(&["secret", "rm", "prod/api", "--force", "--yes"]);
    says(&forced, &[commit]);
    assert!(!forced.stderr.contains("secret restore"), "{forced:?}");

    sandbox.ok(&["member", "new", "bob", "--read", "default", "--write", "parameter:/dev", "--out", "bob.txt"]);
    let changed = sandbox.run(&["member", "update", "bob", "--admin", "--write", "*"]);
    says(&changed, &[commit]);
    for line in ["role    member → admin", "writes  parameter:/dev → *"] {
        assert!(changed.stdout.contains(line), "{line:?} in {changed:?}");
    }
    assert!(!sandbox.ok(&["member", "update", "bob", "--admin"]).contains('→'));
}

#[test]
fn keys_that_come_and_go_are_shown_before_the_question() {
    let sandbox = Sandbox::new();
    let recipient = |name: &str| {
        let shown = sandbox.ok(&["member", "show", name]);
        shown.lines().find_map(|line| line.strip_prefix("recipient")).unwrap().trim().to_owned()
    };
    sandbox.ok(&["member", "new", "bob", "--read", "default", "--out", "bob.txt"]);
    let before = recipient("bob");
    let laptop = crate::team::clone(&sandbox);
    let (request, _) = crate::team::request(&laptop, "bob");
    let arguments = ["member", "update", "bob", "--request", &request];
    let terminal = Terminal { rows: 40, columns: 100 };
    let mut asked = Screen::start(&sandbox, env!("CARGO_BIN_EXE_vault"), &arguments, &[("TERM", "dumb")], terminal);
    asked.expect(&format!("- {before}"));
    asked.expect("+ age1");
    asked.expect("Does bob see the same words? [y/N] ");
    asked.send("y\r");
    let (code, said) = asked.end();
    assert!(code == 0 && said.contains("bob has new keys"), "{said}");
    assert_ne!(recipient("bob"), before);
}
