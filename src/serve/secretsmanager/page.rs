//! Pages of a list: `MaxResults` and `NextToken` (wire §4).

use crate::serve::call::Call;
use crate::serve::members::Members;
use crate::serve::unanswered::Unanswered;

/// How a list is sorted by the positions of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

/// Which part of a list is asked for.
pub(super) struct Page {
    size: usize,
}

impl Page {
    /// Reads both members. `most` is the largest page, and the usual one.
    pub(super) fn of(members: &Members<'_>, most: i64) -> Self {
        members.text("NextToken").length(1..=4096).value();
        let size = members.number("MaxResults").range(1..=most).value();
        Page { size: size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::try_from(most).unwrap_or(1)) }
    }

    /// The items of the page, and the token of the next one: they begin after the last item of the page before, or where it was.
    pub(super) fn cut<T>(
        &self,
        call: &Call<'_>,
        mut items: Vec<T>,
        order: Order,
        position: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), Unanswered> {
        if let Some(last) = call.page_after()? {
            let beyond = |item: &T| match order {
                Order::Ascending => position(item) > last,
                Order::Descending => position(item) < last,
            };
            let after = items.iter().position(|item| position(item) == last).map(|at| at + 1);
            let next = after.or_else(|| items.iter().position(beyond)).unwrap_or(items.len());
            items.drain(..next);
        }
        let is_more = items.len() > self.size;
        items.truncate(self.size);
        let token = items.last().filter(|_| is_more).map(|last| call.next_token(&position(last)));
        Ok((items, token))
    }
}
