use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use super::*;
use crate::model::time::Timestamp;
use crate::store::Files;
use crate::store::files::{Entry, Found, Reach};

struct Vault {
    dir: tempfile::TempDir,
    root: Directory,
}

impl Vault {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Directory::create(&dir.path().join("vault")).unwrap();
        Vault { dir, root }
    }

    fn path(&self, rel: &str) -> PathBuf {
        self.root.path.join(rel)
    }

    /// A file outside the vault that must never be touched.
    fn outside(&self) -> PathBuf {
        let path = self.dir.path().join("outside.yaml");
        fs::write(&path, "outside").unwrap();
        path
    }

    fn fifo(&self, rel: &str) {
        rustix::fs::mknodat(CWD, self.path(rel), FileType::Fifo, Mode::RWXU, 0).unwrap();
    }

    fn names(&self, dir: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(dir))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn files(&self) -> &dyn Files {
        &self.root
    }

    fn walked(&self, dir: &str, reach: Reach) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut documents, mut foreign) = (BTreeSet::new(), BTreeSet::new());
        self.files()
            .walk(dir, reach, |found| {
                match found {
                    Found::Document(leaf) => documents.insert(leaf.path().to_owned()),
                    Found::Gone(_) => false,
                    Found::Foreign(rel) => foreign.insert(rel.to_owned()),
                };
                Ok::<(), StoreError>(())
            })
            .unwrap();
        (documents, foreign)
    }
}

fn problem<T>(result: Result<T, StoreError>) -> Problem {
    match result {
        Ok(_) => panic!("it worked"),
        Err(error) => error.problem,
    }
}

#[test]
fn what_is_written_is_read() {
    let vault = Vault::new();
    assert_eq!(vault.root.read("params/a/b.yaml", 10).unwrap(), None);
    vault.root.replace("params/a/b.yaml", b"one").unwrap();
    assert_eq!(vault.root.read("params/a/b.yaml", 10).unwrap().unwrap(), b"one");
    vault.root.replace("params/a/b.yaml", b"").unwrap();
    assert_eq!(vault.root.read("params/a/b.yaml", 10).unwrap().unwrap(), b"");
    assert!(vault.root.exists("params/a/b.yaml").unwrap());
    assert_eq!(vault.names("params/a"), ["b.yaml"], "no temporary file stays");
    vault.root.remove("params/a/b.yaml").unwrap();
    assert!(!vault.root.exists("params/a/b.yaml").unwrap());
    assert!(!vault.root.exists("nowhere/b.yaml").unwrap());
    assert!(matches!(problem(vault.root.remove("params/a/b.yaml")), Problem::NotFound));
    assert!(matches!(problem(Directory::open(&vault.path("none"))), Problem::NotFound));
}

#[test]
fn a_new_file_never_replaces_one() {
    let vault = Vault::new();
    vault.root.create_new("trust/000001.yaml", b"one").unwrap();
    assert!(matches!(problem(vault.root.create_new("trust/000001.yaml", b"two")), Problem::AlreadyThere));
    assert_eq!(vault.root.read("trust/000001.yaml", 10).unwrap().unwrap(), b"one");
    assert_eq!(vault.names("trust"), ["000001.yaml"]);
}

#[test]
fn many_files_are_replaced_together_and_a_failure_leaves_no_temporary_file() {
    let vault = Vault::new();
    let files: Vec<_> = (0..50).map(|n| (format!("params/{}/{n}.yaml", n % 7), vec![n; 10])).collect();
    vault.root.replace_all(&files).unwrap();
    for (rel, bytes) in &files {
        assert_eq!(vault.root.read(rel, 10).unwrap().unwrap(), *bytes);
    }
    fs::create_dir(vault.path("params/0/dir.yaml")).unwrap();
    let bad = [("params/0/new.yaml".to_owned(), vec![1]), ("params/0/dir.yaml".to_owned(), vec![1])];
    assert!(matches!(problem(vault.root.replace_all(&bad)), Problem::NotRegular));
    assert!(vault.names("params/0").iter().all(|name| !name.starts_with('.') && name != "new.yaml"));
    vault.root.replace_all(&[]).unwrap();
}

