//! Finds every occurrence of many texts, in one pass over data that arrives in pieces.

use std::collections::HashMap;

use aho_corasick::Anchored;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::{contiguous, noncontiguous};
use aho_corasick::{BuildError, StartKind, dfa};

pub(super) use aho_corasick::automaton::StateID as State;

/// An automaton over texts. Its tables are made by a library that does not wipe them.
pub(super) struct Finder {
    tables: Tables,
    start: State,
    /// The length of the prefix that each state stands for.
    depths: HashMap<State, usize>,
    /// A bit for each two bytes that a text begins with.
    beginnings: Box<[u64; 1024]>,
}

enum Tables {
    /// One step for each byte.
    Fast(dfa::DFA),
    /// A tenth of the memory, at half the speed.
    Small(contiguous::NFA),
}

/// Texts with more bytes than this in total use small tables; fast ones would take about a hundred times as much
/// memory.
const FAST_LIMIT: usize = 128 << 10;

impl Finder {
    /// A finder for these texts. None is empty, and there are no duplicates.
    pub(super) fn new(texts: &[&[u8]]) -> Result<Finder, BuildError> {
        let plain = noncontiguous::Builder::new().prefilter(false).build(texts)?;
        let tables = if texts.iter().map(|text| text.len()).sum::<usize>() <= FAST_LIMIT {
            let mut builder = dfa::Builder::new();
            Tables::Fast(builder.start_kind(StartKind::Unanchored).prefilter(false).build_from_noncontiguous(&plain)?)
        } else {
            Tables::Small(contiguous::Builder::new().prefilter(false).build_from_noncontiguous(&plain)?)
        };
        let start = match &tables {
            Tables::Fast(tables) => start(tables),
            Tables::Small(tables) => start(tables),
        };
        let mut finder = Finder { tables, start, depths: HashMap::new(), beginnings: Box::new([0; 1024]) };
        for text in texts {
            finder.learn(text);
        }
        Ok(finder)
    }

    /// The state before anything was read.
    pub(super) fn start(&self) -> State {
        self.start
    }

    /// How many of the last bytes read may be the beginning of a text.
    pub(super) fn depth(&self, state: State) -> usize {
        self.depths.get(&state).copied().unwrap_or(0)
    }

    /// Continues from a state. `found` is called with the end, as an index into `bytes`, and the length of the longest
    /// text that ends there.
    pub(super) fn read(&self, state: State, bytes: &[u8], found: impl FnMut(usize, usize)) -> State {
        match &self.tables {
            Tables::Fast(tables) => self.read_in(tables, state, bytes, found),
            Tables::Small(tables) => self.read_in(tables, state, bytes, found),
        }
    }

    fn read_in(
        &self,
        tables: &impl Automaton,
        mut state: State,
        bytes: &[u8],
        mut found: impl FnMut(usize, usize),
    ) -> State {
        let mut at = 0;
        while at < bytes.len() {
            if state == self.start {
                at += self.skipped(&bytes[at..]);
            }
            state = tables.next_state(Anchored::No, state, bytes[at]);
            at += 1;
            if tables.is_special(state) && tables.is_match(state) {
                let lengths = (0..tables.match_len(state)).map(|n| tables.pattern_len(tables.match_pattern(state, n)));
                found(at, lengths.max().unwrap_or(0));
            }
        }
        state
    }

    /// How many bytes begin no text. The last one may begin any.
    fn skipped(&self, bytes: &[u8]) -> usize {
        let begins = |pair: &[u8]| {
            let (word, bit) = place(pair[0], pair[1]);
            self.beginnings[word] & bit != 0
        };
        bytes.windows(2).position(begins).unwrap_or(bytes.len() - 1)
    }

    fn learn(&mut self, text: &[u8]) {
        let mut state = self.start;
        for (at, byte) in text.iter().enumerate() {
            state = match &self.tables {
                Tables::Fast(tables) => tables.next_state(Anchored::No, state, *byte),
                Tables::Small(tables) => tables.next_state(Anchored::No, state, *byte),
            };
            self.depths.insert(state, at + 1);
        }
        for second in text.get(1).map_or(0..=u8::MAX, |second| *second..=*second) {
            let (word, bit) = place(text[0], second);
            self.beginnings[word] |= bit;
        }
    }
}

fn start(tables: &impl Automaton) -> State {
    // Both kinds are built to start anywhere; a table that could not would find nothing from its first state.
    tables.start_state(Anchored::No).unwrap_or_default()
}

fn place(first: u8, second: u8) -> (usize, u64) {
    (usize::from(first) << 2 | usize::from(second >> 6), 1 << (second & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(finder: &Finder, text: &str) -> Vec<(usize, usize)> {
        let mut ends = Vec::new();
        finder.read(finder.start(), text.as_bytes(), |end, length| ends.push((end, length)));
        ends
    }

    #[test]
    fn overlapping_texts_are_all_found_and_the_longest_is_told() {
        let finder = Finder::new(&[b"abcd", b"bc", b"cdef", b"x"]).unwrap();
        assert_eq!(ends(&finder, "-abcdef-x"), [(4, 2), (5, 4), (7, 4), (9, 1)]);
        assert_eq!(ends(&Finder::new(&[]).unwrap(), "abc"), []);
    }

    #[test]
    fn a_state_knows_how_much_of_a_text_it_has_seen() {
        let finder = Finder::new(&[b"hunter2", b"terrible"]).unwrap();
        for (text, depth) in
            [("", 0), ("h", 1), ("a hunte", 5), ("hunter", 6), ("hunterr", 4), ("hunter2", 7), ("z", 0)]
        {
            let state = finder.read(finder.start(), text.as_bytes(), |_, _| {});
            assert_eq!(finder.depth(state), depth, "{text}");
        }
    }

    #[test]
    fn many_long_texts_take_the_small_tables_and_are_found_too() {
        let texts: Vec<Vec<u8>> = (0..200u32).map(|n| format!("{n:04}").into_bytes().repeat(200)).collect();
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let finder = Finder::new(&texts).unwrap();
        assert!(matches!(finder.tables, Tables::Small(_)));
        assert_eq!(ends(&finder, &format!("x{}", "0042".repeat(200))), [(801, 800)]);
        assert_eq!(finder.depth(finder.read(finder.start(), b"00420042", |_, _| {})), 8);
    }
}
