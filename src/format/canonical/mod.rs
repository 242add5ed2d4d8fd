//! Reading canonical text (FORMAT.md, canonical text): what [`super::emit`] writes, and nothing else of YAML.
//!
//! A document has one spelling only, so its reader needs neither anchors nor tags nor a guess at what a bare word means, and
//! no code that was made for all of YAML ever sees a document. Whatever slips through here is stopped at the gate, where
//! the document is written again and compared.

mod node;
mod reader;
mod refusal;

pub(super) use self::node::parse;
