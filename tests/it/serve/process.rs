//! The server as a process: signals, sockets, certificates, regions, what it says about itself, and vaults that change below it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::fixture::{Server, read_all};
use crate::project::Sandbox;

const GET: &str = "AmazonSSM.GetParameter";

fn ask(server: &Server, path: &str) -> String {
    server.raw(format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address).as_bytes())
}

#[test]
fn signals_end_it_cleanly_and_an_idle_connection_does_not_hold_it() {
    let sandbox = Sandbox::new();
    for end in [Signal::TERM, Signal::INT] {
        let mut server = Server::start(&sandbox);
        let mut idle = server.connect();
        server.signal(end);
        assert_eq!(server.wait(), Some(0));
        assert_eq!(read_all(&mut idle), "");
    }
}

#[test]
fn it_says_how_it_is_and_counts_without_names() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    assert!(ask(&server, "/healthz").ends_with("\r\n\r\nok\n"));
    let (name, get) =
        (json!({ "Name": "/app/a" }), |count: u64| server.ok(GET, &json!({ "Name": "/app/a", "Count": count })));
    (0..3).for_each(|count| drop(get(count)));
    server.refused(GET, &json!({ "Name": "/app/none" }));
    let text = ask(&server, "/metrics");
    for line in [
        "vault_requests_total{operation=\"GetParameter\",code=\"OK\"} 3",
        "vault_requests_total{operation=\"GetParameter\",code=\"ParameterNotFound\"} 1",
        "vault_connections 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("/app"), "{text}");
    fs::rename(sandbox.vault(), sandbox.project().join("away")).unwrap();
    assert!(ask(&server, "/healthz").starts_with("HTTP/1.1 503"));
    let (status, answer) = server.call(GET, &name);
    assert_eq!((status, &answer["__type"]), (500, &json!("InternalServerError")), "{answer}");
    fs::rename(sandbox.project().join("away"), sandbox.vault()).unwrap();
    assert_eq!(get(4)["Parameter"]["Name"], "/app/a");
}

#[test]
fn another_vault_in_its_place_is_not_served() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    fs::rename(sandbox.vault(), sandbox.project().join("away")).unwrap();
    let copied = Command::new("cp").arg("-a").arg(other.vault()).arg(sandbox.vault()).status().unwrap();
    assert!(copied.success());
    let (status, answer) = server.call(GET, &json!({ "Name": "/app/a" }));
    assert_eq!(status, 500, "{answer}");
    assert!(!answer.to_string().contains("value\""), "{answer}");
}

#[test]
fn what_another_program_writes_is_served_at_once() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "first");
    let (one, two) = (Server::start(&sandbox), Server::start(&sandbox));
    let value = |server: &Server| {
        server.ok(GET, &json!({ "Name": "/app/a", "WithDecryption": true }))["Parameter"]["Value"].clone()
    };
    assert_eq!((value(&one), value(&two)), (json!("first"), json!("first")));
    sandbox.put("/app/a", "second");
    assert_eq!((value(&one), value(&two)), (json!("second"), json!("second")));
    sandbox.ok(&["param", "rm", "/app/a", "--yes"]);
    assert_eq!(one.refused(GET, &json!({ "Name": "/app/a" })), "ParameterNotFound");
}

#[test]
fn a_region_has_a_vault_and_others_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "here");
    let (there, recovery) = (sandbox.project().join("there"), sandbox.home().join("r2.txt"));
    let (vault, file) = (there.to_str().unwrap(), recovery.to_str().unwrap());
    sandbox.ok(&["init", "--no-input", "--vault", vault, "--recovery-file", file]);
    let value = sandbox.feed(&["--vault", there.to_str().unwrap(), "param", "put", "/app/a", "--stdin"], b"there");
    assert_eq!(value.code, 0, "{value:?}");
    let map = format!("eu-west-1={}", there.display());
    let server =
        Server::with(&sandbox, &["--open", "--region", "us-east-1", "--map-region", &map, "--account", "123456789012"]);
    let get = |region: &str| {
        let time = "20300101T000000Z";
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {GET}\r\nX-Amz-Date: {time}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20300101/{region}/ssm/aws4_request, SignedHeaders=host, Signature=00\r\n\
             Connection: close\r\nContent-Length: 41\r\n\r\n{{\"Name\":\"/app/a\", \"WithDecryption\": true}}",
            server.address
        );
        serde_json::from_str::<Value>(&server.answer(&head).1).unwrap()
    };
    assert_eq!(get("us-east-1")["Parameter"]["Value"], "here");
    let there = get("eu-west-1");
    assert_eq!(there["Parameter"]["Value"], "there");
    assert_eq!(there["Parameter"]["ARN"], "arn:aws:ssm:eu-west-1:123456789012:parameter/app/a");
    assert_eq!(get("eu-west-2")["__type"], "InvalidSignatureException");
}

