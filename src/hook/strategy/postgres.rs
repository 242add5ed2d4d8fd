//! `builtin:postgres`: the password of a PostgreSQL role.
//!
//! What goes to the server is a SCRAM-SHA-256 verifier (PostgreSQL 10 and later): the password itself is neither sent
//! nor logged. If `pg_hba.conf` says `trust`, every password works, and no strategy can detect that.

mod clone;

use std::error::Error as _;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use postgres_protocol::password::scram_sha_256;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::database::{CHECK, CHECKING, Changed, Other, Problem, Server, is_clone};
use super::options::Missing;
use super::secret::Login;
use super::server::{ServerError, broken, masked};
use super::tls::Tls;
use crate::model::hook::HookCall;

const TIMEOUT: Duration = Duration::from_secs(10);
const PORT: u16 = 5432;
const DATABASE: &str = "postgres";
/// NAMEDATALEN less its zero.
const NAME_LIMIT: usize = 63;
/// What the client library says of a server without TLS.
const NO_TLS: &str = "server does not support TLS";

/// The strategy.
pub(super) struct Postgres<'a> {
    /// A role that the user must be able to assume.
    owner_role: Option<&'a str>,
    /// What the user must be able to do.
    check: Option<&'a str>,
}

impl<'a> Postgres<'a> {
    pub(super) fn new(call: &'a HookCall) -> Self {
        let option = |name| call.options.get(name).map(String::as_str);
        Postgres { owner_role: option("owner_role"), check: option(CHECK) }
    }
}

impl Server for Postgres<'_> {
    type Session = Client;

    const ENGINES: &'static [&'static str] = &["postgres", "aurora-postgresql"];
    const EXCLUDED: &'static str = ":/@\"'\\";

    fn name_limit(_: &str) -> usize {
        NAME_LIMIT
    }

    fn attempts(_: &str) -> u8 {
        1
    }

    fn log_in(&self, login: &Login, tls: &Tls) -> Result<Client, Problem> {
        let mut config = Config::new();
        config.host(&login.host).port(login.port.unwrap_or(PORT));
        config.user(&login.username).password(login.password.as_bytes());
        config.dbname(login.dbname.as_deref().unwrap_or(DATABASE));
        config.connect_timeout(TIMEOUT).application_name("vault");
        let connected = if let Tls::Off(_) = tls {
            config.ssl_mode(SslMode::Disable).connect(NoTls)
        } else {
            let client = tls.client().map_err(Problem::Configured)?;
            config.ssl_mode(SslMode::Require).connect(MakeRustlsConnect::new(client))
        };
        connected.map_err(|error| Problem::Server(refused(&error)))
    }

    fn try_out(&self, session: &mut Client) -> Result<(), ServerError> {
        run(session, "run a query", "SELECT 1", &[])?;
        if let Some(role) = self.owner_role {
            let statement = format!("SET ROLE {}", escape_identifier(role));
            run(session, "assume the role of the option `owner_role`", &statement, &[])?;
        }
        let Some(check) = self.check else { return Ok(()) };
        for statement in ["BEGIN", check, "ROLLBACK"] {
            session.batch_execute(statement).map_err(|error| explained(CHECKING, &error, &[]))?;
        }
        Ok(())
    }

    fn change_own(&self, session: &mut Client, new: &Login) -> Result<(), ServerError> {
        set_password(session, new)
    }

    fn change_other(&self, admin: &mut Client, other: Other<'_, Client>) -> Result<Changed, ServerError> {
        let Other { current, model, new, missing } = other;
        let exists = !clone::attributes(admin, &new.username)?.is_empty();
        match (exists, missing) {
            (false, Missing::Refuse) => return Ok(Changed::NoUser),
            (false, Missing::Create) => clone::create(admin, model, new)?,
            (true, Missing::Create) if is_clone(&new.username, &model.username) => clone::renew(admin, model, new)?,
            (true, _) => set_password(admin, new)?,
        }
        clone::require_as_much(current, model, new)?;
        Ok(Changed::Set)
    }
}

fn set_password(session: &mut Client, new: &Login) -> Result<(), ServerError> {
    let verifier = scram_sha_256(new.password.as_bytes());
    let role = escape_identifier(&new.username);
    let statement = format!("ALTER ROLE {role} WITH PASSWORD {}", escape_literal(&verifier));
    let changed = run(session, "change the password", &statement, &[&verifier, &new.password]);
    changed.map_err(|error| match error {
        ServerError::Statement { code, message, .. } if is_policy(&code) => ServerError::Policy { code, message },
        error => error,
    })
}

/// What modules that check passwords answer: a value that is not valid, or class 28, about passwords.
fn is_policy(code: &str) -> bool {
    code == SqlState::INVALID_PARAMETER_VALUE.code() || code.starts_with("28")
}

fn run(session: &mut Client, doing: &'static str, statement: &str, secrets: &[&str]) -> Result<(), ServerError> {
    session.batch_execute(statement).map_err(|error| failed(doing, &error, secrets))
}

/// A login that failed. Class 28 is about who may log in.
fn refused(error: &postgres::Error) -> ServerError {
    match error.as_db_error() {
        Some(told) if told.code().code().starts_with("28") => ServerError::Refused(told.code().code().to_owned()),
        Some(_) => failed("log in", error, &[]),
        // The client has no type for a server that answers "no" to TLS.
        None if error.source().is_some_and(|source| source.to_string() == NO_TLS) => ServerError::NoTls,
        None => broken(error),
    }
}

/// A statement that failed. A syntax error quotes parts of the statement, so that its message is left out.
fn failed(doing: &'static str, error: &postgres::Error, secrets: &[&str]) -> ServerError {
    match explained(doing, error, secrets) {
        ServerError::Statement { code, .. } if code == SqlState::SYNTAX_ERROR.code() => {
            ServerError::Statement { doing, code, message: String::new() }
        }
        explained => explained,
    }
}

/// The same with any message.
fn explained(doing: &'static str, error: &postgres::Error, secrets: &[&str]) -> ServerError {
    let Some(told) = error.as_db_error() else { return broken(error) };
    ServerError::Statement { doing, code: told.code().code().to_owned(), message: masked(told.message(), secrets) }
}
