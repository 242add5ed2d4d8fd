//! Whether and how a connection is encrypted, and whom it trusts.
//!
//! TLS with a checked certificate is the default, also on loopback. Unlike in the AWS templates, there is no silent
//! fallback to plain connections: `tls=off`, or `"ssl": false` in the value, asks for one. Where the option is given,
//! it decides.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::error::StrategyError;
use super::options::Options;

/// How a connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::hook) enum Tls {
    /// Encrypted, to a server whose certificate is signed by a trusted authority: from this file, or of the machine.
    Verified(Option<PathBuf>),
    /// Encrypted, but the server is not verified.
    Insecure,
    /// Not at all.
    Off(Asked),
}

/// Who asked for a connection without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hook) enum Asked {
    /// The option `tls=off`.
    ByOption,
    /// `"ssl": false` in the value.
    ByValue,
}

impl Tls {
    /// By the options `tls` and `sslrootcert`, and what the value says.
    pub(super) fn of(options: &Options, ssl: Option<bool>) -> Result<Tls, StrategyError> {
        let roots = options.get("sslrootcert").map(PathBuf::from);
        if roots.as_ref().is_some_and(|path| !path.is_absolute()) {
            return Err(StrategyError::Option { name: "sslrootcert", wants: "must be an absolute path" });
        }
        match options.get("tls").map(String::as_str) {
            Some("verify") => Ok(Tls::Verified(roots)),
            Some("insecure") => Ok(Tls::Insecure),
            Some("off") => Ok(Tls::Off(Asked::ByOption)),
            Some(_) => Err(StrategyError::Option { name: "tls", wants: "must be `verify`, `insecure` or `off`" }),
            None if ssl == Some(false) => Ok(Tls::Off(Asked::ByValue)),
            None => Ok(Tls::Verified(roots)),
        }
    }

    /// What a TLS client has to check.
    pub(super) fn client(&self) -> Result<ClientConfig, StrategyError> {
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match self {
            Tls::Verified(roots) => {
                let mut store = RootCertStore::empty();
                store.add_parsable_certificates(authorities(roots.as_deref())?);
                let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone());
                verifier.build().map_err(|_| unreadable(roots.as_deref()))?
            }
            Tls::Insecure | Tls::Off(_) => Arc::new(Anybody(provider.clone())),
        };
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| unreadable(None))?;
        Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }
}

/// The certificates of a file, or those that this machine trusts. At least one.
pub(super) fn authorities(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, StrategyError> {
    let found: Vec<_> = match file {
        Some(path) => {
            let read = CertificateDer::pem_file_iter(path).map_err(|_| unreadable(file))?;
            read.collect::<Result<_, _>>().map_err(|_| unreadable(file))?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    if found.is_empty() { Err(unreadable(file)) } else { Ok(found) }
}

fn unreadable(file: Option<&Path>) -> StrategyError {
    StrategyError::Authorities(file.map_or_else(|| "this machine".to_owned(), |path| path.display().to_string()))
}

/// Accepts any certificate, but only from a server that has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)], ssl: Option<bool>) -> Result<Tls, StrategyError> {
        Tls::of(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), ssl)
    }

    #[test]
    fn plain_connections_are_only_made_when_asked_for() {
        assert_eq!(of(&[], None), Ok(Tls::Verified(None)));
        assert_eq!(of(&[], Some(true)), Ok(Tls::Verified(None)));
        assert_eq!(of(&[], Some(false)), Ok(Tls::Off(Asked::ByValue)));
        assert_eq!(of(&[("tls", "off")], Some(true)), Ok(Tls::Off(Asked::ByOption)));
        assert_eq!(of(&[("tls", "verify")], Some(false)), Ok(Tls::Verified(None)), "the option decides");
        assert_eq!(of(&[("tls", "insecure")], None), Ok(Tls::Insecure));
        assert!(of(&[("tls", "none")], None).is_err() && of(&[("sslrootcert", "ca.pem")], None).is_err());
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let tls = Tls::Verified(Some(file.path().to_owned()));
        assert_eq!(tls.client().err(), Some(StrategyError::Authorities(file.path().display().to_string())));
    }
}
