//! Raising events: what changed is compared with what this machine has seen of the document, and goes into its journal.
//!
//! A command raises the events of what it has published. What it could not, because it was killed in between, and what others have
//! written, is found by `Vault::catch_up`.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use data_encoding::HEXLOWER;

use super::document::Document;
use super::error::Result;
use super::ledger::Notice;
use super::refused::Refused;
use super::summary::of_team;
use super::vault::Vault;
use crate::crypto::framing::{lp, sha256};
use crate::format::path::TRUST;
use crate::format::{caps, probe};
use crate::machine::events::{Journal, SeenStates, Since};
use crate::model::arn::Suffix;
use crate::model::event::{Change, Event, Summarised, Summary, changes};
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Trust};

/// A document that was changed.
pub(super) struct Passed {
    path: String,
    before: Before,
    after: Summary,
}

/// What is known of a document from before a change.
pub(super) enum Before {
    /// There was none.
    Absent,
    /// Its state.
    Known(Box<Summary>),
    /// Nothing.
    Unknown,
}

impl Before {
    /// A document as it was read.
    pub(super) fn of<D: Document>(document: Option<&D>) -> Self {
        match document.map(Document::summary) {
            None => Before::Absent,
            Some(None) => Before::Unknown,
            Some(Some(summary)) => Before::Known(Box::new(summary)),
        }
    }
}

impl Passed {
    /// A change of a document that may be an event.
    pub(super) fn of<D: Document>(path: &str, before: Before, after: &D) -> Option<Self> {
        after.summary().map(|after| Passed { path: path.to_owned(), before, after })
    }

    /// The parameter or secret that it is a change of.
    pub(super) fn changed(&self) -> Option<(Kind, String)> {
        let kind = match self.after.of {
            Summarised::Parameter => Kind::Parameter,
            Summarised::Secret => Kind::Secret,
            Summarised::Team => return None,
        };
        Some((kind, self.after.name.clone()))
    }

    /// A change of the members.
    pub(super) fn of_team(before: Option<&Trust>, after: &Trust) -> Self {
        let before = before.map_or(Before::Unknown, |before| Before::Known(Box::new(of_team(before))));
        Passed { path: TRUST.to_owned(), before, after: of_team(after) }
    }
}

