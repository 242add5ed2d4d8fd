//! Reading one value, of a parameter or of a secret by way of it (parameter-store §9, §10, §13).

use super::lookup::{self, Found};
use super::pass_through::PassThrough;
use super::requested::Requested;
use super::{faults, shown};
use crate::aws::parameter::Parameter as Shown;
use crate::model::parameter::{Parameter, ParameterType, Selector};
use crate::model::trust::Kind;
use crate::serve::answer::Seconds;
use crate::serve::call::Call;
use crate::serve::unanswered::Unanswered;

/// What a caller may read, not opened yet.
pub(super) enum Read {
    Parameter(Requested, Found),
    Secret(PassThrough),
}

impl Read {
    /// What a text names, if the caller may read it.
    pub(super) fn of(call: &Call<'_>, text: &str, decrypts: bool) -> Result<Self, Unanswered> {
        if let Some(secret) = PassThrough::of(call, text, decrypts)? {
            return Ok(Read::Secret(secret));
        }
        let requested = Requested::version(text)?;
        let selector = &requested.selector;
        let found = lookup::allowed(call, &requested.name, |ask, parameter, name| {
            if decrypts && parameter.is_some_and(|it| is_sealed(it, selector)) {
                ask.reads(Kind::Parameter, name)
            } else {
                ask
            }
        })?;
        Ok(Read::Parameter(requested, found))
    }

    pub(super) fn open(self, call: &Call<'_>, decrypts: bool) -> Result<Shown<Seconds>, Unanswered> {
        match self {
            Read::Secret(secret) => secret.open(call),
            Read::Parameter(requested, found) => {
                let parameter = found.ok_or_else(faults::not_found)?;
                let (name, selector) = (requested.spelled(&parameter), &requested.selector);
                let missing = |_| faults::version_not_found(&selector.to_string(), &name);
                let version = parameter.select(selector).map_err(missing)?;
                shown::valued(call, &parameter, version, name, selector, decrypts)
            }
        }
    }
}

fn is_sealed(parameter: &Parameter, selector: &Selector) -> bool {
    parameter.select(selector).is_ok_and(|version| version.parameter_type() == ParameterType::SecureString)
}
