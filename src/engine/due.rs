//! What in a vault is due, or will be within a week. Values stay closed.

use super::error::Result;
use super::refused::Checked;
use super::vault::Vault;
use crate::format::probe;
use crate::model::parameter::{Parameter, Rule};
use crate::model::period::Period;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// Something that is due at an instant, which may be past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// What.
    pub what: DueKind,
    /// Of a parameter or of a secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DueKind {
    /// A parameter expires.
    Expiration,
    /// A parameter that has expired can be deleted.
    Purge,
    /// A parameter should have been changed.
    Change,
    /// The window for a rotation opens.
    Rotation,
    /// The window for a rotation has closed, and it was not rotated.
    LateRotation,
    /// A secret that is marked for deletion is deleted.
    Deletion,
}

impl Vault<'_> {
    /// What is due at `now`, or will be within a week, the earliest first.
    pub(crate) fn due(&self, now: Timestamp) -> Result<Checked<Due>> {
        let grace = self.trust().settings.grace();
        let parameters = self.sift_where(probe::may_expire, |_: &Parameter| true)?;
        let secrets = self.secrets()?;
        Ok(Checked {
            found: due(&parameters.found, &secrets.found, grace, now),
            refused: parameters.refused.into_iter().chain(secrets.refused).collect(),
        })
    }
}

/// What is due of documents at `now`, or will be within a week, the earliest first. `grace` is how long an expired
/// parameter is kept.
pub(crate) fn due(parameters: &[Parameter], secrets: &[Secret], grace: Period, now: Timestamp) -> Vec<Due> {
    let due = |kind, name: &str, (what, at)| Due { what, kind, name: name.to_owned(), at };
    let of_parameters = parameters.iter().flat_map(|it| {
        of_parameter(it, grace, now).into_iter().map(move |it_is| due(Kind::Parameter, it.name.as_str(), it_is))
    });
    let of_secrets = secrets.iter().filter_map(|it| Some(due(Kind::Secret, it.name.as_str(), of_secret(it, now)?)));
    let mut due: Vec<_> = of_parameters.chain(of_secrets).collect();
    due.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    due
}

fn of_parameter(parameter: &Parameter, grace: Period, now: Timestamp) -> Vec<(DueKind, Timestamp)> {
    if let Some(at) = parameter.expired(now) {
        // What nobody has recorded yet is recorded now at the earliest.
        let purge = parameter.purgeable(grace, now).unwrap_or_else(|| grace.after(at.max(now)));
        return vec![(DueKind::Purge, purge)];
    }
    let policies = parameter.latest().map_or(&[][..], |latest| &latest.settings.policies);
    let has_come = |notification: bool| {
        let of_this_kind = policies.iter().filter(move |it| match it.rule() {
            Rule::Expiration(_) => false,
            Rule::ExpirationNotification(_) => notification,
            Rule::NoChangeNotification(_) => !notification,
        });
        of_this_kind.filter_map(|policy| parameter.fires(policy)).filter(|at| *at <= now).min()
    };
    let expiration = parameter.expires().filter(|at| *at <= soon(now) || has_come(true).is_some());
    let change = has_come(false);
    [(DueKind::Expiration, expiration), (DueKind::Change, change)]
        .into_iter()
        .filter_map(|(what, at)| Some((what, at?)))
        .collect()
}

fn of_secret(secret: &Secret, now: Timestamp) -> Option<(DueKind, Timestamp)> {
    if let Some(at) = secret.delete_after {
        return (at <= soon(now)).then_some((DueKind::Deletion, at));
    }
    let rotation = secret.live_rotation().filter(|rotation| rotation.enabled && rotation.run.is_none())?;
    let (opens, _) = rotation.rules()?.next_window(rotation.since, rotation.since)?;
    match rotation.next() {
        Some(last) if last < now => Some((DueKind::LateRotation, last)),
        _ if opens <= soon(now) => Some((DueKind::Rotation, opens)),
        _ => None,
    }
}

