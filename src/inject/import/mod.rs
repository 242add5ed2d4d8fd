//! Values in files of other tools, as names below a path and values. Messages name places, never content.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::dotenv::{self, DotenvError};
use crate::model::value::SecretValue;

/// A parameter has fifteen levels; a document that nests deeper names none.
const LEVELS: usize = 16;

/// One value of a file.
#[derive(Debug)]
pub struct Item {
    /// The name below the path that it will be put under: `DB_PASSWORD`, `db/password`.
    pub name: String,
    /// The value, or why there is none.
    pub value: Result<SecretValue, ItemError>,
}

/// A place in a document that holds no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// A list.
    #[error("a list is no value; put it as the JSON text that it is, with `vault param put`")]
    List,
    /// `null`.
    #[error("null is no value")]
    Null,
    /// More levels than a name has.
    #[error("it is nested deeper than a parameter's name can be")]
    TooDeep,
}

/// What is wrong with a whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A dotenv file.
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    /// A JSON file.
    #[error("line {line}: it is no JSON object, or a key of it occurs twice")]
    Json {
        /// The line, from 1.
        line: usize,
    },
}

/// Reads a dotenv file. Nothing is expanded.
pub fn from_dotenv(text: &str) -> Result<Vec<Item>, ImportError> {
    let item = |line: dotenv::Line| {
        let value = SecretValue::from_text(line.value.as_str().to_owned());
        Item { name: line.variable.to_string(), value: Ok(value) }
    };
    Ok(dotenv::read(text)?.into_iter().map(item).collect())
}

/// Reads a JSON object. Objects in it become levels of names; numbers and truth values become their text.
pub fn from_json(text: &str) -> Result<Vec<Item>, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut items = Vec::new();
    members(text, Above { name: "", level: 1, line: 1 }, &mut items)?;
    Ok(items)
}

/// What is above an object: the beginning of its names, its level, and the line where it begins.
#[derive(Clone, Copy)]
struct Above<'a> {
    name: &'a str,
    level: usize,
    line: usize,
}

fn members(text: &str, above: Above<'_>, items: &mut Vec<Item>) -> Result<(), ImportError> {
    let read = serde_json::from_str::<Members<'_>>(text);
    let Members(members) = read.map_err(|error| ImportError::Json { line: above.line + error.line().max(1) - 1 })?;
    let (mut line, mut seen) = (above.line, 0);
    for (key, raw) in members {
        // The member is a part of the text, so that its place in it can be told.
        let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
        line += text[seen..start].matches('\n').count();
        seen = start;
        let name = format!("{}{key}", above.name);
        let value = match raw.get().as_bytes().first() {
            Some(b'{') if above.level >= LEVELS => Err(ItemError::TooDeep),
            Some(b'{') => {
                let name = format!("{name}/");
                self::members(raw.get(), Above { name: &name, level: above.level + 1, line }, items)?;
                continue;
            }
            Some(b'[') => Err(ItemError::List),
            Some(b'n') => Err(ItemError::Null),
            _ => Ok(bare(raw)),
        };
        items.push(Item { name, value });
    }
    Ok(())
}

fn bare(raw: &RawValue) -> SecretValue {
    let text = serde_json::from_str::<String>(raw.get());
    SecretValue::from_text(text.unwrap_or_else(|_| raw.get().to_owned()))
}

/// The members of an object as they stand, each key once.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut members, mut seen) = (Vec::new(), std::collections::HashSet::new());
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom("a key occurs twice"));
                    }
                    members.push((key, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Reader).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(items: &[Item]) -> Vec<String> {
        let value = |item: &Item| match &item.value {
            Ok(value) => value.reveal_text().unwrap().to_owned(),
            Err(error) => format!("! {error:?}"),
        };
        items.iter().map(|item| format!("{}={}", item.name, value(item))).collect()
    }

    #[test]
    fn objects_become_levels() {
        let text = r#"{"db":{"password":"a\"b","port":5432},"on":true,"list":[1],"none":null}"#;
        let items = from_json(text).unwrap();
        assert_eq!(shown(&items), ["db/password=a\"b", "db/port=5432", "on=true", "list=! List", "none=! Null"]);
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        assert_eq!(from_json(&deep).unwrap()[0].value.as_ref().unwrap_err(), &ItemError::TooDeep);
    }

    #[test]
    fn what_is_no_object_is_an_error_with_its_line() {
        for text in ["[]", "\"x\"", "", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":2}}"] {
            assert_eq!(from_json(text).unwrap_err(), ImportError::Json { line: 1 }, "{text}");
        }
    }

    #[test]
    fn a_nested_mistake_has_the_line_of_the_file() {
        let nested = "{\"a\": 1,\n\"b\":\n{\"c\": 1,\n\"c\": 2}}";
        assert_eq!(from_json(nested).unwrap_err(), ImportError::Json { line: 4 });
    }

    #[test]
    fn dotenv_values_are_not_expanded() {
        assert_eq!(shown(&from_dotenv("export A=\"${B}\"\r\nB='x'\r\n").unwrap()), ["A=${B}", "B=x"]);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(export |[A-C]|=|['\"`\\\\#\n\r ${}:,]|é){0,24}") {
            let _ = from_json(&text);
            let _ = from_dotenv(&text);
        }
    }
}
