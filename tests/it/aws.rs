//! What is typed means what it means to AWS: filters, names, versions, stages and tokens.

use std::fs;

use serde_json::{Value, json};

use crate::project::{Outcome, Sandbox};

fn run(sandbox: &Sandbox, line: &str) -> Outcome {
    sandbox.run(&line.split(' ').collect::<Vec<_>>())
}

fn ok(sandbox: &Sandbox, line: &str) -> String {
    sandbox.ok(&line.split(' ').collect::<Vec<_>>())
}

fn fed(sandbox: &Sandbox, line: &str, value: &str) -> Outcome {
    sandbox.feed(&line.split(' ').collect::<Vec<_>>(), value.as_bytes())
}

fn json_of(run: &Outcome) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"))
}

fn create(sandbox: &Sandbox, name: &str, value: &str) -> String {
    let made = fed(sandbox, &format!("--json secret create {name} --stdin"), value);
    json_of(&made)["VersionId"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
}

#[test]
fn the_values_of_a_filter_are_alternatives() {
    let sandbox = Sandbox::new();
    ok(&sandbox, "param put /p/a 1 --type String --label stable");
    ok(&sandbox, "param put /p/a 2 --overwrite --label live");
    ok(&sandbox, "param put /p/b 3 --type String --label live");
    ok(&sandbox, "param put /p/c 4 --type String");
    assert_eq!(ok(&sandbox, "param get --path /p --filter label=stable,live"), "/p/a\t1\n/p/b\t3\n");
    assert_eq!(ok(&sandbox, "param get --path /p --filter label=live,stable"), "/p/a\t2\n/p/b\t3\n");
    assert_eq!(ok(&sandbox, "param ls /p --filter label=stable,live"), "/p/a\n/p/b\n");
    for command in ["get --path /p", "ls /p"] {
        let twice = run(&sandbox, &format!("param {command} --filter type=String --filter type=SecureString"));
        assert!(twice.code == 2 && twice.stderr.contains("is used twice"), "{command}: {twice:?}");
        for filter in ["name^=/aws", "path=/aws/x", "path^=/ssm"] {
            let reserved = run(&sandbox, &format!("param {command} --filter {filter}"));
            assert!(reserved.code == 2 && reserved.stderr.contains("begins with `aws` or `ssm`"), "{reserved:?}");
        }
    }
}

#[test]
fn a_parameter_is_answered_once_and_by_the_name_it_was_asked_for() {
    let sandbox = Sandbox::new();
    ok(&sandbox, "param put /x 1 --type String");
    for (asked, names) in [("x", vec!["x"]), ("/x", vec!["/x"]), ("/x x /x /x:1", vec!["/x", "x", "/x"])] {
        let answer = json_of(&run(&sandbox, &format!("--json param get {asked}")));
        let shown: Vec<_> = answer["Parameters"].as_array().unwrap().iter().map(|it| it["Name"].clone()).collect();
        assert_eq!(shown, names, "{asked}");
    }
    assert_eq!(json_of(&run(&sandbox, "--json param show x"))["Name"], "x");
    assert_eq!(json_of(&run(&sandbox, "--json param history x"))["Parameters"][0]["Name"], "x");
    let missing = run(&sandbox, "--json param get /none");
    assert_eq!(json_of(&missing)["InvalidParameters"], json!(["/none"]), "{missing:?}");
    assert!(missing.code == 3 && missing.stderr.contains("there is no parameter `/none`"), "{missing:?}");
    let padded = run(&sandbox, "param get /x:01");
    assert!(padded.code == 2 && padded.stderr.contains("no leading zero"), "{padded:?}");
}

#[test]
fn an_arn_is_a_name_where_something_is_read() {
    let sandbox = Sandbox::new();
    ok(&sandbox, "param put /a/b 1 --type String --label live");
    create(&sandbox, "prod/db", "2");
    let (ssm, secret) = ("arn:aws:ssm:eu-west-1:123456789012:parameter", "arn:aws:secretsmanager:eu-west-1:1:secret:");
    for selector in ["", ":1", ":live"] {
        assert_eq!(ok(&sandbox, &format!("param get {ssm}/a/b{selector}")), "1");
        assert_eq!(ok(&sandbox, &format!("get {ssm}/a/b{selector}")), "1");
    }
    assert!(ok(&sandbox, &format!("param show {ssm}/a/b")).contains("/a/b"));
    assert!(ok(&sandbox, &format!("param history {ssm}/a/b")).contains("live"));
    for id in ["prod/db", "prod/db-AbCdEf"] {
        assert_eq!(ok(&sandbox, &format!("secret get {secret}{id}")), "2");
        assert_eq!(ok(&sandbox, &format!("get {secret}{id}")), "2");
        assert!(ok(&sandbox, &format!("secret show {secret}{id}")).contains("prod/db"));
        assert!(ok(&sandbox, &format!("secret versions {secret}{id}")).contains("AWSCURRENT"));
    }
    for wrong in [format!("param get {secret}prod/db"), format!("secret get {ssm}/a/b"), "secret get arn:x".into()] {
        let refused = run(&sandbox, &wrong);
        assert!(refused.code == 2 && refused.stderr.contains("ARN"), "{wrong}: {refused:?}");
    }
    let all = json_of(&run(&sandbox, &format!("--json secret get prod/db {secret}prod/db-AbCdEf prod/db")));
    assert_eq!(all["SecretValues"].as_array().unwrap().len(), 1, "{all}");
}

#[test]
fn a_version_and_a_stage_that_disagree_are_no_missing_version() {
    let sandbox = Sandbox::new();
    let id = create(&sandbox, "s", "1");
    let both = format!("secret get s --version-id {id} --stage");
    assert_eq!(ok(&sandbox, &format!("{both} AWSCURRENT")), "1");
    let apart = run(&sandbox, &format!("--json {both} AWSPREVIOUS"));
    assert_eq!(json_of(&apart)["Errors"][0]["ErrorCode"], "InvalidRequestException", "{apart:?}");
    assert!(apart.code == 4 && apart.stderr.contains("is not staged AWSPREVIOUS"), "{apart:?}");
    assert_eq!(run(&sandbox, "secret get s --version-id 00000000-0000-0000-0000-000000000001").code, 3);
    let missing = run(&sandbox, "--json secret get none");
    assert_eq!(json_of(&missing)["Errors"][0]["ErrorCode"], "ResourceNotFoundException", "{missing:?}");
    assert_eq!(missing.code, 3);
}

#[test]
fn a_list_turns_round_among_equal_dates_too() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c"] {
        create(&sandbox, name, "1");
    }
    for by in ["name", "created-date", "last-changed-date"] {
        let ascending = ok(&sandbox, &format!("secret ls --sort {by}"));
        let descending = ok(&sandbox, &format!("secret ls --sort {by} --desc"));
        assert!(descending.lines().eq(ascending.lines().rev()), "{by}: {ascending:?} {descending:?}");
    }
}

