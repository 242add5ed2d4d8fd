//! Paths, filters, pages.

use serde_json::{Value, json};

use super::{Store, names};

fn tree() -> Store {
    let store = Store::new();
    for name in ["/app", "/app/a", "/app/b", "/app/c/d", "/other/e", "plain"] {
        store.put(name, "v");
    }
    store.ok("PutParameter", &json!({ "Name": "/app/s", "Value": "hunter2", "Type": "SecureString" }));
    store
}

#[test]
fn a_path_has_its_children_or_all_descendants() {
    let store = tree();
    let below = |path: &str, recursive: bool| {
        let answer = store.ok("GetParametersByPath", &json!({ "Path": path, "Recursive": recursive }));
        names(&answer).join(" ")
    };
    assert_eq!(below("/app", false), "/app/a /app/b /app/s");
    assert_eq!(below("/app/", true), "/app/a /app/b /app/c/d /app/s");
    assert_eq!(below("/", false), "/app plain");
    assert_eq!(below("/app/a", true), "");
    assert_eq!(below("/none", true), "");
}

#[test]
fn filters_of_a_path() {
    let store = tree();
    store.put("/app/a", "second");
    store.ok("LabelParameterVersion", &json!({ "Name": "/app/a", "ParameterVersion": 1, "Labels": ["live"] }));
    let by = |filter: Value| {
        store
            .ok("GetParametersByPath", &json!({ "Path": "/app", "WithDecryption": true, "ParameterFilters": [filter] }))
    };
    let secure = by(json!({ "Key": "Type", "Values": ["SecureString"] }));
    assert_eq!((names(&secure), &secure["Parameters"][0]["Value"]), (vec!["/app/s"], &json!("hunter2")));
    for key in ["alias/aws/ssm", "default"] {
        assert_eq!(names(&by(json!({ "Key": "KeyId", "Values": [key] }))), ["/app/s"], "{key}");
    }
    let labelled = by(json!({ "Key": "Label", "Option": "Equals", "Values": ["live"] }));
    let shown = &labelled["Parameters"][0];
    assert_eq!((names(&labelled), &shown["Version"], &shown["Value"]), (vec!["/app/a"], &json!(1), &json!("v")));
}

#[test]
fn filters_of_descriptions() {
    let store = tree();
    store.ok(
        "AddTagsToResource",
        &json!({ "ResourceType": "Parameter", "ResourceId": "plain", "Tags": [{ "Key": "k", "Value": "v1" }] }),
    );
    let by = |filter: Value| {
        let answer = store.ok("DescribeParameters", &json!({ "ParameterFilters": [filter] }));
        names(&answer).join(" ")
    };
    for (filter, found) in [
        (json!({ "Key": "Name", "Values": ["app/a", "/plain", "/none"] }), "/app/a plain"),
        (json!({ "Key": "Name", "Values": ["arn:aws:ssm:us-east-1:123456789012:parameter/app/a"] }), "/app/a"),
        (json!({ "Key": "Name", "Option": "BeginsWith", "Values": ["app/"] }), "/app/a /app/b /app/c/d /app/s"),
        (json!({ "Key": "Name", "Option": "Contains", "Values": ["er/"] }), "/other/e"),
        (json!({ "Key": "Path", "Values": ["/app"] }), "/app/a /app/b /app/s"),
        (json!({ "Key": "Path", "Option": "Recursive", "Values": ["/app"] }), "/app/a /app/b /app/c/d /app/s"),
        (json!({ "Key": "Type", "Option": "BeginsWith", "Values": ["Secure"] }), "/app/s"),
        (json!({ "Key": "KeyId", "Option": "BeginsWith", "Values": ["alias/"] }), "/app/s"),
        (json!({ "Key": "Tier", "Values": ["Advanced"] }), ""),
        (json!({ "Key": "tag:k" }), "plain"),
        (json!({ "Key": "tag:k", "Option": "BeginsWith", "Values": ["v"] }), "plain"),
    ] {
        assert_eq!(by(filter.clone()), found, "{filter}");
    }
    let old = store.ok("DescribeParameters", &json!({ "Filters": [{ "Key": "Name", "Values": ["/ot"] }] }));
    assert_eq!(names(&old), ["/other/e"]);
    assert_eq!(store.ok("DescribeParameters", &json!({ "Shared": true })), json!({ "Parameters": [] }));
}

#[test]
fn pages_have_a_token_until_the_last() {
    let store = tree();
    let mut body = json!({ "Path": "/", "Recursive": true, "MaxResults": 3 });
    let mut pages = Vec::new();
    loop {
        let page = store.ok("GetParametersByPath", &body);
        pages.push(names(&page).join(" "));
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => break,
        }
        // What comes in between does not shift the pages.
        store.put("/a-new-one", "v");
    }
    assert_eq!(pages, ["/app /app/a /app/b", "/app/c/d /app/s /other/e", "plain"]);
    body["Path"] = json!("/app");
    assert_eq!(store.error("GetParametersByPath", &body), json!({ "__type": "InvalidNextToken" }));
    for value in 2..=5 {
        store.put("/app/a", &value.to_string());
    }
    let first = store.ok("GetParameterHistory", &json!({ "Name": "/app/a", "MaxResults": 3 }));
    let second =
        store.ok("GetParameterHistory", &json!({ "Name": "/app/a", "MaxResults": 3, "NextToken": first["NextToken"] }));
    let versions = |page: &Value| {
        page["Parameters"].as_array().unwrap().iter().map(|it| it["Version"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((versions(&first), versions(&second)), (vec![json!(1), json!(2), json!(3)], vec![json!(4), json!(5)]));
    assert_eq!(second.get("NextToken"), None);
}
