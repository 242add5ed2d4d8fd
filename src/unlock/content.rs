//! From the bytes of a source to an identity: recognise, decrypt, parse.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::ask::{Ask, Relay};
use super::error::{Cause, UnlockError};
use super::source::{Found, Origin};
use crate::crypto::agefile::is_armored;
use crate::crypto::identity::{Identity, IdentityError, MAX_TEXT};
use crate::crypto::passphrase::{PassphraseError, open_passphrase_file};
use crate::crypto::recipient::RecipientPolicy;
use crate::machine::config::ConfigFile;

/// The maximum size of an identity file, in bytes.
pub(super) const SIZE_LIMIT: usize = MAX_TEXT;

/// First line of a stock age file.
const BINARY: &[u8] = b"age-encryption.org/v1\n";

/// The identity in those bytes, which may be a passphrase-protected age file.
pub(super) fn open(
    bytes: &[u8],
    origin: Origin,
    config: &ConfigFile,
    ask: &Arc<dyn Ask>,
) -> Result<Found, UnlockError> {
    let found = read(bytes, &origin, config, ask);
    let (identity, vault_id_line) = found.map_err(UnlockError::at(&origin))?;
    Ok(Found { identity, origin, vault_id_line })
}

fn read(
    bytes: &[u8],
    origin: &Origin,
    config: &ConfigFile,
    ask: &Arc<dyn Ask>,
) -> Result<(Identity, Option<String>), Cause> {
    match decrypt(bytes, origin, ask)? {
        Some(text) => parse(&text, config, ask),
        None => parse(bytes, config, ask),
    }
}

/// The text of a passphrase-protected age file. `None` if the bytes are not one.
pub(super) fn decrypt(bytes: &[u8], origin: &Origin, ask: &Arc<dyn Ask>) -> Result<Option<Zeroizing<Vec<u8>>>, Cause> {
    if !is_encrypted(bytes) {
        return Ok(None);
    }
    let file = match origin {
        // Not "passphrase for passphrase file".
        Origin::PassphraseFile(path) => format!("identity file `{}`", path.display()),
        other => other.to_string(),
    };
    decrypted(bytes, &format!("Passphrase for {file}"), ask).map(|(text, _)| Some(text))
}

/// The text of a passphrase-protected age file, and its passphrase.
pub(super) fn decrypted(
    bytes: &[u8],
    question: &str,
    ask: &Arc<dyn Ask>,
) -> Result<(Zeroizing<Vec<u8>>, Zeroizing<String>), Cause> {
    repeated(ask, || {
        let passphrase = ask.passphrase(question)?;
        Ok((open_passphrase_file(bytes, &passphrase)?, passphrase))
    })
}

/// Tries again after a wrong passphrase, as often as it may be typed.
fn repeated<T>(ask: &Arc<dyn Ask>, mut attempt: impl FnMut() -> Result<T, Cause>) -> Result<T, Cause> {
    for _ in 1..ask.tries() {
        match attempt() {
            Err(cause) if is_wrong(&cause) => ask.message("Wrong passphrase, try again."),
            other => return other,
        }
    }
    attempt()
}

fn is_wrong(cause: &Cause) -> bool {
    matches!(cause, Cause::Passphrase(PassphraseError::Wrong) | Cause::Identity(IdentityError::WrongPassphrase))
}

pub(super) fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(BINARY) || is_armored(bytes.trim_ascii_start())
}

fn parse(bytes: &[u8], config: &ConfigFile, ask: &Arc<dyn Ask>) -> Result<(Identity, Option<String>), Cause> {
    let text = std::str::from_utf8(bytes).map_err(|_| Cause::NotText)?;
    let policy = if is_native(text) { RecipientPolicy::default() } else { policy(config)? };
    let identity = repeated(ask, || {
        let relay = Relay::new(ask);
        // The crypto room only reports "no passphrase"; the relay knows why there is none.
        let parsed = Identity::parse(text, &policy, relay.clone());
        parsed.map_err(|error| relay.refusal().map_or(Cause::Identity(error), Cause::Ask))
    })?;
    Ok((identity, vault_id_line(text)))
}

