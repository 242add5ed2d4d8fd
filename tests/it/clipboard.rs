//! Values in the clipboard and as QR codes: by programs, on a real X server, and through the terminal.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;
use pty_process::Size;

use crate::import::is;
use crate::project::{Sandbox, has, outcome};
use crate::supervise::wait_until;
use crate::terminal::Shell;

const NAME: &str = "/shop/dev/password";

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put(NAME, "s3cret-value");
    sandbox
}

/// Programs that keep a clipboard in a file, and write down their arguments.
struct Fake {
    held: PathBuf,
    copy: String,
    paste: String,
}

fn fake(sandbox: &Sandbox) -> Fake {
    let at = |name: &str| sandbox.home().join(name);
    let (held, arguments) = (at("held"), at("arguments"));
    let script = |name: &str, line: &str| {
        fs::write(at(name), format!("#!/bin/sh\necho \"$0 $*\" >> {}\n{line}\n", arguments.display())).unwrap();
        format!("sh {} word", at(name).display())
    };
    let copy = script("copy", &format!("cat > {}", held.display()));
    let paste = script("paste", &format!("cat {}", held.display()));
    Fake { held, copy, paste }
}

fn copied(sandbox: &Sandbox, fake: &Fake, arguments: &[&str]) -> crate::project::Outcome {
    let variables = [("VLT_CLIPBOARD", fake.copy.as_str()), ("VLT_CLIPBOARD_PASTE", fake.paste.as_str())];
    sandbox.run_with(arguments, &variables)
}

fn held(fake: &Fake) -> String {
    fs::read_to_string(&fake.held).unwrap()
}

#[test]
fn a_copied_value_is_cleared_if_it_is_still_there() {
    let sandbox = shop();
    let fake = fake(&sandbox);
    let outcome = copied(&sandbox, &fake, &["param", "get", "-c", "--clear-after", "2", NAME]);
    is(
        &outcome,
        0,
        &["note: `/shop/dev/password`: copied; the clipboard is cleared in 2 seconds if it still holds the value"],
    );
    assert_eq!((outcome.stdout.as_str(), held(&fake).as_str()), ("", "s3cret-value"));
    wait_until("clearing", || held(&fake).is_empty());
    let arguments = fs::read_to_string(sandbox.home().join("arguments")).unwrap_or_default();
    assert!(!arguments.contains("s3cret"), "{arguments}");
}

#[test]
fn what_somebody_else_copied_stays() {
    let sandbox = shop();
    let fake = fake(&sandbox);
    is(&copied(&sandbox, &fake, &["param", "get", NAME, "--copy", "--clear-after", "1"]), 0, &["cleared in 1 seconds"]);
    fs::write(&fake.held, "their own").unwrap();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(held(&fake), "their own");
}

#[test]
fn the_time_comes_from_the_configuration_and_may_be_none() {
    let sandbox = shop();
    let fake = fake(&sandbox);
    let file = sandbox.home().join(".config/vault/config.yaml");
    let settings = fs::read_to_string(&file).unwrap();
    sandbox.configure(&format!("{settings}clipboard_seconds: 1\n"));
    is(&copied(&sandbox, &fake, &["param", "get", "-c", NAME]), 0, &["is cleared in 1 seconds"]);
    wait_until("clearing", || held(&fake).is_empty());
    sandbox.configure(&format!("{settings}clipboard_seconds: 0\n"));
    is(&copied(&sandbox, &fake, &["param", "get", "-c", NAME]), 0, &["copied; it is not cleared"]);
    let unreadable =
        sandbox.run_with(&["param", "get", "-c", NAME, "--clear-after=9"], &[("VLT_CLIPBOARD", &fake.copy)]);
    is(&unreadable, 0, &["copied; it is not cleared"]);
}

