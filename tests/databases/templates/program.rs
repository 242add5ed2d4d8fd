//! What holds for all templates, without what they rotate.

use std::process::{Command, Stdio};

use vault::hook::Template;

use super::world::World;
use crate::project::{Sandbox, has};

#[test]
fn templates_are_python_without_errors() {
    if !has("python3") {
        return;
    }
    let sandbox = Sandbox::empty();
    for template in Template::ALL {
        let file = sandbox.home().join(format!("{}.py", template.name));
        std::fs::write(&file, template.text).unwrap();
        let compiled =
            sandbox.command("python3").args(["-W", "error", "-m", "py_compile"]).arg(&file).output().unwrap();
        assert!(compiled.status.success(), "{}: {}", template.name, String::from_utf8_lossy(&compiled.stderr));
    }
}

/// The declaration at the top of a template and the table in its program name the same options.
#[test]
fn templates_know_the_options_that_they_declare() {
    if !has("python3") {
        return;
    }
    for template in Template::ALL {
        let declared = template.text.lines().filter_map(|line| line.strip_prefix("# vault-options: "));
        let declared = declared.flat_map(|line| line.split(',')).map(|item| item.split('=').next().unwrap());
        let declared: Vec<&str> = declared.map(|name| name.trim().trim_end_matches('!')).collect();
        let table = template.text.split_once("\nOPTIONS = ").unwrap().1.split_once('}').unwrap().0;
        let print = format!("print(' '.join(sorted({table}}})))");
        let output = Command::new("python3").args(["-c", &print]).stdin(Stdio::null()).output().unwrap();
        let mut declared: Vec<_> = declared;
        declared.sort_unstable();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), declared.join(" "), "{}", template.name);
    }
}

#[test]
fn an_unknown_template_names_all() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["rotate", "hooks", "new", "hook.py", "--template", "reddis"]);
    assert_eq!(run.code, 2, "{run:?}");
    let list = sandbox.run(&["rotate", "hooks", "ls"]);
    for template in Template::ALL {
        assert!(run.stderr.contains(template.name) && list.stderr.contains(template.name), "{}", template.name);
    }
    assert!(run.stderr.contains("'redis'"), "{run:?}");
    assert!(!sandbox.document("hooks/hook.py").exists());
}

#[test]
fn an_option_that_a_template_does_not_have_is_refused() {
    let world = World::new("redis", "{}");
    let configure = ["rotate", "configure", super::world::NAME, "--hook", "hook.py", "--option"];
    for option in ["tsl=off", "tls=maybe", "length=long", "old=delete"] {
        let refused = world.sandbox.run(&[&configure[..], &[option]].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
    }
}
