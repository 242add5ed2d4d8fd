//! What the policies of a parameter have done (FORMAT.md, parameters and secrets of version 2).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::policy::Policy;
use crate::model::id::Uid;
use crate::model::time::Timestamp;

/// When each policy fired for each version. Their texts are sorted like the map.
pub type FiredPolicies = BTreeMap<FiredPolicy, Timestamp>;

/// A policy, and the version for which it has fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FiredPolicy {
    /// The beginning of the SHA-256 of the policy's text.
    pub policy: [u8; 8],
    /// The version.
    pub version: Uid,
}

/// A text that is not a policy and a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FiredPolicyError;

impl FiredPolicy {
    /// A policy that fires for a version.
    pub(crate) fn of(policy: &Policy, version: Uid) -> Self {
        let mut beginning = [0; 8];
        beginning.copy_from_slice(&Sha256::digest(policy.as_str())[..8]);
        FiredPolicy { policy: beginning, version }
    }
}

impl fmt::Display for FiredPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", HEXLOWER.encode(&self.policy), self.version)
    }
}

impl FromStr for FiredPolicy {
    type Err = FiredPolicyError;

    fn from_str(text: &str) -> Result<Self, FiredPolicyError> {
        let (policy, version) = text.split_once(' ').ok_or(FiredPolicyError)?;
        let policy = HEXLOWER.decode(policy.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let version = version.parse().map_err(|_| FiredPolicyError)?;
        Ok(FiredPolicy { policy: policy.ok_or(FiredPolicyError)?, version })
    }
}

/// Both sides' entries, and of one policy and version the earlier instant.
pub(crate) fn united(ours: &FiredPolicies, theirs: &FiredPolicies) -> FiredPolicies {
    let mut all = ours.clone();
    for (fired, at) in theirs {
        let earliest = all.entry(*fired).or_insert(*at);
        *earliest = (*earliest).min(*at);
    }
    all
}
