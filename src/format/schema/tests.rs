use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::format::{FormatError, trailer};
use crate::model::format::Format;
use crate::model::hook::Step;
use crate::model::id::{DocId, Uid, VaultId};
use crate::model::key::VersionState;
use crate::model::parameter::{Content, FiredPolicy, Parameter, Policy, Settings, Tier, Version};
use crate::model::schedule::Rules;
use crate::model::sealed::{KeyVersionId, Sealed, ValueType};
use crate::model::secret::{
    Origin, Pins, Plan, Replica, Rotation, RotationTerms, Run, Secret, SecretVersion, SignedPlan, Stage, StatedPlan,
    VersionId,
};
use crate::model::time::Timestamp;

const PASSWORD: &[u8] = include_bytes!("../../../tests/fixture/vault/params/prod/db/password.yaml");
const HOST: &[u8] = include_bytes!("../../../tests/fixture/vault/params/prod/db/host.yaml");
const SECRET: &[u8] = include_bytes!("../../../tests/fixture/vault/secrets/prod/db.yaml");
const KEY: &[u8] = include_bytes!("../../../tests/fixture/vault/keys/default.yaml");
const TRUST: &[u8] = include_bytes!("../../../tests/fixture/vault/trust/000001.yaml");
const POLICY: &str = r#"{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Hours"}}"#;

fn vault() -> VaultId {
    "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp".parse().unwrap()
}

