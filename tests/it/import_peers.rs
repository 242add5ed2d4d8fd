//! `import` from the tools themselves: the AWS CLI before a server of its API, sops, pass with GnuPG, and a store that stock
//! age made for passage.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::import::is;
use crate::project::{Sandbox, has, outcome};
use crate::supervise::wait_until;

const CANARY: &str = "c4n4ry-hunter2";

/// Runs a tool that must succeed, and returns its stdout.
fn tool(command: &mut Command) -> String {
    let run = outcome(command.output().unwrap());
    assert_eq!(run.code, 0, "{command:?}: {run:?}");
    run.stdout
}

fn write(sandbox: &Sandbox, name: &str, text: &str) {
    let path = sandbox.project().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A fresh age identity in a file, and its recipient.
fn age_identity(sandbox: &Sandbox, name: &str) -> (PathBuf, String) {
    let path = sandbox.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    tool(sandbox.command("age-keygen").arg("-o").arg(&path));
    let recipient = tool(sandbox.command("age-keygen").arg("-y").arg(&path));
    (path, recipient.trim().to_owned())
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server of the AWS API on a free port, and waits until it answers; nothing if it ends.
fn serve(sandbox: &Sandbox) -> Option<(u16, Server)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = sandbox.command("moto_server");
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Server(command.spawn().unwrap());
    let (mut answers, mut has_ended) = (false, false);
    wait_until("the server's answer", || {
        has_ended = server.0.try_wait().unwrap().is_some();
        answers = !has_ended && TcpStream::connect(("127.0.0.1", port)).is_ok();
        answers || has_ended
    });
    answers.then_some((port, server))
}

/// A server of the AWS API on loopback, and what leads the AWS CLI to it.
struct Aws<'a> {
    sandbox: &'a Sandbox,
    endpoint: String,
    _server: Server,
}

impl<'a> Aws<'a> {
    fn start(sandbox: &'a Sandbox) -> Self {
        // A port is free until somebody takes it in the moment in between; the server ends then.
        let (port, server) = (0..5).find_map(|_| serve(sandbox)).unwrap();
        Aws { sandbox, endpoint: format!("http://127.0.0.1:{port}"), _server: server }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.sandbox.command("aws");
        command.args(arguments).args(["--endpoint-url", &self.endpoint]);
        command
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "eu-west-1");
        tool(&mut command)
    }

    /// Keeps an answer in a file.
    fn keep(&self, name: &str, arguments: &[&str]) {
        write(self.sandbox, name, &self.run(arguments));
    }
}

