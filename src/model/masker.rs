//! Removes values from text, in every [form](super::forms) they have.
//!
//! Each run of bytes that belong to a form of a value becomes `***`, also where forms overlap or touch, and nothing
//! else changes, nor do line breaks (`line_breaks.rs`) in a form. Text that arrives in pieces is masked as if it had
//! arrived as a whole.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::finder::{Finder, State};
use super::forms::{self, Form};
use super::line_breaks;
use super::value::SecretValue;

/// The replacement for a value.
pub const MASK: &[u8] = b"***";

/// Knows values by all their forms.
pub struct Masker {
    finder: Finder,
    longest: usize,
}

/// Too many values to search for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many values to mask at once")]
pub struct TooMuch;

impl Masker {
    /// A masker of these values, however short they are.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a SecretValue>) -> Result<Masker, TooMuch> {
        Masker::sparing(values, &BTreeSet::new())
    }

    /// The same, without parts of them that are not secret.
    pub(crate) fn sparing<'a>(
        values: impl IntoIterator<Item = &'a SecretValue>,
        open: &BTreeSet<String>,
    ) -> Result<Masker, TooMuch> {
        let forms: Vec<Form> = values.into_iter().flat_map(|value| forms::without(value, open)).collect();
        let mut texts: Vec<&[u8]> = forms.iter().map(Form::reveal).collect();
        texts.sort_unstable();
        texts.dedup();
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        Ok(Masker { finder: Finder::new(&texts).map_err(|_| TooMuch)?, longest })
    }

    /// The length of the longest form with its line breaks. When cutting text, keep that many more bytes, or half a value
    /// may get through.
    pub(crate) fn longest(&self) -> usize {
        self.longest * 2
    }

    /// `text` from the byte `start` on, with every value in it masked.
    pub fn masked(&self, text: &[u8], start: usize) -> Vec<u8> {
        let mut covers = Covers::default();
        self.finder.read(self.finder.start(), text, |end, length| covers.add(end - length..end));
        line_breaks::read(&self.finder, self.longest, text, |part| covers.add(part));
        let mut shown = Vec::with_capacity(text.len().saturating_sub(start));
        covers.emit(text, start..text.len(), &mut Showing::Text, &mut shown);
        shown
    }
}

/// Text that comes in pieces.
pub struct Stream {
    masker: Arc<Masker>,
    state: State,
    /// The last bytes, if they may be the beginning of a value.
    held: Zeroizing<Vec<u8>>,
    /// How many of them came out already: masked as the end of another value, or too few before a line break.
    shown: usize,
    /// Values in them.
    covers: Covers,
    showing: Showing,
}

impl Stream {
    /// The beginning of a text.
    pub fn new(masker: Arc<Masker>) -> Stream {
        let (state, held) = (masker.finder.start(), Zeroizing::default());
        Stream { masker, state, held, shown: 0, covers: Covers::default(), showing: Showing::Text }
    }

    /// Adds to `out` what is decided by this piece and the previous ones. Only the last bytes are held back, if they
    /// can be the beginning of a value.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let before = self.held.len();
        self.hold(piece);
        self.read(before, out);
    }

    /// Adds what is still held to `out`: nothing follows.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.covers.emit(&self.held, self.shown..self.held.len(), &mut self.showing, out);
        *self = Stream::new(Arc::clone(&self.masker));
    }

    /// Continues with a masker that knows the same values and more. What is held back is searched again.
    pub fn learn(&mut self, masker: Arc<Masker>, out: &mut Vec<u8>) {
        self.state = masker.finder.start();
        self.masker = masker;
        self.covers = Covers::default();
        self.read(0, out);
    }

    /// Reads what is held from the byte `from` on, and releases what is decided.
    fn read(&mut self, from: usize, out: &mut Vec<u8>) {
        let covers = &mut self.covers;
        self.state = self.masker.finder.read(self.state, &self.held[from..], |end, length| {
            // Bytes of it that are not held any more are masked already.
            covers.add((from + end).saturating_sub(length)..from + end);
        });
        let open = line_breaks::read(&self.masker.finder, self.masker.longest, &self.held, |part| covers.add(part));
        let depth = self.held.len() - self.masker.finder.depth(self.state);
        let (keep, stop) = (open.keep.min(depth), open.stop.min(depth));
        // A byte that is masked is decided, whatever follows.
        let decided = self.covers.end_from(stop).max(self.shown);
        self.covers.emit(&self.held, self.shown..decided, &mut self.showing, out);
        self.covers.move_back(keep);
        self.shown = decided - keep;
        self.held.drain(..keep);
    }

    /// A buffer that grew by itself would leave copies behind.
    fn hold(&mut self, piece: &[u8]) {
        let length = self.held.len() + piece.len();
        if length > self.held.capacity() {
            let mut wider = Zeroizing::new(Vec::with_capacity(length + self.masker.longest));
            wider.extend_from_slice(&self.held);
            self.held = wider;
        }
        self.held.extend_from_slice(piece);
    }
}

