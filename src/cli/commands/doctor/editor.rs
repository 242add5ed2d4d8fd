//! The editor of `edit`.

use super::check::{Examination, Line};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;

pub(super) fn check(_: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let configured = Context::config()?.read()?.editor.clone();
    let command = configured.or_else(|| env::editor().and_then(|editor| editor.into_string().ok()));
    let Some(command) = command else {
        return Ok(vec![Line::warning("no editor is set, and `edit` needs one", "export EDITOR=vim")]);
    };
    let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    // A command line may begin with assignments.
    let program = words.skip_while(|word| word.contains('=')).find(|word| !word.is_empty()).unwrap_or_default();
    let is_there = env::trusted_search_directories().iter().any(|directory| directory.join(program).is_file());
    Ok(vec![if is_there {
        Line::ok(format!("`{command}`"))
    } else {
        Line::warning(format!("the editor `{command}` is not on the search path"), "export EDITOR=vim")
    }])
}
