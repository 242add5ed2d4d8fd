//! The second of two alternating users: it can do what the application does, now and later.

use std::collections::BTreeMap;

use postgres::Client;
use serde_json::json;
use vault::model::hook::{Step, Strategy};

use crate::postgresql::{ADMIN, Server, server};
use crate::rotation::Rotation;

/// An application with a database, a schema and a table of its own, and an administrator.
fn application(server: &Server, user: &str) -> Rotation {
    let mut admin = server.admin();
    admin.batch_execute(&format!("CREATE ROLE {user} LOGIN PASSWORD 'first'")).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {user}_db OWNER {user}")).unwrap();
    let login = server.login(user, "first");
    let mut login = login;
    login["dbname"] = json!(format!("{user}_db"));
    let mut own = connect(server, &login);
    let setup = format!(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (a int); ALTER ROLE {user} SET search_path = shop, \"$user\", public; \
         ALTER ROLE {user} IN DATABASE {user}_db SET statement_timeout = '77s'"
    );
    own.batch_execute(&setup).unwrap();
    let tls = ("sslrootcert".to_owned(), server.authority.display().to_string());
    let options =
        [("users", "alternating"), ("clone", "create")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    Rotation {
        strategy: Strategy::Postgres,
        options: options.into_iter().chain([tls]).collect::<BTreeMap<_, _>>(),
        current: login,
        pending: None,
        previous: None,
        aborted: Vec::new(),
        admin: Some(server.login("postgres", ADMIN)),
    }
}

fn connect(server: &Server, login: &serde_json::Value) -> Client {
    let text = |key: &str| login[key].as_str().unwrap();
    let mut config = postgres::Config::new();
    config.host("127.0.0.1").port(server.port).user(text("username")).password(text("password")).dbname(text("dbname"));
    config.connect(postgres::NoTls).unwrap()
}

#[test]
fn the_clone_uses_what_the_application_uses_and_what_it_is_granted_later() {
    let Some(server) = server() else { return };
    let mut rotation = application(server, "shop1").option("check", "INSERT INTO orders VALUES (1)");
    rotation.rotate();
    assert_eq!(rotation.current["username"], "shop1_clone");
    let mut clone = connect(server, &rotation.current);
    clone.batch_execute("INSERT INTO orders VALUES (2); ALTER TABLE orders ADD b int").unwrap();
    let row =
        clone.query_one("SELECT count(*), session_user::text, current_setting('statement_timeout') FROM orders", &[]);
    let row = row.unwrap();
    let found: (i64, &str, &str) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(found, (1, "shop1_clone", "77s"), "the check left nothing behind");
    // What one creates, the other one owns.
    clone.batch_execute("CREATE TABLE later (a int)").unwrap();
    let mut admin = server.admin();
    admin.batch_execute("CREATE TABLE granted_later (a int); GRANT SELECT ON granted_later TO shop1").unwrap();
    let login = rotation.current["password"].as_str().unwrap();
    let mut elsewhere = server.try_client("shop1_clone", login).unwrap();
    elsewhere.batch_execute("SELECT * FROM public.granted_later").unwrap();
    rotation.rotate();
    assert_eq!(rotation.current["username"], "shop1");
    connect(server, &rotation.current).batch_execute("DROP TABLE later; DROP TABLE orders").unwrap();
}

#[test]
fn a_clone_of_an_earlier_release_is_put_right() {
    let Some(server) = server() else { return };
    let mut rotation = application(server, "shop2").option("check", "SELECT * FROM orders");
    server.admin().batch_execute("CREATE ROLE shop2_clone LOGIN PASSWORD 'x'").unwrap();
    rotation.rotate();
    assert_eq!(rotation.current["username"], "shop2_clone");
    server.admin().batch_execute("ALTER ROLE shop2 SET lock_timeout = '3s'").unwrap();
    rotation.rotate();
    rotation.rotate();
    let mut clone = connect(server, &rotation.current);
    assert_eq!(clone.query_one("SHOW lock_timeout", &[]).unwrap().get::<_, &str>(0), "3s", "settings follow");
}

#[test]
fn a_clone_without_the_privileges_is_found_before_it_becomes_current() {
    let Some(server) = server() else { return };
    let mut rotation = application(server, "shop3");
    rotation.options.remove("clone");
    server.admin().batch_execute("CREATE ROLE shop3_clone LOGIN PASSWORD 'x'").unwrap();
    rotation.step(Step::Create).unwrap();
    let told = rotation.told(Step::Set);
    let expected = "the user `shop3_clone` cannot use `shop";
    assert!(told.contains(expected) && told.ends_with("grant it, or set the option `clone=create`"), "{told}");
    server.admin().batch_execute("GRANT shop3 TO shop3_clone").unwrap();
    rotation.step(Step::Set).unwrap();
    rotation.step(Step::Test).unwrap();
}

#[test]
fn a_check_that_fails_fails_the_test_step() {
    let Some(server) = server() else { return };
    let mut rotation = application(server, "shop4").option("check", "SELECT * FROM nowhere");
    rotation.step(Step::Create).unwrap();
    rotation.step(Step::Set).unwrap();
    let expected = "pending login: the server cannot run the statement of the option `check` \
                    (42P01: relation \"nowhere\" does not exist)";
    assert_eq!(rotation.told(Step::Test), expected);
}

/// As on a managed service: the administrator may create roles and is no superuser.
#[test]
fn an_administrator_who_is_no_superuser_makes_a_clone_too() {
    let Some(server) = server() else { return };
    let mut rotation = application(server, "shop5").option("check", "SELECT * FROM orders");
    let setup = "CREATE ROLE dba LOGIN CREATEROLE PASSWORD 'dba'; GRANT shop5 TO dba WITH ADMIN OPTION; \
                 ALTER ROLE shop5 SET log_statement = 'all'";
    server.admin().batch_execute(setup).unwrap();
    rotation.admin = Some(server.login("dba", "dba"));
    rotation.rotate();
    rotation.rotate();
    rotation.rotate();
    assert_eq!(rotation.current["username"], "shop5_clone");
}
