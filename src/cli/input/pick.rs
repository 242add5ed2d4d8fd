//! A name that the user picks on the terminal, from a list that shows what is known of each, never a value.

use std::collections::HashMap;
use std::fs::File;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::time;
use crate::cli::terminal::page::Format;
use crate::cli::terminal::prompt::PromptError;
use crate::cli::terminal::{Question, escape, picker};
use crate::engine::Vault;
use crate::machine::audit::{Logs, recent};
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Parameters,
    Secrets,
    Both,
}

/// What was picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picked {
    Parameter(ParameterName),
    Secret(SecretName),
}

impl Picked {
    pub(crate) fn name(&self) -> &str {
        match self {
            Picked::Parameter(name) => name.as_str(),
            Picked::Secret(name) => name.as_str(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Picked::Parameter(_) => Kind::Parameter,
            Picked::Secret(_) => Kind::Secret,
        }
    }

    /// Its line in the list: with what it is, if another one has the same name.
    fn line(&self, all: &[Picked]) -> String {
        let alike =
            all.iter().filter(|other| other.name().trim_start_matches('/') == self.name().trim_start_matches('/'));
        if alike.count() > 1 { format!("{} ({})", self.name(), self.kind().as_str()) } else { self.name().to_owned() }
    }
}

/// Lets the user pick a name. `instead` is what to type where that is not possible, such as "`vault param get NAME`".
pub(crate) fn pick(offer: Offer, typed: &str, instead: &str, context: &mut Context) -> CliResult<Picked> {
    let question = Question { text: "", what: "a name", flag: instead };
    let terminal = terminal(question, context)?;
    let vault = context.open_vault()?;
    let mut all: Vec<Picked> = Vec::new();
    if offer != Offer::Secrets {
        all.extend(vault.names::<Parameter>()?.found.into_iter().map(Picked::Parameter));
    }
    if offer != Offer::Parameters {
        all.extend(vault.names::<Secret>()?.found.into_iter().map(Picked::Secret));
    }
    if all.is_empty() {
        vault.finish(context);
        return Err(CliError::NothingToPick);
    }
    recent_first(&mut all, &recent(&Logs::of(vault.state())));
    let picked = chosen(&terminal, all, typed, &vault, context);
    vault.finish(context);
    picked
}

/// Lets the user pick what they meant by a name that may be several things.
pub(crate) fn among(all: Vec<Picked>, vault: &Vault<'_>, context: &Context) -> CliResult<Picked> {
    let terminal = terminal(Question { text: "", what: "a name", flag: "the whole name" }, context)?;
    chosen(&terminal, all, "", vault, context)
}

fn chosen(
    terminal: &File,
    mut all: Vec<Picked>,
    typed: &str,
    vault: &Vault<'_>,
    context: &Context,
) -> CliResult<Picked> {
    let lines: Vec<String> = all.iter().map(|picked| picked.line(&all)).collect();
    let mut details = |place: usize| details(&all[place], vault, context.now);
    let place = picker::pick(terminal, &lines, typed, &mut details).map_err(PromptError::from)?;
    place.map(|place| all.swap_remove(place)).ok_or(CliError::Declined("nothing was picked"))
}

/// What was used last on this machine comes first, everything else as it was.
fn recent_first(all: &mut [Picked], recent: &[(String, String)]) {
    let places = recent.iter().enumerate().map(|(place, (kind, name))| ((kind.as_str(), name.as_str()), place));
    let places: HashMap<(&str, &str), usize> = places.collect();
    all.sort_by_key(|picked| places.get(&(picked.kind().as_str(), picked.name())).copied().unwrap_or(usize::MAX));
}

/// Whether a name can be picked here.
pub(crate) fn is_possible(context: &Context) -> bool {
    context.prompter.is_attended() && terminal(Question { text: "", what: "", flag: "" }, context).is_ok()
}

/// Whether somebody who gave a name that may be several things can say which one. Where the output is for a program, an error says it.
pub(crate) fn is_asked(context: &Context) -> bool {
    context.ui.is_terminal() && context.ui.settings().format == Format::Text && is_possible(context)
}

/// A terminal that can move its cursor.
fn terminal(question: Question<'_>, context: &Context) -> Result<File, PromptError> {
    let terminal = context.prompter.terminal(question)?;
    if env::set("TERM").is_none_or(|kind| kind == "dumb") { Err(question.unanswered()) } else { Ok(terminal) }
}

fn details(picked: &Picked, vault: &Vault<'_>, now: Timestamp) -> Vec<String> {
    let lines = match picked {
        Picked::Parameter(name) => {
            vault.find::<Parameter>(name).map(|found| found.map(|found| of_parameter(&found, now)))
        }
        Picked::Secret(name) => vault.find::<Secret>(name).map(|found| found.map(|found| of_secret(&found, now))),
    };
    let mut lines = lines.unwrap_or_else(|error| Some(vec![error.to_string()])).unwrap_or_default();
    lines.push(readers(picked, vault));
    lines.iter().filter(|line| !line.is_empty()).map(|line| escape::line(line)).collect()
}

/// Who may read it: the readers of the key that governs its name.
fn readers(picked: &Picked, vault: &Vault<'_>) -> String {
    let trust = vault.trust();
    let rule = trust.key_for(picked.kind(), picked.name());
    let key = rule.and_then(|rule| vault.key(&rule.name).ok());
    key.map(|key| list("read by", key.readers.iter())).unwrap_or_default()
}

fn of_parameter(parameter: &Parameter, now: Timestamp) -> Vec<String> {
    let Some(version) = parameter.latest() else { return Vec::new() };
    let (kind, age) = (version.parameter_type().as_str(), time::relative(version.created, now));
    let expires = parameter.expires().map(|at| time::relative(at, now));
    let first = format!("{kind}, version {}, {age} by {}", version.number, version.by);
    let labels = list("labels", parameter.versions.iter().flat_map(|version| &version.labels));
    let expiration = expires.map(|when| format!("expires {when}")).unwrap_or_default();
    vec![first, joined(&[labels, tags(&parameter.tags), expiration]), version.settings.description.clone()]
}

fn of_secret(secret: &Secret, now: Timestamp) -> Vec<String> {
    let version = secret.select(None, None).ok();
    let age = version.map_or("no value yet".to_owned(), |version| {
        format!("{} by {}", time::relative(version.created, now), version.by)
    });
    let count = secret.versions.len();
    let first = format!("secret, {age}, {count} version{}", if count == 1 { "" } else { "s" });
    let deletion = secret.delete_after.map(|due| format!("marked for deletion, {}", time::relative(due, now)));
    vec![
        first,
        joined(&[deletion.unwrap_or_default(), rotation(secret, now), tags(&secret.tags)]),
        secret.description.clone(),
    ]
}

fn rotation(secret: &Secret, now: Timestamp) -> String {
    let Some(rotation) = &secret.rotation else { return "no rotation".to_owned() };
    let when = rotation.rules().map(|rules| format!("rotation {}", rules.schedule()));
    let next = rotation.next().map(|due| format!(", due {}", time::relative(due, now)));
    format!("{}{}", when.unwrap_or_else(|| "rotation only manually".to_owned()), next.unwrap_or_default())
}

fn tags(tags: &std::collections::BTreeMap<String, String>) -> String {
    list("tags", tags.iter().map(|(key, value)| format!("{key}={value}")))
}

fn list(word: &str, items: impl Iterator<Item = impl ToString>) -> String {
    let all: Vec<String> = items.map(|item| item.to_string()).collect();
    if all.is_empty() { String::new() } else { format!("{word} {}", all.join(" ")) }
}

fn joined(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
}
