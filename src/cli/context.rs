//! The context of a command: options, terminal, time, and how its vault is opened.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::agent::KeepOpen;
use super::audit::Recorder;
use super::env::{now, path, set};
use super::error::{CliError, CliResult};
use super::freshness;
use super::global::{Global, PROJECT_DIRECTORY};
use super::held::Held;
use super::process::{EnvSecrets, Hardening};
use super::report::time::Clock;
use super::terminal::ask::Terminal;
use super::terminal::page::Format;
use super::terminal::pager::Pager;
use super::terminal::prompt::{Interaction, Prompter, Question};
use super::terminal::ui::{Settings, Stream, Ui, Verbosity};
use crate::cli::env;
use crate::crypto::identity::Identity;
use crate::crypto::recipient::RecipientPolicy;
use crate::engine::{ChainSource, Observer, OpenOptions, Purpose, Unsaid, Vault, check_owner};
use crate::machine::config::{ConfigFile, paths};
use crate::model::anchor::Anchor;
use crate::model::freshness::{Freshness, Strictness};
use crate::model::id::VaultId;
use crate::model::name::ParameterPath;
use crate::model::time::Timestamp;
use crate::unlock::ask::Ask;
use crate::unlock::renewal;
use crate::unlock::source::{AgentAccess, Keeper, Sources};

/// Everything a command may use.
pub(crate) struct Context {
    /// Where output goes.
    pub ui: Ui,
    /// The options that every command has.
    pub global: Global,
    /// The time of this run.
    pub now: Timestamp,
    /// Prompts the user, or reports that this is not possible.
    pub prompter: Prompter,
    /// What the command opens vaults for.
    pub purpose: Purpose,
    /// What has to be undone before another program replaces this one.
    pub hardening: Option<Hardening>,
    /// The identity that this command has open already.
    held: Held,
    taken: EnvSecrets,
    /// Who records what is opened and changed, to be asked at the end.
    pub(super) recorder: Arc<Recorder>,
    /// The configuration of this machine, unless there is no home; read once.
    config: Option<ConfigFile>,
    /// What `--commit` asked for and git did not do.
    pub(super) uncommitted: Option<CliError>,
    /// What was noticed of the vaults that were opened, until somebody is told.
    pub(super) unsaid: RefCell<Vec<Unsaid>>,
    /// Whether a session was dropped that was not finished.
    pub(super) is_unfinished: Rc<Cell<bool>>,
}

