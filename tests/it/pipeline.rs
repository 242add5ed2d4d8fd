//! A pipeline with three vaults, as docs/pipeline.md describes it, played by its people and its jobs. Rotations on a real
//! database are in `tests/databases/pipeline.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::project::{Outcome, Sandbox, has, outcome};

const VAULTS: [&str; 3] = ["tooling", "staging", "production"];
const BUILD: [&str; 3] = ["/build/licence", "/build/signing-key", "/build/source-token"];
const SHOP: [&str; 2] = ["/shop/app/api-key", "shop/db"];
const ADMIN: &str = "shop/db-admin";
const TEMPLATE: &str = "api_key = \"{{resolve:ssm:/shop/app/api-key:live}}\"\n";
const TASK: &str = r#"{"containerDefinitions": [{"name": "web", "secrets": [
  {"name": "API_KEY", "valueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/app/api-key"},
  {"name": "PGPASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db:password::"}]}]}"#;

#[test]
fn a_team_builds_deploys_rolls_back_is_audited_and_lets_somebody_go() {
    if !has("git") {
        return;
    }
    let team = Pipeline::new();
    team.a_job_builds_with_masked_values();
    team.jobs_deploy("staging", "4712");
    team.jobs_deploy("production", "4713");
    team.nobody_can_decrypt_more_than_their_role();
    team.nothing_of_production_is_in_the_tooling();
    team.a_release_is_rolled_back_by_its_label();
    team.an_auditor_asks_who_read_the_password();
    team.bob_leaves();
}

struct Pipeline {
    sandbox: Sandbox,
}

/// The first value of a name in a vault.
fn first(vault: &str, name: &str) -> String {
    format!("{vault}-{}-1st-value", name.rsplit('/').next().unwrap())
}

fn names(vault: &str) -> Vec<&'static str> {
    if vault == "tooling" { BUILD.to_vec() } else { [&SHOP[..], &[ADMIN]].concat() }
}

impl Pipeline {
    /// Three vaults in three repositories, and who may what in each.
    fn new() -> Self {
        let team = Pipeline { sandbox: Sandbox::empty() };
        let git = "[user]\nname = Ana\nemail = ana@example.org\n[init]\ndefaultBranch = main\n";
        fs::write(team.sandbox.home().join(".gitconfig"), git).unwrap();
        for vault in VAULTS {
            fs::create_dir(team.path(vault)).unwrap();
            team.git(vault, &["init", "-q"]);
            let recovery = team.path(format!("recovery-{vault}.txt"));
            team.ok(
                vault,
                &["init", "--no-input", "--plaintext-identity", "--recovery-file", recovery.to_str().unwrap()],
            );
        }
        team.ok("tooling", &["key", "create", "build", "--scope", "parameter:/build"]);
        team.admit("tooling", "ci", &["build"]);
        team.admit("tooling", "bob", &["build"]);
        for vault in ["staging", "production"] {
            team.ok(vault, &["key", "create", "app", "--scope", "parameter:/shop/app"]);
            team.ok(vault, &["key", "create", "db", "--scope", "secret:shop/db"]);
            team.admit(vault, "deploy", &["app"]);
            team.admit(vault, "server", &["app", "db"]);
            team.admit(vault, "bob", &["app", "db"]);
        }
        for vault in VAULTS {
            for name in names(vault) {
                let create: &[&str] = if name.starts_with('/') { &["set"] } else { &["secret", "create"] };
                team.store(vault, create, name, &first(vault, name));
            }
            team.commit(vault);
            team.git(".", &["clone", "-q", vault, &format!("bob-{vault}")]);
        }
        for vault in ["staging", "production"] {
            team.ok(vault, &["label", "add", "/shop/app/api-key:1", "live"]);
        }
        fs::create_dir(team.path("logs")).unwrap();
        team
    }

