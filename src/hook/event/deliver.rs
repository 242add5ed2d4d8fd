//! Delivering: events of the journal become deliveries in the outbox, and each is tried until it succeeds or is given up.
//!
//! At least once: a delivery is in the outbox before the journal's cursor passes its event, and leaves it after it was done.

use std::collections::HashMap;

use super::job::Job;
use super::target::attempt;
use crate::crypto::framing::sha256;
use crate::engine::{Error, Vault};
use crate::hook::Settings;
use crate::machine::events::{Delivery, Entry, Journal, Outbox};
use crate::model::event::Rule;
use crate::model::pattern::Pattern;
use crate::model::time::{DAY, HOUR, Timestamp};

/// Targets below targets below targets: more than this is a loop.
const DEEPEST: u32 = 4;
/// The wait after the first failure, in seconds; it doubles with each.
const FIRST_WAIT: i64 = 30;
/// The longest wait.
const LONGEST_WAIT: i64 = 4 * HOUR;
/// When a delivery is given up, counted from when it was first due.
const PATIENCE: i64 = DAY;

/// What a run has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// Deliveries that succeeded.
    pub done: usize,
    /// Those that will be tried again.
    pub failed: usize,
    /// Those that were given up.
    pub dead: usize,
}

/// Delivers the events of a vault on this machine.
pub(crate) struct Courier<'a> {
    /// The vault.
    pub vault: &'a Vault<'a>,
    /// The member whose machine this is.
    pub member: &'a str,
    /// How programs run, and for how long.
    pub settings: &'a Settings,
    /// The clock.
    pub now: &'a dyn Fn() -> Timestamp,
}

/// The rules that run here, by name, each with its pattern.
struct Rules {
    here: HashMap<String, (Rule, Pattern)>,
    /// Whether no other rule is refused.
    are_all_known: bool,
}

impl Courier<'_> {
    /// Delivers everything that is due. Where another process does that, nothing is left to do: it looks again before it ends.
    pub(crate) fn run(&self) -> Result<Delivered, Error> {
        let (outbox, journal) = (Outbox::of(self.vault.state()), Journal::of(self.vault.state()));
        let mut delivered = Delivered::default();
        loop {
            let Some(lock) = outbox.try_lock()? else { return Ok(delivered) };
            let rules = self.rules()?;
            self.sort(&outbox, &journal, &rules)?;
            self.deliver(&outbox, &rules, &mut delivered)?;
            drop(lock);
            // What was raised in the meantime found the lock taken.
            if self.settings.interrupt.signal().is_some() || journal.last()? <= outbox.cursor()? {
                return Ok(delivered);
            }
        }
    }

    /// Makes deliveries once more of the events that are wanted by their instant and id, for one rule or all. Returns how many.
    pub(crate) fn again(
        &self,
        rule: Option<&str>,
        is_wanted: impl Fn(&str, &str) -> bool,
        is_dry_run: bool,
    ) -> Result<usize, Error> {
        let (outbox, journal) = (Outbox::of(self.vault.state()), Journal::of(self.vault.state()));
        let rules = self.rules()?;
        let mut deliveries = Vec::new();
        journal.after(0, |entry| {
            if is_wanted(&entry.raised, &entry.event.id) {
                let chosen = rules.here.values().filter(|(it, _)| rule.is_none_or(|rule| it.name.as_str() == rule));
                chosen.for_each(|(rule, pattern)| deliveries.extend(self.deliveries(&entry, rule, pattern)));
            }
        })?;
        if !is_dry_run {
            deliveries.iter().try_for_each(|delivery| outbox.put(delivery))?;
        }
        Ok(deliveries.len())
    }

    /// The rules that run here, with their patterns. One that cannot be trusted or understood does nothing.
    fn rules(&self) -> Result<Rules, Error> {
        let all = self.vault.rules()?;
        let rules = all.found.into_iter().filter(|rule| rule.runs_for(self.member));
        let parsed = rules.filter_map(|rule| {
            let pattern = Pattern::parse(&rule.pattern).ok()?;
            Some((rule.name.to_string(), (rule, pattern)))
        });
        Ok(Rules { here: parsed.collect(), are_all_known: all.refused.is_empty() })
    }

    /// Makes deliveries of the events that nobody has looked at yet. A rule has no say about what happened before it was written.
    fn sort(&self, outbox: &Outbox, journal: &Journal, rules: &Rules) -> Result<(), Error> {
        let cursor = outbox.cursor()?;
        let (mut last, mut deliveries) = (cursor, Vec::new());
        journal.after(cursor, |entry| {
            last = last.max(entry.seq);
            for (rule, pattern) in rules.here.values() {
                if entry.raised >= rule.head.modified.to_string() {
                    deliveries.extend(self.deliveries(&entry, rule, pattern));
                }
            }
        })?;
        for delivery in &deliveries {
            if delivery.depth > DEEPEST { outbox.bury(delivery)? } else { outbox.put(delivery)? }
        }
        if last > cursor { Ok(outbox.advance(last)?) } else { Ok(()) }
    }

    /// One for each target of a rule that matches.
    fn deliveries(&self, entry: &Entry, rule: &Rule, pattern: &Pattern) -> Vec<Delivery> {
        let json = serde_json::to_value(&entry.event).unwrap_or_default();
        let count = if pattern.matches(&json) { rule.targets.len() } else { 0 };
        (0..count).map(|target| self.delivery(entry, rule, target)).collect()
    }

    fn delivery(&self, entry: &Entry, rule: &Rule, target: usize) -> Delivery {
        let now = (self.now)().to_string();
        let error = if entry.depth > DEEPEST { "loop: targets change what they are told about" } else { "" };
        Delivery {
            seq: entry.seq,
            rule: rule.name.to_string(),
            target,
            depth: entry.depth,
            tries: 0,
            begun: now.clone(),
            due: now,
            error: error.to_owned(),
            event: entry.event.clone(),
        }
    }

    /// Tries what is due. A target that fails is left alone for the rest of the run: it would fail for the others too, each time
    /// after the whole time limit.
    fn deliver(&self, outbox: &Outbox, rules: &Rules, delivered: &mut Delivered) -> Result<(), Error> {
        let mut failed: HashMap<(String, usize), String> = HashMap::new();
        for mut delivery in outbox.waiting()? {
            let now = (self.now)();
            let place = (delivery.rule.clone(), delivery.target);
            let rule = rules.here.get(&delivery.rule).map(|(rule, _)| rule);
            let Some((rule, target)) = rule.and_then(|rule| Some((rule, rule.targets.get(delivery.target)?))) else {
                // The rule is gone, disabled, or another machine's now; or it is one of those that cannot be trusted now.
                if rules.are_all_known {
                    outbox.done(&delivery)?;
                }
                continue;
            };
            if self.settings.interrupt.signal().is_some() || !delivery.is_due(now) {
                continue;
            }
            if let Some(due) = failed.get(&place) {
                delivery.due.clone_from(due);
                outbox.put(&delivery)?;
                continue;
            }
            let job = Job { delivery: &delivery, target, now };
            match attempt(self.vault, rule, &job, self.settings) {
                Ok(()) => {
                    outbox.done(&delivery)?;
                    delivered.done += 1;
                }
                Err(error) => {
                    if delivery.postpone(error, (self.now)()) {
                        outbox.put(&delivery)?;
                        delivered.failed += 1;
                    } else {
                        outbox.bury(&delivery)?;
                        delivered.dead += 1;
                    }
                    failed.insert(place, delivery.due);
                }
            }
        }
        Ok(())
    }
}