fn body(document: &'static [u8]) -> &'static str {
    std::str::from_utf8(trailer::split(document).unwrap().body).unwrap()
}

fn parameter(body: &str) -> Result<Parameter, FormatError> {
    parse_parameter(body.as_bytes(), &vault())
}

/// Reads a changed body and tells why it was refused.
fn refused(body: &str) -> FormatError {
    parameter(body).expect_err("it was read")
}

/// Replaces one part of the password document, which must be there.
fn changed(from: &str, to: &str) -> String {
    assert!(body(PASSWORD).contains(from), "{from}");
    body(PASSWORD).replacen(from, to, 1)
}

/// Every line left out, doubled, or exchanged with the next.
fn line_changes(body: &str) -> Vec<String> {
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let mut changes = Vec::new();
    for index in 0..lines.len() {
        let mut deleted = lines.clone();
        deleted.remove(index);
        let mut doubled = lines.clone();
        doubled.insert(index, lines[index]);
        let mut moved = lines.clone();
        moved.swap(index, (index + 1) % lines.len());
        changes.extend([deleted, doubled, moved].map(|lines| lines.concat()));
    }
    changes.retain(|change| change != body);
    changes
}

#[test]
fn every_document_of_the_fixture_comes_back_byte_for_byte() {
    let vault = vault();
    for document in [PASSWORD, HOST] {
        let read = parameter(body(document)).unwrap();
        assert_eq!(emit_parameter(&read, &vault), body(document));
    }
    assert_eq!(emit_secret(&parse_secret(body(SECRET).as_bytes(), &vault).unwrap(), &vault), body(SECRET));
    assert_eq!(emit_key(&parse_key(body(KEY).as_bytes(), &vault).unwrap(), &vault), body(KEY));
    assert_eq!(emit_trust(&parse_trust(body(TRUST).as_bytes(), &vault).unwrap(), &vault), body(TRUST));
}

#[test]
fn the_example_in_the_documentation_is_a_document() {
    assert!(include_str!("../../../docs/FORMAT.md").contains(body(HOST)));
}

#[test]
fn the_fixture_says_what_it_says() {
    let password = parameter(body(PASSWORD)).unwrap();
    assert_eq!(password.name.as_str(), "/prod/db/password");
    assert_eq!((password.head.rev, password.versions.len()), (2, 2));
    assert_eq!(password.tags, BTreeMap::from([("team".into(), "payments".into())]));
    assert_eq!(password.latest().unwrap().labels.first().unwrap().as_str(), "live");
    assert!(
        matches!(&password.versions[0].content, Content::Sealed(sealed) if sealed.key.number == 1 && sealed.text.len() == 144)
    );
    let host = parameter(body(HOST)).unwrap();
    assert!(matches!(&host.versions[0].content, Content::Plain { list: false, text } if text == "db.internal"));
    let secret = parse_secret(body(SECRET).as_bytes(), &vault()).unwrap();
    assert_eq!(secret.versions[1].stages, BTreeSet::from([Stage::current()]));
    let key = parse_key(body(KEY).as_bytes(), &vault()).unwrap();
    let stated = key.stated.as_ref().unwrap();
    assert_eq!((stated.readers.len(), stated.versions[0].state), (2, VersionState::Enabled));
    assert!(key.wraps[0].wrapped.ends_with("-----END AGE ENCRYPTED FILE-----\n"));
    let trust = parse_trust(body(TRUST).as_bytes(), &vault()).unwrap();
    assert_eq!((trust.members.len(), trust.prev, trust.label.as_str()), (2, None, "acme"));
    assert_eq!(trust.keys[0].scopes.len(), 2);
}

/// YAML has many ways to say the same; each is refused, signed or not.
#[test]
fn only_canonical_text_is_read() {
    let canonical = body(PASSWORD);
    let cases = [
        ("anchor", changed("\"Standard\"", "&a \"Standard\"")),
        ("alias", changed("description: \"\"", "description: &a \"\"").replacen("pattern: \"\"", "pattern: *a", 1)),
        ("merge key", changed("tags:\n", "tags:\n  <<: {}\n")),
        ("merge key at the top", changed("tags:\n", "<<: {}\ntags:\n")),
        ("tag", changed("name: \"", "name: !!str \"")),
        ("own tag", changed("name: \"", "name: !name \"")),
        ("document start", format!("---\n{canonical}")),
        ("directive", format!("%YAML 1.1\n---\n{canonical}")),
        ("document end", format!("{canonical}...\n")),
        ("second document", format!("{canonical}---\n{canonical}")),
        ("comment line", changed("rev: 2\n", "# x\nrev: 2\n")),
        ("comment after a field", changed("rev: 2\n", "rev: 2 # x\n")),
        ("duplicate field", changed("rev: 2\n", "rev: 2\nrev: 2\n")),
        ("duplicate tag", changed("  \"team\": \"payments\"\n", "  \"team\": \"x\"\n  \"team\": \"payments\"\n")),
        ("flow list", changed("labels:\n      - \"live\"", "labels: [\"live\"]")),
        ("flow map", changed("tags:\n  \"team\": \"payments\"", "tags: {\"team\": \"payments\"}")),
        ("single quotes", changed("\"Standard\"", "'Standard'")),
        ("no quotes", changed("\"Standard\"", "Standard")),
        ("quoted key", changed("tier:", "\"tier\":")),
        ("quoted number", changed("rev: 2", "rev: \"2\"")),
        ("leading zero", changed("rev: 2", "rev: 02")),
        ("hexadecimal", changed("rev: 2", "rev: 0x2")),
        ("plus sign", changed("rev: 2", "rev: +2")),
        ("fraction", changed("rev: 2", "rev: 2.0")),
        ("negative", changed("rev: 2", "rev: -2")),
        ("past 64 bits", changed("rev: 2", "rev: 18446744073709551616")),
        ("other truth", changed("exposed: false", "exposed: False")),
        ("truth in words", changed("exposed: false", "exposed: no")),
        ("trailing space", changed("rev: 2\n", "rev: 2 \n")),
        ("two spaces", changed("rev: 2", "rev:  2")),
        ("empty line", changed("rev: 2\n", "rev: 2\n\n")),
        ("no last line end", canonical.trim_end().into()),
        ("empty line at the end", format!("{canonical}\n")),
        ("tab", changed("rev: 2", "rev:\t2")),
        ("tab in a string", changed("payments", "pay\tments")),
        ("byte order mark", format!("\u{feff}{canonical}")),
        ("byte order mark inside", changed("payments", "pay\u{feff}ments")),
        ("NUL", changed("payments", "pay\0ments")),
        ("escape character", changed("payments", "pay\x1bments")),
        ("line separator", changed("payments", "pay\u{2028}ments")),
        ("other escape", changed("payments", "p\\x61yments")),
        ("needless escape", changed("payments", "p\\u0061yments")),
        ("lower-case escape", changed("payments", "pay\\u001bments")),
        ("slash escape", changed("payments", "pay\\/ments")),
        ("folded string", changed("\"payments\"", "\"pay\n    ments\"")),
        ("block string", changed("\"payments\"", "|-\n    payments")),
        ("other indentation", changed("  \"team\"", "    \"team\"")),
        ("list without indentation", changed("  - number: 1", "- number: 1")),
        ("complex key", changed("  \"team\": \"payments\"", "  ? \"team\"\n  : \"payments\"")),
        ("null", changed("description: \"\"", "description: null")),
        ("nothing", changed("description: \"\"", "description:")),
        ("carriage return", changed("rev: 2\n", "rev: 2\r\n")),
        ("signature line", changed("rev: 2\n", "rev: 2\n#sig v1\n")),
        ("conflict markers", changed("rev: 2\n", "<<<<<<< HEAD\nrev: 2\n=======\nrev: 3\n>>>>>>> x\n")),
        ("upper-case id", changed("fc2a492c526b76faf293cc5adff3a836", "FC2A492C526B76FAF293CC5ADFF3A836")),
        ("other instant", changed("2026-11-23T07:00:00Z", "2026-11-23T08:00:00+01:00")),
        ("name with spaces", changed("\"/prod/db/password\"", "\" /prod/db/password\"")),
    ];
    for (what, body) in cases {
        assert!(parameter(&body).is_err(), "{what}");
    }
    assert!(parse_parameter(b"\xff\xfe", &vault()) == Err(FormatError::NotUtf8));
    assert_eq!(refused(&changed("rev: 2\n", "rev: 2 # x\n")), FormatError::Malformed { line: 6 });
    assert_eq!(refused(&changed("rev: 2\n", "rev: 02\n")), FormatError::NotCanonical { line: 6 });
}

#[test]
fn a_document_of_another_sort_is_told_apart() {
    assert_eq!(refused(&changed("vault/v1", "vault/v3")), FormatError::NewerFormat);
    assert_eq!(refused(&changed("vault/v1", "vault/v0")), FormatError::NotADocument);
    assert_eq!(refused("hello: \"world\"\n"), FormatError::NotADocument);
    assert_eq!(refused(""), FormatError::NotADocument);
    assert_eq!(refused(body(SECRET)), FormatError::WrongKind { expected: "parameter" });
    assert_eq!(refused(&changed("\"parameter\"", "\"recipe\"")), FormatError::UnknownKind);
    assert_eq!(refused(&changed("rev: 2\n", "rev: 2\ncolour: \"red\"\n")), FormatError::UnknownField { line: 7 });
    assert!(matches!(refused(&changed("    uid:", "    colour: \"red\"\n    uid:")), FormatError::UnknownField { .. }));
    assert!(matches!(refused(&changed("rev: 2\n", "")), FormatError::Malformed { .. }));
    let other = parse_parameter(body(PASSWORD).as_bytes(), &VaultId([0; 32]));
    assert_eq!(other.unwrap_err(), FormatError::OtherVault);
    assert_eq!(parse_key(body(TRUST).as_bytes(), &vault()), Err(FormatError::WrongKind { expected: "key" }));
}

#[test]
fn the_parts_of_a_parameter_agree_with_each_other() {
    let second = "5b41f5934d7ce82ee85c55823d8877cd";
    let cases = [
        (changed("\"active\"", "\"deleted\""), FormatError::field("state")),
        (changed("\"active\"", "\"gone\""), FormatError::field("state")),
        (changed("number: 2", "number: 1"), FormatError::field("number")),
        (changed("number: 1", "number: 3"), FormatError::field("number")),
        (changed("number: 1", "number: 0"), FormatError::field("number")),
        (changed(second, "cd685c3f8a315e4ddeb2f95f39425a32"), FormatError::Repeated { what: "uid" }),
        (changed("labels: []", "labels:\n      - \"live\""), FormatError::Repeated { what: "label" }),
        (changed("labels: []", "labels:\n      - \"1st\""), FormatError::field("labels")),
        (changed("rev: 2", "rev: 0"), FormatError::field("rev")),
        (changed("trust: 1", "trust: 0"), FormatError::field("trust")),
        (changed("\"Standard\"", "\"Intelligent-Tiering\""), FormatError::field("tier")),
        (changed("\"text\"", "\"aws:unknown\""), FormatError::field("data_type")),
        (changed("\"/prod/db/password\"", "\"/aws/x\""), FormatError::field("name")),
        (changed("key: \"default\"", "key: \"\""), FormatError::field("key")),
        (changed("key_version: 1", "key_version: 0"), FormatError::field("key_version")),
        (changed("xc1:", "xc2:"), FormatError::field("value")),
        (changed("xc1:", "xc1: "), FormatError::field("value")),
        (changed("policies: []", "policies:\n  - \"x\""), FormatError::field("policies")),
    ];
    for (body, error) in cases {
        assert_eq!(refused(&body), error);
    }
    assert!(matches!(refused(&changed("\"SecureString\"", "\"String\"")), FormatError::NotCanonical { .. }));
    let unsorted = changed("      - \"live\"\n", "      - \"live\"\n      - \"a\"\n");
    assert!(matches!(refused(&unsorted), FormatError::NotCanonical { .. }));
    let repeated = changed("      - \"live\"\n", "      - \"live\"\n      - \"live\"\n");
    assert!(matches!(refused(&repeated), FormatError::NotCanonical { .. }));
}

#[test]
fn values_and_versions_have_limits() {
    let host = |value: &str| parameter(&body(HOST).replace("db.internal", value));
    assert!(host(&"x".repeat(8192)).is_ok());
    assert_eq!(host(&"x".repeat(8193)).unwrap_err(), FormatError::field("value"));
    let mut many = parameter(body(HOST)).unwrap();
    many.versions = (1..=101).map(|number| Version { number, uid: uid(number), ..many.versions[0].clone() }).collect();
    assert_eq!(refused(&emit_parameter(&many, &vault())), FormatError::TooMany { what: "versions", limit: 100 });
    many.versions.remove(0);
    assert_eq!(parameter(&emit_parameter(&many, &vault())).unwrap(), many);
    let large = format!("{}#{}", body(HOST), "x".repeat(16 << 20));
    assert_eq!(refused(&large), FormatError::TooLarge { cap: 16 << 20 });
}

fn uid(number: u64) -> Uid {
    let mut uid = [0; 16];
    uid[..8].copy_from_slice(&number.to_be_bytes());
    Uid(uid)
}

#[test]
fn each_version_has_settings_of_its_own_where_they_differ_from_the_newest() {
    let mut parameter = parameter(body(PASSWORD)).unwrap();
    parameter.versions[0].settings = Settings {
        tier: Tier::Advanced,
        description: "old".into(),
        allowed_pattern: "^x$".into(),
        policies: vec![Policy::parse_stored(POLICY).unwrap()],
        ..Settings::default()
    };
    let written = emit_parameter(&parameter, &vault());
    let own = "    exposed: false\n    tier: \"Advanced\"\n    description: \"old\"\n    allowed_pattern: \"^x$\"\n    \
               policies:\n      - \"{\\\"Type\\\":\\\"NoChangeNotification\\\",";
    assert!(written.contains(own), "{written}");
    assert_eq!(self::parameter(&written).unwrap(), parameter);

    parameter.versions[1].settings = std::mem::take(&mut parameter.versions[0].settings);
    let written = emit_parameter(&parameter, &vault());
    assert!(written.contains("\ntier: \"Advanced\"\n") && written.contains("    tier: \"Standard\"\n"), "{written}");
    assert!(written.contains("    policies: []\n    labels: []\n"), "none of its own is said too");
    assert_eq!(self::parameter(&written).unwrap(), parameter);
}

#[test]
fn settings_that_repeat_those_of_the_newest_version_are_refused() {
    let needless = changed("    labels: []", "    tier: \"Standard\"\n    labels: []");
    assert!(matches!(refused(&needless), FormatError::NotCanonical { .. }));
    let newest = changed("    labels:\n      - \"live\"", "    description: \"x\"\n    labels:\n      - \"live\"");
    assert!(matches!(refused(&newest), FormatError::NotCanonical { .. }), "the newest version's belong to the head");
}

#[test]
fn a_tombstone_has_neither_versions_nor_tags_nor_settings() {
    let mut gone = parameter(body(PASSWORD)).unwrap();
    gone.versions.clear();
    gone.tags.clear();
    let written = emit_parameter(&gone, &vault());
    assert!(written.contains("state: \"deleted\"\n") && written.ends_with("tags: {}\npolicies: []\nversions: []\n"));
    assert_eq!(parameter(&written).unwrap(), gone);
    assert_eq!(refused(&written.replace("deleted", "active")), FormatError::field("state"));
    let described = written.replace("description: \"\"", "description: \"x\"");
    assert!(matches!(refused(&described), FormatError::NotCanonical { .. }));
    let tagged = written.replace("tags: {}", "tags:\n  \"a\": \"b\"");
    assert_eq!(refused(&tagged), FormatError::field("state"));
}

#[test]
fn secrets_have_unique_stages_and_bare_tombstones() {
    let secret = |body: &str| parse_secret(body.as_bytes(), &vault());
    let text = body(SECRET);
    let mut gone = secret(text).unwrap();
    gone.delete();
    assert_eq!(secret(&emit_secret(&gone, &vault())).unwrap(), gone);
    gone.tags.insert("a".into(), "b".into());
    assert_eq!(secret(&emit_secret(&gone, &vault())), Err(FormatError::field("state")));
    let mut later = secret(text).unwrap();
    later.delete_after = Some(Timestamp::from_unix(0));
    assert!(emit_secret(&later, &vault()).contains("delete_after: \"1970-01-01T00:00:00Z\"\n"));
    assert_eq!(secret(&emit_secret(&later, &vault())).unwrap(), later);
    let refused = |from: &str, to: &str| secret(&text.replacen(from, to, 1)).unwrap_err();
    assert!(matches!(refused("rotation: {}", "rotation:\n  command: \"x\""), FormatError::UnknownField { .. }));
    assert_eq!(refused("rotation: {}", "rotation:\n  hook: \"x\""), FormatError::field("rotation"));
    assert_eq!(refused("AWSPREVIOUS", "AWSCURRENT"), FormatError::Repeated { what: "stage" });
    assert_eq!(refused("\"SecretString\"", "\"String\""), FormatError::field("type"));
    assert_eq!(refused("delete_after: \"\"", "delete_after: \"soon\""), FormatError::field("delete_after"));
    assert_eq!(refused("xc1:", "plain:"), FormatError::field("value"));
}

#[test]
fn the_parts_of_a_key_agree_with_each_other() {
    let text = body(KEY);
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        parse_key(text.replacen(from, to, 1).as_bytes(), &vault()).unwrap_err()
    };
    assert_eq!(refused("current: 1", "current: 2"), FormatError::field("current"));
    assert_eq!(refused("\"recovery\"", "\"alice\""), FormatError::Repeated { what: "reader" });
    assert_eq!(refused("\"enabled\"", "\"on\""), FormatError::field("state"));
    assert_eq!(refused("\"classic\"", "\"both\""), FormatError::field("suite"));
    assert_eq!(refused("\"xc1\"", "\"xc2\""), FormatError::field("codec"));
    assert_eq!(refused("AjHeYQ==", "AjHeYR=="), FormatError::field("check"));
}

