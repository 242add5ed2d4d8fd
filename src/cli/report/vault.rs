//! Vaults in reports.

/// The beginning of a vault's id, for people.
pub(crate) fn short_id(vault: &str) -> String {
    format!("{}\u{2026}", vault.get(..12).unwrap_or(vault))
}
