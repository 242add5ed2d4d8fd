//! `vault member update`: other rights for a member.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::add;
use super::replaced::{KeysReport, must_rotate, progress};
use super::view::{member, names};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{OldKeys, Received};
use crate::model::name::MemberName;
use crate::model::team::Return;
use crate::model::trust::{Role, Scope};

/// Change a member's permissions or keys
#[derive(Debug, Args)]
#[command(
    long_about = "Change a member's permissions or keys.\n\n\
        Documents that they signed but may no longer sign are re-signed by you first. To change what they may read, \
        use `vault key grant` and `vault key revoke`.\n\n\
        With --request the member gets new keys, such as those of a new machine's identity. You re-sign what they \
        signed, their keys are wrapped for the new identity, and the old signing key becomes worthless. If somebody \
        else may have the old identity, add --compromised: then each key gets a new version, and `vault list \
        --must-rotate` lists what must be replaced. If interrupted, run the same command again to continue.",
    after_help = "Examples:\n  \
        vault member update bob --write parameter:/dev\n  \
        vault member update carol --admin --write '*'\n  \
        vault member update ci --no-write\n  \
        vault member update bob --request bob-new.yaml --compromised\n  \
        vault --identity key.txt member update ana --request new.yaml --compromised"
)]
pub(crate) struct UpdateArgs {
    /// Name of the member
    name: MemberName,
    #[command(flatten)]
    keys: NewKeysArgs,
    /// Scope that the member may write, replacing all previous ones; may be repeated
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', conflicts_with = "no_write")]
    write: Vec<Scope>,
    /// The member may write nothing
    #[arg(long)]
    no_write: bool,
    /// The member may change members and keys
    #[arg(long, conflicts_with = "no_admin")]
    admin: bool,
    /// The member may not change members and keys
    #[arg(long)]
    no_admin: bool,
}

/// Other keys for the member.
#[derive(Debug, Args)]
struct NewKeysArgs {
    /// File with a request from the member's new identity, whose keys replace the old ones, or - for stdin
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["write", "no_write", "admin", "no_admin"])]
    request: Option<PathBuf>,
    /// Somebody else may have the old keys: list the values that must be replaced
    #[arg(long, requires = "request")]
    compromised: bool,
    /// Words or fingerprint that the member sees, instead of a prompt
    #[arg(long, value_name = "FINGERPRINT", requires = "request")]
    fingerprint: Option<String>,
    /// Allow a key that was replaced before
    #[arg(long, requires = "request")]
    again: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateReport {
    name: String,
    role: &'static str,
    writes: Vec<String>,
    signed_documents: usize,
    trust_revision: u64,
    /// The role, and what they wrote.
    #[serde(skip)]
    before: (&'static str, Vec<String>),
}

pub(super) fn run(args: &UpdateArgs, context: &mut Context) -> CliResult<()> {
    if let Some(request) = &args.keys.request {
        return new_keys(args, request, context);
    }
    if args.write.is_empty() && !(args.no_write || args.admin || args.no_admin) {
        return Err(CliError::usage(
            "nothing to change",
            "use `--request FILE`, `--write SCOPE`, `--no-write`, `--admin` or `--no-admin`",
        ));
    }
    let vault = context.open_vault()?;
    let member = member(&vault, &args.name)?;
    let role = match (args.admin, args.no_admin) {
        (true, _) => Role::Admin,
        (_, true) => Role::Member,
        _ => member.role,
    };
    let write = if args.write.is_empty() && !args.no_write { member.write.clone() } else { args.write.clone() };
    let before = (member.role.as_str(), member.write.iter().map(ToString::to_string).collect());
    let ui = &mut context.ui;
    let signed = vault.update_member(&args.name, role, &write, context.now, &mut |done| ui.progress("signed", done))?;
    ui.progress_done();
    let vault = vault.finish(context);
    context.ui.report(&UpdateReport {
        name: args.name.to_string(),
        role: role.as_str(),
        writes: write.iter().map(ToString::to_string).collect(),
        signed_documents: signed,
        trust_revision: vault.trust().rev,
        before,
    })?;
    context.suggest_commit(&vault);
    Ok(())
}

fn new_keys(args: &UpdateArgs, request: &Path, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let policy = context.recipient_policy()?;
    let received = add::received(request, &vault, &policy)?;
    if received.request.name != args.name {
        return Err(CliError::usage(
            format!("the request is from `{}`", received.request.name),
            format!("create it with `vault member request --name {}`", args.name),
        ));
    }
    let old = if args.keys.compromised { OldKeys::Compromised } else { OldKeys::Safe };
    let back = if args.keys.again { Return::Allowed } else { Return::Refused };
    let rights = vault.rights_of(&args.name, back)?;
    let before = vault.trust().member(&args.name).map(|member| member.recipients.clone()).unwrap_or_default();
    add::confirm(args.keys.fingerprint.as_deref(), &received, &before, &rights, context)?;
    replace(vault, &received, old, back, context)
}

/// Replaces a member's keys and reports what was done.
pub(super) fn replace(
    vault: Session,
    received: &Received,
    old: OldKeys,
    back: Return,
    context: &mut Context,
) -> CliResult<()> {
    let policy = context.recipient_policy()?;
    let done = vault.replace_keys(received, old, back, &policy, context.now, &mut progress(&mut context.ui))?;
    context.ui.progress_done();
    if done.resumed {
        context.ui.note("the member already has these keys; nothing was changed");
    }
    let must_rotate = must_rotate(&vault, context);
    let vault = vault.finish(context);
    context.ui.report(&KeysReport::new(&received.request.name, done, must_rotate))?;
    context.suggest_commit(&vault);
    Ok(())
}

impl Report for UpdateReport {
    fn text(&self, page: &mut Page) {
        page.fields([
            ("member", Meaning::Name, self.name.clone()),
            ("role", Meaning::Plain, change(self.before.0, self.role)),
            ("writes", Meaning::Plain, change(&names(&self.before.1), &names(&self.writes))),
        ]);
        if self.signed_documents > 0 {
            page.line(format!("{} re-signed", Count::of(self.signed_documents, "document")));
        }
    }
}

/// What it is, after what it was if that differs.
fn change(before: &str, after: &str) -> String {
    if before == after { after.to_owned() } else { format!("{before} → {after}") }
}
