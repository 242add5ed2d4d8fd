//! A native age key as text, before it is kept anywhere: generated, or from somewhere else.

use zeroize::Zeroizing;

use super::content::vault_id_line;
use super::source::{Found, Origin};
use crate::crypto::identity::{Identity, IdentityError, NoPrompt};
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::sign::SigningKey;

/// How such a key begins.
const PREFIX: &str = "AGE-SECRET-KEY-1";

/// One native key, and the vault that its file names.
pub(crate) struct NativeKey {
    identity: Identity,
    text: Zeroizing<String>,
    vault: Option<String>,
}

impl NativeKey {
    /// A new one.
    pub(crate) fn generate() -> Self {
        let (identity, text) = Identity::generate();
        NativeKey { identity, text, vault: None }
    }

    /// The one key in a text. One that was typed by hand may be in small letters.
    pub(crate) fn parse(text: &str) -> Result<Self, IdentityError> {
        let keys = text.lines().enumerate().map(|(number, line)| (number, line.trim()));
        let mut keys = keys.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let (number, key) = keys.next().ok_or(IdentityError::Empty)?;
        let key = Zeroizing::new(key.to_ascii_uppercase());
        let malformed = |number: usize| IdentityError::Malformed { line: number + 1 };
        if !key.starts_with(PREFIX) {
            return Err(malformed(number));
        }
        if let Some((number, _)) = keys.next() {
            return Err(malformed(number));
        }
        let identity = Identity::parse(&key, &RecipientPolicy::default(), NoPrompt).map_err(|_| malformed(number))?;
        Ok(NativeKey { identity, text: key, vault: vault_id_line(text) })
    }

    /// The public key.
    pub(crate) fn recipient(&self) -> String {
        self.identity.recipients().into_iter().next().unwrap_or_default()
    }

    /// What it signs with.
    pub(crate) fn signing_key(&self) -> Option<SigningKey> {
        self.identity.signing_key()
    }

    /// The secret key alone.
    pub(super) fn text(&self) -> &Zeroizing<String> {
        &self.text
    }

    /// What `age-keygen` would write, without the date.
    pub(crate) fn file(&self) -> Zeroizing<String> {
        let recipient = self.recipient();
        let vault = self.vault.as_ref().map(|vault| format!("# vault-id: {vault}\n")).unwrap_or_default();
        let parts = [vault.as_str(), "# public key: ", &recipient, "\n", &self.text, "\n"];
        let mut content = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
        for part in parts {
            content.push_str(part);
        }
        content
    }

    /// The identity, to be kept at that place.
    pub(super) fn found(self, origin: Origin) -> Found {
        Found { identity: self.identity, origin, vault_id_line: self.vault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_its_file_and_as_it_was_typed() {
        let key = NativeKey::generate();
        let read = |text: &str| NativeKey::parse(text).map(|key| key.recipient());
        assert_eq!(read(&key.file()).unwrap(), key.recipient());
        assert_eq!(read(&format!("  {}\n\n", key.text.to_ascii_lowercase())).unwrap(), key.recipient());
        let named = NativeKey::parse(&format!("# vault-id: vlt1abc\n{}\n", *key.text)).unwrap();
        assert!(named.file().starts_with("# vault-id: vlt1abc\n# public key: age1"));
    }

    #[test]
    fn what_is_not_one_key_is_refused_without_repeating_it() {
        let key = NativeKey::generate();
        let two = format!("{0}\n{0}\n", *key.text);
        let cut = &key.text[..60];
        for text in ["", "# only a comment", "AGE-PLUGIN-YUBIKEY-1ABC", &two, cut] {
            let error = NativeKey::parse(text).err().unwrap();
            assert!(!format!("{error} {error:?}").contains(&key.text[20..60]), "{error:?}");
        }
    }
}
