//! JSON byte by byte: each file in `json/` is a session, commands with what they answered. Names and order of members
//! stay. `VAULT_WRITE_GENERATED=1 cargo test --test it json` renews the answers; `git diff` then shows what a reader
//! would see.
//!
//! A session is a bash script: a line that begins with `$ ` is run, what follows it is its stdout, and behind `=` its
//! exit code if that is not 0, with the code of its error. Whatever differs from run to run is replaced by a word in
//! `<>`; so is each text with a space in it, which is for people and may be reworded.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use regex::{Captures, Regex};

use crate::project::{Sandbox, has, outcome};

/// What differs from run to run. Ids are numbered, so that one is recognised where it comes back.
const VARYING: &[(&str, &str)] = &[
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"vlt1[a-z0-9]{30,}", "<vault>"),
    (r"age1[a-z0-9]{30,}", "<recipient>"),
    (r"AKIA[A-Z2-7]{16}", "<access key>"),
    (r#""SecretAccessKey": ".*""#, "\"SecretAccessKey\": \"<text>\""),
    (r#""(Bytes|ProcessId|duration_ms)": \d+"#, "\"$1\": <number>"),
    (r#""RandomPassword": ".*""#, "\"RandomPassword\": \"<text>\""),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16})\b", "<id>"),
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/json")
}

/// The names of all members in all sessions.
pub(crate) fn members() -> BTreeSet<String> {
    let member = Regex::new(r#"^ *"([A-Z][A-Za-z]+)": "#).unwrap();
    let sessions = fs::read_dir(directory()).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = sessions.collect();
    text.lines().filter_map(|line| Some(member.captures(line)?[1].to_owned())).collect()
}

/// One session, with a memory of the ids that it has shown.
struct Session {
    sandbox: Sandbox,
    string: Regex,
    varying: Vec<(Regex, &'static str)>,
    ids: HashMap<String, usize>,
}

impl Session {
    fn new() -> Self {
        let varying = VARYING.iter().map(|(pattern, word)| (Regex::new(pattern).unwrap(), *word)).collect();
        let string = Regex::new(r#""(\\.|[^"\\\n])*""#).unwrap();
        Session { sandbox: Sandbox::empty(), string, varying, ids: HashMap::new() }
    }

    fn answer(&mut self, line: &str) -> String {
        let directory = Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
        let search = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        let mut command = self.sandbox.command("bash");
        let run = outcome(
            command.args(["-o", "pipefail", "-c", line]).env("PATH", search).env("TZ", "UTC").output().unwrap(),
        );
        if !line.contains("--json") {
            assert_eq!(run.code, 0, "{line}: {run:?}");
            return String::new();
        }
        let mut answer = self.steady(&run.stdout);
        if run.code != 0 {
            let code = run.stderr.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next());
            let exit = format!("= {} {}", run.code, code.unwrap_or_default());
            answer.push_str(exit.trim_end());
            answer.push('\n');
        }
        answer
    }

    fn steady(&mut self, text: &str) -> String {
        let home = self.sandbox.home();
        let text = text.replace(home.parent().unwrap().to_str().unwrap(), "<here>");
        let for_people =
            |found: &Captures| if found[0].contains(' ') { "\"<text>\"".into() } else { found[0].to_owned() };
        let mut text = self.string.replace_all(&text, for_people).into_owned();
        let ids = &mut self.ids;
        for (pattern, word) in &self.varying {
            let numbered = |found: &Captures| {
                let next = ids.len() + 1;
                format!("<id {}>", ids.entry(found[0].to_owned()).or_insert(next))
            };
            text = match *word {
                "<id>" => pattern.replace_all(&text, numbered).into_owned(),
                word => pattern.replace_all(&text, word).into_owned(),
            };
        }
        text
    }
}

fn play(name: &str) {
    if !["git", "bash", "perl"].into_iter().all(has) {
        return;
    }
    let path = directory().join(name);
    let kept = fs::read_to_string(&path).unwrap();
    let mut session = Session::new();
    let mut played = String::new();
    for line in kept.lines().filter(|line| line.starts_with("$ ") || line.starts_with('#')) {
        played.push_str(line);
        played.push('\n');
        if let Some(command) = line.strip_prefix("$ ") {
            played.push_str(&session.answer(command));
        }
    }
    if std::env::var_os("VAULT_WRITE_GENERATED").is_some() {
        fs::write(&path, &played).unwrap();
        return;
    }
    let differs = played.lines().zip(kept.lines()).position(|(now, then)| now != then);
    let around = differs.unwrap_or(played.lines().count().min(kept.lines().count())).saturating_sub(12);
    let part = |text: &str| text.lines().skip(around).take(24).collect::<Vec<_>>().join("\n");
    assert!(played == kept, "{name} answers\n{}\nwhere it answered\n{}", part(&played), part(&kept));
}

#[test]
fn parameters_keep_their_json() {
    play("parameters.txt");
}

#[test]
fn secrets_keep_their_json() {
    play("secrets.txt");
}

#[test]
fn short_forms_and_searches_keep_their_json() {
    play("names.txt");
}

#[test]
fn rotations_keep_their_json() {
    play("rotation.txt");
}

#[test]
fn members_and_keys_keep_their_json() {
    play("team.txt");
}

#[test]
fn git_keeps_its_json() {
    play("git.txt");
}

#[test]
fn files_and_programs_keep_their_json() {
    play("files.txt");
}

#[test]
fn credentials_keep_their_json() {
    play("credentials.txt");
}

#[test]
fn events_keep_their_json() {
    play("events.txt");
}
