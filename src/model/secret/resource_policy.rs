//! Resource policies of secrets: their form, as AWS checks it (secrets-manager §7). The server decides by them; on the command line they
//! have no effect.

use super::error::SecretError;
use super::secret::Secret;
use crate::model::iam::{Policy, PolicyFlaw};

/// Whether a policy may grant access to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublicAccess {
    /// Allowed.
    Allow,
    /// `BlockPublicPolicy`: not without a condition.
    Block,
}

impl Secret {
    /// Sets the resource policy.
    pub(crate) fn set_resource_policy(&mut self, text: &str, public: PublicAccess) -> Result<(), SecretError> {
        check_policy(text, public)?;
        self.resource_policy = Some(text.to_owned());
        Ok(())
    }

    /// Removes the resource policy; without one, nothing happens.
    pub(crate) fn remove_resource_policy(&mut self) {
        self.resource_policy = None;
    }
}

/// Checks the text of a policy.
pub(crate) fn check_policy(text: &str, public: PublicAccess) -> Result<(), SecretError> {
    let policy = Policy::resource(text).map_err(|fault| match fault.flaw {
        PolicyFlaw::TooLong { length, .. } => SecretError::PolicyTooLong(length),
        _ => SecretError::Policy(fault.to_string()),
    })?;
    let blocked = public == PublicAccess::Block && policy.is_public();
    if blocked { Err(SecretError::PublicPolicy) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::limits::POLICY_LIMIT;
    use super::*;

    fn policy(principal: &str, more: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*"{more}}}]}}"#
        )
    }

    #[test]
    fn policies_as_aws_writes_them_are_taken() {
        let one =
            r#"{"Statement":{"Effect":"Deny","Principal":{"AWS":["a","b"]},"Action":["s:x","s:y"],"Resource":"*"}}"#;
        for text in [policy("\"*\"", ""), policy(r#"{"AWS":"arn:aws:iam::1:root"}"#, ""), one.to_owned()] {
            assert_eq!(check_policy(&text, PublicAccess::Allow), Ok(()), "{text}");
        }
    }

    #[test]
    fn malformed_policies_are_refused_with_what_is_missing() {
        for (text, part) in [
            ("{".to_owned(), "not valid JSON"),
            ("[]".to_owned(), "not a JSON object"),
            ("{}".to_owned(), "needs a Statement"),
            (r#"{"Statement":[]}"#.to_owned(), "needs a Statement"),
            (r#"{"Statement":["x"]}"#.to_owned(), "statement 1 is not a JSON object"),
            (r#"{"Version":"2027-01-01","Statement":[{}]}"#.to_owned(), "Version"),
            (r#"{"Statement":[{}]}"#.to_owned(), "statement 1 needs an Effect"),
            (policy("\"ana\"", ""), "needs a Principal"),
            (policy("{}", ""), "needs a Principal"),
            (r#"{"Statement":{"Effect":"Allow","Principal":"*","Resource":"*"}}"#.to_owned(), "needs an Action"),
            (r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#.to_owned(), "needs a Resource"),
            (policy("\"*\"", r#","Condition":1"#), "Condition"),
        ] {
            let error = check_policy(&text, PublicAccess::Allow).unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
        let long = format!("{{{}}}", " ".repeat(POLICY_LIMIT));
        assert!(matches!(check_policy(&long, PublicAccess::Allow), Err(SecretError::PolicyTooLong(_))));
    }

    #[test]
    fn blocking_refuses_an_open_door_and_nothing_else() {
        let blocked = |text: &str| check_policy(text, PublicAccess::Block);
        for open in ["\"*\"", r#"{"AWS":"*"}"#, r#"{"AWS":["a","*"]}"#] {
            assert_eq!(blocked(&policy(open, "")), Err(SecretError::PublicPolicy), "{open}");
            assert_eq!(blocked(&policy(open, r#","Condition":{}"#)), Err(SecretError::PublicPolicy), "{open}");
        }
        assert_eq!(blocked(&policy("\"*\"", r#","Condition":{"Bool":{"a:b":"true"}}"#)), Ok(()));
        assert_eq!(blocked(&policy(r#"{"AWS":"a"}"#, "")), Ok(()));
        let deny = policy("\"*\"", "").replace("Allow", "Deny");
        assert_eq!(blocked(&deny), Ok(()));
    }
}
