//! A vault of its own for each test: a home, a project in git, and the built program.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use vault::crypto::framing::document_message;
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::recipient::RecipientPolicy;
use vault::model::id::VaultId;

pub(crate) use crate::tools::has;

/// What one run of the program came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

fn copy_tree(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(status.success(), "cp: {status}");
}

/// A home with a project in it.
pub(crate) struct Sandbox {
    directory: TempDir,
    memory: OnceLock<TempDir>,
}

impl Sandbox {
    /// An empty home and an empty project.
    pub(crate) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("home")).unwrap();
        fs::create_dir_all(directory.path().join("tmp")).unwrap();
        fs::create_dir_all(directory.path().join("project/.git")).unwrap();
        fs::write(directory.path().join("project/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        Sandbox { directory, memory: OnceLock::new() }
    }

    /// A vault with a plain identity and a recovery key.
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty();
        let recovery = sandbox.home().join("recovery.txt");
        sandbox.ok(&["init", "--no-input", "--plaintext-identity", "--recovery-file", recovery.to_str().unwrap()]);
        sandbox
    }

    /// A copy of all that is here now, but for what is kept in memory.
    pub(crate) fn snapshot(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_tree(self.directory.path(), copy.path());
        copy
    }

    /// Makes everything what it was when the copy was taken.
    pub(crate) fn put_back(&self, copy: &TempDir) {
        for entry in fs::read_dir(self.directory.path()).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
        copy_tree(copy.path(), self.directory.path());
    }

    /// The directory of all that is here.
    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// A private directory that is kept in memory where the machine has such a place; `tests/run` names one that it looks
    /// into afterwards.
    pub(crate) fn memory(&self) -> &Path {
        let place = std::env::var_os("VAULT_TESTS_MEMORY").unwrap_or_else(|| "/dev/shm".into());
        self.memory.get_or_init(|| tempfile::tempdir_in(place).or_else(|_| tempfile::tempdir()).unwrap()).path()
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.directory.path().join("project")
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.project().join(".vault")
    }

    /// The text of the founder's identity file.
    pub(crate) fn identity_file(&self) -> PathBuf {
        self.home().join(".config/vault/identities/ana.txt")
    }

    pub(crate) fn vault_id(&self) -> String {
        let text = fs::read_to_string(self.vault().join("vault.yaml")).unwrap();
        text.lines().last().unwrap().trim_start_matches("vault: ").trim_matches('"').to_owned()
    }

    /// The program with a clean environment and no terminal: nothing of the machine's leaks in, and nothing is left on it.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.project()).env_clear().env("HOME", self.home()).env("USER", "ana");
        command.env("TMPDIR", self.directory.path().join("tmp"));
        command.env("PATH", std::env::var_os("PATH").unwrap()).stdin(Stdio::null());
        without_terminal(&mut command);
        command
    }

    pub(crate) fn program(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_vault"))
    }

    /// Writes the configuration as the program accepts it, whatever the umask is. Returns its directory.
    pub(crate) fn configure(&self, settings: &str) -> PathBuf {
        let directory = self.home().join(".config/vault");
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("config.yaml");
        fs::write(&file, settings).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        directory
    }

    /// Adds to the configuration.
    pub(crate) fn configure_more(&self, settings: &str) {
        let file = self.home().join(".config/vault/config.yaml");
        self.configure(&(fs::read_to_string(file).unwrap() + settings));
    }

    /// A copy of a program in the home, which can be run at once.
    ///
    /// A process of its own copies it. In this one, a child that another test is just starting would have the copy open for
    /// writing until it runs its program, and so long the system refuses to run it ("text file busy").
    pub(crate) fn copy_of(&self, program: impl AsRef<OsStr>, name: &str) -> PathBuf {
        let copy = self.home().join(name);
        assert!(Command::new("cp").arg(program).arg(&copy).status().unwrap().success());
        copy
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(self.program().args(arguments).output().unwrap())
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
        outcome(self.program().args(arguments).envs(variables.iter().copied()).output().unwrap())
    }

    /// Runs a command bound by the modes of files, even if it is root who runs the tests: that needs `setpriv`.
    pub(crate) fn run_bound(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.program();
        if rustix::process::geteuid().is_root() {
            command = self.command("setpriv");
            command.args(["--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]);
            command.arg(env!("CARGO_BIN_EXE_vault"));
        }
        outcome(command.args(arguments).output().unwrap())
    }

    pub(crate) fn feed(&self, arguments: &[&str], stdin: &[u8]) -> Outcome {
        let mut command = self.program();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses early does not read to the end.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        outcome(child.wait_with_output().unwrap())
    }

    /// Runs what must succeed, and returns its stdout.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:?}");
        outcome.stdout
    }

    /// Puts a secret value through stdin.
    pub(crate) fn put(&self, name: &str, value: &str) {
        let outcome = self.feed(&["param", "put", name, "--stdin", "--overwrite"], value.as_bytes());
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }

    pub(crate) fn document(&self, rel: &str) -> PathBuf {
        self.vault().join(rel)
    }

    pub(crate) fn read(&self, rel: &str) -> String {
        fs::read_to_string(self.document(rel)).unwrap()
    }

    pub(crate) fn write(&self, rel: &str, text: impl AsRef<[u8]>) {
        let path = self.document(rel);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of the last snapshot of the trust chain.
    pub(crate) fn last_snapshot(&self) -> String {
        let mut names: Vec<_> = fs::read_dir(self.document("trust")).unwrap().map(|it| it.unwrap().path()).collect();
        names.sort();
        fs::read_to_string(names.last().unwrap()).unwrap()
    }

    /// Every file of the vault and of the machine's memory with its content, to see that nothing changed. The log of uses
    /// records what was refused too.
    pub(crate) fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        collect(self.directory.path(), &mut all);
        all.retain(|(path, _)| !path.components().any(|part| part.as_os_str() == "audit"));
        all.sort();
        all
    }

    /// Signs a body as the founder, for a place in this vault: what a writer with a grudge can do.
    pub(crate) fn signed(&self, rel: &str, body: &str) -> Vec<u8> {
        self.signed_by(&fs::read_to_string(self.identity_file()).unwrap(), "ana", rel, body)
    }

    /// Signs a body with an identity, in the name of a member.
    pub(crate) fn signed_by(&self, identity: &str, member: &str, rel: &str, body: &str) -> Vec<u8> {
        let key = Identity::parse(identity, &RecipientPolicy::default(), NoPrompt).unwrap().signing_key().unwrap();
        let id: VaultId = self.vault_id().parse().unwrap();
        let signature = key.sign(&document_message(&id.0, rel, body.as_bytes()));
        vault::format::trailer::join(body, &member.parse().unwrap(), &key.public().fingerprint(), &signature)
    }
}

/// Gives the program a session of its own: a question asked on the terminal of the tests would wait for whoever looks on.
#[expect(unsafe_code, reason = "a session can be begun in the child only")]
fn without_terminal(command: &mut Command) {
    // SAFETY: one system call, which allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(|| Ok(rustix::process::setsid().map(drop)?));
    }
}

fn collect(directory: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, all);
        } else {
            let content = fs::read(&path).unwrap();
            all.push((path, content));
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "an output is read once")]
pub(crate) fn outcome(output: Output) -> Outcome {
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The body of a document: everything before its signature line.
pub(crate) fn body(document: &str) -> &str {
    &document[..=document.rfind("\n#sig ").unwrap()]
}
