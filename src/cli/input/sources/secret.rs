//! Sources that are secrets, whole or member by member, and their versions before.

use super::gatherer::{Gatherer, injected};
use crate::cli::error::{CliError, CliResult};
use crate::engine::{Error, Origin, Resolved};
use crate::inject::environment::Injected;
use crate::inject::variable::Variable;
use crate::model::reference::{Pick, Reference, SecretRef};
use crate::model::secret::{SecretError, Stage, json};
use crate::model::value::SecretValue;

impl Gatherer<'_> {
    /// A secret that is a source of its own.
    pub(super) fn secret(&self, wanted: &SecretRef, source: &str) -> CliResult<Vec<Injected>> {
        let whole = self.resolve(&Reference::Secret(wanted.clone()), source)?;
        if self.args.flatten && wanted.json_key.is_none() {
            let mut given = self.members(&whole.value, &whole.origin, source, "")?;
            if let Some(previous) = self.before(wanted)?.filter(|before| json::keys(&before.value).is_ok()) {
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
        let keys = json::keys(value).map_err(broken)?;
        let member = |key: &String| {
            let value = json::member(value, key).map_err(broken)?;
            let variable = self.variable(&format!("{key}{end}"), &origin.name)?;
            Ok(injected(variable, Resolved { value, origin: origin.clone() }, source, "--flatten"))
        };
        keys.iter().map(member).collect()
    }

    /// `--with-previous`: the same of the version staged AWSPREVIOUS.
    pub(super) fn previous(
        &self,
        variable: &Variable,
        wanted: &SecretRef,
        argument: &str,
    ) -> CliResult<Option<Injected>> {
        let name = format!("{variable}_PREVIOUS").parse::<Variable>();
        let (Ok(name), Some(resolved)) = (name, self.before(wanted)?) else { return Ok(None) };
        Ok(Some(injected(name, resolved, argument, "--with-previous")))
    }

    fn before(&self, wanted: &SecretRef) -> CliResult<Option<Resolved>> {
        if !self.args.with_previous || wanted.pick != Pick::Current {
            return Ok(None);
        }
        let secret = self.resolver.secret(wanted)?;
        let previous = Stage::previous();
        if secret.staged(&previous).is_none() {
            return Ok(None);
        }
        let wanted = SecretRef { pick: Pick::Stage(previous), ..wanted.clone() };
        match self.vault.resolve_secret(&secret, &wanted) {
            // The previous value may not have had the key, or may not have been JSON at all.
            Err(Error::Secret { error: SecretError::JsonKeyNotFound(_) | SecretError::NotJson, .. }) => Ok(None),
            resolved => Ok(Some(resolved?)),
        }
    }
}

/// Reads a reference to a secret; an error names the source that contains it.
pub(super) fn secret_ref(text: &str, source: &str) -> CliResult<SecretRef> {
    text.parse().map_err(|error| {
        CliError::usage(
            format!("`{source}`: {error}"),
            "a secret is ID[:JSON_KEY[:STAGE[:VERSION_ID]]]; `vault secret ls` lists their names",
        )
    })
}
