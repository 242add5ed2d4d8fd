//! Variables as text for other programs: one serializer for each target.
//!
//! A serializer writes what its reader turns back into exactly the same bytes, or refuses. It never changes a value to make
//! it fit.

mod docker;
mod dotenv;
mod github;
mod hcl;
mod json;
mod powershell;
mod properties;
mod shell;
mod systemd;
mod toml;
mod yaml;

use zeroize::Zeroizing;

use super::variable::Variable;
use crate::model::value::SecretValue;

/// What reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Libraries that read `.env` files; what they read alike.
    Dotenv,
    /// POSIX shells, bash, zsh.
    Shell,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
    /// One JSON object.
    Json,
    /// One YAML mapping.
    Yaml,
    /// TOML keys.
    Toml,
    /// `docker run --env-file`.
    Docker,
    /// `EnvironmentFile=` of systemd.
    Systemd,
    /// The file that `$GITHUB_ENV` names.
    Github,
    /// Terraform variables.
    Tfvars,
    /// Java properties.
    Properties,
}

/// Why a value cannot be written for a target. It has no part of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct SerializeError {
    /// The variable.
    pub variable: Variable,
    /// What the target cannot take.
    pub reason: Refusal,
}

/// What a target cannot take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Bytes in a text format.
    #[error("the value is not UTF-8 text, and this format is")]
    NotText,
    /// A NUL byte.
    #[error("the value has a NUL byte, which no variable can hold")]
    Nul,
    /// A line break.
    #[error("the value has a line break, and this format has one line for each variable")]
    LineBreak,
    /// A control character.
    #[error("the value has control characters that the reader of this format drops")]
    Control,
    /// Quotes or backslashes that readers treat differently.
    #[error("the value has quotes or backslashes that the readers of dotenv files do not read alike")]
    Quotes,
    /// `${`.
    #[error("the value has `${{`, which some readers of dotenv files expand whatever the quotes are")]
    Expansion,
    /// A line that is too long.
    #[error("the value is longer than the reader's line")]
    TooLong,
    /// A name the reader treats in another way.
    #[error("the reader refuses or obeys a variable of this name")]
    Name,
}

type Pieces<'a> = &'a mut dyn FnMut(&[u8]);

/// Writes the variables in their order. `random` gives an unforeseeable word for formats that need a delimiter.
pub fn serialize(
    format: Format,
    variables: &[(&Variable, &SecretValue)],
    random: &mut dyn FnMut() -> String,
) -> Result<Zeroizing<Vec<u8>>, Vec<SerializeError>> {
    let (mut pieces, mut refused) = (Vec::new(), Vec::new());
    for (variable, value) in variables {
        let mut own = Vec::new();
        let mut push = |piece: &[u8]| own.push(Zeroizing::new(piece.to_vec()));
        match one(format, variable.as_str(), value.reveal(), random, &mut push) {
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
    let length = pieces.iter().flatten().map(|piece| piece.len()).sum::<usize>() + pieces.len() + 8;
    let mut whole = Zeroizing::new(Vec::with_capacity(length));
    whole.extend_from_slice(before);
    for (number, own) in pieces.iter().enumerate() {
        whole.extend_from_slice(if number == 0 { b"" } else { between });
        own.iter().for_each(|piece| whole.extend_from_slice(piece));
    }
    whole.extend_from_slice(after);
    Ok(whole)
}

fn one(
    format: Format,
    name: &str,
    bytes: &[u8],
    random: &mut dyn FnMut() -> String,
    push: Pieces<'_>,
) -> Result<(), Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotText);
    match format {
        Format::Json => json::write(name, text?, push),
        Format::Yaml => yaml::write(name, text?, push),
        Format::Toml => toml::write(name, text?, push),
        Format::Tfvars => hcl::write(name, text?, push),
        Format::Properties => properties::write(name, text?, push),
        _ if bytes.contains(&0) => return Err(Refusal::Nul),
        Format::Shell => shell::posix(name, bytes, push),
        Format::Fish => shell::fish(name, bytes, push),
        Format::Powershell => powershell::write(name, text?, push),
        Format::Dotenv => return dotenv::write(name, text?, push),
        Format::Docker => return docker::write(name, text?, push),
        Format::Systemd => return systemd::write(name, text?, push),
        Format::Github => return github::write(name, text?, random, push),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
