//! Documents that are forged with every skill but the right key.

use std::io::Write;
use std::process::Stdio;

use rand::rngs::OsRng;
use vault::crypto::key::KeyMaterial;
use vault::crypto::value::{ValueContext, seal};
use vault::format::schema::{emit_key, emit_parameter, parse_key, parse_parameter, parse_trust};
use vault::format::trailer::split;
use vault::model::id::{Uid, VaultId};
use vault::model::key::{KeyDocument, Wrap};
use vault::model::parameter::{Content, Parameter, Version};
use vault::model::sealed::{KeyVersionId, Sealed, ValueType};

use super::{identity, refused};
use crate::project::{Sandbox, body, has};
use crate::team::{clone, is, pull, request, team};

const KEY: &str = "keys/default.yaml";
const DOCUMENT: &str = "params/dev/db.yaml";
const PLANTED: &str = "planted by the attacker";

/// A new version of the key `default` that the attacker knows too, wrapped to all its readers by stock age, and `/dev/db`
/// with a value under it. Nothing is wrong with them but who signed them.
struct Substitution {
    key: KeyDocument,
    parameter: Parameter,
    vault: VaultId,
}

impl Substitution {
    fn of(sandbox: &Sandbox) -> Self {
        let vault: VaultId = sandbox.vault_id().parse().unwrap();
        let text = sandbox.read(KEY);
        let mut key = parse_key(split(text.as_bytes()).unwrap().body, &vault).unwrap();
        let text = sandbox.read(DOCUMENT);
        let mut parameter = parse_parameter(split(text.as_bytes()).unwrap().body, &vault).unwrap();
        let minted = KeyMaterial::new(&[7; 32], &vault.0, &key.id.0, 2);
        let wrapped = wrapped_by_age(sandbox, &minted.payload(&sandbox.vault_id()));
        key.wraps.push(Wrap { number: 2, wrapped, ..key.wraps[0].clone() });
        key.head.rev += 1;
        let uid = Uid([9; 16]);
        let context = ValueContext {
            kind: "parameter",
            doc_id: &parameter.id.0,
            name: parameter.name.as_str(),
            uid: &uid.0,
            value_type: "SecureString",
        };
        let text = seal(&minted, &context, PLANTED.as_bytes(), &mut OsRng).unwrap();
        let under = KeyVersionId { name: key.name.clone(), number: 2 };
        let content = Content::Sealed(Sealed { value_type: ValueType::SecureString, key: under, text });
        parameter.versions.push(Version { number: 2, uid, content, ..parameter.versions[0].clone() });
        parameter.head.rev += 1;
        Substitution { key, parameter, vault }
    }