    /// A job with an identity and a home of its own, in a checkout of the tooling vault.
    fn a_job_builds_with_masked_values(&self) {
        self.git(".", &["clone", "-q", "tooling", "checkout"]);
        let build = "echo \"fetching with $SOURCE_TOKEN\"\necho \"licence $LICENCE\" >&2\necho built > artefact.tar\n";
        fs::write(self.path("checkout/build.sh"), build).unwrap();
        let job = |arguments: &[&str]| {
            let command = self.member("tooling", "ci");
            outcome(in_job(command, "4711").args(arguments).current_dir(self.path("checkout")).output().unwrap())
        };
        let built = job(&["exec", "--mask", "/build", "--", "sh", "build.sh"]);
        assert_eq!(
            (built.code, &*built.stdout, &*built.stderr),
            (0, "fetching with ***\n", "licence ***\n"),
            "{built:?}"
        );
        self.log("build.log", &built);
        let masks = job(&["ci", "mask", "/build"]);
        assert!(BUILD.iter().all(|name| masks.stdout.contains(&format!("::add-mask::{}", first("tooling", name)))));
    }

    /// The configuration is rendered with one identity, the container is started with another one.
    fn jobs_deploy(&self, vault: &str, number: &str) {
        fs::write(self.path(vault).join("app.conf.in"), TEMPLATE).unwrap();
        fs::write(self.path(vault).join("task.json"), TASK).unwrap();
        assert_eq!(self.render(vault, &[]).code, 0);
        assert!(self.rendered(vault).contains(&first(vault, "/shop/app/api-key")));
        let seen = self.path("seen");
        let script = format!("echo \"starting with $API_KEY\"; printf %s \"$PGPASSWORD\" > '{}'", seen.display());
        let mut container = in_job(self.member(vault, "server"), number);
        let started = container.args(["exec", "--map", "task.json", "--", "sh", "-c", &script]).output().unwrap();
        let started = outcome(started);
        assert_eq!((started.code, &*started.stdout), (0, "starting with ***\n"), "{started:?}");
        assert_eq!(fs::read_to_string(&seen).unwrap(), first(vault, "shop/db"));
        fs::remove_file(seen).unwrap();
        self.log(&format!("deploy-{vault}.log"), &started);
    }

    /// What a role can decrypt is what the list says, in its own vault, and nothing in the others.
    fn nobody_can_decrypt_more_than_their_role(&self) {
        let roles = [
            ("tooling", "ci", &BUILD[..]),
            ("staging", "deploy", &SHOP[..1]),
            ("production", "deploy", &SHOP[..1]),
            ("production", "server", &SHOP[..]),
        ];
        for (home, member, expected) in roles {
            let listed: Value =
                serde_json::from_str(&self.ok(home, &["--json", "list", "--readable-by", member])).unwrap();
            let listed: Vec<&str> =
                listed["Readable"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap()).collect();
            assert_eq!(listed, expected, "{member} of {home}");
            for vault in VAULTS {
                // On a machine that knows all three, so that nothing but the identity is refused.
                let opens = |name: &&str| {
                    let mut command = self.member(home, member);
                    command.env("HOME", self.sandbox.home()).args(["--vault", &self.vault(vault), "get", name]);
                    let got = outcome(command.output().unwrap());
                    assert!(got.code == 0 || got.stdout.is_empty(), "{got:?}");
                    got.code == 0
                };
                let opened: Vec<&str> = names(vault).into_iter().filter(opens).collect();
                assert_eq!(opened, if vault == home { expected } else { &[] }, "{member} of {home} in {vault}");
            }
        }
        let stranger = self.run("production", &["list", "--readable-by", "ci"]);
        assert!(stranger.code == 3 && stranger.stderr.contains("no member `ci`"), "{stranger:?}");
    }

    /// Nothing in the checkout, its history, what was built and what was logged; a value that is there would be found.
    fn nothing_of_production_is_in_the_tooling(&self) {
        let scan = |directory: &str, what: &[&str]| {
            let mut command = self.ana(directory);
            command.args(["--vault", &self.vault("production"), "scan"]).args(what);
            outcome(command.output().unwrap())
        };
        for clean in [scan("checkout", &[]), scan("tooling", &["--history"]), scan("logs", &["."])] {
            assert!(clean.code == 0 && clean.stdout.contains("3 values searched for"), "{clean:?}");
        }
        fs::write(self.path("checkout/leak.env"), first("production", "shop/db")).unwrap();
        let leaked = scan("checkout", &[]);
        assert!(leaked.code == 8 && leaked.stdout.contains("leak.env:1:1: shop/db"), "{leaked:?}");
        fs::remove_file(self.path("checkout/leak.env")).unwrap();
    }

