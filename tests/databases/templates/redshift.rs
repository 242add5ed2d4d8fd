//! `redshift` on PostgreSQL, whose protocol and statements it uses.

use serde_json::Value;

use super::world::World;
use crate::postgresql::{self, ADMIN, Server};
use crate::project::has;

fn server() -> Option<&'static Server> {
    if has("psql") { postgresql::server() } else { None }
}

fn world(server: &Server, user: &str) -> World {
    let statement = format!("CREATE ROLE \"{user}\" LOGIN PASSWORD 'first-{user}'");
    server.admin().batch_execute(&statement).unwrap();
    let authority = format!("sslrootcert={}", server.authority.display());
    World::of("redshift", &server.login(user, &format!("first-{user}"))).with(&[&authority])
}

#[test]
fn a_user_changes_its_own_password() {
    let Some(server) = server() else { return };
    let world = world(server, "red-one");
    let first = world.staged("AWSCURRENT").unwrap();
    let second = world.rotate();
    assert!(server.accepts(&second) && !server.accepts(&first));
    let untrusting = world.with(&["sslrootcert="]);
    let failed = untrusting.fails();
    assert!(failed.contains("root certificate file"), "{failed}");
}

#[test]
fn two_users_take_turns() {
    let Some(server) = server() else { return };
    let world = world(server, "red_turns").with(&["users=alternating"]);
    server.admin().batch_execute("CREATE GROUP red_group; ALTER GROUP red_group ADD USER red_turns").unwrap();
    assert!(world.fails().contains("--admin SECRET"));
    let world = world.with_admin(&server.login("postgres", ADMIN));
    assert!(world.fails().contains("clone=create"));
    world.sandbox.ok(&["rotate", "abort", super::world::NAME, "--yes"]);
    let first = world.staged("AWSCURRENT").unwrap();
    let world = world.with(&["clone=create"]);
    let second = world.rotate();
    assert_eq!(second["username"], "red_turns_clone");
    assert!(server.accepts(&first) && server.accepts(&second), "both are valid");
    let query = "SELECT pg_has_role('red_turns_clone', 'red_group', 'member')";
    assert!(server.admin().query_one(query, &[]).unwrap().get::<_, bool>(0));
    let third = world.rotate();
    assert!(third["username"] == "red_turns" && server.accepts(&third) && !server.accepts(&first));
}

#[test]
fn runners_that_are_killed_lock_nobody_out() {
    let Some(server) = server() else { return };
    world(server, "red_killed").survives_kills(|login: &Value| server.accepts(login));
}
