//! What `vault export` writes, read by the programs it is written for, with hostile values.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use vault::inject::serialize::{Format, Refusal, serialize};
use vault::inject::variable::Variable;
use vault::model::value::SecretValue;

use crate::project::has;

/// Each is a value of its own, and the last ones are long.
fn hostile() -> Vec<String> {
    let all = [
        "plain",
        " spaces ",
        "it's",
        "say \"hi\"",
        "both ' and \"",
        "back\\slash",
        "\\",
        "\\\\",
        "\\n",
        "end\\",
        "$HOME",
        "${HOME}",
        "$(id)",
        "`id`",
        "!history",
        "#comment",
        "a #b",
        "a=b",
        "line\nline",
        "\nfirst",
        "last\n",
        "two\n\n\nmore",
        "cr\rlf\r\n",
        "tab\there",
        "üñí 😀",
        "‘curly’",
        "\u{2028}",
        "\u{85}",
        "\u{1b}[0m",
        "%{x}",
        "$${x}",
        "{{x}}",
        "[a]",
        "- a",
        "null",
        "1e5",
        "'''",
        "\"\"\"",
        "EOF",
        "*",
        "~",
        "a;b&c|d<e>f",
        "\u{feff}bom",
        "x'\n'y",
        "\"\nEVIL=1\n\"",
        "'\nEVIL=1\n'",
    ];
    let mut all: Vec<String> = all.iter().map(|text| (*text).to_owned()).collect();
    all.push((1..128_u8).map(char::from).collect());
    all.push("x".repeat(60_000));
    all
}

struct Written {
    directory: TempDir,
    values: Vec<(String, String)>,
    refused: Vec<(String, Refusal)>,
}

impl Written {
    fn file(&self) -> std::path::PathBuf {
        self.directory.path().join("file")
    }

    fn reader(&self, program: &str) -> Command {
        reader(program, self.directory.path())
    }
}

/// A file with every value that the format takes, and those that it refuses.
fn write(format: Format) -> Written {
    let value = |text: &str| SecretValue::from_text(text.to_owned());
    let mut random = || "3f1d0c7e5a9b4e62".to_owned();
    let (mut values, mut refused) = (Vec::new(), Vec::new());
    for (number, text) in hostile().into_iter().enumerate() {
        let name = format!("V{number}");
        match serialize(format, &[(&name.parse().unwrap(), &value(&text))], &mut random) {
            Ok(_) => values.push((name, text)),
            Err(error) => refused.push((text, error[0].reason)),
        }
    }
    let given: Vec<(Variable, SecretValue)> =
        values.iter().map(|(name, text)| (name.parse().unwrap(), value(text))).collect();
    let given: Vec<_> = given.iter().map(|(name, value)| (name, value)).collect();
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), &serialize(format, &given, &mut random).unwrap()[..]).unwrap();
    Written { directory, values, refused }
}

/// A reader that keeps what it notes for itself in a directory.
fn reader(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env("HOME", directory).env("TMPDIR", directory).stdin(Stdio::null());
    // Java would write into /tmp all the same.
    command.env("JAVA_TOOL_OPTIONS", "-XX:-UsePerfData");
    command
}

/// Runs a reader that prints NAME, `=`, VALUE and NUL for each variable.
fn compare(written: &Written, command: &mut Command) {
    let output = command.current_dir(written.directory.path()).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    let shown = String::from_utf8(output.stdout).unwrap();
    for (name, text) in &written.values {
        let start = format!("{name}=");
        let found = shown.split('\0').find_map(|line| line.strip_prefix(&start));
        assert_eq!(found, Some(text.as_str()), "{name} of {command:?}");
    }
    assert!(!shown.split('\0').any(|line| line.starts_with("EVIL=")), "a value set another variable");
}

fn shell(program: &str, before: &str, line: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["-c", &format!("{before}{line}")]).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", "/nowhere");
    command
}

#[test]
fn shells_read_every_value() {
    let written = write(Format::Shell);
    assert!(written.refused.is_empty(), "{:?}", written.refused);
    for program in ["sh", "bash", "dash"].into_iter().filter(|program| has(program)) {
        compare(&written, &mut shell(program, "", ". ./file; env -0"));
        compare(&written, &mut shell(program, "", "eval \"$(cat file)\"; env -0"));
    }
}

#[test]
fn fish_reads_every_value() {
    let written = write(Format::Fish);
    assert!(written.refused.is_empty());
    if has("fish") {
        compare(&written, &mut shell("fish", "", "source ./file; env -0"));
    }
}

