//! `GetRandomPassword` (secrets-manager §7): stores nothing.

use rand::rngs::OsRng;

use super::faults;
use crate::aws::random_password::{GetRandomPassword, GetRandomPasswordRequest};
use crate::model::password::{PasswordError, PasswordRules};
use crate::serve::answer::{Answer, answer_with};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;

/// The longest password, and the most characters to leave out.
const MOST: i64 = 4096;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let length = members.number("PasswordLength").range(1..=MOST).value();
    let exclude = members.secret("ExcludeCharacters").length(0..=MOST).or_empty();
    let usual = GetRandomPasswordRequest::default();
    let flag = |name, usual| members.flag(name).unwrap_or(usual);
    let request = GetRandomPasswordRequest {
        password_length: length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usual.password_length),
        exclude_characters: exclude.to_owned(),
        exclude_numbers: flag("ExcludeNumbers", usual.exclude_numbers),
        exclude_punctuation: flag("ExcludePunctuation", usual.exclude_punctuation),
        exclude_uppercase: flag("ExcludeUppercase", usual.exclude_uppercase),
        exclude_lowercase: flag("ExcludeLowercase", usual.exclude_lowercase),
        include_space: flag("IncludeSpace", usual.include_space),
        require_each_included_type: flag("RequireEachIncludedType", usual.require_each_included_type),
    };
    members.check()?;
    call.allow(&Ask::new("secretsmanager:GetRandomPassword", "*"))?;
    let size = request.password_length;
    let spec = PasswordRules::from(request).spec().map_err(|error| refused(&error))?;
    answer_with(&GetRandomPassword { random_password: spec.generate(&mut OsRng) }, size)
}

fn refused(error: &PasswordError) -> Fault {
    let text = match error {
        PasswordError::TooShort { .. } => "Password length is too short based on the required types.",
        PasswordError::ClassExcluded => "All characters of the desired type have been excluded.",
        PasswordError::Length | PasswordError::NothingLeft | PasswordError::Class(_) => {
            "All characters have been excluded from selection."
        }
    };
    faults::invalid_parameter(text)
}
