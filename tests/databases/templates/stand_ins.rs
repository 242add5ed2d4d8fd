//! `mongodb`, `sqlserver` and `oracle` with stand-ins for their drivers (`stand_ins/*.py`), which know the calls and statements
//! that the drivers and servers document, and refuse all others. They keep users and passwords in a file of the home.

use std::fs;

use serde_json::{Value, json};

use super::world::{NAME, World, write_program};
use crate::project::has;

const DRIVERS: [(&str, &str); 3] = [
    ("pymongo", include_str!("stand_ins/pymongo.py")),
    ("pyodbc", include_str!("stand_ins/pyodbc.py")),
    ("oracledb", include_str!("stand_ins/oracledb.py")),
];
const TEMPLATES: [&str; 3] = ["mongodb", "oracle", "sqlserver"];
/// Finds the stand-ins before drivers that are installed.
const PYTHON: &str = r#"#!/bin/sh
here=${0%/*}
PATH=${PATH#"$here:"}
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/drivers"
exec python3 "$@"
"#;

fn login(user: &str) -> Value {
    json!({"host": "db", "username": user, "password": format!("first-{user}"), "dbname": "shop", "authSource": "shop"})
}

fn world(template: &str) -> Option<World> {
    if !has("python3") {
        return None;
    }
    let world = World::of(template, &login("app"));
    for (driver, text) in DRIVERS {
        write_program(&world.programs().join("drivers").join(format!("{driver}.py")), text);
    }
    write_program(&world.programs().join("python3"), PYTHON);
    store(
        &world,
        &json!({"app": {"password": "first-app", "roles": ["writers"]}, "chief": {"password": "first-chief"}}),
    );
    Some(world)
}

fn store(world: &World, users: &Value) {
    fs::write(world.sandbox.home().join("users.json"), users.to_string()).unwrap();
}

fn users(world: &World) -> Value {
    serde_json::from_str(&fs::read_to_string(world.sandbox.home().join("users.json")).unwrap()).unwrap()
}

fn accepts(world: &World, login: &Value) -> bool {
    users(world)[login["username"].as_str().unwrap()]["password"] == login["password"]
}

#[test]
fn a_user_changes_its_own_password() {
    for world in TEMPLATES.into_iter().filter_map(world) {
        let world = world.with(&["users=single"]);
        let first = world.staged("AWSCURRENT").unwrap();
        let second = world.rotate();
        assert!(accepts(&world, &second) && !accepts(&world, &first));
        let aborted = json!({"app": {"password": "somebody else's", "roles": []}});
        store(&world, &aborted);
        assert!(world.fails().contains("refuses the pending, the current"), "nobody knows it");
        let pending = world.staged("AWSPENDING").unwrap();
        world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
        store(&world, &json!({"app": {"password": pending["password"], "roles": []}}));
        assert!(accepts(&world, &world.rotate()), "the aborted one is tried");
    }
}

#[test]
fn two_users_take_turns() {
    for world in TEMPLATES.into_iter().filter_map(world) {
        let world = world.with(&["users=alternating"]);
        assert!(world.fails().contains("--admin SECRET"));
        let world = world.with_admin(&login("chief"));
        assert!(world.fails().contains("clone=create"));
        world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
        let world = world.with(&["clone=create"]);
        let first = world.staged("AWSCURRENT").unwrap();
        let second = world.rotate();
        assert_eq!(second["username"], "app_clone");
        assert!(accepts(&world, &first) && accepts(&world, &second), "both are valid");
        assert_eq!(users(&world)["app_clone"]["roles"], json!(["writers"]));
        let third = world.rotate();
        assert!(third["username"] == "app" && accepts(&world, &third) && !accepts(&world, &first));
    }
}
