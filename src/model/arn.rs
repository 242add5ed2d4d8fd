//! ARNs: how AWS names parameters and secrets beyond one account (parameter-store §2, secrets-manager §2).
//!
//! A vault is account and region in one, so partition, region and account are parsed but ignored. A secret's ARN ends
//! in its own suffix, new at every creation, so that permissions for a deleted secret do not apply to its successor.

use std::fmt;

use super::id::{DocId, VaultId};
use super::name::{MemberName, ParameterName, SecretName};
use super::settings::Settings;

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `ssm`, `secretsmanager`, …
    pub service: &'a str,
    /// Such as `eu-west-1`.
    pub region: &'a str,
    /// Twelve digits, as a rule.
    pub account: &'a str,
    /// What the service calls it; colons are a part of it.
    pub resource: &'a str,
}

/// The account for generated ARNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// Such as `eu-west-1`.
    pub region: String,
    /// Twelve digits.
    pub id: String,
}

/// The six letters and digits at the end of a secret's ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suffix([u8; 6]);

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` for any other text.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        Some(Arn {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// Whether it is an ARN of Secrets Manager.
    pub fn is_secret(&self) -> bool {
        self.service == "secretsmanager"
    }

    /// The name of a parameter with its leading slash, and its selector; `None` for anything else.
    pub fn parameter(&self) -> Option<&'a str> {
        let name = self.resource.strip_prefix("parameter").filter(|name| name.starts_with('/'));
        name.filter(|_| self.service == "ssm")
    }

    /// The name of a secret with its suffix, if it has one, and whatever follows a colon; `None` for anything else.
    pub fn secret(&self) -> Option<&'a str> {
        self.resource.strip_prefix("secret:").filter(|_| self.is_secret())
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl Account {
    /// The account of a vault: what its settings say, otherwise twelve digits from its id and the first region that they
    /// allow.
    pub(crate) fn of(vault: VaultId, settings: &Settings) -> Self {
        let mut head = [0; 8];
        head.copy_from_slice(&vault.0[..8]);
        let derived = format!("{:012}", u64::from_be_bytes(head) % 1_000_000_000_000);
        let id = if settings.account.is_empty() { derived } else { settings.account.clone() };
        let region = settings.regions.first().cloned().unwrap_or_else(|| "us-east-1".to_owned());
        Account { partition: "aws".into(), region, id }
    }

    /// The ARN of a parameter: `…:parameter/a/b` for `/a/b`, and `…:parameter/x` for `x` and `/x`.
    pub fn parameter(&self, name: &ParameterName) -> String {
        self.arn("ssm", &format!("parameter{}", name.rooted()))
    }

    /// The full ARN of a secret.
    pub fn secret(&self, name: &SecretName, suffix: Suffix) -> String {
        self.arn("secretsmanager", &format!("secret:{name}-{suffix}"))
    }

    /// The ARN of a member, as AWS names its users.
    pub fn user(&self, member: &MemberName) -> String {
        let resource = format!("user/{member}");
        Arn { partition: &self.partition, service: "iam", region: "", account: &self.id, resource: &resource }
            .to_string()
    }

    /// What stands for the ARN of a secret that does not exist, by what it was asked for with: it has no suffix.
    pub(crate) fn missing_secret(&self, id: &str) -> String {
        self.arn("secretsmanager", &format!("secret:{id}"))
    }

    /// The ARN of whatever else a service has in this account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Account { partition, region, id } = self;
        Arn { partition, service, region, account: id, resource }.to_string()
    }
}

impl Suffix {
    /// The suffix of a secret: derived from the id of its document, so it is stable, and new at every creation.
    pub fn of(id: DocId) -> Self {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut rest = u128::from_be_bytes(id.0);
        Suffix(std::array::from_fn(|_| {
            let digit = (rest % 62) as usize;
            rest /= 62;
            ALPHABET[digit]
        }))
    }

    /// Name and suffix at the end of an ARN. `None` if the ARN is partial, that is, does not end in `-` and six
    /// letters or digits. A partial ARN of a secret whose own name ends like this is treated as a full one, as AWS
    /// does.
    pub fn split(named: &str) -> Option<(&str, Self)> {
        let (name, end) = named.rsplit_once('-')?;
        let suffix: [u8; 6] = end.as_bytes().try_into().ok()?;
        suffix.iter().all(u8::is_ascii_alphanumeric).then_some((name, Suffix(suffix)))
    }
}

impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account() -> Account {
        Account { partition: "aws".into(), region: "eu-west-1".into(), id: "123456789012".into() }
    }

    #[test]
    fn parameters_lose_their_leading_slash_and_keep_one() {
        for (name, expected) in [("/a/b", "parameter/a/b"), ("x", "parameter/x"), ("/x", "parameter/x")] {
            let arn = account().parameter(&name.parse().unwrap());
            assert_eq!(arn, format!("arn:aws:ssm:eu-west-1:123456789012:{expected}"));
            assert_eq!(Arn::parse(&arn).unwrap().parameter(), Some(&expected["parameter".len()..]));
        }
    }

    #[test]
    fn what_belongs_to_another_service_is_neither() {
        let arn = |text| Arn::parse(text).map(|arn| (arn.parameter(), arn.secret()));
        assert_eq!(arn("arn:aws:ssm:r:1:parameter/a:3"), Some((Some("/a:3"), None)));
        assert_eq!(arn("arn:aws:secretsmanager:r:1:secret:a:k::"), Some((None, Some("a:k::"))));
        for other in
            ["arn:aws:ssm:r:1:document/a", "arn:aws:ssm:r:1:parameterx", "arn:aws:s3:::parameter/a", "arn:a:b:c:d:"]
        {
            assert_eq!(arn(other), Some((None, None)), "{other}");
        }
        for none in ["", "arn:", "arn:aws:ssm:r:1", "/arn:aws:ssm:r:1:parameter/a", "ARN:aws:ssm:r:1:parameter/a"] {
            assert_eq!(arn(none), None, "{none}");
        }
    }

    #[test]
    fn only_six_letters_and_digits_behind_a_hyphen_are_a_suffix() {
        let split = |named| Suffix::split(named).map(|(name, suffix)| (name, suffix.to_string()));
        assert_eq!(split("prod/db-Ab12Cd"), Some(("prod/db", "Ab12Cd".into())));
        assert_eq!(split("a-b-Ab12Cd"), Some(("a-b", "Ab12Cd".into())));
        for partial in ["prod/db", "db-Ab12C", "db-Ab12Cde", "db-Ab12C_", "Ab12Cd", "db-Ab12C\u{e9}", ""] {
            assert_eq!(split(partial), None, "{partial}");
        }
    }

    proptest! {
        #[test]
        fn an_arn_reads_back(text in "[a-z:/.-]{0,40}", id in any::<[u8; 16]>()) {
            if let Some(arn) = Arn::parse(&format!("arn:{text}")) {
                prop_assert_eq!(arn.to_string(), format!("arn:{text}"));
            }
            let (name, suffix) = ("prod/db".parse().unwrap(), Suffix::of(DocId(id)));
            let full = account().secret(&name, suffix);
            prop_assert_eq!(Suffix::split(Arn::parse(&full).unwrap().secret().unwrap()), Some(("prod/db", suffix)));
        }
    }
}
