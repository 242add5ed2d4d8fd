//! `builtin:mysql`, against MariaDB.

use std::collections::BTreeMap;

use mysql::prelude::Queryable as _;
use serde_json::json;
use vault::hook::strategy::StrategyError;
use vault::model::hook::{Step, Strategy};

use crate::mariadb::{ADMIN, Server, server, strict_server};
use crate::rotation::{Rotation, with_password};
use crate::silent;

/// The first packet of a MariaDB server whose capabilities lack TLS.
const GREETING: &[u8] = b"\x4a\0\0\0\x0a5.5.5-10.11.14-MariaDB\0\x01\0\0\0saltsalt\0\xfe\xf7\x2d\x02\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0saltsaltsalt\0mysql_native_password\0";

fn secret_with(server: &Server, user: &str, how: &str) -> Rotation {
    let login = server.login(user, &format!("first-{user}"));
    server.admin().query_drop(format!("CREATE USER '{}'@'%' {how}", user.replace('\'', "''"))).unwrap();
    Rotation {
        strategy: Strategy::Mysql,
        options: BTreeMap::from([("sslrootcert".to_owned(), server.authority.display().to_string())]),
        current: login,
        pending: None,
        previous: None,
        aborted: Vec::new(),
        admin: None,
    }
}

/// A secret for a new user whose password is `first-…`.
fn secret(server: &Server, user: &str) -> Rotation {
    secret_with(server, user, &format!("IDENTIFIED BY 'first-{}'", user.replace('\'', "''")))
}

fn alternating(server: &Server, user: &str) -> Rotation {
    let rotation = secret(server, user).option("users", "alternating");
    Rotation { admin: Some(server.login("admin", ADMIN)), ..rotation }
}

#[test]
fn a_single_user_gets_a_new_password_that_the_server_never_sees() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "it's `one`");
    let first = rotation.current.clone();
    rotation.rotate();
    assert!(server.accepts(&rotation.current) && !server.accepts(&first));
    let password = rotation.current["password"].as_str().unwrap();
    assert_eq!(rotation.current, with_password(&first, password), "all else of the value stays");
    let log = server.log();
    assert!(log.contains("SET PASSWORD") && !log.contains(password));
    rotation.rotate();
    assert!(server.accepts(&rotation.current) && !server.accepts(rotation.previous.as_ref().unwrap()));
}

#[test]
fn an_account_of_another_kind_gets_its_password_over_tls_only() {
    let Some(server) = server() else { return };
    let mut rotation = secret_with(server, "modern", "IDENTIFIED VIA ed25519 USING PASSWORD('first-modern')");
    rotation.current["ssl"] = json!(false);
    rotation.step(Step::Create).unwrap();
    let told = rotation.told(Step::Set);
    assert!(told.ends_with("there is no TLS: set the option `tls=off` to allow it"), "{told}");
    assert!(server.accepts(&rotation.current));
    rotation.current["ssl"] = json!(true);
    rotation.pending.as_mut().unwrap()["ssl"] = json!(true);
    rotation.step(Step::Set).unwrap();
    rotation.step(Step::Test).unwrap();
    rotation.current = rotation.pending.take().unwrap();
    rotation.option("tls", "off").rotate();
}

#[test]
fn a_server_that_checks_passwords_gets_them() {
    let Some(server) = strict_server() else { return };
    let how = |user: &str| format!("IDENTIFIED BY 'first-{user}'");
    let mut rotation = secret_with(server, "Checked1", &how("Checked1"));
    let refused =
        server.admin().query_drop("SET PASSWORD FOR Checked1@'%' = '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'");
    assert!(refused.unwrap_err().to_string().contains("1290"), "this server takes no hashes");
    rotation.rotate();
    let mut rotation = rotation.option("users", "alternating").option("clone", "create");
    rotation.admin = Some(server.login("admin", ADMIN));
    rotation.rotate();
    assert!(server.accepts(&rotation.current) && server.accepts(rotation.previous.as_ref().unwrap()));
    let mut rotation = rotation.option("length", "6");
    rotation.step(Step::Create).unwrap();
    let told = rotation.told(Step::Set);
    assert!(told.contains("the server's rules for passwords refuse the new one (1819: "), "{told}");
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
    assert_eq!(rotation.told(Step::Test), "pending login: the server refused the user name or the password (1045)");
    rotation.step(Step::Set).unwrap();
    rotation.step(Step::Test).unwrap();
}

