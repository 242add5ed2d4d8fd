//! Many sources, entries of a map, or documents: all errors are reported at once.

use super::{CliError, CliResult};
use crate::cli::advice::advice::Advice;
use crate::cli::exit::Exit;
use crate::cli::report::count::Count;
use crate::cli::terminal::ui::Failure;

/// More problems than this are counted, not shown.
const SHOWN: usize = 20;

/// Once this many have failed, the others are not tried.
const FAILURES: usize = 100;

/// All results, or all errors, in order.
pub(crate) fn together<T>(outcomes: impl Iterator<Item = CliResult<T>>) -> CliResult<Vec<T>> {
    let (mut given, mut wrong) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(one) => given.push(one),
            // Without an identity every one of them would have the same error.
            Err(error) if error.exit() == Exit::Locked || error.exit() == Exit::Input => return Err(error),
            Err(error) => wrong.push(error),
        }
        if wrong.len() == FAILURES {
            break;
        }
    }
    if wrong.is_empty() { Ok(given) } else { Err(one_of(wrong)) }
}

/// One error out of one or several about references.
pub(crate) fn one_of(errors: Vec<CliError>) -> CliError {
    let mut all = Vec::new();
    for error in errors {
        match error {
            CliError::Several(Several { errors: more, .. }) => all.extend(more),
            error => all.push(error),
        }
    }
    Several { what: REFERENCES, errors: all }.or_the_only_one()
}

/// Sources or entries of maps that give no value, or documents that were refused.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be {}", Count::of(.errors.len(), .what.noun), .what.verb)]
pub(crate) struct Several {
    what: What,
    errors: Vec<CliError>,
}

/// What there are several of.
#[derive(Debug, Clone, Copy)]
struct What {
    noun: &'static str,
    verb: &'static str,
    code: &'static str,
}

const REFERENCES: What = What { noun: "reference", verb: "resolved", code: "unresolved" };
const DOCUMENTS: What = What { noun: "document", verb: "trusted", code: "tampered" };

impl Several {
    /// One error out of one or several about documents.
    pub(crate) fn documents(errors: Vec<CliError>) -> CliError {
        Several { what: DOCUMENTS, errors }.or_the_only_one()
    }

    fn or_the_only_one(mut self) -> CliError {
        if self.errors.len() == 1 { self.errors.remove(0) } else { self.into() }
    }

    /// Each with its place and reason, and with its own hint.
    pub(crate) fn details(&self) -> Vec<String> {
        let (said, shared): (Vec<_>, _) = (self.errors.iter().map(CliError::failure).collect(), self.shared_hints());
        let line = |failure: &Failure| {
            let own = failure.hints.iter().filter(|hint| !shared.contains(hint));
            std::iter::once(&failure.message).chain(own).map(String::as_str).collect::<Vec<_>>().join("; ")
        };
        let mut lines: Vec<String> = said.iter().take(SHOWN).map(line).collect();
        if said.len() > SHOWN {
            lines.push(format!("and {} more {}s", said.len() - SHOWN, self.what.noun));
        }
        lines
    }

    /// The highest exit code is the worst. A hint that applies to more than one is shown once, at the end.
    pub(crate) fn advice(&self) -> Advice {
        let exit = self.errors.iter().map(CliError::exit).max().unwrap_or(Exit::Usage);
        Advice { code: self.what.code, exit, hints: self.shared_hints() }
    }

    fn shared_hints(&self) -> Vec<String> {
        let (mut once, mut shared) = (Vec::new(), Vec::new());
        for hint in self.errors.iter().flat_map(|error| error.failure().hints) {
            if !once.contains(&hint) {
                once.push(hint);
            } else if !shared.contains(&hint) {
                shared.push(hint);
            }
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::input::sources::FORMS;

    fn usage(message: &str) -> CliError {
        CliError::usage(message, FORMS)
    }

    #[test]
    fn one_error_stays_itself_and_several_are_told_in_their_order() {
        assert!(matches!(one_of(vec![usage("a")]), CliError::Usage { .. }));
        let inner = one_of(vec![usage("a"), usage("b")]);
        let missing = CliError::Missing(vec!["/x".into()]);
        let CliError::Several(several) = one_of(vec![inner, missing, usage("c")]) else { panic!("not several") };
        let (details, Advice { exit, hints, .. }) = (several.details(), several.advice());
        assert!(details[2].contains("/x") && details[2].ends_with("lists the parameters"), "its own hint: {details:?}");
        assert_eq!([&details[0], &details[1], &details[3]], ["a", "b", "c"]);
        assert_eq!((hints, exit), (vec![FORMS.to_owned()], Exit::NotFound));
    }

    #[test]
    fn what_everything_would_say_is_said_once() {
        let locked = || CliError::Engine(crate::engine::Error::NotAMember);
        let outcome = together([Err(usage("a")), Ok(()), Err(locked()), Err(locked())].into_iter());
        assert!(matches!(outcome, Err(CliError::Engine(_))), "{outcome:?}");
    }

    #[test]
    fn many_are_counted() {
        let CliError::Several(several) = one_of((0..SHOWN + 3).map(|n| usage(&n.to_string())).collect()) else {
            panic!("not several")
        };
        let details = several.details();
        assert_eq!((details.len(), details.last().unwrap().as_str()), (SHOWN + 1, "and 3 more references"));
    }
}
