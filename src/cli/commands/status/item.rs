//! One thing that needs a person, and how soon.

use serde::Serialize;

use crate::cli::error::CliError;

/// One thing that needs a person, or that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Item {
    pub(crate) urgency: Urgency,
    /// What it is, with the command that settles it.
    pub(crate) message: String,
    /// That command alone, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
}

/// How soon it needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Urgency {
    /// Something is wrong, or overdue.
    Now,
    /// Something will be wrong.
    Soon,
    /// Nothing is wrong: `--check` does not count it.
    Know,
}

impl Item {
    pub(crate) fn now(message: impl Into<String>) -> Self {
        Item { urgency: Urgency::Now, message: message.into(), command: None }
    }

    pub(crate) fn soon(message: impl Into<String>) -> Self {
        Item { urgency: Urgency::Soon, ..Item::now(message) }
    }

    pub(crate) fn know(message: impl Into<String>) -> Self {
        Item { urgency: Urgency::Know, ..Item::now(message) }
    }

    /// What could not be found out.
    pub(crate) fn failed(error: impl Into<CliError>) -> Self {
        Item::now(error.into().with_hints())
    }

    /// Whether it is more than something to know.
    pub(crate) fn needs_attention(&self) -> bool {
        self.urgency != Urgency::Know
    }

    /// The same, with the command in its message.
    pub(crate) fn by(self, command: impl Into<String>) -> Self {
        Item { command: Some(command.into()), ..self }
    }

    /// The same, with the command that settles it at the end of its message.
    pub(crate) fn settled_by(self, command: impl Into<String>) -> Self {
        let command = command.into();
        Item { message: format!("{}: `{command}`", self.message), ..self }.by(command)
    }
}

/// So many items of a kind at most, and one that says how many more there are.
pub(super) fn at_most(most: usize, mut items: Vec<Item>, others: impl Fn(usize) -> Item) -> Vec<Item> {
    let more = items.len().saturating_sub(most);
    items.truncate(most);
    items.extend((more > 0).then(|| others(more)));
    items
}

impl Urgency {
    /// Every one, the most urgent first, with its heading.
    pub(crate) const ALL: [(Urgency, &'static str); 3] =
        [(Urgency::Now, "now"), (Urgency::Soon, "soon"), (Urgency::Know, "to know")];
}
