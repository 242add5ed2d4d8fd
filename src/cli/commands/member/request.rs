//! `vault member request`: a new member's keys, for an admin.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::new_identity::{self, IdentityArgs};
use crate::cli::report::fingerprint::Fingerprint;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::crypto::recipient::Recipient;
use crate::crypto::sign::SigningKey;
use crate::engine::{Error, Vault};
use crate::machine::private::PrivateError;
use crate::machine::requested;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::request::Request;
use crate::model::team::TeamError;
use crate::model::time::Timestamp;
use crate::unlock::signing::{self, SigningError};
use crate::unlock::source::{Found, Sources};

/// Request membership: write a request for an admin
#[derive(Debug, Args)]
#[command(
    long_about = "Request membership: write a request for an admin.\n\n\
        It contains your name and your public keys, and is signed with your own key; nothing in it is secret. If \
        this machine has no identity yet, one is created, as with `vault init`. Send the request to an admin in any \
        way you like, and compare the fingerprint in another way, such as by phone: anyone who tampers with the \
        request changes the fingerprint.\n\n\
        To change your identity as a member, add --renew: a new identity is created beside the one in use, and an \
        admin grants it your keys with `vault member update NAME --request FILE`. Until then everything works as \
        before; then the same command switches to the new identity. On a new machine, or if the old identity cannot \
        be opened, add --name.",
    after_help = "Examples:\n  \
        vault member request --out bob.yaml\n  \
        vault member request --renew --passphrase --out bob-new.yaml\n  \
        vault member request --name ci --plaintext-identity --no-input --out ci.yaml\n\n\
        An admin makes a member for a machine in one step with `vault member new`."
)]
pub(crate) struct RequestArgs {
    /// Your name, new or with --renew current [default: your user name]
    #[arg(long, value_name = "NAME", visible_alias = "member")]
    pub(super) name: Option<MemberName>,
    /// Write the request to this new file instead of stdout
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Request new keys for yourself; run it again to use them once an admin has accepted them
    #[arg(long)]
    pub(super) renew: bool,
    #[command(flatten)]
    pub(super) identity: IdentityArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RequestReport {
    name: String,
    fingerprint: String,
    #[serde(skip)]
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip)]
    renews: bool,
}

pub(super) fn run(args: &RequestArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let name = name(args)?;
    let mut sources = context.sources()?;
    let chosen = new_identity::choose(&args.identity, name.as_str(), &sources, context)?;
    if let Some(member) = chosen.found().identity.signing_key().and_then(|key| member_by(&vault, &key)) {
        return Err(already(member, args));
    }
    let found = chosen.keep(&mut sources, context)?;
    let key = signing_key(&sources, vault.id(), &found, context)?;
    if let Some(member) = member_by(&vault, &key) {
        return Err(already(member, args));
    }
    let recipients = new_identity::recipients(&found, &sources)?;
    let request = requesting(name, &key, recipients, context.now);
    write(args, &request, &key, vault, context)
}

fn member_by(vault: &Vault<'_>, key: &SigningKey) -> Option<MemberName> {
    vault.trust().member_by_key(&key.public().bytes()).map(|member| member.name.clone())
}

/// Whoever is a member already joins under no other name.
fn already(member: MemberName, args: &RequestArgs) -> CliError {
    Error::from(TeamError::AlreadyMember { member, asked: args.name.clone() }).into()
}

/// The request of whoever has these keys.
pub(super) fn requesting(name: MemberName, key: &SigningKey, recipients: Vec<String>, created: Timestamp) -> Request {
    Request { format: Format::CURRENT, name, created, sign: key.public().bytes(), recipients }
}

/// Signs a request, and writes it.
pub(super) fn write(
    args: &RequestArgs,
    request: &Request,
    key: &SigningKey,
    vault: Session,
    context: &mut Context,
) -> CliResult<()> {
    let (document, fingerprint) = vault.sign_request(request, key);
    let vault = vault.finish(context);
    let print = Fingerprint::from(fingerprint);
    let mut report = RequestReport {
        name: request.name.to_string(),
        fingerprint: print.digits(),
        words: print.words(),
        path: None,
        request: None,
        renews: args.renew,
    };
    match &args.out {
        Some(path) => {
            if !context.global.dry_run {
                write_new(path, &document)?;
            }
            report.path = Some(path.display().to_string());
        }
        None => report.request = Some(String::from_utf8_lossy(&document).into_owned()),
    }
    if !context.global.dry_run {
        requested::remember(vault.state(), &request.name, context.now);
    }
    if report.request.is_some() {
        context.ui.note(format!("compare these words by phone: {}", report.words));
    }
    Ok(context.ui.report(&report)?)
}

fn name(args: &RequestArgs) -> CliResult<MemberName> {
    let user = || env::user_name().and_then(|name| name.to_ascii_lowercase().parse().ok());
    let name = args.name.clone().or_else(user);
    name.ok_or_else(|| CliError::usage("your user name is not valid as a member name", "choose one with `--name NAME`"))
}

/// The signing key of the new member: the identity's own, or one stored beside it for this vault.
pub(super) fn signing_key(
    sources: &Sources,
    vault: VaultId,
    found: &Found,
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
    let policy = context.recipient_policy()?;
    let recipients = recipients.iter().map(|text| Recipient::parse(text, &policy));
    let recipients = recipients.collect::<Result<Vec<_>, _>>().map_err(|error| Error::Unlock(error.into()))?;
    let directory = sources.config.directory();
    Ok(signing::create(directory, vault, &recipients, &found.identity, &mut rand::rngs::OsRng)?)
}

/// A request contains nothing secret, so it gets the mode of any file.
fn write_new(path: &Path, document: &[u8]) -> CliResult<()> {
    let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(document)?;
        file.sync_all()
    });
    written.map_err(|error| {
        CliError::usage(format!("cannot write `{}`: {error}", path.display()), "give a new file with `--out FILE`")
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
            ("words", Meaning::Plain, self.words.clone()),
            ("fingerprint", Meaning::Plain, self.fingerprint.clone()),
            ("request", Meaning::Plain, self.path.clone().unwrap_or_default()),
        ]);
        page.line("").line("next:");
        page.line("  send the request to an admin, and read the words to them on the phone");
        if self.renews {
            let name = page.paint(Meaning::Name, &self.name);
            page.line(format!("  the admin runs: vault member update {name} --request FILE"));
            page.line("  with --compromised, if somebody else may have the old identity");
            page.line("  then run `vault member request --renew` again, to use the new one");
        } else {
            page.line("  once they have added you, pull: `vault status` says whether you are a member");
        }
    }
}
