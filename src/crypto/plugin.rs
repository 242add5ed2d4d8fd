//! age plugins: programs that hold keys for us. The age plugin protocol is at <https://c2sp.org/age-plugin>.
//!
//! A plugin runs only if the local policy lists its program by absolute path; that path is what is executed, and
//! `$PATH` is never searched. This is why the protocol is driven from here and age's own support for plugins is not
//! compiled in.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout};
use std::slice;
use std::sync::Arc;

use age::secrecy::ExposeSecret as _;
use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};
use age_core::io::{DebugReader, DebugWriter};
use age_core::plugin::{Connection, IDENTITY_V1, RECIPIENT_V1, Reply, Response};
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::prompt::Prompt;

type Answer<'a> = Reply<'a, DebugReader<ChildStdout>, DebugWriter<ChildStdin>>;

/// A program that handles recipients or identities of one plugin name.
#[derive(Clone)]
pub(super) struct Program {
    name: String,
    path: PathBuf,
}

/// A recipient whose plugin wraps for it.
#[derive(Clone)]
pub(super) struct PluginRecipient {
    program: Program,
    text: String,
}

/// An identity whose plugin unwraps for it.
pub(super) struct PluginIdentity {
    program: Program,
    text: Zeroizing<String>,
    prompt: Arc<dyn Prompt>,
}

/// The error that carries a plugin's name through age.
#[derive(Debug, thiserror::Error)]
#[error("age plugin {0} failed")]
pub(super) struct PluginFailed(pub(super) String);

impl Program {
    /// The program for a plugin name, if one of the allowed paths is absolute and ends in `age-plugin-NAME`.
    pub(super) fn allowed(name: &str, allowed: &[PathBuf]) -> Option<Program> {
        let file_name = format!("age-plugin-{name}{}", std::env::consts::EXE_SUFFIX);
        let fits = |path: &Path| path.is_absolute() && path.file_name().is_some_and(|last| last == file_name.as_str());
        let path = allowed.iter().find(|path| fits(path))?;
        Some(Program { name: name.to_owned(), path: path.clone() })
    }

    fn failed(&self) -> io::Error {
        io::Error::other(PluginFailed(self.name.clone()))
    }
}

impl PluginRecipient {
    pub(super) fn new(program: Program, text: String) -> PluginRecipient {
        PluginRecipient { program, text }
    }

    fn wrapped(&self, file_key: &FileKey) -> io::Result<(Vec<Stanza>, HashSet<String>)> {
        let mut connection = Connection::open(&self.program.path, RECIPIENT_V1)?;
        connection.unidir_send(|mut phase| {
            phase.send("add-recipient", &[&self.text], &[])?;
            phase.send("extension-labels", &[], &[])?;
            phase.send("wrap-file-key", &[], file_key.expose_secret())
        })?;
        let mut stanzas = Vec::new();
        let mut labels = HashSet::new();
        let mut failed = false;
        connection.bidir_receive(&["recipient-stanza", "labels", "error"], |command, reply: Answer<'_>| {
            match command.tag.as_str() {
                "labels" => labels = command.args.into_iter().collect(),
                "recipient-stanza" => match stanza_for_file_0(command) {
                    Some(stanza) => stanzas.push(stanza),
                    None => failed = true,
                },
                _ => failed = true,
            }
            reply.ok(None)
        })?;
        if failed || stanzas.is_empty() {
            return Err(self.program.failed());
        }
        Ok((stanzas, labels))
    }
}

impl age::Recipient for PluginRecipient {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        self.wrapped(file_key).map_err(|_| EncryptError::Io(self.program.failed()))
    }
}

/// The stanza inside a `recipient-stanza` command: its arguments are the file's number, the tag, and the stanza's own.
fn stanza_for_file_0(mut command: Stanza) -> Option<Stanza> {
    if command.args.len() < 2 || command.args[0] != "0" {
        return None;
    }
    let args = command.args.split_off(2);
    let tag = command.args.pop()?;
    Some(Stanza { tag, args, body: command.body })
}

impl PluginIdentity {
    pub(super) fn new(program: Program, text: &str, prompt: Arc<dyn Prompt>) -> PluginIdentity {
        PluginIdentity { program, text: Zeroizing::new(text.to_owned()), prompt }
    }

    fn unwrapped(&self, stanzas: &[Stanza]) -> io::Result<Option<FileKey>> {
        const COMMANDS: [&str; 6] = ["msg", "confirm", "request-public", "request-secret", "file-key", "error"];
        let mut connection = Connection::open(&self.program.path, IDENTITY_V1)?;
        connection.unidir_send(|mut phase| {
            phase.send("add-identity", &[&self.text], &[])?;
            stanzas.iter().try_for_each(|stanza| phase.send_stanza("recipient-stanza", &["0"], stanza))
        })?;
        let mut file_key = None;
        let mut failed = false;
        connection.bidir_receive(&COMMANDS, |command, reply| match command.tag.as_str() {
            "file-key" => {
                file_key = file_key_of(command);
                reply.ok(None)
            }
            "error" => {
                failed = true;
                reply.ok(None)
            }
            _ => self.asked(&command, reply),
        })?;
        if file_key.is_none() && failed {
            return Err(self.program.failed());
        }
        Ok(file_key)
    }

    /// Passes a plugin's question to the user and the answer to the plugin.
    fn asked(&self, command: &Stanza, reply: Answer<'_>) -> Response {
        let text = String::from_utf8_lossy(&command.body);
        match command.tag.as_str() {
            "msg" => {
                self.prompt.message(&text);
                reply.ok(None)
            }
            "request-public" => match self.prompt.line(&text) {
                Some(line) => reply.ok(Some(line.as_bytes())),
                None => reply.fail(),
            },
            "request-secret" => match self.prompt.passphrase(&text) {
                Some(secret) => reply.ok(Some(secret.as_bytes())),
                None => reply.fail(),
            },
            _ => match self.confirmed(&text, &command.args) {
                Some(answer) => reply.ok_with_metadata(&[if answer { "yes" } else { "no" }], None),
                None => reply.fail(),
            },
        }
    }

    fn confirmed(&self, text: &str, labels: &[String]) -> Option<bool> {
        let label = |place: usize| {
            let bytes = BASE64_NOPAD.decode(labels.get(place)?.as_bytes()).ok()?;
            String::from_utf8(bytes).ok()
        };
        self.prompt.confirm(text, &label(0)?, label(1).as_deref())
    }
}

impl age::Identity for PluginIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let unwrapped = self.unwrapped(stanzas);
        unwrapped.map_err(|_| DecryptError::Io(self.program.failed())).transpose()
    }
}

/// The key in a `file-key` command for the only file we asked about.
fn file_key_of(command: Stanza) -> Option<FileKey> {
    let body = Zeroizing::new(command.body);
    if command.args != ["0"] {
        return None;
    }
    let copy = |key: &mut [u8; 16]| {
        if body.len() != key.len() {
            return Err(());
        }
        key.copy_from_slice(&body);
        Ok(())
    };
    FileKey::try_init_with_mut(copy).ok()
}
