//! `GetRandomPassword`: its request and its answer (secrets-manager §7).

use serde::{Deserialize, Serialize};

use super::value;
use crate::model::password::{Class, PasswordRules, Require, USUAL_LENGTH};
use crate::model::value::SecretValue;

/// The requested kind of password. Without any member: 32 characters out of lower case, upper case, digits and
/// punctuation, each at least once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "AWS has a switch for each")]
pub(crate) struct GetRandomPasswordRequest {
    /// 1–4096 characters.
    pub password_length: usize,
    /// Characters left out of every class.
    pub exclude_characters: String,
    /// No digits.
    pub exclude_numbers: bool,
    /// No punctuation.
    pub exclude_punctuation: bool,
    /// No upper-case letters.
    pub exclude_uppercase: bool,
    /// No lower-case letters.
    pub exclude_lowercase: bool,
    /// The space as well.
    pub include_space: bool,
    /// At least one character of each class that is not excluded.
    pub require_each_included_type: bool,
}

/// The answer. The password is wiped on drop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetRandomPassword {
    /// The password.
    #[serde(serialize_with = "value::text")]
    pub random_password: SecretValue,
}

impl Default for GetRandomPasswordRequest {
    fn default() -> Self {
        GetRandomPasswordRequest {
            password_length: USUAL_LENGTH,
            exclude_characters: String::new(),
            exclude_numbers: false,
            exclude_punctuation: false,
            exclude_uppercase: false,
            exclude_lowercase: false,
            include_space: false,
            require_each_included_type: true,
        }
    }
}

impl From<GetRandomPasswordRequest> for PasswordRules {
    fn from(request: GetRandomPasswordRequest) -> Self {
        let classes = [
            (Class::Lower, !request.exclude_lowercase),
            (Class::Upper, !request.exclude_uppercase),
            (Class::Digits, !request.exclude_numbers),
            (Class::Punctuation, !request.exclude_punctuation),
            (Class::Space, request.include_space),
        ];
        PasswordRules {
            length: request.password_length,
            classes: classes.into_iter().filter(|(_, wanted)| *wanted).map(|(class, _)| class).collect(),
            exclude: request.exclude_characters,
            require: if request.require_each_included_type { Require::EachClass } else { Require::Nothing },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(request: &str) -> PasswordRules {
        serde_json::from_str::<GetRandomPasswordRequest>(request).unwrap().into()
    }

    #[test]
    fn what_is_left_out_has_the_defaults_of_aws() {
        let defaults = rules("{}");
        assert_eq!((defaults.length, defaults.require), (32, Require::EachClass));
        assert_eq!(defaults.classes, [Class::Lower, Class::Upper, Class::Digits, Class::Punctuation]);
    }

    #[test]
    fn each_switch_has_its_class() {
        let request = r#"{"PasswordLength":8,"ExcludePunctuation":true,"ExcludeUppercase":true,"ExcludeNumbers":true,
            "IncludeSpace":true,"RequireEachIncludedType":false,"ExcludeCharacters":"l"}"#;
        let expected = PasswordRules {
            length: 8,
            classes: vec![Class::Lower, Class::Space],
            exclude: "l".into(),
            require: Require::Nothing,
        };
        assert_eq!(rules(request), expected);
        assert_eq!(rules(r#"{"ExcludeLowercase":true}"#).classes[0], Class::Upper);
    }
}