#[test]
fn wraps_are_whole_armored_age_files_under_the_cap() {
    let text = body(KEY);
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        parse_key(text.replacen(from, to, 1).as_bytes(), &vault()).unwrap_err()
    };
    assert_eq!(refused("BEGIN AGE", "BEGIN PGP"), FormatError::field("wrapped"));
    assert_eq!(refused("      -----END AGE ENCRYPTED FILE-----\n", ""), FormatError::field("wrapped"));
    assert_eq!(refused("      TRAt", "       TRAt"), FormatError::field("wrapped"));
    assert!(matches!(refused("      TRAt", "\n      TRAt"), FormatError::Malformed { .. }));
    assert!(matches!(refused("wrapped: |\n", "wrapped: |+\n"), FormatError::Malformed { .. }));
    let long = format!("      TRAt{}\n      TRAt", "A".repeat(64 << 10));
    assert_eq!(refused("      TRAt", &long), FormatError::field("wrapped"));
    let mut key = parse_key(text.as_bytes(), &vault()).unwrap();
    key.wraps[0].wrapped.clear();
    assert!(parse_key(emit_key(&key, &vault()).as_bytes(), &vault()).is_err());
    key.stated.as_mut().unwrap().versions[0].state = VersionState::Destroyed;
    assert_eq!(parse_key(emit_key(&key, &vault()).as_bytes(), &vault()).unwrap(), key);
}

