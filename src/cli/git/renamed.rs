//! A parameter that one side of a merge renamed and the other changed: to git, one deleted it.

use crate::engine::{AnyDocument, Vault};
use crate::model::name::ParameterPath;
use crate::model::parameter::Parameter;
use crate::model::time::Timestamp;
use crate::store::files::Reach;

/// What a parameter is called now, if exactly one side deleted it and a new one has all versions that both sides know.
pub(crate) fn renamed(
    vault: &Vault<'_>,
    path: &str,
    [base, ours, theirs]: &[Option<Vec<u8>>; 3],
    now: Timestamp,
) -> Option<String> {
    let state = |raw: &Option<Vec<u8>>| match vault.document_at(path, raw.as_deref()?).ok()? {
        AnyDocument::Parameter(parameter) => Some(parameter),
        _ => None,
    };
    let (base, ours, theirs) = (state(base)?, state(ours)?, state(theirs)?);
    if ours.is_deleted() == theirs.is_deleted() || base.versions.is_empty() {
        return None;
    }
    let here = vault.parameters_below(&ParameterPath::root(), Reach::Descendants, now).ok()?.found;
    here.into_iter().find(|it| it.name != base.name && has_versions_of(it, &base)).map(|it| it.name.to_string())
}

/// A new name takes every version along, with its number, its time and its author.
fn has_versions_of(renamed: &Parameter, base: &Parameter) -> bool {
    base.versions.iter().all(|version| {
        renamed
            .versions
            .iter()
            .any(|it| (it.number, it.created, &it.by) == (version.number, version.created, &version.by))
    })
}
