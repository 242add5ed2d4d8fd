//! How strictly older documents are refused.

use super::written::{UnknownWord, words};

words! {
    /// What is done about a document that is older than this machine has seen elsewhere. The stricter one is greater.
    #[derive(Default, PartialOrd, Ord)]
    pub enum Freshness, UnknownWord {
        /// It is used, with a warning: branches, copies and older checkouts are daily work.
        #[default]
        Warn = "warn",
        /// It is refused.
        Strict = "strict",
    }
}

/// Says how strictly older documents are refused. Called only if there is one.
pub type Strictness<'a> = Box<dyn Fn() -> Freshness + Send + Sync + 'a>;
