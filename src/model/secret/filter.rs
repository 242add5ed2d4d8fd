//! Filters for listings of secrets (secrets-manager §5, Filters).

use std::str::FromStr;

use super::secret::Secret;

/// The maximum number of filters of a listing.
pub(crate) const FILTERS_LIMIT: usize = 10;
const VALUES_LIMIT: usize = 10;
const VALUE_LIMIT: usize = 512;

/// Characters that end a word.
const SIGNS: &str = "/-_+=.@";

/// One condition on a secret, written `KEY=VALUE[,VALUE…]`. Several filters must all hold; of the values in one, any. A
/// `!` before a value negates it.
///
/// `name`, `tag-key` and `tag-value` match prefixes, case-sensitively. `description` and `all` match words, ignoring
/// case: each word of the value must be a prefix of some word of the text. Words end at spaces, at any of `/-_+=.@`,
/// and before an upper-case letter that follows a lower-case one or precedes one: `SecretFTag` is `secret`, `f` and `tag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretFilter {
    key: Key,
    values: Vec<Wanted>,
    words: Words,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the words of the service")]
enum Key {
    Name,
    Description,
    TagKey,
    TagValue,
    /// With the region of secrets that are not copies. One without copies has no primary region.
    PrimaryRegion(String),
    OwningService,
    All,
}

/// What ends a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Any special character.
    AnySign,
    /// A special character, unless the word mixes two kinds of them: AWS leaves such a word whole.
    OneSign,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    negated: bool,
    text: String,
}

/// Why something is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretFilterError {
    /// Not `KEY=VALUE`.
    #[error("a filter is written KEY=VALUE, with keys name, description, tag-key, tag-value and all")]
    Form,
    /// A key that does not exist.
    #[error("{0:?} is not a filter key; valid keys are name, description, tag-key, tag-value and all")]
    Key(String),
    /// Too many values, or an overlong one.
    #[error("a filter has 1 to {VALUES_LIMIT} values of 1 to {VALUE_LIMIT} characters")]
    Values,
    /// Too many filters.
    #[error("there can be {FILTERS_LIMIT} filters, these are {0}")]
    Count(usize),
    /// A character that no value of a filter has.
    #[error("{0:?} is not allowed in the value of a filter")]
    Character(char),
}

impl SecretFilter {
    /// Refuses more filters than a listing accepts.
    pub(crate) fn check_count(filters: &[SecretFilter]) -> Result<(), SecretFilterError> {
        if filters.len() > FILTERS_LIMIT { Err(SecretFilterError::Count(filters.len())) } else { Ok(()) }
    }

    /// A filter of a request, which splits words as AWS does. `region` is where secrets are that are not copies.
    pub(crate) fn of_request(key: &str, values: &[&str], region: &str) -> Result<Self, SecretFilterError> {
        let key = match key {
            "primary-region" => Key::PrimaryRegion(region.to_owned()),
            "owning-service" => Key::OwningService,
            key => key.parse()?,
        };
        Ok(SecretFilter { key, values: values.iter().map(|text| Wanted::of(text)).collect(), words: Words::OneSign })
    }

    /// Whether a secret matches.
    pub(crate) fn matches(&self, secret: &Secret) -> bool {
        self.values.iter().any(|wanted| self.key.finds(secret, &wanted.text, self.words) != wanted.negated)
    }
}

impl Key {
    fn finds(&self, secret: &Secret, text: &str, split: Words) -> bool {
        match self {
            Key::Name => secret.name.as_str().starts_with(text),
            Key::TagKey => secret.tags.keys().any(|key| key.starts_with(text)),
            Key::TagValue => secret.tags.values().any(|value| value.starts_with(text)),
            Key::Description => has_words([secret.description.as_str()].into_iter(), text, split),
            Key::PrimaryRegion(here) => {
                let own = (!secret.replicas.is_empty()).then_some(here);
                let primary = secret.copied_from().map(|origin| &origin.region).or(own);
                primary.is_some_and(|region| !region.is_empty() && region.starts_with(text))
            }
            // No service owns a secret of a vault.
            Key::OwningService => false,
            Key::All => {
                let tags = secret.tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
                has_words([secret.name.as_str(), secret.description.as_str()].into_iter().chain(tags), text, split)
            }
        }
    }
}

/// Whether each searched word is a prefix of some word of the texts.
fn has_words<'a>(texts: impl Iterator<Item = &'a str>, searched: &str, split: Words) -> bool {
    let present: Vec<String> = texts.flat_map(|text| split.words(text)).collect();
    let searched = split.words(searched);
    !searched.is_empty() && searched.iter().all(|word| present.iter().any(|found| found.starts_with(word.as_str())))
}

impl Words {
    /// The words of a text, in lower case.
    fn words(self, text: &str) -> Vec<String> {
        match self {
            Words::AnySign => words(text),
            Words::OneSign => text.split_whitespace().flat_map(words_of_one_sign).collect(),
        }
    }
}

/// The words of a text without spaces; the text itself if it mixes special characters.
fn words_of_one_sign(text: &str) -> Vec<String> {
    let mut signs = text.chars().filter(|c| SIGNS.contains(*c));
    let first = signs.next();
    let is_mixed = signs.any(|sign| Some(sign) != first);
    if is_mixed { vec![text.to_lowercase()] } else { words(text) }
}

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends = c.is_whitespace() || SIGNS.contains(c);
        let is_lower = |c: char| c.is_lowercase();
        let begins = before.is_lowercase() || before.is_uppercase() && chars.peek().copied().is_some_and(is_lower);
        if ends || (c.is_uppercase() && begins) {
            words.push(String::new());
        }
        before = c;
        if let Some(word) = words.last_mut().filter(|_| !ends) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl FromStr for SecretFilter {
    type Err = SecretFilterError;

    fn from_str(text: &str) -> Result<Self, SecretFilterError> {
        let (key, values) = text.split_once('=').ok_or(SecretFilterError::Form)?;
        let (key, words) = (key.parse()?, Words::AnySign);
        let values = values.split(',').map(str::parse).collect::<Result<Vec<Wanted>, _>>()?;
        if values.len() > VALUES_LIMIT {
            Err(SecretFilterError::Values)
        } else {
            Ok(SecretFilter { key, values, words })
        }
    }
}

