//! Parameters for tests, and a random walk that checks all rules of versions and labels together.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::new_version::NewVersion;
use super::parameter::{Content, Parameter, Settings, Version};
use super::parameter_type::ParameterType;
use super::put::{Overwrite, PutPlan, PutRequest};
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::sealed::{KeyVersionId, Sealed, ValueType};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

fn at() -> Timestamp {
    "2026-11-23T07:00:00Z".parse().unwrap()
}

/// A `String` named `/a` with versions 1 to `count`.
pub(crate) fn parameter(count: u64) -> Parameter {
    Parameter {
        id: DocId([1; 16]),
        name: "/a".parse().unwrap(),
        head: Head::new(count, 1, at(), "ana".parse().unwrap()),
        tags: BTreeMap::new(),
        fired: BTreeMap::new(),
        versions: (1..=count).map(version).collect(),
    }
}

/// A `SecureString` with one version.
pub(crate) fn sealed_parameter() -> Parameter {
    let mut parameter = parameter(1);
    parameter.versions[0].content = sealed();
    parameter
}

pub(in crate::model) fn sealed() -> Content {
    Content::Sealed(Sealed {
        value_type: ValueType::SecureString,
        key: KeyVersionId { name: "default".parse().unwrap(), number: 1 },
        text: "xc1:AAAA".into(),
    })
}

pub(in crate::model) fn new_version(text: &str) -> NewVersion {
    let content = Content::Plain { list: false, text: text.into() };
    NewVersion { uid: Uid([2; 16]), now: at(), by: "ana".parse().unwrap(), content }
}

fn version(number: u64) -> Version {
    Version {
        number,
        uid: Uid([2; 16]),
        created: at(),
        by: "ana".parse().unwrap(),
        settings: Settings::default(),
        content: Content::Plain { list: false, text: number.to_string() },
        exposed: false,
        labels: [].into(),
    }
}

/// One step of the walk. Numbers of versions are chosen among and around those that exist.
#[derive(Debug, Clone)]
enum Step {
    Put { labels: Vec<String> },
    Puts(u64),
    Label { back: u64, labels: Vec<String> },
    Unlabel { back: Option<u64>, labels: Vec<String> },
    Move { back: u64, label: String },
    Delete,
}

/// A minimal model of a parameter: which numbers there are, and where each label is.
#[derive(Debug, Default, Clone, PartialEq)]
struct Ledger {
    oldest: u64,
    latest: u64,
    labels: BTreeMap<String, u64>,
}

impl Ledger {
    fn of(parameter: Option<&Parameter>) -> Ledger {
        let versions = parameter.map_or(&[][..], |parameter| &parameter.versions);
        let labels = versions.iter().flat_map(|v| v.labels.iter().map(|label| (label.to_string(), v.number)));
        Ledger {
            oldest: versions.first().map_or(0, |v| v.number),
            latest: versions.last().map_or(0, |v| v.number),
            labels: labels.collect(),
        }
    }

    fn exists(&self, number: u64) -> bool {
        self.latest > 0 && (self.oldest..=self.latest).contains(&number)
    }

    fn number(&self, back: u64) -> u64 {
        self.latest.saturating_sub(back)
    }

    fn with(&self, labels: &[String], number: u64) -> Option<Ledger> {
        let mut next = self.clone();
        next.labels.extend(labels.iter().map(|label| (label.clone(), number)));
        (next.labels.values().filter(|&&at| at == number).count() <= 10).then_some(next)
    }

    fn put(&self, labels: &[String]) -> Option<Ledger> {
        let mut next = Ledger { latest: self.latest + 1, oldest: self.oldest.max(1), ..self.clone() };
        next = next.with(labels, next.latest)?;
        if next.latest - next.oldest == 100 {
            if next.labels.values().any(|&at| at == next.oldest) {
                return None;
            }
            next.oldest += 1;
        }
        Some(next)
    }

