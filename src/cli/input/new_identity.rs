//! The identity of this machine, or a new one: chosen and prepared first, kept later.

use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::Question;
use crate::unlock::create::{self, InUse, NewIdentity, Plan};
use crate::unlock::error::UnlockError;
use crate::unlock::keyring::SystemKeyring;
use crate::unlock::native_key::NativeKey;
use crate::unlock::passphrase::{self, Strength};
use crate::unlock::source::{Found, Origin, Sources};
use crate::unlock::{find, own_place};

/// Where an identity is kept, for one that is copied to this machine or made on it.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct PlaceArgs {
    /// Store the identity in the operating system's keyring
    #[arg(long)]
    keyring: bool,
    /// Store the identity in a passphrase-protected file
    #[arg(long)]
    passphrase: bool,
    /// Store the identity in a plain file that only you can read
    #[arg(long)]
    plaintext_identity: bool,
}

/// Where to store a new identity. Without one of these the keyring is tried, then a passphrase is prompted for.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct IdentityArgs {
    /// Store the identity in the operating system's keyring
    #[arg(long)]
    keyring: bool,
    /// Store the identity in a passphrase-protected file
    #[arg(long)]
    passphrase: bool,
    /// Use this existing SSH private key
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    ssh: Option<PathBuf>,
    /// Use this existing identity file of an age plugin
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    plugin: Option<PathBuf>,
    /// Store the identity in a plain file that only you can read
    #[arg(long)]
    plaintext_identity: bool,
}

impl PlaceArgs {
    fn plan(&self) -> Option<Plan> {
        let choices = [
            (self.keyring, Plan::Keyring),
            (self.passphrase, Plan::Passphrase),
            (self.plaintext_identity, Plan::PlainFile),
        ];
        choices.into_iter().find_map(|(is_asked, plan)| is_asked.then_some(plan))
    }
}

impl IdentityArgs {
    /// What was asked for.
    pub(crate) fn plan(&self) -> Option<Plan> {
        let &IdentityArgs { keyring, passphrase, plaintext_identity, .. } = self;
        let ssh = self.ssh.clone().map(Plan::Ssh);
        let plugin = || self.plugin.clone().map(Plan::Plugin);
        ssh.or_else(plugin).or_else(|| PlaceArgs { keyring, passphrase, plaintext_identity }.plan())
    }

    /// Whether the identity of this machine is kept as it was asked for.
    pub(crate) fn is_so(&self, sources: &Sources) -> bool {
        create::choose(self.plan(), sources, &SystemKeyring).is_ok_and(|choice| choice.plan == Plan::Existing)
    }

    /// The option that was typed.
    pub(crate) fn option(&self) -> Option<&'static str> {
        Some(match self.plan()? {
            Plan::Keyring => "--keyring",
            Plan::Passphrase => "--passphrase",
            Plan::Ssh(_) => "--ssh",
            Plan::Plugin(_) => "--plugin",
            Plan::PlainFile | Plan::Existing => "--plaintext-identity",
        })
    }
}

/// The identity that this machine has, or one that it does not keep yet.
pub(crate) enum Chosen {
    Existing(Found),
    New(Box<NewIdentity>),
}

impl Chosen {
    pub(crate) fn found(&self) -> &Found {
        match self {
            Chosen::Existing(found) => found,
            Chosen::New(new) => &new.found,
        }
    }

    /// The public keys, also those of a plugin's identity, which does not contain them.
    pub(crate) fn recipients(&self, sources: &Sources) -> CliResult<Vec<String>> {
        match self {
            Chosen::Existing(found) => recipients(found, sources),
            Chosen::New(new) => Ok(new.recipients()),
        }
    }

    /// Keeps a new identity as that of this machine.
    pub(crate) fn keep(self, sources: &mut Sources, context: &mut Context) -> CliResult<Found> {
        match self {
            Chosen::Existing(found) => Ok(found),
            Chosen::New(new) => keep(*new, sources, InUse::Stays, context),
        }
    }
}

/// Keeps an identity as that of this machine.
pub(crate) fn keep(new: NewIdentity, sources: &mut Sources, in_use: InUse, context: &mut Context) -> CliResult<Found> {
    let found = new.keep(&mut sources.config, &SystemKeyring, in_use)?;
    if matches!(found.origin, Origin::PlainFile(_)) {
        context.ui.note(format!("{} is not encrypted: anyone who can read it can read the vault", found.origin));
    }
    Ok(found)
}

/// The identity by the user's choice, otherwise by policy: what exists, the keyring if it works, a passphrase-protected
/// file. Nothing is written.
pub(crate) fn choose(args: &IdentityArgs, name: &str, sources: &Sources, context: &mut Context) -> CliResult<Chosen> {
    let asked = args.plan();
    if asked.is_none() && context.global.no_input && !has_identity(sources)? {
        return Err(no_choice(context));
    }
    let ask = context.ask();
    let plan = by_policy(create::choose(asked, sources, &SystemKeyring)?, context);
    if plan == Plan::Existing {
        return Ok(Chosen::Existing(find::find(sources, &ask)?));
    }
    if context.global.dry_run {
        return Err(CliError::usage(
            "there is no identity yet, and --dry-run creates none",
            "run the command without --dry-run",
        ));
    }
    Ok(Chosen::New(Box::new(match plan {
        Plan::Ssh(path) => create::ssh_key(&sources.config, &path, &SystemKeyring, &ask)?,
        Plan::Plugin(path) => create::plugin(&sources.config, &path, &SystemKeyring, &ask)?,
        place => placed(&place, name, NativeKey::generate(), sources, context)?,
    })))
}

