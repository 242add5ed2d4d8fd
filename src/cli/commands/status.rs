//! `vault status`: which vault this is, who you are, what needs attention.

pub(crate) mod attention;
mod copies;
mod credentials;
mod due;
mod events;
mod item;
mod shares;
mod to_know;

use clap::Args;
use serde::Serialize;

use self::item::{Item, Urgency};
use self::to_know::to_know;
use super::unlock::{self, Unlocked};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::report::fingerprint::words_of_vault;
use crate::cli::report::{anchor, time};
use crate::cli::terminal::ui::Failure;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::{Error, Vault};
use crate::machine::requested;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// Show which vault this is, who you are, and what needs attention
#[derive(Debug, Args)]
#[command(
    long_about = "Show which vault this is, who you are, and what needs attention.\n\n\
        What needs a person is listed by urgency, each with the command that settles it: `now` what is wrong or overdue, `soon` \
        what will be, `to know` what nobody has to act on, such as secrets that nobody reads. One document that cannot be \
        trusted hides nothing else.",
    after_help = "Examples:\n  vault status\n  vault status --check        for monitoring and CI"
)]
pub(crate) struct StatusArgs {
    /// Exit with 8 if anything needs attention now or soon
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReport {
    vault: String,
    label: String,
    directory: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Unlocked>,
    #[serde(rename = "TrustRevision")]
    trust: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    keys: Vec<String>,
    members: Vec<String>,
    parameters: usize,
    secrets: usize,
    /// The messages of the items that need attention.
    attention: Vec<String>,
    /// The most urgent ones first.
    items: Vec<Item>,
}

pub(crate) fn run(args: &StatusArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_to_look()?;
    let mut report = status(&vault, context)?;
    report.items.extend(to_know(&vault, context.now));
    report.agent = unlock::unlocked(context)?;
    vault.end(context);
    context.ui.report(&report)?;
    if args.check && !report.attention.is_empty() { Err(CliError::Reported(Exit::Check)) } else { Ok(()) }
}

/// What needs attention, in one line each, with the command for it.
pub(super) fn attention(vault: &Vault<'_>, context: &Context) -> CliResult<Vec<String>> {
    Ok(status(vault, context)?.attention)
}

fn status(vault: &Vault<'_>, context: &Context) -> CliResult<StatusReport> {
    let now = context.now;
    let (member, mut items) = match member(vault, now) {
        Ok(member) => (Some(member), Vec::new()),
        Err(why) => (None, vec![why]),
    };
    items.extend(self::attention::attention(vault, context));
    let attention = items.iter().filter(|item| item.needs_attention()).map(|item| item.message.clone()).collect();
    items.sort_by_key(|item| item.urgency);
    let trust = vault.trust();
    Ok(StatusReport {
        vault: vault.id().to_string(),
        label: trust.label.clone(),
        directory: vault.path().display().to_string(),
        member,
        agent: None,
        trust: trust.rev,
        anchor: vault.trust_standing().is_complete().then(|| vault.anchor().to_string()),
        keys: trust.keys.iter().map(|key| key.name.to_string()).collect(),
        members: trust.members.iter().map(|member| member.name.to_string()).collect(),
        parameters: vault.names::<Parameter>()?.found.len(),
        secrets: vault.names::<Secret>()?.found.len(),
        attention,
        items,
    })
}

/// The member of the identity, or why it is not known.
fn member(vault: &Vault<'_>, now: Timestamp) -> Result<String, Item> {
    let member = vault.whoami().map(|member| member.name.to_string());
    if member.is_ok() {
        requested::forget(vault.state());
    }
    member.map_err(|error| match error {
        Error::NotAMember => not_yet(vault, now),
        // A passphrase that nobody was asked for is nothing wrong.
        Error::Unlock(error) => match CliError::from(Error::Unlock(error)) {
            locked if locked.exit() == Exit::Input => Item::know("your identity is locked").settled_by("vault unlock"),
            error => match error.failure() {
                Failure { code: "no-identity", message, .. } => Item::now(format!(
                    "{message}: `vault identity import FILE` brings yours, `vault member request` creates one"
                )),
                Failure { message, .. } => Item::now(message),
            },
        },
        error => Item::failed(error),
    })
}

/// What a stranger does, or waits for.
fn not_yet(vault: &Vault<'_>, now: Timestamp) -> Item {
    if let Some((name, at)) = requested::last(vault.state()) {
        let since = time::relative(at, now);
        return Item::now(format!(
            "you asked to join as {name} {since}, and wait for an admin: they run `vault member add`, then you pull"
        ));
    }
    let request = "vault member request";
    Item::now(format!("your identity does not belong to a member: request membership with `{request}`")).by(request)
}

const NEW_MACHINES: &str = "new machines";

impl StatusReport {
    /// What this machine knows of the trust chain.
    fn known(&self) -> String {
        let known = if self.anchor.is_some() {
            "the newest that this machine has verified"
        } else {
            "this machine has verified another one"
        };
        format!("snapshot {}, {known}", self.trust)
    }
}

impl Report for StatusReport {
    fn text(&self, page: &mut Page) {
        let mut fields = vec![
            ("vault", Meaning::Name, self.label.clone()),
            ("directory", Meaning::Plain, self.directory.clone()),
            ("id", Meaning::Plain, self.vault.clone()),
            ("words", Meaning::Plain, words_of_vault(&self.vault)),
            ("you", Meaning::Plain, self.member.clone().unwrap_or_else(|| "not a member of the vault".into())),
            ("members", Meaning::Plain, self.members.join(", ")),
            ("keys", Meaning::Plain, self.keys.join(", ")),
            ("trust", Meaning::Plain, self.known()),
            ("parameters", Meaning::Plain, self.parameters.to_string()),
            ("secrets", Meaning::Plain, self.secrets.to_string()),
        ];
        fields.extend(self.agent.as_ref().map(|agent| ("unlocked", Meaning::Plain, agent.sentence(page))));
        let room = page.width().map(|width| width.saturating_sub(NEW_MACHINES.len() + 2));
        let anchor = self.anchor.as_deref().map(|anchor| anchor::lines(anchor, room)).unwrap_or_default();
        if let [line] = anchor.as_slice() {
            fields.push((NEW_MACHINES, Meaning::Plain, line.clone()));
        }
        page.fields(fields);
        if anchor.len() > 1 {
            page.line(page.paint(Meaning::Heading, NEW_MACHINES));
            for line in anchor {
                page.plain(&line);
            }
        }
        for (urgency, heading) in Urgency::ALL {
            let items: Vec<&Item> = self.items.iter().filter(|item| item.urgency == urgency).collect();
            if !items.is_empty() {
                let meaning = if urgency == Urgency::Know { Meaning::Heading } else { Meaning::Warning };
                let heading = page.paint(meaning, heading);
                page.line(heading);
            }
            for item in items {
                page.hanging("  - ", 4, &item.message);
            }
        }
    }
}