#[test]
fn what_the_aws_cli_prints_is_imported_with_versions_labels_and_stages() {
    if !has("aws") || !has("moto_server") {
        return;
    }
    let sandbox = Sandbox::new();
    let aws = Aws::start(&sandbox);
    let name = "/app/prod/db/password";
    let put = ["ssm", "put-parameter", "--overwrite", "--name", name, "--type", "SecureString", "--description"];
    aws.run(&[&put[..], &["first", "--value", "one"]].concat());
    aws.run(&[&put[..], &["second", "--value", CANARY]].concat());
    aws.run(&["ssm", "label-parameter-version", "--name", name, "--parameter-version", "1", "--labels", "live"]);
    let list = ["ssm", "put-parameter", "--name", "/app/prod/hosts", "--type", "StringList", "--value", "a,b"];
    aws.run(&[&list[..], &["--description", "who", "--allowed-pattern", "[ab,]+"]].concat());
    aws.run(&[
        "secretsmanager",
        "create-secret",
        "--name",
        "prod/db",
        "--description",
        "a db",
        "--secret-string",
        "{\"u\":1}",
    ]);
    aws.run(&["secretsmanager", "put-secret-value", "--secret-id", "prod/db", "--secret-string", CANARY]);
    fs::write(sandbox.project().join("blob"), b"\0\x01\xff").unwrap();
    let blob = format!("fileb://{}", sandbox.project().join("blob").display());
    aws.run(&["secretsmanager", "create-secret", "--name", "prod/blob", "--secret-binary", &blob]);

    let decrypted = "--with-decryption";
    aws.keep("path.json", &["ssm", "get-parameters-by-path", "--path", "/app", "--recursive", decrypted]);
    aws.keep("some.json", &["ssm", "get-parameters", "--names", "/app/prod/hosts", "/app/none", decrypted]);
    aws.keep("one.json", &["ssm", "get-parameter", "--name", name, decrypted]);
    aws.keep("history.json", &["ssm", "get-parameter-history", "--name", name, decrypted]);
    aws.keep("described.json", &["ssm", "describe-parameters"]);
    aws.keep("secrets.json", &["secretsmanager", "list-secrets"]);
    aws.keep(
        "batch.json",
        &["secretsmanager", "batch-get-secret-value", "--secret-id-list", "prod/db", "prod/blob", "no"],
    );
    let previous = ["secretsmanager", "get-secret-value", "--secret-id", "prod/db", "--version-stage", "AWSPREVIOUS"];
    let both = aws.run(&previous[..4]) + &aws.run(&previous);
    write(&sandbox, "both.json", &both);

    is(&sandbox.run(&["import", "history.json", "--yes", "--verify"]), 0, &["(2 versions)", "all equal"]);
    assert_eq!(sandbox.ok(&["param", "get", &format!("{name}:live")]), "one");
    assert_eq!(sandbox.ok(&["param", "get", &format!("{name}:2")]), CANARY);
    let versions: serde_json::Value = serde_json::from_str(&sandbox.ok(&["--json", "param", "history", name])).unwrap();
    assert_eq!(versions["Parameters"][0]["Description"], "first");
    assert_eq!(versions["Parameters"][0]["Type"], "SecureString");

    let all = sandbox.run(&["import", "path.json", "--describe", "described.json", "--yes", "--verify"]);
    is(&all, 0, &["keep", "create", "1 value stored", "2 values read back"]);
    let shown = sandbox.ok(&["param", "show", "/app/prod/hosts"]);
    assert!(shown.contains("StringList") && shown.contains("who") && shown.contains("[ab,]+"), "{shown}");
    is(
        &sandbox.run(&["import", "some.json", "/copy", "--yes"]),
        0,
        &["/copy/app/prod/hosts", "AWS did not find `/app/none`"],
    );
    // A number of its own stays, although the versions before it are not in the file.
    is(&sandbox.run(&["import", "one.json", "/copy", "--yes"]), 0, &["1 value stored"]);
    assert_eq!(sandbox.ok(&["param", "get", &format!("/copy{name}:2")]), CANARY);
    is(&sandbox.run(&["import", "described.json", "--yes"]), 2, &["contains none of their values", "`--describe`"]);

    let secrets = sandbox.run(&["import", "both.json", "--describe", "secrets.json", "--yes", "--verify"]);
    is(&secrets, 0, &["prod/db", "Secret", "(2 versions)", "all equal"]);
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db"]), CANARY);
    assert_eq!(sandbox.ok(&["secret", "get", "prod/db", "--stage", "AWSPREVIOUS"]), "{\"u\":1}");
    let ids: Vec<String> =
        both.lines().filter(|line| line.contains("VersionId\"")).map(|l| l.split('"').nth(3).unwrap().into()).collect();
    let shown = sandbox.ok(&["secret", "show", "prod/db"]);
    assert!(shown.contains("a db") && ids.iter().all(|id| shown.contains(id)), "{shown}");
    is(
        &sandbox.run(&["import", "batch.json", "--yes"]),
        0,
        &["keep", "prod/blob", "AWS did not return `no` (ResourceNotFoundException)"],
    );
    let blob = sandbox.program().args(["secret", "get", "prod/blob"]).output().unwrap();
    assert_eq!(blob.stdout, b"\0\x01\xff");
    is(&sandbox.run(&["import", "history.json", "--yes"]), 0, &["keep"]);
    assert!(sandbox.ok(&["verify"]).contains("nothing is wrong"));
}

