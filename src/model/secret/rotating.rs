//! Rotation: create, set, test, finish, as a state machine that can be resumed after any crash (secrets-manager §8).
//!
//! ```text
//!            begin                     keep_pending                      finish
//!  idle ───────────────► create ───────────────────────► set, test ───────────────► idle
//!        AWSPENDING on an empty      the new value is in         AWSCURRENT moves to it, AWSPREVIOUS to what
//!        version, attempt 1          the document                was current, AWSPENDING goes
//! ```
//!
//! Each arrow is one write of the document. A failed step is recorded and the run stays; `begin` then continues with
//! the next attempt: at `create` while the pending version has no value, at `set` once it has one. A pending value is
//! never replaced and never dropped: it may be the only copy of a password that the service already uses. `set` and
//! `test` are therefore called again after a crash and must support that, like AWS hooks.
//!
//! Two runners are distinguished by the number of the attempt: the one that begins increases it, and a write for an
//! older attempt is refused.

use super::error::SecretError;
use super::plan::{SignedPlan, StatedPlan};
use super::rotation::{Begun, Rotation, Run};
use super::secret::{Secret, SecretVersion};
use super::stage::Stage;
use super::version_id::VersionId;
use crate::model::hook::Step;
use crate::model::id::Uid;
use crate::model::name::MemberName;
use crate::model::schedule::Schedule;
use crate::model::sealed::Sealed;
use crate::model::time::Timestamp;

impl Secret {
    /// How it is rotated, unless it is marked for deletion.
    pub(crate) fn live_rotation(&self) -> Option<&Rotation> {
        self.rotation.as_ref().filter(|_| self.require_live().is_ok())
    }

    /// Whether a rotation is unfinished.
    pub(crate) fn is_rotating(&self) -> bool {
        self.rotating().is_ok()
    }

    /// The version that the unfinished rotation prepares.
    pub(crate) fn rotating(&self) -> Result<&SecretVersion, SecretError> {
        let pending = self.staged(&Stage::pending());
        pending.filter(|pending| !pending.stages.contains(&Stage::current())).ok_or(SecretError::NoRotation)
    }

    /// Stores a new plan; an unfinished rotation continues with it.
    pub(crate) fn configure_rotation(&mut self, plan: SignedPlan, now: Timestamp) -> Result<(), SecretError> {
        self.require_live()?;
        let before = self.rotation.take();
        let rules = plan.plan().terms.rules.as_ref();
        let same_rules = before.as_ref().is_some_and(|before| before.enabled && before.rules() == rules);
        let since = before.as_ref().filter(|_| same_rules).map_or(now, |before| before.since);
        let last_rotated = before.as_ref().and_then(|before| before.last_rotated);
        let run = before.and_then(|before| before.run);
        let plan = StatedPlan::Signed(Box::new(plan));
        self.rotation = Some(Rotation { plan, enabled: true, since, last_rotated, run });
        Ok(())
    }

    /// Begins a rotation under `token`, or resumes the unfinished one, whose token and value stay.
    pub(crate) fn begin_rotation(
        &mut self,
        token: &VersionId,
        spare: Uid,
        by: MemberName,
        now: Timestamp,
    ) -> Result<Begun, SecretError> {
        self.require_live()?;
        let rotation = self.rotation.as_ref().ok_or(SecretError::NoHook)?;
        if !rotation.enabled {
            return Err(SecretError::RotationCancelled);
        }
        self.staged(&Stage::current()).ok_or(SecretError::NothingToRotate)?;
        let (token, first) = match self.rotating() {
            Ok(pending) => (pending.id(), if pending.content.is_some() { Step::Set } else { Step::Create }),
            Err(_) if self.version(token).is_some() => return Err(SecretError::TokenInUse(token.clone())),
            Err(_) => {
                self.add_pending(SecretVersion::empty(token, spare, by, now));
                (token.clone(), Step::Create)
            }
        };
        let rotation = self.rotation.as_mut().ok_or(SecretError::NoHook)?;
        let earlier = rotation.run.as_ref().filter(|run| run.token == token);
        let attempt = earlier.map_or(1, |run| run.attempt + 1);
        rotation.run = Some(Run { token: token.clone(), attempt, step: first, tried: now, error: String::new() });
        self.normalize(now)?;
        Ok(Begun { token, attempt, first })
    }

