//! The short forms: `get`, `set`, `ls` and the others find out whether a parameter or a secret is meant, and then are the long form.

use crate::import::is;
use crate::project::Sandbox;

/// A parameter with two versions, a secret with two, and both under one name.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    for value in ["first", "second"] {
        sandbox.put("/shop/dev/DB_PASSWORD", value);
    }
    sandbox.ok(&["label", "add", "/shop/dev/DB_PASSWORD:1", "old"]);
    is(
        &sandbox.feed(&["secret", "create", "prod/db", "--stdin"], b"{\"user\":\"app\",\"password\":\"s3cret\"}"),
        0,
        &[],
    );
    sandbox
}

/// Whether two commands answer the same.
fn same(sandbox: &Sandbox, short: &[&str], long: &[&str]) {
    assert_eq!(sandbox.run(short), sandbox.run(long), "{short:?}");
}

#[test]
fn a_short_form_is_the_long_form_of_what_has_the_name() {
    let sandbox = shop();
    let (parameter, secret) = ("/shop/dev/DB_PASSWORD", "prod/db");
    for json in [&[][..], &["--json"]] {
        let with = |words: &[&'static str]| [words, json].concat();
        same(&sandbox, &with(&["get", parameter]), &with(&["param", "get", parameter]));
        same(&sandbox, &with(&["get", secret]), &with(&["secret", "get", secret]));
        same(&sandbox, &with(&["show", parameter]), &with(&["param", "show", parameter]));
        same(&sandbox, &with(&["show", secret]), &with(&["secret", "show", secret]));
        same(&sandbox, &with(&["history", parameter]), &with(&["param", "history", parameter]));
        same(&sandbox, &with(&["log", parameter, "--values"]), &with(&["param", "history", parameter, "--values"]));
        same(&sandbox, &with(&["history", secret]), &with(&["secret", "versions", secret]));
        same(&sandbox, &with(&["get", "--path", "/shop", "-r"]), &with(&["param", "get", "--path", "/shop", "-r"]));
        same(&sandbox, &with(&["get", "prod/nothing"]), &with(&["get", "prod/nothing"]));
    }
    assert_eq!(sandbox.ok(&["get", "/shop/dev/DB_PASSWORD:old"]), "first");
    assert_eq!(sandbox.ok(&["get", parameter, "--version", "1"]), "first");
    assert_eq!(sandbox.ok(&["get", parameter, "--label", "old"]), "first");
    assert_eq!(sandbox.ok(&["get", secret, "-k", "password", "--stage", "AWSCURRENT"]), "s3cret");
}

#[test]
fn an_option_of_the_other_kind_is_refused() {
    let sandbox = shop();
    for (words, says) in [
        (
            &["get", "/shop/dev/DB_PASSWORD", "--stage", "AWSCURRENT"][..],
            "is a parameter, and `--stage` is not for those",
        ),
        (&["get", "/shop/dev/DB_PASSWORD", "-k", "user"], "is a parameter, and `--json-key`"),
        (&["get", "prod/db", "--label", "old"], "`prod/db` is a secret, and `--label`"),
        (&["get", "prod/db", "--version", "1"], "`1`: "),
        (&["get", "/shop/dev/DB_PASSWORD", "--version", "old"], "is not the number"),
        (&["get", "/shop/dev/DB_PASSWORD:1", "--version", "2"], "already names a version"),
        (&["show", "prod/db", "--values"], "`--values`"),
        (&["history", "/shop/dev/DB_PASSWORD:1"], "names one version"),
        (&["rm", "/shop/dev/DB_PASSWORD", "--window", "7", "--yes"], "`--window`"),
        (&["set", "prod/db", "--type", "String", "--generate"], "`--type`"),
        (&["rm", "--yes", "/shop/dev/DB_PASSWORD", "prod/db"], "is a parameter and `prod/db` is a secret"),
    ] {
        is(&sandbox.run(words), 2, &[says, "hint: "]);
    }
    assert_eq!(sandbox.ok(&["get", "/shop/dev/DB_PASSWORD"]), "second", "nothing was changed");
}

#[test]
fn a_name_that_both_have_names_both_long_forms() {
    let sandbox = shop();
    sandbox.put("both", "parameter");
    is(&sandbox.feed(&["secret", "create", "both", "--stdin"], b"secret"), 0, &[]);
    for (short, parameter, secret) in [
        ("get", "param get", "secret get"),
        ("show", "param show", "secret show"),
        ("history", "param history", "secret versions"),
        ("edit", "param edit", "secret edit"),
        ("rm", "param rm", "secret rm"),
        ("set", "param put", "secret put"),
    ] {
        let hint = format!("hint: `vault {parameter} both` or `vault {secret} both`");
        is(&sandbox.run(&[short, "both"]), 2, &["`both` is both a parameter and a secret", &hint]);
    }
}

#[test]
fn set_stores_a_new_version_or_a_new_parameter() {
    let sandbox = shop();
    is(&sandbox.feed(&["set", "/shop/dev/DB_PASSWORD", "--stdin"], b"third"), 0, &["version 3 (SecureString"]);
    is(&sandbox.feed(&["set", "prod/db", "--stdin"], b"{}"), 0, &["stored: version", "AWSCURRENT"]);
    assert_eq!(sandbox.ok(&["get", "prod/db", "--stage", "AWSPREVIOUS", "-k", "user"]), "app");
    is(&sandbox.feed(&["put", "/shop/dev/new", "--stdin", "-l", "live"], b"x"), 0, &["version 1 (SecureString"]);
    is(&sandbox.run(&["set", "/shop/dev/host", "db", "--type", "String"]), 0, &["version 1 (String)"]);
    is(&sandbox.run(&["set", "/shop/dev/host", "db2"]), 0, &["version 2 (String)"]);
    let ways = "`vault set /later` stores a parameter, `vault secret create later` a secret";
    is(&sandbox.run(&["set", "later", "--generate"]), 2, &["`later` is new", ways]);
    // Encrypted values do not come from the command line.
    for name in ["/shop/dev/DB_PASSWORD", "/shop/dev/other", "prod/db"] {
        let refused = sandbox.run(&["set", name, "hunter2"]);
        is(&refused, 2, &["cannot be given on the command line"]);
        assert!(!refused.stderr.contains("hunter2"), "{refused:?}");
    }
    is(&sandbox.run(&["--dry-run", "set", "/shop/dev/dry", "--generate"]), 0, &["would be version 1"]);
    is(&sandbox.run(&["get", "/shop/dev/dry"]), 3, &[]);
}

#[test]
fn edit_and_rm_act_on_what_has_the_name() {
    let sandbox = shop();
    for name in ["/shop/dev/DB_PASSWORD", "prod/db"] {
        let edited = sandbox.run_with(&["edit", "--yes", "--allow-disk", name], &[("EDITOR", "sed -i s/^/x/")]);
        is(&edited, 0, &[]);
        assert!(sandbox.ok(&["get", name]).starts_with('x'), "{name}");
    }
    is(&sandbox.run(&["rm", "--yes", "--window", "7", "prod/db"]), 0, &["marked for deletion"]);
    is(&sandbox.run(&["get", "prod/db"]), 4, &["marked for deletion"]);
    is(&sandbox.run(&["delete", "--yes", "/shop/dev/DB_PASSWORD"]), 0, &["deleted"]);
    is(&sandbox.run(&["get", "/shop/dev/DB_PASSWORD"]), 3, &["there is no parameter or secret"]);
}

#[test]
fn list_shows_parameters_and_secrets() {
    let sandbox = shop();
    sandbox.put("/shop/prod/DB_HOST", "x");
    sandbox.put("/shopping", "x");
    let all = "/shop/dev/DB_PASSWORD\n/shop/prod/DB_HOST\n/shopping\nprod/db\n";
    assert_eq!((sandbox.ok(&["list"]), sandbox.ok(&["ls"])), (all.into(), all.into()));
    assert_eq!(sandbox.ok(&["ls", "/shop"]), "/shop/dev/DB_PASSWORD\n/shop/prod/DB_HOST\n");
    assert_eq!(sandbox.ok(&["ls", "/shop/dev/"]), "/shop/dev/DB_PASSWORD\n");
    assert_eq!(sandbox.ok(&["ls", "prod/"]), "prod/db\n");
    let tree =
        "/\n  shop/\n    dev/\n      DB_PASSWORD\n    prod/\n      DB_HOST\n  shopping\nsecrets\n  prod/\n    db\n";
    assert_eq!(sandbox.ok(&["ls", "--tree"]), tree);
    let long = sandbox.ok(&["ls", "--long"]);
    assert!(long.contains("SecureString") && long.contains("secret"), "{long}");
    is(&sandbox.run(&["ls", "/shop/dve"]), 0, &["note: nothing is at or below `/shop/dve`; did you mean `/shop/dev`?"]);
    is(&sandbox.run(&["ls", "passw"]), 0, &["`vault find TEXT` searches all names"]);
    is(&sandbox.run(&["list", "--must-rotate"]), 0, &["nothing must be replaced"]);
    sandbox.ok(&["secret", "rm", "--yes", "prod/db"]);
    assert!(!sandbox.ok(&["ls"]).contains("prod/db"), "marked for deletion");
}

#[test]
fn vault_alone_shows_what_is_here() {
    let sandbox = shop();
    let shown = sandbox.ok(&[]);
    assert!(
        shown.starts_with("project: 1 parameter and 1 secret\n/\n  shop/\n    dev/\n      DB_PASSWORD\nsecrets\n"),
        "{shown}"
    );
    assert!(!shown.contains("attention"), "{shown}");
    for number in 0..60 {
        sandbox.put(&format!("/many/p{number}"), "x");
    }
    let shown = sandbox.ok(&[]);
    assert!(shown.lines().count() < 50 && shown.contains("more lines: `vault ls --tree`"), "{shown}");
    // A document that cannot be trusted is said, and hides no other.
    let path = "parameters/shop/dev/DB%5FPASSWORD.yaml";
    if sandbox.document(path).exists() {
        sandbox.write(path, "forged");
        assert!(sandbox.ok(&[]).contains("attention: "));
    }
}

#[test]
fn vault_alone_says_how_to_begin() {
    let sandbox = Sandbox::empty();
    let hints = ["error: there is no vault in", "`vault init`", "`vault tour`", "`git clone`", "`vault --help`"];
    let outcome = sandbox.run(&[]);
    is(&outcome, 2, &hints);
    assert!(outcome.stderr.lines().count() < 8, "{outcome:?}");
    is(&sandbox.run(&["--json"]), 2, &["\"no-vault\""]);
}

#[test]
fn guesses_lead_to_commands_for_people() {
    let sandbox = shop();
    for (guess, says) in [
        (&["cat", "x"][..], "`vault get NAME`"),
        (&["insert", "x"], "`vault set NAME`"),
        (&["generate", "x"], "`vault set NAME --generate`"),
        (&["new"], "`vault init`"),
        (&["cp", "a", "b"], "`vault param copy`"),
        (&["rollback"], "`vault param rollback"),
        (&["param", "set", "x"], "`vault param put NAME`"),
        (&["secret", "new", "x"], "`vault secret create NAME`"),
        (&["-q", "secret", "history", "x"], "`vault secret versions NAME`"),
        (&["gti-setup"], "git-setup"),
        (&["veryfi"], "verify"),
        (&["gibberish"], "`vault --help` lists the commands"),
        (&["help", "gibberish"], "`vault --help` lists the commands"),
        (&["events", "rules", "gibberish"], "`vault events rules --help` lists the commands"),
    ] {
        let outcome = sandbox.run(guess);
        is(&outcome, 2, &["error: unrecognized subcommand", says]);
        for internal in ["git-merge", "git-textconv", "hook-strategy", "agent-serve"] {
            assert!(!outcome.stderr.contains(internal), "{outcome:?}");
        }
    }
    is(&sandbox.run(&["run", "/shop/dev", "--", "true"]), 0, &[]);
}

#[test]
fn a_mistyped_option_is_no_value_and_its_tip_no_dead_end() {
    let sandbox = shop();
    for words in [
        &["param", "put", "/shop/typo", "--stdn"][..],
        &["param", "put", "/shop/typo", "--stdn", "--type", "String"],
        &["set", "/shop/typo", "--type", "String", "--stdn"],
        &["secret", "create", "typo", "--stdn"],
        &["secret", "put", "prod/db", "--stdn"],
        &["--json", "param", "put", "/shop/typo", "--stdn", "--type", "String"],
    ] {
        let outcome = sandbox.run(words);
        is(&outcome, 2, &["--stdn", "--stdin"]);
        assert!(sandbox.run(&["get", "/shop/typo"]).code == 3, "{words:?}");
    }
    for words in [&["param", "get", "--stdn", "x"][..], &["status", "--chekc"], &["exec", "--maks", "/a", "--", "b"]] {
        let outcome = sandbox.run(words);
        assert!(outcome.code == 2 || outcome.code == 125, "{outcome:?}");
        assert!(!outcome.stderr.contains("-- --"), "{outcome:?}");
    }
    // What is behind `--`, and what begins with one hyphen, is a value.
    for (words, value) in [
        (&["param", "put", "/shop/flags", "--type", "String", "--", "--stdn"][..], "--stdn"),
        (&["set", "/shop/flags", "-Xmx512m"], "-Xmx512m"),
        (&["set", "/shop/flags", "-5"], "-5"),
    ] {
        is(&sandbox.run(words), 0, &[]);
        assert_eq!(sandbox.ok(&["get", "/shop/flags"]), value);
    }
}
