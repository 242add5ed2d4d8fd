//! `vault policy simulate`: who may do what, and why.

use clap::Args;
use serde::Serialize;

use crate::cli::commands::serve::credentials::word;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::input::credential_name::{CredentialName, one};
use crate::cli::report::refused;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::{Checked, SimulatedCall, Vault, Verdict};
use crate::model::credential::Credential;
use crate::model::iam::{Action, Denial, Policy, Right, Source};
use crate::model::time::Timestamp;

/// Show whether credentials may do something, and why
#[derive(Debug, Args)]
#[command(
    long_about = "Show whether a credential may do something, and why; without one, what each credential may do. Exits with 8 if \
        none may.\n\n\
        What decides is the policy of the credential together with that of the secret, and then what the member who issued the \
        credential may do in the vault. Tags of the parameter or secret are known to conditions; --context adds what only a \
        real call has.",
    after_help = "Examples:\n  \
        vault policy simulate --action ssm:GetParameter --resource /shop/prod/db\n  \
        vault policy simulate --credential shop \\\n      \
        --action secretsmanager:GetSecretValue --resource shop/db \\\n      \
        --context aws:SourceIp=10.0.0.7"
)]
pub(crate) struct SimulateArgs {
    /// Credential, by access key id or name
    #[arg(long, value_name = "ID|NAME")]
    credential: Option<CredentialName>,
    /// Action, such as ssm:GetParameter
    #[arg(long, value_name = "ACTION")]
    action: Action,
    /// Name, ARN, or * for what has no resource
    #[arg(long, value_name = "NAME|ARN")]
    resource: String,
    /// Condition key with its value; may be repeated, also for several values of one key
    #[arg(long, value_name = "KEY=VALUE", value_parser = condition)]
    context: Vec<(String, String)>,
}

/// A condition key with a value.
fn condition(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SimulateReport {
    action: String,
    resource: String,
    results: Vec<ResultView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResultView {
    access_key_id: String,
    name: String,
    member: String,
    allowed: bool,
    reason: String,
}

pub(super) fn run(args: &SimulateArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Checked { found, refused } = match &args.credential {
        Some(name) => Checked { found: vec![one(&vault, name)?], refused: Vec::new() },
        None => vault.issued_credentials()?,
    };
    let call = vault.simulated_call(args.action.as_str(), &args.resource, &args.context)?;
    let asked = found.iter().filter(|it| args.credential.is_some() || !it.revoked);
    let results = asked.map(|it| ResultView::of(&vault, it, &call, context.now)).collect::<CliResult<Vec<_>>>()?;
    vault.finish(context);
    let is_allowed = results.iter().any(|result| result.allowed);
    context.ui.report(&SimulateReport { action: call.action, resource: call.resource, results })?;
    refused::outcome(refused)?;
    if is_allowed { Ok(()) } else { Err(CliError::Reported(Exit::Check)) }
}

impl ResultView {
    fn of(vault: &Vault<'_>, credential: &Credential, call: &SimulatedCall, now: Timestamp) -> CliResult<Self> {
        let verdict = vault.simulate(credential, call, now)?;
        Ok(ResultView {
            access_key_id: credential.name.to_string(),
            name: credential.description.clone(),
            member: credential.member.to_string(),
            allowed: matches!(verdict, Verdict::Allowed(_)),
            reason: reason(&verdict, credential),
        })
    }
}

fn reason(verdict: &Verdict, credential: &Credential) -> String {
    match verdict {
        Verdict::Allowed(by) => format!("{} allows it", source(*by, credential)),
        Verdict::Unusable(state) => word(*state).to_owned(),
        Verdict::Denied(Denial::Explicit(by)) => format!("{} denies it", source(*by, credential)),
        Verdict::Denied(Denial::Implicit) => "no policy allows it".to_owned(),
        Verdict::Broken(fault) => format!("a policy is not valid: {fault}"),
        Verdict::Beyond(Right::Write) => format!("{} may not write it", credential.member),
        Verdict::Beyond(_) => format!("{} does not read its key", credential.member),
    }
}

/// `statement 2 (NoWrites) of its policy`.
fn source(by: Source, credential: &Credential) -> String {
    match by {
        Source::Identity { statement, .. } => {
            let policy = Policy::identity(&credential.policy).ok();
            let sid = policy.as_ref().and_then(|policy| policy.sid(statement));
            let sid = sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
            format!("statement {statement}{sid} of its policy")
        }
        Source::Resource { statement } => format!("statement {statement} of the secret's policy"),
    }
}

impl Report for SimulateReport {
    fn text(&self, page: &mut Page) {
        let action = page.paint(Meaning::Plain, &self.action);
        let resource = page.paint(Meaning::Name, &self.resource);
        page.line(format!("{action} on {resource}"));
        let plain = Meaning::Plain;
        let columns =
            [("ID", Meaning::Version), ("NAME", Meaning::Name), ("BY", plain), ("ALLOWED", plain), ("WHY", plain)];
        let mut table = Table::new(columns);
        for it in &self.results {
            let allowed = if it.allowed { "yes" } else { "no" };
            table.row([it.access_key_id.as_str(), &it.name, &it.member, allowed, &it.reason]);
        }
        page.table(&table);
    }
}
