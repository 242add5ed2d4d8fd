//! The sources of values on the command line, as `exec`, `env`, `export` and `explain` accept them.

mod gatherer;
mod mapped;
mod parameter;
mod secret;
mod shape;

use std::path::{Path, PathBuf};

use clap::Args;

use self::gatherer::Gatherer;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult, together};
use crate::cli::input::meant::typed;
use crate::cli::terminal::ui::Stream;
use crate::engine::Vault;
use crate::inject::environment::Injected;
use crate::inject::variable::Variable;

/// The help text about sources.
pub(crate) const ABOUT: &str = "A source is one of
  /app/prod                 every parameter below a path
  /app/prod/db/password:3   one parameter, with a version or label;
                            param:/app/prod if that is a path too
  prod/db                   a secret, or secret:prod/db;
                            --flatten: one variable per JSON key
  DB_HOST                   what is below the current path
                            (`vault config set path`)
  DB_PASS=prod/db:password  a variable of your choice: /NAME[:VERSION|:LABEL]
                            or ID[:KEY[:STAGE[:VERSION_ID]]], or text with
                            {{resolve:…}} references
  ./map.yaml                a file: a map VAR: reference, a buildspec,
                            a container definition, a dotenv file";

/// Where to read more if a reference or a map cannot be read.
pub(crate) const FORMS: &str = "`vault exec --help` explains maps and references";

/// Sources, and how their names become variables.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Paths, names, secrets, NAME=REFERENCE, or files (./map.yaml)
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// File with variables: a map of references, a buildspec, a container definition or a dotenv file; may be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    map: Vec<PathBuf>,
    /// Container of an ECS task definition whose variables are taken
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// One variable for each key of a JSON secret
    #[arg(long)]
    flatten: bool,
    /// Add NAME_PREVIOUS for each value of a secret that has a version staged AWSPREVIOUS
    #[arg(long)]
    with_previous: bool,
    /// Prefix for each variable name
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// Style of variable names: upper (DB_PASSWORD), keep (db_password) or last (PASSWORD)
    #[arg(long, value_name = "STYLE", value_enum, default_value_t = Style::Upper, hide_possible_values = true)]
    name_style: Style,
}

/// Variables that the user allows in spite of their names.
#[derive(Debug, Args)]
pub(crate) struct AllowedArgs {
    /// Allow a variable that programs obey, such as LD_PRELOAD or HTTPS_PROXY; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_variable: Vec<Variable>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Style {
    Upper,
    Keep,
    Last,
}

impl SourceArgs {
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let sources = self.sources.iter().filter(|source| is_file(source) && assignment(source).is_none());
        self.map.iter().cloned().chain(sources.map(PathBuf::from)).collect()
    }

    /// Every source with its values, files first: the command line overrides them.
    pub(crate) fn gather(&self, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Vec<Injected>>> {
        let usual = self.usual(context)?;
        if self.sources.is_empty() && self.map.is_empty() && usual.is_none() {
            return Err(CliError::usage(
                "no source of values was given",
                "give one, such as `/app/dev`; `vault ls` lists the names, and `vault config set path /app/dev` sets one for this \
                       directory",
            ));
        }
        if self.container.is_some() && self.files().is_empty() {
            return Err(CliError::usage(
                "`--container` was given without a file that defines containers",
                "give the task definition with `--map FILE`",
            ));
        }
        vault.will_open_values();
        let gatherer = Gatherer { args: self, vault, resolver: vault.resolver(), context };
        let files = self.map.iter().map(|file| gatherer.file(file));
        together(files.chain(self.sources.iter().chain(&usual).map(|source| gatherer.source(source))))
    }

    /// The sources that become variables although `--serve` was given: `NAME=REFERENCE` and files.
    pub(crate) fn gather_explicit(&self, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Vec<Injected>>> {
        vault.will_open_values();
        let gatherer = Gatherer { args: self, vault, resolver: vault.resolver(), context };
        let files = self.map.iter().map(|file| gatherer.file(file));
        let explicit = self.sources.iter().filter(|source| is_explicit(source));
        together(files.chain(explicit.map(|source| gatherer.source(source))))
    }

    /// The sources that a program may ask for itself: paths and names.
    pub(crate) fn served(&self, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<String>> {
        let gatherer = Gatherer { args: self, vault, resolver: vault.resolver(), context };
        let served = self.sources.iter().filter(|source| !is_explicit(source)).map(|source| gatherer.whole(source));
        served.chain(self.usual(context)?.map(Ok)).collect()
    }

    /// Notes what was typed for the log of uses, and says on a terminal which path is used if no source was given: nothing steers a
    /// program without a word.
    pub(crate) fn announce(&self, context: &mut Context) -> CliResult<()> {
        context.purpose.typed = typed(&self.sources, None);
        if let (Some(path), Stream::Terminal(_)) = (self.usual(context)?, context.ui.settings().stderr) {
            context.ui.note(format!("using `{path}`, the current path of this directory (`vault config get path`)"));
        }
        Ok(())
    }

    /// The current path of the directory, if no source was given. The slash at its end makes it a path in any case.
    fn usual(&self, context: &Context) -> CliResult<Option<String>> {
        if !self.sources.is_empty() || !self.map.is_empty() {
            return Ok(None);
        }
        Ok(context.current_path()?.map(|(_, path)| format!("{}/", path.as_str().trim_end_matches('/'))))
    }
}

/// `NAME=reference`. A secret may have `=` in its name; `secret:` before it makes it unambiguous.
fn assignment(source: &str) -> Option<(Variable, &str)> {
    let (name, reference) = source.split_once('=')?;
    Some((name.parse().ok()?, reference))
}

/// Whether it says itself which variable it becomes.
fn is_explicit(source: &str) -> bool {
    assignment(source).is_some() || is_file(source)
}

/// Whether a source is a file: by its spelling alone, so that a new file never changes what a name means.
fn is_file(source: &str) -> bool {
    let path = Path::new(source);
    let known = ["yaml", "yml", "json", "env"];
    let ends = path.extension().is_some_and(|end| known.iter().any(|known| end.eq_ignore_ascii_case(known)));
    ends || source.starts_with("./") || source.starts_with("../") || path.file_name().is_some_and(|leaf| leaf == ".env")
}
