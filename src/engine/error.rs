//! Errors of a vault. They never contain a value.

mod finding;

use std::path::PathBuf;

use super::introduction::Introduction;
use super::key_error::VaultKeyError;
use super::plan_error::PlanError;
use super::tampering::Tampering;
use crate::crypto::recipient::RecipientError;
use crate::format::FormatError;
use crate::format::path::PathTooLong;
use crate::machine::{Pin, StateError};
use crate::model::credential::{AccessKeyId, CredentialError};
use crate::model::event::RuleError;
use crate::model::hook::{HookFailure, Step};
use crate::model::id::VaultId;
use crate::model::merge::Side;
use crate::model::name::{KeyName, MemberName, NameError, RuleName};
use crate::model::near::{Aim, Near};
use crate::model::parameter::ParameterError;
use crate::model::parcel::ParcelError;
use crate::model::secret::{ReplicaError, SecretError};
use crate::model::share::ShareError;
use crate::model::team::TeamError;
use crate::store::archive::ArchiveError;
use crate::store::{Problem, StoreError};

pub(crate) use finding::Finding;

/// The result of a verb.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A verb that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory is not a vault.
    #[error("`{}` is not a vault: it has no readable `vault.yaml`", .0.display())]
    NotAVault(PathBuf),
    /// The directory for a new vault already exists.
    #[error("`{}` already exists", .0.display())]
    AlreadyThere(PathBuf),
    /// This machine has not accepted the vault's id yet.
    #[error("this machine does not know the vault {} yet", .0.id)]
    Unpinned(Box<Introduction>),
    /// The vault belongs to another user of this machine.
    #[error("`{}` belongs to another user of this machine (uid {owner})", place.display())]
    ForeignOwner {
        /// The vault's directory.
        place: PathBuf,
        /// Whose it is, or its `vault.yaml`.
        owner: u32,
    },
    /// A different vault was expected here.
    #[error("the vault here is {found}, but {expected} was expected")]
    WrongVault {
        /// What the user or the environment named.
        expected: VaultId,
        /// What `vault.yaml` says.
        found: VaultId,
    },
    /// The directory contained a different vault when it was first trusted.
    #[error("`{}` contained the vault {before} and now contains {found}", place.display())]
    Replaced {
        place: PathBuf,
        /// The previous vault.
        before: VaultId,
        /// The current vault.
        found: VaultId,
    },
    /// A file of the vault cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A backup that is invalid or cannot be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The memory of this machine cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A document does not have the form that the format asks for.
    #[error("`{path}`: {error}")]
    Format {
        /// The document, relative to the vault.
        path: String,
        error: FormatError,
    },
    /// A file that is not the request of a new member.
    #[error("not a membership request: {0}")]
    NotARequest(FormatError),
    /// A document was not signed by a member for this path.
    #[error("`{path}` cannot be trusted: {reason}")]
    Tampered {
        /// The document, relative to the vault.
        path: String,
        /// What is wrong.
        reason: Tampering,
    },
    /// An older revision than this machine has seen on this branch.
    #[error("`{path}` was rolled back: found revision {found}, already saw {seen}")]
    Rollback {
        /// The document, relative to the vault.
        path: String,
        /// The highest revision seen.
        seen: u64,
        /// The current revision.
        found: u64,
    },
    /// An older revision than this machine has seen elsewhere, and what is done must use nothing old.
    #[error("`{path}` is older than this machine has seen elsewhere: found revision {found}, already saw {seen}")]
    Older {
        /// The document, relative to the vault.
        path: String,
        /// The highest revision seen.
        seen: u64,
        /// The current revision.
        found: u64,
    },
    /// A document that this machine has seen here is missing, and what is done must miss nothing.
    #[error("`{path}` is missing without a tombstone")]
    Missing {
        /// The document, relative to the vault.
        path: String,
    },
    /// Different content under a revision that this machine has seen.
    #[error("`{path}` was changed without a new revision: two contents have revision {rev}")]
    Fork {
        /// The document, relative to the vault.
        path: String,
        rev: u64,
    },
    /// A side of a merge that is not a successor of the common ancestor or of its own history.
    #[error("{side} side cannot be merged: {1}", side = .0.whose())]
    IllegalSide(Side, Box<Error>),
    /// The trust chain ends before the snapshot that this machine has verified, or that a document was written under.
    #[error("the trust chain was rolled back: it ends at {found}, already saw {seen}")]
    TrustRollback {
        /// The highest snapshot seen.
        seen: u64,
        /// The last existing snapshot.
        found: u64,
    },
    /// A different snapshot than the one that this machine has verified.
    #[error("the trust chain was rewritten: snapshot {0} differs from the one seen before")]
    TrustFork(u64),
    /// A chain that says less than what this machine has verified, and something of its own.
    #[error(
        "the trust chain was rewritten: it ends at snapshot {found}, and this machine has verified snapshot {seen}"
    )]
    OtherTrust {
        /// The newest snapshot that this machine has verified.
        seen: Pin,
        /// The last existing snapshot.
        found: Pin,
    },
    /// A change on a chain that lacks snapshots which this machine has verified.
    #[error("this checkout is at trust snapshot {found}, and this machine has verified {seen}")]
    TrustBehind {
        /// The number of the newest snapshot that this machine has verified.
        seen: u64,
        /// The number of the last existing snapshot.
        found: u64,
    },
    /// The chain does not contain the snapshot that the user or the environment named.
    #[error("the trust chain ends at snapshot {end} and does not contain the expected snapshot {expected}")]
    NotAnchored {
        /// The number of the expected snapshot.
        expected: u64,
        /// The last existing snapshot.
        end: u64,
    },
    /// The settings of the vault require a record of each use, and it could not be written.
    #[error("this vault requires a record of each use, and this one could not be recorded: {0}")]
    NotLogged(String),
    /// A log of uses that is not what its anchor says.
    #[error(
        "this log of uses is not the one that `{member}` anchored: {anchored} records were anchored, {size} are here"
    )]
    NotTheAnchored {
        /// How many records it has.
        size: u64,
        /// How many were anchored.
        anchored: u64,
        /// Who anchored it.
        member: MemberName,
    },
    /// The settings of the vault require a reason for opening this value.
    #[error("`{name}` is opened only with a reason")]
    NoReason { name: String },
    /// A vault of format 1, which is read and not written.
    #[error("this vault has format 1, which this version of vault reads but does not write")]
    OldVault,
    /// The identity does not belong to a member of this vault.
    #[error("your identity does not belong to a member of this vault")]
    NotAMember,
    /// The member may not change members and keys.
    #[error("`{0}` is not an admin of this vault")]
    NotAnAdmin(MemberName),
    /// A rule for members and keys was broken.
    #[error(transparent)]
    Team(#[from] TeamError),
    /// A key cannot be used as it is.
    #[error(transparent)]
    Key(#[from] VaultKeyError),
    /// No rule for events has that name.
    #[error("there is no rule `{0}`")]
    NoRule(RuleName),
    /// A rule for events states something that it may not.
    #[error("`{name}`: {error}")]
    Rule {
        /// The rule.
        name: RuleName,
        error: RuleError,
    },
    /// No credential has that id.
    #[error("there is no credential {0}")]
    NoCredential(AccessKeyId),
    /// No credential has that name.
    #[error("there is no credential `{0}`")]
    NoCredentialNamed(String),
    /// A credential cannot be issued or used as it is.
    #[error("credential {name}: {error}")]
    Credential {
        /// The credential.
        name: AccessKeyId,
        error: CredentialError,
    },
    /// A member's recipient cannot be wrapped for on this machine.
    #[error("a recipient of `{member}` cannot be used: {error}")]
    Recipient { member: MemberName, error: RecipientError },
    /// The member may not sign documents of this name.
    #[error("`{member}` may not write `{name}`")]
    NotAWriter {
        member: MemberName,
        name: String,
        /// Who may.
        writers: Vec<MemberName>,
    },
    /// The identity cannot open any version of the key.
    #[error("{} cannot open the key `{key}`", whose(.reader.as_deref()))]
    NotAReader {
        key: KeyName,
        /// Who can open it.
        readers: Vec<MemberName>,
        /// Whose identity was used; `None` if it is no member's.
        reader: Option<String>,
    },
    /// A value cannot be decrypted: wrong key, moved, or changed.
    #[error("the value of `{name}` cannot be decrypted: it was changed or moved, or encrypted under a different key")]
    Unopened {
        /// The name, with its version.
        name: String,
    },
    /// Nothing has that name.
    #[error("there is no {} `{name}`", aim.as_str())]
    NotFound {
        /// What it was taken for.
        aim: Aim,
        /// The requested name.
        name: String,
        /// What it may have meant.
        near: Vec<Near>,
    },
    /// The parameter has expired.
    #[error("the parameter `{name}` expired at {at}")]
    Expired { name: String, at: String },
    /// `ssm-secure` names something that is stored in plain text.
    #[error("`{name}` is not a SecureString, but the reference requires one")]
    NotSecure { name: String },
    /// A rule for parameters was broken.
    #[error("`{name}`: {error}")]
    Parameter {
        /// The parameter.
        name: String,
        /// The rule.
        error: ParameterError,
    },
    /// A rule for secrets was broken.
    #[error("`{name}`: {error}")]
    Secret {
        /// The secret.
        name: String,
        /// The rule.
        error: SecretError,
    },
    /// A share does not open it, or cannot be made.
    #[error("`{name}`: {error}")]
    Share {
        /// What is shared.
        name: String,
        error: ShareError,
    },
    /// A file of `vault share` cannot be made or taken.
    #[error("the shared file: {0}")]
    Parcel(ParcelError),
    /// A rotation plan does not hold.
    #[error("`{name}`: {error}")]
    Plan {
        /// The secret.
        name: String,
        error: PlanError,
    },
    /// A secret is not copied, or its copy is not changed.
    #[error("`{name}`: {error}")]
    Replica {
        /// The secret.
        name: String,
        error: ReplicaError,
    },
    /// A hook failed in a step; the state of the rotation is kept.
    #[error("`{name}`: the rotation failed at {step}: {failure}")]
    Hook {
        /// The secret.
        name: String,
        step: Step,
        failure: HookFailure,
    },
    /// A hook failed in a step of a trial: nothing depends on it.
    #[error("`{name}`: the hook failed at {step} in a trial: {failure}")]
    TriedHook {
        /// The secret.
        name: String,
        step: Step,
        failure: HookFailure,
    },
    /// Another process of this machine rotates the secret.
    #[error("another process is rotating `{0}`")]
    Rotating(String),
    /// A name does not fit into a file name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The file is not a document that can be merged.
    #[error("`{0}` is not a parameter, secret or key, so it cannot be merged on its own")]
    NotMergeable(String),
    /// The trust chain moved on while a command was running.
    #[error("members or keys of the vault changed while this command ran")]
    TrustMoved,
    /// The document has changed since it was read.
    #[error("`{0}` changed while this command ran")]
    Changed(String),
    /// A state that does not verify is not signed.
    #[error("the vault does not verify, and nothing was signed")]
    Unverified(Vec<Finding>),
    /// Another process holds the lock.
    #[error("another process is writing to the vault")]
    Busy,
    /// The vault's directory was moved or replaced.
    #[error("the vault was moved or replaced while this command ran")]
    Moved,
    /// The document's revision has reached the format's limit.
    #[error("`{0}` cannot be written any more: its revision is at the format's limit")]
    RevisionLimit(String),
    /// What was written could not be verified; the previous document was kept or can be restored.
    #[error("could not verify `{0}` after writing it")]
    ReadBack(String),
    /// No identity was found, or the one that was found could not be opened.
    #[error(transparent)]
    Unlock(Box<dyn std::error::Error + Send + Sync>),
    /// Cryptography failed in a way that no user could have caused.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl From<PathTooLong> for Error {
    fn from(problem: PathTooLong) -> Self {
        Error::Store(problem.into())
    }
}

impl Error {
    /// Whether somebody else has changed a document between its reading and its writing.
    pub(super) fn is_overtaken(&self) -> bool {
        matches!(self, Error::Store(error) if matches!(error.problem, Problem::Changed | Problem::AlreadyThere))
    }
}

/// Whose rights were used, in a sentence.
fn whose(member: Option<&str>) -> String {
    member.map_or_else(|| "your identity".to_owned(), |member| format!("`{member}`"))
}