#[test]
fn words_of_a_name_begin_where_its_case_changes() {
    let sandbox = Sandbox::new();
    create(&sandbox, "SecretFTag", "1");
    for (word, found) in [("tag", true), ("f", true), ("secret", true), ("ftag", false)] {
        assert_eq!(ok(&sandbox, &format!("secret ls --filter all={word}")).is_empty(), !found, "{word}");
    }
}

#[test]
fn a_token_does_not_bring_back_what_is_marked_for_deletion() {
    let sandbox = Sandbox::new();
    let create = "secret create c --stdin --token 11111111-1111-4111-8111-111111111111";
    assert_eq!(fed(&sandbox, create, "1").code, 0);
    assert_eq!(fed(&sandbox, create, "1").code, 0, "the same again is the same");
    ok(&sandbox, "secret rm c --yes");
    let refused = fed(&sandbox, create, "1");
    assert!(refused.code == 4 && refused.stderr.contains("marked for deletion"), "{refused:?}");
    assert_eq!(fed(&sandbox, &format!("{create} --replace"), "1").code, 0, "a new one");
    assert_eq!(ok(&sandbox, "secret get c"), "1");
}

#[test]
fn a_pending_value_keeps_a_stage_and_a_demoted_one_is_not_pending() {
    let sandbox = Sandbox::new();
    let first = create(&sandbox, "d", "1");
    fed(&sandbox, "secret put d --stdin --stage AWSPENDING", "2");
    fed(&sandbox, "secret put d --stdin", "3");
    assert_eq!(ok(&sandbox, "secret get d --stage AWSPENDING"), "2", "a put elsewhere leaves it alone");
    let put = json_of(&fed(&sandbox, "--json secret put d --stdin --stage AWSPENDING", "4"));
    assert_eq!(ok(&sandbox, "secret get d --stage ABORTED"), "2");
    let (pending, stages) = (put["VersionId"].as_str().unwrap(), json_of(&run(&sandbox, "--json secret stage d")));
    let current = stages["Stages"].as_array().unwrap().iter().find(|it| it["VersionStage"] == "AWSCURRENT").unwrap();
    let current = current["VersionId"].as_str().unwrap();
    ok(&sandbox, &format!("secret stage d AWSCURRENT --from {current} --to {pending}"));
    ok(&sandbox, &format!("secret stage d AWSCURRENT --from {pending} --to {first}"));
    assert_eq!(ok(&sandbox, "secret get d --stage AWSPREVIOUS"), "4");
    assert_eq!(run(&sandbox, "secret get d --stage AWSPENDING").code, 3);
}

