//! `vault rotate hooks new`: a hook that works as it is, or a commented one to start from.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::choice::choice;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::hook::Template;
use crate::model::hook::HookName;

const SHELL: &str = include_str!("start.sh");
const PYTHON: &str = include_str!("start.py");

/// Create a hook from a template
#[derive(Debug, Args)]
#[command(
    long_about = "Create a hook from a template.\n\n\
        A hook with --template works as it is. Its first lines say what the secret holds, which options it takes and \
        what must be installed. Without --template it is a commented hook to fill in.",
    after_help = "Examples:\n  \
        vault rotate hooks new redis.py --template redis\n  \
        vault rotate hooks new rotate.sh\n  \
        vault rotate hooks new rotate.py"
)]
pub(crate) struct NewArgs {
    /// File name in the vault's hooks/
    file: HookName,
    /// Hook that works as it is
    #[arg(long, value_name = "NAME", value_parser = templates(), conflicts_with = "lang")]
    template: Option<&'static Template>,
    /// Language [default: by the file extension]
    #[arg(long, value_parser = choice(&[("sh", "", SHELL), ("python", "", PYTHON)]))]
    lang: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewReport {
    hook: String,
    path: String,
}

/// Their names, with what they rotate.
fn templates() -> impl TypedValueParser<Value = &'static Template> {
    let names = Template::ALL.map(|template| PossibleValue::new(template.name).help(template.about));
    PossibleValuesParser::new(names).try_map(|name| Template::named(&name).ok_or("no such template"))
}

pub(super) fn run(args: &NewArgs, context: &mut Context) -> CliResult<()> {
    let HookName::File(file) = &args.file else {
        return Err(CliError::usage(
            "a new hook must be a file in the vault's hooks/",
            "use a name like `rotate.sh` or `db/rotate.py`",
        ));
    };
    let is_python = Path::new(file).extension().is_some_and(|extension| extension == "py");
    let start = args.lang.unwrap_or(if is_python { PYTHON } else { SHELL });
    let text = args.template.map_or(start, |template| template.text);
    let vault = context.open_vault()?;
    let path = vault.write_hook(file, text, context.now)?;
    vault.finish(context);
    let approve = format!("approve it with `vault rotate hooks approve {file}`");
    context.ui.note(match args.template {
        Some(_) => format!("read its first lines, {approve}, then `vault rotate configure NAME --hook {file}`"),
        None => format!("edit it, {approve}, then try it with `vault rotate hooks check {file}`"),
    });
    Ok(context.ui.report(&NewReport { hook: file.clone(), path: path.display().to_string() })?)
}

impl Report for NewReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} {}", page.paint(Meaning::Name, &self.path), page.done("written")));
    }
}
