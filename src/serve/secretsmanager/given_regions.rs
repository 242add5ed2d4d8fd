//! `AddReplicaRegions`: regions that get a copy of a secret, each with a key.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::regions::require_writer;
use super::{faults, given_key};
use crate::engine::{CopyMode, Error, Vault};
use crate::model::name::{KeyName, SecretName};
use crate::model::secret::Replica;
use crate::model::trust::Kind;
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::members::Members;
use crate::serve::served::Served;
use crate::serve::unanswered::Unanswered;

const MEMBER: &str = "AddReplicaRegions";
pub(super) const PATTERN: &str = r"^([a-z]+-)+\d+$";

/// Regions as they are in a request.
pub(super) struct GivenRegions<'b> {
    regions: Vec<(&'b str, Option<&'b str>)>,
    /// `ForceOverwriteReplicaSecret`
    pub mode: CopyMode,
    /// `CrossAccountPrimaryARN`: it is to be a copy itself.
    primary: Option<&'b str>,
}

/// Where a copy is to be made.
pub(super) struct Destination {
    pub served: Arc<Served>,
    pub vault: Vault<'static>,
    pub replica: Replica,
}

impl<'b> GivenRegions<'b> {
    pub(super) fn of(members: &Members<'b>) -> Self {
        let list = members.structures(MEMBER).count(1..=i64::MAX).or_none();
        let regions = (1..).zip(list).map(|(number, region)| read(members, number, region)).collect();
        let is_forced = members.flag("ForceOverwriteReplicaSecret") == Some(true);
        GivenRegions {
            regions,
            mode: if is_forced { CopyMode::Overwrite } else { CopyMode::Create },
            primary: members.text("CrossAccountPrimaryARN").length(20..=2048).value(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// The condition keys for them.
    pub(super) fn told<'a>(&self, ask: Ask<'a>) -> Ask<'a> {
        let is_forced = self.mode == CopyMode::Overwrite;
        ask.with_all(is_forced.then_some(("secretsmanager:ForceOverwriteReplicaSecret", "true")))
            .with_all(self.regions.iter().map(|(region, _)| ("secretsmanager:AddReplicaRegions", *region)))
    }

    /// The vaults of the regions, with the keys that govern the name there.
    pub(super) fn destinations(&self, call: &Call<'_>, name: &SecretName) -> Result<Vec<Destination>, Unanswered> {
        if self.primary.is_some() {
            return Err(faults::other_account().into());
        }
        let mut known = vec![call.request.region];
        let mut destinations = Vec::new();
        for (region, key) in &self.regions {
            if region.is_empty() || known.contains(region) || !call.vault()?.trust().settings.allows_region(region) {
                return Err(faults::invalid_parameter("Invalid replica region.").into());
            }
            known.push(region);
            destinations.push(destination(call, name, region, key.and_then(given_key::bare))?);
        }
        Ok(destinations)
    }
}

fn read<'b>(members: &Members<'b>, number: usize, region: &'b Map<String, Value>) -> (&'b str, Option<&'b str>) {
    members.inside(&format!("{MEMBER}.{number}.member"), region, |region| {
        let name = region.text("Region").length(1..=128).pattern(PATTERN, is_region).or_empty();
        (name, region.text("KmsKeyId").length(0..=2048).value())
    })
}

/// Whether a text has the form of a region: words in lower case, and a number.
pub(super) fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && words.split('-').all(is_word)
}

fn destination(call: &Call<'_>, name: &SecretName, region: &str, key: Option<&str>) -> Result<Destination, Unanswered> {
    let served = call.served().sibling_in(region).ok_or_else(|| faults::unmapped(region))?;
    let vault = served.open_for(call.vault()?.purpose())?;
    let unknown =
        |key: &str| faults::invalid_parameter(format!("The vault of the Region {region} has no KMS key {key}."));
    let asked: Option<KeyName> = key.map(|key| key.parse().map_err(|_| unknown(key))).transpose()?;
    if let Some(asked) = asked.as_ref().filter(|asked| vault.trust().key(asked).is_none()) {
        return Err(unknown(asked.as_str()).into());
    }
    let key = vault.storing_key(Kind::Secret, name.as_str(), asked.as_ref()).map_err(|error| match error {
        Error::Key(error) => faults::invalid_parameter(error.to_string()),
        error => faults::of(&error),
    })?;
    let replica = Replica { vault: vault.id(), region: region.to_owned(), key, name: name.clone() };
    require_writer(call, &vault, &replica)?;
    Ok(Destination { served, vault, replica })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_words_and_a_number() {
        for text in ["eu-west-1", "us-gov-east-1", "x-10"] {
            assert!(is_region(text), "{text}");
        }
        for text in ["", "eu", "eu-west", "-1", "eu-west-", "EU-west-1", "eu--1", "eu west-1"] {
            assert!(!is_region(text), "{text}");
        }
    }
}
