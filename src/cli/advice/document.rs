//! Hints for documents that are refused as they are: forged, older, or missing.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::engine::{Finding, Tampering};
use crate::format::path::{
    CHECKPOINT, Decoded, decode_credential, decode_key, decode_parameter, decode_rule, decode_secret, decode_share,
};

pub(super) fn tampered(path: &str, reason: &Tampering) -> Advice {
    if decode_share(path).is_some() {
        return untrusted_share();
    }
    let who = match (decode_key(path), decode_rule(path)) {
        (Some(_), _) => "an admin who is a reader of the key",
        (_, Some(_)) => "an admin",
        _ => "a writer",
    };
    let look = format!("{who} reviews it with `vault adopt {}`, and re-signs it", typed(path));
    let tampered = advice("tampered", Exit::Tampered);
    match reason {
        Tampering::Former(_) => tampered.hint(format!("if you want the change, {look}")),
        Tampering::OtherKey(_) | Tampering::NotAllowed(_) => {
            tampered.hint(NOT_USED).hint(format!("if it was signed while that was allowed, {look}"))
        }
        _ => tampered.hint(NOT_USED),
    }
}

/// What is said of a file that somebody tampered with.
pub(super) const NOT_USED: &str = "nothing in it was used; `git log` of the file shows who changed it";

fn untrusted_share() -> Advice {
    advice("tampered", Exit::Tampered).hint(NOT_USED).hint(
        "restore it with git; if its signer lost permission, a reader shares it again after `vault secret unshare` or \
         `vault param unshare`",
    )
}

pub(super) fn went_back(path: &str) -> Advice {
    if decode_credential(path) != Decoded::Foreign {
        return credential_went_back();
    }
    advice("rollback", Exit::Tampered).hint(format!(
        "`git log` of the file shows who brought it back; if that was intended, run `vault accept {}`",
        typed(path)
    ))
}

pub(super) fn not_fresh(path: &str) -> Advice {
    if decode_credential(path) != Decoded::Foreign {
        return credential_went_back();
    }
    advice("rollback", Exit::Tampered)
        .hint(
            "this command, this machine or this vault is strict about freshness: bring this checkout up to date with \
             git",
        )
        .hint(format!("if this state is intended, run `vault accept {}`", typed(path)))
}

/// Nobody accepts an older state of a credential: it may have been revoked since.
fn credential_went_back() -> Advice {
    advice("rollback", Exit::Tampered)
        .hint("restore the newest state of the file with git; `git log` of it shows who brought the old one back")
        .hint("if it is lost, delete the file, run `vault accept --credential ID`, and issue another credential")
}

/// How `vault accept` and `vault adopt` name the document at a path.
pub(crate) fn typed(path: &str) -> String {
    if let Decoded::Name(parameter) = decode_parameter(path) {
        return parameter.to_string();
    }
    if let Decoded::Name(secret) = decode_secret(path) {
        return format!("--secret {secret}");
    }
    match (decode_key(path), decode_rule(path)) {
        (Some(key), _) => format!("--key {key}"),
        (_, Some(rule)) => format!("--rule {rule}"),
        _ => "NAME".to_owned(),
    }
}

pub(super) fn unverified(findings: &[Finding]) -> Advice {
    let mut unverified =
        advice("tampered", Exit::Tampered).hint("check each of them; `vault accept NAME` accepts a document");
    if findings.iter().any(|finding| matches!(finding, Finding::MissingFromCheckpoint { .. })) {
        unverified = unverified.hint(
            "on a machine that has seen both, a document that was deleted and created again does not count as missing: \
             sign there, or leave out missing documents with `--accept-missing`",
        );
    }
    if findings.iter().any(|finding| finding.document() == Some(CHECKPOINT)) {
        unverified = unverified.hint(format!("restore `{CHECKPOINT}` with git, or delete it to sign a new one"));
    }
    unverified
}
