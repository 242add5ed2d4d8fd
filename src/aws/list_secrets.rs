//! What `ListSecrets` answers (secrets-manager §5).

use serde::Serialize;

use super::secret::SecretListEntry;

/// One page of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListSecrets<D> {
    /// Without those that are marked for deletion, unless requested.
    pub secret_list: Vec<SecretListEntry<D>>,
    /// Where the next page begins; `None` on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::{Seconds, json};
    use super::*;

    #[test]
    fn the_last_page_has_no_token() {
        let list = ListSecrets::<Seconds> { secret_list: vec![], next_token: None };
        assert_eq!(json(&list), json!({ "SecretList": [] }));
    }
}
