//! The environment of the process: variables, directories, the clock. Nothing else reads environment and clock.

use std::env;
use std::ffi::OsString;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use rustix::time::{ClockId, clock_gettime};
use zeroize::Zeroizing;

use super::error::{CliError, CliResult};
use crate::inject::ci::Host;
use crate::model::anchor::Anchor;
use crate::model::name::MemberName;
use crate::model::time::Timestamp;
use crate::unlock::agent::place::Places;

/// The directory of the user's personal vault.
pub(crate) fn personal_vault() -> CliResult<PathBuf> {
    Ok(dirs::data_dir().ok_or(CliError::NoHome)?.join("vault"))
}

/// The directory of this machine's configuration.
pub(crate) fn config_directory() -> CliResult<PathBuf> {
    Ok(dirs::config_dir().ok_or(CliError::NoHome)?.join("vault"))
}

/// The directory of what this machine remembers.
pub(crate) fn state_directory() -> CliResult<PathBuf> {
    let base = dirs::state_dir().or_else(dirs::data_local_dir).ok_or(CliError::NoHome)?;
    Ok(base.join("vault"))
}

/// Where the sockets of unlock agents are.
pub(crate) fn agent_places() -> CliResult<Places> {
    Ok(Places { runtime: runtime_directory(), state: state_directory()? })
}

/// Time since some fixed moment, counting the time that the machine is suspended.
pub(crate) fn uptime() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    // Counts suspended time on macOS.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    let now = clock_gettime(clock);
    Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0))
}

/// The vault that `VLT_ID` names, perhaps with a snapshot of its trust chain.
pub(crate) fn expected_vault() -> CliResult<Option<Anchor>> {
    let Some(text) = set("VLT_ID") else { return Ok(None) };
    let anchor = text.to_str().and_then(|text| text.trim().parse().ok());
    anchor.map(Some).ok_or_else(|| {
        CliError::usage(
            "`VLT_ID` is not a vault id (vlt1…), alone or with `@SNAPSHOT:HASH`",
            "run `vault status` on a machine that knows the vault to see it",
        )
    })
}

/// The commit that `git merge` is merging, as passed to its drivers; `None` if there are several.
pub(crate) fn merged_commit() -> Option<String> {
    let commit = |name: OsString| name.to_str()?.strip_prefix("GITHEAD_").map(str::to_owned);
    let mut commits = env::vars_os().filter_map(|(name, _)| commit(name));
    let first = commits.next().filter(|commit| commit.bytes().all(|byte| byte.is_ascii_hexdigit()));
    first.filter(|_| commits.next().is_none())
}

/// Whose files this process takes for its user's own: its user's and root's, and with sudo those of who called it.
pub(crate) fn users() -> Vec<u32> {
    let user = rustix::process::geteuid();
    let caller = set("SUDO_UID").filter(|_| user.is_root()).and_then(|caller| caller.to_str()?.parse().ok());
    [user.as_raw(), 0].into_iter().chain(caller).collect()
}

/// Vaults that may belong to other users, beside those of the configuration.
pub(crate) fn safe_vaults() -> Vec<PathBuf> {
    set("VLT_SAFE").map(|all| env::split_paths(&all).collect()).unwrap_or_default()
}

/// The search path without relative and empty entries, for programs that are started on the user's behalf: a repository
/// must not be able to provide its own editor.
pub(crate) fn trusted_search_path() -> Option<OsString> {
    set("PATH")?;
    env::join_paths(trusted_search_directories()).ok()
}

/// The same as directories, for hooks.
pub(crate) fn trusted_search_directories() -> Vec<PathBuf> {
    let all = set("PATH").unwrap_or_default();
    env::split_paths(&all).filter(|entry| entry.is_absolute()).collect()
}

/// The program of that name on the trusted search path, with its absolute path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    trusted_search_directories().into_iter().map(|directory| directory.join(name)).find(|path| path.is_file())
}

/// What a hook gets of this environment besides its search path.
pub(crate) fn hook_variables() -> Vec<(OsString, OsString)> {
    those_set(&["HOME", "LANG", "LC_ALL", "TZ"])
}

/// What a process needs that delivers events in the background: where programs, the identity and this machine's memory are.
pub(crate) fn delivery_variables() -> Vec<(OsString, OsString)> {
    those_set(&[
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
        "CREDENTIALS_DIRECTORY",
        "VLT_IDENTITY_FILE",
        "VLT_ID",
        "VLT_SAFE",
        "SUDO_UID",
    ])
}

