//! `builtin:postgres`.

use std::collections::BTreeMap;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use serde_json::json;
use vault::hook::strategy::StrategyError;
use vault::model::hook::{Step, Strategy};

use crate::postgresql::{ADMIN, Server, server};
use crate::rotation::{Rotation, with_password};
use crate::silent;

/// A secret for a new user whose password is `first-…`.
fn secret(server: &Server, user: &str) -> Rotation {
    let login = server.login(user, &format!("first-{user}"));
    let statement =
        format!("CREATE ROLE {} LOGIN PASSWORD {}", escape_identifier(user), escape_literal(&format!("first-{user}")));
    server.admin().batch_execute(&statement).unwrap();
    Rotation {
        strategy: Strategy::Postgres,
        options: BTreeMap::from([("sslrootcert".to_owned(), server.authority.display().to_string())]),
        current: login,
        pending: None,
        previous: None,
        aborted: Vec::new(),
        admin: None,
    }
}

fn alternating(server: &Server, user: &str) -> Rotation {
    let rotation = secret(server, user).option("users", "alternating");
    Rotation { admin: Some(server.login("postgres", ADMIN)), ..rotation }
}

#[test]
fn a_single_user_gets_a_new_password_that_the_server_never_sees() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "it's \"one\"");
    let first = rotation.current.clone();
    rotation.rotate();
    assert!(server.accepts(&rotation.current) && !server.accepts(&first));
    let expected = with_password(&first, rotation.current["password"].as_str().unwrap());
    assert_eq!(rotation.current, expected, "all else of the value stays");
    let row =
        server.admin().query_one("SELECT rolpassword FROM pg_authid WHERE rolname = 'it''s \"one\"'", &[]).unwrap();
    assert!(row.get::<_, &str>(0).starts_with("SCRAM-SHA-256$4096:"));
    let log = server.log();
    assert!(log.contains(r#"ALTER ROLE "it's ""one""" WITH PASSWORD 'SCRAM-SHA-256$"#), "statements are logged");
    assert!(!log.contains(rotation.current["password"].as_str().unwrap()));
    rotation.rotate();
    assert!(server.accepts(&rotation.current) && !server.accepts(rotation.previous.as_ref().unwrap()));
}

#[test]
fn the_previous_password_is_tried_where_the_current_one_fails() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "behind");
    rotation.previous = Some(rotation.current.clone());
    rotation.current = with_password(&rotation.current, "never-set");
    rotation.rotate();
    assert!(server.accepts(&rotation.current));
}

#[test]
fn a_set_that_was_not_done_is_found_by_test() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "lying");
    rotation.step(Step::Create).unwrap();
    assert_eq!(rotation.told(Step::Test), "pending login: the server refused the user name or the password (28P01)");
    rotation.step(Step::Set).unwrap();
    rotation.step(Step::Test).unwrap();
}

#[test]
fn without_a_login_that_works_nothing_is_changed() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "lost");
    let first = rotation.current.clone();
    rotation.current = with_password(&first, "wrong-one");
    rotation.step(Step::Create).unwrap();
    let told = |tried: &str| format!("the server refused the logins that could change the password: {tried} (28P01)");
    assert_eq!(rotation.told(Step::Set), told("pending, current"));
    rotation.previous = Some(with_password(&first, "wrong-two"));
    rotation.aborted = vec![with_password(&first, "wrong-three"), with_password(&first, "wrong-four")];
    assert_eq!(rotation.told(Step::Set), told("pending, current, previous, aborted"));
    assert!(server.accepts(&first));
}

#[test]
fn the_login_of_an_aborted_rotation_is_tried_as_well() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "aborted");
    let taken = rotation.current.clone();
    rotation.current = with_password(&taken, "never-set");
    let elsewhere =
        serde_json::json!({"engine": "postgres", "host": "elsewhere", "username": "u", "password": "other"});
    rotation.aborted = vec![elsewhere, with_password(&taken, "refused"), taken];
    rotation.rotate();
    assert!(server.accepts(&rotation.current));
}

#[test]
fn a_value_for_somebody_else_changes_nothing() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "honest");
    let victim = secret(server, "victim").current;
    rotation.pending = Some(with_password(&victim, "stolen"));
    assert!(matches!(rotation.step(Step::Set), Err(StrategyError::Mismatch(..))));
    rotation.pending = Some(with_password(&rotation.current, "other-host"));
    rotation.pending.as_mut().unwrap()["host"] = json!("127.0.0.1");
    assert!(rotation.option("tls", "insecure").step(Step::Set).is_err());
    let mut rotation = alternating(server, "honest2");
    rotation.pending = Some(with_password(&victim, "stolen"));
    assert_eq!(rotation.step(Step::Set), Err(StrategyError::NotAlternate("honest2_clone".into())));
    rotation.step(Step::Create).unwrap();
    let right = rotation.current.clone();
    rotation.current = with_password(&right, "not-the-owner");
    assert!(matches!(rotation.step(Step::Set), Err(StrategyError::NoLogin { .. })));
    assert!(server.accepts(&victim));
}

#[test]
fn two_users_take_turns_and_both_stay_valid() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "turn");
    server.admin().batch_execute("CREATE ROLE turn_clone LOGIN PASSWORD 'x'").unwrap();
    rotation.rotate();
    assert_eq!(rotation.current["username"], "turn_clone");
    assert!(server.accepts(&rotation.current) && server.accepts(rotation.previous.as_ref().unwrap()));
    rotation.rotate();
    assert_eq!(rotation.current["username"], "turn");
    assert!(server.accepts(&rotation.current) && server.accepts(rotation.previous.as_ref().unwrap()));
    let log = server.log();
    assert!(!log.contains(rotation.current["password"].as_str().unwrap()));
}

