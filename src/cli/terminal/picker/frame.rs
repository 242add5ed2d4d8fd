//! How the list is drawn: the typed line, some of the items, and what is known of the chosen one.

use super::query::Query;
use crate::cli::terminal::wrap::width;

/// The most lines that are drawn.
const HEIGHT: usize = 12;
/// The lines about the chosen item, with the rule above them.
pub(super) const DETAILS: usize = 3;
/// A terminal that has fewer lines shows the list only.
const HEIGHT_WITH_DETAILS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// Everything that is seen. All texts are escaped.
pub(super) struct Frame<'a> {
    pub(super) query: &'a Query,
    pub(super) items: Vec<&'a str>,
    /// The place of the chosen one among them.
    pub(super) chosen: usize,
    /// How many lines the items take.
    pub(super) rows: usize,
    pub(super) fitting: usize,
    pub(super) all: usize,
    pub(super) details: &'a [String],
}

impl Size {
    /// How many items are seen at once.
    pub(super) fn items(self, all: usize) -> usize {
        let height = self.rows.min(HEIGHT);
        let others = if self.has_details() { DETAILS + 2 } else { 1 };
        height.saturating_sub(others).clamp(1, all.max(1))
    }

    pub(super) fn has_details(self) -> bool {
        self.rows >= HEIGHT_WITH_DETAILS
    }
}

impl Frame<'_> {
    /// The text that draws it over the last one, if the cursor is in its first line, and leaves the cursor there.
    pub(super) fn text(&self, size: Size) -> String {
        let mut lines: Vec<String> = (0..self.rows).map(|row| self.item(row, size.columns)).collect();
        if size.has_details() {
            lines.push("─".repeat(size.columns.saturating_sub(1)));
            let shown = (0..DETAILS).map(|row| self.details.get(row).map_or("", String::as_str));
            lines.extend(shown.map(|detail| fit(detail, size.columns)));
        }
        let (head, column) = self.head(size.columns);
        let mut below = String::new();
        for line in &lines {
            below.extend(["\r\n", line, "\x1b[K"]);
        }
        format!("\r{head}\x1b[K{below}\x1b[J\x1b[{}A\r\x1b[{column}C", lines.len())
    }

    /// The typed line with the number of items, and the column of the cursor. Of a long line, the end is shown.
    fn head(&self, columns: usize) -> (String, usize) {
        let number = format!("  {}/{}", self.fitting, self.all);
        let room = columns.saturating_sub(3 + number.len()).max(1);
        let mut before = self.query.before();
        while width(before) > room {
            before = before.char_indices().nth(1).map_or("", |(at, _)| &before[at..]);
        }
        let column = 2 + width(before);
        let line = fit(&format!("> {before}{}", self.query.after()), room + 3);
        let number: String = number.chars().take(columns.saturating_sub(1 + width(&line))).collect();
        (format!("{line}\x1b[2m{number}\x1b[0m"), column)
    }

    fn item(&self, row: usize, columns: usize) -> String {
        let Some(item) = self.items.get(row) else { return String::new() };
        let shown = shortened(item, columns.saturating_sub(3));
        if row == self.chosen { format!("\x1b[7m▸ {shown}\x1b[0m") } else { format!("  {shown}") }
    }
}

/// A text that does not reach the last column, where terminals differ.
fn fit(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(1);
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = text;
    while !kept.is_empty() && width(kept) + 1 > room {
        kept = kept.char_indices().next_back().map_or("", |(at, _)| &kept[..at]);
    }
    format!("{kept}…")
}

/// A name that is too long loses its beginning: the end says more.
fn shortened(name: &str, columns: usize) -> String {
    if width(name) <= columns {
        return name.to_owned();
    }
    let mut rest = name;
    while width(rest) + 1 > columns && !rest.is_empty() {
        rest = rest.char_indices().nth(1).map_or("", |(at, _)| &rest[at..]);
    }
    format!("…{rest}")
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn drawn(query: &Query, items: &[&str], size: Size) -> Vec<String> {
        let (rows, details) = (size.items(items.len()), ["SecureString, version 3".to_owned()]);
        let frame =
            Frame { query, items: items.to_vec(), chosen: 0, rows, fitting: items.len(), all: 9, details: &details };
        let codes = Regex::new("\u{1b}\\[[0-9]*[A-Za-z]").unwrap();
        codes.replace_all(&frame.text(size), "").split("\r\n").map(|line| line.trim_matches('\r').to_owned()).collect()
    }

    #[test]
    fn every_line_fits_whatever_the_size() {
        let items = ["/shop/dev/a-rather-long-name/DB_PASSWORD", "数据库/密码/非常长的名字", "short"];
        let query = Query::new("a long query that does not fit anywhere 漢字漢字");
        for rows in 1..15 {
            for columns in [4, 10, 20, 40, 80] {
                let lines = drawn(&query, &items, Size { rows, columns });
                assert!(lines.len() <= rows.max(2), "{rows} x {columns}: {lines:?}");
                assert!(lines.iter().all(|line| width(line) <= columns), "{rows} x {columns}: {lines:?}");
            }
        }
        let lines = drawn(&Query::new("db"), &items, Size { rows: 24, columns: 20 });
        assert_eq!(lines[0], "> db  3/9");
        assert_eq!(lines[1], "▸ …name/DB_PASSWORD");
        assert_eq!(lines[2], "  …码/非常长的名字");
        assert_eq!(&lines[4..6], ["───────────────────", "SecureString, vers…"]);
    }
}