    fn a_release_is_rolled_back_by_its_label(&self) {
        self.store("production", &["set"], "/shop/app/api-key", "production-api-key-2nd-value");
        let live = |version: &str| {
            self.ok("production", &["label", "move", "/shop/app/api-key", "live", "--to", version]);
            assert_eq!(self.render("production", &["--check"]).code, 8, "the deployed file is of another version");
            assert_eq!(self.render("production", &[]).code, 0);
            assert_eq!(self.render("production", &["--check"]).code, 0);
            self.rendered("production")
        };
        assert_eq!(self.render("production", &["--check"]).code, 0, "a value without the label changes nothing");
        assert!(live("2").contains("production-api-key-2nd-value"));
        assert!(live("1").contains(&first("production", "/shop/app/api-key")));
    }

    /// The log of the machine that ran the container is brought to the auditor's.
    fn an_auditor_asks_who_read_the_password(&self) {
        let log = self.path("logs/server.log");
        let export = ["audit", "export", "--format", "log", "--out", log.to_str().unwrap()];
        assert_eq!(outcome(self.member("production", "server").args(export).output().unwrap()).code, 0);
        self.ok("production", &["audit", "import", log.to_str().unwrap()]);
        let question = ["--path", "shop/db", "--since", "30d", "--action", "open"];
        let shown = self.ok("production", &[&["audit"], &question[..]].concat());
        let line = shown.lines().find(|line| line.contains("server@")).unwrap();
        assert!(line.contains("github shop/shop 4713") && line.contains("exec sh"), "{shown}");
        let grouped = [&["--json", "audit"], &question[..], &["--group-by", "member,job"]].concat();
        let grouped: Value = serde_json::from_str(&self.ok("production", &grouped)).unwrap();
        let readers = grouped["Groups"].as_array().unwrap();
        let answers = |it: &&Value| it["Of"]["Member"] == "server" && it["Of"]["Job"] == "github shop/shop 4713";
        assert_eq!(readers.iter().filter(answers).count(), 1, "{readers:?}");
        let refused = self.ok("production", &["audit", "--path", "shop/db", "--outcome", "denied"]);
        assert!(refused.contains("deploy@") && refused.contains("user ana@"), "{refused}");
        for log in fs::read_dir(self.path("logs")).unwrap() {
            let text = fs::read_to_string(log.unwrap().path()).unwrap();
            assert!(!text.contains("-value"), "{text}");
        }
    }

    /// What he knew is listed in each vault until it is replaced; his clones open no new value.
    fn bob_leaves(&self) {
        for vault in VAULTS {
            let known = if vault == "tooling" { &BUILD[..] } else { &SHOP[..] };
            let his = |name: &str| {
                let mut command = self.member(vault, "bob");
                outcome(command.current_dir(self.path(format!("bob-{vault}"))).args(["get", name]).output().unwrap())
            };
            let knew: Vec<String> = known.iter().map(|name| his(name).stdout).collect();
            assert!(known.iter().zip(&knew).all(|(name, knew)| knew.contains(&first(vault, name))), "{knew:?}");
            self.ok(vault, &["member", "rm", "bob", "--yes"]);
            assert_eq!(self.must_rotate(vault), known, "{vault}");
            for name in known {
                self.store(vault, &["set"], name, &format!("{vault}-value-after-bob"));
            }
            if vault != "tooling" {
                assert_eq!(self.must_rotate(vault), &SHOP[..1], "what is deployed is still of the value that he knows");
                self.store(vault, &["set", "--label", "live"], SHOP[0], &format!("{vault}-value-made-live"));
            }
            assert!(self.must_rotate(vault).is_empty(), "{vault}");
            self.commit(vault);
            assert!(
                known.iter().zip(&knew).all(|(name, knew)| his(name).stdout == *knew),
                "an old clone has the old values"
            );
            self.git(&format!("bob-{vault}"), &["pull", "-q"]);
            for name in known {
                let got = his(name);
                assert!(got.code != 0 && got.stdout.is_empty(), "{got:?}");
            }
            self.ok(vault, &["verify"]);
        }
    }

