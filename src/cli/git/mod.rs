//! Working with git: the merge and diff drivers, and the commands around them (format B.12).
//!
//! Git is the user's program: found on the trusted search path and started with its absolute path. Its arguments
//! contain names and commits, never values; paths follow `--`.

pub(crate) mod attention;
pub(crate) mod calls;
pub(crate) mod cat_file;
pub(crate) mod chains;
pub(crate) mod commit;
pub(crate) mod conflicts;
pub(crate) mod current;
pub(crate) mod describe;
pub(crate) mod dropped;
pub(crate) mod entry;
pub(crate) mod error;
pub(crate) mod hook;
pub(crate) mod objects;
pub(crate) mod outcome;
pub(crate) mod past;
pub(crate) mod plain_file;
pub(crate) mod program;
pub(crate) mod range;
pub(crate) mod renamed;
pub(crate) mod side;
pub(crate) mod unsealed;

pub(crate) use self::attention::{Attention, Unfinished, attention, unfinished};
pub(crate) use self::describe::{last_trusted_key, past_state, since_seen, since_trusted};
pub(crate) use self::objects::Ignored;
pub(crate) use self::past::was_left_behind;
pub(crate) use self::program::Git;
pub(crate) use self::range::verify_range;
