//! Secrets for tests.

use std::collections::BTreeSet;

use super::pins::Pins;
use super::plan::{Plan, SignedPlan};
use super::secret::{Secret, SecretVersion};
use super::terms::RotationTerms;
use super::version_id::VersionId;
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::schedule::Rules;
use crate::model::sealed::{KeyVersionId, Sealed, ValueType};
use crate::model::time::Timestamp;

pub(crate) fn at() -> Timestamp {
    "2026-11-23T07:00:00Z".parse().unwrap()
}

pub(crate) fn secret() -> Secret {
    let head = Head::new(1, 1, at(), "ana".parse().unwrap());
    Secret::new(DocId([1; 16]), "prod/db".parse().unwrap(), head, at())
}

/// The id of the version with that number; numbers are a test's way to name versions.
pub(crate) fn id(number: u8) -> VersionId {
    VersionId::of(Uid([number; 16]))
}

pub(crate) fn sealed() -> Sealed {
    Sealed {
        value_type: ValueType::SecretString,
        key: KeyVersionId { name: "default".parse().unwrap(), number: 1 },
        text: "xc1:AAAA".into(),
    }
}

pub(crate) fn version(number: u8) -> SecretVersion {
    let empty = SecretVersion::empty(&id(number), Uid([0; 16]), "ana".parse().unwrap(), at());
    SecretVersion { content: Some(sealed()), ..empty }
}

pub(crate) fn put(secret: &mut Secret, number: u8, stages: Option<&[&str]>) {
    let stages = stages.map(|stages| stages.iter().map(|stage| stage.parse().unwrap()).collect::<BTreeSet<_>>());
    secret.put(version(number), stages.as_ref(), at()).unwrap();
}

/// A plan of that serial. Its text is none that a reader would accept.
pub(crate) fn signed_plan(serial: u64, rules: Option<Rules>) -> SignedPlan {
    let hook = "rotate.sh".parse().unwrap();
    let plan = Plan {
        secret: secret().name,
        id: secret().id,
        serial,
        trust: 1,
        created: at(),
        by: "ana".parse().unwrap(),
        terms: RotationTerms { hook, admin: None, options: [].into(), rules },
        pinned: Pins::default(),
        extra: [].into(),
    };
    SignedPlan::new(format!("plan {serial}\n"), plan)
}

/// Each version's number and stages.
pub(crate) fn shown(secret: &Secret) -> Vec<(u8, Vec<&str>)> {
    let stages = |version: &'_ SecretVersion| version.uid.0[0];
    secret.versions.iter().map(|v| (stages(v), v.stages.iter().map(AsRef::as_ref).collect())).collect()
}
