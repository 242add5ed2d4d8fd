//! The keyring as it really behaves: with a bus, without one, locked, empty, and one that never answers.
//!
//! Each situation is a D-Bus session of its own. The test starts itself again inside it, as the test `inside`, with
//! the name of the situation in the environment. What a machine lacks (dbus, gnome-keyring) is skipped aloud.

#![cfg(all(feature = "keyring", target_os = "linux"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail like the test")]

#[path = "it/tools.rs"]
mod tools;

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use vault::machine::config::ConfigFile;
use vault::unlock::ask::{Ask, AskError};
use vault::unlock::create::{self, Choice, Plan};
use vault::unlock::error::{Cause, UnlockError};
use vault::unlock::find;
use vault::unlock::keyring::{Keyring as _, KeyringError, PROBE_LIMIT, SystemKeyring};
use vault::unlock::source::{Found, Sources};
use zeroize::Zeroizing;

const SITUATION: &str = "VAULT_TEST_KEYRING";
const HOME: &str = "VAULT_TEST_KEYRING_HOME";

#[test]
fn without_a_bus_there_is_no_keyring_and_that_is_known_at_once() {
    let home = home();
    run(home.path(), "unreachable", "unix:path=/nonexistent/bus", &["sh", "-c", "exec \"$0\" \"$@\""]);
}

#[test]
fn a_service_that_never_answers_is_given_up_in_time() {
    let home = home();
    let socket = home.path().join("bus");
    let listener = UnixListener::bind(&socket).unwrap();
    // Connections are kept open and nothing is ever said on them.
    std::thread::spawn(move || {
        let mut held = Vec::new();
        listener.incoming().for_each(|connection| held.push(connection));
    });
    let address = format!("unix:path={}", socket.display());
    run(home.path(), "silent", &address, &["sh", "-c", "exec \"$0\" \"$@\""]);
}

#[test]
fn a_session_without_a_collection_knows_no_entry_and_keeps_none() {
    if tools_are_there() {
        let home = home();
        run(home.path(), "empty", "", &["dbus-run-session", "--", "sh", "-c", "exec \"$0\" \"$@\""]);
    }
}

#[test]
fn an_unlocked_keyring_keeps_identities_across_sessions_and_a_locked_one_gives_none() {
    if !tools_are_there() {
        return;
    }
    let home = home();
    let unlocked = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec \"$0\" \"$@\"";
    run(home.path(), "unlocked", "", &["dbus-run-session", "--", "sh", "-c", unlocked]);
    run(home.path(), "persistent", "", &["dbus-run-session", "--", "sh", "-c", unlocked]);
    run(home.path(), "locked", "", &["dbus-run-session", "--", "sh", "-c", "exec \"$0\" \"$@\""]);
}

/// Does nothing unless a test above started it in a session.
#[test]
fn inside() {
    let Ok(situation) = std::env::var(SITUATION) else { return };
    let directory = std::env::var_os(HOME).unwrap();
    let mut config = ConfigFile::at(Path::new(&directory).join("vault"));
    match situation.as_str() {
        "unreachable" => nothing_is_stored(&mut config, &KeyringError::Unavailable),
        "silent" => nothing_is_stored(&mut config, &KeyringError::Silent { seconds: 3 }),
        "empty" => {
            wait_for_the_service();
            nothing_is_stored(&mut config, &KeyringError::NoAccess);
            let unknown = SystemKeyring.get("age1x", PROBE_LIMIT).err();
            assert_eq!(unknown, Some(KeyringError::NoEntry { account: "age1x".to_owned() }));
        }
        "unlocked" => an_identity_is_made_and_found(&mut config),
        "persistent" => drop(found(&config).unwrap_or_else(|error| panic!("{error}"))),
        "locked" => {
            wait_for_the_service();
            an_identity_is_out_of_reach(&config);
        }
        other => panic!("unknown situation {other}"),
    }
}

/// The bus starts the service when somebody asks for it, which may take longer on a busy machine than is waited for an answer.
fn wait_for_the_service() {
    while matches!(SystemKeyring.probe(), Err(KeyringError::Silent { .. })) {}
}

/// The policy falls back to a passphrase file, for the reason that was waited for and no longer, and nothing is made.
fn nothing_is_stored(config: &mut ConfigFile, expected: &KeyringError) {
    let sources = Sources::configured(ConfigFile::at(config.directory()));
    let choice = create::choose(None, &sources, &SystemKeyring).unwrap();
    assert_eq!(choice, Choice { plan: Plan::Passphrase, keyring: Some(expected.clone()) });
    assert!(create::new_in_keyring(config, &SystemKeyring).is_err());
    assert!(!config.path().exists());
    assert!(expected.to_string().contains("passphrase file"));
}

fn an_identity_is_made_and_found(config: &mut ConfigFile) {
    wait_for_the_service();
    SystemKeyring.probe().unwrap();
    let made = create::new_in_keyring(config, &SystemKeyring).unwrap_or_else(|error| panic!("{error}"));
    let again = found(config).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(made.identity.recipients(), again.identity.recipients());
    let account = &made.identity.recipients()[0];
    SystemKeyring.set("second", "text", PROBE_LIMIT).unwrap();
    SystemKeyring.delete("second", PROBE_LIMIT).unwrap();
    assert!(matches!(SystemKeyring.get("second", PROBE_LIMIT), Err(KeyringError::NoEntry { .. })));
    assert_eq!(SystemKeyring.get(account, PROBE_LIMIT).unwrap().len(), 74);
}

/// An error that says so, and not that nobody answered; never a new identity, and the configuration stays.
fn an_identity_is_out_of_reach(config: &ConfigFile) {
    let before = std::fs::read(config.path()).unwrap();
    let failure = found(config).err().unwrap();
    let UnlockError::Failed { cause: Cause::Keyring(error), .. } = failure else { panic!("{failure}") };
    assert!(matches!(error, KeyringError::NoAccess | KeyringError::NoEntry { .. }), "{error:?}");
    assert!(error.to_string().contains("passphrase file"));
    assert_eq!(std::fs::read(config.path()).unwrap(), before);
}

fn found(config: &ConfigFile) -> Result<Found, UnlockError> {
    let ask: Arc<dyn Ask> = Arc::new(Nobody);
    find::find(&Sources::configured(ConfigFile::at(config.directory())), &ask)
}

/// Runs the test `inside` in a session: `session` is a command that ends in running its further arguments.
fn run(home: &Path, situation: &str, bus: &str, session: &[&str]) {
    let mut command = Command::new(session[0]);
    command.args(&session[1..]).arg(std::env::current_exe().unwrap()).args(["--exact", "inside", "--nocapture"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", home).env("XDG_RUNTIME_DIR", home.join("run")).env(HOME, home).env(SITUATION, situation);
    if !bus.is_empty() {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{situation}: {}", String::from_utf8_lossy(&said));
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let runtime = home.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
    home
}

fn tools_are_there() -> bool {
    tools::has("dbus-run-session") && tools::has("gnome-keyring-daemon")
}

struct Nobody;

impl Ask for Nobody {
    fn passphrase(&self, _: &str) -> Result<Zeroizing<String>, AskError> {
        Err(AskError::InputNeeded)
    }

    fn interactive(&self) -> bool {
        false
    }
}
