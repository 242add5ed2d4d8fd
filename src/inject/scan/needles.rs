//! The texts to search for, all at once.
//!
//! A few bytes of each text decide whether the rest is compared: every text has at least [`SHORTEST`] bytes, so that
//! some window of four bytes in every five places of the data is one of the first five windows of a text that begins
//! there. A table of these windows answers "nothing begins here" for five bytes with one lookup, and keeps no copy of
//! the texts, which are in one buffer that is wiped. An automaton over the 5,000 forms of 1,000 values takes 65 MB that
//! nobody wipes, and takes six times as long (docs/PERFORMANCE.md).

use std::collections::HashMap;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::model::forms::{self, Form, Part, Spelling};
use crate::model::secret::json;
use crate::model::value::SecretValue;

/// A value, or a part of one, with fewer bytes is not searched for: it would be found by chance.
pub(crate) const SHORTEST: usize = 8;
/// The same for base64, of which eight bytes make eleven characters.
const SHORTEST_BASE64: usize = 11;

/// Fields of JSON secrets that are not secret: those that AWS uses for databases, and those of Google's service
/// accounts.
const PUBLIC_MEMBERS: [&str; 20] = [
    "engine",
    "host",
    "port",
    "dbname",
    "username",
    "dbInstanceIdentifier",
    "dbClusterIdentifier",
    "masterarn",
    "masterArn",
    "superuserArn",
    "ssl",
    "type",
    "project_id",
    "client_email",
    "client_id",
    "auth_uri",
    "token_uri",
    "auth_provider_x509_cert_url",
    "client_x509_cert_url",
    "universe_domain",
];

/// What a text gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trace {
    /// The number of the value, in the order in which they were added.
    pub value: usize,
    /// What it is of the value.
    pub part: Part,
    /// How it is spelled.
    pub spelling: Spelling,
}

/// Collects texts.
#[derive(Default)]
pub(crate) struct Collector {
    texts: Vec<(Zeroizing<Vec<u8>>, Trace)>,
    values: usize,
}

impl Collector {
    /// Adds the forms of a value. Returns its number; `None` if the value is too short or too common.
    pub(crate) fn add(&mut self, value: &SecretValue) -> Option<usize> {
        if value.reveal().len() < SHORTEST || forms::is_too_common(value) {
            return None;
        }
        let number = self.values;
        let public = public_texts(value);
        let is_public = |form: &Form| public.binary_search_by(|other| other.reveal().cmp(form.reveal())).is_ok();
        let sought = |form: &Form| is_long_enough(form) && !is_public(form);
        let forms = forms::of(value).into_iter().filter(sought);
        self.texts.extend(forms.map(|form| {
            let trace = Trace { value: number, part: form.part, spelling: form.spelling };
            (Zeroizing::new(form.reveal().to_vec()), trace)
        }));
        self.values += 1;
        Some(number)
    }

    /// Prepares the texts for searching.
    pub(crate) fn finish(mut self) -> Needles {
        self.texts.sort_unstable_by(|one, other| (&*one.0, one.1).cmp(&(&*other.0, other.1)));
        let mut arena = Zeroizing::new(Vec::with_capacity(self.texts.iter().map(|(text, _)| text.len()).sum()));
        let mut needles: Vec<Needle> = Vec::new();
        for (text, trace) in &self.texts {
            match needles.last_mut() {
                Some(last) if arena[last.at.clone()] == ***text => {
                    if last.traces.iter().all(|other| other.value != trace.value) {
                        last.traces.push(*trace);
                    }
                }
                _ => {
                    let start = arena.len();
                    arena.extend_from_slice(text);
                    needles.push(Needle { at: start..arena.len(), traces: vec![*trace] });
                }
            }
        }
        Needles::new(arena, needles)
    }
}

fn is_long_enough(form: &Form) -> bool {
    let shortest = match form.spelling {
        Spelling::Base64 | Spelling::EmbeddedBase64 => SHORTEST_BASE64,
        Spelling::Plain | Spelling::Json | Spelling::Url | Spelling::Shell => SHORTEST,
    };
    form.reveal().len() >= shortest
}

