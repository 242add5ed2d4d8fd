//! Sources that are parameters: one by its name, or all below a path.

use super::gatherer::Gatherer;
use crate::cli::commands::param::select;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::refused;
use crate::engine::{Checked, Error};
use crate::inject::environment::{Injected, Provenance};
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::near::Aim;
use crate::model::parameter::{Parameter, ParameterRef, Selector};
use crate::store::files::Reach;

impl Gatherer<'_> {
    /// A name that is a parameter is that parameter; anything else that begins with a slash is a path.
    pub(super) fn path(&self, source: &str) -> CliResult<Vec<Injected>> {
        if let Some((wanted, parameter)) = self.single(source)? {
            self.refuse_path(&wanted)?;
            return Ok(vec![self.named(&parameter, &wanted.selector, source)?]);
        }
        let path: ParameterPath = source.parse().map_err(Error::from)?;
        let Checked { found: parameters, refused } =
            self.vault.parameters_below(&path, Reach::Descendants, self.context.now)?;
        refused::outcome(refused)?;
        let injected = parameters.iter().map(|parameter| {
            let relative = parameter.name.below(&path).unwrap_or_default();
            self.parameter(relative, parameter, &Selector::Latest, source, "path below the source")
        });
        let injected: Vec<Injected> = injected.collect::<CliResult<_>>()?;
        if !injected.is_empty() {
            return Ok(injected);
        }
        Err(self.nothing(source, source.parse().ok().as_ref()))
    }

    /// `param:NAME`: the parameter, whether or not its name is a path too.
    pub(super) fn only(&self, name: &str, source: &str) -> CliResult<Vec<Injected>> {
        match self.single(name)? {
            Some((wanted, parameter)) => Ok(vec![self.named(&parameter, &wanted.selector, source)?]),
            None => Err(self.nothing(name, name.parse().ok().as_ref())),
        }
    }

    /// A parameter that has others below it may be meant alone, or as a path. A version says that it is meant alone.
    fn refuse_path(&self, wanted: &ParameterRef) -> CliResult<()> {
        let name = &wanted.name;
        let path = name.as_str().parse::<ParameterPath>();
        if wanted.selector != Selector::Latest || !path.is_ok_and(|path| self.vault.has_below(&path)) {
            return Ok(());
        }
        Err(CliError::usage(
            format!("`{name}` is a parameter, and a path with parameters below it"),
            format!("write `{name}/` for all below it, `param:{name}` for the parameter alone, or both"),
        ))
    }

    fn single(&self, source: &str) -> CliResult<Option<(ParameterRef, Parameter)>> {
        let Ok(wanted) = source.parse::<ParameterRef>() else { return Ok(None) };
        match self.vault.find_parameter(&wanted.name, self.context.now)? {
            Some(parameter) => Ok(Some((wanted, parameter))),
            None if wanted.selector != Selector::Latest => Err(self.missing(&wanted.name)),
            None => Ok(None),
        }
    }

    /// The error for a name that does not exist, or no longer exists.
    pub(super) fn missing(&self, name: &ParameterName) -> CliError {
        self.vault.missing::<Parameter>(name, self.context.now).into()
    }

    /// The error for a source that is nothing, or an expired parameter.
    pub(super) fn nothing(&self, source: &str, name: Option<&ParameterName>) -> CliError {
        self.vault.neither(Aim::Source, source, name, self.context.now).into()
    }

    /// A parameter that is a source of its own.
    pub(super) fn named(&self, parameter: &Parameter, selector: &Selector, source: &str) -> CliResult<Injected> {
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
}
