//! What a client sees from the first put to the deletion.

use serde_json::{Value, json};

use super::{Store, members};

#[test]
fn a_parameter_from_creation_to_deletion() {
    let store = Store::new();
    let put = json!({ "Name": "/app/key", "Value": "hunter2", "Type": "SecureString", "Description": "of the shop",
        "Tags": [{ "Key": "team", "Value": "payments" }] });
    assert_eq!(store.ok("PutParameter", &put), json!({ "Version": 1, "Tier": "Standard" }));
    let read = store.ok("GetParameter", &json!({ "Name": "/app/key", "WithDecryption": true }));
    let shown = &read["Parameter"];
    let arn = shown["ARN"].as_str().unwrap();
    let account = arn.split(':').nth(4).unwrap();
    assert_eq!(arn, format!("arn:aws:ssm:us-east-1:{account}:parameter/app/key"));
    let now = shown["LastModifiedDate"].as_f64().unwrap();
    assert_eq!(
        *shown,
        json!({ "Name": "/app/key", "Type": "SecureString", "Value": "hunter2", "Version": 1, "LastModifiedDate": now,
            "ARN": arn, "DataType": "text" })
    );
    let sealed = store.ok("GetParameter", &json!({ "Name": "/app/key" }))["Parameter"]["Value"].clone();
    assert_eq!(sealed, store.ok("GetParameter", &json!({ "Name": arn }))["Parameter"]["Value"]);
    assert!(!sealed.as_str().unwrap().contains("hunter2") && sealed.as_str().unwrap().len() == 44, "{sealed}");
    // Another type by the client's word, and everything else inherited.
    let put = json!({ "Name": "/app/key", "Value": "a,b", "Type": "StringList", "Overwrite": true });
    assert_eq!(store.ok("PutParameter", &put)["Version"], 2);
    let label = json!({ "Name": "/app/key", "ParameterVersion": 1, "Labels": ["live", "1st", "awsx"] });
    assert_eq!(
        store.ok("LabelParameterVersion", &label),
        json!({ "InvalidLabels": ["1st", "awsx"], "ParameterVersion": 1 })
    );
    let versions = json!({ "Names": ["/app/key:live", "/app/key:2", "/app/key:3", "/none"], "WithDecryption": true });
    let found = store.ok("GetParameters", &versions);
    assert_eq!(found["InvalidParameters"], json!(["/app/key:3", "/none"]));
    let shown: Vec<Value> =
        found["Parameters"].as_array().unwrap().iter().map(|it| members(it, &["Value", "Selector"])).collect();
    let expected = json!([{ "Value": "a,b", "Selector": ":2" }, { "Value": "hunter2", "Selector": ":live" }]);
    assert_eq!(json!(shown), expected);
    let history = store.ok("GetParameterHistory", &json!({ "Name": "/app/key" }));
    let first = &history["Parameters"][0];
    let user = first["LastModifiedUser"].as_str().unwrap();
    assert!(user.starts_with(&format!("arn:aws:iam::{account}:user/")), "{user}");
    assert_eq!(
        *first,
        json!({ "Name": "/app/key", "Type": "SecureString", "Value": sealed, "Version": 1, "KeyId": "alias/aws/ssm",
            "LastModifiedDate": now, "LastModifiedUser": user, "Description": "of the shop", "Labels": ["live"],
            "Tier": "Standard", "Policies": [], "DataType": "text" })
    );
    let described =
        store.ok("DescribeParameters", &json!({ "ParameterFilters": [{ "Key": "tag:team", "Values": ["payments"] }] }));
    let latest = &history["Parameters"][1];
    assert_eq!(
        described,
        json!({ "Parameters": [{ "Name": "/app/key", "ARN": arn, "Type": "StringList", "LastModifiedUser": user, "Version": 2,
            "LastModifiedDate": latest["LastModifiedDate"], "Description": "of the shop", "Tier": "Standard", "Policies": [],
            "DataType": "text" }] })
    );
    let unlabel = json!({ "Name": "/app/key", "ParameterVersion": 1, "Labels": ["live", "next"] });
    assert_eq!(
        store.ok("UnlabelParameterVersion", &unlabel),
        json!({ "RemovedLabels": ["live"], "InvalidLabels": ["next"] })
    );
    assert_eq!(
        store.ok("DeleteParameters", &json!({ "Names": ["/none", "/app/key"] })),
        json!({ "DeletedParameters": ["/app/key"], "InvalidParameters": ["/none"] })
    );
    assert_eq!(store.error("GetParameter", &json!({ "Name": "/app/key" })), json!({ "__type": "ParameterNotFound" }));
    assert_eq!(store.put("/app/key", "again")["Version"], 1);
    assert_eq!(store.ok("DeleteParameter", &json!({ "Name": "/app/key" })), json!({}));
}

