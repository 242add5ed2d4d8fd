//! What this command opens and changes, written to the log of this machine.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::env;
use super::report::count::Count;
use crate::engine::{Access, Deed, Observer, Outcome as Came, Purpose, Unlogged};
use crate::machine::State;
use crate::machine::audit::{Action, AuditLog, Durability, Forwarder, Head, Logs, Outcome, Record, bounded};
use crate::machine::config::ConfigFile;

/// Commands that look into everything and hand nothing out: what they open is one record, for all names.
const SWEEPS: [&str; 16] = [
    "accept",
    "adopt",
    "backup",
    "checkpoint",
    "git-merge",
    "git-textconv",
    "key map",
    "key rotate",
    "list",
    "member rm",
    "import",
    "restore",
    "scan",
    "sync",
    "upgrade",
    "verify",
];
/// After so many records the end of the log is signed, and after every change, for which the identity is open anyway.
const SIGNED_EVERY: u64 = 1000;

/// Writes a record for each use and each change.
pub(crate) struct Recorder {
    begun: Instant,
    who: OnceLock<Who>,
    log: Mutex<Option<AuditLog>>,
    is_swept: AtomicBool,
    is_due: AtomicBool,
    config: Option<ConfigFile>,
    forwarder: OnceLock<Option<Forwarder>>,
    lost: Mutex<Option<Lost>>,
}

/// Records that could not be forwarded: how many, and why the first one was not.
struct Lost {
    count: usize,
    why: String,
}

/// Who runs this command, and where.
struct Who {
    user: String,
    host: String,
    parent: String,
    job: String,
    agent: String,
    boot: String,
}

impl Recorder {
    /// A recorder for a command that begins now. The configuration says whether records are forwarded.
    pub(crate) fn new(config: Option<ConfigFile>) -> Self {
        Recorder {
            begun: Instant::now(),
            who: OnceLock::new(),
            log: Mutex::default(),
            is_swept: AtomicBool::new(false),
            is_due: AtomicBool::new(false),
            config,
            forwarder: OnceLock::new(),
            lost: Mutex::default(),
        }
    }

    /// Says once how many records could not be forwarded.
    pub(crate) fn take_lost(&self) -> Option<String> {
        let Lost { count, why } = self.lost.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(format!("{} of uses could not be forwarded: {why}", Count::of(count, "record")))
    }

    /// Sends a record to the log of the system, if that is configured.
    fn forward(&self, record: &Record<'_>) {
        let Some(forwarder) = self.forwarder.get_or_init(|| forwarder(self.config.as_ref()?)) else { return };
        if let Err(error) = forwarder.send(record) {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            let why = || format!("`{}`: {error}", forwarder.path().display());
            lost.get_or_insert_with(|| Lost { count: 0, why: why() }).count += 1;
        }
    }

    fn with<T>(&self, place: &State, work: impl FnOnce(&AuditLog) -> T) -> T {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let (directory, vault) = (Logs::of(place).own(), place.vault().to_string());
        if log.as_ref().is_none_or(|log| !log.is_at(&directory)) {
            *log = None;
        }
        work(log.get_or_insert_with(|| AuditLog::at(directory, vault)))
    }
}

fn forwarder(config: &ConfigFile) -> Option<Forwarder> {
    let to = config.read().ok()?.audit.forward;
    let usual = to.usual()?;
    Forwarder::new(to, env::path("VLT_AUDIT_SOCKET").unwrap_or_else(|| usual.into())).ok()
}

/// Whether a command looks into everything and hands nothing out.
pub(crate) fn is_sweep(command: &str) -> bool {
    SWEEPS.contains(&command)
}

