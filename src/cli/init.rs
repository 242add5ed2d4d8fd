//! `vault init`: a new vault, its first member, its first key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::context::{Context, PROJECT_DIRECTORY};
use super::error::{CliError, CliResult};
use super::introduce::fingerprint;
use super::palette::Meaning;
use super::prompt::Question;
use super::report::{Page, Report};
use crate::crypto::identity::Identity;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::sign::SigningKey;
use crate::engine::{Error, Founding, NewVault};
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::store::private::{self, Overwrite};
use crate::unlock::ask::Ask;
use crate::unlock::create::{self, Plan};
use crate::unlock::keyring::SystemKeyring;
use crate::unlock::passphrase::{self, Strength};
use crate::unlock::source::{Found, Sources};
use crate::unlock::{find, signing};

/// Make a vault, with its first member and key
#[derive(Debug, Args)]
#[command(
    long_about = "Make a vault: .vault in this directory (or in DIR), with you as its first member and admin.\n\n\
        You need an identity, the private half that opens values. If this machine has one it is used; otherwise one is made: \
        in the operating system's keyring if that works, else in a file under a passphrase. A recovery key is made too. It \
        is shown once: write it down, it opens the vault when the identity is lost.",
    after_help = "Examples:\n  \
        vault init                          a vault in this project, asking what it must know\n  \
        vault init --personal               your personal vault, used where there is no project vault\n  \
        vault init --ssh ~/.ssh/id_ed25519  with an SSH key as identity\n  \
        vault init --no-input --plaintext-identity --recovery-file ~/recovery.txt"
)]
pub(super) struct InitArgs {
    /// Directory that gets a .vault [default: this one]
    #[arg(value_hint = clap::ValueHint::DirPath, conflicts_with = "personal")]
    directory: Option<PathBuf>,
    /// Make the personal vault in your data directory
    #[arg(long)]
    personal: bool,
    /// Your name as a member [default: your user name]
    #[arg(long, value_name = "NAME")]
    member: Option<MemberName>,
    /// What people will call the vault [default: the directory's name]
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    recovery: RecoveryArgs,
}

/// Where a new identity goes. Without one of these the keyring is tried, then a passphrase is asked for.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct IdentityArgs {
    /// Keep the identity in the operating system's keyring
    #[arg(long)]
    keyring: bool,
    /// Keep the identity in a file under a passphrase
    #[arg(long)]
    passphrase: bool,
    /// Use this SSH private key, where it is
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    ssh: Option<PathBuf>,
    /// Keep the identity in a plain file that only you can read
    #[arg(long)]
    plaintext_identity: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct RecoveryArgs {
    /// Write the recovery key to this new file instead of showing it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    recovery_file: Option<PathBuf>,
    /// Make no recovery key: losing the identity then loses every value
    #[arg(long)]
    no_recovery_key: bool,
}

#[derive(Serialize)]
struct InitReport {
    #[serde(rename = "Created")]
    created: bool,
    #[serde(rename = "Vault")]
    vault: String,
    #[serde(rename = "Directory")]
    directory: String,
    #[serde(rename = "Member")]
    member: String,
    #[serde(rename = "Identity")]
    identity: String,
}

pub(super) fn run(args: &InitArgs, context: &mut Context) -> CliResult<()> {
    let target = target(args, context)?;
    if target.join("vault.yaml").exists() {
        return already(&target, context);
    }
    let member = member(args)?;
    let mut sources = context.sources()?;
    let found = identity(args, &member, &mut sources, context)?;
    let recovery = if args.recovery.no_recovery_key { None } else { Some(Identity::generate()) };
    let policy = RecipientPolicy {
        plugins: sources.config.read()?.plugins.clone(),
        allow_rsa: sources.config.read()?.allow_ssh_rsa,
    };
    let (signing, is_native) = match found.identity.signing_key() {
        Some(native) => (native, true),
        None => (SigningKey::generate(&mut rand::rngs::OsRng), false),
    };
    let vault = NewVault::found(&Founding {
        label: args.label.clone().unwrap_or_else(|| label(&target)),
        member: member.clone(),
        recipients: found.identity.recipients(),
        signing: &signing,
        policy: &policy,
        recovery: recovery.as_ref().map(|(identity, _)| identity),
        now: context.now,
    })?;
    if context.global.dry_run {
        context.ui.note(format!("would make a vault in `{}`", target.display()));
        return Ok(());
    }
    if let Some((_, text)) = &recovery {
        hand_over(text, vault.id(), args, context)?;
    }
    if !is_native {
        keep_signing(&signing, &vault, &found, &sources, &policy)?;
    }
    vault.write(&target)?;
    remember(&target, vault.id(), context)?;
    let report = InitReport {
        created: true,
        vault: vault.id().to_string(),
        directory: target.display().to_string(),
        member: member.to_string(),
        identity: found.origin.to_string(),
    };
    context.ui.report(&report)?;
    Ok(())
}

