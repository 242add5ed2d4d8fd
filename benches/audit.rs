//! Questions to a log of a million records, and what recording costs a `get`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use data_encoding::HEXLOWER;
use vault::crypto::framing::sha256;

use crate::measure::{Case, Rival};
use crate::place::Place;
use crate::rival;

const RECORDS: u64 = 1_000_000;
/// Records in one file, about 16 MiB.
const IN_A_FILE: u64 = 45_000;

pub(crate) const NAME: &str = "audit of 1,000,000 records";

pub(crate) fn run() {
    let place = Place::new(10, 1);
    fill(&place);
    let log = place.at("copy.jsonl");
    let case = |name, target, arguments: &'static [&'static str]| Case {
        name,
        target,
        runs: 5,
        floor: reading(&place),
        vault: rival("vault", || place.vault(arguments)),
        others: Vec::new(),
        bytes: fs::metadata(&log).ok().map(|log| log.len()),
    };
    for case in [
        case("audit by a member, counted", "< 1 s", &["audit", "--by", "bob", "--group-by", "name", "--json"]),
        case(
            "audit of a path, counted",
            "< 1 s",
            &["audit", "--path", "/app/service7", "--group-by", "member", "--json"],
        ),
        case("audit of everything, counted", "< 1 s", &["audit", "--group-by", "member", "--json"]),
        case("audit verify", "< 3 s", &["audit", "verify", "--json"]),
    ] {
        case.run();
    }
}

/// `cat` of as much.
fn reading(place: &Place) -> Rival<'_> {
    rival("cat", || {
        let mut command = std::process::Command::new("cat");
        command.arg(place.at("copy.jsonl"));
        command
    })
}

fn fill(place: &Place) {
    let state = place.at(".local/state/vault");
    let vaults = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap());
    let vault = vaults.map(|entry| entry.path()).find(|path| path.join("pin.json").exists()).unwrap();
    let directory = vault.join("audit/own");
    let _ = fs::remove_dir_all(&directory);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).unwrap();
    let mut copy = BufWriter::new(fs::File::create(place.at("copy.jsonl")).unwrap());
    let mut prev = [0; 32];
    for first in (0..RECORDS).step_by(usize::try_from(IN_A_FILE).unwrap()) {
        let is_last = first + IN_A_FILE >= RECORDS;
        let name = if is_last { "log.jsonl".to_owned() } else { format!("log.{first:012}.jsonl") };
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(directory.join(name)).unwrap();
        let mut file = BufWriter::new(file);
        for seq in first..(first + IN_A_FILE).min(RECORDS) {
            let line = record(seq, first, &prev);
            prev = sha256(line.as_bytes());
            writeln!(file, "{line}").unwrap();
            writeln!(copy, "{line}").unwrap();
        }
    }
}

/// A record with the members that a read has.
fn record(seq: u64, first: u64, prev: &[u8; 32]) -> String {
    let mut line = format!("{{\"seq\":{seq},\"prev\":\"{}\",", HEXLOWER.encode(prev));
    let (day, second) = (seq / 50_000 + 1, seq % 60);
    let _ = write!(line, "\"time\":\"2026-10-{day:02}T08:00:{second:02}.123Z\",");
    if seq == first {
        let _ = write!(line, "\"action\":\"begin\",\"outcome\":\"allowed\",\"log\":\"{}\"}}", "ab".repeat(16));
        return line;
    }
    let member = ["ana", "carol", "dave", "erin", "bob"][if seq.is_multiple_of(97) { 4 } else { (seq % 4) as usize }];
    let (service, value) = (seq % 100, seq % 7);
    let _ = write!(
        line,
        "\"action\":\"open\",\"outcome\":\"allowed\",\"command\":\"exec\",\"program\":\"./server\",\"kind\":\"parameter\",\
         \"name\":\"/app/service{service}/value{value}\",\"version\":\"3\",\"labels\":[\"live\"],\"member\":\"{member}\",\
         \"user\":\"1000 {member}\",\"host\":\"build-7\",\"parent\":\"bash\",\"boot\":\"0123abcd\",\"micros\":1834}}"
    );
    line
}
