//! The operating system's keyring: one entry per identity, which contains the text of its secret key and nothing else.
//!
//! A keyring can hang forever (a prompt that nobody sees, a service that never answers), so each call runs on its own
//! thread, which is abandoned when it times out. It can also report "no such entry" although there is no keyring: that
//! answer is an error like any other and never a reason to create a new identity.

use std::time::Duration;

use zeroize::Zeroizing;

/// How long the probe may take. A keyring that needs longer would make every command wait.
pub const PROBE_LIMIT: Duration = Duration::from_secs(3);
/// How long a call may take while a person can answer the desktop's own prompt.
pub(crate) const PERSON_LIMIT: Duration = Duration::from_secs(60);

/// The service name of the entries.
#[cfg(feature = "keyring")]
const SERVICE: &str = "vault";

/// A store for secret keys, by account: the identity's public key.
pub trait Keyring {
    /// Writes, reads and deletes a random canary, within [`PROBE_LIMIT`].
    fn probe(&self) -> Result<(), KeyringError>;
    /// The secret key of an account.
    fn get(&self, account: &str, limit: Duration) -> Result<Zeroizing<String>, KeyringError>;
    /// Stores or replaces the secret key of an account.
    fn set(&self, account: &str, secret: &str, limit: Duration) -> Result<(), KeyringError>;
    /// Removes an account.
    fn delete(&self, account: &str, limit: Duration) -> Result<(), KeyringError>;
}

/// Why the keyring failed. Its content never appears here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Not compiled in.
    #[error("this build has no keyring support; {FALLBACK}")]
    LeftOut,
    /// No bus, or no service on it.
    #[error("no keyring service can be reached; {FALLBACK}")]
    Unavailable,
    /// It is locked, or has no collection to keep anything in.
    #[error("the keyring is locked, or not set up for this session; unlock it, or {FALLBACK}")]
    NoAccess,
    /// It works and knows nothing of this account.
    #[error(
        "the keyring has no entry for `{account}`; is this the session that it was stored in? \
         No new identity was created; {FALLBACK}"
    )]
    NoEntry {
        /// The requested public key.
        account: String,
    },
    /// No answer in time.
    #[error("the keyring did not answer within {seconds} s; {FALLBACK}")]
    Silent {
        /// The time limit.
        seconds: u64,
    },
    /// Several entries, or one that is not text.
    #[error("the keyring's entry for `{account}` is damaged or there are several; {FALLBACK}")]
    Damaged {
        /// The requested public key.
        account: String,
    },
    /// The canary was stored, but something else was read back.
    #[error("the keyring does not keep what is stored in it; {FALLBACK}")]
    Forgetful,
    /// Anything else.
    #[error("the keyring failed; {FALLBACK}")]
    Failed,
}

const FALLBACK: &str = "a passphrase file or `VLT_IDENTITY_FILE` works without a keyring";

/// The keyring of this operating system, for the user's session.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemKeyring;

#[cfg(feature = "keyring")]
impl Keyring for SystemKeyring {
    fn probe(&self) -> Result<(), KeyringError> {
        within(PROBE_LIMIT, probe)
    }

    fn get(&self, account: &str, limit: Duration) -> Result<Zeroizing<String>, KeyringError> {
        let account = account.to_owned();
        within(limit, move || {
            if limit < PERSON_LIMIT {
                require_unlocked(&account)?;
            }
            get(&account)
        })
    }

    fn set(&self, account: &str, secret: &str, limit: Duration) -> Result<(), KeyringError> {
        let (account, secret) = (account.to_owned(), Zeroizing::new(secret.to_owned()));
        within(limit, move || set(&account, &secret))
    }

    fn delete(&self, account: &str, limit: Duration) -> Result<(), KeyringError> {
        let account = account.to_owned();
        within(limit, move || delete(&account))
    }
}

#[cfg(not(feature = "keyring"))]
impl Keyring for SystemKeyring {
    fn probe(&self) -> Result<(), KeyringError> {
        Err(KeyringError::LeftOut)
    }

    fn get(&self, _: &str, _: Duration) -> Result<Zeroizing<String>, KeyringError> {
        Err(KeyringError::LeftOut)
    }

    fn set(&self, _: &str, _: &str, _: Duration) -> Result<(), KeyringError> {
        Err(KeyringError::LeftOut)
    }

    fn delete(&self, _: &str, _: Duration) -> Result<(), KeyringError> {
        Err(KeyringError::LeftOut)
    }
}

/// Runs a call on a thread and waits at most `limit`. A hanging thread ends with the process.
#[cfg(feature = "keyring")]
fn within<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    use std::sync::mpsc::{RecvTimeoutError, channel};

    let (sender, receiver) = channel();
    let spawned = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        let _ = sender.send(call());
    });
    spawned.map_err(|_| KeyringError::Failed)?;
    match receiver.recv_timeout(limit) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => Err(KeyringError::Silent { seconds: limit.as_secs() }),
        Err(RecvTimeoutError::Disconnected) => Err(KeyringError::Failed),
    }
}

#[cfg(feature = "keyring")]
fn probe() -> Result<(), KeyringError> {
    use rand::RngCore;
    use subtle::ConstantTimeEq;

    let mut noise = [0; 16];
    rand::rngs::OsRng.try_fill_bytes(&mut noise).map_err(|_| KeyringError::Failed)?;
    let canary = data_encoding::HEXLOWER.encode(&noise);
    // A separate account: concurrent probes must not read each other's canary.
    let account = format!("probe-{}", &canary[..16]);
    set(&account, &canary)?;
    let found = get(&account);
    delete(&account)?;
    match found {
        Ok(found) if bool::from(found.as_bytes().ct_eq(canary.as_bytes())) => Ok(()),
        Ok(_) | Err(KeyringError::NoEntry { .. }) => Err(KeyringError::Forgetful),
        Err(error) => Err(error),
    }
}

