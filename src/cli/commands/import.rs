//! `vault import`: imports values from files and stores of other tools.

pub(crate) mod failure;
mod gpg;
mod identity;
mod plan;
pub(crate) mod report;
mod source;
mod store;

use std::path::{Path, PathBuf};

use clap::Args;

use self::failure::ImportFailure;
use self::plan::Plan;
use self::report::ImportReport;
use self::source::Origin;
use crate::cli::clash;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git::Git;
use crate::cli::git::plain_file::is_unignored;
use crate::cli::report::count::Count;
use crate::cli::report::write_only;
use crate::cli::terminal::{Question, escape};
use crate::engine::{Import, Imported, Vault};
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::ParameterType;

/// Import values from another tool's file or store
#[derive(Debug, Args)]
#[command(
    long_about = "Import values from another tool's file or store.\n\n\
        Dotenv, JSON and YAML files, output of the AWS CLI, exports of chamber, sops files, and the stores of pass \
        and passage are detected by their content. Names go below PATH; names from AWS are complete, and are kept as \
        they are without a PATH. Versions, labels and stages are kept if the source has them.\n\n\
        Everything is checked before anything is written, and if one value cannot be stored, none is, unless \
        --keep-going is given. The plan is shown first. The source is never changed.",
    after_help = "Examples:\n  \
        vault --dry-run import .env /app/dev            only show the plan\n  \
        vault import .env --path /app/dev --lower       DB_HOST as /app/dev/db_host\n  \
        vault import config.yaml /app/dev --yes --overwrite --verify\n  \
        aws ssm get-parameters-by-path --path / --recursive \\\n    \
        --with-decryption | vault import - --yes\n  \
        vault import secrets.sops.yaml /app/prod\n  \
        vault import ~/.password-store /me --replace _"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ImportArgs {
    /// The file, the store's directory, or - for stdin
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    file: PathBuf,
    /// Path for the imported names
    path: Option<ParameterPath>,
    /// The same as PATH
    #[arg(long = "path", value_name = "PATH", conflicts_with = "path")]
    path_option: Option<ParameterPath>,
    /// Format of FILE, if it cannot be detected: dotenv, json, yaml, aws, sops, properties, csv, tsv, tfvars, pass or
    /// passage
    #[arg(short = 'f', long, alias = "format", value_enum, value_name = "FORMAT", hide_possible_values = true)]
    from: Option<Origin>,
    /// Type of parameters, if the source has none [default: that of the existing parameter, or SecureString]
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<ParameterType>,
    /// Convert names to lower case
    #[arg(long)]
    lower: bool,
    /// Replace characters that a name cannot contain with this one: `.`, `-` or `_`
    #[arg(long, value_name = "CHAR", value_parser = plan::replacement)]
    replace: Option<char>,
    /// What to import from an entry of pass or passage: its first line, the password, or the whole entry [default:
    /// first]
    #[arg(long, value_enum, value_name = "LINES", hide_possible_values = true)]
    lines: Option<store::Lines>,
    /// Output of `aws ssm describe-parameters` or `aws secretsmanager list-secrets`, for descriptions, policies and
    /// tags
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    describe: Option<PathBuf>,
    /// Age identity for sops or passage [default: where these look for it, otherwise your own]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    age_identity: Option<PathBuf>,
    /// Skip empty values and null
    #[arg(long)]
    skip_empty: bool,
    /// Store new versions of existing names
    #[arg(long)]
    overwrite: bool,
    /// Import the rest even if some values cannot be stored
    #[arg(long)]
    keep_going: bool,
    /// Read everything back afterwards and compare it
    #[arg(long)]
    verify: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(args: &ImportArgs, context: &mut Context) -> CliResult<()> {
    let taken = source::take(args, context)?;
    let vault = context.open_vault()?;
    let Plan { rows, imports, fresh, is_whole } = plan::make(args, taken, &vault, context)?;
    let refused = rows.iter().filter(|row| row.error.is_some()).count();
    let dry_run = context.global.dry_run;
    if rows.is_empty() {
        context.ui.note(format!("{} contains nothing to import", args.shown_file()));
    }
    context.ui.report(&ImportReport { plan: rows, dry_run })?;
    if refused > 0 && !args.keep_going {
        return Err(ImportFailure::Refused(refused).into());
    }
    if !dry_run {
        if fresh > 0 {
            args.confirm(fresh, context)?;
            let ui = &mut context.ui;
            let written = vault.import(&imports, context.now, &mut |done| ui.progress("sealed", done));
            ui.progress_done();
            let Imported { written, keys } = written?;
            context.ui.note(format!("{} stored", Count::of(written, "value")));
            for key in &keys {
                write_only::tell(&vault, Some(key), context)?;
            }
        }
        if args.verify {
            verify(&imports, &vault, context)?;
        }
        args.tell_variables(&imports, &vault, context);
        args.say_next(&imports, is_whole, vault.path(), context);
    }
    vault.finish(context);
    if refused > 0 { Err(CliError::Reported(Exit::Refused)) } else { Ok(()) }
}

/// Reads back what was imported, from disk and decrypted.
fn verify(imports: &[Import], vault: &Vault<'_>, context: &mut Context) -> CliResult<()> {
    let mut different = 0;
    for (number, import) in imports.iter().enumerate() {
        if !vault.holds(import, context.now)? {
            different += 1;
            context.ui.warning(format!("{} differs from the source", plan::shown(import)));
        }
        context.ui.progress("compared", number + 1);
    }
    context.ui.progress_done();
    if different > 0 {
        return Err(CliError::Reported(Exit::Check));
    }
    context.ui.note(format!("{} read back and compared: all equal", Count::of(imports.len(), "value")));
    Ok(())
}

impl ImportArgs {
    fn path(&self) -> Option<&ParameterPath> {
        self.path.as_ref().or(self.path_option.as_ref())
    }

    fn is_stdin(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn shown_file(&self) -> String {
        if self.is_stdin() { "stdin".into() } else { format!("`{}`", escape::line(&self.file.display().to_string())) }
    }

    fn confirm(&self, count: usize, context: &Context) -> CliResult<()> {
        let count = Count::of(count, "value");
        let text = match self.path() {
            Some(path) => format!("Import {count} into {}?", path.as_str()),
            None => format!("Import {count}?"),
        };
        context.confirm_change(self.yes, Question::confirmation(&text), "nothing was written")
    }

    /// What `exec` will refuse of the variables that these values become.
    fn tell_variables(&self, imports: &[Import], vault: &Vault<'_>, context: &mut Context) {
        let parameters = imports.iter().filter_map(|import| match import {
            Import::Parameter(puts) => puts.first().map(|put| &put.name),
            Import::Secret(_) => None,
        });
        let names: Vec<&ParameterName> = parameters.collect();
        clash::tell(vault, &names, context);
        let place = imports.first().map(plan::place_of).and_then(|place| place.parse().ok());
        if let Some(path) = self.path().cloned().or(place) {
            clash::tell_refused(&names, &path, context);
        }
    }

    /// The source is kept; the user removes it after checking the values, if it is a file and all of it was imported.
    fn say_next(&self, imports: &[Import], is_whole: bool, vault: &Path, context: &mut Context) {
        let Some(first) = imports.first() else { return };
        let place = self.path().map_or_else(|| plan::place_of(first), |path| path.as_str().to_owned());
        let is_file = !self.is_stdin() && self.file.symlink_metadata().is_ok_and(|found| found.is_file());
        let file = match is_whole {
            _ if !is_file => String::new(),
            true => format!(", then delete {}", self.shown_file()),
            false => format!("; not all of {} was imported", self.shown_file()),
        };
        context.ui.note(format!("try them with `vault exec {place} -- COMMAND`{file}"));
        if !self.is_stdin() && Git::around(vault).is_ok_and(|git| is_unignored(&git, &self.file)) {
            context.ui.note(format!("git does not ignore {}: add it to .gitignore if it stays", self.shown_file()));
        }
    }
}
