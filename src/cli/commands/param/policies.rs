//! The options that set the policies of a parameter.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::text_file::text_of;
use crate::inject::foreign::file::read_file;
use crate::inject::foreign::text::unmarked;
use crate::model::parameter::{Policy, PolicyError};
use crate::model::period::Period;
use crate::model::value_form::VALUE_LIMIT;

/// Policies of the Advanced tier.
#[derive(Debug, Default, Args)]
pub(super) struct PolicyArgs {
    /// Expiration time: 2027-01-31, 2027-01-31T12:00:00Z or a duration such as 90d
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// Warn this long before expiration: 15d, 12h
    #[arg(long, value_name = "DURATION")]
    notify_before: Option<Period>,
    /// Warn if the value has not changed for this long: 60d
    #[arg(long, value_name = "DURATION")]
    notify_unchanged: Option<Period>,
    /// JSON file with all policies, in AWS format; [] for none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expires", "notify_before", "notify_unchanged"])]
    policies: Option<PathBuf>,
}

impl PolicyArgs {
    /// The policies from the options; `None` if there are none.
    pub(super) fn read(&self, context: &Context) -> CliResult<Option<Vec<Policy>>> {
        let usage = |error: PolicyError| {
            CliError::usage(error.to_string(), "`vault param put --help` shows the forms of policies")
        };
        if let Some(path) = &self.policies {
            let policies = Policy::parse_array(unmarked(text_of(&read(path)?, &path.display().to_string(), POLICIES)?));
            return policies.map(Some).map_err(usage);
        }
        let mut policies = Vec::new();
        if let Some(when) = &self.expires {
            policies.push(Policy::expires(when, context.now).map_err(usage)?);
        }
        policies.extend(self.notify_before.map(Policy::notify_before));
        policies.extend(self.notify_unchanged.map(Policy::notify_unchanged));
        Ok((!policies.is_empty()).then_some(policies))
    }
}

const POLICIES: &str = "name a JSON file with an array of policies";

/// A file of policies is small. An empty one is a mistake: `[]` removes all policies.
fn read(path: &Path) -> CliResult<Zeroizing<Vec<u8>>> {
    let bytes = read_file(path, VALUE_LIMIT)?;
    if !bytes.trim_ascii().is_empty() {
        return Ok(bytes);
    }
    Err(CliError::usage(
        format!("`{}` is empty", path.display()),
        "an array without policies, `[]`, removes all of them",
    ))
}
