//! Signals: SIGTERM and SIGINT end the server, SIGHUP reads everything again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use crate::cli::error::CliResult;
use crate::cli::terminal::ui;
use crate::machine::private::{PrivateError, read_given, read_settings};
use crate::serve::http::tls::Tls;
use crate::serve::server::Server;

/// The largest certificate or key, in bytes.
const PEM: usize = 1 << 20;

/// What is read again.
pub(super) struct Reload {
    pub server: Arc<Server>,
    /// A certificate, the file that it is in, and the one of its key.
    pub certificate: Option<(Tls, PathBuf, PathBuf)>,
}

/// Is ready once a signal ends the server.
pub(super) async fn ended(reload: Reload) {
    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    // A system without signals ends the process by itself.
    let [Ok(mut term), Ok(mut interrupt), Ok(mut hangup)] = signals else { return std::future::pending().await };
    loop {
        tokio::select! {
            _ = term.recv() => return,
            _ = interrupt.recv() => return,
            _ = hangup.recv() => reload.run(),
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

impl Reload {
    /// What cannot be read again stays as it is.
    fn run(&self) {
        let outcome = self.reload();
        let failure = outcome.as_ref().err().map(|error| format!("warning: not reloaded: {error}"));
        ui::print_fatal(failure.as_deref().unwrap_or("reloaded"));
    }

    fn reload(&self) -> Result<(), Box<dyn std::error::Error>> {
        if let Some((tls, chain, key)) = &self.certificate {
            let (chain, key) = read(chain, key)?;
            tls.replace(&chain, &key)?;
        }
        Ok(self.server.reopen()?)
    }
}
