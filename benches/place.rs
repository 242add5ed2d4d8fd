//! Vaults to measure in, each with a home directory of its own, and the files of the floor program beside them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use tempfile::TempDir;
use vault::crypto::framing::{document_message, sha256};
use vault::crypto::identity::Identity;
use vault::crypto::prompt::NoPrompt;
use vault::crypto::recipient::RecipientPolicy;
use vault::engine::{ChainSource, Credentials, Notice, OpenOptions, Purpose, Put, Vault};
use vault::format::path::trust_path;
use vault::format::schema::emit_trust;
use vault::format::trailer;
use vault::model::name::MemberName;
use vault::model::parameter::{ParameterType, PutRequest};
use vault::model::time::Timestamp;
use vault::model::trust::Trust;
use vault::model::value::SecretValue;

const MEMBER: &str = "ana";

/// A home directory with a vault, an identity in a plain file, and the floor's files.
pub(crate) struct Place {
    home: TempDir,
}

/// The program under test: the one built with the benchmark, or another one that `VAULT_PROGRAM` names.
pub(crate) fn vault() -> &'static Path {
    static VAULT: OnceLock<PathBuf> = OnceLock::new();
    VAULT.get_or_init(|| std::env::var_os("VAULT_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_vault").into()).into())
}

/// The floor program; built when it is first asked for.
pub(crate) fn floor() -> &'static Path {
    static FLOOR: OnceLock<PathBuf> = OnceLock::new();
    FLOOR.get_or_init(|| {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = package.join("target/floor");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut build = Command::new(cargo);
        build.args(["build", "--release", "--locked", "--manifest-path"]).arg(package.join("benches/floor/Cargo.toml"));
        // A static program starts sooner: no loader, no libraries. Macros cannot be built that way, so the target is named.
        build.args(["--target", "host-tuple"]).env("RUSTFLAGS", "-C target-feature=+crt-static");
        assert!(build.env("CARGO_TARGET_DIR", &target).status().unwrap().success(), "the floor program does not build");
        let targets = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path().join("release/floor"));
        targets
            .filter(|floor| floor.is_file())
            .max_by_key(|floor| fs::metadata(floor).unwrap().modified().unwrap())
            .unwrap()
    })
}

impl Place {
    /// A vault with that many parameters and trust snapshots, seen before by this machine.
    pub(crate) fn new(parameters: usize, snapshots: u64) -> Place {
        let place = Place::founded();
        place.add_snapshots(snapshots);
        place.add_parameters(parameters, |_| "correct horse battery st".into());
        place.make_floor();
        place
    }

    /// A vault with that many parameters, each with a value of its own.
    pub(crate) fn with_values(parameters: usize, value: impl Fn(usize) -> String) -> Place {
        let place = Place::founded();
        place.add_parameters(parameters, value);
        place
    }

    fn founded() -> Place {
        // On a disk, not in memory: writing durably is among what is measured.
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let place = Place { home };
        fs::create_dir(place.project()).unwrap();
        let recovery = place.home.path().join("recovery.txt");
        let mut init = place.vault(&["init", "--no-input", "--plaintext-identity", "--recovery-file"]);
        let made = init.arg(recovery).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        place
    }

    /// `vault` with these arguments in this place.
    pub(crate) fn vault(&self, arguments: &[&str]) -> Command {
        self.command(vault(), arguments)
    }

    /// `vault param get` of one parameter.
    pub(crate) fn get(&self) -> Command {
        self.vault(&["param", "get", &name(3)])
    }

    /// `vault param put` of a new version.
    pub(crate) fn put(&self) -> Command {
        self.vault(&["param", "put", &name(5), "--overwrite", "--generate", "--no-input"])
    }

    /// The same without writing.
    pub(crate) fn dry_put(&self) -> Command {
        self.vault(&["param", "put", &name(5), "--overwrite", "--generate", "--no-input", "--dry-run"])
    }

    /// The floor program at one of its tasks.
    pub(crate) fn floor(&self, task: &str) -> Command {
        let mut command = self.command(floor(), &[task]);
        let (wrapped, document) = (self.at("wrapped.age"), self.at("value"));
        match task {
            "walk" => command.arg(self.project().join(".vault/params")),
            "inject" => command.args([self.identity(), wrapped, self.at("values")]),
            _ => command.args([self.identity(), wrapped, document]),
        };
        command
    }

    /// A stock tool that unwraps the floor's age file.
    pub(crate) fn peer(&self, program: &str) -> Command {
        let mut command = self.command(Path::new(program), &["-d", "-i"]);
        command.args([self.identity(), self.at("wrapped.age")]);
        command
    }

    /// Makes this machine forget the signatures that it has verified.
    pub(crate) fn forget_signatures(&self) {
        let vaults = self.home.path().join(".local/state/vault");
        for vault in fs::read_dir(vaults).into_iter().flatten().flatten() {
            let _ = fs::remove_dir_all(vault.path().join("signatures"));
        }
    }

    /// A directory of values for the floor's `inject`.
    pub(crate) fn fill_floor(&self, values: usize) {
        fs::create_dir(self.at("values")).unwrap();
        for number in 0..values {
            fs::copy(self.at("value"), self.at("values").join(number.to_string())).unwrap();
        }
    }