#[test]
fn paths_that_lead_elsewhere_are_refused_before_the_system_sees_them() {
    let vault = Vault::new();
    vault.outside();
    for rel in ["", "/etc/passwd", "../outside.yaml", "params/../x.yaml", "./x.yaml", "a//b.yaml", "a/", "a\0b"] {
        assert!(matches!(problem(vault.root.read(rel, 10)), Problem::NotInside | Problem::NotRegular), "{rel:?}");
        assert!(matches!(problem(vault.root.exists(rel)), Problem::NotInside), "{rel:?}");
        assert!(matches!(problem(vault.root.replace(rel, b"x")), Problem::NotInside), "{rel:?}");
        assert!(matches!(problem(vault.root.create_new(rel, b"x")), Problem::NotInside), "{rel:?}");
        assert!(matches!(problem(vault.root.remove(rel)), Problem::NotInside), "{rel:?}");
        assert!(matches!(problem(vault.root.replace_all(&[(rel.into(), vec![])])), Problem::NotInside), "{rel:?}");
    }
}

/// Everything that a path can meet, tried with and without `openat2`.
#[test]
fn links_are_never_followed() {
    let vault = Vault::new();
    let outside = vault.outside();
    fs::create_dir_all(vault.path("params/real")).unwrap();
    fs::write(vault.path("params/real/x.yaml"), "x").unwrap();
    symlink(&outside, vault.path("params/link.yaml")).unwrap();
    symlink("real/x.yaml", vault.path("params/inside.yaml")).unwrap();
    symlink("real", vault.path("params/dir")).unwrap();
    symlink(vault.dir.path(), vault.path("secrets")).unwrap();
    symlink("/nowhere", vault.path("params/dangling.yaml")).unwrap();
    let leaves = ["params/link.yaml", "params/inside.yaml", "params/dangling.yaml"];
    let behind = ["params/dir/x.yaml", "secrets/outside.yaml", "secrets/vault/params/real/x.yaml"];
    for rel in leaves.iter().chain(&behind) {
        assert!(matches!(problem(vault.root.read(rel, 10)), Problem::Symlink), "{rel}");
        assert!(matches!(vault.root.beneath.walk(rel, READ_FLAGS), Err(Problem::Symlink)), "{rel}");
        assert!(matches!(problem(vault.root.exists(rel)), Problem::Symlink), "{rel}");
        assert!(matches!(problem(vault.root.replace(rel, b"evil")), Problem::Symlink), "{rel}");
        assert!(matches!(problem(vault.root.create_new(rel, b"evil")), Problem::Symlink), "{rel}");
        assert!(matches!(problem(vault.root.replace_all(&[((*rel).into(), vec![])])), Problem::Symlink), "{rel}");
        assert!(matches!(problem(vault.root.remove(rel)), Problem::Symlink), "{rel}");
    }
    assert!(matches!(problem(vault.root.children("params/dir")), Problem::Symlink));
    assert_eq!(fs::read(&outside).unwrap(), b"outside");
    assert_eq!(fs::read(vault.path("params/real/x.yaml")).unwrap(), b"x");
    assert_eq!(vault.names("params/real"), ["x.yaml"]);
    assert_eq!(fs::read_dir(vault.dir.path()).unwrap().count(), 2, "nothing was made outside");
}

