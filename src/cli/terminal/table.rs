//! Tables: aligned columns without lines, two spaces apart, each column with one meaning.
//!
//! On a terminal a table is as wide as the screen at most, and no name is ever broken. Text breaks at words; where that is not
//! enough, the first column gets lines of its own above the others; where even that is not enough, each row becomes a list of fields.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, ContentLineStyle};

use super::escape;
use super::palette::{Meaning, Palette};
use super::wrap::{widest_part, width, wrapped};

/// Separates columns until they are painted. No cell can contain it, because cells are escaped.
const MARK: char = '\u{1f}';
/// Between two columns.
const GAP: usize = 2;
/// Before what is below the first column of its row.
const INDENT: usize = 2;
/// A column of text is not made narrower than this.
const NARROWEST: usize = 16;

/// Rows below headings. Cells are foreign text; they are escaped when they come in.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Meaning)>,
    rows: Vec<Row>,
}

#[derive(Debug, Default)]
struct Row {
    cells: Vec<String>,
    /// What is too long for a column, below the row.
    note: String,
}

/// A column by its number, and its width.
type Sizing = (usize, usize);

impl Table {
    /// An empty table with these headings, and what the cells below each are.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'static str, Meaning)>) -> Self {
        Table { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row, one cell for each column. Missing cells stay empty.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        let mut cells: Vec<String> = cells.into_iter().map(|cell| escape::line(cell.as_ref())).collect();
        cells.resize(self.columns.len(), String::new());
        self.rows.push(Row { cells, note: String::new() });
        self
    }

    /// Adds a text below the last row: an error, a reason.
    pub(crate) fn note(&mut self, text: &str) -> &mut Self {
        if let Some(row) = self.rows.last_mut() {
            row.note = escape::line(text);
        }
        self
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of the table, which fit into a `width` in columns; without one, every row is one line.
    pub(crate) fn lines(&self, palette: Palette, width: Option<u16>) -> Vec<String> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let Some(room) = width.map(usize::from) else {
            let sized = all.iter().map(|column| (*column, self.natural(*column))).collect::<Vec<_>>();
            return self.grid(&sized, None, usize::MAX, palette);
        };
        if let Some(sized) = self.fitted(&all, room) {
            return self.grid(&sized, None, room, palette);
        }
        let filled: Vec<usize> =
            all.into_iter().filter(|column| self.rows.iter().any(|row| !row.cells[*column].is_empty())).collect();
        if let Some(sized) = self.fitted(&filled, room) {
            return self.grid(&sized, None, room, palette);
        }
        let below = filled.get(1..).unwrap_or_default();
        match self.fitted(below, room.saturating_sub(INDENT)) {
            Some(sized) => self.grid(&sized, filled.first().copied(), room, palette),
            None => self.lists(&filled, room, palette),
        }
    }