/// An SSH key or a plugin cannot sign for a vault, so a key of its own is kept beside it, encrypted to it.
fn keep_signing(
    key: &SigningKey,
    vault: &NewVault,
    found: &Found,
    sources: &Sources,
    policy: &RecipientPolicy,
) -> CliResult<()> {
    let recipients = found.identity.recipients();
    let recipients = recipients.iter().map(|text| Recipient::parse(text, policy));
    let recipients: Vec<Recipient> =
        recipients.collect::<Result<_, _>>().map_err(|error| Error::Unlock(error.into()))?;
    signing::store(sources.config.directory(), vault.id(), key, &recipients, &found.identity)?;
    Ok(())
}

/// `--vault` names the vault's own directory, an argument the one that gets a `.vault`.
fn target(args: &InitArgs, context: &Context) -> CliResult<PathBuf> {
    if args.personal {
        return Context::personal_vault();
    }
    if let Some(exact) = context.chosen_vault() {
        return Ok(std::path::absolute(exact)?);
    }
    let parent = args.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    Ok(std::path::absolute(parent.join(PROJECT_DIRECTORY))?)
}

/// Running `init` again changes nothing, and says so.
fn already(target: &Path, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault_at(target)?;
    context.ui.note(format!("`{}` is a vault already; nothing was changed", target.display()));
    let report = InitReport {
        created: false,
        vault: vault.id().to_string(),
        directory: target.display().to_string(),
        member: vault.whoami().map(|member| member.name.to_string()).unwrap_or_default(),
        identity: String::new(),
    };
    context.finish(&vault);
    context.ui.report(&report)?;
    Ok(())
}

fn member(args: &InitArgs) -> CliResult<MemberName> {
    if let Some(member) = &args.member {
        return Ok(member.clone());
    }
    let user = Context::user_name().and_then(|name| name.to_ascii_lowercase().parse().ok());
    user.filter(|name: &MemberName| name.as_str() != "recovery").ok_or_else(|| CliError::Usage {
        message: "your user name cannot be a member's name".into(),
        hint: "give one with `--member NAME`".into(),
    })
}

/// The directory around the vault is what people know it by.
fn label(target: &Path) -> String {
    let own = target.file_name().unwrap_or_default();
    let around = if own == PROJECT_DIRECTORY { target.parent().and_then(Path::file_name).unwrap_or(own) } else { own };
    around.to_string_lossy().into_owned()
}

fn identity(args: &InitArgs, member: &MemberName, sources: &mut Sources, context: &mut Context) -> CliResult<Found> {
    let ask: Arc<dyn Ask> = context.ask();
    if asked(args).is_none() && context.global.no_input && !has_identity(sources)? {
        let question = Question {
            text: "",
            what: "a decision where the identity goes",
            flag: "`--keyring`, `--ssh FILE` or `--plaintext-identity`",
        };
        return Err(context.prompter.confirm(question, None).err().map_or(CliError::NoHome, CliError::from));
    }
    let choice = create::choose(asked(args), sources, &SystemKeyring)?;
    if let Some(reason) = &choice.keyring {
        context.ui.note("no keyring is at hand, so your identity goes into a file under a passphrase");
        context.ui.detail(format!("the keyring: {reason}"));
    }
    if context.global.dry_run && choice.plan != Plan::Existing {
        return Err(CliError::Usage {
            message: "there is no identity yet, and --dry-run makes none".into(),
            hint: "run `vault init` without --dry-run".into(),
        });
    }
    let config = &mut sources.config;
    Ok(match choice.plan {
        Plan::Existing => find::find(sources, &ask)?,
        Plan::Keyring => create::in_keyring(config, &SystemKeyring)?,
        Plan::Passphrase => {
            let passphrase = new_passphrase(context)?;
            create::in_passphrase_file(config, member, &passphrase)?
        }
        Plan::PlainFile => {
            let found = create::in_plain_file(config, member)?;
            context.ui.note(format!("{} is not encrypted: whoever reads it reads the vault", found.origin));
            found
        }
        Plan::Ssh(path) => create::refer_to_ssh_key(config, &path, &ask)?,
        Plan::Plugin(path) => create::refer_to_plugin(config, &path, &ask)?,
    })
}

