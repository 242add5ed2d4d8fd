//! A value in the user's editor.
//!
//! The plaintext is in a private file on an in-memory file system while the editor runs, and nowhere else as far as
//! arguments to the editor can prevent it. While it runs, Ctrl-C belongs to the editor, as with git; SIGTERM and SIGHUP
//! are forwarded, the file is removed and the process ends.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::SIGINT;
use zeroize::Zeroizing;

use super::editor_program::precautions;
use super::prompt::controlling_terminal;
use super::signal;
use crate::machine::private_directory::{self, Found, PrivateDirectory, memory_directory};
use crate::model::value::SecretValue;

/// What an edit needs from the user's environment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Editor<'a> {
    /// A command line for the shell, such as `code --wait`.
    pub command: &'a str,
    /// `$XDG_RUNTIME_DIR`.
    pub runtime_directory: Option<&'a Path>,
    /// `$PATH`.
    pub search: Option<&'a OsStr>,
    /// Whether the plaintext may be on a disk.
    pub disk: Disk<'a>,
    /// Name of the file, which tells an editor what is in it.
    pub file: &'a str,
    /// The most bytes that are accepted.
    pub limit: usize,
}

/// What happens if there is no in-memory file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk<'a> {
    /// The edit is refused.
    Refuse,
    /// `--allow-disk`: the file goes into this directory. Removing it there does not reliably erase it.
    Allow(&'a Path),
}

/// The result of an edit.
#[derive(Debug)]
pub(crate) enum Edited {
    Unchanged,
    /// A new value. It may be one that `value_input::check` refuses.
    Changed(SecretValue),
}

/// Why an edit came to nothing. The value is unchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditorError {
    /// No in-memory file system for the plaintext.
    #[error("no in-memory file system to edit in: neither the runtime directory nor `/dev/shm` is one")]
    NoMemory,
    /// The private file could not be created or read.
    #[error("cannot use a private file in `{}`: {cause}", .directory.display())]
    File { directory: PathBuf, cause: io::Error },
    /// No such editor.
    #[error("editor `{0}` was not found")]
    NotFound(String),
    /// The editor could not be started or waited for.
    #[error("editor `{command}` did not start: {cause}")]
    Start { command: String, cause: io::Error },
    #[error("editor `{command}` ended with {status}; nothing was changed")]
    Failed { command: String, status: ExitStatus },
    /// Ctrl-C ended the editor: exit with 130.
    #[error("the edit was interrupted; nothing was changed")]
    Interrupted,
    /// A link, a directory or a device in place of the file.
    #[error("the editor replaced the file with something else; nothing was changed")]
    NotAFile,
    /// More than is accepted.
    #[error("the edited text is longer than {0} bytes; nothing was changed")]
    TooLarge(usize),
}

