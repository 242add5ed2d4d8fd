//! Copies of secrets in other vaults: made by the command that changes a secret, read when its vault is gone, and written by nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::crashes::faulted;
use crate::project::{Outcome, Sandbox, body, has};
use crate::team::{git, is};
use crate::tools::skip;

/// The message of the service.
const REFUSED: &str = "Operation not permitted on a replica secret. Call must be made in primary secret's region.";

/// A vault with a secret, and another one of the same person.
struct Pair {
    here: Sandbox,
}

impl Pair {
    fn new() -> Pair {
        let here = Sandbox::new();
        fs::create_dir(here.root().join("other")).unwrap();
        let recovery = here.home().join("recovery2.txt");
        here.ok(&["init", "--no-input", "--recovery-file", recovery.to_str().unwrap(), "../other"]);
        let pair = Pair { here };
        is_done(&pair.here.feed(&["secret", "create", "prod/db", "--stdin"], b"one"));
        pair
    }

    /// The same with a copy.
    fn copied() -> Pair {
        let pair = Pair::new();
        pair.here.ok(&["replica", "add", "prod/db", "--to", "../other", "--region", "eu-west-1"]);
        pair
    }

    fn put(&self, value: &str) -> Outcome {
        self.here.feed(&["secret", "put", "prod/db", "--stdin"], value.as_bytes())
    }

    fn other(&self) -> PathBuf {
        self.here.root().join("other/.vault")
    }

    /// Runs a command in the other vault.
    fn there(&self, arguments: &[&str]) -> Outcome {
        self.here.run(&[&["--vault", self.other().to_str().unwrap()], arguments].concat())
    }

    fn value(&self) -> String {
        let got = self.there(&["secret", "get", "prod/db"]);
        is_done(&got);
        got.stdout
    }

    /// How the copy is, and why.
    fn status(&self) -> (String, String) {
        let listed = self.here.ok(&["replica", "ls", "--json"]);
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let status = &listed["Replicas"][0]["ReplicationStatus"][0];
        let text = |member: &str| status[member].as_str().unwrap_or_default().to_owned();
        (text("Status"), text("StatusMessage"))
    }

    /// Changes the copy by hand, as somebody who may write the other vault.
    fn forge(&self, change: impl Fn(&str) -> String) {
        let path = self.other().join("secrets/prod/db.yaml");
        let text = fs::read_to_string(&path).unwrap();
        let rev = text.lines().find_map(|line| line.strip_prefix("rev: ")).unwrap();
        let next = format!("\nrev: {}\n", rev.parse::<u64>().unwrap() + 1);
        let forged = change(&body(&text).replacen(&format!("\nrev: {rev}\n"), &next, 1));
        fs::write(&path, self.signed(&forged)).unwrap();
    }

    fn signed(&self, body: &str) -> Vec<u8> {
        let (mine, theirs) = (self.here.vault(), self.other());
        // The harness signs for the vault of the project.
        let aside = self.here.root().join("aside");
        fs::rename(&mine, &aside).unwrap();
        fs::rename(&theirs, &mine).unwrap();
        let signed = self.here.signed("secrets/prod/db.yaml", body);
        fs::rename(&mine, &theirs).unwrap();
        fs::rename(&aside, &mine).unwrap();
        signed
    }
}

fn is_done(outcome: &Outcome) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

fn moved(from: &Path, to: &Path) {
    fs::rename(from, to).unwrap();
}

#[test]
fn a_change_is_readable_in_the_other_vault_when_the_command_ends() {
    let pair = Pair::copied();
    assert_eq!(pair.value(), "one");
    is_done(&pair.put("two"));
    assert_eq!((pair.value(), pair.status().0), ("two".into(), "InSync".into()));
    pair.here.ok(&["rotate", "configure", "prod/db", "--strategy", "random", "--every", "30d", "--approve"]);
    pair.here.ok(&["rotate", "run", "prod/db"]);
    assert_eq!(pair.value(), pair.here.ok(&["secret", "get", "prod/db"]));
    is_done(&pair.there(&["secret", "get", "prod/db", "--stage", "AWSPREVIOUS"]));
    pair.here.ok(&["secret", "tag", "prod/db", "team=web"]);
    assert!(pair.there(&["secret", "show", "prod/db"]).stdout.contains("team=web"));
    is_done(&pair.there(&["verify"]));
    let used = pair.here.ok(&["audit", "--last", "50"]);
    assert!(used.contains("replica add"), "opening the value for the copy is recorded: {used}");
}

