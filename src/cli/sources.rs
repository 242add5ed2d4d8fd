//! The sources of values on the command line, as `exec`, `env`, `export` and `explain` take them.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::param::select;
use crate::engine::{Error, Origin, Resolved, Vault};
use crate::inject::environment::{Injected, Provenance};
use crate::inject::map::{self, Content, Entry, MapError};
use crate::inject::variable::{NameStyle, Variable};
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::Parameter;
use crate::model::reference::{Pick, Reference, SecretRef};
use crate::model::secret_error::SecretError;
use crate::model::secret_json;
use crate::model::selector::{ParameterRef, Selector};
use crate::model::stage::Stage;
use crate::model::template::{Part, Template};
use crate::model::value::SecretValue;
use crate::store::caps;
use crate::store::foreign::read_file;
use crate::store::root::Reach;

/// What `--help` says about sources.
pub(super) const ABOUT: &str = "A source is one of\n  \
    /app/prod                     every parameter below a path\n  \
    /app/prod/db/password:3       one parameter, with a version or label\n  \
    prod/db                       a secret, or secret:prod/db; --flatten gives one variable for each JSON key\n  \
    DB_PASS=prod/db:password      a variable of your choice: /NAME[:VERSION|:LABEL] or ID[:KEY[:STAGE[:VERSION_ID]]],\n                                \
    or a text with {{resolve:…}} references\n  \
    ./map.yaml                    a file: a map VAR: reference, a buildspec, a container definition, a dotenv file";

/// Sources, and how their names become variables.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// Paths, names, secrets, NAME=REFERENCE, or files (./map.yaml)
    #[arg(value_name = "SOURCE", add = super::completions::names())]
    pub(super) sources: Vec<String>,
    /// Variables from a file: a map of references, a buildspec, a container definition or a dotenv file; may be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    map: Vec<PathBuf>,
    /// One variable for each key of a secret that holds a JSON object
    #[arg(long)]
    flatten: bool,
    /// For each value of a secret also NAME_PREVIOUS, where there is a version staged AWSPREVIOUS
    #[arg(long)]
    with_previous: bool,
    /// Put this before each variable's name
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// How names become variables: upper (DB_PASSWORD), keep (db_password) or last (PASSWORD)
    #[arg(long, value_name = "STYLE", value_enum, default_value_t = Style::Upper, hide_possible_values = true)]
    name_style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Style {
    Upper,
    Keep,
    Last,
}

impl SourceArgs {
    /// The files that are read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let sources = self.sources.iter().filter(|source| is_file(source) && assignment(source).is_none());
        self.map.iter().cloned().chain(sources.map(PathBuf::from)).collect()
    }

    /// Every source with what it gives, files first: what stands on the command line wins over them.
    pub(super) fn gather(&self, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Vec<Injected>>> {
        let gatherer = Gatherer { args: self, vault, context };
        let files = self.map.iter().map(|file| gatherer.file(file));
        files.chain(self.sources.iter().map(|source| gatherer.source(source))).collect()
    }
}

struct Gatherer<'a> {
    args: &'a SourceArgs,
    vault: &'a Vault<'a>,
    context: &'a Context,
}