impl Context {
    /// Reads the terminal, the clock and the options.
    pub(crate) fn new(global: Global, hardening: Hardening, taken: EnvSecrets) -> CliResult<Self> {
        let now = now();
        let stdout = Stream::of(&std::io::stdout());
        let settings = Settings {
            color: global.color,
            no_color: set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
            format: if global.json { Format::Json } else { Format::Text },
            verbosity: match (global.quiet, global.verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
            dry_run: global.dry_run,
            stdout,
            stderr: Stream::of(&std::io::stderr()),
            clock: match stdout {
                Stream::Terminal(_) => Clock::Local { now, zone: env::local_zone, is_exact: global.verbose },
                Stream::Other => Clock::Utc,
            },
        };
        let pager = if global.no_pager { None } else { pager(stdout) };
        let config = Self::config().ok();
        let recorder = Arc::new(Recorder::new(config.clone()));
        let purpose = Purpose {
            reason: global.reason.clone().or_else(env::reason).unwrap_or_default(),
            depth: env::event_depth(),
            clock: Some(env::now),
            observer: Some(Arc::clone(&recorder) as Arc<dyn Observer>),
            ..Purpose::default()
        };
        let interaction = if global.no_input { Interaction::Forbidden } else { Interaction::Allowed };
        let prompter = Prompter::new(interaction);
        Ok(Context {
            ui: Ui::standard(settings)?.with_pager(pager),
            global,
            now,
            prompter,
            purpose,
            recorder,
            config,
            hardening: Some(hardening),
            held: Held::default(),
            taken,
            uncommitted: None,
            unsaid: RefCell::default(),
            is_unfinished: Rc::default(),
        })
    }

    /// A context that never prompts or prints, for shell completion.
    pub(crate) fn for_completion() -> CliResult<Self> {
        Self::new(Global::silent(), Hardening::default(), EnvSecrets::default())
    }

    /// From here on nobody is asked for anything, as with `--no-input`.
    pub(crate) fn ask_nobody(&mut self) {
        self.global.no_input = true;
        self.prompter = Prompter::new(Interaction::Forbidden);
    }

    /// The directory of the vault: `--vault`, `VLT_DIR`, the nearest `.vault` upward, the personal vault.
    pub(crate) fn locate(&self) -> CliResult<PathBuf> {
        if let Some(given) = self.chosen_vault() {
            return Ok(given);
        }
        let here = std::env::current_dir()?;
        let project = here.ancestors().map(|directory| directory.join(PROJECT_DIRECTORY)).find(|path| path.is_dir());
        if let Some(project) = project {
            return Ok(project);
        }
        let personal = env::personal_vault()?;
        if personal.is_dir() { Ok(personal) } else { Err(CliError::NoVault { here, personal }) }
    }

    /// The current path of the working directory, and the directory that this machine's configuration gives it. Within a project,
    /// those above it do not count: they may be of another vault.
    pub(crate) fn current_path(&self) -> CliResult<Option<(PathBuf, ParameterPath)>> {
        let (file, here) = (Self::config()?, std::env::current_dir()?);
        let project = self.locate().ok().and_then(|root| root.parent().map(Path::to_owned));
        let top = project.filter(|project| here.starts_with(project));
        Ok(paths::current(file.read()?, &here, top.as_deref()))
    }

    /// Where to create a vault: `--vault` or `VLT_DIR` names its directory, an argument the one that gets a `.vault`.
    pub(crate) fn new_place(&self, directory: Option<&Path>, is_personal: bool) -> CliResult<PathBuf> {
        if self.global.vault.is_some() && (is_personal || directory.is_some()) {
            let other = if is_personal { "--personal" } else { "DIR" };
            return Err(CliError::usage(format!("`--vault` and `{other}` name two places"), "omit one of the two"));
        }
        if is_personal {
            return env::personal_vault();
        }
        if let Some(exact) = self.chosen_vault().filter(|_| directory.is_none()) {
            return Ok(std::path::absolute(exact)?);
        }
        Ok(std::path::absolute(directory.unwrap_or(Path::new(".")).join(PROJECT_DIRECTORY))?)
    }

    /// The sources of an identity. Moves the secrets out of the environment.
    pub(crate) fn sources(&self) -> CliResult<Sources> {
        Ok(Sources {
            identity_file: self.global.identity.clone().or_else(|| path("VLT_IDENTITY_FILE")),
            credentials_directory: path("CREDENTIALS_DIRECTORY"),
            identity_fd: self.identity_fd()?,
            identity_text: self.taken.identity.as_ref().and_then(text),
            agent: Some(AgentAccess { places: env::agent_places()?, keeper: self.keeper() }),
            config: self.config.clone().map_or_else(Self::config, Ok)?,
        })
    }

    /// The configuration of this machine.
    pub(crate) fn config() -> CliResult<ConfigFile> {
        Ok(ConfigFile::at(env::config_directory()?))
    }

    /// Whether a new identity waits for an admin to accept its keys.
    pub(crate) fn awaits_renewal(&self) -> bool {
        self.sources().is_ok_and(|sources| renewal::begun(&sources.config).is_ok_and(|begun| begun.is_some()))
    }

    /// Which recipients this machine's configuration allows.
    pub(crate) fn recipient_policy(&self) -> CliResult<RecipientPolicy> {
        let sources = self.sources()?;
        let config = sources.config.read()?;
        Ok(RecipientPolicy { plugins: config.plugins.clone(), allow_rsa: config.allow_ssh_rsa })
    }

    /// `None` if the user cannot be prompted.
    fn keeper(&self) -> Option<Box<dyn Keeper>> {
        let is_typed = !self.global.no_input && self.taken.passphrase.is_none();
        is_typed.then(|| Box::new(KeepOpen { prompter: self.prompter }) as Box<dyn Keeper>)
    }

    /// Asks whether to continue. If not, `declined` says what was not done.
    pub(crate) fn confirm(&self, question: Question<'_>, declined: &'static str) -> CliResult<()> {
        if self.prompter.confirm(question, Some(false))? { Ok(()) } else { Err(CliError::Declined(declined)) }
    }

    /// The same for a change that `--yes` may have confirmed already, and that a dry run does not make.
    pub(crate) fn confirm_change(
        &self,
        is_sure: bool,
        question: Question<'_>,
        declined: &'static str,
    ) -> CliResult<()> {
        if is_sure || self.global.dry_run { Ok(()) } else { self.confirm(question, declined) }
    }

    /// The user at the terminal, for identities that prompt.
    pub(crate) fn ask(&self) -> Arc<dyn Ask> {
        let (prompter, is_verbose) = (self.prompter, self.global.verbose);
        Arc::new(Terminal { prompter, is_verbose, passphrase: self.given_passphrase() })
    }

    /// `VLT_PASSPHRASE`, without the final newline that files and tools add.
    pub(crate) fn given_passphrase(&self) -> Option<Zeroizing<String>> {
        let given = self.taken.passphrase.as_ref().and_then(text)?;
        let line = given.strip_suffix('\n').map_or(given.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        Some(Zeroizing::new(line.to_owned()))
    }

    /// The directory that `--vault` or `VLT_DIR` names.
    pub(crate) fn chosen_vault(&self) -> Option<PathBuf> {
        self.global.vault.clone().or_else(|| path("VLT_DIR"))
    }

    fn identity_fd(&self) -> CliResult<Option<i32>> {
        let Some(given) = &self.taken.identity_fd else { return Ok(None) };
        let number = text(given).and_then(|text| text.trim().parse().ok());
        number.map(Some).ok_or_else(|| {
            CliError::usage(
                "`VLT_IDENTITY_FD` is not the number of a file descriptor",
                "open the identity as a file descriptor: VLT_IDENTITY_FD=3 vault … 3<identity.txt",
            )
        })
    }

    /// Erases the secrets from the environment: nothing will be opened any more.
    pub(crate) fn forget_secrets(&mut self) {
        self.taken = EnvSecrets::default();
    }

    /// Keeps an identity that was just created or opened for the next vault of this run, so that nobody is asked twice.
    pub(crate) fn hold(&self, identity: impl Into<Arc<Identity>>) {
        self.held.put(identity);
    }

    /// Unlocks a vault, and keeps its identity for the next one.
    pub(crate) fn hold_identity_of(&self, vault: &Vault<'_>) -> CliResult<()> {
        vault.whoami()?;
        vault.open_identity().into_iter().for_each(|identity| self.hold(identity));
        Ok(())
    }

    /// Advances the time of this run to now.
    pub(crate) fn move_time_on(&mut self) {
        self.now = now();
    }

    /// How strictly the command and this machine refuse older documents. The configuration is read only if there is one.
    fn strictness(&self) -> CliResult<Strictness<'static>> {
        let (command, config) = (freshness::of(&self.purpose.name), Self::config()?);
        Ok(Box::new(move || command.max(config.read().map_or(Freshness::Strict, |config| config.freshness))))
    }

    /// How a vault is opened here.
    pub(crate) fn options(
        &self,
        root: &Path,
        expected: Option<Anchor>,
        accepted: Option<VaultId>,
    ) -> CliResult<OpenOptions<'static>> {
        let (sources, ask) = (self.sources()?, self.ask());
        check_owner(root, &env::users(), || {
            Ok::<_, CliError>([&sources.config.read()?.safe[..], &env::safe_vaults()].concat())
        })?;
        Ok(OpenOptions {
            root: root.to_owned(),
            state: env::state_directory()?,
            expected,
            accepted,
            chain: ChainSource::Verified,
            dry_run: self.global.dry_run,
            purpose: self.purpose.clone(),
            strictness: self.strictness()?,
            unlocker: self.held.unlocker(sources, ask),
        })
    }
}

/// The user's pager, if stdout is a screen.
fn pager(stdout: Stream) -> Option<Pager> {
    let Stream::Terminal(columns) = stdout else { return None };
    let rows = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| size.ws_row);
    let command = env::pager()?;
    Some(Pager { command, variables: env::pager_variables(), rows: rows.into(), columns: columns.into() })
}

/// Bytes from the environment that should be text.
fn text(bytes: &Zeroizing<Vec<u8>>) -> Option<Zeroizing<String>> {
    std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}