impl FromStr for Key {
    type Err = SecretFilterError;

    fn from_str(text: &str) -> Result<Self, SecretFilterError> {
        match text {
            "name" => Ok(Key::Name),
            "description" => Ok(Key::Description),
            "tag-key" => Ok(Key::TagKey),
            "tag-value" => Ok(Key::TagValue),
            "all" => Ok(Key::All),
            _ => Err(SecretFilterError::Key(text.chars().take(64).collect())),
        }
    }
}

impl Wanted {
    fn of(text: &str) -> Self {
        let bare = text.strip_prefix('!');
        Wanted { negated: bare.is_some(), text: bare.unwrap_or(text).to_owned() }
    }
}

impl FromStr for Wanted {
    type Err = SecretFilterError;

    fn from_str(text: &str) -> Result<Self, SecretFilterError> {
        let wanted = Wanted::of(text);
        let fits = |c: char| c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c);
        if let Some(bad) = wanted.text.chars().find(|c| !fits(*c)) {
            return Err(SecretFilterError::Character(bad));
        }
        if wanted.text.is_empty() || wanted.text.len() > VALUE_LIMIT {
            return Err(SecretFilterError::Values);
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::replication::Replica;
    use super::super::sample::secret;
    use super::*;
    use crate::model::id::VaultId;

    fn finds(filter: &str) -> bool {
        let mut secret = secret();
        secret.describe("Master of the orderService database").unwrap();
        secret.tags.insert("Team".into(), "payments".into());
        filter.parse::<SecretFilter>().unwrap().matches(&secret)
    }

    #[test]
    fn names_and_tags_are_compared_from_their_beginning_with_case() {
        for (filter, expected) in [
            ("name=prod/", true),
            ("name=prod/db", true),
            ("name=db", false),
            ("name=Prod", false),
            ("tag-key=Te", true),
            ("tag-key=te", false),
            ("tag-value=pay", true),
            ("tag-value=ments", false),
        ] {
            assert_eq!(finds(filter), expected, "{filter}");
        }
    }

    #[test]
    fn descriptions_are_searched_for_beginnings_of_words_without_case() {
        for (filter, expected) in [
            ("description=MASTER data", true),
            ("description=service", true),
            ("description=aster", false),
            ("description=master other", false),
            ("all=db pay", true),
            ("all=nothing", false),
        ] {
            assert_eq!(finds(filter), expected, "{filter}");
        }
    }

    #[test]
    fn words_begin_where_the_case_changes() {
        for (text, expected) in [
            ("SecretFTag", "secret f tag"),
            ("orderService", "order service"),
            ("HTTPServer", "http server"),
            ("DBs", "d bs"),
            ("MASTER a1B2", "master a1b2"),
            ("x/y-Z", "x y z"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_request_leaves_words_of_mixed_signs_whole_and_knows_regions() {
        let mut secret = secret();
        secret.describe("Orders of prod/eu-west shop_db").unwrap();
        let finds =
            |key: &str, value: &str| SecretFilter::of_request(key, &[value], "eu-west-1").unwrap().matches(&secret);
        for (key, value, expected) in [
            ("description", "orders DB", true),
            ("description", "west", false),
            ("description", "prod/eu-w", true),
            ("description", "!west", true),
            ("all", "db", true),
            ("name", "", true),
            ("primary-region", "eu-", false),
            ("primary-region", "!eu-", true),
            ("owning-service", "rds", false),
            ("owning-service", "!rds", true),
        ] {
            assert_eq!(finds(key, value), expected, "{key} {value}");
        }
        let (vault, key, name) = (VaultId([1; 32]), "default".parse().unwrap(), secret.name.clone());
        secret.add_replica(Replica { vault, region: "us-east-1".into(), key, name }).unwrap();
        let finds =
            |value: &str| SecretFilter::of_request("primary-region", &[value], "eu-west-1").unwrap().matches(&secret);
        assert!(finds("eu-") && !finds("us-"), "a secret with copies is the primary of its own region");
        assert!(SecretFilter::of_request("owner", &["a"], "").is_err());
    }

    #[test]
    fn any_value_suffices_and_an_exclamation_mark_turns_one_round() {
        assert!(finds("name=test/,prod/"));
        assert!(!finds("name=!prod/"));
        assert!(finds("name=!test/"));
        assert!(finds("tag-key=!Cost"));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        use SecretFilterError as E;
        let error = |text: &str| text.parse::<SecretFilter>().unwrap_err();
        assert_eq!(error("prod"), E::Form);
        assert_eq!(error("owner=x"), E::Key("owner".into()));
        assert_eq!(error("name="), E::Values);
        assert_eq!(error("name=!"), E::Values);
        assert_eq!(error("name=a*"), E::Character('*'));
        assert_eq!(error(&format!("name={}", ["a"; 11].join(","))), E::Values);
        assert_eq!(error(&format!("name={}", "a".repeat(513))), E::Values);
        let filters: Vec<SecretFilter> = vec!["name=a".parse().unwrap(); 11];
        assert_eq!(SecretFilter::check_count(&filters), Err(E::Count(11)));
        assert_eq!(SecretFilter::check_count(&filters[1..]), Ok(()));
    }
}
