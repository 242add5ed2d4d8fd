//! Completions in real shells, with names from the vault. PowerShell is not tried: it cannot be installed from Debian.

use crate::project::{Outcome, Sandbox, has, outcome};

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
            "source <(vault completions bash); COMP_WORDS=({words}); COMP_CWORD={count}; COMP_TYPE=9; \
             _clap_complete_vault vault \"${{COMP_WORDS[COMP_CWORD]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
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
    let script = "source <(vault completions bash); COMP_WORDS=(vault param get /o); COMP_CWORD=3; COMP_TYPE=9; \
                  _clap_complete_vault vault \"${COMP_WORDS[COMP_CWORD]}\"; printf '%s' \"${COMPREPLY[@]}\"";
    let names = shell(&sandbox, "bash", script);
    assert!(names.stdout.contains("/other"), "{names:?}");
}
