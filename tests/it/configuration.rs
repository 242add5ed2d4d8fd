//! The settings of this machine, the current path of a directory, and the page about both.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::import::is;
use crate::project::Sandbox;

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/dev/DB_PASSWORD", "of dev");
    sandbox.put("/shop/prod/DB_PASSWORD", "of prod");
    sandbox
}

fn file(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.home().join(".config/vault/config.yaml")).unwrap()
}

#[test]
fn settings_are_changed_one_by_one() {
    let sandbox = Sandbox::new();
    let before = format!("# mine\n{}", file(&sandbox));
    sandbox.configure(&before);
    is(&sandbox.run(&["config", "get", "agent"]), 0, &["ask"]);
    is(&sandbox.run(&["config", "set", "agent", "off"]), 0, &[]);
    is(&sandbox.run(&["config", "get", "agent"]), 0, &["off"]);
    is(&sandbox.run(&["config", "set", "plugins", "/usr/bin/a", "/usr/bin/b"]), 0, &[]);
    assert_eq!(sandbox.ok(&["config", "get", "plugins"]), "/usr/bin/a\n/usr/bin/b\n");
    let listed = sandbox.ok(&["config", "ls"]);
    assert!(listed.contains("agent") && listed.contains("clipboard_seconds") && listed.contains("default"), "{listed}");
    for key in ["agent", "plugins"] {
        is(&sandbox.run(&["config", "unset", key]), 0, &[]);
    }
    assert_eq!(file(&sandbox), before, "everything else stays, and comments too");
    is(&sandbox.run(&["--dry-run", "config", "set", "agent", "off"]), 0, &["would change `agent`"]);
    assert_eq!(file(&sandbox), before);
}

#[test]
fn unknown_keys_and_wrong_values_are_errors() {
    let sandbox = Sandbox::new();
    let before = file(&sandbox);
    is(&sandbox.run(&["config", "set", "edtor", "vim"]), 2, &["'editor'"]);
    is(&sandbox.run(&["config", "get", "nonsense"]), 2, &["git.auto_commit"]);
    is(&sandbox.run(&["config", "get", "editor"]), 3, &["`editor` is not set", "`vault config set editor VALUE`"]);
    for (words, says) in [
        (&["agent", "on"][..], "`auto`, `ask` or `off`"),
        (&["git.auto_commit", "yes"], "`true` or `false`"),
        (&["clipboard_seconds", "soon"], "a number of seconds"),
        (&["plugins", "age-plugin-x"], "absolute paths"),
        (&["editor", "a", "b"], "a command line"),
        (&["identity", "x"], "`vault init`"),
        (&["path", "shop"], "a path begins with `/`"),
        (&["path", "/a", "/b"], "one path"),
    ] {
        is(&sandbox.run(&[&["config", "set"], words].concat()), 2, &["hint: ", says]);
    }
    assert_eq!(file(&sandbox), before);
}

#[test]
fn a_current_path_is_enough_for_get_and_exec() {
    let sandbox = shop();
    is(
        &sandbox.run(&["exec", "--", "true"]),
        125,
        &["no source of values was given", "`vault config set path /app/dev`"],
    );
    is(&sandbox.run(&["config", "set", "path", "/shop/dev"]), 0, &[]);
    assert_eq!(sandbox.ok(&["config", "get", "path"]), "/shop/dev\n");
    assert_eq!(sandbox.ok(&["get", "DB_PASSWORD"]), "of dev");
    assert_eq!(sandbox.ok(&["get", "DB_PASSWORD:1"]), "of dev");
    let echo = ["exec", "--no-mask", "--", "sh", "-c", "printf %s \"$DB_PASSWORD\""];
    let run = sandbox.run(&echo);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "of dev", ""), "no note without a terminal");
    assert_eq!(sandbox.ok(&["export", "--format", "dotenv"]).lines().count(), 1);
    is(&sandbox.run(&["explain", "DB_PASSWORD"]), 0, &["/shop/dev/DB_PASSWORD"]);
    // A source that is given counts alone, and a whole name means the same everywhere.
    let given = ["exec", "--no-mask", "/shop/prod", "--", "sh", "-c", "printf %s \"$DB_PASSWORD\""];
    assert_eq!(sandbox.ok(&given), "of prod");
    is(&sandbox.run(&["param", "get", "DB_PASSWORD"]), 3, &[]);
    is(&sandbox.feed(&["set", "NEW", "--stdin"], b"x"), 0, &["/shop/dev/NEW version 1"]);
    is(&sandbox.run(&["config", "unset", "path"]), 0, &[]);
    is(&sandbox.run(&["get", "NEW"]), 3, &["did you mean `/shop/dev/NEW`?"]);
}

#[test]
fn a_current_path_holds_below_its_directory_and_within_its_project() {
    let sandbox = shop();
    let inner = sandbox.project().join("api/src");
    fs::create_dir_all(&inner).unwrap();
    let at = |directory: &Path, words: &[&str]| {
        crate::project::outcome(sandbox.program().args(words).current_dir(directory).output().unwrap())
    };
    is(&sandbox.run(&["config", "set", "path", "/shop/dev"]), 0, &[]);
    assert_eq!(at(&inner, &["get", "DB_PASSWORD"]).stdout, "of dev");
    is(&at(&sandbox.project().join("api"), &["config", "set", "path", "/shop/prod"]), 0, &[]);
    assert_eq!(at(&inner, &["get", "DB_PASSWORD"]).stdout, "of prod");
    assert_eq!(sandbox.ok(&["get", "DB_PASSWORD"]), "of dev");
    is(&at(sandbox.project().parent().unwrap(), &["config", "get", "path"]), 3, &[]);
    // Nothing is taken from a file of the project.
    fs::write(inner.join(".vault-path"), "/shop/dev\n").unwrap();
    assert_eq!(at(&inner, &["get", "DB_PASSWORD"]).stdout, "of prod");
}

