//! `ListSecretVersionIds` (secrets-manager §5): versions with values, the oldest first.

use super::given_key;
use super::page::{Order, Page};
use super::shown::hide_own;
use super::target::{Target, secret_id};
use crate::aws::secret_versions::{ListSecretVersionIds, SecretVersionEntry};
use crate::model::secret::{Secret, SecretVersion};
use crate::serve::answer::{Answer, Seconds, answer};
use crate::serve::call::Call;
use crate::serve::kept::Kept;
use crate::serve::moments::Moment;

const MOST: i64 = 100;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, page) = (secret_id(&members), Page::of(&members, MOST));
    let with_deprecated = members.flag("IncludeDeprecated").unwrap_or_default();
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.ask("secretsmanager:ListSecretVersionIds"))?;
    let secret = target.live()?;
    let versions = versions(secret, with_deprecated, |version| entry(call, secret, version));
    let (versions, next_token) = page.cut(call, versions, Order::Ascending, |(position, _)| position.clone())?;
    answer(&ListSecretVersionIds {
        arn: Some(target.arn.clone()),
        name: secret.name.to_string(),
        versions: versions.into_iter().map(|(_, entry)| entry).collect(),
        next_token,
    })
}

/// Versions and their places: the time of their creation.
fn versions(
    secret: &Secret,
    with_deprecated: bool,
    entry: impl Fn(&SecretVersion) -> SecretVersionEntry<Seconds>,
) -> Vec<(String, SecretVersionEntry<Seconds>)> {
    let valued = secret.versions.iter().filter(|version| version.content.is_some());
    let entries = valued.map(|version| (format!("{:020}\0{}", version.created.unix(), version.id()), entry(version)));
    let mut entries: Vec<_> =
        entries.filter(|(_, entry)| with_deprecated || !entry.version_stages.is_empty()).collect();
    entries.sort_by(|(one, _), (other, _)| one.split('\0').next().cmp(&other.split('\0').next()));
    entries
}

fn entry(call: &Call<'_>, secret: &Kept<Secret>, version: &SecretVersion) -> SecretVersionEntry<Seconds> {
    let mut entry = SecretVersionEntry {
        created_date: secret.seconds(Moment::Version(version.uid), version.created),
        last_accessed_date: call.accessed().version(secret.id, version.uid).map(Seconds::from),
        ..SecretVersionEntry::from(version)
    };
    hide_own(&mut entry.version_stages);
    for key in entry.kms_key_ids.iter_mut().flatten() {
        *key = if key == given_key::DEFAULT { "DefaultEncryptionKey".to_owned() } else { given_key::shown(key) };
    }
    entry
}
