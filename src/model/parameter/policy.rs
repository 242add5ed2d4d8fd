//! Parameter policies: expiration and notifications (parameter-store §12).

use serde_json::Value;

use crate::model::period::{Period, Unit};
use crate::model::time::Timestamp;

/// The maximum number of policies of a parameter.
pub(crate) const POLICIES_LIMIT: usize = 10;

/// The longest array of policies, in characters, as it is given.
const TEXT_LIMIT: usize = 4096;

/// One policy, kept as the JSON text it was given in, normalised.
///
/// Normalised means: no white space, the members in the order Type, Version, Attributes, instants in UTC and whole
/// seconds (`2027-01-31T00:00:00Z`), numbers without leading zeros. One rule therefore has one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rule: Rule,
    text: String,
}

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The parameter expires at this instant. A new value does not change it.
    Expiration(Timestamp),
    /// A notification is sent this long before the expiration.
    ExpirationNotification(Period),
    /// A notification is sent when the value is older than this. A new version restarts the clock.
    NoChangeNotification(Period),
}

/// Why a text does not state policies. Of the text, only types and names of attributes are repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not JSON, or not an array of objects.
    #[error("policies must be a JSON array of objects with at most {TEXT_LIMIT} characters")]
    Malformed,
    /// More than ten.
    #[error("a parameter can have at most {POLICIES_LIMIT} policies, not {0}")]
    TooMany(usize),
    /// A type other than the three.
    #[error("{0:?} is not a policy type; valid types are Expiration, ExpirationNotification and NoChangeNotification")]
    Type(String),
    /// A member or attribute that is missing, unknown, or invalid.
    #[error("the policy {policy} needs {expected}")]
    Attribute {
        /// The type of the policy.
        policy: &'static str,
        /// What is expected, in words.
        expected: &'static str,
        /// What is wrong with it.
        flaw: PolicyFlaw,
    },
    /// Conflicting policies.
    #[error("conflicting policies: {0}")]
    Incompatible(Conflict),
    /// A text on the command line that is neither an instant nor a period.
    #[error("an expiration must be an instant (2027-01-31T07:00:00Z), a day (2027-01-31) or a period from now (30d)")]
    When,
    /// An expiration in the past.
    #[error("the expiration {0} is not in the future")]
    Past(Timestamp),
}

/// What is wrong with a member or attribute of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFlaw {
    /// Another version than 1.0.
    Version,
    /// An attribute is missing, or all of them.
    Missing(&'static str),
    /// Not an instant.
    Timestamp,
    /// An attribute that is not a positive whole number.
    Number(&'static str),
    /// Neither days nor hours.
    Unit,
    /// A member or attribute that policies do not have.
    Unknown,
}

/// Why policies cannot be together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// More than one expiration.
    #[error("there is more than one Expiration")]
    Expirations,
    /// A notification before an expiration that there is none of.
    #[error("an ExpirationNotification needs an Expiration")]
    Unpaired,
    /// The same one again.
    #[error("a policy is given twice")]
    Repeated,
}

