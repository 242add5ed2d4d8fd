//! Quick checks of the bytes of documents, for commands that read thousands of them.
//!
//! Nothing is verified or parsed here. A probe may have false positives, which the real reader rejects, but no false
//! negatives for anything written by the schema beside it.

use std::collections::BTreeMap;

use memchr::memmem::find;

use super::schema::terms::rules;
use super::trailer;
use crate::model::format::Format;
use crate::model::name::{KeyName, MemberName};
use crate::model::secret::{Rotation, RotationTerms, Run, StatedPlan};
use crate::model::time::Timestamp;

/// Whether a document says that it is a tombstone.
pub(crate) fn says_deleted(raw: &[u8]) -> bool {
    has(raw, "\nstate: \"deleted\"")
}

/// The revision that a document states.
pub(crate) fn revision(raw: &[u8]) -> Option<u64> {
    const KEY: &[u8] = b"\nrev: ";
    let rest = &raw[find(raw, KEY)? + KEY.len()..];
    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
}

/// Whether a parameter may have an expiration. True for anything not in canonical form.
pub(crate) fn may_expire(raw: &[u8]) -> bool {
    !has(raw, "\npolicies: []\n") && !says_deleted(raw)
}

/// Whether a document may have a value that is sealed.
pub(crate) fn may_have_sealed(raw: &[u8]) -> bool {
    has(raw, KEY_VERSION)
}

/// Whether a document may have a value under any version of a key.
pub(crate) fn may_use_key(raw: &[u8], key: &KeyName) -> bool {
    has(raw, &format!("key: \"{key}\""))
}

/// Whether a secret may be marked for deletion.
pub(crate) fn may_be_marked_for_deletion(raw: &[u8]) -> bool {
    !has(raw, "\ndelete_after: \"\"\n")
}

/// Whether a secret may have copies in other vaults.
pub(crate) fn may_have_replicas(raw: &[u8]) -> bool {
    has(raw, "\nreplicas:\n")
}

/// Whether a secret may be a copy of another vault's.
pub(crate) fn may_have_origin(raw: &[u8]) -> bool {
    has(raw, "\norigin:\n")
}

/// Whether a secret's rotation may have something to do or to report at `now`. True for anything not in canonical form.
pub(crate) fn may_be_due(raw: &[u8], now: Timestamp) -> bool {
    let text = std::str::from_utf8(raw).unwrap_or_default();
    let Some((_, rest)) = text.split_once("\nrotation:") else { return true };
    if rest.starts_with(" {}\n") {
        return false;
    }
    let block = rest.split_once("\ndelete_after:").map_or(rest, |(block, _)| block);
    rotation_in(block).is_none_or(|rotation| rotation.due(now) || rotation.counts_from_future(now))
}

/// Whether a secret may have a rotation with a plan.
pub(crate) fn may_have_plan(raw: &[u8]) -> bool {
    has(raw, "\n  plan: |")
}

/// The fields that determine whether a rotation is due, as far as they are plain lines. They are next to the plan in
/// format 2, which alone has the schedule.
fn rotation_in<'a>(block: &'a str) -> Option<Rotation> {
    let at = |indent: &str, key: &str| -> Option<&'a str> {
        let (_, rest) = block.split_once(&format!("\n{indent}{key}: "))?;
        Some(rest.split_once('\n').map_or(rest, |(line, _)| line).trim_matches('"'))
    };
    let (text, inner) = (|key: &str| at("  ", key), |key: &str| at("    ", key));
    let run = match inner("tried") {
        None => None,
        Some(tried) => Some(Run {
            token: inner("token")?.parse().ok()?,
            attempt: inner("attempt")?.parse().ok()?,
            step: inner("step")?.parse().ok()?,
            tried: tried.parse().ok()?,
            error: String::new(),
        }),
    };
    let terms = |at: &dyn Fn(&'static str) -> Option<&'a str>| {
        let rules = rules(at("schedule")?, at("window")?).ok()?;
        Some(RotationTerms { hook: at("hook")?.parse().ok()?, admin: None, options: BTreeMap::new(), rules })
    };
    let plan = match text("plan") {
        None => StatedPlan::Unsigned(terms(&text)?),
        Some("") => StatedPlan::Missing,
        Some(_) => StatedPlan::Unsigned(terms(&inner)?),
    };
    let since = text("since")?.parse().ok()?;
    Some(Rotation { plan, enabled: text("enabled")? == "true", since, last_rotated: None, run })
}

