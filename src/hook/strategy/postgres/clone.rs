//! The second of two alternating users acts as the first one.
//!
//! As with the functions of AWS it is a member of the first, so that what is granted to that one later reaches it too.
//! Beyond that, its sessions begin as the first user (`ALTER ROLE … SET role`): what it creates belongs to that one,
//! whose default privileges apply, and `"$user"` in the search path is that one's schema.

use postgres::{Client, Row};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use postgres_protocol::password::scram_sha_256;

use super::super::secret::Login;
use super::super::server::ServerError;
use super::{failed, run};

/// What a role is, beyond its memberships.
const ATTRIBUTES: &str = "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, \
                          rolconnlimit, rolvaliduntil::text FROM pg_catalog.pg_roles WHERE rolname = $1";
/// What was set with `ALTER ROLE`, in every database or in one, without what only a superuser may set.
const SETTINGS: &str = "SELECT d.datname, c FROM pg_catalog.pg_db_role_setting s \
     JOIN pg_catalog.pg_roles r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, \
     unnest(s.setconfig) c WHERE r.rolname = $1 AND (\
     (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user) OR NOT EXISTS (\
     SELECT FROM pg_catalog.pg_settings g WHERE g.name = split_part(c, '=', 1) AND g.context <> 'user'))";
/// A schema or table that the first role can use and the second cannot. Members can, one way or another.
const LACKS: &str = "SELECT object FROM (\
     SELECT format('%I', nspname), nspname, ARRAY(SELECT has_schema_privilege(u, oid, 'USAGE') FROM unnest($1::text[]) u) \
     FROM pg_catalog.pg_namespace UNION ALL \
     SELECT format('%I.%I', nspname, relname), nspname, ARRAY(SELECT has_table_privilege(u, c.oid, p) FROM unnest($1::text[]) u) \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace, \
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p WHERE relkind IN ('r', 'p', 'v', 'm', 'f')\
     ) every (object, schema, may) WHERE may[1] AND NOT may[2] AND schema !~ '^pg_' AND schema <> 'information_schema' \
     AND NOT pg_has_role(($1::text[])[2], ($1::text[])[1], 'MEMBER') LIMIT 1";
/// Settings that are lists, each element quoted where they are stored.
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// The attributes of a role, in one row if it exists.
pub(super) fn attributes(session: &mut Client, role: &str) -> Result<Vec<Row>, ServerError> {
    session.query(ATTRIBUTES, &[&role]).map_err(|error| failed("look for the user", &error, &[]))
}

/// Creates a role that acts as another one, all or nothing.
pub(super) fn create(admin: &mut Client, model: &Login, new: &Login) -> Result<(), ServerError> {
    let doing = "create the user";
    let mut words = String::new();
    for row in &attributes(admin, &model.username)? {
        words.push_str(&attributes_of(row).map_err(|error| failed(doing, &error, &[]))?);
    }
    write(admin, doing, &format!("CREATE ROLE {} LOGIN{words}", escape_identifier(&new.username)), model, new)
}

/// Gives a role its password, and lets it act as the other one as that is now.
pub(super) fn renew(admin: &mut Client, model: &Login, new: &Login) -> Result<(), ServerError> {
    write(admin, "change the password", &format!("ALTER ROLE {}", escape_identifier(&new.username)), model, new)
}

fn write(admin: &mut Client, doing: &'static str, begin: &str, model: &Login, new: &Login) -> Result<(), ServerError> {
    let verifier = scram_sha_256(new.password.as_bytes());
    let script = format!("BEGIN; {begin} PASSWORD {}", escape_literal(&verifier));
    run(admin, doing, &script, &[&verifier, &new.password])?;
    let membership = format!("GRANT {} TO {}", escape_identifier(&model.username), escape_identifier(&new.username));
    if !is_member(admin, &new.username, &model.username)? {
        run(admin, "make the user a member of the current one", &membership, &[])?;
    }
    for setting in settings(admin, model, new)? {
        run(admin, "copy the settings of the current user", &setting, &[])?;
    }
    run(admin, doing, "COMMIT", &[])
}