/// What came out last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Showing {
    Text,
    Mask,
}

/// Where values are: ranges in order, with bytes between them.
#[derive(Default)]
struct Covers(VecDeque<Range<usize>>);

impl Covers {
    fn add(&mut self, mut range: Range<usize>) {
        let from = self.0.partition_point(|before| before.end < range.start);
        let touching = self.0.range(from..).take_while(|next| next.start <= range.end).count();
        for joined in self.0.drain(from..from + touching) {
            range = range.start.min(joined.start)..range.end.max(joined.end);
        }
        self.0.insert(from, range);
    }

    /// The end of the range that `at` is in, or `at`.
    fn end_from(&self, at: usize) -> usize {
        self.0.iter().find(|range| range.contains(&at)).map_or(at, |range| range.end)
    }

    /// Counts from `by` on.
    fn move_back(&mut self, by: usize) {
        self.0.retain_mut(|range| {
            *range = range.start.saturating_sub(by)..range.end.saturating_sub(by);
            range.start < range.end
        });
    }

    fn emit(&self, text: &[u8], wanted: Range<usize>, showing: &mut Showing, out: &mut Vec<u8>) {
        let mut at = wanted.start;
        for range in self.0.iter().filter(|range| range.end > wanted.start && range.start < wanted.end) {
            emit_text(&text[at..range.start.max(at)], showing, out);
            if *showing == Showing::Text {
                out.extend_from_slice(MASK);
                *showing = Showing::Mask;
            }
            at = range.end.min(wanted.end);
        }
        emit_text(&text[at..wanted.end.max(at)], showing, out);
    }
}

