//! The process itself, before anything else happens: no core, no peeking, nothing secret left in its environment.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use rustix::io::retry_on_intr;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zeroize::Zeroizing;

use super::terminal::ui;

/// The longest passphrase that is read from an open file, in bytes.
const LINE: usize = 4096;

/// Secrets from the environment. They have been removed from it.
#[derive(Default)]
pub(crate) struct EnvSecrets {
    /// `VLT_IDENTITY`: the text of an identity.
    pub identity: Option<Zeroizing<Vec<u8>>>,
    /// `VLT_IDENTITY_FD`: the number of an open file to read one from.
    pub identity_fd: Option<Zeroizing<Vec<u8>>>,
    /// `VLT_PASSPHRASE`, or the first line of the open file whose number is in `VLT_PASSPHRASE_FD`: what opens an identity file.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
}

/// What was changed about the process and must be restored for a command that replaces it.
#[derive(Debug, Default)]
pub(crate) struct Hardening {
    core: Option<Rlimit>,
}

/// Hardens the process and removes secrets from its environment.
///
/// Call it first in `main`, before any thread exists: the environment may be changed only then. If the system refuses a
/// measure it is skipped, because values do not depend on it to stay secret.
pub(super) fn harden() -> (Hardening, EnvSecrets) {
    let core = getrlimit(Resource::Core);
    // The hard limit stays, so that a command can have its own back.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: core.maximum });
    // Other processes of the same user may then not read the memory, the environment or the files of this one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let passphrase_fd = take("VLT_PASSPHRASE_FD");
    let taken = EnvSecrets {
        identity: take("VLT_IDENTITY"),
        identity_fd: take("VLT_IDENTITY_FD"),
        passphrase: take("VLT_PASSPHRASE").or_else(|| first_line(descriptor(passphrase_fd.as_deref()?)?)),
    };
    for number in [&taken.identity_fd, &passphrase_fd].into_iter().flatten() {
        keep_from_children(number);
    }
    // age prints file keys when it finds this.
    drop(take("AGEDEBUG"));
    // Only without it is the user looked up; always preparing for that would take 2 % of a `get`.
    if std::env::var_os("HOME").is_none_or(|home| home.is_empty()) {
        look_up_without_modules();
    }
    (Hardening { core: Some(core) }, taken)
}

impl Hardening {
    /// Restores the core limit. Call it right before another program replaces this one; the system itself
    /// forgets the rest at that moment.
    pub(crate) fn undo(self) {
        if let Some(core) = self.core {
            let _ = setrlimit(Resource::Core, core);
        }
    }
}

/// A program that `vault exec` starts must not find the identity or the passphrase in an open descriptor: it could read a file again.
fn keep_from_children(number: &[u8]) {
    if let Some(inherited) = descriptor(number).filter(|it| it.as_raw_fd() > 2) {
        let _ = rustix::io::fcntl_setfd(inherited, rustix::io::FdFlags::CLOEXEC);
    }
}

/// The inherited descriptor of that number.
fn descriptor(number: &[u8]) -> Option<BorrowedFd<'static>> {
    let number = std::str::from_utf8(number).ok()?.trim().parse::<i32>().ok().filter(|number| *number >= 0)?;
    #[expect(unsafe_code, reason = "a descriptor that was inherited has only its number")]
    // SAFETY: nothing in this process owns or closes the descriptor; if it is not open, calls fail and change nothing.
    let inherited = unsafe { BorrowedFd::borrow_raw(number) };
    Some(inherited)
}

/// The first line of an open file, and no byte after it: an identity may follow.
fn first_line(from: BorrowedFd<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE));
    let mut byte = Zeroizing::new([0]);
    while line.len() < LINE && retry_on_intr(|| rustix::io::read(from, &mut *byte)).ok()? == 1 && *byte != *b"\n" {
        line.push(byte[0]);
    }
    Some(line)
}

/// Closes all descriptors except the standard three for programs started from here.
pub(crate) fn keep_all_from_children() {
    let Ok(entries) = std::fs::read_dir("/dev/fd") else { return };
    for entry in entries.flatten() {
        keep_from_children(entry.file_name().as_encoded_bytes());
    }
}

