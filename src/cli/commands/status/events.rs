//! What of events needs attention: deliveries that were given up, rules that wait for an approval here, rules that run nowhere.

use crate::cli::commands::events::rules::Here;
use crate::cli::error::{CliError, CliResult};
use crate::cli::events::known_member;
use crate::cli::report::count::Count;
use crate::engine::{Error, Refused, Vault};
use crate::machine::events::Outbox;
use crate::model::event::Rule;

/// Each with the command that changes it. Opens no identity.
pub(super) fn events(vault: &Vault<'_>) -> CliResult<Vec<String>> {
    let dead = Outbox::of(vault.state()).dead().map_err(Error::from)?.len();
    let dead = (dead > 0).then(|| {
        format!(
            "{} of events given up: `vault events dead`",
            Count::of_irregular(dead, "delivery was", "deliveries were")
        )
    });
    let (rules, member) = (vault.rules()?, known_member(vault));
    let of_rules = rules.found.iter().filter_map(|rule| of_rule(vault, rule, member.as_deref()));
    let refused = rules.refused.into_iter().map(|Refused { error, .. }| CliError::from(error).with_hints());
    Ok(dead.into_iter().chain(of_rules).chain(refused).collect())
}

fn of_rule(vault: &Vault<'_>, rule: &Rule, member: Option<&str>) -> Option<String> {
    let (name, trust) = (&rule.name, vault.trust());
    if rule.enabled && !rule.on.iter().any(|member| trust.member(member).is_some()) {
        return Some(format!(
            "the rule {name} names no member, so it runs nowhere: `vault events rules rm {name}`, or add it again with `--on`"
        ));
    }
    match Here::of(vault, rule, member) {
        Here::Unapproved => {
            Some(format!("the rule {name} waits for approval here: `vault events rules approve {name}`"))
        }
        Here::Broken => Some(format!(
            "the rule {name} runs a program that this machine does not have: `vault events rules show {name}`"
        )),
        Here::Runs | Here::Disabled | Here::Elsewhere => None,
    }
}