#[test]
fn trust_documents_chain_and_repeat_nothing() {
    let text = body(TRUST);
    let trust = |body: &str| parse_trust(body.as_bytes(), &vault());
    let mut next = trust(text).unwrap();
    next.rev = 2;
    next.prev = Some([7; 32]);
    next.former.push(crate::model::trust::Former { name: "bob".parse().unwrap(), fingerprint: [3; 8] });
    let written = emit_trust(&next, &vault());
    assert!(written.contains(&format!("vault: \"{}\"\nrev: 2\nprev: \"0707", vault())), "{written}");
    assert!(written.ends_with("former:\n  - name: \"bob\"\n    fingerprint: \"0303030303030303\"\n"), "{written}");
    assert_eq!(trust(&written).unwrap(), next);
    assert_eq!(parse_trust(written.as_bytes(), &VaultId([0; 32])), Err(FormatError::OtherVault));
    let last = |rev: u64| trust(&written.replacen("rev: 2\n", &format!("rev: {rev}\n"), 1)).map(|trust| trust.rev);
    assert_eq!(last(100_000), Ok(100_000));
    assert_eq!(last(100_001), Err(FormatError::TooMany { what: "snapshots", limit: 100_000 }));
    assert!(trust(&written.replace(&vault().to_string(), "self")).is_err());
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        trust(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(refused("\"self\"", &format!("\"{}\"", vault())), FormatError::NotCanonical { line: 3 }));
    assert_eq!(refused("rev: 1", "rev: 2"), FormatError::field("prev"));
    assert_eq!(refused("threshold: 1", "threshold: 2"), FormatError::field("threshold"));
    assert_eq!(refused("\"recovery\"", "\"alice\""), FormatError::Repeated { what: "member" });
    assert_eq!(refused("ed25519:8", "ed25519: 8"), FormatError::field("sign"));
    assert_eq!(refused("ed25519:8", "ssh:8"), FormatError::field("sign"));
    assert_eq!(refused("\"secret:\"", "\"parameter:/\""), FormatError::Repeated { what: "scope" });
    assert_eq!(refused("floor: 1", "floor: 0"), FormatError::field("format_floor"));
    let many = next.members[0].clone();
    next.members = vec![many; 201];
    assert_eq!(trust(&emit_trust(&next, &vault())), Err(FormatError::TooMany { what: "members", limit: 200 }));
}

