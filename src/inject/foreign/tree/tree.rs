//! A piece of a file, with the text of its scalars.

use std::fmt;

use zeroize::Zeroizing;

/// A piece of such a file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    /// A string.
    Text(Zeroizing<String>),
    /// A number or a boolean, as it is written.
    Bare(Zeroizing<String>),
    /// Nothing: `null`, `~`.
    Null,
    /// A YAML value with a tag of its own.
    Tagged,
    /// A list.
    List(Vec<Tree>),
    /// A map in the order of the file, each key once.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The member of a map.
    pub(crate) fn member(&self, key: &str) -> Option<&Tree> {
        self.map()?.iter().find(|(name, _)| name == key).map(|(_, tree)| tree)
    }

    /// The members of a map.
    pub(crate) fn map(&self) -> Option<&[(String, Tree)]> {
        if let Tree::Map(members) = self { Some(members) } else { None }
    }

    /// The elements of a list.
    pub(crate) fn list(&self) -> Option<&[Tree]> {
        if let Tree::List(elements) = self { Some(elements) } else { None }
    }

    /// A string.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Tree::Text(text) = self { Some(text) } else { None }
    }

    /// A string, a number or a boolean, as it is written.
    pub(crate) fn scalar(&self) -> Option<&str> {
        if let Tree::Text(text) | Tree::Bare(text) = self { Some(text) } else { None }
    }
}

/// The type, never a value.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Text(_) => f.write_str("Text(..)"),
            Tree::Bare(_) => f.write_str("Bare(..)"),
            Tree::Null => f.write_str("Null"),
            Tree::Tagged => f.write_str("Tagged"),
            Tree::List(elements) => f.debug_list().entries(elements).finish(),
            Tree::Map(members) => f.debug_map().entries(members.iter().map(|(key, tree)| (key, tree))).finish(),
        }
    }
}
