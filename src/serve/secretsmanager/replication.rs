//! Copies in other regions: the operations. A copy in another account is not possible.

use serde::Serialize;

use super::given_regions::{self, GivenRegions};
use super::regions::region_of;
use super::target::{Target, secret_id};
use super::{copies, faults};
use crate::aws::replication_status::ReplicationStatus;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

/// Which copies may be made of a copy.
const RESTRICTIONS: [&str; 2] = ["SameOrg", "NoRestriction"];

/// What the operations answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Replicated<'t> {
    #[serde(rename = "ARN")]
    arn: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_status: Option<Vec<ReplicationStatus>>,
}

/// `ReplicateSecretToRegions`
pub(super) fn replicate(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, regions) = (secret_id(&members), GivenRegions::of(&members));
    members.structures("AddReplicaRegions").required();
    members.check()?;
    let target = Target::find(call, id)?;
    let action = "secretsmanager:ReplicateSecretToRegions";
    // Its values are opened, and somebody else can read the copy.
    call.allow(&regions.told(target.reading(action)))?;
    call.allow(&regions.told(target.changing(action)))?;
    let secret = target.primary()?;
    let destinations = regions.destinations(call, &secret.name)?;
    let replication_status = copies::add(call, &secret.name, &destinations, regions.mode)?;
    answer(&Replicated { arn: &target.arn, replication_status })
}

/// `RemoveRegionsFromReplication`
pub(super) fn remove_regions(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let regions = members.texts("RemoveReplicaRegions").required().count(1..=i64::MAX);
    let regions = regions.each_pattern(1..=128, given_regions::PATTERN, given_regions::is_region).or_none();
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.changing("secretsmanager:RemoveRegionsFromReplication"))?;
    let secret = target.primary()?;
    let is_meant = |region: &str| regions.contains(&region);
    let replicas = secret.replicas.iter().filter(|replica| is_meant(&region_of(call, replica)));
    let replicas: Vec<_> = replicas.cloned().collect();
    let replication_status = copies::remove(call, secret, &replicas)?;
    answer(&Replicated { arn: &target.arn, replication_status })
}

/// `StopReplicationToReplica`
pub(super) fn stop(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.changing("secretsmanager:StopReplicationToReplica"))?;
    let secret = target.live()?;
    if !secret.is_copy() {
        let text = "Operation not permitted on a primary secret. Call must be made in the replica secret's region.";
        return Err(faults::invalid_request(text).into());
    }
    copies::promote(call, &secret.name)?;
    answer(&Replicated { arn: &target.arn, replication_status: None })
}

/// `AssociateCrossAccountReplica` and `DisassociateCrossAccountReplica`
pub(super) fn across_accounts(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.text("CrossAccountReplicaARN").required().length(20..=2048);
    members.text("ReplicationRoleARN").length(20..=2048);
    members.text("ReplicaRestriction").one_of(&RESTRICTIONS);
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.changing(&call.action()))?;
    target.live()?;
    Err(faults::other_account().into())
}
