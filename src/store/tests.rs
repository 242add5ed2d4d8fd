//! What every implementation of [`Files`] guarantees.

use std::time::Duration;

use super::files::{Found, Reach};
use super::{Directory, Expect, Files, Memory, Overlay, Problem};
use crate::crypto::framing::sha256;

const CAP: u64 = 100;
const WAIT: Duration = Duration::from_millis(20);

/// The initial files.
const FILES: &[(&str, &str)] = &[
    ("params/a.yaml", "a"),
    ("params/deep/b.yaml", "b"),
    ("params/deep/deeper/c.yaml", "c"),
    ("params/deep/note.txt", "note"),
    ("params/.hidden/d.yaml", "d"),
    ("params/.hidden.yaml", "hidden"),
    ("params/.gone.yaml.gone", ""),
    ("params/gone.yaml", "gone"),
    ("secrets/s.yaml", "s"),
    ("vault.yaml", "id"),
];

/// Runs a case on each kind of files.
fn on_each(case: impl Fn(&str, &dyn Files)) {
    let files = || FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let place = tempfile::tempdir().unwrap();
    let directory = |name: &str| {
        let directory = Directory::create(&place.path().join(name)).unwrap();
        files().for_each(|(path, bytes)| directory.replace(&path, &bytes).unwrap());
        directory
    };
    let laid = Overlay::new(Box::new(Memory::new("empty", [])));
    publish(&laid, |change| files().for_each(|(path, bytes)| change.put(&path, bytes, Expect::Absent))).unwrap();
    let kinds: [(&str, Box<dyn Files>); 5] = [
        ("directory", Box::new(directory("directory"))),
        ("memory", Box::new(Memory::new("memory", files()))),
        ("overlay over a directory", Box::new(Overlay::new(Box::new(directory("below"))))),
        ("overlay over memory", Box::new(Overlay::new(Box::new(Memory::new("below", files()))))),
        ("overlay over nothing", Box::new(laid)),
    ];
    for (kind, files) in &kinds {
        case(kind, &**files);
    }
}

fn publish(files: &dyn Files, list: impl FnOnce(&mut dyn super::Change)) -> Result<Vec<String>, super::Unpublished> {
    let mut change = files.begin(WAIT).unwrap();
    list(&mut *change);
    change.publish()
}

fn text(files: &dyn Files, path: &str) -> Option<String> {
    files.read(path, CAP).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
}

fn same(text: &str) -> Expect {
    Expect::Same(sha256(text.as_bytes()))
}

/// What a walk shows, sorted: documents with their content, hints with a `-`, anything else with a `?`.
fn walked(files: &dyn Files, directory: &str, reach: Reach) -> Vec<String> {
    let mut shown = Vec::new();
    let visit = |found: Found<'_>| {
        shown.push(match found {
            Found::Document(leaf) => format!("{}={}", leaf.path(), String::from_utf8(leaf.read(CAP).unwrap()).unwrap()),
            Found::Gone(document) => format!("-{document}"),
            Found::Foreign(path) => format!("?{path}"),
        });
        Ok::<(), super::StoreError>(())
    };
    files.walk(directory, reach, visit).unwrap();
    shown.sort();
    shown
}

fn children(files: &dyn Files, directory: &str) -> Vec<String> {
    let children = files.children(directory).unwrap();
    children.into_iter().map(|entry| entry.name + if entry.is_dir { "/" } else { "" }).collect()
}

#[test]
fn what_is_there_is_read_up_to_a_cap() {
    on_each(|kind, files| {
        assert_eq!(text(files, "params/deep/b.yaml").as_deref(), Some("b"), "{kind}");
        assert_eq!(text(files, "params/none.yaml"), None, "{kind}");
        assert_eq!(text(files, "none/none.yaml"), None, "{kind}");
        let too_large = files.read("params/deep/note.txt", 3).unwrap_err();
        assert!(matches!(too_large.problem, Problem::TooLarge { cap: 3 }), "{kind}: {too_large}");
        assert_eq!(files.read("params/a.yaml", 1).unwrap().as_deref(), Some(&b"a"[..]), "{kind}");
        let exists = |path| files.exists(path).unwrap();
        assert!(exists("params/a.yaml") && !exists("params/b.yaml") && !exists("none/a.yaml"), "{kind}");
    });
}