    /// Stores the value from `create`. An existing value stays; the new one was never used.
    pub(crate) fn keep_pending(&mut self, begun: &Begun, content: Sealed, now: Timestamp) -> Result<(), SecretError> {
        let run = self.run_of(begun)?;
        (run.step, run.tried) = (Step::Set, now);
        let pending = self.versions.iter_mut().find(|version| version.id() == begun.token);
        let pending = pending.ok_or(SecretError::RotationMoved)?;
        pending.content.get_or_insert(content);
        Ok(())
    }

    /// Records a failure. Nothing else changes, so that the next attempt finds everything.
    pub(crate) fn fail_rotation(
        &mut self,
        begun: &Begun,
        step: Step,
        error: &str,
        now: Timestamp,
    ) -> Result<(), SecretError> {
        let run = self.run_of(begun)?;
        (run.step, run.tried) = (step, now);
        error.clone_into(&mut run.error);
        Ok(())
    }

    /// Replaces a pending value that the service's rules refuse by an empty version, for which the next attempt creates another one.
    /// An earlier attempt may have set the value all the same: then it stays readable as ABORTED.
    pub(crate) fn refuse_pending(
        &mut self,
        begun: &Begun,
        token: &VersionId,
        spare: Uid,
        now: Timestamp,
    ) -> Result<Begun, SecretError> {
        self.run_of(begun)?;
        let by = self.version(&begun.token).ok_or(SecretError::RotationMoved)?.by.clone();
        if begun.first == Step::Create {
            // Not by detaching, which keeps a value as ABORTED.
            for version in &mut self.versions {
                version.stages.remove(&Stage::pending());
            }
        } else {
            self.abort_pending();
        }
        self.add_pending(SecretVersion::empty(token, spare, by, now));
        let run = self.run_of(begun)?;
        run.token = token.clone();
        self.normalize(now)?;
        Ok(Begun { token: token.clone(), ..begun.clone() })
    }

    /// Moves AWSCURRENT to the pending version and ends the rotation, in one write.
    pub(crate) fn finish_rotation(&mut self, begun: &Begun, now: Timestamp) -> Result<(), SecretError> {
        self.run_of(begun)?;
        let pending = self.version(&begun.token).ok_or(SecretError::RotationMoved)?;
        if pending.content.is_none() {
            return Err(SecretError::Valueless(begun.token.clone()));
        }
        let uid = pending.uid;
        self.attach(Stage::current(), uid);
        self.detach(&Stage::pending());
        self.end_rotation(now)
    }

    /// Ends a rotation whose function moves AWSCURRENT itself, and may leave AWSPENDING beside it, as those of AWS do.
    pub(crate) fn finish_function(&mut self, begun: &Begun, now: Timestamp) -> Result<(), SecretError> {
        let current = self.staged(&Stage::current()).filter(|current| current.id() == begun.token);
        let Some(current) = current else { return self.finish_rotation(begun, now) };
        if current.stages.contains(&Stage::pending()) {
            self.detach(&Stage::pending());
        }
        self.end_rotation(now)
    }

    /// The service has the current value, and none of those that were aborted before.
    fn end_rotation(&mut self, now: Timestamp) -> Result<(), SecretError> {
        if let Some(rotation) = &mut self.rotation {
            (rotation.run, rotation.last_rotated, rotation.since) = (None, Some(now), now);
        }
        self.forget_aborted(|_| true);
        self.normalize(now)
    }

    /// Removes a version that was only there to be tested.
    pub(crate) fn end_rehearsal(&mut self, token: &VersionId, now: Timestamp) -> Result<(), SecretError> {
        let is_current = self.staged(&Stage::current()).is_some_and(|current| current.id() == *token);
        if !is_current {
            self.versions.retain(|version| version.id() != *token);
        }
        self.normalize(now)
    }

