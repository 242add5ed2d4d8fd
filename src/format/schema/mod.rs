//! Documents and their fields: reading with every check that needs no key, writing in canonical form.
//!
//! Reading ends at one gate: writing the parsed document again must yield exactly the input bytes. Anchors, comments,
//! unusual quoting, repeated or reordered fields and whatever else YAML allows are refused there, no matter how they
//! were parsed.

mod anchor;
mod checkpoint;
mod credential;
mod extra;
mod field;
#[cfg(test)]
mod format_2_tests;
mod gate;
mod head;
mod key;
mod key_version;
mod kind;
mod parameter;
mod parcel;
mod plan;
mod replication;
mod request;
mod rotation;
mod rule;
mod sealed;
mod secret;
mod settings;
mod share;
mod stated_key;
pub(super) mod terms;
#[cfg(test)]
mod tests;
mod trust;

pub use self::anchor::{emit_anchor, parse_anchor};
pub use self::checkpoint::{emit_checkpoint, parse_checkpoint};
pub use self::credential::{emit_credential, parse_credential};
pub use self::key::{emit_key, parse_key};
pub use self::parameter::{emit_parameter, parse_parameter};
pub use self::parcel::{emit_parcel, parse_parcel};
pub use self::plan::{emit_plan, parse_plan, read_plan};
pub use self::request::{emit_request, parse_request};
pub use self::rule::{emit_rule, parse_rule};
pub use self::secret::{emit_secret, parse_secret};
pub use self::share::{emit_share, parse_share};
pub use self::trust::{emit_trust, parse_trust};
