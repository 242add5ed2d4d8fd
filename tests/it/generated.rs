//! `completions/` and `man/` are what the program prints; a stale file fails here.
//! `VAULT_WRITE_GENERATED=1 cargo test --test it generated` renews them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::project::Sandbox;

const SCRIPTS: &[(&str, &str)] = &[
    ("bash", "vault.bash"),
    ("zsh", "_vault"),
    ("fish", "vault.fish"),
    ("elvish", "vault.elv"),
    ("powershell", "vault.ps1"),
];

type Files = BTreeMap<String, Vec<u8>>;

fn output(arguments: &[&str]) -> Vec<u8> {
    let output = Sandbox::empty().program().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn read(directory: &Path) -> Files {
    let Ok(entries) = fs::read_dir(directory) else { return Files::new() };
    let files = entries.map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

fn compare_or_write(directory: &str, expected: &Files) {
    let committed: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    if std::env::var_os("VAULT_WRITE_GENERATED").is_some() {
        fs::create_dir_all(&committed).unwrap();
        for stale in read(&committed).keys().filter(|name| !expected.contains_key(*name)) {
            fs::remove_file(committed.join(stale)).unwrap();
        }
        for (name, text) in expected {
            fs::write(committed.join(name), text).unwrap();
        }
    }
    let found = read(&committed);
    let names = expected.keys().chain(found.keys());
    let stale: Vec<&String> = names.filter(|name| expected.get(*name) != found.get(*name)).collect();
    assert!(stale.is_empty(), "stale in {directory}/: {stale:?}; VAULT_WRITE_GENERATED=1 writes them");
}

#[test]
fn completions_are_what_the_program_prints() {
    let script = |(shell, file): &(&str, &str)| ((*file).to_owned(), output(&["completions", shell]));
    compare_or_write("completions", &SCRIPTS.iter().map(script).collect());
}

#[test]
fn man_pages_are_what_the_program_renders() {
    let directory = tempfile::tempdir().unwrap();
    output(&["man", "--install", directory.path().to_str().unwrap()]);
    compare_or_write("man", &read(&directory.path().join("man1")));
}
