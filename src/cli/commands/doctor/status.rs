//! What `vault status` has to say, in one line.

use super::check::{Examination, Line};
use crate::cli::commands::status::attention::attention;
use crate::cli::report::count::Count;

pub(super) fn check(examination: &mut Examination<'_>) -> Option<Line> {
    Some(
        match attention(examination.vault?, examination.context).iter().filter(|item| item.needs_attention()).count() {
            0 => Line::ok("nothing needs attention"),
            many => {
                let needs = if many == 1 { "needs" } else { "need" };
                Line::warning(format!("{} {needs} attention", Count::of(many, "thing")), "vault status")
            }
        },
    )
}
