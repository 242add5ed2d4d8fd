//! `vault list`: every name, with `--must-rotate` the values that must be replaced, and with `--readable-by` what a member can decrypt.

mod long;
mod must_rotate;
mod readable;

use clap::Args;
use serde::Serialize;

use crate::cli::advice::near::words;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::names::Names;
use crate::cli::report::{refused, tree};
use crate::cli::terminal::{Page, Report};
use crate::engine::Vault;
use crate::model::name::MemberName;
use crate::model::near::Aim;

/// List parameters and secrets, or values that must be replaced
#[derive(Debug, Args)]
#[command(
    long_about = "List all parameters and secrets: those below a path, or whose names begin with a text. Secrets marked for deletion are \
        left out. `vault param ls` and `vault secret ls` have filters.\n\n\
        With --must-rotate only values that must be replaced are listed. When a member is removed or loses access to a key, they still \
        know what they could read. Every parameter and secret with such a current value is listed, until a new value is put.\n\n\
        With --readable-by only what a member can decrypt is listed: secrets and SecureStrings of which they can open a version. Anyone \
        who has the vault can read String and StringList parameters.\n\n\
        A document that cannot be trusted is reported on stderr, the rest is listed, and the exit code is 6.",
    after_help = "Examples:\n  \
        vault ls\n  \
        vault ls /app/prod --tree\n  \
        vault ls prod/                              secrets that begin with prod/\n  \
        vault ls --long\n  \
        vault list --must-rotate\n  \
        vault list --readable-by ci                 what a CI job can decrypt\n  \
        vault rotate run prod/db                    a secret with a hook\n  \
        vault set /prod/db/password                 another value"
)]
pub(crate) struct ListArgs {
    /// Path, or beginning of a name
    #[arg(value_name = "PATH", default_value = "", hide_default_value = true)]
    path: String,
    /// Show as a tree
    #[arg(long)]
    tree: bool,
    /// Show type, version, date and author
    #[arg(short, long, conflicts_with = "tree")]
    long: bool,
    /// List values that a former reader knows
    #[arg(long, conflicts_with_all = ["path", "tree", "long"])]
    must_rotate: bool,
    /// List what a member can decrypt
    #[arg(long, value_name = "MEMBER", conflicts_with_all = ["path", "tree", "long", "must_rotate"])]
    readable_by: Option<MemberName>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct TreeReport(Names);

pub(crate) fn run(args: &ListArgs, context: &mut Context) -> CliResult<()> {
    if args.must_rotate {
        return must_rotate::run(context);
    }
    if let Some(member) = &args.readable_by {
        return readable::run(member, context);
    }
    if args.long {
        return long::run(&args.path, context);
    }
    let vault = context.open_vault()?;
    let (mut names, refused) = Names::of(&vault)?;
    names.retain(|name| is_parameter_below(name, &args.path), |name| name.starts_with(&args.path));
    if names.is_empty() && refused.is_empty() {
        tell_nothing(&args.path, &vault, context);
    }
    vault.finish(context);
    if args.tree {
        context.ui.report(&TreeReport(names))?;
    } else {
        context.ui.report(&names)?;
    }
    refused::outcome(refused)
}

/// A path has whole levels, with or without a slash at its end; another text is the beginning of a name.
fn is_parameter_below(name: &str, path: &str) -> bool {
    let Some(rest) = name.strip_prefix(path.trim_end_matches('/')) else { return false };
    !path.starts_with('/') || rest.is_empty() || rest.starts_with('/') || path.len() == 1
}

/// Nothing is no error; what was meant may be near.
fn tell_nothing(path: &str, vault: &Vault<'_>, context: &mut Context) {
    if path.is_empty() {
        return context.ui.note("the vault is empty; `vault set /app/dev/db/password` stores a first value");
    }
    let near = match vault.near(Aim::Below, path) {
        near if near.is_empty() => "`vault find TEXT` searches all names".to_owned(),
        near => format!("did you mean {}?", words(&near)),
    };
    context.ui.note(format!("nothing is at or below `{path}`; {near}"));
}

impl Report for TreeReport {
    fn text(&self, page: &mut Page) {
        for (root, names) in [("/", &self.0.parameters), ("secrets", &self.0.secrets)] {
            if !names.is_empty() {
                tree::draw(root, &tree::branches(names.iter().map(String::as_str)), page);
            }
        }
    }
}
