//! `builtin:random`: a new random value, for secrets that only the vault knows.

use super::error::StrategyError;
use super::options::new_password;
use super::secret::{is_object, with_texts};
use crate::model::hook::{HookCall, Produced, Step};

/// Characters excluded from passwords because they cause problems in URLs and shells (secrets-manager §9).
pub(super) const EXCLUDED: &str = "/@\"'\\";

/// `create` gives the new value: of a JSON object only the member that the option `key` names (`password`) is new. The
/// other steps have nothing to do.
pub(super) fn run(call: &HookCall) -> Result<Option<Produced>, StrategyError> {
    if call.step != Step::Create {
        return Ok(None);
    }
    let password = new_password(&call.options, EXCLUDED)?;
    let current = call.current.as_ref().filter(|current| !current.binary);
    let object = current.and_then(|current| current.value.reveal_text()).filter(|text| is_object(text));
    let Some(object) = object else { return Ok(Some(Produced { binary: false, value: password })) };
    let key = call.options.get("key").map_or("password", String::as_str);
    let text = password.reveal_text().unwrap_or_default();
    let value = with_texts(object, &[(key, text)]).ok_or_else(|| StrategyError::Member(key.to_owned()))?;
    Ok(Some(Produced { binary: false, value }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hook::HookValue;
    use crate::model::value::SecretValue;

    fn call(step: Step, current: Option<&str>, options: &[(&str, &str)]) -> HookCall {
        let value = |text: &str| HookValue {
            version_id: "v".into(),
            binary: false,
            value: SecretValue::from_text(text.to_owned()),
        };
        HookCall {
            step,
            secret: "a/b".parse().unwrap(),
            token: "t".into(),
            attempt: 1,
            current: current.map(value),
            pending: None,
            previous: None,
            aborted: Vec::new(),
            admin: None,
            options: options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    fn created(current: Option<&str>, options: &[(&str, &str)]) -> Result<String, StrategyError> {
        let produced = run(&call(Step::Create, current, options))?.unwrap();
        Ok(produced.value.reveal_text().unwrap().to_owned())
    }

    #[test]
    fn of_an_object_one_member_is_new() {
        let new = created(Some(r#"{"b":1,"password":"old","a":2}"#), &[("length", "8")]).unwrap();
        let password = new.strip_prefix(r#"{"b":1,"password":""#).unwrap().strip_suffix(r#"","a":2}"#).unwrap();
        assert!(password.len() == 8 && password != "old", "{new}");
        let new = created(Some(r#"{"token":"old"}"#), &[("key", "token")]).unwrap();
        let token = new.strip_prefix(r#"{"token":""#).unwrap().strip_suffix(r#""}"#).unwrap();
        assert_eq!(token.len(), 32, "{new}");
        assert_eq!(created(Some("{\"a\":\"b\"}"), &[]), Err(StrategyError::Member("password".into())));
    }

    #[test]
    fn other_values_are_new_as_a_whole() {
        for current in [None, Some("old"), Some("[1]"), Some("7")] {
            assert_eq!(created(current, &[]).unwrap().len(), 32);
        }
        assert_ne!(created(None, &[]).unwrap(), created(None, &[]).unwrap());
    }

    #[test]
    fn the_other_steps_have_nothing_to_do() {
        for step in [Step::Set, Step::Test, Step::Finish] {
            assert!(run(&call(step, Some("old"), &[])).unwrap().is_none());
        }
    }
}
