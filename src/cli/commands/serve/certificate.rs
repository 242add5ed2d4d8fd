//! The certificate of the server, and the files in PEM that it is read from.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::error::{CliError, CliResult};
use crate::machine::private::{PrivateError, read_given, read_settings};
use crate::serve::http::tls::{Tls, TlsError};

/// The largest certificate or key, in bytes.
const MOST: usize = 1 << 20;

pub(super) struct Certificate {
    pub(super) tls: Tls,
    /// The certificate with its chain.
    chain: PathBuf,
    key: PathBuf,
}

impl Certificate {
    pub(super) fn open(chain: &Path, key: &Path) -> CliResult<Self> {
        let (certificate, secret) = read(chain, key)?;
        let tls = Tls::new(&certificate, &secret).map_err(|error| {
            CliError::usage(
                unusable(&error, chain, key),
                "give a certificate chain and its unencrypted private key, both in PEM",
            )
        })?;
        Ok(Certificate { tls, chain: chain.to_owned(), key: key.to_owned() })
    }

    /// Reads the files again, for the connections from now on.
    pub(super) fn renew(&self) -> Result<(), String> {
        let (certificate, secret) = read(&self.chain, &self.key).map_err(|error| error.to_string())?;
        self.tls.replace(&certificate, &secret).map_err(|error| unusable(&error, &self.chain, &self.key))
    }
}

type Pem = Zeroizing<Vec<u8>>;

fn read(chain: &Path, key: &Path) -> Result<(Pem, Pem), PrivateError> {
    Ok((read_settings(chain, MOST)?, read_given(key, MOST)?))
}

/// What is wrong, and with which of the files.
fn unusable(error: &TlsError, chain: &Path, key: &Path) -> String {
    let file = if matches!(error, TlsError::Key) { key } else { chain };
    format!("`{}`: {error}", file.display())
}
