//! `vault config`: the settings of this machine.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::machine::config::keys::{KEYS, Key};
use crate::machine::config::paths::set_current;
use crate::model::name::ParameterPath;

/// The key of the current path of the working directory.
const PATH: &str = "path";

/// Show and change the settings of this machine.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a setting
    #[command(after_help = "Examples:\n  vault config get editor\n  vault config get path")]
    Get(KeyArgs),
    /// Change a setting
    #[command(
        long_about = "Change a setting of this machine. The rest of the file stays as it is, comments too.\n\n\
            `path` is the current path of the working directory and those below it: `vault get DB_HOST` then looks for \
            /shop/dev/DB_HOST too, and `vault exec`, `env` and `export` without a source use all below it. It is in this machine's \
            configuration only: a file in the repository could be changed by anyone who may push.",
        after_help = "Examples:\n  \
            vault config set path /shop/dev\n  \
            vault config set editor 'code --wait'\n  \
            vault config set git.auto_commit true\n  \
            vault config set plugins /usr/bin/age-plugin-yubikey"
    )]
    Set(SetArgs),
    /// Return a setting to its default
    #[command(after_help = "Example:\n  vault config unset path")]
    Unset(KeyArgs),
    /// List all settings
    #[command(visible_alias = "list")]
    Ls,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The setting
    #[arg(value_parser = names())]
    key: String,
}

/// A setting and its value.
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The setting
    #[arg(value_parser = names())]
    key: String,
    /// Its value; `plugins` and `safe` take several
    #[arg(required = true, value_name = "VALUE")]
    values: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigReport {
    file: String,
    settings: Vec<SettingView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SettingView {
    key: &'static str,
    values: Vec<String>,
    is_default: bool,
}

pub(crate) fn run(command: &ConfigCommand, context: &mut Context) -> CliResult<()> {
    match command {
        ConfigCommand::Get(args) => get(&args.key, context),
        ConfigCommand::Set(args) => set(&args.key, &args.values, context),
        ConfigCommand::Unset(args) => set(&args.key, &[], context),
        ConfigCommand::Ls => {
            let report =
                ConfigReport { file: Context::config()?.path().display().to_string(), settings: settings(context)? };
            Ok(context.ui.report(&report)?)
        }
    }
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(KEYS.iter().map(|key| key.name).chain([PATH]))
}

fn settings(context: &Context) -> CliResult<Vec<SettingView>> {
    let file = Context::config()?;
    let config = file.read()?;
    let view =
        |key: &Key| SettingView { key: key.name, values: key.values(config), is_default: key.is_default(config) };
    let mut all: Vec<SettingView> = KEYS.iter().map(view).collect();
    let path = context.current_path()?.map(|(_, path)| path.as_str().to_owned());
    all.push(SettingView { key: PATH, is_default: path.is_none(), values: path.into_iter().collect() });
    all.sort_by_key(|setting| setting.key);
    Ok(all)
}

fn get(name: &str, context: &mut Context) -> CliResult<()> {
    let setting = settings(context)?.into_iter().find(|setting| setting.key == name);
    let setting =
        setting.filter(|setting| !setting.values.is_empty()).ok_or_else(|| CliError::NotSet(name.to_owned()))?;
    Ok(context.ui.report(&setting)?)
}

/// No values return the setting to its default.
fn set(name: &str, values: &[String], context: &mut Context) -> CliResult<()> {
    let key = KEYS.iter().find(|key| key.name == name);
    let path = match (key, values) {
        (Some(key), _) if !key.is_settable() => {
            return Err(CliError::usage(
                format!("`{name}` is not set here"),
                "`vault init` configures an identity, `vault replica add` the place of another vault",
            ));
        }
        (Some(key), values) if !key.accepts(values) => {
            return Err(CliError::usage(
                format!("`{}` is not a value of `{name}`", values.join(" ")),
                format!("it is {}", key.form),
            ));
        }
        (None, [path]) => Some(path.parse::<ParameterPath>().map_err(|error| {
            CliError::usage(format!("`{path}`: {error}"), "a path is that of parameters, such as /app/dev")
        })?),
        (None, [_, _, ..]) => return Err(CliError::usage("there is one current path", "name one path")),
        _ => None,
    };
    if context.global.dry_run {
        context.ui.note(format!("would change `{name}` in `{}`", Context::config()?.path().display()));
        return Ok(());
    }
    let directory = Context::config()?.directory().to_owned();
    match key {
        Some(key) => key.set(&directory, values)?,
        None => set_current(&directory, &std::env::current_dir()?, path.as_ref())?,
    }
    context.ui.detail(format!("changed `{}`", Context::config()?.path().display()));
    Ok(())
}

impl Report for SettingView {
    fn text(&self, page: &mut Page) {
        for value in &self.values {
            page.plain(value);
        }
    }
}

impl Report for ConfigReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([("KEY", Meaning::Name), ("VALUE", Meaning::Plain), ("", Meaning::Dim)]);
        for SettingView { key, values, is_default } in &self.settings {
            table.row([*key, &values.join(" "), if *is_default { "default" } else { "" }]);
        }
        page.table(&table);
    }
}
