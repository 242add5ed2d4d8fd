//! Programs on a terminal, in a shell with job control.

use super::shop;
use crate::project::has;
use crate::terminal::Shell;

#[test]
fn a_masked_program_believes_in_its_terminal() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    let shown = shell.run("vault exec --mask /app -- sh -c 'test -t 1 && test -t 2 && stty size <&1; echo $PASSWORD'");
    assert_eq!(shown, "33 111\r\n***\r\n");
    let plain = shell.run("vault exec --timeout 1h /app -- sh -c 'echo $PASSWORD'");
    assert_eq!(plain, "c4n4ry-hunter2\r\n", "a terminal is not masked unless that is asked for");
    let piped = shell.run("vault exec --timeout 1h /app -- sh -c 'echo $PASSWORD; test -t 1 || echo pipe' | cat");
    assert_eq!(piped, "***\r\npipe\r\n");
}

#[test]
fn ctrl_c_reaches_the_program_once_and_the_code_is_its_own() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    // It waits for the first one, and then for a moment for a second one.
    let script = "n=0; trap 'n=$((n+1))' INT; echo begun; while [ $n = 0 ]; do sleep 0.1; done; \
                  i=0; while [ $i -lt 5 ]; do sleep 0.1; i=$((i+1)); done; echo got $n";
    shell.keys(&format!("vault exec --mask /app -- sh -c '{script}'; echo rc=$?\n"));
    shell.expect("begun\r\n");
    shell.keys("\x03");
    shell.expect("got 1\r\nrc=0");
    shell.expect("ready> ");
    shell.keys("vault exec --mask /app -- sh -c 'echo begun; exec sleep 60'\n");
    shell.expect("begun\r\n");
    shell.keys("\x03");
    shell.expect("ready> ");
    assert_eq!(shell.run("echo rc=$?"), "rc=130\r\n");
}

#[test]
fn ctrl_z_stops_the_job_and_fg_goes_on() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    // One program and no other: a second one that waits for keys may take some after the shell has the terminal back,
    // because the system lets a read that is woken by a signal take what came meanwhile.
    shell.keys("vault exec --mask /app -- sh -c 'echo begun; exec cat'\n");
    shell.expect("begun\r\n");
    shell.keys("one\n");
    shell.expect("one\r\none\r\n");
    shell.keys("\x1a");
    shell.expect("Stopped");
    shell.expect("ready> ");
    let jobs = shell.run("jobs");
    assert!(jobs.contains("Stopped") && jobs.matches("vault exec").count() == 1, "{jobs}");
    shell.keys("fg\n");
    shell.expect("cat'\r\n");
    shell.keys("two c4n4ry-hunter2\n");
    shell.expect("two ***\r\n");
    shell.keys("\x04");
    shell.expect("ready> ");
    assert_eq!(shell.run("echo rc=$?"), "rc=0\r\n");
}

#[test]
fn a_signal_from_a_process_is_handed_on_at_a_terminal_too() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    shell.keys("vault exec --mask /app -- sh -c 'trap \"echo got it; exit 9\" INT; echo begun; while :; do sleep 0.05; done' &\n");
    shell.expect("begun\r\n");
    shell.keys("kill -INT $!\n");
    shell.expect("got it\r\n");
    shell.keys("wait $!; echo rc=$?\n");
    shell.expect("rc=9\r\n");
}

#[test]
fn the_terminal_is_put_right_after_a_program_that_was_killed() {
    if !has("bash") {
        return;
    }
    let sandbox = shop();
    let mut shell = Shell::start(&sandbox);
    shell.run("vault exec --mask /app -- sh -c 'stty -echo -icanon; kill -KILL $$'");
    assert_eq!(shell.run("stty -a | grep -c ' -echo '"), "0\r\n");
    shell.run("vault exec --timeout 300ms /app -- sh -c 'stty -echo; exec sleep 60'");
    assert_eq!(shell.run("stty -a | grep -c ' -echo '"), "0\r\n");
    // What a program that ends well does to the terminal is meant.
    shell.run("vault exec --timeout 1h /app -- stty -isig");
    assert_eq!(shell.run("stty -a | grep -c -e -isig; stty isig"), "1\r\n");
}