#[test]
fn a_missing_second_user_is_named_or_created_with_what_the_first_may_do() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "cloned");
    let setup = "CREATE ROLE readers; CREATE ROLE \"wri\"\"ters\"; CREATE TABLE shared (a int); \
                 GRANT SELECT ON shared TO readers; GRANT readers TO cloned; \
                 GRANT \"wri\"\"ters\" TO cloned WITH ADMIN OPTION; \
                 ALTER ROLE cloned CREATEDB CONNECTION LIMIT 7 VALID UNTIL '2100-01-01 00:00:00+00'";
    server.admin().batch_execute(setup).unwrap();
    rotation.step(Step::Create).unwrap();
    let expected = "the user `cloned_clone` does not exist: create it, or set the option `clone=create`";
    assert_eq!(rotation.told(Step::Set), expected);
    let mut rotation = rotation.option("clone", "create");
    rotation.rotate();
    let password = rotation.current["password"].as_str().unwrap();
    assert!(!server.log().contains(password));
    let mut client = server.try_client("cloned_clone", password).unwrap();
    client.query("SELECT a FROM shared", &[]).unwrap();
    client.batch_execute("CREATE ROLE nobody_may").unwrap_err();
    let query = "SELECT rolcreatedb, rolsuper, rolconnlimit, rolvaliduntil = '2100-01-01 00:00:00+00', \
                 pg_has_role(oid, 'wri\"ters', 'MEMBER WITH ADMIN OPTION'), pg_has_role(oid, 'readers', 'MEMBER WITH ADMIN OPTION') \
                 FROM pg_roles WHERE rolname = 'cloned_clone'";
    let row = server.admin().query_one(query, &[]).unwrap();
    let flags = [0, 1, 3, 4, 5].map(|place| row.get::<_, bool>(place));
    assert_eq!((flags, row.get::<_, i32>(2)), ([true, false, true, true, false], 7));
    rotation.rotate();
    assert_eq!(rotation.current["username"], "cloned");
}

#[test]
fn an_administrator_must_be_there_be_right_and_be_on_the_same_host() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "guarded");
    rotation.step(Step::Create).unwrap();
    rotation.admin = Some(server.login("postgres", "not-the-password"));
    assert_eq!(rotation.told(Step::Set), "admin login: the server refused the user name or the password (28P01)");
    rotation.admin.as_mut().unwrap()["host"] = json!("127.0.0.1");
    assert!(matches!(rotation.step(Step::Set), Err(StrategyError::Mismatch(..))));
    rotation.admin = None;
    assert_eq!(rotation.step(Step::Set), Err(StrategyError::NoAdmin));
    rotation.admin = Some(rotation.current.clone());
    let mut rotation = rotation.option("clone", "create");
    let expected = "admin login: the server cannot create the user (42501: permission denied to create role)";
    assert_eq!(rotation.told(Step::Set), expected);
}

#[test]
fn names_that_get_too_long_are_refused_before_anything_happens() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, &"n".repeat(58));
    assert!(matches!(rotation.step(Step::Create), Err(StrategyError::NameTooLong { limit: 63, .. })));
    rotation.current["username"] = json!(format!("{}_clone", "n".repeat(57)));
    rotation.step(Step::Create).unwrap();
}

#[test]
fn the_role_of_the_owner_is_tried_where_it_is_named() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "member").option("owner_role", "the owner");
    server.admin().batch_execute("CREATE ROLE \"the owner\"").unwrap();
    rotation.step(Step::Create).unwrap();
    rotation.step(Step::Set).unwrap();
    let expected = "pending login: the server cannot assume the role of the option `owner_role` \
                    (42501: permission denied to set role \"the owner\")";
    assert_eq!(rotation.told(Step::Test), expected);
    server.admin().batch_execute("GRANT \"the owner\" TO member").unwrap();
    rotation.step(Step::Test).unwrap();
}

#[test]
fn the_certificate_must_be_good_for_the_host() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "careful");
    rotation.pending = Some(rotation.current.clone());
    rotation.step(Step::Test).unwrap();
    rotation.pending.as_mut().unwrap()["host"] = json!("127.0.0.1");
    assert!(rotation.told(Step::Test).starts_with("pending login: TLS failed: invalid peer certificate"));
    rotation.pending = Some(rotation.current.clone());
    rotation.options.remove("sslrootcert");
    let told = rotation.told(Step::Test);
    assert!(told.contains("UnknownIssuer") || told.contains("cannot read certificates from this machine"), "{told}");
    rotation.pending.as_mut().unwrap()["ssl"] = json!("false");
    rotation.step(Step::Test).unwrap();
    let mut rotation = rotation.option("tls", "verify");
    assert!(rotation.step(Step::Test).is_err(), "the option decides");
    let mut rotation = rotation.option("tls", "insecure");
    rotation.step(Step::Test).unwrap();
    rotation.option("tls", "off").step(Step::Test).unwrap();
}

#[test]
fn a_server_without_tls_hears_no_login() {
    let (port, heard) = silent::server(b"", 8, b"N");
    let login =
        json!({"engine": "postgres", "host": "127.0.0.1", "port": port, "username": "u", "password": "hunter2"});
    let mut rotation = Rotation {
        strategy: Strategy::Postgres,
        options: BTreeMap::from([("tls".to_owned(), "insecure".to_owned())]),
        current: login.clone(),
        pending: Some(login),
        previous: None,
        aborted: Vec::new(),
        admin: None,
    };
    let told = rotation.told(Step::Test);
    assert!(told.starts_with("pending login: the server does not support TLS"), "{told}");
    assert_eq!(heard.join().unwrap(), b"");
}
