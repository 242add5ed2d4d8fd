//! `vault member rm`: a resumable removal.

use clap::Args;
use serde::Serialize;

use super::replaced::{must_rotate, progress, show_done, show_rest};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::report::list::List;
use crate::cli::report::readers::leaving;
use crate::cli::report::refused::{RefusedView, views};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::engine::{Removal, Vault};
use crate::model::credential::AccessKeyId;
use crate::model::name::{KeyName, MemberName, RuleName};

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
    signed_documents: Vec<String>,
    keys: Vec<String>,
    /// Event rules that are re-signed and continue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    /// Secrets whose rotation stops until somebody else confirms its plan.
    #[serde(rename = "StoppedRotations", skip_serializing_if = "Vec::is_empty")]
    rotations: Vec<String>,
    /// Credentials that they issued, which end.
    #[serde(rename = "RevokedCredentials", skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<String>,
    refused_documents: Vec<RefusedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_rotate: Option<usize>,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let rotations: Vec<String> = vault.rotations_signed_by(&args.name)?.found.iter().map(ToString::to_string).collect();
    if !args.yes && !context.global.dry_run {
        confirm(&vault, &rotations, args, context)?;
    }
    let policy = context.recipient_policy()?;
    let removal = vault.remove_member(&args.name, &policy, context.now, &mut progress(&mut context.ui))?;
    context.ui.progress_done();
    if removal.resumed {
        context.ui.note(format!("`{}` was removed before", args.name));
    }
    let must_rotate = must_rotate(&vault, context);
    let vault = vault.finish(context);
    context.ui.report(&RmReport {
        name: args.name.to_string(),
        signed_documents: removal.signed,
        keys: removal.keys.iter().map(ToString::to_string).collect(),
        credentials: removal.credentials.iter().map(ToString::to_string).collect(),
        refused_documents: views(&removal.refused),
        rules: removal.rules.iter().map(ToString::to_string).collect(),
        rotations,
        must_rotate,
    })?;
    context.suggest_commit(&vault);
    Ok(())
}

fn confirm(vault: &Vault<'_>, rotations: &[String], args: &RmArgs, context: &Context) -> CliResult<()> {
    let plan = vault.plan_removal(&args.name)?;
    if plan.resumed {
        return Ok(());
    }
    let text = question(&plan, rotations, &args.name);
    let question = Question::confirmation(&text);
    for key in &plan.keys {
        let lines = leaving(key, &vault.key(key)?.readers, std::slice::from_ref(&args.name));
        context.prompter.show(&lines, question)?;
    }
    context.confirm(question, "nobody was removed")
}

/// What is asked before a removal.
fn question(plan: &Removal, rotations: &[String], name: &MemberName) -> String {
    let documents = Count::of(plan.signed.len(), "document");
    let rules = match plan.rules.as_slice() {
        [] => String::new(),
        rules => format!(" and the event rules {}", List::and(rules.iter().map(RuleName::as_str))),
    };
    let keys = List::and(plan.keys.iter().map(KeyName::as_str));
    let stopped = match rotations {
        [] => String::new(),
        names => format!("; this stops the rotation of {}", List::and(names.iter().map(String::as_str))),
    };
    let revoked = match plan.credentials.as_slice() {
        [] => String::new(),
        ids => format!("; this revokes the credentials {}", List::and(ids.iter().map(AccessKeyId::as_str))),
    };
    format!("Remove {name}, re-sign {documents}{rules}, and renew the keys {keys}{stopped}{revoked}?")
}

impl Report for RmReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        page.line(format!("{name} {}", if page.is_of_dry_run() { "would be removed" } else { "is removed" }));
        for rule in &self.rules {
            let rule = page.paint(Meaning::Name, rule);
            page.line(format!("the event rule {rule} continues: check it with `vault events rules show {rule}`"));
        }
        for secret in &self.rotations {
            let secret = page.paint(Meaning::Name, secret);
            page.line(format!("the rotation of {secret} stops: somebody else runs `vault rotate confirm {secret}`"));
        }
        for id in &self.credentials {
            page.line(format!("the credential {} {}", page.paint(Meaning::Name, id), page.done("revoked")));
        }
        show_done(&self.signed_documents, ("keys renewed", &self.keys), page);
        show_rest(&self.refused_documents, self.must_rotate, page);
    }
}
