//! Leaked values: in the work tree, staged, in old commits and deleted branches; and what is not a finding.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::Value;

use crate::project::{Outcome, Sandbox, has, outcome};

const SECRET: &str = "canary-4f1c-hunter2";

/// A project in git with a vault that holds `/app/password`.
struct Project(Sandbox);

impl Project {
    fn new() -> Self {
        let sandbox = Sandbox::empty();
        fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
        let config = "[user]\nname = Ana\nemail = ana@example.org\n[init]\ndefaultBranch = main\n[gc]\nauto = 0\n";
        fs::write(sandbox.home().join(".gitconfig"), config).unwrap();
        let project = Project(sandbox);
        project.git(&["init", "-q"]);
        project.0.ok(&["init", "--no-input", "--plaintext-identity", "--no-recovery-key"]);
        project.0.put("/app/password", SECRET);
        project.commit("A vault");
        project
    }

    fn try_git(&self, arguments: &[&str]) -> Outcome {
        outcome(self.0.command("git").args(arguments).output().unwrap())
    }

    fn git(&self, arguments: &[&str]) -> String {
        let run = self.try_git(arguments);
        assert_eq!(run.code, 0, "git {arguments:?}: {run:?}");
        run.stdout
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.0.project().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The places that a scan finds, each as `path:line:column part spelling name version`, with the report's exit code.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        let mut all = vec!["--json", "scan"];
        all.extend(arguments);
        let run = self.0.run(&all);
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
        let found = places(&report);
        assert_eq!(run.code, if found.is_empty() { 0 } else { 8 }, "{run:?}");
        assert!(!format!("{run:?}").contains("canary"), "a value is shown: {run:?}");
        found
    }
}

fn places(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let place = |finding: &Value| {
        let value = &finding["Values"][0];
        format!(
            "{}:{}:{} {} {} {} {}",
            text(&finding["Path"]),
            finding["Line"],
            finding["Column"],
            text(&finding["Part"]),
            text(&finding["Spelling"]),
            text(&value["Name"]),
            text(&value["Version"])
        )
    };
    report["Findings"].as_array().unwrap().iter().map(place).collect()
}

fn base64(text: &str) -> String {
    data_encoding::BASE64.encode(text.as_bytes())
}

#[test]
fn a_clean_project_is_clean_and_what_a_document_is_for_is_no_finding() {
    let project = Project::new();
    project.0.ok(&["param", "put", "/app/host", "db.internal.example.org", "--type", "String"]);
    project.write("src/main.rs", "fn main() {}\n");
    let run = project.0.run(&["scan"]);
    assert!(run.code == 0 && run.stdout.ends_with(", 1 value searched for\n"), "{run:?}");
    let all = project.0.run(&["scan", "--all-types"]);
    assert!(all.code == 0 && all.stdout.ends_with(", 2 values searched for\n"), "{all:?}");
    project.commit("Code");
    let history = project.0.run(&["scan", "--history", "--all-types"]);
    assert_eq!(history.code, 0, "{history:?}");
    project.write("src/host.rs", "connect(\"db.internal.example.org\")\n");
    assert_eq!(project.found(&[]), Vec::<String>::new(), "a String is sought only with --all-types");
    assert_eq!(project.found(&["--all-types"]), ["src/host.rs:1:10 Whole Plain /app/host 1"]);
}