/// Those of some variables that are set, with their values.
fn those_set(names: &[&str]) -> Vec<(OsString, OsString)> {
    names.iter().filter_map(|name| Some((name.into(), set(name)?))).collect()
}

/// How many targets of events this process runs below: 0 if it was started by none.
pub(crate) fn event_depth() -> u32 {
    let text = set("VLT_EVENT").and_then(|text| text.into_string().ok());
    text.and_then(|text| text.rsplit_once(':')?.1.parse().ok()).unwrap_or(0)
}

/// Where the user's systemd searches for units.
pub(crate) fn user_units() -> CliResult<PathBuf> {
    Ok(dirs::config_dir().ok_or(CliError::NoHome)?.join("systemd/user"))
}

/// Where macOS searches for the user's launch agents.
pub(crate) fn launch_agents() -> CliResult<PathBuf> {
    Ok(dirs::home_dir().ok_or(CliError::NoHome)?.join("Library/LaunchAgents"))
}

/// The clock, for what takes longer than a moment.
pub(crate) fn clock() -> fn() -> Timestamp {
    now
}

/// An age identity for sops, as text.
pub(crate) fn sops_identity() -> Option<Zeroizing<String>> {
    set("SOPS_AGE_KEY")?.into_string().ok().map(Zeroizing::new)
}

/// Where sops looks for age identities.
pub(crate) fn sops_identities() -> Option<PathBuf> {
    path("SOPS_AGE_KEY_FILE").or_else(|| Some(dirs::config_dir()?.join("sops/age/keys.txt")))
}

/// Where passage looks for age identities.
pub(crate) fn passage_identities() -> Option<PathBuf> {
    path("PASSAGE_IDENTITIES_FILE").or_else(|| Some(dirs::home_dir()?.join(".passage/identities")))
}

pub(crate) fn search_path() -> Option<OsString> {
    set("PATH")
}

/// The environment that programs started by the user should inherit.
pub(crate) fn inherited_environment() -> impl Iterator<Item = (OsString, OsString)> {
    env::vars_os()
}

pub(crate) fn user_name() -> Option<String> {
    set("USER").or_else(|| set("LOGNAME")).and_then(|name| name.into_string().ok())
}

/// The same as the name of a member, where it can be one.
pub(crate) fn own_member_name() -> Option<MemberName> {
    user_name()?.to_ascii_lowercase().parse().ok()
}

/// The same for a file.
pub(crate) fn own_name() -> String {
    own_member_name().map_or_else(|| "identity".to_owned(), |name| name.to_string())
}

/// The user's editor.
pub(crate) fn editor() -> Option<OsString> {
    set("VISUAL").or_else(|| set("EDITOR"))
}

/// The user's pager: `VLT_PAGER`, `PAGER`, otherwise `less`. None if that is empty or `cat`, or the terminal cannot move its cursor.
pub(crate) fn pager() -> Option<OsString> {
    let can_page = set("TERM").is_some_and(|term| term != "dumb");
    let chosen = env::var_os("VLT_PAGER").or_else(|| env::var_os("PAGER")).unwrap_or_else(|| "less".into());
    (can_page && !chosen.is_empty() && chosen != "cat").then_some(chosen)
}

/// What pagers need to show colours and to leave short texts on the screen, unless the user wants something else.
pub(crate) fn pager_variables() -> Vec<(&'static str, &'static str)> {
    let unset = |(name, _): &(&str, &str)| env::var_os(name).is_none();
    [("LESS", "FRX"), ("LV", "-c")].into_iter().filter(unset).collect()
}

/// Whether `man` finds pages below this directory: it is in MANPATH, or beside a directory of PATH.
pub(crate) fn man_looks_in(directory: &Path) -> bool {
    let named = set("MANPATH").is_some_and(|all| env::split_paths(&all).any(|path| path == directory));
    let beside = |bin: PathBuf| {
        let above = bin.parent().map(Path::to_path_buf).unwrap_or_default();
        directory == above.join("share/man") || directory == above.join("man")
    };
    named || set("PATH").is_some_and(|all| env::split_paths(&all).any(beside))
}

/// The user's time zone, which is read at the first call.
pub(crate) fn local_zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// The user's login shell.
pub(crate) fn shell() -> Option<PathBuf> {
    path("SHELL")
}

/// The directory for files that must not reach a disk.
pub(crate) fn runtime_directory() -> Option<PathBuf> {
    path("XDG_RUNTIME_DIR")
}

