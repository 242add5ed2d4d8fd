//! Every error of the service, with its code, its text and the member that has the text (parameter-store §15).

use serde_json::{Value, json};

use super::Store;

const FORM: &str = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of \
                    sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following \
                    3 symbols .-_";

fn check(store: &Store, cases: &[(&str, Value, &str, &str)]) {
    for (operation, body, code, text) in cases {
        let mut expected = json!({ "__type": code });
        let capital = [
            "InvalidFilterValue",
            "InvalidNextToken",
            "SerializationException",
            "ServiceSettingNotFound",
            "TooManyUpdates",
        ];
        let is_capital = capital.contains(code) || code.starts_with("ResourcePolicy");
        if !text.is_empty() {
            expected[if is_capital { "Message" } else { "message" }] = json!(text);
        }
        assert_eq!(store.error(operation, body), expected, "{operation} {body}");
    }
}

fn put(mut members: Value) -> Value {
    for (name, value) in [("Name", "/new"), ("Value", "v"), ("Type", "String")] {
        if members.get(name).is_none() {
            members[name] = json!(value);
        }
    }
    members
}

const VALIDATION: &str = "ValidationException";
const PUT: &str = "PutParameter";

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_a_put_refuses() {
    let store = Store::new();
    store.put("/old", "v");
    store.ok(PUT, &json!({ "Name": "/large", "Value": "v", "Type": "String", "Tier": "Advanced" }));
    store.ok(PUT, &json!({ "Name": "/pattern", "Value": "7", "Type": "String", "AllowedPattern": "[0-9]+" }));
    let one = "1 validation error detected: ";
    let not = "failed to satisfy constraint: Member must";
    let tags = json!([{ "Key": "a", "Value": "b" }]);
    let deep = "/a".repeat(16);
    let code = |body: &Value| store.error(PUT, body)["__type"].as_str().unwrap().to_owned();
    check(
        &store,
        &[
            (
                PUT,
                json!({ "Name": "/old", "Value": "v", "Type": "String" }),
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
            ),
            (
                PUT,
                json!({ "Name": "/new", "Value": "v" }),
                VALIDATION,
                "A parameter type is required when you create a parameter.",
            ),
            (
                PUT,
                put(json!({ "Tags": tags, "Overwrite": true })),
                VALIDATION,
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. \
             To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
            ),
            (
                PUT,
                put(json!({ "Value": "" })),
                VALIDATION,
                &format!("{one}Value at 'value' {not} have length greater than or equal to 1"),
            ),
            (
                PUT,
                put(json!({ "Value": "x".repeat(32_769) })),
                VALIDATION,
                &format!("{one}Value at 'value' {not} have length less than or equal to 32768"),
            ),
            (
                PUT,
                put(json!({ "Type": "str" })),
                VALIDATION,
                &format!("{one}Value 'str' at 'type' {not} satisfy enum value set: [SecureString, StringList, String]"),
            ),
            (
                PUT,
                put(json!({ "Tier": "Huge", "KeyId": "a b" })),
                VALIDATION,
                &format!(
                    "2 validation errors detected: Value 'Huge' at 'tier' {not} satisfy enum value set: [Standard, Advanced, \
                Intelligent-Tiering]; Value 'a b' at 'keyId' {not} satisfy regular expression pattern: ^([a-zA-Z0-9:/_-]+)$"
                ),
            ),
            (
                PUT,
                json!({ "Value": "v", "Type": "String" }),
                VALIDATION,
                &format!("{one}Value null at 'name' {not} not be null"),
            ),
            (PUT, put(json!({ "Name": "a/b" })), VALIDATION, "Parameter name must be a fully qualified name."),
            (PUT, put(json!({ "Name": "C:/a b/c" })), VALIDATION, "Parameter name must be a fully qualified name."),
            (PUT, put(json!({ "Name": "/a/b/" })), VALIDATION, "Parameter name must not end with slash."),
            (PUT, put(json!({ "Name": "/a//b" })), VALIDATION, FORM),
            (PUT, put(json!({ "Name": "/a b" })), VALIDATION, FORM),
            (
                PUT,
                put(json!({ "Name": "arn:aws:ssm:us-east-1:123456789012:parameter/a" })),
                VALIDATION,
                "Parameter name must be a fully qualified name.",
            ),
            (
                PUT,
                put(json!({ "Name": "AwsFoo" })),
                VALIDATION,
                "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).",
            ),
            (PUT, put(json!({ "Name": "/ssm/x" })), VALIDATION, FORM),
            (
                PUT,
                put(json!({ "Name": "/aws/service/x" })),
                "AccessDeniedException",
                "No access to reserved parameter name: aws/service/x.",
            ),
            (
                PUT,
                put(json!({ "Name": deep })),
                "HierarchyLevelLimitExceededException",
                "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names \
             in the AWS Systems Manager User Guide.",
            ),
            (
                PUT,
                put(json!({ "Name": "x".repeat(980) })),
                VALIDATION,
                "Parameter name: the maximum length is 1011 characters, counted with the beginning of its ARN.",
            ),
            (
                PUT,
                put(json!({ "Value": "x".repeat(4097) })),
                VALIDATION,
                "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade \
             the parameter to use the advanced-parameter tier. For more information, see \
             https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
            ),
            (
                PUT,
                put(json!({ "Value": "x".repeat(8193), "Tier": "Advanced" })),
                VALIDATION,
                "The specified parameter value is too large. Advanced-tier parameters support a maximum parameter value of 8192 characters.",
            ),
            (
                PUT,
                json!({ "Name": "/large", "Value": "v", "Tier": "Standard", "Overwrite": true }),
                VALIDATION,
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the \
             standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be \
             aware that standard parameters have a value limit of 4096 characters.",
            ),
            (
                PUT,
                put(json!({ "DataType": "TEXT" })),
                VALIDATION,
                "The following data type is not supported: TEXT (Data type names are all lowercase.)",
            ),
            (
                PUT,
                put(json!({ "Value": "{{ssm:x}}" })),
                VALIDATION,
                "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
            ),
            (
                PUT,
                put(json!({ "DataType": "aws:ec2:image", "Type": "StringList", "Value": "ami-12345678" })),
                VALIDATION,
                "The aws:ec2:image data type is not supported for the following input type: StringList",
            ),
            (
                PUT,
                put(json!({ "Tags": [{ "Key": "a", "Value": "b" }, { "Key": "a?", "Value": "b" }] })),
                VALIDATION,
                &format!(
                    "{one}Value at 'tags.2.member.key' {not} satisfy regular expression pattern: ^([\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]*)$"
                ),
            ),
            (
                PUT,
                json!({ "Name": "/pattern", "Value": "x", "Overwrite": true }),
                "ParameterPatternMismatchException",
                "Parameter value, cannot be validated against allowedPattern: [0-9]+",
            ),
        ],
    );
    assert_eq!(code(&put(json!({ "AllowedPattern": "[" }))), "InvalidAllowedPatternException");
    let secret = store.error(PUT, &put(json!({ "Value": "hunter2", "DataType": "integer" }))).to_string();
    assert!(!secret.contains("hunter2"), "{secret}");
}