    /// Secrets `app/0`, `app/1`, …, each with a value of its own.
    pub(crate) fn add_secret_documents(&self, count: u32) {
        for number in 0..count {
            let name = format!("app/{number}");
            let made = self.vault(&["secret", "create", &name, "--generate", "--no-input"]).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
    }

    /// Parameters below `/secret`, each with a value of its own, made of 32 letters and digits.
    pub(crate) fn add_secrets(&self, count: u32) {
        let vault = self.open();
        for number in 0..count {
            let request = PutRequest { kind: Some(ParameterType::SecureString), ..PutRequest::default() };
            let digest = HEXLOWER.encode(&sha256(&number.to_be_bytes()));
            let value = SecretValue::from_text(digest[..32].to_owned());
            vault
                .put_parameter(&Put { name: format!("/secret/{number}").parse().unwrap(), value, request }, now())
                .unwrap();
        }
    }

    /// A log of that many megabytes.
    pub(crate) fn add_log(&self, megabytes: usize) {
        let mut text = Vec::with_capacity((megabytes << 20) + 200);
        for number in 0u32.. {
            let id = HEXLOWER.encode(&sha256(&number.to_be_bytes())[..8]);
            let line = format!(
                "2026-01-01T00:00:{:02}Z INFO request id={id} path=/api/v1/items/{number} status=200 ok\n",
                number % 60
            );
            text.extend_from_slice(line.as_bytes());
            if text.len() >= megabytes << 20 {
                break;
            }
        }
        fs::write(self.at("log"), text).unwrap();
    }

    /// The log, passed on by a program that looks at nothing.
    pub(crate) fn copied_log(&self) -> Command {
        let mut command = self.command(Path::new("sh"), &["-c", "cat \"$1\" | cat", "sh"]);
        command.arg(self.at("log"));
        command
    }

    /// The log, passed on by `vault exec --mask`.
    pub(crate) fn masked_log(&self) -> Command {
        let mut command = self.vault(&["exec", "--mask", "/secret", "--", "cat"]);
        command.arg(self.at("log"));
        command
    }

    /// What a program finds in its environment here.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let vault = self.project().join(".vault");
        vec![("HOME", self.home.path().into()), ("USER", MEMBER.into()), ("PATH", path), ("VLT_DIR", vault.into())]
    }

    /// Any program in this place.
    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        // `init` makes a vault in the working directory, everything else finds it there.
        let environment = self.environment().into_iter().filter(|(name, _)| *name != "VLT_DIR");
        command.args(arguments).env_clear().envs(environment).current_dir(self.project());
        command
    }

    fn make_floor(&self) {
        let mut make = self.command(floor(), &["make"]);
        make.args([self.identity(), self.at("wrapped.age"), self.at("value")]);
        assert!(make.status().unwrap().success());
    }

    fn add_parameters(&self, count: usize, text: impl Fn(usize) -> String) {
        let vault = self.open();
        for number in 0..count {
            let request = PutRequest { kind: Some(ParameterType::SecureString), ..PutRequest::default() };
            let value = SecretValue::from_text(text(number));
            vault.put_parameter(&Put { name: name(number).parse().unwrap(), value, request }, now()).unwrap();
        }
        let notices = vault.finish();
        let forgot = notices.iter().any(|notice| matches!(notice, Notice::StateNotWritten(_)));
        assert!(!forgot, "the marks were not written: {notices:?}");
    }

    /// Snapshots that change nothing, each signed by the founder.
    fn add_snapshots(&self, last: u64) {
        let signing = self.founder().signing_key().unwrap();
        let vault = self.open();
        let author: MemberName = MEMBER.parse().unwrap();
        let directory = self.project().join(".vault");
        for rev in 2..=last {
            let before = fs::read(directory.join(trust_path(rev - 1))).unwrap();
            let trust = Trust { rev, prev: Some(sha256(&before)), by: author.clone(), ..vault.trust().trust.clone() };
            let (path, body) = (trust_path(rev), emit_trust(&trust, &vault.id()));
            let signature = signing.sign(&document_message(&vault.id().0, &path, body.as_bytes()));
            let bytes = trailer::join(&body, &author, &signing.public().fingerprint(), &signature);
            fs::write(directory.join(path), bytes).unwrap();
        }
    }

    fn open(&self) -> Vault<'_> {
        Vault::open(OpenOptions {
            root: self.project().join(".vault"),
            state: self.home.path().join(".local/state/vault"),
            expected: None,
            accepted: None,
            chain: ChainSource::Verified,
            dry_run: false,
            purpose: Purpose::default(),
            strictness: Box::new(|| vault::model::freshness::Freshness::Warn),
            unlocker: Box::new(|_| Ok(Credentials::native(self.founder()))),
        })
        .unwrap()
    }

    fn founder(&self) -> Identity {
        let text = fs::read_to_string(self.identity()).unwrap();
        Identity::parse(&text, &RecipientPolicy::default(), NoPrompt).unwrap()
    }

    fn identity(&self) -> PathBuf {
        self.at(".config/vault/identities/ana.txt")
    }

    fn project(&self) -> PathBuf {
        self.at("project")
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }
}

/// Names in a tree of directories with a hundred parameters each.
pub(crate) fn name(number: usize) -> String {
    format!("/app/service{:03}/value{:02}", number / 100, number % 100)
}

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}
