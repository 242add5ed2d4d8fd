//! What a command runs in: the only reader of the environment and the clock.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, clock_gettime};
use zeroize::Zeroizing;

use super::agent::KeepOpen;
use super::ask::Terminal;
use super::error::{CliError, CliResult};
use super::global::Global;
use super::process::{Hardening, Taken};
use super::prompt::{Interaction, Prompter};
use super::ui::{Settings, Stream, Ui, Verbosity};
use super::{escape, git, introduce, report::Format};
use crate::crypto::identity::Identity;
use crate::crypto::recipient::RecipientPolicy;
use crate::engine::{ChainSource, Credentials, Error, OpenOptions, Vault};
use crate::inject::ci::Host;
use crate::model::id::VaultId;
use crate::model::time::Timestamp;
use crate::store::config::ConfigFile;
use crate::store::private::PrivateError;
use crate::unlock::agent::place::Places;
use crate::unlock::ask::Ask;
use crate::unlock::signing::SigningError;
use crate::unlock::source::{AgentAccess, Keeper, Origin, Sources};
use crate::unlock::{find, signing};

/// Name of a project's vault directory.
pub(super) const PROJECT_DIRECTORY: &str = ".vault";

/// Everything a command may use.
pub(super) struct Context {
    /// Where output goes.
    pub ui: Ui,
    /// The options that every command has.
    pub global: Global,
    /// The time of this run.
    pub now: Timestamp,
    /// Answers questions, or says that nobody can.
    pub prompter: Prompter,
    /// What has to be undone before another program takes this one's place.
    pub hardening: Option<Hardening>,
    taken: Taken,
}

impl Context {
    /// Reads the terminal, the clock and the options.
    pub(super) fn new(global: Global, hardening: Hardening, taken: Taken) -> CliResult<Self> {
        let settings = Settings {
            color: global.color,
            no_color: set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
            format: if global.json { Format::Json } else { Format::Text },
            verbosity: match (global.quiet, global.verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
            stdout: Stream::of(&std::io::stdout()),
            stderr: Stream::of(&std::io::stderr()),
        };
        let interaction = if global.no_input { Interaction::Forbidden } else { Interaction::Allowed };
        let prompter = Prompter::new(interaction);
        Ok(Context { ui: Ui::standard(settings)?, global, now: now(), prompter, hardening: Some(hardening), taken })
    }

    /// A context that never asks and says nothing, for a shell that waits for completions.
    pub(super) fn for_completion() -> CliResult<Self> {
        Self::new(Global::silent(), Hardening::default(), Taken::default())
    }

    /// Opens the vault that the options, the environment and the working directory point at. Where this machine does not
    /// know it yet, a person is asked; without one, `VLT_ID` decides.
    pub(super) fn open_vault(&mut self) -> CliResult<Vault<'static>> {
        let root = self.locate()?;
        self.open_vault_at(&root)
    }