#[test]
fn which_policies_are_refused() {
    let store = Store::new();
    let policy = |kind: &str, attributes: Value| json!({ "Type": kind, "Version": "1.0", "Attributes": attributes });
    let expires = |year: u32| policy("Expiration", json!({ "Timestamp": format!("{year}-01-31T00:00:00.000Z") }));
    let unchanged = |after: &str, unit: &str| policy("NoChangeNotification", json!({ "After": after, "Unit": unit }));
    let before = policy("ExpirationNotification", json!({ "Before": "1", "Unit": "Days" }));
    let many: Vec<Value> = (1..=11).map(|days| unchanged(&days.to_string(), "Days")).collect();
    let (attribute, together) = ("InvalidPolicyAttributeException", "IncompatiblePolicyException");
    let cases = [
        (json!("nonsense"), attribute, "Invalid policies input"),
        (json!(many), "PoliciesLimitExceededException", "Number of policies attached to a parameter cannot exceed 10"),
        (json!([policy("Renewal", json!({}))]), "InvalidPolicyTypeException", "Policy type Renewal is not supported."),
        (json!([{ "Type": "Expiration", "Version": "2.0" }]), attribute, "Unsupported policy version."),
        (
            json!([{ "Type": "Expiration", "Version": "1.0" }]),
            attribute,
            "Mandatory policy attribute Attributes is missing.",
        ),
        (
            json!([policy("Expiration", json!({}))]),
            attribute,
            "A valid Expiration policy must have an attribute of Timestamp.",
        ),
        (json!([policy("Expiration", json!({ "Timestamp": "soon" }))]), attribute, "Invalid timestamp format"),
        (
            json!([policy("NoChangeNotification", json!({ "Unit": "Days" }))]),
            attribute,
            "Mandatory policy attribute After is missing.",
        ),
        (json!([unchanged("0", "Days")]), attribute, "Attribute After must be a positive integer."),
        (json!([unchanged("1", "Weeks")]), attribute, "Supported time units: DAYS HOURS"),
        (json!([expires(2100), expires(2101)]), together, "There can be only one expiration policy"),
        (json!([before]), together, "Expiration notification policies are missing expiration policy"),
    ];
    let with = |policies: &Value, tier: &str| put(json!({ "Policies": policies.to_string(), "Tier": tier }));
    let cases = cases.map(|(policies, code, text)| (PUT, with(&policies, "Advanced"), code, text));
    check(&store, &cases);
    let standard = "You can't assign parameter policies to a standard-parameter tier.";
    check(&store, &[(PUT, with(&json!([expires(2100)]), "Standard"), VALIDATION, standard)]);
    store.ok(PUT, &with(&json!([unchanged("20", "DAYS")]), "Advanced"));
}

