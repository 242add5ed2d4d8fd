//! `ssh-key` on OpenSSH's server, for the account of whoever runs the tests, with another place for its keys.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::world::{NAME, World};
use crate::project::has;
use crate::start;

/// As root, the server wants a directory, which goes again if it was not there.
const RUN: &str = r#"made=; [ "$(id -u)" != 0 ] || ! mkdir /run/sshd 2>/dev/null || made=yes
    "$@" & server=$!; trap 'kill $server' TERM; wait $server; trap '' TERM; wait $server; [ -z "$made" ] || rmdir /run/sshd"#;

struct Server {
    port: u16,
    directory: PathBuf,
    user: String,
    _keeper: Child,
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| ["/usr/sbin/sshd", "ssh-keygen", "ssh"].into_iter().all(has).then(launch)).as_ref()
}

fn keygen(file: &PathBuf) {
    let words = ["-q", "-t", "ed25519", "-N", "", "-f"];
    assert!(Command::new("ssh-keygen").args(words).arg(file).status().unwrap().success());
}

fn launch() -> Server {
    let (directory, port) = (start::directory(), start::free_port());
    keygen(&directory.join("host"));
    let here = directory.display();
    // The command of a login finds its keys where it starts, which is not the account's home.
    let settings = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\nPidFile none\nStrictModes no\nUsePAM no\n\
         PermitRootLogin yes\nPasswordAuthentication no\nAuthorizedKeysFile {here}/.ssh/authorized_keys\n\
         ForceCommand cd {here} && eval \"$SSH_ORIGINAL_COMMAND\"\n"
    );
    fs::create_dir(directory.join(".ssh")).unwrap();
    fs::write(directory.join("settings"), settings).unwrap();
    let host = fs::read_to_string(directory.join("host.pub")).unwrap();
    fs::write(directory.join("known"), format!("[127.0.0.1]:{port} {host}")).unwrap();
    let settings = directory.join("settings").display().to_string();
    let words = ["sh", "-c", RUN, "sshd", "/usr/sbin/sshd", "-D", "-e", "-f", &settings];
    let keeper = start::serve_as_self(&directory, "TERM", &words);
    start::wait_for(&directory, || TcpStream::connect(("127.0.0.1", port)));
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    Server { port, directory, user: user.trim().to_owned(), _keeper: keeper }
}

impl Server {
    fn keys(&self) -> String {
        fs::read_to_string(self.directory.join(".ssh/authorized_keys")).unwrap()
    }

    fn accepts(&self, login: &Value) -> bool {
        let key = self.directory.join("tried");
        fs::write(&key, login["private_key"].as_str().unwrap()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let known = format!("UserKnownHostsFile={}", self.directory.join("known").display());
        let mut command = Command::new("ssh");
        command.args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", &known]).arg("-i");
        command.arg(&key).args(["-p", &self.port.to_string(), "-l", &self.user, "127.0.0.1", "true"]);
        command.output().unwrap().status.success()
    }
}

/// One test, because all logins are to one account.
#[test]
fn the_key_of_an_account_is_rotated() {
    let Some(server) = server() else { return };
    let file = server.directory.join("first");
    keygen(&file);
    let public = fs::read_to_string(file.with_extension("pub")).unwrap();
    let stranger = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMzJZvJdgb9G0lSJOp2DUZ6aLjb5LzgjhIb470hSrnCt somebody else\n";
    fs::write(server.directory.join(".ssh/authorized_keys"), format!("{stranger}no-pty {public}")).unwrap();
    let login = json!({"host": "127.0.0.1", "port": server.port, "username": server.user,
                       "private_key": fs::read_to_string(&file).unwrap()});
    let world = World::of("ssh-key", &login).with(&[]);
    assert!(world.fails().contains("Host key verification failed"));
    let world = world.with(&[&format!("known_hosts={}", server.directory.join("known").display())]);
    let second = world.rotate();
    assert!(server.accepts(&login) && server.accepts(&second), "the previous one stays valid");
    let third = world.rotate();
    assert!(!server.accepts(&login) && server.accepts(&second) && server.accepts(&third));
    let lines = server.keys();
    assert!(lines.starts_with(stranger) && lines.lines().count() == 3, "{lines}");
    assert!(lines.lines().skip(1).all(|line| line.starts_with("no-pty ") && line.ends_with(" vault:prod/login")));
    world.survives_kills(|login| server.accepts(login));
    let world = world.with(&["old=remove", "type=ecdsa"]);
    world.rotate();
    assert_eq!(server.keys().lines().count(), 2, "{}", server.keys());

    // The account has the new key, of which nobody was told; then the rotation is aborted.
    world.break_program("ssh");
    world.fails();
    let aborted = world.staged("AWSPENDING").unwrap();
    fs::write(server.directory.join("aborted"), aborted["private_key"].as_str().unwrap()).unwrap();
    let line = format!("chmod 600 {0} && ssh-keygen -y -f {0}", server.directory.join("aborted").display());
    let public = Command::new("sh").args(["-c", &line]).output().unwrap().stdout;
    let only = format!("no-pty {}", String::from_utf8(public).unwrap());
    fs::write(server.directory.join(".ssh/authorized_keys"), only).unwrap();
    world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
    world.repair();
    assert!(server.accepts(&world.rotate()));
    assert!(server.keys().starts_with("no-pty ") && server.keys().lines().count() == 1, "{}", server.keys());
}
