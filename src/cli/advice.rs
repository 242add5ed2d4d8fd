//! Code, exit code and hints for what can go wrong in each room.

use super::prompt::PromptError;
use super::secret_advice::secret;
use super::team_advice::team;
use super::value_input::ValueInputError;
use crate::engine::{Error, Tampering};
use crate::hook::ApprovalError;
use crate::inject::environment::InjectError;
use crate::model::name::{KeyName, MemberName};
use crate::model::parameter_error::{Fault, ParameterError};
use crate::model::tier::Tier;
use crate::model::trust::Kind;
use crate::store::archive::ArchiveError;
use crate::store::path::decode_key;
use crate::store::{FormatError, Problem};
use crate::unlock::create::CreateError;
use crate::unlock::error::{Cause, UnlockError};

pub(super) mod code {
    pub(in crate::cli) const OTHER: u8 = 1;
    pub(in crate::cli) const USAGE: u8 = 2;
    pub(in crate::cli) const NOT_FOUND: u8 = 3;
    pub(in crate::cli) const CONFLICT: u8 = 4;
    pub(in crate::cli) const LOCKED: u8 = 5;
    pub(in crate::cli) const TAMPERED: u8 = 6;
    pub(in crate::cli) const REFUSED: u8 = 7;
    pub(in crate::cli) const CHECK: u8 = 8;
    pub(in crate::cli) const HOOK: u8 = 9;
    pub(in crate::cli) const INPUT: u8 = 10;
    pub(in crate::cli) const INTERRUPTED: u8 = 130;
    pub(in crate::cli) const BEFORE_EXEC: u8 = 125;
}

/// Code for programs, exit code, and the commands to type next.
pub(super) struct Advice {
    pub(super) code: &'static str,
    pub(super) exit: u8,
    pub(super) hints: Vec<String>,
}

pub(super) fn advice(code: &'static str, exit: u8, hints: &[&str]) -> Advice {
    Advice { code, exit, hints: hints.iter().map(|hint| (*hint).to_owned()).collect() }
}

pub(super) fn engine(error: &Error) -> Advice {
    match error {
        Error::NotAVault(_) => advice("no-vault", code::NOT_FOUND, &["make a vault with `vault init`"]),
        Error::AlreadyThere(_) => {
            advice("exists", code::CONFLICT, &["choose a directory that does not exist or is empty"])
        }
        Error::Unpinned(introduction) => Advice {
            code: "unknown-vault",
            exit: code::INPUT,
            hints: vec![format!(
                "compare the id with somebody who knows the vault, then set `VLT_ID={}` or run the command in a terminal",
                introduction.id
            )],
        },
        Error::WrongVault { .. } => advice("wrong-vault", code::TAMPERED, &["check `VLT_ID` and the directory"]),
        Error::Replaced { .. } => advice(
            "vault-replaced",
            code::TAMPERED,
            &["somebody may have replaced the vault; if you did, set `VLT_ID` to the new id once"],
        ),
        Error::Store(error) => store(&error.problem),
        Error::Archive(error) => archive(error),
        Error::State(_) => {
            advice("state", code::OTHER, &["the file is below your state directory; move it away to start over"])
        }
        Error::Format { error, path } if path.starts_with("trust/") => chain_format(error),
        Error::Format { error, .. } => format(error),
        Error::Tampered { path, reason } => tampered(path, reason),
        Error::Rollback { path, .. } | Error::Fork { path, .. } => went_back(path),
        Error::TrustRollback { .. } | Error::TrustFork(_) => chain_changed(),
        Error::NotAMember => advice(
            "not-a-member",
            code::LOCKED,
            &["ask to join with `vault member request`, or name the right identity with `--identity FILE`"],
        ),
        Error::NotAnAdmin(_) => advice("not-an-admin", code::REFUSED, &["`vault member ls` names the admins"]),
        Error::Team(error) => team(error),
        Error::Recipient { .. } | Error::Wrap { .. } => advice(
            "recipient",
            code::REFUSED,
            &["plugins and ssh-rsa are allowed in this machine's configuration; nothing was changed"],
        ),
        Error::NotPostQuantum { .. } => not_post_quantum(),
        Error::NotAWriter { .. } => advice("not-a-writer", code::REFUSED, &["ask an admin of the vault to put it"]),
        Error::NotAReader { key, readers } => not_a_reader(key, readers),
        Error::NoSuchKey(_) => advice("no-such-key", code::NOT_FOUND, &["`vault key ls` lists the keys"]),
        Error::NoKeyFor(_) => {
            advice("no-key", code::REFUSED, &["an admin maps a key to the path: `vault key map KEY SCOPE`"])
        }
        Error::OtherKey { .. } => advice("other-key", code::REFUSED, &["leave `--key` out: the path decides"]),
        Error::KeyUnusable { .. } => {
            advice("key-unusable", code::REFUSED, &["pull the newest state of the vault, or ask an admin"])
        }
        Error::Unopened { .. } => {
            advice("tampered", code::TAMPERED, &["`vault verify` checks everything; `git log` says who changed it"])
        }
        Error::NotFound { near, kind, .. } => {
            let hint = match near.as_slice() {
                [] if *kind == Kind::Secret => "`vault secret ls` lists what there is".to_owned(),
                [] => "`vault param ls --recursive` lists what there is".to_owned(),
                near => format!(
                    "did you mean {}?",
                    near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
                ),
            };
            Advice { code: "not-found", exit: code::NOT_FOUND, hints: vec![hint] }
        }
        Error::Expired { name, .. } => Advice {
            code: "expired",
            exit: code::NOT_FOUND,
            hints: vec![format!("put a new value with `vault param put {name} --overwrite --expires WHEN`")],
        },
        Error::NotSecure { .. } => advice("refused", code::REFUSED, &["`{{resolve:ssm:…}}` takes any type"]),
        Error::Parameter { error, name } => parameter(error, name),
        Error::Secret { error, name } => secret(error, name),
        Error::Hook { name, .. } => hook(name),
        Error::Rotating(name) => Advice {
            code: "rotating",
            exit: code::CONFLICT,
            hints: vec![format!("wait for it; `vault rotate status {name}` shows how far it is")],
        },
        Error::Name(_) => advice("bad-name", code::USAGE, &[]),
        Error::NotMergeable(_) | Error::OtherVersion(_) => not_merged(),
        Error::TrustMoved => advice("trust-moved", code::CONFLICT, &["run the command again"]),
        Error::Busy => advice("busy", code::CONFLICT, &["run the command again when the other one is done"]),
        Error::RevisionLimit(_) => advice(
            "revision-limit",
            code::REFUSED,
            &[
                "only a forged revision gets there: `git log` of its file says who wrote it",
                "copy what you need to another name, delete the file, `vault accept NAME`, and put it again",
            ],
        ),
        Error::ReadBack(_) => advice("read-back", code::TAMPERED, &["check the disk, then `vault verify`"]),
        Error::Unlock(_) => advice("locked", code::LOCKED, &["`vault status` says where identities are looked for"]),
        Error::Internal(_) => advice("internal", code::OTHER, &["please report this"]),
    }
}

