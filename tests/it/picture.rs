//! The picture in the README: a session on a real terminal, drawn as it was shown.
//!
//! `VAULT_WRITE_GENERATED=1 cargo test --test it -- picture::` draws it again.

use std::fmt::Write as _;
use std::num::NonZero;
use std::path::Path;

use pty_process::Size;
use regex::Regex;
use vt100::{Cell, Color, Parser, Screen};

use crate::project::{Sandbox, has};
use crate::terminal::Shell;

/// The size of the terminal, in characters.
const COLUMNS: u16 = 80;
const ROWS: u16 = 60;
/// The size of a character in the picture.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
const MARGIN: f32 = 16.0;

/// What is typed, and the questions that are answered on the way.
const SESSION: [(&str, &[(&str, &str)]); 6] = [
    ("vault import .env --path /shop/dev", &[("[y/N] ", "y\n")]),
    ("vault", &[]),
    ("vault set /shop/dev/DB_PASSWORD --generate", &[]),
    ("vault history /shop/dev/DB_PASSWORD", &[]),
    ("vault exec --mask /shop/dev -- sh -c 'echo \"connecting with $DB_PASSWORD\"'", &[]),
    ("vault param rollback /shop/dev/DB_PASSWORD:1", &[]),
];

/// The terminal at the end of the session.
fn played() -> Parser {
    let sandbox = Sandbox::new();
    let env = "DB_HOST=db.internal\nDB_PASSWORD=\"s3cret # with $signs\"\nAPI_URL=https://api.example.org\n";
    std::fs::write(sandbox.project().join(".env"), env).unwrap();
    let mut shell = Shell::sized(&sandbox, Size::new(ROWS, COLUMNS), "xterm-256color");
    let mut terminal = Parser::new(NonZero::new(ROWS).unwrap(), NonZero::new(COLUMNS).unwrap(), 0);
    for (command, answers) in SESSION {
        shell.keys(&format!("{command}\n"));
        shell.expect("\r\n");
        let mut shown = format!("\x1b[1;32m$\x1b[0m {command}\r\n");
        for (question, answer) in answers {
            shown += &shell.expect(question);
            shown += question;
            shell.keys(answer);
        }
        shown += &shell.expect("ready> ");
        terminal.process(shown.as_bytes());
    }
    terminal
}

/// A colour of the terminal in a dark scheme.
fn colour(color: Color) -> &'static str {
    match color {
        Color::Idx(1 | 9) => "#f47067",
        Color::Idx(2 | 10) => "#6bc46d",
        Color::Idx(3 | 11) => "#daaa3f",
        Color::Idx(4 | 12) => "#6cb6ff",
        Color::Idx(5 | 13) => "#dcbdfb",
        Color::Idx(6 | 14) => "#56d4dd",
        Color::Idx(8) => "#768390",
        _ => "#cdd9e5",
    }
}

/// How the text of a cell is drawn.
fn style(cell: &Cell) -> (&'static str, bool) {
    let dimmed = if cell.dim() { "#768390" } else { colour(cell.fgcolor()) };
    (dimmed, cell.bold())
}

/// The pieces of a line that look alike: the column of each, its style, and its text.
fn pieces(screen: &Screen, row: u16) -> Vec<(u16, (&'static str, bool), String)> {
    let mut pieces: Vec<(u16, (&'static str, bool), String)> = Vec::new();
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match pieces.last_mut().filter(|(_, last, _)| *last == style(cell)) {
            Some((_, _, piece)) => piece.push_str(text),
            None => pieces.push((column, style(cell), text.to_owned())),
        }
    }
    for (_, _, text) in &mut pieces {
        text.truncate(text.trim_end().len());
    }
    pieces.retain(|(_, _, text)| !text.is_empty());
    pieces
}

/// The terminal as a picture.
fn drawn(screen: &Screen) -> String {
    let lines: Vec<_> = (0..ROWS).map(|row| pieces(screen, row)).collect();
    let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let at = |characters: usize, size: f32| MARGIN + f32::from(u16::try_from(characters).unwrap()) * size;
    let (width, height) = (at(COLUMNS.into(), WIDTH) + MARGIN, at(used, HEIGHT) + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"A session with vault\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1c2128\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" xml:space=\"preserve\">\n"
    );
    for (row, line) in lines[..used].iter().enumerate() {
        for (column, (fill, bold), text) in line {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let weight = if *bold { " font-weight=\"bold\"" } else { "" };
            let (x, y) = (at(usize::from(*column), WIDTH), at(row + 1, HEIGHT) - 4.0);
            writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{fill}\"{weight}>{text}</text>").unwrap();
        }
    }
    svg + "</g>\n</svg>\n"
}

/// The picture without what differs from one run to the next: ids and times.
fn lasting(picture: &str) -> String {
    let changes = Regex::new(r"[0-9a-f]{8,}|vlt1[0-9a-z]+|\d{4}-\d\d-\d\d[T ][\d:]+|just now|\d+ \w+ ago").unwrap();
    changes.replace_all(picture, "…").into_owned()
}

/// Compares a picture with the one in the documents, or writes it there.
pub(crate) fn compare(name: &str, picture: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("VAULT_WRITE_GENERATED").is_some() {
        std::fs::write(&file, picture).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let (now, then) = (lasting(picture), lasting(&committed));
    assert_eq!(now, then, "docs/{name} is out of date: VAULT_WRITE_GENERATED=1 draws it again");
}

#[test]
fn the_picture_is_a_session_of_today() {
    if has("bash") {
        compare("session.svg", &drawn(played().screen()));
    }
}
