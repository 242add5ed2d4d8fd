//! Ids of versions of secrets: the caller's client request token (secrets-manager §3).

use std::str::FromStr;

use crate::model::id::Uid;
use crate::model::written::shown_as_text;

/// 32–64 printable ASCII characters without spaces, chosen by the caller; by default a UUID.
///
/// A UUID in its usual form is the version's [`Uid`] itself; any other text is stored in the document beside a random
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(String);

/// A text that cannot be a version's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version id must have 32 to 64 characters without spaces, such as a UUID")]
pub struct VersionIdError;

impl VersionId {
    /// The UUID with these sixteen bytes.
    pub(crate) fn of(uid: Uid) -> Self {
        let hex = uid.to_string();
        VersionId([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
    }

    /// The sixteen bytes of a UUID in lower case with hyphens; `None` for any other text.
    pub(crate) fn uid(&self) -> Option<Uid> {
        let uid: Uid = self.0.replace('-', "").parse().ok()?;
        (VersionId::of(uid) == *self).then_some(uid)
    }
}

shown_as_text!(VersionId);

impl FromStr for VersionId {
    type Err = VersionIdError;

    fn from_str(text: &str) -> Result<Self, VersionIdError> {
        let fits = (32..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(VersionId(text.to_owned())) } else { Err(VersionIdError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_its_bytes_and_other_tokens_are_text() {
        let uuid: VersionId = "01890a5d-4f6b-7c8d-9e0f-112233445566".parse().unwrap();
        assert_eq!(uuid.uid().map(VersionId::of), Some(uuid));
        for other in [
            "01890A5D-4F6B-7C8D-9E0F-112233445566",
            "01890a5d4f6b7c8d9e0f112233445566",
            "terraform-20261124000000000000000001",
        ] {
            assert_eq!(other.parse::<VersionId>().unwrap().uid(), None, "{other}");
        }
    }

    #[test]
    fn lengths_are_32_to_64() {
        assert!("x".repeat(32).parse::<VersionId>().is_ok() && "x".repeat(64).parse::<VersionId>().is_ok());
        for bad in ["x".repeat(31), "x".repeat(65), " ".repeat(36), "ä".repeat(20)] {
            assert!(bad.parse::<VersionId>().is_err(), "{bad}");
        }
    }
}
