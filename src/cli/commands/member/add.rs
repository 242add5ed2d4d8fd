//! `vault member add`: a request becomes a member.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::added::Added;
use super::rights::RightsArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::fingerprint::Fingerprint;
use crate::cli::report::unreadable::unreadable;
use crate::cli::terminal::escape;
use crate::cli::terminal::prompt::Question;
use crate::crypto::recipient::RecipientPolicy;
use crate::engine::{Error, Received, Rights, Vault};
use crate::format::caps;

/// Add a member from a request
#[derive(Debug, Args)]
#[command(
    long_about = "Add a member from a request.\n\n\
        Shows the request as eight words: compare them with those that the new member sees, by phone or face to \
        face. Then the member is added in the next snapshot of the trust chain, and all versions of the keys that \
        they may read are wrapped for them. Members without --write can only read, which suits a CI job. An admin \
        without --read and --write can read every key and write everything. If interrupted, run the same command \
        again to continue.",
    after_help = "Examples:\n  \
        vault member add bob.yaml --read dev --write parameter:/dev --write secret:dev\n  \
        vault member add ci.yaml --read prod --fingerprint '1f3a 90c2 …'\n  \
        vault member add carol.yaml --admin\n\n\
        A scope is `*`, `parameter:/PREFIX`, `secret:PREFIX` or `credential:`; prefixes match whole levels."
)]
pub(crate) struct AddArgs {
    /// File with the request, or - for stdin
    #[arg(value_name = "REQUEST", value_hint = clap::ValueHint::FilePath)]
    request: PathBuf,
    #[command(flatten)]
    rights: RightsArgs,
    /// Words or fingerprint that the new member sees, instead of a prompt
    #[arg(long, value_name = "FINGERPRINT")]
    fingerprint: Option<String>,
}

pub(super) fn run(args: &AddArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.require_admin()?;
    let policy = context.recipient_policy()?;
    let received = received(&args.request, &vault, &policy)?;
    let rights = args.rights.of(&vault);
    confirm(args.fingerprint.as_deref(), &received, &[], &rights, context)?;
    vault.add_member(&received, &rights, &policy, context.now)?;
    let vault = vault.finish(context);
    let mut added = Added::new(&received.request.name, &rights, &vault, context)?;
    added.fingerprint = Some(Fingerprint::from(received.fingerprint).digits());
    Ok(context.ui.report(&added)?)
}

/// The request in a file, which is named if it holds none.
pub(super) fn received(path: &Path, vault: &Vault<'_>, policy: &RecipientPolicy) -> CliResult<Received> {
    vault.read_request(read(path)?, policy).map_err(|error| match error {
        Error::NotARequest(_) => {
            CliError::InSource { argument: path.display().to_string(), source: Box::new(error.into()) }
        }
        error => error.into(),
    })
}

fn read(path: &Path) -> CliResult<Vec<u8>> {
    let mut document = Vec::new();
    let outcome = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(caps::SMALL_DOCUMENT + 1).read_to_end(&mut document)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(caps::SMALL_DOCUMENT + 1).read_to_end(&mut document))
    };
    outcome.map_err(|error| {
        CliError::usage(
            unreadable("read", path, &error),
            "the new member creates the file with `vault member request --out FILE`",
        )
    })?;
    Ok(document)
}

/// The fingerprint is the only thing that shows whose request this is. The recipients `before` are those that it replaces.
pub(super) fn confirm(
    given: Option<&str>,
    received: &Received,
    before: &[String],
    rights: &Rights,
    context: &Context,
) -> CliResult<()> {
    let print = Fingerprint::from(received.fingerprint);
    match given {
        Some(given) if !print.is(given) => {
            return Err(CliError::Fingerprint { words: print.words(), digits: print.digits() });
        }
        None if !context.global.dry_run => {}
        _ => return Ok(()),
    }
    let request = &received.request;
    let reads = rights.read.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let writes = rights.write.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let lines = format!(
        "\n  name         {}\n  role         {}\n  reads        {}\n  writes       {}\n  recipients   {}\n  fingerprint  {}\n  words        {}\n",
        request.name,
        rights.role.as_str(),
        escape::line(&reads),
        escape::line(&writes),
        recipients(before, &request.recipients),
        print.digits(),
        print.words(),
    );
    let ask = format!("Does {} see the same words?", request.name);
    let question =
        Question { text: &ask, what: "a comparison of the fingerprint", flag: "`--fingerprint FINGERPRINT`" };
    context.prompter.show(&lines, question)?;
    context.confirm(question, "nothing was changed")
}

/// The recipients of a request; if they replace others, one a line with a sign before those that come and go.
fn recipients(before: &[String], after: &[String]) -> String {
    let differs = |sign: &str, these: &[String], others: &[String]| -> Vec<String> {
        these.iter().filter(|it| !others.contains(it)).map(|it| format!("{sign} {}", escape::line(it))).collect()
    };
    if before.is_empty() {
        return escape::line(&after.join(", "));
    }
    let kept = after.iter().filter(|it| before.contains(it)).map(|it| format!("  {}", escape::line(it)));
    let changed = differs("-", before, after).into_iter().chain(differs("+", after, before));
    kept.chain(changed).collect::<Vec<_>>().join("\n               ")
}
