//! The PostgreSQL server of this run.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;

use postgres::{Client, NoTls};
use serde_json::{Value, json};

use crate::{authority, start, tools};

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) authority: PathBuf,
    directory: PathBuf,
    program: PathBuf,
    arguments: Vec<String>,
    /// Its input keeps the server running.
    _keeper: Child,
    /// A second run of it.
    again: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(again) = &mut self.again {
            // Asked to end: killed, it would leave shared memory behind.
            let _ =
                rustix::process::kill_process(rustix::process::Pid::from_child(again), rustix::process::Signal::INT);
            let _ = again.wait();
        }
    }
}

pub(crate) const ADMIN: &str = "the-administrator";

/// The server, started by the first test that asks; nothing where it is not installed.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| programs().map(|programs| launch(&programs)));
    if server.is_none() {
        tools::skip("PostgreSQL (postgresql)");
    }
    server.as_ref()
}

/// A server for one test, which may do with it what it likes; nothing where it is not installed.
pub(crate) fn own_server() -> Option<Server> {
    let server = programs().map(|programs| launch(&programs));
    if server.is_none() {
        tools::skip("PostgreSQL (postgresql)");
    }
    server
}

/// Where Debian keeps the newest version, or wherever `initdb` is.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut directories: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    directories.sort();
    directories.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    directories.into_iter().find(|directory| directory.join("initdb").is_file() && directory.join("postgres").is_file())
}

fn launch(programs: &Path) -> Server {
    let directory = start::directory();
    let files = authority::write(&directory);
    std::fs::write(directory.join("pw"), ADMIN).unwrap();
    start::hand_over(&directory);
    let arguments = ["-D", "data", "-U", "postgres", "--auth=scram-sha-256", "--pwfile=pw", "--locale=C", "--no-sync"];
    start::prepare(&directory, &programs.join("initdb"), &arguments);
    let port = start::free_port();
    let data = directory.join("data").display().to_string();
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "log_statement=all".to_owned(),
        "fsync=off".to_owned(),
        // Below its directory, where what a server leaves that was killed goes too.
        "dynamic_shared_memory_type=mmap".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", files.certificate.display()),
        format!("ssl_key_file={}", files.key.display()),
    ];
    let settings = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
    let arguments: Vec<String> = ["-D".to_owned(), data].into_iter().chain(settings).collect();
    let program = programs.join("postgres");
    let keeper = serve(&directory, &program, &arguments);
    let server =
        Server { port, authority: files.authority, directory, program, arguments, _keeper: keeper, again: None };
    start::wait_for(&server.directory, || server.try_client("postgres", ADMIN));
    server
}

fn serve(directory: &Path, program: &Path, arguments: &[String]) -> Child {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    start::serve(directory, "INT", program, &arguments)
}

impl Server {
    /// Where the server says its process id.
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.directory.join("data/postmaster.pid")
    }

    /// Starts the server again after it was killed, on the same data. It is left to its first keeper to remove the directory.
    pub(crate) fn start_again(&mut self) {
        let words = start::as_user(&self.program);
        let mut again = std::process::Command::new(&words[0]);
        again.args(&words[1..]).args(&self.arguments).current_dir("/");
        again.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let directory = self.directory.clone();
        start::wait_for(&directory, || {
            // It refuses to start as long as the processes of before have not noticed that it died; and the one that died
            // stays in the table of processes, because its keeper waits for something else.
            if self.again.as_mut().is_none_or(|again| again.try_wait().unwrap().is_some()) {
                let _ = std::fs::remove_file(self.pid_file());
                self.again = Some(again.spawn().unwrap());
            }
            self.try_client("postgres", ADMIN)
        });
    }

    pub(crate) fn try_client(&self, user: &str, password: &str) -> Result<Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user(user).password(password).dbname("postgres");
        config.connect(NoTls)
    }

    pub(crate) fn admin(&self) -> Client {
        self.try_client("postgres", ADMIN).unwrap()
    }

    pub(crate) fn accepts(&self, login: &Value) -> bool {
        self.try_client(login["username"].as_str().unwrap(), login["password"].as_str().unwrap()).is_ok()
    }

    /// The value of a secret; the server's certificate is good for `localhost` only.
    pub(crate) fn login(&self, user: &str, password: &str) -> Value {
        json!({"engine": "postgres", "host": "localhost", "port": self.port, "username": user, "password": password,
               "dbname": "postgres", "team": {"z": 1, "a": 2}})
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("log")).unwrap()
    }
}
