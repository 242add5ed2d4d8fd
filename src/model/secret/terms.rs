//! What is configured for a rotation.

use std::collections::BTreeMap;

use crate::model::hook::HookName;
use crate::model::name::{MemberName, SecretName};
use crate::model::schedule::Rules;

/// What is configured: what does the steps, with what, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationTerms {
    /// The hook that performs the steps.
    pub hook: HookName,
    /// The secret whose value the hook gets besides, to log in as an administrator.
    pub admin: Option<SecretName>,
    /// Options for the hook.
    pub options: BTreeMap<String, String>,
    /// When it rotates automatically; `None`: only manually.
    pub rules: Option<Rules>,
}

/// The option that holds the ARN by which the function was named, byte for byte.
const ARN: &str = "RotationLambdaARN";
/// The option that holds the member for whom the server signed the plan: the plan may do nothing that this member may not do.
const MEMBER: &str = "RotationMember";

impl RotationTerms {
    /// Whether two users take turns, so that the previous value logs in until the next rotation.
    pub(crate) fn takes_turns(&self) -> bool {
        self.options.get("users").is_some_and(|users| users == "alternating")
    }

    /// Whether an option was set by the server, and is not one of the hook.
    pub(crate) fn is_of_server(option: &str) -> bool {
        [ARN, MEMBER].contains(&option)
    }

    /// The options that the hook gets: all but those of the server.
    pub(crate) fn options_of_hook(&self) -> BTreeMap<String, String> {
        let own = self.options.iter().filter(|(name, _)| !RotationTerms::is_of_server(name));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The ARN by which the function was named.
    pub(crate) fn function_arn(&self) -> Option<&str> {
        self.options.get(ARN).map(String::as_str)
    }

    /// The member for whom the plan was signed, as it is stated.
    pub(crate) fn member(&self) -> Option<&str> {
        self.options.get(MEMBER).map(String::as_str)
    }

    /// Names the function, and the member who wants it.
    pub(crate) fn name_function(&mut self, arn: &str, member: Option<&MemberName>) {
        self.options.insert(ARN.to_owned(), arn.to_owned());
        self.options.remove(MEMBER);
        self.options.extend(member.map(|member| (MEMBER.to_owned(), member.to_string())));
    }
}