const YAML: &str = "# a note\ndb:\n    password: c4n4ry-hunter2\n    port: 5432\n    ratio: 1.10\n    big: true\nhosts: [a, b]\nopen_unencrypted: 7.50\nlines: |\n    a\n    b\n";
const JSON: &str = r#"{"db":{"password":"c4n4ry-hunter2","port":5432,"f":1.5e3},"on":true,"n_unencrypted":3}"#;

/// Lets sops encrypt a file for recipients, with more rules of its configuration.
fn encrypted(sandbox: &Sandbox, name: &str, text: &str, recipients: &str, rules: &str) {
    write(sandbox, name, text);
    write(sandbox, ".sops.yaml", &format!("creation_rules:\n  - {recipients}\n{rules}"));
    tool(sandbox.command("sops").args(["--disable-version-check", "encrypt", "--in-place", name]));
    fs::remove_file(sandbox.project().join(".sops.yaml")).unwrap();
    assert!(!fs::read_to_string(sandbox.project().join(name)).unwrap().contains(CANARY));
}

#[test]
fn files_that_sops_wrote_are_opened() {
    if !has("sops") || !has("age-keygen") {
        return;
    }
    let sandbox = Sandbox::new();
    let (_, recipient) = age_identity(&sandbox, ".config/sops/age/keys.txt");
    let (_, other) = age_identity(&sandbox, "other.txt");
    let both = format!("age: {other},{recipient}");
    encrypted(&sandbox, "a.yaml", YAML, &both, "");
    encrypted(
        &sandbox,
        "b.yaml",
        YAML,
        &both,
        "    encrypted_regex: ^(password|lines)$\n    mac_only_encrypted: true\n",
    );
    encrypted(&sandbox, "a.json", JSON, &both, "");
    encrypted(&sandbox, "a.env", "PASSWORD=c4n4ry-hunter2\n# note\nLINES=a\\nb\n", &both, "");
    encrypted(&sandbox, "a.ini", "top = 1\n[db]\n; note\npassword = c4n4ry-hunter2\n", &both, "");
    encrypted(&sandbox, "key.pem", "-----BEGIN\nc4n4ry-hunter2\n", &both, "");
    let value = |name: &str| sandbox.ok(&["param", "get", name]);
    for file in ["a.yaml", "b.yaml"] {
        let path = format!("/{file}");
        is(&sandbox.run(&["import", file, &path, "--yes"]), 7, &["hosts", "a list is not a value"]);
        is(
            &sandbox.run(&["import", file, &path, "--yes", "--keep-going", "--verify"]),
            7,
            &["6 values stored", "all equal"],
        );
        let names = ["db/password", "db/port", "db/ratio", "db/big", "open_unencrypted", "lines"];
        let values = names.map(|name| value(&format!("{path}/{name}")));
        let ratio = if file == "a.yaml" { "1.1" } else { &values[2] };
        assert_eq!(values, [CANARY, "5432", ratio, "true", values[4].as_str(), "a\nb\n"], "{file}");
        assert_eq!(values[4].parse(), Ok(7.5), "{file}");
    }
    is(&sandbox.run(&["import", "a.json", "/json", "--yes"]), 0, &["5 values stored"]);
    assert_eq!([value("/json/db/password"), value("/json/db/f"), value("/json/on")], [CANARY, "1500", "true"]);
    is(&sandbox.run(&["import", "a.env", "/env", "--yes"]), 0, &["2 values stored"]);
    assert_eq!([value("/env/PASSWORD"), value("/env/LINES")], [CANARY, "a\\nb"].map(|v| v.replace("\\n", "\n")));
    is(&sandbox.run(&["import", "a.ini", "/ini", "--yes"]), 0, &["2 values stored"]);
    assert_eq!([value("/ini/db/password"), value("/ini/top")], [CANARY, "1"]);
    is(&sandbox.run(&["import", "key.pem", "/file", "--yes"]), 0, &["/file/key"]);
    assert_eq!(value("/file/key"), "-----BEGIN\nc4n4ry-hunter2\n");
}

