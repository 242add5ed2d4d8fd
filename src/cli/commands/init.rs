//! `vault init`: a new vault, its first member, its first key.

pub(crate) mod dotenv;
pub(crate) mod recovery;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use self::recovery::{RecoveryArgs, hand_over};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::global::PROJECT_DIRECTORY;
use crate::cli::input::new_identity::{self, IdentityArgs};
use crate::cli::report::fingerprint::words_of_vault;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::crypto::identity::Identity;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::sign::SigningKey;
use crate::engine::{Error, NewVault, NewVaultSpec, Vault};
use crate::model::name::MemberName;
use crate::model::team::RECOVERY;
use crate::model::trust::Member;
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
        vault init                          in this project; prompts for what it needs\n  \
        vault init --personal               used where there is no project vault\n  \
        vault init --ssh ~/.ssh/id_ed25519  with an SSH key as identity\n  \
        vault init --plugin yubikey.txt     with a hardware key, by its age plugin\n  \
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
    #[arg(long, value_name = "NAME", visible_alias = "member")]
    name: Option<MemberName>,
    /// Name of the vault for people [default: the directory's name]
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    recovery: RecoveryArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InitReport {
    created: bool,
    vault: String,
    directory: String,
    member: String,
    identity: String,
    /// Where the values of this project could go.
    #[serde(skip)]
    path: String,
}

pub(crate) fn run(args: &InitArgs, context: &mut Context) -> CliResult<()> {
    let target = context.new_place(args.directory.as_deref(), args.personal)?;
    if target.join("vault.yaml").exists() {
        return already(args, &target, context);
    }
    NewVault::require_place(&target)?;
    args.recovery.require_new()?;
    let member = member(args)?;
    let mut sources = context.sources()?;
    let chosen = new_identity::choose(&args.identity, member.as_str(), &sources, context)?;
    let recovery = if args.recovery.no_recovery_key { None } else { Some(Identity::generate()) };
    let policy = context.recipient_policy()?;
    let (signing, is_native) = match chosen.found().identity.signing_key() {
        Some(native) => (native, true),
        None => (SigningKey::generate(&mut rand::rngs::OsRng), false),
    };
    let recipients = chosen.recipients(&sources)?;
    let vault = NewVault::create(&NewVaultSpec {
        label: args.label.clone().unwrap_or_else(|| label(&target)),
        member: member.clone(),
        recipients: recipients.clone(),
        signing: &signing,
        policy: &policy,
        recovery: recovery.as_ref().map(|(identity, _)| identity),
        now: context.now,
    })?;
    if context.global.dry_run {
        context.ui.note(format!("would create a vault in `{}`", target.display()));
        return Ok(());
    }
    // Everything that is asked is asked before anything is written.
    let recovery_text = recovery.as_ref().map(|(_, text)| text);
    let file = args.recovery.recovery_file.as_deref();
    if let Some(text) = recovery_text.filter(|_| file.is_none()) {
        hand_over(text, vault.id(), None, context)?;
    }
    let found = chosen.keep(&mut sources, context)?;
    if let Some(text) = recovery_text.filter(|_| file.is_some()) {
        hand_over(text, vault.id(), file, context)?;
    }
    if !is_native {
        keep_signing(&signing, &vault, &found, &recipients, &sources, &policy)?;
    }
    vault.remember(&env::state_directory()?, &target)?;
    vault.write(&target)?;
    // Pins it on this machine.
    context.open_created(&target, vault.id())?.finish(context);
    let report = InitReport {
        created: true,
        vault: vault.id().to_string(),
        directory: target.display().to_string(),
        member: member.to_string(),
        identity: found.origin.to_string(),
        path: dotenv::short_path(&target),
    };
    context.hold(found.identity);
    Ok(context.ui.report(&report)?)
}

/// An SSH key or a plugin cannot sign for a vault, so a separate key, encrypted to it, is stored beside it.
fn keep_signing(
    key: &SigningKey,
    vault: &NewVault,
    found: &Found,
    recipients: &[String],
    sources: &Sources,
    policy: &RecipientPolicy,
) -> CliResult<()> {
    let recipients = recipients.iter().map(|text| Recipient::parse(text, policy));
    let recipients: Vec<Recipient> =
        recipients.collect::<Result<_, _>>().map_err(|error| Error::Unlock(error.into()))?;
    signing::store(sources.config.directory(), vault.id(), key, &recipients, &found.identity)?;
    Ok(())
}

/// Running `init` again changes nothing, and says so; what it would have to change is refused.
fn already(args: &InitArgs, target: &Path, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault_at(target)?;
    let member = vault.whoami();
    if let Some(option) = not_so(args, &vault, member.as_ref().ok(), context)? {
        let place = target.display();
        return Err(CliError::usage(
            format!("`{place}` is already a vault; `vault init {option}` does not change it"),
            "`vault member request` asks to join it; `vault identity import FILE` brings your identity to this machine",
        ));
    }
    context.ui.note(format!("`{}` is already a vault; nothing was changed", target.display()));
    if let Err(Error::NotAMember | Error::Unlock(_)) = &member {
        context.ui.note("you are not a member of it here: `vault member request` asks to join");
        context.ui.note("if you are one on another machine, `vault identity import FILE` brings your identity here");
    }
    let report = InitReport {
        created: false,
        vault: vault.id().to_string(),
        directory: target.display().to_string(),
        member: member.map(|member| member.name.to_string()).unwrap_or_default(),
        identity: String::new(),
        path: String::new(),
    };
    vault.finish(context);
    Ok(context.ui.report(&report)?)
}

/// The first option that asks for something else than what is there.
fn not_so(
    args: &InitArgs,
    vault: &Vault<'_>,
    member: Option<&Member>,
    context: &Context,
) -> CliResult<Option<&'static str>> {
    let trust = vault.trust();
    let file = args.recovery.recovery_file.as_ref();
    let others = [
        ("--name", args.name.as_ref().is_some_and(|name| member.is_none_or(|member| member.name != *name))),
        ("--label", args.label.as_ref().is_some_and(|label| *label != trust.label)),
        ("--recovery-file", file.is_some_and(|file| !file.exists())),
        ("--no-recovery-key", args.recovery.no_recovery_key && trust.recovery().is_some()),
    ];
    let is_kept_so = args.identity.plan().is_none() || args.identity.is_so(&context.sources()?);
    let identity = args.identity.option().filter(|_| !is_kept_so);
    Ok(identity.or_else(|| others.into_iter().find_map(|(option, is_other)| is_other.then_some(option))))
}

/// The user's name if it is valid as a member name; a container may have none.
fn member(args: &InitArgs) -> CliResult<MemberName> {
    let user = env::own_member_name().filter(|name| name.as_str() != RECOVERY);
    match args.name.clone().or(user) {
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
        let path = &self.path;
        let steps = [
            (format!("vault set {path}/db/password"), "store a first value"),
            (format!("vault import .env --path {path}"), "or import the values of a file"),
            (format!("vault exec {path} -- COMMAND"), "run a program with it"),
            ("git add .vault && git commit".to_owned(), "share it; values are encrypted"),
        ];
        let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
        for (command, purpose) in steps {
            page.line(format!("  {command:width$}   {purpose}"));
        }
    }
}
