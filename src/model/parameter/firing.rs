//! When policies fire (parameter-store §12). Only those of the newest version do, each once for that version.

use super::fired::FiredPolicy;
use super::parameter::{Parameter, Version};
use super::policy::{Policy, Rule};
use crate::model::period::Period;
use crate::model::time::{DAY, Timestamp};
use crate::model::written::{UnknownWord, words};

words! {
    /// What AWS calls `PolicyStatus`.
    pub(crate) enum PolicyStatus, UnknownWord {
        /// It has not fired for this version.
        Pending = "Pending",
        /// It has.
        Finished = "Finished",
    }
}

impl Parameter {
    /// Whether a policy of a version has fired, as the document records it.
    pub(crate) fn policy_status(&self, version: &Version, policy: &Policy) -> PolicyStatus {
        let has_fired = self.fired.contains_key(&FiredPolicy::of(policy, version.uid));
        if has_fired { PolicyStatus::Finished } else { PolicyStatus::Pending }
    }

    /// When a policy of the newest version fires.
    pub(crate) fn fires(&self, policy: &Policy) -> Option<Timestamp> {
        match policy.rule() {
            Rule::Expiration(at) => Some(at),
            Rule::ExpirationNotification(before) => Some(before.before(self.expires()?)),
            Rule::NoChangeNotification(after) => Some(after.after(self.latest()?.created)),
        }
    }

    /// The policies that are to be fired at `now`. A value that has expired is no longer reported as unchanged.
    pub(crate) fn unfired(&self, now: Timestamp) -> Vec<&Policy> {
        let policies = self.latest().map_or(&[][..], |latest| &latest.settings.policies);
        let is_hidden = self.expired(now).is_some();
        let is_told = |policy: &Policy| !(is_hidden && matches!(policy.rule(), Rule::NoChangeNotification(_)));
        let is_due = |policy: &Policy| self.fires(policy).is_some_and(|at| at <= now);
        policies.iter().filter(|it| is_told(it) && is_due(it) && self.fired_at(it, now).is_none()).collect()
    }

    /// Records that the policies that are due have fired, and returns them.
    pub(crate) fn fire(&mut self, now: Timestamp) -> Vec<Policy> {
        let policies: Vec<_> = self.unfired(now).into_iter().cloned().collect();
        let version = self.latest().map(|latest| latest.uid);
        let fired = version.into_iter().flat_map(|uid| policies.iter().map(move |it| (FiredPolicy::of(it, uid), now)));
        self.fired.extend(fired);
        policies
    }

    /// When an expired parameter may be deleted: a period after its expiration, and after it was first recorded to have
    /// expired, whichever is later. A clock that runs ahead hides a parameter too early, and deletes nothing. `None`
    /// before that is recorded.
    pub(crate) fn purgeable(&self, grace: Period, now: Timestamp) -> Option<Timestamp> {
        let at = self.expired(now)?;
        let recorded = self.fired_at(&Policy::new(Rule::Expiration(at)), now)?;
        Some(grace.after(recorded.max(at)))
    }

