//! Signals: SIGTERM and SIGINT end the server, SIGHUP reads everything again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use crate::cli::error::CliResult;
use crate::cli::terminal::ui;
use crate::machine::private::{PrivateError, read_given, read_settings};
use crate::serve::http::tls::{Tls, TlsError};
use crate::serve::server::Server;

/// The largest certificate or key, in bytes.
const PEM: usize = 1 << 20;

/// What is read again.
pub(super) struct Reload {
    pub server: Arc<Server>,
    /// A certificate, the file that it is in, and the one of its key.
    pub certificate: Option<(Tls, PathBuf, PathBuf)>,
}

/// Is ready once a signal ends the server. What it returns is ready once another one does.
pub(super) async fn ended(reload: Reload) -> impl Future<Output = ()> {
    let reload = Arc::new(reload);
    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    // A system without signals ends the process by itself.
    let [Ok(mut term), Ok(mut interrupt), Ok(mut hangup)] = signals else { return std::future::pending().await };
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                let reload = Arc::clone(&reload);
                // It reads files, and says so to whoever reads stderr: nobody else waits for either.
                drop(tokio::task::spawn_blocking(move || reload.run()));
            }
        }
    }
    async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

/// A certificate with its chain, and its key, in PEM.
type Certificate = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

/// Reads both.
pub(super) fn read_certificate(chain: &Path, key: &Path) -> CliResult<Certificate> {
    Ok(read(chain, key)?)
}

fn read(chain: &Path, key: &Path) -> Result<Certificate, PrivateError> {
    Ok((read_settings(chain, PEM)?, read_given(key, PEM)?))
}

/// What is wrong with a certificate or its key, and with which of the files.
pub(super) fn unusable(error: &TlsError, chain: &Path, key: &Path) -> String {
    let file = if matches!(error, TlsError::Key) { key } else { chain };
    format!("`{}`: {error}", file.display())
}

impl Reload {
    /// What cannot be read again stays as it is, and keeps nothing else from being read.
    fn run(&self) {
        let certificate = self.certificate.as_ref().and_then(|(tls, chain, key)| renew(tls, chain, key).err());
        let certificate = certificate.map(|error| format!("warning: the certificate was not reloaded: {error}"));
        let vaults = self.server.reopen().into_iter().map(|(served, error)| {
            let path = served.last().vault.path().display().to_string();
            format!("warning: the vault `{path}` was not reloaded: {error}")
        });
        let failures: Vec<_> = certificate.into_iter().chain(vaults).collect();
        let said = if failures.is_empty() { "reloaded".to_owned() } else { failures.join("\n") };
        ui::print_fatal(&said);
    }
}

fn renew(tls: &Tls, chain: &Path, key: &Path) -> Result<(), String> {
    let (certificate, secret) = read(chain, key).map_err(|error| error.to_string())?;
    tls.replace(&certificate, &secret).map_err(|error| unusable(&error, chain, key))
}
