//! `vault render`: a file with references becomes a file with values.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::input::text_file::text_of;
use crate::cli::report::count::Count;
use crate::engine::Vault;
use crate::format::caps;
use crate::inject::foreign::file::read_file;
use crate::inject::render::{Syntax, fill};
use crate::machine::private::{
    Output, Overwrite, PrivateError, read_capped, require_regular, write_output, write_private,
};
use crate::model::parameter::Selector;
use crate::model::reference::{Pick, Reference};
use crate::model::template::{Found, Template};
use crate::model::value::SecretValue;

/// Render a template
#[derive(Debug, Args)]
#[command(
    long_about = "Render a template.\n\n\
        {{resolve:ssm:NAME[:VERSION|:LABEL]}}, {{resolve:ssm-secure:…}} and \
        {{resolve:secretsmanager:ID[:SecretString[:JSON_KEY[:STAGE[:VERSION_ID]]]]}} can appear anywhere. A \
        backslash right before one makes it literal text. In files that end in .json, .yaml or .yml values are \
        escaped for their position. It is all or nothing: if a reference cannot be resolved, nothing is written, and \
        all such references are listed with line and column. The output is readable only by you, and replaces an \
        existing file atomically; a device or pipe is written into, and a link is refused.",
    after_help = "Examples:\n  \
        vault render app.conf.in --out app.conf\n  \
        vault render values.yaml | helm upgrade shop ./chart -f -\n  \
        vault render config.json.in --syntax json --out config.json\n  \
        vault render app.conf.in --out app.conf --check   8 if it is not up to date\n  \
        vault render app.conf.in --lock app.lock           the same versions each time"
)]
pub(crate) struct RenderArgs {
    /// The template, or - for standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    template: PathBuf,
    /// Output file, or - for standard output [default: -]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Write nothing; exit with 8 if the file of --out differs from what would be written
    #[arg(long, requires = "out")]
    check: bool,
    /// Lock file for versions: use those in it, add the others; delete it to use newer versions
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    lock: Option<PathBuf>,
    /// Do not escape values, whatever the file is
    #[arg(long, conflicts_with = "syntax")]
    raw: bool,
    /// Syntax of the template, if its name does not tell: json, yaml or raw
    #[arg(long, value_enum, value_name = "SYNTAX", hide_possible_values = true)]
    syntax: Option<SyntaxChoice>,
    /// Print values even on a terminal
    #[arg(long)]
    values: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SyntaxChoice {
    Json,
    Yaml,
    Raw,
}

/// Values by the text of their references.
type Values<'t> = BTreeMap<&'t str, SecretValue>;

/// Once this many references have failed, no others are resolved.
const FAILURES: usize = 100;

/// The file of `--lock`: the version that each reference stands for.
#[derive(Debug, Default, PartialEq, Eq, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    schema: u32,
    references: BTreeMap<String, String>,
}

pub(crate) fn run(args: &RenderArgs, context: &mut Context) -> CliResult<()> {
    let out = args.out.as_deref().filter(|out| *out != Path::new("-"));
    if out.is_none() && !args.values && context.ui.is_terminal() {
        return Err(CliError::OnTerminal);
    }
    refuse_in_place(&args.template, out)?;
    let name = args.template.display().to_string();
    let bytes = input(&args.template)?;
    let text = text_of(&bytes, &name, "templates must be text files")?;
    let template = Template::parse(text).map_err(|flaws| CliError::Unresolved {
        problems: flaws.iter().map(|flaw| format!("{name}:{flaw}")).collect(),
        exit: Exit::Usage,
    })?;
    context.purpose.program.clone_from(&name);
    let before = args.lock.as_deref().map(read_lock).transpose()?;
    let mut lock = before.clone();
    let vault = context.open_vault()?;
    let resolved = resolve(&template, &name, lock.as_mut(), &vault, context)?;
    let rendered = filled(&template, &name, &resolved, args)?;
    vault.finish(context);
    if args.check {
        return check(&rendered, out, before == lock, context);
    }
    if !context.global.dry_run {
        if let (Some(path), Some(lock)) = (&args.lock, &lock) {
            write_lock(path, lock)?;
        }
        match out {
            Some(path) => write_output(path, &rendered, Output::Replace)?,
            None => context.ui.bytes(&rendered)?,
        }
    }
    if let Some(path) = out {
        let said = if context.global.dry_run { "would write" } else { "wrote" };
        context.ui.note(format!(
            "{said} `{}`: {}",
            path.display(),
            Count::of(template.references().count(), "reference")
        ));
    }
    Ok(())
}

