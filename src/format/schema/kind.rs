//! The kinds of documents.

use crate::format::caps;
use crate::model::format::Format;
use crate::model::written::{UnknownWord, words};

words! {
    /// The kinds of signed documents.
    pub(crate) enum DocumentKind, UnknownWord {
        /// A parameter or its tombstone.
        Parameter = "parameter",
        /// A secret or its tombstone.
        Secret = "secret",
        /// The versions and wraps of one key.
        Key = "key",
        /// One snapshot of the trust chain.
        Trust = "trust",
        /// A list of all documents.
        Checkpoint = "checkpoint",
        /// A new member's request to join.
        Request = "request",
        /// Which events are delivered where.
        Rule = "rule",
        /// An access key for the server, and what it may do.
        Credential = "credential",
        /// What a rotation does, inside of a secret.
        Plan = "plan",
        /// What a log of uses was.
        Anchor = "anchor",
        /// One secret or one path, sealed for somebody else.
        Share = "share",
        /// Values in a file of their own, for somebody outside.
        Parcel = "parcel",
    }
}

impl DocumentKind {
    /// The maximum size of a document of this kind in bytes, including the trailer.
    pub(crate) fn cap(self) -> u64 {
        use DocumentKind as K;
        match self {
            K::Parameter | K::Secret | K::Checkpoint | K::Share | K::Parcel => caps::DOCUMENT,
            K::Key | K::Trust | K::Request | K::Rule | K::Credential | K::Anchor => caps::SMALL_DOCUMENT,
            K::Plan => caps::PLAN,
        }
    }

    /// The first format that has this kind.
    pub(super) fn since(self) -> Format {
        use DocumentKind as K;
        match self {
            K::Parameter | K::Secret | K::Key | K::Trust | K::Checkpoint | K::Request => Format::V1,
            K::Rule | K::Credential | K::Plan | K::Anchor | K::Share | K::Parcel => Format::V2,
        }
    }
}
