//! Age files of any size, encrypted and decrypted as a stream.

use std::io::{self, BufReader, Cursor, Read, Write};
use std::iter;

use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor};

use super::agefile::{self, AgeError};
use super::identity::Identity;
use super::passphrase;
use super::recipient::{self, Recipient};

/// Who can open the file. An age file with a passphrase cannot have recipients too.
#[derive(Clone, Copy)]
pub(crate) enum Sealing<'a> {
    /// All of these, each once.
    Recipients(&'a [Recipient]),
    /// Anyone who knows it. The work factor is [`super::passphrase::WORK_FACTOR`] except in tests.
    Passphrase {
        /// The passphrase.
        text: &'a str,
        /// scrypt's work factor, as a power of two.
        log_n: u8,
    },
}

/// Why a stream was not sealed or not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealedError {
    /// The identity is none of the recipients.
    #[error("it is not encrypted for this identity")]
    NotARecipient,
    /// The wrong passphrase, or none at all.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Not an age file, or a modified one.
    #[error("it is damaged, or not a binary age file")]
    Damaged,
    /// A header that no genuine file has.
    #[error("its header is too large")]
    TooLarge,
    /// A work factor above 20.
    #[error("its work factor is above the limit")]
    TooMuchWork,
    /// No recipient.
    #[error("there is no recipient to encrypt for")]
    NoRecipients,
    /// Post-quantum recipients with others.
    #[error("post-quantum recipients cannot be mixed with others")]
    MixedRecipients,
    /// A plugin failed.
    #[error("age plugin {0} failed")]
    Plugin(
        /// Its name.
        String,
    ),
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

/// What is written to it is sealed.
pub(crate) struct Sealer<W: Write>(StreamWriter<W>);

/// A sealed stream whose header was read.
pub(crate) struct Sealed<R: Read>(Decryptor<BufReader<io::Chain<Cursor<Vec<u8>>, R>>>);

/// What is read from it was sealed. A truncated stream is an error once its end is reached.
pub(crate) struct Opened<R: Read>(StreamReader<BufReader<io::Chain<Cursor<Vec<u8>>, R>>>);

/// Begins an age file.
pub(crate) fn seal<W: Write>(sealing: Sealing<'_>, output: W) -> Result<Sealer<W>, SealedError> {
    let under_passphrase;
    let recipients: Vec<&dyn age::Recipient> = match sealing {
        Sealing::Recipients([]) => return Err(SealedError::NoRecipients),
        Sealing::Recipients(all) => recipient::deduplicated(all).into_iter().map(Recipient::as_age).collect(),
        Sealing::Passphrase { text: "", .. } => return Err(SealedError::WrongPassphrase),
        Sealing::Passphrase { text, log_n } => {
            under_passphrase = passphrase::recipient(text, log_n);
            vec![&under_passphrase]
        }
    };
    Ok(agefile::contained(|| {
        let encryptor = Encryptor::with_recipients(recipients.into_iter()).map_err(agefile::encrypt_error)?;
        encryptor.wrap_output(output).map(Sealer).map_err(agefile::internal)
    })?)
}

impl<W: Write> Sealer<W> {
    /// Ends the age file. Without this it cannot be opened.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<R: Read> Sealed<R> {
    /// Reads the header. Nothing is decrypted yet.
    pub(crate) fn read(mut input: R) -> Result<Self, SealedError> {
        let mut head = Vec::with_capacity(agefile::MAX_HEADER);
        let limit = agefile::MAX_HEADER as u64;
        input.by_ref().take(limit).read_to_end(&mut head).map_err(|_| SealedError::Damaged)?;
        // Any number of line feeds may follow the header, but the header itself must not have too many.
        agefile::check_header(&head)?;
        Ok(agefile::contained(|| {
            let input = BufReader::new(Cursor::new(head).chain(input));
            Decryptor::new_buffered(input).map(Sealed).map_err(agefile::decrypt_error)
        })?)
    }

    /// Whether a passphrase opens it, and not an identity.
    pub(crate) fn is_under_passphrase(&self) -> bool {
        self.0.is_scrypt()
    }

    /// Opens it with an identity.
    pub(crate) fn open(self, identity: &Identity) -> Result<Opened<R>, SealedError> {
        self.open_with(identity.as_age())
    }

    /// Opens it with its passphrase.
    pub(crate) fn open_with_passphrase(self, passphrase: &str) -> Result<Opened<R>, SealedError> {
        let identity = passphrase::identity(passphrase);
        self.open_with(iter::once(&identity as &dyn age::Identity)).map_err(|error| match error {
            SealedError::Damaged | SealedError::NotARecipient => SealedError::WrongPassphrase,
            other => other,
        })
    }

