//! Filters of listings, as requests state them (parameter-store §10).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{faults, keys};
use crate::aws::error::ErrorCode;
use crate::model::arn::Arn;
use crate::model::name::ParameterName;
use crate::model::parameter::{Filter, FilterError, Parameter, Selector};
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// Which keys an operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// `DescribeParameters`: everything but labels.
    Describe,
    /// `GetParametersByPath`: type, key, label.
    ByPath,
}

/// The filters of one request. All must match.
#[derive(Debug, Default)]
pub(super) struct Filters {
    conditions: Vec<Filter>,
    /// By the name of a key in AWS's words, which only answers have.
    key: Option<KeyFilter>,
    /// The only names that can match, if a filter states them.
    names: Option<Vec<ParameterName>>,
}

#[derive(Debug)]
struct KeyFilter {
    is_prefix: bool,
    values: Vec<String>,
}

/// A filter as it is written.
struct Written<'b> {
    key: &'b str,
    option: Option<&'b str>,
    values: Vec<String>,
}

const KEYS: &str = "tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType";

impl Filters {
    /// Reads `ParameterFilters`, which [`check`] has passed.
    pub(super) fn of(members: &Members<'_>, listing: Listing) -> Result<Self, Fault> {
        let written: Vec<Written<'_>> =
            members.structures("ParameterFilters").or_none().into_iter().map(Written::of).collect();
        let mut seen = BTreeSet::new();
        for Written { key, .. } in &written {
            listing.check(key)?;
            if !seen.insert(*key) {
                return Err(invalid_key(format!(
                    "The following filter is duplicated in the request: {key}. A request can contain only one occurrence of a \
                     specific filter."
                )));
            }
        }
        Filters::built(written)
    }

    /// Reads the older `Filters`: a name is the beginning of one.
    pub(super) fn older(members: &Members<'_>) -> Result<Self, Fault> {
        let read = |filter| {
            let written = Written::of(filter);
            Written { option: (written.key == "Name").then_some("BeginsWith"), ..written }
        };
        Filters::built(members.structures("Filters").or_none().into_iter().map(read).collect())
    }

    /// Whether a name can match at all.
    pub(super) fn admits(&self, name: &ParameterName) -> bool {
        self.conditions.iter().all(|filter| filter.admits(name))
    }

    /// Whether a parameter matches.
    pub(super) fn matches(&self, parameter: &Parameter) -> bool {
        let key = parameter.latest().and_then(|latest| latest.key());
        let has_key = self.key.as_ref().is_none_or(|filter| key.is_some_and(|key| filter.matches(&keys::names(key))));
        has_key && self.conditions.iter().all(|filter| filter.matches(parameter))
    }

    /// The version that a parameter is shown by.
    pub(super) fn selector(&self, parameter: &Parameter) -> Selector {
        Filter::selector(&self.conditions, parameter)
    }

    /// The only names that can match, sorted, if the filters state them: nothing has to be listed then.
    pub(super) fn names(&self) -> Option<&[ParameterName]> {
        self.names.as_deref()
    }

    fn built(written: Vec<Written<'_>>) -> Result<Self, Fault> {
        let mut filters = Filters::default();
        for Written { key, option, values } in written {
            if values.is_empty() && !key.starts_with("tag:") {
                return Err(faults::new(
                    ErrorCode::InvalidFilterValue.as_str(),
                    format!("The following filter values are missing : null for filter key {key}."),
                ));
            }
            let values = if key == "Name" { values.iter().map(|value| bare(value)).collect() } else { values };
            let parsed = Filter::new(key, option, &values).map_err(|error| refused(&error, key))?;
            if key == "Name" && option.is_none_or(|option| option == "Equals") {
                // In one spelling, since `x` and `/x` are one.
                let rooted = |value: &String| format!("/{}", value.strip_prefix('/').unwrap_or(value)).parse().ok();
                let names: BTreeSet<ParameterName> = values.iter().filter_map(rooted).collect();
                filters.names = Some(names.into_iter().collect());
            }
            match key {
                "KeyId" => filters.key = Some(KeyFilter { is_prefix: option == Some("BeginsWith"), values }),
                _ => filters.conditions.push(parsed),
            }
        }
        Ok(filters)
    }
}

