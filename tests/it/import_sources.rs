//! What `import` says of a source when it is done, and of sources that are not what they seem.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::import::is;
use crate::project::{Sandbox, outcome};

fn write(sandbox: &Sandbox, name: &str, text: impl AsRef<[u8]>) {
    let path = sandbox.project().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn only_a_file_that_was_imported_as_a_whole_may_be_deleted() {
    let sandbox = Sandbox::new();
    write(&sandbox, "whole.env", "OK=1\nPIN=#4711\n");
    let whole = sandbox.run(&["import", "whole.env", "/whole", "--yes"]);
    is(&whole, 0, &["try them with `vault exec /whole -- COMMAND`, then delete `whole.env`"]);
    assert_eq!(sandbox.ok(&["param", "get", "/whole/PIN"]), "#4711", "as a shell reads it");
    for (name, text, more, code) in [
        ("empty.env", "OK=1\nNO=\n", "--skip-empty", 0),
        ("null.json", r#"{"OK":"1","NO":null}"#, "--skip-empty", 0),
        ("bad.env", "OK=1\nTPL='{{a}}'\n", "--keep-going", 7),
        ("page.json", r#"{"Parameters":[{"Name":"/OK","Type":"String","Value":"1"}],"NextToken":"t"}"#, "--yes", 0),
    ] {
        write(&sandbox, name, text);
        let path = format!("/{}", name.replace('.', "-"));
        let part = sandbox
            .run(&[&["import", name, &path, "--yes"][..], &[more].repeat(usize::from(more != "--yes"))].concat());
        is(&part, code, &[&format!("try them with `vault exec {path} -- COMMAND`; not all of `{name}` was imported")]);
        assert!(!part.stderr.contains("delete"), "{part:?}");
    }
}

#[test]
fn nobody_is_told_to_delete_what_is_no_file() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a.env", "A=1\n");
    symlink("a.env", sandbox.project().join("link.env")).unwrap();
    for source in ["/dev/stdin", "-", "/proc/self/fd/0", "link.env"] {
        let mut command = sandbox.program();
        let file = fs::File::open(sandbox.project().join("a.env")).unwrap();
        command.args(["import", source, "/a", "--from", "dotenv", "--yes"]).stdin(file).stdout(Stdio::piped());
        let done = outcome(command.output().unwrap());
        is(&done, 0, &["try them with `vault exec /a -- COMMAND`"]);
        assert!(!done.stderr.contains("delete"), "{source}: {done:?}");
    }
    for (entry, text) in [("store/a.age", "x"), ("store/.old/b.age", "x"), ("store/.git/c.age", "x")] {
        write(&sandbox, entry, text);
    }
    let store = sandbox.run(&["import", "store", "/s", "--yes", "--keep-going"]);
    is(&store, 7, &["hidden entries are left out: `.old`"]);
    assert!(!store.stderr.contains("delete"), "{store:?}");
}

#[test]
fn a_type_that_a_query_left_out_is_given() {
    let sandbox = Sandbox::new();
    write(&sandbox, "q.json", r#"[{"Name":"/app/a","Value":"1"},{"Name":"/app/b","Value":"2","Type":"StringList"}]"#);
    let typed = sandbox.run(&["import", "q.json", "/q", "--type", "String", "--yes"]);
    is(&typed, 0, &["2 values stored"]);
    let kind = |name: &str| {
        let shown: serde_json::Value = serde_json::from_str(&sandbox.ok(&["--json", "param", "show", name])).unwrap();
        shown["Type"].as_str().unwrap().to_owned()
    };
    assert_eq!((kind("/q/app/a"), kind("/q/app/b")), ("String".into(), "StringList".into()));
    is(&sandbox.run(&["import", "q.json", "/r", "--yes"]), 0, &["2 values stored"]);
    assert_eq!(kind("/r/app/a"), "SecureString", "a value is secret unless something says otherwise");
    write(&sandbox, "q.json", r#"[{"Name":"/app/a","Value":"3"}]"#);
    is(&sandbox.run(&["import", "q.json", "/q", "--overwrite", "--yes"]), 0, &["1 value stored"]);
    assert_eq!(kind("/q/app/a"), "String", "it keeps its type");
}

#[test]
fn several_documents_and_none_are_called_what_they_are() {
    let sandbox = Sandbox::new();
    write(&sandbox, "m.yaml", "a: 1\n# b\n---\nb: 2\n");
    is(&sandbox.run(&["import", "m.yaml", "/m", "--yes"]), 2, &["`m.yaml`: line 3: a second document begins"]);
    write(&sandbox, "twice.yaml", "a: 1\na: 2\n");
    let twice = sandbox.run(&["import", "twice.yaml", "/m", "--yes"]);
    is(&twice, 2, &["a map has a duplicate key"]);
    assert!(!twice.stderr.contains("line 0"), "{twice:?}");
    for format in ["dotenv", "json", "yaml", "aws", "properties", "csv", "tsv", "tfvars"] {
        for text in ["", "\u{feff}", "\n\n"] {
            let nothing = sandbox.feed(&["import", "-", "/m", "--from", format, "--yes"], text.as_bytes());
            is(&nothing, 0, &["stdin contains nothing to import"]);
        }
    }
    is(&sandbox.feed(&["import", "-", "/m", "--yes"], b""), 0, &["stdin contains nothing to import"]);
    write(&sandbox, "c.yaml", "# nothing yet\n---\n");
    is(&sandbox.run(&["import", "c.yaml", "/m", "--yes"]), 0, &["contains nothing to import"]);
}

#[test]
fn one_of_several_containers_gives_its_variables() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["param", "put", "/web", "w", "--type", "String"]);
    sandbox.ok(&["param", "put", "/job", "j", "--type", "String"]);
    let container = |name: &str| format!(r#"{{"name":"{name}","secrets":[{{"name":"A","valueFrom":"/{name}"}}]}}"#);
    let both = format!(r#"{{"containerDefinitions":[{},{}]}}"#, container("web"), container("job"));
    write(&sandbox, "task.json", both);
    for name in ["web", "job"] {
        let given = sandbox.ok(&["exec", "--container", name, "./task.json", "--", "sh", "-c", "printf %s $A"]);
        assert_eq!(given, name[..1], "{name}");
    }
    for (options, code, parts) in [
        (&["exec", "./task.json", "--", "true"][..], 125, ["A has different references", "--container NAME"]),
        (
            &["env", "./task.json", "--container", "nope"],
            2,
            ["its containers are \"web\", \"job\"", "--container NAME"],
        ),
        (&["env", "/web", "--container", "web"], 2, ["without a file", "--map FILE"]),
    ] {
        is(&sandbox.run(options), code, &parts);
    }
}

#[test]
fn overwriting_takes_tags_and_description_too() {
    let sandbox = Sandbox::new();
    let secret = |value: &str| {
        serde_json::json!({"ARN": "arn:aws:secretsmanager:r:1:secret:s-AbCdEf", "Name": "s", "SecretString": value})
            .to_string()
    };
    let described = |tag: &str| {
        let tags = serde_json::json!([{"Key": "a", "Value": tag}]);
        let entry = serde_json::json!({"Name": "s", "ARN": "x", "Description": format!("of {tag}"), "Tags": tags});
        serde_json::json!({ "SecretList": [entry] }).to_string()
    };
    let import =
        |more: &[&str]| sandbox.run(&[&["import", "s.json", "--yes", "--describe", "d.json"][..], more].concat());
    let shown =
        || -> serde_json::Value { serde_json::from_str(&sandbox.ok(&["--json", "secret", "show", "s"])).unwrap() };
    write(&sandbox, "s.json", secret("1"));
    write(&sandbox, "d.json", described("b"));
    is(&import(&[]), 0, &["1 value stored"]);
    sandbox.ok(&["secret", "tag", "s", "own=x"]);
    write(&sandbox, "d.json", described("c"));
    is(&import(&[]), 0, &["keep"]);
    assert_eq!(shown()["Tags"][0]["Value"], "b", "without --overwrite it stays as it is");
    is(&import(&["--overwrite"]), 0, &["update", "1 value stored"]);
    assert_eq!((&shown()["Tags"][0]["Value"], &shown()["Description"]), (&"c".into(), &"of c".into()));
    is(&import(&["--overwrite"]), 0, &["keep"]);
    write(&sandbox, "s.json", secret("2"));
    is(&import(&[]), 7, &["already exists; `--overwrite` adds to it"]);
    is(&import(&["--overwrite"]), 0, &["update"]);
    assert_eq!((shown()["Tags"][1]["Key"].as_str(), sandbox.ok(&["secret", "get", "s"]).as_str()), (Some("own"), "2"));
}
