//! `import` of files: the plan, names, formats, what is refused, and that nothing is half-written.

use std::fs;

use crate::project::{Outcome, Sandbox, has, outcome};

const CANARY: &str = "c4n4ry-hunter2";

fn write(sandbox: &Sandbox, name: &str, text: impl AsRef<[u8]>) {
    fs::write(sandbox.project().join(name), text).unwrap();
}

/// States the exit code and parts of what was said, and that no value was.
pub(crate) fn is(outcome: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in {outcome:?}");
    }
    assert!(!said.contains(CANARY), "a value was shown: {outcome:?}");
}

fn values(sandbox: &Sandbox, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| sandbox.ok(&["param", "get", name])).collect()
}

#[test]
fn import_plans_before_it_writes() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/prod/db/password", CANARY);
    write(&sandbox, ".env", format!("\u{feff}export API_KEY='{CANARY}'\r\nMOTTO=\"two\r\nlines $HOME\" # no\r\n"));
    let before = sandbox.everything();
    let plan = sandbox.run(&["--dry-run", "import", ".env", "--path", "/app/dev", "--lower"]);
    is(&plan, 0, &["/app/dev/api_key", "create"]);
    is(&sandbox.run(&["--no-input", "import", ".env", "/app/dev", "--lower"]), 10, &["--yes"]);
    is(&sandbox.run(&["import", ".env"]), 2, &["names that need a path", "`vault import .env --path /app/dev`"]);
    assert!(before == sandbox.everything(), "a plan writes nothing");
    let done = sandbox.run(&["import", ".env", "--path", "/app/dev", "--lower", "--yes", "--verify"]);
    let next = "try them with `vault exec /app/dev -- COMMAND`, then delete `.env`";
    is(&done, 0, &["2 values stored", "2 values read back and compared: all equal", next]);
    assert_eq!(values(&sandbox, &["/app/dev/motto"]), ["two\nlines $HOME"]);
    let again = sandbox.run(&["import", ".env", "/app/dev", "--lower", "--yes"]);
    is(&again, 0, &["keep"]);
    assert!(!again.stdout.contains("create") && !again.stderr.contains("stored"), "{again:?}");

    write(&sandbox, "c.json", r#"{"db":{"password":"new","port":5432},"list":["c4n4ry-hunter2"],"bad key":"x"}"#);
    let before = sandbox.everything();
    let refused = sandbox.run(&["import", "c.json", "/app/prod", "--yes"]);
    is(
        &refused,
        7,
        &[
            "error: 3 values cannot be stored, so nothing was written",
            "hint: `--keep-going` stores the others",
            "already exists; `--overwrite`",
            "a list is not a value",
        ],
    );
    is(&refused, 7, &["`--replace _` replaces it with `_`"]);
    assert!(before == sandbox.everything(), "nothing was written");
    let going = ["import", "c.json", "/app/prod", "--yes", "--overwrite", "--keep-going", "--verify"];
    is(&sandbox.run(&going), 7, &["2 values stored", "2 values read back"]);
    assert_eq!(values(&sandbox, &["/app/prod/db/password", "/app/prod/db/port"]), ["new", "5432"]);
}

#[test]
fn names_are_mapped_when_that_is_asked_for() {
    let sandbox = Sandbox::new();
    write(&sandbox, "c.yaml", "Db Host: a\ndb_host: b\n\"x@y.z\": c\nempty: ''\nnothing: ~\n");
    let arguments = ["import", "c.yaml", "/m", "--yes", "--replace", "_", "--lower"];
    is(
        &sandbox.run(&arguments),
        7,
        &["3 values cannot be stored", "`Db Host` already has this name", "`--skip-empty`"],
    );
    write(&sandbox, "c.yaml", "Db Host: a\n\"x@y.z\": c\nempty: ''\nnothing: ~\n");
    is(
        &sandbox.run(&[&arguments[..], &["--skip-empty"]].concat()),
        0,
        &["2 values stored", "2 without a value skipped"],
    );
    assert_eq!(values(&sandbox, &["/m/db_host", "/m/x_y.z"]), ["a", "c"]);
    is(&sandbox.run(&["import", "c.yaml", "/m", "--replace", "/"]), 2, &["it must be `.`, `-` or `_`"]);
    let json = sandbox.run(&["--json", "--dry-run", "import", "c.yaml", "/j", "--skip-empty", "--keep-going"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["Plan"][0]["Action"], "refuse");
    assert_eq!(json["DryRun"], true);
}

#[test]
fn a_deleted_name_comes_back() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "old");
    sandbox.ok(&["param", "rm", "--yes", "/app/a"]);
    write(&sandbox, ".env", "a=new\n");
    is(&sandbox.run(&["import", ".env", "/app", "--yes", "--verify"]), 0, &["1 value stored"]);
    assert_eq!(sandbox.ok(&["param", "ls", "/app"]).trim(), "/app/a");
    assert!(sandbox.ok(&["verify"]).contains("nothing is wrong"));
}

