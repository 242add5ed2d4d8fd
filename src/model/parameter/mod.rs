//! Parameters: their versions, labels and settings, and the rules of putting, labelling and filtering.

mod data_type;
mod data_type_check;
mod error;
mod filter;
mod filter_error;
mod filter_key;
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

pub use self::data_type::{DataType, DataTypeError};
pub use self::error::ParameterError;
pub use self::filter::Filter;
pub use self::filter_error::FilterError;
pub use self::filter_key::{Comparison, FilterKey};
pub use self::label::{LABEL_LENGTH_LIMIT, LABELS_LIMIT, Label, LabelError};
pub use self::labelling::{Labelled, Unlabelled};
pub use self::limits::{DESCRIPTION_LIMIT, VERSIONS_LIMIT};
pub use self::new_version::NewVersion;
pub use self::parameter::{Content, Parameter, Settings, Version};
pub use self::parameter_type::{ParameterType, ParameterTypeError};
pub use self::pattern::{AllowedPattern, PATTERN_LIMIT, PatternError};
pub use self::policy::{POLICIES_LIMIT, Policy, PolicyError, Rule};
pub use self::put::{Overwrite, PutPlan, PutRequest};
pub use self::selector::{ParameterRef, Selector, SelectorError};
pub use self::tier::{Tier, TierError, TierRequest};
