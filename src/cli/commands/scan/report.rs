//! The report of a scan: places and names, never a value nor the text around one.

use std::collections::BTreeSet;

use serde::Serialize;

use super::collect::{Places, Scan, Source};
use super::known::Known;
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::ValueName;
use crate::inject::scan::needles::Trace;
use crate::model::forms::{Part, Spelling};
use crate::model::trust::Kind;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ScanReport {
    pub(super) searched: &'static str,
    pub(super) files: usize,
    pub(super) bytes: u64,
    pub(super) values: usize,
    #[serde(rename = "ValuesTooShort")]
    pub(super) too_short: usize,
    #[serde(rename = "ValuesNotOpened")]
    pub(super) unopened: usize,
    pub(super) findings: Vec<Finding>,
    pub(super) accepted: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) too_large: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unreadable: Vec<Unreadable>,
}

/// A text of the vault that was found somewhere.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Finding {
    /// The file, or the object if no commit leads to it.
    pub(super) path: String,
    pub(super) line: u64,
    pub(super) column: u64,
    /// How often it is there; line and column are those of the first place.
    pub(super) count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<String>,
    pub(super) part: &'static str,
    pub(super) spelling: &'static str,
    /// All that have this text.
    pub(super) values: Vec<ValueView>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ValueView {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) labels: Vec<String>,
    /// What a template has in its place.
    pub(super) reference: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Unreadable {
    path: String,
    message: String,
}

impl ScanReport {
    /// What belongs in the files instead of the values, each once.
    pub(super) fn references(&self) -> Vec<&str> {
        let all = self.findings.iter().flat_map(|finding| &finding.values).map(|value| value.reference.as_str());
        all.collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn of(searched: &'static str, known: &Known, scan: Scan<'_>) -> Self {
        let finding = |((source, traces), places): ((Source, Vec<Trace>), Places)| {
            Finding::of(source, &traces, &places, &known.names)
        };
        let mut findings: Vec<Finding> = scan.found.into_iter().map(finding).collect();
        findings.sort_by(|a, b| (&a.path, &a.commit, a.line, a.column).cmp(&(&b.path, &b.commit, b.line, b.column)));
        let unreadable = scan.unreadable.into_iter().map(|(path, message)| Unreadable { path, message });
        ScanReport {
            searched,
            files: scan.files,
            bytes: scan.bytes,
            values: known.names.len(),
            too_short: known.too_short,
            unopened: known.unopened,
            findings,
            accepted: 0,
            too_large: scan.too_large,
            unreadable: unreadable.collect(),
        }
    }
}

impl Finding {
    fn of(source: Source, traces: &[Trace], places: &Places, names: &[ValueName]) -> Self {
        let path = source.to_string();
        let (commit, object) = match source {
            Source::File { commit, .. } => (commit, None),
            Source::Object { id, .. } => (None, Some(id)),
        };
        let values = traces.iter().filter_map(|trace| names.get(trace.value)).map(ValueView::from).collect();
        let (part, spelling) = traces.first().map_or(("", ""), |trace| (part(trace.part), spelling(trace.spelling)));
        let (line, column) = places.first;
        Finding { path, line, column, count: places.count, commit, object, part, spelling, values }
    }

    /// `/app/prod/db/password version 3`.
    fn names(&self) -> String {
        let name = |value: &ValueView| {
            let labels =
                if value.labels.is_empty() { String::new() } else { format!(" ({})", value.labels.join(", ")) };
            format!("{} version {}{labels}", value.name, value.version)
        };
        self.values.iter().map(name).collect::<Vec<_>>().join("; ")
    }

    /// What was found, in words.
    fn form(&self) -> String {
        let part = match self.part {
            "Line" => "a line of it, ",
            "Leaf" => "a field of it, ",
            _ => "",
        };
        let spelling = match self.spelling {
            "Json" => "as JSON",
            "Url" => "percent-encoded",
            "Shell" => "quoted for a shell",
            "Base64" => "in base64",
            "EmbeddedBase64" => "inside base64",
            _ => "as it is",
        };
        let count = if self.count == 1 { String::new() } else { format!(", {} times", self.count) };
        format!("{part}{spelling}{count}")
    }
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Whole => "Whole",
        Part::Line => "Line",
        Part::Leaf => "Leaf",
    }
}

fn spelling(spelling: Spelling) -> &'static str {
    match spelling {
        Spelling::Plain => "Plain",
        Spelling::Json => "Json",
        Spelling::Url => "Url",
        Spelling::Shell => "Shell",
        Spelling::Base64 => "Base64",
        Spelling::EmbeddedBase64 => "EmbeddedBase64",
    }
}

impl From<&ValueName> for ValueView {
    fn from(name: &ValueName) -> Self {
        ValueView {
            kind: name.kind.as_str(),
            name: name.name.clone(),
            version: name.version.clone(),
            labels: name.labels.clone(),
            reference: reference(name),
        }
    }
}

/// The reference to the newest value of that name, as `vault render` and `vault exec` resolve it.
fn reference(name: &ValueName) -> String {
    let service = match name.kind {
        // No reference leads to a secret access key.
        Kind::Credential => return String::new(),
        Kind::Secret => "secretsmanager",
        Kind::Parameter if name.is_sealed => "ssm-secure",
        Kind::Parameter => "ssm",
    };
    format!("{{{{resolve:{service}:{}}}}}", name.name)
}

impl Report for ScanReport {
    fn text(&self, page: &mut Page) {
        for finding in &self.findings {
            let path = page.paint(Meaning::Name, &finding.path);
            let (line, column) = (finding.line, finding.column);
            let commit =
                finding.commit.as_ref().map(|commit| format!(" in commit {}", &commit[..commit.len().min(12)]));
            let commit = page.paint(Meaning::Version, &commit.unwrap_or_default());
            let names = page.paint(Meaning::Plain, &finding.names());
            page.line(format!("{path}:{line}:{column}{commit}: {names}, {}", finding.form()));
        }
        let found = match self.findings.len() {
            0 => "nothing was found".to_owned(),
            some => Count::of(some, "finding").to_string(),
        };
        let what =
            if self.searched == "history" { Count::of(self.files, "object") } else { Count::of(self.files, "file") };
        let accepted = if self.accepted == 0 { String::new() } else { format!(", {} accepted before", self.accepted) };
        let values = Count::of(self.values, "value");
        page.line(format!("{found} in {what} ({}), {values} searched for{accepted}", size(self.bytes)));
    }
}

/// `12 kB`, `3.4 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [0, 999, 1000, 999_999, 1_000_000, 3_450_000].map(size),
            ["0 bytes", "999 bytes", "1 kB", "999 kB", "1.0 MB", "3.4 MB"]
        );
    }
}
