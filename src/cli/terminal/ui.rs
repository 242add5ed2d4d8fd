//! The only writer.
//!
//! stdout is data: values byte for byte, lines and tables, or one JSON document. stderr is conversation: notes,
//! warnings, errors and hints; with JSON each warning and error is one JSON line and notes fall away. Questions are
//! asked on the controlling terminal, by `prompt`. Output to stdout is unbuffered, so that no copy of a value stays
//! behind.
//!
//! A failed write of data is returned as an error. [`is_reader_gone`] detects the one that is not reported: the reader
//! of the pipe has read enough, and the exit code stays 0. Conversation is best effort, its failures are ignored.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use serde::Serialize;

use super::escape;
use super::page::{Format, Page, Report};
use super::pager::Pager;
use super::palette::{Meaning, Palette};
use crate::cli::report::json;
use crate::cli::report::time::Clock;
use crate::model::value::SecretValue;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// Colour on terminals, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Colour everywhere.
    Always,
    /// No colour.
    Never,
}

/// `-q` and `-v`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    /// Notes as well.
    #[default]
    Normal,
    /// Details as well.
    Verbose,
}

/// Where a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// A terminal, and its width in columns.
    Terminal(u16),
    /// A file, a pipe, anything else.
    Other,
}

/// Everything that decides how things are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// `--color`.
    pub color: ColorChoice,
    /// Whether `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    pub no_color: bool,
    /// Text or, with `--json`, JSON.
    pub format: Format,
    /// `-q`, `-v`.
    pub verbosity: Verbosity,
    /// `--dry-run`.
    pub dry_run: bool,
    /// Where stdout goes.
    pub stdout: Stream,
    /// Where stderr goes.
    pub stderr: Stream,
    /// How instants are shown on stdout.
    pub clock: Clock,
}

/// How a value is shown on a terminal. Elsewhere it is always written byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendering {
    /// Control characters are escaped.
    Escaped,
    /// `--raw`: as it is.
    Raw,
}

/// An error on its way to the reader. Nothing in it may come from a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// A stable token for programs, such as `not-found`.
    pub code: &'static str,
    /// What is wrong, on which name and path: a lower-case phrase.
    pub message: String,
    /// More lines below the message, such as each place that was tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What to do next, each usually a command to type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

pub(crate) struct Ui {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    settings: Settings,
    out_palette: Palette,
    err_palette: Palette,
    pager: Option<Pager>,
    progressing: bool,
}

impl Stream {
    /// Where a file descriptor leads.
    pub(crate) fn of(file: &impl AsFd) -> Self {
        const UNKNOWN: u16 = 80;
        if !file.as_fd().is_terminal() {
            return Stream::Other;
        }
        let columns = rustix::termios::tcgetwinsize(file).map_or(0, |size| size.ws_col);
        Stream::Terminal(if columns == 0 { UNKNOWN } else { columns })
    }

    fn width(self) -> Option<u16> {
        match self {
            Stream::Terminal(columns) => Some(columns),
            Stream::Other => None,
        }
    }
}

