//! `vault member update`: other rights for a member.

use clap::Args;
use serde::Serialize;

use super::view::names;
use crate::cli::context::Context;
use crate::cli::count::Count;
use crate::cli::error::{CliError, CliResult};
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::engine::Error;
use crate::model::name::MemberName;
use crate::model::team::TeamError;
use crate::model::trust::{Role, Scope};

/// Change what a member may do
#[derive(Debug, Args)]
#[command(
    long_about = "Change what a member may do.\n\n\
        What they signed and may not sign any more is signed by you first. What they may read is changed with \
        `vault key grant` and `vault key revoke`.",
    after_help = "Examples:\n  \
        vault member update bob --write parameter:/dev\n  \
        vault member update carol --admin --write '*'\n  \
        vault member update ci --no-write"
)]
pub(in crate::cli) struct UpdateArgs {
    /// Name of the member
    name: MemberName,
    /// Where the member may write, in place of what it was; may be repeated
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

#[derive(Serialize)]
struct UpdateReport {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Role")]
    role: &'static str,
    #[serde(rename = "Writes")]
    writes: Vec<String>,
    #[serde(rename = "SignedDocuments")]
    signed: usize,
    #[serde(rename = "TrustRevision")]
    trust: u64,
    #[serde(rename = "DryRun", skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

pub(super) fn run(args: &UpdateArgs, context: &mut Context) -> CliResult<()> {
    if args.write.is_empty() && !(args.no_write || args.admin || args.no_admin) {
        return Err(CliError::Usage {
            message: "there is nothing to change".into(),
            hint: "use `--write SCOPE`, `--no-write`, `--admin` or `--no-admin`".into(),
        });
    }
    let mut vault = context.open_vault()?;
    let member = vault.trust().member(&args.name);
    let member = member.ok_or_else(|| Error::from(TeamError::NoSuchMember(args.name.clone())))?;
    let role = match (args.admin, args.no_admin) {
        (true, _) => Role::Admin,
        (_, true) => Role::Member,
        _ => member.role,
    };
    let write = if args.write.is_empty() && !args.no_write { member.write.clone() } else { args.write.clone() };
    let ui = &mut context.ui;
    let signed = vault.update_member(&args.name, role, &write, context.now, &mut |done| ui.progress("signed", done))?;
    ui.progress_done();
    context.finish(&vault);
    context.ui.report(&UpdateReport {
        name: args.name.to_string(),
        role: if role == Role::Admin { "admin" } else { "member" },
        writes: write.iter().map(ToString::to_string).collect(),
        signed,
        trust: vault.trust().rev,
        dry_run: context.global.dry_run,
    })?;
    Ok(())
}

impl Report for UpdateReport {
    fn text(&self, page: &mut Page) {
        page.fields([
            ("member", Meaning::Name, self.name.clone()),
            ("role", Meaning::Plain, self.role.to_owned()),
            ("writes", Meaning::Plain, names(&self.writes)),
        ]);
        if self.signed > 0 {
            page.line(format!("{} signed in their place", Count::of(self.signed, "document")));
        }
    }
}