fn archive(error: &ArchiveError) -> Advice {
    match error {
        ArchiveError::Unwritable(_) => advice("output", code::OTHER, &["nothing was written"]),
        _ => advice(
            "bad-backup",
            code::TAMPERED,
            &["nothing was restored; `age -d -i IDENTITY FILE | tar tv` shows what is in it"],
        ),
    }
}

fn chain_format(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => format(error),
        _ => advice(
            "tampered",
            code::TAMPERED,
            &[
                "where two branches changed members or keys, an admin runs `vault trust rebase`",
                "else restore the file with git; `git log` says who changed it",
            ],
        ),
    }
}

fn went_back(path: &str) -> Advice {
    let what = if decode_key(path).is_some() { "--key NAME" } else { "NAME" };
    let hint = format!("`git log` of the file says who brought it back; if that was meant, run `vault accept {what}`");
    Advice { code: "rollback", exit: code::TAMPERED, hints: vec![hint] }
}

fn chain_changed() -> Advice {
    advice(
        "trust-rollback",
        code::TAMPERED,
        &[
            "restore the `trust` directory with git; do not use this vault until you know who changed it",
            "if a merge took one side of it, an admin runs `vault trust rebase`",
            "if an admin says that it was meant, run `vault trust accept`",
        ],
    )
}

fn not_post_quantum() -> Advice {
    advice(
        "recipient",
        code::REFUSED,
        &[
            "post-quantum recipients are `age1tagpq…` and those of age-plugin-pq; `vault member update NAME --request FILE` gives a member other keys",
        ],
    )
}

fn not_a_reader(key: &KeyName, readers: &[MemberName]) -> Advice {
    let names: Vec<&str> = readers.iter().map(MemberName::as_str).collect();
    let hint = format!("readers are: {}; an admin among them runs `vault key grant {key} MEMBER`", names.join(", "));
    Advice { code: "not-a-reader", exit: code::LOCKED, hints: vec![hint] }
}

