//! Working with git: the merge and diff drivers, and the commands around them (format B.12).
//!
//! Git is a program of the user's: found on the trusted search path and started with its absolute path. Its arguments carry
//! names and commits, never values; paths stand behind `--`.

mod attention;
mod calls;
mod cat_file;
mod chains;
mod commit;
mod conflicts;
mod current;
mod describe;
mod diff;
mod driver;
mod dropped;
mod hook;
mod objects;
mod outcome;
mod past;
mod program;
mod range;
mod rebase;
mod resolve;
mod setup;
mod side;
mod staged;
mod sync;
mod textconv;

pub(super) use attention::{Unfinished, attention, unfinished};
pub(super) use commit::{NotCommitted, commit_written};
pub(super) use describe::{last_trusted_key, past_state, since_seen, since_trusted};
pub(super) use diff::{DiffArgs, diff};
pub(super) use driver::{DriverArgs, drive};
pub(super) use objects::Ignored;
pub(super) use past::was_left_behind;
pub(super) use program::{Git, GitError};
pub(super) use range::verify_range;
pub(super) use rebase::{RebaseArgs, rebase};
pub(super) use resolve::{ResolveArgs, resolve};
pub(super) use setup::{SetupArgs, set_up};
pub(super) use staged::{staged, verify_staged};
pub(super) use sync::{SyncArgs, sync};
pub(super) use textconv::{TextconvArgs, textconv};
