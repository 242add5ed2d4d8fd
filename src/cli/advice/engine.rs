//! Hints for errors of the engine.

use super::advice::{Advice, advice};
use super::near::{LIST_CREDENTIALS, not_found};
use super::parameter::parameter;
use super::plan::plan;
use super::secret::secret;
use super::store::{archive, format, moved, store};
use super::team::team;
use crate::cli::exit::Exit;
use crate::cli::report::list::List;
use crate::engine::{Error, Finding, Tampering, VaultKeyError};
use crate::format::FormatError;
use crate::format::path::{CHECKPOINT, Decoded, decode_credential, decode_key, decode_rule, key_path};
use crate::model::credential::{AccessKeyId, CredentialError};
use crate::model::event::RuleError;
use crate::model::hook::Step;
use crate::model::name::{KeyName, MemberName};

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

fn chain_format(error: &FormatError) -> Advice {
    match error {
        FormatError::NewerFormat => format(error),
        _ => advice(
            "tampered",
            Exit::Tampered,
            &[
                "if two branches changed members or keys, an admin runs `vault trust rebase`",
                "otherwise restore the file with git; `git log` shows who changed it",
            ],
        ),
    }
}

fn expired(name: &str) -> Advice {
    let restore = format!("`vault param restore {name}` brings it back until `vault tick` deletes it");
    let put = format!("`vault param put {name}` creates a new one");
    Advice { code: "expired", exit: Exit::NotFound, hints: vec![restore, put] }
}

fn went_back(path: &str) -> Advice {
    if decode_credential(path) != Decoded::Foreign {
        return credential_went_back();
    }
    let what = accepted(path);
    let hint =
        format!("`git log` of the file shows who brought it back; if that was intended, run `vault accept {what}`");
    Advice { code: "rollback", exit: Exit::Tampered, hints: vec![hint] }
}

fn not_fresh(path: &str) -> Advice {
    if decode_credential(path) != Decoded::Foreign {
        return credential_went_back();
    }
    let what = accepted(path);
    let hints = vec![
        "this command, this machine or this vault is strict about freshness: bring this checkout up to date with git"
            .to_owned(),
        format!("if this state is intended, run `vault accept {what}`"),
    ];
    Advice { code: "rollback", exit: Exit::Tampered, hints }
}

/// Nobody accepts an older state of a credential: it may have been revoked since.
fn credential_went_back() -> Advice {
    advice(
        "rollback",
        Exit::Tampered,
        &[
            "restore the newest state of the file with git; `git log` of it shows who brought the old one back",
            "if it is lost, delete the file, run `vault accept --credential ID`, and issue another credential",
        ],
    )
}

fn credential(error: &CredentialError) -> Advice {
    match error {
        CredentialError::Revoked => {
            advice("revoked", Exit::Refused, &["issue another credential: `vault serve credentials add`"])
        }
        CredentialError::Policy(_) => {
            advice("bad-policy", Exit::Usage, &["`vault serve credentials add --help` has an example"])
        }
        CredentialError::NotSignedAgain => advice(
            "refused",
            Exit::Refused,
            &["restore the newest state of the file with git; or issue another: `vault serve credentials add`"],
        ),
        CredentialError::Description | CredentialError::Past(_) => advice("usage", Exit::Usage, &[]),
    }
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

/// How `vault accept` names the document at a path.
fn accepted(path: &str) -> &'static str {
    match (decode_key(path), decode_rule(path)) {
        (Some(_), _) => "--key NAME",
        (_, Some(_)) => "--rule NAME",
        _ => "NAME",
    }
}

