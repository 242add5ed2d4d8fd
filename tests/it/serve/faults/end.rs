//! The end of a server: asked for, twice, and at any moment.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{GET, PUT, ask, get, other_writer, put, request, value, wait};
use crate::project::Sandbox;
use crate::serve::fixture::Server;

/// Once nobody can connect, the server knows that it ends.
fn wait_for_end(server: &Server) {
    wait("the end of listening", || TcpStream::connect(&server.address).is_err());
}

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let sandbox = Sandbox::new();
    let mut server = Server::start(&sandbox);
    let (mut stream, request, held) =
        (server.connect(), request(&server, PUT, &put("/app/a", "kept")), other_writer(&sandbox));
    let writer = thread::spawn(move || ask(&mut stream, &request));
    thread::sleep(Duration::from_millis(200));
    server.signal(Signal::TERM);
    wait_for_end(&server);
    drop(held);
    assert_eq!(writer.join().unwrap().unwrap().0, 200);
    assert_eq!(server.wait(), Some(0));
    assert_eq!(sandbox.ok(&["param", "get", "/app/a"]), "kept");
}

#[test]
fn a_second_signal_waits_for_no_request() {
    let sandbox = Sandbox::new();
    for second in [Signal::TERM, Signal::INT] {
        let mut server = Server::start(&sandbox);
        let (mut stream, request, held) =
            (server.connect(), request(&server, PUT, &put("/app/a", "never")), other_writer(&sandbox));
        let writer = thread::spawn(move || ask(&mut stream, &request));
        thread::sleep(Duration::from_millis(200));
        let began = Instant::now();
        server.signal(Signal::TERM);
        wait_for_end(&server);
        server.signal(second);
        assert_eq!(server.wait(), Some(0));
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        assert_eq!(writer.join().unwrap(), None);
        drop(held);
        assert_eq!(sandbox.run(&["param", "get", "/app/a"]).code, 3);
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_at_any_moment() {
    let sandbox = Sandbox::new();
    let mut acknowledged = BTreeMap::<String, String>::new();
    for round in 0..12 {
        let mut server = Server::start(&sandbox);
        for (name, value) in &acknowledged {
            let found = server.ok(GET, &get(name));
            assert_eq!(&found["Parameter"]["Value"], value, "{name} before round {round}");
        }
        let writers: Vec<_> = (0..3).map(|writer| write_until_cut(&server, writer, round)).collect();
        thread::sleep(Duration::from_millis(30 + 17 * round));
        server.signal(Signal::KILL);
        server.wait();
        acknowledged.extend(writers.into_iter().filter_map(|writer| writer.join().unwrap()));
    }
    assert!(!acknowledged.is_empty());
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

/// Writes one name until the server is gone. Returns the last version that was acknowledged, with its value.
fn write_until_cut(server: &Server, writer: usize, round: u64) -> thread::JoinHandle<Option<(String, String)>> {
    let requests: Vec<_> = (0..500)
        .map(|number| format!("{round} {number}"))
        .map(|value| (request(server, PUT, &put(&format!("/app/{writer}"), &value)), value))
        .collect();
    let mut stream = server.connect();
    thread::spawn(move || {
        let mut last = None;
        for (request, value) in requests {
            let Some((status, answer)) = ask(&mut stream, &request) else { break };
            assert_eq!(status, 200, "{answer}");
            last = Some((format!("/app/{writer}:{}", answer["Version"]), value));
        }
        last
    })
}

#[test]
fn one_that_is_started_again_at_once_has_the_same_address() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let mut server = Server::start(&sandbox);
    assert_eq!(value(&server, "/app/a"), "value");
    server.signal(Signal::TERM);
    server.wait();
    let mut command = sandbox.program();
    command.args(["serve", "--open", "--no-input", "--listen", &server.address]);
    assert_eq!(value(&Server::of(command), "/app/a"), "value");
}
