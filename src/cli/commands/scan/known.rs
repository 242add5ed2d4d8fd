//! The values to search for, with their names.

use crate::cli::error::CliResult;
use crate::engine::{LeftOut, Refused, ValueName, Vault, Wanted};
use crate::inject::scan::needles::{Collector, Needles};

/// Everything to search for.
pub(super) struct Known {
    pub(super) needles: Needles,
    /// By the numbers of the needles' traces.
    pub(super) names: Vec<ValueName>,
    /// Values that are too short or too common.
    pub(super) too_short: usize,
    /// Values under keys that this identity cannot open.
    pub(super) unopened: usize,
    /// Documents whose values are not known, because they cannot be trusted.
    pub(super) refused: Vec<Refused>,
}

impl Known {
    /// Decrypts every value of the vault, and prepares it for searching.
    pub(super) fn gather(vault: &Vault<'_>, wanted: Wanted) -> CliResult<Self> {
        let (mut collector, mut names, mut too_short) = (Collector::default(), Vec::new(), 0);
        let LeftOut { unopened, refused } = vault.each_value(wanted, |name, value| match collector.add(&value) {
            Some(_) => names.push(name),
            None => too_short += 1,
        })?;
        Ok(Known { needles: collector.finish(), names, too_short, unopened, refused })
    }
}
