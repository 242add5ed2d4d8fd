//! Values of aborted rotations: the service may have one of them, so each keeps a stage until a rotation succeeds.

use std::collections::BTreeSet;

use super::secret::{Secret, SecretVersion};
use super::stage::Stage;
use crate::model::id::Uid;

impl Secret {
    /// The versions whose rotation was aborted, the newest first.
    pub(crate) fn aborted(&self) -> Vec<&SecretVersion> {
        self.aborted_stages().filter_map(|stage| self.staged(&stage)).collect()
    }

    /// Their stages.
    pub(crate) fn aborted_stages(&self) -> impl Iterator<Item = Stage> {
        let valued = self.versions.iter().filter(|version| version.content.is_some());
        let places: BTreeSet<_> = valued.flat_map(|it| it.stages.iter().filter_map(Stage::aborted_place)).collect();
        places.into_iter().map(Stage::aborted)
    }

    /// Moves ABORTED to a version. The version that had it before gets ABORTED-2, and so on.
    pub(in crate::model) fn keep_aborted(&mut self, uid: Uid) {
        let mut next = Some(uid);
        for place in 1.. {
            let Some(moving) = next else { return };
            let stage = Stage::aborted(place);
            next = self.staged(&stage).map(|version| version.uid).filter(|holder| *holder != uid);
            self.attach(stage, moving);
        }
    }

    /// Removes ABORTED from the versions selected by `done`: their values are no longer needed.
    pub(super) fn forget_aborted(&mut self, done: impl Fn(&SecretVersion) -> bool) {
        for version in self.versions.iter_mut().filter(|version| done(version)) {
            version.stages.retain(|stage| stage.aborted_place().is_none());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn the_newest_is_aborted_and_none_loses_its_stage() {
        let mut secret = secret();
        for number in 1..=4 {
            put(&mut secret, number, None);
        }
        for number in [1, 2, 3, 2] {
            secret.keep_aborted(version(number).uid);
        }
        let expected = [
            (1, vec!["ABORTED-3"]),
            (2, vec!["ABORTED"]),
            (3, vec!["ABORTED-2", "AWSPREVIOUS"]),
            (4, vec!["AWSCURRENT"]),
        ];
        assert_eq!(shown(&secret), expected);
        let ids = secret.aborted().iter().map(|version| version.id()).collect::<Vec<_>>();
        assert_eq!(ids, [2, 3, 1].map(id));
        assert_eq!(secret.aborted_stages().map(|stage| stage.to_string()).last().as_deref(), Some("ABORTED-3"));
        secret.forget_aborted(|version| version.id() == id(2));
        secret.keep_aborted(version(4).uid);
        assert_eq!(secret.aborted().len(), 3, "a free place is taken");
        secret.forget_aborted(|_| true);
        assert!(secret.aborted().is_empty());
    }
}
