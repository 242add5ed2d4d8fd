//! Parameter policies: expiration and notifications (parameter-store §12).

/// One policy, kept as the JSON text it was given in, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy(String);

impl Policy {
    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