#[test]
fn both_ways_of_opening_read_the_same() {
    let vault = Vault::new();
    vault.root.replace("params/a/b/c.yaml", b"c").unwrap();
    let walked = vault.root.beneath.walk("params/a/b/c.yaml", READ_FLAGS).unwrap();
    assert_eq!(read_capped(walked, 10).unwrap(), b"c");
    assert!(matches!(vault.root.beneath.walk("params/x/c.yaml", READ_FLAGS), Err(Problem::NotFound)));
    assert!(matches!(vault.root.beneath.walk("params/a/b/c.yaml/d", READ_FLAGS), Err(Problem::NotDirectory)));
    assert!(matches!(problem(vault.root.read("params/a/b/c.yaml/d", 9)), Problem::NotDirectory));
}

#[test]
fn pipes_sockets_devices_and_directories_are_refused_without_waiting() {
    let vault = Vault::new();
    fs::create_dir_all(vault.path("params/dir.yaml")).unwrap();
    vault.fifo("params/pipe.yaml");
    let _socket = UnixListener::bind(vault.path("params/socket.yaml")).unwrap();
    let mut special = vec!["params/dir.yaml", "params/pipe.yaml", "params/socket.yaml"];
    // Making a device takes privileges that a test need not have.
    let device = rustix::fs::makedev(1, 5);
    if rustix::fs::mknodat(CWD, vault.path("params/zero.yaml"), FileType::CharacterDevice, Mode::RWXU, device).is_ok() {
        special.push("params/zero.yaml");
    }
    for rel in &special {
        // A device node may also be forbidden outright where the file system is mounted without them.
        assert!(matches!(problem(vault.root.read(rel, 10)), Problem::NotRegular | Problem::Denied), "{rel}");
        assert!(matches!(problem(vault.root.exists(rel)), Problem::NotRegular), "{rel}");
        assert!(matches!(problem(vault.root.replace(rel, b"x")), Problem::NotRegular), "{rel}");
        assert!(matches!(problem(vault.root.remove(rel)), Problem::NotRegular), "{rel}");
    }
    let (documents, foreign) = vault.walked("params", Reach::Descendants);
    assert!(documents.is_empty());
    assert_eq!(foreign.len(), special.len());
}

#[test]
fn a_size_is_what_can_be_read_not_what_is_stated() {
    let vault = Vault::new();
    fs::write(vault.path("x.yaml"), [0; 100]).unwrap();
    assert!(matches!(problem(vault.root.read("x.yaml", 99)), Problem::TooLarge { cap: 99 }));
    assert_eq!(vault.root.read("x.yaml", 100).unwrap().unwrap().len(), 100);
    if cfg!(target_os = "linux") {
        // Regular files that state a size of 0 and have content: the same as growing between the two looks.
        let process = Directory::open("/proc/self".as_ref()).unwrap();
        assert!(matches!(problem(process.read("status", 50)), Problem::TooLarge { cap: 50 }));
        assert!(process.read("status", 1 << 20).unwrap().unwrap().len() > 50);
    }
}

#[test]
fn a_file_that_grows_without_end_is_given_up() {
    let vault = Vault::new();
    let path = vault.path("x.yaml");
    fs::write(&path, [0; 10]).unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writer = std::thread::spawn({
        let stop = stop.clone();
        move || {
            let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) && file.metadata().unwrap().len() < 64 << 20 {
                std::io::Write::write_all(&mut file, &[0; 4096]).unwrap();
            }
        }
    });
    let mut last = Ok(None);
    while last.is_ok() {
        last = vault.root.read("x.yaml", 200_000);
        assert!(last.as_ref().map_or(true, |bytes| bytes.as_ref().unwrap().len() <= 200_000));
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writer.join().unwrap();
    assert!(matches!(problem(last), Problem::TooLarge { .. }));
}

