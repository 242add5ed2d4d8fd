//! How staging labels move (secrets-manager §4).

use std::collections::BTreeSet;

use super::error::SecretError;
use super::secret::{Secret, SecretVersion};
use super::stage::{STAGES_LIMIT, Stage};
use super::version_id::VersionId;
use crate::model::id::Uid;
use crate::model::time::Timestamp;

/// A stage to be moved, added or removed (`UpdateSecretVersionStage`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StageMove {
    /// The stage.
    pub stage: Stage,
    /// The version that has it now; required if there is one.
    pub from: Option<VersionId>,
    /// The version that should have it; `None` removes it.
    pub to: Option<VersionId>,
}

impl Secret {
    /// Puts a version that has a value: a new one, or the value of one that had none. It becomes AWSCURRENT without
    /// `asked`, or if there was no current version. A put that makes another value current aborts an unfinished
    /// rotation.
    pub(crate) fn put(
        &mut self,
        version: SecretVersion,
        asked: Option<&BTreeSet<Stage>>,
        now: Timestamp,
    ) -> Result<(), SecretError> {
        let (uid, current) = (version.uid, Stage::current());
        let mut stages = asked.cloned().unwrap_or_default();
        if asked.is_none() || self.staged(&current).is_none() {
            stages.insert(current.clone());
        }
        match self.versions.iter_mut().find(|present| present.uid == uid) {
            Some(present) => present.content = version.content,
            None => self.versions.push(version),
        }
        if stages.contains(&current) {
            self.attach(current, uid);
            self.changed_by_hand(now);
        }
        for stage in stages {
            self.attach(stage, uid);
        }
        self.normalize(now)
    }

    /// Moves one stage, with the rules of `UpdateSecretVersionStage`.
    pub(crate) fn move_stage(&mut self, order: &StageMove, now: Timestamp) -> Result<(), SecretError> {
        let StageMove { stage, from, to } = order;
        for id in [from, to].into_iter().flatten() {
            self.version(id).ok_or_else(|| SecretError::VersionNotFound(id.clone()))?;
        }
        let holder = self.staged(stage).map(SecretVersion::id);
        if to.is_some() && *to == holder {
            return Ok(());
        }
        match &holder {
            Some(version) if from.as_ref() != Some(version) => {
                return Err(SecretError::RemoveFromRequired { stage: stage.clone(), version: version.clone() });
            }
            None if from.is_some() => return Err(SecretError::StageNotFound(stage.clone())),
            _ => {}
        }
        match to {
            None if *stage == Stage::current() => return Err(SecretError::CurrentNotRemovable),
            None => self.detach(stage),
            Some(to) => {
                let target = self.version(to).ok_or_else(|| SecretError::VersionNotFound(to.clone()))?;
                if *stage == Stage::current() && target.content.is_none() {
                    return Err(SecretError::Valueless(to.clone()));
                }
                let uid = target.uid;
                self.attach(stage.clone(), uid);
            }
        }
        self.normalize(now)
    }

    /// Puts a stage on a version, away from any other. When AWSCURRENT moves, the previous version becomes AWSPREVIOUS and
    /// is not pending any more, and the new one is no longer an aborted value.
    pub(super) fn attach(&mut self, stage: Stage, uid: Uid) {
        let holder = self.staged(&stage).map(|version| version.uid);
        if holder == Some(uid) {
            return;
        }
        if stage == Stage::current() {
            if let Some(former) = holder {
                self.attach(Stage::previous(), former);
                if self.staged(&Stage::pending()).is_some_and(|pending| pending.uid == former) {
                    self.detach(&Stage::pending());
                }
            }
            self.forget_aborted(|version| version.uid == uid);
        }
        self.detach(&stage);
        if let Some(version) = self.versions.iter_mut().find(|version| version.uid == uid) {
            version.stages.insert(stage);
        }
    }

    /// Removes a stage. A pending value may be in use already: if it would have no stage left, it becomes ABORTED.
    pub(super) fn detach(&mut self, stage: &Stage) {
        let Some(version) = self.versions.iter_mut().find(|version| version.stages.contains(stage)) else { return };
        version.stages.remove(stage);
        if *stage == Stage::pending() && version.stages.is_empty() && version.content.is_some() {
            let uid = version.uid;
            self.keep_aborted(uid);
        }
    }