impl Observer for Recorder {
    fn observe(&self, place: &State, purpose: &Purpose, member: Option<&str>, access: Access) -> Result<(), Unlogged> {
        let is_sweep = purpose.is_sweep && access.deed == Deed::Open && access.outcome == Came::Done;
        if is_sweep && self.is_swept.load(Ordering::Relaxed) {
            return Ok(());
        }
        let who = self.who.get_or_init(Who::new);
        let (outcome, error) = match &access.outcome {
            Came::Done => (Outcome::Allowed, ""),
            Came::Refused(why) => (Outcome::Denied, &**why),
            Came::Failed(why) => (Outcome::Failed, &**why),
        };
        let of_one = |text: &'static str, own: Cow<'_, str>| {
            if is_sweep { Cow::Borrowed(text) } else { Cow::Owned(own.into_owned()) }
        };
        let record = Record {
            time: env::exact_time().into(),
            action: if access.deed == Deed::Open { Action::Open } else { Action::Change },
            outcome,
            command: (&*purpose.name).into(),
            program: bounded(&purpose.program),
            kind: of_one("", access.kind.map_or("", |kind| kind.as_str()).into()),
            name: of_one("*", access.name.as_str().into()),
            typed: if purpose.typed == access.name { Cow::Borrowed("") } else { bounded(&purpose.typed) },
            version: of_one("", access.version.as_deref().unwrap_or_default().into()),
            labels: access.labels.iter().filter(|_| !is_sweep).map(|label| label.as_str().into()).collect(),
            error: bounded(error),
            reason: bounded(&purpose.reason),
            caller: bounded(&purpose.caller),
            member: member.unwrap_or_default().into(),
            user: (&*who.user).into(),
            host: (&*who.host).into(),
            parent: (&*who.parent).into(),
            job: (&*who.job).into(),
            agent: (&*who.agent).into(),
            boot: (&*who.boot).into(),
            micros: u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            times: if access.times > 1 { access.times } else { 0 },
            ..Record::default()
        };
        // Also one that the log of this machine cannot take.
        self.forward(&record);
        let durability = if outcome == Outcome::Denied { Durability::Disk } else { Durability::Process };
        let size =
            self.with(place, |log| log.append(&record, durability)).map_err(|error| Unlogged(error.to_string()))?;
        // Only now: where this record could not be written, none of the others stands for it.
        self.is_swept.fetch_or(is_sweep, Ordering::Relaxed);
        if size.is_multiple_of(SIGNED_EVERY) || record.action == Action::Change {
            self.is_due.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn settle(&self, place: &State) -> Result<(), Unlogged> {
        self.with(place, AuditLog::sync).map_err(|error| Unlogged(error.to_string()))
    }

    fn unsigned(&self, place: &State) -> Option<(Head, String)> {
        if !self.is_due.swap(false, Ordering::Relaxed) {
            return None;
        }
        let time = env::exact_time();
        let head = self.with(place, |log| log.head(&time)).ok()??;
        Some((head, time))
    }

    fn signed(&self, place: &State, note: &str) {
        // A log that cannot be written says so with its next record.
        let _ = self.with(place, |log| log.add_note(note));
    }
}

/// Whose log this machine keeps: the user and the machine.
pub(crate) fn origin() -> String {
    let Who { user, host, .. } = Who::new();
    format!("{user}@{host}")
}

impl Who {
    fn new() -> Self {
        let host = rustix::system::uname();
        let number = rustix::process::getuid().as_raw();
        let parent = rustix::process::getppid().map(rustix::process::Pid::as_raw_nonzero);
        let parent = parent.map(|parent| beginning(&format!("/proc/{parent}/comm")));
        let boot = beginning("/proc/sys/kernel/random/boot_id");
        Who {
            user: env::user_name().map_or_else(|| number.to_string(), |name| format!("{number} {name}")),
            host: host.nodename().to_string_lossy().into_owned(),
            parent: parent.unwrap_or_default().trim_end().to_owned(),
            job: env::job().unwrap_or_default(),
            agent: env::coding_agent().unwrap_or_default(),
            boot: boot.get(..8).unwrap_or_default().to_owned(),
        }
    }
}

/// The first 16 bytes of a file of the system, which has them in one piece: the name of a process is no longer.
fn beginning(path: &str) -> String {
    let mut bytes = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read(&mut bytes)).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}
