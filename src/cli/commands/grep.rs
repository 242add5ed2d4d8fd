//! `vault grep`: names of values that contain a text.

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::value_input::{FinalNewline, ValueOptions};
use crate::cli::report::count::Count;
use crate::cli::report::refused;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::engine::{Depth, ValueName};
use crate::model::trust::Kind;
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;

/// Find parameters and secrets whose value contains a text
#[derive(Debug, Args)]
#[command(
    long_about = "Find parameters and secrets whose value contains a text. Names and versions are printed, values never. Nothing found \
        exits with 3.\n\n\
        The newest version of each parameter and the current one of each secret are searched, with --all-versions every version. TEXT is \
        seen by other programs and by the shell's history. If it is secret, omit it to be prompted for it without echo, or use --stdin.",
    after_help = "Examples:\n  \
        vault grep db.internal\n  \
        vault grep --ignore-case DB.internal --all-versions\n  \
        vault grep                                 prompts without echo\n  \
        pbpaste | vault grep --stdin"
)]
pub(crate) struct GrepArgs {
    /// Text to search for; visible in the shell's history
    #[arg(value_name = "TEXT")]
    value: Option<String>,
    /// Read the text from standard input
    #[arg(long, conflicts_with = "value")]
    stdin: bool,
    /// Ignore the case of ASCII letters
    #[arg(short, long)]
    ignore_case: bool,
    /// Search previous versions too
    #[arg(short, long)]
    all_versions: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GrepReport {
    found: Vec<FoundView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FoundView {
    kind: &'static str,
    name: String,
    version: String,
    labels: Vec<String>,
    #[serde(skip)]
    is_secret: bool,
}

pub(crate) fn run(args: GrepArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let (ignore_case, depth) = (args.ignore_case, if args.all_versions { Depth::All } else { Depth::Current });
    let text = args.text(context)?;
    let mut found = Vec::new();
    vault.will_open_values();
    let searched = vault.each_current_value(depth, context.now, |name, value| {
        if contains(value.reveal(), text.reveal(), ignore_case) {
            found.push(FoundView::from(name));
        }
    })?;
    vault.finish(context);
    if searched.unopened > 0 {
        let values = Count::of(searched.unopened, "value");
        context.ui.warning(format!("{values} not searched: you cannot use their keys"));
    }
    if !searched.refused.is_empty() {
        let documents = Count::of(searched.refused.len(), "document");
        context.ui.warning(format!("{documents} not searched, as said below"));
    }
    if found.is_empty() && searched.refused.is_empty() {
        return Err(CliError::NothingFound { searched: "value" });
    }
    context.ui.report(&GrepReport { found })?;
    refused::outcome(searched.refused)
}

impl GrepArgs {
    /// The text, which may itself be secret.
    fn text(self, context: &Context) -> CliResult<SecretValue> {
        if self.value.is_none() && !self.stdin {
            let question =
                Question { text: "Text to search for", what: "a text to search for", flag: "TEXT or `--stdin`" };
            let mut typed = context.prompter.passphrase(question)?;
            return Ok(SecretValue::from_text(std::mem::take(&mut *typed)));
        }
        let given = ValueOptions { argument: self.value.map(Zeroizing::new), stdin: self.stdin, file: None };
        let question = Question { text: "", what: "a text to search for", flag: "`--stdin`" };
        let source = given.source()?;
        Ok(source.take(ValueForm::Text, FinalNewline::Drop, context.prompter, question)?.value)
    }
}

/// Compares in place: a copy in lower case would be one more place with a value.
fn contains(value: &[u8], text: &[u8], ignore_case: bool) -> bool {
    let is_equal = |part: &[u8]| if ignore_case { part.eq_ignore_ascii_case(text) } else { part == text };
    !text.is_empty() && value.windows(text.len()).any(is_equal)
}

impl From<ValueName> for FoundView {
    fn from(ValueName { kind, name, version, labels, .. }: ValueName) -> Self {
        FoundView { kind: kind.as_str(), name, version, labels, is_secret: kind == Kind::Secret }
    }
}

impl Report for GrepReport {
    fn text(&self, page: &mut Page) {
        for found in &self.found {
            let name = page.paint(Meaning::Name, &found.name);
            let version = page.paint(Meaning::Version, &found.version);
            if found.is_secret {
                let stages = page.paint(Meaning::Label, &found.labels.join(" "));
                page.line(format!("{name} {version} {stages}").trim_end());
            } else {
                page.line(format!("{name}:{version}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_at_both_ends_and_in_any_case_if_asked() {
        for (value, text, ignore_case, is_found) in [
            ("db.internal", "db.", false, true),
            ("db.internal", "nal", false, true),
            ("db.internal", "DB", false, false),
            ("db.internal", "DB.INTERNAL", true, true),
            ("db", "db.internal", true, false),
            ("", "x", false, false),
        ] {
            assert_eq!(contains(value.as_bytes(), text.as_bytes(), ignore_case), is_found, "{value} {text}");
        }
    }
}
