//! No two files of a room need each other, and a `mod.rs` is a map or a leaf (docs/ARCHITECTURE.md).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Modules by their path, such as `["crypto", "wrap"]`, with the text of their files, without tests.
type Modules = BTreeMap<Vec<String>, String>;

/// Modules, and what each of them names.
type Edges<'a> = BTreeMap<&'a [String], BTreeSet<&'a [String]>>;

/// A module that is compiled for tests only.
static TEST_MODULE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"#\[cfg\(test\)\]\s+(?:pub(?:\([^)]*\))? )?mod (\w+);").unwrap());
/// Comments, modules of tests, attributes.
static ASIDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)//.*$|#\[cfg\(test\)\]\s+(pub(\([^)]*\))? )?mod \w+;|^\s*#!?\[.*\]$").unwrap());

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What a file says beside its comments and tests.
fn production(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    ASIDE.replace_all(text, "").into()
}

fn modules() -> Modules {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let (mut all, mut only_tests) = (Modules::new(), BTreeSet::new());
    for path in found {
        let rel = path.strip_prefix(&src).unwrap().with_extension("");
        let mut module: Vec<String> = rel.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        module.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
        for name in TEST_MODULE.captures_iter(&fs::read_to_string(&path).unwrap()) {
            only_tests.insert([module.clone(), vec![name[1].to_owned()]].concat());
        }
        all.insert(module, production(&path));
    }
    all.retain(|module, _| !only_tests.contains(module));
    all
}

/// The paths of a `use` tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn paths(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let (mut depth, mut branch, mut found) = (0, String::new(), Vec::new());
    for letter in rest.trim_end().strip_suffix('}').unwrap().chars().chain([',']) {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if letter == ',' && depth == 0 {
            let full = format!("{}{}", before.trim(), std::mem::take(&mut branch).trim());
            found.extend(paths(&full));
        } else {
            branch.push(letter);
        }
    }
    found
}

/// The module that a path in `module` names, or lies in.
fn target<'a>(path: &str, module: &[String], all: &'a Modules) -> Option<&'a [String]> {
    let parts: Vec<&str> = path.split("::").map(str::trim).collect();
    let ups = parts.iter().take_while(|part| **part == "super").count();
    let (base, rest) = match parts[0] {
        "crate" => (&[][..], &parts[1..]),
        "self" => (module, &parts[1..]),
        "super" => (&module[..module.len().checked_sub(ups)?], &parts[ups..]),
        _ => (module, &parts[..]),
    };
    let full: Vec<String> = base.iter().cloned().chain(rest.iter().map(|part| (*part).to_owned())).collect();
    let is_bare = !matches!(parts[0], "crate" | "self" | "super");
    let least = if is_bare { module.len() + 1 } else { 1 };
    let longest = (least..=full.len()).rev().find_map(|length| all.get_key_value(&full[..length]));
    longest.map(|(found, _)| found.as_slice()).filter(|found| *found != module)
}

fn edges(all: &Modules) -> Edges<'_> {
    let used = Regex::new(r"\buse\s+([\w:*]+(?: as \w+)?|[\w:]*\{[\w:*{},\s]*\});").unwrap();
    let inline = Regex::new(r"\b(?:crate|super|self)(?:::\w+)+").unwrap();
    let mut edges = Edges::new();
    for (module, text) in all {
        let trees = used.captures_iter(text).flat_map(|tree| paths(&tree[1]));
        let rest = used.replace_all(text, "");
        let named = trees.chain(inline.find_iter(&rest).map(|path| path.as_str().to_owned()));
        let targets = named.filter_map(|path| target(&path, module, all));
        edges.insert(module.as_slice(), targets.collect());
    }
    edges
}

/// Everything that can be reached from a module over others of `within`.
fn reached<'a>(from: &'a [String], within: &BTreeSet<&'a [String]>, edges: &Edges<'a>) -> BTreeSet<&'a [String]> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(module) = waiting.pop() {
        for next in edges[module].iter().filter(|next| within.contains(*next)) {
            if found.insert(*next) {
                waiting.push(next);
            }
        }
    }
    found
}

/// Circles among some modules. A parent may need its children and they it, but not each other.
fn circles<'a>(within: &BTreeSet<&'a [String]>, edges: &Edges<'a>) -> Vec<BTreeSet<&'a [String]>> {
    let reach: BTreeMap<_, _> = within.iter().map(|module| (*module, reached(module, within, edges))).collect();
    let (mut left, mut found) = (within.clone(), Vec::new());
    while let Some(module) = left.pop_first() {
        let mut circle: BTreeSet<_> =
            reach[module].iter().copied().filter(|other| reach[other].contains(module)).collect();
        left.retain(|other| !circle.contains(other));
        circle.insert(module);
        let top = circle.iter().copied().min_by_key(|module| module.len()).unwrap();
        if circle.len() == 1 {
            continue;
        }
        if circle.iter().all(|module| module.starts_with(top)) {
            circle.remove(top);
            found.extend(circles(&circle, edges));
        } else {
            found.push(circle);
        }
    }
    found
}

#[test]
fn no_circle_of_files_is_in_a_room() {
    let all = modules();
    let edges = edges(&all);
    let rooms: BTreeSet<&String> = all.keys().filter_map(|module| module.first()).collect();
    for room in rooms {
        let within = all.keys().map(Vec::as_slice).filter(|module| module.first() == Some(room)).collect();
        let found = circles(&within, &edges);
        assert!(found.is_empty(), "files of `{room}` need each other: {found:#?}");
    }
}

#[test]
fn a_circle_is_found() {
    let module = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let texts = [
        ("a/b", "use super::c::{self, D};"),
        ("a/c", "fn f() { crate::a::b::g() }"),
        ("a/d", "use super::d::{e::F, g};"),
        ("a/d/e", "use super::G;\nuse crate::h;"),
    ];
    let all: Modules = texts.into_iter().map(|(path, text)| (module(path), text.to_owned())).collect();
    let within = all.keys().map(Vec::as_slice).collect();
    let found = circles(&within, &edges(&all));
    assert_eq!(found, [BTreeSet::from([module("a/b").as_slice(), module("a/c").as_slice()])]);
}

#[test]
fn a_mod_rs_is_a_map_or_a_leaf() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let entry = Regex::new(r"^(pub(\([^)]*\))? )?(mod|use) ").unwrap();
    for path in found.iter().filter(|path| path.ends_with("mod.rs")) {
        let text = production(path);
        let statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        let (map, rest): (Vec<&str>, Vec<&str>) = statements.partition(|statement| entry.is_match(statement));
        let is_parent = map.iter().any(|statement| statement.contains("mod "));
        assert!(!is_parent || rest.is_empty(), "{} holds modules and code", path.display());
    }
}