    fn natural(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| width(&row.cells[column]));
        cells.chain([width(self.columns[column].0)]).max().unwrap_or_default()
    }

    /// How narrow a column may become.
    fn narrowest(&self, column: usize) -> usize {
        let natural = self.natural(column);
        if is_whole(self.columns[column].1) {
            return natural;
        }
        let words = self.rows.iter().map(|row| widest_part(&row.cells[column]));
        words.chain([width(self.columns[column].0), natural.min(NARROWEST)]).max().unwrap_or_default()
    }

    /// The widths with which these columns fit, if they do.
    fn fitted(&self, columns: &[usize], room: usize) -> Option<Vec<Sizing>> {
        let floors: Vec<usize> = columns.iter().map(|column| self.narrowest(*column)).collect();
        let mut sized: Vec<Sizing> = columns.iter().map(|column| (*column, self.natural(*column))).collect();
        let gaps = GAP * columns.len().saturating_sub(1);
        if floors.iter().sum::<usize>() + gaps > room {
            return None;
        }
        let total = |sized: &[Sizing]| sized.iter().map(|(_, width)| width).sum::<usize>() + gaps;
        while total(&sized) > room {
            let wide = sized.iter_mut().zip(&floors).filter(|((_, width), floor)| width > floor);
            let ((_, widest), _) = wide.max_by_key(|((_, width), _)| *width)?;
            *widest -= 1;
        }
        Some(sized)
    }

    /// Aligned columns, perhaps with one `above` them in lines of its own.
    fn grid(&self, sized: &[Sizing], above: Option<usize>, room: usize, palette: Palette) -> Vec<String> {
        let indent = if above.is_some() { INDENT } else { 0 };
        let mut lines: Vec<String> =
            above.iter().map(|column| palette.paint(Meaning::Heading, self.columns[*column].0)).collect();
        let headings = sized.iter().map(|(column, _)| vec![self.columns[*column].0.to_owned()]).collect();
        let cells = |row: &Row| sized.iter().map(|(column, width)| wrapped(&row.cells[*column], *width)).collect();
        let all: Vec<Vec<Vec<String>>> = std::iter::once(headings).chain(self.rows.iter().map(cells)).collect();
        let heights = all.iter().map(|row| row.iter().map(Vec::len).max().unwrap_or_default());
        let mut aligned = aligned(&all).into_iter();
        for (number, height) in heights.enumerate() {
            let row = number.checked_sub(1).map(|number| &self.rows[number]);
            if let (Some(row), Some(column)) = (row, above) {
                lines.push(palette.paint(self.columns[column].1, &row.cells[column]));
            }
            let meaning = |place: usize| match row {
                None => Meaning::Heading,
                Some(_) => sized.get(place).map_or(Meaning::Plain, |(column, _)| self.columns[*column].1),
            };
            lines.extend(aligned.by_ref().take(height).map(|line| painted(&line, indent, meaning, palette)));
            lines.extend(row.iter().flat_map(|row| noted(&row.note, indent + INDENT, room, palette)));
        }
        lines
    }

    /// Each row as a list: the first cell, and what the others are below it.
    fn lists(&self, columns: &[usize], room: usize, palette: Palette) -> Vec<String> {
        let Some((first, others)) = columns.split_first() else { return Vec::new() };
        let heading = |column: usize| self.columns[column].0.to_lowercase();
        let before = INDENT + others.iter().map(|column| width(&heading(*column))).max().unwrap_or_default() + GAP;
        let mut lines = Vec::new();
        for row in &self.rows {
            let meaning = self.columns[*first].1;
            let what = if meaning == Meaning::Name { String::new() } else { heading(*first) + " " };
            lines.push(what + &palette.paint(meaning, &row.cells[*first]));
            for column in others.iter().filter(|column| !row.cells[**column].is_empty()) {
                let cell = (self.columns[*column].1, row.cells[*column].as_str());
                lines.extend(listed(&heading(*column), cell, before, room, palette));
            }
            lines.extend(noted(&row.note, INDENT, room, palette));
        }
        lines
    }
}

/// Rows of cells, which are lines of text, as the lines of a table with [`MARK`] between its columns.
fn aligned(rows: &[Vec<Vec<String>>]) -> Vec<String> {
    let between = ContentLineStyle::none().junction(MARK);
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING.header_lines(between).content_lines(between));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.add_rows(rows.iter().map(|row| row.iter().map(|cell| cell.join("\n"))));
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table.lines().collect()
}

/// A line of a table in colours. Spaces at the end of a line are a nuisance in tests, diffs and copied text.
fn painted(line: &str, indent: usize, meaning: impl Fn(usize) -> Meaning, palette: Palette) -> String {
    let mut painted = String::new();
    let mut gap = " ".repeat(indent);
    for (place, part) in line.trim_end_matches([' ', MARK]).split(MARK).enumerate() {
        let text = part.trim_end();
        if !text.is_empty() {
            painted.push_str(&gap);
            painted.push_str(&palette.paint(meaning(place), text));
            gap.clear();
        }
        gap.push_str(&" ".repeat(width(part) - width(text) + GAP - 1));
    }
    painted
}

/// A cell beside its heading, or below it if it does not fit there.
fn listed(
    heading: &str,
    (meaning, text): (Meaning, &str),
    before: usize,
    room: usize,
    palette: Palette,
) -> Vec<String> {
    let painted = palette.paint(Meaning::Heading, heading);
    let own_lines = |indent: usize| {
        let lines = wrapped(text, room.saturating_sub(indent)).into_iter();
        lines.map(move |line| format!("{}{}", " ".repeat(indent), palette.paint(meaning, &line)))
    };
    if before + widest_part(text) > room {
        return std::iter::once(format!("{}{painted}", " ".repeat(INDENT))).chain(own_lines(INDENT + INDENT)).collect();
    }
    let gap = " ".repeat(before - INDENT - width(heading));
    let beside = |(number, line): (usize, String)| match number {
        0 => format!("{}{painted}{gap}{}", " ".repeat(INDENT), &line[before..]),
        _ => line,
    };
    own_lines(before).enumerate().map(beside).collect()
}

/// Whether nothing in a cell may be broken.
fn is_whole(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Name | Meaning::Version)
}

