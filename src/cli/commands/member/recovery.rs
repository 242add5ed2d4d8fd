//! `vault member recovery`: a new recovery key.

use std::path::PathBuf;

use clap::Args;

use super::replaced::KeysReport;
use super::request::requesting;
use super::update::replace;
use crate::cli::commands::init::recovery::hand_over;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::crypto::identity::Identity;
use crate::engine::{Error, OldKeys, Received, Removal, Rights};
use crate::model::team::{RECOVERY, Return};
use crate::model::trust::{Role, Scope};

/// Replace the recovery key
#[derive(Debug, Args)]
#[command(
    long_about = "Replace the recovery key.\n\n\
        The new one is shown once, or written to a new file. The old one cannot decrypt anything written from then \
        on; if somebody else may have it, add --compromised: then each key gets a new version, and `vault list \
        --must-rotate` lists what must be replaced. A vault without a recovery key gets one.",
    after_help = "Examples:\n  \
        vault member recovery\n  \
        vault member recovery --compromised --recovery-file /media/usb/recovery.txt"
)]
pub(crate) struct RecoveryArgs {
    /// Write the recovery key to this new file instead of showing it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    recovery_file: Option<PathBuf>,
    /// Somebody else may have the old one
    #[arg(long)]
    compromised: bool,
}

pub(super) fn run(args: &RecoveryArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.require_admin()?;
    if context.global.dry_run {
        return Err(CliError::usage(
            "a dry run creates no recovery key",
            "`vault member show recovery` shows the current one",
        ));
    }
    let (identity, text) = Identity::generate();
    let signing = identity.signing_key().ok_or(Error::Internal("a new identity cannot sign"))?;
    let name = RECOVERY.parse().map_err(Error::from)?;
    let request = requesting(name, &signing, identity.recipients(), context.now);
    let received = Received { request, fingerprint: [0; 16] };
    let old = if args.compromised { OldKeys::Compromised } else { OldKeys::Safe };
    let is_member = vault.trust().member(&received.request.name).is_some();
    let read: Vec<_> = vault.trust().keys.iter().map(|rule| rule.name.clone()).collect();
    if is_member {
        // Everything that can be checked is checked before the key is shown.
        vault.plan_new_keys(&received, old, Return::Refused)?;
    } else {
        read.iter().try_for_each(|key| vault.require_opened(key))?;
    }
    hand_over(&text, vault.id(), args.recovery_file.as_deref(), context)?;
    if is_member {
        return replace(vault, &received, old, Return::Refused, context);
    }
    let policy = context.recipient_policy()?;
    let rights = Rights { role: Role::Admin, write: vec![Scope::All], read, back: Return::Allowed };
    let keys = vault.add_member(&received, &rights, &policy, context.now)?;
    vault.finish(context);
    let done = Removal { keys, ..Removal::default() };
    Ok(context.ui.report(&KeysReport::new(&received.request.name, done, None))?)
}
