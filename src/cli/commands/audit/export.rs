//! `vault audit export`: records for other programs.

use std::path::PathBuf;

use clap::Args;

use super::cloudtrail::Event;
use super::csv;
use super::filter::FilterArgs;
use super::{each, state};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::machine::audit::{Logs, whole};
use crate::machine::private::{Output, require_directory, write_output};

/// Write records for other programs
#[derive(Debug, Args)]
#[command(
    long_about = "Write records for other programs.\n\n\
        `jsonl` is a line of JSON for each record, `csv` is for spreadsheets, `cloudtrail` has the form of AWS CloudTrail's \
        records, for programs that read those. `log` is the whole log of this machine with its signed notes, for `vault \
        audit import` on another machine.",
    after_help = "Examples:\n  \
        vault audit export --since 90d --format csv --out uses.csv\n  \
        vault audit export --format cloudtrail | jq -r .eventName\n  \
        vault audit export --format log --out laptop.log"
)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Form::Jsonl)]
    format: Form,
    /// Output file, readable only by you, or - for standard output [default: -]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A line of JSON for each record
    Jsonl,
    /// Comma-separated values
    Csv,
    /// A line of JSON for each record, as CloudTrail writes it
    Cloudtrail,
    /// The whole log, to be imported elsewhere
    Log,
}

pub(super) fn run(args: &ExportArgs, context: &mut Context) -> CliResult<()> {
    let filter = args.filter.filter(context.now)?;
    let out = args.out.as_deref().filter(|out| out.as_os_str() != "-");
    out.map_or(Ok(()), require_directory)?;
    let vault = context.open_vault()?;
    let (account, logs) = (vault.account(), Logs::of(vault.state()));
    vault.finish(context);
    let mut bytes = Vec::new();
    match args.format {
        Form::Log => whole(&logs.own(), &mut bytes).map_err(state)?,
        Form::Jsonl => each(&logs, &filter, |line, _| {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        })?,
        Form::Csv => {
            bytes.extend_from_slice(csv::HEADINGS.as_bytes());
            each(&logs, &filter, |_, record| bytes.extend_from_slice(csv::line(record).as_bytes()))?;
        }
        Form::Cloudtrail => each(&logs, &filter, |line, record| {
            let event = Event::of(record, line, &account);
            let _ = serde_json::to_writer(&mut bytes, &event).map(|()| bytes.push(b'\n'));
        })?,
    }
    match out {
        Some(out) => write_output(out, &bytes, Output::Replace)?,
        None => context.ui.bytes(&bytes)?,
    }
    Ok(())
}
