//! `builtin:http`: one HTTPS request for each step, with the message of the step as its body (docs/hooks.md).

use std::io::Read as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error};
use zeroize::Zeroizing;

use super::error::StrategyError;
use super::options::Options;
use super::server::{io_reason, tls_reason};
use super::tls::{Tls, authorities};
use crate::hook::message::{read_answer, write_call};
use crate::model::hook::{HookCall, Produced, Step};
use crate::model::value_form::VALUE_LIMIT;

const TIMEOUT: Duration = Duration::from_secs(30);
/// A value of which every byte is escaped, and the words around it.
const ANSWER_LIMIT: u64 = VALUE_LIMIT as u64 * 6 + 1024;

/// Posts the message to the option `url`. A status of 2xx is success; the body answers `create`. No redirect is
/// followed and no proxy is used, because what is sent is secret.
pub(super) fn run(call: &HookCall) -> Result<Option<Produced>, StrategyError> {
    let url = address(&call.options)?;
    let message = write_call(call);
    let request = agent(&url, &call.options, TIMEOUT)?.post(&url).header("content-type", "application/json");
    let mut response = request.send(&message[..]).map_err(|error| unanswered(&error))?;
    if !response.status().is_success() {
        return Err(StrategyError::Status(response.status().as_u16()));
    }
    if call.step != Step::Create {
        return Ok(None);
    }
    let mut answer = Zeroizing::new(Vec::with_capacity(usize::try_from(ANSWER_LIMIT).unwrap_or(VALUE_LIMIT)));
    let body = response.body_mut().as_reader().take(ANSWER_LIMIT).read_to_end(&mut answer);
    body.map_err(|error| StrategyError::Unanswered(error.kind().to_string()))?;
    Ok(Some(read_answer(&answer)?))
}

/// Whether its URL may be requested.
pub(super) fn check(options: &Options) -> Result<(), StrategyError> {
    address(options).map(drop)
}

