//! What a caller wants to do, for those who decide whether it may (integrations §9).

use crate::engine::Deed;
use crate::model::trust::Kind;

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask<'a> {
    /// Such as `ssm:GetParameter`.
    pub action: &'a str,
    /// An ARN; `*` for actions that have no resource.
    pub resource: String,
    /// The resource as a denial shows it, if that is not the same: what the vault has behind a name is no business of whom it is denied to.
    pub shown: Option<String>,
    /// The condition keys of the request and their values; a key with several values is there several times.
    pub context: Vec<(String, String)>,
    /// The policy of the resource itself, if it has one.
    pub policy: Option<String>,
    /// What it does to a document, which the member behind the credential must be allowed to do too.
    pub deed: Option<(Deed, Kind, &'a str)>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(action: &'a str, resource: impl Into<String>) -> Self {
        Ask { action, resource: resource.into(), shown: None, context: Vec::new(), policy: None, deed: None }
    }

    /// A value of a document is read.
    pub(crate) fn reads(self, kind: Kind, name: &'a str) -> Self {
        Ask { deed: Some((Deed::Open, kind, name)), ..self }
    }

    /// A document is changed.
    pub(crate) fn writes(self, kind: Kind, name: &'a str) -> Self {
        Ask { deed: Some((Deed::Change, kind, name)), ..self }
    }

    /// A condition key of the request.
    pub(crate) fn with(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_all([(key, value)])
    }

    /// Condition keys of the request, as many as there are.
    pub(crate) fn with_all<K: Into<String>, V: Into<String>>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.context.extend(pairs.into_iter().map(|(key, value)| (key.into(), value.into())));
        self
    }

    /// How a denial names the resource.
    pub(crate) fn shown(self, resource: String) -> Self {
        Ask { shown: Some(resource), ..self }
    }

    /// The policy of the resource itself.
    pub(crate) fn under(self, policy: Option<String>) -> Self {
        Ask { policy, ..self }
    }
}
