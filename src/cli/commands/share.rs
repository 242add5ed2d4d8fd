//! `vault share`: values in a file of their own, for somebody outside of the vault.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::shares::with::instant;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::crypto::recipient::Recipient;
use crate::engine::{Error, Vault};
use crate::machine::private::{Output, require_directory, write_output};
use crate::model::near::Aim;
use crate::model::parcel::{ParcelError, ParcelItem};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// Put values into an encrypted file for somebody outside
#[derive(Debug, Args)]
#[command(
    long_about = "Put the current value of a secret, of a parameter, or of all parameters below a path into one file, encrypted for \
        somebody who is no member, and signed by you. They take it with `vault receive FILE`, or without this program with `age -d`.\n\n\
        After --expires `vault receive` takes nothing from it; stock age cannot know that. Nothing in the vault remembers the file: \
        the log of uses on this machine has what was opened for whom. For values that stay up to date: `vault secret share`.",
    after_help = "Examples:\n  \
        vault share prod/db --to age1… --expires 7d > for-ana.age\n  \
        vault share /shop/prod --to \"$(cat ana.pub)\" --expires 24h --out shop.age"
)]
pub(crate) struct ShareArgs {
    /// Name of a secret or a parameter, or a path
    name: String,
    /// Public key of the receiver: age1… or ssh-ed25519 …; may be repeated
    #[arg(long, value_name = "KEY", required = true)]
    to: Vec<String>,
    /// Expiration time: 7d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    expires: String,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShareReport {
    names: Vec<String>,
    recipients: Vec<String>,
    expiration_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parcel: Option<String>,
    #[serde(skip)]
    expires: Timestamp,
}

pub(crate) fn run(args: &ShareArgs, context: &mut Context) -> CliResult<()> {
    let now = context.now;
    let expires = instant(&args.expires, now)?;
    if expires <= now {
        return Err(CliError::usage(format!("`{}` has passed already", args.expires), "such as `--expires 7d`"));
    }
    args.out.as_deref().map_or(Ok(()), require_directory)?;
    let recipients = args.recipients(context)?;
    let shown: Vec<String> = recipients.iter().map(ToString::to_string).collect();
    context.purpose.typed.clone_from(&args.name);
    context.purpose.program = format!("parcel until {expires} for {}", shown.join(" "));
    let vault = context.open_vault()?;
    let items = packed(&args.name, &vault, now)?;
    let names: Vec<String> = items.iter().map(|item| item.name.as_str().to_owned()).collect();
    let parcel = vault.seal_parcel(items, &recipients, expires, now)?;
    vault.finish(context);
    let dry_run = context.global.dry_run;
    if let Some(path) = args.out.as_deref().filter(|_| !dry_run) {
        write_output(path, parcel.as_bytes(), Output::Replace)?;
    }
    Ok(context.ui.report(&ShareReport {
        names,
        recipients: shown,
        expiration_date: expires.to_string(),
        file: args.out.as_ref().map(|path| path.display().to_string()),
        parcel: Some(parcel).filter(|_| args.out.is_none() && !dry_run),
        expires,
    })?)
}

impl ShareArgs {
    /// Those who can open the file.
    fn recipients(&self, context: &Context) -> CliResult<Vec<Recipient>> {
        let policy = context.recipient_policy()?;
        let parse = |text: &String| {
            Recipient::parse(text, &policy)
                .map_err(|error| Error::Parcel(ParcelError::Recipient { text: text.clone(), why: error.to_string() }))
        };
        Ok(self.to.iter().map(parse).collect::<Result<_, _>>()?)
    }
}

/// What has that name: a secret, or a parameter and those below it.
fn packed(name: &str, vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<ParcelItem>> {
    let secret = match name.parse() {
        Ok(secret) if vault.find::<Secret>(&secret)?.is_some() => vault.packed_secret(&secret)?,
        _ => Vec::new(),
    };
    let parameters = match name.parse() {
        Ok(path) => vault.packed_parameters(&path, now)?,
        Err(_) => match name.parse() {
            Ok(parameter) => vault.packed_parameter(&parameter, now)?,
            Err(_) => Vec::new(),
        },
    };
    match (secret.is_empty(), parameters.is_empty()) {
        (false, false) => Err(CliError::usage(
            format!("`{name}` is a secret and a parameter"),
            "rename one of them: `vault param move`",
        )),
        (false, true) => Ok(secret),
        (true, false) => Ok(parameters),
        (true, true) => Err(vault.neither(Aim::Any, name, name.parse().ok().as_ref(), now).into()),
    }
}

impl Report for ShareReport {
    fn text(&self, page: &mut Page) {
        if let Some(parcel) = &self.parcel {
            for line in parcel.lines() {
                page.plain(line);
            }
            return;
        }
        let file = page.paint(Meaning::Name, self.file.as_deref().unwrap_or("the file"));
        let verb = if page.is_of_dry_run() { "would have" } else { "has" };
        let values = Count::of(self.names.len(), "value");
        page.line(format!("{file} {verb} {values}, until {}", page.moment(self.expires)));
    }
}