#[test]
fn a_copy_outlives_its_primary_and_a_primary_that_returns_is_told() {
    let pair = Pair::copied();
    let away = pair.here.root().join("away");
    moved(&pair.here.vault(), &away);
    assert_eq!(pair.value(), "one");
    is(&pair.there(&["replica", "promote", "prod/db"]), 10, "--yes");
    is_done(&pair.there(&["replica", "promote", "prod/db", "--yes"]));
    is(&pair.there(&["replica", "promote", "prod/db", "--yes"]), 7, "not a copy");
    is_done(&pair.there(&["secret", "update", "prod/db", "--description", "ours"]));
    moved(&away, &pair.here.vault());
    let put = pair.put("theirs");
    assert!(put.code == 0 && put.stderr.contains("was promoted"), "{put:?}");
    let (status, why) = pair.status();
    assert!(status == "Detached" && why.contains("vault replica rm prod/db --to VAULT --keep"), "{why}");
    assert_eq!(pair.value(), "one", "nothing is merged");
    assert!(pair.here.ok(&["status"]).contains("was promoted"));
    is(&pair.there(&["replica", "add", "prod/db", "--to", "../project"]), 4, "not a copy of this one");
    pair.here.ok(&["replica", "rm", "prod/db", "--to", "../other"]);
    assert_eq!(pair.value(), "one", "what was promoted stays");
}

#[test]
fn a_vault_that_is_away_costs_a_warning_and_is_copied_to_later() {
    let pair = Pair::copied();
    let away = pair.here.root().join("away");
    moved(&pair.here.root().join("other"), &away);
    let put = pair.put("two");
    assert!(put.code == 0 && put.stderr.contains("`prod/db` was not copied"), "{put:?}");
    assert_eq!(pair.status().0, "Failed");
    assert_eq!(pair.here.run(&["status", "--check"]).code, 8);
    is_done(&pair.here.run(&["tick"]));
    moved(&away, &pair.here.root().join("other"));
    assert_eq!(pair.value(), "one");
    let tick = pair.here.ok(&["tick"]);
    assert!(tick.contains("prod/db copied"), "{tick}");
    assert_eq!((pair.value(), pair.status().0), ("two".into(), "InSync".into()));
    assert!(!pair.here.ok(&["tick"]).contains("copied"), "nothing is left to do");
    // Another vault in the same place is not written.
    fs::rename(pair.here.root().join("other"), &away).unwrap();
    fs::create_dir(pair.here.root().join("other")).unwrap();
    let recovery = pair.here.home().join("recovery3.txt");
    pair.here.run_with(
        &["init", "--no-input", "--recovery-file", recovery.to_str().unwrap(), "../other"],
        &[("XDG_STATE_HOME", pair.here.home().join("elsewhere").to_str().unwrap())],
    );
    is_done(&pair.put("three"));
    let (status, why) = pair.status();
    assert!(status == "Failed" && why.contains("was expected"), "{why}");
    assert!(!pair.other().join("secrets/prod/db.yaml").exists());
}