impl Editor<'_> {
    /// Opens the value and waits until the editor exits. The final line feed that editors add to a value without one is
    /// removed.
    pub(crate) fn edit(&self, value: &SecretValue) -> Result<Edited, EditorError> {
        let original = value.reveal();
        let directory = self.directory()?;
        let at = |cause| EditorError::File { directory: directory.clone(), cause };
        let private = PrivateDirectory::create(&directory, "edit").map_err(at)?;
        let doomed = private.path().to_owned();
        let _guard = signal::before_end(move || private_directory::remove(&doomed)).map_err(at)?;
        private.put(self.file, original).map_err(at)?;
        self.run(&private.file(self.file))?;
        let mut edited = match private.read(self.file, self.limit + FINAL_NEWLINE).map_err(at)? {
            Found::Content(edited) => edited,
            Found::NotAFile => return Err(EditorError::NotAFile),
            Found::TooLarge => return Err(EditorError::TooLarge(self.limit)),
        };
        drop_added_newline(original, &mut edited);
        if edited.len() > self.limit {
            return Err(EditorError::TooLarge(self.limit));
        }
        Ok(if *edited == original { Edited::Unchanged } else { Edited::Changed(SecretValue::new(edited)) })
    }

    fn directory(&self) -> Result<PathBuf, EditorError> {
        match (memory_directory(self.runtime_directory), self.disk) {
            (Some(directory), _) => Ok(directory),
            (None, Disk::Allow(directory)) => Ok(directory.to_path_buf()),
            (None, Disk::Refuse) => Err(EditorError::NoMemory),
        }
    }

    fn run(&self, file: &Path) -> Result<(), EditorError> {
        let status = self.wait(file).map_err(|cause| EditorError::Start { command: self.command.into(), cause })?;
        if status.success() {
            return Ok(());
        }
        // A shell reports the signal that ended its child, and a command it does not find, in its exit code.
        match (status.signal(), status.code()) {
            (Some(SIGINT), _) | (_, Some(130)) => Err(EditorError::Interrupted),
            (_, Some(127)) => Err(EditorError::NotFound(self.command.into())),
            _ => Err(EditorError::Failed { command: self.command.into(), status }),
        }
    }

    fn wait(&self, file: &Path) -> io::Result<ExitStatus> {
        // If Ctrl-C cannot come from a terminal, SIGINT is meant for this process.
        let terminal = io::stdin().is_terminal() || controlling_terminal().is_some();
        let _held = if terminal { Some(signal::leave_interrupts_to_child()?) } else { None };
        // Locked while the editor starts: a signal that arrives in between ends it too.
        let editor = Arc::new(Mutex::new(None));
        let on_signal = Arc::clone(&editor);
        let _guard = signal::before_end(move || {
            let editor = on_signal.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(id) = *editor {
                let _ = kill_process(id, Signal::TERM);
            }
            // None starts from now on.
            mem::forget(editor);
        })?;
        let mut starting = editor.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = self.shell(file).spawn()?;
        *starting = Some(Pid::from_child(&child));
        drop(starting);
        child.wait()
    }

    /// The command line as git runs it: in the user's shell syntax, followed by arguments that no shell interprets.
    fn shell(&self, file: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{} \"$@\"", self.command)).arg(self.command);
        command.args(precautions(self.command, self.search)).arg(file);
        for name in ["VLT_IDENTITY", "VLT_IDENTITY_FILE", "VLT_IDENTITY_FD", "VLT_PASSPHRASE", "AGEDEBUG"] {
            command.env_remove(name);
        }
        if !io::stdin().is_terminal() {
            command.stdin(controlling_terminal().map_or_else(Stdio::inherit, Stdio::from));
        }
        if !io::stdout().is_terminal() {
            command.stdout(controlling_terminal().map_or_else(Stdio::inherit, Stdio::from));
        }
        command
    }
}

/// The line feed that an editor adds at the end.
const FINAL_NEWLINE: usize = 1;

