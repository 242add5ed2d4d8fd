//! Shares: one secret, or the parameters below one path, for readers who can open nothing else (FORMAT.md, shares).

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use super::head::Head;
use super::id::{DocId, Uid, VaultId};
use super::key::Key;
use super::name::{MemberName, NameError, ParameterName, ParameterPath, SecretName};
use super::sealed::ValueType;
use super::time::Timestamp;
use super::trust::{Kind, Scope, Trust};

/// More recipients than a person has devices.
pub(crate) const RECIPIENTS_LIMIT: usize = 16;

/// Fields of a share that later programs keep: when it was first made, and who made it. Each renewal changes `modified` and `by`.
pub(crate) const SINCE: &str = "share.since";
/// See [`SINCE`].
pub(crate) const AUTHOR: &str = "share.by";

/// A share, or its tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The id of its document.
    pub id: DocId,
    /// Revision, author and time.
    pub head: Head,
    /// Whether it has ended.
    pub deleted: bool,
    /// What is shared, as a scope: `secret:prod/db`, `parameter:/prod`. Empty once it has ended.
    pub name: String,
    /// For whom.
    pub to: Receiver,
    /// When it opens nothing any more.
    pub expires: Option<Timestamp>,
    /// The current value of each, by name.
    pub items: Vec<SharedItem>,
}

/// For whom something is shared: another vault, or a member of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Another vault.
    pub vault: Option<VaultId>,
    /// A member of this one.
    pub member: Option<MemberName>,
    /// What values are sealed to.
    pub recipients: Vec<String>,
}

/// What is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shared {
    /// One secret.
    Secret(SecretName),
    /// The parameter of that name, and those below it.
    Parameters(ParameterPath),
}

/// With whom something is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum With {
    /// A member of this vault.
    Member(MemberName),
    /// Another vault.
    Vault(VaultId),
}

/// The current value of one document, sealed for the receiver.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedItem {
    /// The id of the document.
    pub id: DocId,
    /// Its name.
    pub name: String,
    /// Its revision.
    pub rev: u64,
    /// The id of the version.
    pub uid: Uid,
    /// What the value is.
    pub value_type: ValueType,
    /// `age1:…`
    pub text: String,
}

/// What is wrong with a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Neither one secret nor the parameters of one path.
    #[error("a share is of one secret, or of the parameters below one path")]
    Scope,
    /// Neither a vault nor a member, or both.
    #[error("a share is for another vault or for a member of this one")]
    Receiver,
    /// Another vault without recipients, too many of them, or one of them twice.
    #[error("a share needs 1 to {RECIPIENTS_LIMIT} different recipients")]
    Recipients,
    /// An item that does not belong to what is shared.
    #[error("an item of the share does not belong there")]
    Item,
    /// A recipient that values cannot be sealed to everywhere.
    #[error("a recipient cannot be used for a share: {0}")]
    Recipient(String),
    /// Recipients that must not be mixed.
    #[error("post-quantum recipients cannot be mixed with others")]
    Mixed,
    /// Nothing there is encrypted.
    #[error("there is no encrypted value to share")]
    Nothing,
    /// The receiver can open it anyway.
    #[error("`{0}` can open it without a share")]
    Reads(MemberName),
    /// Nobody of that name.
    #[error("there is no member `{0}`")]
    NoMember(MemberName),
    /// No such share.
    #[error("it is not shared with {0}")]
    NotShared(String),
    /// A moment that has passed.
    #[error("the share would have expired already")]
    Past,
    /// It opens nothing any more.
    #[error("the share expired at {0}")]
    Expired(Timestamp),
    /// A version that is not the current one. The second sentence is that of AWS.
    #[error("a share opens the current version only. {NOT_ANOTHER_ACCOUNT}")]
    NotCurrent,
    /// The share holds an older version.
    #[error("the share is behind: it has a version that is not current any more")]
    Stale,
    /// A resource policy and no share. The second sentence is that of AWS.
    #[error("a resource policy alone opens nothing, and it is not shared with you. {NOT_ANOTHER_ACCOUNT}")]
    PolicyAlone,
}

/// What AWS answers to somebody whom a policy names and whom no key serves.
const NOT_ANOTHER_ACCOUNT: &str = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.";

impl Shared {
    /// What a scope such as `secret:prod/db` or `parameter:/prod` names.
    pub(crate) fn of_scope(scope: &str) -> Option<Self> {
        match scope.split_once(':')? {
            ("secret", name) => name.parse().ok().map(Shared::Secret),
            ("parameter", path) => path.parse().ok().map(Shared::Parameters),
            _ => None,
        }
    }

    /// The kind of its documents.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Shared::Secret(_) => Kind::Secret,
            Shared::Parameters(_) => Kind::Parameter,
        }
    }

    /// The name of the secret, or the path.
    pub(crate) fn name(&self) -> &str {
        match self {
            Shared::Secret(name) => name.as_str(),
            Shared::Parameters(path) => path.as_str(),
        }
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind().as_str(), self.name())
    }
}

impl FromStr for With {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.parse().map(With::Vault).or_else(|_| text.parse().map(With::Member))
    }
}

impl fmt::Display for With {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            With::Member(name) => name.fmt(f),
            With::Vault(id) => id.fmt(f),
        }
    }
}

impl Receiver {
    /// Whether it is that member or vault.
    pub(crate) fn is(&self, with: &With) -> bool {
        match with {
            With::Member(name) => self.member.as_ref() == Some(name),
            With::Vault(id) => self.vault == Some(*id),
        }
    }
}

impl Share {
    /// What is shared; `None` once it has ended.
    pub(crate) fn what(&self) -> Option<Shared> {
        Shared::of_scope(&self.name)
    }

