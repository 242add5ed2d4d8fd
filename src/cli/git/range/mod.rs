//! `vault verify --git RANGE`: who changed what between two commits, and whether each step was legal.
//!
//! Every commit of the range is looked at, on whatever branch it was made, and compared with each of its parents. What a commit
//! holds is judged by the trust chain of that same commit. Nothing is checked out, and no identity is needed.

mod check;
mod commits;
mod judge;
mod report;
mod states;
mod step;
mod trust;

pub(crate) use self::check::{check_incoming, verify_range};