#[test]
fn the_two_spellings_at_the_root_are_one_parameter() {
    let store = Store::new();
    store.put("x", "1");
    let name = |name: &str| store.ok("GetParameter", &json!({ "Name": name }))["Parameter"].clone();
    let arn = name("/x")["ARN"].as_str().unwrap().to_owned();
    assert!(arn.ends_with(":parameter/x"), "{arn}");
    assert_eq!([name("x"), name("/x"), name(&arn), name("/x:1")].map(|it| it["Name"].clone()), ["x", "/x", "x", "/x"]);
    let refused = store.error("PutParameter", &json!({ "Name": "/x", "Value": "2", "Type": "String" }));
    assert_eq!(refused["__type"], "ParameterAlreadyExists");
}

#[test]
fn tags_belong_to_the_parameter() {
    let store = Store::new();
    store.put("/a", "1");
    let resource = |members: Value| {
        let mut body = json!({ "ResourceType": "Parameter", "ResourceId": "/a" });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let tags = || store.ok("ListTagsForResource", &resource(json!({})));
    assert_eq!(tags(), json!({ "TagList": [] }));
    let added = resource(json!({ "Tags": [{ "Key": "b", "Value": "2" }, { "Key": "a", "Value": "" }] }));
    assert_eq!(store.ok("AddTagsToResource", &added), json!({}));
    assert_eq!(tags(), json!({ "TagList": [{ "Key": "a", "Value": "" }, { "Key": "b", "Value": "2" }] }));
    assert_eq!(store.ok("RemoveTagsFromResource", &resource(json!({ "TagKeys": ["a", "none"] }))), json!({}));
    assert_eq!(tags(), json!({ "TagList": [{ "Key": "b", "Value": "2" }] }));
}

#[test]
fn policies_make_a_parameter_advanced_and_can_be_cleared() {
    let store = Store::new();
    let policy = r#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2100-01-31T00:00:00.000Z"}}]"#;
    let put =
        json!({ "Name": "/a", "Value": "1", "Type": "String", "Tier": "Intelligent-Tiering", "Policies": policy });
    assert_eq!(store.ok("PutParameter", &put), json!({ "Version": 1, "Tier": "Advanced" }));
    let policies = || store.ok("DescribeParameters", &json!({}))["Parameters"][0]["Policies"].clone();
    assert_eq!(
        members(&policies()[0], &["PolicyText", "PolicyType", "PolicyStatus"]),
        json!({ "PolicyText": policy.trim_matches(['[', ']']), "PolicyType": "Expiration", "PolicyStatus": "Pending" })
    );
    let put = json!({ "Name": "/a", "Value": "2", "Overwrite": true, "Policies": "[{}]" });
    assert_eq!(store.ok("PutParameter", &put), json!({ "Version": 2, "Tier": "Advanced" }));
    assert_eq!(policies(), json!([]));
}

#[test]
fn settings_are_changed_until_they_are_reset_and_there_are_no_resource_policies() {
    let store = Store::new();
    let id = "/ssm/parameter-store/default-parameter-tier";
    let setting = store.ok("GetServiceSetting", &json!({ "SettingId": id }))["ServiceSetting"].clone();
    assert_eq!(
        members(&setting, &["SettingId", "SettingValue", "Status", "LastModifiedDate", "LastModifiedUser"]),
        json!({ "SettingId": id, "SettingValue": "Standard", "Status": "Default", "LastModifiedDate": 1_565_131_339.38,
            "LastModifiedUser": "System" })
    );
    let arn = setting["ARN"].clone();
    assert_eq!(store.ok("UpdateServiceSetting", &json!({ "SettingId": arn, "SettingValue": "Advanced" })), json!({}));
    let changed = store.ok("GetServiceSetting", &json!({ "SettingId": id }))["ServiceSetting"].clone();
    assert_eq!(
        members(&changed, &["SettingValue", "Status", "ARN"]),
        json!({ "SettingValue": "Advanced", "Status": "Customized", "ARN": arn })
    );
    let put = json!({ "Name": "/a", "Value": "1", "Type": "String" });
    assert_eq!(store.ok("PutParameter", &put)["Tier"], "Advanced");
    assert_eq!(store.ok("ResetServiceSetting", &json!({ "SettingId": arn }))["ServiceSetting"], setting);
    assert_eq!([store.put("/a", "2"), store.put("/b", "1")].map(|it| it["Tier"].clone()), ["Advanced", "Standard"]);
    let role =
        json!({ "SettingId": "/ssm/managed-instance/default-ec2-instance-management-role", "SettingValue": "any" });
    assert_eq!(store.ok("UpdateServiceSetting", &role), json!({}));
    assert_eq!(store.ok("GetServiceSetting", &role)["ServiceSetting"]["SettingValue"], "any");
    let resource = json!({ "ResourceArn": "arn:aws:ssm:us-east-1:123456789012:parameter/a" });
    assert_eq!(store.ok("GetResourcePolicies", &resource), json!({ "Policies": [] }));
}

#[test]
fn a_secret_is_read_by_way_of_a_parameter() {
    let store = Store::new();
    store.sandbox.feed(&["secret", "create", "prod/db", "--stdin"], b"hunter2");
    let name = "/aws/reference/secretsmanager/prod/db";
    let none = "/aws/reference/secretsmanager/none";
    let malformed = format!("{name}:a:b");
    let asked = json!({ "Names": [format!("{name}:AWSCURRENT"), none, malformed], "WithDecryption": true });
    let found = store.ok("GetParameters", &asked);
    assert_eq!(found["InvalidParameters"], json!([none, malformed]));
    assert_eq!(store.ok("GetParameters", &json!({ "Names": [name] }))["InvalidParameters"], json!([name]));
    let shown = &found["Parameters"][0];
    let source: Value = serde_json::from_str(shown["SourceResult"].as_str().unwrap()).unwrap();
    assert_eq!(
        source,
        json!({ "ARN": shown["ARN"], "name": "prod/db", "versionId": source["versionId"], "secretString": "hunter2",
            "versionStages": ["AWSCURRENT"], "createdDate": source["createdDate"] })
    );
    assert!(shown["ARN"].as_str().unwrap().contains(":secretsmanager:us-east-1:"));
    assert!(source["createdDate"].as_str().unwrap().ends_with('M'), "{source}");
    assert_eq!(
        *shown,
        json!({ "Name": name, "Selector": ":AWSCURRENT", "Type": "SecureString", "Value": "hunter2", "Version": 0,
            "ARN": shown["ARN"], "SourceResult": shown["SourceResult"], "LastModifiedDate": shown["LastModifiedDate"] })
    );
    let version = source["versionId"].as_str().unwrap();
    let by_id = store.ok("GetParameter", &json!({ "Name": format!("{name}:{version}"), "WithDecryption": true }));
    assert_eq!(by_id["Parameter"]["Value"], "hunter2");
    store.sandbox.feed(&["secret", "create", "prod/bytes", "--stdin", "--binary"], b"\xff");
    let bytes = json!({ "Name": "/aws/reference/secretsmanager/prod/bytes", "WithDecryption": true });
    let shown = store.ok("GetParameter", &bytes)["Parameter"].clone();
    assert!(shown["SourceResult"].is_string() && shown.get("Value").is_none(), "{shown}");
    store.server.ok("secretsmanager.DeleteSecret", &json!({ "SecretId": "prod/db" }));
    let marked = store.error("GetParameter", &json!({ "Name": name, "WithDecryption": true }));
    assert_eq!(marked, json!({ "__type": "ValidationException", "message": "Invalid Request to Secrets Manager" }));
}

#[test]
fn a_name_that_is_none_does_not_keep_the_others_from_being_answered() {
    let store = Store::new();
    store.put("/a", "1");
    let arn = store.ok("GetParameter", &json!({ "Name": "/a" }))["Parameter"]["ARN"].clone();
    let names = json!(["/a b", "/a:1:2", "/aws/x", "b/c"]);
    let found = store.ok("GetParameters", &json!({ "Names": ["/a", "/a b", "/a:1:2", "/aws/x", "b/c"] }));
    assert_eq!((&found["InvalidParameters"], found["Parameters"].as_array().unwrap().len()), (&names, 1));
    let deleted = store.ok("DeleteParameters", &json!({ "Names": ["/a", "/a:1", arn] }));
    assert_eq!(deleted, json!({ "DeletedParameters": ["/a"], "InvalidParameters": ["/a:1", arn] }));
}
