//! The identity that is used from now on, and who that is in the vault here.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::ChainSource;
use crate::model::team::RECOVERY;
use crate::model::trust::Trust;
use crate::unlock::source::Found;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UsedReport {
    identity: String,
    recipients: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip)]
    has_vault: bool,
}

/// Reports an identity that is used from now on.
pub(super) fn report(found: &Found, recipients: Vec<String>, context: &mut Context) -> CliResult<()> {
    let trust = trust_here(context);
    let report = UsedReport {
        identity: found.origin.to_string(),
        member: trust.as_ref().and_then(|trust| member(trust, &recipients)),
        recipients,
        has_vault: trust.is_some(),
    };
    Ok(context.ui.report(&report)?)
}

/// The members of the vault here, if there is one that this machine knows. Nobody is asked.
pub(super) fn trust_here(context: &Context) -> Option<Trust> {
    let root = context.locate().ok()?;
    let session = context.open_chain_at(&root, ChainSource::Verified).ok()?;
    let trust = session.trust().trust.clone();
    session.leave();
    Some(trust)
}

/// The member with one of these public keys.
pub(super) fn member(trust: &Trust, recipients: &[String]) -> Option<String> {
    let has = |own: &String| recipients.iter().any(|recipient| words(recipient).eq(words(own)));
    let member = trust.members.iter().find(|member| member.recipients.iter().any(has))?;
    Some(member.name.to_string())
}

/// An SSH key without its comment.
fn words(recipient: &str) -> impl Iterator<Item = &str> {
    recipient.split_whitespace().take(2)
}

impl Report for UsedReport {
    fn text(&self, page: &mut Page) {
        let verb = if page.is_of_dry_run() { "would be used" } else { "is used from now on" };
        page.line(format!("this identity {verb}"));
        let member = match &self.member {
            Some(member) => member.clone(),
            None if self.has_vault => "none of this vault: `vault member request` asks to join".into(),
            None => String::new(),
        };
        let fields = [("identity", Meaning::Plain, self.identity.clone()), ("member", Meaning::Name, member)];
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
        if self.member.as_deref() == Some(RECOVERY) {
            page.line("").line("next:");
            page.line("  it is the recovery key, which opens everything: keep this machine safe");
            page.line("  vault member recovery     makes a new one, once you have an identity of your own again");
        }
    }
}
