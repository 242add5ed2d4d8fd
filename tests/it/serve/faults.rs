//! What goes wrong around a server: each has a stated answer, the server goes on, and nothing that it acknowledged is lost.

mod clock;
mod descriptors;
mod disk;
mod end;
mod input;
mod locked;
mod log;
mod socket;
mod ticks;
mod tls;
mod writers;

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use serde_json::{Value, json};

use super::fixture::Server;
use crate::project::Sandbox;

const GET: &str = "AmazonSSM.GetParameter";
const PUT: &str = "AmazonSSM.PutParameter";

fn get(name: &str) -> Value {
    json!({ "Name": name, "WithDecryption": true })
}

fn put(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true })
}

/// The value of a parameter, as the server says.
fn value(server: &Server, name: &str) -> Value {
    server.ok(GET, &get(name))["Parameter"]["Value"].clone()
}

/// The bytes of a request without a signature, on a connection that stays open.
fn request(server: &Server, target: &str, body: &Value) -> String {
    let (address, body) = (&server.address, body.to_string());
    format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request on a connection. Returns the status and the body of its answer; `None` if there is none.
fn ask(stream: &mut TcpStream, request: &str) -> Option<(u16, Value)> {
    stream.write_all(request.as_bytes()).ok()?;
    answer(stream)
}

/// The next answer on a connection.
fn answer(stream: &mut TcpStream) -> Option<(u16, Value)> {
    let (mut head, mut byte) = (String::new(), [0]);
    while !head.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0].into());
    }
    let length = head.to_ascii_lowercase().split("content-length: ").nth(1)?.split('\r').next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head[9..12].parse().ok()?, serde_json::from_slice(&body).unwrap_or_default()))
}

/// A command that starts a server for everybody on loopback.
fn command(sandbox: &Sandbox, options: &[&str]) -> Command {
    let mut command = sandbox.program();
    command.args(["serve", "--open", "--listen", "127.0.0.1:0", "--no-input"]).args(options);
    command
}

fn pid(server: &Server) -> Pid {
    Pid::from_raw(server.id().try_into().unwrap()).unwrap()
}

/// Holds the lock of a vault until it is dropped, as another writer does.
fn other_writer(sandbox: &Sandbox) -> File {
    let file =
        File::options().create(true).truncate(false).write(true).open(sandbox.vault().join(".vault.lock")).unwrap();
    file.lock().unwrap();
    file
}

/// Waits until something is true.
fn wait(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Says that a test needs what this machine or user does not have.
fn left_out(what: &str) {
    std::io::stderr().write_all(format!("SKIPPED tests: {what}\n").as_bytes()).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
