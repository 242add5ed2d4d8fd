//! Putting a value: the request and the plan (parameter-store §5).
//!
//! A put has two steps, because the value is sealed in between: [`PutPlan::new`] checks everything and decides, then
//! [`Parameter::apply`] adds the new version with the sealed content.

use std::collections::{BTreeMap, BTreeSet};

use super::data_type::DataType;
use super::error::ParameterError;
use super::label::{LABELS_LIMIT, Label};
use super::labelling::check_lengths;
use super::limits::{DESCRIPTION_LIMIT, VERSIONS_LIMIT};
use super::parameter::{Parameter, Settings, Version};
use super::parameter_type::ParameterType;
use super::pattern::AllowedPattern;
use super::policy::Policy;
use super::tier::{Tier, TierRequest};
use super::unsealing::Unsealing;
use crate::model::mask::looks_masked;
use crate::model::name::KeyName;
use crate::model::tag::Tag;
use crate::model::value::SecretValue;
use crate::model::value_form::{ValueForm, ValueFormError};

/// The request besides the value. Settings that are left out are inherited from the latest version.
#[derive(Debug, Clone, Default)]
pub struct PutRequest {
    /// Required to create.
    pub kind: Option<ParameterType>,
    /// Standard when left out at creation.
    pub tier: Option<TierRequest>,
    /// `text` when left out at creation.
    pub data_type: Option<DataType>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// At most 1024 characters; empty for none.
    pub allowed_pattern: Option<String>,
    /// Replaces all policies; empty for none.
    pub policies: Option<Vec<Policy>>,
    /// For a creation only.
    pub tags: BTreeMap<String, String>,
    /// For a `SecureString` only.
    pub key: Option<KeyName>,
    /// Labels for the new version, moved from where they are.
    pub labels: Vec<String>,
    /// Whether an existing parameter gets another version.
    pub overwrite: Overwrite,
    /// Whether a `SecureString` may become plain text.
    pub unsealing: Unsealing,
    /// The number that the latest version must have, 0 for a parameter that must not exist. If given, it implies
    /// `Overwrite::Replace`.
    pub expected_version: Option<u64>,
    /// The number of the new version, if an import keeps the numbers of its source. It must be beyond the latest one;
    /// the next one when left out.
    pub number: Option<u64>,
}

/// What needs the Advanced tier, whatever else there is, in words.
pub(crate) const POLICY: &str = "a policy";

/// What to do when the parameter exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// Refuse.
    #[default]
    Refuse,
    /// Add another version.
    Replace,
}

/// A put that passed all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PutPlan {
    /// Number of the new version.
    pub number: u64,
    /// What is set beside the value.
    pub settings: Settings,
    /// For a `SecureString`, the requested key, otherwise that of the latest version if it has one.
    pub key: Option<KeyName>,
    /// The old and the new type, if they differ, for a warning.
    pub type_changed: Option<(ParameterType, ParameterType)>,
    /// The number of the version that the new one comes after, 0 for a creation.
    pub(super) after: u64,
    pub(super) parameter_type: ParameterType,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) labels: BTreeSet<Label>,
}

impl PutPlan {
    /// Checks a put in the order of AWS and decides everything that does not depend on the sealed value.
    ///
    /// A tombstone counts as absent. The type may change when the request says so, even from `SecureString` to plain
    /// text with `Unsealing::Allow`; AWS documents that as refused and allows it. Labels that the put itself moves away from the oldest version
    /// do not prevent its removal.
    pub(crate) fn new(
        existing: Option<&Parameter>,
        request: &PutRequest,
        value: &SecretValue,
    ) -> Result<PutPlan, ParameterError> {
        let latest = existing.and_then(Parameter::latest);
        let text = check_value(value)?;
        let labels = request.check()?;
        let parameter_type = request.check_for(existing)?;
        let settings = request.settings(latest, parameter_type, text)?;
        let oldest = existing.and_then(|parameter| parameter.versions.first());
        if let Some(oldest) = oldest.filter(|_| existing.is_some_and(|all| all.versions.len() >= VERSIONS_LIMIT))
            && !oldest.labels.is_subset(&labels)
        {
            return Err(ParameterError::MaxVersionsLabelled { number: oldest.number });
        }
        let after = latest.map_or(0, |latest| latest.number);
        Ok(PutPlan {
            number: request.number_after(after)?,
            after,
            settings,
            key: request.key_for(parameter_type, latest),
            type_changed: latest.map(|latest| (latest.parameter_type(), parameter_type)).filter(|(a, b)| a != b),
            parameter_type,
            tags: request.tags.clone(),
            labels,
        })
    }