impl Gatherer<'_> {
    fn source(&self, source: &str) -> CliResult<Vec<Injected>> {
        if source.starts_with('/') {
            return self.path(source);
        }
        if let Some(secret) = source.strip_prefix("secret:") {
            return self.secret(&secret_ref(secret, source)?, source);
        }
        if let Some((variable, reference)) = assignment(source) {
            let entry = map::entry(variable, reference, "NAME=reference").map_err(|error| bad_map(source, &error))?;
            return self.entry(entry, source);
        }
        if is_file(source) {
            return self.file(Path::new(source));
        }
        self.bare(source)
    }

    /// A name that is a parameter is that parameter; anything else that begins with a slash is a path.
    fn path(&self, source: &str) -> CliResult<Vec<Injected>> {
        if let Some((wanted, parameter)) = self.single(source)? {
            return Ok(vec![self.named(&parameter, &wanted.selector, source)?]);
        }
        let path: ParameterPath = source.parse().map_err(Error::from)?;
        let parameters = self.vault.parameters_below(&path, Reach::Descendants)?;
        let live = parameters.iter().filter(|parameter| parameter.expired(self.context.now).is_none());
        let injected = live.map(|parameter| {
            let relative = parameter.name.below(&path).unwrap_or_default();
            self.parameter(relative, parameter, &Selector::Latest, source, "path below the source")
        });
        let injected: Vec<Injected> = injected.collect::<CliResult<_>>()?;
        if injected.is_empty() { Err(self.vault.nothing_at(source).into()) } else { Ok(injected) }
    }

    fn single(&self, source: &str) -> CliResult<Option<(ParameterRef, Parameter)>> {
        let Ok(wanted) = source.parse::<ParameterRef>() else { return Ok(None) };
        match self.vault.find_parameter(&wanted.name)? {
            Some(_) => {
                let parameter = self.vault.live_parameter(&wanted.name, self.context.now)?;
                Ok(Some((wanted, parameter)))
            }
            None if wanted.selector != Selector::Latest => Err(self.missing(&wanted.name)),
            None => Ok(None),
        }
    }

    /// A name without a slash at its front: a secret, or a parameter without levels.
    fn bare(&self, source: &str) -> CliResult<Vec<Injected>> {
        let parameter = source.parse::<ParameterRef>().ok();
        let found = match &parameter {
            Some(wanted) => self.vault.find_parameter(&wanted.name)?,
            None => None,
        };
        let secret = source.parse::<SecretRef>().ok();
        let is_secret = match &secret {
            Some(wanted) => self.vault.find_secret(&wanted.name)?.is_some(),
            None => false,
        };
        match (parameter, found, secret) {
            (Some(wanted), Some(_), _) if is_secret => Err(CliError::Usage {
                message: format!("`{source}` is both a parameter and a secret"),
                hint: format!("write `/{wanted}` for the parameter or `secret:{source}` for the secret"),
            }),
            (Some(wanted), Some(_), _) => {
                let parameter = self.vault.live_parameter(&wanted.name, self.context.now)?;
                Ok(vec![self.named(&parameter, &wanted.selector, source)?])
            }
            (Some(wanted), None, None) => Err(self.missing(&wanted.name)),
            (_, None, Some(secret)) => self.secret(&secret, source),
            _ => Err(secret_ref(source, source).err().unwrap_or(CliError::MissingSecrets(vec![source.to_owned()]))),
        }
    }

    fn missing(&self, name: &ParameterName) -> CliError {
        self.vault.nothing_at(name.as_str()).into()
    }

    fn file(&self, path: &Path) -> CliResult<Vec<Injected>> {
        let name = path.to_string_lossy().into_owned();
        let bytes = read_file(path, caps::FOREIGN_MAP)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| CliError::Usage {
            message: format!("`{name}` is not UTF-8 text"),
            hint: "a map is a text file".into(),
        })?;
        let entries = map::read(&name, text).map_err(|error| bad_map(&name, &error))?;
        let injected = entries.into_iter().map(|entry| self.entry(entry, &name));
        Ok(injected.collect::<CliResult<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn entry(&self, entry: Entry, argument: &str) -> CliResult<Vec<Injected>> {
        let Entry { variable, content, rule } = entry;
        let argument = if is_file(argument) || rule != "NAME=reference" {
            format!("{argument}: {variable}")
        } else {
            argument.to_owned()
        };
        match content {
            Content::Reference(reference) => {
                let resolved = self.resolve(&reference, &argument)?;
                let mut given = vec![injected(variable.clone(), resolved, &argument, rule)];
                if let Reference::Secret(secret) = &reference {
                    given.extend(self.previous(&variable, secret, &argument)?);
                }
                Ok(given)
            }
            Content::Template(text) => Ok(vec![self.template(variable, &text, &argument, rule)?]),
        }
    }

    fn resolve(&self, reference: &Reference, argument: &str) -> CliResult<Resolved> {
        self.vault
            .resolve(reference, self.context.now)
            .map_err(|error| CliError::InSource { source: Box::new(error.into()), argument: argument.to_owned() })
    }

    /// A text with references in it, all of them in place.
    fn template(&self, variable: Variable, text: &str, argument: &str, rule: &'static str) -> CliResult<Injected> {
        let template = Template::parse(text).map_err(|_| CliError::Usage {
            message: format!("`{argument}` has a reference that cannot be read"),
            hint: "`vault exec --help` shows the forms of a reference".into(),
        })?;
        let mut resolved = Vec::new();
        for found in template.references() {
            resolved.push(self.resolve(&found.reference, argument)?);
        }
        let texts = template.parts().iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 });
        let length = texts.sum::<usize>() + resolved.iter().map(|one| one.value.reveal().len()).sum::<usize>();
        let mut whole = Zeroizing::new(Vec::with_capacity(length));
        let mut values = resolved.iter();
        for part in template.parts() {
            match part {
                Part::Text(text) => whole.extend_from_slice(text.as_bytes()),
                Part::Reference(_) => whole.extend_from_slice(values.next().map_or(&[][..], |one| one.value.reveal())),
            }
        }
        let joined = |each: fn(&Origin) -> &str| -> String {
            let all: Vec<&str> = resolved.iter().map(|one| each(&one.origin)).collect();
            all.join(", ")
        };
        let source = if resolved.is_empty() { "text without references".into() } else { joined(|it| &it.name) };
        let provenance = Provenance {
            argument: argument.to_owned(),
            version: joined(|it| &it.version),
            selected_by: joined(|it| &it.selected_by),
            rule,
        };
        Ok(Injected { variable, source, value: SecretValue::new(whole), provenance })
    }

    /// A secret that is a source of its own.
    fn secret(&self, wanted: &SecretRef, source: &str) -> CliResult<Vec<Injected>> {
        let whole = self.resolve(&Reference::Secret(wanted.clone()), source)?;
        if self.args.flatten && wanted.json_key.is_none() {
            let mut given = self.members(&whole.value, &whole.origin, source, "")?;
            if let Some(previous) = self.before(wanted)?.filter(|before| secret_json::keys(&before.value).is_ok()) {
                given.extend(self.members(&previous.value, &previous.origin, source, "_PREVIOUS")?);
            }
            return Ok(given);
        }
        let last = wanted.json_key.as_deref().unwrap_or(&whole.origin.name).rsplit('/').next().unwrap_or_default();
        let variable = self.variable(last, &whole.origin.name)?;
        let rule = if wanted.json_key.is_some() { "the JSON key" } else { "last part of the secret's name" };
        let previous = self.previous(&variable, wanted, source)?;
        Ok([injected(variable, whole, source, rule)].into_iter().chain(previous).collect())
    }

    /// `--flatten`: each member of a JSON object.
    fn members(&self, value: &SecretValue, origin: &Origin, source: &str, end: &str) -> CliResult<Vec<Injected>> {
        let broken = |error| CliError::from(Error::Secret { name: origin.name.clone(), error });
        let keys = secret_json::keys(value).map_err(broken)?;
        let member = |key: &String| {
            let value = secret_json::member(value, key).map_err(broken)?;
            let variable = self.variable(&format!("{key}{end}"), &origin.name)?;
            Ok(injected(variable, Resolved { value, origin: origin.clone() }, source, "--flatten"))
        };
        keys.iter().map(member).collect()
    }

    /// `--with-previous`: the same of the version staged AWSPREVIOUS.
    fn previous(&self, variable: &Variable, wanted: &SecretRef, argument: &str) -> CliResult<Option<Injected>> {
        let name = format!("{variable}_PREVIOUS").parse::<Variable>();
        let (Ok(name), Some(resolved)) = (name, self.before(wanted)?) else { return Ok(None) };
        Ok(Some(injected(name, resolved, argument, "--with-previous")))
    }

    fn before(&self, wanted: &SecretRef) -> CliResult<Option<Resolved>> {
        if !self.args.with_previous || wanted.pick != Pick::Current {
            return Ok(None);
        }
        let secret = self.vault.referenced_secret(wanted)?;
        let previous = Stage::previous();
        if secret.staged(&previous).is_none() {
            return Ok(None);
        }
        let wanted = SecretRef { pick: Pick::Stage(previous), ..wanted.clone() };
        match self.vault.resolve_secret(&secret, &wanted) {
            // The value before may not have had the key, or may not have been JSON at all.
            Err(Error::Secret { error: SecretError::JsonKeyNotFound(_) | SecretError::NotJson, .. }) => Ok(None),
            resolved => Ok(Some(resolved?)),
        }
    }

    fn named(&self, parameter: &Parameter, selector: &Selector, source: &str) -> CliResult<Injected> {
        let last = parameter.name.levels().last().unwrap_or_default();
        self.parameter(last, parameter, selector, source, "last part of the parameter's name")
    }

    fn parameter(
        &self,
        relative: &str,
        parameter: &Parameter,
        selector: &Selector,
        argument: &str,
        rule: &'static str,
    ) -> CliResult<Injected> {
        let variable = self.variable(relative, parameter.name.as_str())?;
        let version = select(parameter, selector)?;
        let provenance = Provenance {
            argument: argument.to_owned(),
            version: version.number.to_string(),
            selected_by: selector.to_string(),
            rule,
        };
        let value = self.vault.reveal(parameter, version)?;
        Ok(Injected { variable, source: parameter.name.to_string(), value, provenance })
    }

    fn variable(&self, relative: &str, name: &str) -> CliResult<Variable> {
        let style = match self.args.name_style {
            Style::Upper => NameStyle::Upper,
            Style::Keep => NameStyle::Keep,
            Style::Last => NameStyle::Last,
        };
        Variable::from_name(relative, style, &self.args.prefix).map_err(|error| CliError::Usage {
            message: format!("`{name}`: {error}"),
            hint: "choose another `--prefix` or `--name-style`".into(),
        })
    }
}

