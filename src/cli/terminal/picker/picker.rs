//! The list on the terminal: it takes a few lines where the cursor is, and leaves nothing behind.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use signal_hook::consts::SIGINT;

use super::frame::{Frame, Size};
use super::keys::{Key, Keys};
use super::matching::matching;
use super::query::Query;
use crate::cli::terminal::{escape, signal};

/// Removes the list.
const GONE: &[u8] = b"\r\x1b[J";

/// What is known of an item, in a few lines.
type Details<'a> = &'a mut dyn FnMut(usize) -> Vec<String>;

struct Picker<'a> {
    items: &'a [String],
    query: Query,
    fitting: Vec<usize>,
    /// The place of the chosen item among those that fit.
    chosen: usize,
    /// The place of the first one that is seen.
    first: usize,
    details: HashMap<usize, Vec<String>>,
}

/// Lets the user choose an item; `None` if they leave without one. `details` is called for items that are looked at. Ctrl-C and signals end
/// the process, as at any question.
pub(crate) fn pick(terminal: &File, items: &[String], typed: &str, details: Details<'_>) -> io::Result<Option<usize>> {
    let _listening = Listening::begin(terminal)?;
    let items: Vec<String> = items.iter().map(|item| escape::line(item)).collect();
    let mut picker = Picker::new(&items, typed);
    let chosen = picker.run(terminal, details);
    let _ = (&*terminal).write_all(GONE);
    chosen
}

/// A terminal that passes on each key, and shows none, also those that would stop the process with the terminal like this.
struct Listening<'a> {
    terminal: &'a File,
    original: Termios,
    _guard: signal::Guard,
}

impl<'a> Listening<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let original = tcgetattr(terminal)?;
        let (again, before) = (terminal.try_clone()?, original.clone());
        let guard = signal::before_end(move || {
            let _ = tcsetattr(&again, OptionalActions::Flush, &before);
            let _ = (&again).write_all(GONE);
        })?;
        let mut wanted = original.clone();
        let line = LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        wanted.local_modes.remove(line);
        wanted.input_modes.remove(InputModes::IXON);
        wanted.special_codes[SpecialCodeIndex::VMIN] = 1;
        wanted.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Drain, &wanted)?;
        Ok(Listening { terminal, original, _guard: guard })
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.original);
    }
}

fn size(terminal: &File) -> Size {
    let size = tcgetwinsize(terminal).ok();
    let or = |length: Option<u16>, usual| length.filter(|length| *length > 0).map_or(usual, usize::from);
    Size { rows: or(size.map(|size| size.ws_row), 24), columns: or(size.map(|size| size.ws_col), 80) }
}

impl<'a> Picker<'a> {
    fn new(items: &'a [String], typed: &str) -> Self {
        let fitting = matching(items, typed);
        Picker { items, query: Query::new(typed), fitting, chosen: 0, first: 0, details: HashMap::new() }
    }

    fn run(&mut self, terminal: &File, details: Details<'_>) -> io::Result<Option<usize>> {
        let mut keys = Keys::new(terminal);
        loop {
            let drawn = size(terminal);
            self.draw(terminal, drawn, details)?;
            let key = loop {
                match keys.next()? {
                    Some(key) => break Some(key),
                    None if size(terminal) != drawn => break None,
                    None => {}
                }
            };
            match key {
                Some(Key::Enter) if self.fitting.is_empty() => {}
                Some(Key::Enter) => return Ok(Some(self.fitting[self.chosen])),
                Some(Key::Cancel) => return Ok(None),
                Some(Key::Interrupt) => signal::end(SIGINT),
                Some(key) => self.press(key, drawn.items(self.items.len())),
                None => {}
            }
        }
    }

    fn press(&mut self, key: Key, page: usize) {
        let last = self.fitting.len().saturating_sub(1);
        let typed = self.query.text();
        match key {
            Key::Up => self.chosen = self.chosen.checked_sub(1).unwrap_or(last),
            Key::Down => self.chosen = if self.chosen < last { self.chosen + 1 } else { 0 },
            Key::PageUp => self.chosen = self.chosen.saturating_sub(page),
            Key::PageDown => self.chosen = (self.chosen + page).min(last),
            Key::Character(typed) => self.query.insert(typed),
            Key::Backspace => self.query.backspace(),
            Key::Delete => self.query.delete(),
            Key::EraseBefore => self.query.erase_before(),
            Key::EraseWord => self.query.erase_word(),
            Key::Left => self.query.left(),
            Key::Right => self.query.right(),
            Key::Home => self.query.home(),
            Key::End => self.query.end(),
            Key::Enter | Key::Cancel | Key::Interrupt | Key::Other => {}
        }
        if self.query.text() != typed {
            self.fitting = matching(self.items, &self.query.text());
            self.chosen = 0;
        }
    }

    fn draw(&mut self, terminal: &File, size: Size, details: Details<'_>) -> io::Result<()> {
        let rows = size.items(self.items.len());
        self.first = self.first.min(self.chosen).max((self.chosen + 1).saturating_sub(rows));
        let seen = self.fitting.iter().skip(self.first).take(rows);
        let known = match self.fitting.get(self.chosen) {
            Some(place) if size.has_details() => {
                self.details.entry(*place).or_insert_with(|| details(*place)).as_slice()
            }
            _ => &[],
        };
        let frame = Frame {
            query: &self.query,
            items: seen.map(|place| self.items[*place].as_str()).collect(),
            chosen: self.chosen - self.first,
            rows,
            fitting: self.fitting.len(),
            all: self.items.len(),
            details: known,
        };
        (&*terminal).write_all(frame.text(size).as_bytes())
    }
}
