//! Options that a hook declares are checked before anything is stored.

use crate::project::{Outcome, Sandbox};

const HOOK: &str =
    "#!/bin/sh\n# vault-options: url!, length=NUMBER, tls=verify|off\nprintf '{\"SecretString\": \"new\"}'\n";

fn with_hook(program: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("hooks/hook.sh", program);
    sandbox.ok(&["secret", "create", "api/token", "--generate"]);
    sandbox
}

fn configure(sandbox: &Sandbox, options: &[&str]) -> Outcome {
    let mut command = vec!["rotate", "configure", "api/token", "--hook", "hook.sh"];
    command.extend(options.iter().flat_map(|option| ["--option", option]));
    sandbox.run(&command)
}

#[test]
fn options_that_a_hook_does_not_declare_are_refused() {
    let sandbox = with_hook(HOOK);
    let url = "url=https://x.example";
    let refused = [
        (&["lenght=4", url][..], "error: the hook has no option `lenght`\nhint: did you mean `length`?\n"),
        (&["colour=red", url], "error: the hook has no option `colour`\nhint: its options: `url`, `length`, `tls`\n"),
        (&["tls=maybe", url], "error: the option `tls` must be `verify` or `off`\n"),
        (&["length=abc", url], "error: the option `length` must be a number from 1 up\n"),
        (&[], "error: the hook needs the option `url`\nhint: add `--option url=VALUE`\n"),
    ];
    for (options, error) in refused {
        let run = configure(&sandbox, options);
        assert!(run.code == 2 && run.stderr.starts_with(error), "{options:?}: {run:?}");
    }
    assert!(!sandbox.ok(&["rotate", "status"]).contains("hook.sh"), "nothing was configured");
    assert_eq!(configure(&sandbox, &[url, "length=40", "tls=off"]).code, 0);
    let removed = sandbox.run(&["rotate", "configure", "api/token", "--option", "url="]);
    assert!(removed.code == 2 && removed.stderr.contains("needs the option `url`"), "{removed:?}");
}

#[test]
fn a_trial_checks_the_options_too() {
    let sandbox = with_hook(HOOK);
    let shown = sandbox.ok(&["rotate", "hooks", "show", "hook.sh"]);
    let digest = shown.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    sandbox.ok(&["rotate", "hooks", "approve", "hook.sh", "--digest", digest]);
    let check = |option: &str| sandbox.run(&["rotate", "hooks", "check", "hook.sh", "--option", option]);
    assert_eq!(check("ulr=x").code, 2);
    assert_eq!(check("url=x").code, 0);
}

#[test]
fn a_hook_that_declares_nothing_takes_any_option() {
    let sandbox = with_hook("#!/bin/sh\n# No declaration.\n");
    assert_eq!(configure(&sandbox, &["anything=goes"]).code, 0);
}
