//! Names that are half remembered: what is near is named wherever a name is typed, and found by `find` and `grep`.

use crate::import::is;
use crate::project::{Sandbox, body};

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/dev/DB_PASSWORD", "s3cret of db.internal");
    sandbox.put("/shop/dev/DB_PASSWORD", "another");
    sandbox.ok(&["param", "put", "/shop/dev/DB_HOST", "db.internal", "--type", "String", "--tag", "team=payments"]);
    let create = ["secret", "create", "prod/api-key", "--stdin", "--description", "for the Payments team"];
    is(&sandbox.feed(&create, b"DB.INTERNAL"), 0, &[]);
    sandbox
}

#[test]
fn the_near_name_is_named_whatever_was_typed() {
    let sandbox = shop();
    let full = "did you mean `/shop/dev/DB_PASSWORD`?";
    for typed in [
        "/shop/dev/db_password",
        "/shop/dev/DB-PASSWORD",
        "/shop/dev/DB_PASWORD",
        "/shop/dve/DB_PASSWORD",
        "shop/dev/DB_PASSWORD",
        "dev/DB_PASSWORD",
        "DB_PASSWORD",
        "db.password",
        "password",
    ] {
        is(&sandbox.run(&["get", typed]), 3, &["there is no parameter or secret", full]);
        is(&sandbox.run(&["exec", typed, "--", "true"]), 125, &[full]);
    }
    for command in [
        &["param", "get"][..],
        &["param", "show"],
        &["param", "history"],
        &["param", "edit"],
        &["param", "rm", "--yes"],
        &["param", "diff"],
        &["label", "ls"],
        &["show"],
        &["history"],
        &["edit"],
        &["rm", "--yes"],
        &["env"],
        &["export", "--format", "json"],
        &["explain", "X"],
    ] {
        is(&sandbox.run(&[command, &["/shop/dev/db-password"]].concat()), 3, &[full]);
    }
    is(&sandbox.run(&["label", "add", "/shop/dev/db-password", "live"]), 3, &[full]);
    is(&sandbox.run(&["param", "copy", "/shop/dev/db-password", "/x"]), 3, &[full]);
    is(&sandbox.run(&["rotate", "run", "prod/API_KEY"]), 3, &["did you mean `prod/api-key`?"]);
    is(&sandbox.run(&["param", "get", "shop/dev/DB_PASSWORD"]), 2, &["tip: did you mean `/shop/dev/DB_PASSWORD`?"]);
    is(&sandbox.run(&["param", "get", "prod/api-key"]), 2, &["did you mean `/prod/api-key`? `vault secret` is for"]);
    is(&sandbox.run(&["param", "ls", "shop/dev"]), 2, &["tip: did you mean `/shop/dev`?"]);
}

#[test]
fn a_path_and_the_other_kind_are_said() {
    let sandbox = shop();
    let path = "hint: `/shop/dev` is a path: `vault ls /shop/dev` lists it, `vault get --path /shop/dev --recursive`";
    for command in [&["get"][..], &["param", "get"], &["show"], &["param", "history"]] {
        is(&sandbox.run(&[command, &["/shop/dev"]].concat()), 3, &[path]);
    }
    is(&sandbox.run(&["get", "shop/dev"]), 3, &[path]);
    for source in ["/shop/dve", "shop/dev"] {
        let says = ["there is no parameter, path or secret", "did you mean `/shop/dev`?"];
        is(&sandbox.run(&["exec", source, "--", "true"]), 125, &says);
        is(&sandbox.run(&["env", source]), 3, &says);
    }
    is(&sandbox.run(&["param", "ls", "/shop/dve"]), 0, &["did you mean `/shop/dev`?"]);
    is(&sandbox.run(&["param", "get", "--path", "/shop/dve"]), 0, &["note: there are no parameters", "`/shop/dev`?"]);
    is(&sandbox.run(&["get", "--path", "/shop"]), 0, &["`--recursive` prints all levels"]);
    is(&sandbox.run(&["param", "get", "/prod/api-key"]), 3, &["hint: `prod/api-key` is a secret: use `vault secret`"]);
    is(
        &sandbox.run(&["secret", "get", "shop/dev/DB_HOST"]),
        3,
        &["`/shop/dev/DB_HOST` is a parameter: use `vault param`"],
    );
    // Below a parameter's name is another thing than the parameter.
    is(&sandbox.run(&["env", "/shop/dev/DB_HOST/x"]), 3, &[]);
}

