//! Findings as text: those with the same reason are together, the first of many are named, and what to do is said once.

use crate::cli::report::count::Count;
use crate::cli::report::finding::FindingView;
use crate::cli::terminal::{Meaning, Page};

/// More findings with the same reason are counted.
const SHOWN: usize = 10;

/// Findings with the same reason.
struct Group<'a> {
    reason: String,
    findings: Vec<&'a FindingView>,
}

pub(super) fn show(findings: &[FindingView], page: &mut Page) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in findings {
        let reason = reason(finding);
        match groups.iter_mut().find(|group| group.reason == reason && group.hints() == finding.hints) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { reason, findings: vec![finding] }),
        }
    }
    for (group, next) in groups.iter().zip(groups.iter().skip(1).map(Some).chain([None])) {
        group.show(page);
        if next.is_none_or(|next| next.hints() != group.hints()) {
            let word = page.paint(Meaning::Hint, "hint");
            for hint in group.hints() {
                page.hanging(&format!("  {word}: "), "  hint: ".len(), hint);
            }
        }
    }
}

impl Group<'_> {
    fn hints(&self) -> &[String] {
        self.findings.first().map_or(&[], |finding| &finding.hints)
    }

    fn show(&self, page: &mut Page) {
        let mut last = None;
        for finding in
            self.findings.iter().take(SHOWN).filter(|finding| last.replace(&finding.message) != Some(&finding.message))
        {
            let word = page.paint(Meaning::Error, finding.kind);
            page.hanging(&format!("{word}: "), finding.kind.len() + 2, &finding.message);
        }
        let is_same = self.findings.iter().all(|finding| finding.message == self.findings[0].message);
        let more = self.findings.len().saturating_sub(SHOWN);
        if is_same && self.findings.len() > 1 {
            page.line(format!("  this concerns {}", Count::of(self.findings.len(), "document")));
        } else if more > 0 {
            page.line(format!("  and {more} more like these: `vault verify --json` names them"));
        }
    }
}

/// The message without what differs between documents.
fn reason(finding: &FindingView) -> String {
    let FindingView { kind, path, message, .. } = finding;
    let message = message.replace(&format!("`{path}`"), "").replace(|c: char| c.is_ascii_digit(), "");
    format!("{kind}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::palette::Palette;

    fn text(findings: &[FindingView]) -> String {
        let mut page = Page::new(Palette::Plain, None);
        show(findings, &mut page);
        page.as_str().to_owned()
    }

    fn finding(path: &str, message: &str, hint: &str) -> FindingView {
        FindingView { kind: "document", path: path.into(), message: message.into(), hints: vec![hint.into()] }
    }

    #[test]
    fn one_reason_for_many_documents_is_said_once() {
        let key =
            |number: usize| finding(&format!("params/{number}.yaml"), "`keys/default.yaml` cannot be trusted", "look");
        let text = text(&(0..150).map(key).collect::<Vec<_>>());
        assert_eq!(
            text,
            "document: `keys/default.yaml` cannot be trusted\n  this concerns 150 documents\n  hint: look\n"
        );
    }

    #[test]
    fn many_documents_with_one_reason_are_counted_and_hide_no_other_one() {
        let old = |number: usize| {
            finding(&format!("params/{number}.yaml"), &format!("`params/{number}.yaml` is {number} behind"), "pull")
        };
        let other = finding("params/x.yaml", "`params/x.yaml` was forged", "look");
        let text = text(&(0..80).map(old).chain([other]).collect::<Vec<_>>());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 14, "{text}");
        assert_eq!(
            lines[9..12],
            [
                "document: `params/9.yaml` is 9 behind",
                "  and 70 more like these: `vault verify --json` names them",
                "  hint: pull"
            ]
        );
        assert_eq!(lines[12..], ["document: `params/x.yaml` was forged", "  hint: look"]);
    }
}