/// Refuses an entry that only a prompt of the desktop could open: nobody is there to answer it.
#[cfg(all(feature = "keyring", target_os = "linux"))]
fn require_unlocked(account: &str) -> Result<(), KeyringError> {
    use std::collections::HashMap;

    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;

    let unavailable = |_| KeyringError::Unavailable;
    let service = SecretService::connect(EncryptionType::Plain).map_err(unavailable)?;
    let attributes = HashMap::from([("service", SERVICE), ("username", account)]);
    let found = service.search_items(attributes).map_err(unavailable)?;
    if found.unlocked.is_empty() && !found.locked.is_empty() { Err(KeyringError::NoAccess) } else { Ok(()) }
}

#[cfg(all(feature = "keyring", not(target_os = "linux")))]
fn require_unlocked(_: &str) -> Result<(), KeyringError> {
    Ok(())
}

#[cfg(feature = "keyring")]
fn get(account: &str) -> Result<Zeroizing<String>, KeyringError> {
    entry(account)?.get_password().map(Zeroizing::new).map_err(|error| mapped(account, error))
}

#[cfg(feature = "keyring")]
fn set(account: &str, secret: &str) -> Result<(), KeyringError> {
    entry(account)?.set_password(secret).map_err(|error| mapped(account, error))
}

#[cfg(feature = "keyring")]
fn delete(account: &str) -> Result<(), KeyringError> {
    entry(account)?.delete_credential().map_err(|error| mapped(account, error))
}

#[cfg(feature = "keyring")]
fn entry(account: &str) -> Result<keyring::Entry, KeyringError> {
    keyring::Entry::new(SERVICE, account).map_err(|error| mapped(account, error))
}

/// The crate's own messages are not passed on: some contain the bytes that were found.
#[cfg(feature = "keyring")]
fn mapped(account: &str, error: keyring::Error) -> KeyringError {
    use keyring::Error;

    let account = account.to_owned();
    match error {
        Error::NoDefaultStore | Error::PlatformFailure(_) | Error::NotSupportedByStore(_) => KeyringError::Unavailable,
        Error::NoStorageAccess(_) => KeyringError::NoAccess,
        Error::NoEntry => KeyringError::NoEntry { account },
        Error::Ambiguous(_) => KeyringError::Damaged { account },
        Error::BadEncoding(bytes) | Error::BadDataFormat(bytes, _) => {
            drop(Zeroizing::new(bytes));
            KeyringError::Damaged { account }
        }
        _ => KeyringError::Failed,
    }
}

#[cfg(test)]
pub(crate) mod double {
    //! A keyring in memory, for tests.

    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use super::*;

    /// Works until told to fail; counts its calls.
    #[derive(Default)]
    pub(crate) struct MemoryKeyring {
        pub(crate) entries: RefCell<BTreeMap<String, String>>,
        pub(crate) failure: RefCell<Option<KeyringError>>,
        /// Whether it forgets what is stored in it.
        pub(crate) forgetful: Cell<bool>,
        pub(crate) calls: Cell<usize>,
    }

    impl MemoryKeyring {
        pub(crate) fn failing(error: KeyringError) -> Self {
            MemoryKeyring { failure: RefCell::new(Some(error)), ..Self::default() }
        }

        fn answer(&self) -> Result<(), KeyringError> {
            self.calls.set(self.calls.get() + 1);
            self.failure.borrow().clone().map_or(Ok(()), Err)
        }
    }

    impl Keyring for MemoryKeyring {
        fn probe(&self) -> Result<(), KeyringError> {
            self.answer()
        }

        fn get(&self, account: &str, _: Duration) -> Result<Zeroizing<String>, KeyringError> {
            self.answer()?;
            let found = self.entries.borrow().get(account).cloned();
            found.map(Zeroizing::new).ok_or(KeyringError::NoEntry { account: account.to_owned() })
        }

        fn set(&self, account: &str, secret: &str, _: Duration) -> Result<(), KeyringError> {
            self.answer()?;
            if !self.forgetful.get() {
                self.entries.borrow_mut().insert(account.to_owned(), secret.to_owned());
            }
            Ok(())
        }

        fn delete(&self, account: &str, _: Duration) -> Result<(), KeyringError> {
            self.answer()?;
            self.entries.borrow_mut().remove(account);
            Ok(())
        }
    }
}

#[cfg(all(test, feature = "keyring"))]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_call_that_hangs_is_given_up_and_a_panic_is_an_error() {
        let (release, held) = channel::<()>();
        let answer: Result<(), _> = within(Duration::from_millis(50), move || {
            let _ = held.recv();
            Ok(())
        });
        assert!(matches!(answer, Err(KeyringError::Silent { .. })));
        drop(release);
        assert_eq!(within(PROBE_LIMIT, || Ok(7)), Ok(7));
    }

    #[test]
    fn what_was_found_is_not_in_the_error() {
        let error = mapped("age1x", keyring::Error::BadEncoding(b"AGE-SECRET-KEY-1\xff".to_vec()));
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }

    #[test]
    fn every_failure_names_a_way_without_a_keyring() {
        use KeyringError::{Failed, Forgetful, LeftOut, NoAccess, NoEntry, Silent, Unavailable};
        let entry = NoEntry { account: "age1x".to_owned() };
        for error in [LeftOut, Unavailable, NoAccess, entry, Silent { seconds: 3 }, Forgetful, Failed] {
            assert!(error.to_string().contains("passphrase file"), "{error}");
        }
    }
}