/// Replacing a template with its own output would lose every reference.
fn refuse_in_place(template: &Path, out: Option<&Path>) -> CliResult<()> {
    let (Some(out), Ok(template)) = (out, template.canonicalize()) else { return Ok(()) };
    match out.canonicalize() {
        Ok(found) if found == template => Err(CliError::usage(
            format!("`{}` is the template itself", out.display()),
            "write to another file; a template can be named `NAME.in`",
        )),
        _ => Ok(()),
    }
}

fn input(path: &Path) -> CliResult<Zeroizing<Vec<u8>>> {
    if path != Path::new("-") {
        return Ok(read_file(path, caps::TEMPLATE)?);
    }
    let limit = caps::TEMPLATE;
    let bytes = read_capped(std::io::stdin().lock(), limit)?;
    Ok(bytes.ok_or_else(|| PrivateError::TooLarge { path: path.to_owned(), limit })?)
}

/// The values of the references by their text, each resolved once, or every place of a reference that has none.
fn resolve<'t>(
    template: &Template<'t>,
    name: &str,
    mut lock: Option<&mut Lock>,
    vault: &Vault<'_>,
    context: &Context,
) -> CliResult<Values<'t>> {
    let resolver = vault.resolver();
    let (mut resolved, mut failed, mut problems) = (Values::new(), BTreeMap::new(), Vec::new());
    for found in template.references() {
        let is_known = resolved.contains_key(found.text) || failed.contains_key(found.text);
        if !is_known && failed.len() < FAILURES {
            match pinned(found, lock.as_deref()).and_then(|wanted| Ok(resolver.resolve(&wanted, context.now)?)) {
                Ok(one) => {
                    if let Some(lock) = &mut lock {
                        lock.references.insert(found.text.to_owned(), one.origin.version.clone());
                    }
                    resolved.insert(found.text, one.value);
                }
                // Without an identity every reference would have the same error.
                Err(error) if error.exit() == Exit::Locked || error.exit() == Exit::Input => return Err(error),
                Err(error) => {
                    failed.insert(found.text, (error.exit(), error.with_hints()));
                }
            }
        }
        if let Some((_, error)) = failed.get(found.text) {
            problems.push(format!("{name}:{}: `{}`: {error}", found.at, found.text));
        }
    }
    match failed.values().map(|(exit, _)| *exit).max() {
        None => Ok(resolved),
        Some(exit) => Err(CliError::Unresolved { problems, exit }),
    }
}

/// The reference with the version that the lock has for it.
fn pinned(found: &Found<'_>, lock: Option<&Lock>) -> CliResult<Reference> {
    let mut reference = found.reference.clone();
    let Some(version) = lock.and_then(|lock| lock.references.get(found.text)) else { return Ok(reference) };
    let broken = || {
        CliError::usage(
            format!("the lock has no valid version for `{}`", found.text),
            "delete the lock file to create a new one",
        )
    };
    match &mut reference {
        Reference::Parameter { target, .. } => {
            target.selector = Selector::Version(version.parse().map_err(|_| broken())?);
        }
        Reference::Secret(secret) => secret.pick = Pick::Version(version.parse().map_err(|_| broken())?),
    }
    Ok(reference)
}

