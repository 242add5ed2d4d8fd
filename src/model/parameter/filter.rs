//! Filters for listings of parameters (parameter-store §10).

use std::str::FromStr;

use super::filter_error::FilterError;
use super::filter_key::{Comparison, FilterKey};
use super::label::Label;
use super::parameter::Parameter;
use super::selector::Selector;
use crate::model::name::{ParameterName, ParameterPath, is_reserved};
use crate::model::tag;

/// One condition on a parameter. Multiple filters must all match; of several values in one filter, any.
///
/// People write `KEY=VALUE[,VALUE…]` with `^=` for "begins with" and `*=` for "contains": `type=SecureString`,
/// `name^=/app`, `tag:team=payments,search`, `tag:team` (any value), `path=/app` (one level), `path^=/app` (all levels).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    key: FilterKey,
    comparison: Comparison,
    values: Vec<String>,
}

const TYPES: [&str; 3] = ["String", "StringList", "SecureString"];
const TIERS: [&str; 3] = ["Standard", "Advanced", "Intelligent-Tiering"];

impl Filter {
    /// A filter as AWS states it: a key, an option (the first of [`FilterKey::comparisons`] when left out), and values.
    /// No values are allowed for a tag only, which then must exist.
    pub(crate) fn new(key: &str, option: Option<&str>, values: &[String]) -> Result<Self, FilterError> {
        let key: FilterKey = key.parse()?;
        let valid = key.comparisons();
        let comparison = match option {
            None => valid[0],
            Some(option) => {
                *valid.iter().find(|valid| valid.as_str() == option).ok_or_else(|| FilterError::Option {
                    key: key.to_string(),
                    option: option.to_owned(),
                    valid: valid.iter().map(|valid| valid.as_str()).collect::<Vec<_>>().join(", "),
                })?
            }
        };
        let exists = matches!(key, FilterKey::Tag(_)) && values.is_empty();
        if !exists && !(1..=50).contains(&values.len()) {
            return Err(FilterError::Count);
        }
        let filter = Filter { key, comparison, values: values.to_vec() };
        filter.values.iter().try_for_each(|value| filter.check(value))?;
        Ok(filter)
    }

    /// Whether names alone are not enough, so that documents must be read.
    pub(crate) fn needs_document(&self) -> bool {
        !matches!(self.key, FilterKey::Name | FilterKey::Path)
    }

    /// Refuses filters by the same key, as AWS does.
    pub(crate) fn check_distinct(filters: &[Filter]) -> Result<(), FilterError> {
        let repeated =
            filters.iter().enumerate().find(|(at, filter)| filters[..*at].iter().any(|f| f.key == filter.key));
        repeated.map_or(Ok(()), |(_, filter)| Err(FilterError::Duplicate(filter.key.to_string())))
    }

    /// The version that a listing shows of a parameter: the one with the filtered label, otherwise the latest. Of several
    /// labels in one filter it is the first that the parameter has.
    pub(crate) fn selector(filters: &[Filter], parameter: &Parameter) -> Selector {
        let by_label = filters.iter().find(|filter| filter.key == FilterKey::Label);
        let mut labels = by_label.into_iter().flat_map(|filter| &filter.values).filter_map(|value| value.parse().ok());
        labels.find(|label| parameter.labelled(label).is_some()).map_or(Selector::Latest, Selector::Label)
    }

    /// Whether a name can pass: exact for a filter by name or path, and "perhaps" (true) for one that needs the document.
    pub(crate) fn admits(&self, name: &ParameterName) -> bool {
        self.needs_document() || self.values.iter().any(|value| self.name_matches(name, value))
    }

    /// Whether a parameter passes: its latest version, and for a label any. Deleted ones never pass.
    pub(crate) fn matches(&self, parameter: &Parameter) -> bool {
        let Some(latest) = parameter.latest() else { return false };
        match &self.key {
            FilterKey::Name | FilterKey::Path => self.admits(&parameter.name),
            FilterKey::Type => self.compare(latest.parameter_type().as_str()),
            FilterKey::KeyId => latest.key().is_some_and(|key| self.compare(key.as_str())),
            FilterKey::Tier => self.compare(latest.settings.tier.as_str()),
            FilterKey::DataType => self.compare(latest.settings.data_type.as_str()),
            FilterKey::Label => parameter.versions.iter().flat_map(|v| &v.labels).any(|l| self.compare(l.as_str())),
            FilterKey::Tag(key) => {
                let tag = parameter.tags.get(key);
                tag.is_some_and(|value| self.values.is_empty() || self.compare(value))
            }
        }
    }

    fn compare(&self, found: &str) -> bool {
        self.values.iter().any(|value| self.comparison.holds(found, value))
    }

