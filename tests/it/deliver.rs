//! Values to where programs need them: `exec`, `render`, `env`, `export`, `explain`, whole commands.

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::Command;

use crate::project::{Outcome, Sandbox};

const CANARY: &str = "c4n4ry-hunter2";
const DB: &str = r#"{"user":"app","password":"c4n4ry-hunter2","port":5432}"#;

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/app/prod/db/password", CANARY);
    sandbox.ok(&["param", "put", "/app/prod/db/host", "db.internal", "--type", "String"]);
    secret(&sandbox, "create", "prod/db", r#"{"password":"before"}"#);
    secret(&sandbox, "put", "prod/db", DB);
    sandbox
}

fn secret(sandbox: &Sandbox, verb: &str, name: &str, value: &str) {
    let outcome = sandbox.feed(&["secret", verb, name, "--stdin"], value.as_bytes());
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

/// What a child sees of these variables.
fn child(sandbox: &Sandbox, sources: &[&str], script: &str) -> String {
    let arguments = [&["exec"], sources, &["--", "sh", "-c", script]].concat();
    sandbox.ok(&arguments)
}

fn write(sandbox: &Sandbox, name: &str, text: &str) {
    fs::write(sandbox.project().join(name), text).unwrap();
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.project().join(name)).unwrap()
}

fn is(outcome: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    for part in parts {
        assert!(outcome.stderr.contains(part), "{part:?} is missing in {outcome:?}");
    }
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!said.contains(CANARY), "a value was shown: {outcome:?}");
}

#[test]
fn exec_takes_secrets() {
    let sandbox = shop();
    assert_eq!(child(&sandbox, &["prod/db"], "printf %s \"$DB\""), DB);
    assert_eq!(child(&sandbox, &["secret:prod/db:password"], "printf %s \"$PASSWORD\""), CANARY);
    let all = "echo $USER $PASSWORD $PORT";
    assert_eq!(child(&sandbox, &["--flatten", "prod/db"], all), "app c4n4ry-hunter2 5432\n");
    let both = "echo $PASSWORD $PASSWORD_PREVIOUS";
    assert_eq!(child(&sandbox, &["--with-previous", "prod/db:password"], both), "c4n4ry-hunter2 before\n");
    assert_eq!(child(&sandbox, &["--with-previous", "--flatten", "prod/db"], both), "c4n4ry-hunter2 before\n");
    let gone = child(&sandbox, &["--with-previous", "prod/db:user"], "echo $USER ${USER_PREVIOUS-unset}");
    assert_eq!(gone, "app unset\n");
    let chosen = [
        "A=prod/db:password",
        "B=prod/db:password:AWSPREVIOUS",
        "C=/app/prod/db/host:1",
        "D=pg://{{resolve:ssm:/app/prod/db/host}}/x",
    ];
    assert_eq!(child(&sandbox, &chosen, "echo $A $B $C $D"), "c4n4ry-hunter2 before db.internal pg://db.internal/x\n");
}

#[test]
fn exec_says_which_reference_fails_and_never_a_value() {
    let sandbox = shop();
    let fails =
        |source: &str, code: i32, parts: &[&str]| is(&sandbox.run(&["exec", source, "--", "true"]), code, parts);
    fails("prod/dc", 125, &["there is no parameter, path or secret", "did you mean `prod/db`"]);
    fails("A=prod/db:nope", 125, &["`A=prod/db:nope`: `prod/db`", "nope"]);
    fails("A=prod/db::NOPE", 125, &["no version is staged NOPE"]);
    fails("A=/app/prod/db/password:nope", 125, &["nope"]);
    fails("A={{resolve:ssm-secure:/app/prod/db/host}}", 125, &["not a SecureString"]);
    secret(&sandbox, "create", "plain", CANARY);
    fails("A=plain:key", 125, &["`plain`"]);
    is(&sandbox.run(&["exec", "--flatten", "plain", "--", "true"]), 125, &["`plain`"]);
    sandbox.put("both", "x");
    secret(&sandbox, "create", "both", "y");
    fails("both", 125, &["both a parameter and a secret", "secret:both"]);
    assert_eq!(child(&sandbox, &["/both"], "echo $BOTH"), "x\n");
    assert_eq!(child(&sandbox, &["secret:both"], "echo $BOTH"), "y\n");
}

