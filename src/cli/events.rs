//! What commands do about events: noticing changes that came from elsewhere, and having rules deliver them.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::context::Context;
use super::env;
use super::error::CliResult;
use super::served::surroundings;
use super::terminal::signal;
use crate::engine::Vault;
use crate::hook::event::{Courier, Delivered};
use crate::hook::{Interrupt, Limits, Settings};
use crate::machine::events::Outbox;
use crate::model::name::MemberName;

/// How long a target may take.
pub(crate) const TARGET_TIME: Duration = Duration::from_secs(30);
/// Commands that deliver by themselves.
const DELIVERING: [&str; 3] = ["events deliver", "events replay", "tick"];

/// Raises the events of changes that came by git, by hand, or from a command that was killed. A failure keeps nothing else from
/// being done.
pub(crate) fn catch_up(vault: &Vault<'_>, context: &mut Context) {
    if let Err(error) = vault.catch_up(context.now) {
        context.ui.warning(format!("changes from elsewhere raised no events: {error}"));
    }
}

/// Works with the one who delivers the events of this vault here; `None` where no rule runs on machines of this member.
pub(crate) fn with_courier<T>(
    vault: &Vault<'_>,
    time: Duration,
    work: impl FnOnce(&Courier<'_>) -> CliResult<T>,
) -> CliResult<Option<T>> {
    if vault.rules()?.found.is_empty() {
        return Ok(None);
    }
    let Some(member) = member(vault) else { return Ok(None) };
    // What cannot be written is said where the journal is.
    let _ = Outbox::of(vault.state()).remember_member(&member);
    let interrupt = Interrupt::default();
    let on_signal = interrupt.clone();
    let _guard = signal::before_end(move || on_signal.pass_on(rustix::process::Signal::TERM.as_raw()))?;
    let limits = Limits { time, ..Limits::default() };
    let settings = Settings { surroundings: surroundings(), limits, interrupt, ..Settings::default() };
    work(&Courier { vault, member: &member, settings: &settings, now: &env::clock() }).map(Some)
}

pub(crate) fn deliver(vault: &Vault<'_>, time: Duration) -> CliResult<Delivered> {
    Ok(with_courier(vault, time, |courier| Ok(courier.run()?))?.unwrap_or_default())
}

/// Whose machine this is: the member whose identity is open, or was when something changed; otherwise the identity is opened.
pub(crate) fn member(vault: &Vault<'_>) -> Option<String> {
    known_member(vault).or_else(|| vault.whoami().ok().map(|member| member.name.to_string()))
}

/// The same without opening it.
pub(crate) fn known_member(vault: &Vault<'_>) -> Option<String> {
    let trust = vault.trust();
    let is_member = |name: &String| name.parse::<MemberName>().is_ok_and(|name| trust.member(&name).is_some());
    vault.known_member().or_else(|| Outbox::of(vault.state()).member()).filter(is_member)
}

/// After a change: starts a process that delivers its events, if a rule runs here. The command waits for nothing.
pub(super) fn deliver_later(vault: &Vault<'_>, context: &Context) {
    if context.global.dry_run || DELIVERING.contains(&&*context.purpose.name) {
        return;
    }
    let Ok(rules) = vault.rules() else { return };
    if rules.found.is_empty() {
        return;
    }
    let outbox = Outbox::of(vault.state());
    let Some(member) = known_member(vault) else { return };
    // What cannot be written is said where the journal is.
    let _ = outbox.remember_member(&member);
    if rules.found.iter().any(|rule| rule.runs_for(&member)) {
        // What cannot be started now is delivered by the next change, or by `vault tick`.
        let _ = start(vault.path().to_owned(), context.global.identity.clone());
    }
}

/// Starts it without this terminal, with nothing of this environment but what it needs.
fn start(vault: PathBuf, identity: Option<PathBuf>) -> std::io::Result<()> {
    let identity = identity.map(std::path::absolute).transpose()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["events", "deliver", "--detached", "--no-input", "--quiet", "--vault"]).arg(vault);
    command.args(identity.into_iter().flat_map(|file| ["--identity".into(), file.into_os_string()]));
    command.env_clear().envs(env::delivery_variables()).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}
