//! Every command reports the values that it opens and the documents that it changes: none bypasses the one function
//! that all of them call.
//!
//! The commands run in this process, one after another on one vault, in a child with its own directories.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command as Program;
use std::sync::{Arc, Mutex};

use clap::CommandFactory;

use super::cli::Cli;
use super::context::Context;
use super::process::{EnvSecrets, Hardening};
use super::run::{dispatch, parse};
use crate::engine::{Access, Deed, Observer, Outcome, Purpose, Unlogged};
use crate::machine::State;

const ACT: &str = "ACCESS_TEST_ACT";

/// The expected report of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    Opens,
    Changes,
    Both,
    /// It is refused, and the refusal is reported as a change.
    IsRefused,
}

/// The commands, in their order.
const LINES: &[(&str, Does)] = &[
    ("param put /a one --type String", Does::Changes),
    ("param put /s --generate", Does::Changes),
    ("param put /s --generate --overwrite", Does::Changes),
    ("param put /s --generate", Does::IsRefused),
    ("param get /a", Does::Opens),
    ("param get --path /", Does::Opens),
    ("param ls", Does::Nothing),
    ("param show /s", Does::Nothing),
    ("param show /s --values", Does::Opens),
    ("param history /s", Does::Nothing),
    ("param history /s --values", Does::Opens),
    ("param put /a two --overwrite", Does::Changes),
    ("param diff /a:1", Does::Opens),
    ("param edit /a", Does::Both),
    ("param rollback /a:1", Does::Both),
    ("param restore /a", Does::Nothing),
    ("param tag /a team=web", Does::Changes),
    ("param copy /s /c", Does::Both),
    ("param move /c /d", Does::Both),
    ("param rm --yes /d", Does::Changes),
    ("set /a four", Does::Changes),
    ("get /a", Does::Opens),
    ("show /a", Does::Nothing),
    ("history /a", Does::Nothing),
    ("edit /a", Does::Both),
    ("find a", Does::Nothing),
    ("grep four", Does::Opens),
    ("set /e --generate", Does::Changes),
    ("rm --yes /e", Does::Changes),
    ("list", Does::Nothing),
    ("label add /a:1 live", Does::Changes),
    ("label move /a live --to 2", Does::Changes),
    ("label ls /a", Does::Nothing),
    ("label rm /a live", Does::Changes),
    ("secret create x/db --generate", Does::Changes),
    ("secret put x/db --generate", Does::Both),
    ("secret get x/db", Does::Opens),
    ("secret update x/db --description text", Does::Changes),
    ("secret ls", Does::Nothing),
    ("secret show x/db", Does::Nothing),
    ("secret versions x/db", Does::Nothing),
    ("secret edit x/db", Does::Both),
    ("secret tag x/db team=web", Does::Changes),
    ("secret rm --yes x/db", Does::Changes),
    ("secret restore x/db", Does::Changes),
    ("secret random", Does::Nothing),
    ("secret create x/copied --generate", Does::Changes),
    ("replica add x/copied --to other", Does::Both),
    ("replica ls", Does::Nothing),
    ("replica sync", Does::Nothing),
    ("secret tag x/copied team=web", Does::Both),
    ("replica rm x/copied --to other", Does::Changes),
    ("rotate configure x/db --strategy random --every 30d --approve", Does::Changes),
    ("rotate configure x/db --strategy http --option url=https://x.example --approve", Does::Both),
    ("rotate status", Does::Nothing),
    ("rotate cancel x/db", Does::Changes),
    ("rotate hooks list", Does::Nothing),
    ("rotate hooks new own.sh", Does::Changes),
    ("rotate hooks add random --hook builtin:random", Does::Nothing),
    ("rotate hooks rm random", Does::Nothing),
    ("tick", Does::Nothing),
    ("list --must-rotate", Does::Nothing),
    ("list --readable-by ana", Does::Nothing),
    ("member ls", Does::Nothing),
    ("member whoami", Does::Nothing),
    ("key create k --scope parameter:/k", Does::Changes),
    ("key ls", Does::Nothing),
    ("key show k", Does::Nothing),
    ("key map k parameter:/k2", Does::Changes),
    ("key rotate k", Does::Changes),
    ("key rotate default --reencrypt", Does::Both),
    ("key disable k", Does::Changes),
    ("key enable k", Does::Changes),
    ("key rm k --yes", Does::Changes),
    ("key restore k", Does::Changes),
    ("trust show", Does::Nothing),
    ("status", Does::Nothing),
    ("exec --mask / -- true", Does::Opens),
    ("ci mask / --host github", Does::Opens),
    ("render template.txt", Does::Opens),
    ("env /", Does::Opens),
    ("export / --format dotenv", Does::Opens),
    ("import values.env /i --yes", Does::Changes),
    ("verify", Does::Opens),
    ("audit --last 3", Does::Nothing),
    ("events ls", Does::Nothing),
    ("events rules add r --pattern pattern.json --on founder --file /tmp/never", Does::Changes),
    ("events rules ls", Does::Nothing),
    ("events rules show r", Does::Nothing),
    ("events rules disable r", Does::Changes),
    ("events rules enable r", Does::Changes),
    ("events rules rm r --yes", Does::Changes),
    ("events dead", Does::Nothing),
    ("events test-pattern pattern.json event.json", Does::Nothing),
    ("serve credentials add shop --policy iam.json --json", Does::Changes),
    ("serve credentials ls", Does::Nothing),
    ("serve credentials show shop", Does::Nothing),
    ("policy simulate --action ssm:GetParameter --resource /a", Does::Nothing),
    ("serve credentials rm shop --yes", Does::Changes),
    ("consumers /a", Does::Nothing),
    ("unused", Does::Nothing),
    ("checkpoint", Does::Both),
    (
        "secret share x/db --with vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp --recipient age16yjt9aqtdu6xfc8njpxfxpg9km7e5usq7mj27zvmx2gz78yzs47sa0c2dv",
        Does::Both,
    ),
    ("shares", Does::Nothing),
    ("secret put x/db --generate", Does::Both),
    ("secret unshare x/db --with vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp", Does::Changes),
    (
        "param share / --with vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp --recipient age16yjt9aqtdu6xfc8njpxfxpg9km7e5usq7mj27zvmx2gz78yzs47sa0c2dv",
        Does::Both,
    ),
    ("param unshare / --with vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp", Does::Changes),
    ("share x/db --to age16yjt9aqtdu6xfc8njpxfxpg9km7e5usq7mj27zvmx2gz78yzs47sa0c2dv --expires 7d", Does::Opens),
    ("upgrade", Does::Nothing),
    ("trust settings --freshness strict", Does::Changes),
    ("scan", Does::Opens),
];

