//! Questions to logs: which records match, and how many there are of each kind.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use memchr::memmem::Finder;

use super::super::private::PrivateError;
use super::lines::each_line;
use super::record::{Action, Outcome, Record};

/// What records must be like. Members that are `None` or empty do not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Not before this instant, with milliseconds as in records.
    pub(crate) since: Option<String>,
    /// Before this instant.
    pub(crate) until: Option<String>,
    /// The name: itself, everything below it, or a pattern with `*`.
    pub(crate) path: Option<String>,
    /// The member, user, machine, agent or job; part of any of them if it has a `*`.
    pub(crate) by: Option<String>,
    /// What was done.
    pub(crate) action: Option<Action>,
    /// How it ended.
    pub(crate) outcomes: Vec<Outcome>,
    /// The command or its first word.
    pub(crate) command: Option<String>,
    /// A label or stage that the version had.
    pub(crate) label: Option<String>,
}

impl Filter {
    /// Whether a record is like that. What the log says about itself is only if nothing but time is asked for.
    pub(crate) fn matches(&self, record: &Record<'_>) -> bool {
        let is_use = matches!(record.action, Action::Open | Action::Change);
        let (key, credential) = record.credential();
        let principals = [&record.member, &record.user, &record.host, &record.agent, &record.job, key, credential];
        self.since.as_deref().is_none_or(|since| &*record.time >= since)
            && self.until.as_deref().is_none_or(|until| &*record.time < until)
            && self.path.as_deref().is_none_or(|path| record.name == "*" || covers(path, &record.name))
            && self.by.as_deref().is_none_or(|by| principals.iter().any(|who| is_like(by, who)))
            && self.action.map_or(is_use, |action| action == record.action)
            && (self.outcomes.is_empty() || self.outcomes.contains(&record.outcome))
            && self.command.as_deref().is_none_or(|command| begins_with_words(&record.command, command))
            && self.label.as_ref().is_none_or(|label| record.labels.iter().any(|it| it == label))
    }

    /// What the line of every matching record contains: one text of each list.
    fn literals(&self) -> Vec<Vec<String>> {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default().trim_matches('"').to_owned();
        let longest = |pattern: &str| pattern.split('*').max_by_key(|part| part.len()).map(quoted);
        let mut all = Vec::new();
        // Who did it may be in any member.
        all.extend(self.by.as_deref().and_then(longest).map(|by| vec![by]));
        // A record of all names matches every path.
        let path = self.path.as_deref().and_then(|path| longest(path.trim_end_matches('/')));
        all.extend(path.map(|path| vec![path, "\"name\":\"*\"".to_owned()]));
        let outcomes = self.outcomes.iter().map(|outcome| format!("\"outcome\":\"{}\"", outcome.as_str()));
        all.push(outcomes.collect());
        all.extend(self.label.as_deref().map(|label| vec![quoted(label)]));
        all.retain(|texts: &Vec<String>| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()));
        all
    }
}

/// Whether a pattern means a name: itself, everything below it, or with `*` for any text.
fn covers(pattern: &str, name: &str) -> bool {
    if pattern.contains('*') {
        return is_like(pattern, name);
    }
    let pattern = pattern.trim_end_matches('/');
    name.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || pattern.is_empty())
}

/// Whether a text is a pattern's, in which `*` means any text.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn begins_with_words(command: &str, words: &str) -> bool {
    command.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Calls `visit` with every matching record of a log, the oldest first.
pub(crate) fn matching(
    log: &Path,
    filter: &Filter,
    mut visit: impl FnMut(&[u8], &Record<'_>),
) -> Result<(), PrivateError> {
    let literals = filter.literals();
    let sieves: Vec<Vec<Finder<'_>>> = literals.iter().map(|texts| texts.iter().map(Finder::new).collect()).collect();
    each_line(log, |line| {
        let is_likely = sieves.iter().all(|finders| finders.iter().any(|finder| finder.find(line).is_some()));
        if is_likely && let Some(record) = Record::parse(line).filter(|record| filter.matches(record)) {
            visit(line, &record);
        }
    })
}

/// What records are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupBy {
    /// The member.
    Member,
    /// The user of the machine.
    User,
    /// The machine.
    Host,
    /// The name of the parameter or secret.
    Name,
    /// The command.
    Command,
    /// The program that got the value.
    Program,
    /// The day.
    Day,
    /// What was done.
    Action,
    /// How it ended.
    Outcome,
    /// The coding agent.
    Agent,
    /// The job of continuous integration.
    Job,
    /// The credential with which a program called the server.
    Credential,
}

/// Records that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Group {
    /// How many there are.
    pub(crate) count: u64,
    /// How many of them were refused or failed.
    pub(crate) refused: u64,
    /// The time of the first one.
    pub(crate) first: String,
    /// The time of the last one.
    pub(crate) last: String,
}

