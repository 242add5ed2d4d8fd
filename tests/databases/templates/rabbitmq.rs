//! `rabbitmq` on a RabbitMQ server.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;

use serde_json::{Value, json};
use ureq::http::Method;

use super::world::{World, write_program};
use crate::{start, tools};

const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// Erlang's directory of nodes would outlive the server, so it runs beside it and goes with it.
const RUN: &str = r#"#!/bin/sh
here=${0%/*}
export HOME="$here" RABBITMQ_NODENAME=vault@localhost RABBITMQ_CONFIG_FILE="$here/rabbitmq.conf"
export RABBITMQ_ENABLED_PLUGINS_FILE="$here/plugins" RABBITMQ_MNESIA_BASE="$here/data" RABBITMQ_LOG_BASE="$here/logs"
export RABBITMQ_PID_FILE="$here/pid" RABBITMQ_CONF_ENV_FILE="$here/none" RABBITMQ_ADVANCED_CONFIG_FILE="$here/none.config"
export RABBITMQ_GENERATED_CONFIG_DIR="$here/generated" RABBITMQ_PLUGINS_EXPAND_DIR="$here/expanded"
export RABBITMQ_DIST_PORT=$1 ERL_EPMD_PORT=$2 ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP_SECONDS=0
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}'
cd "$here" || exit
epmd -port "$2" -address 127.0.0.1 & names=$!
/usr/lib/rabbitmq/bin/rabbitmq-server & server=$!
trap 'kill $server' TERM
wait $server
trap '' TERM
wait $server
kill $names
"#;

struct Server {
    port: u16,
    management: u16,
    _keeper: Child,
}

fn server() -> Option<&'static Server> {
    static ONLY: OnceLock<Option<Server>> = OnceLock::new();
    ONLY.get_or_init(|| [SERVER, "epmd"].into_iter().all(tools::has).then(launch)).as_ref()
}

fn launch() -> Server {
    let directory: PathBuf = start::directory();
    let [port, management, nodes, names] = [0; 4].map(|_| start::free_port());
    let settings = format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\n\
         management.disable_stats = true\nlog.console = true\nlog.console.level = error\nlog.file = false\n"
    );
    std::fs::write(directory.join("rabbitmq.conf"), settings).unwrap();
    std::fs::write(directory.join("plugins"), "[rabbitmq_management].\n").unwrap();
    let program = directory.join("run");
    write_program(&program, RUN);
    std::fs::write(directory.join("server.key"), "").unwrap();
    start::hand_over(&directory);
    let keeper = start::serve(&directory, "TERM", Path::new(&program), &[&nodes.to_string(), &names.to_string()]);
    let server = Server { port, management, _keeper: keeper };
    let guest = server.login("guest", "guest");
    start::wait_for(&directory, || if server.is_administrator(&guest) { Ok(()) } else { Err("no answer") });
    server
}

impl Server {
    fn api(&self, login: &Value, method: Method, path: &str, body: Option<&Value>) -> Option<Value> {
        let basic = format!("{}:{}", login["username"].as_str().unwrap(), login["password"].as_str().unwrap());
        let basic = data_encoding::BASE64.encode(basic.as_bytes());
        let request = ureq::http::Request::builder().method(method).header("authorization", format!("Basic {basic}"));
        let request = request.uri(format!("http://127.0.0.1:{}/api/{path}", self.management));
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut answer = ureq::run(request.body(body).unwrap()).ok()?;
        let text = answer.body_mut().read_to_string().unwrap();
        Some(serde_json::from_str(&text).unwrap_or_default())
    }

    fn is_administrator(&self, login: &Value) -> bool {
        self.api(login, Method::GET, "whoami", None).is_some()
    }

    fn login(&self, user: &str, password: &str) -> Value {
        json!({"host": "127.0.0.1", "port": self.port, "username": user, "password": password, "vhost": "/"})
    }

    /// A secret for a new user, whom the management API lets in too, so that the test can see which password it has.
    fn world(&self, user: &str) -> World {
        let guest = self.login("guest", "guest");
        let first = json!({"password": "first", "tags": "monitoring"});
        self.api(&guest, Method::PUT, &format!("users/{user}"), Some(&first)).unwrap();
        let rights = json!({"configure": "^app", "write": ".*", "read": ".*"});
        self.api(&guest, Method::PUT, &format!("permissions/%2F/{user}"), Some(&rights)).unwrap();
        let port = format!("management_port={}", self.management);
        World::of("rabbitmq", &self.login(user, "first")).with(&["tls=off", &port]).with_admin(&guest)
    }
}

#[test]
fn one_user_gets_a_new_password() {
    let Some(server) = server() else { return };
    let world = server.world("one");
    let first = world.staged("AWSCURRENT").unwrap();
    let second = world.rotate();
    assert!(server.is_administrator(&second) && !server.is_administrator(&first));
}

#[test]
fn two_users_take_turns() {
    let Some(server) = server() else { return };
    let world = server.world("turns").with(&["users=alternating"]);
    assert!(world.fails().contains("clone=create"));
    world.sandbox.ok(&["rotate", "abort", super::world::NAME, "--yes"]);
    let first = world.staged("AWSCURRENT").unwrap();
    let world = world.with(&["clone=create"]);
    let second = world.rotate();
    assert_eq!(second["username"], "turns_clone");
    assert!(server.is_administrator(&first) && server.is_administrator(&second), "both are valid");
    let rights =
        server.api(&server.login("guest", "guest"), Method::GET, "users/turns_clone/permissions", None).unwrap();
    assert_eq!(rights[0]["configure"], "^app");
    let third = world.rotate();
    assert!(third["username"] == "turns" && server.is_administrator(&third) && !server.is_administrator(&first));
}

#[test]
fn runners_that_are_killed_lock_nobody_out() {
    let Some(server) = server() else { return };
    server.world("killed").survives_kills(|login| server.is_administrator(login));
}
