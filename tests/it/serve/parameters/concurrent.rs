//! Many writers of one name.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::json;

use super::Store;

#[test]
fn every_acknowledged_version_is_there() {
    let (store, acknowledged) = (Store::new(), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for writer in 0..16 {
            let (store, acknowledged) = (&store, &acknowledged);
            scope.spawn(move || {
                for number in 0..3 {
                    let value = format!("{writer} {number}");
                    let version = store.put("/contended", &value)["Version"].as_u64().unwrap();
                    assert_eq!(acknowledged.lock().unwrap().insert(version, value), None, "{version} twice");
                }
            });
        }
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(acknowledged.keys().copied().collect::<Vec<_>>(), (1..=48).collect::<Vec<_>>());
    let history = store.ok("GetParameterHistory", &json!({ "Name": "/contended" }));
    let kept = history["Parameters"].as_array().unwrap().iter();
    let kept: BTreeMap<_, _> =
        kept.map(|it| (it["Version"].as_u64().unwrap(), it["Value"].as_str().unwrap().to_owned())).collect();
    assert_eq!(kept, acknowledged);
}
