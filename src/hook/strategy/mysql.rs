//! `builtin:mysql`: the password of a MySQL (5.7 and later) or MariaDB (10.4 and later) account.
//!
//! A MariaDB account of `mysql_native_password` gets the hash of its new password; every other account, and a server
//! that checks passwords by a plugin, needs the password itself, over TLS. It trusts Mozilla's authorities, which the
//! client library always includes, and those of the option `sslrootcert`, but not those of the machine.

use std::time::Duration;

use data_encoding::HEXUPPER;
use mysql::error::DriverError;
use mysql::error::tls::TlsError;
use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, OptsBuilder, SslOpts};
use rand::RngCore as _;
use rand::rngs::OsRng;
use rustls::crypto::ring;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::database::{CHECK, CHECKING, Changed, Other, Problem, Server};
use super::grant::{account, literal, regranted};
use super::options::Missing;
use super::random::EXCLUDED;
use super::secret::Login;
use super::server::{ServerError, broken, io_reason, masked};
use super::tls::{Asked, Tls, authorities};
use crate::model::hook::HookCall;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const PORT: u16 = 3306;
/// Errors that mean a refused login: wrong password (two numbers), locked account (MySQL, MariaDB).
const REFUSALS: [u16; 4] = [1045, 1698, 3118, 4151];
/// Syntax errors: the message quotes the statement from there on.
const SYNTAX_ERRORS: [u16; 2] = [1064, 1149];

/// A password that the server's rules refuse.
const BAD_PASSWORD: u16 = 1819;
/// There is no such table.
const NO_TABLE: u16 = 1146;
/// The error with which MariaDB refuses a hash if it checks passwords with a plugin, and `strict_password_validation`
/// is on.
const NO_HASHES: &str = "1290";

/// The strategy.
pub(super) struct Mysql<'a> {
    /// What the user must be able to do.
    check: Option<&'a str>,
}

impl<'a> Mysql<'a> {
    pub(super) fn new(call: &'a HookCall) -> Self {
        Mysql { check: call.options.get(CHECK).map(String::as_str) }
    }
}

/// A connection.
pub(super) struct Session {
    conn: Conn,
    kind: Kind,
    /// Whether a password may be sent as it is.
    clear: bool,
}

/// Two servers of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mysql,
    MariaDb,
}

impl Server for Mysql<'_> {
    type Session = Session;

    const ENGINES: &'static [&'static str] = &["mysql", "mariadb", "aurora-mysql"];
    const EXCLUDED: &'static str = EXCLUDED;

    fn name_limit(engine: &str) -> usize {
        if engine == "mariadb" { 80 } else { 32 }
    }

    // mysql_common 0.37 cuts a zero from the end of the random bytes that an account of MariaDB's `ed25519` must sign:
    // one of 256 good logins is refused (fixed in 0.38, which no release of mysql uses yet). MySQL has no such
    // accounts, and may lock those that are refused too often.
    fn attempts(engine: &str) -> u8 {
        if engine == "mariadb" { 4 } else { 1 }
    }

    fn log_in(&self, login: &Login, tls: &Tls) -> Result<Session, Problem> {
        // The client library asks rustls for the crypto provider of this process. It is not an error if one was
        // installed before.
        let _ = ring::default_provider().install_default();
        if let Tls::Verified(Some(roots)) = tls {
            authorities(Some(roots)).map_err(Problem::Configured)?;
        }
        let mut conn = Conn::new(options(login, tls)).map_err(|error| Problem::Server(refused(&error)))?;
        let version: Option<String> = conn
            .query_first("SELECT VERSION()")
            .map_err(|error| Problem::Server(failed("report its version", &error, &[])))?;
        let maria = version.is_some_and(|version| version.contains("MariaDB"));
        let (kind, more) = if maria { (Kind::MariaDb, ",NO_AUTO_CREATE_USER") } else { (Kind::Mysql, "") };
        let mut session = Session { conn, kind, clear: *tls != Tls::Off(Asked::ByValue) };
        let mode = format!("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES{more}'");
        session.run("set the mode of the session", &mode, &[]).map_err(Problem::Server)?;
        Ok(session)
    }

    fn try_out(&self, session: &mut Session) -> Result<(), ServerError> {
        session.run("run a query", "SELECT 1", &[])?;
        let Some(check) = self.check else { return Ok(()) };
        for statement in ["START TRANSACTION", check, "ROLLBACK"] {
            session.conn.query_drop(statement).map_err(|error| explained(CHECKING, &error, &[]))?;
        }
        Ok(())
    }

    fn change_own(&self, session: &mut Session, new: &Login) -> Result<(), ServerError> {
        session.set_password(None, &new.password)
    }

    fn change_other(&self, admin: &mut Session, other: Other<'_, Session>) -> Result<Changed, ServerError> {
        let name = &other.new.username;
        if other.missing == Missing::Create {
            clone_account(admin, other.current, name)?;
        }
        let hosts = admin.hosts(name)?;
        for host in &hosts {
            admin.set_password(Some(&account(name, host)), &other.new.password)?;
        }
        Ok(if hosts.is_empty() { Changed::NoUser } else { Changed::Set })
    }
}

