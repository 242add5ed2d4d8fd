//! Shared by the tests of this room: the known answers of FORMAT.md and the reference vault.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::framing::genesis_id;
use super::identity::{Identity, NoPrompt};
use super::key::KeyMaterial;
use super::recipient::RecipientPolicy;
use super::value::ValueContext;

/// Where a file of the reference data is.
pub(super) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixture").join(name)
}

/// A file of the reference data.
pub(super) fn file(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

/// Bytes from hexadecimal.
pub(super) fn hex<const N: usize>(text: &str) -> [u8; N] {
    HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

/// A member of the reference vault.
pub(super) fn member(name: &str) -> Identity {
    Identity::parse(&file(&format!("ids/{name}.txt")), &RecipientPolicy::default(), NoPrompt).unwrap()
}

/// A fresh native identity.
pub(super) fn stranger() -> Identity {
    Identity::generate().0
}

/// The id of the vault in the known answers.
pub(super) fn known_vault_id() -> [u8; 32] {
    genesis_id(b"test genesis body\n")
}

/// The id of the key in the known answers.
pub(super) const KNOWN_KEY_ID: [u8; 16] =
    [0x7c, 0x9e, 0x66, 0x79, 0xf3, 0xa1, 0x4b, 0x1c, 0xa1, 0xd0, 0x7f, 0x0c, 0x2b, 0x3d, 0x4e, 0x5f];
/// The number of the key's version in the known answers.
pub(super) const KNOWN_VERSION: u64 = 2;

/// The key in the known answers.
pub(super) fn known_key() -> KeyMaterial {
    let k = std::array::from_fn(|i| u8::try_from(i).unwrap());
    KeyMaterial::new(&k, &known_vault_id(), &KNOWN_KEY_ID, KNOWN_VERSION)
}

/// The value's place in the known answers.
pub(super) const KNOWN_CONTEXT: ValueContext<'static> = ValueContext {
    kind: "parameter",
    doc_id: &[0x01, 0x89, 0x0a, 0x5d, 0x4f, 0x6b, 0x7c, 0x8d, 0x9e, 0x0f, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66],
    name: "/prod/db/password",
    uid: &[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf],
    value_type: "SecureString",
};

/// The id of the reference vault, as text.
pub(super) const VAULT_TEXT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";

/// The id of the reference vault.
pub(super) fn vault_id() -> [u8; 32] {
    genesis_id(body(&file("vault/trust/000001.yaml")).as_bytes())
}

/// The id of the reference vault's key.
pub(super) fn key_id() -> [u8; 16] {
    hex(&field(&file("vault/keys/default.yaml"), "id"))
}

/// The wrap in the reference vault's key document.
pub(super) fn wrapped() -> String {
    let document = file("vault/keys/default.yaml");
    let begin = document.find("-----BEGIN").unwrap();
    let lines = document[begin..].lines().map(str::trim_start).take_while(|line| !line.starts_with("#sig"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A document without its trailer.
pub(super) fn body(document: &str) -> &str {
    &document[..document.rfind("#sig").unwrap()]
}

/// The first quoted field of that name in a document.
pub(super) fn field(document: &str, name: &str) -> String {
    fields(document, name).swap_remove(0)
}

/// All quoted fields of that name in a document.
pub(super) fn fields(document: &str, name: &str) -> Vec<String> {
    let quoted = |line: &str| {
        let rest = line.trim_start_matches([' ', '-']).strip_prefix(name)?.strip_prefix(": \"")?;
        Some(rest.strip_suffix('"')?.to_owned())
    };
    document.lines().filter_map(quoted).collect()
}

/// Bech32 text of that prefix, for recipients and identities of plugins.
pub(super) fn bech32_text(prefix: &str, data: &[u8]) -> String {
    bech32::encode::<bech32::Bech32>(bech32::Hrp::parse(prefix).unwrap(), data).unwrap()
}

/// Runs a program with input; `None` if it is not installed.
pub(super) fn run(program: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        println!("{program} is not installed: not tested");
        return None;
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    Some(output.stdout)
}