fn soon(now: Timestamp) -> Timestamp {
    Period::WEEK.after(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parameter::{Policy, sample};
    use crate::model::schedule::Rules;
    use crate::model::secret::sample as secrets;
    use crate::model::secret::{Rotation, StatedPlan};
    use crate::model::time::DAY;

    fn days(number: i64) -> Timestamp {
        Timestamp::from_unix(sample::parameter(1).versions[0].created.unix() + number * DAY)
    }

    /// A parameter that expires after 30 days, with a notification 10 days before, and another after 5 days.
    fn parameter() -> Parameter {
        let mut parameter = sample::parameter(1);
        let period = |text: &str| text.parse().unwrap();
        parameter.versions[0].settings.policies = vec![
            Policy::new(Rule::Expiration(days(30))),
            Policy::notify_before(period("10d")),
            Policy::notify_unchanged(period("5d")),
        ];
        parameter
    }

    fn of(parameter: &Parameter, now: Timestamp) -> Vec<(DueKind, Timestamp)> {
        due(std::slice::from_ref(parameter), &[], Period::WEEK, now).into_iter().map(|due| (due.what, due.at)).collect()
    }

    #[test]
    fn a_parameter_is_due_when_its_policies_say_so_or_a_week_before_it_expires() {
        let mut parameter = parameter();
        let change = (DueKind::Change, days(5));
        assert_eq!(of(&parameter, days(4)), []);
        assert_eq!(of(&parameter, days(19)), [change]);
        assert_eq!(of(&parameter, days(20)), [change, (DueKind::Expiration, days(30))]);
        assert_eq!(of(&parameter, days(30)), [(DueKind::Purge, days(37))]);
        assert_eq!(of(&parameter, days(40)), [(DueKind::Purge, days(47))], "nobody has recorded it yet");
        parameter.fire(days(40));
        assert_eq!(of(&parameter, days(50)), [(DueKind::Purge, days(47))]);
        parameter.versions[0].settings.policies.truncate(1);
        assert_eq!(of(&parameter, days(22)), []);
        assert_eq!(of(&parameter, days(23)), [(DueKind::Expiration, days(30))]);
        parameter.delete();
        assert_eq!(of(&parameter, days(40)), []);
    }

    #[test]
    fn a_secret_is_due_a_week_before_its_window_and_late_after_it() {
        let rotation = |enabled| Rotation {
            plan: StatedPlan::Signed(Box::new(secrets::signed_plan(1, Rules::new("30d".parse().unwrap(), None).ok()))),
            enabled,
            since: days(0),
            last_rotated: None,
            run: None,
        };
        let mut secret = secrets::secret();
        let of = |secret: &Secret, now| {
            let due = due(&[], std::slice::from_ref(secret), Period::WEEK, now);
            due.into_iter().map(|due| due.what).collect::<Vec<_>>()
        };
        assert_eq!(of(&secret, days(99)), []);
        secret.rotation = Some(rotation(true));
        assert_eq!(of(&secret, days(22)), []);
        assert_eq!(of(&secret, days(24)), [DueKind::Rotation]);
        assert_eq!(of(&secret, days(32)), [DueKind::LateRotation]);
        secret.rotation = Some(rotation(false));
        assert_eq!(of(&secret, days(32)), []);
        secret.rotation = Some(rotation(true));
        secret.delete_after = Some(days(40));
        assert_eq!(of(&secret, days(32)), [], "it is not rotated any more");
        assert_eq!(of(&secret, days(33)), [DueKind::Deletion]);
        assert_eq!(of(&secret, days(50)), [DueKind::Deletion]);
    }

    #[test]
    fn the_earliest_comes_first() {
        let mut secret = secrets::secret();
        secret.delete_after = Some(days(21));
        let due = due(&[parameter()], &[secret], Period::WEEK, days(20));
        assert_eq!(
            due.iter().map(|due| (due.what, due.kind)).collect::<Vec<_>>(),
            [
                (DueKind::Change, Kind::Parameter),
                (DueKind::Deletion, Kind::Secret),
                (DueKind::Expiration, Kind::Parameter)
            ]
        );
    }
}