/// The option `url`: https, or http to a loopback address.
fn address(options: &Options) -> Result<Uri, StrategyError> {
    let url: Uri = options.get("url").and_then(|url| url.parse().ok()).ok_or(StrategyError::Url)?;
    let named = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let loopback = url.host().is_some_and(is_loopback);
    match url.scheme_str() {
        Some("https") if named => Ok(url),
        Some("http") if named && loopback => Ok(url),
        _ => Err(StrategyError::Url),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What sends requests to a URL.
pub(super) fn agent(url: &Uri, options: &Options, timeout: Duration) -> Result<Agent, StrategyError> {
    if url.scheme_str() == Some("https") {
        Ok(config(timeout, Some(&Tls::of(options, None)?))?.into())
    } else {
        Ok(config(timeout, None)?.into())
    }
}

/// How requests are sent, over TLS if that is given: no redirect is followed and no proxy is used.
pub(in crate::hook) fn config(timeout: Duration, tls: Option<&Tls>) -> Result<Config, StrategyError> {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent("vault");
    let Some(tls) = tls else { return Ok(config.build()) };
    let settings = TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
    let settings = match tls {
        Tls::Verified(roots) => {
            let trusted = authorities(roots.as_deref())?;
            let trusted: Vec<_> = trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            settings.root_certs(RootCerts::Specific(Arc::new(trusted)))
        }
        Tls::Insecure => settings.disable_verification(true),
        Tls::Off(_) => return Err(StrategyError::Url),
    };
    Ok(config.https_only(true).tls_config(settings.build()).build())
}

/// Only fixed words, or TLS errors from before anything was sent.
pub(super) fn unanswered(error: &Error) -> StrategyError {
    StrategyError::Unanswered(match error {
        Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => tls_reason(tls),
            None => io_reason(error.kind(), &error.to_string()),
        },
        Error::Timeout(_) => "timed out".to_owned(),
        Error::HostNotFound => "host not found".to_owned(),
        Error::Rustls(error) => tls_reason(error),
        Error::Tls(text) => (*text).to_owned(),
        _ => "the service closed the connection or violated the protocol".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;
    use crate::hook::message::read_call;

    fn call(step: Step, url: &str) -> HookCall {
        HookCall {
            step,
            secret: "a/b".parse().unwrap(),
            token: "t".into(),
            attempt: 1,
            current: None,
            pending: None,
            previous: None,
            aborted: Vec::new(),
            admin: None,
            options: Options::from([("url".into(), url.into())]),
        }
    }

    /// A server of one request: gives the answer, returns the body of the request.
    fn server(answer: &'static str) -> (String, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = number.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            body
        });
        (url, served)
    }

    #[test]
    fn the_service_gets_the_message_and_answers_create() {
        let (url, served) = server("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{\"SecretString\":\"new\"}");
        let produced = run(&call(Step::Create, &url)).unwrap().unwrap();
        assert_eq!(produced.value.reveal_text(), Some("new"));
        assert_eq!(read_call(&served.join().unwrap()).unwrap().step, Step::Create);
        let (url, _) = server("HTTP/1.1 204 No Content\r\n\r\n");
        assert!(run(&call(Step::Set, &url)).unwrap().is_none());
    }

    /// A server of one request over TLS, and the file of its authority.
    fn tls_server() -> (String, tempfile::NamedTempFile, JoinHandle<()>) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, made.cert.pem()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], made.signing_key.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}/hook", listener.local_addr().unwrap().port());
        let served = std::thread::spawn(move || {
            let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, listener.accept().unwrap().0);
            // A client that does not trust the certificate sends no request.
            if matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            }
        });
        (url, file, served)
    }

    #[test]
    fn a_service_needs_a_certificate_that_is_trusted() {
        let step = |options: &dyn Fn(&tempfile::NamedTempFile) -> Option<(&'static str, String)>| {
            let (url, file, served) = tls_server();
            let mut call = call(Step::Set, &url);
            call.options.extend(options(&file).map(|(name, value)| (name.to_owned(), value)));
            let result = run(&call);
            served.join().unwrap();
            result.map(|produced| assert!(produced.is_none()))
        };
        step(&|file| Some(("sslrootcert", file.path().display().to_string()))).unwrap();
        step(&|_| Some(("tls", "insecure".to_owned()))).unwrap();
        let (_, other, _other_server) = tls_server();
        let refused = step(&|_| Some(("sslrootcert", other.path().display().to_string())));
        let Err(StrategyError::Unanswered(told)) = refused else { panic!("{refused:?}") };
        assert!(told.contains("invalid peer certificate"), "{told}");
    }

    #[test]
    fn whatever_is_not_2xx_fails_and_redirects_are_not_followed() {
        let (url, _) = server("HTTP/1.1 500 hunter2\r\ncontent-length: 7\r\n\r\nhunter2");
        assert_eq!(run(&call(Step::Set, &url)).err(), Some(StrategyError::Status(500)));
        let (url, _) = server("HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(run(&call(Step::Set, &url)).err(), Some(StrategyError::Status(307)));
        let (url, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nhunter2");
        let error = run(&call(Step::Create, &url)).err().unwrap();
        assert!(matches!(error, StrategyError::Answer(_)) && !error.to_string().contains("hunter2"));
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        let ok = |url: &str| address(&Options::from([("url".into(), url.into())])).is_ok();
        assert!(
            ok("https://example.com/x")
                && ok("http://127.0.0.1:8080/")
                && ok("http://[::1]/")
                && ok("http://localhost/")
        );
        for bad in
            ["http://example.com/", "http://localhost.example.com/", "ftp://localhost/", "https://a:b@c/", "x", ""]
        {
            assert!(!ok(bad), "{bad}");
        }
    }

    #[test]
    fn a_service_that_is_not_there_is_told_as_such() {
        let url = format!("http://{}/", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let error = run(&call(Step::Set, &url)).err().unwrap();
        assert_eq!(error.to_string(), "no answer from the service: connection refused");
    }
}