#[test]
fn without_a_login_that_works_nothing_is_changed() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "lost");
    let first = rotation.current.clone();
    rotation.current = with_password(&first, "wrong-one");
    rotation.previous = Some(with_password(&first, "wrong-two"));
    rotation.step(Step::Create).unwrap();
    rotation.aborted = vec![with_password(&first, "wrong-three")];
    let told =
        "the server refused the logins that could change the password: pending, current, previous, aborted (1045)";
    assert_eq!(rotation.told(Step::Set), told);
    assert!(server.accepts(&first));
}

#[test]
fn the_login_of_an_aborted_rotation_is_tried_as_well() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "aborted");
    let taken = rotation.current.clone();
    rotation.current = with_password(&taken, "never-set");
    rotation.aborted = vec![with_password(&taken, "refused"), taken];
    rotation.rotate();
    assert!(server.accepts(&rotation.current));
}

#[test]
fn two_users_take_turns_and_both_stay_valid() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "turn");
    server.admin().query_drop("CREATE USER turn_clone@'%', turn_clone@'10.0.0.%'").unwrap();
    rotation.rotate();
    assert_eq!(rotation.current["username"], "turn_clone");
    assert!(server.accepts(&rotation.current) && server.accepts(rotation.previous.as_ref().unwrap()));
    let stored: Vec<String> = server
        .admin()
        .query("SELECT authentication_string FROM mysql.user WHERE User = 'turn_clone' GROUP BY 1")
        .unwrap();
    assert_eq!(stored.len(), 1, "every account of the name has the password");
    rotation.rotate();
    assert_eq!(rotation.current["username"], "turn");
    assert!(server.accepts(&rotation.current) && server.accepts(rotation.previous.as_ref().unwrap()));
}

#[test]
fn a_missing_second_user_is_named_or_created_with_what_the_first_may_do() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "cloned");
    for statement in [
        "CREATE DATABASE `to clone`",
        "CREATE TABLE `to clone`.shared (a int, b int)",
        "CREATE TABLE `to clone`.other (a int)",
        "CREATE ROLE readers",
        "GRANT SELECT ON `to clone`.other TO readers",
        "GRANT SELECT (a), INSERT ON `to clone`.shared TO cloned@'%' WITH GRANT OPTION",
        "GRANT readers TO cloned@'%'",
        "SET DEFAULT ROLE readers FOR cloned@'%'",
        "GRANT USAGE ON *.* TO cloned@'%' WITH MAX_USER_CONNECTIONS 9",
    ] {
        server.admin().query_drop(statement).unwrap();
    }
    rotation.step(Step::Create).unwrap();
    let expected = "the user `cloned_clone` does not exist: create it, or set the option `clone=create`";
    assert_eq!(rotation.told(Step::Set), expected);
    let mut rotation = rotation.option("clone", "create");
    rotation.rotate();
    let password = rotation.current["password"].as_str().unwrap();
    assert!(!server.log().contains(password));
    let mut client = server.try_client("cloned_clone", password).unwrap();
    client.query_drop("SELECT a FROM `to clone`.shared").unwrap();
    client.query_drop("SELECT b FROM `to clone`.shared").unwrap_err();
    client.query_drop("SELECT a FROM `to clone`.other").unwrap();
    let grants = |user: &str| {
        let grants: Vec<String> = server.admin().query(format!("SHOW GRANTS FOR {user}@'%'")).unwrap();
        let masked = |grant: String| {
            grant.replace("cloned_clone", "cloned").split(" IDENTIFIED").map(str::to_owned).collect::<Vec<_>>()
        };
        grants.into_iter().map(|grant| masked(grant)[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(grants("cloned"), grants("cloned_clone"));
    rotation.rotate();
    assert_eq!(rotation.current["username"], "cloned");
    assert!(server.accepts(&rotation.current) && server.accepts(rotation.previous.as_ref().unwrap()));
}

#[test]
fn a_second_user_that_was_left_half_made_is_finished() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "half").option("clone", "create");
    for statement in [
        "CREATE DATABASE half",
        "CREATE TABLE half.t (a int)",
        "GRANT SELECT ON half.* TO half@'%'",
        "CREATE USER half_clone@'%' IDENTIFIED BY 'nobody knows'",
    ] {
        server.admin().query_drop(statement).unwrap();
    }
    rotation.rotate();
    let mut client = server.try_client("half_clone", rotation.current["password"].as_str().unwrap()).unwrap();
    client.query_drop("SELECT a FROM half.t").unwrap();
}