#[test]
fn a_field_of_a_secret_is_copied_and_other_shapes_are_refused() {
    let sandbox = shop();
    let fake = fake(&sandbox);
    let put = sandbox.feed(&["secret", "create", "shop/db", "--stdin"], br#"{"user":"app","password":"pa\"ss"}"#);
    assert_eq!(put.code, 0, "{put:?}");
    is(
        &copied(&sandbox, &fake, &["secret", "get", "shop/db", "-c", "-k", "password", "--clear-after=0"]),
        0,
        &["`shop/db`: copied"],
    );
    assert_eq!(held(&fake), "pa\"ss");
    fs::write(sandbox.project().join("key.bin"), b"\0\xff").unwrap();
    sandbox.ok(&["secret", "create", "shop/key", "--binary", "--file", "key.bin"]);
    is(&copied(&sandbox, &fake, &["secret", "get", "-c", "shop/key"]), 2, &["`shop/key` is binary"]);
    is(
        &copied(&sandbox, &fake, &["secret", "get", "-c", "shop/key", "shop/db"]),
        2,
        &["`--copy` takes a single value"],
    );
    is(&copied(&sandbox, &fake, &["param", "get", "-c", "--path", "/shop"]), 2, &["`--copy` takes a single value"]);
    is(&copied(&sandbox, &fake, &["param", "get", "-c", "--json", NAME]), 2, &["`--copy` and `--json` exclude"]);
    is(&copied(&sandbox, &fake, &["param", "get", "-c", "--dry-run", NAME]), 0, &["would copy"]);
    assert_eq!(held(&fake), "pa\"ss", "nothing else was copied");
}

#[test]
fn without_a_clipboard_it_says_what_to_install() {
    let sandbox = shop();
    is(
        &sandbox.run(&["param", "get", "-c", NAME]),
        1,
        &["no clipboard was found", "install `wl-clipboard` for Wayland or `xclip`"],
    );
    let missing = sandbox.run_with(&["param", "get", "-c", NAME], &[("VLT_CLIPBOARD", "no-such-program")]);
    is(&missing, 1, &["cannot run `no-such-program`", "hint: set VLT_CLIPBOARD"]);
    let failing = sandbox.run_with(&["param", "get", "-c", NAME], &[("VLT_CLIPBOARD", "false")]);
    is(&failing, 1, &["`false` ended with exit status: 1; nothing was copied"]);
}

/// A real X server without a screen.
struct Server {
    child: Child,
    display: String,
}

impl Server {
    fn start() -> Server {
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "64x64x8", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Server { child, display: format!(":{}", number.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It removes its lock by itself; what holds a selection ends with it.
        let _ =
            rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_x_server_holds_the_value_until_it_is_cleared_or_replaced() {
    if !has("Xvfb") {
        return;
    }
    let sandbox = shop();
    let server = Server::start();
    let pasted = |tool: &str| {
        let options: &[&str] =
            if tool == "xclip" { &["-selection", "clipboard", "-o"] } else { &["--clipboard", "--output"] };
        outcome(sandbox.command(tool).args(options).env("DISPLAY", &server.display).output().unwrap()).stdout
    };
    for tool in ["xclip", "xsel"].into_iter().filter(|tool| has(tool)) {
        let tools = sandbox.home().join(tool);
        fs::create_dir_all(&tools).unwrap();
        let found = outcome(Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap()).stdout;
        std::os::unix::fs::symlink(found.trim(), tools.join(tool)).unwrap();
        let copy = |value: &str| {
            sandbox.put(NAME, value);
            let variables = [("DISPLAY", server.display.as_str()), ("PATH", tools.to_str().unwrap())];
            is(
                &sandbox.run_with(&["param", "get", "-c", "--clear-after=2", NAME], &variables),
                0,
                &["is cleared in 2 seconds"],
            );
            assert_eq!(pasted(tool), value, "{tool}");
        };
        copy("grün\n🔑\n");
        wait_until("clearing", || pasted(tool).is_empty());
        copy("second");
        let theirs = format!(
            "printf theirs | {tool} {}",
            if tool == "xclip" { "-selection clipboard" } else { "--clipboard --input" }
        );
        let mut other = sandbox.command("sh");
        other.args(["-c", &theirs]).env("DISPLAY", &server.display).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(other.status().unwrap().success());
        thread::sleep(Duration::from_secs(4));
        assert_eq!(pasted(tool), "theirs", "{tool}");
    }
}

#[test]
fn a_terminal_gets_the_value_in_its_own_sequence() {
    let sandbox = shop();
    let mut shell = Shell::sized(&sandbox, Size::new(33, 111), "xterm-256color");
    let shown = shell.run(&format!("vault param get -c {NAME}"));
    assert!(shown.contains(&format!("\u{1b}]52;c;{}\u{7}", BASE64.encode(b"s3cret-value"))), "{shown:?}");
    assert!(shown.contains("vault cannot verify that it arrived") && !shown.contains("s3cret"), "{shown:?}");
    // The sequence goes to the terminal, wherever the output goes.
    let piped = shell.run(&format!("vault param get -c {NAME} 2>/dev/null | wc -c"));
    assert!(piped.contains("]52;c;") && piped.trim_end().ends_with('0'), "{piped:?}");
    let dumb = shell.run(&format!("TERM=dumb vault param get -c {NAME}"));
    assert!(dumb.contains("no clipboard was found"), "{dumb:?}");
    let screen = shell.run(&format!("STY=1 vault param get -c {NAME}"));
    assert!(screen.contains("GNU screen does not pass"), "{screen:?}");
}

#[test]
fn tmux_passes_it_on_or_the_error_says_how() {
    if !has("tmux") {
        return;
    }
    let sandbox = shop();
    let socket = sandbox.home().join("tmux");
    let tmux = |arguments: &[&str]| {
        let mut command = sandbox.command("tmux");
        command.arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(arguments).env("TERM", "xterm");
        outcome(command.output().unwrap()).stdout
    };
    let program = env!("CARGO_BIN_EXE_vault");
    tmux(&["new-session", "-d", "-x", "120", "-y", "30", "sh"]);
    let shows = |line: String, text: &str| {
        tmux(&["send-keys", "-l", &line]);
        tmux(&["send-keys", "Enter"]);
        wait_until(text, || tmux(&["capture-pane", "-p", "-J"]).contains(text));
    };
    shows(format!("{program} param get -c {NAME}"), "hint: run `tmux set -s set-clipboard on`");
    assert_eq!(tmux(&["show-buffer"]), "");
    tmux(&["set-option", "-s", "set-clipboard", "on"]);
    shows(format!("clear; {program} param get -c {NAME}"), "sent to the clipboard of the terminal");
    assert_eq!(tmux(&["show-buffer"]), "s3cret-value");
    tmux(&["kill-server"]);
}

#[test]
fn a_qr_code_is_for_a_terminal_unless_asked_for() {
    let sandbox = shop();
    is(&sandbox.run(&["param", "get", "--qr", NAME]), 2, &["a QR code is shown on a terminal only", "`--qr=always`"]);
    let always = sandbox.ok(&["param", "get", "--qr=always", NAME]);
    assert!(always.starts_with("█████") && always.lines().count() == 15, "{always}");
    let mut shell = Shell::start(&sandbox);
    assert!(shell.run(&format!("vault param get --qr {NAME}")).contains("█████"));
    shell.run("stty cols 20");
    assert!(
        shell
            .run(&format!("vault param get --qr {NAME}"))
            .contains("the QR code is 29 columns wide, and the terminal 20")
    );
}

#[test]
fn lock_clears_what_is_still_there_at_once() {
    let sandbox = shop();
    let fake = fake(&sandbox);
    is(&copied(&sandbox, &fake, &["get", "-c", NAME]), 0, &["is cleared in 45 seconds"]);
    is(&sandbox.run(&["lock", "--dry-run"]), 0, &["would clear the clipboard"]);
    assert_eq!(held(&fake), "s3cret-value");
    is(&sandbox.run(&["lock"]), 0, &["note: the clipboard holds no value any more"]);
    assert_eq!(held(&fake), "");
    is(&copied(&sandbox, &fake, &["get", "-c", NAME]), 0, &[]);
    fs::write(&fake.held, "their own").unwrap();
    is(&sandbox.run(&["lock"]), 0, &["note: the clipboard"]);
    assert_eq!(held(&fake), "their own");
    assert!(!sandbox.run(&["lock"]).stderr.contains("clipboard"), "nothing waits any more");
}
