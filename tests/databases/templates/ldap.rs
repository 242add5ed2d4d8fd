//! `ldap` on OpenLDAP.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::world::{NAME, World};
use crate::project::has;
use crate::{authority, start};

const ADMIN: &str = "the-administrator";
const ADDRESS: &str = "127.0.0.1";

struct Server {
    port: u16,
    tls_port: u16,
    authority: PathBuf,
    _keeper: Child,
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    // Debian keeps servers where only root looks.
    let is_there = || ["/usr/sbin/slapd", "ldapwhoami", "ldappasswd"].into_iter().all(has);
    SERVER.get_or_init(|| is_there().then(launch)).as_ref()
}

fn launch() -> Server {
    let directory = start::directory();
    // The library compares `localhost` with the machine's own name.
    let files = authority::write_for(&directory, ADDRESS);
    let here = directory.display();
    let settings = format!(
        "include /etc/ldap/schema/core.schema\npidfile {here}/pid\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         TLSCACertificateFile {here}/authority.pem\nTLSCertificateFile {here}/server.pem\n\
         TLSCertificateKeyFile {here}/server.key\ndatabase mdb\nsuffix dc=test\nrootdn cn=admin,dc=test\n\
         rootpw {ADMIN}\ndirectory {here}/data\nmaxsize 10485760\n\
         access to attrs=userPassword by self write by anonymous auth by * none\naccess to * by * read\n"
    );
    std::fs::write(directory.join("slapd.conf"), settings).unwrap();
    std::fs::create_dir(directory.join("data")).unwrap();
    let entry = |user: &str| {
        format!(
            "\ndn: cn={user},dc=test\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: {user}\n\
             userPassword: first-{user}\n"
        )
    };
    let users: String = ["own", "led", "killed", "aborted"].into_iter().map(entry).collect();
    let root = "dn: dc=test\nobjectClass: organization\nobjectClass: dcObject\no: test\ndc: test\n";
    std::fs::write(directory.join("seed.ldif"), format!("{root}{users}")).unwrap();
    start::hand_over(&directory);
    start::prepare(&directory, Path::new("/usr/sbin/slapadd"), &["-f", "slapd.conf", "-l", "seed.ldif"]);
    let (port, tls_port) = (start::free_port(), start::free_port());
    let places = format!("ldap://{ADDRESS}:{port} ldaps://{ADDRESS}:{tls_port}");
    let file = directory.join("slapd.conf").display().to_string();
    let arguments = ["-f", &file, "-h", &places, "-d", "none"];
    let keeper = start::serve(&directory, "TERM", Path::new("/usr/sbin/slapd"), &arguments);
    start::wait_for(&directory, || std::net::TcpStream::connect((ADDRESS, tls_port)));
    Server { port, tls_port, authority: files.authority, _keeper: keeper }
}

impl Server {
    fn accepts(&self, login: &Value) -> bool {
        let place = format!("ldap://{ADDRESS}:{}", self.port);
        let words = ["-x", "-H", &place, "-D", login["username"].as_str().unwrap()];
        let password = login["password"].as_str().unwrap();
        Command::new("ldapwhoami").args(words).args(["-w", password]).output().unwrap().status.success()
    }

    fn world(&self, user: &str) -> World {
        let authority = format!("sslrootcert={}", self.authority.display());
        let dn = format!("cn={user},dc=test");
        World::of("ldap", &self.login(&dn, &format!("first-{user}"))).with(&[&authority])
    }

    fn login(&self, dn: &str, password: &str) -> Value {
        json!({"host": ADDRESS, "port": self.tls_port, "username": dn, "password": password})
    }
}

#[test]
fn an_entry_changes_its_own_password() {
    let Some(server) = server() else { return };
    let world = server.world("own");
    let first = world.staged("AWSCURRENT").unwrap();
    let second = world.rotate();
    assert!(server.accepts(&second) && !server.accepts(&first));
    assert!(server.accepts(&world.rotate()));
    let untrusting = world.with(&["sslrootcert="]);
    let failed = untrusting.fails();
    assert!(failed.contains("is its certificate trusted"), "{failed}");
}

#[test]
fn an_administrator_changes_the_password_of_an_entry() {
    let Some(server) = server() else { return };
    let world = server.world("led").with_admin(&server.login("cn=admin,dc=test", ADMIN));
    assert!(server.accepts(&world.rotate()));
}

#[test]
fn runners_that_are_killed_lock_nobody_out() {
    let Some(server) = server() else { return };
    server.world("killed").survives_kills(|login| server.accepts(login));
}

/// The entry has the new password, of which the program that sets it says that it failed; then the rotation is aborted.
#[test]
fn an_aborted_rotation_is_found_out() {
    let Some(server) = server() else { return };
    let world = server.world("aborted");
    world.break_program("ldappasswd");
    world.fails();
    let (current, pending) = (world.staged("AWSCURRENT").unwrap(), world.staged("AWSPENDING").unwrap());
    let words = ["-x", "-H", &format!("ldap://{ADDRESS}:{}", server.port), "-D", "cn=aborted,dc=test"];
    let passwords = ["-w", current["password"].as_str().unwrap(), "-s", pending["password"].as_str().unwrap()];
    assert!(Command::new("ldappasswd").args(words).args(passwords).status().unwrap().success());
    world.sandbox.ok(&["rotate", "abort", NAME, "--yes"]);
    world.repair();
    assert!(server.accepts(&world.rotate()));
}
