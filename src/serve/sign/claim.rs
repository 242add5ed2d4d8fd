//! What a request claims about who signed it: the header `Authorization`, or the query of a presigned request.

use std::fmt;

use data_encoding::HEXLOWER;

use super::canonical::Head;
use super::refusal::Refusal;
use crate::model::time::Timestamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the clocks may be apart, in seconds.
const TOLERANCE: i64 = 5 * 60;
/// How long a presigned request may be valid, in seconds.
const LONGEST: i64 = 7 * 24 * 3600;
/// Headers that must be signed if they are there, and how messages name them.
const NEEDED: [(&str, &str); 4] = [
    ("host", "Host' or ':authority"),
    ("x-amz-target", "X-Amz-Target"),
    ("x-amz-date", "X-Amz-Date"),
    ("x-amz-security-token", "X-Amz-Security-Token"),
];

/// A claim. Nothing in it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose secret access key signed.
    pub access_key: String,
    credential: String,
    /// The names of the signed headers, separated by semicolons.
    pub(super) signed: String,
    pub(super) signature: Vec<u8>,
    /// The time of the request as it was sent, or as it would be in `X-Amz-Date`.
    pub(super) time: String,
    instant: Timestamp,
    /// The session token, which temporary credentials need.
    pub token: Option<String>,
    /// How long a presigned request is valid, in seconds.
    lifetime: Option<i64>,
}

/// For which day, region and service a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'c> {
    pub(super) date: &'c str,
    /// The region.
    pub region: &'c str,
    /// The signing name of the service.
    pub service: &'c str,
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

impl Claim {
    /// What a request claims; `None` if it has no signature at all.
    pub fn of(head: &Head<'_>) -> Result<Option<Self>, Refusal> {
        let is_presigned = head.parameter("X-Amz-Algorithm").is_some() || head.parameter("X-Amz-Signature").is_some();
        match head.headers.iter().filter(|(name, _)| *name == "authorization").count() {
            0 if is_presigned => Self::presigned(head).map(Some),
            0 => Ok(None),
            1 if !is_presigned => Self::header(head).map(Some),
            _ => Err(Refusal::incomplete("The request has more than one signature.")),
        }
    }