    /// Whether a document of that name is shared by it.
    pub(crate) fn covers(&self, kind: Kind, name: &str) -> bool {
        match self.what() {
            Some(Shared::Secret(secret)) => kind == Kind::Secret && secret.as_str() == name,
            Some(Shared::Parameters(path)) => {
                let below = Scope::Prefix { kind: Kind::Parameter, prefix: path.to_string() };
                below.covers(kind, name).is_some()
            }
            None => false,
        }
    }

    /// Whether it opens nothing any more at an instant.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// The item of a document.
    pub(crate) fn item(&self, id: DocId) -> Option<&SharedItem> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Every key that may govern a name that is shared: its signer is a reader of each, because whoever changes a value there seals it
    /// for the receiver.
    pub(crate) fn keys<'t>(&self, trust: &'t Trust) -> Vec<&'t Key> {
        let Some(what) = self.what() else { return Vec::new() };
        let is_below =
            |scope: &Scope| matches!(scope, Scope::Prefix { kind: own, prefix } if self.covers(*own, prefix));
        let governing = trust.key_for(what.kind(), what.name());
        let below = trust.keys.iter().filter(|key| key.scopes.iter().any(is_below));
        let mut keys: Vec<&Key> = governing.into_iter().chain(below).collect();
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        keys.dedup_by(|one, other| one.name == other.name);
        keys
    }

    /// Leaves a tombstone.
    pub(crate) fn delete(&mut self) {
        self.deleted = true;
        self.name.clear();
        self.to = Receiver::default();
        self.expires = None;
        self.items.clear();
    }

    /// Refuses what a document may not state.
    pub(crate) fn check_form(&self) -> Result<(), ShareError> {
        if self.deleted {
            return Ok(());
        }
        let what = self.what().ok_or(ShareError::Scope)?;
        if self.to.vault.is_some() == self.to.member.is_some() {
            return Err(ShareError::Receiver);
        }
        let recipients: HashSet<&String> = self.to.recipients.iter().collect();
        if !(1..=RECIPIENTS_LIMIT).contains(&recipients.len()) || recipients.len() != self.to.recipients.len() {
            return Err(ShareError::Recipients);
        }
        let is_fit = |item: &SharedItem| {
            let is_name = match what {
                Shared::Parameters(_) => {
                    item.value_type == ValueType::SecureString && item.name.parse::<ParameterName>().is_ok()
                }
                Shared::Secret(_) => item.value_type != ValueType::SecureString,
            };
            is_name && item.rev > 0 && self.covers(what.kind(), &item.name)
        };
        let is_sorted = self.items.is_sorted_by(|one, other| one.name < other.name);
        if is_sorted && self.items.iter().all(is_fit) { Ok(()) } else { Err(ShareError::Item) }
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.vault, &self.member) {
            (Some(vault), _) => vault.fmt(f),
            (None, Some(member)) => member.fmt(f),
            (None, None) => f.write_str("nobody"),
        }
    }
}

impl fmt::Debug for SharedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedItem({} {})", self.name, self.rev)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust_sample::{self, key};
    use super::*;

    fn share(name: &str) -> Share {
        Share {
            id: DocId([1; 16]),
            head: Head::new(1, 1, Timestamp::from_unix(0), "ana".parse().unwrap()),
            deleted: false,
            name: name.into(),
            to: Receiver { vault: None, member: Some("bob".parse().unwrap()), recipients: vec!["age1x".into()] },
            expires: None,
            items: Vec::new(),
        }
    }

    #[test]
    fn a_share_is_of_one_secret_or_of_the_parameters_below_one_path() {
        let secret = share("secret:prod/db");
        assert!(secret.covers(Kind::Secret, "prod/db"));
        assert!(!secret.covers(Kind::Secret, "prod/db/admin"), "nothing else is opened by it");
        assert!(!secret.covers(Kind::Parameter, "/prod/db"));
        let path = share("parameter:/prod");
        assert!(path.covers(Kind::Parameter, "/prod/db") && path.covers(Kind::Parameter, "/prod"));
        assert!(!path.covers(Kind::Parameter, "/production"));
        for bad in ["*", "secret:", "parameter:prod", "", "key:x"] {
            assert_eq!(share(bad).check_form(), Err(ShareError::Scope), "{bad}");
        }
    }

    #[test]
    fn its_signer_reads_every_key_that_may_govern_what_is_shared() {
        let keys = vec![
            key("default", &[1], &["parameter:/", "secret:"]),
            key("prod", &[1], &["parameter:/prod"]),
            key("db", &[1], &["parameter:/prod/db", "secret:prod/db"]),
        ];
        let trust = trust_sample::trust(vec![], keys);
        let keys = |name: &str| share(name).keys(&trust).iter().map(|key| key.name.to_string()).collect::<Vec<_>>();
        assert_eq!(keys("parameter:/"), ["db", "default", "prod"]);
        assert_eq!(keys("parameter:/prod"), ["db", "prod"]);
        assert_eq!(keys("parameter:/prod/db/x"), ["db"]);
        assert_eq!(keys("parameter:/dev"), ["default"]);
        assert_eq!(keys("secret:prod/db"), ["db"]);
        assert_eq!(keys("secret:prod"), ["default"]);
    }

    #[test]
    fn a_share_is_for_exactly_one_receiver() {
        let mut both = share("secret:x");
        both.to.vault = Some(VaultId([1; 32]));
        assert_eq!(both.check_form(), Err(ShareError::Receiver));
        both.to.member = None;
        assert_eq!(both.check_form(), Ok(()));
        both.to.recipients.push("age1x".into());
        assert_eq!(both.check_form(), Err(ShareError::Recipients));
    }
}