fn hook(name: &str) -> Advice {
    Advice {
        code: "hook-failed",
        exit: code::HOOK,
        hints: vec![
            format!("`vault rotate log {name}` shows what the hook said"),
            format!("nothing was lost; `vault rotate resume {name}` goes on when the cause is mended"),
        ],
    }
}

fn not_merged() -> Advice {
    let hint = "an admin takes one side with git and makes the change of the other side again";
    advice("not-merged", code::CONFLICT, &[hint])
}

pub(super) fn approval(error: &ApprovalError) -> Advice {
    match error {
        ApprovalError::NotApproved { hook, digest, .. } => Advice {
            code: "not-approved",
            exit: code::REFUSED,
            hints: vec![
                format!("it would get values of secrets: look at it with `vault rotate hooks show '{hook}'`"),
                format!(
                    "then `vault rotate hooks approve '{hook}'`; without a terminal add `--digest {}`",
                    hex(digest)
                ),
            ],
        },
        ApprovalError::Absent(_) => advice(
            "no-hook",
            code::NOT_FOUND,
            &["`vault rotate hooks list` names what there is, `vault rotate hooks new` writes one to start from"],
        ),
        ApprovalError::NoAddress => {
            advice("bad-hook", code::USAGE, &["add it with `vault rotate configure NAME --option url=https://…`"])
        }
        ApprovalError::Unreadable(error) => store(&error.problem),
        ApprovalError::List(_) => advice("state", code::OTHER, &["the file is below your state directory"]),
    }
}

fn hex(digest: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}

fn parameter(error: &ParameterError, name: &str) -> Advice {
    let hints = parameter_hint(error, name).into_iter().collect();
    let (code, exit) = fault(error.fault());
    Advice { code, exit, hints }
}

/// The code and the exit code of a broken rule.
pub(super) fn fault(fault: Fault) -> (&'static str, u8) {
    match fault {
        Fault::Usage => ("bad-request", code::USAGE),
        Fault::NotFound => ("not-found", code::NOT_FOUND),
        Fault::Conflict => ("conflict", code::CONFLICT),
        Fault::Rule => ("refused", code::REFUSED),
    }
}

fn parameter_hint(error: &ParameterError, name: &str) -> Option<String> {
    use ParameterError as E;
    Some(match error {
        E::AlreadyExists => "add `--overwrite` to make a new version".into(),
        E::VersionMoved { .. } => format!("look at it with `vault param history {name}`, then try again"),
        E::VersionNotFound { .. } | E::LabelNotFound { .. } => {
            format!("`vault param history {name}` shows versions and labels")
        }
        E::TypeRequired => "add `--type SecureString`, `--type String` or `--type StringList`".into(),
        E::TooLarge { tier: Tier::Standard, .. } | E::TierNeeded { .. } => "add `--tier advanced`".into(),
        E::TagsWithOverwrite => format!("set tags with `vault param tag {name} KEY=VALUE`"),
        E::MaxVersionsLabelled { .. } => format!("`vault label ls {name}` shows it"),
        E::PatternMismatch { .. } => "give a value that matches, or change the pattern with `--allowed-pattern`".into(),
        _ => return None,
    })
}

fn store(problem: &Problem) -> Advice {
    match problem {
        Problem::Symlink
        | Problem::NotRegular
        | Problem::NotDirectory
        | Problem::NotInside
        | Problem::TooLarge { .. } => advice(
            "tampered",
            code::TAMPERED,
            &["no vault holds such a file; `git status` and `git log` say where it came from"],
        ),
        Problem::Denied => advice("denied", code::OTHER, &["check owner and mode with `ls -l`"]),
        Problem::ReadOnly => advice("read-only", code::OTHER, &["nothing was changed"]),
        Problem::NoSpace => {
            advice("no-space", code::OTHER, &["nothing was changed; free some space and run the command again"])
        }
        Problem::NotFound => advice("not-found", code::NOT_FOUND, &["make a vault with `vault init`"]),
        Problem::AlreadyThere => advice("exists", code::CONFLICT, &[]),
        Problem::Busy => advice("busy", code::CONFLICT, &["run the command again when the other one is done"]),
        Problem::PathTooLong { .. } => advice("bad-name", code::USAGE, &["choose a shorter name"]),
        Problem::Format(error) => format(error),
        Problem::System(_) => advice("io", code::OTHER, &["nothing was changed"]),
    }
}

fn format(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => advice("newer-format", code::OTHER, &["install a newer version of vault"]),
        FormatError::NoTrailer => advice(
            "tampered",
            code::TAMPERED,
            &["if a merge left its marks in the file, run `vault resolve`; else restore it with git"],
        ),
        FormatError::SecondTrailer => advice(
            "tampered",
            code::TAMPERED,
            &["a merge left two documents in one file; `vault resolve` makes one of them"],
        ),
        _ => advice("tampered", code::TAMPERED, &["restore the file with git; `git log` says who changed it"]),
    }
}

