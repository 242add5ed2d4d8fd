//! `ListSecrets` (secrets-manager §5).

use super::filters::{Filters, matching};
use super::page::{Order, Page};
use super::shown;
use crate::aws::list_secrets::ListSecrets;
use crate::aws::secret::SecretListEntry;
use crate::model::secret::{Secret, SortBy};
use crate::serve::answer::{Answer, Seconds, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::kept::Kept;

const MOST: i64 = 100;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (filters, page) = (Filters::of(&members), Page::of(&members, MOST));
    let orders = ["created-date", "last-accessed-date", "last-changed-date", "name"];
    let by = match members.text("SortBy").one_of(&orders).or_empty() {
        "last-changed-date" => Some(SortBy::LastChangedDate),
        "last-accessed-date" => None,
        "name" => Some(SortBy::Name),
        _ => Some(SortBy::CreatedDate),
    };
    let order = match members.text("SortOrder").one_of(&["asc", "desc"]).or_empty() {
        "desc" => Order::Descending,
        _ => Order::Ascending,
    };
    let with_deleted = members.flag("IncludePlannedDeletion").unwrap_or_default();
    members.check()?;
    call.allow(&Ask::new("secretsmanager:ListSecrets", "*"))?;
    let mut found = matching(call, filters, by, |secret| with_deleted || secret.require_live().is_ok())?;
    if order == Order::Descending {
        found.reverse();
    }
    let (found, next_token) = page.cut(call, found, order, |(position, _)| position.clone())?;
    let secret_list = found.iter().map(|(_, secret)| entry(call, secret)).collect();
    answer(&ListSecrets { secret_list, next_token })
}

fn entry(call: &Call<'_>, secret: &Kept<Secret>) -> SecretListEntry<Seconds> {
    SecretListEntry {
        metadata: shown::metadata(call, secret),
        secret_versions_to_stages: shown::version_stages(secret),
    }
}