/// Texts of a JSON value that may legitimately appear elsewhere: fields that are not secret, and the lines of its text,
/// which contain the names of fields. Sorted.
fn public_texts(value: &SecretValue) -> Vec<Form> {
    if !json::is_structured(value) {
        return Vec::new();
    }
    let members = PUBLIC_MEMBERS.iter().filter_map(|name| json::member(value, name).ok());
    let lines = value.reveal().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| line.len() < value.reveal().trim_ascii().len());
    let lines = lines.map(|line| SecretValue::new(Zeroizing::new(line.to_vec())));
    let mut public: Vec<Form> = members.chain(lines).flat_map(|text| forms::of(&text)).collect();
    public.sort_unstable_by(|one, other| one.reveal().cmp(other.reveal()));
    public
}

/// Texts, ready for searching.
pub(crate) struct Needles {
    arena: Zeroizing<Vec<u8>>,
    texts: Vec<Needle>,
    /// The texts that begin with these bytes, a range of the above.
    beginnings: HashMap<u64, Range<usize>>,
    windows: Box<[u8]>,
    shift: u32,
    longest: usize,
}

struct Needle {
    at: Range<usize>,
    traces: Vec<Trace>,
}

/// A text that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it gives away: one trace for each value that has this text.
    pub traces: &'a [Trace],
}

const WINDOW: usize = 4;
/// The number of windows in a text of the shortest length.
const STEP: usize = SHORTEST - WINDOW + 1;

impl Needles {
    fn new(arena: Zeroizing<Vec<u8>>, needles: Vec<Needle>) -> Self {
        // Sparse enough that ordinary text rarely matches a window by chance, small enough for a processor's cache.
        let bits = (needles.len() * STEP * 16).next_power_of_two().trailing_zeros().clamp(12, 20);
        let longest = needles.iter().map(|needle| needle.at.len()).max().unwrap_or(0);
        let windows = vec![0; 1 << bits].into_boxed_slice();
        let shift = u32::BITS - bits;
        let mut all = Needles { arena, texts: needles, beginnings: HashMap::new(), windows, shift, longest };
        for index in 0..all.texts.len() {
            all.enter(index);
        }
        all
    }

    fn enter(&mut self, index: usize) {
        let text = &self.arena[self.texts[index].at.clone()];
        let Some(beginning) = text.first_chunk() else { return };
        // Sorted, so that texts with the same beginning are adjacent.
        self.beginnings.entry(u64::from_le_bytes(*beginning)).or_insert(index..index).end = index + 1;
        for (offset, window) in beginning.windows(WINDOW).enumerate() {
            if let Some(window) = window.first_chunk() {
                self.windows[slot(*window, self.shift)] |= 1 << offset;
            }
        }
    }

    /// The length of the longest text. A search in pieces keeps that many bytes, less one, of the previous piece.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// The first text that begins at `from` or later, but before `limit`; the longest of those that begin there.
    pub(crate) fn find(&self, data: &[u8], from: usize, limit: usize) -> Option<Match<'_>> {
        let mut at = from + STEP - 1;
        while let Some(window) = data.get(at..).and_then(<[u8]>::first_chunk) {
            let offsets = self.windows[slot(*window, self.shift)];
            if offsets != 0 {
                let starts = (0..STEP).rev().filter(|offset| offsets >> offset & 1 == 1).map(|offset| at - offset);
                for start in starts.filter(|start| (from..limit).contains(start)) {
                    if let Some(found) = self.longest_at(data, start) {
                        return Some(found);
                    }
                }
            }
            at += STEP;
            if at - (STEP - 1) >= limit {
                break;
            }
        }
        None
    }

    fn longest_at(&self, data: &[u8], start: usize) -> Option<Match<'_>> {
        let rest = data.get(start..)?;
        let range = self.beginnings.get(&u64::from_le_bytes(*rest.first_chunk()?))?;
        let candidates =
            self.texts[range.clone()].iter().filter(|needle| rest.starts_with(&self.arena[needle.at.clone()]));
        let longest = candidates.max_by_key(|needle| needle.at.len())?;
        Some(Match { start, end: start + longest.at.len(), traces: &longest.traces })
    }
}

