//! Checkpoint documents: a signed list of all documents, made on demand.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::extra::{extra, finish};
use super::field::{hex, optional, parsed, positive};
use super::gate::{begin, read};
use super::kind::DocumentKind;
use crate::format::error::FormatError;
use crate::model::checkpoint::Checkpoint;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::revision::Revision;

const KIND: DocumentKind = DocumentKind::Checkpoint;

/// Reads the body of a checkpoint of `vault`.
pub fn parse_checkpoint(body: &[u8], vault: &VaultId) -> Result<Checkpoint, FormatError> {
    read(body, KIND, &[&vault.to_string()], Fields::into_checkpoint, |checkpoint| emit_checkpoint(checkpoint, vault))
}

/// Writes the body of a checkpoint in canonical form.
pub fn emit_checkpoint(checkpoint: &Checkpoint, vault: &VaultId) -> String {
    let mut out = begin(checkpoint.format, KIND, &vault.to_string(), 256 + 128 * checkpoint.documents.len());
    out.number("trust", checkpoint.trust);
    out.shown("created", checkpoint.created);
    if checkpoint.format >= Format::V2 {
        out.optional("valid_until", checkpoint.valid_until);
    }
    out.shown("by", &checkpoint.by);
    let line = |it: &Revision| format!("{} {} {}", HEXLOWER.encode(&it.id), it.rev, HEXLOWER.encode(&it.hash));
    out.texts("documents", checkpoint.documents.iter().map(line));
    finish(out, checkpoint.format, &checkpoint.extra)
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
        let documents = self.documents.iter().map(|line| revision(line)).collect::<Result<Vec<_>, _>>()?;
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
            extra: extra(self.extra, self.critical)?,
        })
    }
}

fn revision(line: &str) -> Result<Revision, FormatError> {
    const FIELD: &str = "documents";
    let parts = line.split_once(' ').and_then(|(id, rest)| Some((id, rest.split_once(' ')?)));
    let (id, (rev, hash)) = parts.ok_or(FormatError::field(FIELD))?;
    Ok(Revision { id: hex(id, FIELD)?, rev: parsed(rev, FIELD)?, hash: hex(hash, FIELD)? })
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
