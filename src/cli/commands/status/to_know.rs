//! What nobody has to act on, and somebody may want to know: from the logs of uses, and from who may read what.

use std::path::PathBuf;

use super::item::{Item, at_most};
use crate::cli::commands::audit::{in_records, second, state};
use crate::cli::commands::consumers::{frequent, has_previous, is_frequent, recent};
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::report::time::relative;
use crate::engine::Vault;
use crate::machine::audit::{Filter, Logs, Use, begun, uses};
use crate::model::key::Key;
use crate::model::name::ParameterPath;
use crate::model::parameter::Parameter;
use crate::model::secret::{Secret, Stage};
use crate::model::team::RECOVERY;
use crate::model::time::{DAY, Timestamp};
use crate::store::files::Reach;

/// So many days without a use are long, and records older than that are not looked at.
const LONG: i64 = 90;
/// A program that has not been started for so many days is no reader any more.
const READER: i64 = 30;
/// A team of fewer has no groups.
const TEAM: usize = 3;
/// More of a kind than this are counted, not shown.
const SHOWN: usize = 5;

/// Everything to know. What cannot be found out is an item too, and hides no other.
pub(super) fn to_know(vault: &Vault<'_>, now: Timestamp) -> Vec<Item> {
    let sources: [CliResult<Vec<Item>>; 2] = [used(vault, now), read_by_all(vault, now)];
    sources.into_iter().flat_map(|items| items.unwrap_or_else(|error| vec![Item::failed(error)])).collect()
}

/// What the logs of uses show.
fn used(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<Item>> {
    let logs = Logs::of(vault.state());
    let all = logs.all().map_err(state)?;
    let since = ago(now, LONG);
    let uses = uses(&all, Filter { since: Some(since.clone()), ..Filter::default() }, &recent(now)).map_err(state)?;
    let secrets = vault.secrets()?.found;
    let secrets: Vec<&Secret> = secrets.iter().filter(|it| !it.deleted && it.delete_after.is_none()).collect();
    let mut items = shown(uses.iter().filter_map(|it| behind(it, &secrets, now)).collect());
    let of_frequent = |it: &Use| Item::know(frequent(it)).by(format!("vault consumers {}", it.name));
    items.extend(shown(uses.iter().filter(|it| is_frequent(it)).map(of_frequent).collect()));
    items.extend(unread(&all, &uses, &secrets, &since));
    Ok(items)
}

/// A program that was started before a rotation and not after it: it still has the previous value.
fn behind(it: &Use, secrets: &[&Secret], now: Timestamp) -> Option<Item> {
    let secret = secrets.iter().find(|secret| secret.name.as_str() == it.name)?;
    let previous = secret.staged(&Stage::previous())?.id();
    let is_reader = it.is_handed_over && it.last >= ago(now, READER);
    let command = format!("vault consumers {}", it.name);
    (is_reader && has_previous(it, Some(previous.as_str()))).then(|| {
        let Use { program, host, name, last, .. } = it;
        let at = second(last).map_or_else(|| last.clone(), |at| relative(at, now));
        let what = format!("`{program}` on {host} last got AWSPREVIOUS of {name} {at}: restart it; `{command}`");
        Item::know(what).by(command)
    })
}

/// Secrets that nobody has used for long, if the logs go back so far.
fn unread(logs: &[PathBuf], uses: &[Use], secrets: &[&Secret], since: &str) -> Option<Item> {
    logs.iter().filter_map(|log| begun(log)).find(|begun| &**begun < since)?;
    let is_old = |secret: &Secret| secret.created.is_some_and(|created| &*in_records(created) < since);
    let is_used = |secret: &Secret| uses.iter().any(|it| it.kind == "secret" && it.name == secret.name.as_str());
    let unread: Vec<&&Secret> = secrets.iter().filter(|secret| is_old(secret) && !is_used(secret)).collect();
    let what = match &unread[..] {
        [] => return None,
        [one] => format!("the secret {}", one.name),
        all => Count::of(all.len(), "secret").to_string(),
    };
    let what = format!("nobody has read {what} for {LONG} days, as far as the logs here know");
    Some(Item::know(what).settled_by(format!("vault unused --since {LONG}d")))
}

/// `SecureString` parameters under keys that every member of a team reads.
fn read_by_all(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<Item>> {
    let trust = vault.trust();
    let members: Vec<_> = trust.members.iter().map(|it| &it.name).filter(|name| name.as_str() != RECOVERY).collect();
    let is_open = |key: &&Key| members.iter().all(|member| key.readers.contains(member));
    let keys: Vec<&Key> = trust.keys.iter().filter(is_open).collect();
    if members.len() < TEAM || keys.is_empty() {
        return Ok(Vec::new());
    }
    let parameters = vault.parameters_below(&ParameterPath::root(), Reach::Descendants, now)?.found;
    let of = |key: &Key| parameters.iter().filter(|it| sealed_under(it, key)).count();
    let counted = keys.into_iter().map(|key| (key, of(key))).filter(|(_, count)| *count > 0);
    Ok(counted.map(|(key, count)| open_to_all(key, count, members.len())).collect())
}

fn sealed_under(parameter: &Parameter, key: &Key) -> bool {
    parameter.latest().and_then(|version| version.key()) == Some(&key.name)
}

fn open_to_all(key: &Key, count: usize, members: usize) -> Item {
    let values = Count::of(count, "SecureString parameter");
    let what = format!("all {members} members can read {values} under the key {}", key.name);
    Item::know(format!("{what}; `vault key create NAME --scope parameter:/PATH` gives some fewer readers"))
        .by("vault key create NAME --scope parameter:/PATH")
}

/// An instant so many days ago, as records have it.
fn ago(now: Timestamp, days: i64) -> String {
    in_records(Timestamp::from_unix(now.unix() - days * DAY))
}

fn shown(items: Vec<Item>) -> Vec<Item> {
    at_most(SHOWN, items, |more| Item::know(format!("{more} more like these")).settled_by("vault consumers /"))
}
