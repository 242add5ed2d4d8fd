//! Rendering a template.

use zeroize::Zeroizing;

use super::tracker::{Mismatch, Tracker};
use super::{json, yaml};
use crate::model::template::{Part, Template};
use crate::model::value::SecretValue;

/// What a template is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Anything: values are inserted unchanged.
    Raw,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Renders a template. `values` are those of its references, in order; each value that does not fit is reported with
/// its index.
pub fn fill(
    template: &Template<'_>,
    values: &[&SecretValue],
    syntax: Syntax,
) -> Result<Zeroizing<Vec<u8>>, Vec<(usize, Mismatch)>> {
    let mut tracker: Option<Box<dyn Tracker>> = match syntax {
        Syntax::Raw => None,
        Syntax::Json => Some(Box::new(json::Json::default())),
        Syntax::Yaml => Some(Box::new(yaml::Yaml::default())),
    };
    let (mut pieces, mut misfits) = (Vec::new(), Vec::new());
    let mut number = 0;
    for (index, part) in template.parts().iter().enumerate() {
        match (part, &mut tracker) {
            (Part::Text(text), tracker) => {
                if let Some(tracker) = tracker {
                    tracker.text(text);
                }
                pieces.push(Zeroizing::new(text.as_bytes().to_vec()));
            }
            (Part::Reference(_), tracker) => {
                let bytes = values.get(number).map_or(&[][..], |value| value.reveal());
                let next = following(&template.parts()[index + 1..]);
                match tracker {
                    None => pieces.push(Zeroizing::new(bytes.to_vec())),
                    Some(tracker) => match text(bytes).and_then(|value| tracker.fit(value, next)) {
                        Ok(fitted) => pieces.push(Zeroizing::new(fitted.as_bytes().to_vec())),
                        Err(misfit) => misfits.push((number, misfit)),
                    },
                }
                number += 1;
            }
        }
    }
    let whole = || pieces.iter().map(|piece| piece.as_slice()).collect::<Vec<_>>().concat();
    if misfits.is_empty() { Ok(Zeroizing::new(whole())) } else { Err(misfits) }
}

/// The text right behind a reference; another reference counts as text that cannot end a scalar.
fn following<'a>(rest: &[Part<'a>]) -> &'a str {
    match rest.first() {
        None => "",
        Some(Part::Text(text)) => text,
        Some(Part::Reference(_)) => "{",
    }
}