fn noted(note: &str, indent: usize, room: usize, palette: Palette) -> Vec<String> {
    if note.is_empty() {
        return Vec::new();
    }
    let lines = wrapped(note, room.saturating_sub(indent));
    lines.iter().map(|line| format!("{}{}", " ".repeat(indent), palette.paint(Meaning::Plain, line))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn text_wraps_at_words_and_a_version_stays_whole() {
        let id = "0be059f2-58dd-b37a-9e1e-040baacd0f3c";
        let mut table =
            Table::new([("VERSION", Meaning::Version), ("CREATED", Meaning::Plain), ("STAGES", Meaning::Label)]);
        table.row([id, "3 days ago", "AWSCURRENT AWSPENDING"]);
        let expected = [
            "VERSION                               CREATED     STAGES",
            "0be059f2-58dd-b37a-9e1e-040baacd0f3c  3 days ago  AWSCURRENT",
            "                                                  AWSPENDING",
        ];
        assert_eq!(table.lines(Palette::Plain, Some(70)), expected);
    }

    #[test]
    fn the_first_column_moves_above_the_others_where_they_do_not_fit() {
        let expected = ["NAME", "  VERSION  LABELS", "/app/db/password", "  3        current", "/漢", "  12"];
        assert_eq!(sample().lines(Palette::Plain, Some(27)), expected);
    }

    #[test]
    fn a_row_becomes_a_list_where_nothing_else_fits() {
        let mut table = Table::new([("NAME", Meaning::Name), ("KEY", Meaning::Name), ("WHY", Meaning::Plain)]);
        table.row(["/app/db/password", "production", "a reader left"]);
        let expected = ["/app/db/password", "  key  production", "  why  a reader", "       left"];
        assert_eq!(table.lines(Palette::Plain, Some(17)), expected);
        let expected = ["/app/db/password", "  key", "    production", "  why  a", "       reader", "       left"];
        assert_eq!(table.lines(Palette::Plain, Some(14)), expected);
    }

    #[test]
    fn a_column_without_content_goes_first() {
        let mut table = Table::new([("NAME", Meaning::Name), ("LABELS", Meaning::Label), ("BY", Meaning::Plain)]);
        table.row(["/app/db/password", "", "ana"]);
        assert_eq!(table.lines(Palette::Plain, Some(24)), ["NAME              BY", "/app/db/password  ana"]);
    }

    #[test]
    fn a_note_is_below_its_row() {
        let mut table = sample();
        table.note("the server refused the password");
        let lines = table.lines(Palette::Plain, Some(34));
        assert_eq!(lines[2..], ["/漢               12", "  the server refused the password"]);
        assert_eq!(table.lines(Palette::Plain, None).last().unwrap(), "  the server refused the password");
    }

    #[test]
    fn cells_are_escaped_before_they_are_laid_out() {
        let mut table = Table::new([("NAME", Meaning::Name), ("DESCRIPTION", Meaning::Plain)]);
        table.row(["/a", "one\ntwo\u{1f}\u{1b}[2J"]);
        assert_eq!(table.lines(Palette::Plain, None)[1], "/a    one\\ntwo\\u{1f}\\u{1b}[2J");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_name_is_broken(
            rows in prop::collection::vec(("/[a-z漢]{1,15}", "[a-z漢 ]{0,50}", "[0-9]{1,4}", "[a-z]{0,30}", "[a-z漢 ]{0,60}"), 1..5),
            room in 34u16..200,
        ) {
            let columns = [Meaning::Name, Meaning::Plain, Meaning::Version, Meaning::Label];
            let mut table = Table::new(["NAME", "ABOUT", "VERSION", "STAGES"].into_iter().zip(columns));
            for (name, about, version, stages, note) in &rows {
                table.row([name, about, version, stages]).note(note);
            }
            let lines = table.lines(Palette::Plain, Some(room));
            let cells = rows.iter().flat_map(|(_, about, _, stages, note)| [about, stages, note]);
            let room = usize::from(room).max(4 + cells.map(|cell| widest_part(cell)).max().unwrap_or_default());
            prop_assert!(lines.iter().all(|line| width(line) <= room), "{lines:#?}");
            for (name, _, version, ..) in &rows {
                prop_assert!(lines.iter().any(|line| line.split(' ').any(|word| word == name)), "{lines:#?}");
                prop_assert!(lines.iter().any(|line| line.split(' ').any(|word| word == version)), "{lines:#?}");
            }
        }
    }
}
