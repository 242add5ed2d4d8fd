//! The HTTP API of AWS's Parameters and Secrets extension and of its agent (integrations §4, §5): a GET and a token, no signature.
//!
//! A request becomes a call of `GetParameter` or `GetSecretValue` by the session of its token, so that rights, rules and the log are the
//! same. Nothing is cached but what the server keeps in memory for every call, and that is what the file says now.

use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::dispatch::{self, Run};
use super::fault::Fault;
use super::operation::Operation;

/// Headers that a token may be in.
const TOKEN: [&str; 2] = ["x-aws-parameters-secrets-token", "x-vault-token"];

const PARAMETER: &str = "/systemsmanager/parameters/get";
const SECRET: &str = "/secretsmanager/get";
const PREFIX: &str = "/v1/";

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum CacheRequest {
    /// Whether the server is there.
    Ping,
    /// A value.
    Value(CacheCall),
}

/// A call that a request becomes.
#[derive(Debug)]
pub(crate) struct CacheCall {
    /// What is called.
    pub operation: Operation,
    /// What answers it.
    pub run: Run,
    /// The members of the request.
    pub body: Map<String, Value>,
}

/// Why a request is refused, in one line of plain text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CacheRefusal {
    /// The status.
    pub status: u16,
    /// The text.
    pub text: String,
}

/// Whether a request is one of this API: by its path, or because it has a token.
pub(crate) fn is_cache_api(head: &Parts) -> bool {
    let path = head.uri.path();
    let is_path = path == "/ping" || [PARAMETER, SECRET, PREFIX].iter().any(|start| path.starts_with(start));
    is_path || token(&head.headers).is_some()
}

/// Reads a request. The order of the checks is that of the agent.
pub(crate) fn read(head: &Parts, is_known: impl FnOnce(&str) -> bool) -> Result<CacheRequest, CacheRefusal> {
    let path = head.uri.path();
    if head.headers.contains_key("x-forwarded-for") {
        return Err(refused(400, "Forwarded"));
    }
    if path != "/ping" && !token(&head.headers).is_some_and(is_known) {
        return Err(refused(403, "Bad Token"));
    }
    if head.method != Method::GET {
        return Err(refused(405, "Not allowed"));
    }
    let query = query(head.uri.query().unwrap_or_default())?;
    let path = path.strip_suffix('/').filter(|path| [PARAMETER, SECRET].contains(path)).unwrap_or(path);
    match path {
        "/ping" => Ok(CacheRequest::Ping),
        PARAMETER => parameter(&query),
        SECRET => secret(None, &query),
        _ => match path.strip_prefix(PREFIX).filter(|id| !id.is_empty()) {
            Some(id) => secret(Some(decoded(id)?), &query),
            None => Err(refused(404, "Not found")),
        },
    }
}

/// The token of a request.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    TOKEN.iter().find_map(|name| headers.get(*name))?.to_str().ok()
}

/// The member of an answer. Inside of a text its quotes would be escaped.
const DATE: &[u8] = br#""CreatedDate":"#;

/// The answer of the operation in the form that this API has.
pub(crate) fn reshaped(operation: Operation, body: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if operation.name == "GetParameter" {
        let end = body.len().saturating_sub(1);
        return spliced(&body, end..end, br#","ResultMetadata":{}"#);
    }
    let Some(start) = body.windows(DATE.len()).position(|window| window == DATE).map(|at| at + DATE.len()) else {
        return body;
    };
    let length = body[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let number = String::from_utf8_lossy(&body[start..start + length]).into_owned();
    let quoted = format!("\"{}\"", number.strip_suffix(".0").unwrap_or(&number));
    spliced(&body, start..start + length, quoted.as_bytes())
}

/// The body for an error of the operation.
pub(crate) fn failure(fault: &Fault) -> Vec<u8> {
    json!({ "__type": fault.code, "message": fault.message.as_deref().unwrap_or_default() }).to_string().into_bytes()
}

/// A copy with a part replaced, with room for all of it from the beginning.
fn spliced(body: &[u8], part: std::ops::Range<usize>, by: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut copy = Zeroizing::new(Vec::with_capacity(body.len() + by.len()));
    copy.extend_from_slice(&body[..part.start]);
    copy.extend_from_slice(by);
    copy.extend_from_slice(&body[part.end..]);
    copy
}

fn refused(status: u16, text: impl Into<String>) -> CacheRefusal {
    CacheRefusal { status, text: text.into() }
}

/// `GetParameter`. Of a version and a label, the first one counts. What is unknown is ignored, as by the extension.
fn parameter(query: &[(String, String)]) -> Result<CacheRequest, CacheRefusal> {
    let find = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let name = find("name").filter(|name| !name.is_empty()).ok_or_else(|| refused(400, "missing parameter name"))?;
    let selector = query.iter().find(|(name, _)| ["version", "label"].contains(&name.as_str()));
    let name = selector.map_or(name.to_owned(), |(_, selector)| format!("{name}:{selector}"));
    let decrypts = find("withDecryption").map_or(Ok(false), |text| flag("withDecryption", text))?;
    call("AmazonSSM.GetParameter", json!({ "Name": name, "WithDecryption": decrypts }))
}

/// `GetSecretValue`. `refreshNow` changes nothing: the answer is never older than the vault.
fn secret(id: Option<String>, query: &[(String, String)]) -> Result<CacheRequest, CacheRefusal> {
    let mut body = json!({});
    let mut id = id;
    for (name, value) in query {
        match name.as_str() {
            "secretId" => id = id.or_else(|| Some(value.clone())),
            "versionId" => body["VersionId"] = json!(value),
            "versionStage" => body["VersionStage"] = json!(value),
            "refreshNow" => drop(flag("refreshNow", value)?),
            other => return Err(refused(400, format!("unknown parameter: {other}"))),
        }
    }
    body["SecretId"] = json!(id.ok_or_else(|| refused(400, "missing parameter secretId"))?);
    call("secretsmanager.GetSecretValue", body)
}

fn call(target: &str, body: Value) -> Result<CacheRequest, CacheRefusal> {
    let (operation, run) = dispatch::find(target).ok_or_else(|| refused(404, "Not found"))?;
    let Value::Object(body) = body else { return Err(refused(404, "Not found")) };
    Ok(CacheRequest::Value(CacheCall { operation, run, body }))
}

fn flag(name: &str, text: &str) -> Result<bool, CacheRefusal> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(refused(400, format!("invalid value for {name}"))),
    }
}