fn emit_text(text: &[u8], showing: &mut Showing, out: &mut Vec<u8>) {
    if !text.is_empty() {
        out.extend_from_slice(text);
        *showing = Showing::Text;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(texts: &[&str]) -> Vec<SecretValue> {
        texts.iter().map(|text| SecretValue::from_text((*text).to_owned())).collect()
    }

    fn masker(texts: &[&str]) -> Arc<Masker> {
        Arc::new(Masker::new(&values(texts)).unwrap())
    }

    fn masked(texts: &[&str], text: &str) -> String {
        String::from_utf8(masker(texts).masked(text.as_bytes(), 0)).unwrap()
    }

    /// What comes out after each piece, and at the end.
    fn streamed(texts: &[&str], pieces: &[&str]) -> Vec<String> {
        let mut stream = Stream::new(masker(texts));
        let mut said = Vec::new();
        for piece in pieces {
            let mut out = Vec::new();
            stream.push(piece.as_bytes(), &mut out);
            said.push(String::from_utf8(out).unwrap());
        }
        let mut out = Vec::new();
        stream.finish(&mut out);
        said.push(String::from_utf8(out).unwrap());
        said
    }

    #[test]
    fn values_and_their_usual_forms_are_masked() {
        let value = "p\"ä s/1";
        for form in [value, "cCLDpCBzLzE=", "cCLDpCBzLzE", "p%22%C3%A4%20s%2F1", "p%22%c3%a4+s%2f1", r#"p\"ä s/1"#] {
            assert_eq!(masked(&[value], &format!("login with <{form}> failed")), "login with <***> failed", "{form}");
        }
        assert_eq!(masked(&[value], "nothing here"), "nothing here");
    }

    #[test]
    fn overlapping_and_touching_values_leave_nothing_between_them() {
        assert_eq!(masked(&["abcdef", "defghi"], "<abcdefghi>"), "<***>");
        assert_eq!(masked(&["abc", "abcdef"], "<abcdef> <abcd>"), "<***> <***d>");
        assert_eq!(masked(&["abc"], "abcabc abc"), "*** ***");
        assert_eq!(masked(&["a"], "banana"), "b***n***n***");
    }

    #[test]
    fn a_value_that_begins_before_the_cut_is_masked_after_it() {
        let masker = masker(&["hunter2"]);
        assert_eq!(masker.masked(b"xx hunter2 yy", 6), b"*** yy");
        assert_eq!(masker.masked(b"xx hunter2 yy", 10), b" yy");
        assert!(masker.longest() >= 7);
    }

    #[test]
    fn only_what_may_become_a_value_is_held_back() {
        assert_eq!(streamed(&["hunter2"], &["Password: ", "hun", "ter", "2\n"]), ["Password: ", "", "", "***\n", ""]);
        assert_eq!(streamed(&["hunter2"], &["hunt the h", "x"]), ["hunt the ", "hx", ""]);
        assert_eq!(streamed(&["hunter2"], &["hunte"]), ["", "hunte"]);
        // It is masked at once, though it may go on as the longer value.
        assert_eq!(streamed(&["hunter2", "hunter2hunter"], &["hunter2", "hunte", "r!"]), ["***", "", "!", ""]);
        // A value within what may be a longer one waits for it, and is masked if that does not come.
        assert_eq!(streamed(&["--key-12345", "key-1"], &["--key-1", "2!"]), ["", "--***2!", ""]);
    }

    #[test]
    fn a_stream_that_learns_more_goes_on_where_it_was() {
        let mut stream = Stream::new(masker(&["hunter2"]));
        let mut out = Vec::new();
        stream.push(b"hunter2 hunt", &mut out);
        stream.learn(masker(&["hunter2", "hunting"]), &mut out);
        stream.push(b"ing hunter2hunter", &mut out);
        stream.push(b"2", &mut out);
        stream.finish(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "*** *** ***");
        let (both, mut out) = (masker(&["hunter2", "hunter2-and-more"]), Vec::new());
        let mut stream = Stream::new(Arc::clone(&both));
        stream.push(b"hunter2-and", &mut out);
        assert_eq!(out, b"***", "what may be more of it is held back");
        stream.learn(both, &mut out);
        stream.push(b"-more!", &mut out);
        assert_eq!(out, b"***!");
    }

    /// The rule itself: a byte is masked if any form covers it.
    fn by_the_rule(values: &[SecretValue], text: &[u8]) -> Vec<u8> {
        let mut covered = vec![false; text.len()];
        for form in values.iter().flat_map(forms::of) {
            for start in 0..text.len() {
                if text[start..].starts_with(form.reveal()) {
                    covered[start..start + form.reveal().len()].fill(true);
                }
                for part in line_breaks::tests::by_the_rule(form.reveal(), text, start) {
                    covered[part].fill(true);
                }
            }
        }
        let mut shown = Vec::new();
        for (at, byte) in text.iter().enumerate() {
            match covered[at] {
                false => shown.push(*byte),
                true if at == 0 || !covered[at - 1] => shown.extend_from_slice(MASK),
                true => {}
            }
        }
        shown
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            // Few letters, so that values overlap with themselves, with each other and with the text.
            "[ab]{0,9}".prop_map(String::into_bytes),
            "[ab\n\"% ]{0,9}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..6),
        ]
    }

    /// What base64(1), MIME and PEM make of a longer text, with the value at any offset.
    #[test]
    fn nothing_is_left_of_a_value_in_broken_base64() {
        let value = "MIIEvAIBADANBgkqXYZ0";
        let masker = masker(&[value]);
        for offset in 0..80 {
            let text = format!("{}{value} and more", "0".repeat(offset));
            let encoded = data_encoding::BASE64.encode(text.as_bytes());
            for (columns, line_break) in [(76, "\n"), (64, "\r\n"), (60, "\\n"), (20, "\n  "), (1, "\n")] {
                let lines: Vec<&[u8]> = encoded.as_bytes().chunks(columns).collect();
                let broken = lines.join(line_break.as_bytes());
                let shown = masker.masked(&broken, 0);
                // The characters at either end, and up to two before the first line break.
                let visible =
                    String::from_utf8(shown.clone()).unwrap().replace("***", "").replace(line_break, "").len();
                let most = encoded.len() - value.len() * 8 / 6 + if columns > 2 { 3 } else { 4 };
                assert!(visible <= most, "{offset} {columns}: {visible} > {most}: {shown:?}");
                for cut in [1, 7, 77] {
                    let (mut stream, mut out) = (Stream::new(Arc::clone(&masker)), Vec::new());
                    broken.chunks(cut).for_each(|piece| stream.push(piece, &mut out));
                    stream.finish(&mut out);
                    assert_eq!(out, shown, "{offset} {columns} {cut}");
                }
            }
        }
    }

    #[test]
    fn a_line_comes_out_although_a_value_could_begin_with_its_end() {
        assert_eq!(streamed(&["hunter2hunter"], &["a path\n", "next"]), ["a path\n", "next", ""]);
        assert_eq!(streamed(&["hunter2hunter"], &["a hunt\n", "er2hunter!"]), ["a ", "***\n***!", ""]);
    }

    proptest! {
        #[test]
        fn pieces_come_out_as_the_whole_does(
            secrets in proptest::collection::vec(piece(), 0..5),
            texts in proptest::collection::vec((piece(), any::<prop::sample::Index>(), any::<bool>()), 0..9),
            cuts in proptest::collection::vec(1..7usize, 0..40),
        ) {
            let secrets: Vec<SecretValue> = secrets.into_iter().map(|bytes| SecretValue::new(Zeroizing::new(bytes))).collect();
            let all: Vec<Form> = secrets.iter().flat_map(forms::of).collect();
            let mut text = Vec::new();
            for (plain, which, has_form) in &texts {
                text.extend_from_slice(plain);
                if *has_form && !all.is_empty() {
                    let form = which.get(&all).reveal();
                    // As it is, or broken into lines of a few characters.
                    let length = if plain.len() % 2 == 0 { form.len() } else { plain.len() };
                    text.extend(form.chunks(length).collect::<Vec<_>>().join(&b"\r\n "[..]));
                }
            }
            let masker = Arc::new(Masker::new(&secrets).unwrap());
            let expected = by_the_rule(&secrets, &text);
            prop_assert_eq!(&masker.masked(&text, 0), &expected);
            let (mut stream, mut out, mut rest) = (Stream::new(masker), Vec::new(), text.as_slice());
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                stream.push(piece, &mut out);
                rest = after;
            }
            stream.push(rest, &mut out);
            stream.finish(&mut out);
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn text_without_values_is_not_changed(text in proptest::collection::vec(0..0x60u8, 0..300), cut in 0..300usize) {
            let masker = masker(&["zulu-value", "{\"zulu\":\"yankee\"}"]);
            let (mut stream, mut out) = (Stream::new(masker), Vec::new());
            let (first, second) = text.split_at(cut.min(text.len()));
            stream.push(first, &mut out);
            stream.push(second, &mut out);
            stream.finish(&mut out);
            // No form of these values does without a small letter.
            prop_assert_eq!(out, text);
        }
    }
}
