//! `vault unlock`: passes the configured identity to an agent that caches it.

use std::time::Duration;

use clap::Args;
use serde::{Serialize, Serializer};

use crate::cli::agent::{self, StartError};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::time;
use crate::cli::terminal::{Page, Report};
use crate::machine::config::{IdentitySource, IdentityStore};
use crate::model::time::Timestamp;
use crate::unlock::agent::{LONGEST_LEASE, Lease, client};
use crate::unlock::keyring::SystemKeyring;
use crate::unlock::source::Sources;
use crate::unlock::{find, own_place};

/// Cache your unlocked identity in an agent
#[derive(Debug, Args)]
#[command(
    long_about = "Cache your unlocked identity in an agent.\n\n\
        The agent is a process of yours that keeps the identity in memory, but no values and no keys of a vault. \
        Every command asks it before prompting you for a passphrase. It exits when it times out, when it has not \
        been used for a while, or on `vault lock`. An identity given by `--identity` or in the environment takes \
        precedence, as always.\n\n\
        Without this command, you are asked about it after the first passphrase that you type; `agent: off` in the \
        configuration disables the question, `agent: auto` answers it with yes.",
    after_help = "Examples:\n  \
        vault unlock                       for 8 hours, or until unused for 30 minutes\n  \
        vault unlock --ttl 1h --idle 10m\n  \
        vault lock                         stop it now"
)]
pub(crate) struct UnlockArgs {
    /// Maximum lifetime
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = time)]
    ttl: Duration,
    /// Maximum time without use
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = time)]
    idle: Duration,
}

/// Until when an agent holds the identity.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Unlocked {
    #[serde(serialize_with = "instant")]
    until: Timestamp,
    #[serde(serialize_with = "instant")]
    idle_until: Timestamp,
    #[serde(rename = "ProcessId")]
    process: u32,
}

fn instant<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}

pub(crate) fn run(args: &UnlockArgs, context: &mut Context) -> CliResult<()> {
    let sources = context.sources()?;
    let source = &own_place::source(&sources.config)?.ok_or_else(nothing_to_unlock)?;
    if matches!(source.store, IdentityStore::Ssh | IdentityStore::Plugin) {
        return Err(not_held());
    }
    let Some(access) = &sources.agent else { return Err(nothing_to_unlock()) };
    let (found, text) = find::with_text(source, &sources.config, &SystemKeyring, &context.ask())?;
    if !find::can_be_held(&found, &text) {
        return Err(not_held());
    }
    if context.global.dry_run {
        context.ui.note(format!("would hold the identity from {}", found.origin));
        return Ok(());
    }
    let socket = access.places.socket(&sources.config, source);
    agent::start(&socket, Lease { total: args.ttl, idle: args.idle }, &text)?;
    drop((found, text));
    if find::is_given(&sources) {
        context.ui.warning("an identity given by an option or the environment takes precedence over the agent's");
    }
    match unlocked(context)? {
        Some(unlocked) => Ok(context.ui.report(&unlocked)?),
        None => Err(StartError::Agent("it exited immediately".to_owned()).into()),
    }
}

/// Until when an agent holds the configured identity, if one does. With `-v` it reports why not.
pub(crate) fn unlocked(context: &mut Context) -> CliResult<Option<Unlocked>> {
    let sources = context.sources()?;
    let Some(socket) = socket(&sources) else { return Ok(None) };
    let left = match client::status(&socket) {
        Ok(left) => left,
        Err(error) => {
            context.ui.detail(format!("{error} (`{}`)", socket.display()));
            return Ok(None);
        }
    };
    let after = |seconds: u64| Timestamp::from_unix(context.now.unix().saturating_add_unsigned(seconds));
    Ok(Some(Unlocked { until: after(left.total), idle_until: after(left.idle), process: left.process }))
}

/// The socket of the agent for the configured identity, if one is configured.
pub(crate) fn socket(sources: &Sources) -> Option<std::path::PathBuf> {
    let socket = |source: IdentitySource| Some(sources.agent.as_ref()?.places.socket(&sources.config, &source));
    // Of several identities none is used, so none is held.
    own_place::source(&sources.config).ok().flatten().and_then(socket)
}

fn time(text: &str) -> Result<Duration, String> {
    time::duration(text)
        .filter(|given| (Duration::from_secs(1)..=LONGEST_LEASE).contains(given))
        .ok_or_else(|| "a time from a second to 720 hours, such as `8h`, `1h30m` or `90s`".to_owned())
}

fn nothing_to_unlock() -> CliError {
    CliError::usage(
        "this machine has no identity, so there is nothing to unlock",
        "bring yours with `vault identity import FILE`; `vault init` and `vault member request` create one",
    )
}

fn not_held() -> CliError {
    CliError::usage(
        "an agent holds native age identities only, not SSH keys and plugins",
        "remove the passphrase of the SSH key, or use a passphrase-protected identity (`vault init --passphrase`)",
    )
}

impl Unlocked {
    /// For a line of text.
    pub(crate) fn sentence(&self, page: &Page) -> String {
        format!("until {}, or until {} if unused", page.moment(self.until), page.moment(self.idle_until))
    }
}

impl Report for Unlocked {
    fn text(&self, page: &mut Page) {
        let until = self.sentence(page);
        page.line(format!("unlocked {until}"));
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;

    #[test]
    fn an_agent_that_is_asked_for_holds_as_long_as_any_other() {
        let typed = UnlockArgs::augment_args(clap::Command::new("unlock")).get_matches_from(["unlock"]);
        let args = UnlockArgs::from_arg_matches(&typed).unwrap();
        assert_eq!(Lease { total: args.ttl, idle: args.idle }, Lease::default());
    }

    #[test]
    fn times_are_told_with_their_units_and_have_bounds() {
        assert_eq!(time("8h"), Ok(Duration::from_secs(28_800)));
        assert_eq!(time("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(time("2s"), Ok(Duration::from_secs(2)));
        for wrong in ["", "0s", "-1h", "8", "721h", "1d", "soon", "500ms"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
