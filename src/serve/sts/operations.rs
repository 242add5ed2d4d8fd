//! `GetCallerIdentity` and `GetSessionToken`.

use super::xml::Element;
use crate::serve::caller::Caller;
use crate::serve::served::{Current, Served};
use crate::serve::sign::Refusal;

/// Status, code and text of an error.
pub(crate) type Failure = (u16, &'static str, String);

/// How long a session is valid if nothing is said, at least and at most, in seconds.
const DURATION: (i64, i64, i64) = (43_200, 900, 129_600);

/// The operation that a form asks for; empty for one that there is not.
pub(crate) fn operation(form: &[(String, String)]) -> &'static str {
    match member(form, "Action") {
        Some("GetCallerIdentity") => "GetCallerIdentity",
        Some("GetSessionToken") => "GetSessionToken",
        _ => "",
    }
}

/// Answers a form.
pub(crate) fn run(
    served: &Served,
    current: &Current,
    caller: &Caller,
    form: &[(String, String)],
) -> Result<Vec<Element>, Failure> {
    match operation(form) {
        "GetCallerIdentity" => Ok(vec![
            Element::Text("Arn", caller.arn.clone()),
            Element::Text("UserId", user_id(caller)),
            Element::Text("Account", served.account(current, "").id),
        ]),
        "GetSessionToken" => session(served, caller, form),
        _ => {
            let action = member(form, "Action").unwrap_or_default().chars().take(64).collect::<String>();
            let text = format!("Could not find operation {action} for version 2011-06-15");
            Err((400, "InvalidAction", text))
        }
    }
}

/// What a refused signature is called in this protocol.
pub(crate) fn refusal(refusal: Refusal) -> Failure {
    let (status, code) = match refusal.code {
        "MissingAuthenticationTokenException" => (403, "MissingAuthenticationToken"),
        "UnrecognizedClientException" => (403, "InvalidClientTokenId"),
        "ExpiredTokenException" => (403, "ExpiredToken"),
        "IncompleteSignatureException" => (400, "IncompleteSignature"),
        _ => (403, "SignatureDoesNotMatch"),
    };
    (status, code, refusal.text.into_owned())
}

/// The vault cannot be read.
pub(crate) fn unavailable() -> Failure {
    (503, "ServiceUnavailable", "the vault cannot be read".to_owned())
}

fn session(served: &Served, caller: &Caller, form: &[(String, String)]) -> Result<Vec<Element>, Failure> {
    if caller.rights.session.is_some() {
        return Err((403, "AccessDenied", "Cannot call GetSessionToken with session credentials".to_owned()));
    }
    let (usual, least, most) = DURATION;
    let seconds = member(form, "DurationSeconds").map_or(Some(usual), |text| text.parse().ok());
    let Some(seconds) = seconds.filter(|seconds| (least..=most).contains(seconds)) else {
        let text = format!("DurationSeconds must be between {least} and {most} seconds");
        return Err((400, "ValidationError", text));
    };
    let session = served.sessions.issue_for(&caller.access_key, &caller.name, seconds);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(vec![Element::Group(
        "Credentials",
        vec![
            Element::Text("AccessKeyId", session.access_key.clone()),
            Element::Text("SecretAccessKey", text(session.secret.reveal())),
            Element::Text("SessionToken", text(session.token.reveal())),
            Element::Text("Expiration", session.expires.to_string()),
        ],
    )])
}

fn user_id(caller: &Caller) -> String {
    if caller.access_key.is_empty() { caller.member.to_string() } else { caller.access_key.clone() }
}

fn member<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}
