//! The user's YAML and JSON files that other programs wrote, such as build and container definitions.
//!
//! They are read into plain nodes: a duplicate key is an error, and the nodes that aliases expand to are counted.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::yaml;
use crate::format::{FormatError, caps};
use crate::machine::private::{PrivateError, read_capped};

/// A piece of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A string.
    Text(String),
    /// A number, a boolean, null, or a tagged value.
    Other,
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file. A key that is not a string is left out.
    Map(Vec<(String, Node)>),
}

thread_local! {
    /// How many more nodes one document may have.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

impl Node {
    /// Reads a document: JSON if it begins like JSON, YAML otherwise.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        if text.len() > caps::FOREIGN_MAP {
            return Err(FormatError::TooLarge { cap: caps::FOREIGN_MAP as u64 });
        }
        LEFT.set(caps::FOREIGN_NODES);
        if text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("{{") {
            return serde_json::from_str(text).map_err(|error| FormatError::Malformed { line: error.line() });
        }
        yaml::parse_foreign(text)
    }

    /// The member of a map.
    pub(crate) fn member(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// The members of a map.
    pub(crate) fn map(&self) -> Option<&[(String, Node)]> {
        if let Node::Map(members) = self { Some(members) } else { None }
    }

    /// The elements of a list.
    pub(crate) fn list(&self) -> Option<&[Node]> {
        if let Node::List(elements) = self { Some(elements) } else { None }
    }

    /// A string.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Node::Text(text) = self { Some(text) } else { None }
    }
}

/// The bytes of a file given by the user, or of a pipe, at most `cap` of them. It may belong to anybody.
pub(crate) fn read_file(path: &Path, cap: usize) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => PrivateError::Absent { path: path.to_owned() },
        std::io::ErrorKind::IsADirectory => PrivateError::NotAFile { path: path.to_owned() },
        _ => PrivateError::Io { verb: "read", path: path.to_owned(), source },
    };
    let bytes = File::open(path).and_then(|file| read_capped(file, cap)).map_err(failed)?;
    bytes.ok_or_else(|| PrivateError::TooLarge { path: path.to_owned(), limit: cap })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let left = LEFT.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many nodes"))?;
        LEFT.set(left);
        deserializer.deserialize_any(Nodes)
    }
}

struct Nodes;

impl<'de> Visitor<'de> for Nodes {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = members.next_key::<Node>()? {
            let Node::Text(key) = key else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key occurs twice"));
            }
            map.push((key, members.next_value()?));
        }
        Ok(Node::Map(map))
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, data: A) -> Result<Node, A::Error> {
        use serde::de::VariantAccess;
        let (_, content) = data.variant::<IgnoredAny>()?;
        content.newtype_variant::<IgnoredAny>()?;
        Ok(Node::Other)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Anything that takes this long would not have ended.
    const HANGS: Duration = Duration::from_secs(120);

    #[test]
    fn yaml_and_json_become_the_same_nodes() {
        let yaml = "env:\n  variables: {A: x, N: 5}\n  list: [a, true]\n  tagged: !Ref x\n  none:\n1: y\n";
        let json = r#"{"env":{"variables":{"A":"x","N":5},"list":["a",true],"tagged":1,"none":null}}"#;
        assert_eq!(Node::parse(yaml).unwrap(), Node::parse(json).unwrap());
        let env = Node::parse(yaml).unwrap();
        let a = env.member("env").and_then(|env| env.member("variables")).and_then(|all| all.member("A"));
        assert_eq!(a.and_then(Node::text), Some("x"));
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused() {
        for text in ["a: x\na: y\n", r#"{"a":"x","a":"y"}"#, "o: {a: x, a: y}\n"] {
            assert!(matches!(Node::parse(text), Err(FormatError::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn bombs_end_soon() {
        let level = |level: usize| format!("b{level}: &b{level}\n{}", format!("  - *b{}\n", level - 1).repeat(10));
        let aliases = String::from("b0: &b0 x\n") + &(1..30).map(level).collect::<String>();
        let deep = ["[".repeat(100_000), format!("a: {}", "{".repeat(100_000)), format!("{}x", "- ".repeat(100_000))];
        let wide = "- a\n".repeat(60_000);
        for bomb in deep.iter().chain([&aliases, &wide]) {
            let start = Instant::now();
            assert!(Node::parse(bomb).is_err(), "{}", &bomb[..20]);
            assert!(start.elapsed() < HANGS);
        }
        assert!(matches!(Node::parse(&"#".repeat(300_000)), Err(FormatError::TooLarge { .. })));
    }
}