#[test]
fn an_administrator_must_be_there_and_be_right() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, "guarded");
    rotation.step(Step::Create).unwrap();
    rotation.admin = Some(server.login("admin", "not-the-password"));
    assert_eq!(rotation.told(Step::Set), "admin login: the server refused the user name or the password (1045)");
    rotation.admin = None;
    assert_eq!(rotation.step(Step::Set), Err(StrategyError::NoAdmin));
    rotation.admin = Some(rotation.current.clone());
    let told = rotation.told(Step::Set);
    assert!(
        told.starts_with("admin login: the server cannot look for the user (1142: SELECT command denied"),
        "{told}"
    );
}

#[test]
fn names_that_get_too_long_are_refused_before_anything_happens() {
    let Some(server) = server() else { return };
    let mut rotation = alternating(server, &"n".repeat(30));
    rotation.step(Step::Create).unwrap();
    rotation.current["engine"] = json!("mysql");
    assert!(matches!(rotation.step(Step::Create), Err(StrategyError::NameTooLong { limit: 32, .. })));
    rotation.option("username_limit", "36").step(Step::Create).unwrap();
}

#[test]
fn the_certificate_must_be_good_for_the_host() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "careful");
    rotation.pending = Some(rotation.current.clone());
    rotation.step(Step::Test).unwrap();
    rotation.pending.as_mut().unwrap()["host"] = json!("127.0.0.1");
    let told = rotation.told(Step::Test);
    assert!(told.starts_with("pending login: TLS failed: invalid peer certificate"), "{told}");
    rotation.pending = Some(rotation.current.clone());
    rotation.options.remove("sslrootcert");
    let told = rotation.told(Step::Test);
    assert!(told.starts_with("pending login: TLS failed: invalid peer certificate"), "{told}");
    rotation.pending.as_mut().unwrap()["ssl"] = json!(false);
    rotation.step(Step::Test).unwrap();
    let mut rotation = rotation.option("tls", "verify");
    assert!(rotation.step(Step::Test).is_err(), "the option decides");
    let mut rotation = rotation.option("tls", "insecure");
    rotation.step(Step::Test).unwrap();
    rotation.option("tls", "off").step(Step::Test).unwrap();
}

/// Whether this server makes users connect over TLS decides whether the strategy really did.
#[test]
fn loopback_is_encrypted_too_and_sockets_are_only_used_when_asked_for() {
    let Some(server) = server() else { return };
    let mut rotation = secret(server, "encrypted");
    server.admin().query_drop("ALTER USER encrypted@'%' REQUIRE SSL").unwrap();
    rotation.rotate();
    rotation.current["host"] = json!(server.socket.display().to_string());
    rotation.step(Step::Create).unwrap();
    assert_eq!(rotation.step(Step::Set), Err(StrategyError::Socket));
    server.admin().query_drop("ALTER USER encrypted@'%' REQUIRE NONE").unwrap();
    rotation.option("tls", "off").rotate();
}

#[test]
fn a_server_without_tls_hears_no_login() {
    let (port, heard) = silent::server(GREETING, 0, b"");
    let login = json!({"engine": "mysql", "host": "127.0.0.1", "port": port, "username": "u", "password": "hunter2"});
    let mut rotation = Rotation {
        strategy: Strategy::Mysql,
        options: BTreeMap::new(),
        current: login.clone(),
        pending: Some(login),
        previous: None,
        aborted: Vec::new(),
        admin: None,
    };
    let told = rotation.told(Step::Test);
    assert!(told.starts_with("pending login: the server does not support TLS"), "{told}");
    let sent = heard.join().unwrap();
    // At most the packet of COM_QUIT, with which the client library takes its leave.
    assert!(matches!(sent.as_slice(), b"" | b"\x01\0\0\0\x01" | b"\x01\0\0\x01\x01"), "{sent:?}");
}

#[test]
fn what_the_application_uses_is_tried_where_it_is_named() {
    let Some(server) = server() else { return };
    let setup = ["CREATE DATABASE checked", "CREATE TABLE checked.orders (a int)"];
    for statement in setup {
        server.admin().query_drop(statement).unwrap();
    }
    let mut rotation = secret(server, "checking").option("check", "INSERT INTO checked.orders VALUES (1)");
    rotation.step(Step::Create).unwrap();
    rotation.step(Step::Set).unwrap();
    let told = rotation.told(Step::Test);
    let expected = "pending login: the server cannot run the statement of the option `check` (1142: INSERT";
    assert!(told.starts_with(expected), "{told}");
    server.admin().query_drop("GRANT INSERT ON checked.orders TO checking@'%'").unwrap();
    rotation.step(Step::Test).unwrap();
    let count: Option<i64> = server.admin().query_first("SELECT count(*) FROM checked.orders").unwrap();
    assert_eq!(count, Some(0), "the check left nothing behind");
}
