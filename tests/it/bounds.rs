//! Files and texts that are larger than anything genuine: they are refused by their size, and not read first.

use std::fs::{self, File};

use crate::git::Team;
use crate::project::{Outcome, Sandbox, outcome};

/// Zeros compress so well that a repository hardly shows them.
const HUGE: u64 = 400 << 20;
/// The memory that the program, and the git that it calls, may have, in KiB: less than the file.
const MEMORY: u32 = 380_000;
const TOO_LARGE: &str = "larger than 16777216 bytes";

fn limited(team: &Team, arguments: &[&str]) -> Outcome {
    let mut shell = team.prepared(team.sandbox.command("sh"), 0);
    shell.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_vault")]);
    outcome(shell.args(arguments).output().unwrap())
}

/// A pusher without a key commits 400 MiB of zeros in place of a document.
#[test]
fn a_document_of_zeros_is_refused_by_its_size_wherever_it_is() {
    let team = Team::new(1);
    team.put(0, "/a", "one");
    team.git(0, &["switch", "-qc", "other"]);
    team.put(0, "/a", "two");
    team.git(0, &["switch", "-q", "main"]);
    File::create(team.document(0, "params/a.yaml")).unwrap().set_len(HUGE).unwrap();
    for (arguments, code) in [
        (&["param", "get", "/a"][..], 6),
        (&["param", "get", "--path", "/"], 6),
        (&["verify"], 6),
        (&["status"], 0),
        (&["diff"], 0),
        (&["scan"], 6),
    ] {
        let run = limited(&team, arguments);
        assert_eq!(run.code, code, "{arguments:?}: {run:?}");
        assert!(
            run.stderr.contains(TOO_LARGE) || run.stdout.contains(TOO_LARGE) || arguments[0] == "status",
            "{run:?}"
        );
    }
    team.git(0, &["-c", "core.compression=1", "add", "-A"]);
    let staged = limited(&team, &["verify", "--staged"]);
    assert!(staged.code == 6 && staged.stdout.contains(TOO_LARGE), "{staged:?}");
    team.git(0, &["commit", "-qm", "Zeros"]);
    for arguments in [&["diff", "HEAD~1..HEAD"][..], &["verify", "--git", "HEAD~1..HEAD"]] {
        let run = limited(&team, arguments);
        assert!(run.stdout.contains(TOO_LARGE), "{arguments:?}: {run:?}");
    }
    team.git(0, &["checkout", "-q", "HEAD~1", "--", ".vault"]);
    let scanned = limited(&team, &["scan", "--history"]);
    assert_eq!(scanned.code, 0, "it is searched piece by piece: {scanned:?}");
    team.git(0, &["reset", "-q", "--hard"]);
    // Git keeps both sides of the conflict; the driver is handed the files.
    team.git(0, &["switch", "-q", "other"]);
    team.ok(0, &["git-setup"]);
    let merged = team.try_git(0, &["merge", "main"]);
    assert!(merged.code == 1 && merged.stderr.contains(TOO_LARGE), "{merged:?}");
    assert!(fs::metadata(team.document(0, "params/a.yaml")).unwrap().len() < 16 << 20);
    let resolved = limited(&team, &["resolve"]);
    assert!(resolved.code != 0 && format!("{resolved:?}").contains(TOO_LARGE), "{resolved:?}");
}

/// A pusher without a key commits files just below the limit; none of them is a document.
#[test]
fn files_as_large_as_a_document_are_refused_one_by_one() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    for number in 0..20 {
        let path = sandbox.vault().join(format!("secrets/junk{number}.yaml"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().set_len(16 << 20).unwrap();
    }
    let listed = sandbox.run(&["secret", "ls"]);
    assert!(listed.code == 6 && listed.stderr.contains("20 documents cannot be trusted"), "{listed:?}");
    assert_eq!(sandbox.ok(&["param", "get", "/a"]), "one");
}

#[test]
fn a_header_of_thousands_of_recipients_is_not_parsed() {
    let sandbox = Sandbox::new();
    let stanza = format!("-> X25519 {0}\n{0}\n", "A".repeat(43));
    let file = format!("age-encryption.org/v1\n{}--- {}\n", stanza.repeat(16_000), "A".repeat(43));
    fs::write(sandbox.project().join("backup.age"), file).unwrap();
    let refused = sandbox.run(&["restore", "backup.age", "elsewhere", "--no-input"]);
    assert!(refused.code != 0 && refused.stderr.contains("its header is too large"), "{refused:?}");
}

#[test]
fn references_are_bounded_and_each_is_resolved_once() {
    let sandbox = Sandbox::new();
    sandbox.put("/a", "one");
    let render = |count: usize, reference: &str| {
        fs::write(sandbox.project().join("t.in"), reference.repeat(count)).unwrap();
        sandbox.run(&["render", "t.in", "--out", "t", "--json"])
    };
    let refused = render(200_000, "{{resolve:ssm:/a}}\n");
    let bound = "t.in:10001:1: `{{resolve:ssm:/a}}`: a text can have at most 10000 references";
    assert!(
        refused.code == 2 && refused.stderr.contains("1 reference cannot") && refused.stderr.contains(bound),
        "{refused:?}"
    );
    let missing = render(10_000, "{{resolve:ssm:/b}}\n");
    assert!(missing.code == 3 && missing.stderr.contains("10000 references cannot be resolved"), "{missing:?}");
    assert_eq!(render(10_000, "{{resolve:ssm:/a}}\n").code, 0);
    assert_eq!(fs::read_to_string(sandbox.project().join("t")).unwrap(), "one\n".repeat(10_000));
    sandbox.put("/a", &"x".repeat(4096));
    let grown = render(10_000, "{{resolve:ssm:/a}}\n");
    assert!(grown.code != 0 && grown.stderr.contains("larger than"), "what comes of it has a bound too: {grown:?}");
    let distinct: Vec<String> = (0..500).map(|number| format!("{{{{resolve:ssm:/none/{number}}}}}\n")).collect();
    let stopped = render(1, &distinct.concat());
    assert!(stopped.code == 3 && stopped.stderr.contains("100 references cannot be resolved"), "{stopped:?}");
}