    /// Both documents, as written by somebody.
    fn bodies(&self, by: &str) -> [(&'static str, String); 2] {
        let (mut key, mut parameter) = (self.key.clone(), self.parameter.clone());
        key.head.by = by.parse().unwrap();
        parameter.head.by = by.parse().unwrap();
        [(KEY, emit_key(&key, &self.vault)), (DOCUMENT, emit_parameter(&parameter, &self.vault))]
    }
}

/// The payload of a key, encrypted to the recipients of all who read the key.
fn wrapped_by_age(sandbox: &Sandbox, payload: &str) -> String {
    let trust = sandbox.last_snapshot();
    let vault: VaultId = sandbox.vault_id().parse().unwrap();
    let trust = parse_trust(split(trust.as_bytes()).unwrap().body, &vault).unwrap();
    let key = trust.key(&"default".parse().unwrap()).unwrap();
    let readers = key.readers.iter().flat_map(|name| &trust.member(name).unwrap().recipients);
    let mut age = sandbox.command("age");
    age.arg("--armor").args(readers.flat_map(|recipient| ["-r", recipient]));
    let mut child = age.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(payload.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_key_that_the_attacker_minted_for_all_its_readers_is_refused() {
    if !has("age") {
        return;
    }
    let (ana, bob) = team();
    let honest = [ana.read(KEY), ana.read(DOCUMENT)];
    let forged = Substitution::of(&ana);
    let (eve, bobs) = (Sandbox::new(), identity(&bob, "bob"));
    let eves = identity(&eve, "ana");
    let plant = |by: &str, sign: &dyn Fn(&str, &str) -> Vec<u8>| {
        for (path, text) in forged.bodies(by) {
            ana.write(path, sign(path, &text));
        }
    };
    plant("ana", &|_, text| text.into());
    refused(&ana, "/dev/db", "signature");
    let trailers = honest.each_ref().map(|text| text[text.find("#sig ").unwrap()..].to_owned());
    plant("ana", &|path, text| format!("{text}{}", trailers[usize::from(path == DOCUMENT)]).into());
    refused(&ana, "/dev/db", "signature");
    plant("ana", &|path, text| ana.signed_by(&eves, "ana", path, text));
    refused(&ana, "/dev/db", "in the name of `ana` with a different key");
    plant("eve", &|path, text| ana.signed_by(&eves, "eve", path, text));
    refused(&ana, "/dev/db", "`eve`");
    // A member who may write `/dev/db` signs both. The document would hold, the key does not.
    plant("bob", &|path, text| ana.signed_by(&bobs, "bob", path, text));
    refused(&ana, "/dev/db", "`bob`, who may not write it");
    // The key alone: nothing new is sealed under it either.
    ana.write(DOCUMENT, &honest[1]);
    refused(&ana, "/dev/db", "`bob`, who may not write it");
    is(&ana.feed(&["param", "put", "/dev/new", "--stdin"], b"canary"), 6, "`bob`, who may not write it");
    // Not even an admin's signature makes it a key of the vault: the trust chain does not list that version.
    plant("ana", &|path, text| ana.signed(path, text));
    is(&ana.run(&["param", "get", "/dev/db"]), 7, "the trust chain does not list version 0000000000000002");
}

#[test]
fn a_wrap_of_another_version_or_vault_is_refused_even_from_an_admin() {
    let ana = Sandbox::new();
    ana.put("/a", "first");
    ana.ok(&["key", "rotate", "default"]);
    ana.put("/a", "second");
    let vault: VaultId = ana.vault_id().parse().unwrap();
    let text = ana.read(KEY);
    let mut key = parse_key(split(text.as_bytes()).unwrap().body, &vault).unwrap();
    key.head.rev += 1;
    let mut exchanged = key.clone();
    exchanged.wraps[1].wrapped.clone_from(&key.wraps[0].wrapped);
    ana.write(KEY, ana.signed(KEY, &emit_key(&exchanged, &vault)));
    refused(&ana, "/a", "wrapped key");
    // The same person's key of another vault, which ana's identity opens.
    let other = vault_of_the_same_person(&ana);
    let theirs: VaultId = other.vault_id().parse().unwrap();
    let text = other.read(KEY);
    let foreign = parse_key(split(text.as_bytes()).unwrap().body, &theirs).unwrap();
    let mut moved = key.clone();
    moved.wraps[1].wrapped.clone_from(&foreign.wraps[0].wrapped);
    ana.write(KEY, ana.signed(KEY, &emit_key(&moved, &vault)));
    refused(&ana, "/a", "wrapped key");
    // Other 32 bytes, with every word around them right.
    if has("age") {
        let number = key.wraps[1].number;
        let minted = KeyMaterial::new(&[7; 32], &vault.0, &key.id.0, number);
        moved.wraps[1].wrapped = wrapped_by_age(&ana, &minted.payload(&ana.vault_id()));
        ana.write(KEY, ana.signed(KEY, &emit_key(&moved, &vault)));
        refused(&ana, "/a", "wrapped key");
    }
    ana.write(KEY, ana.signed(KEY, &emit_key(&key, &vault)));
    assert_eq!(ana.ok(&["param", "get", "/a"]), "second", "nothing else was wrong");
}

fn vault_of_the_same_person(ana: &Sandbox) -> Sandbox {
    let other = Sandbox::empty();
    let given = ana.identity_file();
    other.ok(&["init", "--no-input", "--no-recovery-key", "--identity", given.to_str().unwrap()]);
    other
}

/// What bob signs beyond his part of the names, by other means than his own program, which would refuse.
#[test]
fn a_signature_holds_for_the_writer_s_part_of_the_names_only() {
    let (ana, bob) = team();
    ana.put("/devices", "first");
    let bobs = identity(&bob, "bob");
    for (name, path) in [("/prod/db", "params/prod/db.yaml"), ("/devices", "params/devices.yaml")] {
        let honest = ana.read(path);
        let next = body(&honest).replacen("rev: 1\n", "rev: 2\n", 1).replacen("by: \"ana\"", "by: \"bob\"", 1);
        ana.write(path, ana.signed_by(&bobs, "bob", path, &next));
        refused(&ana, name, "`bob`, who may not write it");
        ana.write(path, honest);
    }
    // Where he may write, he may: his own words under his own name.
    let honest = ana.read(DOCUMENT);
    let next = body(&honest).replacen("rev: 1\n", "rev: 2\n", 1).replacen("by: \"ana\"", "by: \"bob\"", 1);
    ana.write(DOCUMENT, ana.signed_by(&bobs, "bob", DOCUMENT, &next));
    assert_eq!(ana.ok(&["param", "get", "/dev/db"]), "first");
}

#[test]
fn a_member_who_only_reads_signs_nothing_that_holds() {
    let (ana, _) = team();
    let rita = clone(&ana);
    let (path, fingerprint) = request(&rita, "rita");
    ana.ok(&["member", "add", &path, "--read", "default", "--no-input", "--fingerprint", &fingerprint]);
    pull(&rita, &ana);
    assert_eq!(rita.ok(&["param", "get", "/dev/db"]), "first");
    let ritas = identity(&rita, "rita");
    for path in [DOCUMENT, KEY] {
        let honest = ana.read(path);
        let rev = honest.lines().find(|line| line.starts_with("rev: ")).unwrap();
        let next = body(&honest).replacen(rev, "rev: 9", 1).replacen("by: \"ana\"", "by: \"rita\"", 1);
        ana.write(path, ana.signed_by(&ritas, "rita", path, &next));
        refused(&ana, "/dev/db", "`rita`, who may not write it");
        ana.write(path, honest);
    }
    ana.ok(&["verify"]);
}

/// A writer of `/dev` carries a ciphertext of `/prod` there, where its key is another one, and into plain text.
#[test]
fn a_ciphertext_opens_nowhere_but_where_it_was_sealed() {
    let (ana, bob) = team();
    ana.ok(&["key", "grant", "prod", "bob"]);
    let (bobs, vault) = (identity(&bob, "bob"), ana.vault_id().parse().unwrap());
    let parsed = |path: &str| {
        let text = ana.read(path);
        parse_parameter(split(text.as_bytes()).unwrap().body, &vault).unwrap()
    };
    let (secret, mut target) = (parsed("params/prod/db.yaml"), parsed(DOCUMENT));
    target.head.by = "bob".parse().unwrap();
    let Content::Sealed(Sealed { key, text, .. }) = secret.versions[0].content.clone() else { panic!("sealed") };
    let uid = secret.versions[0].uid;
    let default = KeyVersionId { name: "default".parse().unwrap(), ..key.clone() };
    for key in [key, default] {
        target.head.rev += 1;
        let content = Content::Sealed(Sealed { value_type: ValueType::SecureString, key, text: text.clone() });
        target.versions[0] = Version { uid, content, ..target.versions[0].clone() };
        ana.write(DOCUMENT, ana.signed_by(&bobs, "bob", DOCUMENT, &emit_parameter(&target, &vault)));
        let read = ana.run(&["param", "get", "/dev/db"]);
        assert!(matches!(read.code, 6 | 7) && read.stdout.is_empty(), "{read:?}");
    }
    target.head.rev += 1;
    target.versions[0].content = Content::Plain { list: false, text: text.clone() };
    ana.write(DOCUMENT, ana.signed_by(&bobs, "bob", DOCUMENT, &emit_parameter(&target, &vault)));
    let read = ana.run(&["param", "get", "/dev/db"]);
    assert!(read.code != 0 || read.stdout == text, "a plain value is what it says, and is not opened: {read:?}");
}
