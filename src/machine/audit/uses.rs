//! Who used what, from the records of several logs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::super::private::PrivateError;
use super::query::{Filter, matching};
use super::record::{Action, Outcome};

/// How one program of one member on one machine used one name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Use {
    /// `parameter` or `secret`.
    pub(crate) kind: String,
    /// The name.
    pub(crate) name: String,
    /// The member whose identity was used.
    pub(crate) member: String,
    /// The machine.
    pub(crate) host: String,
    /// The program that got the value, otherwise the command.
    pub(crate) program: String,
    /// Whether a program got the value once for as long as it runs, or a file did.
    pub(crate) is_handed_over: bool,
    /// How often.
    pub(crate) count: u64,
    /// How often since the instant that counts as recent.
    pub(crate) recent: u64,
    /// The first time.
    pub(crate) first: String,
    /// The last time.
    pub(crate) last: String,
    /// The version that it got the last time.
    pub(crate) last_version: String,
}

/// Every use that was allowed, by name, member, machine and program. What looked into all names is none.
pub(crate) fn uses(logs: &[PathBuf], filter: Filter, recent: &str) -> Result<Vec<Use>, PrivateError> {
    let filter = Filter { action: Some(Action::Open), outcomes: vec![Outcome::Allowed], ..filter };
    let mut uses: BTreeMap<[String; 5], Use> = BTreeMap::new();
    for log in logs {
        matching(log, &filter, |_, record| {
            if record.name == "*" {
                return;
            }
            let program = if record.program.is_empty() { &record.command } else { &record.program };
            let key = [&record.name, &record.member, &record.host, program, &record.kind].map(ToString::to_string);
            let found = uses.entry(key).or_insert_with_key(|[name, member, host, program, kind]| Use {
                kind: kind.clone(),
                name: name.clone(),
                member: member.clone(),
                host: host.clone(),
                program: program.clone(),
                is_handed_over: !record.program.is_empty(),
                first: record.time.to_string(),
                ..Use::default()
            });
            found.count += 1;
            found.recent += u64::from(&*record.time >= recent);
            if *record.time < *found.first {
                found.first = record.time.to_string();
            }
            if *record.time >= *found.last {
                found.last = record.time.to_string();
                found.last_version = record.version.to_string();
            }
        })?;
    }
    Ok(uses.into_values().collect())
}
