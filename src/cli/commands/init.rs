//! `vault init`: a new vault, its first member, its first key.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::context::{Context, PROJECT_DIRECTORY};
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::new_identity;
use crate::cli::input::new_identity::{IdentityArgs, show_secret};
use crate::cli::report::fingerprint::words_of_vault;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::crypto::identity::Identity;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::sign::SigningKey;
use crate::engine::{Error, NewVault, NewVaultSpec};
use crate::machine::private::{self, Overwrite};
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::team::RECOVERY;
use crate::unlock::signing;
use crate::unlock::source::{Found, Sources};

/// Create a vault, with its first member and key
#[derive(Debug, Args)]
#[command(
    long_about = "Create a vault: .vault in this directory (or in DIR), with you as its first member and admin.\n\n\
        You need an identity, the private key that decrypts values. If this machine has one, it is used; otherwise \
        one is created: in the operating system's keyring if that works, otherwise in a passphrase-protected file. A \
        recovery key is created too. It is shown once: write it down, because it opens the vault if the identity is \
        lost.",
    after_help = "Examples:\n  \
        vault init                          a vault in this project; prompts for what it needs\n  \
        vault init --personal               your personal vault, used if there is no project vault\n  \
        vault init --ssh ~/.ssh/id_ed25519  with an SSH key as identity\n  \
        vault init --plugin yubikey.txt     with a hardware key, through its age plugin\n  \
        vault init --no-input --plaintext-identity --recovery-file ~/recovery.txt"
)]
pub(crate) struct InitArgs {
    /// Directory in which to create .vault [default: this one]
    #[arg(value_hint = clap::ValueHint::DirPath, conflicts_with = "personal")]
    directory: Option<PathBuf>,
    /// Create the personal vault in your data directory
    #[arg(long)]
    personal: bool,
    /// Your name as a member [default: your user name, otherwise founder]
    #[arg(long, value_name = "NAME")]
    member: Option<MemberName>,
    /// Name of the vault for people [default: the directory's name]
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    recovery: RecoveryArgs,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct RecoveryArgs {
    /// Write the recovery key to this new file instead of showing it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    recovery_file: Option<PathBuf>,
    /// Create no recovery key: if you lose the identity, you lose every value
    #[arg(long)]
    no_recovery_key: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InitReport {
    created: bool,
    vault: String,
    directory: String,
    member: String,
    identity: String,
}

pub(crate) fn run(args: &InitArgs, context: &mut Context) -> CliResult<()> {
    let target = context.new_place(args.directory.as_deref(), args.personal)?;
    if target.join("vault.yaml").exists() {
        return already(&target, context);
    }
    let member = member(args)?;
    let mut sources = context.sources()?;
    let found = new_identity::identity(&args.identity, &member, &mut sources, context)?;
    let recovery = if args.recovery.no_recovery_key { None } else { Some(Identity::generate()) };
    let policy = context.recipient_policy()?;
    let (signing, is_native) = match found.identity.signing_key() {
        Some(native) => (native, true),
        None => (SigningKey::generate(&mut rand::rngs::OsRng), false),
    };
    let vault = NewVault::create(&NewVaultSpec {
        label: args.label.clone().unwrap_or_else(|| label(&target)),
        member: member.clone(),
        recipients: new_identity::recipients(&found, &sources)?,
        signing: &signing,
        policy: &policy,
        recovery: recovery.as_ref().map(|(identity, _)| identity),
        now: context.now,
    })?;
    if context.global.dry_run {
        context.ui.note(format!("would create a vault in `{}`", target.display()));
        return Ok(());
    }
    if let Some((_, text)) = &recovery {
        hand_over(text, vault.id(), args.recovery.recovery_file.as_deref(), context)?;
    }
    if !is_native {
        keep_signing(&signing, &vault, &found, &sources, &policy)?;
    }
    vault.remember(&env::state_directory()?, &target)?;
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

/// An SSH key or a plugin cannot sign for a vault, so a separate key, encrypted to it, is stored beside it.
fn keep_signing(
    key: &SigningKey,
    vault: &NewVault,
    found: &Found,
    sources: &Sources,
    policy: &RecipientPolicy,
) -> CliResult<()> {
    let recipients = new_identity::recipients(found, sources)?;
    let recipients = recipients.iter().map(|text| Recipient::parse(text, policy));
    let recipients: Vec<Recipient> =
        recipients.collect::<Result<_, _>>().map_err(|error| Error::Unlock(error.into()))?;
    signing::store(sources.config.directory(), vault.id(), key, &recipients, &found.identity)?;
    Ok(())
}

/// Running `init` again changes nothing, and says so.
fn already(target: &Path, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault_at(target)?;
    context.ui.note(format!("`{}` is already a vault; nothing was changed", target.display()));
    let report = InitReport {
        created: false,
        vault: vault.id().to_string(),
        directory: target.display().to_string(),
        member: vault.whoami().map(|member| member.name.to_string()).unwrap_or_default(),
        identity: String::new(),
    };
    vault.finish(context);
    context.ui.report(&report)?;
    Ok(())
}

/// The user's name if it is valid as a member name; a container may have none.
fn member(args: &InitArgs) -> CliResult<MemberName> {
    let user = env::user_name().and_then(|name| name.to_ascii_lowercase().parse::<MemberName>().ok());
    let user = user.filter(|name| name.as_str() != RECOVERY);
    match args.member.clone().or(user) {
        Some(member) => Ok(member),
        None => Ok("founder".parse().map_err(Error::from)?),
    }
}

/// The default name is that of the directory around the vault.
fn label(target: &Path) -> String {
    let own = target.file_name().unwrap_or_default();
    let around = if own == PROJECT_DIRECTORY { target.parent().and_then(Path::file_name).unwrap_or(own) } else { own };
    around.to_string_lossy().into_owned()
}

/// The recovery key leaves the process once: into a new private file, or onto the terminal until it is confirmed.
pub(crate) fn hand_over(
    text: &Zeroizing<String>,
    vault: VaultId,
    file: Option<&Path>,
    context: &mut Context,
) -> CliResult<()> {
    if let Some(path) = file {
        let content = Zeroizing::new(format!("# vault-id: {vault}\n{}\n", text.as_str()));
        let written = private::write_private(path, content.as_bytes(), Overwrite::Refuse);
        return written.map_err(|error| CliError::Usage {
            message: error.to_string(),
            hint: "give a new file with `--recovery-file FILE`".into(),
        });
    }
    show_secret(
        &format!(
            "\nRecovery key, shown only once. It opens everything:\n\n  {}\n\nWrite it down, away from this machine.",
            text.as_str()
        ),
        context,
    )
}

/// Pins the new vault on this machine.
fn remember(target: &Path, id: VaultId, context: &mut Context) -> CliResult<()> {
    let vault = context.open_created(target, id)?;
    vault.finish(context);
    Ok(())
}

impl Report for InitReport {
    fn text(&self, page: &mut Page) {
        let fields = [
            ("vault", Meaning::Name, self.directory.clone()),
            ("id", Meaning::Plain, self.vault.clone()),
            ("words", Meaning::Plain, words_of_vault(&self.vault)),
            ("member", Meaning::Plain, self.member.clone()),
            ("identity", Meaning::Plain, self.identity.clone()),
        ];
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
        if !self.created {
            return;
        }
        page.line("").line("next:");
        page.line("  vault param put /app/dev/db/password     store a first value");
        page.line("  vault import .env --path /app/dev        or import the values of a file");
        page.line("  vault exec /app/dev -- COMMAND           run a program with it");
        page.line("  git add .vault && git commit             share it; values are encrypted");
    }
}
