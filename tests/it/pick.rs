//! The list to pick names from: on a terminal, with its keys, sizes and ends, and what happens without one.

use pty_process::Size;

use crate::import::is;
use crate::project::{Sandbox, has, outcome};
use crate::supervise::wait_until;
use crate::terminal::Shell;

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, value) in
        [("/shop/dev/DB_HOST", "h0st-value"), ("/shop/dev/db/password", "s3cret-value"), ("/other", "x")]
    {
        sandbox.put(name, value);
    }
    is(&sandbox.feed(&["secret", "create", "prod/db", "--stdin", "--tag", "team=web"], b"secret-value"), 0, &[]);
    sandbox
}

fn terminal(sandbox: &Sandbox) -> Shell {
    Shell::sized(sandbox, Size::new(24, 80), "xterm")
}

#[test]
fn without_a_terminal_it_is_input_and_a_missing_name_stays_a_mistake() {
    let sandbox = shop();
    let said = sandbox.run(&["pick"]);
    is(&said, 10, &["a name is needed", "use `vault ls`, or run it on a terminal"]);
    is(&sandbox.run(&["pick", "--then", "copy"]), 10, &["`vault get --copy NAME`"]);
    is(&sandbox.run(&["pick", "--then", "exec"]), 2, &["`--then exec` and a program belong together"]);
    for command in [&["param", "get"][..], &["secret", "show"], &["param", "rm"], &["get"], &["edit"]] {
        is(&sandbox.run(command), 2, &["required arguments were not provided"]);
    }
    let mut dumb = Shell::start(&sandbox);
    assert!(dumb.run("vault param get; echo code $?").contains("code 2"));
    assert!(dumb.run("vault pick; echo code $?").contains("code 10"));
    assert!(dumb.run("TERM=xterm vault pick --no-input; echo code $?").contains("code 10"));
}

#[test]
fn a_missing_name_is_picked_and_the_command_runs() {
    let sandbox = shop();
    let mut shell = terminal(&sandbox);
    shell.keys("vault param get\n");
    shell.expect("3/3");
    shell.keys("pass db");
    shell.expect("1/3");
    let before = shell.expect("SecureString, version 1, just now by ana");
    assert!(!before.contains("s3cret"), "{before}");
    shell.keys("\r");
    assert!(shell.expect("ready> ").contains("s3cret-value"));
    shell.keys("vault get\n");
    shell.expect("4/4");
    shell.keys("prod db\r");
    assert!(shell.expect("ready> ").contains("secret-value"));
    // What was opened last comes first; the arrow keys take another one.
    shell.keys("vault param show --values\n");
    shell.expect("3/3");
    shell.expect("read by ana recovery");
    shell.keys("\r");
    assert!(shell.expect("ready> ").contains("s3cret-value"));
    shell.keys("vault param show --values\n");
    shell.expect("3/3");
    shell.keys("\x1b[B\x1b[B\r");
    assert!(shell.expect("ready> ").contains("h0st-value"));
    shell.keys("vault secret get --json | grep -c secret-value\n");
    shell.expect("secret, just now by ana, 1 version");
    shell.expect("no rotation, tags team=web");
    shell.keys("\r");
    assert!(shell.expect("ready> ").ends_with("1\r\n"));
    shell.keys("vault param rm\n");
    shell.expect("3/3");
    shell.keys("other\r");
    shell.expect("Delete 1 parameter (/other)");
    shell.keys("y\n");
    assert!(shell.expect("ready> ").contains("deleted"));
}

#[test]
fn what_is_picked_is_printed_or_handed_to_a_command() {
    let sandbox = shop();
    let mut shell = terminal(&sandbox);
    shell.keys("name=$(vault pick --kind secret); echo \"<$name>\"\n");
    shell.expect("1/1");
    shell.keys("\r");
    shell.expect("<prod/db>");
    shell.keys("vault pick --json host\n");
    shell.expect("1/4");
    shell.keys("\r");
    shell.expect("\"Name\": \"/shop/dev/DB_HOST\"");
    for (line, seen) in [
        ("vault pick prod --then get", "secret-value"),
        ("vault pick host --then show", "String"),
        ("EDITOR=true vault pick host --then edit", "not changed"),
        ("vault pick prod --then exec -- sh -c 'echo \"env $DB\"'", "env secret-value"),
        ("vault pick pass --then exec -- sh -c 'echo \"env $PASSWORD\"'", "env s3cret-value"),
        ("VLT_CLIPBOARD='tee copied' vault pick pass --then copy", "copied; it is not cleared"),
    ] {
        shell.keys(&format!("{line}\n"));
        shell.expect("1/4");
        shell.keys("\r");
        shell.expect(seen);
        shell.expect("ready> ");
    }
    assert_eq!(std::fs::read_to_string(sandbox.project().join("copied")).unwrap(), "s3cret-value");
}

