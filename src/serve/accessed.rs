//! The days on which values of secrets were read last (secrets-manager §5).
//!
//! Documents are not written when they are read, so it is known of what this server has answered.

use std::collections::HashMap;
use std::sync::Mutex;

use super::locked::locked;
use crate::model::id::{DocId, Uid};
use crate::model::time::{DAY, Timestamp};

/// Which versions of which secrets were read, and on which day.
#[derive(Default)]
pub(crate) struct Accessed(Mutex<HashMap<DocId, HashMap<Uid, Timestamp>>>);

impl Accessed {
    /// A value is read now.
    pub(crate) fn add(&self, secret: DocId, version: Uid, now: Timestamp) {
        let day = Timestamp::from_unix(now.unix() / DAY * DAY);
        locked(&self.0).entry(secret).or_default().insert(version, day);
    }

    /// The day of the last access to any version of a secret.
    pub(crate) fn secret(&self, secret: DocId) -> Option<Timestamp> {
        locked(&self.0).get(&secret)?.values().max().copied()
    }

    /// The day of the last access to a version.
    pub(crate) fn version(&self, secret: DocId, version: Uid) -> Option<Timestamp> {
        locked(&self.0).get(&secret)?.get(&version).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_counts_for_its_day() {
        let accessed = Accessed::default();
        let (secret, version) = (DocId([1; 16]), Uid([2; 16]));
        assert_eq!(accessed.secret(secret), None);
        accessed.add(secret, version, Timestamp::from_unix(DAY + 1));
        accessed.add(secret, Uid([3; 16]), Timestamp::from_unix(3 * DAY - 1));
        assert_eq!(accessed.version(secret, version), Some(Timestamp::from_unix(DAY)));
        assert_eq!(accessed.secret(secret), Some(Timestamp::from_unix(2 * DAY)));
        assert_eq!(accessed.version(secret, Uid([4; 16])), None);
    }
}
