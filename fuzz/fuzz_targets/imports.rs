//! F9: files of other tools, in every format. Nothing panics or hangs, what is read has names of the file, and no message holds
//! what the file does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::inject::import::{Content, Descriptions, Format, read, recognise};
use zeroize::Zeroizing;

/// What no name of a format and no message of ours has in it.
const CANARY: &str = "hunter2";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = recognise("-", text);
    let _ = recognise("x.yaml", text);
    let _ = Descriptions::read(text);
    // Every data key is accepted, so that the values of sops are reached.
    let mut open = |_: &str| Some(Zeroizing::new(vec![7; 32]));
    for format in Format::ALL {
        match read(format, "file.bin", text, &mut open) {
            Ok(source) => {
                for item in &source.items {
                    if let Ok(Content::Value(value)) = &item.content {
                        // Only what was decrypted, unescaped or joined may be longer than one character for another.
                        assert!(value.reveal().len() <= 4 * text.len(), "{format:?}");
                    }
                }
                assert!(
                    !format!("{:?}", source.items.iter().map(|item| &item.content).collect::<Vec<_>>())
                        .contains(CANARY)
                );
            }
            Err(error) => assert!(!error.to_string().contains(CANARY) || text.contains("sops"), "{format:?}"),
        }
    }
});