#[test]
fn a_write_to_a_copy_is_refused_before_anything_is_said_of_the_value() {
    let pair = Pair::new();
    is_done(&pair.put(r#"{"user":"app","password":"one"}"#));
    pair.here.ok(&["replica", "add", "prod/db", "--to", "../other", "--region", "eu-west-1"]);
    let other = pair.other();
    let put = ["--vault", other.to_str().unwrap(), "secret", "put", "prod/db", "--stdin"];
    let outcome = pair.here.feed(&put, br#"{"user":"app"}"#);
    assert!(outcome.code == 7 && outcome.stdout.is_empty(), "{outcome:?}");
    assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains(REFUSED), "{outcome:?}");
}

#[test]
fn no_command_but_replication_writes_a_copy() {
    let pair = Pair::copied();
    let refused = |arguments: &[&str]| {
        let outcome = pair.there(arguments);
        assert!(outcome.code == 7 && outcome.stderr.contains(REFUSED), "{arguments:?}: {outcome:?}");
    };
    let version = pair.there(&["secret", "versions", "prod/db", "--json"]);
    let version: serde_json::Value = serde_json::from_str(&version.stdout).unwrap();
    let version = version["Versions"][0]["VersionId"].as_str().unwrap();
    fs::write(
        pair.here.project().join("policy.json"),
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"x"},"Action":"*","Resource":"*"}}"#,
    )
    .unwrap();
    for arguments in [
        &["secret", "put", "prod/db", "--generate"][..],
        &["set", "prod/db", "--generate"],
        &["secret", "update", "prod/db", "--description", "x"],
        &["secret", "stage", "prod/db", "blue", "--to", version],
        &["secret", "tag", "prod/db", "a=b"],
        &["secret", "policy", "put", "prod/db", "--file", "policy.json"],
        &["secret", "rm", "prod/db", "--yes"],
        &["secret", "rm", "prod/db", "--yes", "--force"],
        &["rotate", "configure", "prod/db", "--strategy", "random", "--every", "30d", "--approve"],
        &["replica", "add", "prod/db", "--to", "../project"],
    ] {
        refused(arguments);
    }
    assert_eq!(pair.there(&["rotate", "run", "prod/db"]).code, 2, "it has no hook");
    assert_eq!(pair.value(), "one");
    let shown = pair.there(&["secret", "show", "prod/db"]).stdout;
    assert!(shown.contains("read-only"), "{shown}");
}

#[test]
fn a_secret_with_copies_is_not_deleted_and_a_link_ends_with_its_copy() {
    let pair = Pair::copied();
    for force in [&["--yes"][..], &["--yes", "--force"]] {
        is(&pair.here.run(&[&["secret", "rm", "prod/db"], force].concat()), 7, "copies in other vaults (1)");
    }
    pair.here.ok(&["--dry-run", "replica", "rm", "prod/db", "--to", "../other"]);
    assert_eq!(pair.value(), "one");
    pair.here.ok(&["replica", "rm", "prod/db", "--to", "../other"]);
    assert_eq!(pair.there(&["secret", "get", "prod/db"]).code, 3);
    pair.here.ok(&["replica", "add", "prod/db", "--to", "../other", "--as", "eu/db"]);
    assert_eq!(pair.there(&["secret", "get", "eu/db"]).stdout, "one");
    // The other vault need not be there for a link to end.
    moved(&pair.here.root().join("other"), &pair.here.root().join("away"));
    assert_eq!(pair.here.run(&["replica", "rm", "prod/db", "--to", "../other"]).code, 3);
    pair.here.ok(&["replica", "rm", "prod/db", "--to", "../other", "--keep"]);
    pair.here.ok(&["secret", "rm", "prod/db", "--yes"]);
}

#[test]
fn a_copy_is_refused_before_anything_is_written() {
    let pair = Pair::new();
    let add = |more: &[&str]| pair.here.run(&[&["replica", "add", "prod/db"], more].concat());
    is(&add(&["--to", "../other", "--key", "none"]), 3, "key");
    pair.there(&["key", "create", "eu", "--scope", "secret:eu"]);
    is(&add(&["--to", "../other", "--key", "eu"]), 7, "eu");
    is(&add(&["--to", "."]), 2, "another vault");
    is(&add(&["--to", "../nowhere"]), 3, "nowhere");
    is_done(&pair.there(&["secret", "create", "prod/db", "--generate"]));
    is(&add(&["--to", "../other"]), 4, "not a copy of this one");
    assert!(pair.here.ok(&["replica", "ls"]).is_empty());
    pair.here.ok(&["--dry-run", "replica", "add", "prod/db", "--to", "../other", "--as", "eu/db", "--key", "eu"]);
    assert_eq!(pair.there(&["secret", "get", "eu/db"]).code, 3);
    pair.here.ok(&["replica", "add", "prod/db", "--to", "../other", "--as", "eu/db", "--key", "eu"]);
    pair.here.ok(&["replica", "add", "prod/db", "--to", "../other", "--as", "eu/db"]);
    is(&add(&["--to", "../other", "--as", "eu/other"]), 4, "its copy in that vault is `eu/db`");
}