#[test]
fn files_of_sops_that_were_changed_or_are_for_others_are_refused() {
    if !has("sops") || !has("age-keygen") {
        return;
    }
    let sandbox = Sandbox::new();
    let (mine, recipient) = age_identity(&sandbox, "mine.txt");
    let (_, other) = age_identity(&sandbox, "other.txt");
    let (for_me, for_other) = (format!("age: {recipient}"), format!("age: {other}"));
    encrypted(&sandbox, "a.yaml", YAML, &for_me, "");
    let good = fs::read_to_string(sandbox.project().join("a.yaml")).unwrap();
    let before = sandbox.everything();
    let mine = mine.to_str().unwrap();
    let import = |file: &str| sandbox.run(&["import", file, "/x", "--yes", "--keep-going", "--age-identity", mine]);
    // Without the option it is the user's own identity, which it is not encrypted for.
    is(&sandbox.run(&["import", "a.yaml", "/x", "--yes"]), 5, &[&recipient, "--age-identity"]);
    let line = |key: &str| good.lines().find(|line| line.trim_start().starts_with(&format!("{key}: "))).unwrap();
    let part = |key: &str| line(key).split_once(": ").unwrap().1.to_owned();
    let changed = [
        (good.replace("7.5", "8.5"), "its MAC does not match"),
        (good.replace(&format!("{}\n", line("ratio")), ""), "its MAC does not match"),
        (good.replace(&part("password"), &part("lines")), "`db/password` cannot be decrypted"),
        (good.replace(&part("password"), "plain"), "`db/password` should be encrypted"),
        (good.replace(&part("mac"), &part("password")), "its MAC does not match"),
        (good.replace("lastmodified: \"2", "lastmodified: \"1"), "its MAC does not match"),
    ];
    for (text, message) in changed {
        assert_ne!(text, good, "{message}");
        write(&sandbox, "changed.yaml", &text);
        is(&import("changed.yaml"), 6, &[message]);
    }
    fs::remove_file(sandbox.project().join("changed.yaml")).unwrap();
    assert!(before == sandbox.everything(), "nothing was written");
    encrypted(&sandbox, "comments.yaml", "a: x\n", &for_me, "    encrypted_comment_regex: secret\n");
    is(&import("comments.yaml"), 2, &["comments decide", "sops decrypt"]);
    let groups = format!("key_groups:\n    - age: [{recipient}]\n    - age: [{other}]\n");
    encrypted(&sandbox, "groups.env", "A=x\n", &groups, "");
    encrypted(&sandbox, "groups.json", "{\"a\":1}\n", &groups, "");
    for file in ["groups.env", "groups.json"] {
        is(&import(file), 2, &["split among key groups", "sops decrypt"]);
    }
    encrypted(&sandbox, "b.json", JSON, &for_other, "");
    is(&import("b.json"), 5, &[&other]);
    is(&import("a.yaml"), 7, &["6 values stored"]);
}

#[test]
fn a_store_of_passage_is_opened() {
    if !has("age") {
        return;
    }
    let sandbox = Sandbox::new();
    let (_, recipient) = age_identity(&sandbox, ".passage/identities");
    let (_, other) = age_identity(&sandbox, "other.txt");
    let store = sandbox.home().join(".passage/store");
    let entry = |name: &str, text: &str, recipient: &str, options: &[&str]| {
        let (plain, path) = (sandbox.home().join("plain"), store.join(format!("{name}.age")));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&plain, text).unwrap();
        tool(sandbox.command("age").args(["-r", recipient]).args(options).arg("-o").arg(&path).arg(&plain));
        fs::remove_file(&plain).unwrap();
    };
    entry("web/mail", "c4n4ry-hunter2\nlogin: me\n", &recipient, &[]);
    entry("web/a@b.c", "two\n", &recipient, &["--armor"]);
    fs::write(store.join(".age-recipients"), &recipient).unwrap();
    fs::create_dir(store.join(".git")).unwrap();
    let store_path = store.to_str().unwrap();
    let import = |path: &str, options: &[&str]| {
        sandbox.run(&[&["import", store_path, path, "--yes", "--verify"], options].concat())
    };
    is(&import("/a", &[]), 7, &["'@' is not allowed in a parameter name"]);
    is(
        &import("/a", &["--replace", "-"]),
        0,
        &["1 entry has more than the first line", "`web/mail` is one", "2 values stored"],
    );
    assert_eq!(sandbox.ok(&["param", "get", "/a/web/mail"]), CANARY);
    assert_eq!(sandbox.ok(&["param", "get", "/a/web/a-b.c"]), "two");
    is(&import("/b", &["--replace", "-", "--lines", "whole", "--from", "passage"]), 0, &["2 values stored"]);
    assert_eq!(sandbox.ok(&["param", "get", "/b/web/mail"]), "c4n4ry-hunter2\nlogin: me\n");
    entry("web/theirs", "x", &other, &[]);
    fs::write(store.join("broken.age"), CANARY).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", store.join("link.age")).unwrap();
    is(&import("/c", &["--replace", "-"]), 7, &["3 values cannot be stored", "symbolic link"]);
    is(&import("/c", &["--replace", "-", "--keep-going"]), 7, &["2 values stored"]);
}

