//! `vault secret random`: a random password, not stored anywhere.

use clap::Args;
use rand::rngs::OsRng;

use crate::aws::random_password::{GetRandomPassword, GetRandomPasswordRequest};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::Format;
use crate::cli::terminal::ui::Rendering;
use crate::model::password::{PasswordRules, USUAL_LENGTH};

/// Print a random password
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of GetRandomPassword")]
#[command(
    long_about = "Print a random password, with the options of GetRandomPassword. It is not stored; use `--generate` \
        of create and put to store one without showing it. Lower and upper case, digits and punctuation each appear \
        at least once.",
    after_help = "Examples:\n  \
        vault secret random\n  \
        vault secret random --length 20 --exclude-punctuation\n  \
        vault secret random --exclude-characters '/@\"'"
)]
pub(crate) struct RandomArgs {
    /// Length, 1 to 4096 characters
    #[arg(short, long, value_name = "N", default_value_t = USUAL_LENGTH)]
    length: usize,
    /// Characters to exclude
    #[arg(long, value_name = "CHARACTERS", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    exclude_characters: String,
    /// Exclude digits
    #[arg(long)]
    exclude_numbers: bool,
    /// Exclude punctuation
    #[arg(long)]
    exclude_punctuation: bool,
    /// Exclude upper-case letters
    #[arg(long)]
    exclude_uppercase: bool,
    /// Exclude lower-case letters
    #[arg(long)]
    exclude_lowercase: bool,
    /// Include the space
    #[arg(long)]
    include_space: bool,
    /// Do not require a character of each kind
    #[arg(long)]
    no_require_each_included_type: bool,
}

pub(super) fn run(args: &RandomArgs, context: &mut Context) -> CliResult<()> {
    let spec = args
        .rules()
        .spec()
        .map_err(|error| CliError::usage(error.to_string(), "`vault secret random --help` shows the options"))?;
    let password = spec.generate(&mut OsRng);
    match context.ui.settings().format {
        Format::Text => context.ui.value(&password, Rendering::Escaped)?,
        Format::Json => context.ui.json(&GetRandomPassword { random_password: password })?,
    }
    Ok(())
}

impl RandomArgs {
    fn rules(&self) -> PasswordRules {
        let request = GetRandomPasswordRequest {
            password_length: self.length,
            exclude_characters: self.exclude_characters.clone(),
            exclude_numbers: self.exclude_numbers,
            exclude_punctuation: self.exclude_punctuation,
            exclude_uppercase: self.exclude_uppercase,
            exclude_lowercase: self.exclude_lowercase,
            include_space: self.include_space,
            require_each_included_type: !self.no_require_each_included_type,
        };
        request.into()
    }
}
