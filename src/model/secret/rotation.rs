//! How a secret is rotated, and the state of a rotation. Its transitions are in [`super::rotating`].

use super::plan::StatedPlan;
use super::terms::RotationTerms;
use super::version_id::VersionId;
use crate::model::hook::Step;
use crate::model::schedule::Rules;
use crate::model::time::{DAY, Timestamp};

/// How a secret is rotated, and the state of an unfinished rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// What it does.
    pub plan: StatedPlan,
    /// False after a cancellation; everything else is kept in case it is configured again.
    pub enabled: bool,
    /// What the schedule counts from: the configuration, the last success, or a manual put.
    pub since: Timestamp,
    /// The last success.
    pub last_rotated: Option<Timestamp>,
    /// The unfinished rotation.
    pub run: Option<Run>,
}

/// An unfinished rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The pending version.
    pub token: VersionId,
    /// Counts attempts from 1.
    pub attempt: u64,
    /// The current step of the attempt, or the one that failed.
    pub step: Step,
    /// When the current attempt began, or failed.
    pub tried: Timestamp,
    /// Why the last attempt failed; empty while one runs or after it was killed. Carries no value.
    pub error: String,
}

/// A rotation that was begun or resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// The pending version.
    pub token: VersionId,
    /// The attempt to name in every following write.
    pub attempt: u64,
    /// `create`, or `set` if there is already a pending value.
    pub first: Step,
}

/// The first retry waits five minutes, each further one twice as long, none longer than a day.
const RETRY_SECONDS: i64 = 300;

impl Run {
    /// When a schedule tries again.
    pub(crate) fn retry_at(&self) -> Timestamp {
        let doublings = u32::try_from(self.attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        let wait = (RETRY_SECONDS << doublings).min(DAY);
        Timestamp::from_unix(self.tried.unix() + wait)
    }

    /// Whether the clock that recorded the attempt was ahead of this one: nothing can be waited for then.
    pub(crate) fn is_ahead(&self, now: Timestamp) -> bool {
        self.tried.unix() > now.unix() + RETRY_SECONDS
    }
}

impl Rotation {
    /// What is configured, whether or not the plan holds.
    pub(crate) fn terms(&self) -> Option<&RotationTerms> {
        self.plan.terms()
    }

    /// When it rotates automatically, as the plan states it.
    pub(crate) fn rules(&self) -> Option<&Rules> {
        self.terms()?.rules.as_ref()
    }

    /// Whether something is due: a retry that has waited long enough, a window that has opened, or somebody's
    /// confirmation, without which nothing says when it rotates.
    pub(crate) fn due(&self, now: Timestamp) -> bool {
        if !self.enabled {
            return false;
        }
        match (&self.run, self.rules()) {
            (Some(run), _) => run.retry_at() <= now || run.is_ahead(now),
            (None, Some(rules)) => rules.due(self.since, now),
            (None, None) => self.plan == StatedPlan::Missing,
        }
    }

    /// Drops what a document of the current format cannot state.
    pub(crate) fn drop_unsigned(&mut self) {
        if matches!(self.plan, StatedPlan::Unsigned(_)) {
            self.plan = StatedPlan::Missing;
        }
    }

    /// Whether the schedule counts from an instant more than a day ahead: some clock was wrong. It is trusted, because
    /// rotating everything at once could be wrong as well; somebody has to check.
    pub(crate) fn counts_from_future(&self, now: Timestamp) -> bool {
        self.enabled && self.rules().is_some() && self.since.unix() > now.unix() + DAY
    }

    /// The last moment of the next window (`NextRotationDate`); may be in the past after failures.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.rules().filter(|_| self.enabled)?.next_rotation(self.since)
    }
}
