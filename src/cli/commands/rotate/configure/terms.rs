//! What a command line configures.

use std::collections::BTreeMap;

use super::ConfigureArgs;
use crate::cli::error::{CliError, CliResult};
use crate::engine::Error;
use crate::model::hook::HookName;
use crate::model::name::SecretName;
use crate::model::schedule::Rules;
use crate::model::secret::RotationTerms;

/// The option that names the administrator's secret.
pub(super) const ADMIN: &str = "admin";

/// What the arguments say, and where they say nothing, what was configured before.
pub(super) fn terms(args: &ConfigureArgs, before: Option<&RotationTerms>) -> CliResult<RotationTerms> {
    let given = args.hook.clone().or(args.strategy.map(HookName::Builtin));
    let hook = given.or_else(|| before.map(|before| before.hook.clone())).ok_or_else(|| {
        CliError::usage(
            format!("`{}` has no hook yet", args.name),
            "set one with `--hook FILE` or `--strategy postgres|mysql|random|http`",
        )
    })?;
    let rules = rules(args, before)?;
    let before = before.filter(|before| before.hook == hook);
    Ok(RotationTerms { rules, admin: admin(args, before)?, options: options(args, before), hook })
}

fn rules(args: &ConfigureArgs, before: Option<&RotationTerms>) -> CliResult<Option<Rules>> {
    let before = before.and_then(|before| before.rules.as_ref());
    if args.no_schedule {
        return Ok(None);
    }
    let schedule = args.every.clone().or_else(|| args.schedule.clone());
    let schedule = schedule.or_else(|| before.map(|rules| rules.schedule().clone()));
    let Some(schedule) = schedule else {
        return match args.window {
            None => Ok(None),
            Some(_) => {
                Err(CliError::usage("a window needs a schedule", "add `--every 30d` or `--schedule 'rate(30 days)'`"))
            }
        };
    };
    // A new schedule comes with a window of its own, as AWS replaces both.
    let is_kept = args.every.is_none() && args.schedule.is_none();
    let window = args.window.or_else(|| before.filter(|_| is_kept).and_then(Rules::window));
    Rules::new(schedule, window)
        .map(Some)
        .map_err(|error| CliError::usage(error.to_string(), "choose a shorter window, or an earlier hour"))
}

/// A different hook starts without options; the same one keeps those not given.
fn options(args: &ConfigureArgs, before: Option<&RotationTerms>) -> BTreeMap<String, String> {
    let mut options = before.map(|before| before.options.clone()).unwrap_or_default();
    options.extend(args.options.iter().cloned());
    options.retain(|name, value| !value.is_empty() && name != ADMIN);
    options.extend(args.users.iter().map(|users| ("users".to_owned(), users.clone())));
    options
}

/// `--option admin=NAME` says the same as `--admin NAME`.
fn admin(args: &ConfigureArgs, before: Option<&RotationTerms>) -> CliResult<Option<SecretName>> {
    let option = args.options.iter().rev().find(|(name, _)| name == ADMIN).map(|(_, value)| value);
    match (&args.admin, option) {
        (Some(admin), _) => Ok(Some(admin.clone())),
        (None, Some(none)) if none.is_empty() => Ok(None),
        (None, Some(name)) => Ok(Some(name.parse().map_err(Error::from)?)),
        (None, None) => Ok(before.and_then(|before| before.admin.clone())),
    }
}
