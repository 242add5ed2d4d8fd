//! Signed notes: what a member says a log was at some time, in the text form of C2SP's signed note with the body of a
//! tlog checkpoint (c2sp.org/signed-note, c2sp.org/tlog-checkpoint). The hash in it is that of the last record, not of
//! a tree.

use data_encoding::{BASE64, HEXLOWER};

use super::log::Head;
use crate::crypto::framing::sha256;
use crate::crypto::sign::{SigningKey, VerifyingKey};

/// A note that says how long a log was, and what its last record was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// The vault.
    pub(crate) vault: String,
    /// The end of the log that it is about.
    pub(crate) head: Head,
    /// The time of signing, in UTC.
    pub(crate) time: String,
    /// The member who signed.
    pub(crate) member: String,
    id: [u8; 4],
    signature: [u8; 64],
}

impl Note {
    /// The text of a new note.
    pub(crate) fn signed(vault: &str, head: &Head, time: &str, member: &str, key: &SigningKey) -> String {
        let body = body(vault, head, time);
        let mut blob = key_id(member, &key.public()).to_vec();
        blob.extend_from_slice(&key.sign(body.as_bytes()));
        format!("{body}\n— {member} {}\n", BASE64.encode(&blob))
    }

    /// The notes of a file, in their order. What is no note is left out.
    pub(crate) fn parse_all(text: &str) -> Vec<Note> {
        let mut lines = text.lines();
        let mut notes = Vec::new();
        while let Some(first) = lines.next() {
            if first.starts_with(ORIGIN) {
                notes.extend(Note::parse(first, &mut lines));
            }
        }
        notes
    }

    fn parse<'a>(origin: &str, lines: &mut impl Iterator<Item = &'a str>) -> Option<Note> {
        let (vault, log) = origin.strip_prefix(ORIGIN)?.split_once('/')?;
        let size = lines.next()?.parse().ok()?;
        let hash = BASE64.decode(lines.next()?.as_bytes()).ok()?.try_into().ok()?;
        let time = lines.next()?.strip_prefix("time ")?.to_owned();
        lines.next().filter(|line| line.is_empty())?;
        let (member, blob) = lines.next()?.strip_prefix("— ")?.split_once(' ')?;
        let blob: [u8; 68] = BASE64.decode(blob.as_bytes()).ok()?.try_into().ok()?;
        let (id, signature) = (*blob.first_chunk()?, *blob.last_chunk()?);
        let head = Head { log: log.to_owned(), size, hash };
        Some(Note { vault: vault.to_owned(), head, time, member: member.to_owned(), id, signature })
    }

    /// Whether the note was signed with that key.
    pub(crate) fn is_by(&self, key: &VerifyingKey) -> bool {
        let body = body(&self.vault, &self.head, &self.time);
        self.id == key_id(&self.member, key) && key.verify(body.as_bytes(), &self.signature).is_ok()
    }
}

const ORIGIN: &str = "vault-audit.v1/";

fn body(vault: &str, head: &Head, time: &str) -> String {
    format!("{ORIGIN}{vault}/{}\n{}\n{}\ntime {time}\n", head.log, head.size, BASE64.encode(&head.hash))
}

/// The key id of a signed note: the name, a line feed, the number of Ed25519, the key.
fn key_id(member: &str, key: &VerifyingKey) -> [u8; 4] {
    let message = [member.as_bytes(), b"\n\x01", &key.bytes()].concat();
    let hash = sha256(&message);
    std::array::from_fn(|at| hash[at])
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.log, self.size, HEXLOWER.encode(&self.hash))
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Zeroizing::new([seed; 32]))
    }

    #[test]
    fn a_note_is_read_again_and_holds_for_its_signer_alone() {
        let head = Head { log: "ab".repeat(16), size: 1000, hash: [9; 32] };
        let text = Note::signed("vlt1x", &head, "2026-11-29T08:00:00Z", "ana", &key(1));
        let both = format!("{text}\n{}", text.replace("1000", "1001"));
        let [note, forged] = &Note::parse_all(&both)[..] else { panic!("{both}") };
        assert_eq!(note.head, head);
        assert!(note.is_by(&key(1).public()) && !note.is_by(&key(2).public()));
        assert!(!forged.is_by(&key(1).public()));
        assert_eq!(Note::parse_all("vault-audit.v1/\nx\n\nvault-audit.v1/a/b\n1\n").len(), 0);
    }
}
