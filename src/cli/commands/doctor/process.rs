//! The process: whether the system lets it keep its memory out of core files.

use rustix::process::{Resource, getrlimit};

use super::check::{Examination, Line};
use crate::cli::error::CliResult;

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn check(_: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    Ok(vec![if getrlimit(Resource::Core).current == Some(0) {
        Line::ok("a crash writes no core file")
    } else {
        Line::warning(
            "a crash may write a core file with values in it: the system refused to prevent that",
            "ulimit -c 0",
        )
    }])
}
