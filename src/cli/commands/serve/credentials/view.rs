//! What is shown of a credential.

use serde::Serialize;

use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{CredentialState, Vault};
use crate::model::credential::Credential;
use crate::model::time::Timestamp;

/// A credential, without its secret access key.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CredentialView {
    pub(super) access_key_id: String,
    pub(super) name: String,
    member: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<String>,
    pub(super) state: &'static str,
    last_modified_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<String>,
    #[serde(skip)]
    expires: Option<Timestamp>,
    #[serde(skip)]
    modified: Timestamp,
    #[serde(skip)]
    by: String,
    #[serde(skip)]
    word: &'static str,
}

/// The state in JSON, and for people.
fn words(state: CredentialState) -> (&'static str, &'static str) {
    match state {
        CredentialState::Active => ("ACTIVE", "active"),
        CredentialState::Revoked => ("REVOKED", "revoked"),
        CredentialState::Expired => ("EXPIRED", "expired"),
        CredentialState::Left => ("MEMBER_LEFT", "its member left"),
        CredentialState::NotAllowed => ("MEMBER_NOT_ALLOWED", "its member may not issue it any more"),
    }
}

/// The state for people.
pub(crate) fn word(state: CredentialState) -> &'static str {
    words(state).1
}

impl CredentialView {
    pub(super) fn of(vault: &Vault<'_>, credential: &Credential, now: Timestamp) -> Self {
        let (state, word) = words(vault.credential_state(credential, now));
        CredentialView {
            access_key_id: credential.name.to_string(),
            name: credential.description.clone(),
            member: credential.member.to_string(),
            expiration_date: credential.expires.map(|at| at.to_string()),
            state,
            last_modified_date: credential.head.modified.to_string(),
            policy: None,
            expires: credential.expires,
            modified: credential.head.modified,
            by: credential.head.by.to_string(),
            word,
        }
    }

    /// The columns of a list.
    pub(super) fn cells(&self, page: &Page) -> [String; 5] {
        let expires = self.expires.map_or_else(|| "never".to_owned(), |at| page.age(at));
        [self.access_key_id.clone(), self.name.clone(), self.member.clone(), expires, self.word.to_owned()]
    }
}

impl Report for CredentialView {
    fn text(&self, page: &mut Page) {
        let expires = self.expires.map_or_else(|| "never".to_owned(), |at| page.moment(at));
        let fields = [
            ("access key id", Meaning::Name, self.access_key_id.clone()),
            ("name", Meaning::Plain, self.name.clone()),
            ("state", Meaning::Plain, self.word.to_owned()),
            ("acts for", Meaning::Plain, self.member.clone()),
            ("expires", Meaning::Plain, expires),
            ("by", Meaning::Plain, format!("{}, {}", self.by, page.moment(self.modified))),
        ];
        page.fields(fields);
        if let Some(policy) = &self.policy {
            page.line("");
            for line in policy.lines() {
                page.plain(line);
            }
        }
    }
}
