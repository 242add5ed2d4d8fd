//! Errors for names that nothing has. Only this error path lists names.

use super::error::Error;
use super::valued::Valued;
use super::vault::Vault;
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::near::{Aim, Near, near};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::store::files::Reach;

impl Vault<'_> {
    /// The error for a name that no document of a kind has, with similar names.
    pub(crate) fn not_found<D: Valued>(&self, name: &str) -> Error {
        self.nothing(Aim::One(D::KIND), name)
    }

    /// The error for a name that nothing has, with similar ones of every kind.
    pub(crate) fn nothing(&self, aim: Aim, name: &str) -> Error {
        Error::NotFound { aim, name: name.to_owned(), near: self.near(aim, name) }
    }

    /// What a name may have meant.
    pub(crate) fn near(&self, aim: Aim, name: &str) -> Vec<Near> {
        let (parameters, secrets) = (self.names::<Parameter>(), self.names::<Secret>());
        near(aim, name, &parameters.unwrap_or_default().found, &secrets.unwrap_or_default().found)
    }

    /// Why there is no usable parameter or secret of that name.
    pub(crate) fn neither(&self, aim: Aim, name: &str, parameter: Option<&ParameterName>, now: Timestamp) -> Error {
        match parameter.map(|parameter| self.missing::<Parameter>(parameter, now)) {
            None | Some(Error::NotFound { .. }) => self.nothing(aim, name),
            Some(error) => error,
        }
    }

    /// Whether there are parameters below a path.
    pub(crate) fn has_below(&self, path: &ParameterPath) -> bool {
        self.names_below(path, Reach::Descendants).is_ok_and(|names| !names.found.is_empty())
    }
}
