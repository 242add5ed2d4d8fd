//! `SecretString` and `SecretBinary`: a value, of one of the two kinds (secrets-manager §1, §7).

use super::faults;
use crate::engine::{Masks, NewValue};
use crate::model::value::SecretValue;
use crate::model::value_form::VALUE_LIMIT;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// What a request has of both.
pub(super) struct GivenValue<'b> {
    text: Option<&'b str>,
    bytes: Option<SecretValue>,
}

impl<'b> GivenValue<'b> {
    pub(super) fn of(members: &Members<'b>) -> Self {
        let size = || 1..=i64::try_from(VALUE_LIMIT).unwrap_or(i64::MAX);
        GivenValue {
            text: members.secret("SecretString").length(size()).value(),
            bytes: members.blob("SecretBinary").size(size()).value(),
        }
    }

    /// The value, if one is given. Two are refused.
    pub(super) fn take(self) -> Result<Option<NewValue>, Fault> {
        let new = |value, binary| Ok(Some(NewValue { value, binary, masks: Masks::Allow }));
        match (self.text, self.bytes) {
            (None, None) => Ok(None),
            (Some(text), None) => new(SecretValue::from_text(text.to_owned()), false),
            (None, Some(bytes)) => new(bytes, true),
            (Some(_), Some(_)) => Err(faults::invalid_parameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            )),
        }
    }
}