impl Ui {
    /// The writer of the process's own stdout and stderr.
    pub(crate) fn standard(settings: Settings) -> io::Result<Self> {
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Ui::new(settings, Box::new(out), Box::new(io::stderr())))
    }

    /// A writer of given streams.
    pub(crate) fn new(settings: Settings, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        let palette = |stream: Stream| match (settings.color, settings.no_color, stream) {
            (ColorChoice::Always, ..) | (ColorChoice::Auto, false, Stream::Terminal(_)) => Palette::Colored,
            _ => Palette::Plain,
        };
        Ui {
            out,
            err,
            out_palette: palette(settings.stdout),
            err_palette: palette(settings.stderr),
            settings,
            pager: None,
            progressing: false,
        }
    }

    /// With a pager for reports that are longer than the screen.
    pub(crate) fn with_pager(self, pager: Option<Pager>) -> Self {
        Ui { pager, ..self }
    }

    /// The settings it was made with.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Writes a value to stdout: exactly its bytes, except on a terminal, where control characters are escaped and a
    /// final newline is added if there is none.
    pub(crate) fn value(&mut self, value: &SecretValue, rendering: Rendering) -> io::Result<()> {
        let bytes = value.reveal();
        if self.settings.stdout == Stream::Other {
            return self.out.write_all(bytes);
        }
        match rendering {
            Rendering::Raw => self.out.write_all(bytes)?,
            Rendering::Escaped => self.out.write_all(escape::value(bytes).as_bytes())?,
        }
        if bytes.ends_with(b"\n") { Ok(()) } else { self.out.write_all(b"\n") }
    }

    /// Writes a report to stdout, as text or JSON.
    pub(crate) fn report(&mut self, report: &impl Report) -> io::Result<()> {
        match self.settings.format {
            Format::Json => self.json(report),
            Format::Text => {
                let mut page = self.page();
                report.text(&mut page);
                let pager = self.pager.as_ref().filter(|_| !report.shows_values());
                if pager.map_or(Ok(false), |pager| pager.show(page.as_str()))? { Ok(()) } else { self.show(&page) }
            }
        }
    }

    /// Writes one JSON document to stdout, whatever the format. That of a dry run always says so.
    pub(crate) fn json(&mut self, body: &impl Serialize) -> io::Result<()> {
        let document = if self.settings.dry_run { json::of_dry_run(body)? } else { json::indented(body)? };
        self.out.write_all(document.as_bytes())
    }

    /// An empty page for stdout.
    pub(crate) fn page(&self) -> Page {
        Page::new(self.out_palette, self.settings.stdout.width())
            .with_clock(self.settings.clock)
            .of_dry_run(self.settings.dry_run)
    }

    /// Writes a page to stdout.
    pub(crate) fn show(&mut self, page: &Page) -> io::Result<()> {
        self.out.write_all(page.as_str().as_bytes())
    }

    /// Writes bytes to stdout as they are: completions, man pages, exported files.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// How stdout is coloured.
    pub(crate) fn palette(&self) -> Palette {
        self.out_palette
    }

    /// The width of the terminal that stdout is.
    pub(crate) fn columns(&self) -> Option<u16> {
        self.settings.stdout.width()
    }

    /// Whether data would be seen on a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.settings.stdout, Stream::Terminal(_))
    }

    pub(crate) fn note(&mut self, message: impl fmt::Display) {
        self.say_from(Verbosity::Normal, Meaning::Note, "note", &message);
    }

    /// Prints the step that people usually take next.
    pub(crate) fn next(&mut self, step: impl fmt::Display) {
        self.say_from(Verbosity::Normal, Meaning::Hint, "next", &step);
    }

    /// Prints a detail, only with `-v`.
    pub(crate) fn detail(&mut self, message: impl fmt::Display) {
        self.say_from(Verbosity::Verbose, Meaning::Note, "note", &message);
    }

    /// Prints a warning, even when quiet.
    pub(crate) fn warning(&mut self, message: impl fmt::Display) {
        match self.settings.format {
            Format::Text => self.say(Meaning::Warning, "warning", &message),
            Format::Json => self.say_json(&serde_json::json!({ "warning": message.to_string() })),
        }
    }

    /// Shows progress on a terminal, once for every thousand steps.
    pub(crate) fn progress(&mut self, word: &str, done: usize) {
        if done.is_multiple_of(1000) {
            self.doing(&format!("{done} {word}"));
        }
    }

    /// Shows on a terminal what takes its time, until the progress is removed.
    pub(crate) fn doing(&mut self, what: &str) {
        if matches!(self.settings.stderr, Stream::Terminal(_)) && self.settings.verbosity >= Verbosity::Normal {
            let _ = self.err.write_all(format!("\r\x1b[K{}", escape::line(what)).as_bytes());
            self.progressing = true;
        }
    }

    /// Removes the progress again.
    pub(crate) fn progress_done(&mut self) {
        if std::mem::take(&mut self.progressing) {
            let _ = self.err.write_all(b"\r\x1b[K");
        }
    }

    /// Prints an error, and what to do next.
    pub(crate) fn error(&mut self, failure: &Failure) {
        if self.settings.format == Format::Json {
            return self.say_json(&serde_json::json!({ "error": failure }));
        }
        self.say(Meaning::Error, "error", &failure.message);
        for detail in &failure.details {
            let _ = writeln!(self.err, "  {}", escape::line(detail));
        }
        for hint in &failure.hints {
            self.say(Meaning::Hint, "hint", hint);
        }
    }

    /// Says something to people only, and only to those who want to hear so much.
    fn say_from(&mut self, least: Verbosity, meaning: Meaning, word: &str, message: &dyn fmt::Display) {
        if self.settings.verbosity >= least && self.settings.format == Format::Text {
            self.say(meaning, word, message);
        }
    }

    fn say(&mut self, meaning: Meaning, word: &str, message: &dyn fmt::Display) {
        let line = format!("{}: {}\n", self.err_palette.paint(meaning, word), escape::line(&message.to_string()));
        // One call, so that lines of several processes do not mix. A closed stderr is not a reason to stop.
        let _ = self.err.write_all(line.as_bytes());
    }

    fn say_json(&mut self, body: &serde_json::Value) {
        if let Ok(line) = json::one_line(body) {
            let _ = self.err.write_all(line.as_bytes());
        }
    }
}

