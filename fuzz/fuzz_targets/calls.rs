//! F24: calls of the server's operations, by a caller who may do everything. Nothing panics and nothing is the server's fault; no error
//! has a value, be it one that is kept or one that was sent.
//!
//! An input is a series of calls: an operation, then either members that it may have, or a line that is the body as it is.

#![no_main]

mod place;

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use place::{Place, opened_at, place};
use serde_json::{Map, Value, json};
use vault::engine::ChainSource;
use vault::model::time::Timestamp;
use vault::serve::direct::Direct;

/// Part of every value that is kept.
const KEPT: &str = "kept-2f9b1c";
/// Part of every value that is sent.
const SENT: &str = "sent-71d0aa";
/// How many inputs share a vault.
const INPUTS: u32 = 400;

const NAMES: [&str; 24] = [
    "/shop/db",
    "/shop",
    "shop/db",
    "prod/db",
    "/prod/db/password",
    "/",
    "/shop/db:1",
    "/shop/db:live",
    "/aws/reference/secretsmanager/prod/db",
    "/aws/reference/secretsmanager/prod/db:AWSPREVIOUS",
    "arn:aws:ssm:us-east-1:123456789012:parameter/shop/db",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-Ab12Cd",
    "arn:aws:lambda:us-east-1:123456789012:function:f",
    "12345678-1234-1234-1234-123456789012",
    "AWSCURRENT",
    "AWSPENDING",
    "live",
    "SecureString",
    "StringList",
    "Overwrite",
    "eu-west-1",
    "rate(10 days)",
    "/ssm/parameter-store/high-throughput-enabled",
];
/// Members that are texts, and what they are in.
const TEXTS: [&str; 40] = [
    "Name",
    "SecretId",
    "Path",
    "Type",
    "Tier",
    "KeyId",
    "KmsKeyId",
    "DataType",
    "Description",
    "AllowedPattern",
    "Policies",
    "NextToken",
    "ClientRequestToken",
    "VersionId",
    "VersionStage",
    "MoveToVersionId",
    "RemoveFromVersionId",
    "SortOrder",
    "SortBy",
    "ResourceId",
    "ResourceType",
    "ResourceArn",
    "ResourcePolicy",
    "RotationLambdaARN",
    "SettingId",
    "SettingValue",
    "ExcludeCharacters",
    "PolicyId",
    "PolicyHash",
    "Policy",
    "Key",
    "Value",
    "Option",
    "Region",
    "ScheduleExpression",
    "Duration",
    "RotationToken",
    "PolicyName",
    "CrossAccountReplicaARN",
    "Metadata",
];
const VALUES: [&str; 3] = ["Value", "SecretString", "SecretBinary"];
const FLAGS: [&str; 16] = [
    "WithDecryption",
    "Recursive",
    "Overwrite",
    "Shared",
    "IncludeDeprecated",
    "IncludePlannedDeletion",
    "ForceDeleteWithoutRecovery",
    "RotateImmediately",
    "BlockPublicPolicy",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "ExcludeLowercase",
    "IncludeSpace",
    "RequireEachIncludedType",
    "ForceOverwriteReplicaSecret",
];
const NUMBERS: [&str; 5] =
    ["MaxResults", "ParameterVersion", "PasswordLength", "RecoveryWindowInDays", "AutomaticallyAfterDays"];
const LISTS: [&str; 8] =
    ["Names", "Labels", "TagKeys", "SecretIdList", "VersionStages", "Values", "RemoveReplicaRegions", "Keys"];
const STRUCTURES: [&str; 5] = ["Tags", "ParameterFilters", "Filters", "AddReplicaRegions", "RotationRules"];

struct Input<'d>(&'d [u8]);

