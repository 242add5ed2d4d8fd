//! F9: the parts of a sops file by themselves, put together with data that a fuzzer would not find the frame for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::inject::import::{Format, read};
use zeroize::Zeroizing;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (value, metadata) = text.split_once('\u{1}').unwrap_or((text, ""));
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let json = format!(
        r#"{{"a":{{"b":{}}},"sops":{{"mac":{},"lastmodified":"x","age":[{{"recipient":"r","enc":"w"}}]{metadata}}}}}"#,
        quoted(value),
        quoted(metadata),
    );
    let line = |text: &str| text.replace('\n', "\\n");
    let ini =
        format!("a = {}\n[b]\n{value}\n[sops]\nmac = {}\nlastmodified = x\n{metadata}\n", line(value), line(metadata));
    let dotenv = format!(
        "A={}\n{value}\nsops_mac={}\nsops_lastmodified=x\nsops_age__list_0__map_recipient=r\nsops_age__list_0__map_enc=w\n{metadata}\n",
        line(value),
        line(metadata)
    );
    let mut open = |_: &str| Some(Zeroizing::new(vec![7; 32]));
    for file in [json, ini, dotenv] {
        // The MAC is that of no such file, so nothing may ever come out.
        assert!(read(Format::Sops, "file", &file, &mut open).is_err());
    }
});
