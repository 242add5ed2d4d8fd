//! The first minute of the README and the guides that ask, on a terminal: what they say is typed, and whatever is asked is answered.

use std::fs;
use std::path::Path;

use pty_process::Size;

use crate::project::{Sandbox, has};
use crate::team;
use crate::terminal::Shell;

const PASSPHRASE: &str = "correct horse battery staple";

/// The questions that may come, by their ends, and what a newcomer answers.
const ANSWERS: [(&str, &str); 13] = [
    ("ready> ", ""),
    ("Generate a strong passphrase for your identity? [y/N] ", "n"),
    ("Passphrase for your identity: ", PASSPHRASE),
    ("Repeat: ", PASSPHRASE),
    ("for 30 minutes? [y/N] ", "n"),
    ("[y/n] ", "n"),
    ("[y/N] ", "y"),
    ("[Y/n] ", "n"),
    ("Press Enter", ""),
    (".age`: ", PASSPHRASE),
    // Once asked, it is held for the rest of the page.
    ("always, never) [n]: ", "y"),
    ("Below which path? ", ""),
    ("password: ", "s3cret-Hunter2"),
];

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The commands of a block: what stands before two spaces.
fn of_block(block: &str) -> Vec<String> {
    let block = block.split("```").next().unwrap();
    block.lines().map(|line| line.split("  ").next().unwrap().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The commands of the first block below a heading.
fn commands(heading: &str) -> Vec<String> {
    let text = page("README.md");
    of_block(text.split(heading).nth(1).and_then(|rest| rest.split("```text\n").nth(1)).unwrap())
}

/// The commands of all blocks of a page, in their order.
fn all_commands(path: &str) -> Vec<String> {
    let text = page(path).replace("```text\n", "```sh\n");
    text.split("```sh\n").skip(1).flat_map(of_block).collect()
}

/// The commands of the people in a section of a page: `ana$ vault member ls`.
fn dialogue(path: &str, heading: &str) -> Vec<(String, String)> {
    let text = page(path);
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    let lines = section.lines().filter_map(|line| line.split_once("$ "));
    let spoken = lines.filter(|(who, _)| ["ana", "bob"].contains(who));
    spoken.map(|(who, line)| (who.to_owned(), line.trim().split("  ").next().unwrap().to_owned())).collect()
}

fn typed_well(shell: &mut Shell, command: &str) -> String {
    let output = typed(shell, command);
    let code = shell.run("echo code=$?");
    assert_eq!(code.trim(), "code=0", "{command}: {output}");
    assert!(!output.contains("error: "), "{command}: {output}");
    output
}

/// Runs a command and answers what it asks. Returns what was shown.
fn typed(shell: &mut Shell, command: &str) -> String {
    shell.keys(&format!("{command}\n"));
    shell.expect("\r\n");
    let questions: Vec<&str> = ANSWERS.iter().map(|(question, _)| *question).collect();
    let (mut shown, mut last) = (String::new(), "");
    loop {
        let (number, before) = shell.expect_any(&questions);
        shown.push_str(&before);
        match ANSWERS[number] {
            ("ready> ", _) => return shown,
            ("Repeat: ", _) => shell.keys(&format!("{last}\n")),
            (_, answer) => {
                last = answer;
                shell.keys(&format!("{answer}\n"));
            }
        }
    }
}

#[test]
fn the_first_minute_of_the_readme_works_as_it_is_written() {
    if !has("bash") || !has("git") {
        return;
    }
    let sandbox = Sandbox::empty();
    let project = sandbox.project().join("my-project");
    let programs = sandbox.home().join("bin");
    fs::create_dir_all(&project).unwrap();
    fs::create_dir_all(&programs).unwrap();
    fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
    fs::write(project.join(".env"), "DB_HOST=db.internal\nDB_PASSWORD=\"s3cret # with $signs\"\n").unwrap();
    // The program of the example.
    fs::write(programs.join("npm"), "#!/bin/sh\necho \"npm $1: $DB_HOST ${#DB_PASSWORD} ${#MAIL_PASSWORD}\"\n")
        .unwrap();
    let mut shell = Shell::sized(&sandbox, Size::new(40, 80), "xterm");
    shell.run("chmod +x ~/bin/npm; PATH=~/bin:$PATH; export NO_COLOR=1; git init -q my-project");
    shell.run("git config --global user.name Ana; git config --global user.email ana@example.org");
    let mut shown = String::new();
    for command in commands("## Your first secret in one minute") {
        shown += &typed_well(&mut shell, &command);
    }
    shell.run("vault lock");
    assert!(shown.contains("npm start: db.internal 20 14"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn the_first_day_works_as_it_is_written() {
    if !has("bash") || !has("git") {
        return;
    }
    let sandbox = Sandbox::empty();
    let project = sandbox.project().join("my-project");
    fs::create_dir_all(&project).unwrap();
    fs::remove_dir_all(sandbox.project().join(".git")).unwrap();
    fs::write(project.join(".env"), "DB_HOST=db.internal\nDB_PASSWORD=s3cret\n").unwrap();
    let mut shell = Shell::sized(&sandbox, Size::new(60, 80), "xterm");
    shell.run("export NO_COLOR=1 PAGER=cat EDITOR=true; git init -q my-project");
    shell.run("git config --global user.name Ana; git config --global user.email ana@example.org");
    for command in all_commands("docs/first-day.md") {
        typed_well(&mut shell, &command);
    }
    shell.run("vault lock");
}

#[test]
fn a_colleague_joins_and_leaves_as_it_is_written() {
    if !has("bash") || !has("git") {
        return;
    }
    let ana = Sandbox::new();
    fs::remove_dir_all(ana.project().join(".git")).unwrap();
    ana.put("/dev/db", "s3cret");
    let bob = team::clone(&ana);
    team::git(&ana, &["init", "-q", "--bare", "../upstream.git"]);
    team::git(&ana, &["remote", "add", "origin", "../upstream.git"]);
    team::git(&ana, &["push", "-qu", "origin", "HEAD"]);
    let mut shells = [&ana, &bob].map(|sandbox| Shell::sized(sandbox, Size::new(60, 80), "xterm"));
    for shell in &mut shells {
        shell.run("export NO_COLOR=1; git config --global user.name X; git config --global user.email x@example.org");
    }
    shells[1].run("export USER=bob");
    let all = ["Joining", "Leaving"].map(|section| dialogue("docs/team.md", section)).concat();
    let mut shown = String::new();
    for (who, command) in all.iter().filter(|(_, command)| !command.contains("carol") && !command.contains("adopt")) {
        shown += &typed_well(&mut shells[usize::from(who == "bob")], command);
        if command.contains("--out bob.yaml") {
            fs::copy(bob.project().join("bob.yaml"), ana.project().join("bob.yaml")).unwrap();
        }
    }
    for said in ["bob is a member", "bob would be removed", "bob is removed", "`vault list --must-rotate`"] {
        assert!(shown.contains(said), "{said:?} in {shown}");
    }
    shells[1].run("vault lock");
}
