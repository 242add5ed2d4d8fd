//! `GetCallerIdentity` and `GetSessionToken`.

use super::failure::Failure;
use super::xml::Element;
use crate::serve::caller::Caller;
use crate::serve::served::{Current, Served};

/// How long a session is valid, in seconds, if nothing is said.
const DURATION: i64 = 43_200;
const SHORTEST: i64 = 900;
const LONGEST: i64 = 129_600;

/// The operation that a form asks for; empty for one that there is not.
pub(crate) fn operation(form: &[(String, String)]) -> &'static str {
    match member(form, "Action") {
        Some("GetCallerIdentity") => "GetCallerIdentity",
        Some("GetSessionToken") => "GetSessionToken",
        _ => "",
    }
}

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
            Err(Failure::new(400, "InvalidAction", text))
        }
    }
}

fn session(served: &Served, caller: &Caller, form: &[(String, String)]) -> Result<Vec<Element>, Failure> {
    if caller.rights.session.is_some() {
        return Err(Failure::new(403, "AccessDenied", "Cannot call GetSessionToken with session credentials"));
    }
    let seconds = member(form, "DurationSeconds").map_or(Some(DURATION), |text| text.parse().ok());
    let Some(seconds) = seconds.filter(|seconds| (SHORTEST..=LONGEST).contains(seconds)) else {
        let text = format!("DurationSeconds must be between {SHORTEST} and {LONGEST} seconds");
        return Err(Failure::new(400, "ValidationError", text));
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
