//! Documents of format 2: the reference vault of that format, and what keeps the two formats apart.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::*;
use crate::format::{FormatError, trailer};
use crate::model::format::Format;
use crate::model::freshness::Freshness;
use crate::model::id::VaultId;
use crate::model::key::VersionState;
use crate::model::parameter::Content;

macro_rules! body {
    ($file:literal) => {
        body(include_bytes!(concat!("../../../tests/fixture/", $file)))
    };
}

fn body(document: &'static [u8]) -> &'static str {
    std::str::from_utf8(trailer::split(document).unwrap().body).unwrap()
}

fn vault() -> VaultId {
    "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp".parse().unwrap()
}

type Read = fn(&str) -> Result<(String, String), FormatError>;

/// A text that is read and written again, with all that was read.
fn read<T: Debug>(
    text: &str,
    parse: fn(&[u8], &VaultId) -> Result<T, FormatError>,
    emit: fn(&T, &VaultId) -> String,
) -> Result<(String, String), FormatError> {
    let document = parse(text.as_bytes(), &vault())?;
    Ok((emit(&document, &vault()), format!("{document:?}")))
}

fn parameter(text: &str) -> Result<(String, String), FormatError> {
    read(text, parse_parameter, emit_parameter)
}

fn secret(text: &str) -> Result<(String, String), FormatError> {
    read(text, parse_secret, emit_secret)
}

fn key(text: &str) -> Result<(String, String), FormatError> {
    read(text, parse_key, emit_key)
}

fn trust(text: &str) -> Result<(String, String), FormatError> {
    read(text, parse_trust, emit_trust)
}

fn checkpoint(text: &str) -> Result<(String, String), FormatError> {
    read(text, parse_checkpoint, emit_checkpoint)
}

/// The documents of the reference vault, each with what reads it.
fn documents() -> [(&'static str, Read); 6] {
    [
        (body!("vault2/params/prod/db/host.yaml"), parameter),
        (body!("vault2/params/prod/db/password.yaml"), parameter),
        (body!("vault2/secrets/prod/db.yaml"), secret),
        (body!("vault2/keys/default.yaml"), key),
        (body!("vault2/trust/000007.yaml"), trust),
        (body!("vault2/checkpoint.yaml"), checkpoint),
    ]
}

/// The same of format 1, which has no checkpoint.
fn documents_of_format_1() -> [(&'static str, Read); 5] {
    [
        (body!("vault/params/prod/db/host.yaml"), parameter),
        (body!("vault/params/prod/db/password.yaml"), parameter),
        (body!("vault/secrets/prod/db.yaml"), secret),
        (body!("vault/keys/default.yaml"), key),
        (body!("vault/trust/000001.yaml"), trust),
    ]
}

#[test]
fn every_document_comes_back_byte_for_byte() {
    for (text, read) in documents() {
        assert_eq!(read(text).unwrap().0, text);
    }
}

#[test]
fn the_documents_say_what_they_say() {
    let host = parse_parameter(body!("vault2/params/prod/db/host.yaml").as_bytes(), &vault()).unwrap();
    let extra = [("org.example.owner", "platform \"team\""), ("org.example.ticket", "OPS-12")];
    assert_eq!(host.head.extra, extra.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    let password = parse_parameter(body!("vault2/params/prod/db/password.yaml").as_bytes(), &vault()).unwrap();
    let sealed_under = |at: usize| match &password.versions[at].content {
        Content::Sealed(sealed) => sealed.key.number,
        Content::Plain { .. } => 0,
    };
    assert_eq!([0, 1, 2].map(sealed_under), [1, 1, 0xbe46_b460_7683_73a7]);
    let trust = parse_trust(body!("vault2/trust/000007.yaml").as_bytes(), &vault()).unwrap();
    let key = &trust.keys[0];
    assert_eq!((trust.format, trust.format_floor, key.current), (Format::V2, 2, 0xbe46_b460_7683_73a7));
    let states: Vec<_> = key.versions.iter().map(|version| (version.number, version.state)).collect();
    assert_eq!(states, [(1, VersionState::Tainted), (key.current, VersionState::Enabled)]);
    assert_eq!(key.readers.len(), 3);
    assert_eq!((trust.settings.freshness, trust.settings.regions.len()), (Freshness::Strict, 2));
    let document = parse_key(body!("vault2/keys/default.yaml").as_bytes(), &vault()).unwrap();
    assert!(document.stated.is_none() && document.wraps.iter().all(|wrap| wrap.recipients.len() == 3));
    let checkpoint = parse_checkpoint(body!("vault2/checkpoint.yaml").as_bytes(), &vault()).unwrap();
    assert_eq!(checkpoint.valid_until.unwrap().to_string(), "2126-12-01T13:00:00Z");
}

/// Every line left out, doubled, or exchanged with the next.
fn line_changes(body: &str) -> impl Iterator<Item = String> {
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    (0..3 * lines.len()).filter_map(move |change| {
        let (mut lines, index) = (lines.clone(), change / 3);
        let next = (index + 1) % lines.len();
        match change % 3 {
            0 => drop(lines.remove(index)),
            1 => lines.insert(index, lines[index]),
            _ if lines[index] == lines[next] => return None,
            _ => lines.swap(index, next),
        }
        Some(lines.concat())
    })
}

#[test]
fn no_change_of_lines_is_the_same_document() {
    for (text, read) in documents() {
        let meant = read(text).unwrap().1;
        for change in line_changes(text) {
            let read = read(&change);
            assert!(read.is_err() || read.unwrap().1 != meant, "{change}");
        }
    }
}

/// Every way to spell a document of one format with the first line of the other.
#[test]
fn no_document_has_the_first_line_of_the_other_format() {
    for (text, read) in documents() {
        // Only where the two formats have the same fields, and then it is another document.
        let old = text.replacen("vault/v2", "vault/v1", 1);
        assert!(read(&old).is_err(), "{old}");
    }
    for (text, read) in documents_of_format_1() {
        let new = text.replacen("vault/v1", "vault/v2", 1);
        assert!(read(&new).is_err(), "{new}");
    }
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} in {text}");
    text.replacen(from, to, 1)
}

#[test]
fn a_field_of_the_other_format_is_refused() {
    let [host, password, secret, key, trust, checkpoint] = documents();
    let [old_host, old_password, _, old_key, old_trust] = documents_of_format_1();
    let extra = "extra:\n  \"a\": \"b\"\n";
    let cases = [
        (password, "key_version: \"be46b460768373a7\"", "key_version: 2"),
        (host, "key_version: \"\"", "key_version: 0"),
        (secret, "key_version: \"0000000000000001\"", "key_version: 1"),
        (old_password, "key_version: 1", "key_version: \"0000000000000001\""),
        (old_host, "key_version: 0", "key_version: \"\""),
        (key, "versions:\n", "current: 1\nversions:\n"),
        (key, "versions:\n", "readers:\n  - \"alice\"\nversions:\n"),
        (key, "    wrapped:", "    state: \"enabled\"\n    wrapped:"),
        (old_key, "    wrapped:", "    for: []\n    wrapped:"),
        (old_key, "  - number: 1\n", "  - version: \"0000000000000001\"\n"),
        (trust, "    state: \"enabled\"\n", "    floor: 1\n    state: \"enabled\"\n"),
        (trust, "    state: \"enabled\"\n", "    floor: 1\n"),
        (old_trust, "    floor: 1\n", "    floor: 1\n    state: \"enabled\"\n"),
        (old_trust, "former: []\n", "former: []\nsettings: {}\n"),
        (trust, "settings:\n", "options:\n"),
        (checkpoint, "valid_until: \"2126-12-01T13:00:00Z\"\n", ""),
    ];
    for ((text, read), from, to) in cases {
        let body = changed(text, from, to);
        assert!(read(&body).is_err(), "{from} → {to}");
    }
    for (text, read) in documents_of_format_1() {
        assert!(read(&format!("{text}{extra}")).is_err(), "no field of later programs in format 1");
    }
}

/// The text has one spelling of a key version: 16 digits, lower case.
#[test]
fn a_key_version_has_one_spelling() {
    let [_, (password, read), _, (key, read_key), (trust, read_trust), _] = documents();
    let version = "be46b460768373a7";
    for other in
        ["BE46b460768373a7", "+e46b460768373a7", "be46b460768373a", "0be46b460768373a7", "0000000000000000", ""]
    {
        assert!(read(&password.replace(version, other)).is_err(), "{other}");
        assert!(read_key(&key.replace(version, other)).is_err(), "{other}");
        assert!(read_trust(&trust.replace(version, other)).is_err(), "{other}");
    }
    assert!(read_trust(&trust.replace("current: \"be46", "current: \"ce46")).is_err(), "no version of the list");
    assert!(read_trust(&trust.replace(version, "0000000000000001")).is_err(), "one version twice");
    assert!(read_key(&key.replace(version, "0000000000000001")).is_err(), "one wrap twice");
}

#[test]
fn the_parts_of_a_snapshot_and_a_key_agree_with_each_other() {
    let [_, _, _, (key, read_key), (trust, read_trust), _] = documents();
    for (from, to) in [
        ("      - \"bob\"\n", "      - \"carol\"\n"),
        ("      - \"bob\"\n", "      - \"alice\"\n"),
        (
            "state: \"enabled\"\n    delete_after: \"\"",
            "state: \"enabled\"\n    delete_after: \"2027-01-01T00:00:00Z\"",
        ),
        ("state: \"enabled\"\n    delete_after: \"\"", "state: \"deleting\"\n    delete_after: \"\""),
        ("state: \"tainted\"", "state: \"cleansed\""),
        ("freshness: \"strict\"", "freshness: \"lax\""),
        ("audit: \"optional\"", "audit: \"never\""),
        ("expired_grace: \"7d\"", "expired_grace: \"7\""),
        ("expired_grace: \"7d\"", "expired_grace: \"0d\""),
        ("account: \"123456789012\"", "account: \"12345678901\""),
        ("- \"parameter:/prod/vip\"", "- \"prod\""),
    ] {
        assert!(read_trust(&changed(trust, from, to)).is_err(), "{from} → {to}");
    }
    let prints = "      - \"26d1c66492310e7f\"\n      - \"cdcac85d3b6057f7\"\n";
    for (from, to) in [
        (prints, "      - \"cdcac85d3b6057f7\"\n      - \"26d1c66492310e7f\"\n"),
        (prints, "      - \"26d1c66492310e7f\"\n      - \"26d1c66492310e7f\"\n"),
        ("26d1c66492310e7f", "26d1c66492310e"),
        ("26d1c66492310e7f", "26D1C66492310E7F"),
        ("BEGIN AGE", "BEGIN PGP"),
    ] {
        assert!(read_key(&changed(key, from, to)).is_err(), "{from} → {to}");
    }
    let deleting = "state: \"deleting\"\n    delete_after: \"2027-01-01T00:00:00Z\"";
    assert!(read_trust(&changed(trust, "state: \"enabled\"\n    delete_after: \"\"", deleting)).is_ok());
}

#[test]
fn an_unknown_field_is_kept_and_a_critical_one_refuses_the_document() {
    for (text, read) in documents() {
        let bare = text.find("extra:\n").map_or(text, |at| &text[..at]);
        let extra = format!("{bare}extra:\n  \"later.a\": \"1\"\n  \"later.b\": \"\"\n");
        let (kept, meant) = read(&extra).unwrap();
        assert_eq!(kept, extra, "it is carried along");
        assert_ne!(meant, read(bare).unwrap().1);
        let critical = |name: &str| read(&format!("{extra}critical:\n  - \"{name}\"\n"));
        assert_eq!(critical("later.b"), Err(FormatError::NewerFormat));
        assert_eq!(critical("other"), Err(FormatError::field("critical")));
        for wrong in [
            "extra: {}\n".to_owned(),
            "critical:\n  - \"a\"\n".to_owned(),
            "extra:\n  \"b\": \"\"\n  \"a\": \"\"\n".to_owned(),
            "extra:\n  \"A\": \"\"\n".to_owned(),
            "extra:\n  \"\": \"\"\n".to_owned(),
            format!("extra:\n  \"{}\": \"\"\n", "a".repeat(65)),
            format!("extra:\n  \"a\": \"{}\"\n", "x".repeat(4097)),
            "extra:\n  \"a\": \"\"\ncritical: []\n".to_owned(),
            "extra:\n  \"a\": 1\n".to_owned(),
        ] {
            assert!(read(&format!("{bare}{wrong}")).is_err(), "{wrong}");
        }
        let many = |count: u32| {
            let lines: Vec<String> = (0..count).map(|at| format!("  \"{at:03}\": \"\"\n")).collect();
            read(&format!("{bare}extra:\n{}", lines.concat()))
        };
        assert!(many(64).is_ok());
        assert_eq!(many(65), Err(FormatError::TooMany { what: "extra fields", limit: 64 }));
    }
}

#[test]
fn an_unknown_field_anywhere_else_is_refused() {
    for (text, read) in documents() {
        for (at, _) in text.match_indices('\n') {
            let (before, after) = text.split_at(at + 1);
            let indent = after.len() - after.trim_start_matches([' ', '-']).len();
            let field = format!("{}colour: \"red\"\n", " ".repeat(indent));
            assert!(read(&format!("{before}{field}{after}")).is_err(), "{before}{field}");
        }
    }
}

#[test]
fn a_document_without_fields_of_later_programs_has_none() {
    let secret = parse_secret(body!("vault2/secrets/prod/db.yaml").as_bytes(), &vault()).unwrap();
    assert_eq!((secret.head.format, secret.head.extra), (Format::V2, BTreeMap::new()));
}
