//! Meanings and the one table that gives each a look. Text reads as well without colour.

use anstyle::{AnsiColor, Style};

use super::escape;

/// What a piece of text is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing in particular.
    Plain,
    /// The name of a parameter, a secret, a member, a key, a file.
    Name,
    /// A version's number.
    Version,
    /// A label or a stage.
    Label,
    /// Something beside the point: dates, counts, placeholders.
    Dim,
    /// The heading of a column or a section.
    Heading,
    /// The word before a note.
    Note,
    /// The word before a warning.
    Warning,
    /// The word before an error.
    Error,
    /// The word before a hint.
    Hint,
}

/// Whether one stream is coloured. Decided once, by `Ui`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    /// Colour sequences are written.
    Colored,
    /// Text alone.
    Plain,
}

impl Palette {
    /// The text, escaped for a terminal and coloured by its meaning.
    pub(crate) fn paint(self, meaning: Meaning, text: &str) -> String {
        let text = escape::line(text);
        let style = look(meaning);
        if self == Palette::Plain || text.is_empty() || style.is_plain() {
            return text;
        }
        format!("{style}{text}{style:#}")
    }
}

fn look(meaning: Meaning) -> Style {
    let bold = Style::new().bold();
    match meaning {
        Meaning::Plain => Style::new(),
        Meaning::Name => AnsiColor::Cyan.on_default(),
        Meaning::Version => AnsiColor::Blue.on_default(),
        Meaning::Label => AnsiColor::Green.on_default(),
        Meaning::Dim => Style::new().dimmed(),
        Meaning::Heading => bold,
        Meaning::Note | Meaning::Hint => bold.fg_color(Some(AnsiColor::Cyan.into())),
        Meaning::Warning => bold.fg_color(Some(AnsiColor::Yellow.into())),
        Meaning::Error => bold.fg_color(Some(AnsiColor::Red.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_wraps_the_text_and_is_reset() {
        assert_eq!(Palette::Colored.paint(Meaning::Name, "db"), "\u{1b}[36mdb\u{1b}[0m");
    }

    #[test]
    fn without_colour_only_text_remains() {
        assert_eq!(Palette::Plain.paint(Meaning::Error, "error"), "error");
    }

    #[test]
    fn foreign_sequences_never_pass() {
        assert_eq!(Palette::Plain.paint(Meaning::Name, "\u{1b}[2J"), "\\u{1b}[2J");
    }
}
