//! The kinds of documents.

use crate::format::caps;

/// The kinds of signed documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// A parameter or its tombstone.
    Parameter,
    /// A secret or its tombstone.
    Secret,
    /// The versions and wraps of one key.
    Key,
    /// One snapshot of the trust chain.
    Trust,
    /// A list of all documents.
    Checkpoint,
    /// A new member's request to join.
    Request,
    /// Which events are delivered where.
    Rule,
    /// An access key for the server, and what it may do.
    Credential,
    /// What a rotation does, inside of a secret.
    Plan,
    /// What a log of uses was.
    Anchor,
}

impl DocumentKind {
    /// The word in the document.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Parameter => "parameter",
            DocumentKind::Secret => "secret",
            DocumentKind::Key => "key",
            DocumentKind::Trust => "trust",
            DocumentKind::Checkpoint => "checkpoint",
            DocumentKind::Request => "request",
            DocumentKind::Rule => "rule",
            DocumentKind::Credential => "credential",
            DocumentKind::Plan => "plan",
            DocumentKind::Anchor => "anchor",
        }
    }

    /// The maximum size of a document of this kind in bytes, including the trailer.
    pub(crate) fn cap(self) -> u64 {
        match self {
            DocumentKind::Parameter | DocumentKind::Secret | DocumentKind::Checkpoint => caps::DOCUMENT,
            DocumentKind::Key
            | DocumentKind::Trust
            | DocumentKind::Request
            | DocumentKind::Rule
            | DocumentKind::Credential
            | DocumentKind::Anchor => caps::SMALL_DOCUMENT,
            DocumentKind::Plan => caps::PLAN,
        }
    }
}

pub(super) const KINDS: [DocumentKind; 10] = [
    DocumentKind::Parameter,
    DocumentKind::Secret,
    DocumentKind::Key,
    DocumentKind::Trust,
    DocumentKind::Checkpoint,
    DocumentKind::Request,
    DocumentKind::Rule,
    DocumentKind::Credential,
    DocumentKind::Plan,
    DocumentKind::Anchor,
];