#[test]
fn a_parameter_that_is_a_path_too_is_meant_in_one_way() {
    let sandbox = Sandbox::new();
    for name in ["/app/prod", "/app/prod/A", "/app/prod/B"] {
        sandbox.put(name, name);
    }
    let both = ["`/app/prod` is a parameter, and a path", "write `/app/prod/`", "`param:/app/prod`"];
    is(&sandbox.run(&["exec", "/app/prod", "--", "true"]), 125, &both);
    for command in [&["env"][..], &["export", "--format", "json"], &["explain", "A"]] {
        is(&sandbox.run(&[command, &["/app/prod"]].concat()), 2, &both);
    }
    let variables = |sources: &[&str]| -> Vec<String> {
        let text = sandbox.ok(&[&["export", "--format", "dotenv"], sources].concat());
        text.lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
    };
    assert_eq!(variables(&["/app/prod/"]), ["A", "B"]);
    assert_eq!(variables(&["param:/app/prod"]), ["PROD"]);
    assert_eq!(variables(&["/app/prod:1"]), ["PROD"]);
    assert_eq!(variables(&["param:/app/prod", "/app/prod/"]), ["A", "B", "PROD"]);
    assert_eq!(variables(&["X=/app/prod"]), ["X"]);
    assert_eq!(variables(&["/app"]), ["PROD", "PROD_A", "PROD_B"]);
}

#[test]
fn find_searches_names_in_any_case() {
    let sandbox = shop();
    assert_eq!(sandbox.ok(&["find", "passw"]), "/shop/dev/DB_PASSWORD\n");
    assert_eq!(sandbox.ok(&["search", "API"]), "prod/api-key\n");
    assert_eq!(sandbox.ok(&["find", "dev/db"]), "/shop/dev/DB_HOST\n/shop/dev/DB_PASSWORD\n");
    is(&sandbox.run(&["find", "payments"]), 3, &["error: no name contains that text", "`vault grep`"]);
    assert_eq!(sandbox.ok(&["find", "payments", "--details"]), "/shop/dev/DB_HOST\nprod/api-key\n");
}

#[test]
fn grep_names_what_contains_a_text_and_never_shows_it() {
    let sandbox = shop();
    assert_eq!(sandbox.ok(&["grep", "db.internal"]), "/shop/dev/DB_HOST:1\n");
    let all = sandbox.ok(&["grep", "db.internal", "--all-versions", "-i"]);
    assert!(all.starts_with("/shop/dev/DB_HOST:1\n/shop/dev/DB_PASSWORD:1\nprod/api-key "), "{all}");
    assert!(all.trim_end().ends_with("AWSCURRENT"), "{all}");
    let piped = sandbox.feed(&["grep", "--stdin"], b"anothe\n");
    assert_eq!(
        (piped.code, piped.stdout.as_str(), piped.stderr.contains("anothe")),
        (0, "/shop/dev/DB_PASSWORD:2\n", false)
    );
    is(&sandbox.run(&["grep", "nowhere"]), 3, &["error: no value contains that text"]);
    is(&sandbox.run(&["grep"]), 10, &["TEXT or `--stdin`"]);
    // What cannot be trusted or decrypted hides nothing else.
    let path = "params/shop/dev/db_password%7fb.yaml";
    let good = sandbox.read(path);
    sandbox.write(path, good.replace("SecureString", "String"));
    let outcome = sandbox.run(&["grep", "db.internal"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, "/shop/dev/DB_HOST:1\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: 1 document not searched"), "{outcome:?}");
    let value = good.lines().find(|line| line.trim_start().starts_with("value: ")).unwrap();
    let noise = body(&good).replace(value, &value.replace("xc1:", "xc1:AAAA")).replace("\nrev: 2\n", "\nrev: 3\n");
    sandbox.write(path, sandbox.signed(path, &noise));
    for search in [&["grep", "db.internal", "--all-versions"][..], &["scan"]] {
        let outcome = sandbox.run(search);
        assert_eq!(outcome.code, 6, "{outcome:?}");
        assert!(outcome.stderr.contains("cannot be decrypted"), "{outcome:?}");
    }
    let found = sandbox.run(&["grep", "db.internal", "--all-versions"]).stdout;
    assert!(found.starts_with("/shop/dev/DB_HOST:1\n"), "{found}");
}

#[test]
fn values_under_a_key_that_cannot_be_used_are_counted() {
    let sandbox = shop();
    sandbox.ok(&["key", "create", "closed", "--scope", "parameter:/closed"]);
    sandbox.put("/closed/db", "db.internal");
    sandbox.ok(&["key", "disable", "closed"]);
    let outcome = sandbox.run(&["grep", "db.internal"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "/shop/dev/DB_HOST:1\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: 1 value not searched: you cannot use their keys"), "{outcome:?}");
}
