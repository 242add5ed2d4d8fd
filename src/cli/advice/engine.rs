//! Hints for errors of the engine.

use std::path::Path;

use super::advice::{Advice, advice};
use super::credential::credential;
use super::document::{not_fresh, tampered, typed, unverified, went_back};
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
use crate::cli::global::PROJECT_DIRECTORY;
use crate::engine::Error;
use crate::format::{FormatError, vault_yaml};
use crate::machine::StateError;
use crate::machine::private::PrivateError;
use crate::model::event::RuleError;

pub(crate) fn engine(error: &Error) -> Advice {
    match error {
        Error::NotAVault(place) => not_a_vault(place),
        Error::AlreadyThere(_) => {
            advice("exists", Exit::Conflict).hint("choose a directory that does not exist or is empty")
        }
        Error::Unpinned(_) => unknown_vault(),
        Error::ForeignOwner { place, .. } => advice("foreign-owner", Exit::Refused).hint(format!(
            "if you trust that user, add `safe: [{:?}]` to your `config.yaml`, or set `VLT_SAFE` to this path",
            place.display().to_string()
        )),
        Error::WrongVault { .. } => advice("wrong-vault", Exit::Tampered).hint("check `VLT_ID` and the directory"),
        Error::Replaced { .. } => advice("vault-replaced", Exit::Tampered)
            .hint("somebody may have replaced the vault; if you did, set `VLT_ID` to the new id once"),
        Error::Store(error) => store(error),
        Error::Archive(error) => archive(error),
        // What this machine keeps may be absent; what the user named may not.
        Error::State(StateError::File(PrivateError::Absent { .. })) => {
            advice("state", Exit::Other).hint("check the path")
        }
        Error::State(_) => {
            advice("state", Exit::Other).hint("the file is below your state directory; move it away to start over")
        }
        Error::Format { error, path } if path.starts_with("trust/") => chain_format(error),
        Error::Format { error, .. } => format(error),
        Error::NotARequest(error) => not_a_request(error),
        Error::Tampered { path, reason } => tampered(path, reason),
        Error::Rollback { path, .. } | Error::Fork { path, .. } => went_back(path),
        Error::Older { path, .. } | Error::Missing { path } => not_fresh(path),
        Error::IllegalSide(_, error) => engine(error),
        Error::TrustRollback { .. } | Error::TrustFork(_) | Error::OtherTrust { .. } => chain_changed(),
        Error::TrustBehind { .. } => trust_behind(),
        Error::NotAnchored { .. } => not_anchored(),
        Error::NotAMember => advice("not-a-member", Exit::Locked)
            .hint("request membership with `vault member request`, or give the right identity with `--identity FILE`"),
        Error::NotAnAdmin(_) => advice("not-an-admin", Exit::Refused).hint("`vault member ls` shows the admins"),
        Error::Team(error) => team(error),
        Error::Key(error) => key(error),
        Error::NoRule(_) => advice("no-such-rule", Exit::NotFound).hint("`vault events rules ls` lists the rules"),
        Error::Rule { error, .. } => rule(error),
        Error::NoCredential(_) | Error::NoCredentialNamed(_) => {
            advice("no-such-credential", Exit::NotFound).hint(LIST_CREDENTIALS)
        }
        Error::Credential { error, .. } => credential(error),
        Error::Recipient { .. } => recipient(),
        Error::NotAWriter { writers, .. } => not_a_writer(writers),
        Error::NotAReader { key, readers, reader } => not_a_reader(key, readers, reader.as_deref()),
        Error::Unopened { .. } => {
            advice("tampered", Exit::Tampered).hint("`vault verify` checks everything; `git log` shows who changed it")
        }
        Error::NotFound { near, aim, name } => not_found(*aim, name, near),
        Error::Expired { name, .. } => expired(name),
        Error::NotSecure { .. } => advice("refused", Exit::Refused).hint("`{{resolve:ssm:…}}` takes any type"),
        Error::Parameter { error, name } => parameter(error, name),
        Error::Secret { error, name } => secret(error, name),
        Error::Share { error, .. } => share(error),
        Error::Parcel(error) => parcel(error),
        Error::Replica { error, name } => replica(error, name),
        Error::Plan { error, name } => plan(error, name),
        Error::Hook { name, .. } => hook(name),
        Error::TriedHook { step, .. } => tried_hook(*step),
        Error::Rotating(name) => rotating(name),
        Error::Name(_) => advice("bad-name", Exit::Usage),
        Error::NotMergeable(_) => advice("not-merged", Exit::Conflict)
            .hint("an admin takes one side with git and repeats the change of the other side"),
        Error::Changed(_) => advice("changed", Exit::Conflict).hint("review it, and run the command again"),
        Error::Unverified(findings) => unverified(findings),
        Error::NotLogged(_) => advice("not-logged", Exit::Refused).hint(
            "`vault doctor` shows what is wrong with the log; an admin decides with `vault trust settings --audit \
             optional`",
        ),
        Error::NotTheAnchored { .. } => {
            advice("log-rewritten", Exit::Tampered).hint("`vault audit verify` says what is wrong with the log")
        }
        Error::NoReason { .. } => {
            advice("reason-needed", Exit::Refused).hint("say why: `--reason TEXT`, or VLT_REASON for a script")
        }
        Error::OldVault => advice("old-format", Exit::Refused).hint("an admin upgrades it: `vault upgrade`"),
        Error::TrustMoved => advice("trust-moved", Exit::Conflict).hint("run the command again"),
        Error::Busy => advice("busy", Exit::Conflict).hint("run the command again when the other one has finished"),
        Error::Moved => moved(),
        Error::RevisionLimit(path) => advice("revision-limit", Exit::Refused)
            .hint("only a forged revision can be this high: `git log` of its file shows who wrote it")
            .hint(format!(
                "copy what you need to another name, delete the file, run `vault accept {}`, and put it again",
                typed(path)
            )),
        Error::ReadBack(_) => advice("read-back", Exit::Tampered).hint("check the disk, then `vault verify`"),
        Error::Unlock(_) => {
            advice("locked", Exit::Locked).hint("`vault status` shows where vault looks for identities")
        }
        Error::Internal(_) => advice("internal", Exit::Other).hint("please report this"),
    }
}

/// A repository may be given in place of the vault in it.
fn not_a_vault(place: &Path) -> Advice {
    let inside = place.join(PROJECT_DIRECTORY);
    let hint = if inside.join(vault_yaml::PATH).exists() {
        format!("did you mean `{}`?", inside.display())
    } else {
        "check the path".to_owned()
    };
    advice("no-vault", Exit::NotFound).hint(hint)
}

fn not_a_request(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => format(error),
        _ => advice("tampered", Exit::Tampered).hint("the new member creates one: `vault member request --out FILE`"),
    }
}

fn expired(name: &str) -> Advice {
    advice("expired", Exit::NotFound)
        .hint(format!("`vault param restore {name}` brings it back until `vault tick` deletes it"))
        .hint(format!("`vault param put {name}` creates a new one"))
}

fn rule(error: &RuleError) -> Advice {
    match error {
        RuleError::Exists => advice("exists", Exit::Conflict).hint("`--overwrite` replaces it"),
        _ => advice("bad-rule", Exit::Usage).hint("`vault events rules add --help` has examples"),
    }
}
