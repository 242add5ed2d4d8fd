//! Ids and fingerprints in groups, as two people would read them to each other.

use crate::model::id::VaultId;

/// A vault id in groups, as two people would read it to each other.
pub(crate) fn fingerprint(id: VaultId) -> String {
    groups_of_four(&id.to_string())
}

/// A fingerprint in hexadecimal, in the same form.
pub(crate) fn grouped(bytes: &[u8]) -> String {
    groups_of_four(&data_encoding::HEXLOWER.encode(bytes))
}

fn groups_of_four(text: &str) -> String {
    let groups: Vec<&str> =
        (0..text.len()).step_by(4).filter_map(|at| text.get(at..(at + 4).min(text.len()))).collect();
    groups.join(" ")
}