    /// When a policy fired for the newest version. A record from more than a day ahead was made by a wrong clock and does
    /// not count, so that the policy fires when its time has come.
    fn fired_at(&self, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
        let at = *self.fired.get(&FiredPolicy::of(policy, self.latest()?.uid))?;
        (at.unix() <= now.unix() + DAY).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::id::Uid;
    use crate::model::parameter::{FiredPolicies, united_fired};

    /// When the sample's newest version was written.
    fn written() -> i64 {
        sample::parameter(1).versions[0].created.unix()
    }

    fn days(number: i64) -> Timestamp {
        Timestamp::from_unix(written() + number * DAY)
    }

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    /// A parameter that expires after 30 days, with a notification 10 days before, and another after 5 days.
    fn parameter() -> Parameter {
        let mut parameter = sample::parameter(1);
        parameter.versions[0].settings.policies = vec![
            Policy::new(Rule::Expiration(days(30))),
            Policy::notify_before(period("10d")),
            Policy::notify_unchanged(period("5d")),
        ];
        parameter
    }

    fn fire(parameter: &mut Parameter, now: Timestamp) -> Vec<&'static str> {
        parameter.fire(now).iter().map(Policy::type_name).collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn each_policy_fires_once_when_its_time_has_come() {
        let mut parameter = parameter();
        let second_before = |at: Timestamp| Timestamp::from_unix(at.unix() - 1);
        for (day, fired) in [(5, "NoChangeNotification"), (20, "ExpirationNotification"), (30, "Expiration")] {
            assert_eq!(fire(&mut parameter, second_before(days(day))), NONE, "{fired}");
            assert_eq!(fire(&mut parameter, days(day)), [fired]);
            assert_eq!(fire(&mut parameter, days(day)), NONE, "{fired}");
        }
        assert_eq!(parameter.fired.into_values().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn what_was_late_fires_at_once_but_an_expired_value_is_not_called_unchanged() {
        assert_eq!(fire(&mut parameter(), days(25)), ["ExpirationNotification", "NoChangeNotification"]);
        assert_eq!(fire(&mut parameter(), days(90)), ["Expiration", "ExpirationNotification"]);
    }

    #[test]
    fn a_new_version_starts_again_and_keeps_its_expiration() {
        let mut parameter = parameter();
        fire(&mut parameter, days(20));
        let mut next = parameter.versions[0].clone();
        (next.number, next.uid, next.created) = (2, Uid([9; 16]), days(21));
        parameter.versions.push(next);
        assert_eq!(fire(&mut parameter, days(21)), ["ExpirationNotification"], "the expiration did not move");
        assert_eq!(fire(&mut parameter, days(26)), ["NoChangeNotification"]);
        let (old, new) = (&parameter.versions[0], &parameter.versions[1]);
        for (version, policy, expected) in
            [(old, 1, PolicyStatus::Finished), (new, 1, PolicyStatus::Finished), (new, 0, PolicyStatus::Pending)]
        {
            assert_eq!(parameter.policy_status(version, &version.settings.policies[policy]), expected);
        }
        parameter.versions.remove(0);
        parameter.forget_gone();
        assert_eq!(parameter.fired.len(), 2, "what fired for a version that is gone is dropped");
        parameter.versions[0].settings.policies.clear();
        assert_eq!(fire(&mut parameter, days(99)), NONE, "a version without policies");
        parameter.delete();
        assert!(fire(&mut parameter, days(99)).is_empty() && parameter.fired.is_empty(), "a tombstone");
    }

    #[test]
    fn a_purge_waits_for_the_later_of_expiration_and_record() {
        let (week, mut parameter) = (period("7d"), parameter());
        assert_eq!(parameter.purgeable(week, days(99)), None, "nobody has recorded it");
        fire(&mut parameter, days(40));
        assert_eq!(parameter.purgeable(week, days(40)), Some(days(47)));
        assert_eq!(parameter.purgeable(period("1d"), days(40)), Some(days(41)));
        assert_eq!(parameter.purgeable(week, days(29)), None, "it has not expired on this clock");
        for at in parameter.fired.values_mut() {
            *at = days(10);
        }
        assert_eq!(parameter.purgeable(week, days(40)), Some(days(37)), "recorded before it expired");
    }

    #[test]
    fn a_clock_that_ran_ahead_neither_deletes_nor_uses_up_a_policy() {
        let (week, mut parameter) = (period("7d"), parameter());
        fire(&mut parameter, days(400));
        assert_eq!(parameter.purgeable(week, days(400)), Some(days(407)), "not on that clock either");
        assert_eq!(fire(&mut parameter, days(4)), NONE, "the clock is right again");
        assert_eq!(fire(&mut parameter, days(20)), ["ExpirationNotification", "NoChangeNotification"]);
        assert_eq!(parameter.purgeable(week, days(30)), None);
        assert_eq!(fire(&mut parameter, days(30)), ["Expiration"]);
        assert_eq!(parameter.purgeable(week, days(30)), Some(days(37)));
        assert_eq!(fire(&mut parameter, days(29)), NONE, "a clock that is a day behind fires nothing again");
    }

    #[test]
    fn two_machines_that_fire_make_one_record() {
        let (mut ours, mut theirs) = (parameter(), parameter());
        fire(&mut ours, days(6));
        fire(&mut theirs, days(22));
        let merged = united_fired(&ours.fired, &theirs.fired);
        assert_eq!(merged, united_fired(&theirs.fired, &ours.fired));
        let of = |fired: &FiredPolicies, number: usize| {
            let version = &ours.versions[0];
            fired.get(&FiredPolicy::of(&version.settings.policies[number], version.uid)).copied()
        };
        assert_eq!((of(&merged, 0), of(&merged, 1), of(&merged, 2)), (None, Some(days(22)), Some(days(6))));
        let mut both = Parameter { fired: merged, ..ours.clone() };
        assert_eq!(fire(&mut both, days(23)), NONE);
    }
}
