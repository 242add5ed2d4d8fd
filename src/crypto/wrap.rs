//! Wraps: a small payload, such as a key, in an age file for several recipients.

use zeroize::Zeroizing;

use super::agefile::{self, AgeError, MAX_FILE};
use super::identity::Identity;
use super::recipient::{self, Recipient};

/// The longest payload, in bytes. A wrap carries a key of some hundred.
pub(crate) const MAX_PAYLOAD: usize = 4096;

/// Why something was not wrapped or not unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The identity is no recipient of the wrap.
    #[error("this identity is not among the recipients")]
    NotARecipient,
    /// Not an armored age file, or a changed one.
    #[error("the wrap is damaged or not an armored age file")]
    Damaged,
    /// More than 64 KiB of wrap, 1,500 lines of header, or 4 KiB of payload.
    #[error("the wrap is too large")]
    TooLarge,
    /// No recipient.
    #[error("there is no recipient to wrap for")]
    NoRecipients,
    /// Recipients that must not be mixed: post-quantum ones with others.
    #[error("post-quantum recipients cannot be mixed with others")]
    MixedRecipients,
    /// A plugin failed.
    #[error("age plugin {name} failed")]
    Plugin {
        /// The plugin's name.
        name: String,
    },
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

/// Wraps a payload for all recipients, each once, as an armored stock age file.
pub fn wrap(recipients: &[Recipient], payload: &[u8]) -> Result<String, WrapError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(WrapError::TooLarge);
    }
    let armored = seal_file(recipients, payload)?;
    if armored.len() > MAX_FILE {
        return Err(WrapError::TooLarge);
    }
    Ok(armored)
}

/// Opens a wrap.
pub fn unwrap(armored: &str, identity: &Identity) -> Result<Zeroizing<Vec<u8>>, WrapError> {
    if armored.len() > MAX_FILE {
        return Err(WrapError::TooLarge);
    }
    let payload = agefile::decrypt(&agefile::dearmored(armored.as_bytes())?, identity.as_age())?;
    if payload.len() > MAX_PAYLOAD {
        return Err(WrapError::TooLarge);
    }
    Ok(payload)
}

/// An armored age file for all recipients, each once. The caller limits its length.
pub(crate) fn seal_file(recipients: &[Recipient], content: &[u8]) -> Result<String, WrapError> {
    if recipients.is_empty() {
        return Err(WrapError::NoRecipients);
    }
    let recipients: Vec<_> = recipient::deduplicated(recipients).into_iter().map(Recipient::as_age).collect();
    Ok(agefile::armored(&agefile::encrypt(&recipients, content)?)?)
}