fn key(error: &VaultKeyError) -> Advice {
    match error {
        VaultKeyError::NotFound(_) => advice("no-such-key", Exit::NotFound, &["`vault key ls` lists the keys"]),
        VaultKeyError::NoneFor(name) if name.parse::<AccessKeyId>().is_ok() => advice(
            "no-key",
            Exit::Refused,
            &["an admin maps a key to credentials: `vault key map default credential:`"],
        ),
        VaultKeyError::NoneFor(_) => {
            advice("no-key", Exit::Refused, &["an admin maps a key to the path: `vault key map KEY SCOPE`"])
        }
        VaultKeyError::Other { .. } => {
            advice("other-key", Exit::Refused, &["omit `--key`: the path determines the key"])
        }
        VaultKeyError::Unusable { .. } => {
            advice("key-unusable", Exit::Refused, &["an admin adds a version that seals: `vault key rotate KEY`"])
        }
        VaultKeyError::Outdated(key, ..) | VaultKeyError::LostWrap(key) => outdated_key(key),
        VaultKeyError::Disabled(key) => disabled_key(format!("an admin enables it again: `vault key enable {key}`")),
        VaultKeyError::Deleting(key, _) => disabled_key(format!("an admin brings it back: `vault key restore {key}`")),
        VaultKeyError::Destroyed(_) => advice(
            "key-destroyed",
            Exit::Refused,
            &["nothing encrypted under it can be read any more; create a key with another name"],
        ),
        VaultKeyError::InUse { .. } => advice(
            "key-in-use",
            Exit::Refused,
            &["move them to another key first: `vault key map OTHER SCOPE`; `vault key ls` shows the scopes"],
        ),
        VaultKeyError::NotWrapped(key) => not_wrapped(key),
        VaultKeyError::UnknownVersion { .. } => {
            advice("key-unusable", Exit::Refused, &["get the newer trust chain with `vault sync` or `git pull`"])
        }
        VaultKeyError::NotPostQuantum { .. } => not_post_quantum(),
        VaultKeyError::Wrap { .. } => recipient(),
    }
}

fn disabled_key(hint: String) -> Advice {
    Advice { code: "key-disabled", exit: Exit::Refused, hints: vec![hint] }
}

fn not_wrapped(key: &KeyName) -> Advice {
    let hints = vec![
        "get the newer key document with `vault sync` or `git pull`".to_owned(),
        format!("if that is not enough, ask an admin who reads the key to run `vault key grant {key} YOU` again"),
    ];
    Advice { code: "not-wrapped", exit: Exit::Refused, hints }
}

fn recipient() -> Advice {
    advice(
        "recipient",
        Exit::Refused,
        &["plugins and ssh-rsa are allowed in this machine's configuration; nothing was changed"],
    )
}

fn outdated_key(key: &KeyName) -> Advice {
    let file = key_path(key);
    let hints = vec![
        "get the newer document with `vault sync` or `git pull`".to_owned(),
        format!(
            "if it was here before, `git log` of `{file}` shows who brought the old one back; `git checkout COMMIT^ -- FILE` restores it"
        ),
    ];
    Advice { code: "key-unusable", exit: Exit::Refused, hints }
}

fn chain_changed() -> Advice {
    advice(
        "trust-rollback",
        Exit::Tampered,
        &[
            "restore the `trust` directory with git; do not use this vault until you know who changed it",
            "if a merge kept only one side of it, an admin runs `vault trust rebase`",
            "if an admin confirms that it was intended, run `vault trust accept`",
        ],
    )
}

/// The id that is here may be anybody's, so it must not be ready to paste.
fn unknown_vault() -> Advice {
    advice(
        "unknown-vault",
        Exit::Input,
        &[
            "set `VLT_ID` to what `vault status` shows on a machine that knows the vault",
            "or run the command on a terminal, and compare the id with somebody who knows the vault",
        ],
    )
}

fn not_anchored() -> Advice {
    advice(
        "trust-rollback",
        Exit::Tampered,
        &[
            "fetch the newest state of the vault, or compare `VLT_ID` with what `vault status` shows on a machine that knows the vault",
        ],
    )
}

fn trust_behind() -> Advice {
    advice(
        "trust-behind",
        Exit::Refused,
        &["merge or pull first", "if the newer snapshots were discarded on purpose, run `vault trust accept`"],
    )
}