fn query(text: &str) -> Result<Vec<(String, String)>, CacheRefusal> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(name)?, decoded(value)?))
    };
    text.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

/// Without percent signs. A plus stays: names may contain it.
fn decoded(text: &str) -> Result<String, CacheRefusal> {
    let broken = || refused(400, "the request is not encoded correctly");
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).ok_or_else(broken)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| broken())?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request = Request::builder().method(method).uri(uri);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    fn asked(uri: &str) -> Result<String, (u16, String)> {
        let head = head("GET", uri, &[("X-Aws-Parameters-Secrets-Token", "t")]);
        match read(&head, |token| token == "t") {
            Ok(CacheRequest::Ping) => Ok("ping".into()),
            Ok(CacheRequest::Value(call)) => Ok(Value::Object(call.body).to_string()),
            Err(CacheRefusal { status, text }) => Err((status, text)),
        }
    }

    #[test]
    fn a_parameter_may_have_a_version_or_a_label() {
        let path = "/systemsmanager/parameters/get";
        for (query, name, decrypts) in [
            ("?name=%2Fshop%2Fdb", "/shop/db", false),
            ("/?name=/shop/db&withDecryption=true", "/shop/db", true),
            ("?name=x&version=3&label=live", "x:3", false),
            ("?name=x&label=live&version=3&ttl=0", "x:live", false),
        ] {
            let expected = json!({ "Name": name, "WithDecryption": decrypts }).to_string();
            assert_eq!(asked(&format!("{path}{query}")), Ok(expected), "{query}");
        }
        assert_eq!(asked(path), Err((400, "missing parameter name".into())));
    }

    #[test]
    fn a_secret_is_named_by_query_or_path() {
        for (uri, body) in [
            ("/v1/prod/db?versionStage=AWSPREVIOUS", json!({ "SecretId": "prod/db", "VersionStage": "AWSPREVIOUS" })),
            ("/v1/a+b%2Bc?refreshNow=1", json!({ "SecretId": "a+b+c" })),
        ] {
            // Until there is such an operation, it is not found.
            let asked = asked(uri);
            assert!(asked == Ok(body.to_string()) || asked == Err((404, "Not found".into())), "{asked:?}");
        }
        assert_eq!(asked("/secretsmanager/get"), Err((400, "missing parameter secretId".into())));
        assert_eq!(asked("/secretsmanager/get?secretId=a&x=1"), Err((400, "unknown parameter: x".into())));
        assert!(matches!(asked("/secretsmanager/get?secretId=a&refreshNow=maybe"), Err((400, _))));
        for (bad, status) in [("/v1/", 404), ("/v2/x", 404), ("/v1/%zz", 400), ("/v1/%f", 400), ("/v1/%ff", 400)] {
            assert_eq!(asked(bad).map_err(|(status, _)| status), Err(status), "{bad}");
        }
    }

    #[test]
    fn checks_have_their_order() {
        let of = |method, uri, headers: &[(&str, &str)]| match read(&head(method, uri, headers), |token| token == "t") {
            Ok(_) => 200,
            Err(refusal) => refusal.status,
        };
        let forwarded = ("X-Forwarded-For", "10.0.0.1");
        assert_eq!(of("GET", "/ping", &[]), 200);
        assert_eq!(of("GET", "/ping", &[forwarded]), 400);
        assert_eq!(of("POST", "/nowhere", &[forwarded, ("X-Vault-Token", "bad")]), 400);
        assert_eq!(of("POST", "/nowhere", &[("X-Vault-Token", "bad")]), 403);
        assert_eq!(of("POST", "/nowhere", &[("X-Vault-Token", "t")]), 405);
        assert_eq!(of("GET", "/nowhere", &[("X-Vault-Token", "t")]), 404);
    }

    #[test]
    fn answers_have_the_form_of_this_api() {
        let of = |target: &str, body: &str| {
            let Some((operation, _)) = dispatch::find(target) else { return String::new() };
            let body = reshaped(operation, Zeroizing::new(body.as_bytes().to_vec()));
            String::from_utf8(body.to_vec()).unwrap()
        };
        let parameter = of("AmazonSSM.GetParameter", r#"{"Parameter":{"Value":"x"}}"#);
        assert_eq!(parameter, r#"{"Parameter":{"Value":"x"},"ResultMetadata":{}}"#);
        let operation = Operation { service: crate::aws::error::Service::SecretsManager, name: "GetSecretValue" };
        let body = br#"{"SecretString":"{\"CreatedDate\":1}","CreatedDate":1723000000.0,"Name":"x"}"#;
        let body = reshaped(operation, Zeroizing::new(body.to_vec()));
        let expected = r#"{"SecretString":"{\"CreatedDate\":1}","CreatedDate":"1723000000","Name":"x"}"#;
        assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
    }
}