fn text(bytes: &[u8]) -> Result<&str, Mismatch> {
    std::str::from_utf8(bytes).map_err(|_| Mismatch::NotText)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str, value: &str, syntax: Syntax) -> Result<String, Mismatch> {
        let template = Template::parse(text).unwrap();
        let value = SecretValue::from_text(value.to_owned());
        let values: Vec<&SecretValue> = template.references().map(|_| &value).collect();
        let bytes = fill(&template, &values, syntax).map_err(|misfits| misfits[0].1)?;
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn json(text: &str, value: &str) -> Result<serde_json::Value, Mismatch> {
        Ok(serde_json::from_str(&filled(text, value, Syntax::Json)?).unwrap())
    }

    fn yaml(text: &str, value: &str) -> Result<serde_yaml::Value, Mismatch> {
        Ok(serde_yaml::from_str(&filled(text, value, Syntax::Yaml)?).unwrap())
    }

    const HOSTILE: &str = "a\"b\\c\nd'e: #f {g}\t\u{1}ü";

    #[test]
    fn a_raw_template_takes_values_as_they_are() {
        assert_eq!(filled("x={{resolve:ssm:/a}};", HOSTILE, Syntax::Raw).unwrap(), format!("x={HOSTILE};"));
    }

    #[test]
    fn json_strings_are_escaped_and_bare_places_take_json_only() {
        assert_eq!(json(r#"{"a":"x\"{{resolve:ssm:/a}}"}"#, HOSTILE).unwrap()["a"], format!("x\"{HOSTILE}"));
        assert_eq!(json(r#"{"a":{{resolve:ssm:/a}}}"#, "5432").unwrap()["a"], 5432);
        assert_eq!(json(r#"{"a":{{resolve:ssm:/a}}}"#, "1, \"b\": 2"), Err(Mismatch::NotJson));
        assert_eq!(json(r#"{"a":{{resolve:ssm:/a}}}"#, "word"), Err(Mismatch::NotJson));
    }

    #[test]
    fn a_long_line_takes_time_in_proportion() {
        let spaces = " ".repeat(1 << 20);
        for template in [format!("a: |\n{spaces}x\n"), format!("a: x{spaces}\n"), format!("a: |\n {spaces}{spaces}\n")]
        {
            assert_eq!(filled(&template, "", Syntax::Yaml).unwrap(), template);
        }
    }

    #[test]
    fn yaml_scalars_of_every_style_stay_what_they_are() {
        let a = |text: &str, value: &str| yaml(text, value).map(|read| read["a"].as_str().unwrap_or("?").to_owned());
        assert_eq!(a("a: \"x{{resolve:ssm:/a}}\"", HOSTILE).unwrap(), format!("x{HOSTILE}"));
        assert_eq!(a("a: {{resolve:ssm:/a}}\n", HOSTILE).unwrap(), HOSTILE);
        assert_eq!(a("a: {{resolve:ssm:/a}} # why\n", "- x").unwrap(), "- x");
        assert_eq!(a("a: 'x{{resolve:ssm:/a}}'", "it's '' # fine: yes'").unwrap(), "xit's '' # fine: yes'");
        assert_eq!(a("a: 'x{{resolve:ssm:/a}}'", "a\nb"), Err(Mismatch::NeedsEscapes));
        assert_eq!(a("a: pg://u:{{resolve:ssm:/a}}@h", "s3cret").unwrap(), "pg://u:s3cret@h");
        assert_eq!(a("a: pg://u:{{resolve:ssm:/a}}@h", "s3: cret"), Err(Mismatch::NeedsQuotes));
        let pem = "-----BEGIN\nQUJD\n-----END";
        assert_eq!(a("b:\n  - x\na: |\n  {{resolve:ssm:/a}}\nc: 1\n", pem).unwrap(), format!("{pem}\n"));
        assert_eq!(a("a: >-\n  x {{resolve:ssm:/a}}\n", "a\nb"), Err(Mismatch::NeedsEscapes));
        assert_eq!(yaml("a: [x, {{resolve:ssm:/a}}]", HOSTILE).unwrap()["a"][1], HOSTILE);
        assert_eq!(yaml("a: {{resolve:ssm:/a}}\n", "5432").unwrap()["a"], 5432);
        assert_eq!(yaml("# {{resolve:ssm:/a}}\na: b\n", "x\nevil: 1"), Err(Mismatch::NeedsEscapes));
        assert_eq!(yaml("it's: {{resolve:ssm:/a}}\nx: \"#\" # '\ny: {{resolve:ssm:/a}}\n", "- a").unwrap()["y"], "- a");
    }

    proptest! {
        #[test]
        fn any_text_in_quotes_comes_back(value in "(\\PC|[\0-\u{ff}\"'\\\\#:]){0,20}") {
            let (json, yaml) = (json(r#"["{{resolve:ssm:/a}}"]"#, &value), yaml("- \"{{resolve:ssm:/a}}\"", &value));
            let (json, yaml) = (json.unwrap(), yaml.unwrap());
            prop_assert_eq!(json[0].as_str(), Some(value.as_str()));
            prop_assert_eq!(yaml[0].as_str(), Some(value.as_str()));
        }

        #[test]
        fn a_value_never_adds_to_the_structure(value in "[-a-c:#,\\[\\]{}\"'\n |>&*!%@`\\\\]{1,12}",
            place in 0..5_usize) {
            let text = ["a: {{resolve:ssm:/a}}\nz: 1\n", "a: 'x {{resolve:ssm:/a}}'\nz: 1\n", "a: x{{resolve:ssm:/a}}y\nz: 1\n",
                "a: |-\n  x{{resolve:ssm:/a}}y\nz: 1\n", "{a: {{resolve:ssm:/a}}, z: 1}"][place];
            if let Ok(read) = yaml(text, &value) {
                let map = read.as_mapping().unwrap();
                prop_assert_eq!(map.len(), 2);
                prop_assert!(read["a"].as_str().is_some_and(|read| read.contains(&value)), "{:?} in {}", value, text);
            }
        }
    }
}