/// Whether the last line of a document names a member as the signer.
pub(crate) fn names_signer(raw: &[u8], member: &MemberName) -> bool {
    let end = raw.len().saturating_sub(1);
    let line = raw[..end].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let begins = |format| raw[line..].starts_with(trailer::beginning(format, member).as_bytes());
    [Format::V1, Format::V2].into_iter().any(begins)
}

const KEY_VERSION: &str = "key_version: ";

fn has(raw: &[u8], text: &str) -> bool {
    find(raw, text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::schema::{emit_parameter, emit_plan, emit_secret, parse_parameter, parse_secret};
    use crate::model::hook::Step;
    use crate::model::id::{DocId, VaultId};
    use crate::model::name::SecretName;
    use crate::model::parameter::{Content, Parameter, Policy, Rule};
    use crate::model::secret::sample::signed_plan;
    use crate::model::secret::{Origin, Replica, Secret, SignedPlan};

    const PASSWORD: &[u8] = include_bytes!("../../tests/fixture/vault/params/prod/db/password.yaml");
    const SECRET: &[u8] = include_bytes!("../../tests/fixture/vault/secrets/prod/db.yaml");

    fn vault() -> VaultId {
        "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp".parse().unwrap()
    }

    /// The result of a probe for the reference parameter before and after a change.
    fn parameter(probe: impl Fn(&[u8]) -> bool, change: impl Fn(&mut Parameter)) -> [bool; 2] {
        let mut parameter = parse_parameter(trailer::split(PASSWORD).unwrap().body, &vault()).unwrap();
        let before = probe(emit_parameter(&parameter, &vault()).as_bytes());
        change(&mut parameter);
        [before, probe(emit_parameter(&parameter, &vault()).as_bytes())]
    }

    /// The same for the reference secret.
    fn secret(probe: impl Fn(&[u8]) -> bool, change: impl Fn(&mut Secret)) -> [bool; 2] {
        let mut secret = parse_secret(trailer::split(SECRET).unwrap().body, &vault()).unwrap();
        let before = probe(emit_secret(&secret, &vault()).as_bytes());
        change(&mut secret);
        [before, probe(emit_secret(&secret, &vault()).as_bytes())]
    }

    fn start() -> Timestamp {
        "2026-11-24T03:00:00Z".parse().unwrap()
    }

    fn rotate(secret: &mut Secret) {
        let token = "terraform-20261124030000000000000001".parse().unwrap();
        let rules = rules("rate(30 days)", "3h").unwrap();
        let terms = RotationTerms {
            hook: "db/rotate.sh".parse().unwrap(),
            admin: None,
            options: [("\n  enabled: false".into(), "\n    schedule: \"\" ".into())].into(),
            rules,
        };
        secret.rotation = Some(Rotation {
            plan: StatedPlan::Unsigned(terms),
            enabled: true,
            since: start(),
            last_rotated: None,
            run: Some(Run { token, attempt: 2, step: Step::Create, tried: start(), error: String::new() }),
        });
    }

    /// The same in format 2.
    fn rotate_by_plan(secret: &mut Secret) {
        rotate(secret);
        secret.head.format = Format::V2;
        let rotation = secret.rotation.as_mut().unwrap();
        let mut plan = signed_plan(1, None).plan().clone();
        plan.terms = rotation.terms().unwrap().clone();
        let text = emit_plan(&plan, &vault()) + "#sig v2 ana 0000000000000000 AAAA\n";
        rotation.plan = StatedPlan::Signed(Box::new(SignedPlan::new(text, plan)));
    }

    #[test]
    fn a_tombstone_says_so() {
        assert_eq!(parameter(says_deleted, Parameter::delete), [false, true]);
        assert_eq!(secret(says_deleted, Secret::delete), [false, true]);
    }

    #[test]
    fn an_expiration_is_seen() {
        let expire = |parameter: &mut Parameter| {
            let latest = parameter.versions.last_mut().unwrap();
            latest.settings.policies = vec![Policy::new(Rule::Expiration(start()))];
        };
        assert_eq!(parameter(may_expire, expire), [false, true]);
        assert!(may_expire(b"garbage"), "what cannot be read is looked at by the real reader");
    }

    #[test]
    fn sealed_values_are_seen_with_their_keys() {
        let unseal = |parameter: &mut Parameter| {
            parameter.versions.iter_mut().for_each(|it| it.content = Content::Plain { list: false, text: "x".into() });
        };
        let (default, other) = ("default".parse().unwrap(), "other".parse().unwrap());
        assert_eq!(parameter(|raw| may_use_key(raw, &default), unseal), [true, false]);
        assert_eq!(parameter(|raw| may_use_key(raw, &other), unseal), [false, false]);
        let empty = |secret: &mut Secret| secret.versions.clear();
        assert_eq!(secret(may_have_sealed, empty), [true, false]);
        assert_eq!(secret(|raw| may_use_key(raw, &default), empty), [true, false]);
    }

    #[test]
    fn a_mark_for_deletion_is_seen() {
        assert_eq!(secret(may_be_marked_for_deletion, |it| it.delete_after = Some(start())), [false, true]);
    }

    #[test]
    fn copies_are_seen_on_both_sides() {
        let name: SecretName = "a".parse().unwrap();
        let replicas = |it: &mut Secret| {
            let (vault, key) = (VaultId([1; 32]), "default".parse().unwrap());
            it.head.format = Format::V2;
            it.replicas = vec![Replica { vault, region: String::new(), key, name: it.name.clone() }];
        };
        let origin = move |it: &mut Secret| {
            let (vault, id, name) = (VaultId([1; 32]), DocId([1; 16]), name.clone());
            it.head.format = Format::V2;
            it.origin = Some(Origin { vault, id, name, rev: 1, region: String::new(), promoted: None });
        };
        assert_eq!([secret(may_have_replicas, replicas), secret(may_have_origin, origin)], [[false, true]; 2]);
        assert!(!secret(may_have_origin, replicas)[1] && !secret(may_have_replicas, |_| {})[1]);
    }

    #[test]
    fn a_signer_is_named_in_the_last_line_alone() {
        let (alice, bob) = ("alice".parse().unwrap(), "bob".parse().unwrap());
        assert_eq!([names_signer(SECRET, &alice), names_signer(SECRET, &bob)], [true, false]);
        let body = trailer::split(SECRET).unwrap().body;
        assert!(!names_signer(body, &alice), "it is the author there");
        assert!(!names_signer(b"", &alice));
    }

    #[test]
    fn what_is_due_is_never_missed() {
        let at = |seconds| Timestamp::from_unix(start().unix() + seconds);
        let due = |change: fn(&mut Secret), now| secret(|raw| may_be_due(raw, now), change)[1];
        let idle: fn(&mut Secret) = |secret| {
            rotate(secret);
            secret.rotation.as_mut().unwrap().run = None;
        };
        let off: fn(&mut Secret) = |secret| {
            rotate(secret);
            secret.rotation.as_mut().unwrap().enabled = false;
        };
        let idle_by_plan: fn(&mut Secret) = |secret| {
            rotate_by_plan(secret);
            secret.rotation.as_mut().unwrap().run = None;
        };
        let unconfirmed: fn(&mut Secret) = |secret| {
            rotate_by_plan(secret);
            secret.rotation.as_mut().unwrap().run = None;
            secret.rotation.as_mut().unwrap().plan = StatedPlan::Missing;
        };
        for rotate in [rotate, rotate_by_plan] {
            assert_eq!([0, 599, 600].map(|wait| due(rotate, at(wait))), [false, false, true]);
        }
        for idle in [idle, idle_by_plan] {
            assert_eq!([0, 40 * 86_400].map(|wait| due(idle, at(wait))), [false, true]);
        }
        assert!(!due(off, at(40 * 86_400)));
        assert!(due(unconfirmed, at(0)), "somebody has to confirm it");
        assert!(!due(|_| {}, at(0)), "a secret without rotation");
        assert!(may_be_due(b"garbage", at(0)), "what cannot be read is looked at by the real reader");
    }

    #[test]
    fn a_text_that_looks_like_a_field_is_none() {
        let odd = |secret: &mut Secret| secret.description = "\nstate: \"deleted\"".into();
        assert_eq!(secret(says_deleted, odd), [false, false]);
    }
}
