//! JSON as policies use it: members in order, and none twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::fault::PolicyFlaw;

/// A JSON value.
#[derive(Debug)]
pub(super) enum Node {
    /// A string.
    Text(String),
    /// A number or a flag, as it is written.
    Plain(String),
    /// An array.
    List(Vec<Node>),
    /// An object.
    Object(Vec<(String, Node)>),
    /// `null`.
    Null,
}

impl Node {
    /// The members of an object.
    pub(super) fn members(self) -> Option<Vec<(String, Node)>> {
        if let Node::Object(members) = self { Some(members) } else { None }
    }

    /// A string, or those of an array that is not empty.
    pub(super) fn texts(self) -> Option<Vec<String>> {
        self.list(|node| if let Node::Text(text) = node { Some(text) } else { None })
    }

    /// The same, where numbers and flags are texts too.
    pub(super) fn values(self) -> Option<Vec<String>> {
        self.list(|node| if let Node::Text(text) | Node::Plain(text) = node { Some(text) } else { None })
    }

    fn list(self, one: impl Fn(Node) -> Option<String>) -> Option<Vec<String>> {
        match self {
            Node::List(nodes) => nodes.into_iter().map(one).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty()),
            node => one(node).map(|text| vec![text]),
        }
    }
}

/// The members of an object that were not read yet.
pub(super) struct Members(Vec<(String, Node)>);

impl Members {
    /// Those of an object.
    pub(super) fn of(node: Node) -> Result<Self, PolicyFlaw> {
        node.members().map(Members).ok_or(PolicyFlaw::NotAnObject)
    }

    /// Takes a member.
    pub(super) fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Refuses what nobody took.
    pub(super) fn finish(mut self) -> Result<(), PolicyFlaw> {
        self.0.pop().map_or(Ok(()), |(name, _)| Err(PolicyFlaw::Unknown(name)))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Plain(flag.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Plain(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Plain(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Plain(number.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut members: Vec<(String, Node)> = Vec::new();
        while let Some((name, value)) = entries.next_entry::<String, Node>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("the member {name:?} is given twice")));
            }
            members.push((name, value));
        }
        Ok(Node::Object(members))
    }
}