fn unverified(findings: &[Finding]) -> Advice {
    let mut hints = vec!["check each of them; `vault accept NAME` accepts a document".to_owned()];
    if findings.iter().any(|finding| matches!(finding, Finding::MissingFromCheckpoint { .. })) {
        hints.push(
            "on a machine that has seen both, a document that was deleted and created again does not count as \
             missing: sign there, or leave out missing documents with `--accept-missing`"
                .to_owned(),
        );
    }
    if findings.iter().any(|finding| finding.document() == Some(CHECKPOINT)) {
        hints.push(format!("restore `{CHECKPOINT}` with git, or delete it to sign a new one"));
    }
    Advice { code: "tampered", exit: Exit::Tampered, hints }
}

fn not_post_quantum() -> Advice {
    advice(
        "recipient",
        Exit::Refused,
        &[
            "post-quantum recipients are `age1tagpq…` and those of age-plugin-pq; `vault member update NAME --request FILE` gives a member new keys",
        ],
    )
}

fn not_a_reader(key: &KeyName, readers: &[MemberName], reader: Option<&str>) -> Advice {
    let Some(reader) = reader else {
        return advice(
            "not-a-reader",
            Exit::Locked,
            &[
                "you are not a member of this vault: request membership with `vault member request`, or give the right identity",
            ],
        );
    };
    let names: Vec<&str> = readers.iter().map(MemberName::as_str).collect();
    let hint = format!("readers: {}; an admin among them runs `vault key grant {key} {reader}`", names.join(", "));
    Advice { code: "not-a-reader", exit: Exit::Locked, hints: vec![hint, OTHER_IDENTITY.to_owned()] }
}

fn not_the_anchored() -> Advice {
    advice("log-rewritten", Exit::Tampered, &["`vault audit verify` says what is wrong with the log"])
}

fn not_a_writer(writers: &[MemberName]) -> Advice {
    let hint = match writers {
        [] => "nobody may: an admin changes that with `vault member update NAME --write SCOPE`".to_owned(),
        some => format!("who may: {}", List::and(some.iter().map(MemberName::as_str))),
    };
    Advice { code: "not-a-writer", exit: Exit::Refused, hints: vec![hint, OTHER_IDENTITY.to_owned()] }
}

/// Somebody with two identities has used the wrong one.
const OTHER_IDENTITY: &str =
    "if you have another identity, give it with `--identity FILE`: `vault identity ls` shows which is used";

fn hook(name: &str) -> Advice {
    Advice {
        code: "hook-failed",
        exit: Exit::Hook,
        hints: vec![
            format!("`vault rotate log {name}` shows the hook's output"),
            format!("nothing was lost; once the cause is fixed, run `vault rotate resume {name}`"),
        ],
    }
}

fn rotating(name: &str) -> Advice {
    let hints = vec![format!("wait for it; `vault rotate status {name}` shows its progress")];
    Advice { code: "rotating", exit: Exit::Conflict, hints }
}

fn tried_hook(step: Step) -> Advice {
    let mut hints = vec!["nothing was changed in the vault".to_owned()];
    if step == Step::Test {
        hints.push("`vault rotate test` uses a copy of the current value as the pending one".to_owned());
    }
    Advice { code: "hook-failed", exit: Exit::Hook, hints }
}

fn not_merged() -> Advice {
    let hint = "an admin takes one side with git and repeats the change of the other side";
    advice("not-merged", Exit::Conflict, &[hint])
}

fn tampered(path: &str, reason: &Tampering) -> Advice {
    let look = match decode_key(path) {
        Some(key) => {
            format!("an admin who is a reader of the key reviews it with `vault adopt --key {key}`, and re-signs it")
        }
        None => match decode_rule(path) {
            Some(rule) => format!("an admin reviews it with `vault adopt --rule {rule}`, and re-signs it"),
            None => "a writer reviews it with `vault adopt NAME`, and re-signs it".to_owned(),
        },
    };
    let history = "nothing in it was used; `git log` of the file shows who changed it";
    let hints = match reason {
        Tampering::Former(_) => vec![format!("if you want the change, {look}")],
        Tampering::OtherKey(_) | Tampering::NotAllowed(_) => {
            vec![history.into(), format!("if it was signed while that was allowed, {look}")]
        }
        _ => vec![history.into()],
    };
    Advice { code: "tampered", exit: Exit::Tampered, hints }
}