#[test]
fn a_name_below_the_path_and_elsewhere_is_an_error_that_names_both() {
    let sandbox = shop();
    is(&sandbox.feed(&["secret", "create", "DB_PASSWORD", "--stdin"], b"a secret"), 0, &[]);
    assert_eq!(sandbox.ok(&["get", "DB_PASSWORD"]), "a secret");
    is(&sandbox.run(&["config", "set", "path", "/shop/dev"]), 0, &[]);
    for verb in ["get", "show", "rm", "edit", "history", "set"] {
        let both = ["`DB_PASSWORD` has two meanings", "/shop/dev/DB_PASSWORD", "vault secret"];
        is(&sandbox.run(&[verb, "DB_PASSWORD"]), 2, &both);
    }
    assert_eq!(sandbox.ok(&["get", "/shop/dev/DB_PASSWORD"]), "of dev");
}

/// The source without its tests.
fn source(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            text.push_str(&source(&entry));
        } else if entry.extension().is_some_and(|end| end == "rs") {
            text.push_str(fs::read_to_string(entry).unwrap().split("#[cfg(test)]").next().unwrap());
        }
    }
    text
}

#[test]
fn the_page_knows_every_setting_and_every_variable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/configuration.md")).unwrap();
    let source = source(&root.join("src"));
    let listed: serde_json::Value = serde_json::from_str(&Sandbox::new().ok(&["--json", "config", "ls"])).unwrap();
    let keys = listed["Settings"].as_array().unwrap().iter().map(|setting| setting["Key"].as_str().unwrap());
    let keys: BTreeSet<String> = keys.map(str::to_owned).collect();
    let row = Regex::new(r"(?m)^\| `([a-z_.]+)` \|").unwrap();
    let described: BTreeSet<String> = row.captures_iter(&page).map(|found| found[1].to_owned()).collect();
    assert_eq!(keys, described.into_iter().filter(|key| !key.starts_with('.')).collect());
    let config = fs::read_to_string(root.join("src/machine/config.rs")).unwrap();
    let fields = config.split("pub(crate) struct Config {").nth(1).unwrap().split("\n}").next().unwrap();
    let field = Regex::new(r"(?m)^    pub (\w+):").unwrap();
    for found in field.captures_iter(fields) {
        let is_known = |key: &String| key == &found[1] || key.starts_with(&format!("{}.", &found[1]));
        assert!(keys.iter().any(is_known) || &found[1] == "paths", "`vault config` does not know `{}`", &found[1]);
    }

    let read = Regex::new(r#"\b(?:set|path|text|take|var_os|var)\("([A-Z][A-Z0-9_]+)"\)"#).unwrap();
    let variables: BTreeSet<&str> = read.captures_iter(&source).map(|found| found.get(1).unwrap().as_str()).collect();
    assert!(variables.len() > 20, "{variables:?}");
    let missing: Vec<_> = variables.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/configuration.md does not know {missing:?}");
    let own = Regex::new(r"`(VLT_[A-Z_]+)`").unwrap();
    for name in own.captures_iter(&page).map(|found| found[1].to_owned()) {
        assert!(variables.contains(name.as_str()), "`{name}` is not read");
    }
}

#[test]
fn a_source_may_be_below_the_current_path() {
    let sandbox = Sandbox::new();
    for (name, value) in
        [("/shop/dev/DB_HOST", "h0st"), ("/shop/dev/mail/user", "m4il"), ("/shop/dev/both", "parameter")]
    {
        sandbox.put(name, value);
    }
    is(&sandbox.feed(&["secret", "create", "both", "--stdin"], b"secret"), 0, &[]);
    is(&sandbox.run(&["env", "DB_HOST"]), 3, &["`DB_HOST`"]);
    sandbox.ok(&["config", "set", "path", "/shop/dev"]);
    let run = ["exec", "DB_HOST", "mail", "--", "sh", "-c", "echo $DB_HOST $USER"];
    assert_eq!(sandbox.ok(&run), "h0st m4il\n");
    assert_eq!(sandbox.ok(&["env", "DB_HOST:1"]), "export DB_HOST='h0st'\n");
    let clash = "`both` has two meanings: there is also `/shop/dev/both`, below the current path";
    is(&sandbox.run(&["env", "both"]), 2, &[clash, "write `/shop/dev/both` or `secret:both`"]);
    assert_eq!(sandbox.ok(&["env", "secret:both"]), "export BOTH='secret'\n");
    let completed = |words: &[&str]| {
        let line = [&["--", "vault"], words].concat();
        sandbox.run_with(&line, &[("VLT_COMPLETE", "lines")]).stdout
    };
    assert!(completed(&["exec", "DB_"]).contains("\nDB_HOST\n"), "{}", completed(&["exec", "DB_"]));
    assert!(completed(&["get", "mail/"]).contains("\nmail/user\n"));
    assert!(completed(&["config", "get", "edi"]).contains("\neditor\n"));
}