fn tampered(path: &str, reason: &Tampering) -> Advice {
    let look = match decode_key(path) {
        Some(key) => format!("an admin who reads the key looks at it with `vault adopt --key {key}`, and signs it"),
        None => "a writer looks at it with `vault adopt NAME`, and signs it".to_owned(),
    };
    let history = "nothing was used of it; `git log` of the file says who changed it";
    let hints = match reason {
        Tampering::Former(_) => vec![format!("if the change is wanted, {look}")],
        Tampering::OtherKey(_) | Tampering::NotAllowed(_) => {
            vec![history.into(), format!("if it was signed while that was in order, {look}")]
        }
        _ => vec![history.into()],
    };
    Advice { code: "tampered", exit: code::TAMPERED, hints }
}

pub(super) fn input(error: &ValueInputError) -> Advice {
    match error {
        ValueInputError::Prompt(error) => prompt(error),
        ValueInputError::OnCommandLine => advice(
            "bad-input",
            code::USAGE,
            &[
                "leave the value out to be asked for it, or use `--stdin`, `--file FILE` or `--generate`; for plain text add `--type String`",
            ],
        ),
        ValueInputError::Nul | ValueInputError::NotText => advice(
            "bad-input",
            code::USAGE,
            &["put a binary value with `vault secret create NAME --binary --file FILE`"],
        ),
        ValueInputError::TooLarge => advice(
            "bad-input",
            code::USAGE,
            &["encrypt a large file with `age` for a key of its own, and put that key"],
        ),
        ValueInputError::Read { .. } => advice("bad-input", code::USAGE, &["check the path"]),
        _ => advice("bad-input", code::USAGE, &[]),
    }
}

pub(super) fn prompt(error: &PromptError) -> Advice {
    match error {
        PromptError::InputNeeded { flag, .. } => Advice {
            code: "input-needed",
            exit: code::INPUT,
            hints: vec![format!("use {flag}, or run it in a terminal")],
        },
        _ => advice("no-answer", code::OTHER, &["run the command again"]),
    }
}

pub(super) fn inject(error: &InjectError) -> Advice {
    let hints: &[&str] = match error {
        InjectError::Clash { .. } => {
            &["use `--name-style keep` or `--prefix` to tell them apart, or name one of them alone"]
        }
        InjectError::Dangerous { variable, .. } => &[&format!("if you mean it, add `--allow-variable {variable}`")],
        InjectError::Missing(_) => &["with `--dry-run` the command lists the variables that its sources give"],
        InjectError::Nul { .. } => &["`--file NAME` or `--stdin NAME` passes it without a variable"],
        InjectError::NoMemory => {
            &["set XDG_RUNTIME_DIR to a directory of yours on a tmpfs, or pass it with `--stdin NAME`"]
        }
        InjectError::Withheld { .. } | InjectError::Directory { .. } | InjectError::File { .. } => &[],
    };
    advice("not-injected", code::USAGE, hints)
}

pub(super) fn unlock(error: &UnlockError) -> Advice {
    match error {
        UnlockError::NoIdentity { .. } => advice(
            "no-identity",
            code::LOCKED,
            &[
                "name one with `--identity FILE` or `VLT_IDENTITY_FILE`",
                "`vault member request` makes one and asks to join this vault; `vault init` makes one with a new vault",
            ],
        ),
        UnlockError::Failed { cause: Cause::Ask(_), .. } => advice(
            "input-needed",
            code::INPUT,
            &["run it in a terminal, or use an identity without a passphrase through `VLT_IDENTITY_FILE`"],
        ),
        UnlockError::Failed { .. } => {
            advice("locked", code::LOCKED, &["no other identity was tried; name another one with `--identity FILE`"])
        }
        UnlockError::Config(_) => advice("bad-config", code::USAGE, &["mend the file, or move it away"]),
    }
}

pub(super) fn create(error: &CreateError) -> Advice {
    match error {
        CreateError::Configured(_) => {
            advice("exists", code::CONFLICT, &["run `vault init` without an identity option to use it"])
        }
        CreateError::NoRecipient(_) => {
            advice("identity", code::USAGE, &["add a line `# Recipient: age1…` to the file, as its plugin writes it"])
        }
        CreateError::Keyring(_) => advice("no-keyring", code::LOCKED, &["use `--passphrase` instead"]),
        _ => advice("identity", code::LOCKED, &["nothing was configured; run `vault init` again"]),
    }
}