#[test]
fn a_directory_is_no_file() {
    on_each(|kind, files| {
        for path in ["params", "params/deep"] {
            assert!(matches!(files.exists(path).unwrap_err().problem, Problem::NotRegular), "{kind}: {path}");
            assert!(matches!(files.read(path, CAP).unwrap_err().problem, Problem::NotRegular), "{kind}: {path}");
        }
    });
}

#[test]
fn a_walk_shows_documents_and_hints_and_passes_over_hidden_names() {
    on_each(|kind, files| {
        let right_there = ["-params/gone.yaml", "params/a.yaml=a", "params/gone.yaml=gone"];
        assert_eq!(walked(files, "params", Reach::Children), right_there, "{kind}");
        let below = [
            "-params/gone.yaml",
            "?params/deep/note.txt",
            "params/a.yaml=a",
            "params/deep/b.yaml=b",
            "params/deep/deeper/c.yaml=c",
            "params/gone.yaml=gone",
        ];
        assert_eq!(walked(files, "params", Reach::Descendants), below, "{kind}");
        assert_eq!(walked(files, "", Reach::Children), ["vault.yaml=id"], "{kind}");
        assert!(walked(files, "none", Reach::Descendants).is_empty(), "{kind}");
    });
}

#[test]
fn a_walk_ends_when_it_has_enough() {
    on_each(|kind, files| {
        let mut shown = 0;
        let stop = |_: Found<'_>| {
            shown += 1;
            Err(super::StoreError::new(super::Verb::List, "enough", Problem::Busy))
        };
        assert!(files.walk("params", Reach::Descendants, stop).is_err());
        assert_eq!(shown, 1, "{kind}");
    });
}

#[test]
fn children_are_sorted_and_not_hidden() {
    on_each(|kind, files| {
        assert_eq!(children(files, "params"), ["a.yaml", "deep/", "gone.yaml"], "{kind}");
        assert_eq!(children(files, ""), ["params/", "secrets/", "vault.yaml"], "{kind}");
        assert!(children(files, "none").is_empty(), "{kind}");
    });
}

#[test]
fn what_is_published_is_seen_by_every_look() {
    on_each(|kind, files| {
        let bytes = |text: &str| text.as_bytes().to_vec();
        publish(files, |change| {
            change.put("params/a.yaml", bytes("A"), same("a"));
            change.put("params/new/n.yaml", bytes("n"), Expect::Absent);
            change.remove("params/.gone.yaml.gone", Expect::Any);
            change.remove("params/gone.yaml", same("gone"));
            change.remove("params/never.yaml", Expect::Any);
            change.put("params/deep/b.yaml", bytes("B"), Expect::Any);
        })
        .unwrap();
        let shown = [
            "?params/deep/note.txt",
            "params/a.yaml=A",
            "params/deep/b.yaml=B",
            "params/deep/deeper/c.yaml=c",
            "params/new/n.yaml=n",
        ];
        assert_eq!(walked(files, "params", Reach::Descendants), shown, "{kind}");
        assert_eq!(children(files, "params"), ["a.yaml", "deep/", "new/"], "{kind}");
        assert!(!files.exists("params/gone.yaml").unwrap() && text(files, "params/gone.yaml").is_none(), "{kind}");
    });
}

#[test]
fn what_is_not_published_is_dropped_and_the_list_is_empty_afterwards() {
    on_each(|kind, files| {
        files.begin(WAIT).unwrap().put("params/x.yaml", b"x".to_vec(), Expect::Any);
        assert_eq!(text(files, "params/x.yaml"), None, "{kind}");
        let mut change = files.begin(WAIT).unwrap();
        change.put("params/x.yaml", b"x".to_vec(), Expect::Absent);
        change.publish().unwrap();
        assert!(change.publish().unwrap().is_empty(), "{kind}");
        change.put("params/x.yaml", b"y".to_vec(), same("x"));
        change.publish().unwrap();
        assert_eq!(text(files, "params/x.yaml").as_deref(), Some("y"), "{kind}");
    });
}

#[test]
fn nothing_is_published_where_something_else_lies_than_was_expected() {
    on_each(|kind, files| {
        for (path, expect) in [
            ("params/a.yaml", Expect::Absent),
            ("params/a.yaml", same("another")),
            ("params/none.yaml", same("another")),
        ] {
            for is_put in [true, false] {
                let before = text(files, path);
                let refused = publish(files, |change| {
                    if is_put {
                        change.put(path, b"new".to_vec(), expect.clone());
                    } else {
                        change.remove(path, expect.clone());
                    }
                });
                let refused = refused.unwrap_err();
                let is_meant = match expect {
                    Expect::Absent => matches!(refused.error.problem, Problem::AlreadyThere),
                    _ => matches!(refused.error.problem, Problem::Changed),
                };
                assert!(is_meant && refused.published.is_empty(), "{kind}: {path}, {expect:?}: {refused}");
                assert_eq!((refused.error.path.as_str(), text(files, path)), (path, before), "{kind}");
            }
        }
    });
}