/// A home for GnuPG of its own; its agent goes with it.
struct GnuPg<'a> {
    sandbox: &'a Sandbox,
    home: PathBuf,
}

impl GnuPg<'_> {
    fn command(&self, program: &str) -> Command {
        let mut command = self.sandbox.command(program);
        command.env("GNUPGHOME", &self.home).env("PASSWORD_STORE_DIR", self.sandbox.home().join(".password-store"));
        command
    }
}

impl Drop for GnuPg<'_> {
    fn drop(&mut self) {
        let _ = self.command("gpgconf").args(["--kill", "all"]).output();
    }
}

fn make_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_store_of_pass_is_opened_by_gpg() {
    if !has("gpg") || !has("pass") {
        return;
    }
    let sandbox = Sandbox::new();
    let gnupg = GnuPg { sandbox: &sandbox, home: sandbox.home().join("g") };
    make_private(&gnupg.home);
    // The agent that gpg starts by itself is waited for five seconds only. It keeps what it inherits of output open.
    let mut agent = gnupg.command("gpg-agent");
    assert!(agent.arg("--daemon").stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    let generate =
        ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "me@example.org", "default", "default"];
    tool(gnupg.command("gpg").args(generate));
    tool(gnupg.command("pass").args(["init", "me@example.org"]));
    for (name, text) in [("web/mail", "c4n4ry-hunter2\nlogin: me\n"), ("api", "two\n")] {
        let input = sandbox.home().join("input");
        fs::write(&input, text).unwrap();
        tool(gnupg.command("pass").args(["insert", "--multiline", name]).stdin(fs::File::open(&input).unwrap()));
        fs::remove_file(input).unwrap();
    }
    let import = |path: &str, options: &[&str]| {
        let mut command = gnupg.command(env!("CARGO_BIN_EXE_vault"));
        command
            .arg("import")
            .arg(sandbox.home().join(".password-store"))
            .args([path, "--yes", "--verify"])
            .args(options);
        outcome(command.output().unwrap())
    };
    is(&import("/p", &[]), 0, &["1 entry has more than the first line", "2 values stored", "all equal"]);
    assert_eq!(sandbox.ok(&["param", "get", "/p/web/mail"]), CANARY);
    assert_eq!(sandbox.ok(&["param", "get", "/p/api"]), "two");
    is(&import("/w", &["--lines", "whole"]), 0, &["2 values stored"]);
    assert_eq!(sandbox.ok(&["param", "get", "/w/web/mail"]), "c4n4ry-hunter2\nlogin: me\n");
    fs::write(sandbox.home().join(".password-store/broken.gpg"), CANARY).unwrap();
    is(&import("/q", &[]), 7, &["error: 1 value cannot be stored, so nothing was written", "gpg: "]);
    let mut relative = gnupg.command(env!("CARGO_BIN_EXE_vault"));
    relative.args(["import", sandbox.home().join(".password-store").to_str().unwrap(), "/q"]).env("PATH", ".");
    is(&outcome(relative.output().unwrap()), 3, &["gpg was not found on the search path"]);
}
