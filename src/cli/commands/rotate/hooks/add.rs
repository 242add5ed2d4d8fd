//! `vault rotate hooks add`: a function that clients of the server may name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::commands::rotate::digest::Digest;
use crate::cli::commands::rotate::options::{require_declared, require_few, require_fitting};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::Error;
use crate::hook::Candidate;
use crate::hook::function::{HANDLER, PYTHON, variable};
use crate::machine::Function;
use crate::model::hook::HookName;
use crate::model::invoke_url::InvokeUrl;
use crate::model::name::SecretName;

/// The largest source of a function, in bytes.
const MOST: usize = 16 << 20;

/// Register a function that `RotateSecret` may name
#[derive(Debug, Args)]
#[command(
    long_about = "Register a function that `RotateSecret` may name.\n\n\
        Clients of `vault serve` rotate a secret with RotationLambdaARN, any ARN that ends in :function:NAME. They get what is \
        registered here and nothing else: this program, approved as it is now, with the secret that is rotated and the \
        administrator's secret that is named here. A client needs secretsmanager:RotateSecret for the secret and \
        lambda:InvokeFunction for the ARN.\n\n\
        --lambda copies a rotation function of AWS, one file in Python, into the vault's hooks/. --env sets its environment \
        variables. It runs with a python3 that has boto3 and the driver that it imports, and gets keys for each step.\n\n\
        --lambda-endpoint is for a function that something else runs behind Lambda's Invoke API, such as `sam local start-lambda` or \
        the emulator in a container image. It is told which step of which secret; it reads and writes the secret through `vault \
        serve`, so it needs that endpoint and a credential in its own environment (docs/hooks.md).",
    after_help = "Examples:\n  \
        vault rotate hooks add rotate-db --lambda rotate.py --admin prod/admin\n  \
        vault rotate hooks add rotate-db --lambda rotate.py --python .venv/bin/python\n  \
        vault rotate hooks add rotate-db --lambda rotate.py --env PASSWORD_LENGTH=40\n  \
        vault rotate hooks add RotateDb --lambda-endpoint http://127.0.0.1:3001\n  \
        vault rotate hooks add rotate-token --hook rotate.sh"
)]
pub(crate) struct AddArgs {
    /// What ARNs end in: letters, digits, - and _
    #[arg(value_parser = function_name)]
    name: String,
    /// Rotation function of AWS: a file, or a directory with lambda_function.py
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::AnyPath, required_unless_present_any = ["hook", "endpoint"])]
    lambda: Option<PathBuf>,
    /// Function that is served elsewhere; without a path, it is called as NAME
    #[arg(long = "lambda-endpoint", value_name = "URL", value_hint = clap::ValueHint::Url)]
    #[arg(conflicts_with_all = ["lambda", "hook", "handler", "python", "variables"])]
    endpoint: Option<String>,
    /// Hook that is approved on this machine
    #[arg(long, conflicts_with_all = ["lambda", "handler", "python", "variables"])]
    hook: Option<HookName>,
    /// Handler in the file [default: lambda_function.lambda_handler]
    #[arg(long, value_name = "MODULE.FUNCTION")]
    handler: Option<String>,
    /// Python that runs it [default: python3 on the path]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::ExecutablePath)]
    python: Option<PathBuf>,
    /// Environment variable of the function, not secret; may be repeated
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Secret with an administrator's login, which it also gets
    #[arg(long, value_name = "SECRET")]
    admin: Option<SecretName>,
    /// Option for the hook; may be repeated
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = crate::model::hook::option)]
    options: Vec<(String, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddReport {
    function: String,
    hook: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
}

/// As AWS has it.
fn function_name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_name = (1..=64).contains(&text.len()) && text.bytes().all(fits);
    if is_name { Ok(text.to_owned()) } else { Err("1 to 64 letters, digits, `-` and `_`".to_owned()) }
}