    /// What a step leads to; `None` where it must be refused.
    fn after(&self, step: &Step) -> Option<Ledger> {
        match step {
            Step::Put { labels } => self.put(labels),
            Step::Puts(count) => (0..*count).try_fold(self.clone(), |ledger, _| ledger.put(&[])),
            Step::Label { back, labels } => {
                let number = self.number(*back);
                self.exists(number).then(|| self.with(labels, number)).flatten()
            }
            Step::Unlabel { back, labels } => {
                let number = back.map(|back| self.number(back));
                let mut next = self.clone();
                next.labels.retain(|label, at| !labels.contains(label) || number.is_some_and(|number| number != *at));
                number.is_none_or(|number| self.exists(number)).then_some(next)
            }
            Step::Move { back, label } => {
                let number = self.number(*back);
                let known = self.exists(number) && self.labels.contains_key(label);
                known.then(|| self.with(std::slice::from_ref(label), number)).flatten()
            }
            Step::Delete => Some(Ledger::default()),
        }
    }
}

fn put(existing: Option<Parameter>, labels: &[String]) -> Option<Parameter> {
    let kind = Some(ParameterType::String);
    let request = PutRequest { kind, overwrite: Overwrite::Replace, labels: labels.to_vec(), ..PutRequest::default() };
    let plan = PutPlan::new(existing.as_ref(), &request, &SecretValue::from_text("x".into())).ok()?;
    Parameter::apply(existing, plan, new_version("x"), DocId([3; 16]), "/a".parse().unwrap()).ok()
}

/// The parameter after a step; `None` where it was refused.
fn walk(parameter: Option<Parameter>, step: &Step) -> Option<Parameter> {
    let latest = Ledger::of(parameter.as_ref()).latest;
    let number = |back: &u64| latest.saturating_sub(*back);
    match step {
        Step::Put { labels } => put(parameter, labels),
        Step::Puts(count) => (0..*count).try_fold(parameter, |parameter, _| put(parameter, &[]).map(Some))?,
        Step::Label { back, labels } => {
            let mut parameter = parameter?;
            parameter.label(Some(number(back)), labels).ok().map(|_| parameter)
        }
        Step::Unlabel { back, labels } => {
            let mut parameter = parameter?;
            parameter.unlabel(back.as_ref().map(number), labels).ok().map(|_| parameter)
        }
        Step::Move { back, label } => {
            let mut parameter = parameter?;
            parameter.move_label(&label.parse().unwrap(), number(back)).ok().map(|_| parameter)
        }
        Step::Delete => {
            let mut parameter = parameter?;
            parameter.delete();
            Some(parameter)
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    // Few labels, so that they meet; more than ten, so that the limit is reached.
    let label = || "[a-n]";
    let labels = || proptest::collection::vec(label(), 0..20);
    prop_oneof![
        4 => proptest::collection::vec(label(), 0..2).prop_map(|labels| Step::Put { labels }),
        3 => (0_u64..60).prop_map(Step::Puts),
        6 => (prop_oneof![0_u64..4, 90_u64..102], labels()).prop_map(|(back, labels)| Step::Label { back, labels }),
        2 => (proptest::option::of(0_u64..4), labels()).prop_map(|(back, labels)| Step::Unlabel { back, labels }),
        3 => (prop_oneof![0_u64..4, 90_u64..102], label()).prop_map(|(back, label)| Step::Move { back, label }),
        1 => Just(Step::Delete),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn versions_and_labels_follow_the_ledger(steps in proptest::collection::vec(step(), 1..40)) {
        let mut parameter = Some(parameter(1));
        let mut ledger = Ledger::of(parameter.as_ref());
        for step in steps {
            let next = ledger.after(&step);
            let walked = walk(parameter.clone(), &step);
            prop_assert_eq!(walked.is_some(), next.is_some(), "{:?} on {:?}", step, ledger);
            let (Some(next), Some(walked)) = (next, walked) else { continue };
            prop_assert_eq!(&Ledger::of(Some(&walked)), &next, "{:?} on {:?}", step, ledger);
            let numbers: Vec<u64> = walked.versions.iter().map(|version| version.number).collect();
            let all: Vec<u64> = if next.latest == 0 { vec![] } else { (next.oldest..=next.latest).collect() };
            prop_assert_eq!(&numbers, &all, "contiguous, and never used twice");
            prop_assert!(numbers.len() <= 100);
            let count: usize = walked.versions.iter().map(|version| version.labels.len()).sum();
            prop_assert_eq!(count, next.labels.len(), "each label is on one version");
            prop_assert!(walked.versions.iter().all(|version| version.labels.len() <= 10));
            (ledger, parameter) = (next, Some(walked));
        }
    }
}
