//! Reading canonical text (FORMAT.md, canonical text): what [`super::emit`] writes, and nothing else of YAML.
//!
//! A document has only one spelling, so its reader needs neither anchors nor tags nor a guess at the type of a bare
//! word, and no general YAML code ever sees a document. Anything that slips through here is stopped at the gate, where
//! the document is written again and compared.

mod node;
mod reader;
mod refusal;

pub(super) use self::node::parse;