/// An account with the privileges of the current one, on the same host part. It starts with a password that nobody
/// knows: if we are killed before all privileges are granted, it cannot log in, and the
/// next attempt grants them again. How the current account must connect is copied from MariaDB, whose grants say it,
/// and not from MySQL.
fn clone_account(admin: &mut Session, current: &mut Session, name: &str) -> Result<(), ServerError> {
    let doing = "create the user";
    let own = current.first("SELECT CURRENT_USER()")?;
    // A host has no `@`, a name may.
    let (user, host) = own.rsplit_once('@').ok_or(ServerError::Grant)?;
    let clone = account(name, host);
    let mut unknown = Zeroizing::new([0; 24]);
    OsRng.fill_bytes(&mut *unknown);
    // Upper case, lower case, a digit and a symbol, for servers that require them.
    let unknown = Zeroizing::new(format!("{}_a1", HEXUPPER.encode(&*unknown)));
    let create = |how: &str, secret: &str| {
        Zeroizing::new(format!("CREATE USER IF NOT EXISTS {clone} IDENTIFIED BY {how} {}", literal(secret)))
    };
    let hash = native_hash(&unknown);
    if admin.kind == Kind::Mysql || !admin.run_hashed(doing, &create("PASSWORD", &hash), &[&hash])? {
        admin.allow_clear()?;
        admin.run(doing, &create("", &unknown), &[&unknown])?;
    }
    let grants: Vec<String> = admin
        .conn
        .query(format!("SHOW GRANTS FOR {}", account(user, host)))
        .map_err(|error| failed("show the privileges of the current user", &error, &[]))?;
    for grant in &grants {
        let statement = regranted(grant, &clone).ok_or(ServerError::Grant)?;
        admin.run("copy the privileges of the current user", &statement, &[])?;
    }
    // MariaDB's grants say it. Without it, the roles would be granted and never active.
    if admin.kind == Kind::Mysql {
        let roles = admin.default_roles(user, host)?;
        if !roles.is_empty() {
            let statement = format!("ALTER USER {clone} DEFAULT ROLE {}", roles.join(", "));
            admin.run("copy the default roles of the current user", &statement, &[])?;
        }
    }
    Ok(())
}

impl Session {
    fn run(&mut self, doing: &'static str, statement: &str, secrets: &[&str]) -> Result<(), ServerError> {
        self.conn.query_drop(statement).map_err(|error| failed(doing, &error, secrets))
    }

    /// Runs a statement that contains a hash. Returns whether the server accepts hashes.
    fn run_hashed(&mut self, doing: &'static str, statement: &str, secrets: &[&str]) -> Result<bool, ServerError> {
        match self.run(doing, statement, secrets) {
            Err(ServerError::Statement { code, .. }) if code == NO_HASHES => Ok(false),
            done => done.map(|()| true),
        }
    }

    /// Whether a password may be sent as it is.
    fn allow_clear(&self) -> Result<(), ServerError> {
        if self.clear { Ok(()) } else { Err(ServerError::Clear) }
    }

    /// The first column of the first row.
    fn first(&mut self, query: &str) -> Result<String, ServerError> {
        let row =
            self.conn.query_first::<mysql::Row, _>(query).map_err(|error| failed("describe the user", &error, &[]))?;
        row.and_then(|mut row| row.take_opt::<String, _>(0)).and_then(Result::ok).ok_or(ServerError::Grant)
    }

    /// The host parts of the accounts of a name.
    fn hosts(&mut self, name: &str) -> Result<Vec<String>, ServerError> {
        let query = format!("SELECT Host FROM mysql.user WHERE User = {} ORDER BY Host", literal(name));
        self.conn.query(query).map_err(|error| failed("look for the user", &error, &[]))
    }

    /// The roles that are active when an account logs in. MySQL 5.7 has none, and no table of them.
    fn default_roles(&mut self, user: &str, host: &str) -> Result<Vec<String>, ServerError> {
        let query = format!(
            "SELECT DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST FROM mysql.default_roles WHERE USER = {} AND HOST = {}",
            literal(user),
            literal(host)
        );
        match self.conn.query::<(String, String), _>(query) {
            Ok(roles) => Ok(roles.iter().map(|(role, host)| account(role, host)).collect()),
            Err(Error::MySqlError(told)) if told.code == NO_TABLE => Ok(Vec::new()),
            Err(error) => Err(failed("look for the default roles of the current user", &error, &[])),
        }
    }