    /// The type of the new version: decides whether the value is to be sealed.
    pub(crate) fn parameter_type(&self) -> ParameterType {
        self.parameter_type
    }
}

impl PutRequest {
    /// Checks a request regardless of what it is applied to; returns its parsed labels.
    fn check(&self) -> Result<BTreeSet<Label>, ParameterError> {
        if let Some(length) = self.description.as_ref().map(|text| text.chars().count())
            && length > DESCRIPTION_LIMIT
        {
            return Err(ParameterError::DescriptionTooLong(length));
        }
        Tag::check_all(&self.tags)?;
        check_lengths(&self.labels)?;
        let read = |text: &String| text.parse().map_err(|_| ParameterError::LabelInvalid(text.clone()));
        let labels = self.labels.iter().map(read).collect::<Result<BTreeSet<_>, _>>()?;
        if labels.len() > LABELS_LIMIT { Err(ParameterError::TooManyLabels(labels.len())) } else { Ok(labels) }
    }

    /// Whether an existing parameter is the only reason to refuse it.
    pub(crate) fn is_creation(&self) -> bool {
        self.expected_version.is_none() && self.overwrite == Overwrite::Refuse && self.tags.is_empty()
    }

    /// What can be refused before there is a value. Returns the type of the new version.
    pub(crate) fn check_before_value(&self, existing: Option<&Parameter>) -> Result<ParameterType, ParameterError> {
        self.check()?;
        self.check_for(existing)
    }

    fn check_for(&self, existing: Option<&Parameter>) -> Result<ParameterType, ParameterError> {
        let latest = existing.and_then(Parameter::latest);
        self.check_place(latest)?;
        let kind = self.kind.or(latest.map(Version::parameter_type)).ok_or(ParameterError::TypeRequired)?;
        self.check_unsealing(existing, kind)?;
        Ok(kind)
    }

    /// Whether the put is allowed for the existing parameter. An expected version of 0 is a creation, so it may have
    /// tags.
    fn check_place(&self, latest: Option<&Version>) -> Result<(), ParameterError> {
        let overwrites = match self.expected_version {
            Some(expected) => expected > 0,
            None => self.overwrite == Overwrite::Replace,
        };
        let actual = latest.map_or(0, |latest| latest.number);
        match self.expected_version {
            _ if overwrites && !self.tags.is_empty() => Err(ParameterError::TagsWithOverwrite),
            Some(expected) if expected != actual => Err(ParameterError::VersionMoved { expected, actual }),
            None if latest.is_some() && !overwrites => Err(ParameterError::AlreadyExists),
            _ => Ok(()),
        }
    }

    /// Nobody drops the encryption by a type alone.
    fn check_unsealing(&self, existing: Option<&Parameter>, kind: ParameterType) -> Result<(), ParameterError> {
        let is_dropped = existing.is_some_and(Parameter::is_sealed) && kind != ParameterType::SecureString;
        if is_dropped && self.unsealing == Unsealing::Refuse { Err(ParameterError::Unsealing { kind }) } else { Ok(()) }
    }

    fn number_after(&self, latest: u64) -> Result<u64, ParameterError> {
        let next = latest.checked_add(1).ok_or(ParameterError::NumbersExhausted)?;
        match self.number {
            Some(number) if number < next => Err(ParameterError::NumberTaken { number, latest }),
            number => Ok(number.unwrap_or(next)),
        }
    }

