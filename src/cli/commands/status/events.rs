//! What of events needs attention: deliveries that fail or were given up, rules that wait for an approval here, rules that run
//! nowhere.

use std::collections::BTreeMap;

use super::item::Item;
use crate::cli::commands::events::rules::Here;
use crate::cli::error::CliResult;
use crate::cli::events::known_member;
use crate::cli::report::count::Count;
use crate::engine::{Error, Refused, Vault};
use crate::machine::events::{Delivery, Outbox};
use crate::model::event::Rule;

/// Each with its command. Opens no identity.
pub(super) fn events(vault: &Vault<'_>) -> CliResult<Vec<Item>> {
    let outbox = Outbox::of(vault.state());
    let dead = given_up(outbox.dead().map_err(Error::from)?.len());
    let failing = failing(&outbox.waiting().map_err(Error::from)?);
    let (rules, member) = (vault.rules()?, known_member(vault));
    let of_rules = rules.found.iter().filter_map(|rule| of_rule(vault, rule, member.as_deref()));
    let refused = rules.refused.into_iter().map(|Refused { error, .. }| Item::failed(error));
    Ok(dead.into_iter().chain(failing).chain(of_rules).chain(refused).collect())
}

fn given_up(number: usize) -> Option<Item> {
    let count = Count::of_irregular(number, "delivery was", "deliveries were");
    (number > 0).then(|| Item::now(format!("{count} of events given up")).settled_by("vault events dead"))
}

/// The rules whose deliveries fail, each with the latest failure.
fn failing(waiting: &[Delivery]) -> Vec<Item> {
    let mut rules: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
    for delivery in waiting.iter().filter(|delivery| delivery.tries > 0) {
        rules.entry(&delivery.rule).or_default().push(delivery);
    }
    let item = |(rule, failed): (&str, Vec<&Delivery>)| {
        let (count, show) =
            (Count::of_irregular(failed.len(), "delivery", "deliveries"), format!("vault events rules show {rule}"));
        let (error, due) = failed.first().map_or(("", ""), |first| (&*first.error, &*first.due));
        Item::soon(format!("{count} of the rule {rule} failed; the next try is after {due}: {error}; `{show}`"))
            .by(show)
    };
    rules.into_iter().map(item).collect()
}

fn of_rule(vault: &Vault<'_>, rule: &Rule, member: Option<&str>) -> Option<Item> {
    let (name, trust) = (&rule.name, vault.trust());
    if rule.enabled && !rule.on.iter().any(|member| trust.member(member).is_some()) {
        let rm = format!("vault events rules rm {name}");
        let why = "names no member, so it runs nowhere";
        return Some(Item::now(format!("the rule {name} {why}: `{rm}`, or add it again with `--on`")).by(rm));
    }
    match Here::of(vault, rule, member) {
        Here::Unapproved => {
            let item = Item::now(format!("the rule {name} waits for approval here"));
            Some(item.settled_by(format!("vault events rules approve {name}")))
        }
        Here::Broken => {
            let item = Item::now(format!("the rule {name} runs a program that this machine does not have"));
            Some(item.settled_by(format!("vault events rules show {name}")))
        }
        Here::Runs | Here::Disabled | Here::Elsewhere => None,
    }
}