pub(super) fn run(args: &AddArgs, context: &mut Context) -> CliResult<()> {
    let options = args.options()?;
    require_few(&options)?;
    let vault = context.open_vault()?;
    if let Some(admin) = &args.admin {
        vault.live_secret(admin)?;
    }
    let url = args.url()?;
    let Chosen { hook, candidate, unwritten } = match (&args.lambda, &url, &args.hook) {
        (Some(file), ..) => Chosen::file(format!("{}.py", args.name), source(file)?, &vault)?,
        (None, Some(url), _) => Chosen::file(format!("{}.url", args.name), url.file(), &vault)?,
        (None, None, Some(hook)) => Chosen::approved(hook, &vault)?,
        (None, None, None) => return Err(Error::Internal("a function has a program").into()),
    };
    match &hook {
        HookName::Builtin(strategy) => require_fitting(*strategy, &options, args.admin.is_some())?,
        _ => require_declared(candidate.as_ref(), &options)?,
    }
    if let Some((file, text)) = unwritten {
        vault.write_hook(&file, &text, context.now)?;
    }
    let function = Function { name: args.name.clone(), hook, admin: args.admin.clone(), options };
    let report = AddReport {
        function: function.name.clone(),
        hook: function.hook.to_string(),
        endpoint: url.map(|url| url.as_str().to_owned()),
        digest: candidate.as_ref().map(|candidate| Digest(candidate.digest)),
        admin: function.admin.as_ref().map(ToString::to_string),
        options: function.options.clone(),
    };
    if !context.global.dry_run {
        if let Some(candidate) = &candidate {
            candidate.approve(vault.state())?;
        }
        function.register(vault.state())?;
    }
    vault.finish(context);
    if report.endpoint.is_some() {
        context.ui.note(
            "it reads and writes its secrets through `vault serve`, with a credential of its own (docs/hooks.md)",
        );
    }
    Ok(context.ui.report(&report)?)
}

/// The source of a function.
fn source(path: &Path) -> CliResult<String> {
    let path = if path.is_dir() { path.join("lambda_function.py") } else { path.to_owned() };
    let unreadable = |cause: std::io::Error| {
        CliError::usage(
            format!("`{}` cannot be read: {cause}", path.display()),
            "give the file with the handler, or a directory with lambda_function.py",
        )
    };
    let source = std::fs::read(&path).map_err(unreadable)?;
    String::from_utf8(source).ok().filter(|text| text.len() <= MOST).ok_or_else(|| {
        CliError::usage(
            format!("`{}` is not the source of a function in Python", path.display()),
            "a function is one file in UTF-8; install what it imports for the interpreter of `--python`",
        )
    })
}

/// What runs, and what is not in the vault yet: a file and its text.
struct Chosen {
    hook: HookName,
    candidate: Option<Candidate>,
    unwritten: Option<(String, String)>,
}

impl Chosen {
    /// A file of the vault with this text. Whoever names it approves it.
    fn file(file: String, text: String, vault: &Session) -> CliResult<Self> {
        let hook = HookName::Lambda(file.clone());
        let candidate = Candidate {
            name: hook.to_string(),
            digest: crate::crypto::framing::sha256(text.as_bytes()),
            content: text.as_bytes().to_vec(),
        };
        let unwritten = match Candidate::of(vault.path(), &hook) {
            Ok(Some(present)) if present.digest == candidate.digest => None,
            Ok(Some(_)) => {
                return Err(CliError::usage(
                    format!("hooks/{file} in the vault is another program"),
                    "choose another name, or remove that file first",
                ));
            }
            _ => Some((file, text)),
        };
        Ok(Chosen { hook, candidate: Some(candidate), unwritten })
    }

    /// A hook that was approved on this machine.
    fn approved(hook: &HookName, vault: &Session) -> CliResult<Self> {
        let candidate = Candidate::of(vault.path(), hook)?;
        candidate.iter().try_for_each(|candidate| candidate.require_approval(vault.state()))?;
        Ok(Chosen { hook: hook.clone(), candidate, unwritten: None })
    }
}

impl AddArgs {
    /// Where the function is called.
    fn url(&self) -> CliResult<Option<InvokeUrl>> {
        let refused = || {
            CliError::usage(
                "`--lambda-endpoint` must be https://, or http:// to a loopback address, without a user name",
                "such as http://127.0.0.1:3001, or with the whole path, /2015-03-31/functions/NAME/invocations",
            )
        };
        self.endpoint.as_ref().map(|text| InvokeUrl::new(text, &self.name).ok_or_else(refused)).transpose()
    }

    /// The options of the hook, with those of its runner.
    fn options(&self) -> CliResult<BTreeMap<String, String>> {
        let mut options: BTreeMap<String, String> = self.options.iter().cloned().collect();
        options.extend(self.variables.iter().cloned());
        options.extend(self.handler.clone().map(|handler| (HANDLER.to_owned(), handler)));
        if let Some(python) = &self.python {
            let path = std::path::absolute(python)?;
            options.insert(PYTHON.to_owned(), path.display().to_string());
        }
        Ok(options)
    }
}

impl Report for AddReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &format!("arn:aws:lambda:…:function:{}", self.function));
        let hook = match &self.endpoint {
            Some(url) => format!("calls {}", page.paint(Meaning::Plain, url)),
            None => format!("runs {}", page.paint(Meaning::Plain, &self.hook)),
        };
        let admin = self.admin.as_ref().map(|admin| format!(" with `{admin}`")).unwrap_or_default();
        page.line(format!("{name} {hook}{admin}"));
    }
}