#[test]
fn no_change_of_lines_is_the_same_document() {
    let vault = vault();
    for document in [PASSWORD, HOST] {
        let original = parameter(body(document)).unwrap();
        for change in line_changes(body(document)) {
            assert!(parameter(&change).is_err() || parameter(&change).unwrap() != original);
        }
    }
    let secret = parse_secret(body(SECRET).as_bytes(), &vault).unwrap();
    for change in line_changes(body(SECRET)) {
        assert_ne!(parse_secret(change.as_bytes(), &vault).ok(), Some(secret.clone()));
    }
    let key = parse_key(body(KEY).as_bytes(), &vault).unwrap();
    for change in line_changes(body(KEY)) {
        assert_ne!(parse_key(change.as_bytes(), &vault).ok(), Some(key.clone()));
    }
    let trust = parse_trust(body(TRUST).as_bytes(), &vault).unwrap();
    for change in line_changes(body(TRUST)) {
        assert_ne!(parse_trust(change.as_bytes(), &vault).ok(), Some(trust.clone()));
    }
}

#[test]
fn no_bit_flip_is_the_same_document() {
    let original = parameter(body(HOST)).unwrap();
    for bit in 0..body(HOST).len() * 8 {
        let mut flipped = body(HOST).as_bytes().to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(parse_parameter(&flipped, &vault()).ok().as_ref(), Some(&original), "bit {bit}");
    }
}

