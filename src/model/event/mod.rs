//! Change events: what happened to a document, in the shapes of EventBridge (docs/events.md).
//!
//! They are derived from two states of a document and from nothing else, so that a change is the same event wherever it is
//! noticed: by the command that makes it, or later, by a machine that pulls it. None has a value, or anything made from one.

mod change;
mod event;
mod rule;
mod summary;

pub(crate) use change::{Change, changes};
pub(crate) use event::Event;
pub(crate) use rule::Url;
pub use rule::{Rule, RuleError, Target, TargetKind};
pub use summary::{Run, Summarised, Summary};
