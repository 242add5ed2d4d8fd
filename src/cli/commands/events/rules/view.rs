//! What is shown of a rule.

use serde::Serialize;

use crate::cli::commands::rotate::Digest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::events::member;
use crate::cli::report::list::List;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::Vault;
use crate::hook::ApprovalError;
use crate::hook::event::RuleApproval;
use crate::model::event::{Rule, Target};

/// A rule, and what it does on this machine.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RuleView {
    pub(super) name: String,
    state: &'static str,
    description: String,
    pub(super) on: Vec<String>,
    event_pattern: String,
    pub(super) targets: Vec<TargetView>,
    modified_by: String,
    last_modified_date: String,
    here: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
}

/// Where events go.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetView {
    kind: &'static str,
    to: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip)]
    text: String,
}

/// What a rule does on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    /// It delivers.
    Runs,
    /// It waits for an approval.
    Unapproved,
    /// Its program does not exist, or cannot be read.
    Broken,
    /// It is disabled.
    Disabled,
    /// It names other members.
    Elsewhere,
}

impl Here {
    /// For the machine of a member.
    pub(crate) fn of(vault: &Vault<'_>, rule: &Rule, member: Option<&str>) -> Self {
        if !rule.enabled {
            return Here::Disabled;
        }
        if !member.is_some_and(|member| rule.runs_for(member)) {
            return Here::Elsewhere;
        }
        if !rule.needs_approval() {
            return Here::Runs;
        }
        match RuleApproval::of(vault.state(), rule).and_then(|approval| approval.require(vault.state())) {
            Ok(()) => Here::Runs,
            Err(ApprovalError::RuleNotApproved { .. }) => Here::Unapproved,
            Err(_) => Here::Broken,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Here::Runs => "runs",
            Here::Unapproved => "not approved",
            Here::Broken => "program missing",
            Here::Disabled => "disabled",
            Here::Elsewhere => "runs elsewhere",
        }
    }
}

impl RuleView {
    pub(super) fn of(vault: &Vault<'_>, rule: &Rule) -> Self {
        let here = Here::of(vault, rule, member(vault).as_deref());
        RuleView {
            name: rule.name.to_string(),
            state: if rule.enabled { "ENABLED" } else { "DISABLED" },
            description: rule.description.clone(),
            on: rule.on.iter().map(ToString::to_string).collect(),
            event_pattern: rule.pattern.clone(),
            targets: rule.targets.iter().map(TargetView::of).collect(),
            modified_by: rule.head.by.to_string(),
            last_modified_date: rule.head.modified.to_string(),
            here: here.word(),
            digest: approval_digest(vault, rule),
        }
    }

    /// The columns of a list.
    pub(super) fn cells(&self) -> [String; 4] {
        let targets: Vec<&str> = self.targets.iter().map(|target| target.text.as_str()).collect();
        [self.name.clone(), self.on.join(", "), targets.join("; "), self.here.to_owned()]
    }

    /// The end of a command that wrote a rule: shows it, and what a machine still has to do.
    pub(super) fn report(vault: &Vault<'_>, rule: &Rule, context: &mut Context) -> CliResult<()> {
        let view = RuleView::of(vault, rule);
        let waits = view.here == Here::Unapproved.word();
        context.ui.report(&view)?;
        let elsewhere = view.here == Here::Elsewhere.word() && rule.needs_approval();
        if waits || elsewhere {
            let place = if waits { "this machine" } else { "each machine that it runs on" };
            context.ui.next(format!("`vault events rules approve {}` on {place}: nothing runs before", rule.name));
        } else if view.here == Here::Broken.word() {
            let programs = view.targets.iter().map(|target| target.to.as_str());
            context.ui.warning(format!("nothing runs here: the program {} cannot be read", List::and(programs)));
        }
        Ok(())
    }
}

/// What a machine approves; `None` if it need not, or cannot read the program.
fn approval_digest(vault: &Vault<'_>, rule: &Rule) -> Option<Digest> {
    let approval = rule.needs_approval().then(|| RuleApproval::of(vault.state(), rule).ok()).flatten()?;
    Some(Digest(approval.digest()))
}

impl TargetView {
    fn of(target: &Target) -> Self {
        TargetView {
            kind: target.kind.as_str(),
            to: target.to.clone(),
            arguments: target.arguments.clone(),
            secret: target.secret.as_ref().map(ToString::to_string),
            text: target.to_string(),
        }
    }
}

impl Report for RuleView {
    fn text(&self, page: &mut Page) {
        let mut fields = vec![
            ("rule", Meaning::Name, self.name.clone()),
            ("state", Meaning::Plain, self.state.to_lowercase()),
            ("on", Meaning::Plain, if self.on.is_empty() { "nobody".to_owned() } else { self.on.join(", ") }),
            ("here", Meaning::Plain, self.here.to_owned()),
            ("pattern", Meaning::Plain, self.event_pattern.clone()),
        ];
        if !self.description.is_empty() {
            fields.push(("description", Meaning::Plain, self.description.clone()));
        }
        for target in &self.targets {
            let signed = target.secret.as_ref().map(|name| format!(", signed with {name}")).unwrap_or_default();
            fields.push(("target", Meaning::Plain, format!("{}{signed}", target.text)));
        }
        fields.extend(self.digest.map(|digest| ("digest", Meaning::Version, digest.to_string())));
        fields.push(("by", Meaning::Plain, format!("{}, {}", self.modified_by, self.last_modified_date)));
        page.fields(fields);
    }
}
