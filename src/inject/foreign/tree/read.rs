//! Reading a file into a tree.

use super::limits::Limits;
use super::tree::Tree;
use super::{json, yaml};
use crate::format::FormatError;

impl Tree {
    /// Reads one JSON document.
    pub(crate) fn from_json(text: &str) -> Result<Self, FormatError> {
        Limits::IMPORT.check(text)?;
        json::read(text, Limits::IMPORT)
    }

    /// Reads JSON documents that follow each other.
    pub(crate) fn from_json_documents(text: &str) -> Result<Vec<Self>, FormatError> {
        Limits::IMPORT.check(text)?;
        json::read_all(text, Limits::IMPORT)
    }

    /// Reads one YAML document. Aliases are followed, within bounds.
    pub(crate) fn from_yaml(text: &str) -> Result<Self, FormatError> {
        Limits::IMPORT.check(text)?;
        yaml::read(text, Limits::IMPORT)
    }

    /// Reads a map of variables: JSON if it begins like JSON, YAML otherwise.
    pub(crate) fn from_map(text: &str) -> Result<Self, FormatError> {
        Limits::MAP.check(text)?;
        let start = text.trim_start();
        let is_json = start.starts_with(['{', '[']) && !start.starts_with("{{");
        if is_json { json::read(text, Limits::MAP) } else { yaml::read(text, Limits::MAP) }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::format::caps;

    fn text(text: &str) -> Tree {
        Tree::Text(Zeroizing::new(text.to_owned()))
    }

    fn bare(text: &str) -> Tree {
        Tree::Bare(Zeroizing::new(text.to_owned()))
    }

    fn map(members: Vec<(&str, Tree)>) -> Tree {
        Tree::Map(members.into_iter().map(|(key, tree)| (key.to_owned(), tree)).collect())
    }

    #[test]
    fn yaml_and_json_become_the_same_and_scalars_stay_as_they_are_written() {
        let yaml = "a: x\nn: 1.10\nbig: 123456789012345678901234567890\nt: true\nq: \"5\"\nl: [1, {k: v}]\nnone:\n";
        let json =
            r#"{"a":"x","n":1.10,"big":123456789012345678901234567890,"t":true,"q":"5","l":[1,{"k":"v"}],"none":null}"#;
        let expected = map(vec![
            ("a", text("x")),
            ("n", bare("1.10")),
            ("big", bare("123456789012345678901234567890")),
            ("t", bare("true")),
            ("q", text("5")),
            ("l", Tree::List(vec![bare("1"), map(vec![("k", text("v"))])])),
            ("none", Tree::Null),
        ]);
        assert_eq!(Tree::from_json(json).unwrap(), expected);
        assert_eq!(Tree::from_yaml(yaml).unwrap(), expected);
    }

    #[test]
    fn yaml_has_more_forms_of_scalars_keys_and_aliases() {
        let read = Tree::from_yaml("1: 0x1F\non: yes\nb: &b |\n  two\n  lines\nc: *b\nd: !Ref x\ne: 'it''s'\nf: 007\n");
        let two = text("two\nlines\n");
        let expected = map(vec![
            ("1", bare("0x1F")),
            ("on", text("yes")),
            ("b", two.clone()),
            ("c", two),
            ("d", Tree::Tagged),
            ("e", text("it's")),
            ("f", text("007")),
        ]);
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn documents_may_follow_each_other_in_json() {
        let read = Tree::from_json_documents("{\"a\":1}\n{\"b\":2}{\"c\":3}\n").unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(Tree::from_json_documents("{\"a\":1}\n{\"b\" 2}"), Err(FormatError::Malformed { line: 2 }));
        assert!(Tree::from_json("{\"a\":1}\n{\"b\":2}").is_err());
    }

    #[test]
    fn what_is_wrong_has_its_line_and_no_content() {
        let nested = "{\"a\": 1,\n\"b\":\n{\"c\": 1,\n\"c\": 2}}";
        assert_eq!(Tree::from_json(nested), Err(FormatError::Malformed { line: 4 }));
        assert_eq!(Tree::from_json("[\n1,\n{\"a\":}]"), Err(FormatError::Malformed { line: 3 }));
        for twice in ["a: x\na: y\n", "o: {a: x, a: y}\n"] {
            assert!(matches!(Tree::from_yaml(twice), Err(FormatError::Malformed { .. })), "{twice}");
        }
        assert!(!format!("{:?}", Tree::from_json(r#"{"a":"hunter2"}"#).unwrap()).contains("hunter2"));
    }

    #[test]
    fn bombs_end_soon() {
        let level = |level: usize| format!("b{level}: &b{level}\n{}", format!("  - *b{}\n", level - 1).repeat(10));
        let aliases = String::from("b0: &b0 x\n") + &(1..30).map(level).collect::<String>();
        let large = format!("a: &a {}\nl: [{}]\n", "x".repeat(1 << 20), "*a,".repeat(100));
        let cycle = "a: &a [*a]\n".to_owned();
        let deep = format!("a: {}", "[".repeat(100_000));
        for bomb in [aliases, large, cycle, deep] {
            assert!(Tree::from_yaml(&bomb).is_err(), "{}", &bomb[..10]);
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        assert_eq!(Tree::from_json(&deep), Err(FormatError::TooDeep { line: 1 }));
        let wide = format!("[{}1]", "1,".repeat(caps::IMPORT_NODES));
        assert!(matches!(Tree::from_json(&wide), Err(FormatError::TooLarge { .. })));
    }

    #[test]
    fn a_map_is_smaller_and_json_or_yaml_by_its_beginning() {
        assert_eq!(Tree::from_map(" {\"a\": [1]}").unwrap(), Tree::from_map("a: [1]").unwrap());
        assert!(Tree::from_map("{a: 1}").is_err(), "it begins like JSON");
        let wide = "- a\n".repeat(caps::FOREIGN_NODES + 1);
        assert!(Tree::from_map(&wide).is_err() && Tree::from_yaml(&wide).is_ok());
        let many = "#".repeat(caps::FOREIGN_MAP + 1);
        assert_eq!(Tree::from_map(&many), Err(FormatError::TooLarge { cap: caps::FOREIGN_MAP as u64 }));
    }
}
