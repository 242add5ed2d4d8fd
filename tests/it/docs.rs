//! What the documents say is true: their commands run, their links lead somewhere, and they know every command.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::json;
use crate::project::{Sandbox, has, outcome};
use crate::tools::skip;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let guides = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = guides.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    all.push(root().join("README.md"));
    all.sort();
    all
}

/// The blocks of a document that are marked as shell, with the tools that each of them names after that mark.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let marked = text.split("\n```").filter_map(|block| block.strip_prefix("sh")?.split_once('\n'));
    marked.filter(|(tools, _)| tools.is_empty() || tools.starts_with(' '))
}

#[test]
fn commands_in_the_documents_run() {
    let mut ran = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let sandbox = Sandbox::new();
        for (tools, block) in blocks(&text).filter(|(_, block)| !block.contains("cargo ")) {
            if !tools.split_whitespace().all(has) {
                continue;
            }
            assert!(!block.contains("/tmp/"), "{} would leave something on this machine:\n{block}", path.display());
            let directory = Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
            let search = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
            let run = outcome(sandbox.command("bash").args(["-euc", block]).env("PATH", search).output().unwrap());
            assert_eq!(run.code, 0, "{}:\n{block}\n{run:?}", path.display());
            ran += 1;
        }
    }
    assert!(ran >= 8, "only {ran} blocks were found");
}

/// The source of the command line without its tests.
fn source_of_commands() -> String {
    let (mut waiting, mut all) = (vec![root().join("src/cli")], String::new());
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                all.push_str(fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap());
            }
        }
    }
    all
}

/// The texts that stand right behind each of the marks.
fn texts_behind<'a>(source: &'a str, marks: &[&str]) -> Vec<&'a str> {
    let behind = |mark: &&str| source.split(*mark).skip(1).collect::<Vec<_>>();
    let texts = marks.iter().flat_map(behind).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    texts.collect()
}

/// The members of all types that are written in `PascalCase`, but for those that have a name of their own or none.
fn members_by_their_field(source: &str) -> Vec<String> {
    let field = Regex::new(r"^(pub(\(.*?\))? )?([a-z_0-9]+): ").unwrap();
    let other = Regex::new(r"\b(rename|flatten|skip)\b").unwrap();
    let (mut members, mut attribute) = (Vec::new(), "");
    let types = source.split("rename_all = \"PascalCase\"").skip(1).filter_map(|rest| rest.split("\n}").next());
    for line in types.flat_map(str::lines).map(str::trim) {
        if line.starts_with("#[serde(") {
            attribute = line;
        } else if let Some(found) = field.captures(line) {
            let words = found[3].split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
            members.extend((!other.is_match(attribute)).then(|| words.collect::<String>()));
            attribute = "";
        }
    }
    members
}

#[test]
fn every_field_and_code_of_json_is_in_the_documents() {
    let text = fs::read_to_string(root().join("docs/json.md")).unwrap();
    let known: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    let source = source_of_commands();
    let (played, written) = (json::members(), members_by_their_field(&source));
    assert!(written.len() > 100, "only {} members were found", written.len());
    let fields = played.iter().chain(&written).map(String::as_str).chain(texts_behind(&source, &["rename = "]));
    let fields = fields.filter(|it| it.starts_with(|c: char| c.is_ascii_uppercase()));
    let codes = texts_behind(&source, &["advice(", "code: "]);
    let missing: Vec<_> = fields.chain(codes).filter(|it| !known.contains(it)).collect();
    assert!(missing.is_empty(), "docs/json.md does not know {missing:?}");
}

/// The doc comment of a subcommand would take the place of the long text that its options have.
#[test]
fn every_long_text_of_a_command_is_shown() {
    let page = |page: io::Result<DirEntry>| fs::read_to_string(page.unwrap().path()).unwrap();
    let pages: String = fs::read_dir(root().join("man")).unwrap().map(page).collect();
    let source = source_of_commands();
    let longer = texts_behind(&source, &["long_about = "]).into_iter().filter_map(|text| text.split("\\n\\n").nth(1));
    let words = |text: &str| {
        text.trim_start_matches(['\\', '\n', ' '])
            .split(|c: char| !c.is_alphanumeric() && c != ' ')
            .next()
            .map(str::to_owned)
    };
    let missing: Vec<String> = longer.filter_map(words).filter(|words| !pages.contains(words)).collect();
    assert!(missing.is_empty(), "no page says {missing:?}");
}

