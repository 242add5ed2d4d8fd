//! Keys by AWS's names: an alias for each key of the vault (parameter-store §3).

use super::faults;
use crate::aws::error::ErrorCode;
use crate::model::arn::Arn;
use crate::model::name::KeyName;
use crate::serve::fault::Fault;

/// What AWS calls the key that encrypts where none is named; here it is the first key of a vault.
const DEFAULT: &str = "alias/aws/ssm";
const FIRST: &str = "default";

/// A key in an answer.
pub(super) fn shown(key: &KeyName) -> String {
    if key.as_str() == FIRST { DEFAULT.to_owned() } else { format!("alias/{key}") }
}

/// The texts that name a key in a filter.
pub(super) fn names(key: &KeyName) -> [String; 3] {
    [shown(key), format!("alias/{key}"), key.to_string()]
}

/// The key that a request names; `None` for the one that the vault chooses.
pub(super) fn requested(text: &str) -> Result<Option<KeyName>, Fault> {
    let name = match Arn::parse(text) {
        Some(arn) => arn.resource.strip_prefix("key/").unwrap_or(arn.resource),
        None => text,
    };
    if name == DEFAULT {
        return Ok(None);
    }
    let key = name.strip_prefix("alias/").unwrap_or(name).parse();
    key.map(Some).map_err(|_| faults::new(ErrorCode::InvalidKeyId.as_str(), format!("Invalid keyId {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_name_its_alias_or_an_arn() {
        let key = |text| requested(text).map(|key| key.map(|key| key.to_string())).map_err(|fault| fault.code);
        for text in ["prod", "alias/prod", "arn:aws:kms:eu-west-1:1:alias/prod", "arn:aws:kms:eu-west-1:1:key/prod"] {
            assert_eq!(key(text), Ok(Some("prod".into())), "{text}");
        }
        assert_eq!(key("alias/aws/ssm"), Ok(None));
        assert_eq!(key("alias/Other"), Err("InvalidKeyId"));
        assert_eq!(["default", "prod"].map(|name| shown(&name.parse().unwrap())), ["alias/aws/ssm", "alias/prod"]);
    }
}
