//! The same job done by the tools that people would take instead: one value out of a hundred, each in the tool's own store.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::measure::{Case, RUNS};
use crate::place::Place;
use crate::rival;

/// How many values each store has.
const VALUES: usize = 100;

pub(crate) const NAME: &str = "one value of 100, other tools";

pub(crate) fn run() {
    let place = Place::new(VALUES, 1);
    let peers = Peers { home: place.at("peers"), identity: place.at(".config/vault/identities/ana.txt") };
    // A tool that is not installed is left out where it is measured.
    let _ = (peers.fill_pass(), peers.fill_sops(), peers.fill_kbs2(), peers.fill_fnox());
    let case = Case {
        name: NAME,
        target: "no slower than any of them",
        runs: RUNS,
        floor: rival("floor", || place.floor("get")),
        vault: rival("vault get", || place.get()),
        others: vec![
            rival("age -d", || place.peer("age")),
            rival("rage -d", || place.peer("rage")),
            rival("kbs2 dump", || peers.command("kbs2", &["dump", "value03"])),
            rival("sops decrypt --extract", || {
                peers.command("sops", &["decrypt", "--extract", "[\"value03\"]", "secrets.yaml"])
            }),
            rival("fnox get", || peers.command("fnox", &["get", "VALUE03"])),
            rival("pass show", || peers.command("pass", &["show", "value03"])),
        ],
        bytes: None,
    };
    let medians = case.run();
    let _ = peers.done("gpgconf", &["--kill", "all"], "");
    if std::env::var_os("VAULT_WRITE_GENERATED").is_some() {
        keep(&medians[1..]);
    }
}

/// Writes the figures that `tests/it/plot.rs` draws: of all but the floor.
fn keep(medians: &[(&str, f64)]) {
    let mut table = String::from("# Medians in milliseconds of one run of `cargo bench -- \"one value\"`.\n");
    for (name, median) in medians {
        let _ = writeln!(table, "{name}\t{median:.2}");
    }
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmark.tsv"), table).unwrap();
}

/// A home for the other tools.
struct Peers {
    home: PathBuf,
    identity: PathBuf,
}

impl Peers {
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let _ = std::fs::create_dir_all(self.home.join("gnupg"));
        let mut command = Command::new(program);
        command.args(arguments).env_clear().current_dir(&self.home).env("HOME", &self.home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("USER", "ana");
        command.env("GNUPGHOME", self.home.join("gnupg"));
        command.env("SOPS_AGE_KEY_FILE", &self.identity).env("FNOX_AGE_KEY_FILE", &self.identity);
        command
    }

    /// Runs a program with this input, and returns what it printed; nothing if it fails.
    fn done(&self, program: &str, arguments: &[&str], input: &str) -> Option<String> {
        let mut command = self.command(program, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        child.stdin.take()?.write_all(input.as_bytes()).ok()?;
        let output = child.wait_with_output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn recipient(&self) -> Option<String> {
        let recipient = self.done("age-keygen", &["-y", self.identity.to_str()?], "")?;
        Some(recipient.trim().to_owned())
    }

    fn file(&self, path: &str) -> PathBuf {
        let file = self.home.join(path);
        let _ = std::fs::create_dir_all(file.parent().unwrap_or(Path::new("/")));
        file
    }

    fn fill_pass(&self) -> Option<()> {
        let key = ["--batch", "--passphrase", "", "--quick-generate-key", "bench", "default", "default", "never"];
        std::fs::create_dir_all(self.home.join("gnupg")).ok()?;
        private(&self.home.join("gnupg"))?;
        self.done("gpg", &key, "")?;
        self.done("pass", &["init", "bench"], "")?;
        (0..VALUES).try_for_each(|number| self.done("pass", &["insert", "-m", &name(number)], VALUE).map(drop))
    }

    fn fill_sops(&self) -> Option<()> {
        let lines: Vec<String> = (0..VALUES).map(|number| format!("{}: {VALUE}", name(number))).collect();
        std::fs::write(self.file("secrets.yaml"), lines.join("\n")).ok()?;
        self.done("sops", &["encrypt", "--in-place", "--age", &self.recipient()?, "secrets.yaml"], "").map(drop)
    }

    fn fill_kbs2(&self) -> Option<()> {
        self.done("kbs2", &["init", "--insecure-not-wrapped"], "")?;
        let value =
            |number| self.done("kbs2", &["new", "--terse", &name(number)], &format!("ana\x01{VALUE}")).map(drop);
        (0..VALUES).try_for_each(value)
    }

    fn fill_fnox(&self) -> Option<()> {
        let providers = format!("[providers.age]\ntype = \"age\"\nrecipients = [\"{}\"]\n", self.recipient()?);
        std::fs::write(self.file("fnox.toml"), format!("default_provider = \"age\"\n{providers}")).ok()?;
        let set = |number| self.done("fnox", &["set", &name(number).to_uppercase(), VALUE], "").map(drop);
        (0..VALUES).try_for_each(set)
    }
}

const VALUE: &str = "correct horse battery st";

fn name(number: usize) -> String {
    format!("value{number:02}")
}

fn private(directory: &Path) -> Option<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).ok()
}
