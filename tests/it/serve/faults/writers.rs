//! Other writers: two servers on one vault, and one that holds the vault.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{GET, PUT, ask, get, other_writer, put, request, value, wait};
use crate::project::Sandbox;
use crate::serve::fixture::Server;

#[test]
fn two_servers_lose_no_write_of_either() {
    let sandbox = Sandbox::new();
    let (servers, acknowledged) = ([0, 1].map(|_| Server::start(&sandbox)), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for writer in 0..16 {
            let (server, acknowledged) = (&servers[writer % 2], &acknowledged);
            scope.spawn(move || {
                for number in 0..2 {
                    let value = format!("{writer} {number}");
                    let answer = server.ok(PUT, &put("/contended", &value));
                    let version = answer["Version"].as_u64().unwrap();
                    assert_eq!(acknowledged.lock().unwrap().insert(version, value), None, "{version} twice");
                }
            });
        }
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(acknowledged.keys().copied().collect::<Vec<_>>(), (1..=32).collect::<Vec<_>>());
    for server in &servers {
        let all = server.ok("AmazonSSM.GetParameterHistory", &json!({ "Name": "/contended", "WithDecryption": true }));
        let all = all["Parameters"].as_array().unwrap().iter();
        let found: BTreeMap<_, _> =
            all.map(|it| (it["Version"].as_u64().unwrap(), it["Value"].as_str().unwrap().to_owned())).collect();
        assert_eq!(found, acknowledged);
    }
}

#[test]
fn writers_that_wait_keep_no_reader_waiting() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    let held = other_writer(&sandbox);
    let writers: Vec<_> = (0..12)
        .map(|number| {
            let (mut stream, request) =
                (server.connect(), request(&server, PUT, &put(&format!("/app/new{number}"), "new")));
            thread::spawn(move || ask(&mut stream, &request).unwrap().0)
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    // It was never read before: a thread must read and decrypt it.
    let mut reader = server.connect();
    reader.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    let (_, answer) = ask(&mut reader, &request(&server, GET, &get("/app/a"))).expect("an answer");
    assert_eq!(answer["Parameter"]["Value"], "value");
    drop(held);
    assert!(writers.into_iter().all(|writer| writer.join().unwrap() == 200));
    assert_eq!(value(&server, "/app/new11"), "new");
}

#[test]
fn what_was_begun_for_a_client_that_is_gone_is_finished() {
    let sandbox = Sandbox::new();
    let server = Server::start(&sandbox);
    let held = other_writer(&sandbox);
    let mut stream = server.connect();
    stream.write_all(request(&server, PUT, &put("/app/a", "kept")).as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(200));
    drop(stream);
    drop(held);
    wait("the write", || server.call(GET, &get("/app/a")).0 == 200);
    assert_eq!(value(&server, "/app/a"), "kept");
}