#[test]
fn where_an_entry_fails_others_see_some_before_it_and_none_after_it() {
    // As many as are replaced one by one, and as many as are replaced together.
    for count in [2, 6] {
        for bad in 0..count {
            on_each(|kind, files| {
                let path = |n: usize| format!("params/list{n}.yaml");
                let failed = publish(files, |change| {
                    for n in 0..count {
                        let expect = if n == bad { same("another") } else { Expect::Absent };
                        change.put(&path(n), n.to_string().into_bytes(), expect);
                    }
                });
                let failed = failed.unwrap_err();
                let there: Vec<String> = (0..count).map(path).filter(|path| files.exists(path).unwrap()).collect();
                assert_eq!(there, (0..there.len()).map(path).collect::<Vec<_>>(), "{kind}: a list without gaps");
                assert!(there.len() <= bad, "{kind}: {there:?}");
                // A dry run never says that others can read something.
                let said = if files.is_rehearsal() { Vec::new() } else { there };
                assert_eq!(failed.published, said, "{kind}");
                assert_eq!(failed.error.path, path(bad), "{kind}");
            });
        }
    }
}

#[test]
fn an_entry_finds_what_those_before_it_have_left() {
    // Alone, and among as many as are replaced together.
    for others in [0, 4] {
        on_each(|kind, files| {
            let path = "params/again.yaml";
            let twice = |[first, second]: [(&str, Expect); 2]| {
                publish(files, |change| {
                    (0..others).for_each(|n| change.put(&format!("params/other{n}.yaml"), Vec::new(), Expect::Any));
                    change.put(path, first.0.into(), first.1);
                    change.put(path, second.0.into(), second.1);
                })
            };
            let refused = twice([("1", Expect::Absent), ("2", Expect::Absent)]).unwrap_err();
            assert!(matches!(refused.error.problem, Problem::AlreadyThere), "{kind}: {refused}");
            assert_eq!(text(files, path).as_deref(), Some("1"), "{kind}");
            twice([("2", same("1")), ("3", same("2"))]).unwrap();
            assert_eq!(text(files, path).as_deref(), Some("3"), "{kind}");
            let refused = twice([("4", same("3")), ("5", same("3"))]).unwrap_err();
            assert!(matches!(refused.error.problem, Problem::Changed), "{kind}: {refused}");
            assert_eq!(text(files, path).as_deref(), Some("4"), "{kind}");
        });
    }
}

#[test]
fn a_list_is_published_in_its_order() {
    on_each(|kind, files| {
        let published = publish(files, |change| {
            change.put("params/.a.yaml.gone", Vec::new(), Expect::Any);
            change.put("params/a.yaml", b"A".to_vec(), same("a"));
            change.remove("params/.gone.yaml.gone", Expect::Any);
            change.put("params/0.yaml", b"0".to_vec(), Expect::Absent);
        });
        let list = ["params/.a.yaml.gone", "params/a.yaml", "params/.gone.yaml.gone", "params/0.yaml"];
        let said: &[&str] = if files.is_rehearsal() { &[] } else { &list };
        assert_eq!(published.unwrap(), said, "{kind}");
    });
}

#[test]
fn one_writer_works_at_a_time() {
    on_each(|kind, files| {
        let first = files.begin(WAIT).unwrap();
        assert!(matches!(files.begin(WAIT).err().unwrap().problem, Problem::Busy), "{kind}");
        drop(first);
        assert!(files.begin(WAIT).is_ok(), "{kind}");
    });
}

#[test]
fn a_change_of_others_is_noticed() {
    on_each(|kind, files| {
        // The file that is locked is made now.
        drop(files.begin(WAIT).unwrap());
        // The clock of a file system goes in steps.
        std::thread::sleep(Duration::from_millis(20));
        let seen = files.seen();
        assert!(!files.changed_since(&seen), "{kind}");
        publish(files, |change| change.put("params/deep/b.yaml", b"B".to_vec(), Expect::Any)).unwrap();
        assert_eq!(files.changed_since(&seen), !files.is_rehearsal(), "{kind}: a rehearsal changes nothing for others");
    });
}
