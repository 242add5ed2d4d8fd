//! `vault export`: variables as text for other programs.

use std::path::{Path, PathBuf};

use clap::Args;
use data_encoding::HEXLOWER;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::Serialize;

use crate::aws::value;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::sources::{self, AllowedArgs, SourceArgs};
use crate::cli::report::count::Count;
use crate::cli::terminal::page::Format as ReportFormat;
use crate::inject::environment::{Injected, permitted};
use crate::inject::serialize::{Format, serialize};
use crate::inject::variable::Variable;
use crate::machine::private::{Output, require_directory, write_output};
use crate::model::value::SecretValue;

/// Write variables with their values for another program
#[derive(Debug, Args)]
#[command(
    long_about = format!("Write variables with their values for another program.\n\n\
        {}\n\n\
        A value that the format cannot represent is refused with the reason, and nothing is written. --out writes \
        into a device or pipe, and refuses a link. Prefer `vault exec`, which leaves no file behind.", sources::ABOUT),
    after_help = "Examples:\n  \
        vault export /app/prod --format systemd --out /run/shop/env\n  \
        vault export --map task.json --format docker --out shop.env\n  \
        vault export /ci --format github --out \"$GITHUB_ENV\" --append\n  \
        vault export /app/prod --format tfvars --name-style keep --out app.auto.tfvars"
)]
pub(crate) struct ExportArgs {
    /// Output format: dotenv, sh, fish, powershell, json, yaml, toml, docker, systemd, github, tfvars or properties
    #[arg(short, long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Target,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    allowed: AllowedArgs,
    /// Output file, readable only by you, or - for standard output [default: -]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// With --out: append to the file instead of replacing it
    #[arg(long, requires = "out")]
    append: bool,
    /// Print values even on a terminal
    #[arg(long)]
    values: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Target {
    Dotenv,
    #[value(aliases = ["shell", "bash", "zsh", "posix"])]
    Sh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Json,
    #[value(alias = "yml")]
    Yaml,
    Toml,
    #[value(alias = "env-file")]
    Docker,
    Systemd,
    Github,
    #[value(alias = "terraform")]
    Tfvars,
    Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EnvReport<'a> {
    variables: Vec<VariableView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VariableView<'a> {
    name: &'a str,
    #[serde(serialize_with = "value::text")]
    value: &'a SecretValue,
    source: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
}

pub(crate) fn run(args: &ExportArgs, context: &mut Context) -> CliResult<()> {
    write(args.format, &args.common, context)
}

/// Serializes the variables of some sources, and writes them where they are wanted.
pub(super) fn write(target: Target, args: &Common, context: &mut Context) -> CliResult<()> {
    let out = args.out.as_deref().filter(|out| *out != Path::new("-"));
    if out.is_none() && !args.values && context.ui.is_terminal() {
        return Err(CliError::OnTerminal);
    }
    out.map_or(Ok(()), require_directory)?;
    args.sources.announce(context)?;
    let vault = context.open_vault()?;
    let all = permitted(args.sources.gather(&vault, context)?, &args.allowed.allow_variable)?;
    vault.finish(context);
    if context.ui.settings().format == ReportFormat::Json && out.is_none() {
        context.ui.json(&report(all.values()))?;
        return Ok(());
    }
    let variables: Vec<(&Variable, &SecretValue)> = all.iter().map(|(name, given)| (name, &given.value)).collect();
    let text = serialize(target.format(), &variables, &mut delimiter).map_err(CliError::NotRepresentable)?;
    match out {
        None => return Ok(context.ui.bytes(&text)?),
        Some(_) if context.global.dry_run => {}
        Some(path) => write_output(path, &text, if args.append { Output::Append } else { Output::Replace })?,
    }
    if let Some(path) = out {
        let said = if context.global.dry_run { "would write" } else { "wrote" };
        context.ui.note(format!("{said} `{}`: {}", path.display(), Count::of(variables.len(), "variable")));
    }
    Ok(())
}

fn report<'a>(all: impl Iterator<Item = &'a Injected>) -> EnvReport<'a> {
    let view = |given: &'a Injected| VariableView {
        name: given.variable.as_str(),
        value: &given.value,
        source: &given.source,
        version: &given.provenance.version,
    };
    EnvReport { variables: all.map(view).collect() }
}

/// A word that no value can predict.
fn delimiter() -> String {
    let mut random = [0; 16];
    OsRng.fill_bytes(&mut random);
    format!("vault_{}", HEXLOWER.encode(&random))
}

impl Target {
    fn format(self) -> Format {
        match self {
            Target::Dotenv => Format::Dotenv,
            Target::Sh => Format::Shell,
            Target::Fish => Format::Fish,
            Target::Powershell => Format::Powershell,
            Target::Json => Format::Json,
            Target::Yaml => Format::Yaml,
            Target::Toml => Format::Toml,
            Target::Docker => Format::Docker,
            Target::Systemd => Format::Systemd,
            Target::Github => Format::Github,
            Target::Tfvars => Format::Tfvars,
            Target::Properties => Format::Properties,
        }
    }
}