    /// Aborts an unfinished rotation. A value that it created stays readable as ABORTED.
    pub(crate) fn abort_rotation(&mut self, now: Timestamp) -> Result<Option<VersionId>, SecretError> {
        let pending = self.rotating()?;
        let kept = pending.content.is_some().then(|| pending.id());
        self.abort_pending();
        self.normalize(now)?;
        Ok(kept)
    }

    /// Stops rotation, scheduled or manual, until it is configured again. An unfinished one stays as it is.
    pub(crate) fn cancel_rotation(&mut self) -> Result<Option<VersionId>, SecretError> {
        let rotation = self.rotation.as_mut().ok_or(SecretError::NoHook)?;
        rotation.enabled = false;
        Ok(rotation.run.as_ref().map(|run| run.token.clone()))
    }

    /// A value was made current other than by finishing a rotation: an unfinished one is aborted, and a schedule in
    /// days counts from now. Without a rotation, AWSPENDING was set by a user and stays, unless it was on the current
    /// or the previous version.
    pub(super) fn changed_by_hand(&mut self, now: Timestamp) {
        let pending = self.staged(&Stage::pending()).map(|version| &version.stages);
        if pending.is_some_and(|stages| stages.contains(&Stage::current()) || stages.contains(&Stage::previous())) {
            self.detach(&Stage::pending());
        } else if self.rotation.is_some() {
            self.abort_pending();
        }
        if let Some(rotation) = &mut self.rotation
            && rotation.rules().is_some_and(|rules| matches!(rules.schedule(), Schedule::Every(_)))
        {
            rotation.since = now;
        }
    }

    /// Adds the version that a rotation prepares.
    fn add_pending(&mut self, version: SecretVersion) {
        let uid = version.uid;
        self.versions.push(version);
        self.attach(Stage::pending(), uid);
    }

    /// Removes AWSPENDING. A value becomes ABORTED instead: the service may have it already.
    fn abort_pending(&mut self) {
        let kept = self.staged(&Stage::pending()).filter(|pending| pending.content.is_some());
        if let Some(uid) = kept.map(|pending| pending.uid) {
            self.keep_aborted(uid);
        }
        self.detach(&Stage::pending());
    }

    /// A run ends when its version loses AWSPENDING, for whatever reason.
    pub(in crate::model) fn forget_run_without_pending(&mut self) {
        let pending = self.rotating().map(SecretVersion::id);
        if let Some(rotation) = &mut self.rotation
            && rotation.run.as_ref().is_some_and(|run| Ok(&run.token) != pending.as_ref())
        {
            rotation.run = None;
        }
    }

