//! `vault pick`: a name from a list on the terminal, and perhaps a command for it.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::pick::{Offer, Picked, pick};
use crate::cli::terminal::{Page, Report};

/// Pick a parameter or a secret from a list on the terminal
#[derive(Debug, Args)]
#[command(
    long_about = "Pick a parameter or a secret from a list on the terminal, and print its name, or run a command for it.\n\n\
        Type parts of the name in any order and case; arrow keys choose, Enter picks, Esc leaves. Below the list is what is \
        known of the chosen one: never its value. The list is drawn on the terminal itself, so the output can be used: \
        psql \"$(vault pick --then get)\".\n\n\
        A command that lacks its NAME, such as `vault get` or `vault secret show`, offers the same list.",
    after_help = "Examples:\n  \
        vault pick --then copy             the value to the clipboard\n  \
        vault pick db --then edit          begin with `db`\n  \
        vault pick --kind secret --then show\n  \
        vault pick --then exec -- psql     run psql with the value in its environment"
)]
pub(crate) struct PickArgs {
    /// Text to begin with
    #[arg(value_name = "TEXT", default_value = "", hide_default_value = true)]
    text: String,
    /// Offer only parameters, or only secrets
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// What to do with it [default: print its name]
    #[arg(long, value_name = "ACTION")]
    then: Option<Then>,
    /// With --then exec: the program and its arguments
    #[arg(last = true, value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Parameter,
    Secret,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Then {
    Get,
    Copy,
    Show,
    Edit,
    Exec,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PickReport {
    name: String,
    kind: &'static str,
}

/// Returns the command line of the command that is to run for what was picked.
pub(crate) fn run(args: &PickArgs, context: &mut Context) -> CliResult<Option<Vec<OsString>>> {
    if args.command.is_empty() == (args.then == Some(Then::Exec)) {
        return Err(CliError::usage(
            "`--then exec` and a program belong together",
            "write `vault pick --then exec -- PROGRAM`",
        ));
    }
    let offer = match args.kind {
        Some(Kind::Parameter) => Offer::Parameters,
        Some(Kind::Secret) => Offer::Secrets,
        None => Offer::Both,
    };
    let instead = args.then.map_or("`vault ls`", Then::instead);
    let picked = pick(offer, &args.text, instead, context)?;
    let Some(then) = args.then else {
        let kind = if matches!(picked, Picked::Parameter(_)) { "parameter" } else { "secret" };
        context.ui.report(&PickReport { name: picked.name().to_owned(), kind })?;
        return Ok(None);
    };
    Ok(Some(then.words(&picked, &args.command)))
}

impl Then {
    /// What to type where there is no terminal.
    fn instead(self) -> &'static str {
        match self {
            Then::Get => "`vault get NAME`",
            Then::Copy => "`vault get --copy NAME`",
            Then::Show => "`vault show NAME`",
            Then::Edit => "`vault edit NAME`",
            Then::Exec => "`vault exec NAME -- PROGRAM`",
        }
    }

    /// The command line.
    fn words(self, picked: &Picked, program: &[OsString]) -> Vec<OsString> {
        let (group, name) = match picked {
            Picked::Parameter(name) => ("param", name.to_string()),
            Picked::Secret(name) => ("secret", name.to_string()),
        };
        let words = match (self, picked) {
            (Then::Get, _) => vec![group, "get", "--", &name],
            (Then::Copy, _) => vec![group, "get", "--copy", "--", &name],
            (Then::Show, _) => vec![group, "show", "--", &name],
            (Then::Edit, _) => vec![group, "edit", "--", &name],
            (Then::Exec, Picked::Parameter(_)) => {
                let source = format!("/{}", name.trim_start_matches('/'));
                return line(&["exec", &source, "--"]).chain(program.iter().cloned()).collect();
            }
            (Then::Exec, Picked::Secret(_)) => {
                return line(&["exec", &format!("secret:{name}"), "--"]).chain(program.iter().cloned()).collect();
            }
        };
        line(&words).collect()
    }
}

fn line(words: &[&str]) -> impl Iterator<Item = OsString> {
    std::iter::once("vault").chain(words.iter().copied()).map(OsString::from).collect::<Vec<_>>().into_iter()
}

impl Report for PickReport {
    fn text(&self, page: &mut Page) {
        page.line(&self.name);
    }
}
