//! Code, exit code and hints of what goes wrong in a command itself; what goes wrong below it has them in `cli/advice`.

use super::CliError;
use crate::cli::advice;
use crate::cli::advice::advice::{Advice, advice};
use crate::cli::agent::StartError;
use crate::cli::exit::Exit;
use crate::cli::terminal::editor::EditorError;
use crate::inject::serialize::Refusal;

impl CliError {
    pub(super) fn advice(&self) -> Advice {
        if let Some(error) = self.unlock_error() {
            return advice::unlock(error);
        }
        match self {
            CliError::Engine(error) => advice::engine(error),
            CliError::NoVault { .. } => advice("no-vault", Exit::NotFound)
                .hint("create one in this project with `vault init`, or a personal one with `vault init --personal`"),
            CliError::NothingYet { .. } => advice("no-vault", Exit::Usage)
                .hint("`vault init` creates one in this project")
                .hint("`vault tour` shows the main ideas in a temporary one")
                .hint("a vault that exists comes with `git clone` of its repository")
                .hint("`vault --help` lists the commands"),
            CliError::NoHome => advice("no-home", Exit::Other).hint("set HOME, or XDG_CONFIG_HOME and XDG_STATE_HOME"),
            CliError::Usage { hint, .. } => advice("usage", Exit::Usage).hint(hint),
            CliError::Prompt(error) => advice::prompt(error),
            CliError::Input(error) => advice::input(error),
            CliError::Unlock(error) => advice::unlock(error),
            CliError::Create(error) => advice::create(error),
            CliError::AgentAnswer(_) | CliError::Agent(StartError::Agent(_)) => {
                advice("agent", Exit::Other).hint("commands work without it; `vault -v status` shows what is wrong")
            }
            CliError::Signing(_) => advice("signing-key", Exit::Locked),
            CliError::Config(_) => advice("bad-config", Exit::Usage).hint("fix the file, or move it away"),
            CliError::Approval(error) => advice::approval(error),
            CliError::Private(error) => advice::private(error),
            CliError::Edit(EditorError::Interrupted) => advice("interrupted", Exit::Interrupted),
            CliError::Edit(_) => advice("editor", Exit::Other)
                .hint("set EDITOR to your preferred editor, or run `vault config set editor COMMAND`"),
            CliError::Clipboard(error) => advice::clipboard(error),
            CliError::Qr(error) => advice::qr(error),
            CliError::Inject(error) => advice::inject(error),
            CliError::Execute(error) => advice("not-started", Exit::OfProgram(error.exit_code())),
            CliError::BeforeExec(error) => Advice { exit: Exit::BeforeExec, ..error.advice() },
            CliError::InSource { source, .. } => source.advice(),
            CliError::Unresolved { exit: Exit::Usage, .. } => {
                advice("unresolved", Exit::Usage).hint("`vault render --help` shows the forms of a reference")
            }
            CliError::Unresolved { exit, .. } => advice("unresolved", *exit),
            CliError::Several(several) => several.advice(),
            CliError::NotRepresentable(refused) if refused.iter().any(|refused| refused.reason == Refusal::Nul) => {
                advice("refused", Exit::Refused)
                    .hint("`vault exec --file NAME` passes a value with NUL bytes as a file")
            }
            CliError::NotRepresentable(_) => advice("refused", Exit::Refused)
                .hint("`--format json` can represent every text, and `--format sh` every value"),
            CliError::NoVariable { near, .. } => match near.first() {
                Some(near) => advice("not-found", Exit::NotFound).hint(format!("did you mean `{near}`?")),
                None => advice("not-found", Exit::NotFound)
                    .hint("`vault exec --dry-run SOURCE -- true` lists the variables of a source"),
            },
            CliError::OnTerminal => {
                advice("usage", Exit::Usage).hint("send the output to a file or a pipe, or add `--values`")
            }
            CliError::Import(error) => error.advice(),
            CliError::Backup(error) => error.advice(),
            CliError::Git(error) => error.advice(),
            CliError::NotCommitted(error) => error.advice(),
            CliError::Output(_) | CliError::Agent(StartError::Io(_)) => advice("output", Exit::Other),
            CliError::Missing(_) => {
                advice("not-found", Exit::NotFound).hint("`vault param ls --recursive` lists the parameters")
            }
            CliError::MissingSecrets(_) => {
                advice("not-found", Exit::NotFound).hint("`vault secret ls` lists the secrets")
            }
            CliError::NotSet(key) => {
                advice("not-found", Exit::NotFound).hint(format!("`vault config set {key} VALUE` sets it"))
            }
            CliError::NothingFound { searched: "value" } => {
                advice("not-found", Exit::NotFound).hint("`--ignore-case` and `--all-versions` search for more")
            }
            CliError::NothingFound { .. } => {
                advice("not-found", Exit::NotFound).hint("`vault grep` searches values, and `vault ls` lists all names")
            }
            CliError::Fingerprint { words, .. } => advice("fingerprint", Exit::Refused)
                .hint(format!("in words: {words}"))
                .hint("nothing was changed; ask the requester how it was sent"),
            CliError::NoPlace(_) => advice("not-found", Exit::NotFound)
                .hint("`vault replica add NAME --to DIR`, with the directory of that vault, records it"),
            CliError::NotRotated(name) => not_rotated(name),
            CliError::NotReplicated(name) => {
                advice("not-found", Exit::NotFound).hint(format!("`vault param copy {name} --to VAULT` copies it once"))
            }
            CliError::NothingToPick => advice("not-found", Exit::NotFound)
                .hint("`vault param put NAME` or `vault secret create NAME` stores a first value"),
            CliError::Declined(_) => advice("declined", Exit::Other),
            CliError::Reported(exit) => advice("check-failed", *exit),
        }
    }
}

fn not_rotated(name: &str) -> Advice {
    let secret = name.trim_start_matches('/');
    let hint =
        format!("create a secret with its value: `vault param get {name} | vault secret create {secret} --stdin`");
    advice("not-found", Exit::NotFound).hint(hint)
}
