//! A server on the vault of a sandbox, until it is dropped.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, SystemTime};

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vault::model::time::Timestamp;

use crate::project::Sandbox;
use crate::tools::skip;

/// A running server, with what a client needs to call it.
pub(crate) struct Server {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) region: &'static str,
}

/// An access key.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// The session token of temporary ones.
    pub(crate) token: Option<String>,
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

impl Server {
    /// A server for everybody on loopback, who may do what the founder may.
    pub(crate) fn start(sandbox: &Sandbox) -> Self {
        Server::with(sandbox, &["--open"])
    }

    /// A server with options.
    pub(crate) fn with(sandbox: &Sandbox, options: &[&str]) -> Self {
        let mut command = sandbox.program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--no-input"]).args(options);
        Server::of(command)
    }

    /// A server of a command that is prepared.
    pub(crate) fn of(command: Command) -> Self {
        Server::begun(command, |lines| lines.for_each(drop))
    }

    /// The same, with what it says after that in a file.
    pub(crate) fn logged(command: Command, log: &Path) -> Self {
        let mut log = File::create(log).unwrap();
        Server::begun(command, move |lines| {
            lines.map_while(Result::ok).for_each(|line| writeln!(log, "{line}").unwrap());
        })
    }

    fn begun(mut command: Command, read: impl FnOnce(Lines<BufReader<ChildStderr>>) + Send + 'static) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else { panic!("no server: {said:?}, {:?}", child.wait()) };
            if let Some(address) = line.split("serving on ").nth(1) {
                break address.trim().rsplit("://").next().unwrap().to_owned();
            }
            said.push(line);
        };
        // A log that nobody reads would stop the server once the pipe is full.
        std::thread::spawn(move || read(lines));
        let keys = ("AKIATESTTESTTESTTEST".to_owned(), "test".to_owned());
        Server { child, address, access_key: keys.0, secret_key: keys.1, region: "us-east-1" }
    }

    /// Calls an operation without a signature. Returns the status and the body.
    pub(crate) fn call(&self, target: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nX-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let (status, text) = self.answer(&(head + &body));
        (status, parsed(&text))
    }

    /// Calls an operation that must succeed.
    pub(crate) fn ok(&self, target: &str, body: &Value) -> Value {
        let (status, answer) = self.call(target, body);
        assert_eq!(status, 200, "{target} {body}: {answer}");
        answer
    }

    /// Calls an operation that must fail. Returns the code of the error.
    pub(crate) fn refused(&self, target: &str, body: &Value) -> String {
        let (status, answer) = self.call(target, body);
        assert_ne!(status, 200, "{target} {body}: {answer}");
        answer["__type"].as_str().unwrap().to_owned()
    }

    /// Issues a credential with a policy.
    pub(crate) fn credential(sandbox: &Sandbox, name: &str, policy: &Value) -> Keys {
        let issued = sandbox
            .feed(&["serve", "credentials", "add", name, "--policy", "-", "--json"], policy.to_string().as_bytes());
        assert_eq!(issued.code, 0, "{issued:?}");
        let issued: Value = serde_json::from_str(&issued.stdout).unwrap();
        let text = |member: &str| issued[member].as_str().unwrap().to_owned();
        Keys { id: text("AccessKeyId"), secret: text("SecretAccessKey"), token: None }
    }

    /// Calls an operation with a signature. Returns the status and the body.
    pub(crate) fn signed(&self, keys: &Keys, target: &str, body: &Value) -> (u16, Value) {
        let (status, text) = self.answer(&self.request(keys, target, &body.to_string(), SystemTime::now()));
        (status, parsed(&text))
    }

    /// The bytes of a request with a signature of some time.
    pub(crate) fn request(&self, keys: &Keys, target: &str, body: &str, at: SystemTime) -> String {
        let is_form = target.is_empty();
        let service = if is_form {
            "sts"
        } else if target.starts_with("AmazonSSM") {
            "ssm"
        } else {
            "secretsmanager"
        };
        let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let time = Timestamp::from_unix(seconds.try_into().unwrap()).to_string().replace(['-', ':'], "");
        let kind = if is_form { "application/x-www-form-urlencoded" } else { "application/x-amz-json-1.1" };
        let mut headers = vec![("content-type", kind), ("host", &self.address), ("x-amz-date", &time)];
        headers.extend(keys.token.as_deref().map(|token| ("x-amz-security-token", token)));
        headers.extend(Some(("x-amz-target", target)).filter(|_| !is_form));
        let lines = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect::<Vec<_>>().concat();
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let hash = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hash(body.as_bytes()));
        let scope = format!("{}/{}/{service}/aws4_request", &time[..8], self.region);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(canonical.as_bytes()));
        let first = format!("AWS4{}", keys.secret).into_bytes();
        let key = scope.split('/').fold(first, |key, part| mac(&key, part));
        let signature = HEXLOWER.encode(&mac(&key, &text));
        let sent = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        format!(
            "POST / HTTP/1.1\r\n{sent}Connection: close\r\nContent-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope}, SignedHeaders={names}, Signature={signature}\r\n\r\n{body}",
            body.len(),
            keys.id
        )
    }

    /// Sends a request. Returns the status and the body of the answer.
    pub(crate) fn answer(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        // A disk may keep a write waiting.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // The server may refuse before everything is sent.
        let _ = stream.write_all(request.as_bytes());
        let answer = read_all(&mut stream);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Sends bytes, and returns everything that comes until the server closes, or says nothing for a while.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may refuse before everything is sent.
        let _ = stream.write_all(bytes);
        read_all(&mut stream)
    }

    /// A connection.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Runs a script that finds this server in its environment, as programs written against AWS do: with boto3, if it is installed.
    pub(crate) fn python(&self, sandbox: &Sandbox, script: &str) -> Option<String> {
        let mut command = sandbox.command(python()?);
        let output = self.environment(&mut command).args(["-c", script]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
        Some(text(&output.stdout))
    }

    /// What an SDK reads from its environment.
    pub(crate) fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_ACCESS_KEY_ID", &self.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret_key)
            .env("AWS_DEFAULT_REGION", self.region)
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// The process, for signals.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it as a service is ended.
    pub(crate) fn end(mut self) {
        self.signal(Signal::TERM);
        assert_eq!(self.wait(), Some(0));
    }

    /// Writes a line to a process whose input is a pipe.
    pub(crate) fn tell(&self, line: &str) {
        let mut input = self.child.stdin.as_ref().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// Waits for the end of the process. Returns its exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python that has boto3 and other clients of AWS: `tests/run` makes it.
pub(crate) fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools/venv/bin/python3");
    if python.is_file() {
        return Some(python);
    }
    skip("boto3");
    None
}

/// A body; nothing is `null`.
fn parsed(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}")) }
}

/// Everything that comes until the other side closes, or says nothing for a while.
pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16_384];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
