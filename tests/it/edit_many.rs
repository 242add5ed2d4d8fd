//! Many values at once: a path in an editor, a `.env` beside a new vault, and required values that are asked for.

use std::fs;

use crate::import::is;
use crate::project::{Outcome, Sandbox};
use crate::terminal::Shell;

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, value) in [("/shop/dev/DB_HOST", "h0st"), ("/shop/dev/db/password", "s3cret: '#1'"), ("/other", "x")] {
        sandbox.put(name, value);
    }
    sandbox.put("/shop/dev/key", "-----BEGIN-----\nabc\n-----END-----\n");
    sandbox
}

fn edited(sandbox: &Sandbox, editor: &str, arguments: &[&str]) -> Outcome {
    let arguments = [&["param", "edit", "--path", "/shop/dev", "--allow-disk"], arguments].concat();
    sandbox.run_with(&arguments, &[("EDITOR", editor)])
}

fn version(sandbox: &Sandbox, name: &str) -> usize {
    sandbox.ok(&["param", "history", name, "--json"]).matches("\"Version\":").count()
}

#[test]
fn a_path_is_one_document_and_only_what_changed_is_stored() {
    let sandbox = shop();
    let seen = sandbox.home().join("seen");
    is(
        &edited(&sandbox, &format!("f() {{ cp \"$1\" {}; }}; f", seen.display()), &[]),
        0,
        &["not changed, so nothing was stored"],
    );
    let document = fs::read_to_string(&seen).unwrap();
    let expected =
        "DB_HOST: h0st\n\"db/password\": \"s3cret: '#1'\"\nkey: |\n  -----BEGIN-----\n  abc\n  -----END-----\n";
    assert!(
        document.starts_with("# Parameters below /shop/dev, as YAML.") && document.ends_with(expected),
        "{document}"
    );
    let script = "f() { sed -i 's/h0st/h1st/; s/  abc/  abd/' \"$1\"; echo 'new/one: added' >> \"$1\"; }; f";
    is(&edited(&sandbox, script, &[]), 10, &["`--yes`"]);
    assert_eq!(sandbox.ok(&["param", "get", "/shop/dev/DB_HOST"]), "h0st");
    is(&edited(&sandbox, script, &["--dry-run"]), 0, &["3 values would be stored"]);
    let done = edited(&sandbox, script, &["--yes"]);
    is(&done, 0, &["change", "/shop/dev/DB_HOST", "add", "/shop/dev/new/one", "3 values stored"]);
    assert!(!done.stdout.contains("h1st") && !done.stderr.contains("h1st"), "{done:?}");
    for (name, value, versions) in [
        ("/shop/dev/DB_HOST", "h1st", 2),
        ("/shop/dev/db/password", "s3cret: '#1'", 1),
        ("/shop/dev/key", "-----BEGIN-----\nabd\n-----END-----\n", 2),
        ("/shop/dev/new/one", "added", 1),
    ] {
        assert_eq!(sandbox.ok(&["param", "get", name]), value);
        assert_eq!(version(&sandbox, name), versions, "{name}");
    }
    let report = edited(&sandbox, "sed -i s/h1st/h2st/", &["--yes", "--json"]);
    is(&report, 0, &["\"Name\": \"/shop/dev/DB_HOST\"", "\"Action\": \"change\""]);
    let short = ["edit", "/shop/dev", "--allow-disk", "--yes"];
    is(&sandbox.run_with(&short, &[("EDITOR", "sed -i s/h2st/h3st/")]), 0, &["1 value stored"]);
}

#[test]
fn a_removed_line_deletes_only_on_purpose() {
    let sandbox = shop();
    let script = "sed -i '/DB_HOST/d'";
    is(&edited(&sandbox, script, &["--yes"]), 0, &["remove", "removed lines were kept; `--delete` deletes them"]);
    assert_eq!(sandbox.ok(&["param", "get", "/shop/dev/DB_HOST"]), "h0st");
    is(&edited(&sandbox, script, &[]), 10, &["`--delete`"]);
    is(&edited(&sandbox, script, &["--yes", "--delete"]), 0, &["1 parameter deleted"]);
    assert_eq!(sandbox.run(&["param", "get", "/shop/dev/DB_HOST"]).code, 3);
}