/// What `chamber export` prints for the same three values, by the templates of its source (cmd/export.go): there is no
/// package of chamber to be had where the tests run.
const CHAMBER: [(&str, &str); 7] = [
    ("c.json", "{\"db_host\":\"h\",\"motto\":\"it's \\\"$5!\\\"\",\"pem\":\"a\\nb\\\\c\"}\n"),
    ("c.yaml", "db_host: h\nmotto: it's \"$5!\"\npem: |-\n    a\n    b\\c\n"),
    ("c.env", "DB_HOST=\"h\"\nMOTTO=\"it's \\\"\\$5\\!\\\"\"\nPEM=\"a\\nb\\\\c\"\n"),
    ("c.tfvars", "db_host = \"h\"\nmotto = \"it's \\\"\\$5\\!\\\"\"\npem = \"a\\nb\\\\c\"\n"),
    ("c.properties", "db_host = h\nmotto = it's \"$5!\"\npem = a\\nb\\\\c\n"),
    ("c.csv", "db_host,h\nmotto,\"it's \"\"$5!\"\"\"\npem,\"a\nb\\c\"\n"),
    ("c.tsv", "db_host\th\nmotto\tit's \"$5!\"\n"),
];

#[test]
fn chamber_exports_are_read_alike() {
    let sandbox = Sandbox::new();
    for (name, text) in CHAMBER {
        write(&sandbox, name, text);
        let path = format!("/{}", &name[2..]);
        is(&sandbox.run(&["import", name, &path, "--lower", "--yes", "--verify"]), 0, &["all equal"]);
        assert_eq!(values(&sandbox, &[&format!("{path}/db_host")]), ["h"], "{name}");
        assert_eq!(values(&sandbox, &[&format!("{path}/motto")]), ["it's \"$5!\""], "{name}");
        if name != "c.tsv" {
            assert_eq!(values(&sandbox, &[&format!("{path}/pem")]), ["a\nb\\c"], "{name}");
        }
    }
}

#[test]
fn what_export_writes_import_reads() {
    let sandbox = Sandbox::new();
    let all = [("A", "plain"), ("B", "it's two\nlines\t#no = x: é 😀"), ("C", " ${X}\\ \"q\" $y !")];
    for (name, value) in all {
        sandbox.put(&format!("/from/{name}"), value);
    }
    for (format, file) in
        [("json", "e.json"), ("yaml", "e.yaml"), ("tfvars", "e.tfvars"), ("properties", "e.properties")]
    {
        sandbox.ok(&["export", "/from", "--format", format, "--out", file]);
        is(&sandbox.run(&["import", file, &format!("/{format}"), "--yes", "--verify"]), 0, &["3 values stored"]);
        for (name, value) in all {
            assert_eq!(values(&sandbox, &[&format!("/{format}/{name}")]), [value], "{format}");
        }
    }
    sandbox.ok(&["param", "rm", "--yes", "/from/C"]);
    sandbox.ok(&["export", "/from", "--format", "dotenv", "--out", "e.env"]);
    is(&sandbox.run(&["import", "e.env", "/dotenv", "--yes"]), 0, &["2 values stored"]);
    assert_eq!(values(&sandbox, &["/dotenv/A", "/dotenv/B"]), [all[0].1, all[1].1]);
}

