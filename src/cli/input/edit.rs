//! `edit` of parameters and secrets: the user's editor, found and started.

use std::path::Path;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::editor::{Disk, Edited, Editor};
use crate::model::value::SecretValue;
use crate::model::value_form::VALUE_LIMIT;

/// The most bytes of a document of many values.
const DOCUMENT_LIMIT: usize = 4 << 20;

/// Opens a value in the user's editor: the configured one, or else that of the environment. `allow_disk` is `--allow-disk`.
pub(crate) fn edit(value: &SecretValue, allow_disk: bool) -> CliResult<Edited> {
    open(value, "value", VALUE_LIMIT, allow_disk)
}

/// The same for a YAML document of many values.
pub(crate) fn edit_document(document: &SecretValue, allow_disk: bool) -> CliResult<Edited> {
    open(document, "values.yaml", DOCUMENT_LIMIT, allow_disk)
}

fn open(value: &SecretValue, file: &str, limit: usize, allow_disk: bool) -> CliResult<Edited> {
    let configured = Context::config()?.read()?.editor.clone();
    let command = configured.or_else(|| env::editor().and_then(|editor| editor.into_string().ok()));
    let command =
        command.ok_or_else(|| CliError::usage("no editor is set", "set EDITOR, such as `export EDITOR=vim`"))?;
    let (runtime, search) = (env::runtime_directory(), env::trusted_search_path());
    let disk = if allow_disk { Disk::Allow(Path::new("/tmp")) } else { Disk::Refuse };
    let (runtime_directory, search) = (runtime.as_deref(), search.as_deref());
    let editor = Editor { command: &command, runtime_directory, search, disk, file, limit };
    Ok(editor.edit(value)?)
}
