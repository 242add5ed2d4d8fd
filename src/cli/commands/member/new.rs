//! `vault member new`: a member for a machine, with its identity, in one step.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::rights::{RightsArgs, nothing_to_read};
use super::view::names;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::plain_file::warn_of_key;
use crate::cli::report::anchor;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, Vault};
use crate::machine::private::{self, Overwrite};
use crate::model::anchor::Anchor;
use crate::model::format::Format;
use crate::model::name::MemberName;
use crate::model::request::Request;
use crate::unlock::create::CreateError;
use crate::unlock::native_key::NativeKey;

/// Add a machine as a member, with a new identity for it
#[derive(Debug, Args)]
#[command(
    long_about = "Add a machine as a member, with a new identity for it: request, admission and identity in one step, by an admin.\n\n\
        FILE gets the identity, in plain text and readable only by you, with the id of this vault. Bring it to the machine, or into \
        the secrets of your CI, and delete it here. A person should run `vault member request` instead: then nobody else ever has \
        their key.",
    after_help = "Examples:\n  \
        vault member new ci --read prod --out ci.txt\n  \
        vault member new deploy --read prod --write parameter:/prod --out deploy.txt"
)]
pub(crate) struct NewArgs {
    /// Name of the new member
    #[arg(value_name = "NAME")]
    name: MemberName,
    /// The new file for its identity
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: PathBuf,
    #[command(flatten)]
    rights: RightsArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewReport {
    name: String,
    role: &'static str,
    reads: Vec<String>,
    writes: Vec<String>,
    path: String,
    #[serde(rename = "TrustRevision")]
    trust: u64,
    anchor: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    #[serde(skip)]
    is_committed: bool,
}

pub(super) fn run(args: &NewArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.require_admin()?;
    let (key, policy) = (NativeKey::generate(), context.recipient_policy()?);
    let received = vault.read_request(request(&args.name, &key, &vault, context)?, &policy)?;
    let rights = args.rights.of(&vault);
    let dry_run = context.global.dry_run;
    if !dry_run {
        // First the identity: a member without one would be of no use to anybody.
        write(&args.out, &key, vault.id().into(), Overwrite::Refuse)?;
    }
    if let Err(error) = vault.add_member(&received, &rights, &policy, context.now) {
        if !dry_run {
            let _ = std::fs::remove_file(&args.out);
        }
        return Err(error.into());
    }
    let vault = vault.finish(context);
    if !dry_run {
        // With the snapshot that has the member: the machine then refuses the vault as it was before.
        write(&args.out, &key, vault.anchor(), Overwrite::Replace)?;
    }
    context.ui.report(&NewReport {
        name: args.name.to_string(),
        role: rights.role.as_str(),
        reads: rights.read.iter().map(ToString::to_string).collect(),
        writes: rights.write.iter().map(ToString::to_string).collect(),
        path: args.out.display().to_string(),
        trust: vault.trust().rev,
        anchor: vault.anchor().to_string(),
        dry_run,
        is_committed: context.commits()?,
    })?;
    if !dry_run {
        warn_of_key(&args.out, &mut context.ui);
    }
    Ok(())
}

/// The request that the machine would write.
fn request(name: &MemberName, key: &NativeKey, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<u8>> {
    let signing = key.signing_key().ok_or(Error::Internal("a new identity cannot sign"))?;
    let (sign, recipients) = (signing.public().bytes(), vec![key.recipient()]);
    let request = Request { format: Format::CURRENT, name: name.clone(), created: context.now, sign, recipients };
    Ok(vault.sign_request(&request, &signing).0)
}

fn write(path: &Path, key: &NativeKey, anchor: Anchor, overwrite: Overwrite) -> CliResult<()> {
    let file = key.file();
    let content = Zeroizing::new(format!("# vault-id: {anchor}\n{}", file.as_str()));
    Ok(private::write_private(path, content.as_bytes(), overwrite).map_err(CreateError::File)?)
}

impl Report for NewReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let would = if self.dry_run { "would be" } else { "is" };
        page.line(format!("{name} {would} a member"));
        page.fields([
            ("role", Meaning::Plain, self.role.to_owned()),
            ("reads", Meaning::Plain, names(&self.reads)),
            ("writes", Meaning::Plain, names(&self.writes)),
            ("identity", Meaning::Plain, self.path.clone()),
        ]);
        if self.dry_run {
            return;
        }
        page.line("").line("next:");
        if !self.is_committed {
            page.line("  git add .vault && git commit     then push: members are part of the vault");
        }
        if self.reads.is_empty() {
            page.line(nothing_to_read(&self.name));
        }
        page.line("  bring the file to the machine, never into git, and set there:");
        page.line(format!("  VLT_IDENTITY_FILE={}", self.path));
        for line in anchor::step(&self.anchor, page.width()) {
            page.line(line);
        }
    }
}
