//! Parameters: their versions, labels and settings, and the rules of putting, labelling and filtering.

mod data_type;
mod data_type_check;
mod error;
mod filter;
mod filter_error;
mod filter_key;
mod fired;
mod firing;
mod label;
mod labelling;
mod limits;
mod new_version;
mod parameter;
mod parameter_type;
mod pattern;
mod policy;
mod put;
#[cfg(test)]
pub(crate) mod sample;
mod selector;
mod syntax;
mod tier;
mod tiering;
mod unsealing;

pub(crate) use self::data_type::DataType;
pub(crate) use self::error::ParameterError;
pub(crate) use self::filter::Filter;
pub(crate) use self::filter_error::FilterError;
pub(crate) use self::fired::united as united_fired;
pub use self::fired::{FiredPolicies, FiredPolicy};
pub(crate) use self::label::{LABELS_LIMIT, Label};
pub(crate) use self::labelling::{Labelled, Unlabelled};
pub(crate) use self::limits::VERSIONS_LIMIT;
pub(crate) use self::new_version::NewVersion;
pub(crate) use self::parameter::Settings;
pub use self::parameter::{Content, Parameter, Version};
pub use self::parameter_type::ParameterType;
pub(crate) use self::policy::{Conflict, Policy, PolicyError, PolicyFlaw, Rule};
pub use self::put::PutRequest;
pub(crate) use self::put::{Overwrite, POLICY, PutPlan};
pub(crate) use self::selector::{ParameterRef, Selector, SelectorError};
pub(crate) use self::tier::{Tier, TierRequest};
pub use self::unsealing::Unsealing;