    /// Restores the invariants after every move: not too many stages, no rotation without its pending version, no
    /// obsolete versions.
    pub(super) fn normalize(&mut self, now: Timestamp) -> Result<(), SecretError> {
        let count = self.versions.iter().map(|version| version.stages.len()).sum();
        if count > STAGES_LIMIT {
            return Err(SecretError::TooManyStages(count));
        }
        self.forget_run_without_pending();
        self.purge_versions(now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;

    fn stage(secret: &mut Secret, label: &str, from: Option<u8>, to: Option<u8>) -> Result<(), SecretError> {
        let order = StageMove { stage: label.parse().unwrap(), from: from.map(id), to: to.map(id) };
        secret.move_stage(&order, at())
    }

    const C: &str = "AWSCURRENT";
    const P: &str = "AWSPENDING";
    const V: &str = "AWSPREVIOUS";

    #[test]
    fn the_recorded_sequence_of_a_rotation_by_hand() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, Some(&[P]));
        assert_eq!(shown(&secret), [(1, vec![C]), (2, vec![P])]);
        stage(&mut secret, C, Some(1), Some(2)).unwrap();
        assert_eq!(shown(&secret), [(1, vec![V]), (2, vec![C, P])]);
        let mut back = secret.clone();
        stage(&mut back, C, Some(2), Some(1)).unwrap();
        assert_eq!(shown(&back), [(1, vec![C]), (2, vec![V])], "what was current is not pending");
        let mut other = secret.clone();
        put(&mut secret, 3, Some(&[P]));
        assert_eq!(shown(&secret), [(1, vec![V]), (2, vec![C]), (3, vec![P])]);
        stage(&mut secret, C, Some(2), Some(3)).unwrap();
        assert_eq!(shown(&secret), [(1, vec![]), (2, vec![V]), (3, vec![C, P])]);
        put(&mut other, 3, None);
        assert_eq!(
            shown(&other),
            [(1, vec![]), (2, vec![V]), (3, vec![C])],
            "AWSPENDING vanishes from what was current"
        );
    }

