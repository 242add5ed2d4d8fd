//! Generated passwords: what `--generate` means, and the options of `GetRandomPassword` (secrets-manager §7).

use std::str::FromStr;

use rand::{CryptoRng, Rng, RngCore};
use zeroize::Zeroizing;

use super::value::SecretValue;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const HEX: &str = "0123456789abcdef";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The longest password.
const LENGTH_LIMIT: usize = 4096;
/// The default length of a password.
pub(crate) const USUAL_LENGTH: usize = 32;

/// What to generate: `LENGTH`, `CLASS[+CLASS…]`, `LENGTH:CLASS[+CLASS…]`, or `uuid`.
///
/// Classes are `lower`, `upper`, `digits`, `punctuation`, `letters`, `alnum`, `ascii` (all visible characters), `hex`
/// and `base64url`. The default is 32 of `alnum`, which need no escaping in URLs, env files and shells. Of lower case,
/// upper case, digits and punctuation, each requested one appears at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spec {
    /// A random UUID (RFC 9562, version 4).
    Uuid,
    /// Characters drawn from groups.
    Characters(Characters),
}

/// Characters drawn from groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Characters {
    length: usize,
    /// All that may be drawn, each once, ASCII.
    alphabet: Vec<u8>,
    /// Groups that must each appear.
    required: Vec<Vec<u8>>,
}

/// The options of `GetRandomPassword`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PasswordRules {
    /// 1–4096, 32 by default.
    pub length: usize,
    /// What may be drawn from; lower, upper, digits and punctuation by default.
    pub classes: Vec<Class>,
    /// Characters left out of every class.
    pub exclude: String,
    /// Whether each class must appear; it must by default. The space need not.
    pub require: Require,
}

/// A kind of character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// `a`–`z`
    Lower,
    /// `A`–`Z`
    Upper,
    /// `0`–`9`
    Digits,
    /// The 32 visible ASCII characters that are none of these.
    Punctuation,
    /// The space.
    Space,
}

/// Whether each class must appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Require {
    /// At least one character of each class but the space.
    EachClass,
    /// No guarantee.
    Nothing,
}

/// Why something cannot be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Zero, or beyond the limit.
    #[error("a generated value has 1 to {LENGTH_LIMIT} characters")]
    Length,
    /// Fewer characters than groups that must appear.
    #[error("{length} characters are too few for one of each of {groups} classes")]
    TooShort {
        /// The length that was asked for.
        length: usize,
        /// How many groups must appear.
        groups: usize,
    },
    /// Everything was excluded.
    #[error("all characters are excluded")]
    NothingLeft,
    /// A group that must appear has no characters left.
    #[error("all characters of a class that must appear are excluded")]
    ClassExcluded,
    /// A word that is not a class.
    #[error(
        "{0:?} is not a character class; valid classes are lower, upper, digits, punctuation, letters, alnum, ascii, hex, \
         base64url, and uuid on its own"
    )]
    Class(String),
}

impl Class {
    fn characters(self) -> &'static str {
        match self {
            Class::Lower => LOWER,
            Class::Upper => UPPER,
            Class::Digits => DIGITS,
            Class::Punctuation => PUNCTUATION,
            Class::Space => " ",
        }
    }
}

impl Default for PasswordRules {
    fn default() -> Self {
        PasswordRules {
            length: USUAL_LENGTH,
            classes: vec![Class::Lower, Class::Upper, Class::Digits, Class::Punctuation],
            exclude: String::new(),
            require: Require::EachClass,
        }
    }
}

impl PasswordRules {
    /// The generator for these rules. A class whose characters are all excluded is left out, unless it must appear.
    pub(crate) fn spec(&self) -> Result<Spec, PasswordError> {
        let kept =
            |class: &Class| class.characters().chars().filter(|&c| !self.exclude.contains(c)).collect::<String>();
        let must_appear = |class: &Class| self.require == Require::EachClass && *class != Class::Space;
        if self.classes.iter().any(|class| must_appear(class) && kept(class).is_empty()) {
            return Err(PasswordError::ClassExcluded);
        }
        let groups: Vec<String> = self.classes.iter().map(kept).filter(|group| !group.is_empty()).collect();
        let groups = groups.iter().map(String::as_str);
        Characters::new(self.length, groups, self.require).map(Spec::Characters)
    }
}