impl Policy {
    /// The policy that states a rule.
    pub(crate) fn new(rule: Rule) -> Self {
        let (kind, attributes) = match rule {
            Rule::Expiration(at) => ("Expiration", format!(r#""Timestamp":"{at}""#)),
            Rule::ExpirationNotification(period) => ("ExpirationNotification", period_attributes("Before", period)),
            Rule::NoChangeNotification(period) => ("NoChangeNotification", period_attributes("After", period)),
        };
        Policy { rule, text: format!(r#"{{"Type":"{kind}","Version":"1.0","Attributes":{{{attributes}}}}}"#) }
    }

    /// The policy of `--expires`: an instant with its offset, a day (its beginning in UTC), or a period from `now`.
    pub(crate) fn expires(when: &str, now: Timestamp) -> Result<Self, PolicyError> {
        let at = match (when.parse::<Period>(), when.parse::<jiff::civil::Date>()) {
            (Ok(period), _) => period.after(now),
            (_, Ok(day)) if when.len() == 10 => instant(&format!("{day}T00:00:00Z")).ok_or(PolicyError::When)?,
            _ => instant(when).ok_or(PolicyError::When)?,
        };
        Ok(Policy::new(Rule::Expiration(at)))
    }

    /// The policy of `--notify-before`.
    pub(crate) fn notify_before(period: Period) -> Self {
        Policy::new(Rule::ExpirationNotification(period))
    }

    /// The policy of `--notify-unchanged`.
    pub(crate) fn notify_unchanged(period: Period) -> Self {
        Policy::new(Rule::NoChangeNotification(period))
    }

    /// Reads the array that AWS calls `Policies`. `[{}]`, `[]` and the empty text mean none.
    pub(crate) fn parse_array(text: &str) -> Result<Vec<Self>, PolicyError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if text.chars().count() > TEXT_LIMIT {
            return Err(PolicyError::Malformed);
        }
        let given: Vec<Value> = serde_json::from_str(text).map_err(|_| PolicyError::Malformed)?;
        if let [Value::Object(only)] = given.as_slice()
            && only.is_empty()
        {
            return Ok(Vec::new());
        }
        let policies = given.iter().map(Policy::from_json).collect::<Result<Vec<_>, _>>()?;
        Policy::check_together(&policies)?;
        Ok(policies)
    }

    /// Reads one policy of a document, which must be in the normalised form.
    pub(crate) fn parse_stored(text: &str) -> Result<Self, PolicyError> {
        let value = serde_json::from_str(text).map_err(|_| PolicyError::Malformed)?;
        let policy = Policy::from_json(&value)?;
        if policy.text == text { Ok(policy) } else { Err(PolicyError::Malformed) }
    }

    /// Whether one version may have this set of policies: at most ten, one expiration, no duplicates, and an expiration
    /// if there is a notification before it. AWS does not specify the last rule; without it the notification would
    /// never be sent.
    pub(crate) fn check_together(policies: &[Self]) -> Result<(), PolicyError> {
        let expirations = policies.iter().filter(|policy| matches!(policy.rule, Rule::Expiration(_))).count();
        let before = policies.iter().any(|policy| matches!(policy.rule, Rule::ExpirationNotification(_)));
        let repeated = policies.iter().enumerate().any(|(place, policy)| policies[..place].contains(policy));
        match (policies.len(), expirations) {
            (count, _) if count > POLICIES_LIMIT => Err(PolicyError::TooMany(count)),
            (_, 2..) => Err(PolicyError::Incompatible(Conflict::Expirations)),
            (_, 0) if before => Err(PolicyError::Incompatible(Conflict::Unpaired)),
            _ if repeated => Err(PolicyError::Incompatible(Conflict::Repeated)),
            _ => Ok(()),
        }
    }

    /// The JSON text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What it says.
    pub(crate) fn rule(&self) -> Rule {
        self.rule
    }

    /// The word that AWS uses for what it does.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.rule {
            Rule::Expiration(_) => "Expiration",
            Rule::ExpirationNotification(_) => "ExpirationNotification",
            Rule::NoChangeNotification(_) => "NoChangeNotification",
        }
    }

    fn from_json(value: &Value) -> Result<Self, PolicyError> {
        let object = value.as_object().ok_or(PolicyError::Malformed)?;
        let kind = object.get("Type").and_then(Value::as_str).unwrap_or_default();
        let rule = match kind {
            "Expiration" => expiration(value)?,
            "ExpirationNotification" => {
                Rule::ExpirationNotification(period(value, "ExpirationNotification", "Before", BEFORE)?)
            }
            "NoChangeNotification" => {
                Rule::NoChangeNotification(period(value, "NoChangeNotification", "After", AFTER)?)
            }
            other => return Err(PolicyError::Type(other.chars().take(40).collect())),
        };
        Ok(Policy::new(rule))
    }
}

const BEFORE: &str =
    "the attributes Before (a positive whole number in quotes) and Unit (Days or Hours), and no others";
const AFTER: &str = "the attributes After (a positive whole number in quotes) and Unit (Days or Hours), and no others";

fn period_attributes(name: &str, period: Period) -> String {
    format!(r#""{name}":"{}","Unit":"{}""#, period.number(), period.unit().as_str())
}

/// The attributes of a policy that has its three members, the right version, and nothing else.
fn attributes<'a>(policy: &'a Value, kind: &'static str) -> Result<&'a serde_json::Map<String, Value>, PolicyError> {
    let expected = "the members Type, Version (\"1.0\") and Attributes, and no others";
    let wrong = |flaw| PolicyError::Attribute { policy: kind, expected, flaw };
    if policy["Version"] != "1.0" {
        return Err(wrong(PolicyFlaw::Version));
    }
    let attributes = policy["Attributes"].as_object().ok_or(wrong(PolicyFlaw::Missing("Attributes")))?;
    let is_whole = policy.as_object().is_some_and(|object| object.len() == 3);
    if is_whole { Ok(attributes) } else { Err(wrong(PolicyFlaw::Unknown)) }
}

fn expiration(value: &Value) -> Result<Rule, PolicyError> {
    let expected = "one attribute, Timestamp, an instant such as 2027-01-31T00:00:00.000Z";
    let wrong = |flaw| PolicyError::Attribute { policy: "Expiration", expected, flaw };
    let attributes = attributes(value, "Expiration")?;
    let written = attributes.get("Timestamp").ok_or(wrong(PolicyFlaw::Missing("Timestamp")))?;
    let at = written.as_str().and_then(instant).ok_or(wrong(PolicyFlaw::Timestamp))?;
    if attributes.len() == 1 { Ok(Rule::Expiration(at)) } else { Err(wrong(PolicyFlaw::Unknown)) }
}

fn period(
    value: &Value,
    policy: &'static str,
    name: &'static str,
    expected: &'static str,
) -> Result<Period, PolicyError> {
    let wrong = |flaw| PolicyError::Attribute { policy, expected, flaw };
    let attributes = attributes(value, policy)?;
    let written = |name| attributes.get(name).ok_or(wrong(PolicyFlaw::Missing(name)));
    let (number, unit) = (written(name)?.as_str(), written("Unit")?.as_str().unwrap_or_default());
    let number = number.filter(|text| text.bytes().all(|b| b.is_ascii_digit())).and_then(|text| text.parse().ok());
    // The service writes its units in capitals when it lists them.
    let unit = match unit {
        _ if unit.eq_ignore_ascii_case("Days") => Unit::Days,
        _ if unit.eq_ignore_ascii_case("Hours") => Unit::Hours,
        _ => return Err(wrong(PolicyFlaw::Unit)),
    };
    let period = number.and_then(|number| Period::new(number, unit)).ok_or(wrong(PolicyFlaw::Number(name)))?;
    if attributes.len() == 2 { Ok(period) } else { Err(wrong(PolicyFlaw::Unknown)) }
}

/// An ISO instant or date-time with an offset, in the range that documents can write. Fractions of seconds are cut off.
fn instant(text: &str) -> Option<Timestamp> {
    let seconds = text.parse::<jiff::Timestamp>().ok()?.as_second();
    let instant = Timestamp::from_unix(seconds);
    (instant.unix() == seconds).then_some(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRATION: &str =
        r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-31T00:00:00Z"}}"#;
    const BEFORE_15: &str =
        r#"{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"15","Unit":"Days"}}"#;
    const AFTER_20: &str =
        r#"{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Hours"}}"#;

    fn now() -> Timestamp {
        "2026-11-23T07:00:00Z".parse().unwrap()
    }

    fn array(items: &[&str]) -> Result<Vec<Policy>, PolicyError> {
        Policy::parse_array(&format!("[{}]", items.join(",")))
    }

    #[test]
    fn policies_have_one_text_however_they_were_written() {
        let written = r#" [ { "Version" : "1.0", "Attributes": {"Timestamp":"2027-01-31T01:00:00.000+01:00"},
            "Type": "Expiration" }, {"Type":"ExpirationNotification","Version":"1.0",
            "Attributes":{"Unit":"Days","Before":"015"}} ] "#;
        let policies = Policy::parse_array(written).unwrap();
        assert_eq!(policies.iter().map(Policy::as_str).collect::<Vec<_>>(), [EXPIRATION, BEFORE_15]);
        assert_eq!(policies[0].rule(), Rule::Expiration("2027-01-31T00:00:00Z".parse().unwrap()));
        assert_eq!(policies[1].type_name(), "ExpirationNotification");
    }

    #[test]
    fn documents_hold_the_normalised_text_only() {
        for text in [EXPIRATION, BEFORE_15, AFTER_20] {
            assert_eq!(Policy::parse_stored(text).unwrap().as_str(), text);
        }
        assert!(Policy::parse_stored(&EXPIRATION.replace("00Z", "00.000Z")).is_err());
        assert!(Policy::parse_stored(&BEFORE_15.replace("15", "015")).is_err());
        assert!(Policy::parse_stored(&format!(" {AFTER_20}")).is_err());
    }

    #[test]
    fn three_texts_mean_no_policies() {
        for none in ["", "[]", "[{}]", " [ { } ] "] {
            assert_eq!(Policy::parse_array(none), Ok(vec![]), "{none}");
        }
        assert!(matches!(Policy::parse_array("[{},{}]"), Err(PolicyError::Type(_))));
    }

    #[test]
    fn each_mistake_has_its_error() {
        for malformed in ["{}", "nonsense", "[1]", "null", &format!("[{}]", " ".repeat(4095))] {
            assert_eq!(Policy::parse_array(malformed), Err(PolicyError::Malformed), "{malformed}");
        }
        assert_eq!(array(&[r#"{"Type":"expiration"}"#]), Err(PolicyError::Type("expiration".into())));
        for (good, bad) in [
            ("1.0", "2.0"),
            ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00"),
            ("2027-01-31T00:00:00Z", "1969-01-31T00:00:00Z"),
            ("Timestamp", "Time"),
            (r#""Version""#, r#""Extra":"1","Version""#),
            (r#"{"Timestamp""#, r#"{"Extra":"1","Timestamp""#),
        ] {
            assert!(matches!(array(&[&EXPIRATION.replace(good, bad)]), Err(PolicyError::Attribute { .. })), "{bad}");
        }
        for (good, bad) in [("Days", "Weeks"), (r#""15""#, "15"), ("15", "0"), ("15", "+5"), ("Before", "After")] {
            let items = [EXPIRATION, &BEFORE_15.replace(good, bad)];
            assert!(matches!(array(&items), Err(PolicyError::Attribute { .. })), "{bad}");
        }
    }

    #[test]
    fn sets_that_make_no_sense_are_refused() {
        let other = EXPIRATION.replace("2027", "2028");
        assert!(matches!(array(&[EXPIRATION, &other]), Err(PolicyError::Incompatible(_))));
        assert!(matches!(array(&[BEFORE_15]), Err(PolicyError::Incompatible(_))));
        assert!(matches!(array(&[AFTER_20, AFTER_20]), Err(PolicyError::Incompatible(_))));
        let many: Vec<String> = (1..=11).map(|n| AFTER_20.replace("20", &n.to_string())).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(array(&many), Err(PolicyError::TooMany(11)));
        assert_eq!(array(&many[..10]).unwrap().len(), 10);
    }

    #[test]
    fn expirations_are_instants_days_or_periods() {
        let at = |when: &str| Policy::expires(when, now()).map(|policy| policy.rule());
        let rule = |text: &str| Ok(Rule::Expiration(text.parse().unwrap()));
        assert_eq!(at("2027-01-31T07:00:00+01:00"), rule("2027-01-31T06:00:00Z"));
        assert_eq!(at("2027-01-31"), rule("2027-01-31T00:00:00Z"));
        assert_eq!(at("30d"), rule("2026-12-23T07:00:00Z"));
        for bad in ["tomorrow", "", "2027-02-30", "2027-01-31T07:00", "30"] {
            assert_eq!(at(bad), Err(PolicyError::When), "{bad}");
        }
    }
}