/// The file of systemd is a shell's file too, where values are quoted as here.
#[test]
fn a_systemd_file_means_the_same_to_a_shell() {
    let written = write(Format::Systemd);
    assert!(written.refused.iter().all(|(_, reason)| *reason == Refusal::Control));
    compare(&written, &mut shell("bash", "", "set -a; . ./file; env -0"));
}

#[test]
fn jq_and_python_read_json_yaml_and_toml() {
    if has("jq") {
        let written = write(Format::Json);
        assert!(written.refused.is_empty());
        let mut jq = written.reader("jq");
        compare(&written, jq.args(["-j", "to_entries[] | .key + \"=\" + .value + \"\\u0000\"", "file"]));
    }
    let print = "import sys; [sys.stdout.buffer.write(f'{k}={v}\\0'.encode()) for k, v in d.items()]";
    for (format, module, read) in [
        (Format::Json, "json", "d = json.load(open('file'))"),
        (Format::Toml, "tomllib", "d = tomllib.load(open('file', 'rb'))"),
        (Format::Yaml, "yaml", "d = yaml.safe_load(open('file', encoding='utf-8'))"),
        (Format::Dotenv, "dotenv", "d = dotenv.dotenv_values('file')"),
    ] {
        if knows("python3", "-c", &format!("import {module}")) {
            let written = write(format);
            assert!(format == Format::Dotenv || written.refused.is_empty());
            compare(&written, written.reader("python3").args(["-c", &format!("import {module}\n{read}\n{print}")]));
        }
    }
}

#[test]
fn node_reads_dotenv_files() {
    let written = write(Format::Dotenv);
    let refused = |text: &str| written.refused.iter().any(|(value, _)| value == text);
    assert!(refused("${HOME}") && refused("\\\\") && refused("both ' and \""));
    assert!(!refused("it's") && !refused("line\nline") && !refused("$HOME") && !refused("back\\slash"));
    if knows("node", "-e", "require('dotenv')") {
        let script = "const d = require('dotenv').parse(require('fs').readFileSync('file'));\
            for (const k in d) process.stdout.write(k + '=' + d[k] + '\\0');";
        compare(&written, written.reader("node").args(["-e", script]));
    }
}

#[test]
fn java_reads_properties() {
    let written = write(Format::Properties);
    assert!(written.refused.is_empty());
    if knows("java", "--source", "17") || knows("java", "-version", "") {
        let program = "import java.io.*; import java.util.*; class R { public static void main(String[] a) throws Exception {\
            Properties p = new Properties(); p.load(new FileInputStream(\"file\"));\
            PrintStream o = new PrintStream(System.out, true, \"UTF-8\");\
            for (String k : p.stringPropertyNames()) { o.print(k + \"=\" + p.getProperty(k) + \"\\0\"); } o.flush(); } }";
        fs::write(written.directory.path().join("R.java"), program).unwrap();
        if knows_in(written.directory.path(), "javac", &["R.java"]) {
            compare(&written, written.reader("java").args(["-cp", ".", "R"]));
        }
    }
}

#[test]
fn terraform_reads_tfvars() {
    let written = write(Format::Tfvars);
    assert!(written.refused.is_empty());
    if !knows("terraform", "version", "") {
        return;
    }
    let directory = written.directory.path();
    let declared: Vec<String> =
        written.values.iter().map(|(name, _)| format!("variable \"{name}\" {{ type = string }}\n")).collect();
    let declared = declared.concat();
    let all: Vec<String> = written.values.iter().map(|(name, _)| format!("{name} = var.{name}")).collect();
    fs::write(directory.join("main.tf"), format!("{declared}output \"all\" {{ value = {{ {} }} }}\n", all.join(", ")))
        .unwrap();
    fs::rename(written.file(), directory.join("terraform.tfvars")).unwrap();
    let run = |arguments: &[&str]| written.reader("terraform").args(arguments).output().unwrap();
    let applied = run(&["apply", "-auto-approve", "-input=false", "-no-color"]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let read: serde_json::Value = serde_json::from_slice(&run(&["output", "-json", "all"]).stdout).unwrap();
    for (name, text) in &written.values {
        assert_eq!(read[name].as_str(), Some(text.as_str()), "{name}");
    }
}

/// Whether an optional reader is installed.
fn knows(program: &str, option: &str, text: &str) -> bool {
    let arguments: Vec<&str> = [option, text].into_iter().filter(|argument| !argument.is_empty()).collect();
    knows_in(tempfile::tempdir().unwrap().path(), program, &arguments)
}

fn knows_in(directory: &Path, program: &str, arguments: &[&str]) -> bool {
    let found = reader(program, directory).args(arguments).output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: {program} {arguments:?} does not run here");
    }
    found
}
