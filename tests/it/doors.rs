//! The rooms of the library open into each other through a few doors only (docs/ARCHITECTURE.md).

use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may use. The edges (`unlock`, `inject`, `hook`, `aws`) do not know each other.
const DOORS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("crypto", &["model"]),
    ("format", &["crypto", "model"]),
    ("store", &["format", "crypto", "model"]),
    ("machine", &["store", "format", "crypto", "model"]),
    ("engine", &["machine", "store", "format", "crypto", "model"]),
    ("unlock", &["engine", "machine", "store", "format", "crypto", "model"]),
    ("inject", &["engine", "machine", "store", "format", "crypto", "model"]),
    ("hook", &["engine", "machine", "store", "format", "crypto", "model"]),
    ("aws", &["engine", "model"]),
    ("serve", &["aws", "hook", "engine", "machine", "store", "format", "crypto", "model"]),
    ("cli", &["serve", "aws", "unlock", "inject", "hook", "engine", "machine", "store", "format", "crypto", "model"]),
];

/// The one user of the YAML parser for other people's files, and the one for the user's own configuration.
const YAML_PARSERS: &[&str] = &["inject/foreign/yaml.rs", "machine/config/text.rs"];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The rooms that a source file names, in `use crate::…` or in a path.
fn rooms_named(text: &str) -> Vec<&str> {
    let room = |rest: &str| rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
    text.split("crate::").skip(1).map(|rest| &rest[..room(rest)]).collect()
}

#[test]
fn nothing_runs_the_other_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, doors) in DOORS {
        for path in sources(&src.join(room)) {
            let text = fs::read_to_string(&path).unwrap();
            for named in rooms_named(&text) {
                let is_room = DOORS.iter().any(|(other, _)| *other == named);
                if is_room && named != *room && !doors.contains(&named) {
                    wrong.push(format!("{} uses crate::{named}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_is_on_the_map() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            assert!(DOORS.iter().any(|(room, _)| *room == name), "the room `{name}` has no doors in this test");
        }
    }
}

#[test]
fn yaml_is_parsed_in_two_places_and_only_the_cli_reads_the_environment() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, _) in DOORS {
        for path in sources(&src.join(room)) {
            let text = fs::read_to_string(&path).unwrap();
            let production = text.split("#[cfg(test)]").next().unwrap();
            let may_parse = YAML_PARSERS.iter().any(|parser| path == src.join(parser));
            assert!(may_parse || !production.contains("serde_yaml"), "{} parses YAML", path.display());
            assert!(*room == "cli" || !production.contains("env::var"), "{} reads the environment", path.display());
        }
    }
}

/// `process.rs` takes identity and passphrase out of the environment, before anything else looks at it.
#[test]
fn environment_and_clock_are_read_in_one_place() {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    let allowed = [cli.join("env.rs"), cli.join("process.rs")];
    for path in sources(&cli) {
        let text = fs::read_to_string(&path).unwrap();
        let production = text.split("#[cfg(test)]").next().unwrap();
        let reads = ["env::var", "SystemTime::now", "clock_gettime("].iter().any(|call| production.contains(call));
        let is_test = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
        assert!(!reads || is_test || allowed.contains(&path), "{} reads the environment or the clock", path.display());
    }
}

/// Values leave, and documents change, through one function each (src/engine/access.rs).
#[test]
fn values_are_opened_and_changes_begun_in_one_place() {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
    for (call, home) in [("value::open(", "value.rs"), (".files.begin(", "writing.rs"), (".change.put(", "writing.rs")]
    {
        for path in sources(&engine).iter().filter(|path| !path.starts_with(engine.join("tests"))) {
            let text = fs::read_to_string(path).unwrap();
            let production = text.split("#[cfg(test)]").next().unwrap();
            assert!(!production.contains(call) || path.ends_with(home), "{} calls {call}", path.display());
        }
    }
}

/// Who looks for a place in docs/ARCHITECTURE.md finds it.
#[test]
fn the_map_names_only_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("docs/ARCHITECTURE.md")).unwrap();
    let files = sources(&root.join("src"));
    let is_there = |named: &str| {
        let is_below = |directory: &Path| directory.join(named).exists();
        let is_named = |path: &PathBuf| path.ancestors().any(|it| it.ends_with(named));
        is_below(root) || is_below(&root.join("src")) || files.iter().any(is_named)
    };
    let is_source = |named: &Path| named.extension().is_some_and(|it| it == "rs");
    let named: Vec<&str> = map.split('`').skip(1).step_by(2).filter(|text| !text.contains([' ', '*'])).collect();
    let places: Vec<_> = named.into_iter().filter(|text| is_source(Path::new(text)) || text.ends_with('/')).collect();
    assert!(places.len() > 150, "only {} places", places.len());
    let missing: Vec<_> = places.into_iter().filter(|named| !is_there(named)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
