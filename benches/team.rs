//! A team in one repository: removing a member from a large vault, and merging two branches with many changes.
//!
//! Each run begins with the same state: a tree of links to a prepared one, or a branch that is reset. That is part of the time
//! of all rivals alike.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use tempfile::TempDir;

use crate::measure::Case;
use crate::place::{floor, vault};
use crate::rival;

/// Few, because each takes seconds.
const RUNS: usize = 5;

pub(crate) fn run(wanted: &str) {
    if "member rm of 10,000".contains(wanted) {
        removal(&Team::signed_by_bob(10_000));
    }
    for (name, bob_begins) in [("merge, 1,000 different", 1_000), ("merge, 1,000 the same", 0)] {
        if name.contains(wanted) {
            merge(name, &Team::branched(1_000, bob_begins));
        }
    }
}

/// A project with a vault, and the homes of ana and bob. Ana is the admin.
struct Team {
    home: TempDir,
}

fn removal(team: &Team) {
    let begin = "rm -rf work && cp -al ready work && cd work/project";
    Case {
        name: "member rm of 10,000",
        target: "< 5 s on two cores",
        runs: RUNS,
        floor: rival("floor (rewrite)", || {
            team.shell(&format!("{begin} && '{}' rewrite .vault/params", floor().display()))
        }),
        vault: rival("member rm", || team.shell(&format!("{begin} && HOME=$TOP/work/ana vault member rm bob --yes"))),
        others: Vec::new(),
        bytes: None,
    }
    .run();
}

fn merge(name: &'static str, team: &Team) {
    let begin = "cd ready/project && (git merge --abort || true) && git reset -q --hard start";
    let by = |driver: &str| format!("{begin} && git -c merge.vault.driver='{driver}' merge -q --no-edit a");
    let idle = by("cp %B %A");
    let driver = by("vault git-merge %O %A %B %P");
    let resolve = format!("{begin} && (git merge -q --no-edit a || {{ vault resolve && git commit -q --no-edit; }})");
    Case {
        name,
        target: "< 3 s on two cores",
        runs: RUNS,
        floor: rival("git, a driver that copies", || team.shell(&idle)),
        vault: rival("git, then resolve", || team.shell(&resolve)),
        others: vec![rival("git, the merge driver", || team.shell(&driver))],
        bytes: None,
    }
    .run();
}

impl Team {
    fn new() -> Self {
        let team = Team { home: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() };
        fs::create_dir_all(team.home.path().join("ready/project")).unwrap();
        fs::create_dir(team.home.path().join("bin")).unwrap();
        symlink(fs::canonicalize(vault()).unwrap(), team.home.path().join("bin/vault")).unwrap();
        team.ready(
            "git init -q -b main && git config user.name ana && git config user.email ana@example.org
             vault init --no-input --plaintext-identity --recovery-file ../recovery.txt",
        );
        team
    }

    /// So many documents, all of them signed by bob.
    fn signed_by_bob(count: usize) -> Self {
        let team = Team::new();
        team.values("v.json", 0, count, "correct horse battery st");
        team.ready(
            "export VLT_ID=$(sed -n 's/vault: \"\\(.*\\)\"/\\1/p' .vault/vault.yaml)
             bob() { HOME=$TOP/ready/bob USER=bob vault \"$@\"; }
             print=$(bob member request --no-input --plaintext-identity --name bob --out ../bob.yaml | sed -n 's/^fingerprint *//p')
             vault member add ../bob.yaml --read default --write '*' --fingerprint \"$print\"
             bob import ../v.json /app --yes",
        );
        team
    }

    /// Two branches that each changed that many documents, those of `b` starting at another number.
    fn branched(count: usize, other: usize) -> Self {
        let team = Team::new();
        team.values("base.json", 0, other + count, "base");
        team.values("a.json", 0, count, "a");
        team.values("b.json", other, count, "b");
        team.ready(
            "vault import ../base.json /app --yes && git add -A && git commit -qm base
             for branch in a b; do
                 git switch -q main && git switch -qc $branch
                 vault import ../$branch.json /app --yes --overwrite && git commit -qam $branch
             done
             git tag start",
        );
        team
    }

    fn values(&self, file: &str, first: usize, count: usize, value: &str) {
        let service = |service: usize| {
            let parameters = (0..100).map(|at| format!("\"value{at:02}\": \"{value} {}\"", service * 100 + at));
            format!("\"service{service:03}\": {{{}}}", parameters.collect::<Vec<_>>().join(", "))
        };
        let services: Vec<String> = (first / 100..(first + count) / 100).map(service).collect();
        let file = self.home.path().join("ready").join(file);
        fs::write(file, format!("{{{}}}", services.join(",\n"))).unwrap();
    }

    /// A script in the prepared project, in which ana works.
    fn ready(&self, script: &str) {
        let run = self.shell(&format!("cd ready/project\n{script}")).output().unwrap();
        assert!(run.status.success(), "{script}: {}", String::from_utf8_lossy(&run.stderr));
    }

    fn shell(&self, script: &str) -> Command {
        let top = self.home.path();
        let path = format!("{}:{}", top.join("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("sh");
        command.args(["-ec", script]).current_dir(top).env_clear();
        command.env("PATH", path).env("TOP", top).env("HOME", top.join("ready/ana")).env("USER", "ana");
        command
    }
}
