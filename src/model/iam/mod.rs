//! IAM policies: who may call which operation on what, and why (integrations §9).
//!
//! A policy is parsed once; [`decide`] then reads it for each call. Everything is refused unless a statement allows it, and
//! a statement that denies it decides. What a policy allows is never more than what the vault lets its member do.

mod action;
mod concern;
mod condition;
mod context;
mod decision;
mod fault;
mod node;
mod operand;
mod pattern;
mod policy;
mod principal;
mod request;
mod statement;
#[cfg(test)]
mod tests;

pub(crate) use self::action::actions;
pub use self::action::{Action, Right};
pub use self::context::Context;
pub use self::decision::{Decision, Denial, Source, decide};
pub use self::fault::{PolicyFault, PolicyFlaw};
pub(crate) use self::policy::IDENTITY_POLICY_LIMIT;
pub use self::policy::{Policy, RESOURCE_POLICY_LIMIT};
pub use self::request::Request;
