//! The Security Token Service, as far as programs ask it who they are: the query protocol, with answers in XML.

mod failure;
mod form;
mod operations;
mod xml;

pub(super) use self::failure::Failure;
pub(super) use self::form::form;
pub(super) use self::operations::{operation, run};
pub(super) use self::xml::{XML, success};