#[test]
fn a_walk_reports_documents_and_everything_foreign() {
    let vault = Vault::new();
    for rel in ["params/x.yaml", "params/a/y.yaml", "params/a/b/z.yaml", "params/notes.txt", "params/.hidden.yaml"] {
        vault.root.replace(rel, b"content").unwrap();
    }
    fs::create_dir_all(vault.path("params/.git/objects")).unwrap();
    fs::create_dir_all(vault.path("params/d.yaml/e")).unwrap();
    fs::write(vault.path("params/d.yaml/e/f.yaml"), "").unwrap();
    symlink("a", vault.path("params/link")).unwrap();
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    let foreign = set(&["params/notes.txt", "params/link", "params/d.yaml"]);
    assert_eq!(vault.walked("params", Reach::Children), (set(&["params/x.yaml"]), foreign.clone()));
    let all = set(&["params/x.yaml", "params/a/y.yaml", "params/a/b/z.yaml"]);
    assert_eq!(vault.walked("params", Reach::Descendants), (all.clone(), foreign.clone()));
    assert_eq!(vault.walked("", Reach::Descendants), (all, foreign), "the vault itself can be walked");
    assert_eq!(vault.walked("nothing", Reach::Descendants), (set(&[]), set(&[])));
    let names: Vec<_> = vault.root.children("params").unwrap();
    let expected = [("a", true), ("d.yaml", true), ("notes.txt", false), ("x.yaml", false)];
    assert_eq!(names, expected.map(|(name, is_dir)| Entry { name: name.into(), is_dir }));
}

#[test]
fn a_walk_stops_at_the_first_error_of_its_visitor() {
    let vault = Vault::new();
    for n in 0..10 {
        vault.root.replace(&format!("params/{n}/x.yaml"), b"").unwrap();
    }
    let mut visited = 0;
    let stopped = vault.files().walk("params", Reach::Descendants, |_| {
        visited += 1;
        Err(StoreError::new(Verb::Read, "x", Problem::NotFound))
    });
    assert!(stopped.is_err());
    assert_eq!(visited, 1);
}

#[test]
fn a_walk_gives_the_content() {
    let vault = Vault::new();
    vault.root.replace("params/x.yaml", b"0123456789").unwrap();
    vault
        .files()
        .walk("params", Reach::Children, |found| {
            let Found::Document(leaf) = found else { panic!("foreign") };
            assert_eq!(leaf.read(10)?, b"0123456789");
            assert!(matches!(problem(leaf.read(9)), Problem::TooLarge { .. }));
            Ok::<(), StoreError>(())
        })
        .unwrap();
}

#[test]
fn names_that_are_not_text_are_foreign() {
    use std::os::unix::ffi::OsStrExt;
    let vault = Vault::new();
    fs::create_dir(vault.path("params")).unwrap();
    if fs::write(vault.path("params").join(std::ffi::OsStr::from_bytes(b"\xff.yaml")), "").is_ok() {
        let (documents, foreign) = vault.walked("params", Reach::Children);
        assert!(documents.is_empty() && foreign.contains("params/\u{fffd}.yaml"), "{foreign:?}");
        assert_eq!(vault.root.children("params").unwrap(), []);
    }
}

#[test]
fn very_deep_directories_exhaust_nothing() {
    let vault = Vault::new();
    let deep = ["d"; 430].join("/");
    vault.root.replace(&format!("params/{deep}/x.yaml"), b"").unwrap();
    assert_eq!(vault.walked("params", Reach::Descendants).0.len(), 1);
    fs::create_dir_all(vault.path(&format!("params/{deep}/{}", ["e"; 200].join("/")))).unwrap();
    let (documents, foreign) = vault.walked("params", Reach::Descendants);
    assert_eq!((documents.len(), foreign.len()), (1, 1), "past the limit of paths it is foreign");
}

