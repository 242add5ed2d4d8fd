//! Tags: unversioned metadata of a parameter or secret (parameter-store §6).

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

/// The maximum number of tags of a parameter or secret.
pub(crate) const TAGS_LIMIT: usize = 50;

const KEY_LIMIT: usize = 128;
const VALUE_LIMIT: usize = 256;

/// A key with its value, both within the rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    key: String,
    value: String,
}

/// Why something is not a tag, or too many tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// No `=` in a text that should have one.
    #[error("a tag is written key=value")]
    Form,
    /// An empty or overlong key.
    #[error("the key of a tag has 1 to {KEY_LIMIT} characters, this one has {0}")]
    KeyLength(usize),
    /// An overlong value.
    #[error("the value of the tag {key:?} has at most {VALUE_LIMIT} characters, this one has {length}")]
    ValueLength {
        /// The tag's key.
        key: String,
        /// How many characters its value has.
        length: usize,
    },
    /// A character that tags cannot have.
    #[error("the tag {key:?} has a character other than letters, digits, spaces and `_.:/=+-@`")]
    Character {
        /// The tag's key.
        key: String,
    },
    /// A key that begins with `aws:`.
    #[error("tag keys that begin with `aws:` are reserved")]
    Reserved,
    /// A key that is given twice.
    #[error("the tag {0:?} is given twice")]
    Twice(String),
    /// More than fifty.
    #[error("at most {TAGS_LIMIT} tags are allowed, this would be {0}")]
    TooMany(usize),
}

impl Tag {
    /// A tag, checked. The prefix `aws:` is reserved in lower case and, to be on the safe side, in any other.
    pub fn new(key: &str, value: &str) -> Result<Self, TagError> {
        let length = key.chars().count();
        if !(1..=KEY_LIMIT).contains(&length) {
            return Err(TagError::KeyLength(length));
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(TagError::Reserved);
        }
        let length = value.chars().count();
        if length > VALUE_LIMIT {
            return Err(TagError::ValueLength { key: key.to_owned(), length });
        }
        if !Tag::is_written(key) || !Tag::is_written(value) {
            return Err(TagError::Character { key: key.to_owned() });
        }
        Ok(Tag { key: key.to_owned(), value: value.to_owned() })
    }

    /// Whether a key or value has only characters of tags.
    pub(crate) fn is_written(text: &str) -> bool {
        ALPHABET.is_match(text)
    }

    /// The key, 1–128 characters.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, 0–256 characters.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The set of some tags, each key given once.
    pub fn set(tags: impl IntoIterator<Item = Self>) -> Result<BTreeMap<String, String>, TagError> {
        let mut set = BTreeMap::new();
        for Tag { key, value } in tags {
            if set.insert(key.clone(), value).is_some() {
                return Err(TagError::Twice(key));
            }
        }
        Ok(set)
    }

    /// A set with more tags, which replace those with the same keys.
    pub(crate) fn added(
        set: &BTreeMap<String, String>,
        more: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, TagError> {
        let mut all = set.clone();
        all.extend(more.clone());
        Tag::check_all(&all)?;
        Ok(all)
    }

    /// Checks a whole set: each tag, and that there are at most fifty.
    pub fn check_all(tags: &BTreeMap<String, String>) -> Result<(), TagError> {
        for (key, value) in tags {
            Tag::new(key, value)?;
        }
        if tags.len() > TAGS_LIMIT { Err(TagError::TooMany(tags.len())) } else { Ok(()) }
    }
}

impl FromStr for Tag {
    type Err = TagError;

    /// Reads `key=value`; the first `=` ends the key, unless it is written `\=`.
    fn from_str(text: &str) -> Result<Self, TagError> {
        let (key, value) = split(text).ok_or(TagError::Form)?;
        Tag::new(&unescaped(key), value)
    }
}

/// A text before and after the first `=` that is not written `\=`.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let mut ends = text.match_indices('=').map(|(at, _)| (&text[..at], &text[at + 1..]));
    ends.find(|(before, _)| !before.ends_with('\\'))
}

/// A key of a tag with its signs as they are; a backslash is in no key.
pub(crate) fn unescaped(key: &str) -> String {
    key.replace("\\=", "=")
}

impl From<Tag> for (String, String) {
    fn from(tag: Tag) -> Self {
        (tag.key, tag.value)
    }
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test below")]
static ALPHABET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]*\z").expect("a constant pattern"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_up_to_the_first_equals_sign() {
        let tag: Tag = "team=a=b c/Ä_.:+-@".parse().unwrap();
        assert_eq!((tag.key(), tag.value()), ("team", "a=b c/Ä_.:+-@"));
        assert_eq!("team=".parse::<Tag>().unwrap().value(), "");
        let tag: Tag = r"a\=b\=c=d=e".parse().unwrap();
        assert_eq!((tag.key(), tag.value()), ("a=b=c", "d=e"), "a key may have the sign itself");
        for bad in ["team", r"team\=x"] {
            assert_eq!(bad.parse::<Tag>(), Err(TagError::Form), "{bad}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert!(Tag::new(&"ä".repeat(128), &"ä".repeat(256)).is_ok());
        assert_eq!(Tag::new(&"a".repeat(129), ""), Err(TagError::KeyLength(129)));
        assert_eq!(Tag::new("", "x"), Err(TagError::KeyLength(0)));
        assert!(matches!(Tag::new("a", &"a".repeat(257)), Err(TagError::ValueLength { length: 257, .. })));
    }

    #[test]
    fn control_characters_and_reserved_keys_are_refused() {
        for (key, value) in [("a\n", ""), ("a", "b\tc"), ("a", "{}"), ("a", "\u{1b}[0m")] {
            assert!(matches!(Tag::new(key, value), Err(TagError::Character { .. })), "{key:?} {value:?}");
        }
        assert_eq!(Tag::new("aws:x", ""), Err(TagError::Reserved));
        assert_eq!(Tag::new("AWS:x", ""), Err(TagError::Reserved));
        assert!(Tag::new("awsome", "").is_ok());
    }

    #[test]
    fn a_set_has_each_key_once() {
        let tags = |texts: &[&str]| Tag::set(texts.iter().map(|text| text.parse().unwrap()));
        assert_eq!(tags(&["a=1", "b=1"]).unwrap().len(), 2);
        assert_eq!(tags(&["a=1", "a=1"]), Err(TagError::Twice("a".into())));
    }

    #[test]
    fn a_set_has_at_most_fifty() {
        let tags = |count: usize| (0..count).map(|n| (format!("k{n}"), String::new())).collect::<BTreeMap<_, _>>();
        assert_eq!(Tag::check_all(&tags(50)), Ok(()));
        assert_eq!(Tag::check_all(&tags(51)), Err(TagError::TooMany(51)));
    }
}