    /// The run that was begun as `begun`, unless another runner has resumed or ended it.
    fn run_of(&mut self, begun: &Begun) -> Result<&mut Run, SecretError> {
        let run = self.rotation.as_mut().and_then(|rotation| rotation.run.as_mut());
        run.filter(|run| run.token == begun.token && run.attempt == begun.attempt).ok_or(SecretError::RotationMoved)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::*;
    use super::super::staging::StageMove;
    use super::*;

    fn configured() -> Secret {
        let mut secret = secret();
        put(&mut secret, 1, None);
        secret.configure_rotation(signed_plan(1, None), at()).unwrap();
        secret
    }

    fn begin(secret: &mut Secret, number: u8) -> Result<Begun, SecretError> {
        secret.begin_rotation(&id(number), Uid([0; 16]), "ana".parse().unwrap(), at())
    }

    fn run(secret: &Secret) -> Option<&Run> {
        secret.rotation.as_ref().unwrap().run.as_ref()
    }

    #[test]
    fn a_rotation_goes_through_its_four_steps() {
        let mut secret = configured();
        let begun = begin(&mut secret, 2).unwrap();
        assert_eq!(begun, Begun { token: id(2), attempt: 1, first: Step::Create });
        assert_eq!(shown(&secret), [(1, vec!["AWSCURRENT"]), (2, vec!["AWSPENDING"])]);
        assert_eq!(secret.select(Some(&id(2)), None), Err(SecretError::Valueless(id(2))));
        assert_eq!(secret.finish_rotation(&begun, at()), Err(SecretError::Valueless(id(2))));
        secret.keep_pending(&begun, sealed(), at()).unwrap();
        secret.finish_rotation(&begun, at()).unwrap();
        assert_eq!(shown(&secret), [(1, vec!["AWSPREVIOUS"]), (2, vec!["AWSCURRENT"])]);
        assert_eq!((run(&secret), secret.rotation.as_ref().unwrap().last_rotated), (None, Some(at())));
    }

    #[test]
    fn a_function_may_move_the_stages_itself() {
        let mut secret = configured();
        let begun = begin(&mut secret, 2).unwrap();
        put(&mut secret, 2, Some(&["AWSPENDING"]));
        let mut unmoved = secret.clone();
        let order = StageMove { stage: Stage::current(), from: Some(id(1)), to: Some(id(2)) };
        secret.move_stage(&order, at()).unwrap();
        assert_eq!(shown(&secret), [(1, vec!["AWSPREVIOUS"]), (2, vec!["AWSCURRENT", "AWSPENDING"])]);
        secret.finish_function(&begun, at()).unwrap();
        unmoved.finish_function(&begun, at()).unwrap();
        for finished in [secret, unmoved] {
            assert_eq!(shown(&finished), [(1, vec!["AWSPREVIOUS"]), (2, vec!["AWSCURRENT"])]);
            assert_eq!((run(&finished), finished.rotation.as_ref().unwrap().last_rotated), (None, Some(at())));
        }
    }

    #[test]
    fn a_rehearsal_leaves_nothing() {
        let mut secret = configured();
        let before = secret.clone();
        put(&mut secret, 2, Some(&["AWSPENDING"]));
        secret.end_rehearsal(&id(2), at()).unwrap();
        assert_eq!(secret.versions, before.versions);
    }

    #[test]
    fn a_failure_is_kept_and_the_next_attempt_goes_on_with_the_same_token_and_value() {
        let mut secret = configured();
        let first = begin(&mut secret, 2).unwrap();
        secret.fail_rotation(&first, Step::Create, "exit 1: no", at()).unwrap();
        let second = begin(&mut secret, 3).unwrap();
        assert_eq!(second, Begun { token: id(2), attempt: 2, first: Step::Create });
        secret.keep_pending(&second, sealed(), at()).unwrap();
        secret.fail_rotation(&second, Step::Set, "exit 1: refused", at()).unwrap();
        assert_eq!(run(&secret).map(|run| (run.step, run.error.as_str())), Some((Step::Set, "exit 1: refused")));
        let third = begin(&mut secret, 4).unwrap();
        assert_eq!(third, Begun { token: id(2), attempt: 3, first: Step::Set });
        let other = Sealed { text: "xc1:BBBB".into(), ..sealed() };
        secret.keep_pending(&third, other, at()).unwrap();
        let kept = secret.version(&id(2)).unwrap().content.as_ref();
        assert!(kept == Some(&sealed()), "the value that may be in use stays");
    }

    #[test]
    fn a_runner_that_was_overtaken_is_refused() {
        let mut secret = configured();
        let first = begin(&mut secret, 2).unwrap();
        let second = begin(&mut secret, 3).unwrap();
        assert_eq!(secret.keep_pending(&first, sealed(), at()), Err(SecretError::RotationMoved));
        assert_eq!(secret.fail_rotation(&first, Step::Set, "x", at()), Err(SecretError::RotationMoved));
        secret.keep_pending(&second, sealed(), at()).unwrap();
        assert_eq!(secret.finish_rotation(&first, at()), Err(SecretError::RotationMoved));
        secret.finish_rotation(&second, at()).unwrap();
        assert_eq!(secret.finish_rotation(&second, at()), Err(SecretError::RotationMoved));
    }

    #[test]
    fn giving_up_keeps_a_value_that_may_be_in_use() {
        let mut secret = configured();
        assert_eq!(secret.abort_rotation(at()), Err(SecretError::NoRotation));
        let begun = begin(&mut secret, 2).unwrap();
        assert_eq!(secret.clone().abort_rotation(at()), Ok(None));
        secret.keep_pending(&begun, sealed(), at()).unwrap();
        let mut by_put = secret.clone();
        assert_eq!(secret.abort_rotation(at()), Ok(Some(id(2))));
        assert_eq!(shown(&secret), [(1, vec!["AWSCURRENT"]), (2, vec!["ABORTED"])]);
        put(&mut by_put, 3, None);
        assert_eq!(shown(&by_put), [(1, vec!["AWSPREVIOUS"]), (2, vec!["ABORTED"]), (3, vec!["AWSCURRENT"])]);
        assert_eq!((run(&secret), run(&by_put)), (None, None));
    }

    #[test]
    fn a_second_abort_hides_no_value_and_a_success_needs_none_any_more() {
        let mut secret = configured();
        for number in [2, 3] {
            let begun = begin(&mut secret, number).unwrap();
            secret.keep_pending(&begun, sealed(), at()).unwrap();
            assert_eq!(secret.abort_rotation(at()), Ok(Some(id(number))));
        }
        assert_eq!(shown(&secret), [(1, vec!["AWSCURRENT"]), (2, vec!["ABORTED-2"]), (3, vec!["ABORTED"])]);
        let begun = begin(&mut secret, 4).unwrap();
        secret.keep_pending(&begun, sealed(), at()).unwrap();
        put(&mut secret, 5, None);
        assert_eq!(secret.aborted().len(), 3, "nor does a put by hand");
        let begun = begin(&mut secret, 6).unwrap();
        secret.keep_pending(&begun, sealed(), at()).unwrap();
        secret.finish_rotation(&begun, at()).unwrap();
        assert!(secret.aborted().is_empty());
        assert_eq!(secret.versions.len(), 6, "they stay readable by their ids");
    }

    #[test]
    fn a_pending_value_that_no_run_made_is_aborted_like_one_of_a_run() {
        let mut secret = configured();
        put(&mut secret, 2, Some(&["AWSPENDING"]));
        put(&mut secret, 3, None);
        assert_eq!(shown(&secret), [(1, vec!["AWSPREVIOUS"]), (2, vec!["ABORTED"]), (3, vec!["AWSCURRENT"])]);
    }

    #[test]
    fn an_unconfigured_cancelled_or_empty_secret_is_not_rotated() {
        let mut bare = secret();
        put(&mut bare, 1, None);
        assert_eq!(begin(&mut bare, 2), Err(SecretError::NoHook));
        let mut cancelled = configured();
        begin(&mut cancelled, 2).unwrap();
        assert_eq!(cancelled.cancel_rotation(), Ok(Some(id(2))), "the unfinished one stays");
        assert_eq!(begin(&mut cancelled, 3), Err(SecretError::RotationCancelled));
        let mut empty = Secret { versions: Vec::new(), ..configured() };
        assert_eq!(begin(&mut empty, 2), Err(SecretError::NothingToRotate));
    }

    #[test]
    fn a_pending_version_left_on_the_current_one_is_no_unfinished_rotation() {
        let mut secret = configured();
        put(&mut secret, 2, Some(&["AWSCURRENT", "AWSPENDING"]));
        assert_eq!(begin(&mut secret, 3).unwrap().token, id(3));
        assert_eq!(shown(&secret)[1..], [(2, vec!["AWSCURRENT"]), (3, vec!["AWSPENDING"])]);
    }

    #[test]
    fn a_refused_value_is_replaced_at_the_next_attempt_which_still_waits_longer() {
        let mut secret = configured();
        let begun = begin(&mut secret, 2).unwrap();
        secret.keep_pending(&begun, sealed(), at()).unwrap();
        let next = secret.refuse_pending(&begun, &id(3), Uid([3; 16]), at()).unwrap();
        secret.fail_rotation(&next, Step::Set, "refused", at()).unwrap();
        assert_eq!(shown(&secret)[0], (1, vec!["AWSCURRENT"]));
        assert_eq!(secret.rotating().unwrap().id(), id(3));
        assert!(secret.aborted().is_empty(), "nobody uses the first one");
        let again = begin(&mut secret, 4).unwrap();
        assert_eq!(again, Begun { token: id(3), attempt: 2, first: Step::Create });

        secret.keep_pending(&again, sealed(), at()).unwrap();
        let later = begin(&mut secret, 5).unwrap();
        assert_eq!(later.first, Step::Set);
        secret.refuse_pending(&later, &id(6), Uid([6; 16]), at()).unwrap();
        assert_eq!(secret.aborted().iter().map(|version| version.id()).collect::<Vec<_>>(), [id(3)]);
    }

    #[test]
    fn retries_back_off_to_a_day() {
        let wait = |attempt| {
            let run = Run { token: id(1), attempt, step: Step::Set, tried: at(), error: String::new() };
            run.retry_at().unix() - at().unix()
        };
        assert_eq!([1, 2, 3, 9, 100].map(wait), [300, 600, 1200, 76_800, 86_400]);
    }

    /// The world of a database that takes passwords, and a runner that may die anywhere.
    #[derive(Debug, Clone, Copy)]
    enum Event {
        /// Another attempt begins; whoever ran before is dead or overtaken.
        Begin,
        /// `create` returned and its value is kept.
        Keep,
        /// `set` changed the password of the service.
        Set,
        /// `set` ran and changed nothing, and said otherwise.
        Lie,
        /// `test` logged in, or not.
        Finish,
        /// A step failed and that was written down.
        Fail,
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        use Event::{Begin, Fail, Finish, Keep, Lie, Set};
        let one = prop_oneof![Just(Begin), Just(Keep), Just(Set), Just(Lie), Just(Finish), Just(Fail)];
        proptest::collection::vec(one, 0..60)
    }

    proptest! {
        /// Whatever happens in whatever order, with whatever is lost in between: AWSCURRENT logs in, or AWSPENDING holds the
        /// value that does; and one more attempt without a fault finishes.
        #[test]
        fn the_service_is_never_locked_out(events in events(), first in any::<bool>()) {
            let mut secret = configured();
            let mut begun: Option<Begun> = None;
            let mut number = 2;
            // The version whose value the service takes.
            let mut service = id(1);
            if first {
                begun = begin(&mut secret, 2).ok();
            }
            for event in events.into_iter().chain([Event::Begin, Event::Keep, Event::Set, Event::Finish]) {
                let runner = begun.clone();
                match (event, runner) {
                    (Event::Begin, _) => {
                        number += 1;
                        begun = Some(begin(&mut secret, number).unwrap());
                    }
                    (Event::Keep, Some(runner)) => drop(secret.keep_pending(&runner, sealed(), at())),
                    // A runner calls `set` only after its value is in the document.
                    (Event::Set, Some(runner)) if has_value(&secret, &runner.token) => service = runner.token,
                    (Event::Fail, Some(runner)) => drop(secret.fail_rotation(&runner, Step::Set, "exit 1", at())),
                    // A runner finishes only after `test` has logged in.
                    (Event::Finish, Some(runner)) if service == runner.token => {
                        drop(secret.finish_rotation(&runner, at()));
                    }
                    _ => {}
                }
                let holds = |stage: Stage| secret.staged(&stage).is_some_and(|v| v.id() == service && v.content.is_some());
                prop_assert!(holds(Stage::current()) || holds(Stage::pending()));
            }
            prop_assert_eq!(secret.staged(&Stage::current()).map(SecretVersion::id), Some(service));
            prop_assert!(run(&secret).is_none());
        }
    }

    fn has_value(secret: &Secret, token: &VersionId) -> bool {
        secret.version(token).is_some_and(|version| version.content.is_some())
    }
}
