//! `DescribeSecret` (secrets-manager §5): also of a secret that is marked for deletion.

use super::target::{Target, secret_id};
use super::{copies, shown};
use crate::aws::secret::DescribeSecret;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.ask("secretsmanager:DescribeSecret"))?;
    let secret = target.secret()?;
    answer(&DescribeSecret {
        metadata: shown::metadata(call, secret),
        version_ids_to_stages: shown::version_stages(secret),
        replication_status: copies::statuses(call, secret)?,
    })
}
