//! Forwarding records of uses to the log of the system, and the questions that are asked of them there and here.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::project::{Sandbox, has, outcome};

const SECRET: &str = "c4n4ry-hunter2";

fn records(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text).unwrap()["Records"].as_array().unwrap().clone()
}

#[test]
fn each_record_reaches_the_log_of_the_system_and_no_value_does() {
    let sandbox = Sandbox::new();
    sandbox.put("/prod/db", SECRET);
    let socket = sandbox.home().join("log");
    let listener = UnixDatagram::bind(&socket).unwrap();
    listener.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let heard = || {
        let mut buffer = [0; 8192];
        let length = listener.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let socket = [("VLT_AUDIT_SOCKET", socket.to_str().unwrap())];
    for (to, mark) in [("syslog", "<86>vault["), ("journald", "VAULT_NAME=/prod/db\n")] {
        sandbox.ok(&["config", "set", "audit.forward", to]);
        let run = sandbox.run_with(&["exec", "/prod", "--", "true"], &socket);
        assert!(run.code == 0 && run.stderr.is_empty(), "{run:?}");
        let heard = heard();
        assert!(heard.contains(mark) && heard.contains("\"name\":\"/prod/db\""), "{heard}");
        assert!(heard.contains("\"typed\":\"/prod\"") && !heard.contains(SECRET), "{heard}");
    }
    sandbox.ok(&["config", "set", "audit.forward", "off"]);
    sandbox.run_with(&["param", "get", "/prod/db"], &socket);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.recv(&mut [0; 16]).is_err(), "nothing more");
}

/// rsyslog with a socket and a file of its own, which ends with this.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Daemon {
    fn start(sandbox: &Sandbox, socket: &Path, log: &Path) -> Self {
        let (configuration, home) = (sandbox.home().join("rsyslog.conf"), sandbox.home());
        let (socket, log) = (socket.display(), log.display());
        let text = format!(
            "global(workDirectory=\"{}\")\n\
             module(load=\"imuxsock\" sysSock.use=\"off\")\n\
             input(type=\"imuxsock\" socket=\"{socket}\")\n\
             template(name=\"line\" type=\"string\" string=\"\
             %syslogfacility-text%.%syslogseverity-text% %syslogtag%%msg%\\n\")\n\
             action(type=\"omfile\" file=\"{log}\" template=\"line\")\n",
            home.display()
        );
        fs::write(&configuration, text).unwrap();
        let mut command = sandbox.command(RSYSLOG);
        command.arg("-n").arg("-f").arg(configuration).arg("-i").arg(home.join("rsyslog.pid"));
        Daemon(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

const RSYSLOG: &str = "/usr/sbin/rsyslogd";

#[test]
fn rsyslog_takes_each_record_with_its_facility_and_tag() {
    if !has(RSYSLOG) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/prod/db", SECRET);
    let (socket, log) = (sandbox.home().join("socket"), sandbox.home().join("system.log"));
    let _daemon = Daemon::start(&sandbox, &socket, &log);
    let until = |what: &str, is_done: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(20);
        while !is_done() {
            assert!(Instant::now() < end, "{what} did not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until("the socket", &|| UnixDatagram::unbound().unwrap().connect(&socket).is_ok());
    sandbox.ok(&["config", "set", "audit.forward", "syslog"]);
    let run = |name| sandbox.run_with(&["param", "get", name], &[("VLT_AUDIT_SOCKET", socket.to_str().unwrap())]);
    let read = run("/prod/db");
    assert_eq!((&*read.stdout, &*read.stderr), (SECRET, ""), "{read:?}");
    let text = || fs::read_to_string(&log).unwrap_or_default();
    until("the record", &|| text().lines().any(|line| line.contains("/prod/db") && line.ends_with('}')));
    let text = text();
    let line = text.lines().find(|line| line.contains("vault[")).unwrap();
    let (head, record) = line.split_once(": ").unwrap();
    assert!(head.starts_with("authpriv.info vault[") && head.ends_with(']'), "{line}");
    let record: Value = serde_json::from_str(record).unwrap();
    assert_eq!((&record["name"], &record["command"]), (&"/prod/db".into(), &"param get".into()));
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn a_log_of_the_system_that_is_not_there_delays_nothing_and_is_said_once() {
    let sandbox = Sandbox::new();
    sandbox.put("/prod/a", SECRET);
    sandbox.put("/prod/b", "other");
    sandbox.ok(&["config", "set", "audit.forward", "syslog"]);
    let nowhere = sandbox.home().join("none");
    let run = sandbox.run_with(&["exec", "/prod", "--", "true"], &[("VLT_AUDIT_SOCKET", nowhere.to_str().unwrap())]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr.matches("2 records of uses could not be forwarded").count(), 1, "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    let refused = sandbox
        .run_with(&["--reason", "x", "param", "get", "/prod/none"], &[("VLT_AUDIT_SOCKET", nowhere.to_str().unwrap())]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert_eq!(records(&sandbox.ok(&["--json", "audit", "--action", "open"])).len(), 2, "they are in the log here");
}

#[test]
fn who_opens_something_for_the_first_time_is_found() {
    if !has("faketime") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/prod/old", "one");
    sandbox.put("/prod/new", "two");
    sandbox.ok(&["param", "get", "/prod/old"]);
    let later = |arguments: &[&str]| {
        let mut command = sandbox.command("faketime");
        command.args(["-f", "+10d", env!("CARGO_BIN_EXE_vault")]).args(arguments);
        outcome(command.output().unwrap())
    };
    for name in ["/prod/old", "/prod/new", "/prod/new"] {
        assert_eq!(later(&["param", "get", name]).code, 0);
    }
    let found = records(&later(&["--json", "audit", "--first-time", "--since", "5d"]).stdout);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["name"], "/prod/new");
    assert_eq!(records(&later(&["--json", "audit", "--first-time", "--path", "/prod"]).stdout).len(), 2);
}

#[test]
fn a_record_has_the_name_as_it_was_typed_and_as_it_was_meant() {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/dev/KEY", "one");
    sandbox.ok(&["config", "set", "path", "/shop/dev"]);
    sandbox.ok(&["get", "KEY"]);
    sandbox.ok(&["get", "/shop/dev/KEY"]);
    sandbox.ok(&["secret", "create", "db", "--generate"]);
    sandbox.ok(&["secret", "put", "db", "--generate"]);
    sandbox.ok(&["secret", "get", "db", "--stage", "AWSPREVIOUS"]);
    let opened = records(&sandbox.ok(&["--json", "audit", "--action", "open"]));
    assert_eq!((&opened[0]["typed"], &opened[0]["name"]), (&"KEY".into(), &"/shop/dev/KEY".into()));
    assert!(opened[1].get("typed").is_none(), "{opened:?}");
    let previous = records(&sandbox.ok(&["--json", "audit", "--stage", "AWSPREVIOUS", "--action", "open"]));
    assert_eq!(previous.len(), 1, "{previous:?}");
}
