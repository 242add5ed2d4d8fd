//! The server under load: requests with verified signatures from another processor, on loopback.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::load::{Pace, Round, Server, ask};
use crate::measure::precise;
use crate::place::{Place, name};

pub(crate) const NAME: &str = "serve under load";
pub(crate) const PUTS: &str = "puts to the server";

const ENTRIES: usize = 10_000;
const SECRETS: u32 = 100;
const CLIENTS: usize = 16;
const ROUND: Duration = Duration::from_secs(5);
/// Half of what is wanted at least.
const HALF: f64 = 5_000.0;
const ROW: usize = 200_000;
const IDLE: usize = 1_000;

pub(crate) fn run() {
    let place = Place::new(ENTRIES, 1);
    place.add_secret_documents(SECRETS);
    let server = Server::start(&place);
    let get = |name| json!({ "Name": name, "WithDecryption": true });
    let parameters: Vec<Vec<u8>> =
        (0..ENTRIES).map(|number| server.request("ssm", "AmazonSSM.GetParameter", &get(name(number)))).collect();
    let target = "secretsmanager.GetSecretValue";
    let secrets: Vec<Vec<u8>> = (0..SECRETS)
        .map(|number| server.request("secretsmanager", target, &json!({ "SecretId": format!("app/{number}") })))
        .collect();
    println!("{NAME}: {ENTRIES} parameters, {SECRETS} secrets, {CLIENTS} connections, the server on one processor");
    println!("  memory at the start {:.1} MB", server.memory("VmRSS"));
    for (what, requests, pace, target) in [
        ("GetParameter, first pass", &parameters, Pace::Count(ENTRIES), ""),
        ("GetParameter", &parameters, Pace::Time(ROUND), "10,000 requests/s"),
        ("GetSecretValue, first", &secrets, Pace::Count(secrets.len()), ""),
        ("GetSecretValue", &secrets, Pace::Time(ROUND), "10,000 requests/s"),
        ("GetParameter at a rate", &parameters, Pace::Rate(HALF, ROUND), "p99 5 ms"),
        ("GetSecretValue at a rate", &secrets, Pace::Rate(HALF, ROUND), "p99 5 ms"),
    ] {
        show(what, &server.load(requests, CLIENTS, pace), target);
    }
    let before = server.memory("VmRSS");
    show("in a row", &server.load(&parameters, CLIENTS, Pace::Count(ROW)), "no error");
    println!(
        "  {ROW} in a row: memory {before:.1} MB before, {:.1} after, {:.1} at most   target: 60",
        server.memory("VmRSS"),
        server.memory("VmHWM")
    );
    beside_idle(&server, &secrets);
}

/// Connections on which nothing happens cost little, and are still good for a request after that.
fn beside_idle(server: &Server, requests: &[Vec<u8>]) {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let mut idle: Vec<TcpStream> = (0..IDLE).map(|_| server.connect()).collect();
    for stream in &mut idle {
        ask(stream, &requests[0]);
    }
    show("beside 1,000 idle", &server.load(requests, CLIENTS, Pace::Time(ROUND / 2)), "");
    for stream in &mut idle {
        ask(stream, &requests[0]);
    }
    println!("  with {} idle connections: memory {:.1} MB", idle.len(), server.memory("VmRSS"));
}

/// New versions by several clients at once, compared with replacing a file durably in the same file system.
pub(crate) fn puts() {
    let place = Place::new(1_000, 1);
    let server = Server::start(&place);
    let put = |number| {
        let body = json!({ "Name": name(number), "Value": "correct horse battery st", "Type": "SecureString", "Overwrite": true });
        server.request("ssm", "AmazonSSM.PutParameter", &body)
    };
    let requests: Vec<Vec<u8>> = (0..1_000).map(put).collect();
    let floor = durable_writes(&place.at("floor"));
    println!("{PUTS}: the floor replaces {floor:.0} files/s durably, one after the other");
    for (what, requests) in [("different names", &requests[1..]), ("one name", &requests[..1])] {
        for clients in [1, 4, CLIENTS] {
            let round = server.load(requests, clients, Pace::Time(ROUND));
            show(&format!("{clients} clients, {what}"), &round, "");
            println!("  {:<26} {:>8.2}x floor", "", floor / round.rate());
        }
    }
    let get = |number| {
        server.request("ssm", "AmazonSSM.GetParameter", &json!({ "Name": name(number), "WithDecryption": true }))
    };
    let reads: Vec<Vec<u8>> = (500..600).map(get).collect();
    let beside = thread::scope(|scope| {
        let puts = scope.spawn(|| server.load(&requests[..400], 4, Pace::Time(ROUND)));
        let beside = server.load(&reads, CLIENTS, Pace::Rate(1_000.0, ROUND));
        puts.join().unwrap();
        beside
    });
    show("GetParameter beside 4 puts", &beside, "");
}

fn show(what: &str, round: &Round, target: &str) {
    let target = if target.is_empty() { String::new() } else { format!("   target: {target}") };
    println!(
        "  {what:<26} {:>8.0} requests/s   p50 {:.2} ms   p99 {:.2} ms   most {:.2} ms{target}",
        round.rate(),
        round.quantile(0.5),
        round.quantile(0.99),
        round.quantile(1.0)
    );
}

/// How many files a second are written, waited for, renamed, and waited for again.
fn durable_writes(directory: &Path) -> f64 {
    fs::create_dir(directory).unwrap();
    let (begun, mut written) = (Instant::now(), 0);
    while begun.elapsed() < ROUND / 2 {
        let (temporary, path) = (directory.join("temporary"), directory.join((written % 100).to_string()));
        let mut file = File::create(&temporary).unwrap();
        file.write_all(&[b'x'; 1_500]).unwrap();
        file.sync_all().unwrap();
        fs::rename(&temporary, &path).unwrap();
        File::open(directory).unwrap().sync_all().unwrap();
        written += 1;
    }
    precise(written) / begun.elapsed().as_secs_f64()
}
