//! A URL that gets the event, signed, or as `PutEvents` of EventBridge does.

use std::io::Read as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde_json::json;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::crypto::mac::hmac_sha256;
use crate::hook::strategy::{Tls, config};
use crate::model::event::{Event, TargetKind, Url};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// How much of an answer is read, to be ignored.
const ANSWER_LIMIT: u64 = 64 << 10;

/// Where a request goes.
pub(super) struct Webhook<'a> {
    pub(super) url: &'a str,
    pub(super) timeout: Duration,
}

impl Webhook<'_> {
    /// Sends one request. Only a status of 2xx is success; no redirect is followed and no proxy is used.
    pub(super) fn post(
        &self,
        kind: TargetKind,
        event: &Event,
        key: Option<&SecretValue>,
        now: Timestamp,
    ) -> Result<(), String> {
        let url = Url::of(self.url).ok_or("not a URL that is requested")?;
        let body = if kind == TargetKind::Aws { put_events(event) } else { serde_json::to_string(event) };
        let body = body.unwrap_or_default();
        let mut request = self.agent(url)?.post(self.url).header("idempotency-key", &event.id);
        request = match kind {
            TargetKind::Aws => request
                .header("content-type", "application/x-amz-json-1.1")
                .header("x-amz-target", "AWSEvents.PutEvents"),
            _ => request.header("content-type", "application/json"),
        };
        if let Some(key) = key {
            let timestamp = now.unix().to_string();
            let signature = hmac_sha256(key.reveal(), format!("{timestamp}.{body}").as_bytes());
            request = request
                .header("x-vault-timestamp", &timestamp)
                .header("x-vault-signature", format!("sha256={}", HEXLOWER.encode(&signature)));
        }
        let mut response = request.send(body.as_bytes()).map_err(|error| unanswered(&error))?;
        let read = response.body_mut().as_reader().take(ANSWER_LIMIT).read_to_end(&mut Vec::new());
        if !response.status().is_success() {
            return Err(format!("the service answered with status {}", response.status().as_u16()));
        }
        read.map(drop).map_err(|error| format!("no whole answer: {}", error.kind()))
    }

    fn agent(&self, url: Url<'_>) -> Result<Agent, String> {
        let tls = url.is_secure.then_some(Tls::Verified(None));
        let config = config(self.timeout, tls.as_ref()).map_err(|error| error.to_string())?;
        let named = url.is_loopback() || url.address().is_some();
        let resolver = PublicResolver { inner: DefaultResolver::default(), allows_private: named };
        Ok(Agent::with_parts(config, DefaultConnector::default(), resolver))
    }
}

/// The body of `PutEvents`.
fn put_events(event: &Event) -> serde_json::Result<String> {
    let time = event.time.parse::<Timestamp>().map_or(0, Timestamp::unix);
    serde_json::to_string(&json!({"Entries": [{
        "Time": time,
        "Source": event.source,
        "Resources": event.resources,
        "DetailType": event.detail_type,
        "Detail": event.detail.to_string(),
    }]}))
}

/// Looks up hosts, and refuses a name that leads into a private network: an admin of the vault need not be one of that network.
#[derive(Debug)]
struct PublicResolver {
    inner: DefaultResolver,
    allows_private: bool,
}

impl Resolver for PublicResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        self.check(found.iter().map(SocketAddr::ip))?;
        Ok(found)
    }
}

impl PublicResolver {
    /// One private address among several is enough: which of them is used is not known.
    fn check(&self, mut found: impl Iterator<Item = IpAddr>) -> Result<(), Error> {
        let is_refused = !self.allows_private && found.any(is_private);
        if is_refused { Err(Error::Other(PRIVATE.into())) } else { Ok(()) }
    }
}

const PRIVATE: &str = "the host has a private address; a rule must name such an address itself";

/// Whether an address is not one of the public internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || a == 0
                || is_shared
        }
        IpAddr::V6(v6) => {
            let embedded = v6.to_ipv4_mapped().or_else(|| translated(v6));
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || embedded.is_some_and(|v4| is_private(v4.into()))
        }
    }
}

/// The address that NAT64 translates one to.
fn translated(v6: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() else { return None };
    Some(std::net::Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

/// In fixed words, so that nothing of the answer is repeated.
fn unanswered(error: &Error) -> String {
    match error {
        Error::Timeout(_) => "no answer in time".to_owned(),
        Error::HostNotFound => "the host was not found".to_owned(),
        Error::Io(error) => format!("no answer: {}", error.kind()),
        Error::Rustls(_) | Error::Tls(_) => "the server's certificate or TLS was refused".to_owned(),
        Error::Other(error) if error.to_string() == PRIVATE => PRIVATE.to_owned(),
        _ => "the service closed the connection or violated the protocol".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_of_the_internet_are_private() {
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn a_name_must_not_lead_into_a_private_network() {
        let found = || ["1.1.1.1", "192.168.1.1"].map(|address| address.parse::<IpAddr>().unwrap()).into_iter();
        let resolver = |allows_private| PublicResolver { inner: DefaultResolver::default(), allows_private };
        assert!(resolver(true).check(found()).is_ok());
        let refused = resolver(false).check(found()).unwrap_err();
        assert_eq!(unanswered(&refused), PRIVATE);
        assert!(resolver(false).check(found().take(1)).is_ok());
    }
}