#[test]
fn exec_reads_maps() {
    let sandbox = shop();
    write(&sandbox, "map.yaml", "A: /app/prod/db/host\nB: prod/db:password\n");
    assert_eq!(child(&sandbox, &["./map.yaml"], "echo $A $B"), "db.internal c4n4ry-hunter2\n");
    write(
        &sandbox,
        "buildspec.yml",
        "version: 0.2\nenv:\n  parameter-store:\n    A: /app/prod/db/host\n  secrets-manager:\n    B: prod/db:password:AWSPREVIOUS\n",
    );
    assert_eq!(child(&sandbox, &["--map", "buildspec.yml"], "echo $A $B"), "db.internal before\n");
    let task = r#"{"containerDefinitions":[{"name":"web","secrets":[
        {"name":"A","valueFrom":"arn:aws:ssm:eu-west-1:123456789012:parameter/app/prod/db/host"},
        {"name":"B","valueFrom":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf:password::"}]}]}"#;
    write(&sandbox, "task.json", task);
    assert_eq!(child(&sandbox, &["task.json"], "echo $A $B"), "db.internal c4n4ry-hunter2\n");
    let text = "# shop\nexport A=plain\nB=\"pg://app:{{resolve:secretsmanager:prod/db:SecretString:password}}@h\"\n";
    write(&sandbox, ".env", text);
    assert_eq!(child(&sandbox, &[".env"], "echo $A $B"), "plain pg://app:c4n4ry-hunter2@h\n");
    write(&sandbox, "bad.yaml", "A: /app/prod/db/host\nB: prod/db:nope\n");
    is(&sandbox.run(&["exec", "bad.yaml", "--", "true"]), 125, &["`bad.yaml: B`: `prod/db`"]);
    write(&sandbox, "bad.yaml", "A: /x\nA: /y\n");
    is(&sandbox.run(&["exec", "bad.yaml", "--", "true"]), 125, &["bad.yaml"]);
    is(&sandbox.run(&["exec", "none.yaml", "--", "true"]), 125, &["`none.yaml` does not exist"]);
    write(&sandbox, "bad.env", &format!("A=x\n{CANARY}\n"));
    is(&sandbox.run(&["exec", "bad.env", "--", "true"]), 125, &["line 2"]);
}

#[test]
fn everything_that_is_wrong_with_maps_and_sources_is_told_at_once() {
    let sandbox = shop();
    write(&sandbox, "m.yaml", "A: /nope/a\nB: prod/db:password\nC: prod/db:nope\nD: prod/dc\n");
    write(&sandbox, "bad.yaml", "E: /x:0\nbad-name: /x\nF: 5\n");
    write(&sandbox, "t.env", "G=\"{{resolve:ssm:/nope/g}} {{resolve:ssm:/nope/h}}\"\n");
    let run = sandbox.run(&["exec", "--map", "m.yaml", "bad.yaml", "./t.env", "/nope", "H=/nope/i", "--", "true"]);
    is(&run, 125, &["error: 10 references cannot be resolved\n", "prod/dc`; did you mean `prod/db`?\n"]);
    let places = ["m.yaml: A", "m.yaml: C", "m.yaml: D", "bad.yaml`: E", "\"bad-name\"", "bad.yaml`: F", "t.env: G"];
    let places = places.iter().chain(&["`/nope/h`", "`/nope`", "H=/nope/i"]);
    let found: Vec<_> =
        places.map(|place| run.stderr.find(place).unwrap_or_else(|| panic!("{place}: {run:?}"))).collect();
    assert!(found.is_sorted(), "in their order: {run:?}");
    assert_eq!(run.stderr.matches("lists the parameters").count(), 1, "a hint for many is given once: {run:?}");
    assert!(!run.stderr.contains(CANARY), "{run:?}");

    let json = sandbox.run(&["--json", "env", "--map", "m.yaml", "--format", "dotenv"]);
    is(&json, 3, &[r#""code":"unresolved""#, r#""details":["`m.yaml: A`: there is no parameter"#]);
    is(
        &sandbox.run(&["env", "--map", "bad.yaml", "--format", "dotenv"]),
        2,
        &["3 references", "hint: `vault exec --help`"],
    );
    let many: Vec<String> = (0..30).map(|n| format!("V{n}: /nope/{n}\n")).collect();
    write(&sandbox, "many.yaml", &many.concat());
    let many = sandbox.run(&["exec", "./many.yaml", "--", "true"]);
    is(&many, 125, &["30 references cannot be resolved", "  and 10 more references\n"]);
    assert!(!many.stderr.contains("/nope/20`"), "{many:?}");
    // Whoever cannot unlock is told that, once.
    let locked = sandbox.run_with(&["env", "--map", "m.yaml", "--format", "dotenv"], &[("VLT_IDENTITY_FILE", "/nope")]);
    assert!(locked.code == 5 && !locked.stderr.contains("references"), "{locked:?}");
}

const LONG: &str = "{{resolve:secretsmanager:prod/db:SecretString:password}}";

#[test]
fn render_fills_a_template_in_all_or_nothing() {
    let sandbox = shop();
    write(
        &sandbox,
        "app.conf",
        &format!("host={{{{resolve:ssm:/app/prod/db/host:1}}}}\npass={LONG}!\n\\{{{{resolve:x}}}} {{{{ .go }}}}\n"),
    );
    let expected = format!("host=db.internal\npass={CANARY}!\n{{{{resolve:x}}}} {{{{ .go }}}}\n");
    assert_eq!(sandbox.ok(&["render", "app.conf"]), expected);
    assert_eq!(sandbox.feed(&["render", "-"], read(&sandbox, "app.conf").as_bytes()).stdout, expected);
    is(&sandbox.run(&["render", "app.conf", "--out", "out.conf"]), 0, &["wrote `out.conf`: 2 references"]);
    assert_eq!(read(&sandbox, "out.conf"), expected);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(sandbox.project().join("out.conf")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);

    let bad = "ok {{resolve:ssm:/app/prod/db/host}}\n a{{resolve:ssm:/nope}} {{resolve:secretsmanager:prod/db:SecretString:nope}}\n";
    write(&sandbox, "bad.conf", bad);
    let parts =
        ["2 references cannot", "bad.conf:2:3: `{{resolve:ssm:/nope}}`", "bad.conf:2:25: `{{resolve:secretsmanager:"];
    is(&sandbox.run(&["render", "bad.conf", "--out", "out.conf"]), 3, &parts);
    assert_eq!(read(&sandbox, "out.conf"), expected, "nothing was written");
    write(&sandbox, "bad.conf", "x\n{{resolve:s3:x}}\n{{resolve:ssm:/x\n");
    is(
        &sandbox.run(&["render", "bad.conf"]),
        2,
        &["bad.conf:2:1: `{{resolve:s3:x}}`: a reference must begin", "bad.conf:3:1"],
    );
}

#[test]
fn render_checks_and_locks() {
    let sandbox = shop();
    write(&sandbox, "t", &format!("{LONG} {{{{resolve:ssm:/app/prod/db/password}}}}"));
    let arguments = ["render", "t", "--out", "out", "--lock", "t.lock"];
    let check = || sandbox.run(&[&arguments[..], &["--check"]].concat());
    is(&check(), 8, &["`out` does not exist"]);
    sandbox.ok(&arguments);
    is(&check(), 0, &[]);
    assert!(!read(&sandbox, "t.lock").contains(CANARY));
    secret(&sandbox, "put", "prod/db", r#"{"password":"after"}"#);
    sandbox.put("/app/prod/db/password", "after");
    is(&check(), 0, &[]);
    is(&sandbox.run(&["render", "t", "--out", "out", "--check"]), 8, &["`out` is not up to date"]);
    sandbox.ok(&arguments);
    assert_eq!(read(&sandbox, "out"), format!("{CANARY} {CANARY}"));
    fs::remove_file(sandbox.project().join("t.lock")).unwrap();
    sandbox.ok(&arguments);
    assert_eq!(read(&sandbox, "out"), "after after");
    write(&sandbox, "t.lock", "{}");
    is(&sandbox.run(&arguments), 2, &["is not a lock"]);
}

#[test]
fn render_keeps_structured_files_valid() {
    let sandbox = shop();
    let hostile = "q\"b\\c\nd'e: #f";
    sandbox.put("/hostile", hostile);
    write(
        &sandbox,
        "c.json.in",
        r#"{"a":"{{resolve:ssm:/hostile}}","port":{{resolve:secretsmanager:prod/db:SecretString:port}}}"#,
    );
    let json: serde_json::Value = serde_json::from_str(&sandbox.ok(&["render", "c.json.in"])).unwrap();
    assert_eq!((json["a"].as_str().unwrap(), json["port"].as_u64().unwrap()), (hostile, 5432));
    write(&sandbox, "c.yaml", "a: {{resolve:ssm:/hostile}}\nb: |\n  {{resolve:ssm:/hostile}}\n");
    let yaml: serde_json::Value = serde_yaml::from_str(&sandbox.ok(&["render", "c.yaml"])).unwrap();
    assert_eq!((yaml["a"].as_str().unwrap(), yaml["b"].as_str().unwrap()), (hostile, format!("{hostile}\n").as_str()));
    assert_eq!(sandbox.ok(&["render", "--raw", "c.yaml"]), format!("a: {hostile}\nb: |\n  {hostile}\n"));
    write(&sandbox, "bare.json", r#"{"a":{{resolve:ssm:/app/prod/db/password}}}"#);
    is(&sandbox.run(&["render", "bare.json"]), 7, &["bare.json:1:6:", "in double quotes"]);
}

#[test]
fn env_and_export_write_for_others() {
    let sandbox = shop();
    sandbox.put("/app/prod/motto", "it's\ntwo lines");
    let script = "eval \"$(vault env /app/prod)\"; printf '%s|%s' \"$DB_PASSWORD\" \"$MOTTO\"";
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = sandbox.command("sh").args(["-c", script]).env("PATH", path).output().unwrap();
    assert_eq!(String::from_utf8(run.stdout).unwrap(), format!("{CANARY}|it's\ntwo lines"));
    sandbox.ok(&["export", "/app/prod", "--format", "json", "--out", "e.json"]);
    let json: serde_json::Value = serde_json::from_str(&read(&sandbox, "e.json")).unwrap();
    assert_eq!(json["MOTTO"], "it's\ntwo lines");
    let recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    for command in [
        &["export", "/app/prod", "--format", "json", "--out", "typo/e.json"][..],
        &["share", "prod/db", "--to", recipient, "--expires", "1d", "--out", "typo/e.age"],
        &["audit", "export", "--out", "typo/e.jsonl"],
    ] {
        let refused = sandbox.run(command);
        is(&refused, 3, &["`typo` does not exist", "check the path"]);
        assert!(refused.stdout.is_empty() && !sandbox.project().join("typo").exists(), "{refused:?}");
    }
    let refused = sandbox.run(&["export", "/app/prod", "prod/db", "--format", "docker", "--out", "e.env"]);
    is(&refused, 7, &["1 value cannot", "MOTTO: the value has a line break"]);
    assert!(!sandbox.project().join("e.env").exists());
    write(&sandbox, "github", "OLD=1\n");
    sandbox.ok(&["export", "/app/prod", "--format", "github", "--out", "github", "--append"]);
    let text = read(&sandbox, "github");
    assert!(text.starts_with("OLD=1\nDB_HOST<<vault_") && text.contains("\nit's\ntwo lines\nvault_"), "{text}");
    let report: serde_json::Value = serde_json::from_str(&sandbox.ok(&["--json", "env", "prod/db:password"])).unwrap();
    assert_eq!(report["Variables"][0]["Value"], CANARY);
}

#[test]
fn output_goes_into_devices_and_pipes_and_takes_the_place_of_files_only() {
    let sandbox = shop();
    let at = |name: &str| sandbox.project().join(name);
    write(&sandbox, "t", "{{resolve:ssm:/app/prod/db/password}}");
    write(&sandbox, "other", "theirs");
    for (target, name) in
        [("/proc/self/fd/1", "stdout"), ("/dev/null", "null"), ("other", "link"), ("nothing", "dangling")]
    {
        symlink(target, at(name)).unwrap();
    }
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let read_pipe = || {
        let pipe = at("pipe");
        std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
    };
    let pipe = read_pipe();
    sandbox.ok(&["export", "/app/prod", "--format", "dotenv", "--out", "pipe"]);
    assert!(pipe.join().unwrap().contains(CANARY));
    let pipe = read_pipe();
    sandbox.ok(&["export", "/app/prod", "--format", "dotenv", "--out", "pipe", "--append"]);
    assert!(pipe.join().unwrap().contains(CANARY));
    assert_eq!(sandbox.ok(&["render", "t", "--out", "stdout"]), CANARY);
    write(&sandbox, "log", "before ");
    let log = fs::OpenOptions::new().append(true).open(at("log")).unwrap();
    assert!(sandbox.program().args(["render", "t", "--out", "stdout"]).stdout(log).output().unwrap().status.success());
    assert_eq!(read(&sandbox, "log"), format!("before {CANARY}"));
    is(&sandbox.run(&["render", "t", "--out", "null"]), 0, &["wrote `null`"]);
    for name in ["link", "dangling"] {
        is(&sandbox.run(&["render", "t", "--out", name]), 4, &["is a symbolic link"]);
        is(&sandbox.run(&["export", "/app/prod", "--format", "sh", "--out", name]), 4, &["is a symbolic link"]);
        is(
            &sandbox.run(&["export", "/app/prod", "--format", "sh", "--out", name, "--append"]),
            4,
            &["is a symbolic link"],
        );
    }
    let kind = |name: &str| fs::symlink_metadata(at(name)).unwrap().file_type();
    assert!(
        ["stdout", "null", "link", "dangling"].iter().all(|name| kind(name).is_symlink()) && kind("pipe").is_fifo()
    );
    assert!(!at("nothing").exists() && read(&sandbox, "other") == "theirs");
}

#[test]
fn explain_says_where_a_value_is_from() {
    let sandbox = shop();
    sandbox.put("/app/common/db/password", "other");
    sandbox.ok(&["label", "add", "/app/prod/db/password:1", "live"]);
    let shown = sandbox.run(&["explain", "DB_PASSWORD", "/app/common", "/app/prod"]);
    is(&shown, 0, &[]);
    for part in ["/app/prod/db/password", "latest", "path below the source", "/app/common/db/password (version 1"] {
        assert!(shown.stdout.contains(part), "{part}: {shown:?}");
    }
    let json = sandbox.run(&["--json", "explain", "X", "X=/app/prod/db/password:live", "X=prod/db:password"]);
    is(&json, 0, &[]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json["Name"].as_str(), json["SelectedBy"].as_str()), (Some("prod/db"), Some("stage AWSCURRENT")));
    assert_eq!(json["Overrides"][0]["SelectedBy"], "label live");
    is(&sandbox.run(&["explain", "DB_PASSWORT", "/app/prod"]), 3, &["did you mean `DB_PASSWORD`"]);
    is(&sandbox.run(&["explain", "bad-name", "/app/prod"]), 2, &[]);
}