fn take(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let value: OsString = std::env::var_os(OsStr::new(name))?;
    #[expect(unsafe_code, reason = "called first in main, before any other thread could read the environment")]
    // SAFETY: `harden` states that no other thread exists yet.
    unsafe {
        std::env::remove_var(name);
    }
    Some(Zeroizing::new(value.into_vec()))
}

/// Makes the C library look up users in files, and hosts in files and DNS, whatever `/etc/nsswitch.conf` says.
///
/// Other services are modules for the shared C library: a statically linked program that loads one ends with SIGSEGV. Call it before
/// the first lookup and the first thread.
pub(super) fn look_up_without_modules() {
    #[cfg(static_libc)]
    configure_lookups();
}

#[cfg(static_libc)]
fn configure_lookups() {
    use std::ffi::{CStr, c_char, c_int};
    #[expect(unsafe_code, reason = "only GNU's C library has it")]
    unsafe extern "C" {
        fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
    }
    let lookups: [(&CStr, &CStr); 3] = [(c"passwd", c"files"), (c"group", c"files"), (c"hosts", c"files dns")];
    for (database, services) in lookups {
        #[expect(unsafe_code, reason = "only GNU's C library has it")]
        // SAFETY: both strings end with NUL, and there is no other thread yet that looks something up.
        let _ = unsafe { __nss_configure_lookup(database.as_ptr(), services.as_ptr()) };
    }
}

/// Where the last panic happened, for the one line that is printed about it.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program. A panic ends it with exit code 1 and one fixed line: its message could hold a value.
///
/// The hook itself is silent, because some panics of the crates below are caught and reported as errors.
pub(super) fn guarded(run: impl FnOnce() -> u8) -> u8 {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
        // The paths of other crates are absolute and reveal details of the build machine.
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place.filter(|place| place.starts_with("src/"));
    }));
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        ui::print_fatal(&format!("error: this is a bug in vault{place}; please report it"));
        1
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Output};

    use super::*;

    const ACT: &str = "PROCESS_TEST_ACT";

    #[test]
    #[ignore = "the child of the tests below"]
    fn child() {
        let Ok(act) = std::env::var(ACT) else { return };
        if act == "panic" {
            let code = guarded(|| panic!("hunter2"));
            std::process::exit(code.into());
        }
        let (hardening, taken) = harden();
        let text = |taken: Option<Zeroizing<Vec<u8>>>| String::from_utf8(taken.unwrap().to_vec()).unwrap();
        assert_eq!(text(taken.identity), "an identity");
        assert_eq!(text(taken.passphrase), "a passphrase");
        assert!(taken.identity_fd.is_none());
        for name in ["VLT_IDENTITY", "VLT_PASSPHRASE", "AGEDEBUG"] {
            assert!(std::env::var_os(name).is_none(), "{name}");
        }
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        let behavior = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(behavior, rustix::process::DumpableBehavior::NotDumpable);
        hardening.undo();
        assert_eq!(getrlimit(Resource::Core).current, Some(4096));
    }

    fn run(act: &str) -> Output {
        let name = "cli::process::tests::child";
        let line = format!("ulimit -S -c 4; exec \"$0\" --ignored --exact --nocapture -q {name}");
        Command::new("bash")
            .args(["-c", &line])
            .arg(std::env::current_exe().unwrap())
            .env(ACT, act)
            .env("VLT_IDENTITY", "an identity")
            .env("VLT_PASSPHRASE", "a passphrase")
            .env("AGEDEBUG", "plugin")
            .env("RUST_BACKTRACE", "full")
            .output()
            .unwrap()
    }

    #[test]
    fn secrets_leave_the_environment_and_no_core_is_written() {
        let output = run("harden");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn a_panic_says_one_line_without_its_message() {
        let output = run("panic");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(said.starts_with("error: this is a bug in vault (src/cli/process.rs:"), "{said}");
        assert!(said.lines().count() == 1 && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn a_passphrase_is_the_first_line_and_the_rest_stays() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"a passphrase\nan identity").unwrap();
        drop(writer);
        let number = reader.as_raw_fd().to_string();
        let line = first_line(descriptor(number.as_bytes()).unwrap()).unwrap();
        assert_eq!(*line, b"a passphrase");
        assert_eq!(std::io::read_to_string(reader).unwrap(), "an identity");
        assert!(descriptor(b"-1").is_none() && descriptor(b"x").is_none());
    }
}
