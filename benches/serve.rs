//! The server under load: requests with verified signatures from another processor, on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use vault::crypto::framing::sha256;

use crate::measure::precise;
use crate::place::{Place, name};

pub(crate) const NAME: &str = "serve under load";

const ENTRIES: usize = 10_000;
const SECRETS: u32 = 100;
const CLIENTS: usize = 16;
const ROUND: Duration = Duration::from_secs(5);
const ROW: usize = 200_000;
const IDLE: usize = 1_000;

/// A credential and where it is good.
struct Key {
    id: String,
    secret: String,
    host: String,
    date: String,
}

struct Server {
    process: Child,
    address: String,
}

pub(crate) fn run() {
    let place = Place::new(ENTRIES, 1);
    place.add_secret_documents(SECRETS);
    let (id, secret) = credential(&place);
    let server = Server::start(&place);
    let key = Key { id, secret, host: server.address.clone(), date: amazon_date() };
    let parameters: Vec<Vec<u8>> = (0..ENTRIES)
        .map(|number| {
            key.request("ssm", "AmazonSSM.GetParameter", &json!({ "Name": name(number), "WithDecryption": true }))
        })
        .collect();
    let secrets: Vec<Vec<u8>> = (0..SECRETS)
        .map(|number| {
            key.request(
                "secretsmanager",
                "secretsmanager.GetSecretValue",
                &json!({ "SecretId": format!("app/{number}") }),
            )
        })
        .collect();
    println!("{NAME}: {ENTRIES} parameters, {SECRETS} secrets, {CLIENTS} connections, the server on one processor");
    let mut fastest = 0.0;
    for (what, requests) in [("first reads", &parameters), ("GetParameter", &parameters), ("GetSecretValue", &secrets)]
    {
        let round = server.load(requests, CLIENTS, None, ROUND);
        println!(
            "  {what:<24} {:>8.0} requests/s   p50 {:.2} ms   p99 {:.2} ms   target: 10,000",
            round.rate(),
            round.quantile(0.5),
            round.quantile(0.99)
        );
        fastest = round.rate();
    }
    let half = server.load(&secrets, CLIENTS, Some(fastest / 2.0), ROUND);
    println!(
        "  at half of that load      {:>8.0} requests/s   p50 {:.2} ms   p99 {:.2} ms   target: 5 ms",
        half.rate(),
        half.quantile(0.5),
        half.quantile(0.99)
    );
    let before = server.memory("VmRSS");
    let row = server.load(&parameters, CLIENTS, None, Duration::from_secs(ROW as u64 / 8_000));
    println!(
        "  {} in a row: memory {:.1} MB before, {:.1} after, {:.1} at most   target: 60",
        row.times.len(),
        before,
        server.memory("VmRSS"),
        server.memory("VmHWM")
    );
    let idle: Vec<TcpStream> = (0..IDLE).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    let beside = server.load(&secrets, CLIENTS, None, Duration::from_secs(2));
    println!(
        "  beside {} idle connections {:>6.0} requests/s, memory {:.1} MB",
        idle.len(),
        beside.rate(),
        server.memory("VmRSS")
    );
}

/// What a round of requests took, in milliseconds each, sorted.
struct Round {
    times: Vec<f64>,
    seconds: f64,
}

impl Round {
    fn rate(&self) -> f64 {
        precise(self.times.len() as u64) / self.seconds
    }

    fn quantile(&self, part: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let at = (precise(self.times.len() as u64) * part) as usize;
        self.times[at.min(self.times.len() - 1)]
    }
}

impl Server {
    fn start(place: &Place) -> Server {
        let serve = place.vault(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = place.command(std::path::Path::new("taskset"), &["-c", "0"]);
        command.arg(serve.get_program()).args(serve.get_args());
        let mut process = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(|line| line.unwrap())
            .find_map(|line| line.split("http://").nth(1).map(|address| address.trim_end_matches('/').to_owned()))
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Server { process, address }
    }

    /// Sends requests in turns over some connections, for a time, as fast as it can or at a rate. Every answer must be 200.
    fn load(&self, requests: &[Vec<u8>], clients: usize, rate: Option<f64>, time: Duration) -> Round {
        let (times, begun) = (Mutex::new(Vec::new()), Instant::now());
        std::thread::scope(|scope| {
            for client in 0..clients {
                let times = &times;
                scope.spawn(move || {
                    let mut own = Vec::new();
                    let mut stream = TcpStream::connect(&self.address).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut answer = vec![0; 16 << 10];
                    let mut turn = client;
                    while begun.elapsed() < time {
                        if let Some(rate) = rate {
                            let due =
                                Duration::from_secs_f64(precise(own.len() as u64) * precise(clients as u64) / rate);
                            std::thread::sleep(due.saturating_sub(begun.elapsed()));
                        }
                        let sent = Instant::now();
                        stream.write_all(&requests[turn % requests.len()]).unwrap();
                        read_answer(&mut stream, &mut answer);
                        own.push(sent.elapsed().as_secs_f64() * 1e3);
                        turn += clients;
                    }
                    times.lock().unwrap().append(&mut own);
                });
            }
        });
        let mut times = times.into_inner().unwrap();
        times.sort_by(f64::total_cmp);
        Round { times, seconds: begun.elapsed().as_secs_f64() }
    }

    /// Megabytes, as the system counts them.
    fn memory(&self, what: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads one answer to its end.
fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).unwrap();
        assert!(read > 0, "the server closed the connection");
        filled += read;
        let text = &buffer[..filled];
        let Some(head) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let lines = String::from_utf8_lossy(&text[..head]).to_ascii_lowercase();
        let length: usize = lines.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        if filled >= head + 4 + length {
            assert!(lines.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(text));
            return;
        }
    }
}

fn credential(place: &Place) -> (String, String) {
    let policy = place.at("policy.json");
    let all = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    std::fs::write(&policy, all.to_string()).unwrap();
    let mut add = place.vault(&["serve", "credentials", "add", "bench", "--json", "--policy"]);
    let added = add.arg(policy).output().unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let added: Value = serde_json::from_slice(&added.stdout).unwrap();
    let text = |member: &str| added[member].as_str().unwrap().to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

fn amazon_date() -> String {
    let date = Command::new("date").args(["-u", "+%Y%m%dT%H%M%SZ"]).output().unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

impl Key {
    /// A whole request, signed as SDKs do.
    fn request(&self, service: &str, target: &str, body: &Value) -> Vec<u8> {
        let (body, day) = (body.to_string(), &self.date[..8]);
        let scope = format!("{day}/us-east-1/{service}/aws4_request");
        let signed = "content-type;host;x-amz-date;x-amz-target";
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{}\nx-amz-date:{}\nx-amz-target:{target}\n\n{signed}\n{}",
            self.host,
            self.date,
            HEXLOWER.encode(&sha256(body.as_bytes()))
        );
        let digest = HEXLOWER.encode(&sha256(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{digest}", self.date);
        let key = [day, "us-east-1", service, "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| mac(&key, part.as_bytes()));
        let signature = HEXLOWER.encode(&mac(&key, text.as_bytes()));
        format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Date: {}\r\nX-Amz-Target: {target}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            self.date,
            self.id,
            body.len()
        )
        .into_bytes()
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
