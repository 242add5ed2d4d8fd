//! Adding, moving and removing labels (parameter-store §8).

use std::collections::BTreeSet;

use super::error::ParameterError;
use super::label::{LABEL_LENGTH_LIMIT, LABELS_LIMIT, Label};
use super::parameter::{Parameter, Version};
use super::selector::Selector;

/// The result of adding labels to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labelled {
    /// Number of the version.
    pub version: u64,
    /// Those of the requested labels that it has now, whether it had them before or not.
    pub applied: Vec<Label>,
    /// Those of them that were on another version, and on which.
    pub moved: Vec<(Label, u64)>,
    /// Texts that are not labels; they were ignored.
    pub invalid: Vec<String>,
}

/// The result of removing labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unlabelled {
    /// The labels that existed, and on which version.
    pub removed: Vec<(Label, u64)>,
    /// Texts that are not labels, and labels that did not exist.
    pub invalid: Vec<String>,
}

impl Parameter {
    /// Adds labels to a version, the latest if no number is given. A label on another version is moved.
    ///
    /// Texts that are not labels are reported and the others applied; but if one is longer than any label, or the
    /// version would have more than ten, none is.
    pub(crate) fn label(&mut self, number: Option<u64>, labels: &[String]) -> Result<Labelled, ParameterError> {
        check_lengths(labels)?;
        let version = self.select(&number.map_or(Selector::Latest, Selector::Version))?.number;
        let (wanted, invalid) = sorted_out(labels);
        self.check_room(version, &wanted)?;
        let moved = self.place(version, &wanted);
        Ok(Labelled { version, applied: wanted.into_iter().collect(), moved, invalid })
    }

    /// Removes labels from one version or, without a number, from any version.
    pub(crate) fn unlabel(&mut self, number: Option<u64>, labels: &[String]) -> Result<Unlabelled, ParameterError> {
        check_lengths(labels)?;
        if let Some(number) = number {
            self.select(&Selector::Version(number))?;
        }
        let (wanted, mut invalid) = sorted_out(labels);
        let mut removed = Vec::new();
        for label in wanted {
            let found = self.versions.iter_mut().filter(|version| number.is_none_or(|number| version.number == number));
            match take(found, &label) {
                Some(from) => removed.push((label, from)),
                None => invalid.push(label.to_string()),
            }
        }
        Ok(Unlabelled { removed, invalid })
    }

    /// Moves a label to the version `to` and says where it was; `None` if it was there already.
    pub(crate) fn move_label(&mut self, label: &Label, to: u64) -> Result<Option<u64>, ParameterError> {
        self.select(&Selector::Version(to))?;
        if self.labelled(label).is_none() {
            return Err(ParameterError::LabelNotFound { label: label.to_string(), version: None });
        }
        let wanted = BTreeSet::from([label.clone()]);
        self.check_room(to, &wanted)?;
        Ok(self.place(to, &wanted).pop().map(|(_, from)| from))
    }

    fn check_room(&self, number: u64, wanted: &BTreeSet<Label>) -> Result<(), ParameterError> {
        let count = self.version(number).map_or(0, |version| version.labels.union(wanted).count());
        if count > LABELS_LIMIT { Err(ParameterError::TooManyLabels(count)) } else { Ok(()) }
    }

    /// Adds labels to a version, removing them from where they were; returns which came from another version.
    pub(super) fn place(&mut self, number: u64, labels: &BTreeSet<Label>) -> Vec<(Label, u64)> {
        let mut moved = Vec::new();
        for label in labels {
            let others = self.versions.iter_mut().filter(|version| version.number != number);
            moved.extend(take(others, label).map(|from| (label.clone(), from)));
        }
        if let Some(version) = self.versions.iter_mut().find(|version| version.number == number) {
            version.labels.extend(labels.iter().cloned());
        }
        moved
    }
}

/// Removes a label from the one of these versions that has it, and returns which one that was.
fn take<'a>(mut versions: impl Iterator<Item = &'a mut Version>, label: &Label) -> Option<u64> {
    versions.find_map(|version| version.labels.remove(label).then_some(version.number))
}

pub(super) fn check_lengths(labels: &[String]) -> Result<(), ParameterError> {
    let length = |label: &String| label.chars().count();
    match labels.iter().map(length).find(|length| !(1..=LABEL_LENGTH_LIMIT).contains(length)) {
        Some(length) => Err(ParameterError::LabelLength(length)),
        None => Ok(()),
    }
}

