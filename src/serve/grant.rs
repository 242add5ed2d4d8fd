//! What a session may do that this process issues to a program: policies, limited to some names.

use serde_json::{Value, json};

/// Calls that read parameters.
const READ_PARAMETERS: [&str; 4] =
    ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory", "ssm:ListTagsForResource"];
/// Calls that change parameters.
const WRITE_PARAMETERS: [&str; 7] = [
    "ssm:PutParameter",
    "ssm:DeleteParameter",
    "ssm:DeleteParameters",
    "ssm:LabelParameterVersion",
    "ssm:UnlabelParameterVersion",
    "ssm:AddTagsToResource",
    "ssm:RemoveTagsFromResource",
];
/// Calls that read secrets.
const READ_SECRETS: [&str; 4] = [
    "secretsmanager:GetSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:GetResourcePolicy",
];
/// Calls that change secrets.
const WRITE_SECRETS: [&str; 8] = [
    "secretsmanager:CreateSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:DeleteSecret",
    "secretsmanager:RestoreSecret",
];
/// What a rotation function does with its own secret.
const ROTATE: [&str; 4] = [
    "secretsmanager:GetSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
];
/// Calls that reach no document.
const HARMLESS: [&str; 2] = ["secretsmanager:GetRandomPassword", "secretsmanager:BatchGetSecretValue"];

/// What a program may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    pub parameters: Vec<String>,
    /// Paths, with everything below them.
    pub paths: Vec<String>,
    pub secrets: Vec<String>,
    /// Whether it may change them too.
    pub writes: bool,
}

impl Grant {
    pub(crate) fn policy(&self) -> String {
        let parameter = |name: &str| format!("arn:aws:ssm:*:*:parameter/{}", name.trim_matches('/'));
        let below = |path: &String| match path.trim_matches('/') {
            "" => vec![parameter("*")],
            path => vec![parameter(path), format!("{}/", parameter(path)), format!("{}/*", parameter(path))],
        };
        // Only a path may be listed: what is below a parameter was not named.
        let parameters: Vec<String> = self.parameters.iter().map(|name| parameter(name)).collect();
        let secret = |name: &String| {
            let arn = format!("arn:aws:secretsmanager:*:*:secret:{name}");
            // One that does not exist yet is asked for by its name alone.
            [format!("{arn}-??????"), arn]
        };
        let secrets: Vec<String> = self.secrets.iter().flat_map(secret).collect();
        let calls = |read: &[&'static str], write: &[&'static str]| -> Vec<&'static str> {
            read.iter().chain(write.iter().filter(|_| self.writes)).copied().collect()
        };
        let paths: Vec<String> = self.paths.iter().flat_map(below).collect();
        let statements = [
            statement(&["ssm:GetParametersByPath"], &paths),
            statement(&calls(&READ_PARAMETERS, &WRITE_PARAMETERS), &[parameters, paths].concat()),
            statement(&calls(&READ_SECRETS, &WRITE_SECRETS), &secrets),
            statement(&HARMLESS, &["*".to_owned()]),
        ];
        document(statements)
    }
}

/// The policy of a rotation function: its own secret, and the value of the administrator's.
pub(crate) fn of_function(secret: &str, admin: Option<&str>) -> String {
    let own = statement(&ROTATE, &[secret.to_owned()]);
    let admin: Vec<String> = admin.into_iter().map(str::to_owned).collect();
    document([own, statement(&READ_SECRETS[..2], &admin), statement(&HARMLESS[..1], &["*".to_owned()])])
}

fn statement(actions: &[&str], resources: &[String]) -> Option<Value> {
    (!resources.is_empty()).then(|| json!({ "Effect": "Allow", "Action": actions, "Resource": resources }))
}

fn document<const COUNT: usize>(statements: [Option<Value>; COUNT]) -> String {
    let statements: Vec<Value> = statements.into_iter().flatten().collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::iam::{Context, Decision, Policy, Request, decide};

    fn allows(policy: &str, action: &str, resource: &str) -> bool {
        let policy = Policy::identity(policy).unwrap();
        let context = Context::default();
        let request = Request { principal: "arn:aws:iam::1:user/app", action, resource, context: &context };
        matches!(decide(&request, &[&policy], None), Decision::Allowed { .. })
    }

    #[test]
    fn a_program_reaches_what_was_named() {
        let grant = Grant { paths: vec!["/shop/dev".into()], secrets: vec!["prod/db".into()], ..Grant::default() };
        let policy = grant.policy();
        let arn = |name: &str| format!("arn:aws:ssm:us-east-1:1:parameter{name}");
        for good in ["/shop/dev", "/shop/dev/", "/shop/dev/db/password"] {
            assert!(allows(&policy, "ssm:GetParametersByPath", &arn(good)), "{good}");
        }
        for bad in ["/shop", "/shop/devil", "/shop/devil/x", "/"] {
            assert!(!allows(&policy, "ssm:GetParameter", &arn(bad)), "{bad}");
        }
        let secret = "arn:aws:secretsmanager:us-east-1:1:secret:prod/db";
        assert!(allows(&policy, "secretsmanager:GetSecretValue", &format!("{secret}-Ab12Cd")));
        assert!(!allows(&policy, "secretsmanager:GetSecretValue", &format!("{secret}-admin-Ab12Cd")));
        assert!(!allows(&policy, "secretsmanager:PutSecretValue", &format!("{secret}-Ab12Cd")));
        assert!(!allows(&policy, "ssm:PutParameter", &arn("/shop/dev/x")));
        let named = Grant { parameters: vec!["/shop/dev".into()], ..Grant::default() }.policy();
        assert!(allows(&named, "ssm:GetParameter", &arn("/shop/dev")));
        assert!(!allows(&named, "ssm:GetParametersByPath", &arn("/shop/dev")), "what is below it was not named");
        let writing = Grant { writes: true, ..grant }.policy();
        assert!(allows(&writing, "ssm:PutParameter", &arn("/shop/dev/x")));
    }

    #[test]
    fn a_function_reaches_its_secret_and_reads_the_administrators() {
        let (own, admin) = ("arn:aws:secretsmanager:r:1:secret:a-Ab12Cd", "arn:aws:secretsmanager:r:1:secret:b-Ab12Cd");
        let policy = of_function(own, Some(admin));
        for (action, on_own, on_admin) in
            [("GetSecretValue", true, true), ("PutSecretValue", true, false), ("DeleteSecret", false, false)]
        {
            let action = format!("secretsmanager:{action}");
            assert_eq!(
                (allows(&policy, &action, own), allows(&policy, &action, admin)),
                (on_own, on_admin),
                "{action}"
            );
        }
        assert!(allows(&policy, "secretsmanager:GetRandomPassword", "*"));
    }
}
