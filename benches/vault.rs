//! How fast `vault` is, as ratios against a floor program and other tools, measured in one run (docs/PERFORMANCE.md).
//!
//! `cargo bench`, or `cargo bench -- get` for the cases whose names contain `get`. Nothing is asserted about the clock.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that measures; a failure ends it")]

mod measure;
mod place;
mod team;

use std::process::Command;

use measure::{Case, RUNS, Rival};
use place::{Place, floor};

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let (small, large) = (Place::new(10, 1), Place::new(10_000, 1));
    let (chained, thousand, thirty) = (Place::new(10, 200), Place::new(1_000, 1), Place::new(30, 1));
    large.fill_floor(30);
    println!("{:<28} {:>10}   medians of {} runs, in turns", "", "ms", RUNS);
    for case in cases(&small, &large, &chained, &thousand, &thirty) {
        if case.name.contains(&wanted) {
            case.run();
        }
    }
    team::run(&wanted);
    let peak = Command::new(floor()).arg("peak").args(argv(&large.get())).envs(large.environment()).output().unwrap();
    let peak: f64 = String::from_utf8_lossy(&peak.stdout).trim().parse().unwrap();
    println!("peak memory of a get         {:>7.1} MB   target: < 12 MB", peak * 1024.0 / 1e6);
    let size = std::fs::metadata(place::vault()).unwrap().len();
    println!("binary                       {:>7.1} MB   target: < 12 MB", measure::precise(size) / 1e6);
}

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
            target: "<= 3.0x floor, <= rage, the same +-20 % for the others",
            runs: RUNS,
            floor: rival("floor", || large.floor("get")),
            vault: rival("get of 10", || small.get()),
            others: get,
        },
        Case {
            name: "put, durable",
            target: "<= 3.0x floor",
            runs: RUNS,
            floor: rival("floor", || large.floor("put")),
            vault: rival("put", || large.put()),
            others: vec![rival("put --dry-run", || large.dry_put())],
        },
        Case {
            name: "ls -r of 10,000",
            target: "<= 1.5x floor",
            runs: RUNS,
            floor: rival("floor (walk)", || large.floor("walk")),
            vault: rival("ls -r", || large.vault(&["param", "ls", "--recursive"])),
            others: Vec::new(),
        },
        Case {
            name: "exec of 30",
            target: "<= 3.0x floor",
            runs: RUNS,
            floor: rival("floor (inject)", || large.floor("inject")),
            vault: rival("exec", || thirty.vault(&["exec", "/app", "--", "/bin/true"])),
            others: Vec::new(),
        },
        Case {
            name: "verify of 10,000",
            target: "< 2 s on two cores",
            runs: 11,
            floor: rival("floor (walk)", || large.floor("walk")),
            vault: rival("verify", || large.vault(&["verify"])),
            others: Vec::new(),
        },
        Case {
            name: "get --path of 1,000",
            target: "< 100 ms on one core",
            runs: RUNS,
            floor: rival("floor (one value)", || large.floor("get")),
            vault: rival("get --path", || thousand.vault(&["param", "get", "--path", "/app", "--recursive"])),
            others: Vec::new(),
        },
    ]
}

pub(crate) fn rival<'a>(name: &'static str, command: impl Fn() -> Command + 'a) -> Rival<'a> {
    Rival { name, command: Box::new(command) }
}
