//! `vault verify --git RANGE`: who changed what between two commits, and whether each step was legal.
//!
//! Every commit of the range, on any branch, is compared with each of its parents. The content of a commit is checked
//! against the trust chain of that same commit. Nothing is checked out, and no identity is needed.

mod anchor_step;
mod check;
mod commits;
mod report;
mod states;
mod step;
mod step_checker;
mod trust;

pub(crate) use self::check::{check_incoming, verify_range};
