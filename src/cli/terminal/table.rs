//! Tables: aligned columns without lines, two spaces apart, each column with one meaning.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, ContentLineStyle, Width};

use super::escape;
use super::palette::{Meaning, Palette};

/// Separates columns until they are painted. No cell can contain it, because cells are escaped.
const MARK: char = '\u{1f}';

/// Rows below headings. Cells are foreign text; they are escaped when they come in.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Meaning)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings, and what the cells below each are.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'static str, Meaning)>) -> Self {
        Table { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row, one cell for each column. Missing cells stay empty.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        let mut row: Vec<String> = cells.into_iter().map(|cell| escape::line(cell.as_ref())).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
        self
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of the table. With a `width` in columns, long cells wrap to fit; without, every row is one line.
    pub(crate) fn lines(&self, palette: Palette, width: Option<u16>) -> Vec<String> {
        let arranged = self.arranged(width);
        arranged.lines().enumerate().map(|(number, line)| self.painted(&line, number == 0, palette)).collect()
    }

    fn arranged(&self, width: Option<u16>) -> comfy_table::Table {
        let between = ContentLineStyle::none().junction(MARK);
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING.header_lines(between).content_lines(between));
        table.set_header(self.columns.iter().map(|(heading, _)| *heading));
        table.add_rows(self.rows.iter());
        match width {
            Some(width) => table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        for (number, (column, (heading, meaning))) in table.column_iter_mut().zip(&self.columns).enumerate() {
            column.set_padding((0, 1));
            // A heading never wraps, nor does a version, which is copied from here; both are ASCII.
            let versions = self.rows.iter().filter(|_| *meaning == Meaning::Version).map(|row| row[number].len());
            let longest = versions.chain([heading.len()]).max().unwrap_or_default();
            let width = u16::try_from(longest + 1).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
        table
    }

    fn painted(&self, line: &str, is_heading: bool, palette: Palette) -> String {
        let mut painted = String::with_capacity(line.len());
        // Spaces at the end of a line are a nuisance in tests, diffs and copied text.
        let parts: Vec<&str> = line.trim_end_matches([' ', MARK]).split(MARK).collect();
        for (number, part) in parts.iter().enumerate() {
            let meaning = self.columns.get(number).map_or(Meaning::Plain, |(_, meaning)| *meaning);
            let text = part.trim_end();
            painted.push_str(&palette.paint(if is_heading { Meaning::Heading } else { meaning }, text));
            if number + 1 < parts.len() {
                painted.push_str(&part[text.len()..]);
                painted.push(' ');
            }
        }
        painted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table =
            Table::new([("NAME", Meaning::Name), ("VERSION", Meaning::Version), ("LABELS", Meaning::Label)]);
        table.row(["/app/db/password", "3", "current"]).row(["/漢", "12"]);
        table
    }

    #[test]
    fn columns_align_by_display_width_without_trailing_spaces() {
        let expected =
            ["NAME              VERSION  LABELS", "/app/db/password  3        current", "/漢               12"];
        assert_eq!(sample().lines(Palette::Plain, None), expected);
    }

    #[test]
    fn colour_changes_no_position() {
        let colored = sample().lines(Palette::Colored, None);
        assert_eq!(
            colored[1],
            "\u{1b}[36m/app/db/password\u{1b}[0m  \u{1b}[34m3\u{1b}[0m        \u{1b}[32mcurrent\u{1b}[0m"
        );
    }

    #[test]
    fn a_version_stays_whole_where_others_wrap() {
        let id = "0be059f2-58dd-b37a-9e1e-040baacd0f3c";
        let mut table =
            Table::new([("VERSION", Meaning::Version), ("CREATED", Meaning::Plain), ("STAGES", Meaning::Label)]);
        table.row([id, "2026-11-24T22:01:50Z", "AWSCURRENT AWSPENDING"]);
        let lines = table.lines(Palette::Plain, Some(70));
        assert!(lines.iter().any(|line| line.contains(id)), "{lines:?}");
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 70), "{lines:?}");
    }

    #[test]
    fn a_narrow_terminal_wraps_cells_and_loses_nothing() {
        let lines = sample().lines(Palette::Plain, Some(27));
        assert!(lines.len() > 3 && lines.iter().all(|line| line.chars().count() <= 27), "{lines:?}");
        let letters = |lines: Vec<String>| lines.concat().chars().filter(|c| *c != ' ').count();
        assert_eq!(letters(lines), letters(sample().lines(Palette::Plain, None)));
    }

    #[test]
    fn cells_are_escaped_before_they_are_laid_out() {
        let mut table = Table::new([("NAME", Meaning::Name), ("DESCRIPTION", Meaning::Plain)]);
        table.row(["/a", "one\ntwo\u{1f}\u{1b}[2J"]);
        assert_eq!(table.lines(Palette::Plain, None)[1], "/a    one\\ntwo\\u{1f}\\u{1b}[2J");
    }
}
