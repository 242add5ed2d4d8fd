//! A `.env` beside a new vault: its values are what most vaults begin with.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::InitArgs;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::Question;
use crate::cli::terminal::page::Format;
use crate::model::name::ParameterPath;
use crate::model::parameter::Parameter;

/// Where the directory's name is no name for a path.
const OTHER_PATH: &str = "/app/dev";

/// What leaves room for the rest of an example in 80 columns.
const SHORT: usize = 20;

/// Offers to import it into a vault that has no parameters yet. Returns the command line that does. Where nobody can answer, it is named.
pub(crate) fn offer(args: &InitArgs, context: &mut Context) -> CliResult<Option<Vec<OsString>>> {
    if context.global.dry_run || args.personal || context.ui.settings().format == Format::Json {
        return Ok(None);
    }
    let target = context.new_place(args.directory.as_deref(), false)?;
    let Some(file) = beside(&target).filter(|file| file.is_file()) else { return Ok(None) };
    let vault = context.open_vault_at(&target)?;
    let has_parameters = !vault.names::<Parameter>()?.found.is_empty();
    vault.finish(context);
    if has_parameters {
        return Ok(None);
    }
    let (file, path) = (as_typed(&file), usual_path(&target));
    let shown = file.display();
    let text = format!("Import the values of {shown} now?");
    let question = Question { text: &text, what: "an answer", flag: "`vault import`" };
    if !context.prompter.is_attended() || !context.prompter.confirm(question, Some(true))? {
        context.ui.note(format!("`vault import {shown} --path {path}` imports the values of that file"));
        return Ok(None);
    }
    let question = Question { text: "Below which path?", what: "a path", flag: "`vault import`" };
    let path = context.prompter.text(question, Some(&path))?;
    context.global.vault = Some(target);
    let words = ["vault".into(), "import".into(), file.into(), "--path".into(), path.into(), "--yes".into()];
    Ok(Some(words.to_vec()))
}

fn beside(target: &Path) -> Option<PathBuf> {
    target.parent().map(|around| around.join(".env"))
}

/// As it would be typed here.
fn as_typed(file: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.as_ref().and_then(|here| file.strip_prefix(here).ok()).unwrap_or(file).to_owned()
}

/// A path for examples that fit a narrow terminal.
pub(super) fn short_path(target: &Path) -> String {
    Some(usual_path(target)).filter(|path| path.len() <= SHORT).unwrap_or_else(|| OTHER_PATH.to_owned())
}

/// The values of a file on a developer's machine are those of development.
fn usual_path(target: &Path) -> String {
    let around = target.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().to_lowercase();
    let path = format!("/{around}/dev");
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let is_path = path.chars().all(fits) && path.parse::<ParameterPath>().is_ok();
    if is_path { path } else { OTHER_PATH.to_owned() }
}
