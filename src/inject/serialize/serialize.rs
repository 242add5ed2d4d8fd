//! Writing variables for one of the targets.

use zeroize::Zeroizing;

use super::format::Format;
use super::pieces::Pieces;
use super::refusal::{Refusal, SerializeError};
use super::{docker, dotenv, github, hcl, json, powershell, properties, shell, systemd, toml, yaml};
use crate::inject::variable::Variable;
use crate::model::value::SecretValue;

/// Writes the variables in their order. `random` returns an unpredictable word for formats that need a delimiter.
pub fn serialize(
    format: Format,
    variables: &[(&Variable, &SecretValue)],
    random: &mut dyn FnMut() -> String,
) -> Result<Zeroizing<Vec<u8>>, Vec<SerializeError>> {
    let (mut pieces, mut refused) = (Vec::new(), Vec::new());
    for (variable, value) in variables {
        let mut own = Pieces::default();
        match one(format, variable.as_str(), value.reveal(), random, &mut own) {
            Ok(()) => pieces.push(own),
            Err(reason) => refused.push(SerializeError { variable: (*variable).clone(), reason }),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let (before, between, after): (&[u8], &[u8], &[u8]) = match format {
        Format::Json => (b"{", b",", b"\n}\n"),
        Format::Yaml if pieces.is_empty() => (b"{}\n", b"", b""),
        _ => (b"", b"", b""),
    };
    let mut all = vec![before];
    for (number, own) in pieces.iter().enumerate() {
        all.extend((number > 0).then_some(between).into_iter().chain(own.iter()));
    }
    all.push(after);
    Ok(Zeroizing::new(all.concat()))
}

fn one(
    format: Format,
    name: &str,
    bytes: &[u8],
    random: &mut dyn FnMut() -> String,
    to: &mut Pieces,
) -> Result<(), Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotText);
    match format {
        Format::Json => json::write(name, text?, to),
        Format::Yaml => yaml::write(name, text?, to),
        Format::Toml => toml::write(name, text?, to),
        Format::Tfvars => hcl::write(name, text?, to),
        Format::Properties => properties::write(name, text?, to),
        _ if bytes.contains(&0) => return Err(Refusal::Nul),
        Format::Shell => shell::posix(name, bytes, to),
        Format::Fish => shell::fish(name, bytes, to),
        Format::Powershell => powershell::write(name, text?, to),
        Format::Dotenv => return dotenv::write(name, text?, to),
        Format::Docker => return docker::write(name, text?, to),
        Format::Systemd => return systemd::write(name, text?, to),
        Format::Github => return github::write(name, text?, random, to),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(format: Format, value: &str) -> Result<String, Refusal> {
        let (variable, value) = ("NAME".parse().unwrap(), SecretValue::from_text(value.to_owned()));
        let mut count = 0;
        let mut random = || {
            count += 1;
            format!("word{count}")
        };
        let text = serialize(format, &[(&variable, &value)], &mut random).map_err(|refused| refused[0].reason)?;
        Ok(String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn what_a_target_cannot_hold_is_refused() {
        for (format, value, reason) in [
            (Format::Docker, "a\nb", Refusal::LineBreak),
            (Format::Docker, "a\r", Refusal::LineBreak),
            (Format::Systemd, "a\u{1b}[0m", Refusal::Control),
            (Format::Dotenv, "a${HOME}", Refusal::Expansion),
            (Format::Dotenv, "'\"", Refusal::Quotes),
            (Format::Dotenv, "\\\\", Refusal::Quotes),
            (Format::Github, "a\r", Refusal::LineBreak),
            (Format::Shell, "a\0b", Refusal::Nul),
            (Format::Fish, "a\0b", Refusal::Nul),
        ] {
            assert_eq!(written(format, value), Err(reason), "{format:?}");
        }
        assert_eq!(written(Format::Docker, &"x".repeat(65_536)), Err(Refusal::TooLong));
    }

    #[test]
    fn bytes_that_are_no_text_pass_where_they_can() {
        let (variable, value) = ("A".parse().unwrap(), SecretValue::new(Zeroizing::new(b"\xff'".to_vec())));
        let bytes = |format| serialize(format, &[(&variable, &value)], &mut String::new).map(|text| text.to_vec());
        assert_eq!(bytes(Format::Shell).unwrap(), b"export A='\xff'\\'''\n");
        assert_eq!(
            bytes(Format::Json).unwrap_err()[0].to_string(),
            "A: the value is not UTF-8 text, which this format requires"
        );
    }

    #[test]
    fn a_github_value_cannot_end_itself() {
        assert_eq!(written(Format::Github, "a\nword1\nEVIL=1").unwrap(), "NAME<<word2\na\nword1\nEVIL=1\nword2\n");
    }

    #[test]
    fn every_format_has_its_form() {
        for (format, expected) in [
            (Format::Fish, "set -gx NAME 'a\\'b\\\\'\n"),
            (Format::Powershell, "$env:NAME = 'a''b\\'\n"),
            (Format::Systemd, "NAME=\"a'b\\\\\"\n"),
            (Format::Docker, "NAME=a'b\\\n"),
            (Format::Json, "{\n  \"NAME\": \"a'b\\\\\"\n}\n"),
            (Format::Properties, "NAME=a'b\\\\\n"),
        ] {
            assert_eq!(written(format, "a'b\\").unwrap(), expected, "{format:?}");
        }
        assert_eq!(written(Format::Tfvars, "${a}%{b}$c").unwrap(), "NAME = \"\\u0024{a}\\u0025{b}$c\"\n");
        assert_eq!(written(Format::Powershell, "’").unwrap(), "$env:NAME = '’’'\n");
        assert_eq!(written(Format::Properties, "é 😀").unwrap(), "NAME=\\u00e9\\ \\ud83d\\ude00\n");
    }

    proptest! {
        #[test]
        fn json_yaml_and_dotenv_come_back(value in "(\\PC|[\0-\u{a0}'\"\\\\$`\u{2028}]){0,24}") {
            let json: serde_json::Value = serde_json::from_str(&written(Format::Json, &value).unwrap()).unwrap();
            prop_assert_eq!(json["NAME"].as_str(), Some(value.as_str()));
            let yaml: serde_yaml::Value = serde_yaml::from_str(&written(Format::Yaml, &value).unwrap()).unwrap();
            prop_assert_eq!(yaml["NAME"].as_str(), Some(value.as_str()));
            if let Ok(text) = written(Format::Dotenv, &value) {
                let lines = crate::inject::dotenv::read(&text).unwrap();
                prop_assert_eq!(lines[0].value.as_str(), value.as_str());
            }
        }
    }
}
