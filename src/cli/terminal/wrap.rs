//! Text in lines of limited width, measured as a terminal shows it: most Chinese, Japanese and Korean characters take two columns.
//!
//! Lines break at spaces, and between two such characters. What cannot be broken stays whole, even where it is wider than a line: a
//! name can still be copied.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The columns that the widest unbreakable part of a text takes.
pub(crate) fn widest_part(text: &str) -> usize {
    parts(text).map(|part| width(part.trim_end())).max().unwrap_or_default()
}

/// The text in lines of at most `room` columns, wherever it can be broken.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    if width(text) <= room {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    for part in parts(text) {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() || width(line) + width(part.trim_end()) <= room {
            line.push_str(part);
        } else {
            lines.push(part.to_owned());
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The parts that stay whole, with the spaces behind them.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut before: Option<char> = None;
        let is_break = |c: char| {
            let is_wide = |c: char| c.width() == Some(2);
            let breaks = before.is_some_and(|before| (before == ' ' && c != ' ') || (is_wide(before) && is_wide(c)));
            before = Some(c);
            breaks
        };
        let (part, after) = rest.split_at(rest.find(is_break).unwrap_or(rest.len()));
        rest = after;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a  b", 7), ["a  b"]);
        assert_eq!(wrapped("", 7), [""]);
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(wrapped("a 1234567 b", 4), ["a", "1234567", "b"]);
        assert_eq!(widest_part("a 1234567 b"), 7);
    }

    #[test]
    fn wide_characters_break_anywhere() {
        assert_eq!(wrapped("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(wrapped("漢字 ab漢字", 5), ["漢字", "ab漢", "字"]);
        assert_eq!(widest_part("漢字漢字"), 2);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_line_fits(text in "[a-z漢字 ]{0,60}", room in 2usize..30) {
            let lines = wrapped(&text, room);
            let room = room.max(widest_part(&text));
            prop_assert!(lines.iter().all(|line| width(line) <= room), "{lines:?}");
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
