//! The strategies `builtin:postgres` and `builtin:mysql`, and the templates of hooks, against real servers, which this binary
//! starts for itself on loopback ports: one of each kind, shared by all tests, each with users of its own. Debian has packages
//! of the programs, which `tests/run` names. What a machine lacks is skipped aloud; where `VAULT_TESTS_STRICT` is set, it fails.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail like the test")]

mod authority;
mod clones;
mod functions;
mod gate;
mod mariadb;
mod mysql;
mod pipeline;
mod postgres;
mod postgresql;
#[path = "../it/project.rs"]
#[expect(dead_code, reason = "the sandbox of the other tests, which use more of it")]
mod project;
mod rotation;
mod silent;
mod start;
mod templates;
#[path = "../it/tools.rs"]
mod tools;
mod whole;
