//! Certificates for the servers: an authority of this run, and a certificate for `localhost` and no address.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Files in PEM.
pub(crate) struct Files {
    /// The authority's certificate.
    pub(crate) authority: PathBuf,
    /// The server's certificate.
    pub(crate) certificate: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
}

pub(crate) fn write(directory: &Path) -> Files {
    write_for(directory, "localhost")
}

/// Files for a server of another name, or of an address.
pub(crate) fn write_for(directory: &Path, server: &str) -> Files {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority of a test");
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new([server.to_owned()]).unwrap().signed_by(&server_key, &issuer).unwrap();
    let file = |name: &str, text: String| {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    Files {
        authority: file("authority.pem", authority.pem()),
        certificate: file("server.pem", server.pem()),
        key: file("server.key", server_key.serialize_pem()),
    }
}
