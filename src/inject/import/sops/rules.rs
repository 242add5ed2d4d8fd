//! Which values of a file are encrypted: sops stores the rule, and does not inspect the values.

use regex::Regex;

use super::error::SopsError;

/// Keys whose values stay unencrypted if a file states no rule.
const DEFAULT_SUFFIX: &str = "_unencrypted";

/// One of the four rules. Each looks at every key on the way to a value.
pub(super) enum Rules {
    UnencryptedSuffix(String),
    EncryptedSuffix(String),
    UnencryptedRegex(Regex),
    EncryptedRegex(Regex),
}

impl Rules {
    /// The rule of the metadata, of which `field` gives the text members.
    pub(super) fn of<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self, SopsError> {
        let stated = |name: &str| field(name).filter(|text| !text.is_empty());
        if stated("encrypted_comment_regex").or(stated("unencrypted_comment_regex")).is_some() {
            return Err(SopsError::CommentRules);
        }
        let compiled = |text: &str| Regex::new(text).map_err(|_| SopsError::Regex);
        let all = ["unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex"].map(stated);
        match all {
            [None, None, None, None] => Ok(Rules::UnencryptedSuffix(DEFAULT_SUFFIX.into())),
            [Some(suffix), None, None, None] => Ok(Rules::UnencryptedSuffix(suffix.into())),
            [None, Some(suffix), None, None] => Ok(Rules::EncryptedSuffix(suffix.into())),
            [None, None, Some(regex), None] => Ok(Rules::UnencryptedRegex(compiled(regex)?)),
            [None, None, None, Some(regex)] => Ok(Rules::EncryptedRegex(compiled(regex)?)),
            _ => Err(SopsError::Metadata("unencrypted_suffix")),
        }
    }

    pub(super) fn is_encrypted(&self, path: &[String]) -> bool {
        let mut keys = path.iter();
        match self {
            Rules::UnencryptedSuffix(suffix) => !keys.any(|key| key.ends_with(suffix)),
            Rules::EncryptedSuffix(suffix) => keys.any(|key| key.ends_with(suffix)),
            Rules::UnencryptedRegex(regex) => !keys.any(|key| regex.is_match(key)),
            Rules::EncryptedRegex(regex) => keys.any(|key| regex.is_match(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(name: &'static str, rule: &'static str) -> Rules {
        Rules::of(|field| (field == name).then_some(rule)).unwrap()
    }

    #[test]
    fn each_rule_looks_at_every_key_of_a_path() {
        let is = |rules: &Rules, path: &[&str]| {
            rules.is_encrypted(&path.iter().map(|key| (*key).into()).collect::<Vec<_>>())
        };
        let default = rules("", "");
        assert!(is(&default, &["a", "b"]) && !is(&default, &["a_unencrypted", "b"]));
        let suffix = rules("encrypted_suffix", "_secret");
        assert!(!is(&suffix, &["a", "b"]) && is(&suffix, &["a_secret", "b"]));
        let regex = rules("encrypted_regex", "^(data|stringData)$");
        assert!(!is(&regex, &["meta", "datax"]) && is(&regex, &["data", "b"]));
        let regex = rules("unencrypted_regex", "^meta");
        assert!(is(&regex, &["a"]) && !is(&regex, &["metadata", "b"]));
    }

    #[test]
    fn rules_that_cannot_be_followed_are_refused() {
        let error = |name: &'static str, rule: &'static str| Rules::of(|field| (field == name).then_some(rule)).err();
        assert_eq!(error("encrypted_comment_regex", "x"), Some(SopsError::CommentRules));
        assert_eq!(error("encrypted_regex", "("), Some(SopsError::Regex));
        assert!(Rules::of(|_| Some("x")).is_err());
    }
}
