//! Resource policies of secrets: their form, as AWS checks it. They have no effect (secrets-manager §7).

use serde_json::{Map, Value};

use super::error::SecretError;
use super::limits::POLICY_LIMIT;
use super::secret::Secret;

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

/// Checks the text of a policy: a JSON object with one statement or several, each with an effect, a principal, an action and
/// a resource.
pub(crate) fn check_policy(text: &str, public: PublicAccess) -> Result<(), SecretError> {
    let length = text.chars().count();
    if length > POLICY_LIMIT {
        return Err(SecretError::PolicyTooLong(length));
    }
    let statements = statements(text)?;
    for (number, statement) in (1..).zip(&statements) {
        let wrong = |what: &str| SecretError::Policy(format!("statement {number} {what}"));
        check_statement(statement).map_err(wrong)?;
        if public == PublicAccess::Block && lets_everybody_in(statement) {
            return Err(SecretError::PublicPolicy);
        }
    }
    Ok(())
}

fn statements(text: &str) -> Result<Vec<Map<String, Value>>, SecretError> {
    let malformed = |what: &str| SecretError::Policy(what.to_owned());
    let Ok(Value::Object(mut policy)) = serde_json::from_str(text) else {
        return Err(malformed("it is not a JSON object"));
    };
    let known = ["2012-10-17", "2008-10-17"];
    if policy.get("Version").is_some_and(|version| version.as_str().is_none_or(|version| !known.contains(&version))) {
        return Err(malformed("Version must be 2012-10-17 or 2008-10-17"));
    }
    let statements = match policy.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(malformed("it has no Statement")),
    };
    if statements.is_empty() {
        return Err(malformed("it has no Statement"));
    }
    let object = |statement| match statement {
        Value::Object(statement) => Ok(statement),
        _ => Err(malformed("a Statement must be an object")),
    };
    statements.into_iter().map(object).collect()
}

fn check_statement(statement: &Map<String, Value>) -> Result<(), &'static str> {
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err("needs an Effect of Allow or Deny");
    }
    match statement.get("Principal").or_else(|| statement.get("NotPrincipal")) {
        Some(Value::String(everybody)) if everybody == "*" => {}
        Some(Value::Object(kinds)) if !kinds.is_empty() && kinds.values().all(is_texts) => {}
        _ => return Err("needs a Principal: \"*\", or an object of names"),
    }
    if !has_texts(statement, ["Action", "NotAction"]) {
        return Err("needs an Action");
    }
    if !has_texts(statement, ["Resource", "NotResource"]) {
        return Err("needs a Resource");
    }
    match statement.get("Condition") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err("has a Condition that is not an object"),
    }
}

fn has_texts(statement: &Map<String, Value>, keys: [&str; 2]) -> bool {
    keys.iter().any(|key| statement.get(*key).is_some_and(is_texts))
}

/// A string, or a list of strings.
fn is_texts(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(texts) => !texts.is_empty() && texts.iter().all(Value::is_string),
        _ => false,
    }
}

/// Allows anybody anything, without a condition.
fn lets_everybody_in(statement: &Map<String, Value>) -> bool {
    let is_everybody = |value: &Value| value.as_str() == Some("*");
    let everybody =
        |value: &Value| is_everybody(value) || value.as_array().is_some_and(|all| all.iter().any(is_everybody));
    let principal = match statement.get("Principal") {
        Some(Value::Object(kinds)) => kinds.values().any(everybody),
        Some(value) => everybody(value),
        None => statement.contains_key("NotPrincipal"),
    };
    let conditional =
        statement.get("Condition").and_then(Value::as_object).is_some_and(|condition| !condition.is_empty());
    principal && !conditional && statement.get("Effect").and_then(Value::as_str) == Some("Allow")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(principal: &str, more: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*"{more}}}]}}"#
        )
    }

    #[test]
    fn policies_as_aws_writes_them_are_taken() {
        let one = r#"{"Statement":{"Effect":"Deny","Principal":{"AWS":["a","b"]},"Action":["x","y"],"Resource":"*"}}"#;
        for text in [policy("\"*\"", ""), policy(r#"{"AWS":"arn:aws:iam::1:root"}"#, ""), one.to_owned()] {
            assert_eq!(check_policy(&text, PublicAccess::Allow), Ok(()), "{text}");
        }
    }

    #[test]
    fn malformed_policies_are_refused_with_what_is_missing() {
        for (text, part) in [
            ("{".to_owned(), "not a JSON object"),
            ("[]".to_owned(), "not a JSON object"),
            ("{}".to_owned(), "no Statement"),
            (r#"{"Statement":[]}"#.to_owned(), "no Statement"),
            (r#"{"Statement":["x"]}"#.to_owned(), "must be an object"),
            (r#"{"Version":"2027-01-01","Statement":[{}]}"#.to_owned(), "Version"),
            (r#"{"Statement":[{}]}"#.to_owned(), "statement 1 needs an Effect"),
            (policy("\"ana\"", ""), "needs a Principal"),
            (policy("{}", ""), "needs a Principal"),
            (r#"{"Statement":{"Effect":"Allow","Principal":"*","Resource":"*"}}"#.to_owned(), "needs an Action"),
            (r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"x"}}"#.to_owned(), "needs a Resource"),
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
        assert_eq!(blocked(&policy("\"*\"", r#","Condition":{"Bool":{"a":"b"}}"#)), Ok(()));
        assert_eq!(blocked(&policy(r#"{"AWS":"a"}"#, "")), Ok(()));
        let deny = policy("\"*\"", "").replace("Allow", "Deny");
        assert_eq!(blocked(&deny), Ok(()));
    }
}
