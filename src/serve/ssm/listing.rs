//! Pages of a listing: by name, and only the documents of the page are read (wire §4).

use std::sync::Arc;

use crate::model::name::ParameterName;
use crate::model::parameter::Parameter;
use crate::serve::call::Call;
use crate::serve::kept::Kept;
use crate::serve::members::Members;
use crate::serve::unanswered::Unanswered;

/// How many documents are read for one page: a filter that few match makes pages short, with a token for more.
const READ: usize = 1000;

pub(super) struct Page<T> {
    pub items: Vec<T>,
    /// Where the next one begins.
    pub next_token: Option<String>,
}

/// Reads `MaxResults` and `NextToken`: how many items a page may have. `most` is the largest page, and the usual one.
pub(super) fn size(members: &Members<'_>, most: u8) -> usize {
    let size = members.number("MaxResults").range(1..=most.into()).value();
    members.text("NextToken");
    size.and_then(|size| usize::try_from(size).ok()).unwrap_or(most.into())
}

/// A page of what `show` makes of parameters with these names, which are sorted.
pub(super) fn page<T>(
    call: &Call<'_>,
    names: &[&ParameterName],
    size: usize,
    mut show: impl FnMut(&Arc<Kept<Parameter>>) -> Result<Option<T>, Unanswered>,
) -> Result<Page<T>, Unanswered> {
    let after = call.page_after()?;
    let start = after.map_or(0, |last| names.partition_point(|name| name.as_str() <= last.as_str()));
    let rest = names.get(start..).unwrap_or_default();
    let mut items = Vec::with_capacity(size);
    for (at, name) in rest.iter().enumerate() {
        if at > 0 && (items.len() == size || at == READ) {
            return Ok(Page { items, next_token: Some(call.next_token(rest[at - 1].as_str())) });
        }
        if let Some(parameter) = call.parameter(name)? {
            items.extend(show(&parameter)?);
        }
    }
    Ok(Page { items, next_token: None })
}
