//! Files that are written for the user: what is not a regular file is written into or refused, never replaced.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::project::Sandbox;

/// Each command that writes a file; `FILE` is that.
const WRITERS: [&str; 7] = [
    "render t.in --out FILE",
    "render t.in --lock FILE",
    "export /h --format dotenv --out FILE",
    "export /h --format dotenv --append --out FILE",
    "backup --force FILE",
    "backup FILE",
    "scan --update-baseline --baseline FILE",
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/h", "v", "--type", "String"]);
    fs::write(sandbox.project().join("t.in"), "h={{resolve:ssm:/h}}\n").unwrap();
    sandbox
}

fn run(sandbox: &Sandbox, line: &str, file: &Path) -> crate::project::Outcome {
    let file = file.to_str().unwrap();
    sandbox.run(&line.split(' ').map(|word| if word == "FILE" { file } else { word }).collect::<Vec<_>>())
}

#[test]
fn what_is_no_file_stays_what_it_is() {
    let sandbox = sandbox();
    let at = |name: &str| sandbox.project().join(name);
    let _listener = UnixListener::bind(at("socket")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("theirs"), "theirs").unwrap();
    for (link, target) in [("null", "/dev/null"), ("dangling", "none"), ("link", "theirs"), ("out", "/dev/stdout")] {
        symlink(target, at(link)).unwrap();
    }
    let kinds = ["socket", "directory", "null", "dangling", "link", "out"];
    let before = kinds.map(|kind| fs::symlink_metadata(at(kind)).unwrap().file_type());
    for line in WRITERS {
        for (kind, before) in kinds.iter().zip(before) {
            let done = run(&sandbox, line, &at(kind));
            let is_written = ["null", "out"].contains(kind) && line.contains("--out");
            assert_eq!(done.code == 0, is_written, "{line} {kind}: {done:?}");
            assert_eq!(
                done.stdout.contains("h=v") || done.stdout.contains("H="),
                is_written && *kind == "out",
                "{done:?}"
            );
            assert_eq!(fs::symlink_metadata(at(kind)).unwrap().file_type(), before, "{line} {kind}");
        }
        assert!(!at("none").exists(), "{line}");
        assert_eq!(fs::read_to_string(at("theirs")).unwrap(), "theirs", "{line}");
    }
    let empty = Sandbox::empty();
    for kind in kinds {
        let file = at(kind);
        let init = ["init", "--no-input", "--plaintext-identity", "--recovery-file", file.to_str().unwrap()];
        assert_ne!(empty.run(&init).code, 0, "{kind}");
    }
}

#[test]
fn a_pipe_gets_what_a_file_would() {
    let sandbox = sandbox();
    let pipe = sandbox.project().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (line, text) in [
        ("render t.in --out FILE", "h=v\n"),
        ("export /h --format dotenv --out FILE", "H=v\n"),
        ("export /h --format dotenv --append --out FILE", "H=v\n"),
    ] {
        let from = pipe.clone();
        let reader = std::thread::spawn(move || fs::read_to_string(from).unwrap());
        assert_eq!(run(&sandbox, line, &pipe).code, 0, "{line}");
        assert_eq!(reader.join().unwrap().replace(['\'', '"'], ""), text, "{line}");
    }
    for line in ["backup --force FILE", "render t.in --lock FILE"] {
        assert_ne!(run(&sandbox, line, &pipe).code, 0, "{line}");
    }
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
}
