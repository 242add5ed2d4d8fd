//! The values of each source, by the form of the argument.

use std::path::Path;

use super::gatherer::Gatherer;
use super::mapped::bad_map;
use super::secret::secret_ref;
use super::{assignment, is_file};
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::meant::below;
use crate::inject::environment::Injected;
use crate::inject::map;
use crate::model::name::ParameterPath;
use crate::model::parameter::{Parameter, ParameterRef};
use crate::model::reference::SecretRef;
use crate::model::secret::Secret;

/// What a bare name may be.
type Named = (Option<ParameterRef>, Option<Parameter>, Option<SecretRef>, bool);

impl Gatherer<'_> {
    /// What one source of the command line gives.
    pub(super) fn source(&self, source: &str) -> CliResult<Vec<Injected>> {
        if source.starts_with('/') {
            return self.path(source);
        }
        if let Some(name) = source.strip_prefix("param:") {
            return self.only(name, source);
        }
        if let Some(secret) = source.strip_prefix("secret:") {
            return self.secret(&secret_ref(secret, source)?, source);
        }
        if let Some((variable, reference)) = assignment(source) {
            let entry = map::entry(variable, reference, "NAME=reference").map_err(|flaws| bad_map(source, &flaws))?;
            return self.entry(entry, source);
        }
        if is_file(source) {
            return self.file(Path::new(source));
        }
        self.bare(source)
    }

    /// A name without a leading slash: a secret, a parameter without levels, or what is below the current path.
    fn bare(&self, source: &str) -> CliResult<Vec<Injected>> {
        let (parameter, found, secret, is_secret) = self.named_so(source)?;
        if let Some(below) = self.only_below(source, found.is_some(), is_secret)? {
            return self.path(&below);
        }
        match (parameter, found, secret) {
            (Some(wanted), Some(_), _) if is_secret => Err(both(source, &wanted)),
            (Some(wanted), Some(parameter), _) => Ok(vec![self.named(&parameter, &wanted.selector, source)?]),
            (_, None, Some(secret)) if is_secret || secret.without_suffix.is_some() => self.secret(&secret, source),
            (Some(wanted), None, _) => Err(self.nothing(source, Some(&wanted.name))),
            (None, None, Some(_)) => Err(self.nothing(source, None)),
            _ => Err(secret_ref(source, source).err().unwrap_or(CliError::MissingSecrets(vec![source.to_owned()]))),
        }
    }

    /// A source that a program may ask for itself, as one that means the same anywhere: `/PATH`, `param:NAME`, or a secret.
    pub(super) fn whole(&self, source: &str) -> CliResult<String> {
        if source.starts_with('/') || source.starts_with("param:") || source.starts_with("secret:") {
            return Ok(source.to_owned());
        }
        let (parameter, found, _, is_secret) = self.named_so(source)?;
        if let Some(below) = self.only_below(source, found.is_some(), is_secret)? {
            return Ok(below);
        }
        match parameter.filter(|_| found.is_some()) {
            Some(wanted) if is_secret => Err(both(source, &wanted)),
            Some(wanted) => Ok(format!("param:{wanted}")),
            None => Ok(source.to_owned()),
        }
    }

    /// The parameter that a bare name may be, if it exists, and the secret, and whether that exists.
    fn named_so(&self, source: &str) -> CliResult<Named> {
        let parameter = source.parse::<ParameterRef>().ok();
        let found = match &parameter {
            Some(wanted) => self.vault.find_parameter(&wanted.name, self.context.now)?,
            None => None,
        };
        let secret = source.parse::<SecretRef>().ok();
        let is_secret = match &secret {
            Some(wanted) => self.vault.find::<Secret>(&wanted.name)?.is_some(),
            None => false,
        };
        Ok((parameter, found, secret, is_secret))
    }

    /// What is below the current path, if nothing else has the name.
    fn only_below(&self, source: &str, is_parameter: bool, is_secret: bool) -> CliResult<Option<String>> {
        match self.below(source)? {
            Some(below) if is_parameter || is_secret => Err(CliError::usage(
                format!("`{source}` has two meanings: there is also `{below}`, below the current path"),
                format!(
                    "write `{below}` or `{}`",
                    if is_secret { format!("secret:{source}") } else { format!("/{source}") }
                ),
            )),
            below => Ok(below),
        }
    }

    /// The whole name of a parameter or a path below the current path, if it exists.
    fn below(&self, source: &str) -> CliResult<Option<String>> {
        let Some(wanted) = below(source, self.context)? else { return Ok(None) };
        let is_path = || source_path(&wanted).is_some_and(|path| self.vault.has_below(&path));
        let is_there = self.vault.find_parameter(&wanted.name, self.context.now)?.is_some() || is_path();
        Ok(is_there.then(|| wanted.to_string()))
    }
}

fn both(source: &str, wanted: &ParameterRef) -> CliError {
    CliError::usage(
        format!("`{source}` is both a parameter and a secret"),
        format!("write `/{wanted}` for the parameter or `secret:{source}` for the secret"),
    )
}

fn source_path(wanted: &ParameterRef) -> Option<ParameterPath> {
    wanted.to_string().parse().ok()
}
