//! Reports: what a command found or did, rendered as text or JSON from the same data.
//!
//! A report carries no value unless showing values is the purpose of its command.

use serde::Serialize;
use zeroize::Zeroizing;

use super::escape;
use super::palette::{Meaning, Palette};
use super::table::Table;
use super::wrap::{width, wrapped};
use crate::cli::report::time::Clock;
use crate::model::time::Timestamp;

/// The form in which data leaves the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Lines and tables for people.
    Text,
    /// One document for programs, see [`crate::cli::report::json`].
    Json,
}

/// One result: its fields are the JSON, `text` writes it for people.
pub(crate) trait Report: Serialize {
    /// Writes the form for people.
    fn text(&self, page: &mut Page);

    /// Whether values are shown, which no pager gets to see.
    fn shows_values(&self) -> bool {
        false
    }
}

/// Text for stdout while it is put together. What is painted and what goes into a table is escaped.
///
/// It may contain values, so it is wiped on drop and wherever it moves.
pub(crate) struct Page {
    text: Zeroizing<String>,
    palette: Palette,
    width: Option<u16>,
    clock: Clock,
    is_of_dry_run: bool,
}

impl Page {
    /// An empty page. `width` is that of the terminal, in columns, or `None` if lines are not limited.
    pub(crate) fn new(palette: Palette, width: Option<u16>) -> Self {
        Page { text: Zeroizing::default(), palette, width, clock: Clock::Utc, is_of_dry_run: false }
    }

    /// The page with instants shown in another way.
    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        Page { clock, ..self }
    }

    /// An instant for a column of a table: on a terminal `3 days ago`.
    pub(crate) fn age(&self, instant: impl Into<Timestamp>) -> String {
        self.clock.age(instant.into())
    }

    /// An instant where there is room: on a terminal `2026-11-23 08:00 CET (3 days ago)`.
    pub(crate) fn moment(&self, instant: impl Into<Timestamp>) -> String {
        self.clock.moment(instant.into())
    }

    /// An instant whose time of day counts, for a column: on a terminal `2026-11-23 08:00`.
    pub(crate) fn stamp(&self, instant: impl Into<Timestamp>) -> String {
        self.clock.stamp(instant.into())
    }

    /// A day: `2026-11-23`.
    pub(crate) fn day(&self, instant: impl Into<Timestamp>) -> String {
        self.clock.day(instant.into())
    }

    /// The same for a command that may have changed nothing.
    pub(crate) fn of_dry_run(self, is_of_dry_run: bool) -> Self {
        Page { is_of_dry_run, ..self }
    }

    /// Whether the command may have changed nothing.
    pub(crate) fn is_of_dry_run(&self) -> bool {
        self.is_of_dry_run
    }

    /// What was done, such as `deleted`, or in a dry run what would be.
    pub(crate) fn done(&self, verb: &str) -> String {
        if self.is_of_dry_run { format!("would be {verb}") } else { verb.to_owned() }
    }

    /// The text, escaped and coloured by its meaning, for use in [`Page::line`].
    pub(crate) fn paint(&self, meaning: Meaning, text: &str) -> String {
        self.palette.paint(meaning, text)
    }

    /// Adds a line as it is: compose it from fixed words and [`Page::paint`].
    pub(crate) fn line(&mut self, line: impl AsRef<str>) -> &mut Self {
        let line = line.as_ref();
        self.reserve(line.len() + 1);
        self.text.push_str(line);
        self.text.push('\n');
        self
    }

    /// Adds a line with a name and nothing else.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        if self.palette == Palette::Plain && escape::stands(name) {
            return self.line(name);
        }
        let name = self.paint(Meaning::Name, name);
        self.line(name)
    }

    /// Adds a line of foreign text, such as a bare name.
    pub(crate) fn plain(&mut self, text: &str) -> &mut Self {
        let line = self.paint(Meaning::Plain, text);
        self.line(line)
    }

    /// Adds a heading in the first column and what belongs to it in the second: `Type      SecureString`.
    pub(crate) fn fields<'a>(&mut self, fields: impl IntoIterator<Item = (&'a str, Meaning, String)>) -> &mut Self {
        let fields: Vec<_> = fields.into_iter().collect();
        let before = fields.iter().map(|(name, ..)| width(name)).max().unwrap_or(0) + 2;
        let room = self.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(before));
        for (name, meaning, text) in fields {
            for (number, text) in wrapped(&escape::line(&text), room).iter().enumerate() {
                let name = if number == 0 { name } else { "" };
                let gap = " ".repeat(before - width(name));
                let line = format!("{}{gap}{}", self.paint(Meaning::Heading, name), self.paint(meaning, text));
                self.line(line);
            }
        }
        self
    }

    /// Adds a paragraph behind the start of its first line, which is `indent` columns wide. Where the width of the terminal is known, it
    /// goes on below itself, broken between words.
    pub(crate) fn hanging(&mut self, start: &str, indent: usize, text: &str) -> &mut Self {
        let room = self.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(indent).max(NARROWEST));
        for (number, text) in wrapped(&escape::line(text), room).iter().enumerate() {
            let before = if number == 0 { start.to_owned() } else { " ".repeat(indent) };
            self.line(format!("{before}{text}"));
        }
        self
    }

    /// The width of the terminal, in columns, if lines are limited.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width.map(usize::from)
    }

    /// Adds a table, unless it is empty.
    pub(crate) fn table(&mut self, table: &Table) -> &mut Self {
        if !table.is_empty() {
            for line in table.lines(self.palette, self.width) {
                self.line(line);
            }
        }
        self
    }

    /// Makes room. A string that grows by itself leaves a copy of what it held.
    fn reserve(&mut self, more: usize) {
        let needed = self.text.len() + more;
        if needed > self.text.capacity() {
            let mut text = Zeroizing::new(String::with_capacity(needed.max(self.text.capacity() * 2)));
            text.push_str(&self.text);
            self.text = text;
        }
    }

    /// The page so far, every line ended.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// A paragraph is never narrower, in columns.
const NARROWEST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_align_and_are_escaped() {
        let mut page = Page::new(Palette::Plain, None);
        page.fields([("Name", Meaning::Name, "/a".into()), ("Description", Meaning::Plain, "x\u{1b}".into())]);
        assert_eq!(page.as_str(), "Name         /a\nDescription  x\\u{1b}\n");
    }

    #[test]
    fn fields_wrap_at_words_beside_their_headings() {
        let mut page = Page::new(Palette::Plain, Some(16));
        page.fields([
            ("Name", Meaning::Name, "/a/long/name/it/is".into()),
            ("To", Meaning::Plain, "one two three".into()),
        ]);
        assert_eq!(page.as_str(), "Name  /a/long/name/it/is\nTo    one two\n      three\n");
    }

    #[test]
    fn a_paragraph_goes_on_below_itself_where_lines_are_limited() {
        let text = "`params/a.yaml` was rolled back\u{1b}";
        let mut page = Page::new(Palette::Plain, Some(30));
        page.hanging("warn  ", 6, text);
        assert_eq!(page.as_str(), "warn  `params/a.yaml` was\n      rolled back\\u{1b}\n");
        let mut page = Page::new(Palette::Plain, None);
        page.hanging("warn  ", 6, text);
        assert_eq!(page.as_str(), "warn  `params/a.yaml` was rolled back\\u{1b}\n");
    }

    #[test]
    fn an_empty_table_takes_no_line() {
        let mut page = Page::new(Palette::Plain, None);
        page.table(&Table::new([("NAME", Meaning::Name)])).plain("end");
        assert_eq!(page.as_str(), "end\n");
    }
}