#[test]
fn a_copy_that_was_forged_is_reported_and_nothing_is_written_over_it() {
    let pair = Pair::copied();
    pair.forge(|body| body.replace("\n  rev: 2\n", "\n  rev: 900\n"));
    let put = pair.put("two");
    assert!(put.code == 0 && put.stderr.contains("revision 900"), "{put:?}");
    let (status, why) = pair.status();
    assert!(status == "Failed" && why.contains("--overwrite"), "{why}");
    assert_eq!(pair.here.run(&["replica", "sync"]).code, 6);
    assert_eq!(pair.value(), "one");
    pair.here.ok(&["replica", "sync", "prod/db", "--overwrite"]);
    assert_eq!((pair.value(), pair.status().0), ("two".into(), "InSync".into()));
    // What says all that its primary does may still have another value: it is written anew on request.
    pair.forge(|body| body.replace("\n    exposed: false\n", "\n    exposed: true\n"));
    assert_eq!(pair.status().0, "InSync");
    assert!(pair.there(&["list", "--must-rotate"]).stdout.contains("prod/db"));
    pair.here.ok(&["replica", "sync", "prod/db", "--overwrite"]);
    assert!(!pair.there(&["list", "--must-rotate"]).stdout.contains("prod/db"));
}

#[test]
fn a_copy_that_names_its_own_vault_as_its_origin_does_not_verify() {
    let pair = Pair::copied();
    let (here, there) = (pair.here.vault_id(), fs::read_to_string(pair.other().join("vault.yaml")).unwrap());
    let there = there.lines().last().unwrap().trim_start_matches("vault: ").trim_matches('"').to_owned();
    pair.forge(|body| body.replace(&format!("\n  vault: \"{here}\""), &format!("\n  vault: \"{there}\"")));
    let verify = pair.there(&["verify"]);
    assert!(verify.code == 6 && verify.stdout.contains("its primary is in this vault"), "{verify:?}");
    let put = pair.put("two");
    assert!(put.code == 0 && put.stderr.contains("a copy of `prod/db` of the vault"), "{put:?}");
}

#[test]
fn a_command_that_is_killed_anywhere_is_completed_by_the_next_one() {
    if !has("strace") {
        return skip("strace");
    }
    let pair = Pair::new();
    let before = pair.here.snapshot();
    let add = ["replica", "add", "prod/db", "--to", "../other"];
    let rm = ["replica", "rm", "prod/db", "--to", "../other"];
    let mut points = 0;
    for (command, before) in [(&add, &before), (&rm, &with_copy(&pair))] {
        for call in ["rename", "renameat", "renameat2"] {
            let mut n = 1;
            pair.here.put_back(before);
            while faulted(&pair.here, command, call, "signal=KILL", n) {
                let listed = pair.here.ok(&["replica", "ls"]);
                if *command == add || listed.contains("prod/db") {
                    pair.here.ok(command);
                }
                let there = pair.there(&["secret", "get", "prod/db"]);
                assert_eq!(
                    there.stdout,
                    if *command == add { "one" } else { "" },
                    "{command:?}, {call} {n}: {there:?}"
                );
                is_done(&pair.there(&["verify"]));
                (points, n) = (points + 1, n + 1);
                pair.here.put_back(before);
            }
        }
    }
    assert!(points > 3, "{points}");
}

/// What there is once the copy was made.
fn with_copy(pair: &Pair) -> tempfile::TempDir {
    pair.here.ok(&["replica", "add", "prod/db", "--to", "../other"]);
    pair.here.snapshot()
}

#[test]
fn a_vault_that_cannot_be_written_keeps_what_it_has() {
    if rustix::process::geteuid().is_root() && !has("setpriv") {
        return skip("setpriv");
    }
    let pair = Pair::copied();
    let directory = pair.other().join("secrets/prod");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).unwrap();
    let put = pair.here.run_bound(&["secret", "put", "prod/db", "--generate"]);
    assert!(put.code == 0 && put.stderr.contains("`prod/db` was not copied"), "{put:?}");
    assert_eq!((pair.value(), pair.status().0), ("one".into(), "Failed".into()));
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    pair.here.ok(&["replica", "sync"]);
    assert_eq!(pair.value(), pair.here.ok(&["secret", "get", "prod/db"]));
}