#[test]
fn errors_and_debug_output_never_hold_a_value() {
    let canary = body(HOST).replace("db.internal", "hunter2");
    for change in line_changes(&canary).into_iter().chain([canary.replace("\"hunter2\"", "{\"hunter2\": 1}")]) {
        if let Err(error) = parameter(&change) {
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
    assert!(!format!("{:?}", parameter(&canary).unwrap()).contains("hunter2"));
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<bool>(), any::<String>(), "[a-z^$.*\\\\\"]{0,9}", 0_usize..3).prop_map(
        |(advanced, description, allowed_pattern, policies)| Settings {
            tier: if advanced { Tier::Advanced } else { Tier::Standard },
            description,
            allowed_pattern,
            policies: vec![Policy::parse_stored(POLICY).unwrap(); policies],
            ..Settings::default()
        },
    )
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        (any::<bool>(), any::<String>()).prop_map(|(list, text)| Content::Plain { list, text }),
        (1_u64.., "(xc1|age1):[A-Za-z0-9+/]{4,80}").prop_map(|(key_version, text)| Content::Sealed(Sealed {
            value_type: ValueType::SecureString,
            key: KeyVersionId { name: "default".parse().unwrap(), number: key_version },
            text
        })),
    ]
}

fn parameters() -> impl Strategy<Value = Parameter> {
    let version = (settings(), content(), any::<bool>(), 0_usize..3);
    let tags = proptest::collection::btree_map(any::<String>(), any::<String>(), 0..4);
    (proptest::collection::vec(version, 0..6), tags, 1_u64.., any::<[u8; 16]>()).prop_map(
        |(versions, tags, rev, id)| {
            let base = parameter(body(HOST)).unwrap();
            let version = |(number, (settings, content, exposed, labels)): (u64, _)| Version {
                number,
                uid: uid(number),
                settings,
                content,
                exposed,
                labels: (0..labels).map(|label| format!("v{number}.{label}").parse().unwrap()).collect(),
                ..base.versions[0].clone()
            };
            Parameter {
                id: DocId(id),
                head: crate::model::head::Head { rev, ..base.head.clone() },
                tags: if versions.is_empty() { BTreeMap::new() } else { tags },
                fired: BTreeMap::new(),
                versions: (1..).zip(versions).map(version).collect(),
                name: base.name.clone(),
            }
        },
    )
}

proptest! {
    #[test]
    fn any_parameter_comes_back(parameter in parameters()) {
        let written = emit_parameter(&parameter, &vault());
        prop_assert_eq!(super::parse_parameter(written.as_bytes(), &vault()), Ok(parameter));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..700) {
        for document in [HOST, SECRET, KEY, TRUST] {
            let mut mixed = body(document).as_bytes().to_vec();
            let at = at.min(mixed.len());
            let end = (at + bytes.len()).min(mixed.len());
            mixed.splice(at..end, bytes.iter().copied());
            let _ = parse_parameter(&mixed, &vault());
            let _ = parse_secret(&mixed, &vault());
            let _ = parse_key(&mixed, &vault());
            let _ = parse_trust(&mixed, &vault());
        }
    }
}

#[test]
fn a_secret_without_debug_output_of_values_compares() {
    let secret: Secret = parse_secret(body(SECRET).as_bytes(), &vault()).unwrap();
    assert!(!format!("{secret:?}").contains("xc1:"));
}

/// `cargo test --release -- --ignored reading_costs --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
fn reading_costs_little() {
    let (text, vault) = (body(PASSWORD), vault());
    let start = Instant::now();
    for _ in 0..10_000 {
        parameter(text).unwrap();
    }
    println!("10,000 documents read: {:?}", start.elapsed());
    let parameter = parameter(text).unwrap();
    let start = Instant::now();
    for _ in 0..10_000 {
        assert_eq!(emit_parameter(&parameter, &vault).len(), text.len());
    }
    println!("10,000 documents written: {:?}", start.elapsed());
}

fn terms() -> RotationTerms {
    RotationTerms {
        hook: "db/rotate.sh".parse().unwrap(),
        admin: Some("prod/db-admin".parse().unwrap()),
        options: BTreeMap::from([("users".into(), "alternating".into())]),
        rules: Some(Rules::new("rate(30 days)".parse().unwrap(), Some("3h".parse().unwrap())).unwrap()),
    }
}

/// A secret that uses every field, in the middle of a rotation.
fn rotating() -> Secret {
    let mut secret = parse_secret(body(SECRET).as_bytes(), &vault()).unwrap();
    let at: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
    let token: VersionId = "terraform-20261124030000000000000001".parse().unwrap();
    let mut pending = SecretVersion::empty(&token, Uid([7; 16]), "alice".parse().unwrap(), at);
    pending.stages.insert(Stage::pending());
    secret.versions.push(pending);
    secret.created = Some(at);
    secret.resource_policy = Some("{\"Version\": \"2012-10-17\"}".into());
    secret.rotation = Some(Rotation {
        plan: StatedPlan::Unsigned(terms()),
        enabled: true,
        since: at,
        last_rotated: None,
        run: Some(Run { token, attempt: 2, step: Step::Create, tried: at, error: "exit 1: \"no\"".into() }),
    });
    secret
}

