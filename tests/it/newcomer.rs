//! Where newcomers stumble: wrong files, wrong names and empty places, and what they are told to type next.

use std::fs;

use crate::import::is;
use crate::project::Sandbox;

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/shop/dev/db/password", "s3cret");
    sandbox
}

fn write(sandbox: &Sandbox, name: &str, text: impl AsRef<[u8]>) {
    fs::write(sandbox.project().join(name), text).unwrap();
}

#[test]
fn a_command_without_a_source_says_so() {
    let sandbox = shop();
    let (message, hint) = ("no source of values was given", "give one, such as `/app/dev`");
    is(&sandbox.run(&["exec", "--", "true"]), 125, &[message, hint]);
    is(&sandbox.run(&["exec", "--mask", "--", "true"]), 125, &[message, hint]);
    for command in [&["env"][..], &["export", "--format", "json"], &["explain", "DB_PASSWORD"]] {
        is(&sandbox.run(command), 2, &[message, hint]);
    }
}

#[test]
fn a_file_that_is_not_there_is_not_found() {
    let sandbox = shop();
    fs::create_dir(sandbox.project().join("directory")).unwrap();
    let (absent, hint) = ("`no.yaml` does not exist", "hint: check the path");
    is(&sandbox.run(&["render", "no.yaml"]), 3, &[absent, hint]);
    is(&sandbox.run(&["env", "--map", "no.yaml"]), 3, &[absent, hint]);
    is(&sandbox.run(&["backup", "nowhere/shop.age"]), 3, &["nowhere` does not exist", hint]);
    is(&sandbox.run(&["render", "directory"]), 2, &["`directory` is not a regular file", "choose another file"]);
}

#[test]
fn a_map_says_its_line_and_what_it_may_be() {
    let sandbox = shop();
    for (map, message) in [
        (
            "A: /shop/dev/db/password\nA: /shop/dev/db/password\n",
            "`./map.yaml`: line 1: it is neither YAML nor JSON, or a key",
        ),
        ("{\"A\":\n", "`./map.yaml`: line 2: it is neither"),
        ("\n", "`./map.yaml`: it is not a map of variables"),
        ("A: /shop/dev/db/passwor\n", "`./map.yaml: A`: there is no parameter `/shop/dev/db/passwor`"),
    ] {
        write(&sandbox, "map.yaml", map);
        let outcome = sandbox.run(&["exec", "./map.yaml", "--", "true"]);
        is(&outcome, 125, &[message, "hint: "]);
    }
}

#[test]
fn variables_that_are_refused_name_the_option() {
    let sandbox = shop();
    let lists = "`vault exec --dry-run SOURCE -- true` lists the variables of a source";
    is(&sandbox.run(&["exec", "--required", "NOPE", "/shop/dev", "--", "true"]), 125, &[lists]);
    is(&sandbox.run(&["exec", "--dry-run", "/shop/dev", "--", "true"]), 0, &["would run `true` with DB_PASSWORD"]);
    let dangerous = sandbox.run(&["exec", "LD_PRELOAD=/shop/dev/db/password", "--", "true"]);
    is(&dangerous, 125, &["`--allow-variable LD_PRELOAD`"]);
    sandbox.put("/shop/dev/db_password", "other");
    is(&sandbox.run(&["env", "/shop/dev"]), 2, &["would both become DB_PASSWORD"]);
    is(&sandbox.run(&["exec", "/shop/dev", "--", "true"]), 125, &["would both become DB_PASSWORD"]);
}