/// Commands that this test does not run, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("init", "founds the vault that this test runs on"),
    ("audit anchor", "needs a log, which this test does not write; the same change as `checkpoint`"),
    ("audit verify", "reads no document with values"),
    ("audit export", "reads no document"),
    ("audit import", "reads no document"),
    ("backup", "copies ciphertext"),
    ("events follow", "reads the journal of this machine alone"),
    ("events replay", "runs targets; opens the secret of a webhook as `secret get` does"),
    ("events rules approve", "changes this machine's memory alone"),
    ("events dead ls", "the same as `events dead`"),
    ("events dead retry", "the same as `events replay`"),
    ("events dead drop", "changes this machine's memory alone"),
    ("doctor", "looks at the machine, and at the vault as `status` does"),
    ("serve", "runs until it is ended; its requests are observed as those of commands are"),
    ("restore", "puts a whole vault there, which is verified as one"),
    ("secret stage", "the same change as `secret update`"),
    ("secret policy get", "reads no value"),
    ("secret policy put", "the same change as `secret update`"),
    ("secret policy rm", "the same change as `secret update`"),
    ("secret policy check", "opens no vault"),
    ("replica promote", "needs a copy; the same change as `secret tag`"),
    ("rotate run", "runs programs; opens and changes by the functions that others use here"),
    ("rotate test", "runs programs"),
    ("rotate resume", "the same as `rotate run`"),
    ("rotate abort", "needs an unfinished rotation; the same change as `rotate cancel`"),
    ("rotate confirm", "needs the digest of what it shows; the same as `rotate configure`"),
    ("rotate approve", "changes this machine's memory alone"),
    ("rotate revoke", "changes this machine's memory alone"),
    ("rotate log", "reads no vault"),
    ("rotate timer", "writes files of the service manager"),
    ("rotate hooks show", "reads no value"),
    ("rotate hooks approve", "changes this machine's memory alone"),
    ("rotate hooks revoke", "changes this machine's memory alone"),
    ("rotate hooks check", "runs programs on a secret that does not exist"),
    ("unlock", "starts an agent"),
    ("lock", "stops an agent"),
    ("receive", "opens a file; the same change as `import`"),
    ("pick", "needs a terminal; opens no value by itself"),
    ("member new", "the same change as `member add`"),
    ("identity ls", "opens no vault's values"),
    ("identity use", "changes this machine's configuration alone"),
    ("identity new", "changes this machine's configuration alone"),
    ("identity import", "changes this machine's configuration alone"),
    ("identity export", "copies an identity"),
    ("identity passphrase", "changes the file of an identity"),
    ("member request", "signs a request, no document of the vault"),
    ("member add", "needs a second person; the same change as `key create`"),
    ("member update", "needs a second person; the same change as `key create`"),
    ("member recovery", "the same change as `member update`"),
    ("member rm", "needs a second person; the same change as `key create`"),
    ("member show", "reads no value"),
    ("key grant", "needs a second person; the same change as `key rotate`"),
    ("key revoke", "needs a second person; the same change as `key rotate`"),
    ("trust accept", "changes this machine's memory alone"),
    ("trust rebase", "needs git"),
    ("explain", "opens no value"),
    ("sync", "needs git"),
    ("resolve", "needs git"),
    ("diff", "needs git"),
    ("git-setup", "writes git's configuration"),
    ("accept", "needs a rollback; the same change as `param tag`"),
    ("adopt", "needs a former member; the same change as `param tag`"),
    ("config get", "opens no vault"),
    ("config set", "opens no vault"),
    ("config unset", "opens no vault"),
    ("config ls", "opens no vault"),
    ("tour", "runs other commands"),
    ("completions", "opens no vault"),
    ("man", "opens no vault"),
];

