//! The table of docs/SECURITY.md: which older documents are used, warned about and refused, row by row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::project::{Outcome, Sandbox, outcome};
use crate::team::git;

/// A sandbox in one of the situations.
struct Scene {
    ana: Sandbox,
    /// Where the vault is used.
    vault: PathBuf,
    variables: Vec<(&'static str, String)>,
}

const A: &str = ".vault/params/app/a.yaml";

fn commit(ana: &Sandbox, tag: &str) {
    git(ana, &["add", "-A"]);
    git(ana, &["commit", "-qm", tag, "--allow-empty"]);
    git(ana, &["tag", tag]);
}

/// Runs a shell line in the project.
fn shell(ana: &Sandbox, line: &str) {
    let run = outcome(ana.command("sh").args(["-ec", line]).output().unwrap());
    assert_eq!(run.code, 0, "{line}: {run:?}");
}

/// A branch with three revisions of one parameter beside another one; a tag names the commit of the first.
fn world() -> Sandbox {
    let ana = Sandbox::new();
    fs::remove_dir_all(ana.project().join(".git")).unwrap();
    git(&ana, &["init", "-q", "-b", "main"]);
    ana.put("/app/b", "b");
    ana.put("/app/a", "one");
    commit(&ana, "old");
    ana.put("/app/a", "two");
    ana.put("/app/a", "three");
    commit(&ana, "new");
    ana
}

/// The same, but the parameter was deleted and created again.
fn world_with_tombstone() -> Sandbox {
    let ana = world();
    ana.ok(&["param", "rm", "--yes", "/app/a"]);
    commit(&ana, "gone");
    ana.put("/app/a", "again");
    commit(&ana, "again");
    ana
}

/// Another branch, on which the parameter has as many revisions.
fn diverged() -> Sandbox {
    let ana = world();
    git(&ana, &["switch", "-qc", "other", "old"]);
    ana.put("/app/a", "other two");
    ana.put("/app/a", "other three");
    commit(&ana, "other-new");
    ana
}

impl Scene {
    fn here(ana: Sandbox) -> Scene {
        let vault = ana.vault();
        Scene { ana, vault, variables: Vec::new() }
    }

    fn after(ana: Sandbox, git_arguments: &[&str]) -> Scene {
        git(&ana, git_arguments);
        Scene::here(ana)
    }

    fn at(ana: Sandbox, project: &str) -> Scene {
        Scene { vault: ana.project().join(project).join(".vault"), ..Scene::here(ana) }
    }

    fn forgotten(ana: Sandbox) -> Scene {
        let marks = fs::read_dir(ana.home().join(".local/state/vault")).unwrap();
        for vault in marks.map(|entry| entry.unwrap().path().join("seen")).filter(|seen| seen.is_dir()) {
            fs::remove_dir_all(vault).unwrap();
        }
        Scene::here(ana)
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.ana.program();
        command.arg("--vault").arg(&self.vault).args(arguments).envs(self.variables.iter().map(|(k, v)| (*k, v)));
        outcome(command.output().unwrap())
    }

