//! `vault identity import`: an identity of another machine, or the recovery key, for this one.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::{own_sources, require_none, used};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::new_identity::{self, PlaceArgs};
use crate::cli::input::value_input::stdin;
use crate::cli::terminal::Question;
use crate::model::name::MemberName;
use crate::unlock::create::{self, InUse, Plan};
use crate::unlock::foreign;
use crate::unlock::native_key::NativeKey;

/// Bring an identity to this machine
#[derive(Debug, Args)]
#[command(
    long_about = "Bring an identity to this machine: the file of another one, what `vault identity export` wrote, or the recovery \
        key. Without FILE you are asked for the key, which is not shown while you type.\n\n\
        It is kept in the keyring, in a passphrase-protected file or in a plain file: by option, or you are asked. A file that \
        has a passphrase may keep it. The imported file stays where it is: delete it once it is not needed.",
    after_help = "Examples:\n  \
        vault identity import recovery.txt\n  \
        vault identity import ana.age --passphrase   with the passphrase that it has\n  \
        vault identity import                        type it, such as from paper\n  \
        age -d -i old.txt ana.age | vault identity import - --keyring"
)]
pub(crate) struct ImportArgs {
    /// File with the identity, or - for stdin
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Name of its file [default: the member that it is, otherwise your user name]
    #[arg(long, value_name = "NAME")]
    name: Option<MemberName>,
    /// Use it instead of the identity that this machine has, which stays where it is
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(args: &ImportArgs, context: &mut Context) -> CliResult<()> {
    let mut sources = own_sources(context)?;
    if !args.replace {
        require_none(&sources)?;
    }
    let foreign = foreign::open(read(args.file.as_deref(), context)?, &context.ask())?;
    let key = NativeKey::parse(&foreign.text).map_err(|error| {
        CliError::usage(
            format!("that is not an identity that can be imported: {error}"),
            "it is one line `AGE-SECRET-KEY-1…`; use an SSH key or a plugin's file where it is: `vault identity use \
             FILE`",
        )
    })?;
    let name = name(args, &key, context);
    let recipients = vec![key.recipient()];
    let in_use = if args.replace { InUse::IsReplaced } else { InUse::Stays };
    if context.global.dry_run {
        context.ui.note(format!("would import the identity {}", key.recipient()));
        return Ok(());
    }
    let place = new_identity::place(&args.place, foreign.protected.is_some(), context)?;
    let new = match foreign.protected {
        Some((sealed, passphrase)) if place == Plan::Passphrase => {
            create::in_protected_file(&sources.config, &name, key, sealed, &passphrase)
        }
        _ => new_identity::placed(&place, &name, key, &sources, context)?,
    };
    let found = new_identity::keep(new, &mut sources, in_use, context)?;
    used::report(&found, recipients, context)
}

/// Named like the member, where the vault here has it.
fn name(args: &ImportArgs, key: &NativeKey, context: &Context) -> String {
    let member = || used::member(&used::trust_here(context)?, &[key.recipient()]);
    args.name.as_ref().map(ToString::to_string).or_else(member).unwrap_or_else(env::own_name)
}

fn read(file: Option<&Path>, context: &Context) -> CliResult<Zeroizing<Vec<u8>>> {
    match file {
        None => {
            let question =
                Question { text: "Identity (AGE-SECRET-KEY-1…)", what: "an identity", flag: "FILE, or - for stdin" };
            Ok(Zeroizing::new(context.prompter.passphrase(question)?.as_bytes().to_vec()))
        }
        Some(path) if path.as_os_str() == "-" => {
            let mut bytes = Zeroizing::new(Vec::with_capacity(foreign::LIMIT + 1));
            stdin()?.take(foreign::LIMIT as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        }
        Some(path) => Ok(foreign::read(path)?),
    }
}