    /// Opens the vault with the trust chain that lies there, which may not be the one that this machine has verified.
    pub(super) fn open_rewritten(&self) -> CliResult<Vault<'static>> {
        self.open_chain(ChainSource::Rewritten)
    }

    /// Opens the vault with some trust chain, not with the one that this machine has verified.
    pub(super) fn open_chain(&self, chain: ChainSource) -> CliResult<Vault<'static>> {
        let options = self.options(&self.locate()?, Self::expected_id()?, None)?;
        Ok(Vault::open(OpenOptions { chain, ..options })?)
    }

    /// Opens the vault in that directory.
    pub(super) fn open_vault_at(&mut self, root: &Path) -> CliResult<Vault<'static>> {
        let expected = Self::expected_id()?;
        match Vault::open(self.options(root, expected, None)?) {
            Err(Error::Unpinned(introduction)) => {
                let accepted = introduce::accept(self, &introduction)?;
                Ok(Vault::open(self.options(root, expected, Some(accepted))?)?)
            }
            other => Ok(other?),
        }
    }

    /// The directory of the vault: `--vault`, `VLT_DIR`, the nearest `.vault` upward, the personal vault.
    pub(super) fn locate(&self) -> CliResult<PathBuf> {
        if let Some(given) = self.chosen_vault() {
            return Ok(given);
        }
        let here = env::current_dir()?;
        let project = here.ancestors().map(|directory| directory.join(PROJECT_DIRECTORY)).find(|path| path.is_dir());
        if let Some(project) = project {
            return Ok(project);
        }
        let personal = Self::personal_vault()?;
        if personal.is_dir() { Ok(personal) } else { Err(CliError::NoVault { here, personal }) }
    }

    /// Where a vault is to appear: `--vault` names its own directory, an argument the one that gets a `.vault`.
    pub(super) fn new_place(&self, directory: Option<&Path>, is_personal: bool) -> CliResult<PathBuf> {
        if is_personal {
            return Self::personal_vault();
        }
        if let Some(exact) = self.chosen_vault() {
            return Ok(std::path::absolute(exact)?);
        }
        Ok(std::path::absolute(directory.unwrap_or(Path::new(".")).join(PROJECT_DIRECTORY))?)
    }

    /// The directory of the user's personal vault.
    pub(super) fn personal_vault() -> CliResult<PathBuf> {
        Ok(dirs::data_dir().ok_or(CliError::NoHome)?.join("vault"))
    }

    /// The directory of this machine's configuration.
    pub(super) fn config_directory() -> CliResult<PathBuf> {
        Ok(dirs::config_dir().ok_or(CliError::NoHome)?.join("vault"))
    }

    /// The directory of what this machine remembers.
    pub(super) fn state_directory() -> CliResult<PathBuf> {
        let base = dirs::state_dir().or_else(dirs::data_local_dir).ok_or(CliError::NoHome)?;
        Ok(base.join("vault"))
    }

    /// The places where an identity may be. Takes over the texts that stood in the environment.
    pub(super) fn sources(&self) -> CliResult<Sources> {
        Ok(Sources {
            identity_file: self.global.identity.clone().or_else(|| path("VLT_IDENTITY_FILE")),
            credentials_directory: path("CREDENTIALS_DIRECTORY"),
            identity_fd: self.identity_fd()?,
            identity_text: self.taken.identity.as_ref().and_then(text),
            agent: Some(AgentAccess { places: Self::agent_places()?, keeper: self.keeper() }),
            config: ConfigFile::at(Self::config_directory()?),
        })
    }

    /// Which recipients this machine's configuration allows.
    pub(super) fn recipient_policy(&self) -> CliResult<RecipientPolicy> {
        let sources = self.sources()?;
        let config = sources.config.read()?;
        Ok(RecipientPolicy { plugins: config.plugins.clone(), allow_rsa: config.allow_ssh_rsa })
    }

    /// Where the sockets of unlock agents are.
    fn agent_places() -> CliResult<Places> {
        Ok(Places { runtime: Self::runtime_directory(), state: Self::state_directory()? })
    }

    /// Nobody where nobody types a passphrase.
    fn keeper(&self) -> Option<Box<dyn Keeper>> {
        let is_typed = !self.global.no_input && self.taken.passphrase.is_none();
        is_typed.then(|| Box::new(KeepOpen { prompter: self.prompter }) as Box<dyn Keeper>)
    }

    /// Time since some fixed moment, counting the time that the machine is suspended.
    pub(super) fn uptime() -> Duration {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = ClockId::Boottime;
        // Counts suspended time on macOS.
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = ClockId::Monotonic;
        let now = clock_gettime(clock);
        Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0))
    }

    /// The person at the terminal, for identities that ask.
    pub(super) fn ask(&self) -> Arc<dyn Ask> {
        let passphrase = self.taken.passphrase.as_ref().and_then(text);
        let (is_allowed, is_verbose) = (!self.global.no_input, self.global.verbose);
        Arc::new(Terminal { prompter: self.prompter, is_allowed, is_verbose, passphrase })
    }

    /// The directory that `--vault` or `VLT_DIR` names.
    pub(super) fn chosen_vault(&self) -> Option<PathBuf> {
        self.global.vault.clone().or_else(|| path("VLT_DIR"))
    }

    /// Opens a vault that was just made here.
    pub(super) fn open_accepted(&self, root: &Path, id: VaultId) -> CliResult<Vault<'static>> {
        Ok(Vault::open(self.options(root, None, Some(id))?)?)
    }

    fn identity_fd(&self) -> CliResult<Option<i32>> {
        let Some(given) = &self.taken.identity_fd else { return Ok(None) };
        let number = text(given).and_then(|text| text.trim().parse().ok());
        number.map(Some).ok_or_else(|| CliError::Usage {
            message: "`VLT_IDENTITY_FD` is not the number of a descriptor".into(),
            hint: "open the identity as a descriptor: VLT_IDENTITY_FD=3 vault … 3<identity.txt".into(),
        })
    }

    /// The search path without relative and empty entries, for programs that are started on the user's behalf: a repository
    /// must not be able to offer its own editor.
    pub(super) fn trusted_search_path() -> Option<OsString> {
        let all = set("PATH")?;
        env::join_paths(env::split_paths(&all).filter(|entry| entry.is_absolute())).ok()
    }

    /// The same as directories, for hooks.
    pub(super) fn trusted_search_directories() -> Vec<PathBuf> {
        let all = set("PATH").unwrap_or_default();
        env::split_paths(&all).filter(|entry| entry.is_absolute()).collect()
    }

    /// What a hook gets of this environment besides its search path.
    pub(super) fn hook_variables() -> Vec<(OsString, OsString)> {
        let named = ["HOME", "LANG", "LC_ALL", "TZ"].into_iter();
        named.filter_map(|name| set(name).map(|value| (name.into(), value))).collect()
    }

    /// Where the user's systemd looks for units.
    pub(super) fn user_units() -> CliResult<PathBuf> {
        Ok(dirs::config_dir().ok_or(CliError::NoHome)?.join("systemd/user"))
    }

    /// Where macOS looks for the user's launch agents.
    pub(super) fn launch_agents() -> CliResult<PathBuf> {
        Ok(dirs::home_dir().ok_or(CliError::NoHome)?.join("Library/LaunchAgents"))
    }

    /// The clock, for what takes longer than a moment.
    pub(super) fn clock() -> fn() -> Timestamp {
        now
    }

    /// Where sops looks for age identities.
    pub(super) fn sops_identities() -> Option<PathBuf> {
        path("SOPS_AGE_KEY_FILE").or_else(|| Some(dirs::config_dir()?.join("sops/age/keys.txt")))
    }

    /// Where passage looks for age identities.
    pub(super) fn passage_identities() -> Option<PathBuf> {
        path("PASSAGE_IDENTITIES_FILE").or_else(|| Some(dirs::home_dir()?.join(".passage/identities")))
    }

    /// The search path of programs.
    pub(super) fn search_path() -> Option<OsString> {
        set("PATH")
    }

    /// The environment as programs that the user starts should inherit it.
    pub(super) fn inherited_environment() -> impl Iterator<Item = (OsString, OsString)> {
        env::vars_os()
    }

    /// The name of the user at this machine, for a first member's name.
    pub(super) fn user_name() -> Option<String> {
        set("USER").or_else(|| set("LOGNAME")).and_then(|name| name.into_string().ok())
    }

    /// The user's editor.
    pub(super) fn editor() -> Option<OsString> {
        set("VISUAL").or_else(|| set("EDITOR"))
    }

    /// The directory for files that must not reach a disk.
    pub(super) fn runtime_directory() -> Option<PathBuf> {
        path("XDG_RUNTIME_DIR")
    }

    /// The host of continuous integration that this job runs on.
    pub(super) fn ci_host() -> Option<Host> {
        Host::recognised(|name, value| env::var_os(name).is_some_and(|set| set == value))
    }

    /// Forgets the secrets that came with the environment: nothing is opened any more.
    pub(super) fn forget_secrets(&mut self) {
        self.taken = Taken::default();
    }

    /// Moves the time of this run on to now.
    pub(super) fn move_time_on(&mut self) {
        self.now = now();
    }

    /// Commits what the vault has seen to this machine's memory, and tells what a person should know.
    pub(super) fn finish(&mut self, vault: &Vault<'_>) {
        for notice in vault.finish() {
            introduce::tell(&mut self.ui, &notice);
        }
        let written = vault.take_written();
        if !written.is_empty() {
            self.commit(vault, &written);
        }
    }

    /// Commits what a command wrote, where that is wanted. The change itself is done: a commit that fails is a warning.
    fn commit(&mut self, vault: &Vault<'_>, written: &[String]) {
        let committed = self
            .commits()
            .and_then(|wanted| if wanted { git::commit_written(vault, written).map(Some) } else { Ok(None) });
        match committed {
            Ok(None) => {}
            Ok(Some(message)) => self.ui.detail(format!("committed: {}", escape::line(&message))),
            Err(error) => self.ui.warning(format!("the change was made but not committed: {error}")),
        }
    }

    /// Whether changes are committed with git.
    pub(super) fn commits(&self) -> CliResult<bool> {
        Ok(self.global.commit || ConfigFile::at(Self::config_directory()?).read()?.git.auto_commit)
    }

    /// How a vault is opened here.
    pub(super) fn options(
        &self,
        root: &Path,
        expected: Option<VaultId>,
        accepted: Option<VaultId>,
    ) -> CliResult<OpenOptions<'static>> {
        let (sources, ask) = (self.sources()?, self.ask());
        Ok(OpenOptions {
            root: root.to_owned(),
            state: Self::state_directory()?,
            expected,
            accepted,
            chain: ChainSource::Verified,
            dry_run: self.global.dry_run,
            unlocker: Box::new(move |vault| {
                let found = find::find(&sources, &ask)?;
                if found.origin == Origin::Text {
                    ask.message("warning: `VLT_IDENTITY` holds the identity itself, and environments leak; prefer `VLT_IDENTITY_FILE`");
                }
                Ok(credentials(sources.config.directory().to_owned(), found.identity, vault))
            }),
        })
    }

    /// The id that `VLT_ID` names.
    pub(super) fn expected_id() -> CliResult<Option<VaultId>> {
        let Some(text) = set("VLT_ID") else { return Ok(None) };
        let id = text.to_str().and_then(|text| text.trim().parse().ok());
        id.map(Some).ok_or_else(|| CliError::Usage {
            message: "`VLT_ID` is not a vault id (vlt1…)".into(),
            hint: "run `vault status` on a machine that knows the vault to see its id".into(),
        })
    }
}

/// An identity with its signing key: its own, or for SSH and plugins the separate one below the directory of configuration.
/// Without one the identity still reads.
fn credentials(directory: PathBuf, identity: Identity, vault: VaultId) -> Credentials {
    Credentials::new(identity, move |identity| match identity.signing_key() {
        Some(native) => Ok(Some(native)),
        None => match signing::load(&directory, vault, identity) {
            Err(SigningError::File(PrivateError::Absent { .. })) => Ok(None),
            loaded => Ok(loaded.map(Some)?),
        },
    })
}

/// Bytes from the environment that should be text.
fn text(bytes: &Zeroizing<Vec<u8>>) -> Option<Zeroizing<String>> {
    std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// The only look at the clock.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A variable that is set and not empty.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    set(name).map(PathBuf::from)
}