#[test]
fn what_cannot_be_read_is_said_without_its_content() {
    let sandbox = Sandbox::new();
    let line = format!("A=1\n{CANARY}\n");
    let cycle = format!("a: &a [*a]\nb: {CANARY}\n");
    let bomb = (1..12).fold(format!("b0: &b0 {CANARY}\n"), |text, level| {
        text + &format!("b{level}: &b{level}\n{}", format!("  - *b{}\n", level - 1).repeat(10))
    });
    let twice = format!("{{\"a\":1,\n\"b\":{{\"c\":\"{CANARY}\",\"c\":2}}}}");
    let utf16: Vec<u8> = format!("\u{feff}A={CANARY}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&str, &[u8], &[&str]); 13] = [
        (
            "bad.env",
            line.as_bytes(),
            &[
                "`bad.env`: line 2: it is neither a comment nor NAME=VALUE",
                "if `bad.env` is in another format, name it",
            ],
        ),
        ("a.yaml", cycle.as_bytes(), &["`a.yaml`: line"]),
        ("b.yaml", bomb.as_bytes(), &["`b.yaml`: "]),
        ("c.yaml", b"- a\n- b\n", &["`c.yaml`: it contains no map of names and values"]),
        ("d.yaml", b"a: 1\n---\nb: 2\n", &["a second document begins"]),
        ("e.json", twice.as_bytes(), &["`e.json`: line 2"]),
        (
            "f",
            CANARY.as_bytes(),
            &["`f`: its format is clear neither from its content nor from its name", "name it with `--from`"],
        ),
        ("g.env", &[b'A', b'=', 0xff, 0xc0], &["`g.env` is not UTF-8 text"]),
        ("h.env", &utf16, &["`h.env` is UTF-16 text", "iconv"]),
        ("i.env", b"A='x\n", &["line 1: a quote is not closed"]),
        ("j.tfvars", b"a = [1]\n", &["lists, objects and heredocs are not supported"]),
        ("k.json", b"{\"sops\":{\"mac\":\"x\"}}", &["its sops metadata is not complete: `lastmodified`"]),
        ("l.csv", b"a,b,c\n", &["it does not have exactly two columns"]),
    ];
    let before = sandbox.everything();
    for (name, content, parts) in cases {
        write(&sandbox, name, content);
        is(&sandbox.run(&["import", name, "/x", "--yes"]), 2, parts);
        fs::remove_file(sandbox.project().join(name)).unwrap();
    }
    assert!(before == sandbox.everything(), "nothing was written");
    is(&sandbox.run(&["import", "none.env", "/x"]), 3, &["`none.env` does not exist"]);
    write(&sandbox, "large.env", "A=".to_owned() + &"x".repeat(16 << 20));
    is(&sandbox.run(&["import", "large.env", "/x"]), 2, &["is larger than"]);
    write(&sandbox, ".env", "A=1\n");
    is(&sandbox.run(&["import", ".env", "/x", "--from", "pass"]), 2, &["a store of pass or passage is a directory"]);
    is(&sandbox.run(&["import", ".env", "/x", "--from", "aws"]), 2, &["`.env`"]);
    write(&sandbox, "nothing.env", "# only a note\n");
    is(&sandbox.run(&["import", "nothing.env", "/x"]), 0, &["`nothing.env` contains nothing to import"]);
    fs::create_dir(sandbox.project().join("empty")).unwrap();
    is(&sandbox.run(&["import", "empty", "/x"]), 2, &["`empty` cannot be read as a store of pass or passage"]);
    is(&sandbox.run(&["import", "empty", "/x", "--from", "json"]), 2, &["every other format is a file"]);
}

#[test]
fn stdin_and_a_forced_format_are_read() {
    let sandbox = Sandbox::new();
    is(&sandbox.feed(&["import", "-", "/a", "--yes"], b"A=1\n"), 0, &["1 value stored", "-- COMMAND`\n"]);
    is(&sandbox.feed(&["import", "-", "/b", "--yes", "--from", "tfvars"], b"a = \"$${x}\"\n"), 0, &["1 value stored"]);
    is(&sandbox.feed(&["import", "-", "/c", "--yes", "--format", "yaml"], b"{a: 1.10}"), 0, &["1 value stored"]);
    assert_eq!(values(&sandbox, &["/a/A", "/b/a", "/c/a"]), ["1", "${x}", "1.10"]);
    let typed = sandbox.feed(&["import", "-", "/d", "--yes", "--type", "String", "-q"], b"A=1\n");
    assert_eq!((typed.code, typed.stderr.as_str()), (0, ""), "{typed:?}");
    assert!(sandbox.ok(&["param", "show", "/d/A"]).contains("String"));
    is(&sandbox.feed(&["import", "-", "/d", "--yes", "--overwrite"], b"A=2\n"), 0, &["String", "update"]);
    assert!(sandbox.ok(&["param", "show", "/d/A"]).contains("String\n"), "what exists keeps its type");
}

#[test]
fn many_values_wait_for_the_disk_together() {
    if !has("strace") {
        return;
    }
    let sandbox = Sandbox::new();
    let lines: Vec<String> = (0..300).map(|number| format!("N{number}=v{number}\n")).collect();
    write(&sandbox, "many.env", lines.concat());
    let log = sandbox.home().join("strace.log");
    let mut command = sandbox.command("strace");
    command.args(["-f", "-qq", "-e", "trace=fsync,fdatasync,syncfs,sync", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_vault")).args(["import", "many.env", "/many", "--yes", "--verify"]);
    is(&outcome(command.output().unwrap()), 0, &["300 values stored", "300 values read back"]);
    let waits = fs::read_to_string(&log).unwrap().lines().count();
    assert!(waits < 300, "{waits} waits for the disk");
}
