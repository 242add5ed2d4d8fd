//! `vault member rm`: a resumable removal.

use clap::Args;
use serde::Serialize;

use super::replaced::{must_rotate, show_done, show_rest};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::report::list::List;
use crate::cli::report::readers::leaving;
use crate::cli::report::refused;
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::engine::{RemovalStep, Vault};
use crate::model::credential::AccessKeyId;
use crate::model::name::{KeyName, MemberName};

/// Remove a member
#[derive(Debug, Args)]
#[command(
    long_about = "Remove a member.\n\n\
        First you re-sign the documents that they signed last: use --dry-run to see the list. Then every key that \
        they could open gets a new version that they cannot open, and the old ones are tainted. Finally the next \
        snapshot of the trust chain records the removal. Credentials for the server that they issued are revoked. If interrupted at any point, the vault is still valid; run \
        the same command again to continue.\n\n\
        The member still knows what they could read: `vault list --must-rotate` lists every value that must be \
        replaced, until a new value is put.",
    after_help = "Examples:\n  \
        vault member rm bob --dry-run\n  \
        vault member rm bob --yes\n  \
        vault list --must-rotate"
)]
pub(crate) struct RmArgs {
    /// Name of the member
    name: MemberName,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RmReport {
    name: String,
    #[serde(rename = "SignedDocuments")]
    signed: Vec<String>,
    keys: Vec<String>,
    /// Secrets whose rotation stops until somebody else confirms its plan.
    #[serde(rename = "StoppedRotations", skip_serializing_if = "Vec::is_empty")]
    rotations: Vec<String>,
    /// Credentials that they issued, which end.
    #[serde(rename = "RevokedCredentials", skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<String>,
    #[serde(rename = "RefusedDocuments")]
    refused: Vec<RefusedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_rotate: Option<usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let rotations: Vec<String> = vault.rotations_signed_by(&args.name)?.found.iter().map(ToString::to_string).collect();
    if !args.yes && !context.global.dry_run {
        confirm(&vault, &rotations, args, context)?;
    }
    let policy = context.recipient_policy()?;
    let ui = &mut context.ui;
    let removal = vault.remove_member(&args.name, &policy, context.now, &mut |step| match step {
        RemovalStep::Signing(done) => ui.progress("signed", done),
        RemovalStep::Keys(done) => ui.progress("keys renewed", done),
    })?;
    context.ui.progress_done();
    if removal.resumed {
        context.ui.note(format!("`{}` was removed before", args.name));
    }
    let must_rotate = must_rotate(&vault, context);
    let vault = vault.finish(context);
    context.ui.report(&RmReport {
        name: args.name.to_string(),
        signed: removal.signed,
        keys: removal.keys.iter().map(ToString::to_string).collect(),
        credentials: removal.credentials.iter().map(ToString::to_string).collect(),
        refused: refused::views(&removal.refused),
        rotations,
        must_rotate,
        dry_run: context.global.dry_run,
    })?;
    context.suggest_commit(&vault);
    Ok(())
}

fn confirm(vault: &Vault<'_>, rotations: &[String], args: &RmArgs, context: &Context) -> CliResult<()> {
    let plan = vault.plan_removal(&args.name)?;
    if plan.resumed {
        return Ok(());
    }
    let documents = Count::of(plan.signed.len(), "document");
    let keys = List::and(plan.keys.iter().map(KeyName::as_str));
    let stopped = match rotations {
        [] => String::new(),
        names => format!("; this stops the rotation of {}", List::and(names.iter().map(String::as_str))),
    };
    let revoked = match plan.credentials.as_slice() {
        [] => String::new(),
        ids => format!("; this revokes the credentials {}", List::and(ids.iter().map(AccessKeyId::as_str))),
    };
    let text = format!("Remove {}, re-sign {documents}, and renew the keys {keys}{stopped}{revoked}?", args.name);
    let question = Question { text: &text, what: "a confirmation", flag: "`--yes`" };
    for key in &plan.keys {
        let lines = leaving(key, &vault.key(key)?.readers, std::slice::from_ref(&args.name));
        context.prompter.show(&lines, question)?;
    }
    context.confirm(question, "nobody was removed")
}

impl Report for RmReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        page.line(format!("{name} {}", if self.dry_run { "would be removed" } else { "is removed" }));
        for secret in &self.rotations {
            let secret = page.paint(Meaning::Name, secret);
            page.line(format!("the rotation of {secret} stops: somebody else runs `vault rotate confirm {secret}`"));
        }
        for id in &self.credentials {
            let id = page.paint(Meaning::Name, id);
            page.line(format!("the credential {id} {}", page.done("revoked")));
        }
        show_done(&self.signed, ("keys renewed", &self.keys), self.dry_run, page);
        show_rest(&self.refused, self.must_rotate, page);
    }
}