    #[test]
    fn the_recorded_sequence_with_custom_stages() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, Some(&[C, "PUT0"]));
        put(&mut secret, 3, Some(&[P, "PUT1"]));
        stage(&mut secret, C, Some(2), Some(3)).unwrap();
        assert_eq!(shown(&secret), [(1, vec![]), (2, vec![V, "PUT0"]), (3, vec![C, P, "PUT1"])]);
        put(&mut secret, 4, Some(&[P, "PUT2"]));
        stage(&mut secret, C, Some(3), Some(4)).unwrap();
        let expected = [(1, vec![]), (2, vec!["PUT0"]), (3, vec![V, "PUT1"]), (4, vec![C, P, "PUT2"])];
        assert_eq!(shown(&secret), expected);
    }

    #[test]
    fn given_stages_move_and_leave_the_current_version_alone() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, Some(&["S0", "S1"]));
        put(&mut secret, 3, Some(&["S0", "S1"]));
        assert_eq!(shown(&secret), [(1, vec![C]), (2, vec![]), (3, vec!["S0", "S1"])]);
    }

    #[test]
    fn a_first_value_is_current_whatever_was_asked() {
        let mut secret = secret();
        put(&mut secret, 1, Some(&["MINE"]));
        assert_eq!(shown(&secret), [(1, vec![C, "MINE"])]);
    }

    #[test]
    fn a_pending_value_is_never_dropped() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, Some(&[P]));
        put(&mut secret, 3, None);
        assert_eq!(shown(&secret), [(1, vec![V]), (2, vec![P]), (3, vec![C])], "no rotation is there to be aborted");
        put(&mut secret, 4, Some(&[P]));
        assert_eq!(shown(&secret)[1..], [(2, vec!["ABORTED"]), (3, vec![C]), (4, vec![P])]);
        stage(&mut secret, P, Some(4), Some(3)).unwrap();
        assert_eq!(shown(&secret)[1..], [(2, vec!["ABORTED-2"]), (3, vec![C, P]), (4, vec!["ABORTED"])]);
        put(&mut secret, 5, Some(&[P, "X"]));
        stage(&mut secret, P, Some(5), None).unwrap();
        assert_eq!(shown(&secret)[2..], [(3, vec![C]), (4, vec!["ABORTED"]), (5, vec!["X"])], "X keeps it");
        stage(&mut secret, C, Some(3), Some(4)).unwrap();
        assert_eq!(shown(&secret)[1..4], [(2, vec!["ABORTED-2"]), (3, vec![V]), (4, vec![C])], "it is in use");
    }

    #[test]
    fn default_puts_go_through_current_and_previous() {
        let mut secret = secret();
        for number in 1..=3 {
            put(&mut secret, number, None);
        }
        assert_eq!(shown(&secret), [(1, vec![]), (2, vec![V]), (3, vec![C])]);
    }

    #[test]
    fn a_stage_is_moved_only_by_who_knows_where_it_is() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, Some(&["X"]));
        let wrong = |found: Result<(), SecretError>| matches!(found, Err(SecretError::RemoveFromRequired { .. }));
        assert!(wrong(stage(&mut secret, "X", None, Some(1))));
        assert!(wrong(stage(&mut secret, "X", Some(1), None)));
        assert_eq!(stage(&mut secret, "X", None, Some(2)), Ok(()), "it is there already");
        assert_eq!(stage(&mut secret, C, Some(1), None), Err(SecretError::CurrentNotRemovable));
        assert!(matches!(stage(&mut secret, "Y", Some(1), None), Err(SecretError::StageNotFound(_))));
        assert!(matches!(stage(&mut secret, "Y", None, Some(9)), Err(SecretError::VersionNotFound(_))));
        stage(&mut secret, "Y", None, Some(1)).unwrap();
        stage(&mut secret, "X", Some(2), None).unwrap();
        assert_eq!(shown(&secret), [(1, vec![C, "Y"]), (2, vec![])]);
        assert_eq!(secret.staged(&Stage::previous()), None, "custom stages do not touch AWSPREVIOUS");
    }

    #[test]
    fn a_secret_has_at_most_twenty_stages() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        for number in 0..19 {
            stage(&mut secret, &format!("S{number}"), None, Some(1)).unwrap();
        }
        assert_eq!(stage(&mut secret, "ONE-MORE", None, Some(1)), Err(SecretError::TooManyStages(21)));
    }

    #[test]
    fn old_versions_without_a_stage_go_beyond_a_hundred_but_not_within_a_day() {
        let mut secret = secret();
        for number in 1..=120 {
            put(&mut secret, number, None);
        }
        assert_eq!(secret.versions.len(), 120, "all are younger than a day");
        let later = Timestamp::from_unix(at().unix() + 86_400);
        secret.put(version(121), None, later).unwrap();
        assert_eq!(secret.versions.len(), 100);
        assert_eq!(secret.versions[0].id(), id(22), "the oldest went");
        for number in 122..=171 {
            secret.put(SecretVersion { created: later, ..version(number) }, None, later).ok();
        }
        assert!(secret.versions.len() <= 150);
    }

    proptest::proptest! {
        /// Whatever is done, one version is current once there was one, each stage is on one version, and a version that
        /// was current is AWSPREVIOUS right after AWSCURRENT has moved.
        #[test]
        fn one_version_is_current(moves in proptest::collection::vec((0u8..6, 0u8..4, 0u8..7, 0u8..7), 1..40)) {
            let mut secret = secret();
            put(&mut secret, 1, None);
            for (number, (kind, label, from, to)) in (2u8..).zip(moves) {
                let label = [C, P, V, "X"][usize::from(label)];
                let before = secret.clone();
                let was = secret.staged(&Stage::current()).unwrap().uid;
                match kind {
                    0 => put(&mut secret, number, None),
                    1 => put(&mut secret, number, Some(&[label])),
                    _ => {
                        let (from, to) = ((from > 0).then_some(from), (to > 0).then_some(to));
                        if stage(&mut secret, label, from, to).is_err() {
                            secret = before.clone();
                        }
                    }
                }
                if let Some(pending) = before.staged(&Stage::pending()) {
                    let kept = secret.versions.iter().find(|version| version.uid == pending.uid);
                    proptest::prop_assert!(kept.is_some_and(|kept| !kept.stages.is_empty()), "a pending value keeps a stage");
                }
                let now = secret.staged(&Stage::current()).unwrap().uid;
                proptest::prop_assert!(was == now || secret.staged(&Stage::previous()).map(|v| v.uid) == Some(was));
                for stage in secret.versions.iter().flat_map(|version| &version.stages) {
                    let holders = secret.versions.iter().filter(|version| version.stages.contains(stage)).count();
                    proptest::prop_assert_eq!(holders, 1);
                }
            }
        }
    }
}