#[test]
fn however_it_ends_the_terminal_is_as_it_was() {
    let sandbox = shop();
    let mut shell = terminal(&sandbox);
    let before = shell.run("stty -a");
    for (end, code) in [("\x1b", "1"), ("\x03", "130"), ("\x07", "1"), ("\r", "0")] {
        shell.keys("vault pick; echo code=$?\n");
        shell.expect("4/4");
        shell.keys(end);
        shell.expect(&format!("code={code}\r\n"));
        shell.expect("ready> ");
        assert_eq!(shell.run("stty -a"), before, "{end:?}");
    }
    // A signal, while Ctrl-Z and Ctrl-S do nothing.
    shell.keys("(sleep 2; pkill -TERM -f \"vault pick by-signal\") & vault pick by-signal; echo code=$?\n");
    shell.expect("0/4");
    shell.keys("\x1a\x13");
    shell.expect("code=143\r\n");
    shell.expect("ready> ");
    shell.run("wait");
    assert_eq!(shell.run("stty -a"), before);
}

#[test]
fn an_empty_vault_says_so() {
    let sandbox = Sandbox::new();
    let mut shell = terminal(&sandbox);
    let said = shell.run("vault pick; echo code=$?");
    assert!(said.contains("there is nothing to pick from") && said.contains("code=3"), "{said}");
}

#[test]
fn a_small_terminal_a_resized_one_and_wide_names() {
    if !has("tmux") {
        return;
    }
    let sandbox = shop();
    sandbox.put("/shop/dev/a-name-that-is-longer-than-the-terminal/DB_PASSWORD", "x");
    is(
        &sandbox.feed(
            &["secret", "create", "wide", "--stdin", "--description", "数据库的密码-数据库的密码-数据库的密码-end"],
            b"x",
        ),
        0,
        &[],
    );
    let socket = sandbox.home().join("tmux");
    let tmux = |arguments: &[&str]| {
        let mut command = sandbox.command("tmux");
        command
            .arg("-S")
            .arg(&socket)
            .args(["-f", "/dev/null"])
            .args(arguments)
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8");
        outcome(command.output().unwrap()).stdout
    };
    let screen = || tmux(&["capture-pane", "-p"]);
    tmux(&["-u", "new-session", "-d", "-x", "40", "-y", "10", "sh"]);
    tmux(&["send-keys", "-l", &format!("PS1=; clear; {} pick", env!("CARGO_BIN_EXE_vault"))]);
    tmux(&["send-keys", "Enter"]);
    wait_until("the list", || screen().contains("6/6"));
    tmux(&["send-keys", "-l", "longer"]);
    wait_until("the narrowed list", || screen().contains("> longer  1/6"));
    let shown = screen();
    assert!(shown.contains("▸ …longer-than-the-terminal/DB_PASSWORD"), "{shown}");
    tmux(&["send-keys", "C-u"]);
    tmux(&["send-keys", "-l", "wide"]);
    wait_until("wide characters", || screen().contains("数据库的密码-数据库的密码"));
    tmux(&["resize-window", "-x", "100", "-y", "20"]);
    wait_until("more room", || screen().contains("数据库的密码-end"));
    tmux(&["resize-window", "-x", "30", "-y", "5"]);
    wait_until("less room", || !screen().contains("───"));
    tmux(&["send-keys", "Enter"]);
    wait_until("the name", || screen().lines().last() == Some("wide") || screen().trim_end().ends_with("wide"));
    assert!(!screen().contains("▸"), "{}", screen());
    tmux(&["kill-server"]);
}

#[test]
fn a_name_that_may_be_several_things_is_picked_on_a_terminal_only() {
    let sandbox = shop();
    sandbox.put("/shop/prod/DB_HOST", "pr0d-value");
    sandbox.put("prod", "of-the-parameter");
    is(&sandbox.feed(&["secret", "create", "prod", "--stdin"], b"of-the-secret"), 0, &[]);
    let mut shell = terminal(&sandbox);
    // A parameter and a secret of one name.
    shell.keys("vault get prod\n");
    shell.expect("prod (parameter)");
    shell.expect("prod (secret)");
    shell.keys("\x1b[B\r");
    assert!(shell.expect("ready> ").contains("of-the-secret"));
    // A half remembered name with several near ones; a single one is only named.
    shell.keys("vault get DB_HOST\n");
    shell.expect("2/2");
    shell.keys("dev\r");
    assert!(shell.expect("ready> ").contains("h0st-value"));
    assert!(shell.run("vault get othr").contains("did you mean `/other`?"));
    shell.keys("vault show DB_HOST; echo code $?\n");
    shell.expect("2/2");
    shell.keys("\x1b");
    assert!(shell.expect("ready> ").contains("nothing was picked"));
    // Where a program reads the value, nobody is asked.
    assert!(shell.run("v=$(vault get prod); echo code $?").contains("code 2"));
    assert!(shell.run("vault get DB_HOST | cat").contains("did you mean"));
    assert!(shell.run("vault get DB_HOST --no-input").contains("did you mean"));
}
