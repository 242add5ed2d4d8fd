//! `BatchGetSecretValue` (secrets-manager §5): what cannot be read stands beside what can.

use std::sync::Arc;

use super::faults;
use super::filters::{Filters, matching};
use super::get_secret_value::{self, Wanted};
use super::page::{Order, Page};
use super::target::Target;
use crate::aws::secret_value::{BatchError, BatchGetSecretValue};
use crate::model::secret::{Secret, SortBy};
use crate::model::value::SecretValue;
use crate::serve::answer::{Answer, Seconds, answer_with};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::kept::Kept;
use crate::serve::unanswered::Unanswered;

const MOST: i64 = 20;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let ids = members.texts("SecretIdList").count(1..=MOST).each_length(1..=2048).value();
    let (filters, page) = (Filters::of(&members), Page::of(&members, MOST));
    members.check()?;
    let wrong = |text: &'static str| Err(faults::invalid_parameter(text).into());
    let has_filters = members.has("Filters");
    if ids.is_some() && has_filters {
        return wrong("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
    }
    if members.has("MaxResults") && !has_filters {
        return wrong("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
    }
    call.allow(&Ask::new("secretsmanager:BatchGetSecretValue", "*"))?;
    match ids {
        Some(ids) => {
            let targets = ids.into_iter().map(|id| (id.to_owned(), Target::find(call, id))).collect();
            finish(call, targets, None)
        }
        None if has_filters => by_filters(call, filters, &page),
        None => wrong("Either 'SecretIdList' or 'Filters' must be provided, but not both."),
    }
}

/// Secrets that match and are not marked for deletion. One without a value is an error beside the values.
fn by_filters(call: &Call<'_>, filters: Filters<'_>, page: &Page) -> Answer {
    call.allow(&Ask::new("secretsmanager:ListSecrets", "*"))?;
    let found = matching(call, filters, Some(SortBy::Name), |secret| secret.require_live().is_ok())?;
    let (found, next) = page.cut(call, found, Order::Ascending, |(position, _)| position.clone())?;
    let target = |(_, secret): &(String, Arc<Kept<Secret>>)| {
        let target = Target::find(call, secret.name.as_str());
        (target.as_ref().map_or_else(|_| secret.name.to_string(), |target| target.arn.clone()), target)
    };
    finish(call, found.iter().map(target).collect(), next)
}

fn finish(call: &Call<'_>, targets: Vec<(String, Result<Target, Unanswered>)>, next_token: Option<String>) -> Answer {
    let mut batch = BatchGetSecretValue::<Seconds, Arc<SecretValue>> {
        secret_values: Vec::with_capacity(targets.len()),
        errors: Vec::new(),
        next_token,
    };
    for (id, target) in targets {
        let read = target.and_then(|target| {
            call.allow(&target.reading(get_secret_value::ACTION))?;
            get_secret_value::read(call, &target, Wanted::default())
        });
        match read {
            Ok(value) => batch.secret_values.push(value),
            Err(unanswered) => {
                let fault = unanswered.told(call.service())?;
                let message = fault.message.map(String::from).unwrap_or_default();
                batch.errors.push(BatchError { secret_id: id, error_code: fault.code, message });
            }
        }
    }
    let size = batch.secret_values.iter().filter_map(|value| value.shown()).map(|value| value.reveal().len()).sum();
    answer_with(&batch, size)
}