impl Vault<'_> {
    /// Raises the events of changes. If that fails, the changes stand, and `Vault::catch_up` raises them later.
    pub(super) fn raise(&self, passed: Vec<Passed>, now: Timestamp) {
        if let Err(error) = self.raise_new(passed, now, &HashSet::new()) {
            self.ledger.notice_first(Notice::NotRaised(error.to_string()));
        }
    }

    /// Raises the events of all changes that were not noticed yet. The first time, what is there is taken as known. Returns the
    /// documents that cannot be trusted, which raise nothing.
    pub(crate) fn catch_up(&self, now: Timestamp) -> Result<Vec<Refused>> {
        if self.files.is_rehearsal() {
            return Ok(Vec::new());
        }
        let seen = SeenStates::of(&self.state);
        let known = seen.revisions()?;
        let is_news = |path: &str, raw: &[u8]| {
            let rev = probe::revision(raw);
            known.get(path).is_none_or(|known| rev.is_none_or(|rev| rev > *known))
        };
        let documents = self.documents_that(|leaf| Ok(is_news(leaf.path(), &leaf.read(caps::DOCUMENT)?)))?;
        let mut passed = self.sift(documents, |at, document| Ok(Passed::of(&at.path, Before::Unknown, &document)))?;
        passed.found.push(Passed::of_team(None, &self.trust().trust));
        let mut journaled = HashSet::new();
        Journal::of(&self.state).after(0, |entry| {
            journaled.insert(entry.event.id);
        })?;
        self.raise_new(passed.found, now, &journaled)?;
        seen.remember(&Since::Always)?;
        Ok(passed.refused)
    }

    /// Writes events to the journal, then what they were derived from, so that none is lost in between.
    fn raise_new(&self, passed: Vec<Passed>, now: Timestamp, journaled: &HashSet<String>) -> Result<()> {
        if passed.is_empty() || self.files.is_rehearsal() {
            return Ok(());
        }
        let (seen, journal) = (SeenStates::of(&self.state), Journal::of(&self.state));
        let _lock = journal.lock()?;
        let since = seen.since()?;
        let mut files: BTreeMap<u8, BTreeMap<String, Summary>> = BTreeMap::new();
        let mut events = Vec::new();
        for Passed { path, before, after } in passed {
            let number = SeenStates::number(&path);
            let states = match files.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => vacant.insert(seen.load(number)?),
            };
            let known = states.get(&path);
            if known.is_some_and(|known| known.rev >= after.rev) {
                continue;
            }
            match baseline(known, &before, &after, since.as_ref()) {
                Baseline::Seen => {}
                Baseline::Nothing => events.extend(self.events(None, &after)),
                Baseline::State(before) => events.extend(self.events(Some(before), &after)),
            }
            states.insert(path, after);
        }
        events.retain(|event| !journaled.contains(&event.id));
        if !events.is_empty() {
            journal.append(&now.to_string(), self.ledger.purpose().depth, events)?;
            self.ledger.record_raised();
        }
        if since.is_none() {
            seen.remember(&Since::Instant(now.to_string()))?;
        }
        files.into_iter().try_for_each(|(number, states)| Ok(seen.store(number, states)?))
    }

    /// The events between two states.
    fn events(&self, before: Option<&Summary>, after: &Summary) -> Vec<Event> {
        let account = self.account();
        let resource = match after.of {
            Summarised::Parameter => after.name.parse().map(|name| account.parameter(&name)).ok(),
            Summarised::Secret => after
                .name
                .parse()
                .ok()
                .zip(after.id.parse().ok())
                .map(|(name, id)| account.secret(&name, Suffix::of(id))),
            Summarised::Team => None,
        };
        let resource = resource.unwrap_or_else(|| self.id().to_string());
        let event = |change: Change| Event {
            version: "0".to_owned(),
            id: self.event_id(after, &change),
            detail_type: change.detail_type.to_owned(),
            source: change.source.to_owned(),
            account: account.id.clone(),
            time: after.at.clone(),
            region: account.region.clone(),
            resources: vec![resource.clone()],
            detail: change.detail,
        };
        changes(before, after, &resource).into_iter().map(event).collect()
    }

    /// An id that the change has on every machine, in the form of a UUID.
    fn event_id(&self, after: &Summary, change: &Change) -> String {
        let mut message = Vec::new();
        let rev = after.rev.to_string();
        for part in ["vault/event", &self.id().to_string(), &after.id, &rev, change.detail_type, &change.subject] {
            lp(&mut message, part.as_bytes());
        }
        let mut id = [0; 16];
        id.copy_from_slice(&sha256(&message)[..16]);
        (id[6], id[8]) = (id[6] & 0x0f | 0x80, id[8] & 0x3f | 0x80);
        let digits = HEXLOWER.encode(&id);
        [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
    }
}

/// What a state is compared with.
enum Baseline<'a> {
    /// Nothing: it is all new.
    Nothing,
    /// Another state.
    State(&'a Summary),
    /// Itself: it was there when this machine began to look.
    Seen,
}

/// What was seen here counts most: changes that nobody has noticed yet are a part of this one then.
fn baseline<'a>(
    known: Option<&'a Summary>,
    before: &'a Before,
    after: &Summary,
    since: Option<&Since>,
) -> Baseline<'a> {
    match (known, before, since) {
        (Some(known), _, _) => Baseline::State(known),
        (None, Before::Known(before), _) => Baseline::State(before),
        (None, Before::Absent, _) | (None, Before::Unknown, Some(Since::Always)) => Baseline::Nothing,
        (None, Before::Unknown, Some(Since::Instant(since))) if after.rev == 1 && after.at > *since => {
            Baseline::Nothing
        }
        (None, Before::Unknown, _) => Baseline::Seen,
    }
}