/// Somebody left a secret value where only readers of the vault look: in its own files.
#[test]
fn a_value_in_plain_text_in_the_vault_s_own_files_is_found() {
    let project = Project::new();
    let whole = |place: &str| format!("{place} Whole Plain /app/password 1");
    for (path, place) in [
        ("hooks/rotate.sh", ".vault/hooks/rotate.sh:1:1"),
        ("events/new.sh", ".vault/events/new.sh:1:1"),
        ("README.md", ".vault/README.md:1:1"),
        ("params/notes.txt", ".vault/params/notes.txt:1:1"),
        ("stray", ".vault/stray:1:1"),
    ] {
        let before = project.0.vault().join(path).is_file().then(|| project.0.read(path));
        project.write(&format!(".vault/{path}"), SECRET);
        assert_eq!(project.found(&[]), [whole(place)]);
        match before {
            Some(before) => project.0.write(path, before),
            None => fs::remove_file(project.0.vault().join(path)).unwrap(),
        }
    }
    project.write(".vault/params/stray.yaml", SECRET);
    let run = project.0.run(&["scan"]);
    assert!(run.code == 8 && run.stdout.contains(".vault/params/stray.yaml:1"), "{run:?}");
    assert!(run.stderr.contains("its values were not searched for: `params/stray.yaml`"), "{run:?}");
    fs::remove_file(project.0.vault().join("params/stray.yaml")).unwrap();
    let secret = project.0.feed(&["secret", "create", "prod/db", "--stdin"], b"canary-of-another-secret");
    assert_eq!(secret.code, 0, "{secret:?}");
    assert_eq!(project.found(&[]), Vec::<String>::new(), "sealed values are no findings");
    let plain = ["--type", "String", "--description", SECRET];
    project.0.ok(&[&["param", "put", "/app/described", "some-host"], &plain[..]].concat());
    project.0.put("/app/token", "canary-was-a-plain-string");
    project.0.ok(&["param", "put", "/app/plain", "canary-was-a-plain-string", "--type", "String"]);
    project.0.ok(&["param", "tag", "/app/plain", &format!("owner={SECRET}")]);
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{}","Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}}]}}"#,
        SECRET.replace('-', "")
    );
    project.0.put("/app/sid", &SECRET.replace('-', ""));
    let put = project.0.feed(&["secret", "policy", "put", "prod/db", "--stdin"], policy.as_bytes());
    assert_eq!(put.code, 0, "{put:?}");
    let expected = |found: Vec<String>| {
        let places = found.iter().map(|place| {
            let (file, rest) = place.split_once(':').unwrap();
            format!("{file} {}", rest.split(' ').skip(3).collect::<Vec<_>>().join(" "))
        });
        assert_eq!(
            places.collect::<Vec<_>>(),
            [
                ".vault/params/app/described.yaml /app/password 1",
                ".vault/params/app/plain.yaml /app/password 1",
                ".vault/params/app/plain.yaml /app/token 1",
                ".vault/secrets/prod/db.yaml /app/sid 1",
            ]
        );
    };
    expected(project.found(&[]));
    assert_eq!(project.found(&["--all-types"]).len(), 4, "a String is kept in plain text in its own document");
    project.git(&["add", "-A"]);
    expected(project.found(&["--staged"]));
    project.git(&["commit", "-qm", "Oops"]);
    expected(project.found(&["--history"]));
    fs::remove_dir_all(project.0.project().join(".git")).unwrap();
    expected(project.found(&[]));
}