fn is_member(admin: &mut Client, role: &str, of: &str) -> Result<bool, ServerError> {
    let query = "SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members WHERE member = to_regrole(quote_ident($1)) \
                 AND roleid = to_regrole(quote_ident($2)))";
    let row = admin.query_one(query, &[&role, &of]);
    row.and_then(|row| row.try_get(0)).map_err(|error| failed("look for the user", &error, &[]))
}

/// The statements that give the new user the settings of the current one, and make its sessions begin as that one.
fn settings(admin: &mut Client, model: &Login, new: &Login) -> Result<Vec<String>, ServerError> {
    let doing = "read the settings of the current user";
    let rows = admin.query(SETTINGS, &[&model.username]).map_err(|error| failed(doing, &error, &[]))?;
    let mut settings = vec![(None, format!("role={}", model.username))];
    for row in &rows {
        let read = |error: &_| failed(doing, error, &[]);
        settings.push((row.try_get(0).map_err(|error| read(&error))?, row.try_get(1).map_err(|error| read(&error))?));
    }
    let role = escape_identifier(&new.username);
    let statement = |(database, setting): &(Option<String>, String)| {
        let within =
            database.as_deref().map_or_else(String::new, |it| format!(" IN DATABASE {}", escape_identifier(it)));
        let (name, value) = setting.split_once('=')?;
        let path: Vec<String> = name.split('.').map(escape_identifier).collect();
        Some(format!("ALTER ROLE {role}{within} SET {} TO {}", path.join("."), written(name, value)))
    };
    Ok(settings.iter().filter_map(statement).collect())
}

/// A stored value as a statement takes it. Nothing in it is taken for SQL: a user chooses their own settings.
fn written(name: &str, value: &str) -> String {
    if LISTS.contains(&name) {
        let elements: Vec<String> = elements(value).iter().map(|element| escape_literal(element)).collect();
        return if elements.is_empty() { "''".to_owned() } else { elements.join(", ") };
    }
    escape_literal(value)
}

/// The elements of a list, without their quotes.
fn elements(list: &str) -> Vec<String> {
    let (mut all, mut one, mut is_quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut chars = list.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => one.extend(chars.next()),
            '"' => (is_quoted, was_quoted) = (!is_quoted, true),
            ',' if !is_quoted => {
                all.push(std::mem::take(&mut one));
                was_quoted = false;
            }
            c if c.is_whitespace() && !is_quoted => {}
            c => one.push(c),
        }
    }
    if was_quoted || !one.is_empty() {
        all.push(one);
    }
    all
}

/// Refuses a user who lacks a privilege of the current one, as one that somebody created by hand may.
pub(super) fn require_as_much(current: &mut Client, model: &Login, new: &Login) -> Result<(), ServerError> {
    let users = [model.username.as_str(), new.username.as_str()];
    let lacks = current.query_opt(LACKS, &[&&users[..]]).and_then(|row| row.map(|row| row.try_get(0)).transpose());
    match lacks.map_err(|error| failed("compare the privileges of both users", &error, &[]))? {
        None => Ok(()),
        Some(object) => {
            let (user, other) = (new.username.clone(), model.username.clone());
            Err(ServerError::Lacks { user, object, other })
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_texts_whatever_is_in_them() {
        let list = r#""$user", app, "a ""b"", c""#;
        assert_eq!(written("search_path", list), r#"'$user', 'app', 'a "b", c'"#);
        assert_eq!(written("search_path", "a;DROP/**/ROLE/**/x"), "'a;DROP/**/ROLE/**/x'");
        assert_eq!(written("search_path", ""), "''");
        assert_eq!(written("search_path", r#""""#), "''");
        assert_eq!(written("statement_timeout", "5s'; DROP ROLE x"), "'5s''; DROP ROLE x'");
    }
}
