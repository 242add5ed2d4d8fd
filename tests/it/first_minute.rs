//! The first minute of the README, on a terminal: what it says is typed, and whatever is asked is answered.

use std::fs;
use std::path::Path;

use pty_process::Size;

use crate::project::{Sandbox, has};
use crate::terminal::Shell;

const PASSPHRASE: &str = "correct horse battery staple";

/// The questions that may come, by their ends, and what a newcomer answers.
const ANSWERS: [(&str, &str); 12] = [
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
    ("always, never) [n]: ", ""),
    ("password: ", "s3cret-Hunter2"),
];

/// The commands of the first block below a heading: what stands before two spaces.
fn commands(heading: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = text.split(heading).nth(1).and_then(|rest| rest.split("```text\n").nth(1)).unwrap();
    let block = block.split("```").next().unwrap();
    block.lines().map(|line| line.split("  ").next().unwrap().to_owned()).collect()
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
    shell.run("chmod +x ~/bin/npm; PATH=~/bin:$PATH; git init -q my-project");
    shell.run("git config --global user.name Ana; git config --global user.email ana@example.org");
    let mut shown = String::new();
    for command in commands("## Your first secret in one minute") {
        let output = typed(&mut shell, &command);
        let code = shell.run("echo code=$?");
        assert_eq!(code.trim(), "code=0", "{command}: {output}");
        assert!(!output.contains("error"), "{command}: {output}");
        shown += &output;
    }
    assert!(shown.contains("npm start: db.internal 20 14"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}
