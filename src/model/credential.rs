//! Credentials for programs that call the AWS-compatible server: an access key, and what it may do.

use std::str::FromStr;

use data_encoding::{BASE32, BASE64};

use super::arn::Account;
use super::head::Head;
use super::iam::{Context, Policy, PolicyFault};
use super::id::{DocId, Uid};
use super::name::MemberName;
use super::sealed::Sealed;
use super::time::Timestamp;
use super::value::SecretValue;
use super::written::shown_as_text;

/// The public half of an access key: `AKIA` and 16 characters of base32.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(String);

/// A text that is not an access key id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an access key id is AKIA and 16 of the characters A-Z and 2-7")]
pub struct AccessKeyIdError;

const PREFIX: &str = "AKIA";
/// The longest description, in characters.
const DESCRIPTION_LIMIT: usize = 256;

/// A credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The id of its document.
    pub id: DocId,
    /// Its access key id.
    pub name: AccessKeyId,
    /// Revision, author and time.
    pub head: Head,
    /// Whether it was revoked; that is for ever.
    pub revoked: bool,
    /// Who issued it: it may never do more than this member may do at that moment.
    pub member: MemberName,
    /// What it is for.
    pub description: String,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// What it may do: an IAM policy.
    pub policy: String,
    /// The secret access key: one version, and none once revoked.
    pub versions: Vec<CredentialVersion>,
}

/// The secret access key of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialVersion {
    /// Its unique id.
    pub uid: Uid,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it.
    pub by: MemberName,
    /// Whether a former reader may know it.
    pub exposed: bool,
    /// The key, encrypted.
    pub content: Sealed,
}

/// Why a credential cannot be as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// No description, control characters, or too long.
    #[error("a credential's description must be one line of 1 to {DESCRIPTION_LIMIT} characters")]
    Description,
    /// The policy is not one.
    #[error("the policy is not valid: {0}")]
    Policy(#[from] PolicyFault),
    /// It would have ended before it began.
    #[error("the expiration {0} is in the past")]
    Past(Timestamp),
    /// It was revoked.
    #[error("it was revoked")]
    Revoked,
    /// Nobody signs an older state of it, or one of somebody who may not issue it any more.
    #[error("an older or refused state of a credential is not signed again")]
    NotSignedAgain,
}

impl AccessKeyId {
    /// The id that random bytes make.
    pub(crate) fn of_random(bytes: [u8; 10]) -> Self {
        AccessKeyId(format!("{PREFIX}{}", BASE32.encode(&bytes)))
    }
}

/// The secret access key that random bytes make: 40 characters.
pub(crate) fn secret_access_key(bytes: &[u8; 30]) -> SecretValue {
    SecretValue::from_text(BASE64.encode(bytes))
}

shown_as_text!(AccessKeyId);

impl FromStr for AccessKeyId {
    type Err = AccessKeyIdError;

    fn from_str(text: &str) -> Result<Self, AccessKeyIdError> {
        let rest = text.strip_prefix(PREFIX).filter(|rest| rest.len() == 16).ok_or(AccessKeyIdError)?;
        let is_base32 = rest.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte));
        if is_base32 { Ok(AccessKeyId(text.to_owned())) } else { Err(AccessKeyIdError) }
    }
}

impl Credential {
    /// Whether it has ended at `now`.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Revokes it: the secret access key is dropped.
    pub(crate) fn revoke(&mut self) {
        self.revoked = true;
        self.versions.clear();
    }

    /// Its secret access key.
    pub(crate) fn version(&self) -> Result<&CredentialVersion, CredentialError> {
        self.versions.first().ok_or(CredentialError::Revoked)
    }

    /// Its policy, parsed.
    pub(crate) fn parsed_policy(&self) -> Result<Policy, CredentialError> {
        Ok(Policy::identity(&self.policy)?)
    }

    /// The ARN of its caller: the member who issued it.
    pub(crate) fn principal(&self, account: &Account) -> String {
        account.user(&self.member)
    }

    /// What policies can ask about the caller.
    pub(crate) fn context(&self, account: &Account) -> Context {
        let mut context = Context::default();
        context.set("aws:username", self.member.as_str());
        context.set("aws:userid", self.name.as_str());
        context.set("aws:PrincipalArn", self.principal(account));
        context.set("aws:PrincipalAccount", account.id.as_str());
        context.set("aws:PrincipalType", "User");
        context
    }

    /// Refuses what must not be issued.
    pub(crate) fn check_issued(&self, now: Timestamp) -> Result<(), CredentialError> {
        let is_line = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !is_line(&self.description) || self.description.chars().count() > DESCRIPTION_LIMIT {
            return Err(CredentialError::Description);
        }
        if let Some(expires) = self.expires.filter(|expires| *expires <= now) {
            return Err(CredentialError::Past(expires));
        }
        self.parsed_policy().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_keys_have_the_form_of_aws() {
        let id = AccessKeyId::of_random([7; 10]);
        assert_eq!((id.as_str().len(), id.as_str().parse()), (20, Ok(id.clone())));
        assert_eq!(secret_access_key(&[255; 30]).reveal().len(), 40);
        for bad in ["", "AKIA", "AKIAABCDEFGHIJKLMNO1", "akiaABCDEFGHIJKLMNOP", "ASIAABCDEFGHIJKLMNOP"] {
            assert!(bad.parse::<AccessKeyId>().is_err(), "{bad}");
        }
    }
}
