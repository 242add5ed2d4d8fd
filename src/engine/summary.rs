//! The states from which events are derived.

use data_encoding::HEXLOWER;

use crate::crypto::framing::{lp, sha256};
use crate::model::event::{Run, Summarised, Summary};
use crate::model::head::Head;
use crate::model::parameter::{FiredPolicy, Parameter};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::{Role, Trust};

/// The state of a parameter.
pub(super) fn of_parameter(parameter: &Parameter) -> Summary {
    let bare = bare(Summarised::Parameter, parameter.name.as_str(), parameter.id.to_string(), &parameter.head);
    let Some(latest) = parameter.latest() else { return Summary { deleted: true, ..bare } };
    let labels = parameter
        .versions
        .iter()
        .flat_map(|version| version.labels.iter().map(|label| (label.as_str().to_owned(), version.number.to_string())));
    let fired = parameter.fired.keys().map(|fired| (fired.to_string(), policy(parameter, fired)));
    Summary {
        form: latest.parameter_type().as_str().to_owned(),
        description: latest.settings.description.clone(),
        versions: [latest.number.to_string()].into(),
        labels: labels.collect(),
        tags: digest(parameter.tags.iter().flat_map(|(key, text)| [key.as_str(), text])),
        fired: fired.collect(),
        ..bare
    }
}

/// The text of a policy that has fired; empty if the version does not state it any more.
fn policy(parameter: &Parameter, fired: &FiredPolicy) -> String {
    let version = parameter.versions.iter().find(|version| version.uid == fired.version);
    let mut policies = version.into_iter().flat_map(|version| &version.settings.policies);
    let stated = policies.find(|policy| FiredPolicy::of(policy, fired.version) == *fired);
    stated.map(|policy| policy.as_str().to_owned()).unwrap_or_default()
}

/// The state of a secret.
pub(super) fn of_secret(secret: &Secret) -> Summary {
    let bare = bare(Summarised::Secret, secret.name.as_str(), secret.id.to_string(), &secret.head);
    if secret.deleted {
        return Summary { deleted: true, ..bare };
    }
    let valued = secret.versions.iter().filter(|version| version.content.is_some());
    let labels = secret
        .versions
        .iter()
        .flat_map(|version| version.stages.iter().map(|stage| (stage.as_str().to_owned(), version.id().to_string())));
    let rotation = secret.rotation.as_ref();
    let plan = rotation.map(|rotation| format!("{} {}", rotation.enabled, rotation.plan.serial()));
    let settings = [Some(secret.description.as_str()), secret.resource_policy.as_deref(), plan.as_deref()];
    let instant = |instant: Option<Timestamp>| instant.map(|it| it.to_string()).unwrap_or_default();
    Summary {
        description: secret.description.clone(),
        versions: valued.map(|version| version.id().to_string()).collect(),
        labels: labels.collect(),
        tags: digest(secret.tags.iter().flat_map(|(key, text)| [key.as_str(), text])),
        settings: digest(settings.map(Option::unwrap_or_default)),
        run: rotation.and_then(|rotation| rotation.run.as_ref()).map(|run| Run {
            token: run.token.to_string(),
            attempt: run.attempt,
            error: run.error.clone(),
        }),
        rotated: instant(rotation.and_then(|rotation| rotation.last_rotated)),
        due: instant(secret.delete_after),
        ..bare
    }
}

/// The members of a trust snapshot.
pub(super) fn of_team(trust: &Trust) -> Summary {
    let role = |role| if role == Role::Admin { "admin" } else { "member" };
    let bare = Summary::bare(
        Summarised::Team,
        "members",
        "members".to_owned(),
        trust.rev,
        trust.created.to_string(),
        trust.by.as_str(),
    );
    let members = trust.members.iter().map(|member| (member.name.to_string(), role(member.role).to_owned()));
    Summary { members: members.collect(), ..bare }
}

fn bare(of: Summarised, name: &str, id: String, head: &Head) -> Summary {
    Summary::bare(of, name, id, head.rev, head.modified.to_string(), head.by.as_str())
}

/// A digest of texts, which are no values; empty for none.
fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut message = Vec::new();
    for text in texts {
        lp(&mut message, text.as_bytes());
    }
    if message.iter().all(|byte| *byte == 0) { String::new() } else { HEXLOWER.encode(&sha256(&message)[..8]) }
}
