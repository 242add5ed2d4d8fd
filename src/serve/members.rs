//! The members of a request: typed, checked, and reported together as the services do (wire §3).

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::RangeInclusive;

use data_encoding::BASE64;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::fault::Fault;
use crate::aws::error::Service;
use crate::model::value::SecretValue;

/// The members of one request. A member that is `null` is absent, one that is unknown is ignored.
pub(crate) struct Members<'b> {
    body: &'b Map<String, Value>,
    service: Service,
    /// Where they are, if not at the top: `tags.1.member.`
    place: String,
    violations: RefCell<Vec<String>>,
    broken: RefCell<Option<Fault>>,
}

/// One member that is being checked.
pub(crate) struct Member<'m, 'b, T> {
    members: &'m Members<'b>,
    name: &'static str,
    /// How the value appears in messages.
    shown: String,
    value: Option<T>,
}

impl<'b> Members<'b> {
    pub(crate) fn of(body: &'b Map<String, Value>, service: Service) -> Self {
        Members { body, service, place: String::new(), violations: RefCell::default(), broken: RefCell::default() }
    }

    /// Reads the members of a structure in it. What is wrong with them is told with the rest.
    pub(crate) fn inside<T>(
        &self,
        place: &str,
        body: &'b Map<String, Value>,
        read: impl FnOnce(&Members<'b>) -> T,
    ) -> T {
        let inner = Members { place: format!("{}{}.", self.place, camel(place)), ..Members::of(body, self.service) };
        let value = read(&inner);
        self.violations.borrow_mut().append(&mut inner.violations.borrow_mut());
        if let Some(fault) = inner.broken.take() {
            self.broken.borrow_mut().get_or_insert(fault);
        }
        value
    }

    pub(crate) fn text(&self, name: &'static str) -> Member<'_, 'b, &'b str> {
        let value = self.typed(name, Some("a String"), Value::as_str);
        self.member(name, value.unwrap_or_default().to_owned(), value)
    }

    /// A text that must not be repeated in messages.
    pub(crate) fn secret(&self, name: &'static str) -> Member<'_, 'b, &'b str> {
        let value = self.typed(name, Some("a String"), Value::as_str);
        let shown = if value == Some("") { "" } else { "*** Sensitive Data Redacted ***" };
        self.member(name, shown.to_owned(), value)
    }

    /// Bytes, in base64, that must not be repeated in messages.
    pub(crate) fn blob(&self, name: &'static str) -> Member<'_, 'b, SecretValue> {
        let decode = |value: &Value| BASE64.decode(value.as_str()?.as_bytes()).ok();
        let value = self.typed(name, None, decode).map(|bytes| SecretValue::new(Zeroizing::new(bytes)));
        self.member(name, "*** Sensitive Data Redacted ***".to_owned(), value)
    }

    /// A whole number; also one that is written with a fraction of zero.
    pub(crate) fn number(&self, name: &'static str) -> Member<'_, 'b, i64> {
        #[expect(clippy::cast_possible_truncation, reason = "numbers beyond are cut, and out of every range")]
        let whole = |value: &Value| {
            value.as_i64().or_else(|| value.as_f64().filter(|it| it.fract() == 0.0).map(|it| it as i64))
        };
        let value = self.typed(name, Some("an Integer"), whole);
        self.member(name, value.map(|number| number.to_string()).unwrap_or_default(), value)
    }

    /// Yes or no.
    pub(crate) fn flag(&self, name: &'static str) -> Option<bool> {
        self.typed(name, Some("a Boolean"), Value::as_bool)
    }

    pub(crate) fn texts(&self, name: &'static str) -> Member<'_, 'b, Vec<&'b str>> {
        let texts = |value: &'b Value| value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        let value = self.typed(name, None, texts);
        let shown = value.as_ref().map(|texts| format!("[{}]", texts.join(", "))).unwrap_or_default();
        self.member(name, shown, value)
    }

    pub(crate) fn structures(&self, name: &'static str) -> Member<'_, 'b, Vec<&'b Map<String, Value>>> {
        let items = |value: &'b Value| value.as_array()?.iter().map(Value::as_object).collect::<Option<Vec<_>>>();
        let value = self.typed(name, None, items);
        let shown = if value.as_ref().is_some_and(Vec::is_empty) { "[]" } else { "[…]" };
        self.member(name, shown.to_owned(), value)
    }

    pub(crate) fn structure(&self, name: &'static str) -> Option<&'b Map<String, Value>> {
        self.typed(name, None, Value::as_object)
    }

    /// Whether the member is there, and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.body.get(name).is_some_and(|value| !value.is_null())
    }

    /// Records a violation of the form: `Value 'V' at 'member' failed to satisfy constraint: Member must …`.
    pub(crate) fn violate(&self, name: &str, shown: &str, must: &str) {
        self.record(&format!("Value '{shown}'"), name, must);
    }

    /// The same for a value that is not repeated: `Value at 'member' failed to satisfy constraint: Member must …`.
    pub(crate) fn violate_unseen(&self, name: &str, must: &str) {
        self.record("Value", name, must);
    }

    /// The same for a member that is missing.
    pub(crate) fn violate_absent(&self, name: &str) {
        self.record("Value null", name, "not be null");
    }

    fn record(&self, what: &str, name: &str, must: &str) {
        let place = format!("{}{}", self.place, camel(name));
        let text = format!("{what} at '{place}' failed to satisfy constraint: Member must {must}");
        self.violations.borrow_mut().push(text);
    }

    /// Refuses the request if any member is not what it must be.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if let Some(fault) = self.broken.borrow_mut().take() {
            return Err(fault);
        }
        let violations = self.violations.borrow();
        let errors = match violations.len() {
            0 => return Ok(()),
            1 => "error",
            _ => "errors",
        };
        let text = format!("{} validation {errors} detected: {}", violations.len(), violations.join("; "));
        Err(Fault::validation(self.service, text))
    }

    fn member<T>(&self, name: &'static str, shown: String, value: Option<T>) -> Member<'_, 'b, T> {
        Member { members: self, name, shown, value }
    }

    /// A value of another type is not even JSON of this operation. `wanted` is what the services call the type, if they have a name for it.
    fn typed<T>(&self, name: &str, wanted: Option<&str>, read: impl FnOnce(&'b Value) -> Option<T>) -> Option<T> {
        let value = self.body.get(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            let fault = Fault::silent(self.service, "SerializationException");
            let message = wanted.and_then(|wanted| misread(value, wanted));
            self.broken.borrow_mut().get_or_insert(Fault { message, ..fault });
        }
        read
    }
}

impl<T> Member<'_, '_, T> {
    /// Must be there.
    pub(crate) fn required(self) -> Self {
        if self.value.is_none() && self.members.broken.borrow().is_none() {
            self.members.violate_absent(self.name);
        }
        self
    }

    /// The value, if there is one. Ask [`Members::check`] before it is used.
    pub(crate) fn value(self) -> Option<T> {
        self.value
    }

    fn must(self, is_kept: impl FnOnce(&T) -> bool, what: &str) -> Self {
        if self.value.as_ref().is_some_and(|value| !is_kept(value)) {
            self.members.violate(self.name, &self.shown, what);
        }
        self
    }

    fn in_range(self, size: impl Fn(&T) -> i64, range: &RangeInclusive<i64>, is: &str) -> Self {
        let (low, high) = (*range.start(), *range.end());
        let kept = self.must(|value| size(value) >= low, &format!("have {is} greater than or equal to {low}"));
        kept.must(|value| size(value) <= high, &format!("have {is} less than or equal to {high}"))
    }
}

impl<'b> Member<'_, 'b, &'b str> {
    /// How many characters it may have.
    pub(crate) fn length(self, range: RangeInclusive<i64>) -> Self {
        self.in_range(|text| i64::try_from(text.chars().count()).unwrap_or(i64::MAX), &range, "length")
    }

    /// The form, as the pattern in the model of the service states it.
    pub(crate) fn pattern(self, pattern: &str, is_kept: impl Fn(&str) -> bool) -> Self {
        self.must(|text| is_kept(text), &format!("satisfy regular expression pattern: {pattern}"))
    }

    /// One of these words.
    pub(crate) fn one_of(self, words: &[&str]) -> Self {
        self.must(|text| words.contains(text), &format!("satisfy enum value set: [{}]", words.join(", ")))
    }

    /// The text; empty if it is absent.
    pub(crate) fn or_empty(self) -> &'b str {
        self.value.unwrap_or_default()
    }
}

impl Member<'_, '_, SecretValue> {
    /// How many bytes it may have.
    pub(crate) fn size(self, range: RangeInclusive<i64>) -> Self {
        self.in_range(|bytes| i64::try_from(bytes.reveal().len()).unwrap_or(i64::MAX), &range, "length")
    }
}

impl Member<'_, '_, i64> {
    /// What it may be.
    pub(crate) fn range(self, range: RangeInclusive<i64>) -> Self {
        self.in_range(|number| *number, &range, "value")
    }
}

impl Member<'_, '_, Vec<&str>> {
    /// How many characters each may have.
    pub(crate) fn each_length(self, range: RangeInclusive<usize>) -> Self {
        let must = format!("satisfy constraint: [{}]", lengths(&range));
        self.must(|texts| texts.iter().all(|text| range.contains(&text.chars().count())), &must)
    }

    /// How many characters each may have, and in which form.
    pub(crate) fn each_pattern(self, range: RangeInclusive<usize>, pattern: &str, fits: impl Fn(&str) -> bool) -> Self {
        let must = format!(
            "satisfy constraint: [{}, Member must satisfy regular expression pattern: {pattern}]",
            lengths(&range)
        );
        self.must(|texts| texts.iter().all(|text| range.contains(&text.chars().count()) && fits(text)), &must)
    }
}

impl<T> Member<'_, '_, Vec<T>> {
    /// How many there may be.
    pub(crate) fn count(self, range: RangeInclusive<i64>) -> Self {
        self.in_range(|items| i64::try_from(items.len()).unwrap_or(i64::MAX), &range, "length")
    }

    /// The items; none if the member is absent.
    pub(crate) fn or_none(self) -> Vec<T> {
        self.value.unwrap_or_default()
    }
}

/// What the services say of a value of another type; they are silent where it should be a list or a structure.
fn misread(value: &Value, wanted: &str) -> Option<Cow<'static, str>> {
    let found = match value {
        Value::Array(_) => return Some("Start of list found where not expected".into()),
        Value::Object(_) => return Some("Start of structure or map found where not expected.".into()),
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Null => return None,
    };
    Some(format!("{found} can not be converted to {wanted}").into())
}

fn lengths(range: &RangeInclusive<usize>) -> String {
    format!(
        "Member must have length less than or equal to {}, Member must have length greater than or equal to {}",
        range.end(),
        range.start()
    )
}

/// `ClientRequestToken` is `clientRequestToken` in messages.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(body: Value, work: impl FnOnce(&Members<'_>)) -> Result<(), Fault> {
        let Value::Object(body) = body else { panic!() };
        let members = Members::of(&body, Service::ParameterStore);
        work(&members);
        members.check()
    }

