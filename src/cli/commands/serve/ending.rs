//! Signals: SIGTERM and SIGINT end the server, SIGHUP reads everything again.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::certificate::Certificate;
use crate::cli::terminal::ui;
use crate::serve::server::Server;

/// What is read again.
pub(super) struct Reload {
    pub server: Arc<Server>,
    pub certificate: Option<Certificate>,
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

impl Reload {
    /// What cannot be read again stays as it is, and keeps nothing else from being read.
    fn run(&self) {
        let certificate = self.certificate.as_ref().and_then(|certificate| certificate.renew().err());
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
