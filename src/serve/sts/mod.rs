//! The Security Token Service, as far as programs ask it who they are: the query protocol, with answers in XML.

mod form;
mod operations;
mod xml;

pub(super) use self::form::form;
pub(super) use self::operations::{operation, refusal, run, unavailable};
pub(super) use self::xml::{XML, failure, success};