/// Whether a write failed because nobody reads any more, which ends the program quietly and with success.
pub(crate) fn is_reader_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Prints an answer for a shell on stdout. One that does not listen gets none.
pub(crate) fn print_answer(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Prints an error when there is no `Ui`.
pub(crate) fn print_failure(failure: &Failure, format: Format) {
    let text = match format {
        Format::Json => json::one_line(&serde_json::json!({ "error": failure })).map(|line| line.to_string()),
        Format::Text => {
            let hints = failure.hints.iter().map(|hint| format!("hint: {}\n", escape::line(hint)));
            Ok(std::iter::once(format!("error: {}\n", escape::line(&failure.message))).chain(hints).collect())
        }
    };
    let _ = text.and_then(|text| io::stderr().write_all(text.as_bytes()));
}

/// Prints one fixed line on stderr when there is no `Ui`.
pub(crate) fn print_fatal(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::cli::terminal::table::Table;

    #[derive(Clone, Default)]
    struct Kept(Rc<RefCell<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    const PLAIN: Settings = Settings {
        color: ColorChoice::Auto,
        no_color: false,
        format: Format::Text,
        verbosity: Verbosity::Normal,
        dry_run: false,
        stdout: Stream::Other,
        stderr: Stream::Other,
        clock: Clock::Utc,
    };

    fn said(settings: Settings, talk: impl FnOnce(&mut Ui)) -> (String, String) {
        let (out, err) = (Kept::default(), Kept::default());
        talk(&mut Ui::new(settings, Box::new(out.clone()), Box::new(err.clone())));
        (out.text(), err.text())
    }

    #[test]
    fn what_takes_its_time_is_shown_on_a_terminal_until_it_is_done() {
        let talk = |ui: &mut Ui| {
            ui.doing("fetching from origin");
            ui.progress("verified", 1000);
            ui.progress("verified", 1001);
            ui.progress_done();
        };
        let terminal = Settings { stderr: Stream::Terminal(80), ..PLAIN };
        let lines = "\r\x1b[Kfetching from origin\r\x1b[K1000 verified\r\x1b[K";
        assert_eq!(said(terminal, talk).1, lines);
        assert_eq!(said(PLAIN, talk).1, "");
        assert_eq!(said(Settings { verbosity: Verbosity::Quiet, ..terminal }, talk).1, "");
    }

    fn shown(stdout: Stream, text: &str, rendering: Rendering) -> String {
        let value = SecretValue::from_text(text.into());
        said(Settings { stdout, ..PLAIN }, |ui| ui.value(&value, rendering).unwrap()).0
    }

    #[test]
    fn a_value_is_exact_in_a_pipe_and_safe_on_a_terminal() {
        assert_eq!(shown(Stream::Other, "a\u{1b}[2J", Rendering::Escaped), "a\u{1b}[2J");
        assert_eq!(shown(Stream::Terminal(80), "a\u{1b}[2J", Rendering::Escaped), "a\\u{1b}[2J\n");
        assert_eq!(shown(Stream::Terminal(80), "a\u{1b}[2J", Rendering::Raw), "a\u{1b}[2J\n");
        assert_eq!(shown(Stream::Terminal(80), "a\nb\n", Rendering::Escaped), "a\nb\n");
    }

    fn failure() -> Failure {
        Failure {
            code: "not-found",
            message: "no parameter `/a\u{1b}`".into(),
            details: vec!["tried x".into()],
            hints: vec!["did you mean `/b`?".into()],
        }
    }

    #[test]
    fn an_error_says_what_and_what_next() {
        let (out, err) = said(PLAIN, |ui| ui.error(&failure()));
        assert_eq!(
            (out.as_str(), err.as_str()),
            ("", "error: no parameter `/a\\u{1b}`\n  tried x\nhint: did you mean `/b`?\n")
        );
    }

    #[test]
    fn with_json_errors_and_warnings_are_lines_and_notes_fall_away() {
        let settings = Settings { format: Format::Json, ..PLAIN };
        let (_, err) = said(settings, |ui| {
            ui.note("nothing");
            ui.warning("old");
            ui.error(&failure());
        });
        let lines: Vec<serde_json::Value> = err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0], serde_json::json!({"schema": 1, "warning": "old"}));
        assert_eq!(lines[1]["error"]["code"], "not-found");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn quiet_hides_notes_and_keeps_warnings() {
        let talk = |ui: &mut Ui| {
            ui.detail("d");
            ui.note("n");
            ui.warning("w");
        };
        let at = |verbosity| said(Settings { verbosity, ..PLAIN }, talk).1;
        assert_eq!(at(Verbosity::Quiet), "warning: w\n");
        assert_eq!(at(Verbosity::Normal), "note: n\nwarning: w\n");
        assert_eq!(at(Verbosity::Verbose), "note: d\nnote: n\nwarning: w\n");
    }

    #[test]
    fn colour_follows_choice_then_environment_then_terminal() {
        let colored = |color, no_color, stderr| {
            said(Settings { color, no_color, stderr, ..PLAIN }, |ui| ui.note("n")).1.contains('\u{1b}')
        };
        assert!(colored(ColorChoice::Always, true, Stream::Other));
        assert!(colored(ColorChoice::Auto, false, Stream::Terminal(80)));
        assert!(!colored(ColorChoice::Auto, true, Stream::Terminal(80)));
        assert!(!colored(ColorChoice::Auto, false, Stream::Other));
        assert!(!colored(ColorChoice::Never, false, Stream::Terminal(80)));
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Names {
        names: Vec<&'static str>,
    }

    impl Report for Names {
        fn text(&self, page: &mut Page) {
            let mut table = Table::new([("NAME", Meaning::Name)]);
            for name in &self.names {
                table.row([name]);
            }
            page.table(&table);
        }
    }

    #[test]
    fn one_report_gives_text_and_json() {
        let report = Names { names: vec!["/a", "/b"] };
        assert_eq!(said(PLAIN, |ui| ui.report(&report).unwrap()).0, "NAME\n/a\n/b\n");
        let json = said(Settings { format: Format::Json, ..PLAIN }, |ui| ui.report(&report).unwrap()).0;
        assert_eq!(json, "{\n  \"schema\": 1,\n  \"Names\": [\n    \"/a\",\n    \"/b\"\n  ]\n}\n");
    }

    #[test]
    fn a_reader_that_left_is_told_from_other_failures() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut ui = Ui::new(PLAIN, Box::new(writer), Box::new(io::sink()));
        assert!(is_reader_gone(&ui.bytes(b"x").unwrap_err()));
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut ui = Ui::new(PLAIN, Box::new(full), Box::new(io::sink()));
        assert!(!is_reader_gone(&ui.bytes(b"x").unwrap_err()));
    }
}