#[derive(Default)]
struct Collector(Mutex<Vec<Access>>);

impl Observer for Collector {
    fn observe(&self, _: &State, _: &Purpose, _: Option<&str>, access: Access) -> Result<(), Unlogged> {
        self.0.lock().unwrap().push(access);
        Ok(())
    }
}

fn leaves(command: &clap::Command, before: &str, found: &mut BTreeSet<String>) {
    for below in command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help") {
        let words = format!("{before} {}", below.get_name()).trim().to_owned();
        leaves(below, &words, found);
        if !below.is_subcommand_required_set() {
            found.insert(words);
        }
    }
}

#[test]
fn every_command_is_run_here_or_says_why_not() {
    let mut all = BTreeSet::new();
    leaves(&built(), "", &mut all);
    let run = |words: &str| {
        LINES
            .iter()
            .any(|(line, _)| line.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    let excused = |words: &str| ELSEWHERE.iter().any(|(name, _)| *name == words);
    let forgotten: Vec<&String> = all.iter().filter(|words| !run(words) && !excused(words)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    let unknown: Vec<_> = ELSEWHERE.iter().filter(|(name, _)| !all.contains(*name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The whole tree, including the commands that are built on demand.
fn built() -> clap::Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}

/// Every file below a directory, with its content.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
    found
}

fn run(line: &str) -> Vec<Access> {
    let words: Vec<OsString> = format!("vault --no-input {line}").split(' ').map(OsString::from).collect();
    let (cli, purpose) = parse(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
    let collector = Arc::new(Collector::default());
    let mut context = Context::new(cli.global, Hardening::default(), EnvSecrets::default()).unwrap();
    context.purpose.name = purpose;
    context.purpose.observer = Some(Arc::clone(&collector) as Arc<dyn Observer>);
    let outcome = dispatch(cli.command, &mut context);
    let heard = std::mem::take(&mut *collector.0.lock().unwrap());
    println!("{line}: {:?}", outcome.map_err(|error| error.failure().message));
    heard
}

#[test]
#[ignore = "the child of the test below"]
fn child() {
    if std::env::var(ACT).is_err() {
        return;
    }
    run("init --plaintext-identity --no-recovery-key");
    run("init --no-recovery-key other");
    for (line, does) in LINES {
        let before = contents(Path::new(".vault"));
        let heard = run(line);
        let after = contents(Path::new(".vault"));
        let opened = heard.iter().filter(|access| access.deed == Deed::Open).count();
        let changed: Vec<&Access> = heard.iter().filter(|access| access.deed == Deed::Change).collect();
        let done = changed.iter().any(|access| access.outcome == Outcome::Done);
        let refused = changed.iter().any(|access| matches!(access.outcome, Outcome::Refused(_) | Outcome::Failed(_)));
        assert_eq!(done, before != after, "{line}: what is reported is what has changed: {heard:?}");
        let is = match (opened > 0, done, refused) {
            (false, false, false) => Does::Nothing,
            (true, false, false) => Does::Opens,
            (false, true, false) => Does::Changes,
            (true, true, false) => Does::Both,
            (_, false, true) => Does::IsRefused,
            (_, true, true) => panic!("{line}: {heard:?}"),
        };
        assert_eq!(is, *does, "{line}: {heard:?}");
        assert!(heard.iter().all(|access| line.starts_with(&access.purpose)), "{line}: {heard:?}");
    }
}

#[test]
fn every_command_reports_what_it_opens_and_what_it_changes() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("template.txt"), "a={{resolve:ssm:/a}}\n").unwrap();
    fs::write(home.path().join("values.env"), "ONE=1\n").unwrap();
    let iam = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssm:Get*","Resource":"*"}}"#;
    fs::write(home.path().join("iam.json"), iam).unwrap();
    fs::write(home.path().join("pattern.json"), "{\"source\": [\"x\"]}").unwrap();
    fs::write(home.path().join("event.json"), "{\"source\": \"x\"}").unwrap();
    let output = Program::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "-q", "cli::access_tests::child"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("EDITOR", "sed -i s/^/x/")
        .env(ACT, "1")
        .current_dir(home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}