/// The name in an ARN; any other text as it is.
fn bare(text: &str) -> String {
    Arn::parse(text).and_then(|arn| arn.parameter()).unwrap_or(text).to_owned()
}

impl KeyFilter {
    fn matches(&self, names: &[String]) -> bool {
        let fits = |name: &String, value: &String| if self.is_prefix { name.starts_with(value) } else { name == value };
        self.values.iter().any(|value| names.iter().any(|name| fits(name, value)))
    }
}

impl Listing {
    fn check(self, key: &str) -> Result<(), Fault> {
        let valid = match self {
            Listing::Describe if key == "Label" => "Path, Name, Type, KeyId, Tier",
            Listing::ByPath if !["Type", "KeyId", "Label"].contains(&key) => "Type, KeyId",
            Listing::Describe | Listing::ByPath => return Ok(()),
        };
        Err(invalid_key(format!("The following filter key is not valid: {key}. Valid filter keys include: [{valid}].")))
    }
}

impl<'b> Written<'b> {
    fn of(filter: &'b Map<String, Value>) -> Self {
        let text = |member| filter.get(member).and_then(Value::as_str);
        let values = filter.get("Values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Written {
            key: text("Key").unwrap_or_default(),
            option: text("Option"),
            values: values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }
}

/// Records what is wrong with the form of the filters of a request.
pub(super) fn check(members: &Members<'_>, name: &'static str) {
    for (number, filter) in (1..).zip(members.structures(name).or_none()) {
        let Written { key, option, values } = Written::of(filter);
        let must = |member: &str, shown: &str, must: &str| {
            members.violate(&format!("{name}.{number}.member.{member}"), shown, must);
        };
        let is_old = name == "Filters";
        if filter.get("Key").is_none_or(Value::is_null) {
            members.violate_absent(&format!("{name}.{number}.member.key"));
        } else if is_old && !["Name", "Type", "KeyId"].contains(&key) {
            must("key", key, "satisfy enum value set: [Type, KeyId, Name]");
        } else if !is_old && !is_key(key) {
            must("key", key, &format!("satisfy regular expression pattern: {KEYS}"));
        }
        if key.chars().count() > 132 {
            must("key", key, "have length less than or equal to 132");
        }
        if let Some(option) = option.filter(|option| option.len() > 10) {
            must("option", option, "have length less than or equal to 10");
        }
        let shown = format!("[{}]", values.join(", "));
        if values.len() > 50 {
            must("values", &shown, "have length less than or equal to 50");
        }
        if values.iter().any(|value| !(1..=1024).contains(&value.chars().count())) {
            must(
                "values",
                &shown,
                "satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or \
                 equal to 1]",
            );
        }
    }
}

fn is_key(key: &str) -> bool {
    ["Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType"].contains(&key)
        || key.strip_prefix("tag:").is_some_and(|tag| !tag.is_empty())
}

fn invalid_key(text: String) -> Fault {
    faults::new(ErrorCode::InvalidFilterKey.as_str(), text)
}

fn refused(error: &FilterError, key: &str) -> Fault {
    let text = match error {
        FilterError::Option { option, .. } => {
            let valid = match key {
                "Path" => "Recursive, OneLevel",
                "Label" => "Equals",
                _ => "BeginsWith, Equals",
            };
            format!("The following filter option is not valid: {option}. Valid options include: [{valid}].")
        }
        FilterError::Value { value, .. } => match key {
            "Path" => return faults::path(),
            "Type" => not_valid(value, "String, StringList, SecureString"),
            "Tier" => not_valid(value, "Standard, Advanced, Intelligent-Tiering"),
            _ => error.to_string(),
        },
        FilterError::Reserved => {
            "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When \
                                  using global parameters, please specify within a global namespace."
                .to_owned()
        }
        FilterError::Key { .. } | FilterError::Duplicate(_) | FilterError::Form | FilterError::Count => {
            error.to_string()
        }
    };
    faults::new(ErrorCode::from(error).as_str(), text)
}

fn not_valid(value: &str, valid: &str) -> String {
    format!("The following filter value is not valid: {value}. Valid values include: [{valid}].")
}
