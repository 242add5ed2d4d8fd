//! Three-way merges of one document that two branches changed (format B.12).
//!
//! Pure functions: the caller verifies the inputs and signs the result. Neither the order of the sides nor the clock
//! matters, so two people who merge the same two branches get the same document, apart from their names. If no rule
//! decides, that is a conflict, and the caller may name the side that wins.

mod context;
mod credential;
mod key;
mod parameter;
mod rule;
mod secret;
mod succession;
#[cfg(test)]
mod team_tests;
#[cfg(test)]
mod tests;
mod trust;
mod trust_key;

pub use self::context::Conflict;
pub(crate) use self::context::{Merged, Side};
pub(crate) use self::credential::merge_credentials;
pub(crate) use self::key::{MergedKey, merge_keys};
pub(crate) use self::parameter::merge_parameters;
pub(crate) use self::rule::merge_rules;
pub(crate) use self::secret::merge_secrets;
pub(crate) use self::succession::says_all_of;
pub(crate) use self::trust::{may_stand, merge_trust};