fn injected(variable: Variable, resolved: Resolved, argument: &str, rule: &'static str) -> Injected {
    let Resolved { value, origin: Origin { name, version, selected_by, .. } } = resolved;
    Injected {
        variable,
        source: name,
        value,
        provenance: Provenance { argument: argument.to_owned(), version, selected_by, rule },
    }
}

/// `NAME=reference`. A secret may have `=` in its name; `secret:` before it tells it apart.
fn assignment(source: &str) -> Option<(Variable, &str)> {
    let (name, reference) = source.split_once('=')?;
    Some((name.parse().ok()?, reference))
}

/// Whether a source is a file: by its spelling alone, so that a new file never changes what a name means.
fn is_file(source: &str) -> bool {
    let path = Path::new(source);
    let known = ["yaml", "yml", "json", "env"];
    let ends = path.extension().is_some_and(|end| known.iter().any(|known| end.eq_ignore_ascii_case(known)));
    ends || source.starts_with("./") || source.starts_with("../") || path.file_name().is_some_and(|leaf| leaf == ".env")
}

fn secret_ref(text: &str, source: &str) -> CliResult<SecretRef> {
    text.parse().map_err(|error| CliError::Usage {
        message: format!("`{source}`: {error}"),
        hint: "a secret is ID[:JSON_KEY[:STAGE[:VERSION_ID]]]; `vault secret ls` lists their names".into(),
    })
}

fn bad_map(place: &str, error: &MapError) -> CliError {
    CliError::Usage {
        message: format!("`{place}`: {error}"),
        hint: "`vault exec --help` shows what a map may be".into(),
    }
}
