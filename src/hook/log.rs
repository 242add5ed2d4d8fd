//! What hooks did on this machine: one line of JSON for each step that was tried. No values, and nothing that is not masked.

use serde::{Deserialize, Serialize};

use crate::machine::{State, StateError, hook_log};
use crate::model::name::SecretName;

/// How much of a hook's own output an entry keeps, in bytes.
pub(crate) const WORDS_LIMIT: usize = 4096;

/// One step that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When it ended, such as `2026-11-23T07:00:00Z`.
    pub time: String,
    /// The secret.
    pub secret: String,
    /// The id of the pending version.
    pub token: String,
    /// Which attempt of that rotation.
    pub attempt: u64,
    /// The hook, by name.
    pub hook: String,
    /// The step.
    pub step: String,
    /// `ok`, or the reason of the failure.
    pub verdict: String,
    /// How long it took.
    pub duration_ms: u64,
    /// The end of what the hook wrote to its standard error, masked.
    pub stderr: String,
}

/// Adds an entry.
pub(crate) fn append(state: &State, entry: &Entry) -> Result<(), StateError> {
    // Texts and numbers can always be written as JSON.
    let line = serde_json::to_string(entry).unwrap_or_default();
    hook_log::append(state, &line)
}

/// The stored entries, of one secret or of all, the newest last. A line that was cut off by a power failure is skipped.
pub(crate) fn read(state: &State, secret: Option<&SecretName>) -> Result<Vec<Entry>, StateError> {
    let entries = hook_log::lines(state)?.into_iter().filter_map(|line| serde_json::from_str::<Entry>(&line).ok());
    Ok(entries.filter(|entry| secret.is_none_or(|secret| entry.secret == secret.as_str())).collect())
}

/// The end of a text, at most `limit` bytes of it.
pub(super) fn tail(text: &str, limit: usize) -> &str {
    let start = (text.len().saturating_sub(limit)..text.len()).find(|start| text.is_char_boundary(*start));
    &text[start.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;

    fn entry(secret: &str, attempt: u64) -> Entry {
        Entry {
            time: "2026-11-23T07:00:00Z".into(),
            secret: secret.into(),
            token: "t".into(),
            attempt,
            hook: "a.sh".into(),
            step: "set".into(),
            verdict: "exit 3".into(),
            duration_ms: 7,
            stderr: "line\nline\n".into(),
        }
    }

    #[test]
    fn entries_come_back_in_order_by_secret_and_past_a_torn_line() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
        append(&state, &entry("a", 1)).unwrap();
        hook_log::append(&state, "{\"time\":\"2026").unwrap();
        append(&state, &entry("b", 1)).unwrap();
        append(&state, &entry("a", 2)).unwrap();
        assert_eq!(read(&state, Some(&"a".parse().unwrap())).unwrap(), [entry("a", 1), entry("a", 2)]);
        assert_eq!(read(&state, None).unwrap().len(), 3);
    }

    #[test]
    fn the_end_of_a_text_is_cut_between_characters() {
        assert_eq!(tail("abcü", 3), "cü");
        assert_eq!(tail("abcü", 1), "");
        assert_eq!(tail("abc", 9), "abc");
    }
}
