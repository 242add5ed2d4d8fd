//! What policies decide.

use proptest::prelude::*;

use super::*;

const ANA: &str = "arn:aws:iam::123456789012:user/ana";
const PARAMETER: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/prod/db";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-Ab12Cd";

fn identity(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Policy::identity(&text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn resource(statements: &str) -> Policy {
    Policy::resource(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
}

fn context() -> Context {
    let mut context = Context::default();
    context.set("aws:username", "ana");
    context.set("aws:SourceIp", "10.1.2.3");
    context.set("aws:CurrentTime", "2026-11-29T08:00:00Z");
    context.set("aws:PrincipalArn", ANA);
    context.set("ssm:Overwrite", "true");
    context.set("secretsmanager:RecoveryWindowInDays", "7");
    context.set("aws:ResourceTag/Team", "shop");
    context.set_many("aws:TagKeys", ["Team", "Cost"]);
    context
}

fn allows(policy: &Policy, action: &str, on: &str) -> bool {
    let context = context();
    decide(&Request { principal: ANA, action, resource: on, context: &context }, &[policy], None).is_allowed()
}

#[test]
fn actions_and_resources_are_matched_as_aws_does() {
    for (statement, action, on, expected) in [
        (r#""Action":"ssm:GetParameter","Resource":"*""#, "ssm:GetParameter", PARAMETER, true),
        (r#""Action":"ssm:GetParameter","Resource":"*""#, "ssm:GetParameters", PARAMETER, false),
        (r#""Action":"SSM:getparameter*","Resource":"*""#, "ssm:GetParametersByPath", PARAMETER, true),
        (r#""Action":["ssm:Put*","ssm:Get?arameter"],"Resource":"*""#, "ssm:GetParameter", PARAMETER, true),
        (r#""NotAction":"ssm:Put*","Resource":"*""#, "ssm:GetParameter", PARAMETER, true),
        (r#""NotAction":"ssm:*","Resource":"*""#, "ssm:GetParameter", PARAMETER, false),
        (r#""Action":"*","Resource":"arn:aws:ssm:*:*:parameter/shop/*""#, "ssm:GetParameter", PARAMETER, true),
        (r#""Action":"*","Resource":"arn:aws:ssm:*:*:parameter/Shop/*""#, "ssm:GetParameter", PARAMETER, false),
        (r#""Action":"*","Resource":"arn:aws:ssm:*:*:parameter/shop""#, "ssm:GetParameter", PARAMETER, false),
        (r#""Action":"*","NotResource":"arn:aws:ssm:*:*:parameter/shop/*""#, "ssm:GetParameter", PARAMETER, false),
        (r#""Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:shop/db-??????""#, "x:y", SECRET, true),
        (r#""Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:shop/db""#, "x:y", SECRET, false),
        (r#""Action":"*","Resource":"arn:*:${aws:username}""#, "x:y", "arn:x:ana", true),
        (r#""Action":"*","Resource":"arn:*${aws:PrincipalTag/team}""#, "x:y", PARAMETER, false),
        (r#""Action":"*","NotResource":"arn:*${aws:PrincipalTag/team}""#, "x:y", PARAMETER, false),
    ] {
        let policy = identity(&format!(r#"{{"Effect":"Allow",{statement}}}"#));
        assert_eq!(allows(&policy, action, on), expected, "{statement}");
    }
}

fn holds(condition: &str) -> bool {
    let policy = identity(&format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}"#));
    allows(&policy, "ssm:GetParameter", PARAMETER)
}

#[test]
fn conditions_hold_as_aws_says() {
    for condition in [
        r#""StringEquals":{"AWS:UserName":["bob","ana"]}"#,
        r#""StringEquals":{"aws:username":"${aws:username}"}"#,
        r#""StringNotEquals":{"aws:username":["bob","eve"]}"#,
        r#""StringNotEquals":{"aws:absent":"x"}"#,
        r#""StringEqualsIgnoreCase":{"aws:username":"ANA"}"#,
        r#""StringNotEqualsIgnoreCase":{"aws:username":"BOB"}"#,
        r#""StringLike":{"aws:username":"a?a*"}"#,
        r#""StringNotLike":{"aws:username":"b*"}"#,
        r#""StringEquals":{"aws:resourcetag/team":"shop"}"#,
        r#""StringEqualsIfExists":{"aws:absent":"x"}"#,
        r#""NumericEquals":{"secretsmanager:RecoveryWindowInDays":7}"#,
        r#""NumericNotEquals":{"secretsmanager:RecoveryWindowInDays":"8"}"#,
        r#""NumericLessThanEquals":{"secretsmanager:RecoveryWindowInDays":"7.0"}"#,
        r#""NumericGreaterThan":{"secretsmanager:RecoveryWindowInDays":6}"#,
        r#""NumericGreaterThanEquals":{"secretsmanager:RecoveryWindowInDays":7}"#,
        r#""DateGreaterThan":{"aws:CurrentTime":"2026-11-29"}"#,
        r#""DateLessThan":{"aws:CurrentTime":"2026-11-29T10:00:00+01:00"}"#,
        r#""DateLessThan":{"aws:CurrentTime":"2026-11-29t08:01z"}"#,
        r#""DateLessThan":{"aws:CurrentTime":"2026-11-29T08:00:00.5"}"#,
        r#""DateGreaterThan":{"aws:CurrentTime":"2026-11"}"#,
        r#""DateEquals":{"aws:CurrentTime":"1795939200"}"#,
        r#""DateNotEquals":{"aws:CurrentTime":"2026-11-30"}"#,
        r#""Bool":{"ssm:Overwrite":true}"#,
        r#""BinaryEquals":{"aws:username":"ana"}"#,
        r#""Null":{"aws:absent":"true","ssm:Overwrite":"false"}"#,
        r#""IpAddress":{"aws:SourceIp":["192.168.0.0/16","10.0.0.0/8"]}"#,
        r#""IpAddress":{"aws:SourceIp":"10.1.2.3"}"#,
        r#""NotIpAddress":{"aws:SourceIp":"192.168.0.0/16"}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}"#,
        r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/${aws:username}"}"#,
        r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
        r#""ForAllValues:StringEquals":{"aws:TagKeys":["Team","Cost","Owner"]}"#,
        r#""ForAllValues:StringEquals":{"aws:absent":"x"}"#,
        r#""ForAnyValue:StringLike":{"aws:TagKeys":"T*"}"#,
        r#""ForAnyValue:StringNotEquals":{"aws:TagKeys":"Team"}"#,
        r#""StringEquals":{"aws:TagKeys":"Cost"}"#,
        "",
    ] {
        assert!(holds(condition), "{condition}");
    }
    for condition in [
        r#""StringEquals":{"aws:username":"Ana"}"#,
        r#""StringEquals":{"aws:username":"a*"}"#,
        r#""StringEquals":{"aws:absent":"x"}"#,
        r#""StringEqualsIfExists":{"aws:username":"bob"}"#,
        r#""StringNotEquals":{"aws:username":["bob","ana"]}"#,
        r#""StringEquals":{"aws:username":"ana"},"Bool":{"ssm:Overwrite":"false"}"#,
        r#""StringEquals":{"aws:username":"ana","aws:absent":"x"}"#,
        r#""StringEquals":{"aws:username":"${aws:absent}"}"#,
        r#""StringNotEquals":{"aws:username":"${aws:absent}"}"#,
        r#""NumericLessThan":{"secretsmanager:RecoveryWindowInDays":7}"#,
        r#""NumericEquals":{"aws:username":7}"#,
        r#""DateLessThanEquals":{"aws:CurrentTime":"2026-11-29"}"#,
        r#""DateGreaterThanEquals":{"aws:CurrentTime":"2026-11-30"}"#,
        r#""Null":{"ssm:Overwrite":true}"#,
        r#""IpAddress":{"aws:SourceIp":"11.0.0.0/8"}"#,
        r#""IpAddress":{"aws:absent":"0.0.0.0/0"}"#,
        r#""NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam:*:user/ana"}"#,
        r#""ArnNotEquals":{"aws:PrincipalArn":"*"}"#,
        r#""ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}"#,
        r#""ForAllValues:StringNotEquals":{"aws:TagKeys":["Team"]}"#,
        r#""ForAnyValue:StringEquals":{"aws:absent":"x"}"#,
        r#""ForAnyValue:StringEquals":{"aws:TagKeys":"Owner"}"#,
        r#""StringNotEquals":{"aws:TagKeys":"Cost"}"#,
    ] {
        let condition = condition.replace("arn:aws:iam:*:user/ana", "arn:aws:iam:*:123456789012:role/*");
        assert!(!holds(&condition), "{condition}");
    }
}

#[test]
fn a_tag_does_not_stand_for_another_whose_key_differs_in_case() {
    let mut context = Context::default();
    context.set("aws:RequestTag/Env", "prod");
    context.set("aws:RequestTag/env", "dev");
    let pair = context.clone();
    let holds = |key: &str, value: &str| {
        let condition = format!(r#"{{"StringEquals":{{"{key}":"{value}"}}}}"#);
        let policy = identity(&format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#));
        decide(&Request { principal: ANA, action: "x:y", resource: SECRET, context: &pair }, &[&policy], None)
            .is_allowed()
    };
    assert!(holds("aws:RequestTag/Env", "prod") && holds("aws:RequestTag/env", "dev"));
    assert!(!holds("aws:RequestTag/Env", "dev") && !holds("aws:RequestTag/env", "prod"));
    context = Context::default();
    context.set("aws:username", "ana");
    let policy = identity(
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:*${AWS:UserName}","Condition":{"StringEquals":{"AWS:USERNAME":"ana"}}}"#,
    );
    let request = Request { principal: ANA, action: "x:y", resource: "arn:x:ana", context: &context };
    assert!(decide(&request, &[&policy], None).is_allowed(), "other keys are found in any letter case");
}

#[test]
fn a_denial_wins_and_where_in_doubt_it_denies() {
    let policy = identity(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},
           {"Sid":"NoWrites","Effect":"Deny","Action":"ssm:Put*","Resource":"*"},
           {"Effect":"Deny","Action":"ssm:Delete*","NotResource":"arn:*${aws:absent}"}"#,
    );
    assert!(allows(&policy, "ssm:GetParameter", PARAMETER));
    assert!(!allows(&policy, "ssm:PutParameter", PARAMETER) && !allows(&policy, "ssm:DeleteParameter", PARAMETER));
    assert_eq!(policy.sid(2), Some("NoWrites"));
    let context = context();
    let request = |action| Request { principal: ANA, action, resource: PARAMETER, context: &context };
    let Decision::Denied(denial) = decide(&request("ssm:PutParameter"), &[&policy], None) else { panic!() };
    assert_eq!(denial, Denial::Explicit(Source::Identity { policy: 0, statement: 2 }));
    assert_eq!(
        denial.message(&request("ssm:PutParameter")),
        format!(
            "User: {ANA} is not authorized to perform: ssm:PutParameter on resource: {PARAMETER} with an explicit deny in an identity-based policy"
        )
    );
    let nameless = Request { resource: "*", ..request("secretsmanager:ListSecrets") };
    assert_eq!(
        Denial::Implicit.message(&nameless),
        format!(
            "User: {ANA} is not authorized to perform: secretsmanager:ListSecrets because no identity-based policy allows the secretsmanager:ListSecrets action"
        )
    );
    let Decision::Denied(denial) = decide(&request("ssm:PutParameter"), &[], None) else { panic!() };
    assert!(denial.message(&request("ssm:PutParameter")).ends_with(&format!(
        "on resource: {PARAMETER} because no identity-based policy allows the ssm:PutParameter action"
    )));
}

#[test]
fn the_policy_of_a_resource_allows_and_denies_too() {
    let nothing = identity(r#"{"Effect":"Allow","Action":"x:y","Resource":"*"}"#);
    let everything = identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let context = context();
    let get = Request { principal: ANA, action: "secretsmanager:GetSecretValue", resource: SECRET, context: &context };
    let with = |effect: &str, principal: &str| {
        resource(&format!(
            r#"{{"Effect":"{effect}",{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#
        ))
    };
    for (principal, granted, denied) in [
        (r#""Principal":"*""#, true, true),
        (r#""Principal":{"AWS":"*"}"#, true, true),
        (r#""Principal":{"AWS":["arn:aws:iam::123456789012:user/ana"]}"#, true, true),
        (r#""Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}"#, false, false),
        (r#""Principal":{"AWS":"123456789012"}"#, false, true),
        (r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#, false, true),
        (r#""Principal":{"AWS":"arn:aws:iam::999999999999:root"}"#, false, false),
        (r#""Principal":{"Service":"lambda.amazonaws.com"}"#, false, false),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/ana"}"#, false, false),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/bob"}"#, true, true),
    ] {
        let allowing = decide(&get, &[&nothing], Some(&with("Allow", principal)));
        assert_eq!(allowing.is_allowed(), granted, "{principal}");
        let denying = decide(&get, &[&everything], Some(&with("Deny", principal)));
        assert_eq!(denying.is_allowed(), !denied, "{principal}");
        if let Decision::Denied(denial) = denying {
            assert!(denial.message(&get).ends_with("with an explicit deny in a resource-based policy"));
        }
    }
}

#[test]
fn a_role_means_its_sessions_too() {
    let context = context();
    let session = "arn:aws:sts::123456789012:assumed-role/vault/app";
    let get =
        Request { principal: session, action: "secretsmanager:GetSecretValue", resource: SECRET, context: &context };
    for (principal, granted) in [
        ("arn:aws:iam::123456789012:role/vault", true),
        ("arn:aws:iam::123456789012:role/of/some/vault", true),
        (session, true),
        ("arn:aws:iam::123456789012:role/vaul", false),
        ("arn:aws:iam::999999999999:role/vault", false),
        ("arn:aws:iam::123456789012:user/vault", false),
        ("arn:aws:sts::123456789012:assumed-role/vault/other", false),
    ] {
        let policy = resource(&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"*","Resource":"*"}}"#
        ));
        assert_eq!(decide(&get, &[], Some(&policy)).is_allowed(), granted, "{principal}");
    }
}

#[test]
fn what_is_no_policy_is_refused_with_its_place() {
    let statement =
        |text: &str| format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{text}]}}"#);
    let beside = |text: &str| statement(&format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*",{text}}}"#));
    for (text, expected) in [
        ("[]".to_owned(), "it is not a JSON object"),
        (r#"{"Statement":[]}"#.to_owned(), "it needs a Statement"),
        (r#"{"Version":"2012","Statement":{}}"#.to_owned(), "it needs a Version of 2012-10-17 or 2008-10-17"),
        (r#"{"Statement":{},"Owner":1}"#.to_owned(), "it has an unknown member \"Owner\""),
        (statement("1"), "statement 2 is not a JSON object"),
        (statement("{}"), "statement 2 needs an Effect of Allow or Deny"),
        (statement(r#"{"Effect":"allow"}"#), "statement 2 needs an Effect of Allow or Deny"),
        (beside(r#""Actions":"x:y""#), "statement 2 has an unknown member \"Actions\""),
        (beside(r#""NotAction":"x:y""#), "statement 2 has both Action and NotAction"),
        (beside(r#""Principal":"*""#), "statement 2 has a Principal, which an identity-based policy cannot have"),
        (beside(r#""Condition":[]"#), "statement 2 needs a Condition that is an object of operators"),
        (
            beside(r#""Condition":{"StringIs":{"a:b":"c"}}"#),
            "statement 2 has an unknown condition operator \"StringIs\"",
        ),
        (
            beside(r#""Condition":{"NullIfExists":{"a:b":"true"}}"#),
            "statement 2 has an unknown condition operator \"NullIfExists\"",
        ),
        (
            beside(r#""Condition":{"NumericEquals":{"a:b":"c"}}"#),
            "statement 2 has a condition NumericEquals on `a:b` that needs a number",
        ),
        (
            beside(r#""Condition":{"ArnLike":{"a:b":"arn:aws"}}"#),
            "statement 2 has a condition ArnLike on `a:b` that needs an ARN",
        ),
        (
            beside(r#""Condition":{"Bool":{"a:b":[]}}"#),
            "statement 2 has a condition Bool on `a:b` that needs a value or a list of values",
        ),
        (
            statement(r#"{"Effect":"Deny","Action":"GetParameter","Resource":"*"}"#),
            "statement 2 has an action \"GetParameter\" that is neither `*` nor of the form service:Action",
        ),
        (
            statement(r#"{"Effect":"Deny","Action":"*","Resource":"/shop"}"#),
            "statement 2 has a resource \"/shop\" that is neither `*` nor an ARN",
        ),
    ] {
        assert_eq!(Policy::identity(&text).map(drop).unwrap_err().to_string(), expected, "{text}");
    }
    let twice = r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}"#;
    assert!(Policy::identity(twice).unwrap_err().to_string().contains("given twice"));
    let long = "x".repeat(IDENTITY_POLICY_LIMIT + 1);
    assert_eq!(Policy::identity(&long).unwrap_err().to_string(), "it has 10241 bytes, and at most 10240 are allowed");
    let old = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:${aws:username}"}}"#;
    assert!(
        allows(&Policy::identity(old).unwrap(), "a:b", "arn:${aws:username}"),
        "the older version has no variables"
    );
}

fn statement(effect: &'static str) -> impl Strategy<Value = String> {
    let condition = prop::sample::select(vec![
        "{}",
        r#"{"StringEquals":{"aws:username":"ana"}}"#,
        r#"{"StringNotEquals":{"aws:username":"${aws:absent}"}}"#,
        r#"{"Bool":{"ssm:Overwrite":"false"}}"#,
    ]);
    let names = ("(Not)?", "[xy*?]{1,2}", "(Not)?", "[ab*?]{0,2}", condition);
    names.prop_map(move |(not_action, action, not_resource, resource, condition)| {
        format!(
            r#"{{"Effect":"{effect}","{not_action}Action":"s:{action}","{not_resource}Resource":"arn:{resource}","Condition":{condition}}}"#
        )
    })
}

proptest! {
    #[test]
    fn more_denials_never_allow_and_more_permissions_never_deny(
        statements in prop::collection::vec(prop_oneof![statement("Allow"), statement("Deny")], 1..4),
        allow in statement("Allow"),
        deny in statement("Deny"),
        action in "[xy]{1,2}",
        resource in "[ab]{0,2}",
    ) {
        let with = |more: &str| {
            let mut all = statements.clone();
            all.push(more.to_owned());
            allows(&identity(&all.join(",")), &format!("s:{action}"), &format!("arn:{resource}"))
        };
        let without = allows(&identity(&statements.join(",")), &format!("s:{action}"), &format!("arn:{resource}"));
        prop_assert!(without || !with(&deny));
        prop_assert!(!without || with(&allow));
    }
}
