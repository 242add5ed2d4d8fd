//! The age format in memory, with bounds on what is read and panics turned into errors.

use std::io::{self, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use zeroize::Zeroizing;

use super::plugin::PluginFailed;

/// The maximum size of an armored or binary age file in bytes, if no other limit is given; this includes the wrap of a
/// key version.
pub(crate) const MAX_FILE: usize = 64 * 1024;
/// The most lines in a header, enough for what fits into [`MAX_FILE`]: 490 native recipients of two lines each. age
/// parses the header again for each line that arrives, so its time grows with their square.
pub(super) const MAX_HEADER_LINES: usize = 1500;
/// The maximum size of a header in bytes, in files of any size.
pub(super) const MAX_HEADER: usize = 256 * 1024;

/// First line of an armored age file.
pub(crate) const ARMOR_BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
/// Last line of an armored age file.
pub(crate) const ARMOR_END: &str = "-----END AGE ENCRYPTED FILE-----";

/// What can go wrong with an age file, without age's own messages: those contain Unicode isolates and hints for other
/// tools.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AgeError {
    /// No identity fits any recipient of the file.
    NoMatchingIdentity,
    /// A passphrase or key of the right kind, but not the right one for the file.
    WrongKey,
    /// Not an age file, or a modified one.
    Damaged,
    /// Too many bytes or stanzas.
    TooLarge,
    /// A passphrase file whose work factor is above the limit.
    TooMuchWork,
    /// Recipients that must not be mixed, such as post-quantum ones with others.
    MixedRecipients,
    /// This plugin failed.
    Plugin(String),
    /// age panicked or refused without a reason we know.
    Internal,
}

/// Encrypts to all recipients, as a binary age file.
pub(super) fn encrypt(recipients: &[&dyn age::Recipient], plaintext: &[u8]) -> Result<Vec<u8>, AgeError> {
    contained(|| {
        let encryptor = Encryptor::with_recipients(recipients.iter().copied()).map_err(encrypt_error)?;
        let mut file = Vec::with_capacity(plaintext.len() + 1024);
        let mut writer = encryptor.wrap_output(&mut file).map_err(internal)?;
        writer.write_all(plaintext).map_err(internal)?;
        writer.finish().map_err(internal)?;
        Ok(file)
    })
}

/// Decrypts a binary age file with the first identity that fits. The plaintext buffer never moves.
pub(super) fn decrypt<'a>(
    file: &[u8],
    identities: impl Iterator<Item = &'a dyn age::Identity>,
) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    check_header(file)?;
    contained(|| {
        let decryptor = Decryptor::new_buffered(file).map_err(decrypt_error)?;
        let mut reader = decryptor.decrypt(identities).map_err(decrypt_error)?;
        // A plaintext is shorter than its file.
        let mut plaintext = Zeroizing::new(Vec::with_capacity(file.len()));
        reader.read_to_end(&mut plaintext).map_err(|_| AgeError::Damaged)?;
        Ok(plaintext)
    })
}

/// The same for an age file that may be armored.
pub(super) fn decrypt_any<'a>(
    file: &[u8],
    identities: impl Iterator<Item = &'a dyn age::Identity>,
) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    if is_armored(file) { decrypt(&dearmored(file)?, identities) } else { decrypt(file, identities) }
}

/// Armors a binary age file.
pub(super) fn armored(file: &[u8]) -> Result<String, AgeError> {
    contained(|| {
        let mut text = Vec::with_capacity(file.len() * 3 / 2 + 128);
        let mut writer = ArmoredWriter::wrap_output(&mut text, Format::AsciiArmor).map_err(internal)?;
        writer.write_all(file).map_err(internal)?;
        writer.finish().map_err(internal)?;
        String::from_utf8(text).map_err(|_| AgeError::Internal)
    })
}

/// Whether the bytes begin as an armored age file does.
pub(crate) fn is_armored(bytes: &[u8]) -> bool {
    bytes.starts_with(ARMOR_BEGIN.as_bytes())
}

