//! A script, a link or a pasted line that passes words on the command line which act on the terminal.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::project::{Sandbox, outcome};

/// C0, C1, a change of direction, a carriage return, and a line of one's own.
const HOSTILE: [&str; 5] =
    ["\u{1b}]52;c;eA==\u{7}", "\u{9b}31m", "\u{202e}drowssap", "safe\rerror", "a\nerror: forged"];

/// Escaped, in every kind of mistake.
#[test]
fn a_mistake_on_the_command_line_is_repeated_without_its_control_characters() {
    let sandbox = Sandbox::empty();
    for hostile in HOSTILE {
        let option = format!("--{hostile}");
        for arguments in [
            &[hostile][..],
            &[option.as_str()],
            &["param", hostile],
            &["param", "get", hostile],
            &["param", "get", "/a", hostile, hostile],
            &["param", "put", "/a", "x", "--type", hostile],
            &["export", "/a", "--format", hostile],
            &["rotate", "hooks", "check", "x", "--option", hostile],
            &["exec", "--timeout", hostile, "--", "true"],
        ] {
            let run = sandbox.run(arguments);
            assert_ne!(run.code, 0, "{arguments:?}: {run:?}");
            let harmful = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!run.stderr.contains(harmful) && run.stdout.is_empty(), "{arguments:?}: {run:?}");
            assert!(!run.stderr.contains("\nerror: forged"), "{arguments:?}: {run:?}");
        }
    }
}

#[test]
fn a_word_that_is_no_text_is_a_mistake_all_the_same() {
    let sandbox = Sandbox::empty();
    for word in [&b"\xff\x1b[31m"[..], b"/a\xff\x9b31m"] {
        let mut program = sandbox.program();
        let run = program.args(["param", "get"]).arg(OsStr::from_bytes(word)).output().unwrap();
        assert!(!run.stderr.iter().any(|byte| *byte == 0x1b || *byte == 0xff || *byte == 0x9b), "{run:?}");
        assert_eq!(outcome(run).code, 2);
    }
}