impl Characters {
    fn new<'a>(length: usize, groups: impl Iterator<Item = &'a str>, require: Require) -> Result<Self, PasswordError> {
        let mut groups: Vec<Vec<u8>> = groups.map(|group| group.as_bytes().to_vec()).collect();
        groups.sort();
        groups.dedup();
        // Overlapping groups (`hex+digits`) must not make one character more likely than another.
        let mut alphabet = groups.concat();
        alphabet.sort_unstable();
        alphabet.dedup();
        let mut required = if require == Require::EachClass { groups } else { Vec::new() };
        required.retain(|group| group != b" ");
        if !(1..=LENGTH_LIMIT).contains(&length) {
            return Err(PasswordError::Length);
        }
        if alphabet.is_empty() {
            return Err(PasswordError::NothingLeft);
        }
        if length < required.len() {
            return Err(PasswordError::TooShort { length, groups: required.len() });
        }
        Ok(Characters { length, alphabet, required })
    }

    /// Draws whole passwords until one has every group. Patching a group into a finished password would favour some
    /// passwords; drawing again favours none. The rarest case takes some thousand draws of a handful of characters.
    fn draw(&self, rng: &mut (impl CryptoRng + RngCore)) -> SecretValue {
        let mut drawn = Zeroizing::new(vec![0; self.length]);
        loop {
            for byte in drawn.iter_mut() {
                *byte = self.alphabet[rng.gen_range(0..self.alphabet.len())];
            }
            if self.required.iter().all(|group| drawn.iter().any(|byte| group.contains(byte))) {
                return SecretValue::new(drawn);
            }
        }
    }
}

impl Default for Spec {
    fn default() -> Self {
        // In the order that `Characters::new` brings them into.
        let required = [DIGITS, UPPER, LOWER].map(|group| group.as_bytes().to_vec()).to_vec();
        Spec::Characters(Characters { length: USUAL_LENGTH, alphabet: required.concat(), required })
    }
}

impl Spec {
    /// A new value: each one that fits the description is equally likely.
    pub(crate) fn generate(&self, rng: &mut (impl CryptoRng + RngCore)) -> SecretValue {
        match self {
            Spec::Uuid => uuid(rng),
            Spec::Characters(characters) => characters.draw(rng),
        }
    }
}

fn uuid(rng: &mut (impl CryptoRng + RngCore)) -> SecretValue {
    let mut bytes = Zeroizing::new([0; 16]);
    rng.fill_bytes(&mut *bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = Zeroizing::new(Vec::with_capacity(36));
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        text.extend([byte >> 4, byte & 0x0f].map(|digit| HEX.as_bytes()[usize::from(digit)]));
    }
    SecretValue::new(text)
}

impl FromStr for Spec {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, PasswordError> {
        if text == "uuid" {
            return Ok(Spec::Uuid);
        }
        let (length, classes) = match text.split_once(':') {
            Some(parts) => parts,
            None if text.starts_with(|c: char| c.is_ascii_digit()) => (text, "alnum"),
            None => ("32", text),
        };
        if !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PasswordError::Length);
        }
        let length = length.parse().map_err(|_| PasswordError::Length)?;
        let mut groups = Vec::new();
        for class in classes.split('+') {
            groups.extend_from_slice(groups_of(class)?);
        }
        Characters::new(length, groups.into_iter(), Require::EachClass).map(Spec::Characters)
    }
}

