//! Jobs of continuous integration.

use super::{CANARY, shop};
use crate::project::Sandbox;

const GITHUB: (&str, &str) = ("GITHUB_ACTIONS", "true");

fn shown(sandbox: &Sandbox, options: &[&str], host: &[(&str, &str)]) -> String {
    let arguments = [&["exec"], options, &["/app", "--", "sh", "-c", "printf %s \"$PASSWORD\""]].concat();
    let outcome = sandbox.run_with(&arguments, host);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.stdout
}

#[test]
fn exec_masks_by_itself_where_output_becomes_a_log() {
    let sandbox = shop();
    for host in [GITHUB, ("TF_BUILD", "True"), ("GITLAB_CI", "true"), ("BUILDKITE", "true")] {
        assert_eq!(shown(&sandbox, &[], &[host]), "***", "{host:?}");
        assert_eq!(shown(&sandbox, &["--no-mask"], &[host]), CANARY, "{host:?}");
    }
    assert_eq!(shown(&sandbox, &[], &[("CI", "true")]), CANARY);
}

#[test]
fn mask_commands_are_printed_for_a_host_that_obeys_them_and_for_one_that_was_named() {
    let sandbox = shop();
    sandbox.put("/app/key", "-----BEGIN KEY-----\nfirst%line\nsecond-line\n-----END KEY-----\n");
    let expected = "::add-mask::c4n4ry-hunter2\n::add-mask::first%25line\n::add-mask::second-line\n";
    assert_eq!(sandbox.run_with(&["ci", "mask", "/app"], &[GITHUB]).stdout, expected);
    assert_eq!(sandbox.ok(&["ci", "mask", "--host", "gitlab", "/app"]), expected);
    let azure = sandbox.run_with(&["ci", "mask", "/app/password"], &[("TF_BUILD", "True")]);
    assert_eq!(azure.stdout, "##vso[task.setsecret]c4n4ry-hunter2\n");
    let object = sandbox.ok(&["ci", "mask", "--host", "buildkite", "/app/password"]);
    assert_eq!(object, "{\"0\":\"c4n4ry-hunter2\"}\n");
}

#[test]
fn values_are_not_printed_where_nobody_takes_them_out_again() {
    let sandbox = shop();
    for (host, said) in [
        ("BUILDKITE", "Buildkite does not remove mask commands"),
        ("GITLAB_CI", "GitLab does not remove mask commands"),
        ("CI", "not a job of GitHub Actions or Azure Pipelines"),
    ] {
        let refused = sandbox.run_with(&["ci", "mask", "/app"], &[(host, "true")]);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{host}");
        assert!(refused.stderr.contains(said) && !refused.stderr.contains(CANARY), "{refused:?}");
    }
}
