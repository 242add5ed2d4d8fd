//! Rules for events: documents that admins sign.

use super::error::{Error, Result};
use super::parameters::random_doc_id;
use super::refused::Checked;
use super::vault::Vault;
use super::writing::Writing;
use crate::format::path::{EVENTS, SUFFIX, decode_rule, rule_path};
use crate::model::event::Rule;
use crate::model::head::Head;
use crate::model::name::{MemberName, RuleName, SecretName};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

impl Vault<'_> {
    /// Every rule, by name.
    pub(crate) fn rules(&self) -> Result<Checked<Rule>> {
        self.load_live(self.rule_paths()?.into_iter().filter(|path| decode_rule(path).is_some()))
    }

    /// The rules that a member signed last.
    pub(super) fn rules_signed_by(&self, name: &MemberName) -> Result<Vec<RuleName>> {
        let rules = self.rules()?.found.into_iter().filter(|rule| rule.head.by == *name);
        Ok(rules.map(|rule| rule.name).collect())
    }

    /// A rule.
    pub(crate) fn rule(&self, name: &RuleName) -> Result<Rule> {
        let loaded = self.load::<Rule>(&rule_path(name))?.map(|loaded| loaded.document);
        loaded.filter(|rule| !rule.deleted).ok_or_else(|| Error::NoRule(name.clone()))
    }

    /// A rule that states nothing yet.
    pub(crate) fn new_rule(&self, name: &RuleName, now: Timestamp) -> Result<Rule> {
        Ok(Rule {
            id: random_doc_id(),
            name: name.clone(),
            head: Head::new(1, self.trust().rev, now, self.require_admin()?.name),
            deleted: false,
            description: String::new(),
            enabled: true,
            on: Vec::new(),
            pattern: String::new(),
            targets: Vec::new(),
        })
    }

    /// Writes what `change` makes of a rule; it gets `None` if there is none.
    pub(crate) fn change_rule(
        &self,
        name: &RuleName,
        now: Timestamp,
        change: impl FnOnce(Option<Rule>) -> Result<Rule>,
    ) -> Result<Rule> {
        let mut writing = self.writing_as_admin(now)?;
        let before = writing.load::<Rule>(&rule_path(name))?;
        let live = before.as_ref().map(|before| before.document.clone()).filter(|rule| !rule.deleted);
        let mut rule = change(live.clone())?;
        rule.on.sort();
        rule.on.dedup();
        rule.check_form().map_err(|error| Error::Rule { name: name.clone(), error })?;
        if live.as_ref() == Some(&rule) {
            return Ok(rule);
        }
        let rule = writing.put(before.as_ref(), rule)?;
        writing.publish()?;
        Ok(rule)
    }

    /// The current value of a secret, such as the one that signs a webhook.
    pub(crate) fn current_value(&self, name: &SecretName) -> Result<SecretValue> {
        let secret = self.live_secret(name)?;
        let version = secret.select(None, None).map_err(|error| Error::Secret { name: name.to_string(), error })?;
        self.reveal(&secret, version)
    }

    /// The documents below `events`, and what is named like one.
    pub(super) fn rule_paths(&self) -> Result<Vec<String>> {
        let names = self.files.children(EVENTS)?.into_iter().map(|entry| entry.name);
        Ok(names.filter(|name| name.ends_with(SUFFIX)).map(|name| format!("{EVENTS}/{name}")).collect())
    }
}

impl Writing<'_, '_> {
    /// Re-signs the rules of a member who will not be an admin any more.
    pub(super) fn sign_rules_instead_of(&mut self, name: &MemberName) -> Result<()> {
        for path in self.rule_paths()?.iter().filter(|path| decode_rule(path).is_some()) {
            let Ok(Some(before)) = self.load::<Rule>(path) else { continue };
            if before.document.head.by == *name {
                let rule = before.document.clone();
                self.put(Some(&before), rule)?;
            }
        }
        self.publish()
    }
}
