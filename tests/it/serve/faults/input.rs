//! Bytes that no client sends: each is answered or cut off, and the server goes on.

use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{GET, answer, command, get, request, value};
use crate::project::Sandbox;
use crate::serve::fixture::{Server, read_all};

/// A request whose body is any bytes. Returns the status, and the code of the error.
fn send(server: &Server, target: &str, body: &[u8]) -> (u16, String) {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nX-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    let answer = server.raw(&[head.as_bytes(), body].concat());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    let code = body.split("\"__type\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (head[9..12].parse().unwrap(), code.to_owned())
}

#[test]
fn bodies_that_are_no_json_of_a_client_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    let nested = |levels: usize| format!("{{\"Name\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let objects = format!("{}1{}", "{\"Name\":".repeat(10_000), "}".repeat(10_000));
    let name = |length: usize| format!("{{\"Name\":\"/{}\"}}", "x".repeat(length));
    let wrong = "SerializationException";
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("deep arrays", nested(10_000).into(), 400, wrong),
        ("deep objects", objects.into(), 400, wrong),
        ("broken UTF-8", b"{\"Name\":\"/app/\xff\xfe\"}".to_vec(), 400, wrong),
        ("a surrogate in UTF-8", b"{\"Name\":\"/app/\xed\xa0\x80\"}".to_vec(), 400, wrong),
        ("a lone surrogate", br#"{"Name":"/app/\ud800"}"#.to_vec(), 400, wrong),
        ("surrogates the wrong way round", br#"{"Name":"/app/\udc00\ud800"}"#.to_vec(), 400, wrong),
        ("a pair of surrogates", br#"{"Name":"/app/\ud83d\ude00"}"#.to_vec(), 400, "ValidationException"),
        ("a NUL character", br#"{"Name":"/app/\u0000"}"#.to_vec(), 400, "ValidationException"),
        ("something after it", b"{\"Name\":\"/app/a\"} x".to_vec(), 400, wrong),
        ("a comma too many", b"{\"Name\":\"/app/a\",}".to_vec(), 400, wrong),
        ("a byte order mark", b"\xef\xbb\xbf{\"Name\":\"/app/a\"}".to_vec(), 400, wrong),
        ("text", b"\"/app/a\"".to_vec(), 400, wrong),
        ("null", b"null".to_vec(), 400, wrong),
        ("nothing", Vec::new(), 400, "ValidationException"),
        ("the last of two members counts", br#"{"Name":"/none","Name":"/app/a"}"#.to_vec(), 200, ""),
        (
            "the last of two members is missing",
            br#"{"Name":"/app/a","Name":"/none"}"#.to_vec(),
            400,
            "ParameterNotFound",
        ),
        ("a name of nearly 1 MiB", name((1 << 20) - 20).into(), 400, "ValidationException"),
        ("more than 1 MiB", name(1 << 20).into(), 413, "RequestEntityTooLargeException"),
    ];
    for (what, body, status, code) in cases {
        assert_eq!(send(&server, GET, &body), (status, code.to_owned()), "{what}");
    }
    // One level more is no JSON at all.
    for (levels, is_read) in [(127, true), (128, false)] {
        let body = (1..levels).fold(json!(0), |inner, _| json!([inner]));
        let (status, answer) = server.call(GET, &json!({ "Name": body }));
        assert_eq!((status, answer["Message"].is_string()), (400, is_read), "{levels}: {answer}");
    }
    for (number, code) in [
        ("9223372036854775807", "ValidationException"),
        ("9223372036854775808", "ValidationException"),
        ("-9223372036854775809", "ValidationException"),
        ("123456789012345678901234567890", "ValidationException"),
        ("1e400", wrong),
        ("1.5", wrong),
        ("NaN", wrong),
        ("01", wrong),
        ("\"5\"", wrong),
        ("5", ""),
    ] {
        let body = format!("{{\"Path\":\"/app\",\"MaxResults\":{number}}}");
        assert_eq!(send(&server, "AmazonSSM.GetParametersByPath", body.as_bytes()).1, code, "{number}");
    }
    assert_eq!(value(&server, "/app/a"), "value");
}

#[test]
fn heads_that_are_ambiguous_or_malformed_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    let body = get("/app/a").to_string();
    let (address, length) = (server.address.clone(), body.len());
    let (host, port) = address.split_once(':').unwrap();
    let full = |lines: &str, length: &str| {
        format!(
            "POST / HTTP/1.1\r\nX-Amz-Target: {GET}\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n\
             {lines}Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let with = |lines: &str| full(&format!("Host: {address}\r\n{lines}"), &length.to_string());
    let sized = |length: &str| full(&format!("Host: {address}\r\n"), length);
    let named = |host: &str| full(&format!("Host: {host}\r\n"), &length.to_string());
    let chunked = |chunks: &str| {
        with("").replace(&format!("Content-Length: {length}"), "Transfer-Encoding: chunked").replace(&body, chunks)
    };
    for (what, request, statuses) in [
        ("a negative length", sized("-1"), &["400"][..]),
        ("a length with a sign", sized(&format!("+{length}")), &["400"]),
        ("a list of lengths", sized(&format!("{length}, {length}")), &["400"]),
        ("a length of 24 digits", sized("999999999999999999999999"), &["400"]),
        ("two lengths", with(&format!("Content-Length: {}\r\n", length + 1)), &["400"]),
        ("a line that is continued", with("X: a\r\n b\r\n"), &["400"]),
        ("a space before the colon", with("X : a\r\n"), &["400"]),
        ("a NUL in a header", with("X: a\0b\r\n"), &["400"]),
        ("another coding", chunked("").replace("chunked", "gzip"), &["400"]),
        ("a broken chunk", chunked("zz\r\n"), &["400"]),
        ("a chunk of 18 digits", chunked("ffffffffffffffffff\r\n"), &["400"]),
        ("HTTP/1.2", with("").replace("HTTP/1.1", "HTTP/1.2"), &["400"]),
        ("a first line alone", "GET /\r\n\r\n".to_owned(), &["400"]),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &["", "400"]),
        ("TLS", format!("\x16\x03\x01\x02\0{}", "x".repeat(300)), &["400"]),
        ("a fetch of a browser", with("Sec-Fetch-Site: none\r\n"), &["403"]),
        ("a proxy", with("X-Forwarded-Proto: https\r\n"), &["403"]),
        ("somebody at the host", named(&format!("x@{address}")), &["403"]),
        ("a host behind the port", named(&format!("{address}@x")), &["403"]),
        ("a short address", named(&format!("127.1:{port}")), &["403"]),
        ("a number for an address", named(&format!("2130706433:{port}")), &["403"]),
        ("zeros before the port", named(&format!("{host}:0{port}")), &["403"]),
        ("a dot behind the address", named(&format!("{host}.:{port}")), &["403"]),
        ("any path", with("").replacen("POST /", "POST //", 1), &["404"]),
        ("OPTIONS", with("").replacen("POST /", "OPTIONS *", 1), &["405"]),
        ("small letters", with("").replacen("POST", "post", 1), &["405"]),
        ("a query", with("").replacen("POST /", "POST /?a=b", 1), &["200"]),
        ("chunks with a trailer", chunked(&format!("{length:x};a=b\r\n{body}\r\n0\r\nX: y\r\n\r\n")), &["200"]),
    ] {
        let answer = server.raw(request.as_bytes());
        let status = answer.get(9..12).unwrap_or_default();
        assert!(statuses.contains(&status), "{what}: {answer}");
        assert!(status == "200" || !answer.contains("value\""), "{what}: {answer}");
    }
    assert_eq!(value(&server, "/app/a"), "value");
}

#[test]
fn a_thousand_requests_in_one_go_are_answered_in_order() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    let (known, unknown) = (request(&server, GET, &get("/app/a")), request(&server, GET, &get("/none")));
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let all = (0..1000).map(|number| if number % 10 == 7 { &*unknown } else { &*known }).collect::<String>();
    let writing = std::thread::spawn(move || writer.write_all(all.as_bytes()).unwrap());
    for number in 0..1000 {
        let (status, found) = answer(&mut stream).unwrap_or_else(|| panic!("no answer {number}"));
        assert_eq!(status, if number % 10 == 7 { 400 } else { 200 }, "{number}: {found}");
    }
    writing.join().unwrap();
}

#[test]
fn a_client_that_drips_or_does_not_read_is_cut_off() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", &"x".repeat(4000));
    let server = Server::of(command(&sandbox, &["--transfer-timeout", "1"]));
    let good = request(&server, GET, &get("/app/a"));
    let drip = |sent: usize| {
        let (mut stream, began) = (server.connect(), Instant::now());
        stream.write_all(&good.as_bytes()[..sent]).unwrap();
        // Bytes that come in time buy no more of it.
        let cut = good.as_bytes()[sent..].iter().find(|byte| {
            std::thread::sleep(Duration::from_millis(200));
            stream.write_all(std::slice::from_ref(byte)).is_err() || began.elapsed() > Duration::from_secs(8)
        });
        assert!(cut.is_some() && began.elapsed() < Duration::from_secs(8), "{sent}");
        read_all(&mut stream)
    };
    std::thread::scope(|scope| {
        scope.spawn(|| drip(20));
        scope.spawn(|| drip(good.len() - 30));
        scope.spawn(|| {
            let (mut stream, began) = (server.connect(), Instant::now());
            stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
            let is_waiting =
                |error: &std::io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            while stream.write(good.as_bytes()).map_or_else(|error| is_waiting(&error), |_| true) {
                assert!(began.elapsed() < Duration::from_secs(20), "it is still connected");
            }
        });
    });
    assert_eq!(value(&server, "/app/a").as_str().unwrap().len(), 4000);
}

#[test]
fn a_client_that_stops_sending_before_the_answer_has_none() {
    let sandbox = Sandbox::new();
    sandbox.put("/app/a", "value");
    let server = Server::start(&sandbox);
    let mut stream = server.connect();
    stream.write_all(request(&server, GET, &json!({ "Name": "/app/a" })).split_at(60).0.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(!read_all(&mut stream).contains(" 200 "));
    assert_eq!(value(&server, "/app/a"), "value");
}
