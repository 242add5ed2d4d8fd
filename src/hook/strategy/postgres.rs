//! `builtin:postgres`: the password of a PostgreSQL role.
//!
//! What goes to the server is a SCRAM-SHA-256 verifier (PostgreSQL 10 and later): the password itself is neither sent
//! nor logged. If `pg_hba.conf` says `trust`, every password works, and no strategy can detect that.

use std::error::Error as _;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls, Row};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use postgres_protocol::password::scram_sha_256;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::database::{Changed, Other, Problem, Server};
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

/// What a role is, beyond its memberships.
const ATTRIBUTES: &str = "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, \
                          rolconnlimit, rolvaliduntil::text FROM pg_catalog.pg_roles WHERE rolname = $1";
/// The roles that a role is a member of. Two of the columns exist since PostgreSQL 16.
const MEMBERSHIPS: &str = "SELECT r.rolname, m.admin_option, (to_jsonb(m)->>'inherit_option')::bool, \
                           (to_jsonb(m)->>'set_option')::bool FROM pg_catalog.pg_auth_members m \
                           JOIN pg_catalog.pg_roles r ON r.oid = m.roleid \
                           JOIN pg_catalog.pg_roles u ON u.oid = m.member WHERE u.rolname = $1 ORDER BY 1";

/// The strategy.
pub(super) struct Postgres<'a> {
    /// A role that the user must be able to assume.
    owner_role: Option<&'a str>,
}

impl<'a> Postgres<'a> {
    pub(super) fn new(call: &'a HookCall) -> Self {
        Postgres { owner_role: call.options.get("owner_role").map(String::as_str) }
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
        let Some(role) = self.owner_role else { return Ok(()) };
        run(
            session,
            "assume the role of the option `owner_role`",
            &format!("SET ROLE {}", escape_identifier(role)),
            &[],
        )
    }

    fn change_own(&self, session: &mut Client, new: &Login) -> Result<(), ServerError> {
        set_password(session, new)
    }

    fn change_other(&self, admin: &mut Client, other: Other<'_, Client>) -> Result<Changed, ServerError> {
        let Other { model, new, missing, .. } = other;
        let exists = rows(admin, "look for the user", ATTRIBUTES, &new.username)?;
        match (exists.is_empty(), missing) {
            (false, _) => set_password(admin, new)?,
            (true, Missing::Refuse) => return Ok(Changed::NoUser),
            (true, Missing::Create) => create(admin, model, new)?,
        }
        Ok(Changed::Set)
    }
}

fn set_password(session: &mut Client, new: &Login) -> Result<(), ServerError> {
    let verifier = scram_sha_256(new.password.as_bytes());
    let role = escape_identifier(&new.username);
    let statement = format!("ALTER ROLE {role} WITH PASSWORD {}", escape_literal(&verifier));
    run(session, "change the password", &statement, &[&verifier, &new.password])
}

/// Creates a role with the attributes and memberships of another one, all or nothing. Privileges that were granted to
/// the role itself, and settings made with `ALTER ROLE … SET`, are not copied.
fn create(admin: &mut Client, model: &Login, new: &Login) -> Result<(), ServerError> {
    let doing = "create the user";
    let verifier = scram_sha_256(new.password.as_bytes());
    let attributes = rows(admin, doing, ATTRIBUTES, &model.username)?;
    let memberships = rows(admin, doing, MEMBERSHIPS, &model.username)?;
    let role = escape_identifier(&new.username);
    let mut script = format!("BEGIN; CREATE ROLE {role} LOGIN PASSWORD {}", escape_literal(&verifier));
    for row in &attributes {
        script.push_str(&attributes_of(row).map_err(|error| failed(doing, &error, &[]))?);
    }
    for row in &memberships {
        script.push_str(&membership_of(row, &role).map_err(|error| failed(doing, &error, &[]))?);
    }
    script.push_str("; COMMIT");
    run(admin, doing, &script, &[&verifier, &new.password])
}

fn attributes_of(row: &Row) -> Result<String, postgres::Error> {
    let words = ["SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"];
    let flag = |(place, word): (usize, &str)| {
        let no = if row.try_get::<_, bool>(place)? { "" } else { "NO" };
        Ok(format!(" {no}{word}"))
    };
    let flags = words.into_iter().enumerate().map(flag).collect::<Result<String, postgres::Error>>()?;
    let limit: i32 = row.try_get(6)?;
    let until: Option<String> = row.try_get(7)?;
    let until = until.map_or_else(String::new, |until| format!(" VALID UNTIL {}", escape_literal(&until)));
    Ok(format!("{flags} CONNECTION LIMIT {limit}{until}"))
}

fn membership_of(row: &Row, member: &str) -> Result<String, postgres::Error> {
    let role = escape_identifier(row.try_get(0)?);
    let admin: bool = row.try_get(1)?;
    let rest = match (row.try_get::<_, Option<bool>>(2)?, row.try_get::<_, Option<bool>>(3)?) {
        (Some(inherit), Some(set)) => format!(" WITH ADMIN {admin}, INHERIT {inherit}, SET {set}"),
        _ if admin => " WITH ADMIN OPTION".to_owned(),
        _ => String::new(),
    };
    Ok(format!("; GRANT {role} TO {member}{rest}"))
}

fn rows(session: &mut Client, doing: &'static str, query: &str, name: &str) -> Result<Vec<Row>, ServerError> {
    session.query(query, &[&name]).map_err(|error| failed(doing, &error, &[]))
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
    let Some(told) = error.as_db_error() else { return broken(error) };
    let message = if *told.code() == SqlState::SYNTAX_ERROR { String::new() } else { masked(told.message(), secrets) };
    ServerError::Statement { doing, code: told.code().code().to_owned(), message }
}