    fn open_with<'a>(self, identities: impl Iterator<Item = &'a dyn age::Identity>) -> Result<Opened<R>, SealedError> {
        Ok(agefile::contained(|| self.0.decrypt(identities).map(Opened).map_err(agefile::decrypt_error))?)
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl From<AgeError> for SealedError {
    fn from(error: AgeError) -> SealedError {
        match error {
            AgeError::NoMatchingIdentity => SealedError::NotARecipient,
            AgeError::WrongKey | AgeError::Damaged => SealedError::Damaged,
            AgeError::TooLarge => SealedError::TooLarge,
            AgeError::TooMuchWork => SealedError::TooMuchWork,
            AgeError::MixedRecipients => SealedError::MixedRecipients,
            AgeError::Plugin(name) => SealedError::Plugin(name),
            AgeError::Internal => SealedError::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture;
    use crate::crypto::recipient::RecipientPolicy;

    const FAST: u8 = 2;

    fn recipients() -> Vec<Recipient> {
        let text = &fixture::member("alice").recipients()[0];
        vec![Recipient::parse(text, &RecipientPolicy::default()).unwrap()]
    }

    fn sealed(sealing: Sealing<'_>, plaintext: &[u8]) -> Vec<u8> {
        let mut sealer = seal(sealing, Vec::new()).unwrap();
        sealer.write_all(plaintext).unwrap();
        sealer.finish().unwrap()
    }

    fn opened(file: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = Sealed::read(file).unwrap().open(&fixture::member("alice")).unwrap();
        let mut plaintext = Vec::new();
        stream.read_to_end(&mut plaintext).map(|_| plaintext)
    }

    #[test]
    fn any_size_goes_in_and_comes_out() {
        for size in [0, 1, 65_536, 65_537, 300_000] {
            let plaintext: Vec<u8> = (0..size).map(|at: usize| at.to_le_bytes()[0]).collect();
            let file = sealed(Sealing::Recipients(&recipients()), &plaintext);
            assert_eq!(opened(&file).unwrap(), plaintext, "{size}");
        }
    }

    #[test]
    fn what_is_cut_off_or_changed_is_an_error() {
        let file = sealed(Sealing::Recipients(&recipients()), &vec![7; 200_000]);
        for length in [file.len() - 1, file.len() - 65_552, 140_000] {
            assert!(opened(&file[..length]).is_err(), "cut at {length}");
        }
        let mut changed = file.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        assert!(opened(&changed).is_err());
        assert_eq!(Sealed::read(&b"no age file"[..]).err(), Some(SealedError::Damaged));
    }

    #[test]
    fn only_the_identity_or_the_passphrase_opens() {
        let file = sealed(Sealing::Recipients(&recipients()), b"vault");
        assert!(!Sealed::read(&file[..]).unwrap().is_under_passphrase());
        let stranger = Sealed::read(&file[..]).unwrap().open(&fixture::stranger());
        assert_eq!(stranger.err(), Some(SealedError::NotARecipient));

        let file = sealed(Sealing::Passphrase { text: "correct horse", log_n: FAST }, b"vault");
        let read = || Sealed::read(&file[..]).unwrap();
        assert!(read().is_under_passphrase());
        assert_eq!(read().open_with_passphrase("wrong").err(), Some(SealedError::WrongPassphrase));
        assert_eq!(read().open_with_passphrase("").err(), Some(SealedError::WrongPassphrase));
        assert_eq!(read().open(&fixture::member("alice")).err(), Some(SealedError::NotARecipient));
        let mut plaintext = Vec::new();
        read().open_with_passphrase("correct horse").unwrap().read_to_end(&mut plaintext).unwrap();
        assert_eq!(plaintext, b"vault");
    }

    #[test]
    fn nobody_and_nothing_are_refused() {
        assert_eq!(seal(Sealing::Recipients(&[]), Vec::new()).err(), Some(SealedError::NoRecipients));
        let empty = Sealing::Passphrase { text: "", log_n: FAST };
        assert_eq!(seal(empty, Vec::new()).err(), Some(SealedError::WrongPassphrase));
    }

    #[test]
    fn a_header_of_too_many_lines_is_not_parsed() {
        let stanza = format!("-> a\n{}\n", "A".repeat(4));
        let file = format!("age-encryption.org/v1\n{}--- x\n", stanza.repeat(2000));
        assert_eq!(Sealed::read(file.as_bytes()).err(), Some(SealedError::TooLarge));
        let stanza = format!("-> X25519 {0}\n{0}\n", "A".repeat(43));
        let file = format!("age-encryption.org/v1\n{}--- x\n", stanza.repeat(16_000));
        assert_eq!(Sealed::read(file.as_bytes()).err(), Some(SealedError::TooLarge), "most of it after 64 KiB");
    }
}
