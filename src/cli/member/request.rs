//! `vault member request`: a newcomer's keys, for an admin.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::introduce::grouped;
use crate::cli::new_identity::{self, IdentityArgs};
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::sign::SigningKey;
use crate::engine::Error;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::request::Request;
use crate::store::private::PrivateError;
use crate::unlock::signing::{self, SigningError};
use crate::unlock::source::{Found, Sources};

/// Ask to join: write a request for an admin
#[derive(Debug, Args)]
#[command(
    long_about = "Ask to join: write a request for an admin.\n\n\
        It says your name and your public keys, and is signed with your own key; nothing in it is secret. If this machine has no \
        identity yet, one is made, as `vault init` does. Send the request to an admin in any way you like, and compare the \
        fingerprint in another way, such as by phone: whoever changes the request on its way changes the fingerprint.",
    after_help = "Examples:\n  \
        vault member request --out bob.yaml\n  \
        vault member request --name ci --plaintext-identity --no-input --out ci.yaml"
)]
pub(in crate::cli) struct RequestArgs {
    /// The name you would like to have [default: your user name]
    #[arg(long, value_name = "NAME")]
    name: Option<MemberName>,
    /// Write the request to this new file instead of stdout
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    identity: IdentityArgs,
}

#[derive(Serialize)]
struct RequestReport {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Fingerprint")]
    fingerprint: String,
    #[serde(rename = "Path", skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(rename = "Request", skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

pub(super) fn run(args: &RequestArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let name = name(args)?;
    let mut sources = context.sources()?;
    let found = new_identity::identity(&args.identity, &name, &mut sources, context)?;
    let key = signing_key(&sources, vault.id(), &found, &context.recipient_policy()?, context)?;
    if let Some(member) = vault.trust().member_by_key(&key.public().bytes()) {
        context.ui.note(format!("you are the member `{}` already; nothing was written", member.name));
        return Ok(());
    }
    let request = Request {
        name: name.clone(),
        created: context.now,
        sign: key.public().bytes(),
        recipients: new_identity::recipients(&found, &sources)?,
    };
    let (document, fingerprint) = vault.sign_request(&request, &key);
    context.finish(&vault);
    let mut report =
        RequestReport { name: name.to_string(), fingerprint: grouped(&fingerprint), path: None, request: None };
    match &args.out {
        Some(path) => {
            if !context.global.dry_run {
                write_new(path, &document)?;
            }
            report.path = Some(path.display().to_string());
        }
        None => report.request = Some(String::from_utf8_lossy(&document).into_owned()),
    }
    if report.request.is_some() {
        context.ui.note(format!("the fingerprint, to be compared by phone: {}", report.fingerprint));
    }
    context.ui.report(&report)?;
    Ok(())
}

fn name(args: &RequestArgs) -> CliResult<MemberName> {
    let user = || Context::user_name().and_then(|name| name.to_ascii_lowercase().parse().ok());
    args.name.clone().or_else(user).ok_or_else(|| CliError::Usage {
        message: "your user name cannot be a member's name".into(),
        hint: "choose one with `--name NAME`".into(),
    })
}

/// What the newcomer signs with: a key of the identity's own, or one that is kept beside it for this vault.
fn signing_key(
    sources: &Sources,
    vault: VaultId,
    found: &Found,
    policy: &RecipientPolicy,
    context: &Context,
) -> CliResult<SigningKey> {
    if let Some(native) = found.identity.signing_key() {
        return Ok(native);
    }
    match signing::load(sources.config.directory(), vault, &found.identity) {
        Err(SigningError::File(PrivateError::Absent { .. })) if !context.global.dry_run => {}
        loaded => return Ok(loaded?),
    }
    let recipients = new_identity::recipients(found, sources)?;
    let recipients = recipients.iter().map(|text| Recipient::parse(text, policy));
    let recipients = recipients.collect::<Result<Vec<_>, _>>().map_err(|error| Error::Unlock(error.into()))?;
    let directory = sources.config.directory();
    Ok(signing::create(directory, vault, &recipients, &found.identity, &mut rand::rngs::OsRng)?)
}

/// There is nothing secret in a request, so it gets the modes of any file.
fn write_new(path: &Path, document: &[u8]) -> CliResult<()> {
    let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(document)?;
        file.sync_all()
    });
    written.map_err(|error| CliError::Usage {
        message: format!("cannot write `{}`: {error}", path.display()),
        hint: "name a file that does not exist yet with `--out FILE`".into(),
    })
}

impl Report for RequestReport {
    fn text(&self, page: &mut Page) {
        if let Some(request) = &self.request {
            for line in request.lines() {
                page.plain(line);
            }
            return;
        }
        page.fields([
            ("name", Meaning::Name, self.name.clone()),
            ("fingerprint", Meaning::Plain, self.fingerprint.clone()),
            ("request", Meaning::Plain, self.path.clone().unwrap_or_default()),
        ]);
        page.line("").line("next:");
        page.line("  send the request to an admin, and read the fingerprint to them on the phone");
    }
}
