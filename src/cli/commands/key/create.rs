//! `vault key create`: a new key for a part of the names.

use clap::Args;

use super::view::{CODECS, KeyView, SUITES};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::choice::choice;
use crate::engine::NewKey;
use crate::model::key::{Codec, Suite};
use crate::model::name::{KeyName, MemberName};
use crate::model::trust::Scope;

/// Create a key
#[derive(Debug, Args)]
#[command(
    long_about = "Create a key.\n\n\
        You and the recovery key are its first readers. Values in its scopes are encrypted under it, including \
        existing ones; the longest scope that covers a name determines the key. A value that somebody could read \
        before and can no longer read now is listed by `vault list --must-rotate`.",
    after_help = "Examples:\n  \
        vault key create prod --scope parameter:/prod --scope secret:prod\n  \
        vault key create ci --scope parameter:/ci --reader carol\n  \
        vault key create open --scope parameter:/open --codec age1"
)]
pub(crate) struct CreateArgs {
    /// Name of the key
    name: KeyName,
    /// Scope of the key, `parameter:/PREFIX`, `secret:PREFIX` or `credential:`; may be repeated
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    scope: Vec<Scope>,
    /// Another reader, besides you; may be repeated
    #[arg(long, value_name = "MEMBER", value_delimiter = ',')]
    reader: Vec<MemberName>,
    /// Description, not encrypted
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// Encryption of values: xc1, or age1, which makes each value a file that stock age opens
    #[arg(long, default_value = "xc1", value_parser = choice(CODECS))]
    codec: Codec,
    /// Allowed recipients: classic for any, pq only for post-quantum ones
    #[arg(long, default_value = "classic", value_parser = choice(SUITES))]
    suite: Suite,
}

pub(super) fn run(args: &CreateArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let policy = context.recipient_policy()?;
    let new = NewKey {
        name: args.name.clone(),
        description: args.description.clone(),
        readers: args.reader.clone(),
        scopes: args.scope.clone(),
        codec: args.codec,
        suite: args.suite,
    };
    let ui = &mut context.ui;
    let sealed = vault.create_key(&new, &policy, context.now, &mut |done| ui.progress("sealed", done))?;
    ui.progress_done();
    let mut view = KeyView::new(&vault, &args.name)?;
    view.sealed = Some(sealed);
    view.conclude(vault, context)?;
    if !context.global.dry_run {
        let name = &args.name;
        context.ui.next(if args.scope.is_empty() {
            format!("`vault key map {name} parameter:/PREFIX` says what it encrypts")
        } else {
            format!("`vault key grant {name} MEMBER` lets somebody else read it; then `git add .vault && git commit`")
        });
    }
    Ok(())
}
