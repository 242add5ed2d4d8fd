//! Working with git: the merge and diff drivers, and the commands around them (format B.12).
//!
//! Git is a program of the user's: found on the trusted search path and started with its absolute path. Its arguments carry
//! names and commits, never values; paths stand behind `--`.

mod chains;
mod commit;
mod describe;
mod diff;
mod driver;
mod program;
mod rebase;
mod resolve;
mod setup;
mod staged;
mod sync;
mod textconv;

pub(super) use commit::commit_written;
pub(super) use describe::since_trusted;
pub(super) use diff::{DiffArgs, diff};
pub(super) use driver::{DriverArgs, drive};
pub(super) use program::GitError;
pub(super) use rebase::{RebaseArgs, rebase};
pub(super) use resolve::{ResolveArgs, resolve};
pub(super) use setup::{SetupArgs, set_up};
pub(super) use staged::verify_staged;
pub(super) use sync::{SyncArgs, sync};
pub(super) use textconv::{TextconvArgs, textconv};
