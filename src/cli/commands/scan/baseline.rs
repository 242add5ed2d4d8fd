//! Accepted findings, in a file meant to be committed.
//!
//! A finding is identified by its file, the value's name and version, the form, and how often it is there. Nothing in
//! the file comes out of a value or of the text around one: a hash of either would let anyone who reads it test
//! guesses, and one under a key that only readers have would help nobody else and break whenever the key is renewed.
//! Like the repository itself, the file does reveal where a value is in plain text: it is for values that were
//! replaced, or that are not secret.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::report::{Finding, ValueView};
use crate::cli::error::{CliError, CliResult};
use crate::engine::Error;
use crate::store::{Directory, Files};

/// The default file, at the top of what is searched.
pub(super) const NAME: &str = ".vault-scan.json";
const CAP: u64 = 16 << 20;
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    #[serde(rename = "Accepted")]
    accepted: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry {
    path: String,
    kind: String,
    name: String,
    version: String,
    part: String,
    spelling: String,
    count: usize,
}

impl Entry {
    fn of(finding: &Finding, value: &ValueView) -> Self {
        Entry {
            path: finding.path.clone(),
            kind: value.kind.to_owned(),
            name: value.name.clone(),
            version: value.version.clone(),
            part: finding.part.to_owned(),
            spelling: finding.spelling.to_owned(),
            count: finding.count,
        }
    }

    /// The same without the number of places.
    fn key(&self) -> Entry {
        Entry { count: 0, ..self.clone() }
    }
}

/// Accepted findings.
#[derive(Default)]
pub(super) struct Baseline {
    accepted: BTreeMap<Entry, usize>,
}

impl Baseline {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> CliResult<Self> {
        let (root, leaf) = place(path)?;
        let bytes =
            root.read(&leaf, CAP).map_err(|error| unusable(path, &error.problem.to_string(), "choose another one"))?;
        let bytes = bytes.ok_or_else(|| unusable(path, "it does not exist", "create it with `--update-baseline`"))?;
        let wrong = || unusable(path, "it is not a scan baseline", "recreate it with `--update-baseline`");
        let file: File = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        if file.schema != SCHEMA {
            return Err(wrong());
        }
        Ok(Baseline { accepted: file.accepted.into_iter().map(|entry| (entry.key(), entry.count)).collect() })
    }

    /// Whether a finding was accepted, for each of the values that have this text, at as many places or more.
    pub(super) fn accepts(&self, finding: &Finding) -> bool {
        finding.values.iter().all(|value| {
            let accepted = self.accepted.get(&Entry::of(finding, value).key());
            accepted.is_some_and(|count| *count >= finding.count)
        })
    }

    /// Rewrites the file, so that it also accepts these findings.
    pub(super) fn add(path: &Path, findings: &[Finding]) -> CliResult<()> {
        let mut baseline = if path.exists() { Baseline::read(path)? } else { Baseline::default() };
        for finding in findings {
            for value in &finding.values {
                let entry = Entry::of(finding, value);
                let count = baseline.accepted.entry(entry.key()).or_default();
                *count = (*count).max(entry.count);
            }
        }
        let accepted = baseline.accepted.into_iter().map(|(entry, count)| Entry { count, ..entry }).collect();
        let mut text = serde_json::to_vec_pretty(&File { schema: SCHEMA, accepted }).map_err(std::io::Error::from)?;
        text.push(b'\n');
        let (root, leaf) = place(path)?;
        Ok(root.replace(&leaf, &text).map_err(Error::from)?)
    }
}

fn place(path: &Path) -> CliResult<(Directory, String)> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let leaf = path.file_name().and_then(|name| name.to_str());
    let leaf = leaf.ok_or_else(|| unusable(path, "it is not a file name", "choose another one"))?;
    Ok((Directory::open(parent).map_err(Error::from)?, leaf.to_owned()))
}

fn unusable(path: &Path, why: &str, hint: &str) -> CliError {
    CliError::usage(format!("the baseline `{}` cannot be used: {why}", path.display()), hint)
}

/// The given file, otherwise the one at the top if there is one.
pub(super) fn chosen(given: Option<&Path>, top: &Path) -> Option<PathBuf> {
    let there = || Some(top.join(NAME)).filter(|path| path.is_file());
    given.map(Path::to_path_buf).or_else(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(path: &str, count: usize, versions: &[&str]) -> Finding {
        let value = |version: &&str| ValueView {
            kind: "parameter",
            name: "/a".into(),
            version: (*version).into(),
            labels: Vec::new(),
            reference: String::new(),
        };
        Finding {
            path: path.into(),
            line: 3,
            column: 1,
            count,
            commit: None,
            object: None,
            part: "Whole",
            spelling: "Plain",
            values: versions.iter().map(value).collect(),
        }
    }

    #[test]
    fn what_was_accepted_is_known_again_and_nothing_more() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(NAME);
        Baseline::add(&path, &[finding("a.env", 2, &["1"])]).unwrap();
        Baseline::add(&path, &[finding("c.env", 1, &["1"])]).unwrap();
        let baseline = Baseline::read(&path).unwrap();
        assert!(baseline.accepts(&finding("a.env", 2, &["1"])));
        assert!(baseline.accepts(&finding("a.env", 1, &["1"])), "one of them was removed");
        assert!(!baseline.accepts(&finding("a.env", 3, &["1"])), "there is one more");
        assert!(!baseline.accepts(&finding("b.env", 1, &["1"])));
        assert!(!baseline.accepts(&finding("a.env", 1, &["2"])));
        assert!(!baseline.accepts(&finding("a.env", 1, &["1", "2"])), "another version has the same text now");
        assert!(!Baseline::default().accepts(&finding("a.env", 1, &["1"])));
        assert!(Baseline::read(&home.path().join("none")).is_err());
        std::fs::write(&path, "{\"schema\":2,\"Accepted\":[]}").unwrap();
        assert!(Baseline::read(&path).is_err());
    }
}
