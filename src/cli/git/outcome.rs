//! Resolves a conflict into one document: both sides merged, or one of them as it is.

use super::conflicts::FORGOTTEN;
use crate::crypto::recipient::RecipientPolicy;
use crate::engine::{AnyDocument, Document, Error, MergeOutcome, Sides, Tampering, Vault};
use crate::model::merge::Side;

/// The result for a document that was in conflict.
pub(crate) enum Outcome {
    Document { name: String, notes: Vec<String>, bytes: Vec<u8> },
    Gone,
    Conflict(Vec<String>),
}

/// Merges a document, or takes the preferred side.
pub(crate) fn merged(
    vault: &Vault<'_>,
    path: &str,
    states: &[Option<Vec<u8>>; 3],
    past: [&[Vec<u8>]; 2],
    prefer: Option<Side>,
    policy: &RecipientPolicy,
) -> Outcome {
    let [base, ours, theirs] = states;
    if states.iter().all(Option::is_none) {
        return Outcome::Conflict(vec![FORGOTTEN.to_owned()]);
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return half(vault, path, states, past, prefer)
            .unwrap_or_else(|error| Outcome::Conflict(vec![error.to_string()]));
    };
    let sides = Sides { base: base.as_deref(), ours, theirs, our_past: past[0], their_past: past[1] };
    match vault.merge(path, sides, prefer, Some(policy)) {
        Ok(MergeOutcome::Merged { bytes, notes }) => {
            let name = vault.document_at(path, &bytes).map_or_else(|_| path.to_owned(), |it| it.name().to_owned());
            Outcome::Document { name, notes, bytes }
        }
        Ok(MergeOutcome::Conflicts(conflicts)) => {
            Outcome::Conflict(conflicts.iter().map(ToString::to_string).collect())
        }
        Err(error) => match alone(vault, path, sides, prefer) {
            Some((document, bytes)) => {
                let notes = vec![format!("the other side was left out: {error}")];
                Outcome::Document { name: document.name().to_owned(), notes, bytes }
            }
            None => Outcome::Conflict(vec![error.to_string()]),
        },
    }
}

/// One side, if the other no longer has a file. A document is not removed without a tombstone.
fn half(
    vault: &Vault<'_>,
    path: &str,
    [base, ours, theirs]: &[Option<Vec<u8>>; 3],
    [our_past, their_past]: [&[Vec<u8>]; 2],
    prefer: Option<Side>,
) -> Result<Outcome, Error> {
    let conflict = |reason: &str| Ok(Outcome::Conflict(vec![reason.to_owned()]));
    let (side, taken, past) = match prefer {
        None => return conflict("one side removed the file, without a tombstone"),
        Some(side @ Side::Ours) => (side, ours, our_past),
        Some(side @ Side::Theirs) => (side, theirs, their_past),
    };
    let mut before = past.iter().chain(base).map(Vec::as_slice);
    let Some(raw) = taken else {
        return match before.find_map(|raw| vault.was_document(path, raw).map(|was| was.then_some(())).transpose()) {
            None => Ok(Outcome::Gone),
            Some(_) => conflict("this side removed the document without a tombstone; take the other side"),
        };
    };
    vault.check_side(path, (side, raw), before)?;
    let name = vault.document_at(path, raw)?.name().to_owned();
    Ok(Outcome::Document { name, notes: Vec::new(), bytes: raw.clone() })
}

/// The preferred side as it is, if the other was rolled back, or its signer lost permission. A side with an invalid
/// signature stays a conflict: somebody should investigate it.
fn alone(vault: &Vault<'_>, path: &str, sides: Sides<'_>, prefer: Option<Side>) -> Option<(AnyDocument, Vec<u8>)> {
    let (side, raw, other) = match prefer? {
        side @ Side::Ours => (side, sides.ours, sides.theirs),
        side @ Side::Theirs => (side, sides.theirs, sides.ours),
    };
    let document = vault.document_at(path, raw).ok()?;
    vault.check_side(path, (side, raw), sides.before(side)).ok()?;
    let is_left_out = match vault.document_at(path, other) {
        Ok(_) => vault.check_side(path, (side.other(), other), sides.before(side.other())).is_err(),
        Err(Error::Tampered { reason, .. }) => {
            matches!(reason, Tampering::Former(_) | Tampering::NotAllowed(_) | Tampering::OtherKey(_))
        }
        Err(_) => false,
    };
    is_left_out.then(|| (document, raw.to_vec()))
}