#[test]
fn render_keeps_its_template_and_says_what_to_do() {
    let sandbox = shop();
    let text = "a {{resolve:ssm:/shop/dev/db/password}}\n";
    write(&sandbox, "app.conf", text);
    let message = "`./app.conf` is the template itself";
    is(&sandbox.run(&["render", "app.conf", "--out", "./app.conf"]), 2, &[message, "write to another file"]);
    assert_eq!(fs::read_to_string(sandbox.project().join("app.conf")).unwrap(), text);

    write(&sandbox, "bad.conf", "{{resolve:ssm:/shop/dev/db/passwort}}");
    let place = "bad.conf:1:1: `{{resolve:ssm:/shop/dev/db/passwort}}`: there is no parameter `/shop/dev/db/passwort`";
    let near = format!("{place}; did you mean `/shop/dev/db/password`?");
    is(&sandbox.run(&["render", "bad.conf"]), 3, &["error: 1 reference cannot be resolved", &near]);
    write(&sandbox, "bad.conf", "{{resolve:s3:x}}");
    is(&sandbox.run(&["render", "bad.conf"]), 2, &["hint: `vault render --help` shows the forms of a reference"]);
}

#[test]
fn a_hint_is_for_the_command_that_was_typed() {
    let sandbox = shop();
    sandbox.put("/shop/dev/db/old", "x");
    let taken = sandbox.run(&["param", "move", "/shop/dev/db/password", "/shop/dev/db/old"]);
    assert_eq!((taken.code, taken.stdout.as_str()), (4, ""), "{taken:?}");
    assert_eq!(
        taken.stderr,
        "error: `/shop/dev/db/old`: the parameter already exists\n\
         hint: choose another name, or delete it first: `vault param rm /shop/dev/db/old`\n"
    );
    let identity = sandbox.run(&["identity", "use", "nope"]);
    is(&identity, 5, &["`nope` does not exist", "`vault identity ls` lists those of this machine"]);
    let out = ["identity", "export", "--out", "copy.age", "--no-input"];
    is(&sandbox.run(&out), 10, &["`VLT_PASSPHRASE`, `--to RECIPIENT` or `--plaintext-identity`"]);
    is(&sandbox.run(&["audit", "import", "nofile"]), 1, &["error: `nofile` does not exist\nhint: check the path\n"]);
    is(&sandbox.run(&["restore", "nofile"]), 3, &["error: `nofile` does not exist\nhint: check the path\n"]);
    is(&sandbox.run(&["member", "add", "nofile"]), 2, &["error: `nofile` does not exist\n", "`vault member request"]);
    write(&sandbox, "other.yaml", "a: b\n");
    is(
        &sandbox.run(&["member", "add", "other.yaml"]),
        6,
        &["error: `other.yaml`: not a membership request: ", "hint: the new member creates one: `vault member request"],
    );
    is(&sandbox.run(&["secret", "put", "prod/db", "--generate"]), 3, &["`vault secret create prod/db` creates one"]);
    is(
        &sandbox.run(&["replica", "add", "shop/dev/db/password", "--to", "../other"]),
        3,
        &["is a parameter, and only secrets are replicated", "`vault param copy /shop/dev/db/password --to VAULT`"],
    );
    is(&sandbox.run(&["exec", "/shop/dev", "npm"]), 125, &["put `--` before the program"]);
    is(&sandbox.run(&["explain", "NOPE", "/shop/dev"]), 3, &["`vault exec --dry-run SOURCE -- true`"]);
}

#[test]
fn a_directory_that_is_no_vault_is_checked_for_one() {
    let sandbox = shop();
    let project = sandbox.project();
    let here = project.to_str().unwrap();
    is(&sandbox.run(&["--vault", here, "ls"]), 3, &["is not a vault", &format!("did you mean `{here}/.vault`?")]);
    let home = sandbox.home();
    is(&sandbox.run(&["--vault", home.to_str().unwrap(), "ls"]), 3, &["is not a vault", "hint: check the path"]);
    is(&sandbox.run(&["--vault", "nowhere", "ls"]), 3, &["hint: check the path"]);
}

#[test]
fn an_empty_list_says_why() {
    let sandbox = shop();
    let long = sandbox.run(&["param", "ls", "/shop", "--long"]);
    is(&long, 0, &["note: nothing directly below `/shop`; `--recursive` lists all levels"]);
    is(&sandbox.run(&["param", "ls", "/nope"]), 0, &["note: there are no parameters below `/nope`"]);
    is(&sandbox.run(&["param", "ls", "--tree", "/nope"]), 0, &["note: there are no parameters below `/nope`"]);
    let filtered = sandbox.run(&["param", "ls", "--recursive", "--filter", "type=String"]);
    is(&filtered, 0, &["note: no parameter below `/` matches"]);
    assert_eq!(sandbox.run(&["-q", "param", "ls", "/nope"]).stderr, "");
    assert_eq!(sandbox.run(&["param", "ls", "/shop"]).stderr, "", "there is something");
}

