//! Reading a file of a known format.

use super::error::{ImportError, of_json};
use super::format::Format;
use super::item::{Item, Source, item};
use super::sops::OpenDataKey;
use super::{aws, delimited, names, properties, sops, tfvars};
use crate::inject::dotenv;
use crate::inject::foreign::tree::Tree;

/// Reads a file. `name` is the file's own name, for a format that names its one value after the file.
pub fn read(format: Format, name: &str, text: &str, open: &mut OpenDataKey<'_>) -> Result<Source, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(match format {
        Format::Dotenv => flat(from_dotenv(text)?),
        Format::Json => flat(names::of(json(text)?)?),
        Format::Yaml => flat(names::of(Tree::from_yaml(text)?)?),
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
        for text in ["", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"a\":1}{\"b\":2}"] {
            assert_eq!(read(Format::Json, text).unwrap_err(), ImportError::Json { line: 1 }, "{text}");
        }
        assert_eq!(read(Format::Yaml, "- a\n").unwrap_err(), ImportError::NoMap);
        assert!(matches!(read(Format::Yaml, "a: 1\n---\nb: 2\n").unwrap_err(), ImportError::Yaml { .. }));
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
