//! Hints for errors of the engine.

use super::advice::{Advice, advice};
use super::credential::credential;
use super::document::{not_fresh, tampered, unverified, went_back};
use super::hook::{hook, rotating, tried_hook};
use super::key::{key, recipient};
use super::near::{LIST_CREDENTIALS, not_found};
use super::parameter::parameter;
use super::plan::plan;
use super::replica::replica;
use super::right::{not_a_reader, not_a_writer};
use super::secret::secret;
use super::share::{parcel, share};
use super::store::{archive, format, moved, store};
use super::team::team;
use super::trust::{chain_changed, chain_format, not_anchored, trust_behind, unknown_vault};
use crate::cli::exit::Exit;
use crate::engine::Error;
use crate::model::event::RuleError;

pub(crate) fn engine(error: &Error) -> Advice {
    match error {
        Error::NotAVault(_) => advice("no-vault", Exit::NotFound, &["create a vault with `vault init`"]),
        Error::AlreadyThere(_) => {
            advice("exists", Exit::Conflict, &["choose a directory that does not exist or is empty"])
        }
        Error::Unpinned(_) => unknown_vault(),
        Error::ForeignOwner { place, .. } => Advice {
            code: "foreign-owner",
            exit: Exit::Refused,
            hints: vec![format!(
                "if you trust that user, add `safe: [{:?}]` to your `config.yaml`, or set `VLT_SAFE` to this path",
                place.display().to_string()
            )],
        },
        Error::WrongVault { .. } => advice("wrong-vault", Exit::Tampered, &["check `VLT_ID` and the directory"]),
        Error::Replaced { .. } => advice(
            "vault-replaced",
            Exit::Tampered,
            &["somebody may have replaced the vault; if you did, set `VLT_ID` to the new id once"],
        ),
        Error::Store(error) => store(error),
        Error::Archive(error) => archive(error),
        Error::State(_) => {
            advice("state", Exit::Other, &["the file is below your state directory; move it away to start over"])
        }
        Error::Format { error, path } if path.starts_with("trust/") => chain_format(error),
        Error::Format { error, .. } => format(error),
        Error::Tampered { path, reason } => tampered(path, reason),
        Error::Rollback { path, .. } | Error::Fork { path, .. } => went_back(path),
        Error::Older { path, .. } | Error::Missing { path } => not_fresh(path),
        Error::IllegalSide(_, error) => engine(error),
        Error::TrustRollback { .. } | Error::TrustFork(_) | Error::OtherTrust { .. } => chain_changed(),
        Error::TrustBehind { .. } => trust_behind(),
        Error::NotAnchored { .. } => not_anchored(),
        Error::NotAMember => advice(
            "not-a-member",
            Exit::Locked,
            &["request membership with `vault member request`, or give the right identity with `--identity FILE`"],
        ),
        Error::NotAnAdmin(_) => advice("not-an-admin", Exit::Refused, &["`vault member ls` shows the admins"]),
        Error::Team(error) => team(error),
        Error::Key(error) => key(error),
        Error::NoRule(_) => no_rule(),
        Error::Rule { error, .. } => rule(error),
        Error::NoCredential(_) | Error::NoCredentialNamed(_) => {
            advice("no-such-credential", Exit::NotFound, &[LIST_CREDENTIALS])
        }
        Error::Credential { error, .. } => credential(error),
        Error::Recipient { .. } => recipient(),
        Error::NotAWriter { writers, .. } => not_a_writer(writers),
        Error::NotAReader { key, readers, reader } => not_a_reader(key, readers, reader.as_deref()),
        Error::Unopened { .. } => {
            advice("tampered", Exit::Tampered, &["`vault verify` checks everything; `git log` shows who changed it"])
        }
        Error::NotFound { near, aim, .. } => not_found(*aim, near),
        Error::Expired { name, .. } => expired(name),
        Error::NotSecure { .. } => advice("refused", Exit::Refused, &["`{{resolve:ssm:…}}` takes any type"]),
        Error::Parameter { error, name } => parameter(error, name),
        Error::Secret { error, name } => secret(error, name),
        Error::Share { error, .. } => share(error),
        Error::Parcel(error) => parcel(error),
        Error::Replica { error, name } => replica(error, name),
        Error::Plan { error, name } => plan(error, name),
        Error::Hook { name, .. } => hook(name),
        Error::TriedHook { step, .. } => tried_hook(*step),
        Error::Rotating(name) => rotating(name),
        Error::Name(_) => advice("bad-name", Exit::Usage, &[]),
        Error::NotMergeable(_) => not_merged(),
        Error::Changed(_) => advice("changed", Exit::Conflict, &["review it, and run the command again"]),
        Error::Unverified(findings) => unverified(findings),
        Error::NotLogged(_) => advice(
            "not-logged",
            Exit::Refused,
            &[
                "`vault doctor` shows what is wrong with the log; an admin decides with `vault trust settings --audit optional`",
            ],
        ),
        Error::NotTheAnchored { .. } => not_the_anchored(),
        Error::NoReason { .. } => {
            advice("reason-needed", Exit::Refused, &["say why: `--reason TEXT`, or VLT_REASON for a script"])
        }
        Error::OldVault => advice("old-format", Exit::Refused, &["an admin upgrades it: `vault upgrade`"]),
        Error::TrustMoved => advice("trust-moved", Exit::Conflict, &["run the command again"]),
        Error::Busy => advice("busy", Exit::Conflict, &["run the command again when the other one has finished"]),
        Error::Moved => moved(),
        Error::RevisionLimit(_) => advice(
            "revision-limit",
            Exit::Refused,
            &[
                "only a forged revision can be this high: `git log` of its file shows who wrote it",
                "copy what you need to another name, delete the file, run `vault accept NAME`, and put it again",
            ],
        ),
        Error::ReadBack(_) => advice("read-back", Exit::Tampered, &["check the disk, then `vault verify`"]),
        Error::Unlock(_) => advice("locked", Exit::Locked, &["`vault status` shows where vault looks for identities"]),
        Error::Internal(_) => advice("internal", Exit::Other, &["please report this"]),
    }
}

fn expired(name: &str) -> Advice {
    let restore = format!("`vault param restore {name}` brings it back until `vault tick` deletes it");
    let put = format!("`vault param put {name}` creates a new one");
    Advice { code: "expired", exit: Exit::NotFound, hints: vec![restore, put] }
}

fn no_rule() -> Advice {
    advice("no-such-rule", Exit::NotFound, &["`vault events rules ls` lists the rules"])
}

fn rule(error: &RuleError) -> Advice {
    match error {
        RuleError::Exists => advice("exists", Exit::Conflict, &["`--overwrite` replaces it"]),
        _ => advice("bad-rule", Exit::Usage, &["`vault events rules add --help` has examples"]),
    }
}

fn not_the_anchored() -> Advice {
    advice("log-rewritten", Exit::Tampered, &["`vault audit verify` says what is wrong with the log"])
}

fn not_merged() -> Advice {
    let hint = "an admin takes one side with git and repeats the change of the other side";
    advice("not-merged", Exit::Conflict, &[hint])
}