impl Delivery {
    /// Whether it is time to try it. A due date that only a wrong clock can have set does not count.
    fn is_due(&self, now: Timestamp) -> bool {
        let due = self.due.parse::<Timestamp>().map_or(0, Timestamp::unix);
        due <= now.unix() || due > now.unix() + 2 * LONGEST_WAIT
    }

    /// The same delivery as if it had never been tried.
    pub(crate) fn anew(&self, now: Timestamp) -> Self {
        let now = now.to_string();
        Delivery { tries: 0, depth: 0, begun: now.clone(), due: now, error: String::new(), ..self.clone() }
    }

    /// Notes a failure. Returns whether it is to be tried again.
    fn postpone(&mut self, error: String, now: Timestamp) -> bool {
        self.error = error;
        self.tries += 1;
        let wait = (FIRST_WAIT << (self.tries - 1).min(10)).min(LONGEST_WAIT);
        // Up to a quarter more, so that machines do not come back together.
        let seed = sha256(format!("{} {} {}", self.event.id, self.rule, self.tries).as_bytes());
        let jitter = wait * i64::from(seed[0]) / 1024;
        self.due = Timestamp::from_unix(now.unix() + wait + jitter).to_string();
        let begun = self.begun.parse::<Timestamp>().map_or(0, Timestamp::unix);
        now.unix() - begun < PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Event;

    fn delivery(at: i64) -> Delivery {
        let event = Event {
            version: "0".into(),
            id: "i".into(),
            detail_type: String::new(),
            source: String::new(),
            account: String::new(),
            time: String::new(),
            region: String::new(),
            resources: Vec::new(),
            detail: serde_json::Value::Null,
        };
        let at = Timestamp::from_unix(at).to_string();
        let (rule, error) = ("r".into(), String::new());
        Delivery { seq: 1, rule, target: 0, depth: 0, tries: 0, begun: at.clone(), due: at, error, event }
    }

    #[test]
    fn waits_double_up_to_four_hours_and_end_after_a_day() {
        let mut delivery = delivery(1_000_000);
        let (mut now, mut waits) = (1_000_000, Vec::new());
        while delivery.postpone("no".into(), Timestamp::from_unix(now)) {
            let due = delivery.due.parse::<Timestamp>().unwrap().unix();
            assert!(!delivery.is_due(Timestamp::from_unix(due - 1)) && delivery.is_due(Timestamp::from_unix(due)));
            waits.push(due - now);
            now = due;
        }
        assert!((30..=37).contains(&waits[0]) && (60..=75).contains(&waits[1]), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= LONGEST_WAIT * 5 / 4));
        assert!((10..=20).contains(&waits.len()) && now - 1_000_000 >= PATIENCE, "{waits:?}");
        assert!(delivery.is_due(Timestamp::from_unix(0)), "set by a clock that was far ahead");
    }
}
