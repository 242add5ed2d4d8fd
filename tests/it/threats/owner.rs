//! Another user of the machine who plants a vault above somebody's working directory.

use std::fs;
use std::os::unix::fs::{chown, lchown, symlink};
use std::path::{Path, PathBuf};

use crate::project::{Outcome, Sandbox, outcome};

const ATTACKER: u32 = 65534;

/// A known vault with a new value, and the working directory below another one. `None` if this user cannot give files away.
fn world() -> Option<(Sandbox, PathBuf)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let sandbox = Sandbox::new();
    sandbox.put("/app/pw", "old-password");
    let build = sandbox.home().join("shared/build");
    fs::create_dir_all(&build).unwrap();
    let copied = sandbox.command("cp").arg("-r").arg(sandbox.vault()).arg(build.parent().unwrap()).status().unwrap();
    assert!(copied.success());
    sandbox.put("/app/pw", "new-password");
    Some((sandbox, build))
}

fn plant(build: &Path) -> PathBuf {
    let planted = build.parent().unwrap().join(".vault");
    chown(&planted, Some(ATTACKER), None).unwrap();
    planted
}

fn run(sandbox: &Sandbox, build: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut program = sandbox.program();
    outcome(program.current_dir(build).args(arguments).envs(variables.iter().copied()).output().unwrap())
}

/// Refused.
#[test]
fn a_vault_of_another_user_is_not_used() {
    let Some((sandbox, build)) = world() else { return };
    let planted = plant(&build);
    for (arguments, code) in [
        (&["param", "get", "/app/pw"][..], 7),
        (&["param", "put", "/app/new", "x", "--type", "String"], 7),
        (&["exec", "/app", "--", "true"], 125),
        (&["status"], 7),
        (&["git-setup"], 7),
        (&["--vault", planted.to_str().unwrap(), "param", "get", "/app/pw"], 7),
    ] {
        let refused = run(&sandbox, &build, arguments, &[]);
        assert_eq!((refused.code, refused.stdout.as_str()), (code, ""), "{arguments:?}: {refused:?}");
        assert!(
            refused.stderr.contains("belongs to another user") && refused.stderr.contains("`safe: ["),
            "{refused:?}"
        );
    }
    assert!(!planted.join("params/app/new.yaml").exists());
    assert_eq!(sandbox.ok(&["param", "get", "/app/pw"]), "new-password");
}

/// Refused: the directory is one's own, what says which vault it is, or the way to it, is not.
#[test]
fn a_part_of_another_user_is_enough() {
    let Some((sandbox, build)) = world() else { return };
    let planted = plant(&build);
    chown(&planted, Some(0), None).unwrap();
    chown(planted.join("vault.yaml"), Some(ATTACKER), None).unwrap();
    assert_eq!(run(&sandbox, &build, &["param", "get", "/app/pw"], &[]).code, 7);
    fs::remove_dir_all(&planted).unwrap();
    symlink(sandbox.vault(), &planted).unwrap();
    assert_eq!(run(&sandbox, &build, &["param", "get", "/app/pw"], &[]).stdout, "new-password");
    lchown(&planted, Some(ATTACKER), None).unwrap();
    assert_eq!(run(&sandbox, &build, &["param", "get", "/app/pw"], &[]).code, 7);
}

/// Used where the user of the machine says so, and with sudo. Nothing in the repository says so.
#[test]
fn the_user_names_what_is_safe() {
    let Some((sandbox, build)) = world() else { return };
    let planted = plant(&build);
    let (shared, place) = (build.parent().unwrap().display().to_string(), planted.display().to_string());
    let get = |variables: &[(&str, &str)]| run(&sandbox, &build, &["param", "get", "/app/pw"], variables).code;
    fs::write(planted.join("config.yaml"), "safe: [\"*\"]\n").unwrap();
    assert_eq!(get(&[("SUDO_UID", "1")]), 7);
    assert_eq!(get(&[("SUDO_UID", "65534")]), 0);
    assert_eq!(get(&[("VLT_SAFE", "/srv")]), 7);
    for safe in [&place, &shared, "*"] {
        assert_eq!(get(&[("VLT_SAFE", safe)]), 0, "{safe}");
    }
    let directory = sandbox.home().join(".config/vault/config.yaml");
    let before = fs::read_to_string(directory).unwrap();
    for (safe, code) in [("/srv/vault", 7), (&place, 0), (&shared, 0), ("*", 0)] {
        sandbox.configure(&format!("{before}safe: [{safe:?}]\n"));
        assert_eq!(get(&[]), code, "{safe}");
    }
}

/// Used: files of root, as in an image or a package, by everybody.
#[test]
fn a_vault_of_root_is_everybody_s() {
    let Some((sandbox, build)) = world() else { return };
    let other = |command: &str| {
        let mut run = sandbox.command("setpriv");
        run.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", command]);
        outcome(run.current_dir(&build).env("VAULT", env!("CARGO_BIN_EXE_vault")).output().unwrap())
    };
    for place in build.ancestors().take_while(|place| place.starts_with(sandbox.home().parent().unwrap())) {
        assert!(sandbox.command("chmod").arg("a+rx").arg(place).status().unwrap().success());
    }
    assert!(sandbox.command("chmod").args(["-R", "a+rX"]).arg(build.parent().unwrap()).status().unwrap().success());
    let asked = other("SUDO_UID=7 HOME=/nonexistent \"$VAULT\" --no-input param ls");
    assert!(!asked.stderr.contains("belongs to another user") && asked.code == 10, "{asked:?}");
    assert!(sandbox.command("chown").args(["-R", "7"]).arg(build.parent().unwrap()).status().unwrap().success());
    let refused = other("SUDO_UID=7 HOME=/nonexistent \"$VAULT\" --no-input param ls");
    assert_eq!(refused.code, 7, "only root has been called by somebody: {refused:?}");
}
