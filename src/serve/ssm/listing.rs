//! Pages of a listing: by name, and only the documents of the page are read (wire §4).

use std::sync::Arc;

use crate::model::name::ParameterName;
use crate::model::parameter::Parameter;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::kept::Kept;

/// How many documents are read for one page: a filter that few match makes pages short, with a token for more.
const READ: usize = 1000;

/// One page.
pub(super) struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins.
    pub next_token: Option<String>,
}

/// A page of what `show` makes of parameters with these names, which are sorted.
pub(super) fn page<T>(
    call: &Call<'_>,
    names: &[&ParameterName],
    size: usize,
    mut show: impl FnMut(&Arc<Kept<Parameter>>, &Parameter) -> Result<Option<T>, Fault>,
) -> Result<Page<T>, Fault> {
    let after = call.page_after()?;
    let start = after.map_or(0, |last| names.partition_point(|name| name.as_str() <= last.as_str()));
    let rest = names.get(start..).unwrap_or_default();
    let mut items = Vec::with_capacity(size);
    for (at, name) in rest.iter().enumerate() {
        if at > 0 && (items.len() == size || at == READ) {
            return Ok(Page { items, next_token: Some(call.next_token(rest[at - 1].as_str())) });
        }
        let Some(kept) = call.parameter(name)? else { continue };
        if let Some(parameter) = &kept.document {
            items.extend(show(&kept, parameter)?);
        }
    }
    Ok(Page { items, next_token: None })
}
