//! `vault secret random`: a random password, not stored anywhere.

use clap::Args;
use rand::rngs::OsRng;
use serde::Serialize;

use crate::aws::value;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::Format;
use crate::cli::ui::Rendering;
use crate::model::password::{Class, PasswordRules, Require};
use crate::model::value::SecretValue;

/// Print a random password
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of GetRandomPassword")]
#[command(
    long_about = "Print a random password, with the options of GetRandomPassword. It is not stored; `--generate` of create and put \
        stores one without showing it. Lower and upper case, digits and punctuation each appear at least once.",
    after_help = "Examples:\n  \
        vault secret random\n  \
        vault secret random --length 20 --exclude-punctuation\n  \
        vault secret random --exclude-characters '/@\"'"
)]
pub(in crate::cli) struct RandomArgs {
    /// How long, 1 to 4096 characters
    #[arg(short, long, value_name = "N", default_value_t = 32)]
    length: usize,
    /// Leave these characters out
    #[arg(long, value_name = "CHARACTERS", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    exclude_characters: String,
    /// No digits
    #[arg(long)]
    exclude_numbers: bool,
    /// No punctuation
    #[arg(long)]
    exclude_punctuation: bool,
    /// No upper-case letters
    #[arg(long)]
    exclude_uppercase: bool,
    /// No lower-case letters
    #[arg(long)]
    exclude_lowercase: bool,
    /// The space as well
    #[arg(long)]
    include_space: bool,
    /// Do not insist on one character of each kind
    #[arg(long)]
    no_require_each_included_type: bool,
}

/// What `GetRandomPassword` answers.
#[derive(Serialize)]
struct RandomReport {
    #[serde(rename = "RandomPassword", serialize_with = "value::text")]
    password: SecretValue,
}

pub(super) fn run(args: &RandomArgs, context: &mut Context) -> CliResult<()> {
    let spec = args.rules().spec().map_err(|error| CliError::Usage {
        message: error.to_string(),
        hint: "`vault secret random --help` shows what can be asked for".into(),
    })?;
    let password = spec.generate(&mut OsRng);
    match context.ui.settings().format {
        Format::Text => context.ui.value(&password, Rendering::Escaped)?,
        Format::Json => context.ui.json(&RandomReport { password })?,
    }
    Ok(())
}

impl RandomArgs {
    fn rules(&self) -> PasswordRules {
        let classes = [
            (Class::Lower, !self.exclude_lowercase),
            (Class::Upper, !self.exclude_uppercase),
            (Class::Digits, !self.exclude_numbers),
            (Class::Punctuation, !self.exclude_punctuation),
            (Class::Space, self.include_space),
        ];
        PasswordRules {
            length: self.length,
            classes: classes.into_iter().filter(|(_, wanted)| *wanted).map(|(class, _)| class).collect(),
            exclude: self.exclude_characters.clone(),
            require: if self.no_require_each_included_type { Require::Nothing } else { Require::EachClass },
        }
    }
}