    fn put(&self) -> Outcome {
        let mut command = self.ana.program();
        command.arg("--vault").arg(&self.vault).args(["param", "put", "/app/a", "--generate", "--overwrite"]);
        command.args(["--type", "SecureString"]).envs(self.variables.iter().map(|(k, v)| (*k, v)));
        outcome(command.output().unwrap())
    }
}

fn scene(situation: &str) -> Scene {
    let old_file = ["checkout", "-q", "old", "--", A];
    match situation {
        "nothing newer was seen anywhere" => Scene::here(world()),
        "the vault was never seen on this machine, as in a CI job without a cache, whatever commit it deploys" => {
            let ana = world();
            fs::remove_dir_all(ana.home().join(".local/state/vault")).unwrap();
            let id = ana.vault_id();
            Scene { variables: vec![("VLT_ID", id)], ..Scene::after(ana, &["checkout", "-q", "old"]) }
        }
        "a newer revision was seen in this directory, on this branch" => Scene::after(world(), &old_file),
        "another content of the same revision was seen in this directory, on this branch" => {
            let ana = diverged();
            git(&ana, &["switch", "-q", "main"]);
            Scene::after(ana, &["checkout", "-q", "other", "--", A])
        }
        "this branch is older than another one" => Scene::after(world(), &["switch", "-qc", "other", "old"]),
        "this branch has another content of the newest revision than another one" => Scene::here(diverged()),
        "an older commit is checked out without a branch, as in a bisect or a CI job with a cache" => {
            Scene::after(world(), &["checkout", "-q", "old"])
        }
        "an older commit is checked out in a worktree" => {
            let ana = world();
            git(&ana, &["worktree", "add", "-q", "tree", "old"]);
            Scene::at(ana, "tree")
        }
        "a copy of an older vault is in another directory" => {
            let ana = world();
            shell(&ana, "mkdir -p services/api && git archive old .vault | tar -x -C services/api");
            Scene::at(ana, "services/api")
        }
        "a submodule is at an older commit" => {
            let ana = world();
            let add = ["submodule", "add", "-q", "-b", "main", "./", "sub"];
            git(&ana, &[&["-c", "protocol.file.allow=always"][..], &add].concat());
            shell(&ana, "git -C sub checkout -q old");
            Scene::at(ana, "sub")
        }
        "a document was deleted and created again; its first form is back, in this directory, on this branch" => {
            Scene::after(world_with_tombstone(), &old_file)
        }
        "its first form is back, on another branch" => {
            let ana = world_with_tombstone();
            git(&ana, &["switch", "-qc", "other"]);
            Scene::after(ana, &old_file)
        }
        "its tombstone is back, in this directory, on this branch" => {
            Scene::after(world_with_tombstone(), &["checkout", "-q", "gone", "--", ".vault/params/app"])
        }
        "its tombstone is back, on another branch" => {
            let ana = world_with_tombstone();
            git(&ana, &["switch", "-qc", "other"]);
            Scene::after(ana, &["checkout", "-q", "gone", "--", ".vault/params/app"])
        }
        "an older document was accepted here with `vault accept`" => {
            let scene = Scene::after(world(), &old_file);
            scene.ana.ok(&["accept", "/app/a", "--yes"]);
            scene
        }
        "an older vault was restored here with `vault restore`" => {
            let ana = world();
            let file = ana.home().join("backup.age");
            git(&ana, &["checkout", "-q", "old"]);
            ana.ok(&["backup", file.to_str().unwrap()]);
            git(&ana, &["switch", "-q", "main"]);
            ana.ok(&["restore", file.to_str().unwrap(), "--replace", "--older"]);
            Scene::here(ana)
        }
        "what this machine has seen in this directory was deleted; nothing older is there" => Scene::forgotten(world()),
        "what this machine has seen in this directory was deleted; an older document is there" => {
            Scene::forgotten(Scene::after(world(), &old_file).ana)
        }
        "a document that was seen in this directory, on this branch, is missing without a tombstone" => {
            let ana = world();
            fs::remove_file(ana.project().join(A)).unwrap();
            Scene::here(ana)
        }
        other => panic!("the table has a situation that nobody plays: {other}"),
    }
}

/// What a run came to, in the words of the table.
fn verdict(run: &Outcome) -> &'static str {
    match run.code {
        0 if run.stderr.contains("warning: ") => "warned",
        0 => "used",
        6 | 125
            if ["rolled back", "already saw", "missing", "does not verify", "two contents", "problem"]
                .iter()
                .any(|word| run.stderr.contains(word) || run.stdout.contains(word)) =>
        {
            "refused"
        }
        _ => panic!("{run:?}"),
    }
}

/// What the column says is done, once for each command that stands for it.
fn play(column: usize, scene: &Scene) -> Outcome {
    match column {
        0 => scene.run(&["exec", "/app", "--", "true"]),
        1 => scene.put(),
        2 => scene.run(&["verify"]),
        3 => scene.run(&["checkpoint"]),
        _ => {
            let config = scene.ana.home().join(".config/vault/config.yaml");
            let before = fs::read_to_string(&config).unwrap();
            scene.ana.configure(&format!("{before}freshness: strict\n"));
            scene.run(&["exec", "/app", "--", "true"])
        }
    }
}

/// The rows of the table: the situation, and what is done by each column.
fn table() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SECURITY.md")).unwrap();
    let lines = text.lines().skip_while(|line| !line.starts_with("| Situation |"));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        (cells.next().unwrap(), cells.collect())
    })
    .collect()
}

fn copied(from: &Path, to: &Path) {
    let run = Command::new("cp").arg("-a").arg(from).arg(to).stdin(Stdio::null()).status().unwrap();
    assert!(run.success());
}

#[test]
fn the_table_says_what_is_done() {
    let rows = table();
    assert_eq!(rows.len(), 19);
    let mut wrong = Vec::new();
    for (situation, columns) in rows {
        assert_eq!(columns.len(), 5, "{situation}");
        let scene = scene(&situation);
        let directory = scene.ana.home().parent().unwrap().to_owned();
        let saved = tempfile::tempdir().unwrap();
        for name in ["home", "project"] {
            copied(&directory.join(name), saved.path());
        }
        for (column, said) in columns.iter().enumerate() {
            let run = play(column, &scene);
            let done = verdict(&run);
            if done != said {
                wrong.push(format!("{situation}, column {column}: {said}, but it was {done}: {run:?}"));
            }
            for name in ["home", "project"] {
                fs::remove_dir_all(directory.join(name)).unwrap();
                copied(&saved.path().join(name), &directory);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
