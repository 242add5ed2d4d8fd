//! What a command runs in: the only reader of the environment and the clock.

use std::cell::RefCell;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::error::{CliError, CliResult};
use super::global::Global;
use super::process::Taken;
use super::prompt::Prompter;
use super::ui::{Settings, Stream, Ui, Verbosity};
use super::{introduce, report::Format};
use crate::engine::{Credentials, Error, OpenOptions, Vault};
use crate::model::id::VaultId;
use crate::model::time::Timestamp;
use crate::store::config::ConfigFile;
use crate::unlock::source::{Found, Sources};
use crate::unlock::{find, signing};

/// Name of a project's vault directory.
pub const PROJECT_DIRECTORY: &str = ".vault";

/// Everything a command may use.
pub struct Context {
    /// Where output goes.
    pub ui: Ui,
    /// The options that every command has.
    pub global: Global,
    /// The time of this run.
    pub now: Timestamp,
    /// Answers questions, or says that nobody can.
    pub prompter: RefCell<Prompter>,
    taken: Taken,
}

impl Context {
    /// Reads the terminal, the clock and the options.
    pub fn new(global: Global, taken: Taken) -> CliResult<Self> {
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
        let prompter = RefCell::new(Prompter::new(!global.no_input));
        Ok(Context { ui: Ui::standard(settings)?, global, now: now(), prompter, taken })
    }

    /// Opens the vault that the options, the environment and the working directory point at. Where this machine does not
    /// know it yet, a person is asked; without one, `VLT_ID` decides.
    pub fn open_vault(&mut self) -> CliResult<Vault<'static>> {
        let root = self.locate()?;
        self.open_vault_at(&root)
    }

    /// Opens the vault in that directory.
    pub fn open_vault_at(&mut self, root: &Path) -> CliResult<Vault<'static>> {
        let expected = self.expected_id()?;
        match Vault::open(self.options(root, expected, None)?) {
            Err(Error::Unpinned(introduction)) => {
                let accepted = introduce::accept(self, &introduction)?;
                Ok(Vault::open(self.options(root, expected, Some(accepted))?)?)
            }
            other => Ok(other?),
        }
    }

    /// The directory of the vault: `--vault`, `VLT_DIR`, the nearest `.vault` upward, the personal vault.
    pub fn locate(&self) -> CliResult<PathBuf> {
        if let Some(given) = self.global.vault.clone().or_else(|| path("VLT_DIR")) {
            return Ok(given);
        }
        let here = env::current_dir()?;
        let project = here.ancestors().map(|directory| directory.join(PROJECT_DIRECTORY)).find(|path| path.is_dir());
        if let Some(project) = project {
            return Ok(project);
        }
        let personal = self.personal_vault()?;
        if personal.is_dir() { Ok(personal) } else { Err(CliError::NoVault { here, personal }) }
    }

    /// The directory of the user's personal vault.
    pub fn personal_vault(&self) -> CliResult<PathBuf> {
        Ok(dirs::data_dir().ok_or(CliError::NoHome)?.join("vault"))
    }

    /// The directory of this machine's configuration.
    pub fn config_directory(&self) -> CliResult<PathBuf> {
        Ok(dirs::config_dir().ok_or(CliError::NoHome)?.join("vault"))
    }

    /// The directory of what this machine remembers.
    pub fn state_directory(&self) -> CliResult<PathBuf> {
        let base = dirs::state_dir().or_else(dirs::data_local_dir).ok_or(CliError::NoHome)?;
        Ok(base.join("vault"))
    }

    /// The places where an identity may be. Takes over the texts that stood in the environment.
    pub fn sources(&self) -> CliResult<Sources> {
        Ok(Sources {
            identity_file: self.global.identity.clone().or_else(|| path("VLT_IDENTITY_FILE")),
            credentials_directory: path("CREDENTIALS_DIRECTORY"),
            identity_fd: self.taken.identity_fd,
            identity_text: self.taken.identity.as_ref().map(|text| Zeroizing::new(text.to_string())),
            config: ConfigFile::at(self.config_directory()?),
        })
    }

    /// The environment as programs that the user starts should inherit it.
    pub fn inherited_environment(&self) -> impl Iterator<Item = (OsString, OsString)> + use<> {
        env::vars_os()
    }

    /// The name of the user at this machine, for a first member's name.
    pub fn user_name(&self) -> Option<String> {
        set("USER").or_else(|| set("LOGNAME")).and_then(|name| name.into_string().ok())
    }

    /// The user's editor.
    pub fn editor(&self) -> Option<OsString> {
        set("VISUAL").or_else(|| set("EDITOR"))
    }

    /// The directory for files that must not reach a disk.
    pub fn runtime_directory(&self) -> Option<PathBuf> {
        path("XDG_RUNTIME_DIR")
    }

    /// Commits what the vault has seen to this machine's memory, and tells what a person should know.
    pub fn finish(&mut self, vault: &Vault<'_>) {
        for notice in vault.finish() {
            introduce::tell(&mut self.ui, &notice);
        }
    }

    fn options(&self, root: &Path, expected: Option<VaultId>, accepted: Option<VaultId>) -> CliResult<OpenOptions<'static>> {
        let sources = self.sources()?;
        let prompter = self.prompter.borrow().again();
        let root_for_signing = root.to_owned();
        Ok(OpenOptions {
            root: root.to_owned(),
            state: self.state_directory()?,
            expected,
            accepted,
            dry_run: self.global.dry_run,
            unlocker: Box::new(move |vault| {
                let _ = &root_for_signing;
                let found = find::find(&sources, &mut prompter.again())?;
                Ok(credentials(&sources, found, vault)?)
            }),
        })
    }

    /// The id that `VLT_ID` names.
    fn expected_id(&self) -> CliResult<Option<VaultId>> {
        let Some(text) = set("VLT_ID") else { return Ok(None) };
        let id = text.to_str().and_then(|text| text.trim().parse().ok());
        id.map(Some).ok_or_else(|| CliError::Usage {
            message: "`VLT_ID` is not a vault id (vlt1…)".into(),
            hint: "run `vault status` on a machine that knows the vault to see its id".into(),
        })
    }
}

fn credentials(
    sources: &Sources,
    found: Found,
    vault: VaultId,
) -> Result<Credentials, Box<dyn std::error::Error + Send + Sync>> {
    let signing = match found.identity.signing_key() {
        Some(native) => Some(native),
        None => signing::load(sources.config.directory(), &vault, &found.identity)?,
    };
    Ok(Credentials { identity: found.identity, signing })
}

/// The only look at the clock.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the clock")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    set(name).map(PathBuf::from)
}