/// The golden text of a rotation in the middle; a change of it is a change of the format.
const ROTATING: &str = r#"
created: "2026-11-24T03:00:00Z"
description: ""
tags: {}
rotation:
  enabled: true
  hook: "db/rotate.sh"
  options:
    "admin": "prod/db-admin"
    "users": "alternating"
  schedule: "rate(30 days)"
  window: "3h"
  since: "2026-11-24T03:00:00Z"
  last_rotated: ""
  run:
    token: "terraform-20261124030000000000000001"
    attempt: 2
    step: "create"
    tried: "2026-11-24T03:00:00Z"
    error: "exit 1: \"no\""
delete_after: ""
resource_policy: "{\"Version\": \"2012-10-17\"}"
versions:
"#;

#[test]
fn a_rotating_secret_has_a_golden_text_and_comes_back() {
    let text = emit_secret(&rotating(), &vault());
    assert!(text.contains(ROTATING), "{text}");
    let pending = "  - uid: \"07070707070707070707070707070707\"\n    token: \"terraform-20261124030000000000000001\"\n    \
                   created: \"2026-11-24T03:00:00Z\"\n    by: \"alice\"\n    stages:\n      - \"AWSPENDING\"\n";
    assert!(text.ends_with(pending), "{text}");
    assert_eq!(parse_secret(text.as_bytes(), &vault()).unwrap(), rotating());
}

#[test]
fn every_change_of_a_line_of_a_rotating_secret_is_refused_or_means_something_else() {
    let text = emit_secret(&rotating(), &vault());
    for change in line_changes(&text) {
        assert_ne!(parse_secret(change.as_bytes(), &vault()).ok(), Some(rotating()), "{change}");
    }
}

/// The same in format 2.
fn rotating_by_plan() -> Secret {
    let mut secret = rotating();
    secret.head.format = Format::V2;
    let plan = Plan {
        secret: secret.name.clone(),
        id: secret.id,
        serial: 3,
        trust: 12,
        created: "2026-12-01T07:00:00Z".parse().unwrap(),
        by: "alice".parse().unwrap(),
        terms: terms(),
        pinned: Pins(BTreeMap::from([
            ("host".into(), ["db.internal".to_owned()].into()),
            ("port".into(), [].into()),
            ("username".into(), ["shop".to_owned(), "shop_clone".to_owned()].into()),
        ])),
        extra: BTreeMap::from([("org.example.ticket".into(), "OPS-12".into())]),
    };
    let text = trailer::join(&emit_plan(&plan, &vault()), &plan.by, &[1; 8], &[2; 64]);
    let signed = SignedPlan::new(String::from_utf8(text).unwrap(), plan);
    secret.rotation.as_mut().unwrap().plan = StatedPlan::Signed(Box::new(signed));
    secret
}

/// The golden text of a rotation with a plan.
const PLANNED: &str = r#"
rotation:
  plan: |
    format: "vault/v2"
    kind: "plan"
    vault: "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp"
    secret: "prod/db"
    id: "add93534eeb463800fe0ed0946048d33"
    serial: 3
    trust: 12
    created: "2026-12-01T07:00:00Z"
    by: "alice"
    hook: "db/rotate.sh"
    admin: "prod/db-admin"
    options:
      "users": "alternating"
    pinned:
      "host":
        - "db.internal"
      "port": []
      "username":
        - "shop"
        - "shop_clone"
    schedule: "rate(30 days)"
    window: "3h"
    extra:
      "org.example.ticket": "OPS-12"
    #sig v2 alice 0101010101010101 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg==
  enabled: true
  since: "2026-11-24T03:00:00Z"
  last_rotated: ""
  run:
    token: "terraform-20261124030000000000000001"
"#;

#[test]
fn a_plan_has_a_golden_text_and_comes_back() {
    let text = emit_secret(&rotating_by_plan(), &vault());
    assert!(text.contains(PLANNED), "{text}");
    assert_eq!(parse_secret(text.as_bytes(), &vault()).unwrap(), rotating_by_plan());
    let mut unconfirmed = rotating_by_plan();
    unconfirmed.rotation.as_mut().unwrap().plan = StatedPlan::Missing;
    let text = emit_secret(&unconfirmed, &vault());
    assert!(text.contains("rotation:\n  plan: \"\"\n  enabled: true\n"), "{text}");
    assert_eq!(parse_secret(text.as_bytes(), &vault()).unwrap(), unconfirmed);
}

#[test]
fn every_change_of_a_line_of_a_plan_is_refused_or_means_something_else() {
    let text = emit_secret(&rotating_by_plan(), &vault());
    for change in line_changes(&text) {
        assert_ne!(parse_secret(change.as_bytes(), &vault()).ok(), Some(rotating_by_plan()), "{change}");
    }
}