    #[test]
    fn violations_are_reported_together_and_values_are_not() {
        let fault = checked(json!({ "Names": ["a", "b"], "Value": "hunter2", "Name": null }), |members| {
            members.text("Name").required();
            members.texts("Names").count(1..=1);
            members.secret("Value").length(1..=2);
        });
        assert_eq!(
            fault.unwrap_err().message.unwrap(),
            "3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; \
             Value '[a, b]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 1; \
             Value '*** Sensitive Data Redacted ***' at 'value' failed to satisfy constraint: Member must have length less \
             than or equal to 2"
        );
    }

    #[test]
    fn what_is_inside_is_told_with_its_place() {
        let body = json!({ "Tags": [{ "Key": "" }, { "Key": 1 }], "Name": "ab" });
        let tags = |number: usize| {
            move |members: &Members<'_>| {
                let list = members.structures("Tags").or_none();
                let place = format!("Tags.{}.member", number + 1);
                members.inside(&place, list[number], |tag| drop(tag.text("Key").length(1..=128)));
                members.text("Name").length(1..=1);
            }
        };
        assert_eq!(
            checked(body.clone(), tags(0)).unwrap_err().message.unwrap(),
            "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have \
             length greater than or equal to 1; Value 'ab' at 'name' failed to satisfy constraint: Member must have length \
             less than or equal to 1"
        );
        assert_eq!(checked(body, tags(1)).unwrap_err().code, "SerializationException");
    }

    #[test]
    fn another_type_is_no_request_and_a_whole_fraction_is_a_number() {
        let broken = |value: Value, read: fn(&Members<'_>)| {
            let fault = checked(json!({ "Member": value }), read).unwrap_err();
            assert_eq!(fault.code, "SerializationException");
            fault.message
        };
        let text = |members: &Members<'_>| drop(members.text("Member").required());
        assert_eq!(broken(json!(3), text).unwrap(), "NUMBER_VALUE can not be converted to a String");
        assert_eq!(broken(json!([]), text).unwrap(), "Start of list found where not expected");
        assert_eq!(broken(json!({}), text).unwrap(), "Start of structure or map found where not expected.");
        let number = |members: &Members<'_>| drop(members.number("Member"));
        assert_eq!(broken(json!("3"), number).unwrap(), "STRING_VALUE can not be converted to an Integer");
        let flag = |members: &Members<'_>| {
            members.flag("Member");
        };
        assert_eq!(broken(json!("yes"), flag).unwrap(), "STRING_VALUE can not be converted to a Boolean");
        assert_eq!(broken(json!("a"), |members| drop(members.texts("Member"))), None);
        let whole = |members: &Members<'_>| assert_eq!(members.number("MaxResults").range(1..=10).value(), Some(5));
        checked(json!({ "MaxResults": 5.0 }), whole).unwrap();
        assert!(
            checked(json!({ "MaxResults": 11 }), |members| drop(members.number("MaxResults").range(1..=10))).is_err()
        );
    }
}