/// The valid labels among some texts, each once, and the invalid texts, in the given order.
fn sorted_out(labels: &[String]) -> (BTreeSet<Label>, Vec<String>) {
    let mut wanted = BTreeSet::new();
    let mut invalid = Vec::new();
    for text in labels {
        match text.parse() {
            Ok(label) => drop(wanted.insert(label)),
            Err(_) => invalid.push(text.clone()),
        }
    }
    (wanted, invalid)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn texts(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    fn label(text: &str) -> Label {
        text.parse().unwrap()
    }

    #[test]
    fn good_labels_are_applied_and_bad_ones_reported() {
        let mut parameter = sample::parameter(2);
        let labelled = parameter.label(None, &texts(&["live", "1st", "awsome", "live"])).unwrap();
        assert_eq!(labelled.version, 2);
        assert_eq!(labelled.applied, [label("live")]);
        assert_eq!(labelled.invalid, ["1st", "awsome"]);
        assert_eq!(parameter.versions[1].labels, BTreeSet::from([label("live")]));
    }

    #[test]
    fn a_label_moves_from_the_version_that_carries_it() {
        let mut parameter = sample::parameter(3);
        parameter.label(Some(1), &texts(&["live"])).unwrap();
        let labelled = parameter.label(Some(3), &texts(&["live"])).unwrap();
        assert_eq!(labelled.moved, [(label("live"), 1)]);
        assert!(parameter.versions[0].labels.is_empty());
        assert_eq!(parameter.label(Some(3), &texts(&["live"])).unwrap().moved, []);
        assert_eq!(parameter.move_label(&label("live"), 2), Ok(Some(3)));
        assert_eq!(parameter.move_label(&label("live"), 2), Ok(None));
        assert_eq!(parameter.labelled(&label("live")).unwrap().number, 2);
    }

    #[test]
    fn what_does_not_exist_is_not_moved() {
        let mut parameter = sample::parameter(1);
        let missing = Err(ParameterError::LabelNotFound { label: "live".into(), version: None });
        assert_eq!(parameter.move_label(&label("live"), 1), missing);
        let missing = Err(ParameterError::VersionNotFound { selector: Selector::Version(2) });
        assert_eq!(parameter.move_label(&label("live"), 2), missing);
        assert!(parameter.label(Some(2), &texts(&["live"])).is_err());
        assert!(parameter.unlabel(Some(2), &texts(&["live"])).is_err());
    }

    #[test]
    fn an_overlong_label_fails_the_whole_call() {
        let mut parameter = sample::parameter(1);
        let result = parameter.label(None, &["live".to_owned(), "a".repeat(101)]);
        assert_eq!(result, Err(ParameterError::LabelLength(101)));
        assert_eq!(parameter.label(None, &texts(&[""])), Err(ParameterError::LabelLength(0)));
        assert!(parameter.versions[0].labels.is_empty());
    }

    #[test]
    fn the_eleventh_label_fails_the_whole_call() {
        let mut parameter = sample::parameter(2);
        let ten: Vec<String> = (0..10).map(|n| format!("l{n}")).collect();
        parameter.label(Some(1), &ten).unwrap();
        parameter.label(Some(1), &ten).unwrap();
        let before = parameter.clone();
        assert_eq!(parameter.label(Some(1), &texts(&["x"])), Err(ParameterError::TooManyLabels(11)));
        parameter.label(Some(2), &texts(&["x"])).unwrap();
        assert_eq!(parameter.move_label(&label("x"), 1), Err(ParameterError::TooManyLabels(11)));
        parameter.unlabel(None, &texts(&["x"])).unwrap();
        assert_eq!(parameter, before);
    }

    #[test]
    fn labels_are_taken_from_one_version_or_from_wherever_they_are() {
        let mut parameter = sample::parameter(2);
        parameter.label(Some(1), &texts(&["old"])).unwrap();
        parameter.label(Some(2), &texts(&["live"])).unwrap();
        let unlabelled = parameter.unlabel(Some(2), &texts(&["live", "old", "1st"])).unwrap();
        assert_eq!(unlabelled.removed, [(label("live"), 2)]);
        assert_eq!(unlabelled.invalid, ["1st", "old"]);
        assert_eq!(parameter.unlabel(None, &texts(&["old"])).unwrap().removed, [(label("old"), 1)]);
    }
}
