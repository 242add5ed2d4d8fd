//! The result for a range, as a table and as JSON.

use serde::Serialize;

use super::step::Step;
use super::step_checker::Steps;
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Report, Table};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RangeReport {
    commits: Vec<CommitView>,
    /// Commits that touch the vault and that are in the start of the range but not in its end.
    #[serde(rename = "CommitsLeftOut")]
    left_out: usize,
    #[serde(rename = "CommitsVerified")]
    verified: usize,
    legal: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommitView {
    commit: String,
    author: String,
    email: String,
    date: String,
    changes: Vec<ChangeView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeView {
    name: String,
    path: String,
    #[serde(rename = "OldRevision", skip_serializing_if = "Option::is_none")]
    old: Option<u64>,
    #[serde(rename = "NewRevision", skip_serializing_if = "Option::is_none")]
    new: Option<u64>,
    #[serde(rename = "SignedBy", skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    changes: Vec<String>,
    legal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// How many characters of a commit's id are shown.
const SHORT: usize = 10;

impl RangeReport {
    pub(super) fn new(steps: Vec<Steps<'_>>, left_out: usize, verified: usize) -> Self {
        let commits: Vec<CommitView> = steps.into_iter().map(CommitView::from).collect();
        let legal = commits.iter().flat_map(|commit| &commit.changes).all(|change| change.legal);
        RangeReport { commits, left_out, verified, legal }
    }

    pub(super) fn is_legal(&self) -> bool {
        self.legal
    }

    /// Every change, with its commit.
    fn changes(&self) -> impl Iterator<Item = (&CommitView, &ChangeView)> {
        self.commits.iter().flat_map(|commit| commit.changes.iter().map(move |change| (commit, change)))
    }
}

impl From<Steps<'_>> for CommitView {
    fn from(steps: Steps<'_>) -> Self {
        let commit = steps.commit;
        CommitView {
            commit: commit.id.clone(),
            author: commit.author.clone(),
            email: commit.email.clone(),
            date: commit.date.clone(),
            changes: steps.steps.into_iter().map(ChangeView::from).collect(),
        }
    }
}

impl From<Step> for ChangeView {
    fn from(step: Step) -> Self {
        let legal = step.refusal.is_none() || step.is_mended;
        let changes = if step.is_mended { vec!["conflict, resolved later".into()] } else { step.changes };
        let reason = step.refusal.map(|refusal| refusal.reason);
        ChangeView {
            name: step.name,
            path: step.path,
            old: step.old,
            new: step.new,
            by: step.by,
            changes,
            legal,
            reason,
        }
    }
}

impl ChangeView {
    /// `3 → 4`, `→ 1`.
    fn revisions(&self) -> String {
        match (self.old, self.new) {
            (None, None) => String::new(),
            (Some(old), Some(new)) => format!("{old} \u{2192} {new}"),
            (None, Some(new)) => format!("\u{2192} {new}"),
            (Some(old), None) => format!("{old} \u{2192}"),
        }
    }

    fn verdict(&self) -> String {
        if self.legal { self.changes.join(", ") } else { "ILLEGAL".to_owned() }
    }
}

impl Report for RangeReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("COMMIT", Meaning::Version),
            ("NAME", Meaning::Name),
            ("REVISION", Meaning::Version),
            ("CHANGES", Meaning::Plain),
            ("SIGNED BY", Meaning::Plain),
            ("COMMITTED BY", Meaning::Dim),
        ]);
        for (commit, change) in self.changes() {
            let by = change.by.clone().unwrap_or_default();
            let author = format!("{} <{}>", commit.author, commit.email);
            table.row([short(&commit.commit), change.name.clone(), change.revisions(), change.verdict(), by, author]);
        }
        page.table(&table);
        let illegal: Vec<_> = self.changes().filter(|(_, change)| !change.legal).collect();
        for (commit, change) in &illegal {
            let word = page.paint(Meaning::Error, "illegal");
            let reason = page.paint(Meaning::Plain, change.reason.as_deref().unwrap_or_default());
            page.line(format!("{word}: {}: {reason}", short(&commit.commit)));
        }
        if self.left_out > 0 {
            let commits = Count::of_irregular(self.left_out, "commit", "commits");
            page.line(format!(
                "{commits} of the vault at the start of the range {} not in its end",
                if self.left_out == 1 { "is" } else { "are" }
            ));
        }
        let verdict = match illegal.len() {
            0 => "every step was legal".to_owned(),
            some => format!("{} illegal", Count::of_irregular(some, "step was", "steps were")),
        };
        page.line(format!("{} verified: {verdict}", Count::of(self.verified, "commit")));
    }
}

fn short(commit: &str) -> String {
    commit.chars().take(SHORT).collect()
}
