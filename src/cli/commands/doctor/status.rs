//! What `vault status` has to say, in one line.

use super::check::{Examination, Line};
use crate::cli::commands::status::attention::attention;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    Ok(vec![match attention(vault, examination.context).iter().filter(|item| item.needs_attention()).count() {
        0 => Line::ok("nothing needs attention"),
        many => {
            let needs = if many == 1 { "needs" } else { "need" };
            Line::warning(format!("{} {needs} attention", Count::of(many, "thing")), "vault status")
        }
    }])
}
