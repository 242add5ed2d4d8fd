//! Code, exit code and hints for errors, one file for each room or noun.

pub(crate) mod advice;
mod clipboard;
mod credential;
mod document;
mod engine;
mod file;
mod hook;
mod inject;
mod input;
mod key;
pub(crate) mod near;
mod parameter;
mod plan;
mod replica;
mod right;
mod secret;
mod share;
mod store;
mod team;
mod trust;
mod unlock;

pub(crate) use self::clipboard::{clipboard, qr};
pub(crate) use self::document::typed;
pub(crate) use self::engine::engine;
pub(crate) use self::file::private;
pub(crate) use self::hook::approval;
pub(crate) use self::inject::inject;
pub(crate) use self::input::{input, prompt};
pub(crate) use self::unlock::{create, unlock};
