//! `http-token` on a small server that issues tokens.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::world::World;

/// Issues `tokN` with the id N, and knows which are valid.
#[derive(Default)]
struct Tokens {
    valid: BTreeSet<usize>,
    issued: usize,
    /// Requests with bodies, for the test to look at.
    seen: Vec<String>,
}

struct Server {
    url: String,
    tokens: Arc<Mutex<Tokens>>,
}

fn launch() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let tokens = Arc::new(Mutex::new(Tokens { valid: BTreeSet::from([0]), ..Tokens::default() }));
    let shared = Arc::clone(&tokens);
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, &shared)));
    Server { url, tokens }
}

fn serve(stream: TcpStream, tokens: &Mutex<Tokens>) {
    let mut stream = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while stream.read_line(&mut head).unwrap() > 2 {
        let line = head.lines().last().unwrap().to_ascii_lowercase();
        length = line.strip_prefix("content-length: ").map_or(length, |number| number.parse().unwrap());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let answer = tokens.lock().unwrap().answer(&head, &String::from_utf8(body).unwrap());
    let (status, body) = answer.map_or_else(|status| (status, String::new()), |body| (200, body.to_string()));
    let answer = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.get_mut().write_all(answer.as_bytes()).unwrap();
}

impl Tokens {
    fn answer(&mut self, head: &str, body: &str) -> Result<Value, u16> {
        self.seen.push(format!("{head}{body}"));
        let who = head.lines().find_map(|line| line.strip_prefix("Authorization: Bearer tok")).ok_or(401_u16)?;
        let who = who.parse().ok().filter(|who| self.valid.contains(who)).ok_or(401_u16)?;
        match head.split(' ').take(2).collect::<Vec<_>>()[..] {
            ["GET", "/me"] => Ok(json!({"id": who})),
            ["POST", "/tokens"] => {
                self.issued += 1;
                self.valid.insert(self.issued);
                Ok(json!({"data": [{"secret": format!("tok{}", self.issued), "id": self.issued}]}))
            }
            ["DELETE", "/me"] => Ok(json!(self.valid.remove(&who))),
            ["DELETE", path] => {
                let id: Option<usize> = path.strip_prefix("/tokens/").and_then(|id| id.parse().ok());
                if id.is_some_and(|id| self.valid.remove(&id)) { Ok(Value::Null) } else { Err(404) }
            }
            ["GET", "/elsewhere"] => Err(302),
            ["GET", "/first"] => {
                if who == 0 {
                    Ok(Value::Null)
                } else {
                    Err(403)
                }
            }
            _ => Err(405),
        }
    }
}

impl Server {
    fn valid(&self) -> Vec<usize> {
        self.tokens.lock().unwrap().valid.iter().copied().collect()
    }

    fn world(&self, value: &str, options: &[&str]) -> World {
        let create = format!("create_url={}/tokens", self.url);
        let test = format!("test_url={}/me", self.url);
        let all = [&[create.as_str(), &test, "token_field=data.0.secret"], options].concat();
        World::new("http-token", value).with(&all)
    }
}

#[test]
fn a_token_is_replaced_and_the_one_before_revoked() {
    let server = launch();
    let revoke = format!("revoke_url={}/tokens/{{id}}", server.url);
    let body = r#"create_body={"name": "{secret}"}"#;
    let world = server.world(r#"{"token": "tok0", "id": "0", "team": "a"}"#, &["id_field=data.0.id", &revoke, body]);
    assert_eq!(world.rotate(), json!({"token": "tok1", "id": "1", "team": "a"}));
    assert_eq!(server.valid(), [0, 1], "the previous one stays valid");
    assert_eq!(world.rotate()["token"], "tok2");
    assert_eq!(server.valid(), [1, 2]);
    let world = world.with(&["old=revoke"]);
    world.rotate();
    assert_eq!(server.valid(), [3]);
    let seen = server.tokens.lock().unwrap().seen.join("\n").to_ascii_lowercase();
    assert!(seen.contains("idempotency-key: ") && seen.contains(r#"{"name": "prod/login"}"#));
}

#[test]
fn a_plain_token_may_revoke_itself() {
    let server = launch();
    let world = server.world("tok0", &[&format!("revoke_url={}/me", server.url)]);
    assert_eq!(world.rotate(), "tok1");
    assert_eq!(world.rotate(), "tok2");
    assert_eq!(server.valid(), [1, 2]);
}

/// The token is there when the test fails; the aborted one is revoked when a rotation succeeds.
#[test]
fn an_aborted_token_is_revoked_later() {
    let server = launch();
    let revoke = format!("revoke_url={}/me", server.url);
    let world = server.world("tok0", &[&revoke]).with(&[&format!("test_url={}/elsewhere", server.url)]);
    assert!(world.fails().contains("answers 302"), "no redirect is followed");
    let world = world.with(&[&format!("test_url={}/first", server.url)]);
    assert!(world.fails().contains("refuses the pending token"));
    assert_eq!(server.valid(), [0, 1]);
    world.sandbox.ok(&["rotate", "abort", super::world::NAME, "--yes"]);
    let world = world.with(&[&format!("test_url={}/me", server.url)]);
    world.rotate();
    assert_eq!(server.valid(), [0, 2]);
}

#[test]
fn a_token_is_not_sent_unencrypted_to_another_machine() {
    let world = launch().world("tok0", &["create_url=http://tokens.example/", "test_url=http://tokens.example/"]);
    assert!(world.fails().contains("a URL must be https://"));
}
