//! How strictly each command refuses documents that are older than this machine has seen elsewhere.
//!
//! Strict is what runs without a person who reads warnings, and what signs or decides for everybody. A command that is in no list is
//! strict, and a test fails.

use crate::model::freshness::Freshness;

/// Something older is used, with a warning.
const WARNS: &[&str] = &[
    "accept",
    "adopt",
    "audit",
    "audit anchor",
    "audit export",
    "audit import",
    "audit verify",
    "backup",
    "ci mask",
    "consumers",
    "diff",
    "doctor",
    "edit",
    "env",
    "events",
    "events follow",
    "events ls",
    "events rules ls",
    "events rules show",
    "exec",
    "explain",
    "export",
    "find",
    "get",
    "git-merge",
    "git-setup",
    "git-textconv",
    "grep",
    "history",
    "import",
    "key create",
    "key disable",
    "key enable",
    "key grant",
    "key ls",
    "key map",
    "key restore",
    "key revoke",
    "key rm",
    "key rotate",
    "key show",
    "label add",
    "label ls",
    "label move",
    "label rm",
    "list",
    "member add",
    "member ls",
    "member new",
    "member recovery",
    "member request",
    "member rm",
    "member show",
    "member update",
    "member whoami",
    "param copy",
    "param diff",
    "param edit",
    "param get",
    "param history",
    "param ls",
    "param move",
    "param put",
    "param restore",
    "param rm",
    "param rollback",
    "param share",
    "param show",
    "param tag",
    "param unshare",
    "pick",
    "policy simulate",
    "receive",
    "render",
    "replica ls",
    "resolve",
    "restore",
    "rm",
    "rotate hooks add",
    "rotate hooks approve",
    "rotate hooks check",
    "rotate hooks list",
    "rotate hooks new",
    "rotate hooks revoke",
    "rotate hooks rm",
    "rotate hooks show",
    "rotate log",
    "rotate revoke",
    "rotate status",
    "rotate timer",
    "scan",
    "secret create",
    "secret edit",
    "secret get",
    "secret ls",
    "secret policy check",
    "secret policy get",
    "secret policy put",
    "secret policy rm",
    "secret put",
    "secret random",
    "secret restore",
    "secret rm",
    "secret share",
    "secret show",
    "secret stage",
    "secret tag",
    "secret unshare",
    "secret update",
    "secret versions",
    "serve credentials ls",
    "serve credentials rm",
    "serve credentials show",
    "set",
    "share",
    "shares",
    "show",
    "status",
    "sync",
    "tour",
    "trust accept",
    "trust rebase",
    "trust show",
    "unused",
    "verify",
];

/// No document is opened.
const NOTHING: &[&str] = &[
    "agent-serve",
    "clipboard-clear",
    "completions",
    "config get",
    "config ls",
    "config set",
    "config unset",
    "events test-pattern",
    "hook-strategy",
    "identity export",
    "identity import",
    "identity ls",
    "identity new",
    "identity passphrase",
    "identity use",
    "init",
    "lock",
    "man",
    "unlock",
];

/// How strict the command with these words is.
pub(super) fn of(command: &str) -> Freshness {
    if WARNS.contains(&command) || NOTHING.contains(&command) { Freshness::Warn } else { Freshness::Strict }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::cli::Cli;

    /// Nothing old is used, because no list above names them.
    const STRICT: &[&str] = &[
        "checkpoint",
        "events dead",
        "events dead drop",
        "events dead ls",
        "events dead retry",
        "events deliver",
        "events replay",
        "events rules add",
        "events rules approve",
        "events rules disable",
        "events rules enable",
        "events rules rm",
        "replica add",
        "replica promote",
        "replica rm",
        "replica sync",
        "rotate abort",
        "rotate approve",
        "rotate cancel",
        "rotate configure",
        "rotate confirm",
        "rotate resume",
        "rotate run",
        "rotate test",
        "serve",
        "serve credentials add",
        "tick",
        "trust settings",
        "upgrade",
    ];

    fn leaves(command: &clap::Command, before: &str, found: &mut BTreeSet<String>) {
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let words = format!("{before} {}", below.get_name()).trim().to_owned();
            leaves(below, &words, found);
            if !below.is_subcommand_required_set() {
                found.insert(words);
            }
        }
    }

    #[test]
    fn every_command_says_how_strict_it_is() {
        let (mut tree, mut all) = (Cli::command(), BTreeSet::new());
        tree.build();
        leaves(&tree, "", &mut all);
        let listed = || STRICT.iter().chain(WARNS).chain(NOTHING);
        let stated: BTreeSet<String> = listed().map(|words| (*words).to_owned()).collect();
        assert_eq!(all.difference(&stated).collect::<Vec<_>>(), Vec::<&String>::new(), "not in a list");
        assert_eq!(stated.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "no command");
        assert_eq!(listed().count(), stated.len(), "in two lists");
        assert_eq!((of("tick"), of("exec")), (Freshness::Strict, Freshness::Warn));
    }
}
