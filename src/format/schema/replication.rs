//! How a secret's document states its copies, and what it is a copy of.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::field::{at_most, optional, parsed, positive};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::secret::{Origin, REPLICAS_LIMIT, Replica};

/// The longest region, in bytes.
const REGION_LIMIT: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplicaFields {
    vault: String,
    region: String,
    key: String,
    name: String,
}

/// An empty map in a secret that is no copy.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OriginFields {
    vault: Option<String>,
    id: Option<String>,
    name: Option<String>,
    rev: Option<u64>,
    region: Option<String>,
    promoted: Option<String>,
}

pub(super) fn emit_replication(out: &mut Emitter, replicas: &[Replica], origin: Option<&Origin>) {
    out.items("replicas", replicas, |out, replica| {
        out.shown("vault", replica.vault);
        out.text("region", &replica.region);
        out.shown("key", &replica.key);
        out.shown("name", &replica.name);
    });
    match origin {
        Some(origin) => out.block("origin", |out| emit_origin(out, origin)),
        None => out.map("origin", &BTreeMap::new()),
    }
}

fn emit_origin(out: &mut Emitter, origin: &Origin) {
    out.shown("vault", origin.vault);
    out.shown("id", origin.id);
    out.shown("name", &origin.name);
    out.number("rev", origin.rev);
    out.text("region", &origin.region);
    out.optional("promoted", origin.promoted);
}

pub(super) fn replicas(fields: Vec<ReplicaFields>) -> Result<Vec<Replica>, FormatError> {
    at_most(fields.len(), REPLICAS_LIMIT, "replicas")?;
    fields.into_iter().map(ReplicaFields::into_replica).collect()
}

fn region(region: String) -> Result<String, FormatError> {
    if region.len() > REGION_LIMIT { Err(FormatError::field("region")) } else { Ok(region) }
}

impl ReplicaFields {
    fn into_replica(self) -> Result<Replica, FormatError> {
        Ok(Replica {
            vault: parsed(&self.vault, "vault")?,
            region: region(self.region)?,
            key: parsed(&self.key, "key")?,
            name: parsed(&self.name, "name")?,
        })
    }
}

impl OriginFields {
    pub(super) fn into_origin(self) -> Result<Option<Origin>, FormatError> {
        let missing = || FormatError::field("origin");
        let Some(vault) = self.vault else {
            return if self.id.is_none() { Ok(None) } else { Err(missing()) };
        };
        Ok(Some(Origin {
            vault: parsed(&vault, "vault")?,
            id: parsed(&self.id.ok_or_else(missing)?, "id")?,
            name: parsed(&self.name.ok_or_else(missing)?, "name")?,
            rev: positive(self.rev.ok_or_else(missing)?, "rev")?,
            region: region(self.region.ok_or_else(missing)?)?,
            promoted: optional(&self.promoted.ok_or_else(missing)?, "promoted")?,
        }))
    }
}
