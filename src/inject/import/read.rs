//! Reading a file of a known format.

use super::error::{ImportError, of_json};
use super::format::Format;
use super::item::{Item, Source, item};
use super::sops::OpenDataKey;
use super::{aws, delimited, names, properties, sops, tfvars};
use crate::inject::dotenv;
use crate::inject::foreign::documents::second_document;
use crate::inject::foreign::text::unmarked;
use crate::inject::foreign::tree::Tree;

/// Reads a file. `name` is the file's own name, for a format that names its one value after the file.
pub fn read(format: Format, name: &str, text: &str, open: &mut OpenDataKey<'_>) -> Result<Source, ImportError> {
    let text = unmarked(text);
    if text.trim().is_empty() {
        return Ok(Source::default());
    }
    Ok(match format {
        Format::Dotenv => flat(from_dotenv(text)?),
        Format::Json => flat(names::of(json(text)?)?),
        Format::Yaml => flat(from_yaml(text)?),
        Format::Properties => flat(properties::read(text)?),
        Format::Csv => flat(delimited::csv(text)?),
        Format::Tsv => flat(delimited::tsv(text)?),
        Format::Tfvars => flat(tfvars::read(text)?),
        Format::Aws => aws::read(text)?,
        Format::Sops => flat(sops::read(name, text, open)?),
    })
}

fn flat(items: Vec<Item>) -> Source {
    Source { items, ..Source::default() }
}

fn from_dotenv(text: &str) -> Result<Vec<Item>, ImportError> {
    let item = |mut line: dotenv::Line| item(line.variable.to_string(), std::mem::take(&mut line.value));
    Ok(dotenv::read(text)?.into_iter().map(item).collect())
}

fn from_yaml(text: &str) -> Result<Vec<Item>, ImportError> {
    if has_only_comments(text) {
        return Ok(Vec::new());
    }
    let tree = Tree::from_yaml(text).map_err(|error| match second_document(text) {
        Some(line) => ImportError::SecondDocument { line },
        None => error.into(),
    })?;
    names::of(tree)
}

fn has_only_comments(yaml: &str) -> bool {
    let mut lines = yaml.lines().map(|line| line.split_once(" #").map_or(line, |(before, _)| before).trim());
    lines.all(|line| line.starts_with('#') || ["", "---", "..."].contains(&line))
}

fn json(text: &str) -> Result<Tree, ImportError> {
    Tree::from_json(text).map_err(of_json)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::format::recognise;
    use super::super::sample::read;
    use super::*;

    #[test]
    fn objects_become_levels() {
        let text = r#"{"db":{"password":"a\"b","port":5432},"on":true,"list":[1],"none":null,"map":{}}"#;
        let expected = ["db/password=a\"b", "db/port=5432", "on=true", "list=! List", "none=! Null", "map=! EmptyMap"];
        assert_eq!(read(Format::Json, text).unwrap(), expected);
        let yaml = "db: {password: 'a\"b', port: 5432}\non: true\nlist: [1]\nnone: ~\nmap: {}\n";
        assert_eq!(read(Format::Yaml, yaml).unwrap(), expected);
        let more = read(Format::Yaml, "base: &b {x: 1.10}\nuse: *b\nmerged:\n  <<: *b\nt: !Ref x\n").unwrap();
        assert_eq!(more, ["base/x=1.10", "use/x=1.10", "merged/<<=! Merge", "t=! Tagged"]);
    }

    #[test]
    fn what_is_no_map_is_an_error_with_its_line() {
        for text in ["[]", "\"x\""] {
            assert_eq!(read(Format::Json, text).unwrap_err(), ImportError::NoMap, "{text}");
        }
        for text in ["{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"a\":1}{\"b\":2}"] {
            assert_eq!(read(Format::Json, text).unwrap_err(), ImportError::Json { line: 1 }, "{text}");
        }
        assert_eq!(read(Format::Yaml, "- a\n").unwrap_err(), ImportError::NoMap);
        for (text, line) in [("a: 1\n---\nb: 2\n", 2), ("# x\n---\na: 1\n--- # y\nb: 2\n", 4)] {
            assert_eq!(read(Format::Yaml, text).unwrap_err(), ImportError::SecondDocument { line }, "{text}");
        }
        assert!(matches!(read(Format::Yaml, "a: 1\na: 2\n").unwrap_err(), ImportError::Yaml { .. }));
    }

    #[test]
    fn a_file_without_anything_is_no_error() {
        for format in Format::ALL {
            assert!(read(format, "\u{feff}\n \n").unwrap().is_empty(), "{format:?}");
        }
        for text in ["# a comment\n", "---\n", "--- # x\n...\n"] {
            assert!(read(Format::Yaml, text).unwrap().is_empty(), "{text}");
        }
    }

    #[test]
    fn dotenv_values_are_not_expanded() {
        assert_eq!(read(Format::Dotenv, "A=\"${B}\"\r\nB='x'\r\n").unwrap(), ["A=${B}", "B=x"]);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(export |[A-C]|=|['\"`\\\\#\n\r\t ${}:,\\[\\]&*!]|é|---|ENC|sops){0,24}") {
            for format in Format::ALL {
                let _ = super::read(format, "file", &text, &mut |_| None);
            }
            let _ = recognise("file", &text);
        }
    }
}