/// The same, kept at once.
pub(crate) fn identity(
    args: &IdentityArgs,
    name: &str,
    sources: &mut Sources,
    context: &mut Context,
) -> CliResult<Found> {
    choose(args, name, sources, context)?.keep(sources, context)
}

/// Where a key is kept: by option; otherwise the user is asked. Without one, what has a passphrase keeps it.
pub(crate) fn place(args: &PlaceArgs, is_protected: bool, context: &mut Context) -> CliResult<Plan> {
    if let Some(place) = args.plan() {
        return Ok(place);
    }
    if is_protected && !context.prompter.is_attended() {
        return Ok(Plan::Passphrase);
    }
    if context.global.no_input {
        return Err(no_choice(context));
    }
    let mut places = vec![
        (Plan::Keyring, "in the operating system's keyring"),
        (Plan::Passphrase, "in a passphrase-protected file"),
        (Plan::PlainFile, "in a plain file that only you can read"),
    ];
    let keyring = create::by_policy(&SystemKeyring);
    if keyring.plan != Plan::Keyring {
        places.remove(0);
    }
    let items: Vec<&str> = places.iter().map(|(_, text)| *text).collect();
    let question = Question {
        text: "Where to keep the identity",
        what: "a choice of where to store the identity",
        flag: "`--keyring`, `--passphrase` or `--plaintext-identity`",
    };
    let chosen = context.prompter.select(question, &items, 0)?;
    if let Some(reason) = &keyring.keyring {
        context.ui.note("the keyring was not offered: none is available");
        context.ui.detail(format!("the keyring: {reason}"));
    }
    Ok(places.swap_remove(chosen).0)
}

fn by_policy(choice: create::Choice, context: &mut Context) -> Plan {
    if let Some(reason) = &choice.keyring {
        context.ui.note("no keyring is available, so your identity goes into a passphrase-protected file");
        context.ui.detail(format!("the keyring: {reason}"));
    }
    choice.plan
}

/// A key that is not kept yet, for that place.
pub(crate) fn placed(
    place: &Plan,
    name: &str,
    key: NativeKey,
    sources: &Sources,
    context: &mut Context,
) -> CliResult<NewIdentity> {
    let config = &sources.config;
    Ok(match place {
        Plan::Keyring => create::in_keyring(key, &SystemKeyring)?,
        Plan::PlainFile => create::in_plain_file(config, name, key),
        _ => create::in_passphrase_file(
            config,
            name,
            key,
            &new_passphrase("`VLT_PASSPHRASE`, `--keyring` or `--plaintext-identity`", context)?,
        )?,
    })
}

fn no_choice(context: &Context) -> CliError {
    let question = Question {
        text: "",
        what: "a choice of where to store the identity",
        flag: "`--keyring`, `--passphrase` with `VLT_PASSPHRASE`, or `--plaintext-identity`",
    };
    context.prompter.confirm(question, None).err().map_or(CliError::NoHome, CliError::from)
}

/// The public keys of an identity: its own, or the configured one if a plugin's identity does not contain it.
pub(crate) fn recipients(found: &Found, sources: &Sources) -> CliResult<Vec<String>> {
    let own = found.identity.recipients();
    if !own.is_empty() {
        return Ok(own);
    }
    let configured = sources.config.read()?.identity.as_ref().and_then(|identity| identity.recipient.clone());
    Ok(configured.into_iter().collect())
}

fn has_identity(sources: &Sources) -> Result<bool, UnlockError> {
    Ok(find::is_given(sources) || own_place::source(&sources.config)?.is_some())
}

/// That of `VLT_PASSPHRASE`, or one that the user types; otherwise a generated one is shown once. `flag` is what makes it unnecessary.
pub(crate) fn new_passphrase(flag: &str, context: &mut Context) -> CliResult<Zeroizing<String>> {
    if let Some(given) = context.given_passphrase() {
        warn_of_weak(&given, context);
        return Ok(given);
    }
    let question = Question {
        text: "Generate a strong passphrase for your identity?",
        what: "a passphrase for the identity",
        flag,
    };
    if context.prompter.confirm(question, Some(false))? {
        let made = passphrase::generate(&mut rand::rngs::OsRng);
        let shown = format!("\nYour passphrase:\n\n  {}\n", made.as_str());
        show_secret(&shown, context)?;
        return Ok(made);
    }
    let question = Question { text: "Passphrase for your identity", ..question };
    let typed = context.prompter.new_passphrase(question)?;
    warn_of_weak(&typed, context);
    Ok(typed)
}

/// Warns if a new passphrase could be guessed.
pub(crate) fn warn_of_weak(passphrase: &str, context: &mut Context) {
    if passphrase::strength(passphrase) == Strength::Weak {
        context.ui.warning("somebody who has the file could guess this passphrase; longer is stronger");
    }
}

/// Shows a text only on the terminal, until the user confirms that it is written down.
pub(crate) fn show_secret(text: &str, context: &mut Context) -> CliResult<()> {
    let question = Question {
        text: "Is it written down in a safe place?",
        what: "a destination for the recovery key",
        flag: "`--recovery-file FILE` or `--no-recovery-key`",
    };
    context.prompter.show_until_confirmed(text, question)?;
    Ok(())
}