    /// Refuses a claim that cannot be true: of another day or service, too old or too new, or about too little of the request.
    pub fn check(&self, head: &Head<'_>, service: &str, now: Timestamp) -> Result<(), Refusal> {
        let Scope { date, service: claimed, .. } = self.scope();
        if date != &self.time[..8] {
            return Err(Refusal::invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{}', \
                 from '{}'.",
                &self.time[..8],
                self.time
            )));
        }
        if claimed != service {
            return Err(Refusal::invalid(format!("Credential should be scoped to correct service: '{service}'. ")));
        }
        let is_signed = |name: &str| self.signed.split(';').any(|signed| signed == name);
        let unsigned =
            |(name, _): &&(&str, &str)| !is_signed(name) && head.headers.iter().any(|(found, _)| found == name);
        if let Some((_, shown)) = NEEDED.iter().find(unsigned) {
            return Err(Refusal::invalid(format!("'{shown}' must be a 'SignedHeader' in the AWS Authorization.")));
        }
        self.check_time(now)
    }

    /// For which day, region and service the signature is.
    pub fn scope(&self) -> Scope<'_> {
        let mut parts = self.credential.split('/').skip(1);
        let mut next = || parts.next().unwrap_or_default();
        Scope { date: next(), region: next(), service: next() }
    }

    fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let (time, server) = (&self.time, compact(now));
        let shifted = |by: i64| compact(Timestamp::from_unix(now.unix().saturating_add(by)));
        let allowed = self.lifetime.unwrap_or(0).max(TOLERANCE);
        if now.unix() - self.instant.unix() > allowed {
            let (oldest, minutes) = (shifted(-allowed), allowed / 60);
            let text = format!("Signature expired: {time} is now earlier than {oldest} ({server} - {minutes} min.)");
            return Err(Refusal::invalid(text));
        }
        if self.instant.unix() - now.unix() > TOLERANCE {
            let newest = shifted(TOLERANCE);
            let text = format!("Signature not yet current: {time} is still later than {newest} ({server} + 5 min.)");
            return Err(Refusal::invalid(text));
        }
        Ok(())
    }

    fn header(head: &Head<'_>) -> Result<Self, Refusal> {
        let text = head.header("authorization").unwrap_or_default().trim();
        let (algorithm, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            return Err(Refusal::incomplete(format!("Unsupported AWS 'algorithm': '{}'.", shown(algorithm))));
        }
        let part = |name: &str| {
            let mut found = rest.split(',').filter_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
            found.next().filter(|_| found.next().is_none()).map(str::trim)
        };
        let parts = (part("Credential"), part("SignedHeaders"), part("Signature"));
        let time = head.header("x-amz-date").map(str::to_owned).or_else(|| head.header("date").and_then(of_http_date));
        let (Some(credential), Some(signed), Some(signature), Some(time)) = (parts.0, parts.1, parts.2, time.clone())
        else {
            let lacks = [
                (parts.0.is_none(), "'Credential' parameter"),
                (parts.2.is_none(), "'Signature' parameter"),
                (parts.1.is_none(), "'SignedHeaders' parameter"),
                (time.is_none(), "existence of either a 'X-Amz-Date' or a 'Date' header"),
            ];
            let lacks = lacks.iter().filter(|(lacks, _)| *lacks);
            let texts: Vec<_> = lacks.map(|(_, what)| format!("Authorization header requires {what}.")).collect();
            return Err(Refusal::incomplete(texts.join(" ")));
        };
        let token = head.header("x-amz-security-token").map(str::to_owned);
        Self::new(credential, signed, signature, time, token, None)
    }

    fn presigned(head: &Head<'_>) -> Result<Self, Refusal> {
        let part = |name: &str| {
            let text = || format!("AWS query-string parameters must include '{name}'.");
            head.parameter(name).ok_or_else(|| Refusal::incomplete(text()))
        };
        let algorithm = part("X-Amz-Algorithm")?;
        if algorithm != ALGORITHM {
            return Err(Refusal::incomplete(format!("Unsupported AWS 'algorithm': '{}'.", shown(&algorithm))));
        }
        let (credential, signed) = (part("X-Amz-Credential")?, part("X-Amz-SignedHeaders")?);
        let (signature, time) = (part("X-Amz-Signature")?, part("X-Amz-Date")?);
        let lifetime = part("X-Amz-Expires")?.parse().ok().filter(|seconds| (0..=LONGEST).contains(seconds));
        let lifetime =
            lifetime.ok_or_else(|| Refusal::incomplete("X-Amz-Expires must be between 0 and 604800 seconds."))?;
        Self::new(&credential, &signed, &signature, time, head.parameter("X-Amz-Security-Token"), Some(lifetime))
    }

    fn new(
        credential: &str,
        signed: &str,
        signature: &str,
        time: String,
        token: Option<String>,
        lifetime: Option<i64>,
    ) -> Result<Self, Refusal> {
        let parts: Vec<_> = credential.split('/').collect();
        let [access_key, _, _, _, terminator] = parts[..] else {
            let text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.";
            return Err(Refusal::incomplete(text));
        };
        if terminator != "aws4_request" {
            let shown = shown(terminator);
            let text = format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{shown}'.");
            return Err(Refusal::invalid(text));
        }
        let instant = of_compact(&time).ok_or_else(|| {
            Refusal::incomplete("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601")
        })?;
        let signature =
            HEXLOWER.decode(signature.as_bytes()).map_err(|_| Refusal::invalid(super::refusal::MISMATCH))?;
        let (credential, signed) = (credential.to_owned(), signed.to_owned());
        Ok(Claim { access_key: access_key.to_owned(), credential, signed, signature, time, instant, token, lifetime })
    }
}

/// `20150830T123600Z`.
fn of_compact(text: &str) -> Option<Timestamp> {
    let is_digit = |at: usize| text.as_bytes()[at].is_ascii_digit();
    let has_form = text.len() == 16 && text.is_ascii() && (0..8).chain(9..15).all(is_digit);
    if !has_form || text.as_bytes()[8] != b'T' || text.as_bytes()[15] != b'Z' {
        return None;
    }
    let (date, time) = text.split_at(9);
    format!("{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..8], &time[..2], &time[2..4], &time[4..6])
        .parse()
        .ok()
}

fn compact(instant: Timestamp) -> String {
    instant.to_string().replace(['-', ':'], "")
}

/// The header `Date`, as `X-Amz-Date` would have it.
fn of_http_date(text: &str) -> Option<String> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(compact(Timestamp::from_unix(zoned.timestamp().as_second())))
}

/// The beginning of what a client sent, for a message.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(64).collect()
}