impl Input<'_> {
    fn byte(&mut self) -> Option<usize> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(usize::from(*first))
    }

    fn line(&mut self) -> Vec<u8> {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let line = self.0[..end].to_vec();
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        line
    }

    fn text(&mut self) -> String {
        match self.byte().unwrap_or_default() {
            at @ 0..200 => NAMES[at % NAMES.len()].to_owned(),
            length => {
                let (text, rest) = self.0.split_at(length.saturating_sub(200).min(self.0.len()));
                self.0 = rest;
                String::from_utf8_lossy(text).into_owned()
            }
        }
    }

    fn structure(&mut self, depth: usize) -> Value {
        let mut members = Map::new();
        for _ in 0..self.byte().unwrap_or_default() % 9 {
            let Some(kind) = self.byte() else { break };
            let at = self.byte().unwrap_or_default();
            let member = |names: &[&str]| names[at % names.len()].to_owned();
            let (name, value) = match kind % 16 {
                0..6 => (member(&TEXTS), json!(self.text())),
                6..8 if depth == 0 => (member(&VALUES), json!(format!("{SENT}{}", self.text()))),
                8 => (member(&FLAGS), json!(self.byte().unwrap_or_default() % 2 == 0)),
                9 | 10 => (member(&NUMBERS), json!(self.byte().unwrap_or_default() as i64 - 5)),
                11 | 12 => {
                    let texts: Vec<_> = (0..self.byte().unwrap_or_default() % 4).map(|_| self.text()).collect();
                    (member(&LISTS), json!(texts))
                }
                13 | 14 if depth < 2 => {
                    let one = self.structure(depth + 1);
                    let value = if at % 3 == 0 { one } else { json!([one, self.structure(depth + 1)]) };
                    (member(&STRUCTURES), value)
                }
                _ => (member(&TEXTS), Value::Null),
            };
            members.insert(name, value);
        }
        Value::Object(members)
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix(1_796_200_000)
}

/// A vault of the reference, with documents.
struct Vault {
    direct: Direct,
    uses: u32,
    _place: Place,
}

impl Vault {
    fn new() -> Self {
        let place = place();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixture/vault2"), place.vault.path());
        let direct = Direct::new(opened_at(&place, ChainSource::Verified), now).unwrap();
        let put = |target: &str, body: Value| {
            let (status, answer) = direct.call(target, body.to_string().as_bytes());
            assert_eq!(status, 200, "{target}: {}", String::from_utf8_lossy(&answer));
        };
        put("AmazonSSM.PutParameter", json!({ "Name": "/shop/db", "Type": "SecureString", "Value": KEPT }));
        let token = "0f6e1d6a-5a0c-4b43-9a52-3f2f5f1c9b7e";
        let secret = json!({ "Name": "shop/db", "SecretString": KEPT, "ClientRequestToken": token });
        put("secretsmanager.CreateSecret", secret);
        Vault { direct, uses: 0, _place: place }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

thread_local! {
    static VAULT: RefCell<Option<Vault>> = const { RefCell::new(None) };
    static OPERATIONS: Vec<String> = Direct::operations();
}

fn run(vault: &Vault, input: &mut Input<'_>) {
    for _ in 0..6 {
        let Some(operation) = input.byte() else { return };
        let target = OPERATIONS.with(|known| known[operation % known.len()].clone());
        let body = match input.byte().unwrap_or_default() {
            b if b == usize::from(b'{') => [b"{", input.line().as_slice()].concat(),
            _ => input.structure(0).to_string().into_bytes(),
        };
        let (status, answer) = vault.direct.call(&target, &body);
        let shown =
            || format!("{target} {}: {status} {}", String::from_utf8_lossy(&body), String::from_utf8_lossy(&answer));
        assert!(status < 500, "{}", shown());
        assert!(answer.is_empty() || serde_json::from_slice::<Value>(&answer).is_ok(), "{}", shown());
        let has = |text: &str| answer.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(status == 200 || !has(KEPT) && !has(SENT), "a value is in an error: {}", shown());
    }
}

fuzz_target!(|data: &[u8]| {
    VAULT.with_borrow_mut(|vault| {
        if vault.as_ref().is_none_or(|vault| vault.uses == INPUTS) {
            *vault = Some(Vault::new());
        }
        let Some(vault) = vault else { return };
        vault.uses += 1;
        run(vault, &mut Input(data));
    });
});
