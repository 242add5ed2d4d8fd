//! The PostgreSQL server of this run.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;

use postgres::{Client, NoTls};
use serde_json::{Value, json};

use crate::{authority, start};

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) authority: PathBuf,
    directory: PathBuf,
    /// Its input keeps the server running.
    _keeper: Child,
}

pub(crate) const ADMIN: &str = "the-administrator";

/// The server, started by the first test that asks; nothing where it is not installed.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| programs().map(|programs| launch(&programs)));
    if server.is_none() {
        start::skip("PostgreSQL (postgresql)");
    }
    server.as_ref()
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
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", files.certificate.display()),
        format!("ssl_key_file={}", files.key.display()),
    ];
    let settings = settings.iter().flat_map(|setting| ["-c", setting]);
    let arguments: Vec<&str> = ["-D", &data].into_iter().chain(settings).collect();
    let keeper = start::serve(&directory, "INT", &programs.join("postgres"), &arguments);
    let server = Server { port, authority: files.authority, directory, _keeper: keeper };
    start::wait_for(&server.directory, || server.try_client("postgres", ADMIN));
    server
}

impl Server {
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
