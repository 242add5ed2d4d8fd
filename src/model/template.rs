//! Texts with `{{resolve:…}}` references anywhere in them.
//!
//! Nothing but `{{resolve:` is special, so the braces of other template languages pass. A backslash right before it
//! makes it literal text: `\{{resolve:` is the text `{{resolve:`. Two backslashes are one, followed by a reference.

use std::fmt;

use super::reference::{REFERENCES_LIMIT, Reference, ReferenceError};

const OPEN: &str = "{{resolve:";
const CLOSE: &str = "}}";
/// How much of a broken reference is shown.
const SHOWN: usize = 120;

/// A parsed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'a> {
    parts: Vec<Part<'a>>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Literal text.
    Text(&'a str),
    /// A reference, to be replaced.
    Reference(Found<'a>),
}

/// A reference with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// What it names.
    pub reference: Reference,
    /// As it is written, with its braces.
    pub text: &'a str,
    /// Where it begins.
    pub at: Position,
}

/// A position in a text: line and character, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// A reference that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: `{text}`: {error}")]
pub struct Flaw {
    /// Where it begins.
    pub at: Position,
    /// As it is written, shortened.
    pub text: String,
    /// What is wrong with it.
    pub error: ReferenceError,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl<'a> Template<'a> {
    /// Parses a text. All errors are reported at once. More references than `REFERENCES_LIMIT` are an error.
    pub fn parse(text: &'a str) -> Result<Self, Vec<Flaw>> {
        let mut reader = Reader { text, seen: 0, line: 1, line_start: 0 };
        let (mut parts, mut flaws) = (Vec::new(), Vec::new());
        let (mut done, mut count) = (0, 0);
        while let Some(open) = text[done..].find(OPEN).map(|found| done + found) {
            let slashes = text[done..open].bytes().rev().take_while(|byte| *byte == b'\\').count();
            push(&mut parts, &text[done..open - slashes.div_ceil(2)]);
            if slashes % 2 == 1 {
                push(&mut parts, OPEN);
                done = open + OPEN.len();
                continue;
            }
            let at = reader.position(open);
            let line = text[open..].lines().next().unwrap_or_default();
            let end = line.find(CLOSE).map(|end| end + CLOSE.len());
            let written = &line[..end.unwrap_or(line.len())];
            done = open + if end.is_some() { written.len() } else { OPEN.len() };
            count += 1;
            let read = match end {
                _ if count > REFERENCES_LIMIT => Err(ReferenceError::TooMany),
                Some(end) => Reference::dynamic(&written[OPEN.len()..end - CLOSE.len()]),
                None => Err(ReferenceError::Unterminated),
            };
            match read {
                Ok(reference) => parts.push(Part::Reference(Found { reference, text: written, at })),
                Err(error) => flaws.push(Flaw { at, text: written.chars().take(SHOWN).collect(), error }),
            }
            if count > REFERENCES_LIMIT {
                break;
            }
        }
        push(&mut parts, &text[done..]);
        if flaws.is_empty() { Ok(Template { parts }) } else { Err(flaws) }
    }

    /// The pieces, in order.
    pub(crate) fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The references, in order.
    pub fn references(&self) -> impl Iterator<Item = &Found<'a>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Reference(found) => Some(found),
            Part::Text(_) => None,
        })
    }
}

fn push<'a>(parts: &mut Vec<Part<'a>>, text: &'a str) {
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
}

/// Counts lines incrementally, so that many references cost one pass.
struct Reader<'a> {
    text: &'a str,
    seen: usize,
    line: usize,
    line_start: usize,
}

impl Reader<'_> {
    fn position(&mut self, at: usize) -> Position {
        let passed = &self.text[self.seen..at];
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
        if let Some(last) = passed.rfind('\n') {
            self.line_start = self.seen + last + 1;
        }
        self.seen = at;
        Position { line: self.line, column: self.text[self.line_start..at].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let part = |part: &Part<'_>| match part {
            Part::Text(text) => (*text).to_owned(),
            Part::Reference(found) => format!("<{} {}>", found.at, found.reference),
        };
        Template::parse(text).unwrap().parts().iter().map(part).collect()
    }

    #[test]
    fn references_stand_anywhere() {
        assert_eq!(shown("no reference {{ .Values.x }}"), "no reference {{ .Values.x }}");
        assert_eq!(shown("a\néü{{resolve:ssm:/x:2}}b{{resolve:ssm:y}}"), "a\néü<2:3 ssm:/x:2>b<2:24 ssm:y>");
        assert_eq!(shown("{\"a\":{{resolve:ssm:/x}}}"), "{\"a\":<1:6 ssm:/x>}");
    }

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        assert_eq!(shown(r"a\{{resolve:ssm:/x}}"), "a{{resolve:ssm:/x}}");
        assert_eq!(shown(r"C:\\{{resolve:ssm:/x}}"), r"C:\<1:5 ssm:/x>");
        assert_eq!(shown(r"\\\{{resolve:ssm:/x}}\n \{{"), r"\{{resolve:ssm:/x}}\n \{{");
    }

    #[test]
    fn every_flaw_is_told_with_its_place() {
        let text = "x {{resolve:s3:y}}\n{{resolve:ssm:/a\n}} {{resolve:ssm:/ok}}{{resolve:ssm:}}";
        let flaws = Template::parse(text).unwrap_err();
        let places: Vec<String> = flaws.iter().map(|flaw| flaw.at.to_string()).collect();
        assert_eq!(places, ["1:3", "2:1", "3:23"]);
        assert_eq!(flaws[1].error, ReferenceError::Unterminated);
        assert!(flaws[0].to_string().starts_with("1:3: `{{resolve:s3:y}}`: a reference must begin with"));
    }

    #[test]
    fn one_reference_too_many_is_named_and_the_rest_is_not_read() {
        let text = "{{resolve:ssm:/a}}\n".repeat(REFERENCES_LIMIT);
        assert_eq!(Template::parse(&text).unwrap().references().count(), REFERENCES_LIMIT);
        let flaws = Template::parse(&format!("{text}{text}")).unwrap_err();
        let told: Vec<String> = flaws.iter().map(Flaw::to_string).collect();
        assert_eq!(told, ["10001:1: `{{resolve:ssm:/a}}`: a text can have at most 10000 references"]);
        assert_eq!(Template::parse(&"{{resolve:x}}".repeat(20_000)).unwrap_err().len(), REFERENCES_LIMIT + 1);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic_and_text_without_references_stays(text in "([\\\\{}a:\né]|\\{\\{resolve:|ssm:/x|\\}\\}){0,30}") {
            if let Ok(template) = Template::parse(&text) && !text.contains(OPEN) {
                let whole: String = template.parts().iter().map(|part| match part {
                    Part::Text(text) => *text,
                    Part::Reference(found) => found.text,
                }).collect();
                prop_assert_eq!(whole, text);
            }
        }
    }
}