#[test]
fn somebody_who_is_no_member_there_makes_no_copy() {
    let (here, stranger) = (Sandbox::new(), Sandbox::new());
    is_done(&here.feed(&["secret", "create", "prod/db", "--stdin"], b"one"));
    let (place, id) = (stranger.vault(), stranger.vault_id());
    here.configure_more(&format!("replicas:\n  \"{id}\": \"{}\"\n", place.display()));
    let add = here.run(&["replica", "add", "prod/db", "--to", place.to_str().unwrap()]);
    assert!(add.code == 5 && add.stderr.contains("not belong to a member"), "{add:?}");
    assert!(!place.join("secrets").exists() && here.ok(&["replica", "ls"]).is_empty());
}

#[test]
fn parameters_are_copied_to_another_vault_a_path_at_a_time() {
    let pair = Pair::new();
    pair.here.put("/app/prod/db/password", "hunter2");
    pair.here.ok(&["param", "put", "/app/prod/port", "80", "--type", "String"]);
    let copy = |more: &[&str]| pair.here.run(&[&["param", "copy", "--to", "../other"], more].concat());
    let there = |name: &str| pair.there(&["param", "get", name]);
    is_done(&copy(&["/app/prod"]));
    assert_eq!((there("/app/prod/port").stdout.as_str(), there("/app/prod/db/password").code), ("80", 3));
    is(&copy(&["/app/nothing"]), 3, "/app/nothing");
    pair.here.ok(&["param", "put", "/app/prod/port", "81", "--overwrite"]);
    is(&copy(&["/app/prod", "--recursive"]), 4, "already exists");
    assert_eq!(there("/app/prod/db/password").code, 3, "nothing was written");
    let copied = copy(&["/app/prod", "--recursive", "--overwrite"]);
    assert!(copied.stdout.contains("2 parameters copied, 0 unchanged"), "{copied:?}");
    assert_eq!(there("/app/prod/db/password").stdout, "hunter2");
    let again = copy(&["/app/prod", "--recursive", "--overwrite"]);
    assert!(again.stdout.contains("0 parameters copied, 2 unchanged"), "{again:?}");
    is_done(&copy(&["/app/prod/port:1", "/old/port"]));
    assert_eq!(there("/old/port").stdout, "80");
    is_done(&pair.there(&["verify"]));
}

#[test]
fn what_came_with_git_is_copied_by_a_sync_and_each_repository_gets_its_own_commit() {
    if !has("git") {
        return skip("git");
    }
    let pair = Pair::copied();
    crate::team::commit(&pair.here);
    let remote = pair.here.root().join("remote.git");
    git(&pair.here, &["init", "-q", "--bare", remote.to_str().unwrap()]);
    git(&pair.here, &["remote", "add", "origin", remote.to_str().unwrap()]);
    git(&pair.here, &["push", "-q", "-u", "origin", "HEAD"]);
    let away = pair.here.root().join("away");
    moved(&pair.here.root().join("other"), &away);
    let variables = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "x"));
    let variables =
        [&variables[..], &[("GIT_AUTHOR_EMAIL", "x@x.example"), ("GIT_COMMITTER_EMAIL", "x@x.example")]].concat();
    let run = |arguments: &[&str]| pair.here.run_with(arguments, &variables);
    is_done(&run(&["--commit", "secret", "put", "prod/db", "--generate"]));
    moved(&away, &pair.here.root().join("other"));
    is_done(&run(&["sync"]));
    assert_eq!(pair.value(), pair.here.ok(&["secret", "get", "prod/db"]));
    // One outside of git commits nothing, and that is no failure; one in git gets a commit.
    is_done(&run(&["--commit", "secret", "put", "prod/db", "--generate"]));
    let other = pair.here.root().join("other");
    git(&pair.here, &["init", "-q", other.to_str().unwrap()]);
    let put = run(&["--commit", "secret", "put", "prod/db", "--generate"]);
    assert!(put.code == 0 && !put.stderr.contains("warning"), "{put:?}");
    git(&pair.here, &["-C", other.to_str().unwrap(), "cat-file", "-e", "HEAD:.vault/secrets/prod/db.yaml"]);
}
