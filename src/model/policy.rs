//! Parameter policies: expiration and notifications (parameter-store §12).

/// One policy, kept as the JSON text it was given in, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy(String);

/// A text that is not a stored policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a stored policy")]
pub struct PolicyError;

impl Policy {
    /// Takes a policy as documents hold it.
    pub fn parse_stored(text: &str) -> Result<Self, PolicyError> {
        if text.starts_with('{') && text.ends_with('}') { Ok(Policy(text.to_owned())) } else { Err(PolicyError) }
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