#[test]
fn generated_ids_are_uuids_and_passwords_need_no_space() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c"] {
        let id = create(&sandbox, name, "1");
        let digits: Vec<char> = id.chars().collect();
        assert!(digits[14] == '4' && "89ab".contains(digits[19]) && id.len() == 36, "{id}");
    }
    assert_eq!(ok(&sandbox, "secret random --length 4 --include-space").trim_end_matches('\n').chars().count(), 4);
    assert_eq!(run(&sandbox, "secret random --length 3 --include-space").code, 2);
}

#[test]
fn a_tag_may_have_the_sign_that_ends_its_key() {
    let sandbox = Sandbox::new();
    ok(&sandbox, "param put /t 1 --type String");
    ok(&sandbox, r"param tag /t a\=b=c=d x=");
    assert_eq!(json_of(&run(&sandbox, "--json param tag /t"))["Tags"], json!({"a=b": "c=d", "x": ""}));
    assert_eq!(ok(&sandbox, r"param ls --filter tag:a\=b=c=d"), "/t\n");
    assert_eq!(ok(&sandbox, r"param ls --filter tag:a\=b"), "/t\n");
    ok(&sandbox, "param tag /t --remove a=b");
    assert_eq!(ok(&sandbox, "param ls --filter tag:x"), "/t\n");
    for twice in ["param tag /t y=1 y=2", "param put /u 1 --type String --tag y=1 --tag y=2"] {
        let refused = run(&sandbox, twice);
        assert!(refused.code == 2 && refused.stderr.contains("is given twice"), "{twice}: {refused:?}");
    }
}

#[test]
fn labels_say_what_is_wrong_with_them() {
    let sandbox = Sandbox::new();
    ok(&sandbox, "param put /p 1 --type String --label live");
    ok(&sandbox, "param put /p 2 --overwrite");
    for (line, code, parts) in [
        ("label rm /p nosuch", 3, ["`/p`: no version has the label nosuch", "`vault label ls /p`"]),
        ("label rm /p:2 live", 3, ["`/p`: version 2 does not have the label live", "`vault label ls /p`"]),
        ("label move /p nosuch --to 1", 3, ["no version has the label nosuch", "`vault label ls /p`"]),
        ("label add /p 9bad", 2, ["`/p`: \"9bad\" is not a label", "begins with a letter"]),
    ] {
        let refused = run(&sandbox, line);
        assert_eq!(refused.code, code, "{line}: {refused:?}");
        assert!(parts.iter().all(|part| refused.stderr.contains(part)), "{line}: {refused:?}");
    }
}

#[test]
fn one_rule_says_what_looks_masked() {
    let sandbox = Sandbox::new();
    create(&sandbox, "s", "1");
    fs::write(sandbox.project().join("m.env"), "M='[hidden]'\n").unwrap();
    for mask in ["****", "•••", "<redacted>", "(masked)", "[FILTERED]", " ***\n"] {
        for line in ["param put /m --stdin", "secret create m --stdin", "secret put s --stdin"] {
            let refused = fed(&sandbox, line, mask);
            assert!(refused.code == 2 && refused.stderr.contains("looks like a masked value"), "{line}: {refused:?}");
            assert!(refused.stderr.contains("--binary"), "{line}: {refused:?}");
        }
    }
    let import = run(&sandbox, "import m.env /m --yes");
    assert!(import.code == 7 && import.stdout.contains("looks like a masked value"), "{import:?}");
    assert_eq!(fed(&sandbox, "secret create m --binary --stdin", "****").code, 0, "bytes may be anything");
    assert_eq!(ok(&sandbox, "secret get m"), "****");
}
