//! What gathers the sources of a command, and what its helpers share.

use super::{SourceArgs, Style};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::engine::{Origin, Resolved, Resolver, Vault};
use crate::inject::environment::{Injected, Provenance};
use crate::inject::variable::{NameStyle, Variable};
use crate::model::reference::Reference;

/// Gathers the sources of one command from one vault.
pub(super) struct Gatherer<'a> {
    pub(super) args: &'a SourceArgs,
    pub(super) vault: &'a Vault<'a>,
    pub(super) resolver: Resolver<'a>,
    pub(super) context: &'a Context,
}

impl Gatherer<'_> {
    /// The value of a reference; an error names the argument that contains it.
    pub(super) fn resolve(&self, reference: &Reference, argument: &str) -> CliResult<Resolved> {
        self.resolver
            .resolve(reference, self.context.now)
            .map_err(|error| CliError::InSource { source: Box::new(error.into()), argument: argument.to_owned() })
    }

    /// The variable that a part of a name becomes, in the style and with the prefix of the command.
    pub(super) fn variable(&self, relative: &str, name: &str) -> CliResult<Variable> {
        let style = match self.args.name_style {
            Style::Upper => NameStyle::Upper,
            Style::Keep => NameStyle::Keep,
            Style::Last => NameStyle::Last,
        };
        Variable::from_name(relative, style, &self.args.prefix).map_err(|error| {
            CliError::usage(format!("`{name}`: {error}"), "choose another `--prefix` or `--name-style`")
        })
    }
}

/// A resolved reference as the variable of that name.
pub(super) fn injected(variable: Variable, resolved: Resolved, argument: &str, rule: &'static str) -> Injected {
    let Resolved { value, origin: Origin { name, version, selected_by, .. } } = resolved;
    Injected {
        variable,
        source: name,
        value,
        provenance: Provenance { argument: argument.to_owned(), version, selected_by, rule },
    }
}