fn asked(args: &InitArgs) -> Option<Plan> {
    let identity = &args.identity;
    if let Some(path) = &identity.ssh {
        return Some(Plan::Ssh(path.clone()));
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

/// Enter alone takes a passphrase that is made up and shown once.
fn new_passphrase(context: &mut Context) -> CliResult<Zeroizing<String>> {
    let question = Question {
        text: "Make up a strong passphrase for your identity?",
        what: "a passphrase for the identity",
        flag: "`--keyring`, `--ssh FILE` or `--plaintext-identity`",
    };
    if context.prompter.confirm(question, Some(false))? {
        let made = passphrase::generate(&mut rand::rngs::OsRng);
        let shown = format!("\nYour passphrase:\n\n  {}\n", made.as_str());
        show_secret(&shown, context)?;
        return Ok(made);
    }
    let question = Question { text: "Passphrase for your identity", ..question };
    let typed = context.prompter.new_passphrase(question)?;
    if passphrase::strength(&typed) == Strength::Weak {
        context.ui.warning("this passphrase could be guessed by somebody who has the file; longer is stronger");
    }
    Ok(typed)
}

/// The recovery key leaves the process once: into a new private file, or onto the terminal until it is confirmed.
fn hand_over(text: &Zeroizing<String>, vault: VaultId, args: &InitArgs, context: &mut Context) -> CliResult<()> {
    if let Some(path) = &args.recovery.recovery_file {
        let content = Zeroizing::new(format!("# vault-id: {vault}\n{}\n", text.as_str()));
        let written = private::write_private(path, content.as_bytes(), Overwrite::Refuse);
        return written.map_err(|error| CliError::Usage {
            message: error.to_string(),
            hint: "name a file that does not exist yet with `--recovery-file FILE`".into(),
        });
    }
    show_secret(
        &format!(
            "\nRecovery key, shown this once. It opens everything:\n\n  {}\n\nWrite it down, away from this machine.",
            text.as_str()
        ),
        context,
    )
}

fn show_secret(text: &str, context: &mut Context) -> CliResult<()> {
    let question = Question {
        text: "Is it written down in a safe place?",
        what: "a place for the recovery key",
        flag: "`--recovery-file FILE` or `--no-recovery-key`",
    };
    context.prompter.show_until_confirmed(text, question)?;
    Ok(())
}

/// Pins the new vault on this machine.
fn remember(target: &Path, id: VaultId, context: &mut Context) -> CliResult<()> {
    let vault = context.open_accepted(target, id)?;
    context.finish(&vault);
    Ok(())
}

impl Report for InitReport {
    fn text(&self, page: &mut Page) {
        let id = self.vault.parse().map(fingerprint).unwrap_or_default();
        let fields = [
            ("vault", Meaning::Name, self.directory.clone()),
            ("id", Meaning::Plain, id),
            ("member", Meaning::Plain, self.member.clone()),
            ("identity", Meaning::Plain, self.identity.clone()),
        ];
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
        if !self.created {
            return;
        }
        page.line("").line("next:");
        page.line("  vault param put /app/dev/db/password     store a first value");
        page.line("  vault exec /app/dev -- COMMAND           run a program with it");
        page.line("  git add .vault && git commit             share it; values are encrypted");
    }
}
