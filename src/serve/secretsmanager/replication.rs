//! Copies in other regions: a vault has one region, so all of these are refused, as AWS refuses what a secret cannot do.

use serde_json::Value;

use super::target::{Target, secret_id};
use crate::serve::answer::Answer;
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// Regions to which a secret should be copied.
pub(super) struct GivenRegions<'b>(Vec<&'b str>);

const NONE: GivenRegions<'static> = GivenRegions(Vec::new());

impl<'b> GivenRegions<'b> {
    /// Reads the regions of a list of structures.
    pub(super) fn of(members: &Members<'b>, name: &'static str) -> Self {
        let list = members.structures(name).count(1..=i64::MAX).or_none();
        GivenRegions(list.into_iter().filter_map(|region| region.get("Region").and_then(Value::as_str)).collect())
    }

    /// The condition keys for them.
    pub(super) fn told<'a>(&self, ask: Ask<'a>) -> Ask<'a> {
        self.0.iter().fold(ask, |ask, region| ask.with("secretsmanager:AddReplicaRegions", *region))
    }
}

/// Refuses regions, if there are any.
pub(super) fn refuse_regions(call: &Call<'_>, regions: &GivenRegions<'_>) -> Result<(), Fault> {
    if regions.0.is_empty() {
        Ok(())
    } else {
        Err(refused(call, "This vault can't replicate secrets to other Regions."))
    }
}

/// `ReplicateSecretToRegions`
pub(super) fn replicate(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, regions) = (secret_id(&members), GivenRegions::of(&members, "AddReplicaRegions"));
    members.structures("AddReplicaRegions").required();
    members.check()?;
    refuse(
        call,
        id,
        "secretsmanager:ReplicateSecretToRegions",
        &regions,
        "This vault can't replicate secrets to other Regions.",
    )
}

/// `RemoveRegionsFromReplication`
pub(super) fn remove_regions(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.texts("RemoveReplicaRegions").required().count(1..=i64::MAX).each_length(1..=128);
    members.check()?;
    let text = "The secret has no replica in these Regions.";
    refuse(call, id, "secretsmanager:RemoveRegionsFromReplication", &NONE, text)
}

/// `StopReplicationToReplica`
pub(super) fn stop(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.check()?;
    let text = "Operation not permitted on a primary secret. Call must be made in the replica secret's region.";
    refuse(call, id, "secretsmanager:StopReplicationToReplica", &NONE, text)
}

/// `AssociateCrossAccountReplica`
pub(super) fn associate(call: &Call<'_>) -> Answer {
    across_accounts(call, "secretsmanager:AssociateCrossAccountReplica")
}

/// `DisassociateCrossAccountReplica`
pub(super) fn disassociate(call: &Call<'_>) -> Answer {
    across_accounts(call, "secretsmanager:DisassociateCrossAccountReplica")
}

fn across_accounts(call: &Call<'_>, action: &str) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.text("CrossAccountReplicaARN").required().length(20..=2048);
    members.check()?;
    refuse(call, id, action, &NONE, "This vault can't replicate secrets to other accounts.")
}

/// Refuses, once the caller may ask for it and the secret exists.
fn refuse(call: &Call<'_>, id: &str, action: &str, regions: &GivenRegions<'_>, text: &'static str) -> Answer {
    let target = Target::find(call, id)?;
    call.allow(&regions.told(target.changing(action)))?;
    target.live(call)?;
    Err(refused(call, text))
}

fn refused(call: &Call<'_>, text: &'static str) -> Fault {
    Fault::new(call.service(), "InvalidRequestException", text)
}
