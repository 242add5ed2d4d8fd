//! `vault rotate hooks add`: a function that clients of the server may name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::report::digest;
use crate::cli::commands::rotate::options::{require_declared, require_few, require_fitting};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::Error;
use crate::hook::Candidate;
use crate::hook::function::{HANDLER, PYTHON};
use crate::machine::Function;
use crate::model::hook::HookName;
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
        --lambda copies a rotation function of AWS, one file in Python, into the vault's hooks/. Its settings are options in \
        capitals. It runs with a python3 that has boto3 and the driver that it imports.",
    after_help = "Examples:\n  \
        vault rotate hooks add rotate-db --lambda rotate.py --admin prod/admin\n  \
        vault rotate hooks add rotate-db --lambda rotate.py --python .venv/bin/python\n  \
        vault rotate hooks add rotate-token --hook rotate.sh"
)]
pub(crate) struct AddArgs {
    /// What ARNs end in: letters, digits, - and _
    #[arg(value_parser = function_name)]
    name: String,
    /// Rotation function of AWS: a file, or a directory with lambda_function.py
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::AnyPath, required_unless_present = "hook")]
    lambda: Option<PathBuf>,
    /// Hook that is approved on this machine
    #[arg(long, conflicts_with_all = ["lambda", "handler", "python"])]
    hook: Option<HookName>,
    /// Handler in the file [default: lambda_function.lambda_handler]
    #[arg(long, value_name = "MODULE.FUNCTION")]
    handler: Option<String>,
    /// Python that runs it [default: python3 on the path]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::ExecutablePath)]
    python: Option<PathBuf>,
    /// Secret with an administrator's login, which it gets besides
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
    digest: Option<String>,
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
    let (hook, candidate) = match (&args.lambda, &args.hook) {
        (Some(file), _) => copied(&args.name, file, &vault, context)?,
        (None, Some(hook)) => approved(hook, &vault)?,
        (None, None) => return Err(Error::Internal("a function has a program").into()),
    };
    match &hook {
        HookName::Builtin(strategy) => require_fitting(*strategy, &options, args.admin.is_some())?,
        _ => require_declared(candidate.as_ref(), &options)?,
    }
    let function = Function { name: args.name.clone(), hook, admin: args.admin.clone(), options };
    let report = AddReport {
        function: function.name.clone(),
        hook: function.hook.to_string(),
        digest: candidate.as_ref().map(|candidate| digest(&candidate.digest)),
        admin: function.admin.as_ref().map(ToString::to_string),
        options: function.options.clone(),
    };
    if !context.global.dry_run {
        if let Some(candidate) = &candidate {
            candidate.approve(vault.state()).map_err(Error::from)?;
        }
        function.register(vault.state()).map_err(Error::from)?;
    }
    vault.finish(context);
    context.ui.report(&report)?;
    Ok(())
}

/// Copies the source into the vault, unless it is there. Whoever names the file approves what is in it.
fn copied(name: &str, path: &Path, vault: &Session, context: &Context) -> CliResult<(HookName, Option<Candidate>)> {
    let path = if path.is_dir() { path.join("lambda_function.py") } else { path.to_owned() };
    let unreadable = |cause: std::io::Error| CliError::Usage {
        message: format!("`{}` cannot be read: {cause}", path.display()),
        hint: "give the file with the handler, or a directory with lambda_function.py".into(),
    };
    let source = std::fs::read(&path).map_err(unreadable)?;
    let text = String::from_utf8(source).ok().filter(|text| text.len() <= MOST).ok_or_else(|| CliError::Usage {
        message: format!("`{}` is not the source of a function in Python", path.display()),
        hint: "a function is one file in UTF-8; install what it imports for the interpreter of `--python`".into(),
    })?;
    let file = format!("{name}.py");
    let hook = HookName::Lambda(file.clone());
    let candidate = Candidate {
        name: hook.to_string(),
        digest: crate::crypto::framing::sha256(text.as_bytes()),
        content: text.into_bytes(),
    };
    match Candidate::of(vault.path(), &hook) {
        Ok(Some(present)) if present.digest == candidate.digest => {}
        Ok(Some(_)) => {
            return Err(CliError::Usage {
                message: format!("hooks/{file} in the vault is another program"),
                hint: "choose another name, or remove that file first".into(),
            });
        }
        _ => {
            let text = String::from_utf8_lossy(&candidate.content);
            vault.write_hook(&file, &text, context.now)?;
        }
    }
    Ok((hook, Some(candidate)))
}

fn approved(hook: &HookName, vault: &Session) -> CliResult<(HookName, Option<Candidate>)> {
    let candidate = Candidate::of(vault.path(), hook)?;
    candidate.iter().try_for_each(|candidate| candidate.require_approval(vault.state()))?;
    Ok((hook.clone(), candidate))
}

impl AddArgs {
    /// The options of the hook, with those of its runner.
    fn options(&self) -> CliResult<BTreeMap<String, String>> {
        let mut options: BTreeMap<String, String> = self.options.iter().cloned().collect();
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
        let hook = page.paint(Meaning::Plain, &self.hook);
        let admin = self.admin.as_ref().map(|admin| format!(" with `{admin}`")).unwrap_or_default();
        page.line(format!("{name} runs {hook}{admin}"));
    }
}