/// The CI host that this job runs on.
pub(crate) fn ci_host() -> Option<Host> {
    Host::recognised(|name, value| env::var_os(name).is_some_and(|set| set == value))
}

/// The only place that reads the clock.
pub(crate) fn now() -> Timestamp {
    whole_seconds(since_epoch())
}

/// The time with milliseconds, as the log of uses has it.
pub(crate) fn exact_time() -> String {
    let since = since_epoch();
    format!("{}.{:03}Z", whole_seconds(since).to_string().trim_end_matches('Z'), since.subsec_millis())
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn whole_seconds(since_epoch: Duration) -> Timestamp {
    Timestamp::from_unix(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
}

/// The reason that a script gives for what it opens.
pub(crate) fn reason() -> Option<String> {
    text("VLT_REASON")
}

/// The job of continuous integration that this is a part of, in words.
pub(crate) fn job() -> Option<String> {
    let of = |host: &str, mark: &str, parts: &[&str]| {
        set(mark)?;
        let parts = parts.iter().filter_map(|name| text(name));
        Some(std::iter::once(host.to_owned()).chain(parts).collect::<Vec<_>>().join(" "))
    };
    of("github", "GITHUB_ACTIONS", &["GITHUB_REPOSITORY", "GITHUB_WORKFLOW", "GITHUB_RUN_ID"])
        .or_else(|| of("gitlab", "GITLAB_CI", &["CI_PROJECT_PATH", "CI_JOB_NAME", "CI_JOB_ID"]))
        .or_else(|| of("azure", "TF_BUILD", &["BUILD_DEFINITIONNAME", "BUILD_BUILDID"]))
        .or_else(|| of("buildkite", "BUILDKITE", &["BUILDKITE_PIPELINE_SLUG", "BUILDKITE_JOB_ID"]))
        .or_else(|| of("jenkins", "JENKINS_URL", &["JOB_NAME", "BUILD_NUMBER"]))
        .or_else(|| of("ci", "CI", &[]))
}

/// The coding agent whose command this seems to be. A hint for the log, and never a boundary: whoever runs as the user can
/// unset a variable.
pub(crate) fn coding_agent() -> Option<String> {
    const MARKS: [(&str, &str); 10] = [
        ("CLAUDECODE", "claude-code"),
        ("CURSOR_AGENT", "cursor"),
        ("CODEX_THREAD_ID", "codex"),
        ("CODEX_SANDBOX", "codex"),
        ("GEMINI_CLI", "gemini"),
        ("OPENCODE", "opencode"),
        ("COPILOT_CLI", "copilot"),
        ("AUGMENT_AGENT", "augment"),
        ("QWEN_CODE", "qwen"),
        ("CLINE_ACTIVE", "cline"),
    ];
    let named = text("AI_AGENT").or_else(|| text("AGENT"));
    named.or_else(|| MARKS.iter().find(|(mark, _)| set(mark).is_some()).map(|(_, agent)| (*agent).to_owned()))
}

/// The sockets that the service manager has opened for this process, `LISTEN_FDS`.
pub(crate) fn listen_sockets() -> Vec<OwnedFd> {
    let number = |name: &str| set(name)?.to_str()?.parse::<i32>().ok();
    let is_ours = number("LISTEN_PID").and_then(|id| u32::try_from(id).ok()) == Some(std::process::id());
    let count = number("LISTEN_FDS").filter(|count| is_ours && (1..=16).contains(count)).unwrap_or(0);
    (3..3 + count).filter_map(duplicate).collect()
}

fn duplicate(number: i32) -> Option<OwnedFd> {
    #[expect(unsafe_code, reason = "a descriptor that was inherited has only its number")]
    // SAFETY: nothing in this process owns or closes the descriptor; if it is not open, the call fails and changes nothing.
    let inherited = unsafe { BorrowedFd::borrow_raw(number) };
    // Programs that this one starts do not get it.
    rustix::io::fcntl_setfd(inherited, rustix::io::FdFlags::CLOEXEC).ok()?;
    rustix::io::fcntl_dupfd_cloexec(inherited, 3).ok()
}

/// A variable that is set and not empty.
pub(crate) fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The same as text.
fn text(name: &str) -> Option<String> {
    set(name).map(|value| value.to_string_lossy().into_owned())
}

/// A path that a variable names.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    set(name).map(PathBuf::from)
}
