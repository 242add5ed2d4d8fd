//! What a policy says in vain.

use super::action::actions;
use super::context::Context;
use super::pattern::{Pattern, Syntax};
use super::policy::Policy;
use super::statement::Statement;
use crate::model::arn::Account;

impl Policy {
    /// What in it can never matter to a vault with that account, each as a sentence.
    pub(crate) fn concerns(&self, account: &Account) -> Vec<String> {
        let of_one = |(number, statement): (usize, &Statement)| {
            let vain = vain_actions(statement).chain(vain_resources(statement, account));
            let vain = vain.chain(self.vain_variables(statement)).collect::<Vec<_>>();
            vain.into_iter().map(move |what| format!("statement {number}: {what}"))
        };
        (1..).zip(&self.statements).flat_map(of_one).collect()
    }

    /// Variables in a version of the language that has none.
    fn vain_variables(&self, statement: &Statement) -> Option<String> {
        let is_one = |(text, _): &(String, Pattern)| text.contains("${");
        let vain = !self.has_variables && statement.resources.listed.iter().any(is_one);
        vain.then(|| "`${…}` is a variable only with the Version 2012-10-17".to_owned())
    }
}

/// Actions that match nothing which the server does.
fn vain_actions(statement: &Statement) -> impl Iterator<Item = String> {
    let none = Context::default();
    let is_vain = move |pattern: &Pattern| !actions().any(|action| pattern.matches(action, &none) == Some(true));
    let vain = statement.actions.listed.iter().filter(move |(_, pattern)| is_vain(pattern));
    vain.map(|(text, _)| format!("no operation of this server matches the action {text:?}"))
}

/// Resources that no name in this vault has.
fn vain_resources(statement: &Statement, account: &Account) -> impl Iterator<Item = String> {
    let vain = statement.resources.listed.iter().filter(|(text, _)| !may_match(text, account));
    vain.map(|(text, _)| format!("nothing in this vault matches the resource {text:?}"))
}

/// Compares part by part, up to the first `*`, which may stand for anything. The region of an ARN is that of the call, and functions
/// are those of any account.
fn may_match(resource: &str, account: &Account) -> bool {
    let of = |service, id, resource| ["arn", account.partition.as_str(), service, "?*", id, resource];
    let id = account.id.as_str();
    let known = [of("ssm", id, "parameter/"), of("secretsmanager", id, "secret:"), of("lambda", "?*", "function:")];
    known.iter().any(|known| {
        let mut fits = true;
        for (at, (part, known)) in resource.splitn(6, ':').zip(known).enumerate() {
            if at == 5 {
                let fixed = part.split(['*', '?', '$']).next().unwrap_or_default();
                return fits && (fixed.starts_with(known) || (known.starts_with(fixed) && fixed.len() < part.len()));
            }
            if part.contains(['*', '$']) {
                return fits;
            }
            let pattern = Pattern::parse(part, Syntax::Wildcards);
            let is_known = |pattern: Pattern| pattern.matches(known, &Context::default()) == Some(true);
            fits &= if *known == "?*" { !part.is_empty() } else { pattern.is_ok_and(is_known) };
        }
        resource.contains('*')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concerns(action: &str, resource: &str) -> usize {
        let account = Account { partition: "aws".into(), region: "eu-west-1".into(), id: "123456789012".into() };
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#
        );
        Policy::identity(&text).unwrap().concerns(&account).len()
    }

    #[test]
    fn only_what_can_never_matter_is_named() {
        for action in [
            "*",
            "ssm:*",
            "ssm:GetParameter",
            "SSM:getparam*",
            "secretsmanager:Get*",
            "*:Get*",
            "lambda:InvokeFunction",
        ] {
            assert_eq!(concerns(action, "*"), 0, "{action}");
        }
        for action in ["s3:GetObject", "kms:Decrypt", "ssm:GetParam", "ssm:SendCommand"] {
            assert_eq!(concerns(action, "*"), 1, "{action}");
        }
        for resource in [
            "arn:*",
            "arn:aws:ssm:*:*:parameter/shop/*",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/db",
            "arn:aws:ssm:eu-west-?:123456789012:*",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-??????",
            "arn:aws:secretsmanager:eu-west-1:123456789012:s*",
            "arn:aws:ssm:us-east-1:123456789012:parameter/shop/db",
            "arn:aws:lambda:us-east-1:999999999999:function:rotate-db",
        ] {
            assert_eq!(concerns("*", resource), 0, "{resource}");
        }
        for resource in [
            "arn:aws:s3:::bucket/*",
            "arn:aws:ssm::123456789012:parameter/shop/db",
            "arn:aws:lambda:us-east-1:123456789012:layer:x",
            "arn:aws:ssm:eu-west-1:999999999999:parameter/*",
            "arn:aws:ssm:eu-west-1:123456789012:document/x",
            "arn:aws:ssm:eu-west-1:123456789012:secret:x",
            "arn:aws:ssm",
        ] {
            assert_eq!(concerns("*", resource), 1, "{resource}");
        }
        let old =
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:ssm:*:*:parameter/${aws:username}"}}"#;
        let account = Account { partition: "aws".into(), region: "eu-west-1".into(), id: "123456789012".into() };
        assert_eq!(Policy::identity(old).unwrap().concerns(&account).len(), 1);
    }
}