#[test]
fn what_is_no_document_is_refused_and_nothing_is_stored() {
    let sandbox = shop();
    let before = sandbox.everything();
    for (script, message) in [
        ("f() { echo 'a: [' >> \"$1\"; }; f", "the edited document: line "),
        ("f() { echo 'DB_HOST: x' >> \"$1\"; }; f", "duplicate"),
        ("f() { echo 'empty:' >> \"$1\"; }; f", "the edited document: `empty`"),
        ("f() { echo 'bad name: x' >> \"$1\"; }; f", "bad name"),
    ] {
        let outcome = edited(&sandbox, script, &["--yes"]);
        is(&outcome, 2, &[message]);
        assert!(!outcome.stderr.contains("s3cret"), "{outcome:?}");
    }
    assert_eq!(edited(&sandbox, "false", &["--yes"]).code, 1);
    let kept = |all: Vec<(std::path::PathBuf, Vec<u8>)>| {
        all.into_iter().filter(|(path, _)| path.starts_with(sandbox.vault())).collect::<Vec<_>>()
    };
    assert_eq!(kept(sandbox.everything()), kept(before));
}

#[test]
fn on_a_terminal_a_mistake_opens_the_editor_again_with_what_was_typed() {
    let sandbox = shop();
    let first = sandbox.home().join("first");
    let script = sandbox.home().join("editor");
    let text = format!(
        "if [ -e {first} ]; then sed -i 's/broken: \\[/fixed: yes/' \"$1\"; else touch {first}; sed -i s/h0st/h1st/ \"$1\"; echo 'broken: [' >> \"$1\"; fi\n",
        first = first.display()
    );
    fs::write(&script, text).unwrap();
    let mut shell = Shell::start(&sandbox);
    shell.keys(&format!("EDITOR='sh {}' vault edit /shop/dev --allow-disk\n", script.display()));
    shell.expect("the edited document: line ");
    shell.expect("Edit again? [Y/n] ");
    shell.keys("\n");
    shell.expect("Store 2 values?");
    shell.keys("y\n");
    shell.expect("2 values stored");
    shell.expect("ready> ");
    assert_eq!(sandbox.ok(&["param", "get", "/shop/dev/fixed"]), "yes");
    assert_eq!(sandbox.ok(&["param", "get", "/shop/dev/DB_HOST"]), "h1st");
}

#[test]
fn init_notices_a_dotenv_file() {
    let sandbox = Sandbox::empty();
    fs::write(sandbox.project().join(".env"), "DB_HOST=h0st\nDB_PASSWORD='s3cret'\n").unwrap();
    let init = ["init", "--no-input", "--plaintext-identity", "--no-recovery-key"];
    is(&sandbox.run(&init), 0, &["`vault import .env --path /project/dev` imports the values of that file"]);
    fs::remove_dir_all(sandbox.vault()).unwrap();
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault init --plaintext-identity --no-recovery-key\n");
    shell.expect("Import the values of .env now?");
    shell.keys("\n");
    shell.expect("Below which path? [/project/dev]: ");
    shell.keys("/shop/dev\n");
    shell.expect("2 values stored");
    shell.expect("ready> ");
    assert_eq!(sandbox.ok(&["param", "get", "/shop/dev/DB_PASSWORD"]), "s3cret");
    assert!(!shell.run("vault init").contains(".env"), "there are values now");
}

#[test]
fn a_required_value_is_asked_for_and_stored() {
    let sandbox = shop();
    let run = ["exec", "--required", "API_KEY", "/shop/dev", "--", "sh", "-c", "echo \"got $API_KEY\""];
    is(&sandbox.run(&run), 125, &["no value for API_KEY, which is required"]);
    let mut shell = Shell::start(&sandbox);
    let line = "vault exec --required API_KEY /shop/dev -- sh -c 'echo \"got $API_KEY\"'\n";
    shell.keys(line);
    shell.expect("API_KEY is required and not in the vault. Store a value as /shop/dev/API_KEY?");
    shell.keys("n\n");
    assert!(shell.expect("ready> ").contains("no value for API_KEY, which is required"));
    shell.keys(line);
    shell.expect("Store a value as /shop/dev/API_KEY?");
    shell.keys("\n");
    shell.expect("Value for /shop/dev/API_KEY: ");
    shell.keys("k3y\n");
    shell.expect("Repeat: ");
    shell.keys("k3y\n");
    shell.expect("got k3y");
    shell.expect("ready> ");
    assert_eq!(sandbox.ok(&["param", "get", "/shop/dev/API_KEY"]), "k3y");
}