    /// The settings of the new version, checked against each other and the value.
    fn settings(&self, latest: Option<&Version>, kind: ParameterType, text: &str) -> Result<Settings, ParameterError> {
        if self.key.is_some() && kind != ParameterType::SecureString {
            return Err(ParameterError::KeyWithoutSealing { kind });
        }
        let inherited = latest.map(|latest| latest.settings.clone()).unwrap_or_default();
        let mut settings = Settings {
            tier: inherited.tier,
            data_type: self.data_type.unwrap_or(inherited.data_type),
            description: self.description.clone().unwrap_or(inherited.description),
            allowed_pattern: self.allowed_pattern.clone().unwrap_or(inherited.allowed_pattern),
            policies: self.policies.clone().unwrap_or(inherited.policies),
        };
        let need = if settings.policies.is_empty() { settings.data_type.needs_advanced() } else { Some(POLICY) };
        settings.tier = Tier::resolve(self.tier, latest.map(|latest| latest.settings.tier), text.len(), need)?;
        if latest.is_some() {
            check_switch(inherited.data_type, settings.data_type)?;
        }
        settings.data_type.check(kind, text)?;
        check_pattern(&settings.allowed_pattern, text)?;
        Policy::check_together(&settings.policies)?;
        Ok(settings)
    }

    fn key_for(&self, kind: ParameterType, latest: Option<&Version>) -> Option<KeyName> {
        let inherited = latest.and_then(Version::key).cloned();
        self.key.clone().or(inherited).filter(|_| kind == ParameterType::SecureString)
    }
}

/// The value as text, if it is valid for a parameter. Its tier is determined later.
fn check_value(value: &SecretValue) -> Result<&str, ParameterError> {
    ValueForm::Text.check(value.reveal()).map_err(|error| match error {
        ValueFormError::Empty => ParameterError::Empty,
        ValueFormError::TooLarge(actual) => {
            ParameterError::TooLarge { limit: Tier::Advanced.value_limit(), actual, tier: Tier::Advanced }
        }
        ValueFormError::Nul => ParameterError::NulInText,
        ValueFormError::NotText => ParameterError::NotText,
    })?;
    let text = value.reveal_text().ok_or(ParameterError::NotText)?;
    let has_template = text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"));
    match () {
        () if looks_masked(text) => Err(ParameterError::LooksMasked),
        () if has_template => Err(ParameterError::TemplateInValue),
        () => Ok(text),
    }
}

fn check_switch(from: DataType, to: DataType) -> Result<(), ParameterError> {
    let refused = from != to && (from.is_fixed() || to.is_fixed());
    if refused { Err(ParameterError::DataTypeSwitch { from, to }) } else { Ok(()) }
}

