//! F19: a pattern of events and an event, with a line feed between them. Nothing panics or hangs, and the error's place is short.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::model::pattern::Pattern;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (pattern, event) = text.split_once('\n').unwrap_or((text, "{}"));
    match Pattern::parse(pattern) {
        Ok(pattern) => {
            let Ok(event) = serde_json::from_str::<serde_json::Value>(event) else { return };
            let matches = pattern.matches(&event);
            // An element that nothing can match changes nothing, and neither does an array around the event.
            assert_eq!(pattern.matches(&serde_json::json!([event])), matches);
        }
        Err(error) => assert!(error.path.len() <= pattern.len() + 200),
    }
});