#[test]
fn what_is_no_plan_of_this_format_is_refused() {
    let text = emit_secret(&rotating_by_plan(), &vault());
    for (from, to) in [
        ("    format: \"vault/v2\"", "    format: \"vault/v1\""),
        ("    kind: \"plan\"", "    kind: \"secret\""),
        ("    serial: 3", "    serial: 0"),
        ("      \"users\": \"alternating\"", "      \"admin\": \"prod/root\""),
        ("        - \"shop\"\n        - \"shop_clone\"", "        - \"shop_clone\"\n        - \"shop\""),
        ("        - \"shop\"\n", "        - \"shop\"\n        - \"shop\"\n"),
        ("    hook: \"db/rotate.sh\"", "    hook: 'db/rotate.sh'"),
        ("    #sig v2 alice", "    #sig v2 bob"),
        ("    #sig v2 alice", "    #sig v1 alice"),
        ("  plan: |\n", "  plan: |\n\n"),
        ("    window: \"3h\"\n", "    window: \"3h\"\n    more: \"x\"\n"),
        ("    #sig v2 alice", "    critical:\n      - \"org.example.ticket\"\n    #sig v2 alice"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(parse_secret(changed.as_bytes(), &vault()).is_err(), "{to}");
    }
    let first = rotating();
    let text = emit_secret(&first, &vault()).replace("  enabled: true\n", "  plan: \"\"\n  enabled: true\n");
    assert!(parse_secret(text.as_bytes(), &vault()).is_err(), "format 1 has no plan");
}

#[test]
fn a_parameter_states_what_its_policies_have_done() {
    let mut host = parameter(body(HOST)).unwrap();
    host.head.format = Format::V2;
    assert!(emit_parameter(&host, &vault()).contains("\npolicies: []\nfired: []\nversions:\n"));
    let version = host.versions[0].uid;
    let at: Timestamp = "2026-12-01T07:00:00Z".parse().unwrap();
    host.fired = [[9; 8], [1; 8]].into_iter().map(|policy| (FiredPolicy { policy, version }, at)).collect();
    let text = emit_parameter(&host, &vault());
    let line = |policy: &str| format!("  - \"{policy} {version} 2026-12-01T07:00:00Z\"\n");
    let lines = format!("fired:\n{}{}versions", line("0101010101010101"), line("0909090909090909"));
    assert!(text.contains(&lines), "{text}");
    assert_eq!(parameter(&text).unwrap(), host);
    for bad in
        [("0101010101010101", "01"), (" 2026-12-01T07", " 2026-12-01 07"), ("0101010101010101", "0A01010101010101")]
    {
        refused(&text.replacen(bad.0, bad.1, 1));
    }
    refused(&text.replace(&line("0101010101010101"), &line("0a09090909090909")));
    refused(&body(HOST).replace("policies: []\n", "policies: []\nfired: []\n"));
}

#[test]
fn a_secret_states_its_copies_and_its_origin() {
    let mut secret = rotating_by_plan();
    assert!(emit_secret(&secret, &vault()).contains("\nreplicas: []\norigin: {}\nversions:\n"));
    let name = secret.name.clone();
    secret.replicas = vec![Replica {
        vault: vault(),
        region: "eu-west-1".into(),
        key: "default".parse().unwrap(),
        name: name.clone(),
    }];
    let region = String::new();
    secret.origin = Some(Origin { vault: vault(), id: DocId([3; 16]), name, rev: 17, region, promoted: None });
    let text = emit_secret(&secret, &vault());
    let stated = format!(
        "replicas:\n  - vault: \"{0}\"\n    region: \"eu-west-1\"\n    key: \"default\"\n    name: \"prod/db\"\norigin:\n  \
         vault: \"{0}\"\n  id: \"03030303030303030303030303030303\"\n  name: \"prod/db\"\n  rev: 17\n  region: \"\"\n  \
         promoted: \"\"\nversions:\n",
        vault()
    );
    assert!(text.contains(&stated), "{text}");
    assert_eq!(parse_secret(text.as_bytes(), &vault()).unwrap(), secret);
    for change in line_changes(&text) {
        assert_ne!(parse_secret(change.as_bytes(), &vault()).ok().as_ref(), Some(&secret), "{change}");
    }
    let before = emit_secret(&rotating(), &vault()).replace("versions:\n", "replicas: []\norigin: {}\nversions:\n");
    assert!(parse_secret(before.as_bytes(), &vault()).is_err(), "format 1 has neither");
}

proptest! {
    #[test]
    fn a_plan_of_any_texts_comes_back(
        texts in proptest::collection::btree_map(".{0,8}", ".{0,12}", 0..4),
        pins in proptest::collection::btree_map(".{0,8}", proptest::collection::btree_set(".{0,8}", 0..3), 0..4),
        (serial, trust) in (1_u64.., 1_u64..),
    ) {
        let StatedPlan::Signed(signed) = rotating_by_plan().rotation.unwrap().plan else { panic!("it is signed") };
        let mut plan = Plan { serial, trust, pinned: Pins(pins), ..signed.plan().clone() };
        plan.terms.options = texts;
        plan.terms.options.remove("admin");
        let text = emit_plan(&plan, &vault());
        prop_assert_eq!(parse_plan(text.as_bytes(), &vault()).unwrap(), plan);
    }
}
