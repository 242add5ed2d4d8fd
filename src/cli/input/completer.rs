//! Names of the vault, for a shell that completes a command line.
//!
//! What completes an argument follows from the type of its values, so that a new command has it by itself. Nothing is unlocked or
//! decrypted: a vault that cannot be opened without a prompt completes nothing.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::credential_name::CredentialName;
use crate::cli::session::Session;
use crate::engine::{Error, Listed};
use crate::model::hook::HookName;
use crate::model::iam::{Action, actions};
use crate::model::name::{KeyName, MemberName, ParameterName, ParameterPath, RuleName, SecretName};
use crate::model::parameter::{DataType, Label, Parameter, ParameterRef, ParameterType, Selector, TierRequest};
use crate::model::reference::SecretRef;
use crate::model::scope::Scope;
use crate::model::secret::{Secret, Stage, VersionPrefix};

/// What could stand in place of the typed text.
type Lister = fn(&str) -> CliResult<Vec<String>>;

/// The command line that is completed: what a label belongs to is in its other words.
static LINE: OnceLock<Vec<String>> = OnceLock::new();

/// Adds completers to the arguments of a command line, which has these words.
pub(crate) fn attach(tree: Command, words: &[OsString]) -> Command {
    LINE.get_or_init(|| words.iter().map(|word| word.to_string_lossy().into_owned()).collect());
    attached(tree)
}

fn attached(command: Command) -> Command {
    command.mut_args(with_completer).mut_subcommands(attached)
}

fn with_completer(arg: Arg) -> Arg {
    let Some(lister) = lister(&arg) else { return arg };
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let fitting = lister(&typed).unwrap_or_default().into_iter().filter(|found| found.starts_with(typed.as_ref()));
        fitting.map(CompletionCandidate::new).collect()
    }))
}

fn lister(arg: &Arg) -> Option<Lister> {
    let listers: [(TypeId, Lister); 19] = [
        (TypeId::of::<ParameterName>(), names),
        (TypeId::of::<ParameterRef>(), versions),
        (TypeId::of::<ParameterPath>(), paths),
        (TypeId::of::<Label>(), labels),
        (TypeId::of::<Selector>(), selectors),
        (TypeId::of::<SecretName>(), secrets),
        (TypeId::of::<SecretRef>(), secrets),
        (TypeId::of::<Stage>(), stages),
        (TypeId::of::<VersionPrefix>(), version_ids),
        (TypeId::of::<MemberName>(), members),
        (TypeId::of::<KeyName>(), keys),
        (TypeId::of::<RuleName>(), rules),
        (TypeId::of::<CredentialName>(), credentials),
        (TypeId::of::<Action>(), |_| Ok(texts(actions()))),
        (TypeId::of::<Scope>(), scopes),
        (TypeId::of::<HookName>(), hooks),
        (TypeId::of::<ParameterType>(), |_| Ok(texts(["String", "StringList", "SecureString"]))),
        (TypeId::of::<TierRequest>(), |_| Ok(texts(["standard", "advanced", "intelligent"]))),
        (TypeId::of::<DataType>(), |_| Ok(texts(DataType::ALL.map(DataType::as_str)))),
    ];
    let parsed = arg.get_value_parser().type_id();
    let by_type = listers.into_iter().find(|(id, _)| parsed == *id).map(|(_, lister)| lister);
    // Texts with a meaning that only their names tell.
    by_type.or_else(|| match arg.get_id().as_str() {
        "labels" | "label" => Some(labels as Lister),
        "sources" | "names" | "name" | "path" if parsed == TypeId::of::<String>() => Some(sources),
        "prefix" if arg.is_positional() => Some(secrets),
        _ => None,
    })
}

fn texts<T: ToString>(all: impl IntoIterator<Item = T>) -> Vec<String> {
    all.into_iter().map(|one| one.to_string()).collect()
}

fn vault() -> CliResult<Session> {
    Context::for_completion()?.open_vault()
}

/// What is in the path that the typed text names.
fn listed(typed: &str) -> CliResult<Listed> {
    let above = typed.rfind('/').map_or("/", |at| if at == 0 { "/" } else { &typed[..at] });
    let path: ParameterPath = above.parse().map_err(Error::from)?;
    Ok(vault()?.children(&path)?)
}

/// Names level by level.
fn names(typed: &str) -> CliResult<Vec<String>> {
    let Listed { names, paths, .. } = listed(typed)?;
    Ok(texts(names).into_iter().chain(paths).collect())
}

fn paths(typed: &str) -> CliResult<Vec<String>> {
    Ok(listed(typed)?.paths)
}