/// Opens a file that somebody encrypted with age, armored or binary. The caller limits its length.
pub(crate) fn open_file(file: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, WrapError> {
    Ok(agefile::decrypt_any(file, identity.as_age())?)
}

impl From<AgeError> for WrapError {
    fn from(error: AgeError) -> WrapError {
        match error {
            AgeError::NoMatchingIdentity => WrapError::NotARecipient,
            AgeError::Damaged | AgeError::WrongKey => WrapError::Damaged,
            AgeError::TooLarge => WrapError::TooLarge,
            AgeError::MixedRecipients => WrapError::MixedRecipients,
            AgeError::Plugin(name) => WrapError::Plugin { name },
            AgeError::TooMuchWork | AgeError::Internal => WrapError::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::crypto::fixture::{self, bech32_text};
    use crate::crypto::identity::{NoPrompt, Prompt};
    use crate::crypto::recipient::RecipientPolicy;

    fn recipient(text: &str) -> Recipient {
        Recipient::parse(text, &RecipientPolicy::default()).unwrap()
    }

    fn public(identity: &Identity) -> Recipient {
        recipient(&identity.recipients()[0])
    }

    fn rsa_allowed() -> RecipientPolicy {
        RecipientPolicy { allow_rsa: true, ..RecipientPolicy::default() }
    }

    fn ssh(name: &str) -> (Identity, Recipient) {
        let identity = Identity::parse(&fixture::file(name), &rsa_allowed(), NoPrompt).unwrap();
        let recipient = Recipient::parse(&identity.recipients()[0], &rsa_allowed()).unwrap();
        (identity, recipient)
    }

    fn header_of_stanzas(stanza: &str, count: usize) -> String {
        let file = format!("age-encryption.org/v1\n{}--- {}\n", stanza.repeat(count), "A".repeat(43));
        agefile::armored(&[file.as_bytes(), &[0; 64]].concat()).unwrap()
    }

    #[test]
    fn files_open_in_either_dress() {
        let (identity, text) = Identity::generate();
        drop(text);
        let recipient = Recipient::parse(&identity.recipients()[0], &RecipientPolicy::default()).unwrap();
        let file = agefile::encrypt(&[recipient.as_age()], &[7; 10_000]).unwrap();
        let armored = agefile::armored(&file).unwrap();
        for dress in [file.as_slice(), armored.as_bytes()] {
            assert_eq!(open_file(dress, &identity).unwrap().as_slice(), [7; 10_000]);
            assert_eq!(open_file(dress, &Identity::generate().0).unwrap_err(), WrapError::NotARecipient);
        }
        assert_eq!(open_file(b"hunter2", &identity).unwrap_err(), WrapError::Damaged);
    }

    #[test]
    fn every_recipient_opens_and_nobody_else() {
        let people = [fixture::member("alice"), fixture::member("recovery"), ssh("ssh/ed25519").0, ssh("ssh/rsa").0];
        let parse = |person: &Identity| Recipient::parse(&person.recipients()[0], &rsa_allowed()).unwrap();
        let wrapped = wrap(&people.iter().map(parse).collect::<Vec<_>>(), b"payload\n").unwrap();
        for person in &people {
            assert_eq!(**unwrap(&wrapped, person).unwrap(), *b"payload\n");
        }
        assert_eq!(unwrap(&wrapped, &fixture::stranger()).unwrap_err(), WrapError::NotARecipient);
    }

    #[test]
    fn a_recipient_named_twice_gets_one_stanza() {
        let alice = public(&fixture::member("alice"));
        let wrapped = wrap(&[alice.clone(), alice], b"payload").unwrap();
        let file = agefile::dearmored(wrapped.as_bytes()).unwrap();
        assert_eq!(String::from_utf8_lossy(&file).matches("-> X25519 ").count(), 1);
    }

    #[test]
    fn nobody_and_too_much_are_refused() {
        let alice = [public(&fixture::member("alice"))];
        assert_eq!(wrap(&[], b"payload").unwrap_err(), WrapError::NoRecipients);
        assert!(wrap(&alice, &[0; MAX_PAYLOAD]).is_ok());
        assert_eq!(wrap(&alice, &[0; MAX_PAYLOAD + 1]).unwrap_err(), WrapError::TooLarge);
        let large = agefile::encrypt(&[alice[0].as_age()], &[0; MAX_PAYLOAD + 1]).unwrap();
        let large = agefile::armored(&large).unwrap();
        assert_eq!(unwrap(&large, &fixture::member("alice")).unwrap_err(), WrapError::TooLarge);
    }

    #[test]
    fn hardware_recipients_can_be_wrapped_for() {
        let tag = recipient("age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e");
        let alice = fixture::member("alice");
        let wrapped = wrap(&[tag, public(&alice)], b"payload").unwrap();
        assert_eq!(**unwrap(&wrapped, &alice).unwrap(), *b"payload");
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_refused() {
        let alice = fixture::member("alice");
        let wrapped = fixture::wrapped();
        assert!(unwrap(&wrapped, &alice).is_ok());
        let end = wrapped.trim_end().len();
        for length in 0..end {
            assert_eq!(unwrap(&wrapped[..length], &alice).unwrap_err(), WrapError::Damaged, "cut at {length}");
        }
        let file = agefile::dearmored(wrapped.as_bytes()).unwrap();
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            let outcome = unwrap(&agefile::armored(&changed).unwrap(), &alice).unwrap_err();
            assert!(matches!(outcome, WrapError::Damaged | WrapError::NotARecipient), "byte {place}: {outcome:?}");
        }
    }

    #[test]
    fn line_ends_of_windows_are_tolerated_and_trailing_text_is_not() {
        let alice = fixture::member("alice");
        assert!(unwrap(&fixture::wrapped().replace('\n', "\r\n"), &alice).is_ok());
        assert!(unwrap(fixture::wrapped().trim_end(), &alice).is_ok());
        assert!(unwrap(&format!("{}x", fixture::wrapped()), &alice).is_err());
        assert!(unwrap(&format!(" {}", fixture::wrapped()), &alice).is_err());
    }

    #[test]
    fn hostile_headers_are_refused_before_they_cost_much() {
        let alice = fixture::member("alice");
        // What is too large is not parsed, which would take a time that grows with the square of the size.
        for (stanza, count) in [("-> a\n\n", MAX_FILE), ("-> a\n\n", 16_000), ("-> a\n\n", 7_500), ("-> a\n\n", 800)] {
            let outcome = unwrap(&header_of_stanzas(stanza, count), &alice);
            assert_eq!(outcome.unwrap_err(), WrapError::TooLarge, "{count}");
        }
        // A good point and nothing behind it: each of these costs a key exchange, and there are no more than fit.
        let point = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let native = format!("-> X25519 {point}\n{point}\n");
        for (stanza, count) in [("-> a\n\n", 740), (&*native, 480)] {
            let outcome = unwrap(&header_of_stanzas(stanza, count), &alice);
            assert_eq!(outcome.unwrap_err(), WrapError::NotARecipient, "{count}");
        }
        // Done, this work would not end.
        let work = "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        assert_eq!(unwrap(&header_of_stanzas(work, 1), &alice).unwrap_err(), WrapError::NotARecipient);
    }

    #[test]
    fn stock_age_opens_our_wraps_and_we_open_its() {
        let identities = ["ids/alice.txt", "ids/recovery.txt", "ssh/ed25519", "ssh/rsa"];
        for name in identities {
            let (identity, recipient) = ssh(name);
            let wrapped = wrap(std::slice::from_ref(&recipient), b"payload\n").unwrap();
            let private = fixture::path(name);
            let Some(opened) = fixture::run("age", &["-d", "-i", private.to_str().unwrap()], wrapped.as_bytes()) else {
                return;
            };
            assert_eq!(opened, b"payload\n", "{name}");
            let theirs = fixture::run("age", &["-a", "-r", recipient.as_str()], b"theirs\n").unwrap();
            assert_eq!(**unwrap(std::str::from_utf8(&theirs).unwrap(), &identity).unwrap(), *b"theirs\n");
        }
    }

    #[cfg(unix)]
    #[derive(Default, Clone)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    #[cfg(unix)]
    impl Prompt for Heard {
        fn message(&self, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    #[cfg(unix)]
    fn plugin(name: &str, heard: &Heard) -> (Identity, Recipient) {
        let program = fixture::path(&format!("plugin/age-plugin-{name}"));
        let policy = RecipientPolicy { plugins: vec![program], ..RecipientPolicy::default() };
        let text = bech32_text(&format!("age-plugin-{name}-"), b"x").to_uppercase();
        let identity = Identity::parse(&text, &policy, heard.clone()).unwrap();
        let recipient = Recipient::parse(&bech32_text(&format!("age1{name}"), b"x"), &policy).unwrap();
        (identity, recipient)
    }

    #[cfg(unix)]
    #[test]
    fn a_listed_plugin_wraps_unwraps_and_is_heard() {
        let heard = Heard::default();
        let (identity, recipient) = plugin("toy", &heard);
        let alice = fixture::member("alice");
        let wrapped = wrap(&[recipient, public(&alice)], b"payload").unwrap();
        assert_eq!(**unwrap(&wrapped, &identity).unwrap(), *b"payload");
        assert_eq!(*heard.0.lock().unwrap(), ["touch"]);
        assert_eq!(**unwrap(&wrapped, &alice).unwrap(), *b"payload");
        let other = wrap(&[public(&alice)], b"payload").unwrap();
        assert_eq!(unwrap(&other, &identity).unwrap_err(), WrapError::NotARecipient);
    }

    #[cfg(unix)]
    #[test]
    fn a_plugin_that_dies_is_named() {
        let (identity, recipient) = plugin("broken", &Heard::default());
        let failed = WrapError::Plugin { name: "broken".into() };
        assert_eq!(wrap(&[recipient], b"payload").unwrap_err(), failed);
        assert_eq!(unwrap(&fixture::wrapped(), &identity).unwrap_err(), failed);
    }
}
