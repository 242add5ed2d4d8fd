//! A new identity for `vault init`, or the one that this machine has.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::prompt::Question;
use crate::model::name::MemberName;
use crate::unlock::ask::Ask;
use crate::unlock::create::{self, Plan};
use crate::unlock::find;
use crate::unlock::keyring::SystemKeyring;
use crate::unlock::passphrase::{self, Strength};
use crate::unlock::source::{Found, Sources};

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

/// The identity by the user's choice, otherwise by policy: what exists, the keyring if it works, a passphrase-protected
/// file.
pub(crate) fn identity(
    args: &IdentityArgs,
    member: &MemberName,
    sources: &mut Sources,
    context: &mut Context,
) -> CliResult<Found> {
    let ask: Arc<dyn Ask> = context.ask();
    if asked(args).is_none() && context.global.no_input && !has_identity(sources)? {
        let question = Question {
            text: "",
            what: "a choice of where to store the identity",
            flag: "`--keyring`, `--ssh FILE` or `--plaintext-identity`",
        };
        return Err(context.prompter.confirm(question, None).err().map_or(CliError::NoHome, CliError::from));
    }
    let choice = create::choose(asked(args), sources, &SystemKeyring)?;
    if let Some(reason) = &choice.keyring {
        context.ui.note("no keyring is available, so your identity goes into a passphrase-protected file");
        context.ui.detail(format!("the keyring: {reason}"));
    }
    if context.global.dry_run && choice.plan != Plan::Existing {
        return Err(CliError::Usage {
            message: "there is no identity yet, and --dry-run creates none".into(),
            hint: "run the command without --dry-run".into(),
        });
    }
    carry_out(choice.plan, member, sources, &ask, context)
}

fn carry_out(
    plan: Plan,
    member: &MemberName,
    sources: &mut Sources,
    ask: &Arc<dyn Ask>,
    context: &mut Context,
) -> CliResult<Found> {
    let config = &mut sources.config;
    Ok(match plan {
        Plan::Existing => find::find(sources, ask)?,
        Plan::Keyring => create::in_keyring(config, &SystemKeyring)?,
        Plan::Passphrase => {
            let passphrase = new_passphrase(context)?;
            create::in_passphrase_file(config, member, &passphrase)?
        }
        Plan::PlainFile => {
            let found = create::in_plain_file(config, member)?;
            context.ui.note(format!("{} is not encrypted: anyone who can read it can read the vault", found.origin));
            found
        }
        Plan::Ssh(path) => create::refer_to_ssh_key(config, &path, ask)?,
        Plan::Plugin(path) => create::refer_to_plugin(config, &path, ask)?,
    })
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

fn asked(identity: &IdentityArgs) -> Option<Plan> {
    if let Some(path) = &identity.ssh {
        return Some(Plan::Ssh(path.clone()));
    }
    if let Some(path) = &identity.plugin {
        return Some(Plan::Plugin(path.clone()));
    }
    let choices = [
        (identity.keyring, Plan::Keyring),
        (identity.passphrase, Plan::Passphrase),
        (identity.plaintext_identity, Plan::PlainFile),
    ];
    choices.into_iter().find_map(|(is_asked, plan)| is_asked.then_some(plan))
}

fn has_identity(sources: &Sources) -> CliResult<bool> {
    Ok(find::is_given(sources) || sources.config.read()?.identity.is_some())
}

/// That of `VLT_PASSPHRASE`, or one that the user types; otherwise a generated one is shown once.
fn new_passphrase(context: &mut Context) -> CliResult<Zeroizing<String>> {
    if let Some(given) = context.given_passphrase() {
        warn_of_weak(&given, context);
        return Ok(given);
    }
    let question = Question {
        text: "Generate a strong passphrase for your identity?",
        what: "a passphrase for the identity",
        flag: "`VLT_PASSPHRASE`, `--keyring`, `--ssh FILE` or `--plaintext-identity`",
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
