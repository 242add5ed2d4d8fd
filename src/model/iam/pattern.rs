//! Texts with wildcards and variables: `*`, `?`, `${aws:username}`.

use super::context::Context;
use super::fault::PolicyFlaw;

/// Which characters of a pattern have a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Only wildcards: actions, and everything that versions of the language without variables have.
    Wildcards,
    /// Only variables: what is compared as a whole.
    Variables,
    /// Both.
    Full,
    /// None.
    Literal,
}

/// A text that other texts are compared with.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// What is between each `*` and the next.
    segments: Vec<Vec<Piece>>,
    folds: bool,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    /// `?`: any one character.
    One,
    Variable {
        key: String,
        default: Option<String>,
    },
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, PolicyFlaw> {
        let wildcards = matches!(syntax, Syntax::Wildcards | Syntax::Full);
        let variables = matches!(syntax, Syntax::Variables | Syntax::Full);
        let (mut segments, mut segment, mut rest) = (Vec::new(), Vec::new(), text);
        while let Some(next) = rest.chars().next() {
            if variables && let Some(after) = rest.strip_prefix("${") {
                let (name, after) = after.split_once('}').ok_or_else(|| PolicyFlaw::Variable(text.to_owned()))?;
                add(&mut segment, Piece::variable(name).ok_or_else(|| PolicyFlaw::Variable(text.to_owned()))?);
                rest = after;
                continue;
            }
            match next {
                '*' if wildcards => segments.push(std::mem::take(&mut segment)),
                '?' if wildcards => segment.push(Piece::One),
                other => add(&mut segment, Piece::Text(other.to_string())),
            }
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
        segments.push(segment);
        Ok(Pattern { segments, folds: false })
    }

    /// The same, comparing without regard to the case of letters.
    pub(super) fn ignoring_case(self) -> Self {
        Pattern { folds: true, ..self }
    }

    /// Whether a text matches; `None` if that depends on a variable that the call has no single value for.
    pub(super) fn matches(&self, text: &str, context: &Context) -> Option<bool> {
        let known = |piece: &Piece| !matches!(piece, Piece::Variable { .. }) || piece.text(context).is_some();
        self.segments.iter().flatten().all(known).then(|| self.accepts(text, context))
    }

    /// Each segment is taken where it is found first: all matches of one have the same number of characters.
    fn accepts(&self, text: &str, context: &Context) -> bool {
        let [first, middle @ .., last] = self.segments.as_slice() else {
            return self.segments.iter().all(|only| self.after(only, text, context) == Some(""));
        };
        let found = |rest, segment: &Vec<Piece>| starts(rest).find_map(|start| self.after(segment, start, context));
        let rest = self.after(first, text, context).and_then(|rest| middle.iter().try_fold(rest, found));
        let ends = |rest| starts(rest).any(|start| self.after(last, start, context) == Some(""));
        rest.is_some_and(|rest| last.is_empty() || ends(rest))
    }

    /// What is left of a text after a segment at its beginning.
    fn after<'t>(&self, segment: &[Piece], text: &'t str, context: &Context) -> Option<&'t str> {
        segment.iter().try_fold(text, |rest, piece| {
            let Some(expected) = piece.text(context) else {
                let mut characters = rest.chars();
                return characters.next().map(|_| characters.as_str());
            };
            let (start, rest) = rest.split_at_checked(expected.len())?;
            let is_equal = if self.folds { start.eq_ignore_ascii_case(expected) } else { start == expected };
            is_equal.then_some(rest)
        })
    }
}

impl Piece {
    /// What a variable stands for. `${*}`, `${?}` and `${$}` are the characters.
    fn variable(name: &str) -> Option<Self> {
        if matches!(name, "*" | "?" | "$") {
            return Some(Piece::Text(name.to_owned()));
        }
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => {
                (key.trim(), Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned()))
            }
            None => (name, None),
        };
        let is_key = !key.is_empty() && !key.contains(['$', '{', ' ']);
        is_key.then(|| Piece::Variable { key: key.to_owned(), default })
    }

    /// The text that it stands for; `None` for any character, and for a variable without a value.
    fn text<'p>(&'p self, context: &'p Context) -> Option<&'p str> {
        match self {
            Piece::Text(text) => Some(text),
            Piece::One => None,
            Piece::Variable { key, default } => context.single(key).or(default.as_deref()),
        }
    }
}

/// Texts beside each other are one.
fn add(segment: &mut Vec<Piece>, piece: Piece) {
    match (segment.last_mut(), piece) {
        (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
        (_, piece) => segment.push(piece),
    }
}

/// A text from each of its characters on, and from its end.
fn starts(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().filter_map(|(at, _)| text.get(at..)).chain([""])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, text: &str) -> Option<bool> {
        let mut context = Context::default();
        context.set("aws:username", "ana*");
        context.set_many("aws:TagKeys", ["a", "b"]);
        Pattern::parse(pattern, Syntax::Full).unwrap().matches(text, &context)
    }

    #[test]
    fn wildcards_cross_everything_and_variables_are_literal() {
        for (pattern, text) in [
            ("*", ""),
            ("arn:*/db", "arn:aws:ssm:r:1:parameter/a/b/db"),
            ("secret:a-??????", "secret:a-Ab12Cd"),
            ("?", "\u{e9}"),
            ("a*b*c", "a-b-b-c"),
            ("/${aws:username}/*", "/ana*/x"),
            ("/${AWS:UserName}", "/ana*"),
            ("${none, 'x'}/y", "x/y"),
            ("a${*}${?}${$}", "a*?$"),
            ("$a", "$a"),
        ] {
            assert_eq!(matches(pattern, text), Some(true), "{pattern}");
        }
        for (pattern, text) in
            [("?", ""), ("a*a", "a"), ("Arn:*", "arn:x"), ("a${*}", "ab"), ("${aws:username}", "anab"), ("a-?", "a-bc")]
        {
            assert_eq!(matches(pattern, text), Some(false), "{pattern}");
        }
        for pattern in ["*${aws:PrincipalTag/team}", "${aws:TagKeys}"] {
            assert_eq!(matches(pattern, "x"), None, "{pattern}");
        }
        for incomplete in ["${", "a${b", "${}", "${a b}", "${a,b}"] {
            assert!(Pattern::parse(incomplete, Syntax::Full).is_err(), "{incomplete}");
        }
        assert!(Pattern::parse("${", Syntax::Wildcards).is_ok());
    }

    /// The definition, by trying everything.
    fn oracle(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|from| oracle(rest, &text[from..])),
            Some((first, rest)) => {
                text.split_first().is_some_and(|(head, tail)| (*first == '?' || first == head) && oracle(rest, tail))
            }
        }
    }

    proptest! {
        #[test]
        fn it_matches_as_by_definition(pattern in "[ab*?\u{e9}]{0,8}", text in "[ab\u{e9}]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), Some(oracle(&chars(&pattern), &chars(&text))));
        }
    }
}
