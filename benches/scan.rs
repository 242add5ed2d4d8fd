//! How fast files are searched for the values of a vault, in MB/s, beside tools that search for the same texts.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::measure::{Case, RUNS, Rival};
use crate::place::Place;

pub(crate) const NAME: &str = "scan of 1,000 values";
const VALUES: usize = 1_000;
/// What is searched: the sources of this project again and again, in files of some size.
const SIZE: usize = 256 << 20;
const FILES: usize = 64;

pub(crate) fn run() {
    let place = Place::with_values(VALUES, value);
    let data = place.at("data");
    let bytes = fill(&data);
    let patterns = place.at("patterns");
    fs::write(&patterns, (0..VALUES).map(|number| value(number) + "\n").collect::<String>()).unwrap();
    let shell = |line: &str| {
        let mut command = Command::new("sh");
        // A search that finds nothing is what is measured, and no failure.
        command.args(["-c", &format!("{line}; test $? -lt 2"), "sh"]).arg(&patterns).arg(&data);
        command
    };
    let rival = |name, line: &'static str| Rival { name, command: Box::new(move || shell(line)) };
    Case {
        name: NAME,
        target: ">= 300 MB/s",
        runs: RUNS,
        floor: rival("floor (cat)", "cat \"$2\"/*"),
        vault: Rival { name: "scan", command: Box::new(|| place.vault(&["scan", data.to_str().unwrap()])) },
        // Not `git grep -F`: over as many texts it is five times as slow as grep, and its runs would take eight minutes more.
        others: vec![rival("grep -F, plain form only", "LC_ALL=C grep -rcF -f \"$1\" \"$2\"")],
        bytes: Some(bytes),
    }
    .run();
}

/// Random enough, and always the same.
fn value(number: usize) -> String {
    let digest = vault::crypto::framing::sha256(format!("value {number}").as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(&digest[..18])
}

fn fill(data: &Path) -> u64 {
    let mut source = Vec::new();
    for directory in ["src/engine", "src/cli", "src/store", "docs"] {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        files.sort();
        source.extend(files.into_iter().flat_map(|path| fs::read(path).unwrap()));
    }
    fs::create_dir(data).unwrap();
    let content: Vec<u8> = source.iter().copied().cycle().take(SIZE / FILES).collect();
    for number in 0..FILES {
        fs::write(data.join(format!("{number}.txt")), &content).unwrap();
    }
    SIZE as u64
}
