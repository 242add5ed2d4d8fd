//! Checkpoint documents: a signed list of all documents, made on demand.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::extra::{ExtraFields, emit_extra};
use super::field::{optional, parsed, positive};
use super::gate::{begin, fields, gate};
use super::kind::DocumentKind;
use crate::format::error::FormatError;
use crate::model::checkpoint::Checkpoint;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::revision::Revision;

const KIND: DocumentKind = DocumentKind::Checkpoint;

/// Reads the body of a checkpoint of `vault`.
pub fn parse_checkpoint(body: &[u8], vault: &VaultId) -> Result<Checkpoint, FormatError> {
    let text = vault.to_string();
    let (format, fields) = fields::<Fields>(body, KIND, &[&text])?;
    let checkpoint = fields.into_checkpoint(format)?;
    gate(body, &emit_checkpoint(&checkpoint, vault))?;
    Ok(checkpoint)
}

/// Writes the body of a checkpoint in canonical form.
pub fn emit_checkpoint(checkpoint: &Checkpoint, vault: &VaultId) -> String {
    let mut out = begin(checkpoint.format, KIND, &vault.to_string(), 256 + 128 * checkpoint.documents.len());
    out.number("trust", checkpoint.trust);
    out.shown("created", checkpoint.created);
    if checkpoint.format >= Format::V2 {
        out.text("valid_until", &checkpoint.valid_until.map(|instant| instant.to_string()).unwrap_or_default());
    }
    out.shown("by", &checkpoint.by);
    let line = |it: &Revision| format!("{} {} {}", HEXLOWER.encode(&it.id), it.rev, HEXLOWER.encode(&it.hash));
    out.texts("documents", checkpoint.documents.iter().map(line));
    emit_extra(&mut out, checkpoint.format, &checkpoint.extra);
    out.finish()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    trust: u64,
    created: String,
    valid_until: Option<String>,
    by: String,
    documents: Vec<String>,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

impl Fields {
    fn into_checkpoint(self, format: Format) -> Result<Checkpoint, FormatError> {
        let documents = self.documents.iter().map(|line| revision(line)).collect::<Option<Vec<_>>>();
        let documents = documents.ok_or(FormatError::field("documents"))?;
        if !documents.is_sorted_by(|a, b| a.id < b.id) {
            return Err(FormatError::Repeated { what: "document" });
        }
        Ok(Checkpoint {
            format,
            trust: positive(self.trust, "trust")?,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            documents,
            valid_until: optional(&self.valid_until.unwrap_or_default(), "valid_until")?,
            extra: ExtraFields::of(self.extra, self.critical).read()?,
        })
    }
}

fn revision(line: &str) -> Option<Revision> {
    let mut parts = line.split(' ');
    let id = HEXLOWER.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?;
    let rev = parts.next()?.parse().ok()?;
    let hash = HEXLOWER.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?;
    parts.next().is_none().then_some(Revision { id, rev, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkpoint {
        Checkpoint {
            format: Format::V2,
            valid_until: None,
            extra: BTreeMap::new(),
            trust: 1,
            created: "2026-11-23T07:00:00Z".parse().unwrap(),
            by: "ana".parse().unwrap(),
            documents: vec![
                Revision { id: [1; 16], rev: 3, hash: [9; 32] },
                Revision { id: [2; 16], rev: 1, hash: [8; 32] },
            ],
        }
    }

    #[test]
    fn a_checkpoint_reads_back() {
        let vault = VaultId([7; 32]);
        let body = emit_checkpoint(&sample(), &vault);
        assert_eq!(parse_checkpoint(body.as_bytes(), &vault).unwrap(), sample());
    }

    #[test]
    fn unsorted_repeated_or_malformed_lines_are_refused() {
        let vault = VaultId([7; 32]);
        let mut unsorted = sample();
        unsorted.documents.reverse();
        assert!(parse_checkpoint(emit_checkpoint(&unsorted, &vault).as_bytes(), &vault).is_err());
        let mut repeated = sample();
        repeated.documents[1] = repeated.documents[0];
        assert!(parse_checkpoint(emit_checkpoint(&repeated, &vault).as_bytes(), &vault).is_err());
        let malformed = emit_checkpoint(&sample(), &vault).replace(" 3 ", " +3 ");
        assert!(parse_checkpoint(malformed.as_bytes(), &vault).is_err());
    }
}
