//! `Filters` of `ListSecrets` and `BatchGetSecretValue`, and the secrets that match (secrets-manager §5).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{faults, regions};
use crate::model::secret::{FILTERS_LIMIT, Secret, SecretFilter, SortBy};
use crate::serve::answer::Seconds;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::kept::Kept;
use crate::serve::members::Members;
use crate::serve::moments::Moment;
use crate::serve::unanswered::Unanswered;

/// Keys, as the model of the service lists them.
const KEYS: [&str; 7] = ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];
const PATTERN: &str = r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$";
const VALUES_LIMIT: usize = 10;
const VALUE_LIMIT: usize = 512;

/// Filters as they are in a request, each a key with values.
pub(super) struct Filters<'b>(Vec<(&'b str, Vec<&'b str>)>);

/// A secret that matches, and what it is sorted by.
pub(super) type Match = (String, Arc<Kept<Secret>>);

impl<'b> Filters<'b> {
    pub(super) fn of(members: &Members<'b>) -> Self {
        let limit = i64::try_from(FILTERS_LIMIT).unwrap_or(i64::MAX);
        let filters = members.structures("Filters").count(0..=limit).or_none();
        let read = |(number, filter): (usize, &'b Map<String, Value>)| {
            let key = filter.get("Key").and_then(Value::as_str);
            let values = filter.get("Values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            check(members, number, key, &values);
            (key.unwrap_or_default(), values)
        };
        Filters((1..).zip(filters).map(read).collect())
    }

    fn taken(self, call: &Call<'_>) -> Result<Vec<SecretFilter>, Fault> {
        let wrong = |text: String| faults::invalid_parameter(text);
        let region = call.account().region;
        let taken = |(key, values): (&str, Vec<&str>)| {
            if key.is_empty() {
                return Err(wrong("Invalid filter key".to_owned()));
            }
            if values.is_empty() {
                return Err(wrong(format!("Invalid filter values for key: {key}")));
            }
            SecretFilter::of_request(key, &values, &region).map_err(|error| wrong(error.to_string()))
        };
        self.0.into_iter().map(taken).collect()
    }
}

fn check(members: &Members<'_>, number: usize, key: Option<&str>, values: &[&str]) {
    let member = |name| format!("Filters.{number}.member.{name}");
    if let Some(key) = key.filter(|key| !KEYS.contains(key)) {
        members.violate(&member("key"), key, &format!("satisfy enum value set: [{}]", KEYS.join(", ")));
    }
    if values.len() > VALUES_LIMIT {
        let shown = format!("[{}]", values.join(", "));
        members.violate(&member("values"), &shown, &format!("have length less than or equal to {VALUES_LIMIT}"));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c);
    let is_valid = |value: &&str| value.chars().all(fits) && value.len() <= VALUE_LIMIT;
    if !values.iter().all(is_valid) {
        let must = format!(
            "satisfy constraint: [Member must have length less than or equal to {VALUE_LIMIT}, Member must satisfy regular \
             expression pattern: {PATTERN}]"
        );
        members.violate(&member("values"), &format!("[{}]", values.join(", ")), &must);
    }
}

/// The secrets that match and that `keep` lets pass, sorted; without `by`, by the day of the last access. A document that cannot be
/// trusted hides no other.
pub(super) fn matching(
    call: &Call<'_>,
    filters: Filters<'_>,
    by: Option<SortBy>,
    keep: impl Fn(&Secret) -> bool,
) -> Result<Vec<Match>, Unanswered> {
    let filters = filters.taken(call)?;
    let names = call.vault()?.names::<Secret>()?.found;
    let mut matches = Vec::new();
    for name in names {
        let Ok(Some(secret)) = call.secret(&name) else { continue };
        let fits = |filter: &SecretFilter| filter.matches(&regions::placed(call, &secret));
        if keep(&secret) && filters.iter().all(fits) {
            matches.push((position(call, &secret, by), secret));
        }
    }
    matches.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(matches)
}

/// What a secret is sorted by: an instant, and its name among equals.
fn position(call: &Call<'_>, secret: &Kept<Secret>, by: Option<SortBy>) -> String {
    let moment = if by == Some(SortBy::LastChangedDate) { Moment::Changed } else { Moment::Created };
    let date = match by {
        Some(by) => by.position(secret).0.map(|date| secret.seconds(moment, date)),
        None => call.accessed().secret(secret.id).map(Seconds::from),
    };
    format!("{:020}\0{}", date.map_or(0, Seconds::millis), secret.name)
}