fn drop_added_newline(original: &[u8], edited: &mut Zeroizing<Vec<u8>>) {
    if !original.ends_with(b"\n") && edited.ends_with(b"\n") {
        edited.pop();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Child;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    fn editor<'a>(command: &'a str, directory: &'a Path) -> Editor<'a> {
        // A test directory replaces memory on machines without an in-memory file system.
        let search = Some(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
        let limit = crate::model::value_form::VALUE_LIMIT;
        Editor { command, runtime_directory: None, search, disk: Disk::Allow(directory), file: "value", limit }
    }

    fn edit(command: &str, original: &str) -> Result<Option<String>, EditorError> {
        let directory = tempfile::tempdir().unwrap();
        let edited = editor(command, directory.path()).edit(&SecretValue::from_text(original.into()))?;
        Ok(match edited {
            Edited::Unchanged => None,
            Edited::Changed(value) => Some(value.reveal_text().unwrap().to_owned()),
        })
    }

    #[test]
    fn a_changed_value_comes_back_without_the_newline_an_editor_adds() {
        assert_eq!(edit("sed -i s/old/new/", "old").unwrap().as_deref(), Some("new"));
        assert_eq!(edit("f() { echo changed > \"$1\"; }; f", "old").unwrap().as_deref(), Some("changed"));
        assert_eq!(edit("f() { echo changed > \"$1\"; }; f", "old\n").unwrap().as_deref(), Some("changed\n"));
        assert_eq!(edit("f() { printf 'a\\n\\n' > \"$1\"; }; f", "old").unwrap().as_deref(), Some("a\n"));
    }

    #[test]
    fn an_untouched_value_is_unchanged() {
        assert_eq!(edit("true", "old").unwrap(), None);
        assert_eq!(edit("f() { echo >> \"$1\"; }; f", "old").unwrap(), None);
    }

    #[test]
    fn a_failing_editor_changes_nothing() {
        let error = edit("f() { echo hunter2 > \"$1\"; exit 3; }; f", "old").unwrap_err();
        assert!(matches!(error, EditorError::Failed { .. }));
        assert!(matches!(edit("no-such-editor", "old"), Err(EditorError::NotFound(_))));
        assert!(matches!(edit("f() { kill -INT $$; }; f", "old"), Err(EditorError::Interrupted)));
        assert!(matches!(edit("f() { ln -sf /etc/passwd \"$1\"; }; f", "old"), Err(EditorError::NotAFile)));
        assert!(matches!(edit("f() { head -c 70000 /dev/zero > \"$1\"; }; f", "old"), Err(EditorError::TooLarge(_))));
    }

    const PLACE: &str = "EDITOR_TEST_PLACE";
    const COMMAND: &str = "EDITOR_TEST_COMMAND";

    #[test]
    #[ignore = "the child of the tests below"]
    fn child() {
        let (Ok(place), Ok(command)) = (std::env::var(PLACE), std::env::var(COMMAND)) else { return };
        let edited = editor(&command, Path::new(&place)).edit(&SecretValue::from_text("hunter2".into()));
        if let Err(EditorError::Interrupted) = edited {
            signal::end(SIGINT);
        }
    }

    fn wait_for(path: &Path) -> String {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            match fs::read_to_string(path) {
                Ok(text) if text.ends_with('\n') => return text.trim_end().to_owned(),
                _ => assert!(Instant::now() < end, "the editor did not start"),
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn is_running(id: &str) -> bool {
        fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| !line.is_empty())
    }

    /// Starts an edit whose editor tells its id and the file's path, and then sleeps.
    fn editing(directory: &Path) -> (Child, PathBuf) {
        let told = directory.join("told");
        let id = directory.join("id");
        let command =
            format!("f() {{ echo $$ > {}; echo \"$1\" > {}; exec sleep 600; }}; f", id.display(), told.display());
        let child = Command::new("setsid")
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "-q", "cli::terminal::editor::tests::child"])
            .env(PLACE, directory)
            .env(COMMAND, command)
            .env("VLT_IDENTITY_FILE", "x")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let path = PathBuf::from(wait_for(&told));
        assert_eq!(fs::read(&path).unwrap(), b"hunter2");
        (child, path)
    }

    #[test]
    fn a_signal_removes_the_file_and_ends_with_its_code() {
        for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
            let directory = tempfile::tempdir().unwrap();
            let (mut child, path) = editing(directory.path());
            kill_process(Pid::from_child(&child), signal).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(code), "{signal:?}");
            assert!(!path.parent().unwrap().exists(), "{signal:?}");
            let editor = wait_for(&directory.path().join("id"));
            let end = Instant::now() + Duration::from_secs(120);
            while is_running(&editor) {
                assert!(Instant::now() < end, "{signal:?} did not end the editor");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    #[test]
    fn vim_leaves_nothing_behind_whatever_its_configuration_says() {
        if !Path::new("/usr/bin/vim").exists() {
            return;
        }
        let home = tempfile::tempdir().unwrap();
        let kept = home.path().join("kept");
        fs::create_dir(&kept).unwrap();
        let place = kept.display();
        let configuration = format!(
            "set nocompatible backup undofile swapfile viminfo='100,n{place}/viminfo\n\
             set backupdir={place} undodir={place} directory={place}\n\
             autocmd VimEnter * s/old/new/ | wq\n"
        );
        fs::write(home.path().join(".vimrc"), configuration).unwrap();
        // `-es` reads no vimrc by itself.
        let command = format!("vim -T dumb -es -u {}", home.path().join(".vimrc").display());
        assert_eq!(edit(&command, "old").unwrap().as_deref(), Some("new"));
        let left: Vec<_> = fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
