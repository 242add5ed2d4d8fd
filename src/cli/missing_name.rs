//! A command line that lacks only its NAME: on a terminal, the user picks one.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use super::cli::{Cli, command_words};
use super::global::Global;
use super::input::pick::{Offer, Picked};

/// What is known of such a command line.
pub(super) struct MissingName {
    pub(super) global: Global,
    /// The words of its command.
    pub(super) command: String,
    /// The names that fit.
    pub(super) offer: Offer,
}

/// The short forms, which take both kinds of names.
const SHORT: [&str; 5] = ["get", "show", "history", "edit", "rm"];
/// The commands for new names.
const CREATING: [&str; 2] = ["param put", "secret create"];

impl MissingName {
    /// Whether that is what is wrong with the command line.
    pub(super) fn of(error: &clap::Error, words: &[OsString]) -> Option<Self> {
        let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return None };
        let is_name = matches!(missing.as_slice(), [one] if one.starts_with("<NAME"));
        if error.kind() != ErrorKind::MissingRequiredArgument || !is_name {
            return None;
        }
        let matches = Cli::command().ignore_errors(true).try_get_matches_from(words).ok()?;
        let command = command_words(&matches);
        let offer = match command.split_once(' ') {
            _ if CREATING.contains(&command.as_str()) => return None,
            Some(("param", _)) => Offer::Parameters,
            Some(("secret", _)) => Offer::Secrets,
            None if SHORT.contains(&command.as_str()) => Offer::Both,
            _ => return None,
        };
        Some(MissingName { global: Global::from_arg_matches(&matches).ok()?, command, offer })
    }

    /// What to type instead.
    pub(super) fn instead(&self) -> String {
        format!("`vault {} NAME`", self.command)
    }
}

/// The command line with the name.
pub(super) fn with_name(words: &[OsString], picked: &Picked) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (before, after) = words.split_at(end);
    let after = if after.is_empty() { &[OsString::from("--")][..] } else { after };
    [before, after, &[picked.name().into()]].concat()
}
