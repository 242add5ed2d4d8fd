//! Where a value goes: to stdout, to the clipboard, or onto the screen as a QR code. For every command that prints one.

use clap::{Args, ValueEnum};

use crate::cli::clipboard::{Clipboard, clear, find};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::Format;
use crate::cli::terminal::qr;
use crate::cli::terminal::ui::Rendering;
use crate::model::value::SecretValue;

/// Where a value goes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Destination {
    /// Copy the value to the clipboard instead of printing it, and clear it later if it is still there
    #[arg(short, long)]
    copy: bool,
    /// With --copy: seconds until then; 0 leaves it [default: 45, or `clipboard_seconds` of the local configuration]
    #[arg(long, value_name = "SECONDS", requires = "copy")]
    clear_after: Option<u32>,
    /// Show the value as a QR code, on a terminal only; `always` writes one elsewhere too
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "terminal", hide_possible_values = true, conflicts_with = "copy")]
    qr: Option<QrCode>,
    /// Do not escape control characters on a terminal
    #[arg(long, conflicts_with_all = ["copy", "qr"])]
    raw: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum QrCode {
    Terminal,
    Always,
}

impl Destination {
    /// Refuses the clipboard and a QR code for anything but one value as text. Call it before a value is opened.
    pub(crate) fn check(&self, is_single: bool, context: &Context) -> CliResult<()> {
        let option = if self.copy { "--copy" } else { "--qr" };
        Err(match self {
            Destination { copy: false, qr: None, .. } => return Ok(()),
            _ if context.ui.settings().format == Format::Json => {
                CliError::usage(format!("`{option}` and `--json` exclude each other"), "leave one of them out")
            }
            _ if !is_single => {
                CliError::usage(format!("`{option}` takes a single value"), "name one parameter or secret")
            }
            Destination { qr: Some(QrCode::Terminal), .. } if !context.ui.is_terminal() => {
                CliError::usage("a QR code is shown on a terminal only", "write it elsewhere with `--qr=always`")
            }
            _ => return Ok(()),
        })
    }

    /// Sends a value there. `name` is what the note about it says.
    pub(crate) fn deliver(&self, name: &str, value: &SecretValue, context: &mut Context) -> CliResult<()> {
        if self.copy {
            return self.copy(name, value, context);
        }
        if self.qr.is_some() {
            let drawn = qr::render(text(name, value)?, context.ui.palette(), context.ui.columns())?;
            return Ok(context.ui.bytes(drawn.as_bytes())?);
        }
        Ok(context.ui.value(value, if self.raw { Rendering::Raw } else { Rendering::Escaped })?)
    }

    fn copy(&self, name: &str, value: &SecretValue, context: &mut Context) -> CliResult<()> {
        let text = text(name, value)?.as_bytes();
        let seconds = match self.clear_after {
            Some(seconds) => seconds,
            None => Context::config()?.read()?.clipboard_seconds,
        };
        let clipboard = find()?;
        if context.global.dry_run {
            context.ui.note(format!("would copy `{name}` to the clipboard"));
            return Ok(());
        }
        clipboard.copy(text)?;
        let is_cleared = clipboard.clearable().is_some() && seconds > 0;
        if is_cleared {
            clear::start(text, seconds)?;
        }
        let after = match clipboard {
            Clipboard::Terminal(_) => {
                "sent to the clipboard of the terminal (OSC 52); vault cannot verify that it arrived, and cannot clear it: copy something else \
                 when you are done"
                    .to_owned()
            }
            Clipboard::Programs(_) if is_cleared => {
                format!("copied; the clipboard is cleared in {seconds} seconds if it still holds the value")
            }
            Clipboard::Programs(_) => "copied; it is not cleared: copy something else when you are done".to_owned(),
        };
        context.ui.note(format!("`{name}`: {after}"));
        Ok(())
    }
}

fn text<'v>(name: &str, value: &'v SecretValue) -> CliResult<&'v str> {
    value.reveal_text().ok_or_else(|| {
        CliError::usage(
            format!("`{name}` is binary, and neither a clipboard nor a QR code holds that"),
            "write it to a file, such as `vault secret get NAME > FILE`",
        )
    })
}