/// Adds a record to the group that it belongs to.
pub(crate) fn group(groups: &mut BTreeMap<Vec<String>, Group>, by: &[GroupBy], record: &Record<'_>) {
    let key: Vec<String> = by.iter().map(|by| by.of(record).into_owned()).collect();
    let group = groups.entry(key).or_default();
    group.count += record.times.max(1);
    if record.outcome != Outcome::Allowed {
        group.refused += record.times.max(1);
    }
    if group.first.is_empty() || *record.time < *group.first {
        record.time.as_ref().clone_into(&mut group.first);
    }
    if *record.time > *group.last {
        record.time.as_ref().clone_into(&mut group.last);
    }
}

impl GroupBy {
    fn of<'a>(self, record: &'a Record<'_>) -> Cow<'a, str> {
        Cow::Borrowed(match self {
            GroupBy::Member => &record.member,
            GroupBy::User => &record.user,
            GroupBy::Host => &record.host,
            GroupBy::Name => &record.name,
            GroupBy::Command => &record.command,
            GroupBy::Program => &record.program,
            GroupBy::Day => record.time.get(..10).unwrap_or_default(),
            GroupBy::Action => record.action.as_str(),
            GroupBy::Outcome => record.outcome.as_str(),
            GroupBy::Agent => &record.agent,
            GroupBy::Job => &record.job,
            GroupBy::Credential => record.credential().1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Link;
    use super::*;

    fn record(name: &'static str, member: &'static str) -> Record<'static> {
        Record {
            name: name.into(),
            member: member.into(),
            time: "2026-11-29T08:00:00.123Z".into(),
            ..Record::default()
        }
    }

    #[test]
    fn a_path_covers_whole_levels_and_patterns() {
        let of = |path: &str| Filter { path: Some(path.into()), ..Filter::default() };
        for (path, name, expected) in [
            ("prod/db", "prod/db", true),
            ("prod/db", "prod/db/main", true),
            ("prod/db", "prod/dbx", false),
            ("/", "/a/b", true),
            ("prod/*", "prod/db", true),
            ("*/password", "/shop/db/password", true),
            ("*/password", "/shop/db/passwords", false),
            ("a*b*c", "a12b34c", true),
            ("a*b*c", "acb", false),
            ("aba*aba", "aba", false),
        ] {
            let found = of(path).matches(&Record { name: name.into(), ..Record::default() });
            assert_eq!(found, expected, "{path} {name}");
        }
        assert!(of("prod").matches(&record("*", "ana")), "a command that opened all opened these too");
    }

    #[test]
    fn times_people_and_outcomes_are_asked_for() {
        let ana = record("/a", "ana");
        let filter = |change: &dyn Fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter.matches(&ana)
        };
        assert!(filter(&|it| it.since = Some("2026-11-29T08:00:00.000Z".into())));
        assert!(filter(&|it| it.since = Some("2026-11-29".into())));
        assert!(!filter(&|it| it.until = Some("2026-11-29".into())));
        assert!(filter(&|it| it.by = Some("ana".into())) && filter(&|it| it.by = Some("a*".into())));
        assert!(!filter(&|it| it.by = Some("an".into())));
        assert!(!filter(&|it| it.outcomes = vec![Outcome::Denied]));
        assert!(!filter(&|it| it.action = Some(Action::Change)));
        assert!(!Filter::default().matches(&Record { action: Action::Begin, ..Record::default() }));
    }

    #[test]
    fn every_line_that_matches_has_a_text_of_each_list() {
        let one = Record { outcome: Outcome::Denied, labels: vec!["live".into()], ..record("/app/a \"b\"/c", "bob") };
        let all = Record { outcome: Outcome::Failed, labels: vec!["live".into()], ..record("*", "bob") };
        let filter = |path: &str, by: &str| Filter {
            path: Some(path.into()),
            by: Some(by.into()),
            outcomes: vec![Outcome::Denied, Outcome::Failed],
            label: Some("live".into()),
            ..Filter::default()
        };
        for (path, by) in [("/app/", "bob"), ("/app/a \"b\"", "b*"), ("*\"/c", "*b"), ("/", "*"), ("*", "bob")] {
            let filter = filter(path, by);
            assert!(filter.literals().len() >= 2, "{path} {by}");
            for record in [&one, &all] {
                let line = record.line(Link { seq: 7, prev: [1; 32] });
                assert!(filter.matches(record), "{path} {by} {line}");
                let passes = filter.literals().iter().all(|texts| texts.iter().any(|text| line.contains(text)));
                assert!(passes, "{path} {by} {line}");
            }
        }
        assert!(filter("/app", "*").literals().iter().any(|texts| texts[0] == "/app"), "a path is a sieve");
    }

    #[test]
    fn records_are_counted_by_what_they_have_in_common() {
        let mut groups = BTreeMap::new();
        for (name, member) in [("/a", "ana"), ("/b", "ana"), ("/a", "bob")] {
            group(&mut groups, &[GroupBy::Member, GroupBy::Day], &record(name, member));
        }
        assert_eq!(groups[&vec!["ana".to_owned(), "2026-11-29".to_owned()]].count, 2);
        assert_eq!(groups.len(), 2);
    }
}