    /// `x` and `/x` are one name, so both sides are compared with their slash, except by what they contain.
    fn name_matches(&self, name: &ParameterName, value: &str) -> bool {
        let rooted = name.rooted();
        match self.comparison {
            Comparison::Equals | Comparison::BeginsWith => {
                self.comparison.holds(&rooted[1..], value.strip_prefix('/').unwrap_or(value))
            }
            Comparison::Contains => rooted.contains(value),
            Comparison::OneLevel | Comparison::Recursive => {
                let path = value.parse::<ParameterPath>();
                let below = path.as_ref().ok().and_then(|path| name.below(path));
                below.is_some_and(|rest| self.comparison == Comparison::Recursive || !rest.contains('/'))
            }
        }
    }

    fn check(&self, value: &str) -> Result<(), FilterError> {
        let wrong = |expected| FilterError::Value { key: self.key.to_string(), value: value.to_owned(), expected };
        let exact = self.comparison == Comparison::Equals;
        if !(1..=1024).contains(&value.chars().count()) {
            return Err(wrong("values have 1 to 1024 characters"));
        }
        match &self.key {
            FilterKey::Name | FilterKey::Path
                if self.comparison != Comparison::Contains && is_reserved(value.strip_prefix('/').unwrap_or(value)) =>
            {
                Err(FilterError::Reserved)
            }
            FilterKey::Type if exact && !TYPES.contains(&value) => {
                Err(wrong("types are String, StringList and SecureString"))
            }
            FilterKey::Tier if exact && !TIERS.contains(&value) => {
                Err(wrong("tiers are Standard, Advanced and Intelligent-Tiering"))
            }
            FilterKey::Path if value.parse::<ParameterPath>().is_err() => {
                Err(wrong("a path begins with `/` and has at most 15 levels"))
            }
            FilterKey::Label if value.parse::<Label>().is_err() => Err(wrong("that can be no label")),
            _ => Ok(()),
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    /// Parses user input. Keys, types and tiers may be in any case, and `key` is short for `KeyId`.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let Some((left, values)) = tag::split(text) else {
            let text = tag::unescaped(text);
            return if text.starts_with("tag:") { Filter::new(&text, None, &[]) } else { Err(FilterError::Form) };
        };
        let (key, option) = match left.strip_suffix(['^', '*']) {
            None => (left, None),
            Some(key) if left.ends_with('*') => (key, Some("Contains")),
            Some(key) if key.eq_ignore_ascii_case("path") => (key, Some("Recursive")),
            Some(key) => (key, Some("BeginsWith")),
        };
        let key = if key.eq_ignore_ascii_case("key") { "KeyId" } else { key };
        let key = &tag::unescaped(key);
        let key = in_own_case(key, &["Name", "Type", "KeyId", "Path", "Tier", "DataType", "Label"]);
        let known: &[&str] = match key {
            "Type" => &TYPES,
            "Tier" => &TIERS,
            _ => &[],
        };
        let values: Vec<String> = values.split(',').map(|value| in_own_case(value, known).to_owned()).collect();
        Filter::new(key, option, &values)
    }
}