#[test]
fn stale_temporary_files_go_and_all_others_stay() {
    let vault = Vault::new();
    vault.root.replace("params/x.yaml", b"").unwrap();
    let temp = ".x.yaml.0123456789abcdef.tmp";
    for name in [temp, ".notes.tmp", ".x.yaml.0123456789ABCDEF.tmp", "x.tmp"] {
        fs::write(vault.path("params").join(name), "").unwrap();
    }
    let now = fs::metadata(vault.path("params").join(temp)).unwrap().modified().unwrap();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let later = Timestamp::from_unix(i64::try_from(now).unwrap() + 100);
    assert_eq!(vault.root.sweep_temps("params", later, Duration::from_secs(200)).unwrap(), 0);
    assert_eq!(vault.root.sweep_temps("params", later, Duration::from_secs(50)).unwrap(), 1);
    assert_eq!(vault.names("params"), [".notes.tmp", ".x.yaml.0123456789ABCDEF.tmp", "x.tmp", "x.yaml"]);
    assert_eq!(vault.root.sweep_temps("none", later, Duration::ZERO).unwrap(), 0);
}

#[test]
fn files_have_the_mode_that_the_umask_leaves() {
    let vault = Vault::new();
    vault.root.replace("params/x.yaml", b"").unwrap();
    let plain = vault.dir.path().join("plain");
    fs::File::create(&plain).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&vault.path("params/x.yaml")), mode(&plain));
}

#[test]
fn a_full_or_forbidden_place_is_named() {
    if rustix::process::geteuid().is_root() {
        // The superuser is denied nothing; `/dev/full` is a device. What is left is a file system that is read-only.
        let system = Directory::open("/proc/self".as_ref()).unwrap();
        assert!(system.replace("x.yaml", b"x").unwrap_err().to_string().starts_with("cannot write `x.yaml`: "));
        return;
    }
    let vault = Vault::new();
    vault.root.replace("params/x.yaml", b"x").unwrap();
    fs::set_permissions(vault.path("params"), fs::Permissions::from_mode(0o500)).unwrap();
    assert!(matches!(problem(vault.root.replace("params/x.yaml", b"y")), Problem::Denied));
    fs::set_permissions(vault.path("params"), fs::Permissions::from_mode(0o000)).unwrap();
    let error = vault.root.read("params/x.yaml", 10).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `params/x.yaml`: permission denied");
    fs::set_permissions(vault.path("params"), fs::Permissions::from_mode(0o700)).unwrap();
}

/// `cargo test --release -- --ignored a_walk_costs --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
fn a_walk_costs_little_more_than_the_bare_system_calls() {
    let vault = Vault::new();
    fs::create_dir(vault.path("params")).unwrap();
    for n in 0..10_000 {
        fs::write(vault.path(&format!("params/parameter-{n}.yaml")), "").unwrap();
    }
    let mut best = [Duration::MAX; 3];
    for _ in 0..20 {
        let start = Instant::now();
        let dir = vault.root.beneath.open("params", DIR_FLAGS).unwrap();
        let mut buffer = Vec::<u8>::with_capacity(32 << 10);
        let mut raw = rustix::fs::RawDir::new(&dir, buffer.spare_capacity_mut());
        let mut bare = 0;
        while let Some(entry) = raw.next() {
            bare += entry.unwrap().file_name().to_bytes().len();
        }
        best[0] = best[0].min(start.elapsed());
        let start = Instant::now();
        let mut walked = 0;
        vault
            .files()
            .walk("params", Reach::Descendants, |found| {
                if let Found::Document(leaf) = found {
                    walked += leaf.path().len();
                }
                Ok::<(), StoreError>(())
            })
            .unwrap();
        best[1] = best[1].min(start.elapsed());
        let start = Instant::now();
        let mut names = 0;
        vault
            .files()
            .walk("params", Reach::Descendants, |found| {
                if let Found::Document(leaf) = found {
                    names += usize::from(matches!(
                        crate::format::path::decode_parameter(leaf.path()),
                        crate::format::path::Decoded::Name(_)
                    ));
                }
                Ok::<(), StoreError>(())
            })
            .unwrap();
        best[2] = best[2].min(start.elapsed());
        assert_eq!((bare > 0, walked > 0, names), (true, true, 10_000));
    }
    println!("bare {:?}, walk {:?}, walk and names {:?}", best[0], best[1], best[2]);
}