/// Names, and behind a colon labels and versions.
fn versions(typed: &str) -> CliResult<Vec<String>> {
    let Some((name, _)) = typed.split_once(':') else { return names(typed) };
    Ok(points(&parameter(name)?).into_iter().map(|point| format!("{name}:{point}")).collect())
}

fn labels(_: &str) -> CliResult<Vec<String>> {
    let parameter = named_parameter()?;
    Ok(texts(parameter.versions.iter().flat_map(|version| &version.labels)))
}

fn selectors(_: &str) -> CliResult<Vec<String>> {
    Ok(points(&named_parameter()?))
}

/// The labels of a parameter, and the numbers of its versions.
fn points(parameter: &Parameter) -> Vec<String> {
    let labels = parameter.versions.iter().flat_map(|version| &version.labels).map(ToString::to_string);
    labels.chain(parameter.versions.iter().rev().map(|version| version.number.to_string())).collect()
}

fn named_parameter() -> CliResult<Parameter> {
    let word = LINE.get().into_iter().flatten().find(|word| word.starts_with('/'));
    parameter(word.and_then(|word| word.split(':').next()).unwrap_or_default())
}

fn parameter(name: &str) -> CliResult<Parameter> {
    let name: ParameterName = name.parse().map_err(Error::from)?;
    Ok(vault()?.parameter(&name, crate::cli::env::now())?)
}

/// Parameters, paths and secrets.
fn sources(typed: &str) -> CliResult<Vec<String>> {
    if typed.starts_with('/') {
        return versions(typed);
    }
    let parameters = if typed.is_empty() { names("/")? } else { Vec::new() };
    Ok(parameters.into_iter().chain(relative(typed).unwrap_or_default()).chain(secrets(typed)?).collect())
}

/// Names and paths below the current path, without it.
fn relative(typed: &str) -> CliResult<Vec<String>> {
    let Some((_, path)) = Context::for_completion()?.current_path()? else { return Ok(Vec::new()) };
    let above = format!("{}/", path.as_str().trim_end_matches('/'));
    let whole = versions(&format!("{above}{typed}"))?;
    Ok(whole.iter().filter_map(|name| name.strip_prefix(&above)).map(str::to_owned).collect())
}

/// Also those that are marked for deletion.
fn secrets(_: &str) -> CliResult<Vec<String>> {
    Ok(texts(vault()?.names::<Secret>()?.found))
}

/// The secret that another word of the line names.
fn named_secret() -> CliResult<Option<Secret>> {
    let vault = vault()?;
    let names = vault.names::<Secret>()?.found;
    let mut words = LINE.get().into_iter().flatten();
    let named = words.find_map(|word| names.iter().find(|name| name.as_str() == word));
    Ok(named.map(|name| vault.secret(name)).transpose()?)
}

#[expect(clippy::unnecessary_wraps, reason = "one of the listers")]
fn stages(_: &str) -> CliResult<Vec<String>> {
    let usual = texts(["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"]);
    let own = named_secret().ok().flatten().map(|secret| {
        let stages = secret.versions.iter().flat_map(|version| &version.stages);
        texts(stages.filter(|stage| !usual.contains(&stage.to_string())))
    });
    Ok(usual.iter().cloned().chain(own.unwrap_or_default()).collect())
}

fn version_ids(_: &str) -> CliResult<Vec<String>> {
    let secret = named_secret()?;
    Ok(secret.map(|secret| texts(secret.versions.iter().map(|version| version.id().to_string()))).unwrap_or_default())
}

fn members(_: &str) -> CliResult<Vec<String>> {
    Ok(texts(vault()?.trust().members.iter().map(|member| &member.name)))
}

fn keys(_: &str) -> CliResult<Vec<String>> {
    Ok(texts(vault()?.trust().keys.iter().map(|key| &key.name)))
}

/// Those that were not revoked, by id and by name.
fn credentials(_: &str) -> CliResult<Vec<String>> {
    let active = vault()?.issued_credentials()?.found.into_iter().filter(|it| !it.revoked);
    Ok(active.flat_map(|it| [it.name.to_string(), it.description]).collect())
}

fn rules(_: &str) -> CliResult<Vec<String>> {
    Ok(texts(vault()?.rules()?.found.iter().map(|rule| &rule.name)))
}

fn scopes(typed: &str) -> CliResult<Vec<String>> {
    match typed.strip_prefix("parameter:") {
        Some(path) => Ok(paths(path)?.into_iter().map(|path| format!("parameter:{path}")).collect()),
        None => Ok(texts(["*", "parameter:/", "secret:", "credential:"])),
    }
}

fn hooks(_: &str) -> CliResult<Vec<String>> {
    Ok(texts(vault()?.hook_files()?))
}
