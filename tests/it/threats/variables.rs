//! A member who may write a parameter, and so chooses the name of a variable.

use std::fs;

use crate::project::{Outcome, Sandbox};

const FORMATS: [&str; 12] = [
    "sh",
    "fish",
    "powershell",
    "dotenv",
    "docker",
    "systemd",
    "github",
    "json",
    "yaml",
    "toml",
    "tfvars",
    "properties",
];

/// A vault whose variable `name` a member chose.
fn vault_with(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put(&format!("/p/{}", name.to_lowercase()), "evil");
    sandbox
}

fn refused(run: &Outcome, code: i32, name: &str, danger: &str) {
    assert_eq!(run.code, code, "{run:?}");
    let parts = [name, danger, &format!("`--allow-variable {name}`")];
    assert!(parts.iter().all(|part| run.stderr.contains(part)), "{run:?}");
    assert_eq!(run.stdout, "", "nothing was written");
}

/// Refused.
#[test]
fn a_variable_that_programs_obey_is_refused_on_every_way() {
    let sandbox = vault_with("LD_PRELOAD");
    let code = "which can make a program run other code";
    refused(&sandbox.run(&["exec", "/p", "--", "true"]), 125, "LD_PRELOAD", code);
    refused(&sandbox.run(&["exec", "--mask", "/p", "--", "true"]), 125, "LD_PRELOAD", code);
    refused(&sandbox.run(&["--json", "env", "/p"]), 7, "LD_PRELOAD", "");
    for format in FORMATS {
        refused(&sandbox.run(&["env", "/p", "--format", format]), 7, "LD_PRELOAD", code);
        let out = sandbox.home().join("out");
        let file = ["export", "/p", "--format", format, "--out", out.to_str().unwrap()];
        refused(&sandbox.run(&file), 7, "LD_PRELOAD", code);
        assert!(!out.exists(), "{format}");
        sandbox.ok(&[&file[..], &["--allow-variable", "LD_PRELOAD"]].concat());
        assert!(fs::read_to_string(&out).unwrap().contains("evil"), "{format}");
        fs::remove_file(out).unwrap();
    }
}

/// Refused.
#[test]
fn tools_and_connections_are_not_steered() {
    for name in ["TAR_OPTIONS", "RSYNC_RSH", "KUBECONFIG", "JAVA_HOME", "BASH_ENV", "NODE_OPTIONS", "GIT_SSH"] {
        refused(&vault_with(name).run(&["env", "/p"]), 7, name, "run other code");
    }
    for name in ["HTTPS_PROXY", "SSL_CERT_FILE"] {
        let sandbox = vault_with(name);
        refused(&sandbox.run(&["env", "/p"]), 7, name, "connect elsewhere");
        assert_eq!(sandbox.ok(&["env", "/p", "--allow-variable", name]), format!("export {name}='evil'\n"));
    }
}

/// Refused, whatever is allowed.
#[test]
fn an_identity_is_never_set() {
    let sandbox = vault_with("VLT_IDENTITY");
    let run = sandbox.run(&["env", "/p", "--allow-variable", "VLT_IDENTITY"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
}