#[test]
fn values_that_do_not_fit_name_a_way() {
    let sandbox = shop();
    is(
        &sandbox.feed(&["param", "put", "/x", "--stdin"], b"a\0b"),
        2,
        &["`vault secret create NAME --binary --file FILE`"],
    );
    is(&sandbox.feed(&["param", "put", "/x", "--stdin"], &vec![b'x'; 65_537]), 2, &["encrypt a large file with `age`"]);
    is(&sandbox.run(&["param", "put", "/x", "--file", "nope"]), 2, &["cannot read `nope`", "check the path"]);
}

#[test]
fn a_binary_value_is_sent_to_a_file_and_not_to_a_format() {
    let sandbox = shop();
    write(&sandbox, "key.bin", b"\0\x01\xff");
    sandbox.ok(&["secret", "create", "shop/key", "--binary", "--file", "key.bin"]);
    is(&sandbox.run(&["env", "shop/key"]), 7, &["error: 1 value cannot be written", "`vault exec --file NAME` passes"]);
    let compared = ["exec", "--no-mask", "--file", "KEY", "shop/key", "--", "sh", "-c", "cmp \"$KEY_FILE\" key.bin"];
    is(&sandbox.run(&compared), 0, &[]);
}

#[test]
fn what_was_written_is_said() {
    let sandbox = shop();
    let export = ["export", "/shop/dev", "--format", "docker", "--out", "app.env"];
    is(&sandbox.run(&[&export[..], &["--dry-run"]].concat()), 0, &["note: would write `app.env`: 1 variable\n"]);
    is(&sandbox.run(&export), 0, &["note: wrote `app.env`: 1 variable\n"]);
    is(&sandbox.run(&[&export[..], &["--append"]].concat()), 0, &["note: wrote `app.env`: 1 variable\n"]);
    assert_eq!(fs::read_to_string(sandbox.project().join("app.env")).unwrap(), "DB_PASSWORD=s3cret\n".repeat(2));
}

#[test]
fn somebody_without_an_identity_learns_how_to_join() {
    let sandbox = shop();
    fs::remove_dir_all(sandbox.identity_file().parent().and_then(|identities| identities.parent()).unwrap()).unwrap();
    let outcome = sandbox.run(&["param", "get", "/shop/dev/db/password"]);
    is(
        &outcome,
        5,
        &["no identity was found", "`vault member request` creates one and requests membership in this vault"],
    );
}

#[test]
fn the_fields_of_a_member_align() {
    let shown = shop().ok(&["member", "show", "recovery"]);
    let column = |name: &str| {
        let line = shown.lines().find(|line| line.starts_with(name)).unwrap();
        name.len() + line[name.len()..].find(|c| c != ' ').unwrap()
    };
    assert_eq!(column("recipient"), column("fingerprint"), "{shown}");
}

#[test]
fn the_first_help_fits_a_narrow_terminal() {
    let help = Sandbox::empty().ok(&["--help"]);
    let start = help.split("Start here:").nth(1).unwrap();
    let commands = start.lines().filter(|line| line.starts_with("  vault ")).collect::<Vec<_>>();
    assert_eq!(commands.len(), 4, "{start}");
    assert!(commands.iter().all(|line| line.len() <= 80), "{start}");
}

#[test]
fn a_new_vault_warns_of_nothing() {
    let sandbox = Sandbox::empty();
    let made = sandbox.run(&["init", "--no-input", "--no-recovery-key", "--plaintext-identity"]);
    assert!(made.code == 0 && !made.stderr.contains("warning"), "{made:?}");
    let read = sandbox.run(&["param", "ls", "--recursive"]);
    assert!(read.code == 0 && !read.stderr.contains("warning"), "{read:?}");
}
