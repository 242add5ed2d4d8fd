//! `vault member request --renew`: new keys for a member, requested and then used.

use serde::Serialize;

use super::request::{RequestArgs, requesting, signing_key, write};
use super::view::member;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::new_identity;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::Vault;
use crate::machine::config::IdentitySource;
use crate::model::name::MemberName;
use crate::unlock::keyring::SystemKeyring;
use crate::unlock::source::{Found, Origin, Sources};
use crate::unlock::{create, find, own_place, renewal};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RenewedReport {
    name: String,
    identity: String,
}

pub(super) fn run(args: &RequestArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let sources = context.sources()?;
    if find::is_given(&sources) {
        return Err(CliError::usage(
            "an identity is given, but only the configured one can be renewed",
            "omit `--identity` and `VLT_IDENTITY*`; or omit `--renew`, to request the keys for that identity",
        ));
    }
    let begun = renewal::begun(&sources.config)?.map(Sources::configured);
    let (name, found, new) = if let Some(new) = begun {
        // The identity that was begun is as it is: another option would be ignored.
        create::choose(args.identity.plan(), &new, &SystemKeyring)?;
        let found = find::find(&new, &context.ask())?;
        let key = signing_key(&new, vault.id(), &found, context)?;
        if let Some(member) = vault.trust().member_by_key(&key.public().bytes()) {
            return take_into_use(&member.name, &found.origin, &sources, &new, vault, context);
        }
        (own_name(args, &vault, &sources)?, found, new)
    } else {
        let name = own_name(args, &vault, &sources)?;
        let (found, new) = make(args, &name, &sources, context)?;
        (name, found, new)
    };
    let key = signing_key(&new, vault.id(), &found, context)?;
    let recipients = new_identity::recipients(&found, &new)?;
    let request = requesting(name, &key, recipients, context.now);
    write(args, &request, &key, vault, context)
}

/// A new identity beside the one in use.
fn make(
    args: &RequestArgs,
    name: &MemberName,
    sources: &Sources,
    context: &mut Context,
) -> CliResult<(Found, Sources)> {
    if context.global.dry_run {
        return Err(CliError::usage("a dry run creates no identity", "`vault member whoami` shows the one in use"));
    }
    let mut new = Sources::configured(renewal::begin(&sources.config)?);
    let found = new_identity::identity(&args.identity, name.as_str(), &mut new, context)?;
    Ok((found, new))
}

/// The requesting member: by option, or the one whose identity is in use.
fn own_name(args: &RequestArgs, vault: &Vault<'_>, sources: &Sources) -> CliResult<MemberName> {
    if let Some(name) = &args.name {
        return Ok(member(vault, name)?.name);
    }
    if own_place::source(&sources.config)?.is_none() {
        return Err(CliError::usage(
            "no identity on this machine says which member you are",
            "add `--name NAME`; `vault member ls` lists the members",
        ));
    }
    Ok(vault.whoami()?.name.clone())
}

fn take_into_use(
    name: &MemberName,
    origin: &Origin,
    sources: &Sources,
    new: &Sources,
    vault: Session,
    context: &mut Context,
) -> CliResult<()> {
    if !context.global.dry_run
        && let Some(old) = renewal::take_into_use(&sources.config, &new.config, vault.id())?
    {
        let place = place(&old, sources);
        context.ui.note(format!("the old identity is still in {place}: remove it when no other vault needs it"));
    }
    vault.finish(context);
    Ok(context.ui.report(&RenewedReport { name: name.to_string(), identity: origin.to_string() })?)
}

fn place(old: &IdentitySource, sources: &Sources) -> String {
    match &old.file {
        Some(file) => format!("`{}`", sources.config.directory().join(file).display()),
        None => "the keyring".to_owned(),
    }
}

impl Report for RenewedReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let verb = if page.is_of_dry_run() { "would be used" } else { "is used from now on" };
        page.line(format!("{name} has new keys: the new identity {verb}"));
        page.fields([("identity", Meaning::Plain, self.identity.clone())]);
    }
}
