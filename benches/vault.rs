//! How fast `vault` is, as ratios against a floor program and other tools, measured in one run (docs/PERFORMANCE.md).
//!
//! `cargo bench`, or `cargo bench -- get` for the cases whose names contain `get`. Nothing is asserted about the clock.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that measures; a failure ends it")]

mod audit;
mod load;
mod measure;
mod peers;
mod place;
mod scan;
mod serve;
mod team;

use std::process::Command;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use measure::{Case, RUNS, Rival};
use place::{Place, floor};
use rustix::time::{ClockId, clock_gettime};
use vault::crypto::framing::sha256;
use vault::model::masker::{Masker, Stream};
use vault::model::value::SecretValue;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    if !wanted.is_empty() && scan::NAME.contains(&wanted) {
        return scan::run();
    }
    if !wanted.is_empty() && audit::NAME.contains(&wanted) {
        return audit::run();
    }
    if !wanted.is_empty() && peers::NAME.contains(&wanted) {
        return peers::run();
    }
    if !wanted.is_empty() && serve::NAME.contains(&wanted) {
        return serve::run();
    }
    if !wanted.is_empty() && serve::PUTS.contains(&wanted) {
        return serve::puts();
    }
    let (small, large) = (Place::new(10, 1), Place::new(10_000, 1));
    let (chained, thousand, thirty) = (Place::new(10, 200), Place::new(1_000, 1), Place::new(30, 1));
    large.fill_floor(30);
    thousand.fill_floor(1_000);
    small.add_secrets(100);
    small.add_log(LOG_MEGABYTES);
    println!("{:<28} {:>10}   medians of {} runs, in turns", "", "ms", RUNS);
    for case in cases(&small, &large, &chained, &thousand, &thirty) {
        if case.name.contains(&wanted) {
            case.run();
        }
    }
    masking(&wanted);
    if wanted.is_empty() {
        scan::run();
        audit::run();
        peers::run();
        serve::run();
        serve::puts();
    }
    team::run(&wanted);
    let peak = Command::new(floor()).arg("peak").args(argv(&large.get())).envs(large.environment()).output().unwrap();
    let peak: f64 = String::from_utf8_lossy(&peak.stdout).trim().parse().unwrap();
    println!("peak memory of a get         {:>7.1} MB   target: < 6 MB", peak * 1024.0 / 1e6);
    let size = std::fs::metadata(place::vault()).unwrap().len();
    println!("binary                       {:>7.1} MB   target: < 12 MB", measure::precise(size) / 1e6);
}

/// The masker alone beside copying in the same pieces, in the time of one processor: what else the machine does counts in neither.
fn masking(wanted: &str) {
    if !"masking".contains(wanted) {
        return;
    }
    let digest = |number: u32| HEXLOWER.encode(&sha256(&number.to_be_bytes()));
    let values: Vec<SecretValue> =
        (0..100).map(|number| SecretValue::from_text(digest(number)[..32].to_owned())).collect();
    let text: Vec<u8> = (1000u32..)
        .flat_map(|number| format!("{number} INFO id={} ok\n", &digest(number)[..16]).into_bytes())
        .take(64 << 20)
        .collect();
    let mut out = Vec::with_capacity(1 << 20);
    let begun = processor_seconds();
    let masker = Arc::new(Masker::new(&values).unwrap());
    let built = processor_seconds() - begun;
    let mut pass = |piece: &mut dyn FnMut(&[u8], &mut Vec<u8>)| {
        let begun = processor_seconds();
        for part in text.chunks(64 << 10) {
            out.clear();
            piece(part, &mut out);
            std::hint::black_box(&out);
        }
        measure::precise(text.len() as u64) / 1e6 / (processor_seconds() - begun)
    };
    let mut stream = Stream::new(masker);
    let (masked, copied) =
        (pass(&mut |part, out| stream.push(part, out)), pass(&mut |part, out| out.extend_from_slice(part)));
    println!(
        "masking 100 values           {masked:>7.0} MB/s   {:>6.1}x copying   target: >= 200 MB/s; made in {:.1} ms",
        copied / masked,
        built * 1e3
    );
}

fn processor_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    std::time::Duration::try_from(now).unwrap().as_secs_f64()
}

/// The size of the log that is masked.
const LOG_MEGABYTES: usize = 64;

/// The program and its arguments, as the floor's `peak` wants them.
fn argv(command: &Command) -> Vec<&std::ffi::OsStr> {
    std::iter::once(command.get_program()).chain(command.get_args()).collect()
}

fn cases<'a>(
    small: &'a Place,
    large: &'a Place,
    chained: &'a Place,
    thousand: &'a Place,
    thirty: &'a Place,
) -> Vec<Case<'a>> {
    let unwrap = || vec![rival("age -d", || large.peer("age")), rival("rage -d", || large.peer("rage"))];
    let mut get = vec![rival("get of 10,000", || large.get()), rival("get, 200 snapshots", || chained.get())];
    get.extend(unwrap());
    vec![
        Case {
            name: "get of 10",
            target: "<= 1.7x floor, <= rage, the same +-20 % for the others",
            runs: RUNS,
            floor: rival("floor", || large.floor("get")),
            vault: rival("get of 10", || small.get()),
            others: get,
            bytes: None,
        },
        Case {
            name: "put, durable",
            target: "<= 2.4x floor",
            runs: RUNS,
            floor: rival("floor", || large.floor("put")),
            vault: rival("put", || large.put()),
            others: vec![rival("put --dry-run", || large.dry_put())],
            bytes: None,
        },
        Case {
            name: "ls -r of 10,000",
            target: "<= 1.5x floor",
            runs: RUNS,
            floor: rival("floor (walk)", || large.floor("walk")),
            vault: rival("ls -r", || large.vault(&["param", "ls", "--recursive"])),
            others: Vec::new(),
            bytes: None,
        },
        Case {
            name: "exec of 30",
            target: "<= 1.7x floor",
            runs: RUNS,
            floor: rival("floor (inject)", || large.floor("inject")),
            vault: rival("exec", || thirty.vault(&["exec", "/app", "--", "/bin/true"])),
            others: vec![rival("exec, cold", || {
                thirty.forget_signatures();
                thirty.vault(&["exec", "/app", "--", "/bin/true"])
            })],
            bytes: None,
        },
        Case {
            name: "exec --mask of 64 MiB",
            target: "<= 3.0x cat, with 100 values",
            runs: RUNS,
            floor: rival("cat | cat", || small.copied_log()),
            vault: rival("exec --mask", || small.masked_log()),
            others: Vec::new(),
            bytes: Some(64 << 20),
        },
        Case {
            name: "verify of 10,000",
            target: "< 2 s on two cores",
            runs: 11,
            floor: rival("floor (walk)", || large.floor("walk")),
            vault: rival("verify", || large.vault(&["verify"])),
            others: Vec::new(),
            bytes: None,
        },
        Case {
            name: "get --path of 1,000",
            target: "<= 2.5x floor",
            runs: RUNS,
            floor: rival("floor (inject)", || thousand.floor("inject")),
            vault: rival("get --path", || thousand.vault(&["param", "get", "--path", "/app", "--recursive"])),
            others: vec![rival("get --path, cold", || {
                thousand.forget_signatures();
                thousand.vault(&["param", "get", "--path", "/app", "--recursive"])
            })],
            bytes: None,
        },
    ]
}

pub(crate) fn rival<'a>(name: &'static str, command: impl Fn() -> Command + 'a) -> Rival<'a> {
    Rival { name, command: Box::new(command) }
}