    /// Sets the password of an account, or of the user who is logged in.
    fn set_password(&mut self, account: Option<&str>, password: &str) -> Result<(), ServerError> {
        let statement = match self.kind {
            Kind::MariaDb => {
                let whose = account.map_or_else(String::new, |account| format!(" FOR {account}"));
                let shown = self.first(&format!("SHOW CREATE USER {}", account.unwrap_or("CURRENT_USER")))?;
                if is_native(&shown) {
                    let hash = native_hash(password);
                    let statement = Zeroizing::new(format!("SET PASSWORD{whose} = {}", literal(&hash)));
                    if self.run_hashed("change the password", &statement, &[&hash, password])? {
                        return Ok(());
                    }
                }
                format!("SET PASSWORD{whose} = PASSWORD({})", literal(password))
            }
            Kind::Mysql => format!("ALTER USER {} IDENTIFIED BY {}", account.unwrap_or("USER()"), literal(password)),
        };
        let statement = Zeroizing::new(statement);
        self.allow_clear()?;
        self.run("change the password", &statement, &[password])
    }
}

/// Whether according to MariaDB's `SHOW CREATE USER` the only way to log in is `mysql_native_password`.
fn is_native(shown: &str) -> bool {
    let hash = |rest: &str| rest.starts_with("'*") && !rest.contains(" OR ");
    let by = shown.split_once(" IDENTIFIED BY PASSWORD ").is_some_and(|(_, rest)| hash(rest));
    by || shown.split_once(" IDENTIFIED VIA mysql_native_password USING ").is_some_and(|(_, rest)| hash(rest))
}

/// What `mysql_native_password` stores: `*` and the SHA-1 of the SHA-1, in upper case.
fn native_hash(password: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("*{}", HEXUPPER.encode(&Sha1::digest(Sha1::digest(password)))))
}

fn options(login: &Login, tls: &Tls) -> OptsBuilder {
    let protection = match tls {
        Tls::Verified(roots) => Some(SslOpts::default().with_root_cert_path(roots.clone())),
        Tls::Insecure => Some(SslOpts::default().with_danger_accept_invalid_certs(true)),
        Tls::Off(_) => None,
    };
    let socket = login.host.starts_with('/').then(|| login.host.clone());
    OptsBuilder::new()
        // Otherwise the library switches from TLS to the socket that a server on this machine reports.
        .prefer_socket(false)
        .ip_or_hostname(Some(login.host.clone()).filter(|_| socket.is_none()))
        .socket(socket)
        .tcp_port(login.port.unwrap_or(PORT))
        .user(Some(login.username.clone()))
        .pass(Some(login.password.to_string()))
        .db_name(login.dbname.clone())
        .tcp_connect_timeout(Some(CONNECT_TIMEOUT))
        .read_timeout(Some(ANSWER_TIMEOUT))
        .write_timeout(Some(ANSWER_TIMEOUT))
        .ssl_opts(protection)
}

/// A login that failed.
fn refused(error: &Error) -> ServerError {
    match error {
        Error::MySqlError(told) if REFUSALS.contains(&told.code) => ServerError::Refused(told.code.to_string()),
        other => failed("log in", other, &[]),
    }
}

fn failed(doing: &'static str, error: &Error, secrets: &[&str]) -> ServerError {
    match error {
        Error::MySqlError(told) if told.code == BAD_PASSWORD => {
            ServerError::Policy { code: told.code.to_string(), message: masked(&told.message, secrets) }
        }
        Error::MySqlError(told) if SYNTAX_ERRORS.contains(&told.code) => {
            ServerError::Statement { doing, code: told.code.to_string(), message: String::new() }
        }
        error => explained(doing, error, secrets),
    }
}

/// The same with any message.
fn explained(doing: &'static str, error: &Error, secrets: &[&str]) -> ServerError {
    match error {
        Error::MySqlError(told) => {
            ServerError::Statement { doing, code: told.code.to_string(), message: masked(&told.message, secrets) }
        }
        Error::DriverError(DriverError::TlsNotSupported) => ServerError::NoTls,
        Error::DriverError(DriverError::ConnectTimeout | DriverError::Timeout) => {
            ServerError::Unreachable("timed out".to_owned())
        }
        Error::DriverError(DriverError::CouldNotConnect(Some((_, text, kind)))) => {
            ServerError::Unreachable(io_reason(*kind, text))
        }
        Error::IoError(error) => broken(error),
        Error::CodecError(error) => broken(error),
        Error::TlsError(TlsError::Tls(error)) => broken(error),
        other => broken(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_server() {
        // SELECT PASSWORD('password')
        assert_eq!(*native_hash("password"), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
    }

    #[test]
    fn only_accounts_with_this_one_hash_get_a_hash() {
        for native in [
            "CREATE USER `a`@`%` IDENTIFIED BY PASSWORD '*AB' REQUIRE SSL",
            "CREATE USER `a`@`%` IDENTIFIED VIA mysql_native_password USING '*AB'",
        ] {
            assert!(is_native(native), "{native}");
        }
        for other in [
            "CREATE USER `a`@`%`",
            "CREATE USER `a`@`%` IDENTIFIED VIA ed25519 USING 'x'",
            "CREATE USER `a`@`%` IDENTIFIED VIA mysql_native_password USING 'invalid'",
            "CREATE USER `a`@`%` IDENTIFIED VIA mysql_native_password USING '*AB' OR unix_socket",
        ] {
            assert!(!is_native(other), "{other}");
        }
    }
}