#[test]
fn every_form_is_found_in_the_work_tree_and_nothing_is_shown() {
    let project = Project::new();
    project.0.put("/app/password", "canary-new value/2");
    let pem =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqcanary\nhkiG9w0BAQEFAASCcanary\n-----END PRIVATE KEY-----\n";
    project.0.put("/app/key", pem);
    let json = r#"{"username":"application","password":"canary-in-json","host":"db.example.org"}"#;
    let created =
        project.0.feed(&["secret", "create", "prod/db", "--stdin", "--token", &"t".repeat(32)], json.as_bytes());
    assert_eq!(created.code, 0, "{created:?}");
    let files: [(&str, Vec<u8>); 11] = [
        ("a.env", format!("\nPASSWORD={SECRET}\r\n").into()),
        ("b.b64", base64(SECRET).into()),
        ("c.header", format!("Authorization: Basic {}", base64(&format!("ana:{SECRET}"))).into()),
        ("d.url", b"https://x/?p=canary-new%20value%2F2".to_vec()),
        ("e.json", b"{\"password\": \"canary-in-json\"}".to_vec()),
        ("f.pem", b"  MIIEvQIBADANBgkqcanary\r\n".to_vec()),
        ("g.bin", [b"\0\xff\0".to_vec(), SECRET.into(), b"\0".to_vec()].concat()),
        ("h.txt", format!("\u{feff}x {SECRET}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("i.big", [vec![b'-'; (1 << 20) - 7], SECRET.into(), vec![b'\n'; 3 << 20]].concat()),
        ("j.txt", b"-----BEGIN PRIVATE KEY-----\ndb.example.org application\n".to_vec()),
        ("k l\u{e4}.txt", format!("{SECRET} {SECRET}").into()),
    ];
    for (path, content) in files {
        project.write(path, content);
    }
    assert_eq!(
        project.found(&[]),
        [
            "a.env:2:10 Whole Plain /app/password 1",
            "b.b64:1:1 Whole Base64 /app/password 1",
            "c.header:1:28 Whole EmbeddedBase64 /app/password 1",
            "d.url:1:14 Whole Url /app/password 2",
            &format!("e.json:1:15 Leaf Plain prod/db {}", "t".repeat(32)),
            "f.pem:1:3 Line Plain /app/key 1",
            "g.bin:1:4 Whole Plain /app/password 1",
            "h.txt:1:3 Whole Plain /app/password 1",
            "i.big:1:1048570 Whole Plain /app/password 1",
            "k l\u{e4}.txt:1:1 Whole Plain /app/password 1",
        ]
    );
    let shown = project.0.run(&["scan"]);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert_eq!(lines[0], "a.env:2:10: /app/password version 1, as it is");
    assert_eq!(lines[5], "f.pem:1:3: /app/key version 1, a line of it, as it is");
    assert_eq!(lines[9], "k l\u{e4}.txt:1:1: /app/password version 1, as it is, 2 times");
    assert!(
        lines[10].starts_with("10 findings in 21 files (") && lines[10].ends_with(", 4 values searched for"),
        "{shown:?}"
    );
    assert_eq!(shown.code, 8);
}

#[test]
fn what_git_ignores_is_passed_over_unless_it_is_tracked() {
    let project = Project::new();
    project.write(".gitignore", "*.env\n");
    project.write("forced.env", SECRET);
    project.git(&["add", "--force", "forced.env"]);
    project.write("local.env", SECRET);
    project.write("gone.txt", SECRET);
    project.git(&["add", "gone.txt"]);
    fs::remove_file(project.0.project().join("gone.txt")).unwrap();
    symlink("local.env", project.0.project().join("link.txt")).unwrap();
    project.write("nested/.git/HEAD", "ref: refs/heads/main\n");
    project.write("nested/a.txt", SECRET);
    outcome(project.0.command("git").args(["init", "-q", "other"]).output().unwrap());
    project.write("other/a.txt", SECRET);
    let (forced, nested) =
        ("forced.env:1:1 Whole Plain /app/password 1", "nested/a.txt:1:1 Whole Plain /app/password 1");
    assert_eq!(project.found(&[]), [forced, nested]);
    let said = project.0.run(&["scan"]).stderr;
    assert!(said.contains("note: nested repositories, not searched: `other`\n"), "{said}");
    assert_eq!(project.found(&["--no-ignore"]), [forced, "local.env:1:1 Whole Plain /app/password 1", nested]);
    assert_eq!(project.found(&["nested"]), [nested]);
    assert_eq!(project.found(&["other"]).len(), 1, "asked for by name, it is searched");
}

#[test]
fn outside_of_git_everything_is_searched() {
    let project = Project::new();
    let elsewhere = project.0.home().join("notes");
    fs::create_dir_all(elsewhere.join("deep/.git")).unwrap();
    fs::write(elsewhere.join("deep/a.txt"), format!("x\n\n{SECRET}")).unwrap();
    fs::write(elsewhere.join("deep/.git/config"), SECRET).unwrap();
    let directory = elsewhere.to_str().unwrap();
    assert_eq!(project.found(&[directory]), ["deep/a.txt:3:1 Whole Plain /app/password 1"]);
    let run = project.0.run(&["scan", "nowhere"]);
    assert!(run.code == 2 && run.stderr.starts_with("error: `nowhere` does not exist\n"), "{run:?}");
    let run = project.0.run(&["scan", "--staged", "--vault", project.0.vault().to_str().unwrap()]);
    assert_eq!(run.code, 0, "{run:?}");
    let mut outside = project.0.program();
    outside.args(["scan", "--history", "--vault"]).arg(project.0.vault()).current_dir(&elsewhere);
    let run = outcome(outside.output().unwrap());
    assert!(run.code == 3 && run.stderr.contains("is not in a git repository"), "{run:?}");
}

#[test]
fn what_cannot_be_read_is_said_and_is_no_success() {
    let is_root = rustix::process::geteuid().is_root();
    if is_root && !has("strace") {
        return;
    }
    let project = Project::new();
    project.write("closed.txt", "x");
    let closed = project.0.project().join("closed.txt");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let run = if is_root {
        // Root may read everything, so the system is made to refuse.
        let mut command = project.0.command("strace");
        command.args(["-qq", "-o", "/dev/null", "-P"]).arg(closed);
        command.args(["-e", "inject=openat:error=EACCES", env!("CARGO_BIN_EXE_vault"), "scan"]);
        outcome(command.output().unwrap())
    } else {
        project.0.run(&["scan"])
    };
    assert!(run.code == 1 && run.stderr.contains("`closed.txt` cannot be read: Permission denied"), "{run:?}");
    assert!(run.stdout.starts_with("nothing was found in 8 files"), "{run:?}");
}

#[test]
fn what_is_staged_is_found_and_only_that() {
    let project = Project::new();
    project.write("both.txt", format!("PW={SECRET}\n"));
    project.write("same.txt", format!("PW={SECRET}\n"));
    project.git(&["add", "both.txt", "same.txt"]);
    project.write("both.txt", "removed again\n");
    project.write("unstaged.txt", SECRET);
    assert_eq!(
        project.found(&["--staged"]),
        ["both.txt:1:4 Whole Plain /app/password 1", "same.txt:1:4 Whole Plain /app/password 1",]
    );
    project.git(&["commit", "-qm", "Oops"]);
    assert_eq!(project.found(&["--staged"]), Vec::<String>::new());
}

#[test]
fn history_names_the_commit_and_reaches_deleted_branches_and_messages() {
    let project = Project::new();
    project.write("conf/app.env", format!("# x\nPW={SECRET}\n"));
    let first = project.commit("Add the configuration");
    project.git(&["mv", "conf/app.env", "conf/renamed.env"]);
    project.commit("Rename it");
    project.git(&["rm", "-q", "conf/renamed.env"]);
    project.commit("Remove it");
    project.git(&["switch", "-qc", "feature"]);
    project.write("only-here.txt", base64(SECRET));
    let feature = project.commit("Feature");
    project.git(&["switch", "-q", "main"]);
    project.git(&["branch", "-qD", "feature"]);
    assert_eq!(project.found(&[]), Vec::<String>::new(), "the work tree is clean");

    let (plain, encoded) =
        ("conf/app.env:2:4 Whole Plain /app/password 1", "only-here.txt:1:1 Whole Base64 /app/password 1");
    assert_eq!(project.found(&["--history"]), [plain, encoded]);
    let report: Value = serde_json::from_str(&project.0.run(&["--json", "scan", "--history"]).stdout).unwrap();
    assert_eq!(
        (report["Findings"][0]["Commit"].as_str(), report["Findings"][1]["Commit"].as_str()),
        (Some(&*first), Some(&*feature))
    );
    let shown = project.0.run(&["scan", "--history"]).stdout;
    assert!(
        shown.contains(&format!("conf/app.env:2:4 in commit {}: /app/password version 1", &first[..12])),
        "{shown}"
    );

    project.git(&["commit", "-q", "--allow-empty", "-m", &format!("The password is {SECRET}")]);
    let message = project.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let found = project.found(&["--history"]);
    assert!(found.iter().any(|place| place.starts_with(&format!("commit {message}:"))), "{found:?}");

    project.git(&["reflog", "expire", "--expire=now", "--all"]);
    let blob = report["Findings"][1].clone();
    assert!(blob["Object"].is_null());
    let found = project.found(&["--history"]);
    assert!(found.iter().any(|place| place.starts_with("blob ")), "no commit leads there any more: {found:?}");
}

#[test]
fn packed_objects_are_searched_too() {
    let project = Project::new();
    for number in 0..20 {
        project.write("log.txt", format!("{}\n{number}\n", "line of a log\n".repeat(500)));
        project.commit("More");
    }
    project.write("log.txt", format!("{}\n{SECRET}\n", "line of a log\n".repeat(500)));
    project.commit("Oops");
    project.write("log.txt", "short\n");
    project.commit("Mended");
    project.git(&["gc", "-q"]);
    assert_eq!(project.found(&["--history"]), ["log.txt:502:1 Whole Plain /app/password 1"]);
}

#[test]
fn accepted_findings_stay_accepted_and_new_ones_are_found() {
    let project = Project::new();
    project.write("test.env", format!("PW={SECRET}\n"));
    let updated = project.0.run(&["scan", "--update-baseline"]);
    assert!(updated.code == 0 && updated.stderr.contains("1 finding accepted in"), "{updated:?}");
    let baseline = fs::read_to_string(project.0.project().join(".vault-scan.json")).unwrap();
    assert!(baseline.contains("\"Name\": \"/app/password\"") && !baseline.contains("canary"), "{baseline}");
    assert_eq!(project.found(&[]), Vec::<String>::new());
    assert!(project.0.ok(&["scan"]).contains("1 accepted before"));
    project.git(&["add", "-A"]);
    assert_eq!(project.found(&["--staged"]), Vec::<String>::new());

    project.write("other.env", SECRET);
    project.write("test.env", format!("PW={SECRET}\nAGAIN={SECRET}\n"));
    assert_eq!(
        project.found(&[]),
        ["other.env:1:1 Whole Plain /app/password 1", "test.env:1:4 Whole Plain /app/password 1"]
    );
    let before = project.0.everything();
    project.0.ok(&["scan", "--update-baseline", "--dry-run"]);
    assert_eq!(project.0.everything(), before);
    let missing = project.0.run(&["scan", "--baseline", "none.json"]);
    assert!(
        missing.code == 2 && missing.stderr.contains("`none.json` cannot be used: it does not exist"),
        "{missing:?}"
    );
    project.write("bad.json", "{}");
    assert_eq!(project.0.run(&["scan", "--baseline", "bad.json"]).code, 2);
}

#[test]
fn short_values_and_those_of_others_are_counted() {
    let project = Project::new();
    project.0.put("/app/pin", "1234567");
    project.0.put("/app/flag", "true");
    project.write("a.txt", "1234567 true\n");
    let run = project.0.run(&["scan"]);
    assert_eq!(run.code, 0, "{run:?}");
    let note = "note: 2 values shorter than 8 bytes not searched for, because they would match by chance\n";
    assert!(run.stderr.contains(note) && run.stdout.contains("1 value searched for"), "{run:?}");
}

#[test]
fn a_document_that_does_not_verify_stops_the_search() {
    let project = Project::new();
    let text = project.0.read("params/app/password.yaml");
    project.0.write("params/app/password.yaml", text.replace("rev: 1", "rev: 2"));
    assert_eq!(project.0.run(&["scan"]).code, 6);
}

/// A commit in this project, without a terminal and with another identity file.
fn commit_with(project: &Project, identity: Option<&Path>) -> Outcome {
    let mut git = project.0.command("git");
    git.args(["commit", "-qm", "A commit"]);
    if let Some(identity) = identity {
        git.env("VLT_IDENTITY_FILE", identity);
    }
    outcome(git.output().unwrap())
}

#[test]
fn a_commit_that_brings_a_value_is_refused() {
    let project = Project::new();
    project.0.ok(&["git-setup"]);
    let printed = project.0.ok(&["git-setup", "--scan"]);
    assert!(printed.contains("checks what is committed"), "{printed}");
    let hook = fs::read_to_string(project.0.project().join(".git/hooks/pre-commit")).unwrap();
    let checks = ["verify --staged || exit 1", "--no-input scan --staged || exit 1"];
    assert_eq!(checks.map(|check| hook.matches(check).count()), [1, 1], "{hook}");
    project.write("app.env", format!("PW={SECRET}\n"));
    project.git(&["add", "app.env"]);
    let refused = commit_with(&project, None);
    assert_ne!(refused.code, 0);
    assert!(format!("{refused:?}").contains("app.env:1:4: /app/password version 1, as it is"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("canary"));

    project.write("app.env", "PW=$PASSWORD\n");
    project.git(&["add", "app.env"]);
    let locked = project.0.home().join("no-identity.txt");
    let refused = commit_with(&project, Some(&locked));
    assert!(refused.code != 0 && refused.stderr.contains("no-identity.txt"), "without an identity: {refused:?}");
    assert_eq!(commit_with(&project, None).code, 0);

    project.0.ok(&["git-setup", "--scan=if-unlocked"]);
    project.write("app.env", format!("PW={SECRET}\n"));
    project.git(&["add", "app.env"]);
    assert_ne!(commit_with(&project, None).code, 0);
    let passed = commit_with(&project, Some(&locked));
    assert!(passed.code == 0 && passed.stderr.contains("warning: nothing was searched"), "{passed:?}");
}

#[test]
fn a_hook_of_somebody_else_is_kept_and_the_lines_are_printed() {
    let project = Project::new();
    let hook = project.0.project().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
    let printed = project.0.ok(&["git-setup", "--scan"]);
    assert!(printed.contains("verify --staged || exit 1") && printed.contains("scan --staged || exit 1"), "{printed}");
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 0\n");
}

#[test]
fn each_of_many_values_is_found_at_its_place() {
    let project = Project::new();
    let mut text = String::new();
    for number in 0..200 {
        let value = format!("canary-{number}-{}", "ab".repeat(number % 17 + 1));
        project.0.put(&format!("/many/v{number}"), &value);
        text = format!("{text}{}{value}\n", "x".repeat(number));
    }
    project.write("many.txt", &text);
    let found = project.found(&[]);
    assert_eq!(found.len(), 200);
    for (number, line) in text.lines().enumerate() {
        let place = format!("many.txt:{}:{} ", number + 1, line.find("canary").unwrap() + 1);
        assert!(found.iter().any(|found| found.starts_with(&place)), "{place}");
    }
}
