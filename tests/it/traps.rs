//! Mistakes that such systems invite: each is said in time, by the command itself.

use std::fs;

use crate::git::Team;
use crate::project::{Outcome, Sandbox};

fn says(run: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for part in parts {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
}

#[test]
fn a_rotation_that_is_wished_for_a_parameter_points_to_secrets() {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/db", "first");
    let secret = "`vault param get /shop/db | vault secret create shop/db --stdin`";
    for command in [
        &["rotate", "configure", "/shop/db", "--strategy", "random"][..],
        &["rotate", "run", "/shop/db"],
        &["rotate", "test", "shop/db"],
    ] {
        says(&sandbox.run(command), 3, &["`/shop/db` is a parameter, and only secrets are rotated", secret]);
    }
    let copy = "$0 param get /shop/db | $0 secret create shop/db --stdin";
    let copied = sandbox.command("sh").args(["-c", copy, env!("CARGO_BIN_EXE_vault")]).status().unwrap();
    assert!(copied.success());
    sandbox.ok(&["rotate", "configure", "shop/db", "--strategy", "random"]);
}

#[test]
fn rotating_the_only_user_of_a_database_says_what_fails() {
    let sandbox = Sandbox::new();
    let value = br#"{"engine":"postgres","host":"db.internal","username":"app","password":"first"}"#;
    for name in ["prod/db", "prod/admin"] {
        assert_eq!(sandbox.feed(&["secret", "create", name, "--stdin"], value).code, 0);
    }
    let fails = "cannot open new connections; `--users alternating --admin SECRET`";
    says(&sandbox.run(&["rotate", "configure", "prod/db", "--strategy", "postgres"]), 0, &[fails]);
    let other = ["rotate", "configure", "prod/db", "--users", "alternating", "--admin", "prod/admin"];
    let other = sandbox.run(&other);
    assert!(other.code == 0 && !other.stderr.contains("connections"), "{other:?}");
    let scheduled = sandbox.run(&["rotate", "configure", "prod/db", "--every", "30d"]);
    assert!(scheduled.code == 0 && !scheduled.stderr.contains("connections"), "{scheduled:?}");
}

#[test]
fn a_value_where_a_reference_belongs_is_found_with_its_reference() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/key", "c4n4ry-hunter2-one");
    assert_eq!(sandbox.feed(&["secret", "create", "app/token", "--stdin"], b"c4n4ry-hunter2-two").code, 0);
    fs::write(sandbox.project().join("app.env"), "KEY=c4n4ry-hunter2-one\nTOKEN=c4n4ry-hunter2-two\n").unwrap();
    let references = ["{{resolve:ssm-secure:/app/key}}", "{{resolve:secretsmanager:app/token}}"];
    says(&sandbox.run(&["scan"]), 8, &references);
    fs::write(sandbox.project().join("app.env"), format!("KEY={}\nTOKEN={}\n", references[0], references[1])).unwrap();
    sandbox.ok(&["scan"]);
    let rendered = sandbox.ok(&["render", "app.env"]);
    assert_eq!(rendered, "KEY=c4n4ry-hunter2-one\nTOKEN=c4n4ry-hunter2-two\n");
}

#[test]
fn the_wrong_one_of_two_identities_is_named_with_those_whose_rights_are_needed() {
    let team = Team::new(1);
    team.join("bob");
    let bob = team.path("home-bob/config/vault/identities/bob.txt");
    team.ok(0, &["key", "create", "prod", "--scope", "parameter:/prod"]);
    team.ok(0, &["param", "put", "/prod/db", "--generate"]);
    team.ok(0, &["member", "update", "bob", "--write", "parameter:/dev"]);
    let as_bob = |arguments: &[&str]| team.run(0, &[&["--identity", bob.to_str().unwrap()], arguments].concat());
    let reading = ["`bob` cannot open the key `prod`", "readers: ana", "vault key grant prod bob", "--identity FILE"];
    says(&as_bob(&["param", "get", "/prod/db"]), 5, &reading);
    let writing = ["`bob` may not write `/prod/db`", "who may: `ana`", "--identity FILE"];
    says(&as_bob(&["param", "put", "/prod/db", "--generate", "--overwrite"]), 7, &writing);
}

#[test]
fn values_that_a_whole_team_can_read_are_something_to_know() {
    let team = Team::new(1);
    let open = "all 3 members can read 1 SecureString parameter under the key default";
    team.join("bob");
    assert!(!team.ok(0, &["status"]).contains("members can read"), "two are no team");
    team.join("carol");
    let shown = team.ok(0, &["status"]);
    assert!(shown.contains(open), "{shown}");
    team.ok(0, &["status", "--check"]);
    team.ok(0, &["key", "create", "narrow", "--scope", "parameter:/shared"]);
    let shown = team.ok(0, &["status"]);
    assert!(!shown.contains("members can read"), "{shown}");
}
