//! The process: whether the system lets it keep its memory out of core files.

use rustix::process::{Resource, getrlimit};

use super::check::Line;

pub(super) fn check() -> Line {
    if getrlimit(Resource::Core).current == Some(0) {
        Line::ok("a crash writes no core file")
    } else {
        Line::warning(
            "a crash may write a core file with values in it: the system refused to prevent that",
            "ulimit -c 0",
        )
    }
}
