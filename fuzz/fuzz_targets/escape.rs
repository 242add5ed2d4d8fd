//! F10: foreign text for a terminal. No control character comes out, whatever goes in.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::cli::report::json::one_line;
use vault::cli::terminal::escape::{is_harmful, line, value};

fuzz_target!(|data: &[u8]| {
    let shown = value(data);
    assert!(!shown.chars().any(|c| is_harmful(c) && c != '\n' && c != '\t'));
    assert!(!shown.bytes().any(|byte| (byte < 0x20 && byte != b'\n' && byte != b'\t') || byte == 0x7f));
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert!(!line(text).chars().any(is_harmful));
    assert_eq!(line(text).lines().count().max(1), 1, "a line stays one line");
    let json = one_line(&std::collections::BTreeMap::from([("text", text)])).unwrap();
    assert!(!json.trim_end_matches('\n').chars().any(is_harmful));
});
