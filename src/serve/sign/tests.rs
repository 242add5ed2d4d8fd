//! Requests that AWS published with their signatures, and what happens to them when anything is changed.

use proptest::prelude::*;

use super::*;
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// Of the test suite for Signature Version 4 that AWS publishes, the requests with the path `/`.
const VECTORS: &str = include_str!("vectors.txt");

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// When they were signed.
const THEN: i64 = 1_440_938_160;

#[derive(Debug, Clone)]
struct Vector {
    name: String,
    method: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Vector {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let name = lines.next().unwrap().to_owned();
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let pair = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        Vector {
            name,
            method: method.to_owned(),
            query: target.strip_prefix("/?").unwrap_or_default().to_owned(),
            headers: lines.map(pair).collect(),
            body: body.strip_suffix('\n').unwrap_or(body).to_owned(),
        }
    }

    fn verdict_at(&self, seconds: i64, secret: &str) -> Result<(), Refusal> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let head = Head { method: &self.method, path: "/", query: &self.query, headers: &headers };
        let claim = Claim::of(&head)?.ok_or_else(Refusal::missing)?;
        if claim.access_key != "AKIDEXAMPLE" {
            return Err(Refusal::unrecognized());
        }
        claim.check(&head, "service", Timestamp::from_unix(seconds))?;
        let secret = SecretValue::from_text(secret.to_owned());
        verify(&claim, &head, &body_hash(self.body.as_bytes()), &secret, &SigningKeys::default())
    }

    fn verdict(&self) -> Result<(), Refusal> {
        self.verdict_at(THEN, SECRET)
    }

    fn header_mut(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(found, _)| found == name).unwrap().1
    }
}

fn vectors() -> Vec<Vector> {
    let texts = VECTORS.split("---\n").filter(|text| !text.is_empty());
    // Two sign a request without its session token, and add that afterwards: here it must be signed.
    texts.map(Vector::of).filter(|vector| !vector.name.contains("post-sts-header-after")).collect()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).unwrap()
}

#[test]
fn published_signatures_are_valid() {
    let vectors = vectors();
    assert!(vectors.len() > 35, "{}", vectors.len());
    for vector in vectors {
        assert_eq!(vector.verdict(), Ok(()), "{vector:?}");
        let other = vector.verdict_at(THEN, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ");
        assert_eq!(other.unwrap_err().code, "InvalidSignatureException");
    }
}

#[test]
fn a_signature_is_valid_for_five_minutes_either_way() {
    let plain = vector("# get-vanilla, header");
    let text = |at| plain.verdict_at(at, SECRET).unwrap_err().text;
    assert_eq!((plain.verdict_at(THEN + 300, SECRET), plain.verdict_at(THEN - 300, SECRET)), (Ok(()), Ok(())));
    assert_eq!(
        text(THEN + 301),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        text(THEN - 301),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    );
    let presigned = vector("# get-vanilla, query");
    assert_eq!(presigned.verdict_at(THEN + 3600, SECRET), Ok(()));
    assert!(presigned.verdict_at(THEN + 3601, SECRET).is_err());
}

#[test]
fn each_part_must_be_there_and_fit() {
    let with = |authorization: &str| {
        let mut vector = vector("# get-vanilla, header");
        authorization.clone_into(vector.header_mut("authorization"));
        let refusal = vector.verdict().unwrap_err();
        (refusal.code, refusal.text.into_owned())
    };
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let of = |credential: &str, signed: &str| {
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}")
    };
    let good = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    for (authorization, code, beginning) in [
        ("Basic dGVzdA==".to_owned(), "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'Basic'."),
        (String::new(), "IncompleteSignatureException", "Unsupported"),
        (
            "AWS4-HMAC-SHA256 Credential=x".to_owned(),
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
        ),
        (
            of("AKIDEXAMPLE/20150830/us-east-1", "host"),
            "IncompleteSignatureException",
            "Credential must have exactly 5",
        ),
        (
            of(&good.replace("aws4_request", "aws5"), "host;x-amz-date"),
            "InvalidSignatureException",
            "Credential should be",
        ),
        (
            of(&good.replace("20150830", "20150831"), "host;x-amz-date"),
            "InvalidSignatureException",
            "Date in Credential",
        ),
        (
            of(&good.replace("service", "ssm"), "host;x-amz-date"),
            "InvalidSignatureException",
            "Credential should be scoped",
        ),
        (of(good, "x-amz-date"), "InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader'"),
        (of(good, "host"), "InvalidSignatureException", "'X-Amz-Date' must be a 'SignedHeader'"),
        (of(good, "host;x-amz-date;x-amz-date"), "InvalidSignatureException", "The request signature we calculated"),
        (of(&good.replace("us-east-1", "us-east-2"), "host;x-amz-date"), "InvalidSignatureException", "The request"),
    ] {
        let (found, text) = with(&authorization);
        assert_eq!(found, code, "{authorization}: {text}");
        assert!(text.starts_with(beginning), "{authorization}: {text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_changed_is_noticed(number in 0..1000_usize, place in 0..1000_usize, part in 0..4_usize, byte in b'!'..b'~') {
        let vectors = vectors();
        let original = &vectors[number % vectors.len()];
        let mut changed = original.clone();
        let signed = |vector: &Vector, name: &str| {
            vector.headers.iter().any(|(found, value)| found == "authorization" && value.contains(name))
        };
        let text = match part {
            0 => &mut changed.method,
            1 => &mut changed.query,
            2 => &mut changed.body,
            _ => {
                let count = changed.headers.len();
                &mut changed.headers[place % count].1
            }
        };
        prop_assume!(!text.is_empty());
        let at = place % text.len();
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(at + 1));
        text.replace_range(at..=at, &char::from(byte).to_string());
        // Equal after decoding and trimming, or about a header that is not signed.
        let same = |vector: &Vector| {
            let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let mut query: Vec<String> = vector.query.split('&').map(str::to_lowercase).collect();
            query.sort();
            let headers = vector.headers.iter().filter(|(name, _)| name == "authorization" || signed(original, name) || !vector.query.is_empty());
            let headers: Vec<_> = headers.map(|(name, value)| (name.clone(), words(value))).collect();
            (vector.method.clone(), query, headers, vector.body.clone())
        };
        prop_assume!(same(&changed) != same(original));
        prop_assume!(original.query.is_empty() || part != 3 || changed.headers[place % changed.headers.len()].0 == "host");
        prop_assert!(changed.verdict().is_err(), "{changed:?}");
    }

    #[test]
    fn any_head_is_read_without_a_panic(authorization in ".{0,120}", query in ".{0,120}", date in ".{0,20}") {
        let headers = [("host", "x"), ("authorization", authorization.as_str()), ("x-amz-date", date.as_str())];
        let head = Head { method: "POST", path: "/", query: &query, headers: &headers };
        if let Ok(Some(claim)) = Claim::of(&head) {
            let _ = claim.check(&head, "ssm", Timestamp::from_unix(THEN));
        }
        let head = Head { headers: &headers[..1], ..head };
        let _ = Claim::of(&head);
    }
}
