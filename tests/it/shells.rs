//! Completions in real shells, with names from the vault. PowerShell is not tried: it cannot be installed from Debian.

use crate::project::{Outcome, Sandbox, has, outcome};
use crate::screen::{Screen, Terminal};

fn with_names() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["/app/prod/db/password", "/app/prod/db/port", "/other"] {
        sandbox.ok(&["param", "put", name, "--generate"]);
    }
    sandbox
}

fn shell(sandbox: &Sandbox, shell: &str, script: &str) -> Outcome {
    let directory = std::path::Path::new(env!("CARGO_BIN_EXE_vault")).parent().unwrap();
    let search = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    outcome(sandbox.command(shell).args(["-c", script]).env("PATH", search).output().unwrap())
}

#[test]
fn bash_completes_names_commands_and_options() {
    if !has("bash") {
        return;
    }
    let sandbox = with_names();
    let ask = |words: &str, count: usize| {
        let script = format!(
            "source <(vault completions bash); COMP_WORDS=({words}); COMP_CWORD={count}; COMP_LINE=\"{words}\"; COMP_POINT=${{#COMP_LINE}}; \
             _vault vault \"${{COMP_WORDS[COMP_CWORD]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        shell(&sandbox, "bash", &script).stdout
    };
    let names = ask("vault param get /app/prod/db/", 3);
    assert!(names.contains("/app/prod/db/password") && names.contains("/app/prod/db/port"), "{names}");
    assert!(ask("vault param get /", 3).contains("/app/"));
    assert!(ask("vault pa", 1).contains("param"));
    assert!(ask("vault param put --gen", 3).contains("--generate"));
}

#[test]
fn fish_completes_names() {
    if !has("fish") {
        return;
    }
    let sandbox = with_names();
    let names =
        shell(&sandbox, "fish", "vault completions fish | source; complete -C 'vault param get /app/prod/db/p'");
    assert!(names.stdout.contains("/app/prod/db/password"), "{names:?}");
}

#[test]
fn zsh_and_elvish_accept_their_scripts() {
    let sandbox = with_names();
    if has("zsh") {
        let script =
            "autoload -U compinit; compinit -u -D; source <(vault completions zsh); print -r -- $_comps[vault]";
        let loaded = shell(&sandbox, "zsh", script);
        assert!(loaded.stdout.contains("vault"), "{loaded:?}");
    }
    if has("elvish") {
        let loaded = shell(
            &sandbox,
            "elvish",
            "eval (vault completions elvish | slurp); put $edit:completion:arg-completer[vault]",
        );
        // Without a terminal elvish has no `edit:` module; what counts is that the script parses.
        assert!(!loaded.stderr.contains("parse error"), "{loaded:?}");
    }
}

#[test]
fn nothing_is_opened_for_a_completion() {
    let sandbox = with_names();
    std::fs::remove_dir_all(sandbox.home().join(".config")).unwrap();
    let script = "source <(vault completions bash); COMP_WORDS=(vault param get /o); COMP_CWORD=3; COMP_LINE='vault param get /o'; COMP_POINT=18; \
                  _vault vault \"${COMP_WORDS[COMP_CWORD]}\"; printf '%s' \"${COMPREPLY[@]}\"";
    let names = shell(&sandbox, "bash", script);
    assert!(names.stdout.contains("/other"), "{names:?}");
}

/// What the tests type: a line with a TAB at its end, and what the program then says when it runs.
const TABS: &[(&str, &str)] = &[
    ("vault param show /app/prod/db/passw\t", "SecureString"),
    ("vault param show /app/prod/db/password:sta\t", "version    1"),
    ("vault label ls /app/prod/db/passw\t", "LABEL"),
    ("vault secret show prod/d\t", "AWSCURRENT"),
    ("vault secret get prod/db --stage AWSC\t", "the value of the secret"),
    ("vault member show an\t", "admin"),
    ("vault key show def\t", "parameter:/"),
    ("vault events rules show rel\t", "/events-of-all"),
    ("vault rotate hooks show rot\t", "not approved"),
    ("vault param put /app/fresh --generate --type Sec\t", "fresh version 1"),
    ("vault render --values app\t", "rendered 4"),
    ("vault render --values ./sub\tin", "below 4"),
    ("vault exec /app/prod -- cat plai\t", "of a file"),
    ("vault --no-pager label rm /app/prod/db/password sta\t", "removed"),
];

fn with_much_to_complete() -> Sandbox {
    let sandbox = with_names();
    sandbox.ok(&["param", "put", "/app/prod/db/password", "--generate", "--overwrite"]);
    sandbox.ok(&["label", "add", "/app/prod/db/password:1", "stable"]);
    sandbox.feed(&["secret", "create", "prod/db", "--stdin"], b"the value of the secret");
    sandbox.ok(&["rotate", "hooks", "new", "rotate.sh"]);
    let rule = ["events", "rules", "add", "reload", "--pattern", "-", "--on", "ana", "--file", "/events-of-all"];
    sandbox.feed(&rule, br#"{"source": ["aws.ssm"]}"#);
    let files = [("app.conf.in", "rendered $((2+2))"), ("plain.txt", "the content of a file\n"), ("sub/in", "below")];
    std::fs::create_dir(sandbox.project().join("sub")).unwrap();
    for (name, text) in files {
        std::fs::write(sandbox.project().join(name), text.replace("$((2+2))", "4").replace("below", "below 4"))
            .unwrap();
    }
    sandbox
}

/// Presses TAB in a shell that has read its completion script.
fn press_tab(program: &str, arguments: &[&str], set_up: &[&str], tabs: &[(&str, &str)]) {
    if !has(program) {
        return;
    }
    let sandbox = with_much_to_complete();
    let variables = [("TERM", "xterm"), ("NO_COLOR", "1"), ("INPUTRC", "/dev/null"), ("LANG", "C.UTF-8")];
    let mut shell = Screen::start(&sandbox, program, arguments, &variables, Terminal { rows: 50, columns: 200 });
    for line in set_up {
        shell.send(&format!("{line}\r"));
    }
    shell.expect("ready> ");
    for (line, said) in tabs {
        shell.send(line);
        std::thread::sleep(std::time::Duration::from_millis(1500));
        shell.send("\r");
        shell.expect(said);
        shell.expect("ready> ");
    }
}

#[test]
fn tab_completes_in_bash() {
    press_tab("bash", &["--norc", "-i"], &["source <(vault completions bash); PS1='rea''dy> '"], TABS);
}

#[test]
fn tab_completes_in_zsh() {
    let start = "autoload -U compinit; compinit -u -D; source <(vault completions zsh); PS1='rea''dy> '";
    press_tab("zsh", &["-f", "-i"], &[start], TABS);
}

#[test]
fn tab_completes_in_fish() {
    let prompt = "function fish_prompt; echo 'rea''dy> '; end";
    press_tab("fish", &["--no-config", "-i"], &["vault completions fish | source", prompt], TABS);
}

/// Names and settings; files are completed by clap's script, not by the shell.
#[test]
fn tab_completes_in_elvish() {
    let prompt = "set edit:rprompt = { }; set edit:prompt = { print rea; print 'dy> ' }";
    let set_up = ["eval (vault completions elvish | slurp)", prompt];
    let setting = ("vault config get git.au\t", "false");
    press_tab("elvish", &["-norc"], &set_up, &[TABS[0], TABS[3], setting]);
}
