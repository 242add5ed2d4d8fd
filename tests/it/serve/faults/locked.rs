//! A vault that is locked, and a member who cannot open a key.

use serde_json::json;

use super::{GET, PUT, command, get, put, value};
use crate::agent::World;
use crate::project::Sandbox;
use crate::serve::fixture::Server;
use crate::team::team;

#[test]
fn a_locked_vault_is_not_served_and_one_that_was_open_stays_open() {
    let world = World::new();
    let serve = || world.sandbox.run(&["serve", "--open", "--no-input", "--listen", "127.0.0.1:0"]);
    let locked = serve();
    assert!(locked.code == 10 && !locked.stderr.contains("serving on"), "{locked:?}");
    world.told(&["unlock"]);
    let server = Server::of(command(&world.sandbox, &[]));
    assert_eq!(world.sandbox.run(&["lock"]).stdout, "locked\n");
    // It had its identity before, as `vault exec` has: what was never opened is opened, and what is new is written.
    assert_ne!(value(&server, "/a"), "");
    server.ok(PUT, &put("/b", "new"));
    assert_eq!(value(&server, "/b"), "new");
    assert_eq!(serve().code, 10);
}

#[test]
fn a_passphrase_of_the_environment_opens_it() {
    let world = World::new();
    let mut command = command(&world.sandbox, &[]);
    command.env("VLT_PASSPHRASE", crate::agent::PASSPHRASE);
    assert_ne!(value(&Server::of(command), "/a"), "");
}

/// Neither is a fault of the server, which clients would try again.
#[test]
fn a_key_that_the_member_cannot_open_is_refused() {
    let (ana, bob): (Sandbox, Sandbox) = team();
    assert_eq!(ana.feed(&["secret", "create", "prod/db", "--stdin"], b"value").code, 0);
    crate::team::pull(&bob, &ana);
    let server = Server::start(&bob);
    assert_eq!(value(&server, "/dev/db"), "first");
    assert_eq!(server.refused(GET, &get("/prod/db")), "AccessDeniedException");
    let secret = json!({ "SecretId": "prod/db" });
    assert_eq!(server.refused("secretsmanager.GetSecretValue", &secret), "DecryptionFailure");
    // What needs no key is answered.
    server.ok("secretsmanager.DescribeSecret", &secret);
    server.ok(GET, &json!({ "Name": "/prod/db" }));
}
