//! Signed requests, and sending them from one processor to a server on another one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use vault::crypto::framing::sha256;

use crate::measure::precise;
use crate::place::Place;

/// A server that runs on the first processor, and a credential for it.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    id: String,
    secret: String,
}

/// How many requests are sent, and when.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// That many, each as soon as its connection is free.
    Count(usize),
    /// As many as there is time for.
    Time(Duration),
    /// At a rate for some time. The time of a request begins when it is due, even if its connection is not free yet.
    Rate(f64, Duration),
}

/// What a round of requests took, in milliseconds each, sorted.
pub(crate) struct Round {
    pub(crate) times: Vec<f64>,
    seconds: f64,
}

impl Round {
    pub(crate) fn rate(&self) -> f64 {
        precise(self.times.len() as u64) / self.seconds
    }

    pub(crate) fn quantile(&self, part: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let at = (precise(self.times.len() as u64) * part) as usize;
        self.times[at.min(self.times.len() - 1)]
    }
}

impl Pace {
    /// When the request of this number is due, if there is one more.
    #[expect(clippy::option_option, reason = "no more requests, or one without a time")]
    fn due(self, number: usize, begun: Instant) -> Option<Option<Instant>> {
        match self {
            Pace::Count(count) => (number < count).then_some(None),
            Pace::Time(time) => (begun.elapsed() < time).then_some(None),
            Pace::Rate(rate, time) => {
                let after = Duration::from_secs_f64(precise(number as u64) / rate);
                (after < time).then(|| Some(begun + after))
            }
        }
    }
}

impl Server {
    /// Starts a server, and leaves its processor to it: this program and what it starts go to the second one.
    pub(crate) fn start(place: &Place) -> Server {
        let (id, secret) = credential(place);
        let own = Command::new("taskset").args(["-cp", "1", &std::process::id().to_string()]).output().unwrap();
        assert!(own.status.success(), "two processors are needed");
        let serve = place.vault(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = place.command(Path::new("taskset"), &["-c", "0"]);
        command.arg(serve.get_program()).args(serve.get_args());
        let mut process = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(|line| line.unwrap())
            .find_map(|line| line.split("http://").nth(1).map(|address| address.trim_end_matches('/').to_owned()))
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Server { process, address, id, secret }
    }

    /// Sends requests in turns over some connections. Every answer must be 200.
    pub(crate) fn load(&self, requests: &[Vec<u8>], clients: usize, pace: Pace) -> Round {
        let (times, begun) = (Mutex::new(Vec::new()), Instant::now());
        std::thread::scope(|scope| {
            for client in 0..clients {
                let times = &times;
                scope.spawn(move || {
                    let mut own = Vec::new();
                    let mut stream = self.connect();
                    let mut number = client;
                    while let Some(due) = pace.due(number, begun) {
                        due.inspect(|due| std::thread::sleep(due.saturating_duration_since(Instant::now())));
                        let from = due.unwrap_or_else(Instant::now);
                        ask(&mut stream, &requests[number % requests.len()]);
                        own.push(from.elapsed().as_secs_f64() * 1e3);
                        number += clients;
                    }
                    times.lock().unwrap().append(&mut own);
                });
            }
        });
        let seconds = begun.elapsed().as_secs_f64();
        let mut times = times.into_inner().unwrap();
        times.sort_by(f64::total_cmp);
        Round { times, seconds }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Megabytes, as the system counts them.
    pub(crate) fn memory(&self, what: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
    }

    /// A whole request of this moment, signed as SDKs do. It is accepted for five minutes.
    pub(crate) fn request(&self, service: &str, target: &str, body: &Value) -> Vec<u8> {
        let (body, date) = (body.to_string(), jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string());
        let day = &date[..8];
        let scope = format!("{day}/us-east-1/{service}/aws4_request");
        let signed = "content-type;host;x-amz-date;x-amz-target";
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{}\nx-amz-date:{date}\nx-amz-target:{target}\n\n{signed}\n{}",
            self.address,
            HEXLOWER.encode(&sha256(body.as_bytes()))
        );
        let digest = HEXLOWER.encode(&sha256(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
        let key = [day, "us-east-1", service, "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| mac(&key, part.as_bytes()));
        let signature = HEXLOWER.encode(&mac(&key, text.as_bytes()));
        format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Date: {date}\r\nX-Amz-Target: {target}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.id,
            body.len()
        )
        .into_bytes()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends one request and reads its answer to the end.
pub(crate) fn ask(stream: &mut TcpStream, request: &[u8]) {
    stream.write_all(request).unwrap();
    let (mut buffer, mut filled) = ([0; 16 << 10], 0);
    loop {
        let read = stream.read(&mut buffer[filled..]).unwrap();
        assert!(read > 0, "the server closed the connection");
        filled += read;
        let answer = &buffer[..filled];
        let Some(head) = memchr::memmem::find(answer, b"\r\n\r\n") else { continue };
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
        let at = memchr::memmem::find(answer, b"content-length: ").unwrap();
        let digits = answer[at + 16..].iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
        if filled >= head + 4 + length {
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

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
