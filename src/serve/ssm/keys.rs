//! Keys by AWS's names: an alias for each key of the vault (parameter-store §3).

use super::faults;
use crate::aws::error::ErrorCode;
use crate::model::arn::Arn;
use crate::model::name::{KeyName, NameError};
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::request_id::request_id;

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
pub(super) fn requested(text: &str) -> Result<Option<KeyName>, NameError> {
    let name = match Arn::parse(text) {
        Some(arn) => arn.resource.strip_prefix("key/").unwrap_or(arn.resource),
        None => text,
    };
    if name == DEFAULT {
        return Ok(None);
    }
    name.strip_prefix("alias/").unwrap_or(name).parse().map(Some)
}

/// No key has the name that a request states. The service passes on what the service of its keys says.
pub(super) fn unknown(call: &Call<'_>, text: &str) -> Fault {
    let resource = match Arn::parse(text) {
        Some(arn) => arn.resource.to_owned(),
        None if text.starts_with("alias/") => text.to_owned(),
        None => format!("key/{text}"),
    };
    let arn = call.account().arn("kms", &resource);
    let is_alias = resource.starts_with("alias/");
    let what = if is_alias { format!("Alias {arn} is not found.") } else { format!("Key '{arn}' does not exist") };
    let source = "Service: AWSKMS; Status Code: 400; Error Code: NotFoundException";
    let id = request_id();
    faults::new(ErrorCode::InvalidKeyId.as_str(), format!("{what} ({source}; Request ID: {id}; Proxy: null)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_name_its_alias_or_an_arn() {
        let key = |text| requested(text).map(|key| key.map(|key| key.to_string()));
        for text in ["prod", "alias/prod", "arn:aws:kms:eu-west-1:1:alias/prod", "arn:aws:kms:eu-west-1:1:key/prod"] {
            assert_eq!(key(text), Ok(Some("prod".into())), "{text}");
        }
        assert_eq!(key("alias/aws/ssm"), Ok(None));
        assert!(key("alias/Other").is_err());
        assert_eq!(["default", "prod"].map(|name| shown(&name.parse().unwrap())), ["alias/aws/ssm", "alias/prod"]);
    }
}