#[test]
fn a_unix_socket_is_private_and_one_that_is_left_is_replaced() {
    let sandbox = Sandbox::new();
    let path = sandbox.home().join("vault.sock");
    let listen = format!("unix:{}", path.display());
    for _ in 0..2 {
        let mut command = sandbox.program();
        command
            .args(["serve", "--open", "--log", "off", "--json", "--listen", &listen])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = [0; 1];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(answer.ends_with("ok\n"), "{answer}");
        // Killed, it leaves the socket.
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(path.exists());
    }
}

#[test]
fn beyond_this_machine_it_needs_certificates_and_signatures() {
    let sandbox = Sandbox::new();
    let plain = sandbox.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(plain.code != 0 && plain.stderr.contains("needs TLS"), "{plain:?}");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (sandbox.home().join("cert.pem"), sandbox.home().join("key.pem"));
    fs::write(&cert, certified.cert.pem()).unwrap();
    fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&cert, fs::Permissions::from_mode(0o644)).unwrap();
    let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let open = sandbox.run(&[&["serve", "--open", "--listen", "0.0.0.0:0"], &files[..]].concat());
    assert!(open.code != 0 && open.stderr.contains("`--open` is not possible"), "{open:?}");
    let server = Server::with(&sandbox, &files);
    let script = format!(
        "import ssl, urllib.request\n\
         context = ssl.create_default_context(cafile={cert:?})\n\
         port = {:?}.split(':')[1]\n\
         print(urllib.request.urlopen('https://localhost:' + port + '/healthz', context=context).read())",
        server.address
    );
    let said = Command::new("python3").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "b'ok\\n'\n", "{said:?}");
    server.signal(Signal::HUP);
    let again = Command::new("python3").args(["-c", &script]).output().unwrap();
    assert!(again.status.success(), "{again:?}");
}

#[test]
fn the_units_run_this_command_line() {
    let sandbox = Sandbox::new();
    let units = sandbox.ok(&["serve", "--install", "--region", "eu-west-1", "--json"]);
    let units: Value = serde_json::from_str(&units).unwrap();
    let text = units["Files"][0]["Text"].as_str().unwrap();
    let vault = sandbox.vault();
    assert!(text.contains(" serve --region eu-west-1 ") && text.contains(vault.to_str().unwrap()), "{text}");
    let directory = format!("\nWorkingDirectory={}\n", sandbox.project().display());
    assert!(text.contains(&directory), "relative paths are those of this command line: {text}");
}

/// What `vault serve --install` prints for the service and its socket.
fn units(sandbox: &Sandbox, arguments: &[&OsStr], variables: &[(&str, &Path)]) -> Result<[String; 2], String> {
    let mut command = sandbox.program();
    let output =
        command.args(["--json", "serve", "--install"]).args(arguments).envs(variables.iter().copied()).output();
    let output = output.unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    Ok([0, 1].map(|file| report["Files"][file]["Text"].as_str().unwrap().to_owned()))
}

#[test]
fn a_service_has_the_vault_of_a_variable_and_no_specifiers() {
    let sandbox = Sandbox::new();
    let vault = sandbox.vault();
    let listen = OsStr::new("unix:/run/100%/vault.sock");
    let [service, socket] = units(&sandbox, &["--listen".as_ref(), listen], &[("VLT_DIR", &vault)]).unwrap();
    assert!(service.contains(&format!(" --vault {} ", vault.display())), "{service}");
    assert!(socket.contains("\nListenStream=/run/100%%/vault.sock\n"), "{socket}");
    for odd in [&b"/run/a\nb"[..], b"/run/a\xff"] {
        let certificate = ["--tls-cert".as_ref(), OsStr::from_bytes(odd), "--tls-key".as_ref(), "key.pem".as_ref()];
        let refused = units(&sandbox, &certificate, &[]).unwrap_err();
        assert!(!refused.contains("panicked") && refused.contains("usage"), "{refused}");
    }
}

#[test]
fn a_socket_of_the_service_manager_is_used() {
    let sandbox = Sandbox::new();
    let script = "import os, socket, sys\n\
        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); os.dup2(s.fileno(), 3); os.set_inheritable(3, True)\n\
        os.environ['LISTEN_FDS'], os.environ['LISTEN_PID'] = '1', str(os.getpid())\n\
        os.execv(sys.argv[1], sys.argv[1:])";
    let mut command = sandbox.command("python3");
    command.args(["-c", script, env!("CARGO_BIN_EXE_vault"), "serve", "--open", "--listen", "127.0.0.1:1"]);
    let server = Server::of(command);
    assert_ne!(server.address, "127.0.0.1:1");
    assert!(ask(&server, "/healthz").ends_with("ok\n"));
}
