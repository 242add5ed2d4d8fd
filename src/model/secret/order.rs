//! The order of a list of secrets (secrets-manager §5, `SortBy` and `SortOrder`).

use super::secret::Secret;
use crate::model::time::Timestamp;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    /// `name`
    Name,
    /// `created-date`; secrets whose document does not say it come first.
    CreatedDate,
    /// `last-changed-date`
    LastChangedDate,
}

impl SortBy {
    /// What a secret is sorted by: equals are in the order of their names.
    pub(crate) fn position(self, secret: &Secret) -> (Option<Timestamp>, &str) {
        let date = match self {
            SortBy::Name => None,
            SortBy::CreatedDate => secret.created,
            SortBy::LastChangedDate => Some(secret.head.modified),
        };
        (date, secret.name.as_str())
    }

    /// Sorts secrets, ascending or descending, which is the reverse, also among equals.
    pub(crate) fn sort(self, secrets: &mut [Secret], is_descending: bool) {
        secrets.sort_by(|one, other| self.position(one).cmp(&self.position(other)));
        if is_descending {
            secrets.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn sorted(by: SortBy, is_descending: bool) -> String {
        let named = |(name, created): (&str, i64)| {
            let mut secret = Secret { name: name.parse().unwrap(), ..sample::secret() };
            secret.created = (created > 0).then(|| Timestamp::from_unix(created));
            secret.head.modified = Timestamp::from_unix(10 - created);
            secret
        };
        let mut secrets: Vec<Secret> = [("a", 2), ("b", 1), ("c", 2), ("d", 0)].map(named).into();
        by.sort(&mut secrets, is_descending);
        secrets.iter().map(|secret| secret.name.as_str()).collect()
    }

    #[test]
    fn descending_is_ascending_reversed_also_among_equals() {
        for (by, ascending, descending) in [
            (SortBy::Name, "abcd", "dcba"),
            (SortBy::CreatedDate, "dbac", "cabd"),
            (SortBy::LastChangedDate, "acbd", "dbca"),
        ] {
            assert_eq!((sorted(by, false), sorted(by, true)), (ascending.to_owned(), descending.to_owned()), "{by:?}");
        }
    }
}
