//! What is wrong with a sops file.

use zeroize::Zeroizing;

/// Opens the data key of a sops file, which age has wrapped in this armored text.
pub(crate) type OpenDataKey<'a> = dyn FnMut(&str) -> Option<Zeroizing<Vec<u8>>> + 'a;

/// What is wrong with a sops file. Names of values, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// Metadata that is incomplete or of another form.
    #[error("its sops metadata is not complete: `{0}` is missing or is not what sops writes")]
    Metadata(&'static str),
    /// A data key that is split among several groups of keys.
    #[error("its data key is split among key groups (`key_groups`), which is not supported")]
    KeyGroups,
    /// Rules that depend on comments.
    #[error("comments decide what is encrypted in it (`encrypted_comment_regex`), which is not supported")]
    CommentRules,
    /// A regular expression that does not compile.
    #[error("the regular expression in its metadata is broken")]
    Regex,
    /// No recipient of age at all.
    #[error("it is not encrypted for any age recipient, and other keys are not supported")]
    NoAge,
    /// The recipients that it is encrypted for, and the identity is none of them.
    #[error("it is encrypted for {}, and this identity is none of them", .0.join(", "))]
    NotARecipient(Vec<String>),
    /// A value that should be encrypted but is not.
    #[error("`{0}` should be encrypted but is not")]
    NotEncrypted(String),
    /// A value that cannot be decrypted.
    #[error("`{0}` cannot be decrypted: the value was changed, moved or damaged")]
    Value(String),
    /// A value that is not text.
    #[error("`{0}` is not UTF-8 text")]
    NotText(String),
    /// The MAC over all values.
    #[error("its MAC does not match: values were changed, added or removed, and nothing in it was used")]
    Mac,
}