fn filled(
    template: &Template<'_>,
    name: &str,
    resolved: &Values<'_>,
    args: &RenderArgs,
) -> CliResult<Zeroizing<Vec<u8>>> {
    let values: Vec<&SecretValue> = template.references().filter_map(|found| resolved.get(found.text)).collect();
    if values.iter().map(|value| value.reveal().len()).sum::<usize>() > caps::TEMPLATE {
        return Err(PrivateError::TooLarge { path: PathBuf::from(name), limit: caps::TEMPLATE }.into());
    }
    fill(template, &values, args.syntax()).map_err(|misfits| {
        let found: Vec<&Found<'_>> = template.references().collect();
        let shown = |(number, misfit): &(usize, crate::inject::render::Mismatch)| {
            found.get(*number).map(|found| format!("{name}:{}: `{}`: {misfit}", found.at, found.text))
        };
        CliError::Unresolved { problems: misfits.iter().filter_map(shown).collect(), exit: Exit::Refused }
    })
}

impl RenderArgs {
    fn syntax(&self) -> Syntax {
        let by_name = |path: &Path| {
            let name = path.to_string_lossy().to_ascii_lowercase();
            let name = ["in", "tmpl", "tpl", "template"]
                .iter()
                .find_map(|end| name.strip_suffix(&format!(".{end}")))
                .unwrap_or(&name)
                .to_owned();
            match name.rsplit('.').next() {
                Some("json") => Syntax::Json,
                Some("yaml" | "yml") => Syntax::Yaml,
                _ => Syntax::Raw,
            }
        };
        match self.syntax {
            _ if self.raw => Syntax::Raw,
            Some(SyntaxChoice::Raw) => Syntax::Raw,
            Some(SyntaxChoice::Json) => Syntax::Json,
            Some(SyntaxChoice::Yaml) => Syntax::Yaml,
            None => match (by_name(&self.template), &self.out) {
                (Syntax::Raw, Some(out)) => by_name(out),
                (known, _) => known,
            },
        }
    }
}

/// Compares without a word about the content.
fn check(rendered: &[u8], out: Option<&Path>, is_locked: bool, context: &mut Context) -> CliResult<()> {
    let Some(path) = out else {
        return Err(CliError::usage("`--check` needs a file to compare with", "give it with `--out FILE`"));
    };
    let difference = match read_file(path, caps::TEMPLATE) {
        Err(PrivateError::Absent { .. }) => Some("does not exist"),
        Err(error) => return Err(error.into()),
        Ok(found) if found[..] != *rendered => Some("is not up to date"),
        Ok(_) if !is_locked => Some("is up to date, but the lock is not"),
        Ok(_) => None,
    };
    match difference {
        None => Ok(()),
        Some(difference) => {
            context.ui.warning(format!("`{}` {difference}", path.display()));
            Err(CliError::Reported(Exit::Check))
        }
    }
}

fn read_lock(path: &Path) -> CliResult<Lock> {
    require_regular(path)?;
    match read_file(path, caps::TEMPLATE) {
        Err(PrivateError::Absent { .. }) => Ok(Lock { schema: 1, ..Lock::default() }),
        Err(error) => Err(error.into()),
        Ok(bytes) => {
            let read: Option<Lock> = serde_json::from_slice(&bytes).ok();
            read.filter(|lock| lock.schema == 1).ok_or_else(|| {
                CliError::usage(
                    format!("`{}` is not a lock file of `vault render`", path.display()),
                    "choose another file, or delete it to create a new one",
                )
            })
        }
    }
}

/// Names and versions only. It is meant to be committed.
fn write_lock(path: &Path, lock: &Lock) -> CliResult<()> {
    let mut text = serde_json::to_vec_pretty(lock).map_err(std::io::Error::other)?;
    text.write_all(b"\n")?;
    Ok(write_private(path, &text, Overwrite::Replace)?)
}