#[test]
fn links_lead_to_files() {
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let target = path.parent().unwrap().join(link);
            assert!(link.contains("://") || target.exists(), "{} links to {link}", path.display());
        }
    }
}

#[test]
fn every_command_is_in_the_documents() {
    let all: String = documents().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for page in fs::read_dir(root().join("man")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let page = name.trim_end_matches(".1");
        // A command's own hyphens look like the gaps between words.
        let spellings = [page.replace('-', " "), page.replacen('-', " ", 1), page.replacen('-', " ", 2)];
        let is_there = |command: &String| {
            let short = command.strip_prefix("vault ").is_some_and(|it| all.contains(&format!("`{it}`")));
            short || all.split(command.as_str()).skip(1).any(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        assert!(spellings.iter().any(is_there), "`{}` is in no document", spellings[0]);
    }
}

#[test]
fn a_stranger_s_reader_reads_every_value() {
    let python = ["/usr/bin/python3", "python3"];
    let knows = |python: &&str| {
        Command::new(python).args(["-c", "import nacl"]).output().is_ok_and(|output| output.status.success())
    };
    if !has("age") {
        return;
    }
    let Some(python) = python.into_iter().find(knows) else {
        return skip("python3-nacl");
    };
    let sandbox = Sandbox::new();
    let long = "x".repeat(3000);
    for (name, value) in [("/a/b", "hunter2"), ("/a/B", "two\nlines"), ("/Long.Name", &long), ("x", "üñí \"quoted\"")]
    {
        sandbox.put(name, "before");
        sandbox.put(name, value);
    }
    sandbox.ok(&[
        "param",
        "put",
        "/plain",
        "a,b",
        "--type",
        "StringList",
        "--description",
        "tab\there",
        "--tag",
        "k=v",
    ]);
    sandbox.ok(&["label", "add", "/a/b:1", "old"]);
    sandbox.put("/gone", "x");
    sandbox.ok(&["param", "rm", "--yes", "/gone"]);
    for identity in [sandbox.identity_file(), sandbox.home().join("recovery.txt")] {
        let mut reader = sandbox.command(python);
        let run = reader.arg(root().join("docs/recover.py")).arg(sandbox.vault()).arg(identity).output().unwrap();
        let run = outcome(run);
        assert_eq!(run.code, 0, "{run:?}");
        let lines: Vec<serde_json::Value> =
            run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 9, "two versions of four names, and one of the fifth");
        let value = |name: &str, version: u64| {
            let line = lines.iter().find(|line| line["name"] == name && line["version"] == version).unwrap();
            line["value"].as_str().unwrap().to_owned()
        };
        assert_eq!((value("/a/b", 1), value("/a/b", 2)), ("before".into(), "hunter2".into()));
        assert_eq!((value("/a/B", 2), value("/Long.Name", 2)), ("two\nlines".into(), long.clone()));
        assert_eq!((value("x", 2), value("/plain", 1)), ("üñí \"quoted\"".into(), "a,b".into()));
    }
    // The reference vaults of both formats.
    let fixture = root().join("tests/fixture");
    for (vault, identity, values) in [("vault", "alice", 5), ("vault2", "alice", 6), ("vault2", "bob", 6)] {
        let mut reader = sandbox.command(python);
        reader.arg(root().join("docs/recover.py")).arg(fixture.join(vault));
        let run = outcome(reader.arg(fixture.join(format!("ids/{identity}.txt"))).output().unwrap());
        assert_eq!(run.code, 0, "{vault}: {run:?}");
        assert!(run.stdout.lines().count() == values && run.stderr.is_empty(), "{vault}: {run:?}");
        assert!(run.stdout.contains("\"hunter2\"") && run.stdout.contains("\"db.internal\""), "{vault}: {run:?}");
    }
}
