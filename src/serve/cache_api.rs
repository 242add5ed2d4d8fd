//! The HTTP API of AWS's Parameters and Secrets extension and of its agent (integrations §4, §5): a GET and a token, no signature.
//!
//! A request becomes a call of `GetParameter` or `GetSecretValue` by the session of its token, so that rights, rules and the log are the
//! same. Nothing is cached but what the server keeps in memory for every call, and that is what the file says now.

use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use memchr::memmem;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::call::Operation;
use super::dispatch;
use super::fault::Fault;
use super::percent;
use crate::model::arn::Arn;

/// Headers that a token may be in.
const TOKEN: [&str; 2] = ["x-aws-parameters-secrets-token", "x-vault-token"];

const PING: &str = "/ping";
const PARAMETER: &str = "/systemsmanager/parameters/get";
const SECRET: &str = "/secretsmanager/get";
const PREFIX: &str = "/v1/";

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum CacheRequest {
    /// Whether the server is there.
    Ping,
    Value(CacheCall),
}

/// A call that a request becomes.
#[derive(Debug)]
pub(crate) struct CacheCall {
    pub operation: Operation,
    pub body: Map<String, Value>,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CacheRefusal {
    pub status: u16,
    /// The code, if the answer has the form of an error of AWS; without it, the text is the whole answer.
    pub code: Option<&'static str>,
    /// The text, in one line.
    pub text: String,
}

/// Whether a request is one of this API: by its path, or because it has a token.
pub(crate) fn is_cache_api(head: &Parts) -> bool {
    let path = head.uri.path();
    let is_path = path == PING || [PARAMETER, SECRET, PREFIX].iter().any(|start| path.starts_with(start));
    is_path || tokens(&head.headers).next().is_some()
}

/// Whether somebody asks if the server is there, which needs no token.
pub(crate) fn is_ping(head: &Parts) -> bool {
    head.uri.path() == PING
}

/// The answer if too many programs are connected.
pub(crate) fn too_many() -> CacheRefusal {
    refused(429, "Connection limit exceeded")
}

/// Reads a request. The order of the checks is that of the agent.
pub(crate) fn read(head: &Parts, is_known: impl FnMut(&str) -> bool) -> Result<CacheRequest, CacheRefusal> {
    let is_ping = is_ping(head);
    if !is_ping && head.headers.contains_key("x-forwarded-for") {
        return Err(refused(400, "Forwarded"));
    }
    if !is_ping && !tokens(&head.headers).any(is_known) {
        return Err(refused(403, "Bad Token"));
    }
    if head.method != Method::GET {
        return Err(refused(405, "Not allowed"));
    }
    let (path, query) = (head.uri.path(), || query(head.uri.query().unwrap_or_default()));
    match path.strip_suffix('/').filter(|path| [PARAMETER, SECRET].contains(path)).unwrap_or(path) {
        PING => Ok(CacheRequest::Ping),
        PARAMETER => parameter(&query()?),
        SECRET => secret(None, query()?),
        _ => match path.strip_prefix(PREFIX) {
            Some("") => Err(refused(400, "missing secret ID")),
            Some(id) => secret(Some(decoded(id)?), query()?),
            None => Err(refused(404, "Not found")),
        },
    }
}

/// The tokens of a request: one of them must be right.
fn tokens(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    TOKEN.iter().filter_map(|name| headers.get(*name)?.to_str().ok())
}

/// The member of an answer. Inside of a text its quotes would be escaped.
const DATE: &[u8] = br#""CreatedDate":"#;

/// The answer of the operation in the form that this API has.
pub(crate) fn reshaped(operation: Operation, body: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if operation.name == "GetParameter" {
        let members = body.strip_suffix(b"}").unwrap_or(&body);
        return Zeroizing::new([members, br#","ResultMetadata":{}}"#].concat());
    }
    let Some(at) = memmem::find(&body, DATE) else { return body };
    let (before, rest) = body.split_at(at + DATE.len());
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (number, after) = rest.split_at(length);
    let number = number.strip_suffix(b".0").unwrap_or(number);
    Zeroizing::new([before, b"\"", number, b"\"", after].concat())
}

/// The body for an error of the operation.
pub(crate) fn failure(fault: &Fault) -> Vec<u8> {
    json!({ "__type": fault.code, "message": fault.message.as_deref().unwrap_or_default() }).to_string().into_bytes()
}

fn refused(status: u16, text: impl Into<String>) -> CacheRefusal {
    CacheRefusal { status, code: None, text: text.into() }
}

/// `GetParameter`. Of a version and a label, the first one counts. What is unknown is ignored, as by the extension.
fn parameter(query: &[(String, String)]) -> Result<CacheRequest, CacheRefusal> {
    let find = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let name = find("name").filter(|name| !name.is_empty()).ok_or_else(|| refused(400, "missing parameter name"))?;
    let selector = query.iter().find(|(name, _)| ["version", "label"].contains(&name.as_str()));
    let name = selector.map_or(name.to_owned(), |(_, selector)| format!("{name}:{selector}"));
    let decrypts = find("withDecryption").map_or(Some(false), flag);
    let decrypts = decrypts.ok_or_else(|| refused(400, "invalid withDecryption value"))?;
    call("AmazonSSM.GetParameter", json!({ "Name": name, "WithDecryption": decrypts }))
}

/// `GetSecretValue`. `refreshNow` changes nothing: the answer is never older than the vault.
fn secret(named: Option<String>, query: Vec<(String, String)>) -> Result<CacheRequest, CacheRefusal> {
    let (is_named, mut id, mut role) = (named.is_some(), named.unwrap_or_default(), None);
    let mut body = json!({});
    for (name, value) in query {
        match name.as_str() {
            "secretId" if !is_named => id = value,
            "versionId" => body["VersionId"] = json!(value),
            "versionStage" => body["VersionStage"] = json!(value),
            "refreshNow" => drop(flag(&value).ok_or_else(|| refused(400, "invalid refreshNow value"))?),
            "roleArn" => role = Some(value),
            other => return Err(refused(400, format!("unknown parameter: {other}"))),
        }
    }
    if id.is_empty() {
        return Err(refused(400, "missing parameter secretId"));
    }
    if let Some(role) = role {
        return Err(of_role(&role));
    }
    body["SecretId"] = json!(id);
    call("secretsmanager.GetSecretValue", body)
}

/// A vault has no roles: the answer is that of an agent which must not assume this one.
fn of_role(role: &str) -> CacheRefusal {
    let is_word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit());
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|it| is_word(it) || b"+=,.@/-".contains(&it));
    let is_role = Arn::parse(role).is_some_and(|arn| {
        let is_partition = !arn.partition.is_empty() && arn.partition.bytes().all(|it| is_word(it) || it == b'-');
        let is_service = (arn.service, arn.region) == ("iam", "");
        is_partition && is_service && is_account(arn.account) && arn.resource.strip_prefix("role/").is_some_and(is_name)
    });
    if !is_role {
        return refused(400, "invalid roleArn format, expected arn:<partition>:iam::<account>:role/<name>");
    }
    let text = format!("Failed to create caching client from role: {role}");
    CacheRefusal { code: Some("AccessDeniedException"), ..refused(403, text) }
}

fn call(target: &str, body: Value) -> Result<CacheRequest, CacheRefusal> {
    let Value::Object(body) = body else { return Err(refused(404, "Not found")) };
    let operation = dispatch::find(target).ok_or_else(|| refused(404, "Not found"))?;
    Ok(CacheRequest::Value(CacheCall { operation, body }))
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
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
    percent::decoded(text).ok_or_else(|| refused(400, "the request is not encoded correctly"))
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
            Err(CacheRefusal { status, text, .. }) => Err((status, text)),
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
            ("/secretsmanager/get?secretId=x&secretId=a&refreshNow=FALSE", json!({ "SecretId": "a" })),
        ] {
            assert_eq!(asked(uri), Ok(body.to_string()), "{uri}");
        }
        let unknown_role = "invalid roleArn format, expected arn:<partition>:iam::<account>:role/<name>";
        let role = "arn:aws-cn:iam::123456789012:role/a/b+c";
        let refused_role = format!("Failed to create caching client from role: {role}");
        for (uri, status, text) in [
            ("/secretsmanager/get", 400, "missing parameter secretId"),
            ("/secretsmanager/get?secretId=", 400, "missing parameter secretId"),
            ("/secretsmanager/get?secretId=a&x=1", 400, "unknown parameter: x"),
            ("/secretsmanager/get?secretId=a&refreshNow=123", 400, "invalid refreshNow value"),
            ("/v1/a?secretId=b", 400, "unknown parameter: secretId"),
            ("/v1/", 400, "missing secret ID"),
            ("/v1/?x=1", 400, "missing secret ID"),
            ("/v2/x?x=%zz", 404, "Not found"),
            (&format!("/v1/a?roleArn={role}"), 403, &refused_role),
            ("/v1/a?roleArn=arn:aws:iam::1:role/a", 400, unknown_role),
            ("/v1/a?roleArn=arn:aws:iam::123456789012:user/a", 400, unknown_role),
            ("/v1/a?roleArn=arn:aws:iam::123456789012:role/", 400, unknown_role),
            ("/v1/a?roleArn=arn:aws:sts::123456789012:role/a", 400, unknown_role),
            ("/v1/a?roleArn=arn:aws:iam::123456789012:role/%22", 400, unknown_role),
        ] {
            assert_eq!(asked(uri), Err((status, text.to_owned())), "{uri}");
        }
        for bad in ["/v1/%zz", "/v1/%f", "/v1/%ff", "/v1/%+f"] {
            assert_eq!(asked(bad).map_err(|(status, _)| status), Err(400), "{bad}");
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
        assert_eq!(of("GET", "/ping", &[forwarded, ("X-Vault-Token", "bad")]), 200);
        assert_eq!(of("POST", "/ping", &[]), 405);
        let both = [("X-Aws-Parameters-Secrets-Token", "bad"), ("X-Vault-Token", "t")];
        assert_eq!(of("GET", "/v1/x", &both), 200);
        assert_eq!(of("POST", "/nowhere", &[forwarded, ("X-Vault-Token", "bad")]), 400);
        assert_eq!(of("POST", "/nowhere", &[("X-Vault-Token", "bad")]), 403);
        assert_eq!(of("POST", "/nowhere", &[("X-Vault-Token", "t")]), 405);
        assert_eq!(of("GET", "/nowhere", &[("X-Vault-Token", "t")]), 404);
    }

    #[test]
    fn answers_have_the_form_of_this_api() {
        let of = |target: &str, body: &str| {
            let body = reshaped(dispatch::find(target).unwrap(), Zeroizing::new(body.as_bytes().to_vec()));
            String::from_utf8(body.to_vec()).unwrap()
        };
        let parameter = of("AmazonSSM.GetParameter", r#"{"Parameter":{"Value":"x"}}"#);
        assert_eq!(parameter, r#"{"Parameter":{"Value":"x"},"ResultMetadata":{}}"#);
        let body = r#"{"SecretString":"{\"CreatedDate\":1}","CreatedDate":1723000000.0,"Name":"x"}"#;
        let expected = r#"{"SecretString":"{\"CreatedDate\":1}","CreatedDate":"1723000000","Name":"x"}"#;
        assert_eq!(of("secretsmanager.GetSecretValue", body), expected);
    }
}