/// The known word that a text is, in the case it is known in; else the text.
fn in_own_case<'a>(text: &'a str, known: &[&'a str]) -> &'a str {
    known.iter().find(|word| word.eq_ignore_ascii_case(text)).copied().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::parameter::{DataType, Tier};

    fn named(name: &str) -> Parameter {
        Parameter { name: name.parse().unwrap(), ..sample::parameter(2) }
    }

    fn passes(filter: &str, parameter: &Parameter) -> bool {
        filter.parse::<Filter>().unwrap().matches(parameter)
    }

    fn error(filter: &str) -> FilterError {
        filter.parse::<Filter>().unwrap_err()
    }

    #[test]
    fn names_are_compared_without_regard_to_the_leading_slash() {
        for name in ["x", "/x"] {
            assert!(passes("name=x", &named(name)) && passes("name=/x", &named(name)));
        }
        let parameter = named("/app/prod/db");
        assert!(passes("name^=/app", &parameter) && passes("name^=app/p", &parameter));
        assert!(passes("name*=prod", &parameter) && passes("name*=/db", &parameter));
        assert!(!passes("name=/app", &parameter) && !passes("name^=prod", &parameter));
        assert!(passes("name=/y,/app/prod/db", &parameter), "any of several values");
    }

    #[test]
    fn paths_have_one_level_or_all() {
        assert!(passes("path=/app", &named("/app/x")));
        assert!(!passes("path=/app", &named("/app/x/y")));
        assert!(passes("path^=/app/", &named("/app/x/y")));
        assert!(!passes("path^=/app", &named("/app")) && !passes("path^=/app", &named("/apple/x")));
        assert!(passes("path=/", &named("x")));
    }

    #[test]
    fn the_latest_version_decides() {
        let mut parameter = sample::sealed_parameter();
        assert!(passes("type=SecureString", &parameter) && passes("type=securestring,string", &parameter));
        assert!(passes("Type^=Secure", &parameter) && !passes("type=String", &parameter));
        assert!(passes("key=default", &parameter) && passes("keyid^=def", &parameter));
        assert!(!passes("key=default", &sample::parameter(1)), "plain text has no key");
        parameter.versions[0].settings.tier = Tier::Advanced;
        parameter.versions[0].settings.data_type = DataType::Json;
        assert!(passes("tier=advanced", &parameter) && !passes("tier=Intelligent-Tiering", &parameter));
        assert!(passes("datatype=json", &parameter) && passes("DataType^=js", &parameter));
    }

    #[test]
    fn labels_are_found_on_any_version() {
        let mut parameter = sample::parameter(3);
        parameter.label(Some(1), &["live".into()]).unwrap();
        assert!(passes("label=next,live", &parameter));
        assert!(!passes("label=next", &parameter));
    }

    #[test]
    fn tags_have_a_value_or_just_exist() {
        let mut parameter = sample::parameter(1);
        parameter.tags.insert("Team".into(), "payments".into());
        assert!(passes("tag:Team=payments", &parameter) && passes("tag:Team^=pay", &parameter));
        assert!(passes("tag:Team", &parameter));
        assert!(!passes("tag:Team=pay", &parameter) && !passes("tag:team", &parameter), "keys have a case");
    }

    #[test]
    fn the_dead_never_pass() {
        let mut parameter = named("/x");
        parameter.delete();
        assert!(!passes("name=/x", &parameter));
    }

    #[test]
    fn names_decide_early_where_they_can() {
        let filter: Filter = "path^=/app".parse().unwrap();
        assert!(!filter.needs_document());
        assert!(filter.admits(&"/app/x".parse().unwrap()) && !filter.admits(&"/x".parse().unwrap()));
        let filter: Filter = "type=String".parse().unwrap();
        assert!(filter.needs_document() && filter.admits(&"/x".parse().unwrap()));
    }

    #[test]
    fn each_mistake_has_its_error() {
        assert_eq!(error("type"), FilterError::Form);
        assert!(matches!(error("colour=red"), FilterError::Key { .. }));
        assert!(matches!(error("tag:=x"), FilterError::Key { .. }));
        assert!(matches!(error("type*=Str"), FilterError::Option { .. }));
        assert!(matches!(error("label^=li"), FilterError::Option { .. }));
        assert!(matches!(error("path*=li"), FilterError::Option { .. }));
        assert!(matches!(error("type=Strong"), FilterError::Value { .. }));
        assert!(matches!(error("tier=Basic"), FilterError::Value { .. }));
        assert!(matches!(error("path=app"), FilterError::Value { .. }));
        assert!(matches!(error("label=1st"), FilterError::Value { .. }));
        assert!(matches!(error("name="), FilterError::Value { .. }));
        for reserved in ["name^=/AWS", "name=ssm", "path=/aws/x", "path^=/ssm"] {
            assert_eq!(error(reserved), FilterError::Reserved, "{reserved}");
        }
        assert_eq!(Filter::new("Name", None, &[]), Err(FilterError::Count));
        assert_eq!(Filter::new("Name", None, &vec!["x".into(); 51]), Err(FilterError::Count));
        assert!(matches!(Filter::new("name", None, &["x".into()]), Err(FilterError::Key { .. })), "AWS has one case");
        let option = Filter::new("Type", Some("Contains"), &["x".into()]).unwrap_err().to_string();
        assert_eq!(option, "Type does not support the comparison \"Contains\"; valid ones are Equals, BeginsWith");
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in "((?i)name|path|type|tag:x|key)?[\\^*]?=?.{0,12}") {
            if let Ok(filter) = text.parse::<Filter>() {
                filter.matches(&sample::sealed_parameter());
            }
        }
    }

    #[test]
    fn a_filter_by_label_selects_the_version_that_carries_it() {
        let mut parameter = sample::parameter(2);
        parameter.label(Some(1), &["live".into()]).unwrap();
        let selector = |texts: &[&str]| {
            let filters: Vec<Filter> = texts.iter().map(|text| text.parse().unwrap()).collect();
            Filter::selector(&filters, &parameter)
        };
        let live = Selector::Label("live".parse().unwrap());
        assert_eq!(selector(&["type=String"]), Selector::Latest);
        assert_eq!(selector(&["type=String", "label=live,next"]), live);
        assert_eq!(selector(&["label=stable,live"]), live, "the labels are alternatives");
    }

    #[test]
    fn a_key_is_filtered_by_once() {
        let filter = |text: &str| text.parse::<Filter>().unwrap();
        let twice = [filter("name=a"), filter("type=String"), filter("name=b")];
        assert_eq!(Filter::check_distinct(&twice), Err(FilterError::Duplicate("Name".into())));
        assert_eq!(Filter::check_distinct(&twice[..2]), Ok(()));
    }
}
