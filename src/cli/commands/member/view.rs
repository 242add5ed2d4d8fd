//! A member, as `ls`, `show` and `whoami` present them.

use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::cli::error::CliResult;
use crate::cli::report::fingerprint::Fingerprint;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, Vault, fingerprint_of};
use crate::model::name::MemberName;
use crate::model::team::TeamError;
use crate::model::trust::Member;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MemberView {
    pub(super) name: String,
    pub(super) role: &'static str,
    pub(super) fingerprint: String,
    /// The same for people.
    #[serde(skip)]
    print: Fingerprint,
    pub(super) reads: Vec<String>,
    pub(super) writes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recipients: Vec<String>,
}

impl MemberView {
    /// What the trust chain says about a member, and which keys they can open.
    pub(super) fn new(vault: &Vault<'_>, member: &Member) -> CliResult<Self> {
        let mut reads = Vec::new();
        for rule in &vault.trust().keys {
            if vault.key(&rule.name)?.readers.contains(&member.name) {
                reads.push(rule.name.to_string());
            }
        }
        Ok(MemberView {
            name: member.name.to_string(),
            role: member.role.as_str(),
            fingerprint: HEXLOWER.encode(&fingerprint_of(member)?),
            print: Fingerprint::of_member(member),
            reads,
            writes: member.write.iter().map(ToString::to_string).collect(),
            recipients: Vec::new(),
        })
    }

    /// With the public keys that keys are wrapped for.
    pub(super) fn with_recipients(mut self, member: &Member) -> Self {
        self.recipients.clone_from(&member.recipients);
        self
    }
}

/// The member of that name.
pub(super) fn member(vault: &Vault<'_>, name: &MemberName) -> Result<Member, Error> {
    vault.trust().member(name).cloned().ok_or_else(|| TeamError::NoSuchMember(name.clone()).into())
}

/// Names in a cell, or a word for none.
pub(super) fn names(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

impl Report for MemberView {
    fn text(&self, page: &mut Page) {
        let fields = [
            ("name", Meaning::Name, self.name.clone()),
            ("role", Meaning::Plain, self.role.to_owned()),
            ("reads", Meaning::Plain, names(&self.reads)),
            ("writes", Meaning::Plain, names(&self.writes)),
            ("words", Meaning::Plain, self.print.words()),
            ("fingerprint", Meaning::Dim, self.print.digits()),
        ];
        let recipients = self.recipients.iter().map(|recipient| ("recipient", Meaning::Dim, recipient.clone()));
        page.fields(fields.into_iter().chain(recipients));
    }
}