    fn must_rotate(&self, vault: &str) -> Vec<String> {
        let report: Value = serde_json::from_str(&self.ok(vault, &["--json", "list", "--must-rotate"])).unwrap();
        report["MustRotate"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap().to_owned()).collect()
    }

    fn render(&self, vault: &str, more: &[&str]) -> Outcome {
        let out = self.path(format!("{vault}.conf"));
        let mut command = in_job(self.member(vault, "deploy"), "4714");
        command.args(["render", "app.conf.in", "--out"]).arg(out).args(more);
        outcome(command.output().unwrap())
    }

    fn rendered(&self, vault: &str) -> String {
        fs::read_to_string(self.path(format!("{vault}.conf"))).unwrap()
    }

    fn log(&self, name: &str, run: &Outcome) {
        fs::write(self.path("logs").join(name), format!("{}{}", run.stdout, run.stderr)).unwrap();
    }

    /// Stores a value: of a secret, as the password of a login.
    fn store(&self, vault: &str, command: &[&str], name: &str, value: &str) {
        let login = format!(r#"{{"username":"app","password":"{value}"}}"#);
        let value = if name.starts_with('/') { value } else { &login };
        let directory = self.vault(vault);
        let arguments = [&["--vault", &directory], command, &[name, "--stdin"]].concat();
        let stored = self.sandbox.feed(&arguments, value.as_bytes());
        assert_eq!(stored.code, 0, "{stored:?}");
    }

    /// Makes a member with an identity of its own, which reads these keys.
    fn admit(&self, vault: &str, member: &str, keys: &[&str]) {
        let file = self.identity(vault, member);
        let read: Vec<&str> = keys.iter().flat_map(|key| ["--read", key]).collect();
        self.ok(vault, &[&["member", "new", member, "--out", file.to_str().unwrap()], &read[..]].concat());
    }

    fn commit(&self, vault: &str) {
        self.git(vault, &["add", "-A"]);
        self.git(vault, &["commit", "-qm", "Values and members"]);
    }

    fn git(&self, directory: &str, arguments: &[&str]) {
        let run = self.sandbox.command("git").args(arguments).current_dir(self.path(directory)).output().unwrap();
        assert_eq!(outcome(run.clone()).code, 0, "git {arguments:?}: {run:?}");
    }

    fn ana(&self, directory: &str) -> Command {
        let mut command = self.sandbox.program();
        command.current_dir(self.path(directory));
        command
    }

    /// The program on the machine of a member, in the vault that they belong to.
    fn member(&self, vault: &str, member: &str) -> Command {
        let home = self.path(format!("home-{member}-{vault}"));
        fs::create_dir_all(&home).unwrap();
        let mut command = self.ana(vault);
        command.env("HOME", home).arg("--no-input").arg("--identity").arg(self.identity(vault, member));
        command
    }

    fn run(&self, vault: &str, arguments: &[&str]) -> Outcome {
        outcome(self.ana(vault).args(arguments).output().unwrap())
    }

    fn ok(&self, vault: &str, arguments: &[&str]) -> String {
        let run = self.run(vault, arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        run.stdout
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.sandbox.root().join(name)
    }

    fn vault(&self, name: &str) -> String {
        self.path(name).join(".vault").to_str().unwrap().to_owned()
    }

    fn identity(&self, vault: &str, member: &str) -> PathBuf {
        self.path(format!("{member}-{vault}.txt"))
    }
}

fn in_job(mut command: Command, number: &str) -> Command {
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "shop/shop").env("GITHUB_RUN_ID", number);
    command
}
