//! Names of parameters and secrets, for commands that are about both.

use serde::Serialize;

use super::count::Count;
use crate::cli::terminal::{Page, Report};
use crate::engine::{Checked, Refused, Result, Vault};
use crate::model::parameter::Parameter;

/// Names of parameters, and of secrets that are not marked for deletion.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Names {
    pub(crate) parameters: Vec<String>,
    pub(crate) secrets: Vec<String>,
}

impl Names {
    /// All of a vault, sorted, and the documents that were refused on the way. No value is opened.
    pub(crate) fn of(vault: &Vault<'_>) -> Result<(Self, Vec<Refused>)> {
        let Checked { found: parameters, mut refused } = vault.names::<Parameter>()?;
        let secrets = vault.live_secret_names()?;
        refused.extend(secrets.refused);
        let parameters = parameters.into_iter().map(String::from).collect();
        Ok((Names { parameters, secrets: secrets.found.iter().map(ToString::to_string).collect() }, refused))
    }

    /// Keeps the names that fit.
    pub(crate) fn retain(&mut self, parameter: impl Fn(&str) -> bool, secret: impl Fn(&str) -> bool) {
        self.parameters.retain(|name| parameter(name));
        self.secrets.retain(|name| secret(name));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.secrets.is_empty()
    }

    /// How many of each, in a sentence.
    pub(crate) fn counts(&self) -> String {
        let parameters = Count::of(self.parameters.len(), "parameter");
        format!("{parameters} and {}", Count::of(self.secrets.len(), "secret"))
    }
}

impl Report for Names {
    fn text(&self, page: &mut Page) {
        for name in self.parameters.iter().chain(&self.secrets) {
            page.name(name);
        }
    }
}
