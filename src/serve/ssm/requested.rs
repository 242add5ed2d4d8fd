//! A parameter as a request names it: a name or an ARN, perhaps with a selector (parameter-store §2, §9).

use super::faults;
use crate::model::arn::Arn;
use crate::model::name::{NameError, ParameterName};
use crate::model::parameter::{Parameter, Selector};
use crate::serve::fault::Fault;

/// What a request names.
pub(super) struct Requested {
    pub name: ParameterName,
    /// The version.
    pub selector: Selector,
    /// How the request spells the name; `None` for an ARN.
    spelled: Option<String>,
}

impl Requested {
    /// A name or an ARN, with a selector or without.
    pub(super) fn version(text: &str) -> Result<Self, Fault> {
        let (text, is_arn) = bare(text)?;
        let Some((name, selector)) = text.split_once(':') else { return Requested::latest(text, is_arn) };
        let found = Requested::latest(name, is_arn)?;
        Ok(Requested { selector: select(name, selector)?, ..found })
    }

    /// A name or an ARN, without a selector.
    pub(super) fn whole(text: &str) -> Result<Self, Fault> {
        let (text, is_arn) = bare(text)?;
        Requested::latest(text, is_arn)
    }

    fn latest(text: &str, is_arn: bool) -> Result<Self, Fault> {
        let spelled = (!is_arn).then(|| text.trim_matches(' ').to_owned());
        Ok(Requested { name: name(text)?, selector: Selector::Latest, spelled })
    }

    /// The name for the answer: as it was requested, or for an ARN as it was created.
    pub(super) fn spelled(&self, parameter: &Parameter) -> String {
        self.spelled.clone().unwrap_or_else(|| parameter.name.to_string())
    }
}

/// The name of a parameter that should exist. Nothing has a reserved name.
pub(super) fn name(text: &str) -> Result<ParameterName, Fault> {
    text.parse().map_err(|error| match error {
        NameError::Reserved => faults::not_found(),
        error => faults::name(&error),
    })
}

/// The part of an ARN that is a name, with its selector; any other text as it is.
fn bare(text: &str) -> Result<(&str, bool), Fault> {
    if !text.starts_with("arn:") {
        return Ok((text, false));
    }
    let name = Arn::parse(text).and_then(|arn| arn.parameter());
    name.map(|name| (name, true)).ok_or_else(|| faults::name(&NameError::EmptyLevel))
}

fn select(name: &str, text: &str) -> Result<Selector, Fault> {
    let is_written = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if text.is_empty() || !text.bytes().all(is_written) {
        return Err(faults::selector());
    }
    text.parse::<Selector>().map_err(|_| faults::version_not_found(text, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parameter::sample;

    fn code(text: &str) -> &'static str {
        Requested::version(text).map_or_else(|fault| fault.code, |_| "")
    }

    #[test]
    fn a_name_is_answered_as_it_was_asked_for_and_an_arn_as_it_was_created() {
        let mut parameter = sample::parameter(1);
        parameter.name = "a".parse().unwrap();
        for (asked, answered) in
            [("a", "a"), ("/a", "/a"), (" /a:1 ", "/a"), ("arn:aws:ssm:eu-west-1:1:parameter/a:live", "a")]
        {
            assert_eq!(Requested::version(asked.trim_end()).unwrap().spelled(&parameter), answered, "{asked}");
        }
    }

    #[test]
    fn what_can_be_no_name_is_refused_and_what_nothing_is_called_is_not_found() {
        for text in ["a b", "a/b", "/a//b", "/a:b:c", "/a:", "/a:é", "arn:aws:s3:::a", "arn:aws:ssm:r:1:document/a"] {
            assert_eq!(code(text), "ValidationException", "{text}");
        }
        assert_eq!(code("/aws/service/list"), "ParameterNotFound");
        for text in ["/a:0", "/a:1st", "/a:aws"] {
            assert_eq!(code(text), "ParameterVersionNotFound", "{text}");
        }
        assert_eq!(code("/a:live"), "");
    }
}
