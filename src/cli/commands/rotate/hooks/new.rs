//! `vault rotate hooks new`: a commented hook to start from.

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::hook::HookName;

const SHELL: &str = include_str!("start.sh");
const PYTHON: &str = include_str!("start.py");

/// Create a commented hook template
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault rotate hooks new rotate.sh\n  \
    vault rotate hooks new rotate.py")]
pub(crate) struct NewArgs {
    /// File name in the vault's hooks/
    file: HookName,
    /// Language [default: by the file extension]
    #[arg(long)]
    lang: Option<Language>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Sh,
    Python,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewReport {
    hook: String,
    path: String,
}

pub(super) fn run(args: &NewArgs, context: &mut Context) -> CliResult<()> {
    let HookName::File(file) = &args.file else {
        return Err(CliError::Usage {
            message: "a new hook must be a file in the vault's hooks/".into(),
            hint: "use a name like `rotate.sh` or `db/rotate.py`".into(),
        });
    };
    let python = args.lang.map_or(file.rsplit('.').next() == Some("py"), |lang| matches!(lang, Language::Python));
    let vault = context.open_vault()?;
    let path = vault.write_hook(file, if python { PYTHON } else { SHELL }, context.now)?;
    vault.finish(context);
    context.ui.note(format!(
        "edit it, approve it with `vault rotate hooks approve {file}`, then try it with `vault rotate hooks check {file}`"
    ));
    context.ui.report(&NewReport { hook: file.clone(), path: path.display().to_string() })?;
    Ok(())
}

impl Report for NewReport {
    fn text(&self, page: &mut Page) {
        let path = page.paint(Meaning::Name, &self.path);
        page.line(format!("{path} {}", page.done("written")));
    }
}
