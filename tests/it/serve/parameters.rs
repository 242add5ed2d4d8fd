//! Parameter Store as clients see it: answers and errors, field by field (parameter-store).

use serde_json::{Value, json};

use super::fixture::Server;
use crate::project::Sandbox;

mod clients;
mod concurrent;
mod errors;
mod listings;
mod sequence;

/// A server on an empty vault.
struct Store {
    sandbox: Sandbox,
    server: Server,
}

impl Store {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let server = Server::start(&sandbox);
        Store { sandbox, server }
    }

    fn ok(&self, operation: &str, body: &Value) -> Value {
        self.server.ok(&format!("AmazonSSM.{operation}"), body)
    }

    fn put(&self, name: &str, value: &str) -> Value {
        self.ok("PutParameter", &json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true }))
    }

    /// The whole body of an error with status 400.
    fn error(&self, operation: &str, body: &Value) -> Value {
        let (status, answer) = self.server.call(&format!("AmazonSSM.{operation}"), body);
        assert_eq!(status, 400, "{operation} {body}: {answer}");
        answer
    }
}

/// Some members of an answer.
fn members(answer: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), answer[name].clone())).collect::<serde_json::Map<_, _>>().into()
}

/// The names in a list of parameters.
fn names(answer: &Value) -> Vec<&str> {
    answer["Parameters"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap()).collect()
}
