//! `vault events rules add`.

use clap::{ArgGroup, Args};

use super::super::text::{pattern, text};
use super::view::RuleView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::engine::{Error, Vault};
use crate::hook::event::RuleApproval;
use crate::model::event::{Rule, RuleError, Target, TargetKind};
use crate::model::name::{MemberName, RuleName, SecretName};
use crate::model::team::TeamError;

/// Add a rule
#[derive(Debug, Args)]
#[command(
    long_about = "Add a rule: the events that match a pattern are delivered to a target, on the machines of the members that it names.\n\n\
        Only an admin can. A program gets the event as JSON on its standard input; it runs only on machines that approved the rule. \
        A webhook gets the event by POST, with --secret signed by HMAC-SHA256. Patterns are in the matching language of EventBridge: \
        docs/events.md.",
    after_help = "Examples:\n  \
        echo '{\"detail\": {\"name\": [{\"prefix\": \"/app/prod/\"}]}}' > prod.json\n  \
        vault events rules add reload --pattern prod.json --on deploy \\\n      \
        --program reload.sh nginx\n  \
        vault events rules add chat --pattern - --on alice \\\n      \
        --webhook https://chat.example/hook --secret chat/key",
    override_usage = "vault events rules add [OPTIONS] --pattern <FILE> --on <MEMBER> <NAME>\n       \
        <--program <FILE>|--file <PATH>|--webhook <URL>|--aws <URL>> [ARG]...",
    group = ArgGroup::new("target").required(true)
)]
pub(crate) struct AddArgs {
    /// Name of the rule
    name: RuleName,
    /// Arguments of the program; after -- if they begin with a dash
    #[arg(value_name = "ARG", requires = "program")]
    arguments: Vec<String>,
    /// File with the pattern, or - for standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pattern: String,
    /// Member on whose machines it runs; may be repeated
    #[arg(long, value_name = "MEMBER", required = true, value_delimiter = ',')]
    on: Vec<MemberName>,
    /// Program: a file in the vault's hooks/, or an absolute path
    #[arg(long, value_name = "FILE", group = "target")]
    program: Option<String>,
    /// File that gets a line of JSON for each event: an absolute path
    #[arg(long, value_name = "PATH", group = "target")]
    file: Option<String>,
    /// URL that gets the event by POST
    #[arg(long, value_name = "URL", group = "target")]
    webhook: Option<String>,
    /// URL that gets the event as PutEvents of EventBridge does
    #[arg(long, value_name = "URL", group = "target")]
    aws: Option<String>,
    /// Secret that signs what the webhook gets
    #[arg(long, requires = "webhook")]
    secret: Option<SecretName>,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// Replace a rule of this name
    #[arg(long)]
    overwrite: bool,
    /// Approve it on this machine
    #[arg(long)]
    approve: bool,
}

pub(super) fn run(args: &AddArgs, context: &mut Context) -> CliResult<()> {
    let stated = text(&args.pattern)?.trim().to_owned();
    pattern(&stated)?;
    let vault = context.open_vault()?;
    require_members(&vault, &args.on)?;
    if let Some(secret) = &args.secret {
        vault.live_secret(secret)?;
    }
    let rule = vault.change_rule(&args.name, context.now, |before| {
        let rule = match before {
            Some(_) if !args.overwrite => {
                return Err(Error::Rule { name: args.name.clone(), error: RuleError::Exists });
            }
            Some(before) => before,
            None => vault.new_rule(&args.name, context.now)?,
        };
        let (description, on) = (args.description.clone(), args.on.clone());
        Ok(Rule { description, on, enabled: true, pattern: stated.clone(), targets: vec![args.target()], ..rule })
    })?;
    if args.approve && !context.global.dry_run {
        RuleApproval::of(vault.state(), &rule)?.approve(vault.state())?;
    }
    let vault = vault.finish(context);
    RuleView::report(&vault, &rule, context)
}

fn require_members(vault: &Vault<'_>, names: &[MemberName]) -> Result<(), Error> {
    let trust = vault.trust();
    match names.iter().find(|name| trust.member(name).is_none()) {
        Some(unknown) => Err(TeamError::NoSuchMember(unknown.clone()).into()),
        None => Ok(()),
    }
}

impl AddArgs {
    fn target(&self) -> Target {
        let given = [
            (TargetKind::Program, &self.program),
            (TargetKind::File, &self.file),
            (TargetKind::Webhook, &self.webhook),
            (TargetKind::Aws, &self.aws),
        ];
        let chosen = given.into_iter().find_map(|(kind, to)| Some((kind, to.clone()?)));
        let (kind, to) = chosen.unwrap_or((TargetKind::Program, String::new()));
        Target { kind, to, arguments: self.arguments.clone(), secret: self.secret.clone() }
    }
}
