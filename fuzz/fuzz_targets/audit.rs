//! F20: a line of the log of uses. Nothing panics, and what is read is written as a line that is read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::machine::rewritten_line;

fuzz_target!(|data: &[u8]| {
    let Some(line) = rewritten_line(data) else { return };
    assert!(!line.contains('\n'));
    assert_eq!(rewritten_line(line.as_bytes()).as_deref(), Some(line.as_str()));
});