/// Removes the armor.
pub(super) fn dearmored(text: &[u8]) -> Result<Vec<u8>, AgeError> {
    if !is_armored(text) {
        return Err(AgeError::Damaged);
    }
    contained(|| {
        let mut file = Vec::with_capacity(text.len());
        ArmoredReader::new(text).read_to_end(&mut file).map_err(|_| AgeError::Damaged)?;
        Ok(file)
    })
}

/// Runs a call into age. age panics on some hostile input (a recipient of small order is one, which we refuse before),
/// and that must not take the program with it.
pub(super) fn contained<T>(call: impl FnOnce() -> Result<T, AgeError>) -> Result<T, AgeError> {
    // Everything the call was changing is dropped with it, so no partial change is visible afterwards.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(AgeError::Internal))
}

/// Refuses a header that no genuine file has. `file` need not have more than the first [`MAX_HEADER`] bytes of the file.
pub(super) fn check_header(file: &[u8]) -> Result<(), AgeError> {
    let (mut lines, mut bytes) = (0, 0);
    let header = file.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"---"));
    for line in header.take(MAX_HEADER_LINES + 1) {
        (lines, bytes) = (lines + 1, bytes + line.len() + 1);
    }
    if lines > MAX_HEADER_LINES || bytes > MAX_HEADER { Err(AgeError::TooLarge) } else { Ok(()) }
}

pub(super) fn internal(_: io::Error) -> AgeError {
    AgeError::Internal
}

pub(super) fn encrypt_error(error: EncryptError) -> AgeError {
    match error {
        EncryptError::IncompatibleRecipients { .. } | EncryptError::MixedRecipientAndPassphrase => {
            AgeError::MixedRecipients
        }
        EncryptError::Io(error) => plugin_failure(&error).unwrap_or(AgeError::Internal),
        _ => AgeError::Internal,
    }
}

pub(super) fn decrypt_error(error: DecryptError) -> AgeError {
    match error {
        DecryptError::NoMatchingKeys => AgeError::NoMatchingIdentity,
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => AgeError::WrongKey,
        DecryptError::ExcessiveWork { .. } => AgeError::TooMuchWork,
        DecryptError::Io(error) => plugin_failure(&error).unwrap_or(AgeError::Damaged),
        _ => AgeError::Damaged,
    }
}

fn plugin_failure(error: &io::Error) -> Option<AgeError> {
    let failed = error.get_ref()?.downcast_ref::<PluginFailed>()?;
    Some(AgeError::Plugin(failed.0.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let outcome = contained::<()>(|| panic!("as age does"));
        assert_eq!(outcome, Err(AgeError::Internal));
    }

    #[test]
    fn lines_and_bytes_are_counted_in_the_header_only() {
        let file = |line: &str, lines: usize| format!("{}--- mac\n{}", line.repeat(lines), "-> c\n".repeat(200_000));
        let short = "-> a\n";
        assert_eq!(check_header(file(short, MAX_HEADER_LINES).as_bytes()), Ok(()));
        assert_eq!(check_header(file(short, MAX_HEADER_LINES + 1).as_bytes()), Err(AgeError::TooLarge));
        let long = format!("{}\n", "A".repeat(1023));
        assert_eq!(check_header(file(&long, 256).as_bytes()), Ok(()));
        assert_eq!(check_header(file(&long, 257).as_bytes()), Err(AgeError::TooLarge));
        assert_eq!(check_header(&vec![b'a'; MAX_HEADER]), Err(AgeError::TooLarge), "it does not end");
    }

    #[test]
    fn a_header_of_too_many_lines_is_not_parsed() {
        let line = format!("{}\n", "A".repeat(64));
        let file = format!("age-encryption.org/v1\n-> a\n{}", line.repeat(2000));
        let nobody = std::iter::empty::<&dyn age::Identity>();
        assert_eq!(decrypt(file.as_bytes(), nobody).unwrap_err(), AgeError::TooLarge);
    }
}