fn groups_of(class: &str) -> Result<&'static [&'static str], PasswordError> {
    match class {
        "lower" => Ok(&[LOWER]),
        "upper" => Ok(&[UPPER]),
        "digits" => Ok(&[DIGITS]),
        "punctuation" => Ok(&[PUNCTUATION]),
        "letters" => Ok(&[LOWER, UPPER]),
        "alnum" => Ok(&[LOWER, UPPER, DIGITS]),
        "ascii" => Ok(&[LOWER, UPPER, DIGITS, PUNCTUATION]),
        "hex" => Ok(&[HEX]),
        "base64url" => Ok(&[BASE64URL]),
        other => Err(PasswordError::Class(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn generate(spec: &Spec, seed: u64) -> String {
        let value = spec.generate(&mut StdRng::seed_from_u64(seed));
        value.reveal_text().unwrap().to_owned()
    }

    fn parsed(text: &str) -> Spec {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_is_safe_in_urls_and_env_files() {
        let value = generate(&Spec::default(), 1);
        assert_eq!(value.len(), 32);
        assert!(value.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(value, generate(&Spec::default(), 2));
        assert_eq!(Spec::default(), parsed("32:alnum"));
    }

    #[test]
    fn uuids_have_their_version_and_variant() {
        let value = generate(&Spec::Uuid, 3);
        assert_eq!(value.len(), 36);
        assert_eq!(value.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(value.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&value.as_bytes()[19]));
    }

    #[test]
    fn malformed_specs_are_refused() {
        for bad in ["0", "4097", "99999999999999999999", "-1:hex", "+1:hex", ":hex"] {
            assert_eq!(bad.parse::<Spec>(), Err(PasswordError::Length), "{bad}");
        }
        for bad in ["", "12:", "12:hex+", "words", "12:uuid", "12:hex:lower"] {
            assert!(matches!(bad.parse::<Spec>(), Err(PasswordError::Class(_))), "{bad}");
        }
        assert_eq!("3:ascii".parse::<Spec>(), Err(PasswordError::TooShort { length: 3, groups: 4 }));
    }

    #[test]
    fn rules_that_leave_nothing_are_refused() {
        let none = PasswordRules { classes: vec![Class::Space], exclude: " ".into(), ..PasswordRules::default() };
        assert_eq!(none.spec(), Err(PasswordError::NothingLeft));
        let no_digits = PasswordRules { exclude: DIGITS.into(), ..PasswordRules::default() };
        assert_eq!(no_digits.spec(), Err(PasswordError::ClassExcluded));
        assert!(PasswordRules { require: Require::Nothing, ..no_digits }.spec().is_ok(), "the class need not appear");
        let short = PasswordRules { length: 3, ..PasswordRules::default() };
        assert_eq!(short.spec(), Err(PasswordError::TooShort { length: 3, groups: 4 }));
        let classes = [PasswordRules::default().classes, vec![Class::Space]].concat();
        let spaced = PasswordRules { length: 4, classes, ..PasswordRules::default() };
        assert_eq!(generate(&spaced.spec().unwrap(), 4).len(), 4, "the space need not appear");
        let any = PasswordRules { length: 1, require: Require::Nothing, ..PasswordRules::default() };
        assert_eq!(generate(&any.spec().unwrap(), 4).len(), 1);
    }

    #[test]
    fn every_character_is_equally_likely_even_when_classes_overlap() {
        let spec = parsed("4096:hex+digits");
        let mut counts = [0_u32; 128];
        for byte in (0..8).flat_map(|seed| generate(&spec, seed).into_bytes()) {
            counts[usize::from(byte)] += 1;
        }
        // 32,768 draws of 16 characters: 2,048 each, with a standard deviation of 44.
        for &digit in HEX.as_bytes() {
            assert!((1800..2300).contains(&counts[usize::from(digit)]), "{}", counts[usize::from(digit)]);
        }
    }

    #[test]
    fn required_classes_favour_no_position() {
        let spec = parsed("2:lower+digits");
        let digit_first = (0..2000).filter(|&seed| generate(&spec, seed).as_bytes()[0].is_ascii_digit()).count();
        // Both orders are equally likely: 1,000, with a standard deviation of 22.
        assert!((880..1120).contains(&digit_first), "{digit_first}");
    }

    proptest! {
        #[test]
        fn generated_values_keep_the_rules(
            length in 5_usize..200,
            classes in proptest::sample::subsequence(
                vec![Class::Lower, Class::Upper, Class::Digits, Class::Punctuation, Class::Space], 1..=5),
            exclude in "[a-f0-5!-/]{0,8}",
            seed: u64,
        ) {
            let rules = PasswordRules { length, classes: classes.clone(), exclude: exclude.clone(), require: Require::EachClass };
            let value = generate(&rules.spec().unwrap(), seed);
            prop_assert_eq!(value.chars().count(), length);
            prop_assert!(!value.chars().any(|c| exclude.contains(c)));
            prop_assert!(value.chars().all(|c| classes.iter().any(|class| class.characters().contains(c))));
            for class in classes {
                let required = class != Class::Space && class.characters().chars().any(|c| !exclude.contains(c));
                prop_assert!(!required || value.chars().any(|c| class.characters().contains(c)));
            }
        }

        #[test]
        fn specs_never_panic(text in ".{0,20}") {
            let _ = text.parse::<Spec>();
        }
    }
}
