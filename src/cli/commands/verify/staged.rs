//! `vault verify --staged`: checks what is about to be committed.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git::attention::unfinished_of;
use crate::cli::git::conflicts::Cause;
use crate::cli::git::entry::{Entry, is_any_document, staged};
use crate::cli::git::error::GitError;
use crate::cli::git::program::Git;
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::inject::scan::identity::has_identity;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StagedReport {
    documents: usize,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    path: String,
    message: String,
}

/// Checks the parameters, secrets and keys in the index that differ from the last commit, and every staged file for identities.
pub(crate) fn run(context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?.leave();
    let git = Git::around(vault.path())?;
    let staged = staged(&git)?;
    let mut report = StagedReport { documents: 0, findings: identities(&git, &staged)? };
    let documents: Vec<(&str, &str)> = staged
        .iter()
        .filter_map(|file| Some((git.inside(&file.path)?, file.new.as_str())))
        .filter(|(path, _)| is_any_document(path))
        .collect();
    let unfinished = unfinished_of(&git, &vault)?;
    let ids: Vec<&str> = documents.iter().map(|(_, id)| *id).collect();
    for ((path, _), blob) in documents.iter().zip(git.blobs(&ids)?) {
        match vault.document_at(path, &blob) {
            Ok(_) => report.documents += 1,
            Err(error) => {
                let known = unfinished.iter().find(|it| it.path == *path).map(|it| it.message.clone());
                let message = known.unwrap_or_else(|| error.to_string());
                report.findings.push(Finding { path: (*path).to_owned(), message });
            }
        }
    }
    // Both sides in a file that is not staged are not committed.
    let others = unfinished.into_iter().filter(|it| it.cause != Cause::Glued);
    report.findings.extend(others.map(|it| Finding { path: it.path, message: it.message }));
    context.ui.report(&report)?;
    if report.findings.is_empty() { Ok(()) } else { Err(CliError::Reported(Exit::Tampered)) }
}

fn identities(git: &Git, staged: &[Entry]) -> Result<Vec<Finding>, GitError> {
    let ids: Vec<&str> = staged.iter().map(|file| file.new.as_str()).collect();
    let mut with_identity = BTreeSet::new();
    git.each_object(&ids, |object, content| {
        if has_identity(content)? {
            with_identity.insert(object.id.clone());
        }
        Ok(())
    })?;
    let message = "it contains an age identity in plain text";
    let found = staged.iter().filter(|file| with_identity.contains(&file.new));
    Ok(found.map(|file| Finding { path: file.path.clone(), message: message.to_owned() }).collect())
}

impl Report for StagedReport {
    fn text(&self, page: &mut Page) {
        for finding in &self.findings {
            let (path, message) =
                (page.paint(Meaning::Name, &finding.path), page.paint(Meaning::Plain, &finding.message));
            page.line(format!("{path}: {message}"));
        }
        if self.findings.is_empty() && self.documents > 0 {
            page.line(format!("{} staged, nothing is wrong", Count::of(self.documents, "document")));
        }
    }
}