#[test]
fn a_key_that_there_is_not_is_named_as_its_service_does() {
    let store = Store::new();
    store.put("/a", "1");
    let read = store.ok("GetParameter", &json!({ "Name": "/a" }));
    let account = read["Parameter"]["ARN"].as_str().unwrap().split(':').nth(4).unwrap().to_owned();
    for (key, what) in [
        ("alias/None", format!("Alias arn:aws:kms:us-east-1:{account}:alias/None is not found.")),
        ("alias/none", format!("Alias arn:aws:kms:us-east-1:{account}:alias/none is not found.")),
        ("none", format!("Key 'arn:aws:kms:us-east-1:{account}:key/none' does not exist")),
        ("arn:aws:kms:us-east-1:1:key/none", format!("Key 'arn:aws:kms:us-east-1:{account}:key/none' does not exist")),
    ] {
        let error = store.error(PUT, &put(json!({ "KeyId": key, "Type": "SecureString" })));
        let text = error["message"].as_str().unwrap();
        let (said, rest) =
            text.split_once(" (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; ").unwrap();
        assert_eq!((&error["__type"], said), (&json!("InvalidKeyId"), &*what));
        assert!(rest.starts_with("Request ID: ") && rest.ends_with("; Proxy: null)"), "{text}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_reads_deletes_labels_and_tags_refuse() {
    let store = Store::new();
    store.put("/a", "1");
    let version = |version: &str| {
        format!("Systems Manager could not find version {version} of /a. Verify the version and try again.")
    };
    let must = "failed to satisfy constraint: Member must";
    let eleven: Vec<String> = (1..=11).map(|n| format!("/{n}")).collect();
    let ten: Vec<String> = (1..=10).map(|n| format!("l{n}")).collect();
    store.ok("LabelParameterVersion", &json!({ "Name": "/a", "Labels": ten }));
    let eleven_labels: Vec<String> = (1..=11).map(|n| format!("m{n}")).collect();
    let syntax =
        "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>";
    check(
        &store,
        &[
            ("GetParameter", json!({ "Name": "/none" }), "ParameterNotFound", ""),
            ("GetParameter", json!({ "Name": "/aws/service/none" }), "ParameterNotFound", ""),
            ("GetParameter", json!({ "Name": "/a:2" }), "ParameterVersionNotFound", &version("2")),
            ("GetParameter", json!({ "Name": "/a:none" }), "ParameterVersionNotFound", &version("none")),
            ("GetParameter", json!({ "Name": "/a:1:2" }), VALIDATION, syntax),
            ("GetParameter", json!({ "Name": "/a//b" }), VALIDATION, FORM),
            (
                "GetParameter",
                json!({ "Name": "/aws/reference/secretsmanager/x" }),
                VALIDATION,
                "WithDecryption flag must be True for retrieving a Secret Manager secret.",
            ),
            (
                "GetParameter",
                json!({ "Name": "/aws/reference/secretsmanager/x", "WithDecryption": true }),
                "ParameterNotFound",
                "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/xnull not found.",
            ),
            (
                "GetParameter",
                json!({ "Name": "/aws/reference/secretsmanager/x:LIVE", "WithDecryption": true }),
                "ParameterNotFound",
                "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/x:LIVE not found.",
            ),
            ("GetParameter", json!({ "Name": "/aws/reference/secretsmanager/x:" }), VALIDATION, syntax),
            (
                "GetParameter",
                json!({ "Name": "/aws/reference/secretsmanager/arn:aws:secretsmanager:us-east-1:1:secret:x" }),
                VALIDATION,
                syntax,
            ),
            (
                "GetParameters",
                json!({ "Names": eleven }),
                VALIDATION,
                &format!(
                    "1 validation error detected: Value '[{}]' at 'names' {must} have length less than or equal to 10",
                    eleven.join(", ")
                ),
            ),
            (
                "GetParametersByPath",
                json!({ "Path": "a" }),
                VALIDATION,
                "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It \
             can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: \
             . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the \
             forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.",
            ),
            (
                "GetParametersByPath",
                json!({ "Path": "/", "MaxResults": 11 }),
                VALIDATION,
                &format!(
                    "1 validation error detected: Value '11' at 'maxResults' {must} have value less than or equal to 10"
                ),
            ),
            ("GetParametersByPath", json!({ "Path": "/", "NextToken": "x" }), "InvalidNextToken", ""),
            ("GetParameterHistory", json!({ "Name": "/none" }), "ParameterNotFound", ""),
            ("GetParameterHistory", json!({ "Name": "/a", "NextToken": "x" }), "InvalidNextToken", ""),
            ("DeleteParameter", json!({ "Name": "/none" }), "ParameterNotFound", ""),
            ("DeleteParameter", json!({ "Name": "/a:1" }), VALIDATION, FORM),
            ("LabelParameterVersion", json!({ "Name": "/none", "Labels": ["x"] }), "ParameterNotFound", ""),
            (
                "LabelParameterVersion",
                json!({ "Name": "/a", "Labels": ["x"], "ParameterVersion": 9 }),
                "ParameterVersionNotFound",
                &version("9"),
            ),
            (
                "LabelParameterVersion",
                json!({ "Name": "/a", "Labels": eleven_labels }),
                "ParameterVersionLabelLimitExceeded",
                "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.",
            ),
            (
                "LabelParameterVersion",
                json!({ "Name": "/a", "Labels": ["eleventh"] }),
                "ParameterVersionLabelLimitExceeded",
                "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.",
            ),
            (
                "LabelParameterVersion",
                json!({ "Name": "/a", "Labels": ["x".repeat(101)] }),
                VALIDATION,
                &format!(
                    "1 validation error detected: Value '[{}]' at 'labels' {must} satisfy constraint: [Member must have length less than \
                or equal to 100, Member must have length greater than or equal to 1]",
                    "x".repeat(101)
                ),
            ),
            (
                "UnlabelParameterVersion",
                json!({ "Name": "/a", "Labels": ["x"], "ParameterVersion": 9 }),
                "ParameterVersionNotFound",
                &version("9"),
            ),
            (
                "UnlabelParameterVersion",
                json!({ "Name": "/a", "Labels": ["x"] }),
                VALIDATION,
                &format!("1 validation error detected: Value null at 'parameterVersion' {must} not be null"),
            ),
            (
                "AddTagsToResource",
                json!({ "ResourceType": "Document", "ResourceId": "/a", "Tags": [] }),
                "InvalidResourceType",
                "",
            ),
            (
                "AddTagsToResource",
                json!({ "ResourceType": "Parameter", "ResourceId": "/none", "Tags": [] }),
                "InvalidResourceId",
                "",
            ),
            (
                "RemoveTagsFromResource",
                json!({ "ResourceType": "Parameter", "ResourceId": "/none", "TagKeys": ["k"] }),
                "InvalidResourceId",
                "",
            ),
            (
                "ListTagsForResource",
                json!({ "ResourceType": "Parameter", "ResourceId": "a b" }),
                "InvalidResourceId",
                "",
            ),
            (
                "AddTagsToResource",
                json!({ "ResourceType": "Parameter", "ResourceId": "/a",
            "Tags": (0..51).map(|n| json!({ "Key": format!("k{n}"), "Value": "" })).collect::<Vec<_>>() }),
                "TooManyTagsError",
                "",
            ),
            (
                "GetServiceSetting",
                json!({ "SettingId": "/ssm/none" }),
                "ServiceSettingNotFound",
                "Setting /ssm/none not found.",
            ),
            (
                "UpdateServiceSetting",
                json!({ "SettingId": "/ssm/parameter-store/high-throughput-enabled", "SettingValue": "maybe" }),
                VALIDATION,
                "Invalid setting value, allowed value pattern: true|false",
            ),
            (
                "PutResourcePolicy",
                json!({ "ResourceArn": "arn:aws:ssm:us-east-1:123456789012:parameter/a", "Policy": "{}" }),
                "ResourcePolicyInvalidParameterException",
                "Parameters of this vault cannot be shared with other accounts.",
            ),
            ("GetDocument", json!({}), "UnknownOperationException", ""),
            (
                "GetParameter",
                json!({ "Name": 3 }),
                "SerializationException",
                "NUMBER_VALUE can not be converted to a String",
            ),
        ],
    );
}

#[test]
fn what_filters_refuse() {
    let store = Store::new();
    let filter = |filter: Value| json!({ "ParameterFilters": [filter] });
    let below = |filter: Value| json!({ "Path": "/", "ParameterFilters": [filter] });
    let describe = "DescribeParameters";
    check(
        &store,
        &[
            (
                describe,
                filter(json!({ "Key": "Label", "Values": ["x"] })),
                "InvalidFilterKey",
                "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].",
            ),
            (
                "GetParametersByPath",
                below(json!({ "Key": "Name", "Values": ["x"] })),
                "InvalidFilterKey",
                "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].",
            ),
            (
                describe,
                filter(json!({ "Key": "Name", "Option": "Like", "Values": ["x"] })),
                "InvalidFilterOption",
                "The following filter option is not valid: Like. Valid options include: [BeginsWith, Equals].",
            ),
            (
                describe,
                filter(json!({ "Key": "Path", "Option": "Equals", "Values": ["/x"] })),
                "InvalidFilterOption",
                "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].",
            ),
            (
                describe,
                filter(json!({ "Key": "Type", "Values": ["Text"] })),
                "InvalidFilterValue",
                "The following filter value is not valid: Text. Valid values include: [String, StringList, SecureString].",
            ),
            (
                describe,
                filter(json!({ "Key": "Name" })),
                "InvalidFilterValue",
                "The following filter values are missing : null for filter key Name.",
            ),
            (
                describe,
                filter(json!({ "Key": "Name", "Values": ["aws-x"] })),
                VALIDATION,
                "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When using global parameters, \
             please specify within a global namespace.",
            ),
            (
                describe,
                filter(json!({ "Values": ["x"] })),
                VALIDATION,
                "1 validation error detected: Value null at 'parameterFilters.1.member.key' failed to satisfy constraint: Member must not be \
             null",
            ),
            (
                describe,
                filter(json!({ "Key": "Owner", "Values": ["x"] })),
                VALIDATION,
                "1 validation error detected: Value 'Owner' at 'parameterFilters.1.member.key' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType",
            ),
            (
                describe,
                json!({ "ParameterFilters": [{ "Key": "Name", "Values": ["x"] }, { "Key": "Name", "Values": ["y"] }] }),
                "InvalidFilterKey",
                "The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.",
            ),
            (
                describe,
                json!({ "Filters": [{ "Key": "Name", "Values": ["x"] }], "ParameterFilters": [{ "Key": "Name", "Values": ["y"] }] }),
                VALIDATION,
                "You can use either Filters or ParameterFilters in a single request.",
            ),
            (
                describe,
                json!({ "Filters": [{ "Key": "Path", "Values": ["/x"] }] }),
                VALIDATION,
                "1 validation error detected: Value 'Path' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum \
             value set: [Type, KeyId, Name]",
            ),
            (
                describe,
                json!({ "MaxResults": 51 }),
                VALIDATION,
                "1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or \
             equal to 50",
            ),
        ],
    );
}

#[test]
fn the_oldest_of_a_hundred_versions_stays_if_it_has_a_label() {
    let store = Store::new();
    store.put("/a", "1");
    store.ok("LabelParameterVersion", &json!({ "Name": "/a", "Labels": ["first"] }));
    for n in 2..=100 {
        assert_eq!(store.put("/a", &n.to_string()), json!({ "Version": n, "Tier": "Standard" }));
    }
    check(
        &store,
        &[(
            PUT,
            json!({ "Name": "/a", "Value": "v", "Overwrite": true }),
            "ParameterMaxVersionLimitExceeded",
            "You attempted to create a new version of /a by calling the PutParameter API with the overwrite flag. Version 1, the oldest \
         version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and \
         try again.",
        )],
    );
    store.ok("LabelParameterVersion", &json!({ "Name": "/a", "Labels": ["first"], "ParameterVersion": 100 }));
    assert_eq!(store.put("/a", "101")["Version"], 101);
    let page = store.ok("GetParameterHistory", &json!({ "Name": "/a" }));
    assert_eq!((page["Parameters"][0]["Version"].as_u64(), super::names(&page).len()), (Some(2), 50));
}

#[test]
fn a_document_that_does_not_verify_is_a_fault_of_the_vault() {
    let store = Store::new();
    for name in ["/a", "/b"] {
        store.put(name, "hunter2");
    }
    let changed = store.sandbox.read("params/a.yaml").replace("hunter2", "hunter3");
    store.sandbox.write("params/a.yaml", changed);
    for (operation, body) in
        [("GetParameter", json!({ "Name": "/a" })), ("GetParametersByPath", json!({ "Path": "/" }))]
    {
        let (status, answer) = store.server.call(&format!("AmazonSSM.{operation}"), &body);
        assert_eq!((status, &answer["__type"]), (500, &json!("InternalServerError")), "{answer}");
        assert!(!answer["Message"].as_str().unwrap().contains("hunter"), "{answer}");
    }
    assert_eq!(store.ok("GetParameter", &json!({ "Name": "/b" }))["Parameter"]["Value"], "hunter2");
}
