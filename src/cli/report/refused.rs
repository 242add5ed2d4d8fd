//! Documents that were refused: a report omits and lists them, and the command fails at its end.

use serde::Serialize;

use crate::cli::error::{CliError, CliResult, Several};
use crate::engine::Refused;

/// A refused document as reports show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RefusedView {
    pub(crate) path: String,
    pub(crate) message: String,
}

impl From<&Refused> for RefusedView {
    fn from(Refused { path, error }: &Refused) -> Self {
        RefusedView { path: path.clone(), message: error.to_string() }
    }
}

pub(crate) fn views(refused: &[Refused]) -> Vec<RefusedView> {
    refused.iter().map(RefusedView::from).collect()
}

/// The refusals of several scans, by path, each document once.
pub(crate) fn joined(looks: impl IntoIterator<Item = Vec<Refused>>) -> Vec<Refused> {
    let mut all: Vec<Refused> = looks.into_iter().flatten().collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all.dedup_by(|a, b| a.path == b.path);
    all
}

/// The end of a command that has done everything else.
pub(crate) fn outcome(refused: Vec<Refused>) -> CliResult<()> {
    if refused.is_empty() {
        return Ok(());
    }
    Err(Several::documents(refused.into_iter().map(|refused| CliError::from(refused.error)).collect()))
}
