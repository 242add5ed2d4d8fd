//! Credentials as documents with values: their secret access keys.

use super::{StoredValue, Valuable, Valued, facts};
use crate::engine::document::AnyDocument;
use crate::engine::error::Result;
use crate::format::path::{CREDENTIALS, Decoded, PathTooLong, credential_path, decode_credential};
use crate::model::credential::{AccessKeyId, Credential, CredentialVersion};
use crate::model::id::Uid;
use crate::model::period::Period;
use crate::model::sealed::Sealed;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

impl Valued for Credential {
    type Name = AccessKeyId;
    type Version = CredentialVersion;
    const KIND: Kind = Kind::Credential;
    const DIRECTORY: &'static str = CREDENTIALS;

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Credential(credential) = document { Some(*credential) } else { None }
    }

    fn path_of(name: &AccessKeyId) -> std::result::Result<String, PathTooLong> {
        Ok(credential_path(name))
    }

    fn decode(path: &str) -> Decoded<AccessKeyId> {
        decode_credential(path)
    }

    fn check_storable(&self, _: Option<&Self>, _: Timestamp) -> Result<()> {
        Ok(())
    }

    fn may_be_due(_: &[u8]) -> bool {
        false
    }

    fn is_due(&self, _: Period, _: Timestamp) -> bool {
        false
    }

    fn delete(&mut self) {
        self.revoke();
    }

    facts!();

    fn current(&self) -> Option<&CredentialVersion> {
        self.versions.first()
    }
}

impl Valuable for CredentialVersion {
    fn uid(&self) -> Uid {
        self.uid
    }

    fn kept(&self) -> StoredValue<'_> {
        StoredValue::Sealed(&self.content)
    }

    fn replace(&mut self, sealed: Sealed, exposed: bool) {
        (self.content, self.exposed) = (sealed, exposed);
    }

    fn is_marked_exposed(&self) -> bool {
        self.exposed
    }

    fn id_text(&self) -> String {
        self.uid.to_string()
    }

    fn labels(&self) -> Vec<String> {
        Vec::new()
    }
}
