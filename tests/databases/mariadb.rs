//! The MariaDB server of this run.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;

use mysql::{Conn, OptsBuilder};
use serde_json::{Value, json};

use crate::{authority, start, tools};

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) authority: PathBuf,
    pub(crate) socket: PathBuf,
    directory: PathBuf,
    /// Its input keeps the server running.
    _keeper: Child,
}

pub(crate) const ADMIN: &str = "The-administrator-1";

/// The server, started by the first test that asks; nothing where it is not installed.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    one_of(&SERVER, &[])
}

/// A server that checks passwords, and takes no hashes because it could not check them.
pub(crate) fn strict_server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    one_of(&SERVER, &["--plugin-load-add=simple_password_check"])
}

fn one_of(server: &'static OnceLock<Option<Server>>, more: &[&str]) -> Option<&'static Server> {
    let server = server.get_or_init(|| Some(launch(&program("mariadbd")?, &program("mariadb-install-db")?, more)));
    if server.is_none() {
        tools::skip("MariaDB (mariadb-server)");
    }
    server.as_ref()
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

fn launch(daemon: &Path, install: &Path, more: &[&str]) -> Server {
    let directory = start::directory();
    let files = authority::write(&directory);
    let administrator = format!(
        "CREATE USER IF NOT EXISTS admin@'%' IDENTIFIED BY '{ADMIN}';\nGRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;\n\
         INSTALL SONAME 'auth_ed25519';\n"
    );
    std::fs::write(directory.join("init.sql"), administrator).unwrap();
    start::hand_over(&directory);
    let at = |name: &str| directory.join(name).display().to_string();
    let data = format!("--datadir={}", at("data"));
    start::prepare(
        &directory,
        install,
        &["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"],
    );
    let port = start::free_port();
    let arguments = [
        "--no-defaults".to_owned(),
        data,
        format!("--port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--socket={}", at("socket")),
        format!("--pid-file={}", at("pid")),
        format!("--init-file={}", at("init.sql")),
        format!("--ssl-cert={}", files.certificate.display()),
        format!("--ssl-key={}", files.key.display()),
        "--general-log".to_owned(),
        format!("--general-log-file={}", at("general.log")),
        "--skip-name-resolve".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let keeper = start::serve(&directory, "TERM", daemon, &arguments);
    let socket = directory.join("socket");
    let server = Server { port, authority: files.authority, socket, directory, _keeper: keeper };
    start::wait_for(&server.directory, || server.try_client("admin", ADMIN));
    server
}

impl Server {
    pub(crate) fn try_client(&self, user: &str, password: &str) -> Result<Conn, mysql::Error> {
        let options = OptsBuilder::new().prefer_socket(false).ip_or_hostname(Some("127.0.0.1")).tcp_port(self.port);
        Conn::new(options.user(Some(user)).pass(Some(password)))
    }

    pub(crate) fn admin(&self) -> Conn {
        self.try_client("admin", ADMIN).unwrap()
    }

    /// Whether it lets somebody in. The client library errs in one of 256 logins of an `ed25519` account, so it gets four.
    pub(crate) fn accepts(&self, login: &Value) -> bool {
        let [user, password] = ["username", "password"].map(|member| login[member].as_str().unwrap());
        (0..4).any(|_| self.try_client(user, password).is_ok())
    }

    /// The value of a secret; the server's certificate is good for `localhost` only.
    pub(crate) fn login(&self, user: &str, password: &str) -> Value {
        json!({"engine": "mariadb", "host": "localhost", "port": self.port.to_string(), "username": user,
               "password": password, "team": {"z": 1, "a": 2}})
    }

    /// Every statement that it was asked to run.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("general.log")).unwrap()
    }
}
