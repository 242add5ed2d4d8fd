//! Files that are read: whatever they are, and however Windows writes them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::project::{Outcome, Sandbox};

const ENV: &str = "A=one\r\nB=two";
const MAP: &str = "{\"A\": \"/p\"}\r\n";
const TEMPLATE: &str = "a={{resolve:ssm:/p}}\r\nb";
const POLICIES: &str = r#"[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}]"#;
const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"*","Resource":"*"}]}"#;
const DESCRIBED: &str = r#"{"Parameters":[{"Name":"/d","Type":"String","Description":"x"}]}"#;

/// Each command that reads a text, with one that it accepts; `FILE` is its file.
const READERS: [(&str, &str); 7] = [
    ("import FILE /i --yes --from dotenv --overwrite", ENV),
    ("exec --map FILE -- true", MAP),
    ("render FILE --values", TEMPLATE),
    ("param put /p x --overwrite --policies FILE", POLICIES),
    ("secret policy put s --file FILE", POLICY),
    ("import d.json --yes --overwrite --describe FILE", DESCRIBED),
    ("param put /v --overwrite --file FILE", ENV),
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/p", "v", "--type", "String", "--tier", "advanced"]);
    sandbox.ok(&["secret", "create", "s", "--generate"]);
    let described = r#"[{"Name":"/d","Type":"String","Value":"x"}]"#;
    fs::write(sandbox.project().join("d.json"), described).unwrap();
    sandbox
}

fn run(sandbox: &Sandbox, line: &str, file: &str) -> Outcome {
    sandbox.run(&line.split(' ').map(|word| if word == "FILE" { file } else { word }).collect::<Vec<_>>())
}

fn written(sandbox: &Sandbox, content: impl AsRef<[u8]>) {
    fs::write(sandbox.project().join("file"), content).unwrap();
}

fn utf16(text: &str, mark: &[u8]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn text_of_windows_is_read_or_named() {
    let sandbox = sandbox();
    for (line, text) in READERS {
        for marked in [text.to_owned(), format!("\u{feff}{text}"), text.replace('\n', "\r\n")] {
            written(&sandbox, marked.as_bytes());
            let read = run(&sandbox, line, "file");
            assert_eq!(read.code, 0, "{line}: {marked:?}: {read:?}");
        }
        for mark in [&b"\xff\xfe"[..], b""] {
            written(&sandbox, utf16(text, mark));
            let refused = run(&sandbox, line, "file");
            assert!(refused.code != 0 && refused.stderr.contains("UTF-16"), "{line}: {refused:?}");
            assert!(refused.stderr.contains("iconv"), "{line}: {refused:?}");
        }
        written(&sandbox, b"\x80\x81=x");
        let refused = run(&sandbox, line, "file");
        assert!(refused.code != 0 && refused.stderr.contains("UTF-8"), "{line}: {refused:?}");
    }
    written(&sandbox, TEMPLATE);
    assert_eq!(run(&sandbox, "render FILE", "file").stdout, "a=x\r\nb", "what is not a reference stays");
    written(&sandbox, ENV);
    run(&sandbox, "import FILE /i --yes --overwrite", "file");
    assert_eq!(sandbox.ok(&["param", "get", "--path", "/i"]), "/i/A\tone\n/i/B\ttwo\n");
    written(&sandbox, "\u{feff}value");
    let put = run(&sandbox, "param put /bom --file FILE", "file");
    assert!(put.code == 0 && put.stderr.contains("byte order mark"), "{put:?}");
}

#[test]
fn a_directory_nothing_or_too_much_is_refused_by_its_name() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.project().join("dir")).unwrap();
    written(&sandbox, "A=1\n".repeat(5 << 20));
    for (line, _) in READERS {
        let dry = format!("--dry-run {line}");
        for file in ["dir", "none", "file"] {
            let refused = run(&sandbox, &dry, file);
            assert!(refused.code != 0 && refused.stderr.len() < 2000, "{line} {file}: {refused:?}");
            assert!(file == "file" || refused.stderr.contains(file), "{line} {file}: {refused:?}");
        }
    }
}

#[test]
fn an_empty_file_is_a_mistake_or_nothing() {
    let sandbox = sandbox();
    sandbox.ok(&["param", "put", "/p", "v", "--overwrite", "--expires", "30d"]);
    written(&sandbox, "");
    for (line, _) in READERS {
        let run = run(&sandbox, line, "file");
        match line.split(' ').next().unwrap() {
            "render" => assert!(run.code == 0 && run.stdout.is_empty(), "{line}: {run:?}"),
            "import" if !line.contains("--describe") => {
                assert!(run.code == 0 && run.stderr.contains("contains nothing to import"), "{line}: {run:?}");
            }
            _ => assert_ne!(run.code, 0, "{line}: {run:?}"),
        }
    }
    let shown: serde_json::Value = serde_json::from_str(&sandbox.ok(&["--json", "param", "show", "/p"])).unwrap();
    assert_eq!(shown["Policies"].as_array().unwrap().len(), 1, "an empty file removes no policies: {shown}");
}

#[test]
fn a_pipe_is_read_like_a_file() {
    let sandbox = sandbox();
    let pipe = sandbox.project().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("pipe", sandbox.project().join("link")).unwrap();
    for (line, text) in READERS {
        let (target, text) = (pipe.clone(), text.to_owned());
        let writer = std::thread::spawn(move || fs::write(target, text));
        let read = run(&sandbox, line, "link");
        assert_eq!(read.code, 0, "{line}: {read:?}");
        writer.join().unwrap().unwrap();
    }
    assert!(is_pipe(&pipe));
}

fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::symlink_metadata(path).unwrap().file_type().is_fifo()
}
