//! Tiers of parameters (parameter-store §4).

/// The resolved tier of a version; "Intelligent-Tiering" is a request, never a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Tier {
    /// Values up to 4 KiB.
    #[default]
    Standard,
    /// Values up to 8 KiB, policies, and the data types that need it.
    Advanced,
}

impl Tier {
    /// The word that AWS and documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Standard => "Standard",
            Tier::Advanced => "Advanced",
        }
    }
}
