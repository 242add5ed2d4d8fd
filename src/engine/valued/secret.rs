//! Secrets as documents with values.

use super::{StoredValue, Valuable, Valued, facts};
use crate::engine::document::AnyDocument;
use crate::engine::error::{Error, Result};
use crate::format::path::{Decoded, PathTooLong, SECRETS, decode_secret, secret_path};
use crate::format::probe;
use crate::model::id::Uid;
use crate::model::name::SecretName;
use crate::model::period::Period;
use crate::model::sealed::Sealed;
use crate::model::secret::{Rotation, RotationTerms, Secret, SecretVersion, Stage};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

impl Valued for Secret {
    type Name = SecretName;
    type Version = SecretVersion;
    const KIND: Kind = Kind::Secret;
    const DIRECTORY: &'static str = SECRETS;

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Secret(secret) = document { Some(*secret) } else { None }
    }

    fn path_of(name: &SecretName) -> std::result::Result<String, PathTooLong> {
        secret_path(name)
    }

    fn decode(path: &str) -> Decoded<SecretName> {
        decode_secret(path)
    }

    fn check_storable(&self, before: Option<&Self>, _: Timestamp) -> Result<()> {
        let allowed = before.map_or(Ok(()), |before| {
            before.require_primary()?;
            if self.deleted { before.require_no_replicas() } else { Ok(()) }
        });
        allowed.map_err(|error| Error::Secret { name: self.name.to_string(), error })
    }

    fn may_be_due(raw: &[u8]) -> bool {
        probe::may_be_marked_for_deletion(raw)
    }

    fn is_due(&self, _: Period, now: Timestamp) -> bool {
        self.purge_due(now)
    }

    fn is_open_to_others(&self) -> bool {
        self.resource_policy.is_some()
    }

    fn delete(&mut self) {
        Secret::delete(self);
    }

    facts!();

    fn current(&self) -> Option<&SecretVersion> {
        self.staged(&Stage::current())
    }

    /// Of two users that take turns, the one before can still log in.
    fn in_use(&self) -> Vec<&SecretVersion> {
        let takes_turns = self.rotation.as_ref().and_then(Rotation::terms).is_some_and(RotationTerms::takes_turns);
        let previous = takes_turns.then(|| self.staged(&Stage::previous())).flatten();
        self.current().into_iter().chain(previous).collect()
    }
}

impl Valuable for SecretVersion {
    fn uid(&self) -> Uid {
        self.uid
    }

    fn kept(&self) -> StoredValue<'_> {
        self.content.as_ref().map_or_else(|| StoredValue::Nothing(self.id()), StoredValue::Sealed)
    }

    fn replace(&mut self, sealed: Sealed, exposed: bool) {
        (self.content, self.exposed) = (Some(sealed), exposed);
    }

    fn is_marked_exposed(&self) -> bool {
        self.exposed
    }

    fn id_text(&self) -> String {
        self.id().to_string()
    }

    fn labels(&self) -> Vec<String> {
        self.stages.iter().map(|stage| stage.as_str().to_owned()).collect()
    }
}
