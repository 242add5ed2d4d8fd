//! `vault find`: names that contain a text.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::names::Names;
use crate::cli::report::refused;
use crate::engine::{Refused, Vault};
use crate::model::name::ParameterPath;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::store::files::Reach;

/// Find parameters and secrets by a part of their name
#[derive(Debug, Args)]
#[command(
    long_about = "Find parameters and secrets by a part of their name, ignoring case. Nothing found exits with 3.\n\n\
        Names are read from the directory tree. --details also searches descriptions and tags, which reads every document, but no value; \
        `vault grep` searches values.",
    after_help = "Examples:\n  vault find passw\n  vault find payments --details     also in descriptions and tags"
)]
pub(crate) struct FindArgs {
    /// Part of a name
    text: String,
    /// Search descriptions and tags too
    #[arg(short, long)]
    details: bool,
}

pub(crate) fn run(args: &FindArgs, context: &mut Context) -> CliResult<()> {
    let wanted = args.text.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&wanted);
    let vault = context.open_vault()?;
    let (names, refused) = if args.details {
        described(&vault, fits, context.now)?
    } else {
        let (mut names, refused) = Names::of(&vault)?;
        names.retain(fits, fits);
        (names, refused)
    };
    vault.finish(context);
    if names.is_empty() && refused.is_empty() {
        return Err(CliError::NothingFound {
            searched: if args.details { "name, description or tag" } else { "name" },
        });
    }
    context.ui.report(&names)?;
    refused::outcome(refused)
}

/// What fits by its name, its description or a tag.
fn described(vault: &Vault<'_>, fits: impl Fn(&str) -> bool, now: Timestamp) -> CliResult<(Names, Vec<Refused>)> {
    let mut parameters = vault.parameters_below(&ParameterPath::root(), Reach::Descendants, now)?;
    parameters.found.retain(|it| {
        let description = it.latest().map(|version| version.settings.description.as_str()).unwrap_or_default();
        fits(it.name.as_str()) || fits(description) || it.tags.iter().any(|(key, value)| fits(key) || fits(value))
    });
    let mut secrets = vault.secrets()?;
    secrets.found.retain(|it: &Secret| {
        let is_tagged = it.tags.iter().any(|(key, value)| fits(key) || fits(value));
        it.require_live().is_ok() && (fits(it.name.as_str()) || fits(&it.description) || is_tagged)
    });
    let names = Names {
        parameters: parameters.found.iter().map(|it| it.name.to_string()).collect(),
        secrets: secrets.found.iter().map(|it| it.name.to_string()).collect(),
    };
    Ok((names, refused::joined([parameters.refused, secrets.refused])))
}