fn slot(window: [u8; WINDOW], shift: u32) -> usize {
    // Knuth's multiplicative hash; the upper bits are the good ones.
    (u32::from_le_bytes(window).wrapping_mul(0x9E37_79B1) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn needles(values: &[&str]) -> Needles {
        let mut collector = Collector::default();
        for value in values {
            collector.add(&SecretValue::from_text((*value).into()));
        }
        collector.finish()
    }

    fn found(values: &[&str], data: &str) -> Vec<(usize, usize, Vec<Trace>)> {
        let (needles, data) = (needles(values), data.as_bytes());
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some(found) = needles.find(data, from, data.len()) {
            all.push((found.start, found.end, found.traces.to_vec()));
            from = found.end;
        }
        all
    }

    fn is_found(value: &str, data: &str) -> bool {
        !found(&[value], data).is_empty()
    }

    #[test]
    fn a_text_is_found_wherever_it_begins() {
        for before in 0..40 {
            let data = format!("{}hunter2hunter2{}", "x".repeat(before), "y".repeat(before % 7));
            let all = found(&["hunter2hunter2"], &data);
            assert_eq!(all.len(), 1, "{before}");
            assert_eq!((all[0].0, all[0].1), (before, before + 14));
        }
    }

    #[test]
    fn the_longest_of_several_wins_and_equal_values_are_all_named() {
        let all =
            found(&["password-one", "password-one-and-two", "password-one"], "<password-one-and-two> <password-one>");
        let values: Vec<Vec<usize>> =
            all.iter().map(|(.., traces)| traces.iter().map(|trace| trace.value).collect()).collect();
        assert_eq!(values, [vec![1], vec![0, 2]]);
    }

    #[test]
    fn short_and_common_values_are_not_sought() {
        let mut collector = Collector::default();
        for value in ["hunter2", "", "true"] {
            assert_eq!(collector.add(&SecretValue::from_text(value.into())), None, "{value}");
        }
        assert_eq!(collector.add(&SecretValue::from_text("hunter22".into())), Some(0));
    }

    #[test]
    fn what_is_public_in_a_json_secret_is_not_sought() {
        let value = "{\n  \"engine\": \"postgresql\",\n  \"host\": \"db.prod.example.org\",\n  \"password\": \"correct-horse\"\n}";
        assert!(is_found(value, "PASSWORD=correct-horse"));
        assert!(is_found(value, "Y29ycmVjdC1ob3JzZQ=="), "base64 of it");
        assert!(is_found(value, value));
        for public in ["postgresql", "host = db.prod.example.org", "  \"engine\": \"postgresql\","] {
            assert!(!is_found(value, public), "{public}");
        }
    }

    #[test]
    fn lines_of_a_key_are_sought_but_not_its_armor() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n";
        assert!(is_found(key, "  hkiG9w0BAQEFAASC\r\n"));
        assert!(!is_found(key, "-----BEGIN PRIVATE KEY-----\nothers\n-----END PRIVATE KEY-----\n"));
    }

    proptest! {
        #[test]
        fn everything_that_a_simple_search_finds_is_found(
            values in prop::collection::vec("[ab]{8,11}", 1..6),
            data in "[abc]{0,300}",
        ) {
            let needles = needles(&values.iter().map(String::as_str).collect::<Vec<_>>());
            let mut from = 0;
            loop {
                let at = |start: usize| {
                    let rest = &data.as_bytes()[start..];
                    needles.texts.iter().map(|needle| &needles.arena[needle.at.clone()])
                        .filter(|text| rest.starts_with(text)).map(<[u8]>::len).max()
                };
                let simple = (from..data.len()).find_map(|start| at(start).map(|length| (start, start + length)));
                let found = needles.find(data.as_bytes(), from, data.len()).map(|found| (found.start, found.end));
                prop_assert_eq!(found, simple);
                let Some((_, end)) = simple else { break };
                from = end;
            }
        }
    }
}
