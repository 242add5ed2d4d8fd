//! F13: the archive in a backup. Whatever it holds, only files of a vault come out, each once; and what comes out can be packed
//! and read again.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use vault::format::layout::is_of_vault;
use vault::store::archive::{self, ArchiveError, Packed, Writer};

fn unpacked(data: &[u8]) -> (Vec<Packed>, bool) {
    let mut files = Vec::new();
    let outcome = archive::read(data, |packed| {
        files.push(packed);
        Ok::<(), ArchiveError>(())
    });
    (files, outcome.is_ok())
}

fuzz_target!(|data: &[u8]| {
    let (files, is_whole) = unpacked(data);
    let mut seen = HashSet::new();
    for Packed { path, bytes, .. } in &files {
        assert!(is_of_vault(path) && seen.insert(path), "{path}");
        assert!(bytes.len() <= data.len());
    }
    if is_whole {
        let mut writer = Writer::new(Vec::new());
        for file in &files {
            writer.add(&file.path, file.is_executable, &file.bytes).unwrap();
        }
        assert_eq!(unpacked(&writer.finish().unwrap()), (files, true));
    }
});
