//! Rotation functions written for AWS on real servers, begun through the API by boto3 as anybody would: one user and two that alternate,
//! a failure that is tried again, a function that nobody has registered.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mysql::prelude::Queryable as _;
use serde_json::{Value, json};

use crate::project::Sandbox;
use crate::{mariadb, postgresql, tools};

const NAME: &str = "prod/db";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:rotate-login";
const FUNCTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/databases/functions/rotate_login.py");

/// The interpreter with boto3 and the drivers.
fn python() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools/venv/bin/python3");
    let imports = ["-c", "import boto3, psycopg2, pymysql"];
    let found = Command::new(&path).args(imports).output().is_ok_and(|output| output.status.success());
    if !found {
        tools::skip("Python with boto3, psycopg2 and pymysql");
    }
    found.then_some(path)
}

/// A vault with a login, a server on it, and a registered function.
struct World {
    sandbox: Sandbox,
    python: PathBuf,
    server: Child,
    /// The process that serves the function, if vault does not start it.
    function: Option<Child>,
    address: String,
    accepts: Box<dyn Fn(&Value) -> bool>,
}

impl Drop for World {
    fn drop(&mut self) {
        for process in [Some(&mut self.server), self.function.as_mut()].into_iter().flatten() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Starts a program that says a URL on standard error, and returns the URL.
fn started(mut command: Command, before: &str) -> (Child, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines.find_map(|line| line.unwrap().split(before).nth(1).map(str::to_owned)).unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    (child, url)
}

impl World {
    /// A vault with the login, and a server on it.
    fn begun(python: &Path, login: &Value, admin: Option<&Value>, accepts: Box<dyn Fn(&Value) -> bool>) -> Self {
        let sandbox = Sandbox::new();
        let create = |name: &str, value: &Value| {
            let created = sandbox.feed(&["secret", "create", name, "--stdin"], value.to_string().as_bytes());
            assert_eq!(created.code, 0, "{created:?}");
        };
        let mut login = login.clone();
        if let Some(admin) = admin {
            create("prod/admin", admin);
            login["masterarn"] = "prod/admin".into();
        }
        create(NAME, &login);
        let mut command = sandbox.program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--open", "--no-input"]);
        let (server, address) = started(command, "serving on ");
        World { sandbox, python: python.to_owned(), server, function: None, address, accepts }
    }

    /// What the function reads from its environment.
    fn variables(&self) -> [String; 2] {
        ["JOURNAL=journal", "FAILURE=failure"].map(|variable| {
            let (name, file) = variable.split_once('=').unwrap();
            format!("{name}={}", self.sandbox.project().join(file).display())
        })
    }

    /// A function that vault starts for each step.
    fn new(python: &Path, login: &Value, admin: Option<&Value>, accepts: Box<dyn Fn(&Value) -> bool>) -> Self {
        let world = World::begun(python, login, admin, accepts);
        let (interpreter, variables) = (python.display().to_string(), world.variables());
        let mut add = vec!["rotate", "hooks", "add", "rotate-login", "--lambda", FUNCTION, "--python", &interpreter];
        add.extend(variables.iter().flat_map(|variable| ["--env", variable]));
        add.extend(admin.iter().flat_map(|_| ["--admin", "prod/admin"]));
        world.sandbox.ok(&add);
        world
    }

    /// A function that another program serves, with a credential for its secrets.
    fn served(python: &Path, login: &Value, admin: &Value, accepts: Box<dyn Fn(&Value) -> bool>) -> Self {
        let mut world = World::begun(python, login, Some(admin), accepts);
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Resource": "arn:aws:secretsmanager:*:*:secret:prod/db-??????", "Action": [
                "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret",
                "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]},
            {"Effect": "Allow", "Resource": "arn:aws:secretsmanager:*:*:secret:prod/admin*", "Action": [
                "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]},
            {"Effect": "Allow", "Resource": "*", "Action": "secretsmanager:GetRandomPassword"},
        ]});
        let issue = ["serve", "credentials", "add", "rotate-login", "--policy", "-", "--json"];
        let issued = world.sandbox.feed(&issue, policy.to_string().as_bytes());
        let issued: Value = serde_json::from_str(&issued.stdout).unwrap_or_else(|_| panic!("{issued:?}"));
        let mut command = world.sandbox.command(python.to_str().unwrap());
        command.args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/databases/functions/serve.py"), FUNCTION]);
        command.envs(world.variables().iter().map(|variable| variable.split_once('=').unwrap()));
        command.env("SECRETS_MANAGER_ENDPOINT", &world.address).env("AWS_DEFAULT_REGION", "us-east-1");
        for (name, member) in [("AWS_ACCESS_KEY_ID", "AccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey")] {
            command.env(name, issued[member].as_str().unwrap());
        }
        let (function, url) = started(command, "serving at ");
        world.function = Some(function);
        let add = ["rotate", "hooks", "add", "rotate-login", "--lambda-endpoint", &url, "--admin", "prod/admin"];
        world.sandbox.ok(&add);
        world
    }

    /// Runs statements with a client of boto3, and returns what they print.
    fn boto3(&self, script: &str) -> String {
        let prelude = "import boto3, json\nfrom botocore.exceptions import ClientError\n\
                       sm = boto3.client('secretsmanager')\n";
        let mut command = self.sandbox.command(self.python.to_str().unwrap());
        command.args(["-c", &format!("{prelude}{script}")]);
        command.env("AWS_ENDPOINT_URL", &self.address).env("AWS_DEFAULT_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST").env("AWS_SECRET_ACCESS_KEY", "test");
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    fn staged(&self, stage: &str) -> Option<Value> {
        let outcome = self.sandbox.run(&["secret", "get", NAME, "--stage", stage]);
        (outcome.code == 0).then(|| serde_json::from_str(&outcome.stdout).unwrap())
    }

    /// Waits for the end of the run that a client began.
    fn settled(&self, is_settled: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let shown: Value = serde_json::from_str(&self.sandbox.ok(&["secret", "show", NAME, "--json"])).unwrap();
            if is_settled(&shown) {
                return shown;
            }
            assert!(Instant::now() < end, "{shown}\n{}", self.sandbox.ok(&["rotate", "log", NAME]));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn rotated(&self) -> Value {
        self.settled(|shown| shown.get("LastRotatedDate").is_some() && shown.get("RotationRun").is_none())
    }

    fn journal(&self) -> Vec<String> {
        let text = fs::read_to_string(self.sandbox.project().join("journal")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// Begins a rotation, waits, and checks the logins.
fn rotates(world: &World, is_alternating: bool) {
    let before = world.staged("AWSCURRENT").unwrap();
    let answer = world.boto3(&format!(
        "answer = sm.rotate_secret(SecretId='{NAME}', RotationLambdaARN='{ARN}', RotationRules={{'AutomaticallyAfterDays': 30}})\n\
         said = sm.describe_secret(SecretId='{NAME}')\n\
         print(answer['VersionId'], said['RotationEnabled'], said['RotationLambdaARN'], said['RotationRules'])"
    ));
    assert!(answer.ends_with(&format!(" True {ARN} {{'AutomaticallyAfterDays': 30}}")), "{answer}");
    world.rotated();
    let (current, previous) = (world.staged("AWSCURRENT").unwrap(), world.staged("AWSPREVIOUS").unwrap());
    assert_eq!(previous, before);
    assert_eq!(world.staged("AWSPENDING"), None, "what the function left is cleaned up");
    assert!((world.accepts)(&current), "{current}");
    assert_eq!((world.accepts)(&previous), is_alternating);
    assert_eq!(current["username"] != previous["username"], is_alternating);
    assert_eq!(world.journal(), STEPS);
    let version = answer.split(' ').next().unwrap();
    let again = format!("print(sm.rotate_secret(SecretId='{NAME}', ClientRequestToken='{version}')['VersionId'])");
    assert_eq!(world.boto3(&again), version, "the same request again begins nothing");
    assert_eq!(world.journal(), STEPS);
}

/// A failure keeps the pending value; a client is told so, and that is the next attempt.
fn retries(world: &World) {
    let failure = world.sandbox.project().join("failure");
    fs::write(&failure, "").unwrap();
    let begun = world.boto3(&format!("print(sm.rotate_secret(SecretId='{NAME}')['VersionId'])"));
    let failed = |attempts: u64| {
        move |shown: &Value| {
            let run = &shown["RotationRun"];
            run["Attempt"] == json!(attempts) && run["Error"].as_str().is_some_and(|error| !error.is_empty())
        }
    };
    let shown = world.settled(failed(1));
    assert!(shown["RotationRun"]["Error"].as_str().unwrap().contains("the database is in maintenance"), "{shown}");
    let pending = world.staged("AWSPENDING").unwrap();
    assert!((world.accepts)(&world.staged("AWSCURRENT").unwrap()));
    let told = format!(
        "try:\n    sm.rotate_secret(SecretId='{NAME}')\nexcept ClientError as e:\n    print(e.response['Error']['Code'], e)"
    );
    let said = world.boto3(&told);
    assert!(said.starts_with("InvalidRequestException"), "{said}");
    assert!(said.ends_with("A previous rotation isn't complete. That rotation will be reattempted."), "{said}");
    world.settled(failed(2));
    assert_eq!(world.staged("AWSPENDING").unwrap(), pending, "the only copy of what the database may have");
    fs::remove_file(&failure).unwrap();
    let again = format!("print(sm.rotate_secret(SecretId='{NAME}', ClientRequestToken='{begun}')['VersionId'])");
    assert_eq!(world.boto3(&again), begun);
    world.settled(|shown| shown.get("RotationRun").is_none());
    assert_eq!(world.staged("AWSCURRENT").unwrap(), pending);
    assert!((world.accepts)(&pending));
}

/// The secret of the administrator, the secret of the user, and whether the server lets somebody in.
type Service = (Value, Value, Box<dyn Fn(&Value) -> bool>);

fn postgres(user: &str) -> Option<Service> {
    let server = postgresql::server()?;
    server.admin().batch_execute(&format!("CREATE ROLE {user} LOGIN PASSWORD 'first-{user}'")).unwrap();
    let admin = server.login("postgres", postgresql::ADMIN);
    Some((server.login(user, &format!("first-{user}")), admin, Box::new(|login| server.accepts(login))))
}

fn maria(user: &str) -> Option<Service> {
    let server = mariadb::server()?;
    server.admin().query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'first-{user}'")).unwrap();
    let admin = server.login("admin", mariadb::ADMIN);
    Some((server.login(user, &format!("first-{user}")), admin, Box::new(|login| server.accepts(login))))
}

#[test]
fn a_function_changes_the_password_of_one_user() {
    let Some(python) = python() else { return };
    for (login, _, accepts) in [postgres("function_one"), maria("function_one")].into_iter().flatten() {
        let world = World::new(&python, &login, None, accepts);
        rotates(&world, false);
        retries(&world);
    }
}

#[test]
fn a_function_alternates_between_two_users() {
    let Some(python) = python() else { return };
    for (login, admin, accepts) in [postgres("function_two"), maria("function_two")].into_iter().flatten() {
        let world = World::new(&python, &login, Some(&admin), accepts);
        rotates(&world, true);
        // The schedule's run, and the one of the command line, call the same function.
        fs::remove_file(world.sandbox.project().join("journal")).unwrap();
        let clone = world.staged("AWSCURRENT").unwrap();
        world.sandbox.ok(&["rotate", "run", NAME]);
        assert_eq!(world.journal(), STEPS);
        let current = world.staged("AWSCURRENT").unwrap();
        assert_eq!((&current["username"], (world.accepts)(&current)), (&login["username"], true));
        assert!((world.accepts)(&clone), "the previous login stays valid until the next rotation");
    }
}

#[test]
fn a_function_that_is_served_elsewhere_rotates() {
    let (Some(python), Some((login, admin, accepts))) = (python(), postgres("function_served")) else { return };
    let world = World::served(&python, &login, &admin, accepts);
    rotates(&world, true);
    retries(&world);
    fs::remove_file(world.sandbox.project().join("journal")).unwrap();
    world.sandbox.ok(&["rotate", "run", NAME]);
    assert_eq!(world.journal(), STEPS);
    assert!((world.accepts)(&world.staged("AWSCURRENT").unwrap()));
}

#[test]
fn only_what_is_registered_runs_and_a_test_leaves_nothing() {
    let (Some(python), Some((login, _, accepts))) = (python(), postgres("function_three")) else { return };
    let world = World::new(&python, &login, None, accepts);
    let other = ARN.replace("rotate-login", "other");
    let said = world.boto3(&format!(
        "for arn in ['{other}', None]:\n    try:\n        sm.rotate_secret(SecretId='{NAME}', **({{'RotationLambdaARN': arn}} if arn else {{}}))\n    \
         except ClientError as e:\n        print(e.response['Error']['Code'], e.response['Error']['Message'])\n\
         print('RotationEnabled' in sm.describe_secret(SecretId='{NAME}'))"
    ));
    assert_eq!(
        said,
        "AccessDeniedException Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy \
         grants access to the principal secretsmanager.amazonaws.com.\n\
         InvalidRequestException No Lambda rotation function ARN is associated with this secret.\nFalse"
    );
    let versions = format!("len(sm.list_secret_version_ids(SecretId='{NAME}', IncludeDeprecated=True)['Versions'])");
    let tested = format!(
        "import time\nsm.rotate_secret(SecretId='{NAME}', RotationLambdaARN='{ARN}', RotateImmediately=False, \
         RotationRules={{'ScheduleExpression': 'rate(10 days)'}})\n\
         for _ in range(600):\n    if {versions} == 1: break\n    time.sleep(0.1)\n\
         print({versions}, sm.describe_secret(SecretId='{NAME}')['RotationRules'])\n\
         print('VersionId' in sm.cancel_rotate_secret(SecretId='{NAME}'), sm.describe_secret(SecretId='{NAME}')['RotationEnabled'])"
    );
    assert_eq!(
        world.boto3(&tested),
        "1 {'AutomaticallyAfterDays': 10, 'ScheduleExpression': 'rate(10 days)'}\nFalse False"
    );
    assert_eq!(world.journal(), ["testSecret"]);
    assert_eq!(world.staged("AWSCURRENT").unwrap(), login);
}