/// What this machine allows, from the configuration.
pub(super) fn policy(config: &ConfigFile) -> Result<RecipientPolicy, Cause> {
    let config = config.read()?;
    Ok(RecipientPolicy { plugins: config.plugins.clone(), allow_rsa: config.allow_ssh_rsa })
}

/// Whether every line is a native age key or a comment: then no configuration is needed to read it.
fn is_native(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.all(|line| line.starts_with("AGE-SECRET-KEY-1"))
}

pub(super) fn vault_id_line(text: &str) -> Option<String> {
    let mut ids = text.lines().filter_map(|line| line.strip_prefix('#')?.trim_start().strip_prefix("vault-id:"));
    ids.next().map(|id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use bech32::Hrp;
    use data_encoding::BASE64;
    use proptest::prelude::*;

    use super::super::ask::AskError;
    use super::super::ask::double::Answers;
    use super::*;
    use crate::crypto::passphrase::seal_passphrase_file;
    use crate::crypto::recipient::RecipientError;
    use crate::machine::config::Config;

    const SSH: &str = include_str!("../../tests/fixture/ssh/ed25519");
    const SSH_LOCKED: &str = include_str!("../../tests/fixture/ssh/ed25519_encrypted");
    const SSH_RSA: &str = include_str!("../../tests/fixture/ssh/rsa");

    fn open_with(bytes: &[u8], config: &ConfigFile, answers: &Arc<Answers>) -> Result<Found, Cause> {
        let ask: Arc<dyn Ask> = Arc::clone(answers) as _;
        open(bytes, Origin::Text, config, &ask).map_err(|error| match error {
            UnlockError::Failed { cause, .. } => cause,
            other => panic!("{other}"),
        })
    }

    fn opened(bytes: &[u8], answers: &Arc<Answers>) -> Result<Found, Cause> {
        open_with(bytes, &ConfigFile::at("/nonexistent"), answers)
    }

    fn configured(config: Config) -> (tempfile::TempDir, ConfigFile) {
        let home = tempfile::tempdir().unwrap();
        let mut file = ConfigFile::at(home.path());
        file.write(config).unwrap();
        (home, file)
    }

    fn native() -> (String, String) {
        let (identity, text) = Identity::generate();
        (identity.recipients().remove(0), text.to_string())
    }

    /// The bytes of an armored file, and the same with a different work factor.
    fn binary_with_work_factor(armored: &str, log_n: &str) -> Vec<u8> {
        let body: String = armored.lines().filter(|line| !line.starts_with("-----")).collect();
        let binary = BASE64.decode(body.as_bytes()).unwrap();
        let at = binary.windows(4).position(|window| window == b" 10\n").unwrap();
        [&binary[..=at], log_n.as_bytes(), &binary[at + 3..]].concat()
    }

    #[test]
    fn a_plain_identity_and_its_vault_line_are_read_without_asking() {
        let (recipient, text) = native();
        let nobody = Answers::nobody();
        let found = opened(format!("# vault-id: vlt1abc \n{text}\n").as_bytes(), &nobody).unwrap();
        assert_eq!(found.identity.recipients(), [recipient]);
        assert_eq!(found.vault_id_line.as_deref(), Some("vlt1abc"));
        assert_eq!(opened(text.as_bytes(), &nobody).unwrap().vault_id_line, None);
    }

    #[test]
    fn a_passphrase_file_opens_in_both_forms_with_the_line_inside() {
        let (recipient, text) = native();
        let content = format!("# vault-id: vlt1abc\n{text}\n");
        let armored = seal_passphrase_file(content.as_bytes(), "horse", 10).unwrap();
        for file in [armored.clone().into_bytes(), binary_with_work_factor(&armored, "10")] {
            let answers = Answers::with("horse");
            let found = opened(&file, &answers).unwrap();
            assert_eq!(found.identity.recipients()[0], recipient);
            assert_eq!(found.vault_id_line.as_deref(), Some("vlt1abc"));
            assert_eq!(*answers.asked.lock().unwrap(), ["Passphrase for `VLT_IDENTITY`"]);
        }
    }

    #[test]
    fn wrong_empty_and_missing_passphrases_are_told_apart() {
        let armored = seal_passphrase_file(native().1.as_bytes(), "horse", 10).unwrap();
        let cause = |answers| opened(armored.as_bytes(), &answers).err().unwrap();
        assert!(matches!(cause(Answers::with("cow")), Cause::Passphrase(PassphraseError::Wrong)));
        assert!(matches!(cause(Answers::with("")), Cause::Passphrase(PassphraseError::Empty)));
        assert!(matches!(cause(Answers::nobody()), Cause::Ask(AskError::InputNeeded)));
    }

    #[test]
    fn a_passphrase_may_be_typed_again() {
        let armored = seal_passphrase_file(native().1.as_bytes(), "horse", 10).unwrap();
        let opens = |before: &[&'static str]| {
            let answers = Answers::typing(before, "horse", 3);
            let opened = opened(armored.as_bytes(), &answers);
            let locked = opened_ssh(&Answers::typing(before, "correct horse", 3));
            assert_eq!(opened.is_ok(), locked);
            (opened.is_ok(), answers.asked.lock().unwrap().len())
        };
        assert_eq!(opens(&["cow", "horses"]), (true, 3));
        assert_eq!(opens(&["cow", "horses", "hors"]), (false, 3));
    }

    fn opened_ssh(answers: &Arc<Answers>) -> bool {
        opened(SSH_LOCKED.as_bytes(), answers).is_ok()
    }

    #[test]
    fn a_work_factor_that_would_stop_the_machine_is_refused() {
        let armored = seal_passphrase_file(native().1.as_bytes(), "horse", 10).unwrap();
        for log_n in ["21", "30", "63"] {
            let file = binary_with_work_factor(&armored, log_n);
            let cause = opened(&file, &Answers::with("horse")).err().unwrap();
            assert!(matches!(cause, Cause::Passphrase(PassphraseError::TooMuchWork)), "{cause}");
        }
    }

    #[test]
    fn ssh_keys_open_with_and_without_a_passphrase() {
        assert!(
            opened(SSH.as_bytes(), &Answers::nobody()).unwrap().identity.recipients()[0].starts_with("ssh-ed25519")
        );
        opened(SSH_LOCKED.as_bytes(), &Answers::with("correct horse")).unwrap();
        let cause = |answers| opened(SSH_LOCKED.as_bytes(), &answers).err().unwrap();
        assert!(matches!(cause(Answers::with("cow")), Cause::Identity(IdentityError::WrongPassphrase)));
        assert!(matches!(cause(Answers::nobody()), Cause::Ask(AskError::InputNeeded)));
    }

    #[test]
    fn rsa_keys_need_permission() {
        let refused = opened(SSH_RSA.as_bytes(), &Answers::nobody()).err().unwrap();
        assert!(matches!(refused, Cause::Identity(IdentityError::Refused(RecipientError::RsaNotAllowed))), "{refused}");
        let (_home, config) = configured(Config { allow_ssh_rsa: true, ..Config::default() });
        open_with(SSH_RSA.as_bytes(), &config, &Answers::nobody()).unwrap();
    }

    #[test]
    fn a_plugin_identity_needs_its_program_on_the_list() {
        let text = bech32::encode_upper::<bech32::Bech32>(Hrp::parse("AGE-PLUGIN-EVIL-").unwrap(), &[1, 2, 3]).unwrap();
        let refused = opened(text.as_bytes(), &Answers::nobody()).err().unwrap();
        assert!(refused.to_string().contains("evil is not allowed"), "{refused}");
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("age-plugin-evil");
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let (_home, config) = configured(Config { plugins: vec![program], ..Config::default() });
        open_with(text.as_bytes(), &config, &Answers::nobody()).unwrap();
    }

    proptest! {
        #[test]
        fn no_error_repeats_what_was_read(cut in 0usize..74, mangled in any::<char>(), prefix in "[ #\\n-]{0,3}") {
            let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPY";
            let text = format!("{prefix}{}{mangled}{}", &secret[..cut], &secret[cut..]);
            if let Err(cause) = opened(text.as_bytes(), &Answers::with("hunter2-passphrase")) {
                let shown = format!("{cause} {cause:?}");
                prop_assert!(!shown.contains("GFPYYSJZ") && !shown.contains("hunter2"), "{shown}");
            }
        }
    }
}