/// A pattern is tested against the whole text, also that of a list.
fn check_pattern(pattern: &str, text: &str) -> Result<(), ParameterError> {
    if pattern.is_empty() || AllowedPattern::new(pattern)?.allows(text) {
        return Ok(());
    }
    Err(ParameterError::PatternMismatch { pattern: pattern.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::parameter::{PolicyError, Rule};
    use crate::model::time::Timestamp;

    fn plan_text(existing: Option<&Parameter>, request: &PutRequest, text: &str) -> Result<PutPlan, ParameterError> {
        PutPlan::new(existing, request, &SecretValue::from_text(text.into()))
    }

    fn create() -> PutRequest {
        PutRequest { kind: Some(ParameterType::String), ..PutRequest::default() }
    }

    fn replace() -> PutRequest {
        PutRequest { overwrite: Overwrite::Replace, ..PutRequest::default() }
    }

    fn expiration() -> Policy {
        Policy::new(Rule::Expiration(Timestamp::from_unix(2_000_000_000)))
    }

    #[test]
    fn values_that_nobody_means_are_refused() {
        let error = |bytes: &[u8]| {
            let value = SecretValue::new(bytes.to_vec().into());
            PutPlan::new(None, &create(), &value).unwrap_err()
        };
        assert_eq!(error(b""), ParameterError::Empty);
        assert_eq!(error(b"a\0b"), ParameterError::NulInText);
        assert_eq!(error(&[0xff, 0xfe]), ParameterError::NotText);
        assert_eq!(error(b"****"), ParameterError::LooksMasked);
        assert_eq!(error(b"a {{ssm:/x}} b"), ParameterError::TemplateInValue);
        for fine in ["}} {{", "{{ open", "{ {} }", " "] {
            assert!(plan_text(None, &create(), fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn a_creation_needs_a_type_and_starts_at_one() {
        assert_eq!(plan_text(None, &PutRequest::default(), "x"), Err(ParameterError::TypeRequired));
        let plan = plan_text(None, &create(), "x").unwrap();
        assert_eq!((plan.number, plan.parameter_type(), plan.type_changed), (1, ParameterType::String, None));
        assert_eq!(plan_text(None, &PutRequest { overwrite: Overwrite::Replace, ..create() }, "x").unwrap().number, 1);
    }

    #[test]
    fn a_tombstone_counts_as_absent() {
        let mut dead = sample::parameter(3);
        dead.delete();
        assert_eq!(plan_text(Some(&dead), &replace(), "x"), Err(ParameterError::TypeRequired));
        assert_eq!(plan_text(Some(&dead), &create(), "x").unwrap().number, 1);
        assert_eq!(
            plan_text(Some(&dead), &PutRequest { expected_version: Some(0), ..create() }, "x").unwrap().number,
            1
        );
    }

    #[test]
    fn overwriting_has_to_be_asked_for() {
        let existing = sample::parameter(3);
        assert_eq!(plan_text(Some(&existing), &create(), "x"), Err(ParameterError::AlreadyExists));
        assert_eq!(plan_text(Some(&existing), &replace(), "x").unwrap().number, 4);
    }

    #[test]
    fn an_expected_version_must_be_the_latest() {
        let existing = sample::parameter(3);
        let put = |existing, expected| {
            plan_text(existing, &PutRequest { expected_version: Some(expected), ..create() }, "x")
                .map(|plan| plan.number)
        };
        assert_eq!(put(Some(&existing), 3), Ok(4));
        assert_eq!(put(Some(&existing), 2), Err(ParameterError::VersionMoved { expected: 2, actual: 3 }));
        assert_eq!(put(Some(&existing), 0), Err(ParameterError::VersionMoved { expected: 0, actual: 3 }));
        assert_eq!(put(None, 3), Err(ParameterError::VersionMoved { expected: 3, actual: 0 }));
        assert_eq!(put(None, 0), Ok(1));
    }

    #[test]
    fn a_number_of_its_own_must_be_beyond_the_latest() {
        let existing = sample::parameter(3);
        let put = |existing, number| {
            plan_text(existing, &PutRequest { number: Some(number), overwrite: Overwrite::Replace, ..create() }, "x")
                .map(|plan| plan.number)
        };
        assert_eq!((put(None, 7), put(Some(&existing), 9)), (Ok(7), Ok(9)));
        for number in [0, 3] {
            let taken = Err(ParameterError::NumberTaken { number, latest: 3 });
            assert_eq!(put(Some(&existing), number), taken);
        }
    }

    #[test]
    fn tags_belong_to_a_creation() {
        let tags = BTreeMap::from([("team".to_owned(), "payments".to_owned())]);
        let tagged = |request| PutRequest { tags: tags.clone(), ..request };
        let refused = Err(ParameterError::TagsWithOverwrite);
        assert_eq!(plan_text(None, &tagged(PutRequest { overwrite: Overwrite::Replace, ..create() }), "x"), refused);
        assert_eq!(plan_text(None, &tagged(PutRequest { expected_version: Some(1), ..create() }), "x"), refused);
        let plan = plan_text(None, &tagged(PutRequest { expected_version: Some(0), ..create() }), "x").unwrap();
        assert_eq!(plan.tags, tags);
    }

    #[test]
    fn what_is_left_out_is_inherited() {
        let mut existing = sample::parameter(1);
        existing.versions[0].settings = Settings {
            tier: Tier::Advanced,
            data_type: DataType::Integer,
            description: "how many".into(),
            allowed_pattern: "[0-9]+".into(),
            policies: vec![expiration()],
        };
        let plan = plan_text(Some(&existing), &replace(), "12").unwrap();
        assert_eq!(plan.settings, existing.versions[0].settings);
        let emptied = PutRequest {
            description: Some(String::new()),
            allowed_pattern: Some(String::new()),
            policies: Some(vec![]),
            data_type: Some(DataType::Text),
            ..replace()
        };
        let plan = plan_text(Some(&existing), &emptied, "twelve").unwrap();
        assert_eq!(plan.settings, Settings { tier: Tier::Advanced, ..Settings::default() });
    }

    #[test]
    fn inherited_rules_hold_for_new_values() {
        let mut existing = sample::parameter(1);
        existing.versions[0].settings.allowed_pattern = "[0-9]+".into();
        let mismatch = Err(ParameterError::PatternMismatch { pattern: "[0-9]+".into() });
        assert_eq!(plan_text(Some(&existing), &replace(), "a1"), mismatch);
        existing.versions[0].settings.data_type = DataType::Integer;
        let invalid = Err(ParameterError::InvalidValueForDataType { data_type: DataType::Integer });
        assert_eq!(plan_text(Some(&existing), &replace(), "a1"), invalid);
    }

    #[test]
    fn the_type_changes_only_when_asked_for() {
        let sealed = sample::sealed_parameter();
        let plan = plan_text(Some(&sealed), &replace(), "x").unwrap();
        assert_eq!((plan.parameter_type(), plan.type_changed), (ParameterType::SecureString, None));
        assert_eq!(plan.key, Some("default".parse().unwrap()));
        let as_text = PutRequest { kind: Some(ParameterType::String), ..replace() };
        let refused = Err(ParameterError::Unsealing { kind: ParameterType::String });
        assert_eq!(plan_text(Some(&sealed), &as_text, "x"), refused);
        let as_text = PutRequest { unsealing: Unsealing::Allow, ..as_text };
        let plan = plan_text(Some(&sealed), &as_text, "x").unwrap();
        assert_eq!(plan.type_changed, Some((ParameterType::SecureString, ParameterType::String)));
        assert_eq!(plan.key, None);
        let keyed = PutRequest { key: Some("prod".parse().unwrap()), ..as_text };
        let refused = Err(ParameterError::KeyWithoutSealing { kind: ParameterType::String });
        assert_eq!(plan_text(Some(&sealed), &keyed, "x"), refused);
    }

    #[test]
    fn some_data_types_are_for_life() {
        let mut existing = sample::parameter(1);
        let image = PutRequest { data_type: Some(DataType::Ec2Image), ..replace() };
        let (from, to) = (DataType::Text, DataType::Ec2Image);
        assert_eq!(
            plan_text(Some(&existing), &image, "ami-12345678"),
            Err(ParameterError::DataTypeSwitch { from, to })
        );
        existing.versions[0].settings.data_type = DataType::Ec2Image;
        assert!(plan_text(Some(&existing), &image, "ami-12345678").is_ok());
        let text = PutRequest { data_type: Some(DataType::Text), ..replace() };
        let back = ParameterError::DataTypeSwitch { from: to, to: from };
        assert_eq!(plan_text(Some(&existing), &text, "ami-12345678"), Err(back));
        assert!(plan_text(None, &PutRequest { kind: Some(ParameterType::String), ..image }, "ami-12345678").is_ok());
    }

    #[test]
    fn policies_and_some_data_types_need_the_advanced_tier() {
        let policies = PutRequest { policies: Some(vec![expiration()]), ..create() };
        assert_eq!(plan_text(None, &policies, "x"), Err(ParameterError::TierNeeded { reason: "a policy" }));
        let json = PutRequest { data_type: Some(DataType::Json), ..create() };
        assert!(matches!(plan_text(None, &json, "{}"), Err(ParameterError::TierNeeded { .. })));
        let intelligent = PutRequest { tier: Some(TierRequest::Intelligent), ..json };
        assert_eq!(plan_text(None, &intelligent, "{}").unwrap().settings.tier, Tier::Advanced);
        let expiring_twice = PutRequest {
            policies: Some(vec![expiration(), Policy::new(Rule::Expiration(Timestamp::from_unix(0)))]),
            tier: Some(TierRequest::Advanced),
            ..create()
        };
        assert!(matches!(
            plan_text(None, &expiring_twice, "x"),
            Err(ParameterError::Policy(PolicyError::Incompatible(_)))
        ));
    }

    #[test]
    fn checks_come_in_the_order_of_the_service() {
        let existing = sample::parameter(1);
        let mut request = PutRequest {
            description: Some("d".repeat(1025)),
            tags: BTreeMap::from([("a".to_owned(), String::new())]),
            overwrite: Overwrite::Replace,
            tier: Some(TierRequest::Standard),
            policies: Some(vec![expiration()]),
            data_type: Some(DataType::Integer),
            allowed_pattern: Some("(".into()),
            ..PutRequest::default()
        };
        let error = |request: &PutRequest, text: &str| plan_text(Some(&existing), request, text).unwrap_err();
        assert_eq!(error(&request, ""), ParameterError::Empty);
        assert_eq!(error(&request, "x"), ParameterError::DescriptionTooLong(1025));
        request.description = None;
        assert_eq!(error(&request, "x"), ParameterError::TagsWithOverwrite);
        request.tags.clear();
        assert!(matches!(error(&request, &"x".repeat(4097)), ParameterError::TooLarge { .. }));
        assert!(matches!(error(&request, "x"), ParameterError::TierNeeded { .. }));
        request.tier = Some(TierRequest::Advanced);
        assert!(matches!(error(&request, "x"), ParameterError::InvalidValueForDataType { .. }));
        assert!(matches!(error(&request, "1"), ParameterError::PatternInvalid(_)));
    }

    #[test]
    fn labels_of_a_put_must_all_be_good() {
        let labelled = |labels: &[&str]| {
            let labels = labels.iter().map(|&label| label.to_owned()).collect();
            plan_text(None, &PutRequest { labels, ..create() }, "x").map(|plan| plan.labels.len())
        };
        assert_eq!(labelled(&["live", "next", "live"]), Ok(2));
        assert_eq!(labelled(&["live", "1st"]), Err(ParameterError::LabelInvalid("1st".into())));
        assert_eq!(labelled(&[""]), Err(ParameterError::LabelLength(0)));
        let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        assert_eq!(labelled(&eleven), Err(ParameterError::TooManyLabels(11)));
    }

    #[test]
    fn a_labelled_oldest_version_blocks_the_hundred_and_first() {
        let mut existing = sample::parameter(100);
        assert!(plan_text(Some(&existing), &replace(), "x").is_ok());
        existing.label(Some(2), &["second".into()]).unwrap();
        assert!(plan_text(Some(&existing), &replace(), "x").is_ok(), "only the oldest matters");
        existing.label(Some(1), &["live".into()]).unwrap();
        let blocked = Err(ParameterError::MaxVersionsLabelled { number: 1 });
        assert_eq!(plan_text(Some(&existing), &replace(), "x"), blocked);
        let moving = PutRequest { labels: vec!["live".into()], ..replace() };
        assert!(plan_text(Some(&existing), &moving, "x").is_ok(), "the put itself takes the label away");
    }

    #[test]
    fn version_numbers_do_not_wrap() {
        let mut existing = sample::parameter(1);
        existing.versions[0].number = u64::MAX;
        assert_eq!(plan_text(Some(&existing), &replace(), "x"), Err(ParameterError::NumbersExhausted));
    }
}
