//! Texts in which `*` stands for any characters.

use super::error::PatternFault;

/// The maximum number of `*` in one text.
const MOST: usize = 30;

/// A text that was cut at each `*`.
#[derive(Debug, Clone)]
pub(super) struct Wildcard(Vec<String>);

impl Wildcard {
    /// Reads `*` as a wildcard, `\*` and `\\` as the characters.
    pub(super) fn parse(text: &str) -> Result<Self, PatternFault> {
        let fault = |expected| PatternFault::Operand { matcher: "wildcard", expected };
        let (mut pieces, mut piece, mut after_star) = (Vec::new(), String::new(), false);
        let mut rest = text.chars();
        while let Some(next) = rest.next() {
            match next {
                '*' if after_star => return Err(fault("a text without `**`")),
                '*' => pieces.push(std::mem::take(&mut piece)),
                '\\' => match rest.next() {
                    Some(escaped @ ('*' | '\\')) => piece.push(escaped),
                    _ => return Err(fault(r"a text in which `\` stands before `*` or `\`")),
                },
                other => piece.push(other),
            }
            after_star = next == '*';
        }
        if pieces.len() > MOST {
            return Err(fault("at most 30 times `*`"));
        }
        pieces.push(piece);
        Ok(Wildcard(pieces))
    }

    /// Whether a text matches. Each piece is taken where it is found first, so the text is read once.
    pub(super) fn accepts(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.iter().all(|only| only == text);
        };
        let ends = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
        ends.is_some_and(|rest| {
            let found = |rest: &str, piece: &String| Some(rest.find(piece.as_str())? + piece.len());
            middle.iter().try_fold(rest, |rest, piece| found(rest, piece).and_then(|end| rest.get(end..))).is_some()
        })
    }
}
